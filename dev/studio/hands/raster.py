"""A small rasteriser: triangles to pixels with a depth buffer, and soft shadows from a second view, that of the light.

Usage: ``buffer = draw(points, depth, attributes, faces, size)``; ``lit = shadow(position, covered, light, vertices,
faces)``. Compiled by numba; no fast maths, so that results differ between machines by rounding alone.
"""

from __future__ import annotations

import numba
import numpy as np

FAR = 1e9


@numba.njit(cache=True)
def _fill(points, depth, attributes, faces, out, nearest):  # arrays as in draw
    height, width = nearest.shape
    for face in range(faces.shape[0]):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        x0, y0, x1, y1, x2, y2 = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = max(0, int(np.floor(min(x0, x1, x2)))), min(width - 1, int(np.ceil(max(x0, x1, x2))))
        top, bottom = max(0, int(np.floor(min(y0, y1, y2)))), min(height - 1, int(np.ceil(max(y0, y1, y2))))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                px, py = x + 0.5, y + 0.5
                w1 = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) / area
                w2 = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) / area
                w0 = 1 - w1 - w2
                if w0 < -1e-6 or w1 < -1e-6 or w2 < -1e-6:
                    continue
                z = w0 * depth[a] + w1 * depth[b] + w2 * depth[c]
                if z < nearest[y, x]:
                    nearest[y, x] = z
                    for k in range(attributes.shape[1]):
                        out[y, x, k] = w0 * attributes[a, k] + w1 * attributes[b, k] + w2 * attributes[c, k]


def draw(
    points: np.ndarray, depth: np.ndarray, attributes: np.ndarray, faces: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a mesh.

    Args:
        points: (V, 2) pixels, x right and y down; depth: (V,), smaller is nearer; attributes: (V, K); faces: (F, 3).
        size: height and width.

    Returns:
        Attributes of the nearest face at each pixel's center (H, W, K), and its depth (H, W), :data:`FAR` where none
        is.
    """
    out, nearest = np.zeros((*size, attributes.shape[1])), np.full(size, FAR)
    _fill(points, depth, attributes, faces, out, nearest)
    return out, nearest


@numba.njit(cache=True)
def _look_up(position, covered, axes, center, scale, nearest, bias, radius, out):
    size = nearest.shape[0]
    for y in range(covered.shape[0]):
        for x in range(covered.shape[1]):
            if not covered[y, x]:
                continue
            p = position[y, x]
            a = ((p * axes[0]).sum() - center[0]) * scale + size / 2
            b = ((p * axes[1]).sum() - center[1]) * scale + size / 2
            z = -(p * axes[2]).sum()
            lit, taps = 0.0, 0
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    i, j = int(np.floor(b)) + dy, int(np.floor(a)) + dx
                    taps += 1
                    if i < 0 or j < 0 or i >= size or j >= size or z < nearest[i, j] + bias:
                        lit += 1
            out[y, x] = lit / taps


def shadow(
    position: np.ndarray,
    covered: np.ndarray,
    light: np.ndarray,
    vertices: np.ndarray,
    faces: np.ndarray,
    size: int = 160,
    bias: float = 0.004,
    radius: int = 1,
) -> np.ndarray:
    """How much of the light reaches each pixel (H, W), 1 where nothing is drawn.

    Args:
        position: (H, W, 3) point seen at each pixel, meters; covered: (H, W) whether there is one.
        light: unit vector toward the light.
        size: side of the light's own picture; bias: meters by which a surface may shade itself without effect.
    """
    across = np.cross([0.0, 1.0, 0.0], light)
    across /= np.linalg.norm(across)
    axes = np.stack([across, np.cross(light, across), light])
    seen = vertices @ axes.T
    low, high = seen[:, :2].min(0), seen[:, :2].max(0)
    center, scale = (low + high) / 2, size * 0.96 / (high - low).max()
    points = (seen[:, :2] - center) * scale + size / 2
    _, nearest = draw(points, -seen[:, 2], np.zeros((len(vertices), 0)), faces, (size, size))
    lit = np.ones(covered.shape)
    _look_up(np.ascontiguousarray(position), covered, axes, center, scale, nearest, bias, radius, lit)
    return lit
