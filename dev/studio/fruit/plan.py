"""Which pictures there are, and the seed and name of each. Standard library only.

Usage: ``for picture in embedded(): picture.path, picture.seed``. A seed is the SHA-256 of a sentence that begins with
``embedded`` or ``exam``, so that no exam can draw a picture of the embedded set; a name is another, so that it tells
neither seed nor order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

VERSION = 2
"""Part of every seed; a new version of the generator makes new pictures everywhere but in the splits of `KEPT`."""
KEPT = ("embedded/train", "embedded/valid")
"""Groups whose pictures are those of the first version."""
CLASSES = ("freshapples", "freshbanana", "freshoranges", "rottenapples", "rottenbanana", "rottenoranges")
COUNTS = {
    "train": (194, 181, 176, 226, 213, 192),
    "valid": (51, 48, 46, 66, 62, 56),
    "test": (47, 44, 42, 60, 56, 51),
    "belt/valid": (30,) * 6,
    "belt/test": (50,) * 6,
}
"""Pictures of each class; in the shop they are as uneven as a collection that people made, the test as validation."""
EXAM_PER_CLASS = 50
"""From the shop, and as many again from the belt."""


@dataclass(frozen=True)
class Picture:
    """One picture to make.

    Attributes:
        group: what its seed belongs to: ``embedded/train``, ``exam/7``, …
        folder: where it goes, below the folder that is made: ``train/freshapples``, ``belt/test/freshapples``.
        label: its class.
        number: counts the pictures of a class in a group from 0.
    """

    group: str
    folder: str
    label: str
    number: int

    def _digest(self, purpose: str) -> str:
        version = 1 if self.group in KEPT else VERSION
        sentence = f"fruit {version} {self.group} {self.label} {self.number} {purpose}"
        return hashlib.sha256(sentence.encode()).hexdigest()

    @property
    def seed(self) -> int:
        """What everything random about the picture comes from: 128 bits."""
        return int(self._digest("picture")[:32], 16)

    @property
    def path(self) -> PurePosixPath:
        """Its file, below the folder that is made."""
        return PurePosixPath(self.folder, f"{self._digest('name')[:10]}.jpg")

    @property
    def belt(self) -> bool:
        """Whether the camera above the belt takes it, not one in the shop."""
        return "belt" in self.folder

    @property
    def fruit(self) -> str:
        """``apple``, ``banana`` or ``orange``."""
        return next(fruit for fruit in ("apple", "banana", "orange") if fruit in self.label)

    @property
    def rotten(self) -> bool:
        """Whether the class is one of the rotten ones."""
        return self.label.startswith("rotten")


def embedded() -> list[Picture]:
    """Every picture of the embedded set, mixed so that any first part of the list has all splits and classes alike."""
    pictures = [
        ((number + 0.5) / count, Picture(f"embedded/{split}", f"{split}/{label}", label, number))
        for split, counts in COUNTS.items()
        for label, count in zip(CLASSES, counts, strict=True)
        for number in range(count)
    ]
    return [picture for _, picture in sorted(pictures, key=lambda pair: pair[0])]


def trial(per_class: int, name: str = "trial") -> list[Picture]:
    """A balanced set of both kinds, to look at and to measure while the generator is being changed."""
    return _balanced(f"trial/{name}", per_class)


def exam(seed: str) -> list[Picture]:
    """The images of the exam with that secret, 50 of each class from the shop and 50 from the belt, in ``belt``.

    :mod:`dev.studio.fruit.exam` gives them names.
    """
    return _balanced(f"exam/{seed}", EXAM_PER_CLASS)


def _balanced(group: str, per_class: int) -> list[Picture]:
    """So many of each class, from the shop and, in the folder ``belt``, from the belt."""
    return [
        Picture(f"{group}{place}", f"{place[1:]}/{label}".strip("/"), label, number)
        for number in range(per_class)
        for place in ("", "/belt")
        for label in CLASSES
    ]
