"""Remove what the course made itself: ``python -m course clean``. Standard library only."""

from __future__ import annotations

import argparse
import shutil
import sys

from course.environment import interpreter, setup
from course.environment.interpreter import read_stamp
from course.messages import _
from course.paths import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``clean``."""
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course clean``: remove what the course made itself, never data or what learners wrote."""
    own = setup.find_folder(interpreter.current())
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
