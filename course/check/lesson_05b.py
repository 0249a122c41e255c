"""Judges of the exercises in lesson 05b, a door for one dog."""

from __future__ import annotations

from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from course.check.exercises import Feedback, called, judge, not_yet, right
from course.messages import _

HEAD_PARAMETERS = 1280 + 1
FAR_TOO_LARGE = 50
"""A rate that is to do harm is at least this many times the one for fine-tuning."""
STRICT = 0.9
"""A threshold passes if its recall is at least this share of the best one that admits no stranger."""


@judge("05b.measures")
def measures(recall: Any, precision: Any) -> Feedback:
    """Two functions of two boolean arrays: recall and precision."""
    is_bo = np.array([True] * 4 + [False] * 5)
    opens = np.array([True] * 3 + [False] + [True] * 2 + [False] * 3)
    of_bo, of_openings = _("3 of the 4 images of Bo"), _("3 of the 5 images for which it opens")
    for name, function, expected, how in (
        ("recall", recall, 3 / 4, of_bo),
        ("precision", precision, 3 / 5, of_openings),
    ):
        found = called(function, is_bo.copy(), opens.copy())
        if isinstance(found, Feedback):
            return found
        if not np.isclose(float(found), expected):
            known = {3 / 4: _("recall"), 3 / 5: _("precision"), 6 / 9: _("accuracy"), 3.0: _("count")}
            what = next((f", {text}" for value, text in known.items() if np.isclose(float(found), value)), "")
            return not_yet(f"{name}: {float(found):.2f}{what}", f"{how}, {expected:.2f}")
        if np.isclose(float(function(is_bo.copy(), is_bo.copy())), expected):
            return not_yet(
                _("{value:.2f} for any door").format(value=expected), _("a share worked out from the arrays")
            )
    return right(_("both count the openings for Bo: as a share of his images, and as a share of all openings."))


@judge("05b.freeze")
def freeze(features_trainable: Any, trainable_parameters: Any) -> Feedback:
    """Whether the backbone learns along with the head, and how many parameters are then trained."""
    if features_trainable is not False:
        return not_yet(
            f"features_trainable = {features_trainable!r}",
            _(
                "False: a head that knows nothing yet would teach the backbone nonsense, and over three million "
                "parameters would learn a few images by heart"
            ),
        )
    if trainable_parameters == HEAD_PARAMETERS - 1:
        return not_yet(f"trainable_parameters = {trainable_parameters}", _("one more: every neuron also has a bias"))
    if trainable_parameters != HEAD_PARAMETERS:
        return not_yet(
            f"trainable_parameters = {trainable_parameters!r}",
            _("those of one neuron alone: a weight for each of the 1,280 numbers, and one bias"),
        )
    return right(_("1,280 weights and a bias are trained, and nothing else in the network changes."))


@judge("05b.compile")
def compile_for_logits(loss: Any, logit_threshold: Any) -> Feedback:
    """Binary cross-entropy of logits, and the logit that stands for a probability of one half."""
    import keras

    labels, logits = np.array([[1.0], [0.0]], "float32"), np.array([[2.0], [2.0]], "float32")
    function = keras.losses.get(loss) if isinstance(loss, (str, type)) else loss
    if not callable(function):
        return not_yet(loss, _("a loss, such as keras.losses.BinaryCrossentropy(…)"))
    value = float(np.mean(keras.ops.convert_to_numpy(function(labels, logits))))
    if not np.isclose(value, np.mean(np.log1p(np.exp([-2.0, 2.0]))), atol=1e-3):
        taken = np.isclose(value, float(keras.losses.BinaryCrossentropy()(labels, logits)), atol=1e-3)
        return not_yet(
            _("a loss that takes a logit for a probability") if taken else _("another loss"),
            _("keras.losses.BinaryCrossentropy with from_logits=True"),
        )
    if not isinstance(logit_threshold, Real) or isinstance(logit_threshold, bool) or logit_threshold != 0:
        hint = _("the logit that the sigmoid turns into 0.5; the table above has it")
        return not_yet(f"logit_threshold = {logit_threshold!r}", hint)
    return right(_("the loss gets logits and knows it, and a logit of 0 is a probability of 0.5."))


@judge("05b.large-rate")
def large_rate(large_rate: Any, *, low_rate: float) -> Feedback:
    """A learning rate that is far too large for fine-tuning."""
    least = FAR_TOO_LARGE * low_rate
    if not isinstance(large_rate, Real) or isinstance(large_rate, bool) or not least <= large_rate <= 1:
        return not_yet(f"large_rate = {large_rate!r}", _("a number from {least:g} to 1").format(least=least))
    times = large_rate / low_rate
    return right(_("{times:,.0f} times the rate of above; the table below tells what it does.").format(times=times))


@judge("05b.threshold")
def threshold(threshold: Any, *, is_bo: np.ndarray, valid_probabilities: np.ndarray) -> Feedback:
    """A threshold at which the door opens for no validation image of another, and for Bo as often as that allows."""
    if not isinstance(threshold, (Real, np.floating)) or isinstance(threshold, bool) or not 0 < threshold < 1:
        return not_yet(threshold, _("a probability, that is a number between 0 and 1"))
    strangers, bo = valid_probabilities[~is_bo], valid_probabilities[is_bo]
    admitted, opened = int(np.sum(strangers > threshold)), int(np.sum(bo > threshold))
    possible = int(np.sum(bo > strangers.max()))
    if admitted and possible:
        found = _("{threshold:.2f}, where {count} of the others come in too")
        return not_yet(
            found.format(threshold=threshold, count=admitted), _("a higher threshold, so that nobody but Bo does")
        )
    if opened < STRICT * possible:
        found = _("{threshold:.2f}, where {count} of {all} images of Bo open the door")
        return not_yet(
            found.format(threshold=threshold, count=opened, all=len(bo)),
            _("a lower threshold: {count} can open it, and still nobody else").format(count=possible),
        )
    if not possible:
        return right(_("here no threshold keeps all others out and lets Bo in, so it is for you to weigh the two."))
    return right(
        _("the door opens for {count} of the {all} images of Bo and for none of the others.").format(
            count=opened, all=len(bo)
        )
    )


@judge("05b.door")
def door(
    presidential_doggy_door: Any,
    *,
    valid_paths: list[Path],
    valid_probabilities: np.ndarray,
    door_threshold: float,
) -> Feedback:
    """A function from the path of a photo to whether the door opens."""
    for index in _telling(valid_probabilities, door_threshold):
        probability, file = float(valid_probabilities[index]), valid_paths[index].name
        found = called(presidential_doggy_door, valid_paths[index])
        if isinstance(found, Feedback):
            return found
        if np.shape(found) != () or np.asarray(found).dtype != bool:
            return not_yet(found, _("True or False, one of the two"))
        expected = probability > door_threshold
        if bool(found) != expected:
            return not_yet(
                _("{found} for {file}").format(found=bool(found), file=file),
                _("{expected}: its probability is {probability:.2f}, and the door opens above {threshold:.2f}").format(
                    expected=expected, probability=probability, threshold=door_threshold
                ),
            )
    return right(_("it reads, asks, turns the logit into a probability and compares, for any photo."))


def _telling(probabilities: np.ndarray, threshold: float) -> list[int]:
    """Indices of the images that tell doors apart: the extremes, and the nearest to the threshold on either side.

    They are at least .01 away from it: the probability of one image alone may differ a little from that in a batch.
    """
    order = np.argsort(probabilities)
    below = [index for index in order if probabilities[index] < threshold - 0.01]
    above = [index for index in order if probabilities[index] > threshold + 0.01]
    return list(dict.fromkeys(int(index) for index in [*above[-1:], *below[:1], *above[:2], *below[-2:]]))
