"""What a lesson saves for a later one: written completely or not at all, and never mistaken for somebody else's.

Beside ``models/asl_cnn.keras`` stands ``models/.asl_cnn.keras.json``, which maps the SHA-256 of the artifact to the
data it was made with, under a seal: an HMAC with a secret of this checkout that lies outside ``models``, so that a
folder copied from elsewhere proves nothing. The record names the new artifact *before* that replaces the old one, and
still names the old one, so that a process killed between any two steps leaves an artifact that is known. It names the
last few, since two notebooks may save the same artifact at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course import paths
from course.check.session import SESSION
from course.files import locked, replacing, sha256, write_json
from course.messages import CourseError, _

REMEMBERED = 32
"""How many artifacts a record names: the one that is there, and those that processes are about to save, however long
each of them waits for the disk."""
SECRET_BYTES = 32
MAX_RECORD = 2**16
"""Bytes of a record that are read; one has some 8,000."""


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
        entry = {"edition": SESSION.edition_in_use(), "sets": dict(SESSION.sets)}
        entry["seal"] = _seal(_secret(), path, digest, entry)
        with locked(path.parent):
            known = _known(path)
            before = sha256(path) if path.is_file() else ""
            newest = {before: known[before], digest: entry} if before in known else {digest: entry}
            others = [(key, made) for key, made in known.items() if key not in newest]
            write_json(_record(path), dict(others[2 - REMEMBERED :]) | newest)


def saved(path: Path) -> Path | None:
    """`path`, if this checkout saved it, with the data in use; else ``None``."""
    return None if _problem(Path(path)) else Path(path)


def needs(path: Path, lesson: str) -> Path:
    """`path`, an artifact that `lesson` saves and that this lesson cannot do without.

    Raises:
        CourseError: it is not there, was made with other data, or this checkout did not save it.
    """
    path = Path(path)
    if problem := _problem(path):
        sentence, values = problem
        raise CourseError(sentence, file=path.name, lesson=lesson, **values)
    return path


def _problem(path: Path) -> tuple[str, dict[str, str]] | None:
    """Why an artifact cannot be used: a sentence, and the values of its placeholders but the file and the lesson."""
    edition = SESSION.edition_in_use()
    if not path.is_file():
        return _("{file} is not there for the edition “{edition}”; run {lesson}.ipynb first."), {"edition": edition}
    made = _known(path).get(sha256(path))
    if not made:
        sentence = _(
            "{file} is not what {lesson}.ipynb saved here: it comes from elsewhere or from an earlier version of the"
            " course, or it is damaged; run {lesson}.ipynb again first."
        )
        return sentence, {}
    if made["edition"] != edition:
        sentence = _("{file} was made with other data than the edition “{edition}”; run {lesson}.ipynb again first.")
        return sentence, {"edition": edition}
    for name, old in made["sets"].items():
        if old != (new := SESSION.version_in_use(name)):
            sentence = _(
                "{file} was made with version {old} of {set}, which is now {new}; run {lesson}.ipynb again first."
            )
            return sentence, {"set": name, "old": old, "new": new}
    return None


def _record(path: Path) -> Path:
    return path.with_name(f".{path.name}.json")


def _known(path: Path) -> dict[str, dict[str, Any]]:
    """The entries of the record that carry the seal of this checkout, by the SHA-256 of the artifact."""
    try:
        secret = _secret_file().read_bytes() if _has_secret() else b""
        if not secret or not _record(path).is_file():  # a pipe, which an archive can hold, would be waited for
            return {}
        with _record(path).open("rb") as file:
            record = json.loads(file.read(MAX_RECORD))
        return {key: made for key, made in record.items() if _bears_seal(secret, path, key, made)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _bears_seal(secret: bytes, path: Path, digest: str, made: Any) -> bool:
    if not isinstance(made, dict):
        return False
    seal = str(made.get("seal")).encode("utf-8", "backslashreplace")
    return hmac.compare_digest(seal, _seal(secret, path, digest, made).encode())


def _seal(secret: bytes, path: Path, digest: str, made: dict[str, Any]) -> str:
    content = json.dumps([path.name, digest, made.get("edition"), made.get("sets")], sort_keys=True)
    return hmac.new(secret, content.encode(), hashlib.sha256).hexdigest()


def _secret() -> bytes:
    """The secret of this checkout, created if there is none. Raises CourseError if it cannot be written."""
    file = _secret_file()
    with locked(file.parent / "course"):  # a set-up holds the lock of the checkout itself for minutes
        if not _has_secret():
            with replacing(file) as scratch:
                scratch.chmod(0o600)
                scratch.write_bytes(secrets.token_bytes(SECRET_BYTES))
    return file.read_bytes()


def _has_secret() -> bool:
    """Whether there is a secret; a file that a full disk cut off, or emptied, is none, since all know it."""
    file = _secret_file()
    return file.is_file() and file.stat().st_size == SECRET_BYTES


def _secret_file() -> Path:
    return paths.ROOT / ".models.key"
