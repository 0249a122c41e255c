"""Colored places, out of focus, behind the hands of the photo-sized pictures.

Usage: ``light = place("garden", (480, 400), chance)``, linear light (480, 400, 3). Each place is layers of plain
shapes with uneven color; a lens that is focused on a hand near by turns them into what one knows from photos.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter, zoom
from scipy.signal import fftconvolve

from dev.studio.hands.skin import linear


def clouds(size: tuple[int, int], chance: np.random.Generator, cell: float, octaves: int = 4) -> np.ndarray:
    """Fractal noise (H, W), mean 0, deviation about 1; `cell` is the size of the largest blobs in pixels."""
    total = np.zeros(size)
    for octave in range(octaves):
        step = max(cell / 2**octave, 1.5)
        grid = chance.normal(size=(int(size[0] / step) + 4, int(size[1] / step) + 4))
        fine = zoom(grid, step, order=2)[: size[0], : size[1]]
        total += fine * 0.6**octave
    return total / max(total.std(), 1e-9)


def lens(light: np.ndarray, radius: float) -> np.ndarray:
    """Blur as a round aperture does: each point becomes a disc, so small lamps become bright circles."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(y, x), 0, 1)
    padded = np.pad(light, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    blurred = fftconvolve(padded, disc[..., None] / disc.sum(), mode="same", axes=(0, 1))
    return np.maximum(blurred[reach : reach + light.shape[0], reach : reach + light.shape[1]], 0)


class Canvas:
    """A picture in linear light that shapes are painted on; positions are shares of height and width."""

    def __init__(self, size: tuple[int, int], chance: np.random.Generator) -> None:
        self.light = np.zeros((*size, 3))
        self.size, self.chance = size, chance
        self.y, self.x = np.mgrid[0 : size[0], 0 : size[1]] / np.array(size)[:, None, None]
        self._uneven = {cell: clouds(size, chance, cell) for cell in (20, 60, 160)}

    def paint(self, mask: np.ndarray, color: tuple[int, int, int], uneven: float = 0.08, cell: float = 60) -> None:
        """Paint `mask` (H, W) in an sRGB color that varies by about the share `uneven`."""
        field = self._uneven[min(self._uneven, key=lambda known: abs(known - cell))]
        vary = 1 + uneven * np.roll(field, self.chance.integers(self.size), axis=(0, 1))
        self.light[mask] = (linear(np.array(color)) * np.clip(vary, 0.2, 3)[..., None])[mask]

    def box(self, left: float, top: float, right: float, bottom: float) -> np.ndarray:
        """Mask of a rectangle."""
        return (self.x >= left) & (self.x < right) & (self.y >= top) & (self.y < bottom)

    def disc(self, x: float, y: float, radius: float) -> np.ndarray:
        """Mask of a disc; its radius is a share of the height."""
        across = self.size[1] / self.size[0]
        return ((self.x - x) * across) ** 2 + (self.y - y) ** 2 < radius**2

    def lamps(self, count: int, strength: float, colors: list[tuple[int, int, int]], top: float, bottom: float) -> None:
        """Small bright points between two heights."""
        for _ in range(count):
            spot = self.disc(
                self.chance.uniform(0, 1), self.chance.uniform(top, bottom), self.chance.uniform(0.004, 0.01)
            )
            self.light[spot] += strength * linear(np.array(colors[self.chance.integers(len(colors))]))


def _garden(c: Canvas) -> None:
    c.paint(c.box(0, 0, 1, 1), (96, 130, 62), 0.45, 90)
    sky = c.y + 0.10 * clouds(c.size, c.chance, 120) < c.chance.uniform(0.15, 0.35)
    c.paint(sky, (214, 228, 240), 0.05)
    dark = clouds(c.size, c.chance, 70) > 0.7
    c.paint(dark & ~sky, (44, 70, 34), 0.3)
    c.paint((c.y > 0.8) & (clouds(c.size, c.chance, 50) > -0.4), (142, 160, 84), 0.3)
    c.lamps(26, 5, [(255, 255, 225), (230, 250, 190)], 0.1, 0.6)


def _library(c: Canvas) -> None:
    c.paint(c.box(0, 0, 1, 1), (92, 62, 42), 0.15)
    colors = [
        (122, 44, 40),
        (44, 66, 96),
        (196, 182, 150),
        (60, 88, 66),
        (150, 110, 60),
        (70, 52, 70),
        (208, 200, 186),
    ]
    for shelf in range(4):
        top, left = 0.02 + 0.26 * shelf, -0.02
        while left < 1:
            wide, tall = c.chance.uniform(0.02, 0.055), c.chance.uniform(0.15, 0.225)
            c.paint(c.box(left, top + 0.23 - tall, left + wide, top + 0.23), colors[c.chance.integers(7)], 0.12)
            left += wide
        c.paint(c.box(0, top + 0.23, 1, top + 0.25), (120, 84, 56), 0.08)


def _beach(c: Canvas) -> None:
    horizon = c.chance.uniform(0.38, 0.55)
    c.paint(c.box(0, 0, 1, 1), (176, 206, 232), 0.06, 200)
    c.light *= (0.8 + 0.45 * c.y / horizon).clip(0.8, 1.3)[..., None]
    c.paint(c.box(0, horizon, 1, horizon + 0.2), (64, 122, 146), 0.12, 40)
    shore = c.y > horizon + 0.17 + 0.02 * np.sin(c.x * 9) + 0.01 * clouds(c.size, c.chance, 60)
    c.paint(shore, (216, 196, 160), 0.08)
    c.paint(shore & (c.y < horizon + 0.22), (238, 236, 228), 0.05)


def _room(c: Canvas) -> None:
    wall = [(206, 196, 180), (176, 190, 188), (214, 206, 200), (160, 172, 156)][c.chance.integers(4)]
    c.paint(c.box(0, 0, 1, 1), wall, 0.03, 200)
    c.light *= (1.15 - 0.4 * abs(c.x - c.chance.uniform(0, 1)))[..., None]
    c.paint(c.box(0, 0.86, 1, 1), (134, 98, 68), 0.1)
    left = c.chance.uniform(0.0, 0.7)
    c.paint(c.box(left, 0.08, left + 0.24, 0.36), (60, 50, 44), 0.05)
    c.paint(c.box(left + 0.02, 0.1, left + 0.22, 0.34), (130, 150, 160), 0.4, 40)
    sofa = [(86, 98, 112), (150, 84, 66), (98, 110, 84)][c.chance.integers(3)]
    c.paint(c.box(-0.1, 0.62, c.chance.uniform(0.5, 0.9), 0.92), sofa, 0.1)
    lamp = c.chance.uniform(0.65, 0.95)
    c.paint(c.disc(lamp, 0.4, 0.09), (255, 236, 196), 0.02)
    c.light[c.disc(lamp, 0.4, 0.08)] *= 2.2


def _bricks(c: Canvas) -> None:
    c.paint(c.box(0, 0, 1, 1), (176, 166, 154), 0.1)
    for row in range(14):
        for column in range(-1, 8):
            left = (column + 0.5 * (row % 2)) * 0.16 + 0.006
            color = np.array([150, 84, 66]) + c.chance.normal(0, 12) + c.chance.normal(0, 6, 3)
            c.paint(c.box(left, row * 0.075 + 0.006, left + 0.148, row * 0.075 + 0.067), tuple(color), 0.12, 20)


def _kitchen(c: Canvas) -> None:
    c.paint(c.box(0, 0, 1, 1), (222, 222, 214), 0.03)
    for step in np.arange(0, 1, 0.1):
        c.paint(abs(c.y - step) < 0.004, (186, 186, 178), 0.02)
        c.paint(abs(c.x - step) < 0.004, (186, 186, 178), 0.02)
    c.paint(c.box(0, 0.68, 1, 1), (146, 110, 78), 0.15, 90)
    jars = [(196, 150, 60), (150, 60, 44), (90, 120, 70), (210, 205, 190), (60, 70, 84)]
    left = 0.02
    while left < 0.95:
        wide, tall = c.chance.uniform(0.06, 0.12), c.chance.uniform(0.12, 0.3)
        c.paint(c.box(left, 0.7 - tall, left + wide, 0.71), jars[c.chance.integers(5)], 0.1)
        left += wide + c.chance.uniform(0.03, 0.15)


def _window(c: Canvas) -> None:
    c.paint(c.box(0, 0, 1, 1), (186, 178, 168), 0.04, 160)
    left = c.chance.uniform(0.05, 0.45)
    c.paint(c.box(left, 0.02, left + 0.5, 0.72), (150, 180, 150), 0.4, 60)
    c.paint(c.box(left, 0.02, left + 0.5, 0.3), (226, 236, 246), 0.05)
    for bar in (left, left + 0.25, left + 0.5):
        c.paint(abs(c.x - bar) < 0.012, (240, 238, 232), 0.02)
    c.paint(c.box(left - 0.03, 0.72, left + 0.53, 0.77), (236, 232, 226), 0.02)
    curtain = (c.x < left) & (c.y < 0.9)
    c.paint(curtain, (172, 128, 110), 0.05)
    c.light[curtain] *= (0.85 + 0.25 * np.sin(c.x * 90))[curtain][:, None]


def _wall(c: Canvas) -> None:
    colors = [(188, 176, 160), (122, 136, 150), (168, 138, 118), (214, 208, 196), (96, 112, 98)]
    c.paint(c.box(0, 0, 1, 1), colors[c.chance.integers(5)], 0.03, 160)
    c.light *= (1.1 - 0.5 * np.hypot(c.x - c.chance.uniform(0, 1), 0.6 * (c.y - c.chance.uniform(0, 0.6))))[..., None]
    if c.chance.random() < 0.5:
        c.paint(abs(c.x - c.chance.uniform(0.05, 0.25) - 0.02 * c.y) < 0.012, (82, 72, 64), 0.05)  # a door's frame


def _shirt(c: Canvas) -> None:
    c.paint(c.box(0, 0, 1, 1), (176, 172, 164), 0.04, 160)
    middle, colors = c.chance.uniform(0.4, 0.6), [(70, 92, 122), (168, 70, 62), (88, 110, 84), (206, 198, 186)]
    across = (c.x - middle) * c.size[1] / c.size[0]
    shoulder = 0.26 + 0.10 * abs(across) + 2.2 * np.maximum(abs(across) - c.chance.uniform(0.36, 0.44), 0) ** 1.5
    body = c.y > shoulder
    color = np.array(colors[c.chance.integers(4)])
    c.paint(body, tuple(color), 0.10, 60)
    if c.chance.random() < 0.5:
        wavy = np.sin(2 * np.pi * 9 * (c.y + 0.015 * np.sin(7 * c.x)))
        c.paint(body & (wavy > 0.4), tuple(255 - 0.5 * (255 - color)), 0.08)
    folds = clouds(c.size, c.chance, 90, 2)
    c.light[body] *= (1 + 0.12 * folds)[body][:, None].clip(0.5, 1.5)
    c.paint((abs(across) < 0.11) & (c.y < 0.36 - 0.9 * abs(across)), (150, 112, 90), 0.05)


PLACES: dict[str, Callable[[Canvas], None]] = {
    "garden": _garden,
    "room": _room,
    "library": _library,
    "beach": _beach,
    "kitchen": _kitchen,
    "bricks": _bricks,
    "window": _window,
    "wall": _wall,
    "shirt": _shirt,
}


def place(name: str, size: tuple[int, int], chance: np.random.Generator, blur: float = 0.022) -> np.ndarray:
    """Linear light (H, W, 3) of a place; `blur` is the radius of the lens's disc as a share of the height."""
    canvas = Canvas(size, chance)
    PLACES[name](canvas)
    light = lens(canvas.light, blur * size[0])
    return light * (1 + 0.02 * gaussian_filter(clouds(size, chance, 200, 1), 10))[..., None]
