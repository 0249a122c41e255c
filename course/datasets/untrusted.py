"""Reading what a person brought without trusting it: whatever is wrong with the bytes becomes one clause.

Usage: ``with reading(path): …``, ``data = contents(path)``, ``rows = read_table(data, path, ("headline",))``.
Standard library only.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from course.files import printable, shown
from course.messages import CourseError, _

MAX_BYTES = 256 * 2**20
"""Nothing larger than this is unpacked; the largest file of the course, ASL's training CSV, has 83 million bytes."""


class Damaged(Exception):
    """What is wrong with a file, as a clause without full stop; whoever asked adds what to do.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path, clause: str) -> None:
        super().__init__(clause)
        self.path = path


def quoted(text: str, length: int) -> str:
    """The beginning of a foreign `text` for a message: on one line, without what controls a terminal."""
    return printable(text[:length])


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a parser says about the bytes of `path` into Damaged."""
    try:
        yield
    except (Damaged, CourseError):
        raise
    except Exception as error:  # zip, zlib, numpy and struct each have errors of their own for damaged bytes
        if isinstance(error, MemoryError):
            sentence = _("{path} does not fit into memory")
        elif isinstance(error, OSError) and error.strerror:
            sentence = _("{path} cannot be read ({reason})")
        else:
            sentence = _("{path} is damaged or cut off")
        raise Damaged(path, sentence.format(path=shown(path), reason=getattr(error, "strerror", ""))) from error


def contents(path: Path) -> bytes:
    """Bytes of `path`, unpacked if its name ends in ``.gz``. Raises Damaged, also where that is above MAX_BYTES."""
    with reading(path):
        if not path.is_file():
            raise Damaged(path, _("{path} is missing").format(path=shown(path)))
        with path.open("rb") as file:
            return unpacked(file, path)


def unpacked(file: IO[bytes], path: Path) -> bytes:
    """Bytes of the open `file`, unpacked if the name `path` ends in ``.gz``. Raises as :func:`contents`."""
    data = start(file, path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Damaged(path, _("{path} is larger than {limit} MB").format(path=shown(path), limit=MAX_BYTES // 2**20))
    return data


def start(file: IO[bytes], path: Path, size: int) -> bytes:
    """As :func:`unpacked`, but at most the first `size` bytes."""
    with reading(path):
        return (gzip.GzipFile(fileobj=file) if path.suffix.lower() == ".gz" else file).read(size)


def read_table(data: bytes, path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Go through a UTF-8 CSV that has `columns`; `path` names it.

    Yields:
        Of each row, its line and its cells by column, without the spaces around them.

    Raises:
        Damaged: it is no such table.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Damaged(path, _("{path} is not UTF-8 text").format(path=shown(path))) from error
    if not text.strip():
        raise Damaged(path, _("{path} is empty").format(path=shown(path)))
    with reading(path):
        reader = csv.DictReader(io.StringIO(text, newline=""))
        for column in columns:
            if column not in (reader.fieldnames or []):
                raise Damaged(path, _("{path} lacks the column “{column}”").format(path=shown(path), column=column))
        for row in reader:
            yield reader.line_num, {key: value.strip() for key, value in row.items() if isinstance(value, str) and key}
