"""What fruit lies on and what is behind it: white paper, colored paper, tables, or nothing (a cut-out).

Usage: ``ground = draw_ground(rng)``, then ``ground.floor`` to render and ``ground.backdrop(rng, width, height)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dev.studio.fruit.noise import Noise, mix, pick, rgb, ridges, step, tint
from dev.studio.fruit.shape import Part, grid_faces

PAPERS = [
    rgb(240, 180, 60),
    rgb(150, 210, 232),
    rgb(232, 120, 60),
    rgb(205, 205, 210),
    rgb(238, 196, 205),
    rgb(235, 215, 130),
    rgb(120, 160, 130),
]
WOODS = [rgb(172, 122, 76), rgb(120, 82, 52), rgb(205, 165, 118), rgb(84, 60, 44)]
STONES = [rgb(150, 148, 145), rgb(96, 98, 100), rgb(196, 190, 182), rgb(70, 74, 84)]
CLOTHS = [rgb(190, 182, 168), rgb(66, 110, 150), rgb(160, 60, 58), rgb(110, 130, 90), rgb(225, 222, 214)]
REACH = 7.0
"""Half the side of the detailed part of a table, in radii of a fruit."""


@dataclass
class Ground:
    """`kind` is for `factors.csv`; `floor` is None for a cut-out; `far` is the color of the floor far away."""

    kind: str
    floor: Part | None
    far: np.ndarray

    def backdrop(self, rng: np.random.Generator, width: int, height: int, light: float) -> np.ndarray:
        """What is seen where nothing was rendered: (height, width, 3), 0–1; `light`: how bright a far floor is."""
        down = np.linspace(0, 1, height)[:, None, None] * np.ones((1, width, 1))
        if self.kind == "cut-out":
            return np.clip(self.far * (1 - rng.uniform(0, 0.1) * (rng.random() < 0.3) * down), 0, 1)
        if self.kind in ("white", "paper"):
            return np.clip(self.far * light, 0, 1) * np.ones((height, width, 1))
        across = np.stack(np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij"), -1)
        place = np.concatenate([across.reshape(-1, 2), np.zeros((width * height, 1))], 1)
        blobs = Noise(rng, rng.uniform(0.5, 1.2))(place).reshape(height, width, 1)
        wall = tint(
            rng,
            pick(rng, [rgb(205, 200, 192), rgb(120, 125, 120), rgb(60, 56, 54), rgb(150, 130, 110), rgb(90, 110, 90)]),
            0.04,
        )
        return np.clip(wall * (0.8 + 0.4 * blobs), 0, 1)


def draw_ground(rng: np.random.Generator) -> Ground:
    """A ground, the same kinds for fresh and rotten fruit, so that it tells nothing."""
    kind = pick(rng, ["cut-out", "white", "paper", "wood", "stone", "cloth"], [0.27, 0.5, 0.07, 0.07, 0.05, 0.04])
    if kind == "cut-out":
        color = np.ones(3) if rng.random() < 0.85 else tint(rng, pick(rng, PAPERS[:6]))
        return Ground(kind, None, color)
    if kind == "white":
        return Ground(
            kind, _plain(np.full(3, 0.93), 1.0 if rng.random() < 0.75 else rng.uniform(0.2, 0.4)), np.full(3, 0.93)
        )
    if kind == "paper":
        color = tint(rng, pick(rng, PAPERS))
        return Ground(kind, _plain(color, 1.0), color)
    return _table(rng, kind)


def _plain(color: np.ndarray, roughness: float) -> Part:
    grid = np.array([[[-60, -60, 0], [-60, 60, 0]], [[60, -60, 0], [60, 60, 0]]], float)
    return _floor(grid, np.tile(color, (4, 1)), roughness)


def _floor(grid: np.ndarray, color: np.ndarray, roughness: float) -> Part:
    faces = grid_faces(*grid.shape[:2], closed=False)
    count = len(color)
    up = np.tile([0.0, 0, 1], (count, 1))
    material = "floor" if roughness == 1 else "glossy floor"
    return Part(
        grid.reshape(-1, 3), faces, np.clip(color, 0.01, 1), np.full(count, roughness), material, np.zeros(count), up
    )


def _table(rng: np.random.Generator, kind: str) -> Ground:
    axis = np.concatenate([[-60, -REACH - 0.5], np.linspace(-REACH, REACH, 170), [REACH + 0.5, 60]])
    x, y = np.meshgrid(axis, axis, indexing="ij")
    turn = rng.uniform(0, np.pi)
    a, b = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    place = np.stack([a.ravel(), b.ravel(), 0 * a.ravel()], -1)
    if kind == "wood":
        base = tint(rng, pick(rng, WOODS))
        grain = 0.6 * Noise(rng, 1)(place * [0.12, 2.2, 1]) + 0.4 * Noise(rng, 1)(place * [0.3, 6, 1])
        color = base * (0.62 + 0.6 * grain)[:, None]
        plank = rng.uniform(1.5, 3.5)
        joint = np.abs((place[:, 1] / plank) % 1 - 0.5) * plank
        color = mix(color, base * 0.3, 0.8 * step(0.08, 0.03, joint)) if rng.random() < 0.6 else color
    elif kind == "stone":
        base = tint(rng, pick(rng, STONES), 0.01)
        grain = 0.5 * Noise(rng, 0.7)(place) + 0.5 * Noise(rng, 4)(place)
        color = base * (0.72 + 0.5 * grain)[:, None]
        veins = ridges(Noise(rng, 0.4)(place)) ** 4
        color = mix(color, base * 1.3, 0.5 * veins * (rng.random() < 0.5))
    else:
        base = tint(rng, pick(rng, CLOTHS))
        fold = Noise(rng, 0.35)(place)
        color = base * (0.75 + 0.4 * fold + 0.1 * (Noise(rng, 7)(place) - 0.5))[:, None]
        if rng.random() < 0.2:
            stripe = step(0.1, 0.14, np.abs((place[:, 0] / rng.uniform(0.7, 1.6)) % 1 - 0.5))
            color = mix(tint(rng, base * 0.6), color, stripe)
    color = color.reshape(len(axis), len(axis), 3)
    mean = np.clip(color.mean((0, 1)), 0, 1)
    for rim in (color[:2], color[-2:], color[:, :2], color[:, -2:]):
        rim[:] = mean  # a grain drawn out to the horizon would look like rays
    grid = np.stack([x, y, 0 * x], -1)
    return Ground(kind, _floor(grid, color.reshape(-1, 3), 1.0), mean)
