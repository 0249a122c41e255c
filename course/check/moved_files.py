"""Files of the data that have another name since the first edition: a notebook that reads the old one is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course.files import shown
from course.messages import CourseError, _


def explain() -> None:
    """Where a cell reads a ``.csv.gz`` that is a ``.csv.xz`` now, say so in a sentence in place of a traceback."""
    from IPython import get_ipython

    if shell := get_ipython():
        shell.set_custom_exc((FileNotFoundError,), _answer)


def _answer(shell: Any, kind: type, error: FileNotFoundError, traceback: Any, tb_offset: int | None = None) -> None:
    old = Path(str(error.filename))
    new = old.with_suffix(".xz")
    if old.suffix == ".gz" and new.is_file():
        text = _(
            "{old} is called {new} since edition 2.0 of the data: write that in this cell, or bring in the lesson's"
            " new version with `python -m course reset NUMBER`."
        )
        shell.showtraceback((CourseError, CourseError(text, old=shown(old), new=new.name), None))
    else:
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
