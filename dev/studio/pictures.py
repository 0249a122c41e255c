"""Pictures as the measuring scripts need them: the square that the backbone takes, and a tile of a contact sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def middle_square(path: Path, size: int = 224) -> np.ndarray:
    """The middle of a picture, 94 % of its shorter side: float32 (size, size, 3), RGB, 0–255."""
    with Image.open(path) as image:
        side, (width, height) = round(0.94 * min(image.size)), image.size
        left, upper = (width - side) // 2, (height - side) // 2
        middle = image.convert("RGB").crop((left, upper, left + side, upper + side))
        return np.asarray(middle.resize((size, size), Image.Resampling.BICUBIC), np.float32)


def tile(path: Path, side: int, margin: int = 2) -> Image.Image:
    """A picture, shrunk to fit into a white square of `side` pixels with `margin` pixels left around it."""
    square = Image.new("RGB", (side, side), "white")
    with Image.open(path) as image:
        image = image.convert("RGB")
        image.thumbnail((side - 2 * margin, side - 2 * margin), Image.Resampling.LANCZOS)
        square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square
