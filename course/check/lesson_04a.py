"""Judges of the exercises in lesson 04a, augmentation."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from course.check.exercises import Feedback, judge, not_yet, right
from course.messages import _

if TYPE_CHECKING:
    import pandas as pd

_HARMLESS = {"left-right", "turn-10", "zoom-10", "shift-10", "tilt", "darker"}
_RANGES = {"rotation": (0, 30), "zoom": (0, 0.25), "shift": (0, 0.2)}


@judge("04a.who")
def who(people: Any, *, signers: pd.DataFrame) -> Feedback:
    """The number of people by skin tone (rows) and hand (columns)."""
    import pandas as pd

    if not isinstance(people, pd.DataFrame):
        return not_yet(people, _('a table: pd.crosstab(signers["tone"], …)'))
    expected = pd.crosstab(signers["tone"], signers["hand"])
    if people.equals(expected):
        return right(_("the groups differ in skin tone and in the hand: two things at once."))
    if people.equals(expected.T):
        return not_yet(_("a row for each hand"), _("a row for each skin tone; exchange the two"))
    total = float(people.select_dtypes("number").to_numpy().sum())
    if total > len(signers):
        return not_yet(
            _("{total:,.0f} in all").format(total=total),
            _("{count}: people, not images; count the rows of `signers`").format(count=len(signers)),
        )
    return not_yet(
        people,
        _("a row for each of {rows}, a column for each of {columns}").format(
            rows=", ".join(map(str, expected.index)), columns=", ".join(map(str, expected.columns))
        ),
    )


@judge("04a.fix")
def fix(remedy: Any) -> Feedback:
    """The change to the training that closes most of the raw gap between skin tones."""
    if remedy == "mirror":
        return right(_("the gap is one of the hand, and mirrored right hands are left hands."))
    why = {
        "brighten": _("a change that reaches left hands: within a hand, dark skin is not behind"),
        "more-dark": _("a change that reaches left hands: right-handed people of dark skin are not behind"),
        "turn": _("a change that reaches left hands: a turned right hand is still a right hand"),
    }
    names = _("one of the four names in quotes")
    return not_yet(remedy, why.get(remedy, names) if isinstance(remedy, str) else names)


@judge("04a.turned")
def turned(becomes: Any) -> Feedback:
    """The letter that a u becomes when it is turned by a quarter."""
    if not isinstance(becomes, str) or becomes.strip().lower() != "h":
        return not_yet(becomes, _("the letter with the same two fingers, pointing sideways"))
    return right(_("u and h are the same two fingers, upright and sideways: turned by a quarter, the label is wrong."))


@judge("04a.harmless")
def harmless(harmless: Any) -> Feedback:
    """The names of the changes that leave a letter what it is."""
    if not isinstance(harmless, (list, tuple, set)):
        return not_yet(harmless, _('a list of names, such as ["darker"]'))
    reasons = {
        "upside-down": _("no changes that make a hand which nobody signs, as upside down"),
        "turn-90": _("no changes that make another letter, as the quarter turn of the u"),
        "shift-60": _("no changes that push the fingers out of the image"),
    }
    why = {
        "left-right": _("mirroring from left to right too: left-handed people sign with the other hand"),
        "turn-10": _("a small turn too: nobody holds a hand exactly upright"),
        "zoom-10": _("a small zoom too: some hands are nearer, some larger"),
        "shift-10": _("a small shift too: the hand is still in the image"),
        "tilt": _("a slight perspective too: nobody holds a camera exactly level"),
        "darker": _("a little less light too: it changes no finger"),
    }
    for name in harmless:
        if name not in _HARMLESS:
            return not_yet(f"{name!r}", reasons.get(name, _("the names as they stand in the text")))
    missing = sorted(_HARMLESS - set(harmless))
    if missing:
        return not_yet(", ".join(map(repr, harmless)) or "[]", why[missing[0]])
    return right(_("a letter may change hands, lean, move and lose light; it may not turn over or leave the image."))


@judge("04a.ranges")
def ranges(rotation: Any, zoom: Any, shift: Any, mirror: Any) -> Feedback:
    """How far training images may be changed; within these limits a hand stays a hand. To mirror is the learner's."""
    for name, value in (("rotation", rotation), ("zoom", zoom), ("shift", shift)):
        low, high = _RANGES[name]
        if not isinstance(value, Real) or isinstance(value, bool) or not low <= value <= high:
            return not_yet(f"{name} = {value!r}", _("a number from {low} to {high}").format(low=low, high=high))
    if not isinstance(mirror, (bool, np.bool_)):
        return not_yet(f"mirror = {mirror!r}", _("True or False"))
    if mirror:
        return right(_("half of the hands will be left ones. The network is trained with your numbers."))
    return right(_("left hands stay as rare as they are. The network is trained with your numbers; see whom it costs."))


@judge("04a.black")
def black(better_images: Any, *, train_images: np.ndarray) -> Feedback:
    """The first eight training images with pixels from 0 to 255, which `brightness_range` works on."""
    found, expected = np.asarray(better_images), train_images[:8].astype("float32")
    if found.shape != expected.shape:
        shape = _("shape {shape}").format(shape=found.shape)
        return not_yet(shape, _("shape {shape}: eight images, one channel").format(shape=expected.shape))
    top = float(found.max())
    if top <= 1.5:
        return not_yet(
            _("numbers up to {top:.3g}").format(top=top),
            _("numbers on the scale that image files use; the generator rounds them"),
        )
    if np.abs(found.astype("float32") - expected).mean() > 1:
        return not_yet(_("other images"), _("the first eight of `train_images`, undivided"))
    return right(_("from 0 to 255, rounding does no harm, and the division belongs into the network."))
