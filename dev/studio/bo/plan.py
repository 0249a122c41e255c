"""What is in which picture: the same places, lights, poses, views and formats for Bo and for everybody else.

Everything but the animal is dealt like cards, for each label apart and in the same shares, so that no lawn, no light
and no pose tells who the dog is. Usage: ``for shot in plan(): …``
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from dev.studio.bo.fur import FURS
from dev.studio.bo.looks import CATS, LOOKS, NEARLY_BO, OTHER_DOGS
from dev.studio.bo.places import SITTING_ONLY

SEED = 40
COUNTS = {
    "train": {"bo": 18, "nearly": 30, "dog": 46, "cat": 23, "none": 22},
    "valid": {"bo": 30, "nearly": 26, "dog": 17, "cat": 9, "none": 8},
    "test": {"bo": 53, "nearly": 47, "dog": 30, "cat": 16, "none": 14},
}
PLACES = (
    "lawn",
    "lawn",
    "garden",
    "garden",
    "front_yard",
    "front_yard",
    "street",
    "path",
    "snow",
    "beach",
    "porch",
    "porch",
    "living_room",
    "living_room",
    "kitchen",
    "sofa",
    "kennel",
)
INDOORS = ("living_room", "kitchen", "sofa")
OUTDOOR_LIGHTS = ("sunny", "sunny", "overcast", "evening", "shade", "dusk", "dusk", "rain", "rain")
INDOOR_LIGHTS = ("window", "daylight", "lamp", "flash", "dim")
POSES = ("stand", "stand", "stand", "walk", "walk", "run", "sit", "sit", "sit", "sit", "lie", "lie", "bow", "sniff")
FRAMINGS = ("whole",) * 5 + ("half",) * 2 + ("far",) * 3
COVERS = ("",) * 6 + ("side", "side", "low")
"""What stands before the animal: nothing, something tall that hides one side of it, something low."""
FORMATS = ("4:3", "4:3", "4:3", "3:4", "3:4", "1:1", "3:2")
LENSES = (50, 60, 70, 85)
HEAD_DOWN = ("bow", "sniff")
"""Poses whose upper half alone would not show the chest."""
BO_SEED = 77


@dataclass(frozen=True)
class Shot:
    """One picture. `kind` is a key of COUNTS; `animal` is `dog`, `cat` or `none`; what describes it is empty then."""

    file: str
    label: str
    kind: str
    look: str
    animal: str
    coat: str
    fur: str
    pose: str
    place: str
    light: str
    framing: str
    cover: str
    format: str
    lens: int
    animal_seed: int
    seed: int

    @property
    def split(self) -> str:
        return self.file.split("/")[0]


def _dealt(options: Sequence, count: int, rng: np.random.Generator) -> list:
    """`count` of the options, each as often as its share, in a random order."""
    whole, rest = divmod(count, len(options))
    order = rng.permutation(len(options))[:rest]
    cards = list(options) * whole + [options[k] for k in order]
    return [cards[k] for k in rng.permutation(count)]


def plan(seed: int = SEED, counts: dict[str, dict[str, int]] = COUNTS) -> list[Shot]:
    """Every picture of the set, in a fixed order."""
    shots = []
    for split_number, (split, groups) in enumerate(counts.items()):
        number = {"bo": 0, "not_bo": 0}
        for group_number, (group, count) in enumerate(groups.items()):
            rng = np.random.default_rng([seed, split_number, group_number])
            label = "bo" if group == "bo" else "not_bo"
            for shot in _group(group, count, rng):
                number[label] += 1
                shots.append(Shot(f"{split}/{label}/{label}_{number[label]:03d}.jpg", label, **shot))
    return shots


def _group(group: str, count: int, rng: np.random.Generator) -> list[dict[str, object]]:
    """The factors of `count` pictures with the same kind of animal."""
    looks = {"bo": ("bo",), "nearly": NEARLY_BO, "dog": OTHER_DOGS, "cat": CATS, "none": ("none",)}[group]
    columns = [_dealt(options, count, rng) for options in (looks, PLACES, POSES, FRAMINGS, COVERS, FORMATS, LENSES)]
    lights = {True: iter(_dealt(INDOOR_LIGHTS, count, rng)), False: iter(_dealt(OUTDOOR_LIGHTS, count, rng))}
    shots = []
    for look, place, pose, framing, cover, shape, lens in zip(*columns, strict=True):
        if place in SITTING_ONLY and pose not in ("sit", "lie"):
            pose = "sit" if rng.random() < 0.5 else "lie"
        animal = LOOKS.get(look)
        if framing == "half" and (group == "cat" or not animal or pose in HEAD_DOWN):
            framing = "whole"
        if not animal or framing == "far":
            cover = ""
        elif cover == "low" and pose in ("lie", *HEAD_DOWN):
            cover = "side"
        shots.append(
            {
                "kind": group,
                "look": look,
                "animal": animal.kind if animal else "none",
                "coat": animal.coat if animal else "",
                "fur": next(name for name, fur in FURS.items() if fur is animal.fur) if animal else "",
                "pose": pose if animal else "",
                "place": place,
                "light": next(lights[place in INDOORS]),
                "framing": framing,
                "cover": cover,
                "format": shape,
                "lens": lens,
                "animal_seed": BO_SEED if look == "bo" else int(rng.integers(1, 2**31)),
                "seed": int(rng.integers(1, 2**31)),
            }
        )
    return shots


def write_factors(shots: Sequence[Shot], path: Path) -> None:
    """A table of every picture and what is in it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Shot)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(shot) for shot in shots)
