"""``python -m course data``: check an edition of the data, bring in what a person has.

Usage: ``python -m course data verify``, ``python -m course data import asl_data ~/Downloads/archive.zip``.
Only the standard library is imported at the top: the command line lists its arguments before anything is installed.
A further set to import joins by a function and an entry in :data:`IMPORTERS`.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import math
import os
import stat
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from course import editions, environment
from course.files import saving, sha256, shown, sync
from course.messages import CourseError, _
from course.paths import ROOT, data_dir

if TYPE_CHECKING:
    import numpy as np

MNIST_IDX = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
ASL_SOURCES = {"train": ("sign_mnist_train.csv",), "valid": ("sign_mnist_valid.csv", "sign_mnist_test.csv")}
KAGGLE_LABELS = 25
"""Kaggle counts a–y as 0–24 and leaves out 9, the letter j, which moves."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands of ``data`` and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help=_("check every file of an edition"))
    verify.add_argument("--edition", metavar="DIR", help=_("the edition's folder (default: the one in use)"))
    bring = actions.add_parser("import", help=_("turn a dataset that you have into a set of the course"))
    bring.add_argument("set", metavar="SET", help=", ".join(IMPORTERS))
    bring.add_argument("path", metavar="PATH", nargs="+", type=Path, help=_("a folder, a zip, or the files themselves"))
    bring.add_argument(
        "--to", metavar="DIR", default="data-real", help=_("the edition to add it to (default: data-real)")
    )


def main(args: argparse.Namespace) -> int:
    """Run the sub-command; returns the exit code, 1 where `verify` found something.

    Raises:
        CourseError: an import was refused; the edition is as it was.
    """
    environment.ensure_inside(args, ("numpy",))
    if args.action == "verify":
        return verify(ROOT / args.edition if args.edition else data_dir())
    return bring_in(args.set, args.path, ROOT / args.to)


def verify(root: Path) -> int:
    """Print a line for each set of the edition in `root` and for each bad file; 0 if all is well, else 1."""
    from course import datasets  # needs numpy

    manifest = editions.manifest(root)
    bad = {name: problem for name, entry in manifest.files.items() if (problem := _problem(root / name, *entry))}
    for problem in bad.values():
        print(f"[FAIL] {problem}")
    sound = True
    here = {name: dataset.folder for name, dataset in datasets.SETS.items() if os.path.isdir(root / dataset.folder)}
    for name, folder in here.items():
        if any(file.startswith(f"{folder}/") for file in bad):
            continue
        try:
            datasets.validate(root, name)
            counts = ", ".join(f"{split} {count:,}" for split, count in manifest.sets.get(name, {}).items())
            print(f"[OK]   {name}" + (f": {counts}" if counts else ""))
        except CourseError as error:
            sound = False
            print(f"[FAIL] {error}")
    if not here and not bad:
        raise CourseError(
            _("{path} holds none of the sets {sets}; name the folder of an edition with `--edition DIR`.").format(
                path=shown(root), sets=", ".join(datasets.SETS)
            )
        )
    return 0 if sound and not bad else 1


def _problem(path: Path, digest: str, size: int) -> str:
    """What is wrong with a file of the manifest and how to restore it, as a sentence; empty if it is as promised."""
    try:
        if path.stat().st_size == size and sha256(path) == digest:
            return ""
        sentence = _("{path} is not the file that came with the course; {mend}.")
    except FileNotFoundError:
        sentence = _("{path} is missing; {mend}.")
    except OSError:
        sentence = _("{path} cannot be read; {mend}.")
    return sentence.format(path=shown(path), mend=editions.how_to_restore(path))


@dataclass(frozen=True)
class Item:
    """A file that a person gave: a file on disk, or a member of a zip."""

    path: Path
    member: str = ""

    @property
    def where(self) -> Path:
        """Its path, for messages: a zip counts as a folder."""
        return self.path / self.member

    @property
    def key(self) -> str:
        """What its kind is known by: its name in lower case, without the ``.gz`` of a packed file."""
        return self.where.name.lower().removesuffix(".gz")

    def read(self) -> bytes:
        """Its bytes, without the packing of a ``.gz``. Raises Damaged, also where it is too large."""
        from course import datasets

        if not self.member:
            return datasets.contents(self.path)
        with datasets.reading(self.where), zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
            return datasets.unpacked(file, self.where)


def bring_in(name: str, paths: list[Path], root: Path) -> int:
    """Put set `name`, found in `paths`, into the edition in `root`, whole or not at all. Returns 0.

    Raises:
        CourseError: nothing was changed, and why.
    """
    from course import datasets

    if name not in IMPORTERS:
        names = ", ".join(IMPORTERS)
        raise CourseError(_("“{name}” cannot be imported; these sets can: {names}.").format(name=name, names=names))
    if os.path.exists(root / "manifest.json"):
        raise CourseError(
            _("{path} came with the course and stays as it is; import into another folder with `--to DIR`.").format(
                path=shown(root)
            )
        )
    target = root / datasets.SETS[name].folder
    try:
        items = []
        for path in paths:
            with datasets.reading(path):
                items.extend(_items(path))
        items.sort(key=lambda item: (len(item.where.parts), item.where))  # Kaggle's zip has files twice: the upper one
        with saving(target):
            root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".import-", dir=root) as staging:
                staged = Path(staging) / target.name
                staged.mkdir()
                story = IMPORTERS[name](items, staged)
                datasets.SETS[name].check(staged, lambda path: False)
                _install(staged, target, Path(staging) / "before")
    except datasets.Damaged as error:
        raise CourseError(
            _("{problem}; nothing was imported: repeat the command with a sound copy.").format(problem=error)
        ) from error
    finally:
        with contextlib.suppress(OSError):
            root.rmdir()  # where it is still empty
    print("\n".join([_("{name} is now in {path}.").format(name=name, path=shown(target)), *story]))
    print(_("Work with it: `make lab DATA={root}` (or set COURSE_DATA).").format(root=editions.quoted(root)))
    return 0


def _install(staged: Path, target: Path, before: Path) -> None:
    """Put the finished folder in the place of the old one, which comes back if that fails or is interrupted."""
    for file in filter(Path.is_file, staged.rglob("*")):
        sync(file)
    try:
        if target.exists():
            os.replace(target, before)
        os.replace(staged, target)
    except BaseException:
        if before.exists() and not target.exists():
            os.replace(before, target)
        raise


def _items(path: Path) -> list[Item]:
    """The files of what a person gave: a folder's, a zip's, or the file itself."""
    if path.is_dir():
        return [Item(file) for file in path.rglob("*") if file.is_file()]
    if not path.is_file():
        raise CourseError(_("{path} does not exist; give the folder or file that you have.").format(path=path))
    return _members(path) if path.suffix.lower() == ".zip" else [Item(path)]


def _members(path: Path) -> list[Item]:
    """The files of a zip, none of which is unpacked yet; refuses one made to write outside its folder."""
    from course import datasets

    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
    for info in members:
        posix, windows = PurePosixPath(info.filename), PureWindowsPath(info.filename)
        outside = posix.is_absolute() or windows.anchor or ".." in (*posix.parts, *windows.parts)
        if outside or stat.S_ISLNK(info.external_attr >> 16):
            sentence = _("{path} holds “{member}”, a link or a name that leads out of the archive")
            raise datasets.Damaged(path, sentence.format(path=shown(path), member=info.filename[:80]))
    return [Item(path, info.filename) for info in members]


def _pick(items: list[Item], *names: str) -> Item | None:
    """The first of `items` that bears the first of `names` that any bears."""
    return next((item for name in names for item in items if item.key == name), None)


def _import_mnist(items: list[Item], folder: Path) -> list[str]:
    """Write mnist.npz from the four IDX files or from an npz. Returns what to tell the person."""
    import numpy as np

    from course import datasets

    found = {key: _pick(items, name, name.replace("-idx", ".idx")) for key, name in MNIST_IDX.items()}
    packed = [item for item in items if item.where.suffix.lower() == ".npz"]
    if all(found.values()):
        arrays = {key: read_idx(item.read(), item.where) for key, item in found.items()}
        datasets.check_digits(arrays, found["y_train"].where)
    elif packed:
        arrays = datasets.read_mnist(packed[0].read(), packed[0].where)
    else:
        raise CourseError(
            _("There is neither an npz file nor {names} in what you gave; give the folder that holds them.").format(
                names=", ".join(MNIST_IDX.values())
            )
        )
    np.savez_compressed(folder / "mnist.npz", **arrays)
    counts = {split: f"{len(arrays[f'y_{split}']):,}" for split in ("train", "test")}
    return [_("{train} training and {test} test images of digits.").format(**counts)]


def read_idx(data: bytes, path: Path) -> np.ndarray:
    """Read an IDX file of bytes: uint8 (N, 28, 28) for images, (N,) for labels. Raises Damaged; `path` names it."""
    import numpy as np

    from course.datasets import Damaged

    tail = {b"\0\0\x08\x03": (28, 28), b"\0\0\x08\x01": ()}.get(data[:4])
    if tail is None:
        raise Damaged(path, _("{path} does not begin as an IDX file of MNIST").format(path=shown(path)))
    start = 8 + 4 * len(tail)
    declared = struct.unpack(f">{1 + len(tail)}I", data[4:start].ljust(start - 4, b"\0"))
    if declared[1:] != tail or math.prod(declared) != len(data) - start:
        raise Damaged(path, _("{path} is damaged or cut off").format(path=shown(path)))
    return np.frombuffer(data, np.uint8, offset=start).reshape(declared)


def _import_asl_data(items: list[Item], folder: Path) -> list[str]:
    """Write the two CSVs, their labels counted 0–23. Returns what to tell the person."""
    import numpy as np

    from course import datasets

    found = {split: _pick(items, *names) for split, names in ASL_SOURCES.items()}
    if not all(found.values()):
        raise CourseError(
            _(
                "sign_mnist_train.csv and sign_mnist_test.csv (Kaggle's “Sign Language MNIST”) are not both in what "
                "you gave; give the folder or zip that holds them."
            )
        )
    tables = {split: datasets.read_letters(item.read(), item.where, KAGGLE_LABELS) for split, item in found.items()}
    used = np.unique(np.concatenate([table[:, 0] for table in tables.values()]))
    from_kaggle = 24 in used
    if from_kaggle == (9 in used):
        raise CourseError(
            _(
                "The labels are neither Kaggle's (0–24 without 9) nor the course's (0–23); nothing was imported: give "
                "both files as they were downloaded."
            )
        )
    for split, table in tables.items():
        if from_kaggle:
            table[table[:, 0] > 9, 0] -= 1
        _write_letters(folder / datasets.ASL_FILES[split], table)
    story = [
        _("{train} training images (from {train_file}) and {valid} validation images (from {valid_file}).").format(
            train=f"{len(tables['train']):,}",
            valid=f"{len(tables['valid']):,}",
            train_file=found["train"].where.name,
            valid_file=found["valid"].where.name,
        )
    ]
    if from_kaggle:
        story.append(_("Kaggle counts the letters 0–24 and skips 9 (j); here they are 0–23."))
    return story


def _write_letters(path: Path, table: np.ndarray) -> None:
    """Write the CSV of a table as `datasets.read_letters` gives it; three times as quick as pandas."""
    from course.datasets import ASL_COLUMNS

    text = [str(number) for number in range(256)]
    rows = (",".join([text[value] for value in row]) for row in table.tolist())
    with gzip.GzipFile(path, "wb", compresslevel=6, mtime=0) as file:
        file.write("\n".join([",".join(ASL_COLUMNS), *rows, ""]).encode("ascii"))


IMPORTERS: dict[str, Callable[[list[Item], Path], list[str]]] = {"mnist": _import_mnist, "asl_data": _import_asl_data}
"""What turns the files that a person gave into a set's folder, and tells how; raises CourseError or Damaged."""
