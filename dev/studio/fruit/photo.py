"""From what was rendered to a photo: backdrop, exposure, colour, softness, noise, JPEG.

Usage: ``develop(rgba, shot, rng)`` gives a picture, ``encode(image, rng)`` the bytes of a JPEG without metadata, and
``is_flat(data)`` says whether it should be taken again.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter

from dev.studio.fruit.scene import Shot

FLAT = 8.5
"""Standard deviation of grays, 0–255, below which a picture is taken again."""


def develop(rgba: np.ndarray, shot: Shot, rng: np.random.Generator) -> Image.Image:
    """Lay `rgba` (height, width, 4), 0–1, over the backdrop and treat it as cheap and dear cameras do."""
    alpha = rgba[..., 3:]
    picture = rgba[..., :3] * alpha + shot.backdrop * (1 - alpha)
    if shot.white:
        border = np.concatenate(
            [picture[:6].reshape(-1, 3), picture[:, :6].reshape(-1, 3), picture[:, -6:].reshape(-1, 3)]
        )
        picture = picture / np.clip(np.median(border, axis=0), 0.75, 1) * rng.uniform(0.97, 1.05)
    gray = picture.mean(-1, keepdims=True)
    picture = gray + (picture - gray) * rng.uniform(0.88, 1.14)
    picture = (picture - 0.5) * rng.uniform(0.96, 1.12) + 0.5 + rng.uniform(-0.02, 0.05)
    if rng.random() < 0.35:
        picture = picture * np.array([rng.uniform(0.96, 1.04), 1, rng.uniform(0.92, 1.06)])
    picture = picture + rng.normal(0, rng.uniform(0, 0.012), picture.shape)
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).round().astype(np.uint8), "RGB")
    if rng.random() < 0.15:
        return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    return image.filter(ImageFilter.UnsharpMask(1.2, int(rng.integers(0, 60)), 0))


def is_flat(data: bytes) -> bool:
    """Whether hardly anything stands out in the grays of a JPEG: orange on orange, a banana in glare."""
    with Image.open(io.BytesIO(data)) as image:
        return float(np.asarray(image.convert("L").resize((32, 32)), float).std()) < FLAT


def encode(image: Image.Image, rng: np.random.Generator) -> bytes:
    """The picture as a JPEG without metadata."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(80, 93)), optimize=True)
    return buffer.getvalue()
