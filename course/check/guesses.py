"""Predictions that commit: a learner's guess, written down before a cell ran, beside the result.

Usage, in a notebook: ``guess_rule = ...`` in a cell of its own, then ``check.guess(guess_rule, accuracy)``.
"""

from __future__ import annotations

from course.messages import _


def guess(guessed: object, measured: float) -> None:
    """Print what was measured and, beside it, the learner's guess; a blank or a string is no guess."""
    result = _("measured {measured:.3f}").format(measured=measured)
    try:
        off = float(guessed) - measured  # type: ignore[arg-type]
    except (TypeError, ValueError):
        print(_("{result} (no guess: write a number in place of ... above and run both cells)").format(result=result))
        return
    print(_("{result}, your guess {guessed:g}: {off:+.3f}").format(result=result, guessed=float(guessed), off=off))
