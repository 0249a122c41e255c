"""The images that submissions are judged on: read once, whatever the number of submissions.

Usage: ``test_set = read(Path("exam"))`` for a folder with six class folders, and six more in ``belt``, as ``make exam``
writes; ``read_open(data_dir())`` for the images that every learner has.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from course.datasets import images as course_images
from course.datasets.image_sets import is_image
from course.files import sha256, shown
from course.grading.contract import CLASSES, FEWEST, SIDE
from course.messages import CourseError, _
from course.paths import ROOT, data_dir

BELT = "belt"
"""The folder of an exam that holds the classes of the belt."""


@dataclass(frozen=True, eq=False)
class TestSet:
    """Images with their labels.

    Attributes:
        images: uint8, (N, 224, 224, 3), RGB.
        labels: int64, (N,), places in :data:`course.grading.contract.CLASSES`.
        names: ``class/file`` of each.
        sha256: of all of it, hexadecimal.
        published: how many of the files lie in the course as well, where every learner has them.
        belt: the same of the belt, where there are images of it; those above are the shop's.
    """

    __test__ = False  # pytest, which collects classes by their name

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    sha256: str
    published: int = 0
    belt: TestSet | None = None

    @property
    def all_images(self) -> np.ndarray:
        """The images, then the belt's."""
        return self.images if self.belt is None else np.concatenate([self.images, self.belt.images])

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, numbers: np.ndarray) -> TestSet:
        """The images with these numbers."""
        names = tuple(self.names[number] for number in numbers)
        return _test_set(self.images[numbers], self.labels[numbers], names)


def read(folder: Path, belt: Path | None = None) -> TestSet:
    """Read every image below the six class folders of `folder`, each resized to 224 × 224 (bilinear).

    Args:
        folder: an exam, or a split.
        belt: folder of the belt's six classes; None: that in `folder`, if there is one.

    Raises:
        CourseError: a class is missing or empty, there is another one, or an image is damaged.
    """
    folder = Path(folder)
    belt = belt or folder / BELT
    shop = _read(folder)
    if not belt.is_dir():
        return shop
    other = _read(belt)
    return replace(shop, belt=other, published=shop.published + other.published)


def _read(folder: Path) -> TestSet:
    """The six class folders of `folder` alone."""
    here = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    here = [name for name in here if not name.startswith(".") and name != BELT]
    if here != list(CLASSES):
        sentence = _("{path} is no set of test images: it needs just these folders: {classes}.")
        raise CourseError(sentence.format(path=shown(folder), classes=", ".join(CLASSES)))
    files = [
        (label, path)
        for label, name in enumerate(CLASSES)
        for path in sorted((folder / name).iterdir())
        if is_image(path)
    ]
    empty = set(range(len(CLASSES))) - {label for label, _path in files}
    if empty:
        sentence = _("{path} holds no images; complete the set of test images.")
        raise CourseError(sentence.format(path=shown(folder / CLASSES[min(empty)])))
    images = np.empty((len(files), SIDE, SIDE, 3), np.uint8)  # no list beside it: a large set fits into memory once
    for number, (_label, path) in enumerate(files):
        images[number] = _square(path)
    labels = np.array([label for label, _path in files])
    names = tuple(f"{path.parent.name}/{path.name}" for _label, path in files)
    return replace(_test_set(images, labels, names), published=_published([path for _label, path in files]))


def insist_on_enough(test_set: TestSet, folder: Path) -> None:
    """Raise CourseError where `test_set`, which was read from `folder`, is too small to grade a class on."""
    if test_set.belt is not None:
        insist_on_enough(test_set.belt, folder / BELT)
    counts = np.bincount(test_set.labels, minlength=len(CLASSES))
    if counts.min() < FEWEST:
        sentence = _(
            "{path} has {count} images of {name}, but a class is graded on {fewest} of each class or more; make exam"
            " OUT=DIR makes 300."
        )
        values = {"count": counts.min(), "name": CLASSES[int(counts.argmin())], "fewest": FEWEST}
        raise CourseError(sentence.format(path=shown(folder), **values))


def _published(files: list[Path]) -> int:
    """How many of `files` have the bytes of an image of fruit in an edition that is here, whatever its name."""
    editions = {path.resolve() for path in (ROOT / "data", ROOT / "data-real", data_dir())}
    sizes = {path.stat().st_size for path in files}
    known = {
        sha256(path)
        for edition in editions
        for path in (edition / "fruits").rglob("*")
        if is_image(path) and path.is_file() and path.stat().st_size in sizes
    }
    return sum(sha256(path) in known for path in files)


def open_split(data: Path) -> Path:
    """Folder of the test images that come with the edition in `data`; ``valid`` where it has no ``test``."""
    folder = Path(data) / "fruits"
    return folder / ("test" if (folder / "test").is_dir() else "valid")


def read_open(data: Path) -> TestSet:
    """The images that every learner has: the open split of the edition in `data`, with the belt's where it has them."""
    belt = Path(data) / "fruits" / "belt" / "test"
    return read(open_split(data), belt if belt.is_dir() else None)


def sample(test_set: TestSet, per_class: int) -> TestSet:
    """At most `per_class` images of each class, evenly from first to last."""
    chosen = []
    for label in range(len(CLASSES)):
        numbers = np.flatnonzero(test_set.labels == label)
        places = np.linspace(0, len(numbers) - 1, min(per_class, len(numbers)))
        chosen.extend(numbers[places.round().astype(int)])
    return test_set.part(np.array(chosen, int))


def join(first: TestSet, second: TestSet) -> TestSet:
    """The images of both, the first's before the second's."""
    return _test_set(
        np.concatenate([first.images, second.images]),
        np.concatenate([first.labels, second.labels]),
        first.names + second.names,
    )


def _test_set(images: np.ndarray, labels: np.ndarray, names: tuple[str, ...]) -> TestSet:
    digest = hashlib.sha256(np.ascontiguousarray(images))
    digest.update(np.ascontiguousarray(labels))
    return TestSet(images, labels, names, digest.hexdigest())


def _square(path: Path) -> np.ndarray:
    picture = course_images.read(path)
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
