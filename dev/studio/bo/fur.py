"""Fur: single hairs on the skin, as Blender's hair curves: straight, wavy, or curled into locks.

Usage: ``hairs = grow(dog, posed, FURS["curly"], colors_of, seed)``, then ``hairs.into_scene(material)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np

from dev.studio.bo.scene import add, set_color
from dev.studio.bo.skeleton import EYES, Parts, Posed, Skeleton, normals, smoothstep


@dataclass(frozen=True)
class Fur:
    """What hair an animal has.

    Attributes:
        length: of the hair on the back, in meters.
        count: number of hairs; points: points of each.
        turns, curl: windings of a hair and the radius of its curls in meters.
        lock: size in meters of the locks whose hairs curl together; mess: how far locks point apart.
        lift: 0 lies flat, 1 stands on end; thick: radius of a hair in meters.
        head, muzzle, legs, ears, tail: length of the hair there as a share of that on the back.
    """

    length: float
    count: int = 22000
    points: int = 3
    turns: float = 0.0
    curl: float = 0.0
    lock: float = 0.03
    mess: float = 0.05
    lift: float = 0.3
    thick: float = 0.0017
    head: float = 0.8
    muzzle: float = 0.45
    legs: float = 1.0
    ears: float = 1.2
    tail: float = 1.4


FURS = {
    "bo": Fur(0.044, 26000, 9, 1.8, 0.0095, 0.028, 0.38, 0.62, 0.0021, 0.95, 0.55, 0.95, 1.35, 1.8),
    "curly": Fur(0.042, 24000, 9, 1.7, 0.0095, 0.028, 0.36, 0.6, 0.0021, 0.85, 0.5, 1.0, 1.2, 1.4),
    "long": Fur(0.055, 24000, 5, 0.4, 0.006, 0.03, 0.14, 0.3, 0.0018, 0.4, 0.2, 0.7, 1.0, 1.6),
    "medium": Fur(0.030, 24000, 4, 0.2, 0.003, 0.03, 0.12, 0.4, 0.0018, 0.55, 0.35, 0.6, 0.7, 1.6),
    "wiry": Fur(0.028, 22000, 5, 0.5, 0.004, 0.02, 0.4, 0.5, 0.0018, 0.8, 1.2, 0.8, 0.6, 0.8),
    "short": Fur(0.013, 24000, 3, 0, 0, 0.03, 0.05, 0.2, 0.0017, 0.7, 0.45, 0.8, 0.6, 1.0),
    "cat": Fur(0.020, 24000, 3, 0, 0, 0.03, 0.08, 0.3, 0.0016, 0.7, 0.45, 0.8, 0.1, 1.1),
    "cat-long": Fur(0.042, 24000, 4, 0.2, 0.003, 0.03, 0.12, 0.35, 0.0016, 0.6, 0.35, 0.6, 0.1, 1.6),
}
BARE = 0.018
CLEAR = 0.05
"""Distances from an eye in meters at rest: nearer than the first hair is shortest, from the second on it is whole."""


@dataclass(frozen=True, eq=False)
class Hairs:
    """Curves (hairs, points, 3), their radii (hairs, points) and colors (hairs, 3)."""

    curves: np.ndarray
    radii: np.ndarray
    colors: np.ndarray

    def into_scene(self, material: bpy.types.Material) -> bpy.types.Object:
        """The hairs as one object."""
        count, points = self.radii.shape
        data = bpy.data.hair_curves.new("fur")
        data.add_curves([points] * count)
        position = data.attributes.get("position") or data.attributes.new("position", "FLOAT_VECTOR", "POINT")
        position.data.foreach_set("vector", np.ascontiguousarray(self.curves, np.float32).ravel())
        radius = data.attributes.get("radius") or data.attributes.new("radius", "FLOAT", "POINT")
        radius.data.foreach_set("value", np.ascontiguousarray(self.radii, np.float32).ravel())
        set_color(data.attributes.new("Col", "FLOAT_COLOR", "CURVE"), self.colors)
        data.materials.append(material)
        return add("fur", data)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9)


def grow(
    dog: Skeleton, posed: Posed, fur: Fur, colors_of: Callable[[np.ndarray, Parts], np.ndarray], seed: int
) -> Hairs:
    """Hairs on a posed animal.

    Args:
        dog: whose skin it is.
        posed: where the skin is.
        fur: what hair grows.
        colors_of: gives colors (N, 3) for points at rest (N, 3) and their bones.
        seed: the same seed puts every hair into the same place of the skin.
    """
    rng = np.random.default_rng(seed)
    face, share = _roots(dog, fur.count, rng)

    def at_roots(values: np.ndarray) -> np.ndarray:
        return (values[dog.faces[face]] * share[:, :, None]).sum(1)

    root, rest = at_roots(posed.skin), at_roots(dog.rest)
    out = _unit(at_roots(normals(posed.skin, dog.faces)))
    parts = dog.parts.at(dog.faces[face, 0])
    is_part = {name: parts.are(*prefixes) for name, prefixes in PARTS.items()}
    length = fur.length * _relative_length(rest, is_part, fur) * rng.uniform(0.75, 1.2, fur.count)
    direction, phase = _directions(root, rest, out, is_part, posed, fur, rng)
    along = np.linspace(0, 1, fur.points)
    first = _unit(np.cross(direction, [0.3, 0.8, 0.5]))
    second = np.cross(direction, first)
    angle = phase[:, None] + along * 2 * np.pi * fur.turns
    curl = np.minimum(fur.curl, length * 0.35)[:, None] * np.minimum(1, along * 2.5)
    curves = root[:, None] + direction[:, None] * (length[:, None] * along)[..., None]
    curves += (curl * np.cos(angle))[..., None] * first[:, None] + (curl * np.sin(angle))[..., None] * second[:, None]
    curves[..., 2] = np.maximum(curves[..., 2] - 0.35 * length[:, None] * along**2, 0.002)
    radii = fur.thick * (1 - 0.75 * along**2) * np.ones((fur.count, 1))
    colors = colors_of(rest, parts) * rng.uniform(0.75, 1.25, (fur.count, 1))
    return Hairs(curves, radii, colors)


PARTS = {
    "head": ("skull", "jaw"),
    "limb": ("lower", "hand", "foot", "finger", "toe", "upper"),
    "lower": ("lower_arm", "lower_leg"),
    "paw": ("hand", "foot"),
    "toes": ("finger", "toe"),
    "tail": ("Ca_",),
}


def _roots(dog: Skeleton, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Faces (count,) and the shares of their corners (count, 3) where hairs grow: none on eyes, nose and pads."""
    corners = dog.rest[dog.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    pads = dog.is_part("finger", "toe") & (dog.rest[:, 2] < 0.004)
    bare = dog.region["eye"] | dog.region["nose"] | pads
    area[bare[dog.faces].any(1)] = 0
    area *= np.where(dog.is_part("skull", "jaw", "finger", "toe", "hand")[dog.faces[:, 0]], 1.7, 1.0)
    face = rng.choice(len(area), count, p=area / area.sum())
    share = rng.random((count, 2))
    beyond = share.sum(1) > 1
    share[beyond] = 1 - share[beyond]
    return face, np.column_stack([1 - share.sum(1), share])


def _relative_length(rest: np.ndarray, is_part: dict[str, np.ndarray], fur: Fur) -> np.ndarray:
    """Length of each hair as a share of that on the back; short around the eyes so that one sees them."""
    length = np.ones(len(rest))
    head = is_part["head"]
    ear = head & (rest[:, 2] > 0.735) & (np.abs(rest[:, 1]) > 0.03) & (rest[:, 0] < 0.34)
    length[head] = fur.head
    length[head & (rest[:, 0] > 0.37)] = fur.muzzle
    length[ear] = fur.ears
    length[is_part["lower"]] = fur.legs
    length[is_part["paw"]] = 0.85 * fur.legs
    length[is_part["toes"]] = 0.6 * fur.legs
    length[is_part["tail"]] = fur.tail * np.minimum(1, 0.5 + 1.2 * (-0.3 - rest[is_part["tail"], 0]))
    nearest = np.linalg.norm(rest[:, None] - EYES[None], axis=2).min(1)
    nose = np.linalg.norm(rest - [0.452, 0, 0.675], axis=1)
    length *= 0.08 + 0.92 * smoothstep(BARE, CLEAR, nearest)
    return length * (0.2 + 0.8 * smoothstep(0.02, 0.05, nose))


def _directions(
    root: np.ndarray,
    rest: np.ndarray,
    out: np.ndarray,
    is_part: dict[str, np.ndarray],
    posed: Posed,
    fur: Fur,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Where each hair points (N, 3), and the phase of its curl (N,): alike within a lock, away from the eyes."""
    flow = np.tile([-0.8, 0.0, -0.55], (len(root), 1))
    flow[is_part["limb"]] = [-0.15, 0, -1]
    along = flow - (flow * out).sum(1, keepdims=True) * out
    direction = _unit(out * fur.lift + along * (1 - fur.lift))
    cell = np.floor(rest / fur.lock).astype(np.int64)
    lock = (cell * [73856093, 19349663, 83492791]).sum(1) % 9973
    apart = np.stack([np.cos(lock * 1.7), np.sin(lock * 2.3), np.cos(lock * 0.9)], -1)
    direction = direction + apart * fur.mess
    for eye, eye_at_rest in zip(posed.eyes, EYES, strict=True):
        near = is_part["head"] * smoothstep(0.075, 0.02, np.linalg.norm(rest - eye_at_rest, axis=1))
        direction += 1.6 * near[:, None] * _unit(root - eye)
    return _unit(direction), lock / 9973 * 2 * np.pi + rng.normal(0, 0.35, len(root))
