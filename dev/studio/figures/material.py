"""What the figures show of the embedded data: hands, dogs, fruit, headlines; and digits drawn here.

Everything comes from ``data/``, whatever ``COURSE_DATA`` says. The digits are strokes of our own, since MNIST's license
asks for the same license of what is made from it; for that reason, too, all photos shown are public domain or CC0.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from course.paths import ROOT

DATA = ROOT / "data"
LETTERS = "abcdefghiklmnopqrstuvwxy"
STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "3": [[(8, 6), (13, 4), (18, 6), (18, 10), (13, 13)], [(13, 13), (19, 15), (20, 20), (15, 24), (8, 22)]],
    "4": [[(16, 4), (12, 10), (7, 17)], [(7, 17), (14, 16.6), (22, 16)], [(18, 10), (17, 17), (16, 24.5)]],
    "7": [[(7, 6), (13, 5.2), (20.5, 5)], [(20.5, 5), (16, 13), (12.5, 24)], [(10.5, 14.5), (14, 14), (19, 14)]],
}
"""Points of each stroke of a digit, in pixels from the upper left corner of 28 × 28."""


def digit(name: str) -> np.ndarray:
    """A digit, (28, 28), from 0 to 1, light on dark as in MNIST."""
    rows, columns = np.mgrid[0:28, 0:28]
    ink = np.zeros((28, 28))
    for points in STROKES[name]:
        for x, y in curve(np.array(points)):
            distance = np.hypot(columns - x, rows - y)
            ink = np.maximum(ink, np.clip(2.1 - distance, 0, 1))
    return ink


def curve(points: np.ndarray, steps: int = 24) -> np.ndarray:
    """A Catmull–Rom spline through `points`, which has shape (n, 2)."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps)[:, np.newaxis]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.vstack(parts)


@cache
def small_hand(letter: str) -> np.ndarray:
    """The first training picture of a letter, (28, 28), from 0 to 1: the hand of lesson 03."""
    pixels, table = small_hands("train", 500)
    return pixels[(table["label"] == LETTERS.index(letter)).argmax()]


@cache
def small_hands(part: str, count: int) -> tuple[np.ndarray, pd.DataFrame]:
    """The first `count` pictures of a part, (count, 28, 28), from 0 to 1, and their labels and signers."""
    folder = DATA / "asl_data"
    table = pd.read_csv(folder / f"sign_mnist_{part}.csv.xz", dtype="uint8", nrows=count)
    signers = pd.read_csv(folder / f"factors_{part}.csv.xz", usecols=["signer"], nrows=count)
    pixels = table.drop(columns="label").to_numpy().reshape(-1, 28, 28) / 255
    return pixels, signers.assign(label=table["label"])


def photo(name: str, center: tuple[float, float] = (0.5, 0.5), share: float = 1.0, size: int = 320) -> np.ndarray:
    """A square cut out of a picture in ``data/``, (size, size, 3).

    Args:
        name: its path in ``data/``.
        center: where the middle of the square lies, as shares of width and height.
        share: the square's side over the shorter side of the picture.
        size: pixels a side of what is returned.
    """
    with Image.open(DATA / name) as image:
        image = ImageOps.exif_transpose(image).convert("RGB")
    side = share * min(image.size)
    left = min(max(center[0] * image.width - side / 2, 0), image.width - side)
    top = min(max(center[1] * image.height - side / 2, 0), image.height - side)
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS, box))


@cache
def headlines() -> list[list[str]]:
    """Every headline as its words, [END] last, without duplicates; words are cut as in lesson 06."""
    paths = sorted((DATA / "nyt_dataset" / "articles").glob("*.csv"))
    texts = pd.concat([pd.read_csv(path, keep_default_na=False) for path in paths])["headline"]
    cut = [re.findall(r"\w+(?:'\w+)*", text.lower().replace("’", "'").replace(".", "")) for text in texts]
    return [[*words, "[END]"] for words in dict.fromkeys(map(tuple, cut)) if words and words != ("unknown",)]


def next_words(before: tuple[str, ...], count: int) -> list[tuple[str, float]]:
    """The words that most often follow where a headline begins with `before`, each with its share."""
    place = len(before)
    found = Counter(words[place] for words in headlines() if tuple(words[:place]) == before)
    return [(word, number / found.total()) for word, number in found.most_common(count)]
