"""The dog: a skin with bones, in the build and the pose one asks for.

The skin and the skeleton are those of ``suite/dog.xml`` in the PyPI package `dm-control` (Apache-2.0). Joints are set
and the bones computed once (`mj_forward`); nothing is simulated. The skin follows by linear blending. Lengths in
meters, x forward, y to the animal's left, z up.

Usage::

    dog = Skeleton()
    posed = dog.posed(Build(legs=.8), sit(rng))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import numpy as np

EYES = np.array([[0.3582, 0.0253, 0.7041], [0.3582, -0.0253, 0.7041]])
"""Centers of a dog's eyes at rest, the left one first."""
EYE_RADIUS = 0.0124
BARE = ((0.0056, 0.0376), (0.02, 0.05))
TEXTURE_SIZE = 1024
REGIONS = {
    "eye": [(88, 895, 142, 962)],
    "nose": [(615, 768, 662, 800)],
    "inner_ear": [(146, 867, 237, 919), (783, 881, 874, 932)],
}
"""Parts of the skin by their place in its texture: left, top, right, bottom in pixels."""
MUZZLE_START = 0.372
EAR_HINGE = (0.045, 0.735)
"""Where an ear begins: |y| and z."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The bone of each of many points: `codes` (N,) into `names`."""

    codes: np.ndarray
    names: tuple[str, ...]

    def are(self, *prefixes: str) -> np.ndarray:
        """Mask (N,) of the points whose bone's name begins with one of `prefixes`."""
        return np.array([name.startswith(prefixes) for name in self.names])[self.codes]

    def at(self, points: np.ndarray) -> Parts:
        """The bones of some of the points, by their numbers."""
        return Parts(self.codes[points], self.names)


@dataclass(frozen=True)
class Build:
    """How an animal differs from the dog of the package, which is lean, long-legged and has upright ears.

    Attributes:
        legs, head, neck, tail, trunk: sizes of these parts, 1 as it comes.
        girth: width of the whole body.
        plump: how far the skin is pushed outwards, in meters.
        muzzle: length of the muzzle; muzzle_width: its width.
        ears: `flop` (hang), `tip` (stand, tips fold over) or `up`; ear_size: their size.
        tail_girth: thickness of the tail.
        size: height of the whole animal.
    """

    legs: float = 1.0
    head: float = 1.0
    neck: float = 1.0
    tail: float = 1.0
    trunk: float = 1.0
    girth: float = 1.0
    plump: float = 0.0
    muzzle: float = 1.0
    muzzle_width: float = 1.0
    ears: str = "flop"
    ear_size: float = 1.0
    tail_girth: float = 1.0
    size: float = 1.0


@dataclass(frozen=True)
class Pose:
    """Angles of the joints in radians by name, and the pitch of the trunk; `lying` tells what touches the ground."""

    name: str
    joints: dict[str, float]
    pitch: float = 0.0
    lying: bool = False


@dataclass(frozen=True, eq=False)
class Posed:
    """An animal that stands somewhere.

    Attributes:
        rest: (N, 3) the skin of the build before posing.
        skin: (N, 3) where it is now; the lowest point has z = 0.
        eyes: (2, 3) centres of the eyes now, and `eye_radius`.
        skull: (3, 4) turns and moves a point of the head from rest to now; jaw: the same for the jaw.
    """

    rest: np.ndarray
    skin: np.ndarray
    eyes: np.ndarray
    eye_radius: float
    skull: np.ndarray
    jaw: np.ndarray


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, a smooth rise between; falls where `high` is less than `low`."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (N, 3) at the points of a mesh."""
    corners = points[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(points)
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(faces[:, corner], flat[:, axis], len(points))
    return total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-12)


@dataclass(eq=False)
class Skeleton:
    """The model of the package, read once.

    Attributes:
        rest: (24065, 3) the skin as it comes; faces: (33900, 3).
        parts: the bone that each of the points follows most.
        region: (24065,) masks by name, see :data:`REGIONS`.
        eyes: (2, 3) their centers at rest, the left one first; eye_radius: in meters.
        bare: how far from an eye's edge, and from the nose, hair begins and is whole, in meters at rest.
    """

    model: mujoco.MjModel = field(init=False)
    rest: np.ndarray = field(init=False)
    faces: np.ndarray = field(init=False)
    parts: Parts = field(init=False)
    region: dict[str, np.ndarray] = field(init=False)
    eyes: np.ndarray = field(init=False)
    eye_radius: float = field(init=False)
    bare: tuple[tuple[float, float], tuple[float, float]] = field(init=False)

    def __post_init__(self) -> None:
        import dm_control

        self.model = model = mujoco.MjModel.from_xml_path(str(Path(dm_control.__file__).parent / "suite" / "dog.xml"))
        self.data = mujoco.MjData(model)
        self.rest = model.skin_vert.astype(float)
        self.faces = model.skin_face.copy()
        self.body_pos = model.body_pos.copy()
        self.joint_pos = model.jnt_pos.copy()
        self.bodies = [mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_BODY, i) for i in range(model.nbody)]
        self.bones = [int(i) for i in model.skin_bonebodyid]
        self.joints = {mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT, j): j for j in range(model.njnt)}
        weights = np.zeros((len(self.rest), len(self.bones)))
        for bone, (start, count) in enumerate(zip(model.skin_bonevertadr, model.skin_bonevertnum, strict=True)):
            chosen = slice(start, start + count)
            weights[model.skin_bonevertid[chosen], bone] = model.skin_bonevertweight[chosen]
        self.weights = weights / weights.sum(1, keepdims=True)
        self.parts = Parts(self.weights.argmax(1), tuple(self.bodies[i] for i in self.bones))
        self.is_part = self.parts.are
        pixels = np.clip(model.skin_texcoord * TEXTURE_SIZE, 0, TEXTURE_SIZE - 1).astype(int)
        self.region = {
            name: np.any([(pixels >= box[:2]).all(1) & (pixels <= box[2:]).all(1) for box in boxes], axis=0)
            for name, boxes in REGIONS.items()
        }
        self.eyes, self.eye_radius = EYES, EYE_RADIUS
        self.bare = BARE

    def shaped(self, build: Build) -> np.ndarray:
        """The skin at rest (N, 3) with the muzzle, the ears, the tail and the plumpness of `build`."""
        points = self.rest.copy()
        soft = ~self.is_part("skull", "jaw", "finger", "toe", "hand", "foot") & ~self.is_part("Ca_")
        legs = self.is_part("hand", "foot", "finger", "toe")
        push = build.plump * (soft * 1.0 + legs * 0.7)
        points += normals(points, self.faces) * push[:, None]
        points = self._with_ears(points, build)
        head = self.is_part("skull", "jaw")
        beyond = head & (points[:, 0] > MUZZLE_START)
        points[beyond, 0] = MUZZLE_START + (points[beyond, 0] - MUZZLE_START) * build.muzzle
        wide = 1 + (build.muzzle_width - 1) * smoothstep(0.345, 0.38, points[:, 0]) * head
        points[:, 1] *= wide
        tail = self.is_part("Ca_")
        points[tail, 1] *= build.tail_girth
        return points

    def _with_ears(self, points: np.ndarray, build: Build) -> np.ndarray:
        """Turn the ears down about their hinges, or fold their tips."""
        points = points.copy()
        y, z = self.rest[:, 1], self.rest[:, 2]
        ear = self.is_part("skull") & (self.rest[:, 0] < 0.345) & (z > 0.715) & (np.abs(y) > 0.028)
        hinge_y, hinge_z = EAR_HINGE
        grow = 1 + (build.ear_size - 1) * smoothstep(0.735, 0.77, z)
        for side in (-1, 1):
            mine = ear & (np.sign(y) == side)
            across, up = (points[mine, 1] - side * hinge_y) * grow[mine], (points[mine, 2] - hinge_z) * grow[mine]
            if build.ears == "flop":
                turn = 2.25 * smoothstep(0.728, 0.758, z[mine])
            elif build.ears == "tip":
                turn = 2.0 * smoothstep(0.765, 0.80, z[mine])
            else:
                turn = np.zeros(mine.sum())
            angle = -side * turn
            points[mine, 1] = side * hinge_y + np.cos(angle) * across - np.sin(angle) * up
            points[mine, 2] = hinge_z + np.sin(angle) * across + np.cos(angle) * up
        return points

    def _scales(self, build: Build) -> dict[str, float]:
        """Size of every body by name."""
        by_prefix = {
            ("skull", "jaw"): build.head,
            ("C_",): build.neck,
            ("Ca_",): build.tail,
            ("upper_leg", "lower_leg", "foot", "toe"): build.legs,
            ("upper_arm", "lower_arm", "hand", "finger"): build.legs,
            ("torso", "L_", "pelvis", "scapula"): build.trunk,
        }
        return {
            body: next((size for names, size in by_prefix.items() if body.startswith(names)), 1.0)
            for body in self.bodies
        }

    def posed(self, build: Build, pose: Pose) -> Posed:
        """The animal of this build in this pose, its feet on the ground and its middle above the origin."""
        rest = self.shaped(build)
        scales = self._scales(build)
        size = np.array([scales[body] for body in self.bodies])
        model, data = self.model, self.data
        model.body_pos[:] = self.body_pos * size[model.body_parentid][:, None]
        model.jnt_pos[:] = self.joint_pos * size[model.jnt_bodyid][:, None]
        data.qpos[:] = model.qpos0
        for name, angle in pose.joints.items():
            joint = self.joints[name]
            data.qpos[model.jnt_qposadr[joint]] = np.clip(angle, *model.jnt_range[joint])
        data.qpos[3:7] = [np.cos(pose.pitch / 2), 0, np.sin(pose.pitch / 2), 0]
        mujoco.mj_forward(model, data)
        skin = np.zeros_like(rest)
        moves = {}
        for bone, body in enumerate(self.bones):
            turn = data.xmat[body].reshape(3, 3) @ _matrix(model.skin_bonebindquat[bone]).T * size[body]
            shift = data.xpos[body] - turn @ model.skin_bonebindpos[bone]
            moves[self.bodies[body]] = np.column_stack([turn, shift])
            mine = self.weights[:, bone] > 0
            skin[mine] += self.weights[mine, bone, None] * (rest[mine] @ turn.T + shift)
        level = self._level(skin, pose.lying)
        skin = skin @ level.T
        stretch = np.diag([1.0, build.girth, 1.0]) * build.size
        skin = skin @ stretch
        middle = (skin.max(0) + skin.min(0)) / 2
        ground = skin[self.is_part("finger", "toe", "foot", "pelvis"), 2].min()
        offset = np.array([middle[0], middle[1], ground])
        skin = skin - offset
        skin[:, 2] = np.maximum(skin[:, 2], 0.004)  # a hanging tail lies on the ground
        place = {
            name: np.column_stack([stretch @ level @ moves[name][:, :3], stretch @ level @ moves[name][:, 3] - offset])
            for name in ("skull", "jaw")
        }
        eyes = self.eyes @ place["skull"][:, :3].T + place["skull"][:, 3]
        return Posed(rest, skin, eyes, self.eye_radius * build.head * build.size, place["skull"], place["jaw"])

    def _level(self, skin: np.ndarray, lying: bool) -> np.ndarray:
        """Rotation (3, 3) about y that puts fore and hind feet on the same ground."""
        hind = ("toe_", "foot_", "pelvis") if lying else ("toe_", "foot_")
        total = np.eye(3)
        for _ in range(3):
            turned = skin @ total.T
            fore_points, hind_points = turned[self.is_part("finger")], turned[self.is_part(*hind)]
            fore, back = fore_points[fore_points[:, 2].argmin()], hind_points[hind_points[:, 2].argmin()]
            angle = np.arctan2(fore[2] - back[2], fore[0] - back[0])
            cos, sin = np.cos(angle), np.sin(angle)
            total = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]) @ total
        return total


def _matrix(quaternion: np.ndarray) -> np.ndarray:
    """Rotation matrix (3, 3) of a quaternion (w, x, y, z)."""
    flat = np.zeros(9)
    mujoco.mju_quat2Mat(flat, quaternion.astype(float))
    return flat.reshape(3, 3)
