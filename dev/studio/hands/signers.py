"""Who signs, and how a camera sees it: signers with their hands, habits and rooms, and the freedom each image has.

Usage: ``signer = Signer.draw("train", 3)``; ``moment = signer.moment(label, chance, FREEDOM["train"])``. A signer's
habits stay; each image varies them a little, as the frames of a short film would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.stats import norm

from dev.studio.hands import LETTERS
from dev.studio.hands.mesh import FINGERS, Proportions
from dev.studio.hands.poses import PARAMETERS, SPREAD, Form, Pose, read_forms

SEED = 20
SPLITS = ("train", "valid", "photo", "known")
"""Their places seed the random numbers."""
BACKGROUNDS = ("wall", "table", "door", "window", "shelf", "person")
ROOMS = ("wall", "table", "wall", "door", "wall", "table", "person", "wall", "table", "shelf", "wall", "window")
VIEW = np.array([name.startswith(("view", "wrist", "frame")) for name in PARAMETERS])


@dataclass(frozen=True)
class Freedom:
    """How freely a split is made; standard deviations, joints in units of :data:`SPREAD`.

    The people of ``known`` are those of ``train``, hands that are not left to chance are in :func:`_crossed`.
    """

    signers: int
    left: float
    joint_habit: float
    view_habit: float
    joint_jitter: float
    view_jitter: float
    scale: float
    shift: float
    rotation: float
    azimuth: float
    textbook: bool = False  # forms as poses.json has them, without the variants of the fit


FREEDOM = {
    "train": Freedom(72, 0.10, 0.12, 0.10, 0.05, 0.05, 0.015, 0.010, 1.5, 5.0),
    "valid": Freedom(240, 0.0, 0.07, 0.06, 0.05, 0.05, 0.030, 0.020, 3.5, 7.0),
    "known": Freedom(72, 0.0, 0.0, 0.0, 0.05, 0.05, 0.030, 0.020, 3.5, 7.0),
    "photo": Freedom(24, 0.5, 0.12, 0.12, 0.05, 0.08, 0.03, 0.02, 3.5, 15.0, textbook=True),
}

FORM_SHARES = {"t": {"between": 0.4}}
"""How common a form is among signers where that is not what the fit found; the other forms share the rest."""

THIRD, LEFT_HANDED = 80, (8, 16, 32)
"""Left-handed people among the validation signers of light, medium and dark skin, 80 each: a confound that lesson 04a
lets learners find."""
SLEEVES = ("none", "light", "none", "dark", "none")
"""In every group of validation signers in turn."""

TEXTBOOK = {"t": "between"}
"""The plainest form, where it is not the first in ``poses.json``."""


@lru_cache(maxsize=1)
def forms() -> dict[str, list[Form]]:
    """The forms of all letters, read once."""
    return read_forms()


@dataclass(frozen=True)
class Moment:
    """All that one image shows, as drawn; angles in degrees, lengths as shares of the side of the image."""

    form: str
    pose: Pose
    rotation: float
    scale: float
    shift_x: float
    shift_y: float
    azimuth: float
    elevation: float
    brightness: float
    contrast: float
    blur: float
    noise: float


@dataclass(frozen=True)
class Signer:
    """A person: proportions, skin tone (1–10), hand, sleeve, room and light, and how they make each letter."""

    split: str
    number: int
    left: bool
    tone: float
    shape: Proportions
    sleeve: str
    cuff: float
    cloth: float
    background: str
    wall: float
    azimuth: float
    elevation: float
    direct: float
    ambient: float
    hard: float
    exposure: float
    contrast: float
    view: float
    scale: float
    poses: tuple[tuple[str, Pose], ...]

    @property
    def name(self) -> str:
        """Name in the files: t00 … t71, v000 … v239."""
        return f"{self.split[0]}{self.number:0{len(str(FREEDOM[self.split].signers - 1))}}"

    @classmethod
    def draw(cls, split: str, number: int) -> Signer:
        """Signer `number` of `split`: always the same. Tone, hand and background go round, so that all occur."""
        chance = np.random.default_rng([SEED, SPLITS.index(split), number])
        freedom = FREEDOM[split]
        order = np.random.default_rng([SEED, SPLITS.index(split)])
        tones = order.permutation((np.arange(freedom.signers) + 0.5) / freedom.signers * 9 + 1)
        lefts = order.permutation(np.arange(freedom.signers) < round(freedom.left * freedom.signers))
        rooms = order.permutation(np.resize(ROOMS, freedom.signers))
        size, thickness = chance.normal(1, 0.03), chance.normal(1, 0.04)
        average = Proportions.average()
        digits = ("thumb", *FINGERS)
        shape = Proportions(
            {digit: average.long.get(digit, 1.0) * size * chance.normal(1, 0.015) for digit in digits},
            {digit: average.thick[digit] * thickness * chance.normal(1, 0.015) for digit in digits},
            float(np.clip(chance.normal(1, 0.03), 0.9, 1.1)),
            float(np.clip(chance.normal(1, 0.08), 0.85, 1.2)),
        )
        sleeve = str(chance.choice(["none", "light", "dark"], p=[0.6, 0.15, 0.25]))
        signer = cls(
            split=split,
            number=number,
            left=bool(lefts[number]),
            tone=float(tones[number]),
            shape=shape,
            sleeve=sleeve,
            cuff=float(chance.uniform(0.0, 0.07)),
            cloth=float(chance.uniform(0.02, 0.10) if sleeve == "dark" else chance.uniform(0.25, 0.7)),
            background=str(rooms[number]),
            wall=float(np.clip(chance.normal(0.48, 0.07), 0.3, 0.65)),
            azimuth=float(np.clip(chance.normal(-65, 20), -105, -15) * (1 if chance.random() < 0.9 else -1)),
            elevation=float(chance.uniform(20, 52)),
            direct=float(chance.uniform(1.1, 1.5)),
            ambient=float(chance.uniform(0.17, 0.30)),
            hard=float(chance.uniform(0.5, 0.85)),
            exposure=float(chance.normal(0, 0.10)),
            contrast=float(np.clip(chance.normal(1.03, 0.06), 0.85, 1.2)),
            view=float(chance.uniform(18, 26)),
            scale=float(np.clip(chance.normal(1, 0.025), 0.92, 1.08)),
            poses=tuple(_habit(letter, freedom, chance) for letter in LETTERS),
        )
        return replace(signer, **_crossed()[number]) if split == "valid" else signer

    def moment(self, label: int, chance: np.random.Generator, freedom: Freedom) -> Moment:
        """One image of the letter `label`, as this signer makes it, drawn from `chance`."""
        form, pose = self.poses[label]
        sway = np.where(VIEW, freedom.view_jitter, freedom.joint_jitter) * SPREAD * chance.normal(size=len(SPREAD))
        return Moment(
            form=form,
            pose=pose.shifted(sway),
            rotation=float(chance.normal(0, freedom.rotation)),
            scale=float(np.clip(self.scale * (1 + chance.normal(0, freedom.scale)), 0.7, 1.2)),
            shift_x=float(np.clip(chance.normal(0, freedom.shift), -0.15, 0.15)),
            shift_y=float(np.clip(chance.normal(0, freedom.shift), -0.15, 0.15)),
            azimuth=self.azimuth + float(chance.normal(0, freedom.azimuth)),
            elevation=float(np.clip(self.elevation + chance.normal(0, freedom.azimuth / 2), 5, 85)),
            brightness=self.exposure + float(chance.normal(0, 0.05)),
            contrast=self.contrast * float(chance.uniform(0.96, 1.04)),
            blur=float(abs(chance.normal(0.15, 0.15))),
            noise=float(chance.uniform(1, 4) if chance.random() < 0.12 else 0.0),
        )


@lru_cache(maxsize=1)
def _crossed() -> list[dict]:
    """What is not left to chance about each validation signer, so that groups of them can be compared.

    Within each third of skin tones and each hand, sleeves, rooms, walls and exposure are spread alike. Walls are
    brighter than in training and no light comes from the right, because light skin is harder to read before a dark wall
    or lit from there: that would be a second difference between the groups.
    """
    order = np.random.default_rng([SEED, SPLITS.index("valid")])
    people: list[dict] = []
    for third, lefts in enumerate(LEFT_HANDED):
        tones = list(order.permutation(1.05 + 3 * third + 2.9 * (np.arange(THIRD) + 0.5) / THIRD))
        for left, count in ((True, lefts), (False, THIRD - lefts)):
            ranks = norm.ppf((np.arange(count) + 0.5) / count)
            spread = zip(
                order.permutation(np.resize(SLEEVES, count)),
                order.permutation(np.resize(ROOMS, count)),
                order.permutation(ranks),
                order.permutation(ranks),
                strict=True,
            )
            for sleeve, room, wall, exposure in spread:
                people.append(
                    {
                        "tone": float(tones.pop()),
                        "left": left,
                        "sleeve": str(sleeve),
                        "cloth": float(order.uniform(0.02, 0.10) if sleeve == "dark" else order.uniform(0.25, 0.7)),
                        "background": str(room),
                        "azimuth": float(-np.clip(order.normal(65, 20), 15, 105)),
                        "wall": float(np.clip(0.60 + 0.04 * wall, 0.5, 0.7)),
                        "exposure": float(0.10 * exposure),
                    }
                )
    return [people[place] for place in order.permutation(len(people))]


def _habit(letter: str, freedom: Freedom, chance: np.random.Generator) -> tuple[str, Pose]:
    """How a signer makes `letter`: a form, one of its variants, and the signer's own offsets."""
    form = forms()[letter][chance.choice(len(forms()[letter]), p=_form_shares(letter, freedom.textbook))]
    variant = form.offsets[chance.choice(len(form.offsets), p=form.weights)] * (not freedom.textbook)
    own = np.where(VIEW, freedom.view_habit, freedom.joint_habit) * SPREAD * chance.normal(size=len(SPREAD))
    return form.name, form.pose.shifted(variant * chance.uniform(0.8, 1.05) + own)


def _form_shares(letter: str, textbook: bool) -> np.ndarray:
    """How common each form of `letter` is, sum 1; `textbook` takes the plainest one alone."""
    if textbook:
        wanted = TEXTBOOK.get(letter, forms()[letter][0].name)
        return np.array([float(form.name == wanted) for form in forms()[letter]])
    fixed = FORM_SHARES.get(letter, {})
    fitted = np.array([0 if form.name in fixed else form.share for form in forms()[letter]])
    set_apart = np.array([fixed.get(form.name, 0) for form in forms()[letter]])
    return set_apart + fitted / fitted.sum() * (1 - set_apart.sum())
