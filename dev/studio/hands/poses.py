"""The handshapes: base forms written by hand in ``poses.json``, and variants of them fitted in ``variants.json``.

Usage: ``forms = read_forms()``; ``spec = forms["k"][0].pose``; ``joints(spec)`` for
:meth:`dev.studio.hands.mesh.Hand.pose`.

A form is one way of making a letter (the thumb across or beside, the textbook T or the pointing one); what a form does
not say about a finger is the fist's. A variant is a form with small offsets, found by :mod:`dev.studio.hands.fit`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dev.studio.hands.mesh import FINGERS, Joints, rotation

FOLDER = Path(__file__).parent

PARAMETERS: dict[str, float] = {
    **{f"{finger}.{joint}": 7.0 for finger in FINGERS for joint in ("mcp", "pip")},
    **{f"{finger}.abd": 2.5 for finger in FINGERS},
    "thumb.cmc": 8.0,
    "thumb.abd": 8.0,
    "thumb.twist": 6.0,
    "thumb.mcp": 8.0,
    "thumb.ip": 8.0,
    "wrist.flex": 14.0,
    "wrist.abd": 12.0,
    "view.yaw": 16.0,
    "view.pitch": 14.0,
    "view.roll": 11.0,
    "view.turn": 9.0,
    "frame.scale": 0.11,
    "frame.x": 0.04,
    "frame.y": 0.05,
    "frame.aspect": 0.06,
}
"""What may differ between variants of a form, and by how much it usually does (one standard deviation): degrees, and
shares of
the image's side for the frame."""
SPREAD = np.array(list(PARAMETERS.values()))

LEAST_SHARE = 0.08
"""Of a form that the fit never chose: signers elsewhere make it all the same."""
PLAIN_SHARE = 0.15
"""How often a form is made just as ``poses.json`` has it, against all of its variants."""

_PLACE = {
    **{f"{finger}.{joint}": (finger, column) for finger in FINGERS for column, joint in enumerate(("mcp", "pip"))},
    **{f"{finger}.abd": (finger, 3) for finger in FINGERS},
    **{
        f"thumb.{name}": ("thumb", column)
        for name, column in zip(("cmc", "abd", "twist", "mcp", "ip"), (0, 1, 2, 3, 5), strict=True)
    },
    **{f"wrist.{name}": ("wrist", column) for column, name in enumerate(("flex", "abd"))},
    **{f"view.{name}": ("view", column) for column, name in enumerate(("yaw", "pitch", "roll", "turn"))},
    **{f"frame.{name}": ("frame", column) for column, name in enumerate(("scale", "x", "y", "aspect"))},
}


@dataclass(frozen=True)
class Pose:
    """A handshape, where it is seen from and how it is framed; the fields are explained in ``poses.json``."""

    index: tuple[float, ...]
    middle: tuple[float, ...]
    ring: tuple[float, ...]
    pinky: tuple[float, ...]
    thumb: tuple[float, ...]
    wrist: tuple[float, ...]
    view: tuple[float, ...]
    frame: tuple[float, ...]

    def shifted(self, offsets: np.ndarray) -> Pose:
        """The same with `offsets` (in the order of :data:`PARAMETERS`) added, within what joints can do."""
        values = {name: list(getattr(self, name)) for name in self.__dataclass_fields__}
        for (group, column), offset in zip(_PLACE.values(), offsets, strict=True):
            values[group][column] += float(offset)
            if group in FINGERS and column == 1:
                values[group][2] += 0.6 * float(offset)  # the last joint follows the middle one
        for finger in FINGERS:
            limits = ((-8, 95), (-2, 112), (-4, 80), (-20, 20))
            values[finger] = [min(max(v, low), high) for v, (low, high) in zip(values[finger], limits, strict=True)]
        values["thumb"][3] = min(max(values["thumb"][3], -12), 70)
        values["thumb"][5] = min(max(values["thumb"][5], -15), 75)
        return replace(self, **{name: tuple(value) for name, value in values.items()})

    def joints(self) -> Joints:
        """Angles by joint."""
        found: Joints = {"wrist": (self.wrist[0], self.wrist[1], 0)}
        for finger in FINGERS:
            mcp, pip, dip, abd = getattr(self, finger)
            found |= {f"{finger}_mcp": (mcp, abd, 0), f"{finger}_pip": (pip, 0, 0), f"{finger}_dip": (dip, 0, 0)}
        flex, abd, twist, mcp, mcp_abd, ip = self.thumb
        return found | {"thumb_cmc": (flex, abd, twist), "thumb_mcp": (mcp, mcp_abd, 0), "thumb_ip": (ip, 0, 0)}

    def camera(self) -> np.ndarray:
        """3 × 3 rotation from the hand's frame to the camera's.

        ``yaw`` > 0 turns the palm to image right, then ``pitch`` > 0 tips the finger tips to the camera, then ``roll``
        > 0 turns counter-clockwise, then ``turn`` > 0 moves what points at the camera to image right.
        """
        yaw, pitch, roll, turn = self.view
        return rotation(1, turn) @ rotation(2, roll) @ rotation(0, pitch) @ rotation(1, yaw)


@dataclass(frozen=True)
class Form:
    """One way of making a letter, how common it is among the letter's forms, and its variants.

    Attributes:
        offsets: (N, P) in the order of :data:`PARAMETERS`, the first row zeros; weights: (N,), sum 1.
    """

    name: str
    pose: Pose
    share: float
    offsets: np.ndarray
    weights: np.ndarray


def base_forms() -> dict[str, dict[str, Pose]]:
    """Letter → name of a form → its pose, as ``poses.json`` has them."""
    table = json.loads((FOLDER / "poses.json").read_text())
    fist = table["fist"]
    return {
        letter: {
            name: Pose(**{part: tuple(value) for part, value in (fist | form).items()}) for name, form in forms.items()
        }
        for letter, forms in table["letters"].items()
    }


def fitted_forms(letter: str) -> dict[str, Pose]:
    """The forms that the real edition may show; the others are not approached by the fit."""
    apart = json.loads((FOLDER / "poses.json").read_text())["not_fitted"].get(letter, [])
    return {name: pose for name, pose in base_forms()[letter].items() if name not in apart}


def read_forms() -> dict[str, list[Form]]:
    """Letter → its forms with their fitted variants; a form without any has the base pose alone."""
    path = FOLDER / "variants.json"
    fitted = json.loads(path.read_text())["letters"] if path.is_file() else {}
    starts = json.loads((FOLDER / "poses.json").read_text())["only_to_start_from"]
    forms = {}
    for letter, poses in base_forms().items():
        variants = fitted.get(letter, [])
        total = sum(variant.get("weight", variant["share"]) for variant in variants)
        forms[letter] = []
        for name, pose in poses.items():
            own = [variant for variant in variants if variant["form"] == name]
            offsets = np.array([np.zeros(len(SPREAD)), *(variant["offset"] for variant in own)])
            common = [variant.get("weight", variant["share"]) for variant in own]
            share = max(sum(common) / total, LEAST_SHARE) if total else 1 / len(poses)
            if name in starts.get(letter, []):
                weights, share = np.array([0.0, *common]), share * bool(own)
            else:
                weights = np.array([PLAIN_SHARE * (sum(common) or 1), *common])
            forms[letter].append(Form(name, pose, share, offsets, weights / max(weights.sum(), 1e-9)))
    return forms
