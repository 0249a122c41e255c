"""From what was rendered to a photo: backdrop, exposure, color, softness, noise, JPEG.

Usage: ``develop(light, shot, rng)`` gives an image and the quality to keep it in, ``encode(image, quality)`` the bytes
of a JPEG without metadata, and ``is_flat(data)`` says whether it should be taken again.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter
from scipy.ndimage import gaussian_filter, map_coordinates

from dev.studio.fruit.shot import Shot

FLAT = 8.5
"""Standard deviation of grays, 0–255, below which an image is taken again."""
KNEE = 0.72
"""What is brighter, in linear light, is held back so that a lit skin keeps its color."""


def develop(light: np.ndarray, shot: Shot, rng: np.random.Generator) -> tuple[Image.Image, int]:
    """Lay `light` (height, width, 4), linear and multiplied by alpha, over the backdrop and treat it as cameras do."""
    return _belt_camera(light, shot, rng) if shot.motion is not None else _shop_camera(light, shot, rng)


def _shop_camera(light: np.ndarray, shot: Shot, rng: np.random.Generator) -> tuple[Image.Image, int]:
    """Cheap and dear cameras, and what shops do with their photos."""
    soft = gaussian_filter(light, (0.6, 0.6, 0))
    light = np.where((soft[..., 3:] > 0.02) & (soft[..., 3:] < 0.98), soft, light)  # few rays make a ragged outline
    alpha = light[..., 3:]
    picture = tone(0.85 * light[..., :3] / np.maximum(alpha, 1e-4)) * alpha + shot.backdrop * (1 - alpha)
    if shot.white:
        border = np.concatenate(
            [picture[:6].reshape(-1, 3), picture[:, :6].reshape(-1, 3), picture[:, -6:].reshape(-1, 3)]
        )
        lift = rng.uniform(0.97, 1.05) / np.clip(np.median(border, axis=0), 0.75, 1) - 1
        picture = picture * (1 + lift * np.clip(picture.min(-1, keepdims=True) * 4 - 1.4, 0, 1))  # not the fruit
    gray = picture.mean(-1, keepdims=True)
    picture = gray + (picture - gray) * rng.uniform(0.88, 1.14)
    picture = (picture - 0.5) * rng.uniform(0.96, 1.12) + 0.5 + rng.uniform(-0.04, 0.02)
    if rng.random() < 0.35:
        picture = picture * np.array([rng.uniform(0.96, 1.04), 1, rng.uniform(0.92, 1.06)])
    picture = picture + rng.normal(0, rng.uniform(0, 0.012), picture.shape)
    image = _image(picture)
    if rng.random() < 0.15:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    else:
        image = image.filter(ImageFilter.UnsharpMask(1.2, int(rng.integers(0, 60)), 0))
    return image, int(rng.integers(80, 93))


CASTS = [np.array([1.12, 1.0, 0.74]), np.array([0.95, 1.06, 0.86]), np.array([0.9, 1.0, 1.14]), np.ones(3)]
"""Lamps of a hall: sodium, old fluorescent tubes, cold LEDs, and a camera that has set its white."""


def _belt_camera(light: np.ndarray, shot: Shot, rng: np.random.Generator) -> tuple[Image.Image, int]:
    """A cheap camera in a dark hall: a cast, motion, blur, dark corners, the noise of a high gain, strong JPEG."""
    height, width = light.shape[:2]
    picture = light[..., :3] + shot.backdrop * (1 - light[..., 3:])
    cast = CASTS[rng.choice(4, p=[0.25, 0.25, 0.2, 0.3])] ** rng.uniform(0.7, 1.6)
    picture = picture * cast * 2 ** rng.uniform(-1.5, 0.2)
    picture = smear(picture, shot.motion)
    picture = gaussian_filter(picture, (*[rng.uniform(0.25, 1.0)] * 2, 0))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture = picture * (1 - rng.uniform(0, 0.45) * np.minimum((x**2 + y**2) / 2, 1))[..., None]
    picture = tone(np.maximum(picture, 0))
    grain = rng.normal(0, 1, picture.shape) * 0.5 + rng.normal(0, 1, (height, width, 1))
    picture = picture + grain * rng.uniform(0.006, 0.04)
    image = _image(picture).filter(ImageFilter.UnsharpMask(1.5, int(rng.integers(0, 120)), 0))
    return image, int(rng.integers(30, 55))


def smear(picture: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """The mean of a picture along `motion`, pixels to the right and up."""
    length = float(np.linalg.norm(motion))
    if length < 1:
        return picture
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(float)
    steps = np.linspace(-0.5, 0.5, 2 * int(np.ceil(length)) + 1)
    smeared = np.zeros_like(picture)
    for share in steps:
        place = [rows + share * motion[1], columns - share * motion[0]]
        for channel in range(3):
            smeared[..., channel] += map_coordinates(picture[..., channel], place, order=1, mode="nearest")
    return smeared / len(steps)


def tone(light: np.ndarray) -> np.ndarray:
    """Values 0–1 of linear `light` (…, 3): what is bright is held back with its hue kept, glints turn to white."""
    peak = light.max(-1, keepdims=True)
    held = np.where(peak > KNEE, KNEE + (1 - KNEE) * (1 - np.exp(-(peak - KNEE) / (1 - KNEE))), peak)
    light = light * (held / np.maximum(peak, 1e-6))
    light = light + (1 - light) * np.clip((peak - 2) / 4, 0, 0.9)
    return np.where(light < 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-6) ** (1 / 2.4) - 0.055)


def is_flat(data: bytes) -> bool:
    """Whether hardly anything stands out in the grays of a JPEG: orange on orange, a banana in glare."""
    with Image.open(io.BytesIO(data)) as image:
        return float(np.asarray(image.convert("L").resize((32, 32)), float).std()) < FLAT


def _image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255).round().astype(np.uint8), "RGB")


def encode(image: Image.Image, quality: int) -> bytes:
    """The image as a JPEG without metadata."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()
