"""Judges of the exercises in lesson 05b, a door for one dog."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from course.check.exercises import Feedback, called, judge, not_yet, right
from course.messages import _

HEAD_PARAMETERS = 1280 + 1
PRECISE = 0.9
"""The share of the openings that must be for Bo."""
STRICT = 0.95
"""A threshold passes if its recall is at least this share of the best one that is precise enough."""
LOGIT = -1.0
"""The answer of a head by which its loss is judged: rather not Bo."""


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


@judge("05b.weights")
def weights(class_weight: Any, *, train_labels: np.ndarray) -> Feedback:
    """A weight for each label: both classes count the same, and an image counts 1 on average."""
    if not isinstance(class_weight, dict) or set(class_weight) != {0, 1}:
        return not_yet(class_weight, _("a dictionary with the keys 0 and 1"))
    if not all(_is_number(weight) and weight > 0 for weight in class_weight.values()):
        return not_yet(class_weight, _("a positive number for each label"))
    of_bo, all_images = int(np.sum(train_labels == 1)), len(train_labels)
    others = all_images - of_bo
    strangers, bo = (float(class_weight[label]) for label in (0, 1))
    if np.isclose(strangers * of_bo, bo * others, rtol=0.02) and of_bo != others:
        return not_yet(_("strangers that count more than Bo"), _("the other way round: Bo is label 1"))
    if not np.isclose(strangers * others, bo * of_bo, rtol=0.02):
        found = _("{strangers:.1f} for all images of others and {bo:.1f} for all of Bo")
        return not_yet(
            found.format(strangers=strangers * others, bo=bo * of_bo),
            _("the same for both: a weight times the number of images, {others} and {bo}").format(
                others=others, bo=of_bo
            ),
        )
    mean = (strangers * others + bo * of_bo) / all_images
    if not np.isclose(mean, 1, rtol=0.02):
        return not_yet(
            _("a mean weight of {mean:.2f}").format(mean=mean), _("1: the proportion is right, the size not")
        )
    return right(
        _("an image of Bo counts as much as {times:.1f} of the others, and both classes count the same.").format(
            times=bo / strangers
        )
    )


@judge("05b.threshold")
def threshold(threshold: Any, *, is_bo: np.ndarray, valid_probabilities: np.ndarray) -> Feedback:
    """A threshold at which enough of the openings are for Bo, and at which he gets in as often as that allows."""
    if not _is_number(threshold) or not 0 < threshold < 1:
        return not_yet(threshold, _("a probability, that is a number between 0 and 1"))
    possible = max(
        (_let_in(is_bo, valid_probabilities > other) for other in (*np.unique(valid_probabilities), 0)), default=0
    )
    opens = valid_probabilities > threshold
    of_bo, all_openings = int(np.sum(is_bo & opens)), int(np.sum(opens))
    if not possible:
        return right(_("here no threshold gives such openings, so it is for you to weigh the two."))
    if not all_openings:
        return not_yet(
            _("{threshold:.2f}, where the door opens for nobody").format(threshold=threshold), _("a lower threshold")
        )
    if of_bo < PRECISE * all_openings:
        found = _("{threshold:.2f}, where {count} of {all} openings are for Bo")
        return not_yet(
            found.format(threshold=threshold, count=of_bo, all=all_openings),
            _("at least 9 of 10: a higher threshold"),
        )
    if of_bo < STRICT * possible:
        found = _("{threshold:.2f}, where {count} of {all} images of Bo open the door")
        return not_yet(
            found.format(threshold=threshold, count=of_bo, all=int(is_bo.sum())),
            _("another one: {count} can open it, and still 9 of 10 openings are for Bo").format(count=possible),
        )
    return right(
        _("{count} of the {all} images of Bo open the door, and {strangers} of the others.").format(
            count=of_bo, all=int(is_bo.sum()), strangers=all_openings - of_bo
        )
    )


def _let_in(is_bo: np.ndarray, opens: np.ndarray) -> int:
    """How many images of Bo open a door that is precise enough; 0 if it is not."""
    of_bo = int(np.sum(is_bo & opens))
    return of_bo if of_bo >= PRECISE * np.sum(opens) else 0


@judge("05b.cat")
def cat(repaired_opens: Any, *, is_bo: np.ndarray, her_probabilities: np.ndarray) -> Feedback:
    """Decisions for Bo from probabilities of *not Bo*: a network that was trained with the labels swapped."""
    found = np.asarray(repaired_opens)
    if found.dtype != bool or found.shape != her_probabilities.shape:
        return not_yet(repaired_opens, _("True or False for each of the {count} images").format(count=len(is_bo)))
    expected = her_probabilities < 0.5
    if np.array_equal(found, expected):
        return right(_("her network knows Bo; its answer is the probability of the class that comes second, not_bo."))
    if np.array_equal(found, is_bo):
        return not_yet(_("the labels themselves"), _("decisions from her_probabilities: at the door nobody has labels"))
    if np.array_equal(found, ~expected):
        return not_yet(_("her door as it is"), _("the opposite: which of her folders has the label 1?"))
    openings = int(np.sum(found & ~is_bo))
    return not_yet(
        _("a door that opens for {count} of the others").format(count=openings),
        _("another reading of her probabilities at one half, not another threshold"),
    )


@judge("05b.stuck")
def stuck(repaired: Any) -> Feedback:
    """A function that gives a compiled head, whose loss takes the head's number for what it is."""
    head = called(repaired)
    if isinstance(head, Feedback):
        return head
    if not hasattr(head, "evaluate") or getattr(head, "optimizer", None) is None:
        return not_yet(head, _("a compiled network from 1,280 numbers to one"))
    weights = head.get_weights()
    kernel, bias = np.zeros_like(weights[-2]), np.zeros_like(weights[-1]) + LOGIT
    head.set_weights([*weights[:-2], kernel, bias])  # the same answer to everything: rather no
    no, yes = (
        float(np.ravel(head.evaluate(np.zeros((1, 1280), "float32"), np.array([[label]], "float32"), verbose=0))[0])
        for label in (0.0, 1.0)
    )
    head.set_weights(weights)
    if np.allclose([no, yes], np.log1p(np.exp([LOGIT, -LOGIT])), atol=0.01):
        return right(_("head and loss now agree on what the number is, and a small step changes the loss."))
    found = _("for an answer of “rather no”, a loss of {no:.2f} if no is right and {yes:.2f} if yes is")
    return not_yet(
        found.format(no=no, yes=yes),
        _("0.31 and 1.31: binary cross-entropy that knows whether the head gives a logit or a probability"),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (Real, np.floating)) and not isinstance(value, bool)
