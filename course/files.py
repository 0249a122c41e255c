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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course.messages import CourseError, _
from course.paths import ROOT


def shown(path: Path) -> str:
    """Name `path` as a person types it in the checkout: relative to its root where it lies inside, with ``/``."""
    absolute = Path(os.path.abspath(path))
    return (absolute.relative_to(ROOT) if ROOT in (absolute, *absolute.parents) else absolute).as_posix()


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
            sentence = _("{path} could not be saved ({reason}); mend that and try again.")
        raise CourseError(sentence.format(path=shown(path), reason=error.strerror or error)) from error


def sync(path: Path) -> None:
    """Have the system write `path` out to its disk, so that a crash after this finds all of it."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path`, with the same suffixes; it takes the place of `path` if the body succeeds.

    The folder is made where it is missing. If the body raises, the file that was there stays, and no trace is left.

    Raises:
        CourseError: the file could not be written; an OSError of the body counts as that.
    """
    path = Path(path)
    temporary = path.with_name(f".saving-{secrets.token_hex(6)}{''.join(path.suffixes)}")
    with saving(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(exist_ok=False)  # unlike tempfile's, with the permissions that the person's umask grants
        try:
            yield temporary
            sync(temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, line ends as they are. Raises CourseError where `path` cannot be written."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON, indented by one. Raises CourseError where `path` cannot be written."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def sha256(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal. Raises OSError where it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
