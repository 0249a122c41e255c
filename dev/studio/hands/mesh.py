"""The rigged hand: reads it, extends it by a forearm, fits it to a person's proportions and poses it.

Usage::

    hand = Hand.read(Path("right.glb"))
    body = hand.body(Proportions())
    vertices = hand.pose(body, joints)

Frame of all that leaves this module: x image right, y image up, z toward the camera, meters; a right hand with the
palm to the camera, fingers up, thumb on image right. Joint angles are degrees from the bind pose, a nearly flat open
hand: ``flex`` curls toward the palm (thumb: across it), ``abd`` moves toward the thumb's side (thumb: away from the
palm), ``twist`` turns about the bone. ``wrist`` leaves the hand and bends the forearm the other way.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.spatial.transform import Rotation

FINGERS = ("index", "middle", "ring", "pinky")
BONES = {
    "thumb_cmc": "thumb-metacarpal",
    "thumb_mcp": "thumb-phalanx-proximal",
    "thumb_ip": "thumb-phalanx-distal",
    **{f"{finger}_cmc": f"{finger}-finger-metacarpal" for finger in FINGERS},
    **{f"{finger}_mcp": f"{finger}-finger-phalanx-proximal" for finger in FINGERS},
    **{f"{finger}_pip": f"{finger}-finger-phalanx-intermediate" for finger in FINGERS},
    **{f"{finger}_dip": f"{finger}-finger-phalanx-distal" for finger in FINGERS},
}
"""Our short name of a joint → its node in the file."""

TO_IMAGE = np.array([[0, 0, -1.0], [0, -1, 0], [-1, 0, 0]])
WRIST_CUT = 0.050  # along the file's y axis: beyond it the closed stump is replaced by a forearm
RING_DISTANCES = np.array([0.012, 0.026, 0.042, 0.062, 0.09, 0.13, 0.19, 0.27])  # meters from the cut
RING_WIDENING = np.array([0.99, 0.99, 1.0, 1.04, 1.12, 1.24, 1.36, 1.42])
LONG_ARM = np.array([0.012, 0.026, 0.042, 0.062, 0.09, 0.14, 0.24, 0.42])  # of the hands that are far away
CARTILAGE = 0.05  # meters over which a bent wrist curves

Joints = dict[str, tuple[float, float, float]]
"""Joint → (flex, abd, twist) in degrees."""


def rotation(axis: int, degrees: float) -> np.ndarray:
    """Right-handed 3 × 3 rotation about the x (0), y (1) or z (2) axis."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = ((1, 2), (2, 0), (0, 1))[axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = cosine
    matrix[first, second], matrix[second, first] = -sine, sine
    return matrix


@dataclass(frozen=True)
class Proportions:
    """How a person's hand differs from the file's, as factors; `thick` and `long` by digit."""

    long: dict[str, float] = field(default_factory=dict)
    thick: dict[str, float] = field(default_factory=dict)
    broad: float = 1.0
    forearm: float = 1.0

    @classmethod
    def average(cls) -> Proportions:
        """A grown-up's hand; the file's fingers are thin, and refinement makes them thinner."""
        return cls(dict.fromkeys(FINGERS, 0.98), {"thumb": 1.15, **dict.fromkeys(FINGERS, 1.2)})


@dataclass(frozen=True)
class Body:
    """A hand of some proportions at rest: vertices (V, 3), joints (J, 4, 4), both in the file's frame."""

    rest: np.ndarray
    bind: np.ndarray
    local: np.ndarray


def _quaternions(matrices: np.ndarray) -> np.ndarray:
    """Unit quaternions (N, 4), w first, of rotation matrices (N, 3, 3)."""
    return Rotation.from_matrix(matrices).as_quat()[:, [3, 0, 1, 2]]


def _product(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Hamilton product of quaternions (…, 4)."""
    w = p[..., 0] * q[..., 0] - (p[..., 1:] * q[..., 1:]).sum(-1)
    v = p[..., :1] * q[..., 1:] + q[..., :1] * p[..., 1:] + np.cross(p[..., 1:], q[..., 1:])
    return np.concatenate([w[..., None], v], -1)


class Hand:
    """The hand of the file as a closed skin with a forearm; see the module for frames and angles.

    Attributes:
        faces: (F, 3) of the refined skin, what :meth:`pose` gives vertices for.
        surface: (V, 3) where each refined vertex lies at rest in the image frame: what textures are painted by.
        is_hand: (V,) whether a vertex belongs to the hand and not to the forearm.
        digit: (V,) the digit beyond the knuckles that a vertex belongs to, "" for palm, back and forearm.
    """

    def __init__(
        self,
        names: list[str],
        bind: np.ndarray,
        points: np.ndarray,
        weights: np.ndarray,
        faces: np.ndarray,
        refinements: int = 1,
        rings: np.ndarray = RING_DISTANCES,
    ) -> None:
        self.names = names
        self._rings = rings
        self.parents = self._chain(names)
        self._bind, self._points, self._weights = bind, points, weights
        kept = faces[(points[faces, 1] < WRIST_CUT).all(1)]
        self._loop = self._boundary(kept)
        self.faces = np.concatenate([kept, self._tube_faces(len(points), len(self._loop))])
        self._refine = sparse.identity(len(points) + len(rings) * len(self._loop), format="csr")
        for _ in range(refinements):
            step, self.faces = refinement(self.faces, self._refine.shape[0])
            self._refine = step @ self._refine
        used, self.faces = np.unique(self.faces, return_inverse=True)
        self.faces = self.faces.reshape(-1, 3)
        self._refine = self._refine[used]
        self.surface = self.pose(self.body(Proportions()), {})
        self.is_hand = self.surface[:, 1] > -0.045
        self.digit = self._digits()

    def _digits(self) -> np.ndarray:
        """(V,) the digit beyond the knuckles that each vertex belongs to, "" for the palm, back and forearm."""
        padded = np.zeros((self._refine.shape[1], len(self.names)))
        padded[: len(self._weights)] = self._weights
        padded[len(self._weights) :, self.names.index("wrist")] = 1
        share = self._refine @ padded
        beyond = [name.split("-")[0] if "phalanx" in name or "tip" in name else "" for name in self.names]
        return np.array(beyond)[share.argmax(1)]

    @classmethod
    def read(cls, path: Path, refinements: int = 1, rings: np.ndarray = RING_DISTANCES) -> Hand:
        """Read ``generic-hand/right.glb`` of the WebXR input profiles; each refinement cuts each face in four.

        `rings` says how many meters from the cut the rings of the forearm are.
        """
        data = path.read_bytes()
        size = struct.unpack("<I", data[12:16])[0]
        tree, blob = json.loads(data[20 : 20 + size]), data[28 + size :]

        def array(index: int) -> np.ndarray:
            accessor = tree["accessors"][index]
            view = tree["bufferViews"][accessor["bufferView"]]
            kind = {5126: "f4", 5123: "u2", 5121: "u1", 5125: "u4"}[accessor["componentType"]]
            width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor["type"]]
            start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
            return np.frombuffer(blob, kind, accessor["count"] * width, start).reshape(-1, width)

        part, skin = tree["meshes"][0]["primitives"][0], tree["skins"][0]
        names = [tree["nodes"][node]["name"] for node in skin["joints"]]
        bind = np.linalg.inv(array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1).astype(float))
        points = array(part["attributes"]["POSITION"]).astype(float)
        _, first, merged = np.unique(points.round(6), axis=0, return_index=True, return_inverse=True)
        faces = merged.ravel()[array(part["indices"]).reshape(-1, 3).astype(int)]  # welds the seams of the texture
        faces = faces[(faces != np.roll(faces, 1, 1)).all(1)]
        weights = np.zeros((len(first), len(names)))
        joints, share = array(part["attributes"]["JOINTS_0"])[first], array(part["attributes"]["WEIGHTS_0"])[first]
        for column in range(joints.shape[1]):
            np.add.at(weights, (np.arange(len(first)), joints[:, column]), share[:, column])
        return cls(names, bind, points[first], weights / weights.sum(1, keepdims=True), faces, refinements, rings)

    @staticmethod
    def _chain(names: list[str]) -> list[int]:
        """Parent of each joint, or -1; in the file every joint hangs below the armature, so by name."""
        parents = [-1] * len(names)
        for digit in ("thumb", *FINGERS):
            parent = names.index("wrist")
            for index, name in enumerate(names):  # the file lists each digit from the wrist outwards
                if name.startswith(digit):
                    parents[index], parent = parent, index
        return parents

    @staticmethod
    def _boundary(faces: np.ndarray) -> np.ndarray:
        """Vertices around the open end, in order."""
        edges = {(a, b) for face in faces for a, b in zip(face, np.roll(face, -1), strict=True)}
        following = {a: b for a, b in edges if (b, a) not in edges}
        loop = [min(following)]
        while following[loop[-1]] != loop[0]:
            loop.append(following[loop[-1]])
        return np.array(loop)

    def _tube_faces(self, start: int, around: int) -> np.ndarray:
        rings = [self._loop, *(start + ring * around + np.arange(around) for ring in range(len(self._rings)))]
        faces = []
        for near, far in pairwise(rings):
            for here in range(around):
                there = (here + 1) % around
                faces += [[near[there], near[here], far[here]], [near[there], far[here], far[there]]]
        return np.array(faces)

    def body(self, shape: Proportions) -> Body:
        """Stretch the hand at rest to a person's proportions."""
        wide = np.diag([1, 1, shape.broad])
        bind = self._bind.copy()
        bind[:, :3, 3] = bind[:, :3, 3] @ wide
        points = self._points @ wide
        local, new = np.zeros_like(bind), np.zeros_like(bind)
        moves = np.zeros_like(bind)
        for joint, (name, parent) in enumerate(zip(self.names, self.parents, strict=True)):
            digit = name.split("-")[0]
            local[joint] = bind[joint] if parent < 0 else np.linalg.inv(bind[parent]) @ bind[joint]
            beyond_knuckle = "metacarpal" not in name and ("proximal" not in name or digit == "thumb")
            if parent >= 0 and beyond_knuckle:
                local[joint][:3, 3] *= shape.long.get(digit, 1.0)
            new[joint] = local[joint] if parent < 0 else new[parent] @ local[joint]
            scale = np.eye(4)
            if "phalanx" in name or "tip" in name or name == "thumb-metacarpal":
                scale[0, 0] = scale[1, 1] = shape.thick.get(digit, 1.0)
                scale[2, 2] = shape.long.get(digit, 1.0)
            moves[joint] = new[joint] @ scale @ np.linalg.inv(bind[joint])
        blended = np.einsum("vj,jab->vab", self._weights, moves)
        rest = np.einsum("vab,vb->va", blended, np.c_[points, np.ones(len(points))])[:, :3]
        return Body(np.concatenate([rest, [[shape.forearm, 0, 0]]]), new, local)

    def _transforms(self, body: Body, joints: Joints) -> np.ndarray:
        """World transform of each joint (J, 4, 4)."""
        turned = {BONES[name]: angles for name, angles in joints.items() if name in BONES}
        world = np.zeros_like(body.bind)
        for joint, (name, parent) in enumerate(zip(self.names, self.parents, strict=True)):
            local = body.local[joint].copy()
            if name in turned:
                flex, abd, twist = turned[name]
                local[:3, :3] = local[:3, :3] @ rotation(1, abd) @ rotation(0, -flex) @ rotation(2, twist)
            world[joint] = local if parent < 0 else world[parent] @ local
        return world

    def pose(self, body: Body, joints: Joints) -> np.ndarray:
        """Skin of the posed hand with its forearm, (V, 3) in the image frame.

        Dual quaternions (L. Kavan et al., 2007) instead of averaged matrices: a bent finger keeps its volume.
        """
        world = self._transforms(body, joints)
        relative = world @ np.linalg.inv(body.bind)
        real = _quaternions(relative[:, :3, :3])
        for joint, parent in enumerate(self.parents):
            if parent >= 0 and real[joint] @ real[parent] < 0:
                real[joint] *= -1
        shift = np.concatenate([np.zeros((len(real), 1)), relative[:, :3, 3]], 1)
        dual = 0.5 * _product(shift, real)
        blend, blend_dual = self._weights @ real, self._weights @ dual
        size = np.linalg.norm(blend, axis=1, keepdims=True)
        blend, blend_dual = blend / size, blend_dual / size
        points = body.rest[:-1]
        w, v = blend[:, :1], blend[:, 1:]
        turned = points + 2 * np.cross(v, np.cross(v, points) + w * points)
        conjugate = blend * [1, -1, -1, -1]
        moved = turned + 2 * _product(blend_dual, conjugate)[:, 1:]
        skin = moved @ TO_IMAGE.T
        forearm = self._forearm(skin[self._loop], joints.get("wrist", (0, 0, 0)), body.rest[-1, 0])
        return self._refine @ np.concatenate([skin, forearm])

    def _forearm(self, loop: np.ndarray, wrist: tuple[float, float, float], size: float) -> np.ndarray:
        """Rings that go on from the open end, turning by the wrist's angles over the first centimeters."""
        center = loop.mean(0)
        offset = loop - center
        offset[:, 1] = 0
        angle = np.arctan2(offset[:, 2] / np.ptp(offset[:, 2]), offset[:, 0] / np.ptp(offset[:, 0]))
        half_width, half_depth = np.ptp(offset[:, 0]) / 2, np.ptp(offset[:, 2]) / 2
        oval = np.c_[np.cos(angle) * half_width, np.zeros(len(angle)), np.sin(angle) * half_depth]
        rings, place, last = [], center, 0.0
        for distance, widening in zip(self._rings, RING_WIDENING, strict=True):
            share = min(1.0, (distance + last) / 2 / CARTILAGE)
            turn = rotation(2, -wrist[1] * share) @ rotation(0, -wrist[0] * share)
            place = place + turn @ [0, -(distance - last), 0]
            smooth = min(1.0, distance / 0.03)
            scale = 1 + (widening * size - 1) * smooth
            rings.append(((1 - smooth) * offset + smooth * oval) * scale @ turn.T + place)
            last = distance
        return np.concatenate(rings)

    @cached_property
    def bones(self) -> dict[str, np.ndarray]:
        """Joint → its 4 × 4 frame at rest in the image frame; the columns x, y, z are lateral, dorsal, to the wrist."""
        turn = np.eye(4)
        turn[:3, :3] = TO_IMAGE
        bind = self.body(Proportions()).bind
        short = {long: name for name, long in BONES.items()}
        return {short.get(name, name): turn @ bind[joint] for joint, name in enumerate(self.names)}


def refinement(faces: np.ndarray, count: int) -> tuple[sparse.csr_matrix, np.ndarray]:
    """One step of C. Loop's subdivision (1987): a matrix that gives the new vertices, and the new faces.

    Args:
        faces: (F, 3) indices of `count` vertices; vertices that no face uses stay where they are.
    """
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    pairs, inverse, uses = np.unique(edges, axis=0, return_inverse=True, return_counts=True)
    opposite = np.concatenate([faces[:, 2], faces[:, 0], faces[:, 1]])
    inside = uses == 2
    rows, columns, values = [], [], []

    def put(row: np.ndarray, column: np.ndarray, value: np.ndarray | float) -> None:
        rows.append(row), columns.append(column), values.append(np.broadcast_to(value, row.shape))

    middle = count + np.arange(len(pairs))
    for end in (0, 1):
        put(middle, pairs[:, end], np.where(inside, 3 / 8, 1 / 2))
    across = inside[inverse]
    put(middle[inverse][across], opposite[across], 1 / 8)

    border = np.zeros(count, bool)
    border[pairs[~inside]] = True
    degree = np.bincount(pairs.ravel(), minlength=count)
    share = np.where(degree > 3, 3 / (8 * np.maximum(degree, 1)), 3 / 16)
    share[degree == 0] = 0
    own = np.where(border, 3 / 4, 1 - degree * share)
    put(np.arange(count), np.arange(count), own)
    for one, other in ((0, 1), (1, 0)):
        a, b = pairs[:, one], pairs[:, other]
        keep = np.where(border[a], ~inside, True)
        put(a[keep], b[keep], np.where(border[a], 1 / 8, share[a])[keep])
    shape = (count + len(pairs), count)
    matrix = sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    ab, bc, ca = (count + part for part in np.split(inverse.ravel(), 3))
    a, b, c = faces.T
    new = np.concatenate([np.c_[a, ab, ca], np.c_[b, bc, ab], np.c_[c, ca, bc], np.c_[ab, bc, ca]])
    return matrix, new


def normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3), averaged over the faces around, weighted by area."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    flat = np.cross(b - a, c - a)
    total = np.zeros_like(vertices)
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(faces[:, corner], flat[:, axis], len(vertices))
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
