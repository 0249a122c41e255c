"""The cat: the skeleton and the trunk of the dog, made slender, under a head of its own.

The head is a surface around one middle point: round, with cheeks, two whisker pads, a chin, and ears as thin shells.
It follows the bone of the skull. Usage: ``cat = Cat()``, then as a `Skeleton`.
"""

from __future__ import annotations

import numpy as np

from dev.studio.bo.skeleton import Build, Parts, Skeleton, normals, smoothstep

MIDDLE = np.array([0.330, 0.0, 0.690])
"""Middle of the head, at rest, in meters."""
BLOBS = (
    # center, radii
    ((0.326, 0.0, 0.692), (0.069, 0.069, 0.063)),
    ((0.356, 0.036, 0.668), (0.036, 0.034, 0.030)),
    ((0.356, -0.036, 0.668), (0.036, 0.034, 0.030)),
    ((0.392, 0.0, 0.682), (0.026, 0.018, 0.017)),
    ((0.401, 0.015, 0.661), (0.021, 0.019, 0.016)),
    ((0.401, -0.015, 0.661), (0.021, 0.019, 0.016)),
    ((0.390, 0.0, 0.643), (0.020, 0.017, 0.014)),
)
SOFTNESS = 0.012
"""How far the blobs run into each other, in meters."""
NOSE_DIRECTION = np.array([0.085, 0.0, -0.010])
EYE_DIRECTION = np.array([0.80, 0.50, 0.17])
EYE_RADIUS = 0.0195
EAR_FOOT = np.array([0.316, 0.040, 0.728])
EAR_TIP = np.array([0.318, 0.066, 0.808])
EAR_WIDTH = 0.042
CAT_BARE = ((0.002, 0.014), (0.010, 0.030))
SPINE = 0.56
"""Height of the back, from which a cat's trunk is less deep than a dog's."""


def _distance(points: np.ndarray) -> np.ndarray:
    """About how far points (N, 3) lie outside the head, in meters; below 0 inside."""
    total = np.zeros(len(points))
    for center, radii in BLOBS:
        scaled = np.linalg.norm((points - center) / radii, axis=1)
        total += np.exp(-(scaled - 1) * min(radii) / SOFTNESS)
    return -SOFTNESS * np.log(total + 1e-12)


def _surface(directions: np.ndarray) -> np.ndarray:
    """Where the head ends in each of the directions (N, 3) from its middle."""
    near, far = np.zeros(len(directions)), np.full(len(directions), 0.14)
    for _ in range(30):
        half = (near + far) / 2
        inside = _distance(MIDDLE + directions * half[:, None]) < 0
        near, far = np.where(inside, half, near), np.where(inside, far, half)
    return MIDDLE + directions * near[:, None]


def _head(rows: int = 56, columns: int = 72) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) and triangles (M, 3); the poles lie before and behind."""
    polar = np.linspace(0.004, np.pi - 0.004, rows)[:, None]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    directions = np.stack(
        [np.cos(polar) + 0 * around, np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around)], -1
    )
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    here, beside = row * columns + column, row * columns + (column + 1) % columns
    first = np.stack([here, beside + columns, beside], -1).reshape(-1, 3)
    second = np.stack([here, here + columns, beside + columns], -1).reshape(-1, 3)
    points, faces = _surface(directions.reshape(-1, 3)), np.concatenate([first, second])
    outward = (normals(points, faces) * (points - MIDDLE)).sum() > 0
    return points, faces if outward else faces[:, ::-1]


def _ear(side: int, rows: int = 14, columns: int = 15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points and triangles of one ear, and which of the points are its inner side."""
    mirror = np.array([1, side, 1])
    foot, tip = EAR_FOOT * mirror, EAR_TIP * mirror
    forward = np.array([0.86, 0.42 * side, 0.18])
    up = tip - foot
    across = np.cross(up / np.linalg.norm(up), forward)
    forward = np.cross(across, up / np.linalg.norm(up))
    u, v = np.meshgrid(np.linspace(-0.12, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    width = EAR_WIDTH * np.maximum(1 - np.maximum(u, 0) ** 1.5, 0.02)
    hollow = -0.020 * (1 - v**2) * np.clip(1 - u, 0, 1) ** 0.7
    shell = foot + u[..., None] * up + (v * width)[..., None] * across + hollow[..., None] * forward
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    corner = (row * columns + column).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + columns + 1], -1),
            np.stack([corner, corner + columns + 1, corner + columns], -1),
        ]
    )
    points = shell.reshape(-1, 3)
    if (normals(points, faces) @ forward).sum() < 0:
        faces = faces[:, ::-1]
    inner = points + 0.0015 * forward
    both = np.concatenate([inner, points])
    is_inner = np.arange(len(both)) < len(points)
    return both, np.concatenate([faces, faces[:, ::-1] + len(points)]), is_inner


class Cat(Skeleton):
    """A cat in place of the dog; everything else is a `Skeleton`'s."""

    def __post_init__(self) -> None:
        super().__post_init__()
        count = len(self.rest)
        head = self.is_part("skull", "jaw")
        faces = [self.faces[~head[self.faces].any(1)]]
        points, inner = [self.rest], [np.zeros(count, bool)]
        for more, triangles, inside in (
            (*_head(), None),
            _ear(1),
            _ear(-1),
        ):
            faces.append(triangles + sum(map(len, points)))
            points.append(more)
            inner.append(np.zeros(len(more), bool) if inside is None else inside)
        self.rest, self.faces = np.concatenate(points), np.concatenate(faces)
        added = len(self.rest) - count
        skull = [name for name in self.parts.names].index("skull")
        weights = np.zeros((added, self.weights.shape[1]))
        weights[:, skull] = 1
        self.weights = np.concatenate([self.weights, weights])
        self.parts = Parts(self.weights.argmax(1), self.parts.names)
        self.is_part = self.parts.are
        new = np.arange(len(self.rest)) >= count
        nose = _surface(NOSE_DIRECTION[None] / np.linalg.norm(NOSE_DIRECTION))[0]
        self.region = {
            "eye": np.zeros(len(self.rest), bool),
            "nose": new & (np.linalg.norm((self.rest - nose) / [1, 1.0, 0.8], axis=1) < 0.0085),
            "inner_ear": np.concatenate(inner),
        }
        direction = EYE_DIRECTION / np.linalg.norm(EYE_DIRECTION)
        both = np.array([direction, direction * [1, -1, 1]])
        self.eyes = _surface(both) - both * EYE_RADIUS * 0.62
        self.eye_radius = EYE_RADIUS
        self.bare = CAT_BARE

    def shaped(self, build: Build) -> np.ndarray:
        """The skin at rest: a slender trunk, and as plump as `build` says."""
        points = self.rest.copy()
        soft = ~self.is_part("skull", "jaw", "finger", "toe", "hand", "foot", "Ca_")
        points += normals(points, self.faces) * (build.plump * soft)[:, None]
        trunk = self.is_part("torso", "L_", "pelvis", "scapula") & (points[:, 2] < SPINE)
        points[trunk, 2] = SPINE + (points[trunk, 2] - SPINE) * (1 - 0.22 * smoothstep(-0.1, 0.15, points[trunk, 0]))
        tail = self.is_part("Ca_")
        points[tail, 1] *= build.tail_girth
        return points
