"""Sets of pictures: what belongs in their folders, and what is wrong with one.

Usage: through :data:`course.datasets.reading.SETS`. Each check takes the set's folder and whether a file is known to be
good, which is then not opened; any other picture is decoded in full. They raise Damaged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath

from course.datasets import images
from course.datasets.untrusted import Damaged, contents, read_table, reading
from course.files import printable, shown
from course.messages import _

FRUITS = ("freshapples", "freshbanana", "freshoranges", "rottenapples", "rottenbanana", "rottenoranges")
DOGS = ("bo", "not_bo")
PHOTO_COLUMNS = ("file", "animal", "door", "credit", "licence")
DOORS = ("in", "stay", "out")
SEEDS = ("happy_dog", "brown_bear", "sleepy_cat")
"""The pictures of a doggy door without ``photos.csv``."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".heif")
"""Endings of pictures; the last two are no kind that the course reads, so that a phone's photos are not passed over."""

Known = Callable[[Path], bool]
"""Whether a file is, byte for byte, the one that the edition's manifest names."""


def is_image(path: PurePath) -> bool:
    """Whether a file's name is that of an image; what file managers leave behind does not count."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def letter_of(name: str) -> str:
    """The letter that a picture's name begins with (``a.png``, ``T_2.jpg``), one of the 24 that do not move, or ''."""
    match = re.match(r"([a-ik-y])(?![a-z])", name.lower())
    return match.group(1) if match else ""


def read_image(data: bytes, path: Path) -> images.Image.Image:
    """The picture in `data`, RGB and upright; `path` names it. Raises Damaged."""
    try:
        return images.read(data, name=shown(path))
    except images.ImageError as error:
        raise Damaged(path, "{problem}", problem=error.problem) from error


def read_photos(data: bytes, path: Path) -> list[dict[str, str]]:
    """Rows of a ``photos.csv``; `path` names it.

    Returns:
        ``file`` (a plain name), ``animal``, ``door`` (one of DOORS), ``credit``, ``licence``.

    Raises:
        Damaged: anything else, with its line.
    """
    rows: list[dict[str, str]] = []
    for line, row in read_table(data, path, PHOTO_COLUMNS):
        cells = {column: row.get(column, "") for column in PHOTO_COLUMNS}
        fault = {
            "file": cells["file"] != Path(cells["file"]).name or not is_image(Path(cells["file"])),
            "animal": not cells["animal"],
            "door": cells["door"] not in DOORS,
        }
        fault["file"] |= "\\" in cells["file"] or cells["file"] in [other["file"] for other in rows]
        for column in (name for name in fault if fault[name]):
            clause = _("{path}, line {line}: “{cell}” cannot be the {column} of a photo, or not twice")
            raise Damaged(path, clause, line=line, cell=printable(cells[column][:40]), column=column)
        rows.append(cells)
    if not rows:
        raise Damaged(path, _("{path} has no rows"))
    return rows


def asl_images(folder: Path, known: Known) -> None:
    """One picture or more, each named by its letter."""
    found = [path for path in _entries(folder) if is_image(path)]
    if not found:
        raise Damaged(folder, _("{path} holds no pictures"))
    for path in found:
        if not letter_of(path.name):
            raise Damaged(path, _("{path} is not named by one of the 24 letters, as a.png or t_2.jpg (j and z move)"))
        if not known(path):
            read_image(contents(path), path)


def doggy_door(folder: Path, known: Known) -> None:
    """The pictures that ``photos.csv`` names, or else the three of the classic course."""
    table = folder / "photos.csv"
    here = {path.name: path for path in _entries(folder)}
    if table.name in here:
        wanted = [folder / row["file"] for row in read_photos(contents(table), table)]
    else:
        by_stem = {path.stem: path for path in here.values() if is_image(path)}
        wanted = [by_stem.get(seed, folder / f"{seed}.jpg") for seed in SEEDS]
    for path in wanted:
        if not known(path):
            read_image(contents(path), path)


def class_folders(folder: Path, known: Known, classes: Sequence[str], optional: Sequence[str] = ("test",)) -> None:
    """In train, in valid and in those of the `optional` splits that are there: `classes`, each with images alone."""
    for split in ("train", "valid", *(split for split in optional if (folder / split).is_dir())):
        here = {path.name for path in _entries(folder / split) if path.is_dir()}
        for name in sorted(here - set(classes)):
            raise Damaged(folder / split / name, _("{path} is a class that does not belong there"))
        for name in classes:
            found = _entries(folder / split / name)
            if not found:
                raise Damaged(folder / split / name, _("{path} holds no pictures"))
            for path in found:
                if path.is_dir():
                    raise Damaged(path, _("{path} is a folder, not a picture"))
                if not known(path):
                    read_image(contents(path), path)


def _entries(folder: Path) -> list[Path]:
    """The contents of `folder`, sorted, without what file managers leave behind. Raises Damaged if it is missing."""
    with reading(folder):
        if not folder.is_dir():
            raise Damaged(folder, _("{path} is missing"))
        left_behind = ("thumbs.db", "desktop.ini")
        return sorted(
            path for path in folder.iterdir() if not (path.name.startswith(".") or path.name.lower() in left_behind)
        )
