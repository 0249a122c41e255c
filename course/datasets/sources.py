"""The files that a person gives to an import: a folder's, an archive's, or the files themselves; none trusted.

Usage: ``with opened(paths, scratch) as items: data = items[0].read()``. A zip is read in place. A tar is unpacked into
`scratch`, a folder that the caller removes.
"""

from __future__ import annotations

import gzip
import itertools
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from course.datasets import untrusted
from course.datasets.untrusted import PACKED, Bounded, Damaged, reading, zip_archive
from course.files import printable
from course.messages import CourseError, _

MAX_FILES = 50_000
"""Files and folders together."""
MAX_DIRECTORY = 8 * 2**20
"""Bytes of a zip's directory; each entry takes 46 and its name."""
MAX_TOTAL = 20 * 2**30
"""Bytes of all that an archive holds; the largest set, Kaggle's fruit, has 4 GB."""
MAX_RATIO = 100
"""How many times its own size an archive may hold; images and tables reach 10. Up to FREE bytes any."""
FREE = 64 * 2**20


@dataclass(frozen=True)
class Item:
    """A file that a person gave.

    Attributes:
        where: its path, for messages and for what its names tell; an archive counts as a folder.
        open: opens it for reading.
    """

    where: Path
    open: Callable[[], IO[bytes]]

    @property
    def key(self) -> str:
        """Its name in lower case, without the suffix of a compressed file."""
        name = self.where.name.lower()
        return name.removesuffix(next(filter(name.endswith, PACKED), ""))

    def read(self) -> bytes:
        """Its bytes, uncompressed. Raises Damaged, also where they are too many."""
        with reading(self.where), self.open() as file:
            return untrusted.unpacked(file, self.where)

    def first_line(self) -> str:
        """The first line of a text, of which at most 64 KB are read. Raises Damaged."""
        with reading(self.where), self.open() as file:
            start = untrusted.start(file, self.where, 65536)
        return start.decode("utf-8-sig", "replace").split("\n")[0].rstrip("\r")


@contextmanager
def opened(paths: list[Path], scratch: Path) -> Iterator[list[Item]]:
    """Give the files in `paths`, those least deep first.

    Raises:
        CourseError: there is no such path.
        Damaged: an archive is damaged or hostile, or there are too many files.
    """
    with ExitStack() as stack:
        items: list[Item] = []
        for number, path in enumerate(paths):
            with reading(path):
                items.extend(itertools.islice(_items(path, scratch / str(number), stack), MAX_FILES + 1))
            if len(items) > MAX_FILES:
                raise Damaged(path, _("{path} holds more than {limit} files"), limit=f"{MAX_FILES:,}")
        yield sorted(items, key=lambda item: (len(item.where.parts), item.where))


def _items(path: Path, scratch: Path, stack: ExitStack) -> Iterator[Item]:
    if path.is_dir():
        found = (file for file in path.rglob("*") if file.is_file())
        return (Item(file, partial(file.open, "rb")) for file in found)
    if not path.is_file():
        raise CourseError(_("{path} does not exist; give the folder or file that you have."), path=path)
    name = path.name.lower()
    if name.endswith(".zip"):
        return _zip_items(path, stack.enter_context(zip_archive(path, MAX_DIRECTORY)))
    if name.endswith((".tar", ".tgz", ".tar.gz")):
        return _tar_items(path, scratch)
    return iter([Item(path, partial(path.open, "rb"))])


def _zip_items(path: Path, archive: zipfile.ZipFile) -> Iterator[Item]:
    """All members are checked before the first is yielded; zipfile reads no more of a member than its declared size."""
    guard = Guard(path)
    for info in archive.infolist():
        regular = not stat.S_ISLNK(info.external_attr >> 16)
        guard.admit(info.filename, info.file_size, regular=regular, folder=info.is_dir())
    members = (info for info in archive.infolist() if not info.is_dir())
    return (Item(path / info.filename.replace("\\", "/"), partial(archive.open, info)) for info in members)


def _tar_items(path: Path, scratch: Path) -> Iterator[Item]:
    guard = Guard(path)
    with path.open("rb") as file:
        unpack = gzip.open if file.read(2) == b"\x1f\x8b" else open
    with Bounded(unpack(path, "rb")) as file, tarfile.open(fileobj=file, mode="r:") as archive:
        for member in archive:
            guard.admit(member.name, member.size, regular=member.isreg(), folder=member.isdir())
            if member.isdir():
                continue
            target = scratch / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.extractfile(member) as source, target.open("xb") as file:
                shutil.copyfileobj(source, file)
            yield Item(path / member.name, partial(target.open, "rb"))


class Guard:
    """Judges the members of one archive, one after the other, before anything of them is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: set[str] = set()
        self.members = self.total = 0
        self.limit = max(FREE, min(MAX_TOTAL, MAX_RATIO * path.stat().st_size))

    def admit(self, name: str, size: int, *, regular: bool, folder: bool) -> None:
        """Raise Damaged for what leads out of the archive, stands in it twice, or unpacks to too much.

        Folders are counted and not made.
        """
        self.members += 1
        self.total += size
        if size < 0 or self.total > self.limit or self.members > MAX_FILES:
            self._refuse(_("{path} unpacks to more than a dataset of the course can be"), name)
        if folder:
            return
        posix, windows = PurePosixPath(name), PureWindowsPath(name)
        if posix.is_absolute() or windows.anchor or ".." in (*posix.parts, *windows.parts) or not regular:
            self._refuse(_("{path} holds “{member}”, a link or a name that leads out of the archive"), name)
        spaces = str.maketrans("\u00a0\u202f", "  ")  # macOS has the latter in the names of its screenshots
        if not name.translate(spaces).isprintable() or str(posix) in self.names:
            self._refuse(_("{path} holds “{member}” twice, or that is not a valid file name"), name)
        self.names.add(str(posix))

    def _refuse(self, clause: str, name: str) -> None:
        raise Damaged(self.path, clause, member=printable(name[:80]))
