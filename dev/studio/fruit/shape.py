"""Grids bent into fruit: apples, oranges, bananas, their halves, stems and leaves.

Usage: ``surface = apple_body(rng, 1, 0.03)``, change its ``color`` and ``push``, then ``surface.part("apple")``.
A fruit is about a unit in radius, its axis is z, and it is placed by `scene`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import numpy as np
from scipy.spatial import cKDTree

from dev.studio.fruit.noise import Noise, pick, rgb, step

ROWS, COLUMNS = 130, 170
FINE = 2
"""How many times as many rows and columns the grid of a spoiled fruit has, for grains of mold and thin folds."""


@dataclass
class Part:
    """Something to render: a mesh of quadrilaterals with a color (sRGB, 0–1) and roughness at each vertex.

    `rot` (n,) says how spoiled each vertex looks, `normals` (n, 3) where it faces.
    """

    vertices: np.ndarray
    faces: np.ndarray
    color: np.ndarray
    roughness: np.ndarray
    material: str
    rot: np.ndarray
    normals: np.ndarray


@dataclass
class Surface:
    """A grid on the way to a part.

    Attributes:
        grid: places (rows, columns, 3).
        u, v: coordinates on the skin (n,): for round fruit the angle from the stem and the angle around; for a banana
            the way along from 0 to 1 and the angle around.
        closed: whether the last column joins the first.
        color, roughness: at each vertex, (n, 3) and (n,).
        push: how far each vertex is moved outwards, (n,).
        rot: how spoiled each vertex looks, (n,).
    """

    grid: np.ndarray
    u: np.ndarray
    v: np.ndarray
    closed: bool = True
    color: np.ndarray = field(init=False)
    roughness: np.ndarray = field(init=False)
    push: np.ndarray = field(init=False)
    rot: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        count = self.u.size
        self.color = np.full((count, 3), 0.5)
        self.roughness, self.push, self.rot = np.full(count, 0.4), np.zeros(count), np.zeros(count)

    @property
    def points(self) -> np.ndarray:
        """Places (n, 3)."""
        return self.grid.reshape(-1, 3)

    def part(self, material: str) -> Part:
        """Push the vertices out and make a mesh of the grid."""
        normals = grid_normals(self.grid, self.closed)
        grid = self.grid + normals * self.push.reshape(self.grid.shape[:2])[..., None]
        normals = grid_normals(grid, self.closed).reshape(-1, 3)
        faces = grid_faces(*grid.shape[:2], self.closed)
        color = np.clip(self.color, 0.005, 1)
        return Part(grid.reshape(-1, 3), faces, color, np.clip(self.roughness, 0.05, 1), material, self.rot, normals)


def grid_faces(rows: int, columns: int, closed: bool) -> np.ndarray:
    """Corners (m, 4) of the quadrilaterals of a grid."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    k = (j + 1) % columns
    return np.stack([i * columns + j, i * columns + k, (i + 1) * columns + k, (i + 1) * columns + j], -1).reshape(-1, 4)


def grid_normals(grid: np.ndarray, closed: bool) -> np.ndarray:
    """Unit normals (rows, columns, 3), away from the middle."""
    along = np.gradient(grid, axis=0)
    around = np.roll(grid, -1, 1) - np.roll(grid, 1, 1) if closed else np.gradient(grid, axis=1)
    normals = np.cross(along, around)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True) + 1e-9
    outwards = ((grid - grid.mean((0, 1))) * normals).sum(-1).mean()
    return normals * (1 if outwards >= 0 else -1)


def _angles(half: bool, detail: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Angle from the stem and angle around, (ROWS, COLUMNS) times `detail`; `half`: the half with y > 0 alone."""
    polar, columns = np.linspace(1e-3, pi - 1e-3, detail * ROWS), detail * COLUMNS
    around = np.linspace(0, pi, columns // 2 + 1) if half else np.linspace(0, 2 * pi, columns, endpoint=False)
    return np.meshgrid(polar, around, indexing="ij")


def _uneven(rng: np.random.Generator, grid: np.ndarray, amount: float, scale: float) -> np.ndarray:
    """The same shape as nature grows it: swollen here and there, seen from its middle."""
    swell = Noise(rng, scale)(grid.reshape(-1, 3)).reshape(grid.shape[:2])
    return grid * (1 + amount * (swell - 0.5))[..., None]


def apple_body(rng: np.random.Generator, tall: float, lobes: float, half: bool = False, detail: int = 1) -> Surface:
    """An apple's skin. `tall`: height to width; `lobes`: how much the five bumps around the blossom stand out;
    `detail`: 1, or `FINE`."""
    polar, around = _angles(half, detail)
    ring, height = np.sin(polar), np.cos(polar)
    radius = ring**0.92 * (1 + rng.uniform(0.02, 0.12) * height)
    bumps = lobes * step(0.2, -1, height) + rng.uniform(0, 0.015)
    radius = radius * (1 + bumps * np.cos(5 * around + rng.uniform(0, 6)) * ring)
    top = rng.uniform(0.36, 0.52) * np.exp(-((ring / rng.uniform(0.26, 0.36)) ** 2)) * (polar < pi / 2)
    bottom = rng.uniform(0.18, 0.3) * np.exp(-((ring / 0.26) ** 2)) * (polar > pi / 2)
    z = tall * height - top + bottom
    lean = rng.normal(0, 0.03, 2)
    grid = np.stack([radius * np.cos(around) + lean[0] * z, radius * np.sin(around), z], -1)
    return Surface(_uneven(rng, grid, 0.05, 0.55), polar.ravel(), around.ravel(), closed=not half)


def orange_body(rng: np.random.Generator, tall: float, neck: float = 0, half: bool = False, detail: int = 1) -> Surface:
    """An orange's peel. `tall`: height to width; `neck`: how far the stem's end stands out; `half`: the lower half;
    `detail`: 1, or `FINE`."""
    polar, around = _angles(half=False, detail=detail)
    if half:
        polar = pi / 2 + polar / 2
    ring, height = np.sin(polar), np.cos(polar)
    dent = rng.uniform(0.02, 0.1) * np.exp(-((ring / rng.uniform(0.1, 0.25)) ** 2)) * np.sign(height)
    folds = (
        np.cos(rng.integers(7, 12) * around + np.sin(3 * around)) * np.exp(-(((ring - 0.2) / 0.16) ** 2)) * (height > 0)
    )
    z = tall * height - dent + rng.uniform(0, 0.03) * folds + neck * np.exp(-((ring / 0.3) ** 2)) * (height > 0)
    radius = ring * (1 + rng.uniform(0, 0.05) * height)
    grid = np.stack([radius * np.cos(around), radius * np.sin(around), z], -1)
    grid = grid if half else _uneven(rng, grid, 0.035, 0.8)
    return Surface(grid, polar.ravel(), around.ravel())


def cut_face(body: Surface) -> Surface:
    """The flat side of a half apple, between the upper and the lower outline of the skin.

    `u` is 1 at the skin and falls with the distance from it, in radii; `v` the height.
    """
    outline = [body.grid[:, column][:, [0, 2]] for column in (-1, 0)]
    widest = [int(np.abs(side[:, 0]).argmax()) for side in outline]
    upper = np.concatenate([side[: row + 1] for side, row in zip(outline, widest, strict=True)])
    lower = np.concatenate([side[row:] for side, row in zip(outline, widest, strict=True)])
    share = np.sin(np.linspace(-pi / 2, pi / 2, 120))
    x = outline[0][widest[0], 0] * (1 - share) / 2 + outline[1][widest[1], 0] * (1 + share) / 2
    top, bottom = (np.interp(x, *edge[np.argsort(edge[:, 0])].T) for edge in (upper, lower))
    down = np.linspace(0, 1, 110)[:, None]
    z = top * (1 - down) + np.minimum(bottom, top) * down
    grid = np.stack([x * np.ones_like(z), np.full_like(z, -0.004), z], -1)
    distance = cKDTree(np.concatenate(outline)).query(grid[..., [0, 2]].reshape(-1, 2))[0]
    return Surface(grid, 1 - distance, z.ravel(), closed=False)


def cut_disc(body: Surface) -> Surface:
    """The flat side of a half orange; `u` runs from the middle (0) to the peel (1), `v` around."""
    share = np.linspace(0.001, 1, 70)
    rim = body.grid[0]
    grid = rim.mean(0) + (rim - rim.mean(0))[None] * share[:, None, None]
    grid[..., 2] = rim[:, 2].max() + 0.004
    u, v = np.meshgrid(share, np.linspace(0, 2 * pi, rim.shape[0], endpoint=False), indexing="ij")
    return Surface(grid, u.ravel(), v.ravel())


def tube(path: np.ndarray, radius: np.ndarray, columns: int = 14) -> Surface:
    """A round rod along `path` (rows, 3) with `radius` (rows,)."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, [0.31, 0.9, 0.2])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(along, side)
    angle = np.linspace(0, 2 * pi, columns, endpoint=False)
    ring = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * other[:, None]
    grid = path[:, None] + np.asarray(radius)[:, None, None] * ring
    u, v = np.meshgrid(np.linspace(0, 1, len(path)), angle, indexing="ij")
    return Surface(grid, u.ravel(), v.ravel())


def stem(rng: np.random.Generator, foot: float, length: float) -> Part:
    """A woody stem on the axis, from the height `foot` upwards."""
    way = np.linspace(0, 1, 9)
    bend = rng.normal(0, 0.2, 2)
    path = np.stack([bend[0] * way**2, bend[1] * way**2, foot - 0.03 + length * way], -1)
    rod = tube(path, 0.034 + 0.06 * (way - 0.4) ** 2)
    rod.color[:] = pick(rng, [rgb(95, 65, 35), rgb(70, 45, 28), rgb(105, 95, 45)]) * rng.uniform(0.7, 1.2)
    rod.roughness[:] = 0.7
    return rod.part("stem")


def leaf(rng: np.random.Generator, foot: np.ndarray, length: float) -> Part:
    """A leaf that grows sideways from `foot`."""
    way, side = np.linspace(0, 1, 26), np.linspace(-1, 1, 11)
    width = 0.27 * np.sin(pi * way**0.85) ** 0.8 * length * rng.uniform(0.8, 1.3)
    x = (way * length)[:, None] * np.ones(11)
    y = width[:, None] * side
    z = 0.25 * length * np.sin(way * rng.uniform(1, 3)) - 0.3 * length * way**2 * rng.uniform(0, 1.2)
    z = z[:, None] + 0.36 * np.abs(side) * width[:, None]
    turn = rng.uniform(0, 2 * pi)
    grid = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn), z], -1) + foot
    u, v = np.repeat(way, 11), np.tile(side, 26)
    blade = Surface(grid, u, v, closed=False)
    color = pick(rng, [rgb(60, 115, 30), rgb(90, 145, 40), rgb(40, 85, 35), rgb(75, 120, 50)])
    veins = np.abs(np.sin(u * 26 + np.abs(v) * 5)) ** 8 * 0.12 + 0.2 * (np.abs(v) < 0.12)
    blade.color[:] = color * (0.85 + 0.3 * Noise(rng, 3)(blade.points))[:, None] * (1 + veins)[:, None]
    blade.roughness[:] = rng.uniform(0.35, 0.6)
    return blade.part("leaf")


@dataclass(frozen=True)
class BananaForm:
    """What the bananas of a hand share: length, radius of the middle, bend in radians, slope at the stem, the share of
    the length that is stem, and how far from round the section is."""

    length: float
    radius: float
    bend: float
    slope: float
    stem: float
    edges: float


def banana_body(form: BananaForm, first: float = 0, last: float = 1, thin: float = 1) -> Surface:
    """A banana in the plane y = 0 with the stem at the origin, or its piece from `first` to `last` of the way along.

    `thin` scales the section, for the flesh inside the peel.
    """
    rows, columns = max(12, int(160 * (last - first))), 64
    full = np.linspace(0, 1, 301)
    angle = form.slope + form.bend * full**0.9
    x = np.concatenate([[0], np.cumsum(np.cos(angle[:-1]))]) * form.length / 300
    z = -np.concatenate([[0], np.cumsum(np.sin(angle[:-1]))]) * form.length / 300
    way = np.linspace(first, last, rows)
    x, z, angle = (np.interp(way, full, values) for values in (x, z, angle))
    body = 0.28 + 0.72 * step(form.stem * 0.6, form.stem + 0.14, way)
    radius = form.radius * body * (0.22 + 0.78 * step(1, 0.8, way) ** 0.7) * (1 + 0.03 * np.sin(way * 5))
    radius[0 if first == 0 else slice(0, 0)] = 1e-3
    if last == 1:
        radius[way > 0.975] *= 0.85
        radius[-1] = 1e-3
    around = np.linspace(0, 2 * pi, columns, endpoint=False)
    pentagon = np.cos(pi / 5) / np.cos(around % (2 * pi / 5) - pi / 5)
    section = 1 + form.edges * (pentagon - 1)
    up = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], -1)
    ring = np.cos(around)[None, :, None] * up[:, None] + np.sin(around)[None, :, None] * np.array([0, 1.0, 0])
    grid = np.stack([x, 0 * x, z], -1)[:, None] + thin * radius[:, None, None] * section[None, :, None] * ring
    u, v = np.meshgrid(way, around, indexing="ij")
    return Surface(grid, u.ravel(), v.ravel())


def banana_flap(body: Surface, middle: float, width: float, length: float, curl: float) -> Surface:
    """A strip of peel that hangs from the last ring of `body`, `width` radians wide around the angle `middle`."""
    rows, columns = 40, 13
    ring, before = body.grid[-1], body.grid[-3]
    center = ring.mean(0)
    tangent = center - before.mean(0)
    tangent /= np.linalg.norm(tangent)
    angles = np.linspace(0, 2 * pi, len(ring) + 1)
    wrapped = np.vstack([ring, ring[:1]])
    way = np.linspace(0, 1, rows)
    phi = curl * way**0.7
    grid = np.empty((rows, columns, 3))
    for column, side in enumerate(np.linspace(-0.5, 0.5, columns)):
        angle = middle + side * width * (1 - 0.75 * way**2)
        place = np.stack([np.interp(angle % (2 * pi), angles, wrapped[:, axis]) for axis in range(3)], -1)
        radial = place - center
        outwards = ring[int(middle / (2 * pi) * len(ring)) % len(ring)] - center
        outwards = outwards / np.linalg.norm(outwards)
        pace = length / rows
        path = np.cumsum(np.cos(phi)[:, None] * tangent + np.sin(phi)[:, None] * outwards, axis=0) * pace
        path -= path[2]  # begins a little inside the peel, so that no gap shows
        flat = radial - (radial @ outwards)[:, None] * outwards * (1 - np.cos(phi))[:, None]
        grid[:, column] = center + flat + path
    u, v = np.meshgrid(way, np.linspace(-1, 1, columns), indexing="ij")
    return Surface(grid, u.ravel(), v.ravel(), closed=False)
