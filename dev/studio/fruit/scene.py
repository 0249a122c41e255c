"""Where the fruit lies, how it is lit, where the camera stands. Pure numpy: nothing is rendered here.

Usage: ``shot = compose(picture)``, then `render` and `photo` make a photo of it.
"""

from __future__ import annotations

from math import pi

import numpy as np

from dev.studio.fruit.belt import compose_belt
from dev.studio.fruit.ground import Ground, draw_ground
from dev.studio.fruit.grow import Fruit, grow, rotation
from dev.studio.fruit.noise import pick
from dev.studio.fruit.plan import Picture
from dev.studio.fruit.shape import Part
from dev.studio.fruit.shot import LONGEST, SENSOR, Lamp, Shot, move, toward, visible_rot

SEEN = 0.14
"""The share of the visible fruit that looks spoiled is at least this in every rotten picture."""
ATTEMPTS = 12
"""How often a rotten fruit is grown anew until its rot can be seen."""
ALL_MOLD = 0.93
"""More than this of an orange under mold could be anything."""


def compose(picture: Picture, retake: int = 0) -> tuple[Shot, np.random.Generator]:
    """Draw everything about `picture` from its seed; the generator that comes back goes on to `photo.develop`.

    A rotten fruit whose rot the camera would hardly see is grown again; each `retake` is another picture.
    """
    for attempt in range(ATTEMPTS * retake, ATTEMPTS * (retake + 1)):
        rng = np.random.default_rng([picture.seed & 0xFFFFFFFFFFFFFFFF, picture.seed >> 64, attempt])
        if picture.belt:
            shot = compose_belt(rng, picture.fruit, picture.rotten)
        else:
            shot = _compose(rng, picture.fruit, rng.random() ** 1.15 if picture.rotten else None)
        if shot is not None:
            break
    else:
        raise RuntimeError(f"no attempt at {picture.path} shows its rot")
    return shot, rng


def _compose(rng: np.random.Generator, kind: str, severity: float | None) -> Shot | None:
    main = grow(rng, kind, severity)
    ground = draw_ground(rng)
    elevation, azimuth, roll = _viewpoint(rng, main)
    if ground.kind in ("wood", "stone", "cloth"):
        elevation = max(elevation, np.radians(rng.uniform(18, 35)))  # lower, most of the picture would be a far table
    direction = toward(elevation, azimuth)
    placed = _settle(rng, main, direction, azimuth)
    seen = visible_rot(placed, direction)
    if severity is not None and (seen < SEEN or (kind == "orange" and seen > ALL_MOLD)):
        return None
    groups = [placed]
    company = _company(rng, kind, main.pose)
    for number in range(1, company):  # behind and beside it, as the camera sees it
        other = grow(rng, kind, severity if severity is not None and rng.random() < 0.8 else None)
        group = _settle(rng, other, direction, azimuth)
        turn = azimuth + pi + (0, 1.15, -1.15)[number - 1] + rng.normal(0, 0.06) + 0.55 * (company == 2)
        move(group, np.array([2.03 * np.cos(turn), 2.03 * np.sin(turn), 0]))
        groups.append(group)
    parts = [part for group in groups for part in group]
    points = np.concatenate([part.vertices[::3] for part in parts])
    camera, view, lens, width, height = _frame(rng, points, direction, roll)
    lamps, sky = _light(rng, azimuth, points.mean(0), ground)
    facts = {
        "cultivar": main.cultivar,
        "pose": main.pose,
        "count": company,
        "ground": ground.kind,
        "severity": "" if severity is None else round(severity, 2),
        "rot_seen": "" if severity is None else round(seen, 2),
        "elevation": round(np.degrees(elevation)),
    }
    warmth = np.array([1, rng.uniform(0.95, 1), rng.uniform(0.88, 1.05)])
    backdrop = ground.backdrop(rng, width, height, sky ** (1 / 2.2))
    if ground.floor is not None:
        parts.append(ground.floor)
    white = ground.kind == "white" and rng.random() < 0.75
    noise = int(rng.integers(1 << 30))
    return Shot(parts, camera, view, lens, width, height, lamps, sky, warmth, backdrop, noise, white, facts)


def _company(rng: np.random.Generator, kind: str, pose: str) -> int:
    """How many fruit there are; half a fruit lies beside another one more often than not, as in a shop's photo."""
    if kind == "banana":
        return 1
    if pose == "cut":
        return 2 if rng.random() < 0.7 else 1
    return 1 if rng.random() < 0.88 else int(rng.integers(2, 5))


def _viewpoint(rng: np.random.Generator, fruit: Fruit) -> tuple[float, float, float]:
    """Elevation, azimuth and roll of the camera, in radians."""
    low, high = {
        "round": pick(rng, [(4, 32), (32, 80)], [0.8, 0.2]),
        "cut": (15, 65),
        "single": pick(rng, [(55, 89), (15, 50)], [0.65, 0.35]),
        "peeled": pick(rng, [(55, 89), (25, 55)], [0.6, 0.4]),
        "hand": (8, 85),
    }[fruit.pose]
    elevation, azimuth = np.radians(rng.uniform(low, high)), rng.uniform(0, 2 * pi)
    roll = rng.normal(0, 0.15) if rng.random() < 0.12 else rng.normal(0, 0.03)
    if fruit.pose in ("single", "peeled") and elevation > 0.95:
        roll = rng.uniform(0, 2 * pi)
    elif fruit.pose == "hand":
        azimuth, roll = rng.choice([-1, 1]) * pi / 2 + rng.normal(0, 0.5), rng.normal(0, 0.35)
    return elevation, azimuth, roll


def _settle(rng: np.random.Generator, fruit: Fruit, direction: np.ndarray, azimuth: float) -> list[Part]:
    """Turn a fruit so that what should be seen is seen, and set it on the floor."""
    if fruit.pose in ("single", "peeled"):
        turn = rotation("x", pi / 2 * rng.choice([-1, 1]) + rng.normal(0, 0.15)) @ rotation("y", rng.uniform(0, 2 * pi))
    elif fruit.pose == "hand":
        turn = rotation("x", pi + rng.normal(0, 0.2)) if rng.random() < 0.45 else np.eye(3)
    elif fruit.pose == "cut":
        lift = np.clip(np.arcsin(direction[2]) + rng.normal(0.1, 0.3), 0.15, 1.5)
        flat = rotation("x", -lift) if abs(fruit.facing[1]) > 0.5 else rotation("x", pi / 2 - lift)
        turn = rotation("z", azimuth + pi / 2 + rng.normal(0, 0.35)) @ flat
    else:
        tilt = 0.17 if rng.random() < 0.85 else 1.0
        turn = rotation("x", rng.normal(0, tilt)) @ rotation("y", rng.normal(0, tilt))
        yaw = rng.uniform(0, 2 * pi)
        if fruit.facing is not None:
            front = turn @ fruit.facing
            yaw = azimuth - np.arctan2(front[1], front[0]) + rng.normal(0, 0.4)
        turn = rotation("z", yaw) @ turn
    for part in fruit.parts:
        part.vertices, part.normals = part.vertices @ turn.T, part.normals @ turn.T
    lowest = min(part.vertices[:, 2].min() for part in fruit.parts if part.material not in ("leaf", "stem"))
    move(fruit.parts, np.array([0, 0, -lowest]))
    return fruit.parts


def _frame(rng: np.random.Generator, points: np.ndarray, direction: np.ndarray, roll: float):
    """Place the camera so that the fruit fills most of a picture of a usual shape; sometimes a little is cut off."""
    right = np.cross([0, 0, 1.0], direction)
    right /= np.linalg.norm(right)
    view = np.stack([right, np.cross(direction, right), direction], -1) @ rotation("z", roll)
    lens = rng.uniform(50, 95)
    middle = (points.max(0) + points.min(0)) / 2
    local = (points - middle) @ view
    center = (local[:, :2].max(0) + local[:, :2].min(0)) / 2
    extent = np.ptp(local[:, :2], axis=0) / 2
    ratio = (
        extent[0] / extent[1] * rng.uniform(0.92, 1.08)
        if rng.random() < 0.45
        else pick(rng, [1, 4 / 3, 3 / 2, 3 / 4], [0.4, 0.3, 0.15, 0.15])
    )
    ratio = float(np.clip(ratio, 0.72, 1.5))
    width, height = round(LONGEST * min(1, ratio)), round(LONGEST * min(1, 1 / ratio))
    fill = rng.uniform(0.68, 0.98) if rng.random() < 0.92 else rng.uniform(1, 1.2)
    tangent = SENSOR / lens * np.array([width, height]) / LONGEST
    distance = (extent / tangent).max() / fill + 0.6 * local[:, 2].max()
    shift = rng.normal(0, 0.04, 2) * extent.max()
    camera = middle + view[:, 0] * (center[0] + shift[0]) + view[:, 1] * (center[1] + shift[1]) + direction * distance
    return camera, view, lens, width, height


def _light(rng: np.random.Generator, azimuth: float, middle: np.ndarray, ground: Ground) -> tuple[list[Lamp], float]:
    """One or two lamps and an even sky that together light a sheet on the floor to a chosen brightness.

    A cut-out was photographed on white, most often; without that floor's light from below it needs more.
    """
    low, high = {"white": (1.08, 1.25), "cut-out": (0.95, 1.15)}.get(ground.kind, (0.92, 1.15))
    total = rng.uniform(low, high)
    share = rng.uniform(0.4, 0.6) if ground.kind in ("white", "cut-out") else rng.uniform(0.45, 0.75)
    count = int(rng.integers(1, 3))
    lamps = []
    for _ in range(count):
        place = toward(rng.uniform(0.85, 1.4), azimuth + rng.normal(0, 0.7)) * 5
        watts = total * share / count * pi**2 * 25 / (place[2] / 5)
        lamps.append(Lamp(middle + place, rng.uniform(0.8, 4), float(min(watts, 260))))
    return lamps, total * (1 - share)
