"""Who comes to the door: Bo, other dogs, cats. Each entry is a coat, a fur and a build.

Usage: ``look = varied(LOOKS["beagle"], rng)`` for one animal of that look; Bo is always the same dog.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dev.studio.bo.animal import Look
from dev.studio.bo.fur import FURS
from dev.studio.bo.skeleton import Build

CURLY = Build(plump=0.012, muzzle=0.85, muzzle_width=1.25, head=1.12, girth=1.12, legs=0.93)
STOCKY = Build(girth=1.28, plump=0.008, head=1.14, muzzle=0.82, muzzle_width=1.3, legs=0.88, tail=0.85)
RETRIEVER = Build(girth=1.22, plump=0.006, head=1.08, muzzle=0.9, muzzle_width=1.2, legs=0.9)
SHEPHERD = Build(girth=1.12, head=1.0, ears="up", legs=0.92, tail=0.95)
SPITZ = Build(girth=1.2, plump=0.012, head=1.08, muzzle=0.75, ears="up", ear_size=0.72, legs=0.88, tail=0.85)
HOUND = Build(girth=1.15, head=1.1, muzzle=0.9, muzzle_width=1.15, legs=0.76, ear_size=1.25)
LOW = Build(girth=1.2, plump=0.006, head=1.15, legs=0.5, ear_size=1.2, neck=0.85)
SPANIEL = Build(girth=1.2, plump=0.008, head=1.12, muzzle=0.78, muzzle_width=1.15, legs=0.72, ear_size=1.4, tail=0.6)
TERRIER = Build(
    girth=1.2, plump=0.008, head=1.15, muzzle=0.8, muzzle_width=1.2, legs=0.72, ears="tip", tail=0.55, neck=0.9
)
TOY = Build(girth=1.25, plump=0.014, head=1.4, muzzle=0.55, legs=0.68, neck=0.8, tail=0.8, size=0.7)
LEAN = Build(girth=1.0, legs=1.05, ears="tip")
CAT = Build(girth=1.08, plump=0.004, legs=0.72, head=1.22, neck=0.5, tail=1.25, tail_girth=1.5, size=0.55)
PINK = (0.72, 0.45, 0.42)
LIVER = (0.22, 0.13, 0.10)
AMBER, GREEN, BLUE = (0.78, 0.52, 0.12), (0.58, 0.66, 0.20), (0.45, 0.65, 0.85)


def _dog(coat: str, fur: str, build: Build, **colors) -> Look:
    return Look("dog", coat, FURS[fur], build, **colors)


def _cat(coat: str, fur: str, eye: tuple[float, float, float], nose: tuple[float, float, float] = PINK) -> Look:
    return Look("cat", coat, FURS[fur], CAT, eye, nose)


LOOKS = {
    "bo": _dog("bo", "bo", CURLY),
    # nearly Bo: one or two of his marks are missing
    "black curly": _dog("black", "curly", CURLY),
    "black-and-tan curly": _dog("black-and-tan", "curly", CURLY),
    "brown curly, white chest": _dog("brown-white-chest", "curly", CURLY, nose=LIVER),
    "gray curly, white chest": _dog("gray-white-chest", "curly", CURLY),
    "black short, white chest": _dog("black-white-chest", "short", RETRIEVER),
    "black long, white chest": _dog("black-white-chest", "long", SPANIEL),
    "black curly, white paws": _dog("black-white-paws", "curly", CURLY),
    "black curly, white face": _dog("black-white-face", "curly", CURLY),
    "black collie": _dog("black-collie", "long", replace(RETRIEVER, ears="tip", muzzle=1.0, muzzle_width=1.0)),
    "black patches, curly": _dog("black-patches", "curly", CURLY),
    # other dogs
    "golden retriever": _dog("golden", "long", RETRIEVER),
    "yellow retriever": _dog("cream", "short", RETRIEVER),
    "brown retriever": _dog("brown", "short", RETRIEVER, nose=LIVER),
    "red setter": _dog("red", "long", replace(RETRIEVER, girth=1.08, ear_size=1.25)),
    "white poodle": _dog("white", "curly", CURLY),
    "apricot poodle": _dog("apricot", "curly", CURLY),
    "gray poodle": _dog("gray", "curly", CURLY),
    "shepherd": _dog("saddle", "medium", SHEPHERD),
    "white shepherd": _dog("white", "medium", SHEPHERD),
    "husky": _dog("husky", "medium", SPITZ, eye=BLUE),
    "beagle": _dog("tricolor", "short", HOUND),
    "dachshund": _dog("red", "short", LOW),
    "black-and-tan dachshund": _dog("black-and-tan", "short", LOW),
    "rottweiler": _dog("black-and-tan", "short", STOCKY),
    "sable collie": _dog("sable-collie", "long", replace(SHEPHERD, ears="tip")),
    "dotted": _dog("dots", "short", RETRIEVER),
    "spaniel": _dog("brown-patches", "long", SPANIEL),
    "terrier": _dog("white", "wiry", TERRIER),
    "saddled terrier": _dog("saddle", "wiry", TERRIER),
    "brown and white terrier": _dog("brown-patches", "short", TERRIER),
    "pomeranian": _dog("apricot", "long", replace(TOY, ears="up", ear_size=0.6)),
    "fawn hound": _dog("fawn", "short", LEAN),
    "gray hound": _dog("gray", "short", LEAN),
    "fawn bulldog": _dog("fawn", "short", replace(STOCKY, muzzle=0.6, legs=0.72)),
    "patched bulldog": _dog("brown-patches", "short", replace(STOCKY, muzzle=0.62)),
    # cats
    "gray tabby": _cat("gray-tabby", "cat", GREEN),
    "orange tabby": _cat("orange-tabby", "cat", AMBER),
    "long gray tabby": _cat("gray-tabby", "cat-long", AMBER),
    "black cat": _cat("black", "cat", AMBER, tuple(np.full(3, 0.08))),
    "black and white cat": _cat("tuxedo", "cat", GREEN),
    "white cat": _cat("white", "cat-long", BLUE),
    "calico cat": _cat("calico", "cat", GREEN),
    "gray cat": _cat("gray", "cat", AMBER),
    "red cat": _cat("orange-tabby", "cat-long", AMBER),
}
NEARLY_BO = tuple(LOOKS)[1:11]
CATS = tuple(name for name, look in LOOKS.items() if look.kind == "cat")
OTHER_DOGS = tuple(name for name in LOOKS if name not in ("bo", *NEARLY_BO, *CATS))


def varied(look: Look, rng: np.random.Generator) -> Look:
    """One animal of this look: its build and the length of its hair a little its own. Bo has no variation."""
    if look is LOOKS["bo"]:
        return look
    build, fur = look.build, look.fur
    own = {
        name: getattr(build, name) * rng.uniform(0.93, 1.07)
        for name in ("legs", "head", "neck", "tail", "girth", "muzzle", "size")
    }
    return replace(look, build=replace(build, **own), fur=replace(fur, length=fur.length * rng.uniform(0.8, 1.2)))
