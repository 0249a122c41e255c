"""One fruit, or one hand of bananas, complete: shape, skin, rot, stem, leaves.

Usage: ``fruit = grow(rng, "apple", severity=0.4)``; a severity of None grows it sound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi

import numpy as np

from dev.studio.fruit import rot, shape, skin
from dev.studio.fruit.noise import pick, rgb, tint
from dev.studio.fruit.shape import Part


@dataclass
class Fruit:
    """What `scene` places.

    Attributes:
        parts: meshes in the fruit's own space; the first is the body.
        facing: what should be seen, as a place relative to the middle; None where any side will do.
        pose: ``round``, ``cut`` (the flat side shows), ``single`` (a banana on its side), ``hand``, ``peeled``.
        cultivar: a word for `factors.csv`.
    """

    parts: list[Part]
    facing: np.ndarray | None
    pose: str
    cultivar: str


def grow(
    rng: np.random.Generator, kind: str, severity: float | None, small: bool = False, whole: bool = False
) -> Fruit:
    """Grow an ``apple``, ``banana`` or ``orange``, spoiled as far as `severity` (0–1) says.

    Args:
        rng: what everything about it is drawn from.
        kind: which fruit.
        severity: None grows it sound.
        small: the rot is a small mark, and the rest as good as new.
        whole: neither cut nor peeled.
    """
    return {"apple": _apple, "banana": _banana, "orange": _orange}[kind](rng, severity, small, whole)


def _apple(rng: np.random.Generator, severity: float | None, small: bool, whole: bool) -> Fruit:
    shares = [kind.fresh if severity is None else kind.rotten for kind in skin.CULTIVARS.values()]
    name = pick(rng, list(skin.CULTIVARS), shares)
    kind = skin.CULTIVARS[name]
    cut = rng.random() < (0.07 if severity is None else 0.02) and not whole
    tall, lobes = kind.tall * rng.uniform(0.92, 1.07), kind.lobes * rng.uniform(0.3, 1.2)
    body = shape.apple_body(rng, tall, lobes, half=cut, detail=1 if severity is None else shape.FINE)
    skin.paint_apple(body, rng, kind)
    color = np.median(body.color, axis=0)
    facing = rot.spoil_apple(body, rng, severity, small) if severity is not None else None
    dots = rng.random() < 0.55 and (severity is None or severity < 0.5)
    wet = severity is None and rng.random() < 0.06
    parts = [body.part("wet apple" if wet else "dotted apple" if dots else "apple")]
    if cut:
        face = shape.cut_face(body)
        skin.paint_apple_flesh(face, rng, color)
        if severity is not None:
            rot.spoil_flesh(face, rng, max(severity, 0.35))
        parts.append(face.part("flesh"))
        facing = np.array([0, -1.0, 0])
    foot = body.grid[0, :, 2].mean()
    if rng.random() < 0.93:
        length = rng.uniform(0.3, 0.62)
        parts.append(shape.stem(rng, foot, length))
        if rng.random() < (0.36 if severity is None else 0.06):
            parts.append(shape.leaf(rng, np.array([0, 0, foot + 0.5 * length]), rng.uniform(0.6, 1.1)))
    return Fruit(parts, facing, "cut" if cut else "round", name)


def _orange(rng: np.random.Generator, severity: float | None, small: bool, whole: bool) -> Fruit:
    name = pick(rng, ["orange", "mandarin", "navel", "necked"], [0.52, 0.34, 0.1, 0.04])
    low, high = {"orange": (0.92, 1.02), "mandarin": (0.74, 0.9), "navel": (0.96, 1.03), "necked": (0.86, 0.96)}[name]
    cut = rng.random() < (0.06 if severity is None else 0.03) and not whole
    neck = rng.uniform(0.08, 0.18) if name == "necked" else 0.0
    detail = 1 if severity is None else shape.FINE
    body = shape.orange_body(rng, rng.uniform(low, high), neck, half=cut, detail=detail)
    skin.paint_orange(body, rng)
    color = np.median(body.color, axis=0)
    facing = rot.spoil_orange(body, rng, severity, small) if severity is not None else None
    parts = [body.part(pick(rng, ["fine orange", "orange", "coarse orange"], [0.35, 0.4, 0.25]))]
    if cut:
        face = shape.cut_disc(body)
        skin.paint_orange_flesh(face, rng, color)
        if severity is not None:
            rot.spoil_flesh(face, rng, max(severity, 0.4))
        parts.append(face.part("flesh"))
        return Fruit(parts, np.array([0, 0, 1.0]), "cut", name)
    foot = body.grid[0, :, 2].mean()
    if rng.random() < 0.65:
        parts.append(_calyx(rng, foot))
        if rng.random() < (0.55 if severity is None else 0.06):
            parts.append(shape.stem(rng, foot, rng.uniform(0.15, 0.3)))
            parts += [
                shape.leaf(rng, np.array([0, 0, foot + 0.1]), rng.uniform(0.7, 1.3)) for _ in range(rng.integers(1, 4))
            ]
    return Fruit(parts, facing, "round", name)


def _calyx(rng: np.random.Generator, foot: float) -> Part:
    """The little green star that the stem leaves on an orange."""
    around, share = np.linspace(0, 2 * pi, 40, endpoint=False), np.linspace(0.001, 1, 8)
    u, v = np.meshgrid(share, around, indexing="ij")
    radius = (0.07 + 0.035 * np.cos(5 * v)) * u
    star = shape.Surface(
        np.stack([radius * np.cos(v), radius * np.sin(v), foot + 0.035 - 0.03 * u**2], -1), u.ravel(), v.ravel()
    )
    star.color[:] = tint(rng, pick(rng, [rgb(110, 115, 50), rgb(120, 92, 52)], [0.6, 0.4]))
    star.roughness[:] = 0.7
    return star.part("stem")


def _banana(rng: np.random.Generator, severity: float | None, small: bool, whole: bool) -> Fruit:
    small = 0.7 if rng.random() < 0.12 else 1.0
    form = shape.BananaForm(
        length=rng.uniform(2.5, 3.1) * small,
        radius=rng.uniform(0.2, 0.26),
        bend=rng.uniform(0.75, 1.6) * (0.7 if small < 1 else 1),
        slope=rng.uniform(0.0, 0.5),
        stem=rng.uniform(0.09, 0.19),
        edges=rng.uniform(0.3, 0.85),
    )
    style = skin.BananaSkin.draw(rng)
    low, high = (0.16, 0.36) if small else (0.25, 1)
    decay = None if severity is None else rot.BananaDecay.draw(rng, low + (high - low) * severity)
    chance = rng.random()
    if chance < 0.07 and not whole:
        return _peeled(rng, form, style, decay)
    if chance < 0.5:
        part = _peel(rng, form, style, decay)
        part.vertices -= part.vertices.mean(0)
        return Fruit([part], None, "single", "banana" if small == 1 else "small")
    return _hand(rng, form, style, decay)


def _peel(
    rng: np.random.Generator, form: shape.BananaForm, style: skin.BananaSkin, decay: rot.BananaDecay | None
) -> Part:
    body = shape.banana_body(form)
    skin.paint_banana(body, rng, style, form.stem)
    if decay is None:
        return body.part("banana")
    rot.spoil_banana(body, rng, decay, form.radius)
    return body.part("old banana")


def _hand(rng, form: shape.BananaForm, style: skin.BananaSkin, decay: rot.BananaDecay | None) -> Fruit:
    """Bananas side by side from one crown."""
    count = int(rng.integers(2, 7)) if rng.random() < 0.88 else int(rng.integers(7, 10))
    fan = 1.75 * form.radius / (0.55 * form.length) * rng.uniform(0.85, 1.1)
    parts = []
    for number in range(count):
        place = number - (count - 1) / 2
        own = replace(form, length=form.length * rng.uniform(0.93, 1.05), slope=form.slope + rng.normal(0, 0.06))
        level = (
            None if decay is None else replace(decay, level=float(np.clip(decay.level + rng.normal(0, 0.08), 0.2, 1)))
        )
        part = _peel(rng, own, style, level)
        turn = rotation("z", place * fan + rng.normal(0, 0.03)) @ rotation("y", rng.normal(0, 0.04))
        part.vertices = (part.vertices + np.array([0.1, 0, 0])) @ turn.T + [0, place * 0.07, 0]
        part.normals = part.normals @ turn.T
        parts.append(part)
    half = 0.05 + 0.05 * count
    path = np.array(
        [
            [-0.03, -half, 0.01],
            [0.02, -half * 0.7, 0.01],
            [0.03, 0, 0.02],
            [0.02, half * 0.7, 0.01],
            [-0.03, half, 0.01],
        ]
    )
    crown = shape.tube(path, np.array([0.02, 0.11, 0.13, 0.11, 0.02]), 18)
    fresh = decay is None and rng.random() < 0.6
    crown.color[:] = (rgb(150, 135, 58) if fresh else rgb(60, 44, 28)) * rng.uniform(0.7, 1.25, (crown.u.size, 1))
    crown.push += rng.normal(0, 0.012, crown.u.size)
    crown.roughness[:] = 0.8
    return Fruit([*parts, crown.part("stem")], None, "hand", f"hand of {count}")


def _peeled(rng, form: shape.BananaForm, style: skin.BananaSkin, decay: rot.BananaDecay | None) -> Fruit:
    """A banana peeled from the tip, with three or four flaps hanging, or the bare flesh of a peeled one."""
    start = rng.uniform(0.3, 0.55)
    flesh = shape.banana_body(form, start - 0.04, 0.985, thin=0.82)
    skin.paint_banana_flesh(flesh, rng)
    if decay is not None:
        rot.spoil_flesh(flesh, rng, 0.4 + 0.5 * decay.level)
    body = shape.banana_body(form, 0, start)
    skin.paint_banana(body, rng, style, form.stem)
    if decay is not None:
        rot.spoil_banana(body, rng, decay, form.radius)
    parts = [body.part("banana" if decay is None else "old banana"), flesh.part("flesh")]
    count = int(rng.integers(3, 5))
    turn = rng.uniform(0, 2 * pi)
    for number in range(count):
        middle = turn + 2 * pi * number / count + rng.normal(0, 0.1)
        length = form.length * rng.uniform(0.28, 0.42)
        flap = shape.banana_flap(body, middle % (2 * pi), 2 * pi / count * 0.92, length, rng.uniform(1.5, 2.6))
        inside = rgb(238, 222, 150) if decay is None else rgb(150, 110, 60)
        flap.color[:] = tint(rng, inside)
        flap.roughness[:] = 0.6
        parts.append(flap.part("flesh"))
        flap.push -= 0.02
        flap.color[:] = style.color * rng.uniform(0.92, 1.02)
        if decay is not None:
            rot.spoil_banana(flap, rng, decay, 0)
        parts.append(flap.part("banana"))
    return Fruit(parts, None, "peeled", "peeled")


def rotation(axis: str, angle: float) -> np.ndarray:
    """Matrix (3, 3) that turns by `angle` radians about an axis."""
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix
