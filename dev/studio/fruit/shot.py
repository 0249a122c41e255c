"""A shot: all that a renderer needs, and the few functions that both cameras share. Pure numpy.

Usage: ``Shot(parts, camera, …)``; `scene` composes the shop's, `belt` those of the belt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dev.studio.fruit.shape import Part

LONGEST = 256
"""Longer side of a picture, in pixels."""
SENSOR = 18.0
"""Half the longer side of the camera's sensor, in mm."""


@dataclass
class Lamp:
    """A square lamp that looks at the fruit: place, side, and watts."""

    place: np.ndarray
    side: float
    watts: float


@dataclass
class Shot:
    """All that a renderer needs, and `facts` about it for ``factors.csv``.

    Attributes:
        parts: what to render, in the world's space (z up, the floor at 0).
        camera: place (3,). view: rotation (3, 3) whose columns are right, up and backwards.
        lens: focal length in mm, for a sensor of 36 mm along the longer side.
        sky: strength of the even light from all sides; warmth: its color.
        backdrop: what is behind, (height, width, 3).
        noise: seed of the renderer's sampling.
        white: whether a photographer would have made the ground white.
        facts: for ``factors.csv``.
        motion: how far the belt ran during the exposure, in pixels (right, up); None: a photo from the shop.
    """

    parts: list[Part]
    camera: np.ndarray
    view: np.ndarray
    lens: float
    width: int
    height: int
    lamps: list[Lamp]
    sky: float
    warmth: np.ndarray
    backdrop: np.ndarray
    noise: int
    white: bool
    facts: dict[str, object]
    motion: np.ndarray | None = None


def toward(elevation: float, azimuth: float) -> np.ndarray:
    """Unit vector from the fruit to the camera."""
    flat = np.cos(elevation)
    return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])


def move(parts: list[Part], by: np.ndarray) -> None:
    """Move meshes by a vector (3,)."""
    for part in parts:
        part.vertices = part.vertices + by


def visible_rot(parts: list[Part], direction: np.ndarray) -> float:
    """The share of what the camera sees of the fruit that looks spoiled; stems and leaves do not count."""
    seen = spoiled = 0.0
    for part in parts:
        if part.material in ("stem", "leaf"):
            continue
        corners = part.vertices[part.faces]
        area = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        facing = np.abs(area @ direction) * (part.normals[part.faces[:, 0]] @ direction > 0)
        seen += facing.sum()
        spoiled += (facing * (part.rot[part.faces[:, 0]] > 0.45)).sum()
    return float(spoiled / (seen + 1e-9))
