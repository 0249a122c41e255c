"""``python -m dev check``, ``test`` and ``lock``. What stands at the top imports the standard library alone."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from course.environment import hashes, setup
from course.environment.setup import place
from course.messages import CourseError
from course.paths import ROOT

TOOLS = ("tensorflow", "nbclient", "pytest", "xdist", "hypothesis", "playwright", "ruff")
SHARED = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
"""How pytest shares the tests among processes: ``tests/sharing.py``."""
LOCK_HEADER = """\
# Exact versions for Python 3.10 to 3.13, made by `make lock` from requirements.txt, -dev, -gpu and -extras.
# On Linux x86_64 without a GPU the tests ran with these under Python 3.11, lesson 01 also under 3.10, 3.12 and 3.13.
# Windows, macOS, Linux on ARM and the CUDA packages are resolved, not run (docs/untested.md).
"""
HASHES_HEADER = """\
# The versions of constraints.txt with the SHA-256 of each of their files, for all systems: by these the wheels of a
# folder are known before they are installed (`python -m course setup --wheels`). Made by `make lock`.
"""


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``check``; what it does not know goes to pytest."""
    setup.add_arguments(parser)


def check(args: argparse.Namespace) -> int:
    """Run ``python -m dev check``: what is not canonical, then the quick tests (``tests/quick.py``)."""
    setup.ensure_inside(args, TOOLS, dev=True)
    from dev import fix

    args.check = True
    wrong = fix.main(args)
    command = [sys.executable, "-m", "pytest", "--quick", "-q", "-r", "fE", *SHARED, *args.rest]
    return subprocess.run(command, cwd=ROOT).returncode or wrong


def add_test_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``test``; what it does not know goes to pytest."""
    setup.add_arguments(parser)
    parser.add_argument("--soak", action="store_true", help="the long tests instead, which are run by hand")


def test(args: argparse.Namespace) -> int:
    """Run ``python -m dev test``."""
    setup.ensure_inside(args, TOOLS, dev=True)
    import pytest

    os.chdir(ROOT)
    return int(pytest.main([*(["-m", "soak"] if args.soak else SHARED), *args.rest]))


def add_lock_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``lock``: there are none."""


def lock(args: argparse.Namespace) -> int:
    """Run ``python -m dev lock``: resolve constraints.txt anew, for all Pythons and systems at once."""
    setup.ensure_inside(args, ("tensorflow", "uv"), dev=True)
    files = sorted(place(name) for name in setup.requirement_files(dev=True, gpu=True, extras=True))
    options = ["--universal", "--python-version=3.10", "--no-header", "--no-annotate", "--quiet", *files]
    (ROOT / place("constraints.txt")).write_bytes(LOCK_HEADER.encode() + _resolved("--upgrade", *options))
    digests = _resolved("--generate-hashes", f"--constraints={place('constraints.txt')}", *options)
    (ROOT / place(hashes.NAME)).write_bytes(HASHES_HEADER.encode() + digests)
    return 0


def _resolved(*options: str) -> bytes:
    """What uv makes of the requirements. Raises CourseError."""
    command = [sys.executable, "-m", "uv", "pip", "compile", *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE)
    if done.returncode:
        raise CourseError("The requirements could not be resolved; uv says why, above.")
    return done.stdout
