"""How fruit spoils: brown patches, soft dents, wrinkles, mold, black peel.

Usage: ``spoil_apple(surface, rng, severity)``; each function changes a painted `Surface` in place, notes in
``surface.rot`` how spoiled each vertex looks, and returns the place of the worst of it. `severity` runs from 0, barely
spoiled, to 1. What was noise or distance becomes one field for each patch, which drives color, gloss and depth alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dev.studio.fruit.noise import Noise, mix, pick, rgb, ridges, step, tint
from dev.studio.fruit.shape import Surface
from dev.studio.fruit.skin import along_peel

BROWNS = [
    (rgb(120, 70, 35), rgb(160, 102, 55)),
    (rgb(82, 44, 22), rgb(120, 72, 38)),
    (rgb(146, 94, 50), rgb(186, 128, 74)),
    (rgb(104, 60, 30), rgb(196, 140, 84)),
    (rgb(44, 31, 24), rgb(96, 62, 42)),
]


MILD_APPLES = (
    [("patch",), ("spots",), ("fine",), ("patch", "spots"), ("scab",), ("fine", "patch")],
    [0.42, 0.12, 0.12, 0.1, 0.1, 0.14],
)
BAD_APPLES = (
    [
        ("patch",),
        ("wrinkles",),
        ("fine", "stain"),
        ("patch", "wrinkles"),
        ("patch", "fine"),
        ("spots", "patch"),
        ("stain", "patch"),
        ("stain", "wrinkles"),
        ("scab", "patch"),
        ("scab", "stain", "fine"),
    ],
    [0.18, 0.07, 0.1, 0.12, 0.14, 0.07, 0.12, 0.08, 0.06, 0.06],
)
"""Ways in which an apple spoils that come together, and their shares."""
SMALL = 0.72
"""The size of a small mark beside that of another."""
SMALL_APPLES = ([("patch",), ("spots",), ("patch", "spots")], [0.6, 0.25, 0.15])
SMALL_ORANGES = ([("mold",), ("brown",), ("brown", "sores"), ("sores",)], [0.45, 0.3, 0.15, 0.1])
"""The same for a mark that is small."""


def _patch(surface: Surface, rng: np.random.Generator, centers: np.ndarray, radius: float, ragged: float) -> np.ndarray:
    """A field above 0 within about `radius` of the `centers`, 1 in their middle, with an edge as `ragged` as that."""
    field = np.full(surface.u.size, -9.0)
    for center in centers:
        distance = np.linalg.norm(surface.points - center, axis=1)
        field = np.maximum(field, 1 - distance / (radius * rng.uniform(0.75, 1.25)))
    return field + ragged * (Noise(rng, 1.8)(surface.points) - 0.5)


def _somewhere(surface: Surface, rng: np.random.Generator, count: int, low: float = -9, high: float = 9) -> np.ndarray:
    """Places (count, 3) on the surface, at heights between `low` and `high`; the poles no likelier than the rest."""
    points = surface.points
    weight = np.where((points[:, 2] > low) & (points[:, 2] < high), np.hypot(points[:, 0], points[:, 1]) + 1e-3, 0)
    return points[rng.choice(len(points), size=count, p=weight / weight.sum())]


def _note(surface: Surface, before: np.ndarray) -> None:
    """Say how spoiled each vertex looks: by how far its color went from `before`, and by how deep it sank."""
    change = np.abs(surface.color - before).sum(1) / 0.5
    depth = np.abs(surface.push - np.median(surface.push)) * 5
    surface.rot[:] = np.clip(change + np.clip(depth, 0, 0.35), 0, 1)


def _worst(surface: Surface) -> np.ndarray:
    """The middle of what is spoiled."""
    weight = surface.rot**2 * np.hypot(surface.points[:, 0], surface.points[:, 1])
    return (surface.points * weight[:, None]).sum(0) / (weight.sum() + 1e-9)


def _contrasting(rng: np.random.Generator, skin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two browns that can be told from the `skin` around them."""
    options = [pair for pair in BROWNS if np.abs(pair[0] - skin).sum() > 0.34] or BROWNS[-1:]
    return pick(rng, options, [0.4 if pair is BROWNS[-1] else 1 for pair in options])


def spoil_apple(skin: Surface, rng: np.random.Generator, severity: float, small: bool = False) -> np.ndarray:
    """One to three kinds of decay on an apple; the milder, the fewer and smaller, but never faint."""
    modes = pick(rng, *(SMALL_APPLES if small else MILD_APPLES if severity < 0.3 else BAD_APPLES))
    if not small and rng.random() < 0.35 + severity:  # the rest of the apple may be as good as new
        _dull(skin, rng, 0.15 + 0.35 * severity)
    before = skin.color.copy()
    if "stain" in modes:
        _stain(skin, rng, severity)
    if "scab" in modes:
        _scab(skin, rng, severity)
    if "wrinkles" in modes:
        _wrinkle_apple(skin, rng, severity)
    if "fine" in modes:
        _fine_wrinkles(skin, rng)
    if "patch" in modes:
        _brown_patch(skin, rng, severity, SMALL if small else 1)
    if "spots" in modes:
        _spots(skin, rng, severity)
    _note(skin, before)
    return _worst(skin)


def _dull(skin: Surface, rng: np.random.Generator, amount: float) -> None:
    """Less color and less gloss all over."""
    old = skin.color.mean(1, keepdims=True) * np.array([[1.08, 0.97, 0.78]])
    skin.color[:] = mix(skin.color, old, amount * rng.uniform(0.4, 1))
    skin.roughness[:] = np.maximum(skin.roughness, rng.uniform(0.35, 0.5))


def _stain(skin: Surface, rng: np.random.Generator, severity: float) -> None:
    """Skin gone brown in large clouds."""
    cloud = 0.7 * Noise(rng, 1.2)(skin.points) + 0.3 * Noise(rng, 4)(skin.points)
    edge = 0.75 - 0.7 * severity * rng.uniform(0.6, 1)
    brown = tint(rng, pick(rng, [rgb(150, 96, 52), rgb(120, 68, 38), rgb(165, 112, 60), rgb(110, 50, 34)]))
    skin.color[:] = mix(skin.color, brown, rng.uniform(0.55, 0.9) * step(edge - 0.15, edge + 0.2, cloud))


def _scab(skin: Surface, rng: np.random.Generator, severity: float) -> None:
    """Russet and dark crusts in a fine mottle, thick in some places and none in others."""
    mottle = 0.8 * Noise(rng, rng.uniform(6, 13))(skin.points) + 0.2 * Noise(rng, 20)(skin.points)
    mottle += 0.7 * (Noise(rng, 0.7)(skin.points) - 0.5)
    edge = 0.66 - 0.2 * severity
    russet, dark = tint(rng, rgb(150, 98, 50)), tint(rng, rgb(82, 50, 27))
    skin.color[:] = mix(skin.color, russet, 0.65 * step(edge - 0.25, edge + 0.15, mottle))
    skin.color[:] = mix(skin.color, dark, 0.75 * step(edge + 0.1, edge + 0.4, mottle))
    skin.roughness[:] = np.maximum(skin.roughness, 0.5)


def _fine_wrinkles(skin: Surface, rng: np.random.Generator) -> None:
    """The net of thin folds of an apple that lay for months."""
    turns = rng.uniform(3, 5)
    place = np.stack([np.cos(skin.v) * turns, np.sin(skin.v) * turns, skin.u * rng.uniform(1.2, 2.5)], -1)
    valley = np.maximum(ridges(Noise(rng, 0.8)(place)) ** 2, 0.8 * ridges(Noise(rng, 1.4)(place)) ** 2)
    skin.push -= rng.uniform(0.015, 0.035) * valley * np.sin(skin.u) ** 0.5
    skin.push -= rng.uniform(0, 0.15) * (Noise(rng, 0.8)(skin.points) - 0.4)
    shade = tint(rng, pick(rng, [rgb(120, 70, 38), rgb(96, 52, 34), rgb(150, 100, 50)]))
    skin.color[:] = mix(skin.color, shade, rng.uniform(0.2, 0.55) * valley)
    skin.roughness[:] = np.maximum(skin.roughness, 0.42)


def _wrinkle_apple(skin: Surface, rng: np.random.Generator, severity: float) -> None:
    """A shrunken skin, folded from stem to blossom."""
    turns = rng.uniform(1.6, 3)
    place = np.stack([np.cos(skin.v) * turns, np.sin(skin.v) * turns, skin.u * 1.1], -1)
    fold = ridges(Noise(rng, 0.7)(place)) * 0.7 + ridges(Noise(rng, 1.6)(place)) * 0.3
    skin.push += rng.uniform(0.04, 0.06 + 0.05 * severity) * (fold - 0.5) * np.sin(skin.u) ** 0.5
    skin.push -= 0.25 * severity * rng.random() * (Noise(rng, 0.8)(skin.points) - 0.4)
    brown = pick(rng, [rgb(130, 75, 40), rgb(112, 52, 36), rgb(172, 118, 56)])
    skin.color[:] = mix(skin.color, brown, rng.uniform(0.3, 0.8) * step(0.2, 0.7, Noise(rng, 0.9)(skin.points)))
    skin.color *= (0.74 + 0.3 * fold)[:, None]
    skin.roughness[:] = np.maximum(skin.roughness, 0.45)


def _brown_patch(skin: Surface, rng: np.random.Generator, severity: float, size: float = 1) -> None:
    """A soft brown place, sunken, often ringed or crumpled, sometimes torn or with pustules of mold."""
    points = skin.points
    count = 1 if severity < 0.3 else pick(rng, [1, 2, 3], [0.6, 0.25, 0.15])
    radius = size * (rng.uniform(0.6, 0.8) + severity * rng.uniform(0.1, 0.8))
    field = _patch(skin, rng, _somewhere(skin, rng, count, -0.5, 0.6), radius, rng.uniform(0.06, 0.4))
    soft = rng.uniform(0.02, 0.1) if rng.random() < 0.65 else rng.uniform(0.15, 0.35)
    inside = step(0, soft, field + 0.5 * soft * (_grain(rng, points, 18) - 0.5))
    dark, light = _contrasting(rng, np.median(skin.color, axis=0))
    shade = 0.4 * Noise(rng, 2)(points) + 0.3 * Noise(rng, 9)(points) + 0.5 * step(0.45, 0, field) - 0.1
    brown = mix(np.tile(dark, (len(points), 1)), light, np.clip(shade, 0, 1))
    brown = mix(brown, skin.color * np.array([0.62, 0.5, 0.5]), rng.uniform(0, 0.55))  # the skin is still there
    if rng.random() < 0.5:
        rings = np.sin(field * rng.uniform(18, 40) + 3 * Noise(rng, 1.5)(points))
        brown *= (1 + rng.uniform(0.03, 0.1) * rings)[:, None]
        skin.push += 0.006 * rings * inside
    if rng.random() < 0.3:
        brown *= (1 - rng.uniform(0.2, 0.45) * step(0.3, 0.6, field))[:, None]  # darkest where it began
    fold = _crumples(skin, rng, field)
    crumple = rng.uniform(0.01, 0.045) * (0.4 + 0.6 * severity) * (rng.random() < 0.6)
    brown *= (1 - 6 * crumple * (1 - fold))[:, None]
    skin.color[:] = mix(skin.color, brown, inside * rng.uniform(0.88, 1))
    skin.color *= (1 - 0.3 * np.exp(-((field / 0.06) ** 2)) * (rng.random() < 0.5))[:, None]
    skin.roughness[:] = mix(skin.roughness[:, None], np.array([[rng.uniform(0.35, 0.7)]]), inside)[:, 0]
    skin.push += inside * (crumple * (fold - 0.5) - step(0, 0.6, field) * rng.uniform(0.04, 0.2))
    if rng.random() < 0.15:
        _pustules(skin, rng, field)
    if rng.random() < 0.2:
        deepest = points[np.argmax(field * (np.abs(points[:, 2]) < 0.6))]
        hole = step(0, 0.15, _patch(skin, rng, deepest[None], rng.uniform(0.2, 0.4), 0.35))
        skin.push -= hole * 0.2
        skin.color[:] = mix(skin.color, pick(rng, [rgb(52, 30, 18), rgb(205, 155, 95)]), hole * 0.9)


def _crumples(skin: Surface, rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """Folds (1 on their crests) of the loose skin over a soft place: a net, or arcs about its middle."""
    net = 0.75 * ridges(Noise(rng, rng.uniform(1.3, 2.6))(skin.points)) + 0.25 * ridges(Noise(rng, 4)(skin.points))
    if rng.random() < 0.5:
        return net
    arcs = 0.5 + 0.5 * np.sin(field * rng.uniform(25, 45) + 9 * Noise(rng, 1.3)(skin.points))
    return 0.55 * arcs + 0.45 * net


def _pustules(skin: Surface, rng: np.random.Generator, field: np.ndarray) -> None:
    """Small cushions of mold in the middle of a patch, with brown between them, often in rings."""
    points = skin.points
    rings = 0.5 + 0.5 * np.sin(field * rng.uniform(22, 38)) if rng.random() < 0.6 else 0.6
    grains = _grain(rng, points, rng.uniform(24, 40)) + 0.25 * (rings - 0.5)
    cushions = step(0.56, 0.82, grains) * step(0.1, 0.3, field)
    mold = pick(rng, [rgb(196, 180, 150), rgb(176, 154, 118), rgb(140, 138, 128)])
    skin.color[:] = mix(skin.color, mold, cushions * 0.75)
    skin.roughness[:] = np.maximum(skin.roughness, cushions)
    skin.push += 0.018 * cushions


def _spots(skin: Surface, rng: np.random.Generator, severity: float) -> None:
    """Many small dark sores."""
    count = int(rng.integers(7, 20) + 15 * severity)
    radii = rng.uniform((0.05, 0.12), (0.1, 0.24))
    field = np.maximum(*(_patch(skin, rng, _somewhere(skin, rng, count), radius, 0.7) for radius in radii))
    sores = step(0, 0.25, field)
    skin.color[:] = mix(skin.color, skin.color * np.array([0.86, 0.7, 0.6]), step(-0.6, 0, field))
    brown = pick(rng, [rgb(70, 42, 25), rgb(45, 30, 24), rgb(105, 62, 32)])
    skin.color[:] = mix(skin.color, brown, sores * 0.92)
    skin.push -= sores * 0.018


ORANGE_WAYS = (
    [
        ("mold",),
        ("dent", "mold"),
        ("dried", "mold"),
        ("brown", "mold"),
        ("dried", "powder"),
        ("brown", "powder"),
        ("brown", "dried"),
        ("dried",),
        ("brown", "sores"),
    ],
    [0.36, 0.12, 0.06, 0.08, 0.1, 0.06, 0.1, 0.06, 0.06],
)
"""Ways in which an orange spoils that come together, in the order in which they are painted, and their shares."""
MOLDS = [
    rgb(112, 120, 92),
    rgb(140, 152, 124),
    rgb(104, 128, 124),
    rgb(84, 94, 82),
    rgb(118, 132, 140),
    rgb(164, 170, 148),
]


def spoil_orange(peel: Surface, rng: np.random.Generator, severity: float, small: bool = False) -> np.ndarray:
    """Mold most often; else a powder of it, a brown soft place, a dried and wrinkled peel, or sores."""
    modes, size = pick(rng, *(SMALL_ORANGES if small else ORANGE_WAYS)), SMALL if small else 1
    _dull_orange(peel, rng, 0 if small else severity)
    before = peel.color.copy()
    if "dent" in modes or (not small and rng.random() < 0.25):
        peel.push += rng.uniform(0.15, 0.3 + 0.3 * severity) * (Noise(rng, 0.7)(peel.points) - 0.5)
    if "dried" in modes:
        _dry_orange(peel, rng, severity)
    if "brown" in modes:
        _brown_orange(peel, rng, severity, size)
    if "powder" in modes:
        _powder(peel, rng, severity)
    if "mold" in modes:
        _mold_orange(peel, rng, severity, size)
    if "sores" in modes:
        count = int(rng.integers(4, 16))
        sores = step(0, 0.4, _patch(peel, rng, _somewhere(peel, rng, count), rng.uniform(0.12, 0.26), 0.8))
        peel.color[:] = mix(peel.color, pick(rng, [rgb(70, 40, 20), rgb(96, 50, 20)]), sores * 0.9)
        peel.push -= sores * 0.04
    _note(peel, before)
    return _worst(peel)


def _grain(rng: np.random.Generator, points: np.ndarray, scale: float) -> np.ndarray:
    """Noise (n,) as fine as grains of dust, spread over 0–1, thicker in some places than in others."""
    return np.clip(0.75 * Noise(rng, scale)(points) + 0.35 * Noise(rng, scale / 5)(points) - 0.05, 0, 1)


def _dull_orange(peel: Surface, rng: np.random.Generator, severity: float) -> None:
    """A peel that lost its shine and a little of its brightness, unevenly."""
    cloud = Noise(rng, 1.3)(peel.points)
    amount = rng.uniform(0, 0.25 + 0.35 * severity)
    peel.color[:] = mix(peel.color, peel.color * np.array([0.8, 0.66, 0.6]), amount * (0.5 + 0.5 * cloud))
    peel.roughness[:] = np.maximum(peel.roughness, rng.uniform(0.42, 0.6))


def _dry_orange(peel: Surface, rng: np.random.Generator, severity: float) -> None:
    """A shrunken peel in coarse folds, darker and redder in their valleys."""
    fold = 0.65 * ridges(Noise(rng, rng.uniform(1.1, 2))(peel.points)) + 0.35 * ridges(Noise(rng, 3.5)(peel.points))
    peel.push += rng.uniform(0.05, 0.07 + 0.04 * severity) * (fold - 0.5)
    deep = pick(rng, [rgb(168, 70, 16), rgb(140, 52, 18), rgb(172, 92, 24)])
    peel.color[:] = mix(peel.color, deep, rng.uniform(0.25, 0.95) * step(0.1, 0.7, Noise(rng, 0.9)(peel.points)))
    peel.color *= (0.74 + 0.28 * fold)[:, None]
    peel.roughness[:] = np.maximum(peel.roughness, 0.55)


def _brown_orange(peel: Surface, rng: np.random.Generator, severity: float, size: float = 1) -> None:
    """Soft places where the peel darkens, stippled at their edge, with perhaps a black middle and mold in it."""
    points = peel.points
    count = int(rng.integers(1, 3 + round(2 * severity)))
    field = _patch(
        peel, rng, _somewhere(peel, rng, count, -0.6, 0.6), size * (0.5 + 0.6 * severity), rng.uniform(0.4, 0.9)
    )
    edge = rng.uniform(0.25, 0.7)
    inside = step(-0.1, edge, field + 0.3 * (_grain(rng, points, 30) - 0.5))
    deeper = np.array(pick(rng, [(0.62, 0.44, 0.6), (0.5, 0.34, 0.6), (0.42, 0.32, 0.8)]))
    brown = peel.color * deeper * (0.85 + 0.3 * Noise(rng, 3)(points))[:, None]
    peel.color[:] = mix(peel.color, brown, inside * rng.uniform(0.85, 1))
    peel.push -= step(-0.1, edge, field) * rng.uniform(0.04, 0.16)
    if rng.random() < 0.4:
        middle = field - rng.uniform(0.35, 0.6) + 0.25 * (_grain(rng, points, 14) - 0.5)
        black = step(0, 0.12, middle)
        peel.color[:] = mix(peel.color, pick(rng, [rgb(44, 30, 24), rgb(58, 36, 24)]), black * 0.95)
        dust = step(0.45, 0.7, _grain(rng, points, 22)) * step(0.12, 0.3, middle)
        peel.color[:] = mix(peel.color, pick(rng, [rgb(206, 206, 200), rgb(120, 134, 136)]), dust * 0.9)
        peel.push -= black * 0.05


def _powder(peel: Surface, rng: np.random.Generator, severity: float) -> None:
    """A white dust that sits on the peel in grains, thick in clouds."""
    points = peel.points
    thick = Noise(rng, rng.uniform(0.5, 0.9))(points) + rng.uniform(-0.15, 0.15) + 0.3 * severity
    dust = step(-0.06, 0.14, thick - 0.45 - 0.8 * (_grain(rng, points, rng.uniform(24, 38)) - 0.4))
    chalk = tint(rng, pick(rng, [rgb(202, 196, 182), rgb(180, 178, 164), rgb(166, 172, 150)]))
    peel.color[:] = mix(peel.color, chalk, dust * rng.uniform(0.75, 0.95))
    peel.roughness[:] = np.maximum(peel.roughness, dust)
    peel.push += 0.012 * dust


def _mold_orange(peel: Surface, rng: np.random.Generator, severity: float, size: float = 1) -> None:
    """Penicillium: white threads that thin out into the peel, and a dust of green or blue spores where they are old."""
    points = peel.points
    count = 1 if severity < 0.5 else int(rng.integers(1, 4))
    radius = size * (0.52 + 0.8 * severity * rng.uniform(0.7, 1.2))
    field = _patch(peel, rng, _somewhere(peel, rng, count, -0.4, 0.7), radius, rng.uniform(0.15, 0.6))
    fine = _grain(rng, points, rng.uniform(22, 36))
    soft = rng.uniform(0.08, 0.4)
    peel.color[:] = mix(peel.color, peel.color * np.array([0.84, 0.66, 0.5]), 0.7 * step(-0.2 - soft, 0, field))
    white = step(-soft, 0.6 * soft, field + rng.uniform(0.3, 0.8) * soft * (fine - 0.5))
    chalk = tint(rng, rgb(184, 182, 170), 0.015) * (0.88 + 0.12 * fine)[:, None]
    peel.color[:] = mix(peel.color, chalk, white * (0.72 + 0.2 * step(0, 0.3, field)))
    height = white * (0.012 + 0.008 * fine)
    if rng.random() < 0.88:
        height = height + _spores(peel, rng, field - soft / 2, fine)
    peel.roughness[:] = np.maximum(peel.roughness, white)
    peel.push += height
    if rng.random() < 0.4:
        peel.push -= step(0.1, 0.9, field) * rng.uniform(0.06, 0.28)


def _spores(peel: Surface, rng: np.random.Generator, field: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """Dust of spores where `field` is high, in a broad ring or over all of the middle; says how high it stands."""
    points = peel.points
    edge, soft = rng.uniform(0.02, 0.2), rng.uniform(0.08, 0.3)
    clouds = rng.uniform(0.1, 0.4) * (Noise(rng, 2.2)(points) - 0.5)
    spores = step(edge - soft / 2, edge + soft, field + clouds + 0.25 * (fine - 0.5))
    if rng.random() < 0.15:
        spores = spores * step(edge + 0.75, edge + 0.5, field + 0.3 * clouds)
    young = tint(rng, pick(rng, MOLDS))
    old = young * rng.uniform(0.6, 0.95)
    crust = 0.5 * ridges(Noise(rng, 3)(points)) + 0.5 * _grain(rng, points, 12)
    green = mix(np.tile(young, (len(points), 1)), old, step(edge + 0.1, edge + 0.7, field + clouds))
    green *= (0.74 + 0.26 * crust + 0.2 * fine)[:, None]
    peel.color[:] = mix(peel.color, green, spores * rng.uniform(0.85, 0.97))
    return spores * (rng.uniform(0.006, 0.02) * crust - 0.006)


@dataclass(frozen=True)
class BananaDecay:
    """What the peels of a hand share: how far gone (0–1), whether the ends blacken first, how soft the edges of
    the black are, its color, mold, a gray bloom, and how shrunken."""

    level: float
    ends: float
    soft: float
    dark: np.ndarray
    mold: float
    bloom: float
    shrunken: float

    @staticmethod
    def draw(rng: np.random.Generator, severity: float) -> BananaDecay:
        """Decay of about that severity; peels of one hand then differ a little."""
        dark = pick(rng, [rgb(40, 26, 19), rgb(62, 38, 22), rgb(86, 52, 29), rgb(31, 28, 28)], [0.34, 0.32, 0.16, 0.18])
        mold, bloom = 0.8 * (rng.random() < 0.14), 0.65 * (rng.random() < 0.16)
        return BananaDecay(
            severity, rng.random(), rng.uniform(0.03, 0.2), tint(rng, dark, 0.01), mold, bloom, rng.random() ** 1.5
        )


def spoil_banana(peel: Surface, rng: np.random.Generator, decay: BananaDecay, radius: float) -> None:
    """Sugar spots that grow together, black ends, at last a black and shrunken peel of that `radius`."""
    place, level = along_peel(peel), decay.level
    cloud = (
        0.72 * Noise(rng, 0.7)(place) + 0.28 * Noise(rng, 2.6)(place) + 0.3 * decay.ends * (np.abs(peel.u - 0.5) - 0.25)
    )
    edge = 0.88 - 0.84 * level
    black = step(edge - 0.02, edge + decay.soft, cloud)
    streaks = Noise(rng, rng.uniform(1.6, 3.2))(place * np.array([0.6, 1.3, 1.3]))
    spots = step(0.8 - 0.35 * level, 0.86 - 0.35 * level, streaks)
    dark = mix(np.tile(decay.dark, (place.shape[0], 1)), decay.dark * 1.6 + 0.02, Noise(rng, 1.8)(place))
    color = mix(peel.color, peel.color * np.array([0.84, 0.7, 0.48]), 0.2 + 0.65 * level)
    before = color.copy()
    color = mix(color, rgb(82, 50, 24), spots * 0.88)
    color = mix(color, dark, black * 0.97)
    color = mix(color, decay.dark, 0.85 * step(0.13, 0, peel.u) + 0.8 * step(0.88, 1, peel.u))
    color = mix(color, rgb(205, 205, 196), decay.mold * 0.8 * step(0.72, 0.82, Noise(rng, 2)(place)))
    peel.color[:] = mix(color, rgb(108, 103, 106), decay.bloom * step(0.3, 0.8, Noise(rng, 1)(place)) * black)
    fold = (0.5 + 0.5 * np.cos(peel.v * 5)) * Noise(rng, 0.8)(place)
    peel.push += decay.shrunken * radius * (0.25 * (Noise(rng, 2)(place) - 0.5) - 0.35 * fold)
    peel.roughness[:] = mix(peel.roughness[:, None], np.array([[rng.uniform(0.4, 0.75)]]), black)[:, 0]
    _note(peel, before)


def spoil_flesh(face: Surface, rng: np.random.Generator, severity: float) -> None:
    """The inside of cut or peeled fruit: brown in soft clouds, darkest at one place, there perhaps with mold."""
    before = face.color.copy()
    points = face.points
    center = points[rng.integers(len(points))] * rng.uniform(0, 0.6)
    field = _patch(face, rng, center[None], 0.7 + 0.8 * severity, 0.6) + 0.12 * (_grain(rng, points, 10) - 0.5)
    cloud = 0.7 * Noise(rng, 1)(points) + 0.3 * Noise(rng, 6)(points)
    edge = 0.5 - 0.5 * severity
    brown = tint(rng, pick(rng, [rgb(150, 100, 55), rgb(120, 76, 42), rgb(164, 112, 60)]))
    shade = brown * (0.75 + 0.3 * Noise(rng, 3)(points) + 0.2 * Noise(rng, 12)(points))[:, None]
    spoiled = np.maximum(step(edge - 0.2, edge + 0.3, cloud), step(0, 0.3, field))
    face.color[:] = mix(face.color, shade, 0.92 * spoiled)
    dark = pick(rng, [rgb(62, 40, 26), rgb(84, 52, 30)])
    face.color[:] = mix(face.color, dark, 0.75 * step(0.25, 0.75, field))
    if rng.random() < 0.25:
        mold = step(0.5, 0.9, _grain(rng, points, 26)) * step(0.2, 0.7, field)
        face.color[:] = mix(face.color, pick(rng, [rgb(186, 182, 168), rgb(120, 132, 112)]), mold * 0.8)
    face.roughness[:] = rng.uniform(0.25, 0.6)
    _note(face, before)
