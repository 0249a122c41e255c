"""Judges of the exercises in lesson 04a, augmentation."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from course.check.exercises import Feedback, judge, not_yet, right
from course.messages import _

_HARMLESS = {"left-right", "turn-10", "shift-10", "darker"}
_RANGES = {"rotation": (5, 30), "zoom": (0.05, 0.25), "shift": (0.04, 0.2)}


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
        "shift-60": _("no changes that push the fingers out of the picture"),
    }
    why = {
        "left-right": _("mirroring from left to right too: left-handed people sign with the other hand"),
        "turn-10": _("a small turn too: nobody holds a hand exactly upright"),
        "shift-10": _("a small move too: the hand is still in the picture"),
        "darker": _("a little less light too: it changes no finger"),
    }
    for name in harmless:
        if name not in _HARMLESS:
            return not_yet(f"{name!r}", reasons.get(name, _("the names as they stand in the text")))
    missing = sorted(_HARMLESS - set(harmless))
    if missing:
        return not_yet(", ".join(map(repr, harmless)) or "[]", why[missing[0]])
    return right(_("a letter may change hands, lean, move and lose light; it may not turn over or leave the picture."))


@judge("04a.steps")
def steps(steps_per_epoch: Any, *, train_images: np.ndarray) -> Feedback:
    """The number of batches of 128 in an epoch."""
    expected = -(-len(train_images) // 128)
    if steps_per_epoch != expected:
        return not_yet(
            f"steps_per_epoch = {steps_per_epoch!r}",
            _("the number of pictures divided by the batch size, rounded up, since the last, smaller batch counts too"),
        )
    return right(
        _("{count} pictures in batches of 128 are {steps} steps, the last one with {rest} pictures.").format(
            count=len(train_images), steps=expected, rest=len(train_images) - 128 * (expected - 1)
        )
    )


@judge("04a.ranges")
def ranges(rotation: Any, zoom: Any, shift: Any, mirror: Any) -> Feedback:
    """How far training pictures may be changed; within these limits the network has been seen to learn well."""
    for name, value in (("rotation", rotation), ("zoom", zoom), ("shift", shift)):
        low, high = _RANGES[name]
        if not isinstance(value, Real) or isinstance(value, bool) or not low <= value <= high:
            return not_yet(f"{name} = {value!r}", _("a number from {low} to {high}").format(low=low, high=high))
    if mirror is not True:
        return not_yet(
            f"mirror = {mirror!r}", _("True, for those who sign with the other hand than most pictures show")
        )
    return right(_("these changes leave the letter what it is. The network is trained with your numbers."))
