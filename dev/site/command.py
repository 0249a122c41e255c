"""``python -m dev site``: the executed course as pages to read, in both languages; the work is in `dev/site/`."""

from __future__ import annotations

import argparse
from pathlib import Path

from course.environment import setup
from course.files import shown
from course.messages import CourseError
from course.paths import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``site``."""
    add = parser.add_argument
    add("--out", type=Path, metavar="DIR", default=ROOT / "out" / "site", help="folder for the pages (out/site)")
    add("--edition", type=Path, metavar="DIR", help="folder of the data (default: COURSE_DATA, else `data`)")
    add("--once", action="store_true", help="run the English lessons alone; Korean pages show what those showed")
    add("--executed", type=Path, metavar="DIR", help="take executed lessons from here instead of running them")
    setup.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run ``python -m dev site``. Returns 0, or 1 where a lesson failed or Sphinx refused a page.

    Raises:
        CourseError: a folder that is not there, or one that must not be emptied.
    """
    needs = ("tensorflow", "nbclient", "sphinx", "myst_parser", "a11y_pygments")
    setup.ensure_inside(args, needs, dev=True)
    from dev.site import making

    out = args.out.resolve()
    if out.exists() and not out.is_dir():
        raise CourseError(f"{shown(out)} is a file; name a folder for the pages.")
    if out.is_dir() and any(out.iterdir()) and not making.is_site(out):
        raise CourseError(f"{shown(out)} holds something else than the site, which would be lost; name another folder.")
    if args.executed and not args.executed.is_dir():
        raise CourseError(f"There is no folder {shown(args.executed)} with executed lessons.")
    executed = args.executed.resolve() if args.executed else None
    if not making.make(out, executed, args.edition, args.once):
        return 1
    print(f"{shown(out / 'index.html')} is where to begin reading; a browser opens it as a file.")
    return 0
