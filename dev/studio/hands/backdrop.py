"""Gray rooms behind the hands of the small images: walls, tables, doors, windows, shelves, the signer's own body.

Usage: ``light = backdrop("table", 0.4, size, room, chance)``: linear light (size, size). What a room looks like comes
from `room`, a generator seeded by the signer; `chance` moves it a little from image to image.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter


def backdrop(kind: str, wall: float, size: int, room: np.random.Generator, chance: np.random.Generator) -> np.ndarray:
    """Light that comes from behind the hand.

    Args:
        kind: one of :data:`dev.studio.hands.signers.BACKGROUNDS`; wall: linear brightness of the wall, 0–1.
        size: side in pixels.
    """
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    x = x + chance.normal(0, 0.02)
    y = y + chance.normal(0, 0.02)
    slope = room.normal((0.1, -0.1), 0.15)
    light = wall * (1 + slope[0] * x + slope[1] * y - room.uniform(0, 0.4) * (x**2 + y**2))
    lean = room.normal(0, 0.05)
    if kind == "table":
        edge = room.uniform(0.28, 0.42)
        light = np.where(y + lean * x > edge, wall * room.uniform(0.4, 0.75), light)
    elif kind == "door":
        edge, side = room.uniform(0.3, 0.45), room.choice([-1, 1])
        across = side * (x + lean * y)
        light = np.where(across > edge, wall * room.uniform(0.35, 0.7), light)
        light = np.where(abs(across - edge) < 0.02, wall * room.uniform(0.6, 1.3), light)
    elif kind == "window":
        left, top, wide = room.uniform(-0.5, 0.1), room.uniform(-0.6, -0.2), room.uniform(0.3, 0.6)
        inside = (x > left) & (x < left + wide) & (y > top) & (y < top + wide)
        light = np.where(inside, min(0.95, wall * room.uniform(1.25, 1.6)), light)
        light = np.where(inside & (abs(x - left - wide / 2) < 0.012), wall * 0.7, light)
    elif kind == "shelf":
        for board in range(2):
            top, place = room.uniform(-0.5, -0.3) + 0.42 * board, -0.6
            while place < 0.6:
                wide, tall = room.uniform(0.04, 0.12), room.uniform(0.2, 0.38)
                book = (x > place) & (x < place + wide) & (y > top + 0.4 - tall) & (y < top + 0.4)
                light = np.where(book, wall * room.uniform(0.6, 1.12), light)
                place += wide
            light = np.where(abs(y - top - 0.41) < 0.015, wall * 0.5, light)
        light = gaussian_filter(light, size * 0.02)
    elif kind == "person":
        center, wide, top = (
            room.choice([-1, 1]) * room.uniform(0.35, 0.5),
            room.uniform(0.2, 0.35),
            room.uniform(0.1, 0.35),
        )
        shoulder = y > top + 1.2 * np.maximum(abs(x - center) - wide * 0.6, 0) ** 2 / wide
        body = wall * room.uniform(0.4, 0.9) * (1 + 0.06 * np.sin(60 * (x + 0.4 * y)) * room.uniform(0, 1))
        light = np.where(shoulder & (abs(x - center) < wide), body, light)
    return gaussian_filter(light, size * 0.012)
