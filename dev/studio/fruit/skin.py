"""The colors of sound fruit, vertex by vertex.

Usage: ``paint_apple(surface, rng, cultivar)``; each function colors a `Surface` of `shape` in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from dev.studio.fruit.noise import Noise, mix, pick, rgb, step, tint
from dev.studio.fruit.shape import Surface

PALE_APPLE = rgb(246, 236, 200)
PALE_BANANA = rgb(247, 236, 196)
ORANGES = [rgb(232, 118, 12), rgb(228, 102, 12), rgb(218, 82, 12), rgb(233, 128, 18)]


@dataclass(frozen=True)
class Cultivar:
    """A kind of apple: height to width, bumps, the color under the blush, the blush, the share of the skin that is
    blushed, how much of it lies in streaks, and the shares among fresh and among rotten apples."""

    tall: float
    lobes: float
    ground: np.ndarray
    blush: np.ndarray
    cover: float
    streaks: float
    fresh: float
    rotten: float


CULTIVARS = {
    "crimson": Cultivar(0.98, 0.02, rgb(188, 70, 40), rgb(165, 18, 26), 0.95, 0.25, 0.24, 0.14),
    "delicious": Cultivar(1.04, 0.07, rgb(150, 30, 28), rgb(118, 10, 22), 0.95, 0.3, 0.14, 0.12),
    "gala": Cultivar(1.0, 0.03, rgb(232, 185, 90), rgb(196, 48, 36), 0.72, 0.75, 0.12, 0.2),
    "pink": Cultivar(0.98, 0.02, rgb(232, 186, 104), rgb(188, 54, 46), 0.7, 0.5, 0.07, 0.12),
    "bicolour": Cultivar(0.94, 0.02, rgb(202, 204, 84), rgb(188, 30, 30), 0.5, 0.35, 0.13, 0.12),
    "green": Cultivar(0.98, 0.02, rgb(150, 186, 62), rgb(126, 174, 50), 0.5, 0.1, 0.2, 0.09),
    "golden": Cultivar(1.04, 0.03, rgb(228, 206, 86), rgb(232, 184, 80), 0.3, 0.1, 0.1, 0.3),
}


def paint_apple(skin: Surface, rng: np.random.Generator, kind: Cultivar) -> None:
    """Ground color, blush on the sunny side, fine streaks from stem to blossom, a russet hollow at the stem."""
    points, polar, around = skin.points, skin.u, skin.v
    sun = rng.normal(size=3)
    sun /= np.linalg.norm(sun)
    fine = np.stack([np.cos(around) * 9, np.sin(around) * 9, polar * 0.55], -1)
    streak = 0.6 * Noise(rng, 0.8)(fine) + 0.4 * Noise(rng, 1.9)(fine)
    where = 0.55 * Noise(rng, 0.8)(points) + 0.3 * (points @ sun) + 0.12 * Noise(rng, 4)(points)
    level = where + kind.streaks * 0.75 * (streak - 0.5)
    edge = 0.75 - kind.cover
    blush = step(edge - 0.22, edge + 0.28, level)
    color = mix(np.tile(tint(rng, kind.ground), (skin.u.size, 1)), tint(rng, kind.blush), blush)
    color *= (0.92 + 0.16 * Noise(rng, 2.5)(points))[:, None] * (0.97 + 0.06 * streak)[:, None]
    top, deep = np.exp(-((np.sin(polar) / 0.3) ** 2)), np.exp(-((np.sin(polar) / 0.11) ** 2))
    hollow = mix(kind.ground, rgb(165, 155, 70), 0.5)
    color = mix(color, hollow, np.where(polar < pi / 2, top * 0.8 * Noise(rng, 3)(points), 0))
    color = mix(color, rgb(112, 84, 44), np.where(polar < pi / 2, deep, 0))
    skin.color[:] = mix(color, rgb(60, 46, 30), np.where(polar > pi / 2, deep, 0))
    skin.roughness[:] = rng.uniform(0.24, 0.42)


def paint_orange(skin: Surface, rng: np.random.Generator) -> None:
    """One of the oranges of oranges and mandarins, a little uneven, paler at the stem, rarely a hint of green there."""
    points, polar = skin.points, skin.u
    # Darker than they look in a photo: under a lamp, red is at its limit, and what is lighter would turn to yellow.
    base = pick(rng, ORANGES, [0.38, 0.32, 0.16, 0.14])
    base = tint(rng, base, 0.012)
    color = mix(np.tile(base, (skin.u.size, 1)), base * np.array([1, 1.12, 1.05]), 0.7 * Noise(rng, 1.2)(points))
    stem_end = np.exp(-((np.sin(polar) / 0.22) ** 2)) * (polar < pi / 2)
    color = mix(color, rgb(240, 160, 60), 0.3 * stem_end)
    unripe = rng.random()
    if unripe < 0.03:
        color = mix(color, rgb(92, 112, 24), 0.95 * step(0.1, 0.55, Noise(rng, 0.6)(points)))
    elif unripe < 0.13:
        near = np.exp(-((np.sin(polar) / 0.5) ** 2)) * (polar < pi / 2)
        color = mix(color, rgb(176, 150, 36), rng.uniform(0.2, 0.5) * near * Noise(rng, 1.5)(points))
    skin.color[:] = color
    skin.roughness[:] = rng.uniform(0.34, 0.5)


@dataclass(frozen=True)
class BananaSkin:
    """What the peels of a hand share: color, how green the ends are, how many flecks, how rough, how dark the cut."""

    color: np.ndarray
    green: float
    flecks: float
    roughness: float
    cut: float

    @staticmethod
    def draw(rng: np.random.Generator) -> BananaSkin:
        """A peel from nearly green to fully ripe."""
        yellow = pick(rng, [rgb(240, 205, 65), rgb(245, 215, 88), rgb(232, 190, 48), rgb(226, 192, 82)])
        green = pick(rng, [0.05, 0.3, 0.75], [0.4, 0.38, 0.22])
        flecks = pick(rng, [0.0, 0.3, 0.65], [0.55, 0.3, 0.15])
        return BananaSkin(tint(rng, yellow, 0.015), green, flecks, rng.uniform(0.4, 0.55), rng.uniform(0.4, 1))


def along_peel(skin: Surface) -> np.ndarray:
    """Places (n, 3) for noise that runs along a banana."""
    return np.stack([skin.u * 5, np.cos(skin.v) * 0.8, np.sin(skin.v) * 0.8], -1)


def paint_banana(skin: Surface, rng: np.random.Generator, style: BananaSkin, stem: float) -> None:
    """Yellow with darker edges, greener ends, a dark tip, perhaps a few brown flecks."""
    points, way, around = along_peel(skin), skin.u, skin.v
    yellow = style.color
    color = np.tile(yellow, (way.size, 1)) * (0.94 + 0.1 * Noise(rng, 1)(points))[:, None]
    pentagon = np.cos(pi / 5) / np.cos(around % (2 * pi / 5) - pi / 5)
    color = mix(color, yellow * np.array([0.84, 0.77, 0.58]), 0.3 * step(1.1, 1.23, pentagon))
    color = mix(color, rgb(160, 178, 66), style.green * (step(0.3, 0.04, way) + step(0.8, 0.99, way)) * 0.9)
    color = mix(color, rgb(165, 160, 66), 0.5 * step(stem * 0.9, 0, way))
    ragged = way + 0.02 * (Noise(rng, 3)(points) - 0.5)
    color = mix(color, rgb(52, 40, 26), step(0.962, 0.978, ragged))
    color = mix(color, rgb(75, 55, 33), step(0.03, 0, way) * style.cut)
    scuffs = step(0.93, 0.97, Noise(rng, 1.6)(points))
    skin.color[:] = mix(color, rgb(140, 98, 44), scuffs * style.flecks)
    skin.roughness[:] = style.roughness


def paint_apple_flesh(face: Surface, rng: np.random.Generator, skin_color: np.ndarray) -> None:
    """A cut apple: cream, greener under the skin, the line of the core, two seeds."""
    points = face.points
    color = np.tile(tint(rng, PALE_APPLE, 0.01), (face.u.size, 1)) * (0.96 + 0.06 * Noise(rng, 3)(points))[:, None]
    color = mix(color, rgb(226, 226, 160), 0.6 * step(0.8, 0.97, face.u))
    x, z = points[:, 0], points[:, 2] + 0.05
    core = np.hypot(x / 0.42, z / 0.5)
    color = mix(color, rgb(196, 190, 120), 0.7 * np.exp(-(((core - 1) / 0.07) ** 2)))
    color = mix(color, rgb(232, 222, 170), 0.6 * step(0.9, 0.5, core))
    for side in (-1, 1):
        place = np.hypot((x - side * rng.uniform(0.1, 0.15)) / 0.065, (z + rng.uniform(-0.04, 0.06)) / 0.14)
        color = mix(color, rgb(205, 190, 140), step(2, 1.4, place))
        color = mix(color, rgb(70, 40, 22), step(1.1, 0.9, place))
    face.color[:] = mix(color, skin_color, step(0.976, 0.988, face.u))
    face.roughness[:] = rng.uniform(0.3, 0.5)


def paint_orange_flesh(face: Surface, rng: np.random.Generator, peel: np.ndarray) -> None:
    """A cut orange: segments of juice between pale membranes, pith, peel."""
    count = int(rng.integers(9, 13))
    share = (face.v / (2 * pi) * count + rng.random() + 0.12 * (Noise(rng, 1)(face.points) - 0.5)) % 1
    juice = tint(rng, pick(rng, [rgb(226, 116, 14), rgb(228, 132, 20), rgb(214, 84, 16)], [0.5, 0.35, 0.15]))
    sacs = np.stack([face.u * 2.5, np.cos(face.v) * 7 * face.u, np.sin(face.v) * 7 * face.u], -1)
    pulp = 0.55 * Noise(rng, 1.1)(sacs) + 0.45 * Noise(rng, 2.6)(sacs)
    color = np.tile(juice, (face.u.size, 1)) * (0.8 + 0.36 * pulp)[:, None]
    gap = np.minimum(share, 1 - share) * face.u * 2 * pi / count
    pale = rgb(252, 222, 160)
    color = mix(color, pale, 0.75 * step(0.03, 0.006, gap))
    color = mix(color, pale, 0.9 * step(0.11, 0.05, face.u + 0.04 * pulp))
    pith = rng.uniform(0.84, 0.9)
    color = mix(color, rgb(253, 238, 205), step(pith, pith + 0.02, face.u))
    face.color[:] = mix(color, peel, step(0.955, 0.97, face.u))
    face.roughness[:] = rng.uniform(0.2, 0.4)


def paint_banana_flesh(flesh: Surface, rng: np.random.Generator) -> None:
    """The pale inside of a banana with faint lengthwise lines."""
    lines = Noise(rng, 2)(along_peel(flesh) * np.array([0.2, 2, 2]))
    flesh.color[:] = tint(rng, PALE_BANANA, 0.012) * (0.93 + 0.08 * lines)[:, None]
    flesh.color[:] = mix(flesh.color, rgb(120, 90, 50), step(0.965, 0.985, flesh.u))
    flesh.roughness[:] = 0.5
