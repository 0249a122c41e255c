"""Saving without losing: a file is replaced as a whole or left as it was.

Usage: ``with replacing(path) as temporary: model.save(temporary)``, ``write_json(path, value)``.
Standard library only.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from course.messages import CourseError, _
from course.paths import ROOT

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

SCRATCH = ".saving-"
"""Prefix of a file that is not complete yet."""
ABANDONED_SECONDS = 24 * 3600
"""After this long a scratch file or folder belongs to a process that was killed."""


def shown(path: Path) -> str:
    """Name `path` as a person types it in the checkout: relative to its root if it lies inside, with ``/``.

    On one line, and without what controls a terminal: a downloaded folder or archive may hold names of any kind.
    """
    absolute = Path(os.path.abspath(path))
    return printable((absolute.relative_to(ROOT) if ROOT in (absolute, *absolute.parents) else absolute).as_posix())


def printable(text: str) -> str:
    """Foreign `text` for a message, with a blank for each other blank and ``?`` for what cannot be printed."""

    def seen(letter: str) -> str:
        return letter if letter.isprintable() else " " if unicodedata.category(letter) == "Zs" else "?"

    return "".join(map(seen, text))


def printable_lines(text: str) -> str:
    """Foreign `text` of several lines as :func:`printable` has each, without a line's end behind the last."""
    return "\n".join(printable(line.expandtabs(4)) for line in text.splitlines())


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Turn an OSError of the body, which writes `path`, into one sentence.

    Raises:
        CourseError: `path` could not be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sentence = _("{path} could not be saved because the disk is full; free some space and try again.")
        elif error.errno == errno.EROFS:
            sentence = _("{path} could not be saved because its disk is read-only; save to another folder.")
        elif isinstance(error, PermissionError):
            sentence = _("{path} could not be saved because you may not write there; change its permissions.")
        else:
            sentence = _("{path} could not be saved ({reason}); fix that and try again.")
        raise CourseError(sentence, path=shown(path), reason=error.strerror or error) from error


def sync(path: Path) -> None:
    """Have the system write `path` out to its disk, so that a crash after this finds all of it."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path`, with the same suffixes; it takes the place of `path` if the body succeeds.

    The folder is made if it is missing. If the body raises, the file that was there stays, and no trace is left.

    Raises:
        CourseError: the file could not be written; an OSError of the body counts as that.
    """
    path = Path(path)
    temporary = path.with_name(f"{SCRATCH}{secrets.token_hex(6)}{''.join(path.suffixes)}")
    with saving(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in abandoned(path.parent, SCRATCH):
            left.unlink(missing_ok=True)
        temporary.touch(exist_ok=False)  # unlike tempfile's, with the permissions that the person's umask grants
        try:
            yield temporary
            sync(temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def abandoned(folder: Path, beginning: str) -> Iterator[Path]:
    """Files in `folder` named `beginning`… that nobody has touched for a day: a killed process left them."""
    for path in folder.glob(f"{beginning}*"):
        with suppress(OSError):  # another process may be tidying up too
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                yield path


@contextmanager
def locked(folder: Path, waiting: str = "") -> Iterator[None]:
    """Run the body in one process of this machine at a time; the others wait. A killed process locks nobody out.

    Where the system or the disk has no such lock (Windows, some network disks), the body runs without one.

    Args:
        folder: an existing folder; nothing is written into it.
        waiting: what to print before waiting for another process.
    """
    descriptor = None
    with suppress(OSError):  # some network disks
        descriptor = os.open(folder, os.O_RDONLY) if fcntl else None
        if descriptor is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waiting:
                    print(waiting, flush=True)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, line ends as they are. Raises CourseError if `path` cannot be written.

    A lone surrogate, as names of files from elsewhere can hold, becomes an escape sequence, which JSON reads back.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON, indented by one. Raises CourseError if `path` cannot be written."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def sha256(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal. Raises OSError if it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
