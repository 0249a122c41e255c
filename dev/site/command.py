"""``python -m dev site``: run the lessons, then build the pages to read, in both languages.

Executed copies and what the lessons save lie in ``out/site-work/``, away from the learner's own; ``--executed
out/site-work/executed`` builds again from them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from course.environment import setup
from course.files import shown
from course.messages import CourseError
from course.paths import ROOT, available_lessons
from course.runner import run
from dev.site.pages import GROUPS, LANGUAGES

EXTRAS = [name for _heading, names in GROUPS for name in names if name.startswith("extras/")]


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
    out = args.out.resolve()
    if out.exists() and not out.is_dir():
        raise CourseError(f"{shown(out)} is a file; name a folder for the pages.")
    if out.is_dir() and any(out.iterdir()) and not is_site(out):
        raise CourseError(f"{shown(out)} holds something else than the site, which would be lost; name another folder.")
    if args.executed and not args.executed.is_dir():
        raise CourseError(f"There is no folder {shown(args.executed)} with executed lessons.")
    executed = args.executed.resolve() if args.executed else None
    if not make(out, executed, args.edition, args.once):
        return 1
    print(f"{shown(out / 'index.html')} is where to begin reading; a browser opens it as a file.")
    return 0


def is_site(folder: Path) -> bool:
    """Whether `folder` holds a site that was built here."""
    return (folder / "searchindex.js").is_file() and (folder / "_static" / "site.css").is_file()


def make(out: Path, executed: Path | None, edition: Path | None, once: bool) -> bool:
    """Build the site into `out`. Returns whether all went well; what did not is printed.

    Args:
        out: folder of the site, emptied first.
        executed: folder of executed notebooks, Korean ones in its ``ko/``; ``None`` to execute them now.
        edition: folder of the data for that, ``None`` for the usual one.
        once: execute the English lessons alone.
    """
    from dev.site.build import SiteError, build

    work = out.parent / f"{out.name}-work"
    if executed is None:
        executed = work / "executed"
        shutil.rmtree(work, ignore_errors=True)
        if not _execute(executed, run.edition_folder(edition), work / "models", once):
            return False
    try:
        build(ROOT, {"en": [executed], "ko": [executed / "ko", executed]}, work / "models", work, out)
    except SiteError as error:
        print(error, file=sys.stderr)
        return False
    return True


def _execute(folder: Path, edition: Path, models: Path, once: bool) -> bool:
    """Run the lessons, and the extras where their packages are; returns whether no lesson failed.

    An extra that fails is shown as it is. The assessment stops at its first blank, as it should.
    """
    from course.runner.executor import Settings

    good = True
    os.environ["COURSE_MODELS"] = str(models)  # not where the learner's own lie
    with run.progress() as view:
        for lang in LANGUAGES[: 1 if once else None]:
            target = folder / "ko" if lang == "ko" else folder
            settings = Settings(edition, lang, out=target)
            for lesson in available_lessons():
                outcome = run.run_one(run.find_notebook(lesson, lang), settings, view)
                good &= outcome.status != "failed"
        for name in EXTRAS:
            notebook = ROOT / f"{name}.ipynb"
            outcome = run.run_one(notebook, Settings(edition, "en", out=folder), view)
            if outcome.status == "failed":
                (folder / notebook.name).unlink(missing_ok=True)
    return good
