"""The grocer's belt: one kind of fruit in one state, as it happens to lie, lit by lamps and seen from above.

Usage: ``shot = compose_belt(rng, "apple", rotten=True)``; None where the camera would not see the rot. What differs
from the shop: a dark ground, hard light with glints, fruit on any side, several in an image, small marks, motion.
"""

from __future__ import annotations

from math import pi

import numpy as np

from dev.studio.fruit.grow import Fruit, grow, rotation
from dev.studio.fruit.noise import Noise, mix, pick, rgb, step, tint
from dev.studio.fruit.shape import Part, Surface
from dev.studio.fruit.shot import LONGEST, SENSOR, Lamp, Shot, move, toward, visible_rot

WIDTH, HEIGHT = LONGEST, LONGEST * 3 // 4
"""The camera above the belt has one format."""
SEEN = {"apple": 0.08, "orange": 0.07, "banana": 0.2}
"""At least this share of each rotten fruit on the belt looks spoiled from above; a ripe banana has flecks, too."""
TURNS = 12
"""How often a fruit is turned until its mark is on top, before another one is grown."""
BELTS = [rgb(30, 30, 32), rgb(52, 52, 54), rgb(26, 58, 48), rgb(34, 46, 76), rgb(64, 58, 52)]
STEEL = rgb(120, 122, 124)
REACH = 11.0
"""Half the side of the detailed part of the belt, in radii of a fruit."""


def compose_belt(rng: np.random.Generator, kind: str, rotten: bool) -> Shot | None:
    """Draw everything about an image of the belt; None where a rotten fruit would not show that it is."""
    elevation, azimuth = np.radians(rng.uniform(56, 88)), rng.uniform(0, 2 * pi)
    direction = toward(elevation, azimuth)
    count = pick(rng, [1, 2, 3], [0.5, 0.3, 0.2]) if kind == "banana" else pick(rng, [1, 2, 3, 4, 5], [3, 3, 2, 1, 1])
    fruits, severities, seen = [], [], []
    for _ in range(count):
        severity = rng.random() ** 1.6 if rotten else None
        fruit, share = _grow(rng, kind, severity, direction)
        if fruit is None:
            return None
        fruits.append(fruit)
        severities.append(severity)
        seen.append(share)
    run = azimuth + rng.choice([0, 1]) * pi / 2 + rng.normal(0, 0.06)
    lens = rng.uniform(28, 45)
    across = rng.uniform(3.8, 5.8) + (0.95 if kind == "banana" else 0.6) * (count - 1) + (kind == "banana")
    _spread(rng, fruits, azimuth, across)
    camera, view = _above(rng, direction, lens, across)
    lamps, sky = _lamps(rng)
    facts = {
        "cultivar": fruits[0].cultivar,
        "pose": fruits[0].pose,
        "count": count,
        "ground": "belt",
        "severity": round(float(np.mean(severities)), 2) if rotten else "",
        "rot_seen": round(float(np.mean(seen)), 2) if rotten else "",
        "elevation": round(np.degrees(elevation)),
    }
    along = np.array([np.cos(run), np.sin(run), 0]) @ view
    motion = along[:2] / np.linalg.norm(along[:2]) * (rng.uniform(2, 8) if rng.random() < 0.65 else 0)
    facts["motion"] = round(float(np.linalg.norm(motion)), 1)
    warmth = np.array([1, rng.uniform(0.95, 1), rng.uniform(0.85, 1.05)])
    parts = [part for fruit in fruits for part in fruit.parts] + [_belt(rng, run)]
    backdrop = np.tile(STEEL * 0.2, (HEIGHT, WIDTH, 1))
    noise = int(rng.integers(1 << 30))
    return Shot(
        parts, camera, view, lens, WIDTH, HEIGHT, lamps, sky, warmth, backdrop, noise, False, facts, motion=motion
    )


def _grow(
    rng: np.random.Generator, kind: str, severity: float | None, direction: np.ndarray
) -> tuple[Fruit | None, float]:
    """A whole fruit, turned so that its mark shows, and the share of it that looks spoiled; None: no side shows it."""
    fruit = grow(rng, kind, severity, small=severity is not None and rng.random() < 0.5, whole=True)
    for _ in range(1 if severity is None else TURNS):
        _turn(rng, fruit)
        seen = visible_rot(fruit.parts, direction) if severity is not None else 0.0
        if severity is None or seen >= SEEN[kind]:
            return fruit, seen
    return None, 0.0


def _turn(rng: np.random.Generator, fruit: Fruit) -> None:
    """Let a fruit lie on any side: upside down as likely as not; bananas on theirs."""
    if fruit.pose == "single":
        turn = rotation("x", pi / 2 * rng.choice([-1, 1]) + rng.normal(0, 0.12)) @ rotation("y", rng.uniform(0, 2 * pi))
    elif fruit.pose == "hand":
        turn = rotation("x", pi * rng.integers(2) + rng.normal(0, 0.15))
    else:
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        turn = turn * np.sign(np.linalg.det(turn))
    turn = rotation("z", rng.uniform(0, 2 * pi)) @ turn
    for part in fruit.parts:
        part.vertices, part.normals = part.vertices @ turn.T, part.normals @ turn.T
    solid = np.concatenate([part.vertices for part in fruit.parts if part.material not in ("leaf", "stem")])
    middle = (solid.max(0) + solid.min(0)) / 2
    move(fruit.parts, -np.array([middle[0], middle[1], solid[:, 2].min()]))


def _spread(rng: np.random.Generator, fruits: list[Fruit], azimuth: float, across: float) -> None:
    """Lay the fruit on what the camera sees of the belt, close to each other or not, none inside another."""
    reach = [np.linalg.norm(fruit.parts[0].vertices[:, :2], axis=1).max() for fruit in fruits]
    placed: list[np.ndarray] = []
    for fruit, radius in zip(fruits, reach, strict=True):
        inside = 0.95 if len(fruits) == 1 else 0.75  # of several, some may lie partly outside
        room = np.maximum(np.array([across, across * HEIGHT / WIDTH]) / 2 - inside * radius, 0.1)
        for attempt in range(400):
            place = rng.uniform(-1, 1, 2) * room * (1 + attempt / 300)
            gaps = [np.linalg.norm(place - other) - radius - size for other, size in zip(placed, reach, strict=False)]
            if all(gap > 0 for gap in gaps):
                break
        placed.append(place)
        move(fruit.parts, rotation("z", azimuth + pi / 2) @ np.array([*place, 0]))


def _above(
    rng: np.random.Generator, direction: np.ndarray, lens: float, across: float
) -> tuple[np.ndarray, np.ndarray]:
    """Place and rotation of a camera that sees `across` of the belt along the longer side."""
    right = np.cross([0, 0, 1.0], direction)
    right /= np.linalg.norm(right)
    view = np.stack([right, np.cross(direction, right), direction], -1) @ rotation("z", rng.normal(0, 0.05))
    distance = across / 2 / (SENSOR / lens)
    return direction * distance + np.array([0, 0, 0.8]), view


def _lamps(rng: np.random.Generator) -> tuple[list[Lamp], float]:
    """One to three small lamps near the camera, which glint in the skins, and a little light from the hall."""
    total = rng.uniform(0.5, 1.15)
    share = rng.uniform(0.6, 0.85)
    count = int(rng.integers(1, 4))
    lamps = []
    for _ in range(count):
        height = rng.uniform(5, 9)
        place = np.array([*rng.normal(0, 3.2, 2), height])
        distance = np.linalg.norm(place)
        watts = total * share / count * pi**2 * distance**2 / (height / distance)
        lamps.append(Lamp(place, rng.uniform(0.35, 1.3), float(watts)))
    return lamps, total * (1 - share)


def _belt(rng: np.random.Generator, run: float) -> Part:
    """Dark rubber or plastic with ribs, scuffs along its run, dust, and a steel rail where it ends."""
    axis = np.concatenate([[-60], np.linspace(-REACH, REACH, 260), [60]])
    x, y = np.meshgrid(axis, axis, indexing="ij")
    along, aside = x * np.cos(run) + y * np.sin(run), y * np.cos(run) - x * np.sin(run)
    place = np.stack([along.ravel(), aside.ravel(), 0 * x.ravel()], -1)
    base = tint(rng, pick(rng, BELTS, [0.34, 0.22, 0.18, 0.14, 0.12]), 0.012)
    cloud = Noise(rng, 0.25)(place)
    color = base * (0.8 + 0.35 * cloud + 0.18 * (Noise(rng, 2.5)(place) - 0.5))[:, None]
    scuffs = step(0.8, 0.97, Noise(rng, 1)(place * [0.12, 1.6, 1])) * rng.uniform(0, 0.4)
    color = mix(color, base + 0.16, scuffs)
    dust = step(0.86, 0.99, Noise(rng, 5)(place)) * rng.uniform(0, 0.4)
    color = mix(color, rgb(128, 118, 102), dust)
    if rng.random() < 0.5:
        pitch = rng.uniform(0.35, 1.1)
        rib = step(0.3, 0.38, np.abs((place[:, 0] / pitch) % 1 - 0.5))
        color = color * (1 - rng.uniform(0.15, 0.5) * rib)[:, None]
    if rng.random() < 0.35:
        edge = rng.uniform(2.6, 5.5) * rng.choice([-1, 1])
        beyond = step(0, 0.06, (place[:, 1] - edge) * np.sign(edge))
        color = mix(color, STEEL * (0.6 + 0.4 * Noise(rng, 0.5)(place * [0.2, 3, 1]))[:, None], beyond)
    rough = np.clip(rng.uniform(0.38, 0.7) + 0.25 * (cloud - 0.5), 0.25, 0.9)
    grid = np.stack([x, y, 0 * x], -1)
    surface = Surface(grid, place[:, 0], place[:, 1], closed=False)
    surface.color[:], surface.roughness[:] = color, rough
    return surface.part("belt")
