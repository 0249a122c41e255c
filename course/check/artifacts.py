"""What a lesson saves for a later one: whole or not at all, and never mistaken for that of another edition.

Beside ``models/asl_cnn.keras`` stands ``models/.asl_cnn.keras.json``, which maps the SHA-256 of the artifact to the
edition it was made with. It names the new artifact *before* that replaces the old one, and still names the old one, so
that a process killed between any two steps leaves an artifact whose edition is known. It names the last few, since two
notebooks may save the same artifact at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.check.session import SESSION
from course.files import locked, replacing, sha256, write_json
from course.messages import CourseError, _

REMEMBERED = 8
"""How many artifacts a record names: that which is there, and those that processes are about to put in its place."""


@contextmanager
def saving(path: Path) -> Iterator[Path]:
    """Save an artifact atomically: write to the path that the ``with`` statement gives; on success it becomes `path`.

    Raises:
        CourseError: the folder cannot be written or the disk is full; what stood at `path` is still there.
    """
    path = Path(path)
    with replacing(path) as scratch:
        yield scratch
        digest = sha256(scratch)
        with locked(path.parent):
            before = sha256(path) if path.is_file() else digest
            named = _editions(path)
            newest = {before: named.get(before, ""), digest: SESSION.edition_in_use()}
            others = [(key, name) for key, name in named.items() if key not in newest]
            write_json(_record(path), dict(others[2 - REMEMBERED :]) | newest)


def saved(path: Path) -> Path | None:
    """`path`, if an artifact made with the edition in use is there; else ``None``."""
    path = Path(path)
    if path.is_file() and _editions(path).get(sha256(path)) == SESSION.edition_in_use():
        return path
    return None


def needs(path: Path, lesson: str) -> Path:
    """`path`, an artifact that `lesson` saves and that this lesson cannot do without.

    Raises:
        CourseError: it is not there, or was made with another edition of the data.
    """
    if saved(path):
        return Path(path)
    edition = SESSION.edition_in_use()
    if Path(path).is_file():
        text = _("{file} was made with other data than the edition “{edition}”; run {lesson}.ipynb again first.")
    else:
        text = _("{file} is not there for the edition “{edition}”; run {lesson}.ipynb first.")
    raise CourseError(text.format(file=Path(path).name, edition=edition, lesson=lesson))


def _record(path: Path) -> Path:
    return path.with_name(f".{path.name}.json")


def _editions(path: Path) -> dict[str, str]:
    try:
        return json.loads(_record(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
