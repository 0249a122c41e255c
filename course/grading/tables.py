"""``grades.csv``: a row per hand-in, safe to open in a spreadsheet.

Usage: ``write(path, rows)``; who reads a text back takes it through ``plain``.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from course.files import write_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def defused(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: behind an apostrophe where it could be one."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def plain(text: str) -> str:
    """The text of which :func:`defused` made `text`; one that began with an apostrophe before a formula loses it."""
    return text[1:] if text[:1] == "'" and defused(text[1:]) == text else text


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
