"""Fur: single hairs on the skin, as Blender's hair curves: straight, wavy, or curled into locks.

Usage: ``hairs = grow(dog, posed, FURS["curly"], colors_of, seed)``, then ``hairs.into_scene(toward_camera)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np
from scipy.spatial import cKDTree

from dev.studio.bo.scene import add, haired, set_color
from dev.studio.bo.skeleton import Parts, Posed, Skeleton, normals, smoothstep


@dataclass(frozen=True)
class Fur:
    """What hair an animal has.

    Attributes:
        length: of the hair on the back, in meters.
        count: number of hairs; points: points of each.
        lock: distance between locks in meters; clump: how far the tips of a lock run together, from 0 to 1.
        turns, curl: windings of a lock and the radius of its curls in meters.
        mess: how far locks point apart; lift: 0 lies flat, 1 stands on end; thick: radius of a hair in meters.
        head, muzzle, legs, ears, tail: length of the hair there as a share of that on the back.
    """

    length: float
    count: int = 60000
    points: int = 4
    lock: float = 0.012
    clump: float = 0.45
    turns: float = 0.0
    curl: float = 0.0
    mess: float = 0.10
    lift: float = 0.3
    thick: float = 0.0008
    head: float = 0.8
    muzzle: float = 0.45
    legs: float = 1.0
    ears: float = 1.2
    tail: float = 1.4


FURS = {
    "bo": Fur(0.040, 80000, 8, 0.019, 0.62, 1.35, 0.0085, 0.30, 0.62, 0.0009, 0.95, 0.55, 0.95, 1.35, 1.8),
    "curly": Fur(0.038, 80000, 8, 0.018, 0.62, 1.4, 0.0085, 0.30, 0.60, 0.0009, 0.85, 0.5, 1.0, 1.2, 1.4),
    "long": Fur(0.055, 70000, 5, 0.014, 0.55, 0.35, 0.005, 0.16, 0.26, 0.0008, 0.4, 0.2, 0.7, 1.0, 1.6),
    "medium": Fur(0.030, 70000, 4, 0.010, 0.45, 0.15, 0.002, 0.12, 0.34, 0.0008, 0.5, 0.3, 0.55, 0.6, 1.6),
    "wiry": Fur(0.024, 70000, 5, 0.010, 0.55, 0.3, 0.003, 0.30, 0.45, 0.0008, 0.8, 1.3, 0.8, 0.6, 0.8),
    "short": Fur(0.010, 60000, 3, 0.006, 0.30, 0, 0, 0.05, 0.18, 0.0008, 0.6, 0.4, 0.7, 0.6, 1.0),
    "cat": Fur(0.018, 70000, 3, 0.008, 0.35, 0, 0, 0.08, 0.24, 0.0008, 0.62, 0.35, 0.6, 0.30, 1.2),
    "cat-long": Fur(0.042, 70000, 4, 0.012, 0.5, 0.15, 0.002, 0.12, 0.28, 0.0008, 0.5, 0.25, 0.55, 0.25, 1.5),
}


@dataclass(frozen=True, eq=False)
class Hairs:
    """Curves (hairs, points, 3), their radii (hairs, points), colors (hairs, 3), and the skin's normals (hairs, 3)."""

    curves: np.ndarray
    radii: np.ndarray
    colors: np.ndarray
    normals: np.ndarray

    def into_scene(self, toward_camera: np.ndarray) -> bpy.types.Object:
        """Those hairs that a camera in the direction `toward_camera` (3,) may see, as one object."""
        seen = self.normals @ toward_camera > -0.35
        count, points = self.radii[seen].shape
        data = bpy.data.hair_curves.new("fur")
        data.add_curves([points] * count)
        position = data.attributes.get("position") or data.attributes.new("position", "FLOAT_VECTOR", "POINT")
        position.data.foreach_set("vector", np.ascontiguousarray(self.curves[seen], np.float32).ravel())
        radius = data.attributes.get("radius") or data.attributes.new("radius", "FLOAT", "POINT")
        radius.data.foreach_set("value", np.ascontiguousarray(self.radii[seen], np.float32).ravel())
        set_color(data.attributes.new("Col", "FLOAT_COLOR", "CURVE"), self.colors[seen])
        out = data.attributes.new("Out", "FLOAT_VECTOR", "CURVE")
        out.data.foreach_set("vector", np.ascontiguousarray(self.normals[seen], np.float32).ravel())
        data.materials.append(haired())
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
    length = fur.length * _relative_length(dog, rest, is_part, fur) * rng.uniform(0.75, 1.2, fur.count)
    guides = max(1, int(fur.count * min(1.0, (0.0042 / fur.lock) ** 2)))
    guide = cKDTree(rest[:guides]).query(rest)[1]
    apart, phase = rng.normal(size=(guides, 3)), rng.uniform(0, 2 * np.pi, guides)
    direction = _directions(dog, root, rest, out, is_part, posed, fur)
    direction = _unit(direction + apart[guide] * fur.mess)
    along = np.linspace(0, 1, fur.points)
    first = _unit(np.cross(direction, [0.3, 0.8, 0.5]))
    second = np.cross(direction, first) * np.where(phase[guide] > np.pi, 1, -1)[:, None]
    angle = (phase[guide] + rng.normal(0, 0.22, fur.count))[:, None] + along * 2 * np.pi * fur.turns
    curl = np.minimum(fur.curl, length * 0.3)[:, None] * np.minimum(1, along * 2.2)
    curves = root[:, None] + direction[:, None] * (length[:, None] * along)[..., None]
    curves += (curl * np.cos(angle))[..., None] * first[:, None] + (curl * np.sin(angle))[..., None] * second[:, None]
    aside = root[guide] - root
    aside *= np.minimum(1, 0.8 * length / (np.linalg.norm(aside, axis=1) + 1e-9))[:, None]
    curves += aside[:, None] * (fur.clump * along**1.3)[None, :, None]
    curves[..., 2] = np.maximum(curves[..., 2] - 0.35 * length[:, None] * along**2, 0.002)
    radii = fur.thick * (1 - 0.75 * along**2) * np.ones((fur.count, 1))
    shade = rng.uniform(0.86, 1.14, (guides, 1))[guide] * rng.uniform(0.82, 1.18, (fur.count, 1))
    return Hairs(curves, radii, colors_of(rest, parts) * shade, out)


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
    area *= np.where(dog.is_part("skull", "jaw", "finger", "toe", "hand")[dog.faces[:, 0]], 2.2, 1.0)
    face = rng.choice(len(area), count, p=area / area.sum())
    share = rng.random((count, 2))
    beyond = share.sum(1) > 1
    share[beyond] = 1 - share[beyond]
    return face, np.column_stack([1 - share.sum(1), share])


def _relative_length(dog: Skeleton, rest: np.ndarray, is_part: dict[str, np.ndarray], fur: Fur) -> np.ndarray:
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
    nearest = np.linalg.norm(rest[:, None] - dog.eyes[None], axis=2).min(1) - dog.eye_radius
    nose = np.linalg.norm(rest - dog.rest[dog.region["nose"]].mean(0), axis=1)
    length *= 0.08 + 0.92 * smoothstep(*dog.bare[0], nearest)
    return length * (0.2 + 0.8 * smoothstep(*dog.bare[1], nose))


def _directions(
    dog: Skeleton,
    root: np.ndarray,
    rest: np.ndarray,
    out: np.ndarray,
    is_part: dict[str, np.ndarray],
    posed: Posed,
    fur: Fur,
) -> np.ndarray:
    """Where each hair points (N, 3): backwards, down the limbs, and away from the eyes and the nose."""
    flow = np.tile([-0.8, 0.0, -0.55], (len(root), 1))
    flow[is_part["limb"]] = [-0.15, 0, -1]
    nose = dog.rest[dog.region["nose"]].mean(0) + np.array([0.02, 0, 0.01])
    away = _unit(rest - nose) @ posed.skull[:, :3].T
    flow[is_part["head"]] = away[is_part["head"]] + np.array([0, 0, -0.25])
    along = flow - (flow * out).sum(1, keepdims=True) * out
    direction = _unit(out * fur.lift + _unit(along) * (1 - fur.lift))
    for eye, eye_at_rest in zip(posed.eyes, dog.eyes, strict=True):
        near = is_part["head"] * smoothstep(0.05, 0.02, np.linalg.norm(rest - eye_at_rest, axis=1))
        aside = root - eye
        aside -= (aside * out).sum(1, keepdims=True) * out
        direction += 1.6 * near[:, None] * _unit(aside)
    return _unit(direction)
