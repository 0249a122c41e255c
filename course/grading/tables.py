"""``grades.csv``: a row per submission, safe to open in a spreadsheet.

Usage: ``write(path, rows)``; whoever reads a text back takes it through ``plain``.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from course.files import write_text

_FORMULA = r"""(?=[\s"']*[=+\-@|%＝＋－＠])"""
_CELL = r"(\A|[;\t\r\n])"
"""Where a cell begins; after a semicolon too, as spreadsheets of many countries read a CSV."""


def defused(text: str) -> str:
    """`text` so that no spreadsheet takes any of it for a formula: with an apostrophe before what could be one."""
    return re.sub(_CELL + _FORMULA, r"\1'", text)


def plain(text: str) -> str:
    """The inverse of :func:`defused`."""
    return re.sub(f"{_CELL}'{_FORMULA}", r"\1", text)


def write(path: Path, rows: list[dict[str, str | float | int | None]]) -> None:
    """Write `rows`, which have the same keys, as UTF-8 with a mark that Excel needs; text is defused, numbers are not.

    Raises:
        CourseError: `path` cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow(defused(cell) if isinstance(cell, str) else cell for cell in row.values())
    write_text(path, "\ufeff" + text.getvalue())
