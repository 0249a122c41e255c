"""Noise in space, and the few functions on colors and masks that skin, rot and scene share.

Usage: ``cloud = Noise(rng, scale=2)``, ``spots = step(0.7, 0.75, cloud(points))`` (about 30 % of the surface).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.ndimage import map_coordinates

SIZE = 128
"""Voxels along each edge of the volume that all noise is read from; it repeats without a seam."""
UNIT = 16
"""Voxels in a unit of space at scale 1: the finest detail is a sixteenth of the coarsest."""


@cache
def _volume() -> np.ndarray:
    """Random volume (SIZE, SIZE, SIZE) whose detail fades like that of clouds, with values spread evenly over 0–1."""
    white = np.random.default_rng(1851).standard_normal((SIZE, SIZE, SIZE), dtype=np.float32)
    axis = np.fft.fftfreq(SIZE, 1 / SIZE)
    radius = np.sqrt(
        axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + np.abs(axis[None, None, : SIZE // 2 + 1]) ** 2
    )
    strength = np.where(radius < 3, 0, np.maximum(radius, 1) ** -2.4)
    cloud = np.fft.irfftn(np.fft.rfftn(white) * strength, s=white.shape)
    ranks = np.empty(cloud.size, np.float32)
    ranks[np.argsort(cloud, axis=None)] = np.linspace(0, 1, cloud.size, dtype=np.float32)
    return ranks.reshape(cloud.shape)


class Noise:
    """A field of random numbers in space, spread evenly over 0–1 but for a little fine detail on top."""

    def __init__(self, rng: np.random.Generator, scale: float = 1) -> None:
        self.scale = scale
        self.turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]  # so that the volume's own axes do not show
        self.offset = rng.uniform(0, SIZE, 3)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Values (n,) at `points` (n, 3)."""
        place = (points * (self.scale * UNIT)) @ self.turn + self.offset
        coarse, fine = (map_coordinates(_volume(), (place * zoom).T, order=1, mode="grid-wrap") for zoom in (1, 4.3))
        return coarse + 0.14 * (fine - 0.5)


def step(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between; falling where `low` is the larger."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def ridges(x: np.ndarray) -> np.ndarray:
    """Sharp crests (1) where the noise `x` is near a half, valleys (0) elsewhere."""
    return np.clip(1 - np.abs(2 * x - 1) * 2.2, 0, 1)


def rgb(red: float, green: float, blue: float) -> np.ndarray:
    """A color 0–1 from one written 0–255."""
    return np.array((red, green, blue), float) / 255


def mix(a: np.ndarray, b: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """Colors `a` with a `share` (n,) or number of `b`."""
    share = np.asarray(share, float)
    share = share[:, None] if share.ndim else share
    return a * (1 - share) + b * share


def tint(rng: np.random.Generator, color: np.ndarray, spread: float = 0.02) -> np.ndarray:
    """`color`, a little off."""
    return np.clip(color + rng.normal(0, spread, 3), 0.01, 0.99)


def pick(rng: np.random.Generator, options: list, weights: list[float] | None = None):
    """One of `options`, by `weights`."""
    shares = None if weights is None else np.array(weights) / sum(weights)
    return options[rng.choice(len(options), p=shares)]
