"""Turn the files that a person has into the folder of a set: :data:`IMPORTERS`, one function a set.

Usage: ``report = IMPORTERS["nyt"](items, folder)``. Each takes the files, the least deep first, and an empty folder;
it raises CourseError if they are not the set at all, and Damaged if one of them is faulty. ``course.datasets.install``
puts the folder in its place once it is complete.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from course.datasets import image_sets, reading
from course.datasets.image_sets import DOGS, FRUITS, is_image, letter_of, read_image
from course.datasets.sources import Item
from course.datasets.untrusted import Damaged
from course.messages import CourseError, _

MNIST_IDX = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
ASL_SOURCES = {"train": ("sign_mnist_train.csv",), "valid": ("sign_mnist_valid.csv", "sign_mnist_test.csv")}
KAGGLE_LABELS = 25
"""Kaggle counts a–y as 0–24 and leaves out 9, the letter j, which moves."""
SIDE = 512
"""Longest side, in pixels, that a picture of fruit or of dogs is kept at; the networks see 224."""
SPLITS = {name: name for name in ("train", "valid", "test")} | {"validation": "valid", "val": "valid"}
DOG_FOLDERS = {
    **dict.fromkeys(("bo", "mine", "mydog", "my"), "bo"),
    **dict.fromkeys(("notbo", "notmine", "other", "others", "otherdogs"), "not_bo"),
}
READY_MADE = re.compile(r"(rotated_by_\d+|saltandpepper|translation|vertical_flip)_", re.IGNORECASE)
"""How Kaggle's fruit names the copies that it holds of each photo, in both of its splits."""


@dataclass
class Report:
    """What an import made: counts for the manifest, and sentences for the person."""

    counts: dict[str, int]
    notes: list[str] = field(default_factory=list)


def mnist(items: list[Item], folder: Path) -> Report:
    """Write mnist.npz from the four IDX files or from an npz."""
    found = {key: _pick(items, name, name.replace("-idx", ".idx")) for key, name in MNIST_IDX.items()}
    packed = [item for item in items if item.where.suffix.lower() == ".npz"]
    if all(found.values()):
        arrays = {key: read_idx(item.read(), item.where) for key, item in found.items()}
        reading.check_digits(arrays, found["y_train"].where)
    elif packed:
        arrays = reading.read_mnist(packed[0].read(), packed[0].where)
    else:
        sentence = _("There is neither an npz file nor {names} in what you gave; give the folder that holds them.")
        raise CourseError(sentence, names=", ".join(MNIST_IDX.values()))
    np.savez_compressed(folder / "mnist.npz", **arrays)
    return Report({split: len(arrays[f"y_{split}"]) for split in ("train", "test")})


def read_idx(data: bytes, path: Path) -> np.ndarray:
    """Read an IDX file of bytes: uint8 (N, 28, 28) for images, (N,) for labels. Raises Damaged; `path` names it."""
    tail = {b"\0\0\x08\x03": (28, 28), b"\0\0\x08\x01": ()}.get(data[:4])
    if tail is None:
        raise Damaged(path, _("{path} is not an IDX file of MNIST"))
    start = 8 + 4 * len(tail)
    declared = struct.unpack(f">{1 + len(tail)}I", data[4:start].ljust(start - 4, b"\0"))
    if declared[1:] != tail or math.prod(declared) != len(data) - start:
        raise Damaged(path, _("{path} is damaged or cut off"))
    return np.frombuffer(data, np.uint8, offset=start).reshape(declared)


def asl_data(items: list[Item], folder: Path) -> Report:
    """Write the two CSVs, their labels counted 0–23."""
    found = {split: _pick(items, *names) for split, names in ASL_SOURCES.items()}
    if not all(found.values()):
        raise CourseError(
            _(
                "sign_mnist_train.csv and sign_mnist_test.csv (Kaggle's “Sign Language MNIST”) are not both in what "
                "you gave; give the folder or zip that holds them."
            )
        )
    tables = {split: reading.read_letters(item.read(), item.where, KAGGLE_LABELS) for split, item in found.items()}
    used = np.unique(np.concatenate([table[:, 0] for table in tables.values()]))
    from_kaggle = 24 in used
    if from_kaggle == (9 in used):
        raise CourseError(
            _(
                "The labels are neither Kaggle's (0–24 without 9) nor the course's (0–23); nothing was imported: give "
                "both files as they were downloaded."
            )
        )
    report = Report({split: len(table) for split, table in tables.items()})
    for split, table in tables.items():
        if from_kaggle:
            table[table[:, 0] > 9, 0] -= 1
        _write_letters(folder / reading.ASL_FILES[split], table)
        if found[split].key != reading.ASL_FILES[split].removesuffix(".gz"):
            report.notes.append(_("{split} is {file}.").format(split=split, file=found[split].where.name))
    if from_kaggle:
        report.notes.append(_("Kaggle counts the letters 0–24 and skips 9 (j); here they are 0–23."))
    return report


def _write_letters(path: Path, table: np.ndarray) -> None:
    """Write the CSV of a table as `datasets.read_letters` gives it; three times as quick as pandas."""
    text = [str(number) for number in range(256)]
    rows = (",".join([text[value] for value in row]) for row in table.tolist())
    with gzip.GzipFile(path, "wb", compresslevel=6, mtime=0) as file:
        file.write("\n".join([",".join(reading.ASL_COLUMNS), *rows, ""]).encode("ascii"))


def asl_images(items: list[Item], folder: Path) -> Report:
    """Keep the pictures, byte for byte, that are named by a letter or lie in a folder that is."""
    found = [item for item in items if is_image(item.where)]
    used = Counter()
    for item in found:
        parent = item.where.parent.name
        letter = letter_of(item.where.name) or (letter_of(parent) if len(parent) == 1 else "")
        if letter:
            used[letter] += 1
            number = "" if used[letter] == 1 else f"_{used[letter]}"
            _keep(item, folder / f"{letter}{number}{item.where.suffix.lower()}")
    if not used:
        raise CourseError(
            _("No picture in what you gave is named by its letter; call them a.png, b_2.jpg and so on (j and z move).")
        )
    return Report({"pictures": used.total(), "letters": len(used)}, _skipped(len(items) - used.total()))


def doggy_door(items: list[Item], folder: Path) -> Report:
    """Keep the photos, byte for byte, that photos.csv names, or else the three of the classic course."""
    table = _pick(items, "photos.csv")
    if table:
        data = table.read()
        rows = image_sets.read_photos(data, table.where)
        wanted = [table.where.parent / row["file"] for row in rows]
        (folder / "photos.csv").write_bytes(data)
    else:
        pictures = {item.where.stem.lower(): item.where for item in reversed(items) if is_image(item.where)}
        wanted = [pictures[seed] for seed in image_sets.SEEDS if seed in pictures]
        if len(wanted) != len(image_sets.SEEDS):
            sentence = _("What you gave holds neither photos.csv nor pictures called {names}; docs/data.md says more.")
            raise CourseError(sentence, names=", ".join(image_sets.SEEDS))
    here = {item.where: item for item in items}
    for path in wanted:
        if path not in here:
            raise Damaged(path, _("{path} is missing"))
        _keep(here[path], folder / (path.name if table else path.name.lower()))
    return Report({"pictures": len(wanted)}, _skipped(len(items) - len(wanted) - bool(table)))


def nyt(items: list[Item], folder: Path) -> Report:
    """Keep the CSVs that have headlines, byte for byte; the comments on the articles have none."""
    (folder / "articles").mkdir()
    rows, files = 0, 0
    for item in items:
        target = folder / "articles" / _plain_name(Path(item.where.name.removesuffix(".gz").removesuffix(".xz")))
        if not item.key.endswith(".csv") or target.exists() or "headline" not in _columns(item):
            continue
        data = item.read()
        rows += len(reading.read_headlines(data, item.where))
        target.write_bytes(data)
        files += 1
    if not files:
        raise CourseError(
            _("No CSV in what you gave has a column “headline”; give the folder or zip with the files Articles….csv.")
        )
    return Report({"months": files, "rows": rows}, _skipped(len(items) - files))


def _columns(item: Item) -> list[str]:
    return item.first_line().replace('"', "").split(",")


def fruits(items: list[Item], folder: Path) -> Report:
    """Sort photos of fruit into splits and classes; Kaggle's test is what the course calls valid."""
    found = _by_split(items, {name: name for name in FRUITS})
    splits = {split for split, _name in found}
    if "train" not in splits or splits == {"train"}:
        sentence = _("What you gave holds no folders train and test (or valid) with the classes {names}; give both.")
        raise CourseError(sentence, names=", ".join(FRUITS))
    notes, copies = [], 0
    if "valid" not in splits:
        found = {("valid" if split == "test" else split, name): group for (split, name), group in found.items()}
        notes.append(_("Its folder “test” is “valid” here."))
    for key, group in found.items():
        found[key] = [item for item in group if not READY_MADE.match(item.where.name)]
        copies += len(group) - len(found[key])
    if copies:
        sentence = _(
            "{count} turned, shifted or noisy copies of photos were left out: the lesson makes its own, and in the two "
            "splits they would let a network recognize what it has seen."
        )
        notes.append(sentence.format(count=f"{copies:,}"))
    return _store(found, folder, len(items) - copies, notes)


def bo(items: list[Item], folder: Path) -> Report:
    """Sort photos of one's own dog and of others into splits; without splits every fourth or so becomes valid."""
    found = _by_split(items, DOG_FOLDERS)
    if {name for _split, name in found} != set(DOGS):
        raise CourseError(
            _(
                "What you gave needs two folders of photos, “mine” (your own dog; 15 are enough) and “others” (other "
                "dogs, cats, an empty door), or train and valid with bo and not_bo in each."
            )
        )
    notes = []
    if {split for split, _name in found} == {""}:
        for name in DOGS:
            group = _in_any_order(found.pop(("", name)))
            if len(group) < 2:
                raise CourseError(_("One photo alone in a folder cannot be shared between training and validation."))
            held_out = max(1, round(len(group) / 4))
            found["valid", name], found["train", name] = group[:held_out], group[held_out:]
        notes.append(_("A quarter of each folder is held out for validation, always the same photos."))
    return _store(found, folder, len(items), notes)


def _by_split(items: Iterable[Item], classes: dict[str, str]) -> dict[tuple[str, str], list[Item]]:
    """Pictures by split and class, as the two folders above them say; split '' where the upper one names none."""
    found: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        upper, lower = ["", "", *(re.sub(r"[\s_-]", "", part.lower()) for part in item.where.parent.parts)][-2:]
        if lower in classes and is_image(item.where):
            found.setdefault((SPLITS.get(upper, ""), classes[lower]), []).append(item)
    if any(split for split, _name in found):
        found = {key: group for key, group in found.items() if key[0]}
    return found


def _in_any_order(items: list[Item]) -> list[Item]:
    """Different pictures only, in an order that depends on nothing but what is in them."""
    by_digest = {hashlib.sha256(item.read()).digest(): item for item in items}
    return [by_digest[digest] for digest in sorted(by_digest)]


def _store(found: dict[tuple[str, str], list[Item]], folder: Path, given: int, notes: list[str]) -> Report:
    """Write pictures below ``split/class``, each once, none with a side above SIDE."""
    counts, seen = Counter(), set()
    for (split, name), group in sorted(found.items()):
        (folder / split / name).mkdir(parents=True)
        for item in group:
            data = item.read()
            digest = hashlib.sha256(data).digest()
            if digest in seen:
                continue
            seen.add(digest)
            target = folder / split / name / _plain_name(item.where.with_suffix(".jpg"))
            while target.exists():
                target = target.with_name(f"{target.stem}_.jpg")
            target.write_bytes(_as_jpeg(data, item.where))
            counts[split] += 1
    return Report(dict(counts), notes + _skipped(given - counts.total()))


def _as_jpeg(data: bytes, path: Path) -> bytes:
    """`data` as it is if that is a small plain JPEG; else a JPEG of the picture, without the metadata of a camera."""
    picture = read_image(data, path)
    with Image.open(io.BytesIO(data)) as original:
        notes = {"exif", "xmp", "photoshop", "comment"} & original.info.keys()
        plain = original.format == "JPEG" and original.mode == "RGB" and not notes
    if plain and max(picture.size) <= SIDE:
        return data
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=92)
    return written.getvalue()


def _keep(item: Item, target: Path) -> None:
    data = item.read()
    read_image(data, item.where)
    target.write_bytes(data)


def _plain_name(path: Path) -> str:
    """A name that every system takes, as near as possible to that of `path`."""
    return (re.sub(r"[^\w.-]+", "_", path.stem)[-80:].strip("._-") or "file") + path.suffix.lower()


def _skipped(count: int) -> list[str]:
    sentence = _("Files left out, of another kind or duplicates: {count}.")
    return [sentence.format(count=f"{count:,}")] if count else []


def _pick(items: list[Item], *names: str) -> Item | None:
    """The first of `items` that bears the first of `names` that any bears."""
    return next((item for name in names for item in items if item.key == name), None)


IMPORTERS: dict[str, Callable[[list[Item], Path], Report]] = {
    "mnist": mnist,
    "asl_data": asl_data,
    "asl_images": asl_images,
    "doggy_door": doggy_door,
    "bo": bo,
    "nyt": nyt,
    "fruits": fruits,
}
"""How each set is made; VGG16's weights are no set of an edition (:mod:`course.datasets.vgg16`)."""
