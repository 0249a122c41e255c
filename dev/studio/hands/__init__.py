"""The embedded ASL hands: a rigged hand, posed as 24 letters, lit, framed and written as ``data/asl_data`` and
``data/asl_images``.

Usage: ``python -m dev.studio.hands --help``; `dev/studio/README.md` says what each command needs.
"""

from __future__ import annotations

LETTERS = "abcdefghiklmnopqrstuvwxy"
"""The letters with a static sign, in the order of their labels 0–23; j and z are drawn in the air."""
