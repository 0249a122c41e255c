"""One picture: a posed hand with its sleeve, in the light, before a background.

Usage: ``shot = take(stage, view)`` gives light (H, W, C), coverage (H, W) and where the hand is; :func:`sleeve`
dresses the forearm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from dev.studio.hands.mesh import normals
from dev.studio.hands.raster import FAR, draw, shadow


@dataclass(frozen=True)
class Surface:
    """A mesh in the camera's frame: vertices (V, 3) meters, faces (F, 3), linear reflectance (V, C), gloss (V,)."""

    vertices: np.ndarray
    faces: np.ndarray
    albedo: np.ndarray
    gloss: np.ndarray


@dataclass(frozen=True)
class Light:
    """A lamp and what comes from all sides.

    Attributes:
        azimuth: degrees, 0 from the camera, > 0 from image right; elevation: degrees above the horizon.
        direct, ambient: strengths; hard: 0 (an overcast sky) to 1 (the sun), how dark the shadow is.
        color, sky: of the two, (C,) with mean 1.
    """

    azimuth: float
    elevation: float
    direct: float = 0.7
    ambient: float = 0.4
    hard: float = 0.6
    color: np.ndarray | float = 1.0
    sky: np.ndarray | float = 1.0

    @property
    def direction(self) -> np.ndarray:
        """Unit vector toward the lamp."""
        azimuth, elevation = np.radians(self.azimuth), np.radians(self.elevation)
        flat = np.cos(elevation)
        return np.array([np.sin(azimuth) * flat, np.sin(elevation), np.cos(azimuth) * flat])


@dataclass(frozen=True)
class Frame:
    """What the camera shows: center (x, y) and half height in meters in the plane z = 0, field of view in degrees.

    `aspect` below 1 makes things narrower: photos that were cut and squeezed to a square.
    """

    x: float
    y: float
    half: float
    view: float = 22.0
    aspect: float = 1.0


def framed(
    points: np.ndarray,
    scale: float,
    shift_x: float,
    shift_y: float,
    view: float,
    aspect: float = 1.0,
    least: float = 0.05,
) -> Frame:
    """Frame in which the box around `points` (N, 3) fills the share `scale` of the side, moved by such shares."""
    low, high = points.min(0), points.max(0)
    half = max((high - low)[:2].max() / 2, least) / scale
    return Frame(
        (low[0] + high[0]) / 2 - shift_x * 2 * half, (low[1] + high[1]) / 2 - shift_y * 2 * half, half, view, aspect
    )


def sleeve(
    vertices: np.ndarray, faces: np.ndarray, reach: np.ndarray, start: float, thick: float
) -> tuple[np.ndarray, np.ndarray]:
    """Cloth around the forearm, from the posed hand.

    Args:
        vertices, faces: of the hand; reach: (V,) how far each vertex lies beyond the wrist, meters.
        start: where the cuff lies; thick: how far the cloth stands off, meters.

    Returns:
        Vertices (V, 3), moved outwards, and the faces beyond the cuff.
    """
    outward = normals(vertices, faces)
    beyond = reach - start
    swell = thick * np.clip(0.75 + beyond * 6, 0.75, 1.6) + 0.0022 * np.exp(-(((beyond - 0.004) / 0.004) ** 2))
    folds = 0.0016 * np.sin(beyond * 160 + 3 * np.sin(vertices[:, 0] * 60)) * np.clip(beyond * 20, 0, 1)
    return vertices + outward * (swell + folds)[:, None], faces[(reach[faces] > start).all(1)]


def placed(parts: list[Surface], turn: np.ndarray, core: np.ndarray, left: bool) -> list[Surface]:
    """Turn a hand and its sleeve to the camera; mirror them for a left hand.

    Args:
        parts: the hand first; turn: (3, 3), to the camera; core: (V,) which vertices are not the forearm.
    """
    depth = np.array([0, 0, np.median((parts[0].vertices @ turn.T)[core, 2])])
    mirror = np.array([-1.0 if left else 1.0, 1, 1])
    return [
        Surface(
            (part.vertices @ turn.T - depth) * mirror,
            part.faces[:, ::-1] if left else part.faces,
            part.albedo,
            part.gloss,
        )
        for part in parts
    ]


@dataclass(frozen=True)
class Shot:
    """Light that arrives (H, W, C), and whether it comes from a surface (H, W)."""

    light: np.ndarray
    covered: np.ndarray


def projected(vertices: np.ndarray, frame: Frame, size: tuple[int, int]) -> np.ndarray:
    """Where vertices (V, 3) are seen through `frame`: (V, 2) pixels, x right and y down."""
    height, width = size
    distance = frame.half / np.tan(np.radians(frame.view / 2))
    near = (distance / np.maximum(distance - vertices[:, 2], 0.05))[:, None]
    x, y = ((vertices[:, :2] - [frame.x, frame.y]) * near / frame.half * [frame.aspect, 1]).T
    return np.c_[width / 2 + x * height / 2, (1 - y) * height / 2]


def take(surfaces: list[Surface], light: Light, frame: Frame, size: tuple[int, int], shadow_size: int = 160) -> Shot:
    """Light `surfaces` and see them through `frame`; `size` is height and width in pixels."""
    offsets = np.cumsum([0, *(len(surface.vertices) for surface in surfaces)])
    vertices = np.concatenate([surface.vertices for surface in surfaces])
    faces = np.concatenate([surface.faces + offset for surface, offset in zip(surfaces, offsets, strict=False)])
    facing = np.concatenate([normals(surface.vertices, surface.faces) for surface in surfaces])
    albedo = np.concatenate([surface.albedo for surface in surfaces])
    gloss = np.concatenate([surface.gloss for surface in surfaces])
    height = size[0]
    seen, depth = draw(
        projected(vertices, frame, size), -vertices[:, 2], np.c_[facing, vertices, gloss, albedo], faces, size
    )
    covered = depth < FAR
    normal = seen[..., :3] / np.maximum(np.linalg.norm(seen[..., :3], axis=2, keepdims=True), 1e-9)
    normal = np.where(normal[..., 2:3] < 0, -normal, normal)  # the inside of a sleeve is seen from within
    toward = light.direction
    lit = shadow(seen[..., 3:6] + 0.003 * normal, covered, toward, vertices, faces, shadow_size)
    lit = gaussian_filter(lit, height / 90)
    hollow = _hollow(covered, depth, height)
    facing_lamp = np.clip(0.85 * (normal @ toward) + 0.15, 0, 1)  # wraps a little, as skin scatters light
    halfway = toward + np.array([0, 0, 1])
    shine = seen[..., 6] * np.clip(normal @ (halfway / np.linalg.norm(halfway)), 0, 1) ** 22
    sky = light.ambient * (0.8 + 0.2 * normal[..., 1:2]) * hollow[..., None] * light.sky
    lamp = light.direct * (1 - light.hard * (1 - lit))[..., None] * light.color * (0.45 + 0.55 * hollow[..., None])
    arriving = (
        seen[..., 7:] * (sky + facing_lamp[..., None] * lamp) + (shine * lit)[..., None] * light.direct * light.color
    )
    return Shot(arriving, covered)


def _hollow(covered: np.ndarray, depth: np.ndarray, height: int) -> np.ndarray:
    """How open to the sky each pixel is, 1 to about .3, from how far its surroundings stand out."""
    if not covered.any():
        return np.ones(covered.shape)
    near = np.where(covered, depth, depth[covered].max() + 0.01)
    total = np.zeros(covered.shape)
    for share, gain in ((0.018, 45.0), (0.05, 18.0)):
        total += gain * np.clip(near - gaussian_filter(near, share * height), 0, 0.03)
    return np.exp(-total)
