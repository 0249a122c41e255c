"""Judges of the exercises in lesson 03, convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.check.exercises import Feedback, judge, not_yet, right
from course.messages import _


@judge("03.kernel")
def kernel(horizontal_edge: Any) -> Feedback:
    """A 3 × 3 kernel that answers to a picture that gets brighter downwards, and to nothing else."""
    answer = np.asarray(horizontal_edge, dtype=float)
    if answer.shape != (3, 3):
        return not_yet(_("shape {shape}").format(shape=answer.shape), _("three rows of three numbers"))
    ramp = np.tile(np.arange(3.0)[:, np.newaxis], 3)
    plain, downwards = float(answer.sum()), float(np.sum(answer * ramp))
    size = float(np.abs(answer).sum())
    if size == 0:
        return not_yet(_("only zeros"), _("numbers above zero and below it"))
    if abs(plain) > 0.01 * size:
        return not_yet(
            _("{plain:.2g} on a plain white part").format(plain=plain), _("0 there: the nine numbers add up to 0")
        )
    if np.abs(answer.sum(axis=0)).max() > 0.01 * size:
        return not_yet(_("an answer to vertical edges too"), _("none there: each column of the kernel adds up to 0"))
    if downwards < 0.1 * size:
        return not_yet(
            _("{value:.2g} where the picture gets brighter downwards").format(value=downwards),
            _("a number clearly above 0: below the middle the kernel is positive"),
        )
    return right(_("it is 0 on plain parts and on vertical edges, and positive where it gets brighter downwards."))


@judge("03.shapes")
def shapes(final_size: Any, first_parameters: Any) -> Feedback:
    """Size of the last feature maps, and parameters of the first convolution."""
    if final_size != 4:
        return not_yet(f"final_size = {final_size}", _("28, halved three times, rounding up each time"))
    if first_parameters != 320:
        return not_yet(
            f"first_parameters = {first_parameters}", _("nine numbers and one bias for each of the 32 kernels")
        )
    return right(_("28 → 14 → 7 → 4, and 32 × (3 × 3 + 1) = 320, whatever the size of the picture."))
