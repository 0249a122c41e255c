"""Commands around the environment: the tests, a folder of wheels for rooms without a network, tidying up, the lock.

Usage: ``python -m course test``, ``wheelhouse``, ``clean``, ``lock``. What these import at the top is the standard
library alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from course import environment, hashes, interpreter
from course.interpreter import python_of, read_stamp, starts
from course.messages import CourseError, _
from course.paths import ROOT

LOCK_HEADER = """\
# Exact versions for Python 3.10 to 3.13, made by `make lock` from requirements.txt, -dev, -gpu and -extras.
# On Linux x86_64 without a GPU the tests ran with these under Python 3.11, lesson 01 also under 3.10, 3.12 and 3.13.
# Windows, macOS, Linux on ARM and the CUDA packages are resolved, not run (docs/untested.md).
"""
HASHES_HEADER = """\
# The versions of constraints.txt with the SHA-256 of each of their files, for all systems: by these the wheels of a
# folder are known before they are installed (`python -m course setup --wheels`). Made by `make lock`.
"""


def add_test_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``test``; what it does not know goes to pytest."""
    environment.add_arguments(parser)
    parser.add_argument("--soak", action="store_true", help=_("the long tests instead, which are run by hand"))


def test(args: argparse.Namespace) -> int:
    """Run ``python -m course test``."""
    environment.ensure_inside(args, ("tensorflow", "nbclient", "pytest", "xdist", "hypothesis", "playwright"), dev=True)
    import pytest

    os.chdir(ROOT)
    shared = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]  # how: tests/sharing.py
    return int(pytest.main([*(["-m", "soak"] if args.soak else shared), *args.rest]))


def add_wheelhouse_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``wheelhouse``."""
    parser.add_argument("--wheels", metavar="DIR", default="wheelhouse", help=_("the folder to fill (%(default)s)"))
    parser.add_argument("--dev", action="store_true", help=_("also what the tests need"))
    parser.add_argument("--extras", action="store_true", help=_("also what goes beyond the lessons"))
    parser.add_argument("--gpu", action="store_true", help=_("also TensorFlow's CUDA packages"))


def wheelhouse(args: argparse.Namespace) -> int:
    """Run ``python -m course wheelhouse``: download wheels for machines with the same system and Python."""
    python = interpreter.choose()
    own = python_of(environment.find_folder(python))
    pip = next((one for one in (python.executable, str(own)) if starts([one, "-m", "pip", "--version"])), None)
    if pip is None:
        text = _("{python} has no pip to download with: install python3-pip (Debian, Ubuntu: with apt-get).")
        raise CourseError(text.format(python=python))
    folder = Path(args.wheels).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    files = environment.requirement_files(args.dev, args.gpu, args.extras)
    wanted = [part for name in files for part in ("-r", name)]
    command = [pip, "-m", "pip", "download", "--only-binary=:all:", "--dest", str(folder), *wanted]
    if subprocess.run([*command, "-c", "constraints.txt", "pip"], cwd=ROOT).returncode:
        text = _("Not every wheel could be fetched into {folder}; what is there already is not fetched again.")
        raise CourseError(text.format(folder=folder))
    hashes.verify(folder)
    size = sum(file.stat().st_size for file in folder.glob("*.whl")) / 1e9
    text = _("{folder} ({size:.1f} GB) sets up Python {version} on {system} {machine}: make setup WHEELS=DIR")
    print(text.format(folder=folder, size=size, version=python.version, system=python.system, machine=python.machine))
    return 0


def add_clean_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``clean``."""
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))


def clean(args: argparse.Namespace) -> int:
    """Run ``python -m course clean``: remove what the course made itself, never data or what learners wrote."""
    own = environment.find_folder(interpreter.current())
    made = [folder for folder in sorted(ROOT.glob(".venv*")) if read_stamp(folder)]
    for folder in made:
        if folder != own:
            print(_("Kept, since another Python or computer made it: {folder}").format(folder=folder))
    folders = [folder for folder in made if folder == own] + [ROOT / "models", ROOT / "wheelhouse"]
    found = [folder for folder in folders if folder.is_dir() and not folder.is_symlink()]
    if not found:
        print(_("There is nothing to remove."))
        return 0
    print(_("To be removed:"), *found, sep="\n  ")
    if not args.yes and (not sys.stdin.isatty() or input(_("Remove them? [y/N] ")).strip().lower() not in ("y", "yes")):
        print(_("Nothing is removed."))
        return 0
    for folder in found:
        shutil.rmtree(folder)
    return 0


def add_lock_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``lock``: there are none."""


def lock(args: argparse.Namespace) -> int:
    """Run ``python -m course lock``: resolve constraints.txt anew, for all Pythons and systems at once."""
    environment.ensure_inside(args, ("tensorflow", "uv"), dev=True)
    files = [file.name for file in sorted(ROOT.glob("requirements*.txt")) if file.stem != "requirements-bench"]
    options = ["--universal", "--python-version=3.10", "--no-header", "--no-annotate", "--quiet", *files]
    (ROOT / "constraints.txt").write_bytes(LOCK_HEADER.encode() + _resolved("--upgrade", *options))
    digests = _resolved("--generate-hashes", "--constraints=constraints.txt", *options)
    (ROOT / hashes.NAME).write_bytes(HASHES_HEADER.encode() + digests)
    return 0


def _resolved(*options: str) -> bytes:
    """What uv makes of the requirements. Raises CourseError."""
    command = [sys.executable, "-m", "uv", "pip", "compile", *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE)
    if done.returncode:
        raise CourseError(_("The requirements could not be resolved; uv says why, above."))
    return done.stdout
