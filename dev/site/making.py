"""What ``python -m dev site`` does: run the lessons, then build.

Executed copies and what the lessons save lie in ``out/site-work/``, away from the learner's own; ``--executed
out/site-work/executed`` builds again from them.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from course import paths
from course.runner import run
from course.runner.executor import Settings
from dev.site.build import SiteError, build
from dev.site.pages import GROUPS, LANGUAGES

EXTRAS = [name for _heading, names in GROUPS for name in names if name.startswith("extras/")]


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
    work = out.parent / f"{out.name}-work"
    if executed is None:
        executed = work / "executed"
        shutil.rmtree(work, ignore_errors=True)
        if not _execute(executed, run.edition_folder(edition), work / "models", once):
            return False
    try:
        build(paths.ROOT, {"en": [executed], "ko": [executed / "ko", executed]}, work, out)
    except SiteError as error:
        print(error, file=sys.stderr)
        return False
    return True


def _execute(folder: Path, edition: Path, models: Path, once: bool) -> bool:
    """Run the lessons, and the extras where their packages are; returns whether no lesson failed.

    An extra that fails is shown as it is. The assessment stops at its first blank, as it should.
    """
    good = True
    os.environ["COURSE_MODELS"] = str(models)  # not where the learner's own lie
    with run.progress() as view:
        for lang in LANGUAGES[: 1 if once else None]:
            target = folder / "ko" if lang == "ko" else folder
            settings = Settings(edition, lang, out=target)
            for lesson in paths.available_lessons():
                outcome = run.run_one(run.find_notebook(lesson, lang), settings, view)
                good &= outcome.status != "failed"
        for name in EXTRAS:
            notebook = paths.ROOT / f"{name}.ipynb"
            outcome = run.run_one(notebook, Settings(edition, "en", out=folder), view)
            if outcome.status == "failed":
                (folder / notebook.name).unlink(missing_ok=True)
    return good
