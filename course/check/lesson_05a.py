"""Judges of the exercises in lesson 05a, the doggy door."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from course.check.exercises import Feedback, called, judge, not_yet, outputs_of, right
from course.messages import _
from course.pretrained import Backbone

if TYPE_CHECKING:
    import pandas as pd

VGG16_PARAMETERS = 138_357_544
VGG16_BIASES = 13_416
"""4,224 of the convolutions, 9,192 of the dense layers."""
CLASSES = 1000
DOGS = range(151, 269)
PATCHES = (7, 7)
CLOSE = 0.02
"""Batches of other sizes, and other processors, move a probability by less than this."""
CLEAR = 0.5
"""Below this probability of our own prediction, another way to crop the photo may lead to another class."""


@judge("05a.vgg-parameters")
def vgg_parameters(vgg_parameters: Any) -> Feedback:
    """The number of parameters of VGG16."""
    if not isinstance(vgg_parameters, Real) or int(vgg_parameters) != vgg_parameters:
        return not_yet(vgg_parameters, _("a whole number"))
    answer = int(vgg_parameters)
    if answer == VGG16_PARAMETERS:
        return right(_("14.7 million are in the convolutions, 123.6 million in the three dense layers."))
    if answer == VGG16_PARAMETERS - VGG16_BIASES:
        return not_yet(f"{answer:,}", _("a little more: each channel and each neuron also has a bias"))
    more = _("more") if answer < VGG16_PARAMETERS else _("fewer")
    return not_yet(
        f"{answer:,}",
        _("{more}: (3 × 3 × inputs + 1) × outputs for a convolution, (inputs + 1) × outputs for a dense layer").format(
            more=more
        ),
    )


@judge("05a.careful-door")
def careful_door(open_above: Any, *, costs: pd.DataFrame) -> Feedback:
    """The cheapest of the thresholds in the table, or one of them."""
    if isinstance(open_above, (str, bool)) or not isinstance(open_above, Real):
        return not_yet(open_above, _("one of the thresholds in the table, a number"))
    here = np.isclose(costs.index, float(open_above))
    if not here.any():
        return not_yet(open_above, _("one of the thresholds in the table, a number"))
    cost, least = int(costs["cost"][here].iloc[0]), int(costs["cost"].min())
    if cost > least:
        return not_yet(
            _("a cost of {cost}").format(cost=cost), _("the smallest cost in the table, {least}").format(least=least)
        )
    return right(_("no threshold in the table is cheaper on these photos, with these costs."))


@judge("05a.debug")
def debug(repaired: Any, *, backbone: Backbone, sample_paths: list[Path]) -> Feedback:
    """A function from a photo, RGB, to its 1,000 probabilities."""
    for path in sample_paths:
        with Image.open(path) as photo:
            found = called(repaired, photo.convert("RGB"))
        if isinstance(found, Feedback):
            return found
        if np.shape(found) == (1, CLASSES):
            return not_yet(_("shape {shape}").format(shape=np.shape(found)), _("the row of the one photo, item [0]"))
        if np.shape(found) != (CLASSES,):
            return not_yet(found, _("1,000 probabilities of one photo"))
        pixels = _middle_square(path)
        expected = outputs_of(backbone.model, backbone.preprocess(pixels))[0]
        number, wanted = int(np.argmax(found)), int(np.argmax(expected))
        if expected[wanted] < CLEAR or (number == wanted and abs(found[number] - expected[wanted]) < 0.2):
            continue
        hint = ""
        if number == outputs_of(backbone.model, backbone.preprocess(backbone.preprocess(pixels))).argmax():
            hint = _(" (preprocessed twice)")
        elif number in [outputs_of(backbone.model, raw).argmax() for raw in (pixels, pixels / 255)]:
            hint = _(" (not preprocessed)")
        return not_yet(
            _("{name}, {probability:.2f}, for {file}{hint}").format(
                name=backbone.classes[number], probability=float(found[number]), file=path.name, hint=hint
            ),
            _("{name}, {probability:.2f}").format(name=backbone.classes[wanted], probability=float(expected[wanted])),
        )
    return right(_("`ask` preprocesses already. Twice is as wrong as never, and as silent."))


@judge("05a.doggy-door")
def doggy_door(doggy_door: Any, *, backbone: Backbone) -> Feedback:
    """A function from the number of a class to what the door does: "in", "stay" or "out"."""
    plain_cases = (207, 281, 294)
    for number in (*plain_cases, *range(1000)):
        found = called(doggy_door, number)
        if isinstance(found, Feedback):
            return found
        expected = "in" if number in DOGS else "stay" if 281 <= number <= 285 else "out"
        if not isinstance(found, str) or found != expected:
            return not_yet(
                _("{found!r} for class {number}, {name}").format(
                    found=found, number=number, name=backbone.classes[number]
                ),
                repr(expected),
            )
    return right(_("118 kinds of dog come in, 5 kinds of cat stay, and the other 877 classes keep out."))


@judge("05a.occlusion")
def occlusion(dogs_hidden: Any, *, backbone: Backbone, hide: Callable[[int, int], Image.Image]) -> Feedback:
    """An array (7, 7): the probability of all dogs together with each patch of the square hidden."""
    found = np.asarray(dogs_hidden, np.float64)
    if found.shape != PATCHES:
        return not_yet(
            _("shape {shape}").format(shape=found.shape), _("7 rows and 7 columns, one number for each patch")
        )
    rows = [np.stack([np.asarray(hide(row, column), np.float32) for column in range(7)]) for row in range(7)]
    dogs = np.stack([outputs_of(backbone.model, backbone.preprocess(row))[:, DOGS] for row in rows])
    expected = dogs.sum(axis=2)
    wrong = np.abs(found - expected)
    if wrong.max() < CLOSE:
        return right(_("49 questions, one answer each: where hiding changes much, the network looks."))
    hint = ""
    if np.allclose(found.T, expected, atol=CLOSE):
        hint = _(" (rows and columns exchanged)")
    elif np.allclose(found, dogs.max(axis=2), atol=CLOSE):
        hint = _(" (the most probable dog, not all of them)")
    row, column = map(int, np.unravel_index(wrong.argmax(), PATCHES))
    return not_yet(
        _("{found:.2f} in row {row}, column {column}{hint}").format(
            found=found[row, column], row=row, column=column, hint=hint
        ),
        f"{expected[row, column]:.2f}",
    )


@judge("05a.operations")
def operations(conv_operations: Any, separable_operations: Any) -> Feedback:
    """Multiplications of a convolution for one image, as it is and split into a depthwise one and one of 1 × 1."""
    wanted = {
        "conv_operations": (3 * 3 * 64 * 64 * 224 * 224, _("3 × 3 × 64 for each of the 64 × 224 × 224 outputs")),
        "separable_operations": (
            (3 * 3 * 64 + 64 * 64) * 224 * 224,
            _("at each of 224 × 224 places 3 × 3 in each of 64 channels, then 64 for each of 64 channels"),
        ),
    }
    for name, answer in (("conv_operations", conv_operations), ("separable_operations", separable_operations)):
        number, how = wanted[name]
        if not isinstance(answer, Real) or answer != number:
            shown = f"{answer:,}" if isinstance(answer, Real) else repr(answer)
            return not_yet(f"{name} = {shown}", how)
    return right(_("an eighth of the work is left; with more channels it comes near a ninth."))


def _middle_square(path: Path) -> np.ndarray:
    """The middle 94 % of a photo's shorter side: float32 (1, 224, 224, 3), 0–255."""
    with Image.open(path) as photo:
        side = 0.94 * min(photo.size)
        left, top = (photo.width - side) / 2, (photo.height - side) / 2
        box = (left, top, left + side, top + side)
        square = photo.convert("RGB").resize((224, 224), Image.Resampling.BICUBIC, box)
    return np.asarray(square, np.float32)[np.newaxis]
