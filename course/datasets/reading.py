"""Whether a dataset is there, complete and of the right form, as every lesson relies on.

Usage: ``validate(DATA, "asl_data")``, which is silent or raises one sentence with the command that fixes it.
A new set is a function and an entry in :data:`SETS`.
"""

from __future__ import annotations

import io
import json
import math
import os
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from course.datasets import editions, image_sets, untrusted
from course.datasets.image_sets import DOGS, FRUITS, Known
from course.datasets.untrusted import Damaged, contents, read_table, reading
from course.files import printable, sha256, shown
from course.messages import CourseError, _
from course.paths import ROOT

ASL_COLUMNS = ["label", *(f"pixel{number}" for number in range(1, 785))]
ASL_FILES = {"train": "sign_mnist_train.csv.gz", "valid": "sign_mnist_valid.csv.gz"}
"""Usual names of the tables of letters; :func:`table_at` finds them under others."""
ASL_KNOWN = "sign_mnist_known.csv.gz"
"""Further images of people who are in training; the embedded edition alone has them."""
ASL_FACTORS = [f"factors_{split}.csv.gz" for split in ("train", "valid", "known")]
"""How the images were made; the embedded edition alone says it."""
ASL_LETTERS = "abcdefghiklmnopqrstuvwxy"


@dataclass(frozen=True)
class DataSet:
    """Where a set lies in an edition, and what finds its faults: `check(folder, known)` raises Damaged.

    With `exact`, which is for what only the course can supply, a file that the manifest names must be that very file.
    """

    folder: str
    check: Callable[[Path, Known], None]
    exact: bool = False


def validate(root: Path, name: str) -> None:
    """Make sure that set `name` of the edition in `root` is there and valid.

    A file whose SHA-256 is the manifest's is known to be good; any other is read in full.

    Raises:
        CourseError: one sentence, with the command that fixes it.
    """
    root = Path(os.path.abspath(root))
    if name not in SETS:
        raise CourseError(_("There is no dataset “{name}”; there are {names}."), name=name, names=", ".join(SETS))
    if not os.path.isdir(root):  # unlike Path.is_dir, no error where its parent is out of bounds
        fix = editions.how_to_restore(root) if root == ROOT / "data" else how_to_import(root, name)
        raise CourseError(_("The data folder {path} does not exist; {fix}."), path=shown(root), fix=fix)
    folder = root / SETS[name].folder
    if not os.path.isdir(folder):
        editions.put_back(root)
    listed = editions.manifest(root).files
    shipped = listed if came_with_the_course(root) else {}
    if not os.path.isdir(folder):
        came_with_it = SETS[name].exact or any(file.startswith(f"{SETS[name].folder}/") for file in shipped)
        fix = editions.how_to_restore(folder) if came_with_it else how_to_import(root, name)
        raise CourseError(_("{path} does not hold the set {name}; {fix}."), path=shown(root), name=name, fix=fix)

    def known(path: Path) -> bool:
        file = path.relative_to(root).as_posix()
        with reading(path):
            same = file in listed and path.is_file() and listed[file][0] == sha256(path)
            if SETS[name].exact and file in listed and path.is_file() and not same:
                raise Damaged(path, _("{path} is not the file that came with the course"))
            return same

    _is_not_older(root, name)
    try:
        SETS[name].check(folder, known)
    except Damaged as error:
        came_with_it = SETS[name].exact or error.path.relative_to(root).as_posix() in shipped
        fix = editions.how_to_restore(error.path) if came_with_it else how_to_import(root, name)
        raise CourseError(_("{problem}; {fix}."), problem=error, fix=fix) from error


def _is_not_older(root: Path, name: str) -> None:
    """Raise CourseError where `root` is the embedded edition, but of another version than this course's own."""
    here, ours = editions.manifest(root), editions.manifest(ROOT / "data")
    old, new = here.version_of(name), ours.version_of(name)
    if root != ROOT / "data" and name in here.sets and here.edition == ours.edition and old != new:
        sentence = _(
            "{path} holds version {old} of {name}, and these lessons are written for {new}: work with the course's own"
            " data, `make lab DATA=data` (or unset COURSE_DATA)."
        )
        raise CourseError(sentence, path=shown(root), old=old, new=new, name=name)


def came_with_the_course(root: Path) -> bool:
    """Whether the edition in `root` is the embedded one, not one of a person's own data."""
    return root == ROOT / "data" or editions.edition_name(root) != editions.Manifest.edition


def how_to_import(root: Path, name: str) -> str:
    """How to get set `name` from what a person has, as a clause; never into an edition that came with the course."""
    if came_with_the_course(root):
        return _(
            "bring your copy in with `python -m course data import {name} PATH` and work with `make lab DATA=data-real`"
            " (or set COURSE_DATA=data-real)"
        ).format(name=name)
    to = "" if root == ROOT / "data-real" else f" --to {editions.quoted(root)}"
    return _("bring your copy in with `python -m course data import {name} PATH{to}`").format(name=name, to=to)


def read_mnist(data: bytes, path: Path) -> dict[str, np.ndarray]:
    """Read an npz file with the four arrays of MNIST; `path` names it.

    Returns:
        ``x_train``, ``x_test``: uint8 (N, 28, 28); ``y_train``, ``y_test``: uint8 (N,), 0–9.

    Raises:
        Damaged: anything else, found before memory is taken for it.
    """
    with reading(path), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for key in ("x_train", "y_train", "x_test", "y_test"):
            if f"{key}.npy" not in archive.namelist():
                raise Damaged(path, _("{path} lacks the array {key}"), key=key)
            with archive.open(f"{key}.npy") as member:
                _check_header(member, key, path)
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            digits = {key: arrays[key] for key in ("x_train", "y_train", "x_test", "y_test")}
    check_digits(digits, path)
    return digits


def _check_header(member: IO[bytes], key: str, path: Path) -> None:
    """Judge an array by what its header declares, so that a false size costs nothing."""
    version = np.lib.format.read_magic(member)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _fortran_order, dtype = read(member)
    wanted = (28, 28) if key.startswith("x_") else ()
    if dtype != np.uint8 or len(shape) != 1 + len(wanted) or shape[1:] != wanted or shape[0] < 0:
        clause = _("{path}: the array {key} is {dtype} {shape}, not uint8 {wanted}")
        raise Damaged(path, clause, key=key, dtype=dtype, shape=shape, wanted="(N, 28, 28)" if wanted else "(N,)")
    if math.prod(shape) > untrusted.MAX_BYTES:
        limit = untrusted.MAX_BYTES // 2**20
        raise Damaged(path, _("{path}: the array {key} is larger than {limit} MB"), key=key, limit=limit)


def check_digits(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Raise Damaged where images and labels differ in number, are empty, or a label is not 0–9."""
    for split in ("train", "test"):
        images, labels = len(arrays[f"x_{split}"]), arrays[f"y_{split}"]
        if images != len(labels) or not images:
            clause = _("{path} has {images} images but {labels} labels in x_{split} and y_{split}")
            raise Damaged(path, clause, images=images, labels=len(labels), split=split)
        if labels.max() > 9:
            clause = _("{path}: y_{split} has the label {label}, not a digit from 0 to 9")
            raise Damaged(path, clause, split=split, label=labels.max())


def read_letters(text: bytes, path: Path, labels: int = len(ASL_LETTERS)) -> np.ndarray:
    """Read a CSV of ASL letters; `path` names it, `labels` is how many different labels it may have.

    Returns:
        uint8 (N, 785): the label, 0 to `labels` − 1, and the 784 pixels of each image, row by row.

    Raises:
        Damaged: anything else, with the column and the line.
    """
    _check_columns(text[:65536].decode("utf-8-sig", "replace").split("\n")[0].rstrip("\r").split(","), path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what numpy only warns of: no rows, and 1.5 or 300 cut to fit into a byte
        try:
            table = np.loadtxt(
                io.BytesIO(text), np.uint8, comments=None, delimiter=",", skiprows=1, ndmin=2, encoding="latin1"
            )
        except (ValueError, Warning) as error:
            raise _first_fault(text, path, labels) from error
    if table.shape[1] != len(ASL_COLUMNS) or table[:, 0].max() >= labels:
        raise _first_fault(text, path, labels)
    return table


def _check_columns(columns: list[str], path: Path) -> None:
    missing = [column for column in ASL_COLUMNS if column not in columns]
    if columns == ASL_COLUMNS:
        return
    if not any(columns):
        raise Damaged(path, _("{path} is empty"))
    if missing:
        raise Damaged(path, _("{path} lacks the column “{column}”"), column=missing[0])
    raise Damaged(path, _("{path} has other columns than label, pixel1 … pixel784, or has them in another order"))


def _first_fault(text: bytes, path: Path, labels: int) -> Damaged:
    """Find the first cell that is no whole number in its range, which numpy does not name well; slow, seconds."""
    rows = 0
    for line, row in enumerate(text.decode("utf-8", "replace").split("\n"), start=1):
        if line == 1 or not row.strip():
            continue
        rows += 1
        cells = row.split(",")
        if len(cells) != len(ASL_COLUMNS):
            clause = _("{path}, line {line} has {count} cells, not {wanted}")
            return Damaged(path, clause, line=line, count=len(cells), wanted=len(ASL_COLUMNS))
        for column, cell in zip(ASL_COLUMNS, cells, strict=True):
            highest = labels - 1 if column == "label" else 255
            if not (cell.isascii() and cell.strip().isdigit() and len(cell) < 20 and int(cell) <= highest):
                clause = _("{path}, line {line}: {column} is “{cell}”, not a whole number from 0 to {highest}")
                return Damaged(path, clause, line=line, column=column, cell=printable(cell[:20]), highest=highest)
    return Damaged(path, _("{path} is damaged or cut off") if rows else _("{path} has no rows"))


def _mnist(folder: Path, known: Known) -> None:
    path = folder / "mnist.npz"
    if not known(path):
        read_mnist(contents(path), path)


def table_at(folder: Path, name: str) -> Path:
    """Where the table ``NAME.csv.gz`` lies in `folder`, which may also be ``NAME.csv.xz`` or ``NAME.csv``.

    Raises:
        CourseError: it is there in two forms, and a lesson might read the other one.
    """
    usual = folder / name
    found = [path for path in (usual.with_suffix(".xz"), usual, usual.with_suffix("")) if path.exists()]
    if found[1:]:
        sentence = _("{first} is there as {second} too: delete the one that you do not want.")
        raise CourseError(sentence, first=shown(found[0]), second=found[1].name)
    return found[0] if found else usual


def _asl_data(folder: Path, known: Known) -> None:
    for name in (*ASL_FILES.values(), ASL_KNOWN):
        path = table_at(folder, name)
        if (name != ASL_KNOWN or path.exists()) and not known(path):
            read_letters(contents(path), path)
    for path in (table_at(folder, name) for name in ASL_FACTORS):
        if path.exists() and not known(path) and not any(read_table(contents(path), path, ())):
            raise Damaged(path, _("{path} has no rows"))


def _pretrained(folder: Path, known: Known) -> None:
    weights, names = folder / "efficientnet_lite0.npz", folder / "imagenet_classes.json"
    if not known(weights):
        data = contents(weights)
        with reading(weights), np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            if any(arrays[key].dtype != np.float16 for key in arrays):
                raise ValueError("not the weights as dev/studio/backbone.py writes them")
    if not known(names):
        data = contents(names)
        with reading(names):
            if len({name for name in json.loads(data) if isinstance(name, str)}) != 1000:
                raise ValueError("not 1,000 names")


FRUIT_SPLITS = ("test", "belt/valid", "belt/test")
"""Splits of the fruit that not every edition has."""
MAX_HEADLINE = 1000
"""Characters; the longest of a real newspaper has about 120."""


def read_headlines(data: bytes, path: Path) -> list[str]:
    """Read the column ``headline`` of a UTF-8 CSV, “Unknown” included; `path` names it. Raises Damaged."""
    found = []
    for line, row in read_table(data, path, ("headline",)):
        found.append(row.get("headline", ""))
        if len(found[-1]) > MAX_HEADLINE:
            clause = _("{path}, line {line}: the headline is longer than {limit} characters")
            raise Damaged(path, clause, line=line, limit=MAX_HEADLINE)
    if not any(headline not in ("", "Unknown") for headline in found):
        raise Damaged(path, _("{path} has no headline"))
    return found


def _nyt(folder: Path, known: Known) -> None:
    articles = folder / "articles"
    with reading(articles):
        paths = sorted(path for path in articles.glob("*.csv") if not path.name.startswith("."))
    if not paths:
        raise Damaged(articles, _("{path} holds no CSV of articles"))
    for path in paths:
        if not known(path):
            read_headlines(contents(path), path)


SETS = {
    "mnist": DataSet("mnist", _mnist),
    "asl_data": DataSet("asl_data", _asl_data),
    "asl_images": DataSet("asl_images", image_sets.asl_images),
    "doggy_door": DataSet("doggy_door_images", image_sets.doggy_door),
    "bo": DataSet("presidential_doggy_door", partial(image_sets.class_folders, classes=DOGS)),
    "nyt": DataSet("nyt_dataset", _nyt),
    "fruits": DataSet("fruits", partial(image_sets.class_folders, classes=FRUITS, optional=FRUIT_SPLITS)),
    "pretrained": DataSet("pretrained", _pretrained, exact=True),
}
"""The datasets of the course."""
