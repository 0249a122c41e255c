"""Reading untrusted files: whatever is wrong with the bytes becomes one clause.

Usage: ``with reading(path): …``, ``data = contents(path)``, ``rows = read_table(data, path, ("headline",))``.
Standard library only.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from course.files import shown
from course.messages import CourseError, _

MAX_BYTES = 256 * 2**20
"""Nothing larger than this is unpacked; the largest file of the course, ASL's training CSV, has 83 million bytes."""


PACKED = (".gz", ".xz")
"""Suffixes of compressed files."""


class Damaged(Exception):
    """What is wrong with a file, as a clause without full stop; the caller adds what to do.

    Args:
        path: the file, which is ``{path}`` in the clause.
        clause: the text.
        values: for its other placeholders.
    """

    def __init__(self, path: Path, clause: str, **values: object) -> None:
        super().__init__(clause.format(path=shown(path), **values))
        self.path = path


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn any error that a parser raises on the bytes of `path` into Damaged."""
    try:
        yield
    except (Damaged, CourseError):
        raise
    except Exception as error:  # zip, zlib, numpy and struct each have errors of their own for damaged bytes
        if isinstance(error, MemoryError):
            clause = _("{path} does not fit into memory")
        elif isinstance(error, OSError) and error.strerror:
            clause = _("{path} cannot be read ({reason})")
        else:
            clause = _("{path} is damaged or cut off")
        raise Damaged(path, clause, reason=getattr(error, "strerror", "")) from error


class Bounded(io.BufferedReader):
    """A file that refuses reads of more than `most` bytes at once.

    zipfile reads the directory of an archive in one piece, and tarfile a long name, before either can be judged.
    """

    most = 2**20

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes. Raises ValueError if they are more than `most`."""
        limited = size is None or not 0 <= size <= self.most
        data = super().read(self.most + 1 if limited else size)
        if len(data) > self.most:
            raise ValueError("more than may be read at once")
        return data


@contextmanager
def zip_archive(path: Path, directory: int) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose directory, in zip64 form or not, takes at most `directory` bytes. Raises ValueError if more."""
    with Bounded(io.FileIO(path)) as file:
        file.most = directory
        with zipfile.ZipFile(file) as archive:
            file.most = MAX_BYTES + 1
            yield archive


def contents(path: Path) -> bytes:
    """Bytes of `path`, unpacked if it is one of PACKED. Raises Damaged, also where that is above MAX_BYTES."""
    with reading(path):
        if not path.is_file():
            raise Damaged(path, _("{path} is missing"))
        with path.open("rb") as file:
            return unpacked(file, path)


def unpacked(file: IO[bytes], path: Path) -> bytes:
    """Bytes of the open `file`, unpacked if `path` is one of PACKED. Raises as :func:`contents`."""
    data = start(file, path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Damaged(path, _("{path} is larger than {limit} MB"), limit=MAX_BYTES // 2**20)
    return data


def start(file: IO[bytes], path: Path, size: int) -> bytes:
    """As :func:`unpacked`, but at most the first `size` bytes."""
    with reading(path):
        if path.suffix.lower() == ".xz":
            return _unpacked_xz(file.read(MAX_BYTES), size)
        return (gzip.GzipFile(fileobj=file) if path.suffix.lower() == ".gz" else file).read(size)


def _unpacked_xz(data: bytes, size: int) -> bytes:
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2**27)  # the file says how much it needs
    unpacked = decompressor.decompress(data, size)
    if len(unpacked) < size and not decompressor.eof:
        raise EOFError
    return unpacked


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
        raise Damaged(path, _("{path} is not UTF-8 text")) from error
    if not text.strip():
        raise Damaged(path, _("{path} is empty"))
    with reading(path):
        reader = csv.DictReader(io.StringIO(text, newline=""))
        for column in columns:
            if column not in (reader.fieldnames or []):
                raise Damaged(path, _("{path} lacks the column “{column}”"), column=column)
        for row in reader:
            yield reader.line_num, {key: value.strip() for key, value in row.items() if isinstance(value, str) and key}
