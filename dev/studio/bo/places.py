"""Places: where a picture is taken, built from simple shapes and meant to lie out of focus.

The animal stands at the origin on z = 0; the camera looks along +y from somewhere before it. Lengths in meters.

Usage: ``light = PLACES["lawn"](rng)`` builds the place in Blender's scene and tells what may light it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dev.studio.bo.scene import Color, ball, block, laid, mesh, painted, plain, speckled, tube

Rng = np.random.Generator
SITTING_ONLY = ("sofa",)
"""Places for an animal that sits or lies."""
PILLOWS = ((0.7, 0.25, 0.2), (0.85, 0.7, 0.3), (0.3, 0.45, 0.5), (0.9, 0.88, 0.85))
WALLS = (
    (0.84, 0.81, 0.75),
    (0.75, 0.79, 0.80),
    (0.80, 0.72, 0.62),
    (0.87, 0.87, 0.86),
    (0.60, 0.66, 0.62),
    (0.70, 0.58, 0.52),
)
SOFAS = (
    (0.42, 0.44, 0.47),
    (0.62, 0.55, 0.45),
    (0.35, 0.22, 0.16),
    (0.30, 0.38, 0.46),
    (0.58, 0.24, 0.2),
    (0.75, 0.72, 0.66),
)
CUSHIONS = (
    (0.45, 0.47, 0.50),
    (0.66, 0.60, 0.50),
    (0.36, 0.24, 0.18),
    (0.33, 0.40, 0.47),
    (0.62, 0.28, 0.22),
    (0.80, 0.77, 0.72),
)
CARS = ((0.75, 0.76, 0.78), (0.15, 0.16, 0.18), (0.5, 0.1, 0.1), (0.15, 0.25, 0.45), (0.9, 0.9, 0.9))
HOUSES = ((0.9, 0.89, 0.86), (0.72, 0.76, 0.78), (0.8, 0.73, 0.6), (0.55, 0.3, 0.25))
POTS = ((0.62, 0.34, 0.22), (0.85, 0.85, 0.82), (0.25, 0.27, 0.3))
DOORS = ((0.45, 0.1, 0.1), (0.15, 0.25, 0.35), (0.35, 0.2, 0.12))
WORKTOPS = ((0.2, 0.2, 0.21), (0.7, 0.62, 0.5), (0.85, 0.84, 0.82))
"""Colors to pick from."""


def _pick(rng: Rng, *colors: Color) -> np.ndarray:
    """One of the colors, a little lighter or darker."""
    return np.clip(np.asarray(colors[rng.integers(len(colors))]) * rng.uniform(0.88, 1.12), 0, 1)


def _ground(material, half: float = 60.0) -> None:
    block((-half, -half, -0.5), (half, half, 0), material)


def _blades(
    rng: Rng, color: np.ndarray, height: float, count: int = 46000, reach: tuple[float, float] = (-2.8, 3.2)
) -> None:
    """Grass: triangles of two to three times their width, fewer further away."""
    y = rng.uniform(*reach, count)
    x = rng.uniform(-1, 1, count) * (1.1 + 0.22 * np.maximum(y + 2.0, 0))
    root = np.stack([x, y, 0 * x], -1)
    turn = rng.uniform(0, 2 * np.pi, count)
    side = np.stack([np.cos(turn), np.sin(turn), 0 * turn], -1) * rng.uniform(0.002, 0.004, (count, 1))
    tall = height * rng.uniform(0.5, 1.2, (count, 1))
    tip = root + tall * np.concatenate([rng.normal(0, 0.45, (count, 2)), np.ones((count, 1))], 1)
    points = np.stack([root - side, root + side, tip], 1).reshape(-1, 3)
    shade = rng.uniform(0.65, 1.25, (count, 1)) * (0.9 + 0.25 * np.sin(3 * x + 2 * y))[:, None]
    colors = np.clip(color * shade + rng.normal(0, 0.02, (count, 3)), 0, 1)
    colors = np.repeat(colors, 3, 0) * np.tile([[0.75], [0.75], [1.1]], (count, 1))
    mesh("grass", points, np.arange(3 * count).reshape(-1, 3), painted(0.6, 0.25), colors)


def _leaves(rng: Rng, centres: np.ndarray, size: float, color: np.ndarray, spread: float = 0.25) -> None:
    """Leaf cards (N, 3) of any direction."""
    count = len(centres)
    first = rng.normal(size=(count, 3))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(first, rng.normal(size=(count, 3)))
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    scale = size * rng.uniform(0.6, 1.4, (count, 1, 1))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 0.5
    points = centres[:, None] + scale * (
        corners[None, :, :1] * first[:, None] + 0.6 * corners[None, :, 1:] * second[:, None]
    )
    colors = np.clip(color * rng.uniform(1 - spread, 1 + spread, (count, 1)), 0, 1)
    mesh(
        "leaves",
        points.reshape(-1, 3),
        np.arange(4 * count).reshape(-1, 4),
        painted(0.6, 0.3),
        np.repeat(colors, 4, 0),
    )


def _within(rng: Rng, count: int, low: Color, high: Color) -> np.ndarray:
    return rng.uniform(low, high, (count, 3))


def _tree(rng: Rng, x: float, y: float, height: float, color: np.ndarray, bare: bool = False) -> None:
    """A trunk with a crown of leaf cards in a few clouds; with `bare`, branches alone."""
    top = height * 0.55
    path = np.array([[x, y, 0], [x + rng.normal(0, 0.1), y, top * 0.5], [x + rng.normal(0, 0.2), y, top]])
    bark = plain(_pick(rng, (0.30, 0.24, 0.19), (0.38, 0.34, 0.30)))
    mesh("trunk", *tube(path, height * np.array([0.035, 0.028, 0.018])), bark, smooth=True)
    for _ in range(14 if bare else 4):
        end = path[2] + rng.normal(0, height * 0.22, 3) * [1, 1, 0.5] + [0, 0, height * 0.25]
        branch = np.linspace(path[1] + (path[2] - path[1]) * rng.uniform(0.2, 1), end, 3)
        mesh("branch", *tube(branch, height * np.array([0.012, 0.008, 0.003]), 6), bark)
    if not bare:
        clouds = path[2] + rng.normal(0, height * 0.16, (9, 3)) + [0, 0, height * 0.18]
        leaves = clouds[rng.integers(9, size=3600)] + rng.normal(0, height * 0.085, (3600, 3))
        _leaves(rng, leaves, height * 0.035, color, 0.4)


def _hedge(rng: Rng, y: float, height: float, color: np.ndarray, flowers: np.ndarray | None = None) -> None:
    """A hedge from left to right at `y`, in flower or not."""
    block((-9, y, 0), (9, y + 0.8, height * 0.94), plain(color * 0.35))
    _leaves(rng, _within(rng, 12000, (-8, y - 0.12, 0), (8, y + 0.2, height)), 0.09, color, 0.45)
    _leaves(rng, _within(rng, 5000, (-8, y, height * 0.93), (8, y + 0.8, height * 1.04)), 0.09, color * 1.15, 0.4)
    if flowers is not None:
        _leaves(rng, _within(rng, 2600, (-8, y - 0.2, height * 0.2), (8, y, height * 1.05)), 0.08, flowers, 0.2)


def _greens(rng: Rng) -> np.ndarray:
    return _pick(rng, (0.30, 0.42, 0.16), (0.24, 0.36, 0.15), (0.38, 0.46, 0.18), (0.20, 0.32, 0.17))


def _grass(rng: Rng) -> None:
    """A lawn."""
    color = _pick(rng, (0.36, 0.50, 0.20), (0.42, 0.52, 0.22), (0.33, 0.44, 0.18), (0.52, 0.52, 0.28))
    _ground(speckled(color * 0.7, color * 1.05, 5, 0.9, stretch=(1, 0.6, 1)))
    _blades(rng, color, rng.uniform(0.025, 0.045))


def _trees_behind(rng: Rng, count: int, near: float, far: float, color: np.ndarray, bare: bool = False) -> None:
    for x in rng.permutation(np.linspace(-7, 7, count)):
        _tree(
            rng,
            x + rng.normal(0, 0.8),
            rng.uniform(near, far),
            rng.uniform(4, 8),
            color * rng.uniform(0.8, 1.2, 3),
            bare,
        )


def _house(rng: Rng, y: float, wall: Color, trim: Color = (0.93, 0.92, 0.9), bricks: bool = False) -> None:
    """The front of a house: windows in a row, a door, a roof."""
    wall = np.asarray(wall)
    surface = (
        laid(wall, wall * 0.85, wall * 0.6 + 0.2, (0.24, 0.08), 0.01, upright=True)
        if bricks
        else laid(wall, wall * 0.97, wall * 0.75, (6.0, 0.16), 0.012, upright=True)
    )
    block((-12, y, 0), (12, y + 1, 5.5), surface)
    frame, glass = plain(trim, 0.5), plain(_pick(rng, (0.12, 0.15, 0.2), (0.3, 0.36, 0.42)), 0.08, 0.8)
    shift = rng.uniform(-1, 1)
    for k in range(-3, 4):
        x = shift + 2.3 * k
        if k == 0:
            block((x - 0.6, y - 0.08, 0), (x + 0.6, y, 2.3), frame)
            block((x - 0.47, y - 0.12, 0.05), (x + 0.47, y, 2.15), plain(_pick(rng, *DOORS), 0.35))
            continue
        for z in (0.8, 3.2):
            block((x - 0.62, y - 0.06, z - 0.08), (x + 0.62, y, z + 1.5), frame)
            block((x - 0.5, y - 0.08, z), (x - 0.03, y, z + 1.4), glass)
            block((x + 0.03, y - 0.08, z), (x + 0.5, y, z + 1.4), glass)


def _car(rng: Rng, x: float, y: float) -> None:
    """A parked car, seen from its side."""
    paint = plain(_pick(rng, *CARS), 0.15, 0.7)
    glass, rubber = plain((0.08, 0.1, 0.12), 0.05, 0.8), plain((0.05, 0.05, 0.05), 0.8)
    block((x, y, 0.28), (x + 4.3, y + 1.7, 0.85), paint, 0.2)
    block((x + 0.9, y + 0.1, 0.7), (x + 3.5, y + 1.6, 1.4), paint, 0.3)
    block((x + 1.1, y + 0.05, 0.9), (x + 2.15, y + 1.0, 1.28), glass, 0.08)
    block((x + 2.25, y + 0.05, 0.9), (x + 3.3, y + 1.0, 1.28), glass, 0.08)
    for axle in (0.8, 3.5):
        hub = np.array([[x + axle, y - 0.03, 0.32], [x + axle, y + 0.2, 0.32]])
        mesh("wheel", *tube(hub, np.array([0.32, 0.32]), 20), rubber)
        mesh("rim", *ball((x + axle, y - 0.02, 0.32), (0.2, 0.04, 0.2)), plain((0.7, 0.7, 0.72), 0.3, 0.7))
    block((x + 0.0, y - 0.01, 0.6), (x + 0.25, y + 0.3, 0.72), plain((0.75, 0.1, 0.08), 0.2), 0.03)


def _fence(rng: Rng, y: float) -> None:
    """A fence of boards."""
    wood = _pick(rng, (0.55, 0.42, 0.30), (0.88, 0.87, 0.84), (0.45, 0.40, 0.36))
    for k in range(-40, 41):
        shade = plain(np.clip(wood * rng.uniform(0.85, 1.1), 0, 1), 0.8)
        block((k * 0.2, y, 0), (k * 0.2 + 0.185, y + 0.03, 1.6 + rng.uniform(-0.01, 0.01)), shade)


def lawn(rng: Rng) -> str:
    """A lawn with trees far behind."""
    _grass(rng)
    _trees_behind(rng, 8, 9, 18, _greens(rng))
    if rng.random() < 0.5:
        _hedge(rng, 20, 2.5, _greens(rng))
    return "outdoors"


def garden(rng: Rng) -> str:
    """A garden with a hedge, flowers or a fence."""
    _grass(rng)
    y = rng.uniform(2.5, 6)
    if rng.random() < 0.5:
        _fence(rng, y)
        _leaves(rng, _within(rng, 2500, (-6, y - 0.7, 0), (6, y - 0.1, rng.uniform(0.3, 0.6))), 0.08, _greens(rng), 0.4)
    else:
        _hedge(rng, y, rng.uniform(0.9, 2.2), _greens(rng))
    blossom = _pick(rng, (0.80, 0.12, 0.16), (0.92, 0.75, 0.2), (0.85, 0.5, 0.65), (0.95, 0.93, 0.9), (0.5, 0.3, 0.65))
    if rng.random() < 0.7:
        _leaves(rng, _within(rng, 900, (-6, y - 0.8, 0.2), (6, y - 0.2, 0.7)), 0.07, blossom, 0.2)
    _trees_behind(rng, 4, y + 3, y + 9, _greens(rng))
    return "outdoors"


def front_yard(rng: Rng) -> str:
    """The lawn before a house."""
    _grass(rng)
    _house(rng, rng.uniform(7, 12), _pick(rng, *HOUSES), bricks=rng.random() < 0.35)
    if rng.random() < 0.7:
        _leaves(rng, _within(rng, 4000, (-8, 6, 0), (8, 6.8, 0.9)), 0.08, _greens(rng), 0.4)
    if rng.random() < 0.5:
        _tree(rng, rng.choice([-3, 3]) + rng.normal(0, 1), rng.uniform(4, 6), rng.uniform(4, 6), _greens(rng))
    return "outdoors"


def street(rng: Rng) -> str:
    """Asphalt, a kerb, parked cars, houses."""
    gray = _pick(rng, (0.42, 0.42, 0.43), (0.50, 0.49, 0.47), (0.34, 0.34, 0.36))
    _ground(speckled(gray * 0.82, gray * 1.12, 90, 0.9, 0.002))
    y = rng.uniform(3, 5)
    stone = _pick(rng, (0.66, 0.65, 0.62), (0.58, 0.56, 0.54))
    block((-20, y, 0), (20, y + 0.15, 0.14), plain(stone * 1.1))
    block((-20, y + 0.15, 0), (20, y + 2.2, 0.13), laid(stone, stone * 0.92, stone * 0.7, (1.2, 1.2), 0.015, 0))
    for x in rng.permutation([-7.5, -2.6, 2.4])[: rng.integers(1, 4)]:
        _car(rng, x + rng.uniform(-0.4, 0.4), y - 1.9 if rng.random() < 0.4 and y > 4 else y + 2.6)
    _house(rng, y + 6, _pick(rng, (0.56, 0.3, 0.24), (0.75, 0.7, 0.6), (0.6, 0.62, 0.64)), bricks=True)
    if rng.random() < 0.6:
        _tree(rng, rng.uniform(-3, 3), y + 1.2, 5, _greens(rng))
    return "outdoors"


def path(rng: Rng) -> str:
    """A gravel path in a park, green or in autumn."""
    stone = _pick(rng, (0.66, 0.60, 0.52), (0.58, 0.56, 0.53), (0.70, 0.62, 0.50))
    _ground(speckled(stone * 0.75, stone * 1.1, 70, 0.95, 0.004))
    autumn = rng.random() < 0.5
    leaf = _pick(rng, (0.72, 0.42, 0.12), (0.66, 0.30, 0.12), (0.78, 0.6, 0.2)) if autumn else _greens(rng)
    color = _pick(rng, (0.40, 0.46, 0.20), (0.45, 0.46, 0.24))
    block((-30, 2.2, -0.1), (30, 60, 0.02), speckled(color * 0.75, color, 6, 0.9))
    _trees_behind(rng, 9, 5, 16, leaf)
    if autumn:
        _leaves(rng, _within(rng, 700, (-3, -1.2, 0.004), (3, 7, 0.015)), 0.07, leaf, 0.3)
    if rng.random() < 0.5:
        _bench(rng, rng.uniform(-2.5, 1.0), rng.uniform(2.4, 3.5))
    return "outdoors"


def _bench(rng: Rng, x: float, y: float) -> None:
    wood, iron = plain(_pick(rng, (0.42, 0.28, 0.17), (0.25, 0.35, 0.25))), plain((0.12, 0.12, 0.12))
    for k in range(3):
        block((x, y + 0.14 * k, 0.42), (x + 1.6, y + 0.14 * k + 0.11, 0.46), wood)
        block((x, y + 0.45, 0.55 + 0.14 * k), (x + 1.6, y + 0.49, 0.66 + 0.14 * k), wood)
    for leg in (x + 0.1, x + 1.45):
        block((leg, y, 0), (leg + 0.06, y + 0.5, 0.42), iron)
        block((leg, y + 0.48, 0.4), (leg + 0.06, y + 0.53, 0.95), iron)


def snow(rng: Rng) -> str:
    """Snow, with bare trees, firs or a fence."""
    side = 70
    x, y = np.meshgrid(np.linspace(-4, 4, side), np.linspace(-2.5, 7, side))
    waves = sum(np.sin(rng.normal(0, 3) * x + rng.normal(0, 3) * y + rng.uniform(0, 6)) for _ in range(8))
    z = (0.006 * waves + rng.normal(0, 0.004, x.shape)) * np.minimum(1, np.hypot(x, y) / 0.7) - 0.002
    row, column = np.meshgrid(np.arange(side - 1), np.arange(side - 1), indexing="ij")
    corner = (row * side + column).ravel()
    faces = np.stack([corner, corner + 1, corner + side + 1, corner + side], -1)
    white = speckled((0.88, 0.90, 0.94), (0.95, 0.95, 0.97), 12, 0.7)
    mesh("snow", np.stack([x, y, z + 0.012], -1).reshape(-1, 3), faces, white, smooth=True)
    _ground(white)
    if rng.random() < 0.6:
        for k in range(7):
            _fir(rng, -7 + 2.3 * k + rng.normal(0, 0.5), rng.uniform(6, 14), rng.uniform(2.5, 6))
    _trees_behind(rng, 5, 5, 14, np.ones(3), bare=True)
    if rng.random() < 0.4:
        _fence(rng, rng.uniform(3.5, 6))
    return "outdoors"


def _fir(rng: Rng, x: float, y: float, height: float) -> None:
    up = rng.random(2600) ** 0.8
    around, wide = rng.uniform(0, 2 * np.pi, 2600), (1 - up) * height * 0.28 * np.sqrt(rng.random(2600))
    needles = np.stack([x + wide * np.cos(around), y + wide * np.sin(around), 0.2 + up * height - 0.3 * wide], -1)
    _leaves(rng, needles, 0.14, np.array([0.16, 0.25, 0.18]), 0.5)
    _leaves(rng, needles[:500] + np.array([0, 0, 0.08]), 0.13, np.array([0.9, 0.92, 0.95]), 0.05)


def beach(rng: Rng) -> str:
    """Sand, and water behind it."""
    sand = _pick(rng, (0.78, 0.70, 0.56), (0.72, 0.64, 0.52), (0.84, 0.78, 0.66))
    _ground(speckled(sand * 0.82, sand * 1.08, 16, 0.95, 0.02))
    water = _pick(rng, (0.20, 0.40, 0.50), (0.28, 0.42, 0.48), (0.35, 0.45, 0.5))
    y = rng.uniform(4, 9)
    block((-60, y, -0.1), (60, 90, 0.02), speckled(water * 0.8, water * 1.15, 2, 0.15, 0.05, (0.4, 1.5, 1)))
    block((-60, y - 0.25, -0.1), (60, y + 0.12, 0.03), plain((0.93, 0.95, 0.95)), 0.02)
    if rng.random() < 0.5:
        _hedge(rng, 40, 3, _greens(rng) * 0.8)
    return "outdoors"


def porch(rng: Rng) -> str:
    """The boards before a front door, steps up to it."""
    wood = _pick(rng, (0.55, 0.43, 0.32), (0.62, 0.60, 0.57), (0.45, 0.32, 0.24))
    _ground(laid(wood, wood * 0.85, wood * 0.3, (3.5, 0.14), 0.006, roughness=0.6))
    y = rng.uniform(1.3, 2.6)
    for step in range(rng.integers(0, 3)):
        y += 0.35
        block(
            (-1.6, y - 0.35, 0), (1.6, y + 3, 0.17 * (step + 1)), laid(wood, wood * 0.9, wood * 0.4, (3.5, 0.14), 0.006)
        )
    wall = _pick(rng, (0.88, 0.87, 0.83), (0.62, 0.68, 0.72), (0.74, 0.66, 0.5), (0.52, 0.28, 0.22))
    block((-6, y, 0), (6, y + 0.3, 4), laid(wall, wall * 0.96, wall * 0.7, (6, 0.15), 0.012, upright=True))
    white, x = plain((0.93, 0.92, 0.9), 0.4), rng.uniform(-0.9, 0.4)
    block((x - 0.1, y - 0.05, 0), (x + 1.1, y, 2.6), white)
    leaf = plain(_pick(rng, (0.45, 0.1, 0.1), (0.13, 0.25, 0.32), (0.3, 0.18, 0.1), (0.16, 0.27, 0.18)), 0.3)
    block((x, y - 0.08, 0.02), (x + 1.0, y, 2.5), leaf)
    for low, high in ((0.25, 1.0), (1.25, 2.2)):
        for left in (0.12, 0.55):
            block((x + left, y - 0.1, low), (x + left + 0.33, y, high), leaf, 0.015)
    mesh("knob", *ball((x + 0.92, y - 0.12, 1.05), 0.035), plain((0.8, 0.65, 0.3), 0.2, 0.8), smooth=True)
    for at in (-1.4, 1.7):
        if rng.random() < 0.7:
            _plant(rng, x + at, y - 0.4)
    return "outdoors"


def _plant(rng: Rng, x: float, y: float) -> None:
    """A plant in a pot."""
    pot = np.array([[x, y, 0], [x, y, 0.32], [x, y, 0.34]])
    mesh("pot", *tube(pot, np.array([0.12, 0.18, 0.17]), 20), plain(_pick(rng, *POTS)))
    _leaves(rng, [x, y, 0.65] + rng.normal(0, 1, (700, 3)) * [0.16, 0.16, 0.2], 0.1, _greens(rng), 0.4)


def _walls(rng: Rng, y: float) -> np.ndarray:
    """The back wall of a room with a skirting board, and a wall at its left or right; the color of the wall."""
    color = _pick(rng, *WALLS)
    wall, white = plain(color, 0.9, 0.1), plain((0.92, 0.91, 0.89), 0.5)
    block((-6, y, 0), (6, y + 0.2, 3.2), wall)
    block((-6, y - 0.02, 0), (6, y, 0.11), white)
    side = rng.choice([-1, 1]) * rng.uniform(2.4, 3.4)
    block((min(side, side * 1.1), -0.5, 0), (max(side, side * 1.1), y, 3.2), wall)
    return color


def _floor(rng: Rng) -> None:
    """Boards, tiles or a carpet."""
    kind = rng.integers(3)
    if kind == 0:
        wood = _pick(rng, (0.58, 0.40, 0.24), (0.46, 0.30, 0.18), (0.70, 0.56, 0.40), (0.36, 0.24, 0.16))
        _ground(laid(wood, wood * 0.82, wood * 0.4, (1.4, 0.11), 0.003, 0.37, 0.35))
    elif kind == 1:
        tile = _pick(rng, (0.80, 0.78, 0.74), (0.68, 0.60, 0.50), (0.55, 0.55, 0.55))
        _ground(laid(tile, tile * 0.93, tile * 0.7, (0.42, 0.42), 0.01, 0, 0.25))
    else:
        wool = _pick(rng, (0.70, 0.65, 0.57), (0.55, 0.53, 0.52), (0.45, 0.30, 0.28), (0.38, 0.42, 0.50))
        _ground(speckled(wool * 0.85, wool * 1.08, 130, 0.95, 0.004))


def _sofa(rng: Rng, x: float, y: float, color: np.ndarray) -> None:
    """A sofa with its back to the wall."""
    cloth = speckled(color * 0.9, np.clip(color * 1.08, 0, 1), 60, 0.9)
    block((x, y, 0.12), (x + 2.0, y + 0.85, 0.42), cloth, 0.05)
    block((x, y + 0.6, 0.3), (x + 2.0, y + 0.88, 0.88), cloth, 0.09)
    for left in (x - 0.2, x + 1.97):
        block((left, y, 0.1), (left + 0.23, y + 0.88, 0.62), cloth, 0.08)
    for k in range(2):
        block((x + 0.02 + k, y - 0.02, 0.4), (x + 0.98 + k, y + 0.62, 0.54), cloth, 0.06)
    if rng.random() < 0.7:
        pillow = rng.uniform(x + 0.1, x + 1.5)
        block((pillow, y + 0.38, 0.54), (pillow + 0.42, y + 0.56, 0.92), plain(_pick(rng, *PILLOWS)), 0.08)


def _window(rng: Rng, x: float, y: float) -> None:
    """A bright window with curtains."""
    block((x - 0.07, y - 0.05, 0.8), (x + 1.27, y, 2.4), plain((0.95, 0.94, 0.92), 0.4))
    for left in (x, x + 0.62):
        block(
            (left, y - 0.06, 0.87), (left + 0.58, y - 0.01, 2.33), plain((0.86, 0.92, 0.98), glow=rng.uniform(1.2, 3.0))
        )
    cloth = plain(_pick(rng, (0.85, 0.82, 0.75), (0.55, 0.62, 0.66), (0.62, 0.35, 0.32)), 0.9)
    for left in (x - 0.5, x + 1.2):
        s = np.linspace(0, 1, 40)
        foot = np.stack([left + 0.5 * s, y - 0.1 + 0.035 * np.sin(s * 40), 0 * s + 0.15], -1)
        points = np.concatenate([foot, foot + np.array([0, 0, 2.4])])
        k = np.arange(39)
        mesh("curtain", points, np.stack([k, k + 1, k + 41, k + 40], -1), cloth, smooth=True)


def _shelf(rng: Rng, x: float, y: float) -> None:
    """A shelf with books."""
    wood = plain(_pick(rng, (0.42, 0.28, 0.18), (0.9, 0.89, 0.87), (0.6, 0.45, 0.3)), 0.5)
    block((x, y - 0.02, 0), (x + 1.1, y, 1.9), wood)
    for z in np.arange(0.0, 1.91, 0.38):
        block((x, y - 0.3, z), (x + 1.1, y, z + 0.03), wood)
    for left in (x - 0.03, x + 1.1):
        block((left, y - 0.3, 0), (left + 0.03, y, 1.93), wood)
    for z in np.arange(0.03, 1.6, 0.38):
        at = x + 0.02
        while at < x + rng.uniform(0.6, 1.05):
            wide, tall = rng.uniform(0.02, 0.05), rng.uniform(0.2, 0.32)
            block(
                (at, y - 0.24, z),
                (at + wide * 0.92, y - 0.03, z + tall),
                plain(rng.uniform(0.1, 0.75, 3) * rng.uniform(0.5, 1), 0.7),
            )
            at += wide


def _picture(rng: Rng, x: float, y: float) -> None:
    wide, tall = rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.6)
    block(
        (x, y - 0.03, 1.2),
        (x + wide, y, 1.2 + tall),
        plain(_pick(rng, (0.12, 0.1, 0.09), (0.6, 0.45, 0.25), (0.92, 0.9, 0.88)), 0.4),
    )
    block(
        (x + 0.04, y - 0.035, 1.24),
        (x + wide - 0.04, y, 1.16 + tall),
        speckled(rng.uniform(0.2, 0.9, 3), rng.uniform(0.2, 0.9, 3), 4),
    )


def living_room(rng: Rng) -> str:
    """Floor, walls, and some of: sofa, shelf, window, plant, lamp, rug."""
    _floor(rng)
    y = rng.uniform(1.4, 3.2)
    _walls(rng, y)
    cloth = _pick(rng, *SOFAS)
    where = rng.uniform(-2.2, 0.2)
    if rng.random() < 0.65:
        _sofa(rng, where, y - 0.95, cloth)
        _picture(rng, where + rng.uniform(0.2, 1.0), y)
        other = where - 1.4 if where > -1 else where + 2.5
    else:
        _window(rng, where + 0.4, y)
        other = where + 2.2 if where < -0.8 else where - 1.3
    if rng.random() < 0.5:
        _shelf(rng, other, y)
    else:
        _plant(rng, other + 0.5, y - 0.4)
    if rng.random() < 0.45:
        rug = _pick(rng, (0.55, 0.2, 0.18), (0.3, 0.36, 0.45), (0.78, 0.73, 0.63), (0.4, 0.42, 0.36))
        block((-1.3, -0.9, 0), (1.3, 0.9, 0.008), speckled(rug * 0.75, np.clip(rug * 1.2, 0, 1), 14, 0.95))
    return "indoors"


def kitchen(rng: Rng) -> str:
    """Tiles or boards, cupboards, an oven."""
    _floor(rng)
    y = rng.uniform(1.2, 2.4)
    _walls(rng, y)
    front = plain(_pick(rng, (0.90, 0.89, 0.86), (0.55, 0.38, 0.23), (0.42, 0.50, 0.52), (0.75, 0.62, 0.45)), 0.35)
    steel, dark = plain((0.65, 0.65, 0.66), 0.25, 0.7), plain((0.06, 0.06, 0.07), 0.1, 0.7)
    block((-6, y - 0.55, 0), (6, y, 0.1), plain((0.2, 0.18, 0.17)))
    block((-6, y - 0.64, 0.88), (6, y, 0.92), plain(_pick(rng, *WORKTOPS), 0.2, 0.6), 0.005)
    oven = rng.integers(-2, 2)
    for k in range(-6, 6):
        x = 0.6 * k
        block((x + 0.005, y - 0.6, 0.1), (x + 0.595, y - 0.05, 0.87), steel if k == oven else front, 0.006)
        if k == oven:
            block((x + 0.08, y - 0.61, 0.22), (x + 0.52, y - 0.5, 0.62), dark)
        block((x + 0.1, y - 0.625, 0.76), (x + 0.5, y - 0.6, 0.78), steel)
    for k in range(-6, 6):
        if rng.random() < 0.7:
            block((0.6 * k + 0.005, y - 0.35, 1.5), (0.6 * k + 0.595, y, 2.3), front, 0.006)
    return "indoors"


def sofa(rng: Rng) -> str:
    """On a sofa or a bed: cushions below, a back rest behind."""
    color = _pick(rng, *CUSHIONS)
    cloth = speckled(color * 0.9, np.clip(color * 1.06, 0, 1), 80, 0.95, 0.002)
    for k in range(-2, 2):
        block((1.0 * k + 0.005, -0.62, -0.25), (1.0 * k + 0.995, 0.5, 0), cloth, 0.05)
        block((1.0 * k + 0.005, 0.42, -0.1), (1.0 * k + 0.995, 0.72, 0.52 + rng.uniform(-0.02, 0.02)), cloth, 0.1)
    block((-2.4, -0.62, -0.5), (2.4, 0.75, -0.12), cloth, 0.03)
    block((-6, -8, -0.6), (6, 6, -0.45), speckled((0.45, 0.33, 0.22), (0.52, 0.38, 0.26), 30))
    for _ in range(rng.integers(0, 3)):
        x = rng.choice([-1, 1]) * rng.uniform(0.55, 1.1)
        block((x - 0.22, 0.2, 0), (x + 0.22, 0.42, 0.4), plain(_pick(rng, *PILLOWS)), 0.09)
    y = 1.5
    wall = plain(_pick(rng, (0.84, 0.81, 0.75), (0.75, 0.79, 0.80), (0.80, 0.72, 0.62)), 0.9, 0.1)
    block((-6, y, -0.5), (6, y + 0.2, 3), wall)
    if rng.random() < 0.6:
        _picture(rng, rng.uniform(-1, 0.5), y)
    return "indoors"


def kennel(rng: Rng) -> str:
    """Concrete and wire, as in a shelter."""
    gray = _pick(rng, (0.58, 0.57, 0.55), (0.50, 0.48, 0.46), (0.62, 0.58, 0.52))
    _ground(speckled(gray * 0.85, gray * 1.06, 10, 0.85, 0.001))
    y, wire = rng.uniform(0.9, 2.2), plain((0.6, 0.61, 0.62), 0.35, 0.7)
    for k in range(-34, 35):
        for lean in (-1, 1):
            line = np.array([[0.09 * k, y, 0.05], [0.09 * k + lean * 0.9, y, 1.85]])
            mesh("wire", *tube(line, np.array([0.0028, 0.0028]), 4), wire)
    for x in (-1.8, 0.6, 2.4):
        mesh("post", *tube(np.array([[x, y, 0], [x, y, 2.0]]), np.array([0.03, 0.03])), wire)
    wall = _pick(rng, (0.70, 0.70, 0.68), (0.55, 0.62, 0.66), (0.72, 0.66, 0.55))
    block((-8, y + 2.2, 0), (8, y + 2.5, 4), laid(wall, wall * 0.94, wall * 0.75, (0.4, 0.2), 0.012, upright=True))
    return "shelter"


def before(rng: Rng, where: str, low: Color, high: Color) -> None:
    """Something that hides what is behind the box between two corners, as may stand in a place that is `where`.

    Tall ones are the trunk of a tree, a wall, a door frame or a curtain, low ones a bush, a crate or a stool.
    """
    (left, y, ground), (right, _far, top) = low, high
    tall, kind = top > 1.2, rng.random()
    middle, wide = (left + right) / 2, right - left
    if where != "indoors" and kind < 0.5:
        if tall:
            path = np.array([[middle, y, ground], [middle, y, top / 2], [middle + 0.05, y, top]])
            bark = _pick(rng, (0.30, 0.24, 0.19), (0.42, 0.38, 0.33))
            rough = speckled(bark * 0.7, bark * 1.15, 30, 0.9, 0.01, (1, 1, 0.2))
            mesh("trunk", *tube(path, wide / 2 * np.array([1.08, 1.0, 0.95]), 24), rough, smooth=True)
        else:
            leaves = _within(rng, 2600, (left, y - 0.12, ground), (right, y + 0.06, top))
            _leaves(rng, leaves, 0.06, _greens(rng), 0.45)
            block((left, y - 0.06, ground), (right, y, top * 0.9), plain(np.array([0.07, 0.10, 0.05])))
        return
    if tall and where == "indoors" and kind < 0.5:
        block(
            (left, y - 0.04, ground),
            (right, y, top),
            plain(_pick(rng, (0.93, 0.92, 0.9), (0.55, 0.45, 0.36), (0.36, 0.26, 0.2)), 0.6),
            0.006,
        )
    elif tall:
        wall = _pick(rng, *HOUSES, *WALLS)
        bricks = laid(wall, wall * 0.85, wall * 0.6 + 0.2, (0.24, 0.08), 0.01, upright=True)
        block((left, y - 0.2, ground), (right, y, top), bricks if where != "indoors" else plain(wall, 0.9))
    else:
        cloth = _pick(rng, *CUSHIONS, (0.55, 0.42, 0.30))
        block((left, y - 0.3, ground), (right, y, top), speckled(cloth * 0.85, np.clip(cloth * 1.1, 0, 1), 60), 0.03)


PLACES: dict[str, Callable[[Rng], str]] = {
    "lawn": lawn,
    "garden": garden,
    "front_yard": front_yard,
    "street": street,
    "path": path,
    "snow": snow,
    "beach": beach,
    "porch": porch,
    "living_room": living_room,
    "kitchen": kitchen,
    "sofa": sofa,
    "kennel": kennel,
}
"""What builds each place; it returns where that is: `outdoors`, `indoors` or `shelter`."""
