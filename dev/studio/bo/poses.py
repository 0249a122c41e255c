"""Poses of the dog: what a standing, walking, running, sitting, lying, bowing or sniffing animal does with its joints.

Usage: ``pose("sit", look=0.4, rng=rng)``. All angles in radians.
"""

from __future__ import annotations

import numpy as np

from dev.studio.bo.skeleton import Pose

POSES = ("stand", "walk", "run", "sit", "lie", "bow", "sniff")
NECK = ("C_7", "C_5", "C_3", "C_1")


def pose(name: str, look: float, rng: np.random.Generator) -> Pose:
    """The pose `name` with the small chances of a living animal.

    Args:
        name: one of :data:`POSES`.
        look: how far the head turns to the animal's left.
        rng: where the chances come from.
    """
    joints = {**_head(look, rng), **_tail(rng)}
    pitch = 0.0
    for side in "LR":
        joints.update({f"{joint.format(side)}": angle for joint, angle in _legs(name, side, rng).items()})
    if name == "sit":
        pitch = -rng.uniform(0.55, 0.75)
        joints.update({f"{bone}_extend": 0.22 + rng.uniform(-0.1, 0.1) for bone in NECK[:3]})
        joints.update({f"L_{k}_extend": -0.12 for k in (1, 3, 5, 7)})
    if name == "sniff":
        joints.update({f"{bone}_extend": rng.uniform(0.12, 0.3) for bone in NECK})
    if name == "bow":
        pitch = 0.45
        joints.update({f"{bone}_extend": -0.25 for bone in NECK})
    return Pose(name, joints, pitch, lying=name == "lie")


def _head(look: float, rng: np.random.Generator) -> dict[str, float]:
    """Neck, head and mouth: turned by `look`, tilted a little, the mouth open in half of the cases."""
    joints = {}
    for bone in NECK:
        joints[f"{bone}_bend"] = look / 4 + rng.uniform(-0.03, 0.03)
        joints[f"{bone}_extend"] = rng.uniform(-0.12, 0.1)
    tilt = rng.normal(0, 0.1)
    joints.update({f"C_{k}_twist": tilt for k in (6, 4, 2)})
    joints["atlas"] = rng.uniform(-0.05, 0.25)
    joints["mandible"] = rng.uniform(-0.2, -0.1) if rng.random() < 0.5 else rng.uniform(0.12, 0.33)
    return joints


def _tail(rng: np.random.Generator) -> dict[str, float]:
    """The tail somewhere between hanging and carried over the back."""
    lift, sway = rng.uniform(0.03, 0.24), rng.uniform(-0.08, 0.08)
    joints = {f"Ca_{k}_extend": lift + rng.uniform(-0.03, 0.03) for k in range(1, 22, 2)}
    return {**joints, **{f"Ca_{k}_bend": sway for k in range(2, 22, 2)}}


def _legs(name: str, side: str, rng: np.random.Generator) -> dict[str, float]:
    """The joints of the two legs of one side (`L` or `R`)."""

    def near(angle: float, spread: float = 0.1) -> float:
        return angle + rng.uniform(-spread, spread)

    hip, knee, ankle = f"hip_{side}_extend", f"knee_{side}", f"ankle_{side}"
    shoulder, elbow, scapula = f"shoulder_{side}_extend", f"elbow_{side}", f"scapula_{side}_extend"
    if name in ("stand", "sniff"):
        return {
            hip: near(0, 0.14),
            knee: near(-0.13, 0.13),
            shoulder: near(0, 0.12),
            elbow: near(-0.03, 0.06),
            ankle: near(-0.1),
        }
    if name in ("walk", "run"):
        step = (0.32 if name == "walk" else 0.55) * (1 if side == "L" else -1)
        lifted = rng.uniform(0.2, 0.7 if name == "walk" else 1.1) if step > 0 else 0.0
        return {
            hip: near(step * 0.9),
            knee: near(-0.3, 0.15),
            ankle: near(-0.15),
            shoulder: near(step * 0.9),
            elbow: near(-0.1 - lifted),
            f"wrist_{side}": -lifted,
        }
    if name == "sit":
        return {
            hip: near(-1.15),
            f"hip_{side}_abduct": rng.uniform(0, 0.35),
            knee: near(-1.75),
            ankle: -1.15,
            f"toe_{side}": 0.5,
            scapula: 0.25,
            shoulder: near(0.35),
            elbow: rng.uniform(-0.05, 0.1),
        }
    if name == "bow":
        return {
            hip: near(-0.35),
            knee: near(-0.2),
            ankle: near(-0.1),
            scapula: 0.3,
            shoulder: near(0.75),
            elbow: near(-0.9, 0.2),
            f"wrist_{side}": 0.1,
        }
    return {
        hip: -1.25,
        f"hip_{side}_abduct": rng.uniform(0.1, 0.5),
        knee: -2.0,
        ankle: -1.5,
        scapula: 0.2,
        shoulder: near(0.5, 0.05),
        elbow: -1.7,
        f"wrist_{side}": 0.1,
    }
