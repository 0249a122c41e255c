"""Judges of the exercises in lesson 01, reading handwritten digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.check.exercises import Feedback, called, judge, not_yet, right
from course.messages import _

TOTAL_PARAMETERS = (784 * 512 + 512) + (512 * 512 + 512) + (512 * 10 + 10)
LINE_LOSS_BELOW = 1.0
SMALL_PARAMETERS, SMALL_ACCURACY = 100_000, 0.97


@judge("01.line")
def line(m: object, b: object, *, points_x: np.ndarray, points_y: np.ndarray) -> Feedback:
    """Slope and intercept, moved by hand, bring the mean squared error of ten points under 1."""
    if isinstance(m, str) or isinstance(b, str):
        return not_yet(_("a text"), _("two numbers, without quotes"))
    slope, intercept = float(m), float(b)
    if not np.isfinite([slope, intercept]).all():
        return not_yet(f"m = {m}, b = {b}", _("two ordinary numbers"))
    error = slope * points_x + intercept - points_y
    loss = float(np.mean(error**2))
    if loss < LINE_LOSS_BELOW:
        return right(
            _("the loss is {loss:.2f}: on average, the line is less than 1 away from a point.").format(loss=loss)
        )
    by_m, by_b = float(np.mean(error * points_x)), float(np.mean(error))
    if by_m**2 / np.mean(points_x**2) > by_b**2:  # the change that gains more when the other number stays
        hint = _("a flatter line (a smaller m)") if by_m > 0 else _("a steeper line (a larger m)")
    else:
        hint = _("a lower line (a smaller b)") if by_b > 0 else _("a higher line (a larger b)")
    return not_yet(_("a loss of {loss:.2f}").format(loss=loss), _("a loss under 1; try {hint}").format(hint=hint))


@judge("01.update")
def update(update: Any, *, points_x: np.ndarray, points_y: np.ndarray) -> Feedback:
    """One step of gradient descent on the ten points: m, b and the learning rate give the new m and b."""
    for m, b, rate in ((0.0, 0.0, 0.01), (3.0, 1.0, 0.02), (2.0, 5.0, 0.005)):
        found = called(update, m, b, rate)
        if isinstance(found, Feedback):
            return found
        if np.shape(found) != (2,):
            return not_yet(found, _("two numbers: the new m and the new b"))
        error = m * points_x + b - points_y
        slopes = np.array([2 * np.mean(error * points_x), 2 * np.mean(error)])
        moved = (np.asarray(found, float) - [m, b]) / rate
        if np.allclose(moved, -slopes):
            continue
        step = f"update({m:g}, {b:g}, {rate:g}) = ({found[0]:.3f}, {found[1]:.3f})"
        if np.allclose(moved, slopes):
            return not_yet(step, _("a step against the slopes: subtract"))
        if np.allclose(moved, -slopes / 2):
            return not_yet(step, _("steps twice as long: both slopes have a factor 2"))
        if np.allclose(moved, -slopes * len(points_x)):
            return not_yet(step, _("the mean over the points, not the sum"))
        if np.allclose(np.asarray(found, float), -rate * slopes):
            return not_yet(step, _("a change of the old m and b"))
        if np.isclose(moved[0], -slopes[0]):
            return not_yet(step, _("another b; the new m is right. Both slopes come from the same, old line"))
        if np.isclose(moved[1], -slopes[1]):
            return not_yet(step, _("another m; the new b is right. The slope for m has each error times its x"))
        return not_yet(step, _("each number minus learning_rate times its slope"))
    return right(_("it subtracts from each parameter its slope times the learning rate."))


@judge("01.parameters")
def parameters(parameters: object) -> Feedback:
    """The number of parameters of Dense 512-512-10 on 784 inputs, weights and biases."""
    if isinstance(parameters, str):
        return not_yet(_("a text"), _("a number, without quotes"))
    answer = int(parameters)
    if answer != parameters:
        return not_yet(str(parameters), _("a whole number"))
    if answer == TOTAL_PARAMETERS:
        return right(_("each neuron has a weight for every input and one bias: 401,920 + 262,656 + 5,130."))
    if answer == TOTAL_PARAMETERS - (512 + 512 + 10):
        return not_yet(f"{answer:,}", _("a little more: every neuron also has a bias"))
    more = _("more") if answer < TOTAL_PARAMETERS else _("fewer")
    return not_yet(
        f"{answer:,}", _("{more}: for each layer, inputs × neurons weights and one bias a neuron").format(more=more)
    )


@judge("01.rate")
def largest_rate(largest_rate: object, *, points_x: np.ndarray, points_y: np.ndarray) -> Feedback:
    """The largest learning rate, to three decimals, with which gradient descent on the ten points comes down."""
    if isinstance(largest_rate, str):
        return not_yet(_("a text"), _("a number, without quotes"))
    rate = float(largest_rate)
    # A quadratic's gradient descent converges below 2 / (largest eigenvalue of its second derivatives); Boyd and
    # Vandenberghe, Convex Optimization, 2004, section 9.3.
    design = np.stack([points_x, np.ones_like(points_x)])
    edge = 2 / np.linalg.eigvalsh(2 * design @ design.T / len(points_x)).max()
    if not 0 < rate < 1:
        return not_yet(f"{rate:g}", _("a small positive number, such as 0.01"))
    if rate >= edge:
        return not_yet(f"{rate:g}", _("a smaller rate: with this one the loss grows from step to step"))
    if rate < np.floor(edge * 1000) / 1000 - 1e-9:
        return not_yet(f"{rate:g}", _("a larger one: with a rate a little above this, the loss still falls"))
    return right(_("above {edge:.4f} each step overshoots by more than it gains.").format(edge=edge))


@judge("01.small")
def small(small: Any, *, x_valid: np.ndarray, valid_labels: np.ndarray) -> Feedback:
    """A network with fewer than 100,000 parameters that reads 97 of 100 validation images."""
    if not callable(getattr(small, "count_params", None)):
        return not_yet(small, _("a network, such as keras.Sequential([…])"))
    if not small.built:
        return not_yet(_("a network that does not know its inputs"), _("keras.Input(shape=(784,)) as its first line"))
    count = small.count_params()
    if count >= SMALL_PARAMETERS:
        return not_yet(
            _("{count:,} parameters").format(count=count),
            _("fewer than 100,000; most are the weights between the pixels and the first layer"),
        )
    answers = np.asarray(small.predict(x_valid, batch_size=1000, verbose=0))
    if answers.shape != (len(x_valid), 10):
        shape = _("outputs of shape {shape}").format(shape=answers.shape)
        return not_yet(shape, _("ten for each image, one per digit"))
    accuracy = float(np.mean(answers.argmax(axis=1) == valid_labels))
    if accuracy < 0.3:
        return not_yet(_("an accuracy of {accuracy:.3f}").format(accuracy=accuracy), _("a trained network: call fit"))
    if accuracy < SMALL_ACCURACY:
        return not_yet(
            _("an accuracy of {accuracy:.3f}").format(accuracy=accuracy),
            _("0.970 or more; try more epochs, more neurons or another learning rate"),
        )
    return right(_("{count:,} parameters, and an accuracy of {accuracy:.3f}.").format(count=count, accuracy=accuracy))


@judge("01.shuffle")
def shuffle(
    order: object, train_mixed: object, valid_mixed: object, *, train_images: np.ndarray, valid_images: np.ndarray
) -> Feedback:
    """Both sets flattened, with their 784 columns in the same random order."""
    places = np.asarray(order)
    if not np.array_equal(np.sort(places), np.arange(784)) or (places == np.arange(784)).all():
        return not_yet(_("another order"), _("`order` as it was drawn: all 784 pixels, mixed"))
    for name, found, images in (("train_mixed", train_mixed, train_images), ("valid_mixed", valid_mixed, valid_images)):
        array, whole = np.asarray(found), images.reshape(-1, 784)
        if array.shape != whole.shape:
            shape = _("{name} of shape {shape}").format(name=name, shape=array.shape)
            return not_yet(shape, _("{shape}: all images, each with 784 pixels").format(shape=whole.shape))
        some = slice(None, None, 97)
        if np.array_equal(array[some], whole[some]):
            return not_yet(_("{name} unchanged").format(name=name), _("its columns in another order: index them"))
        if not np.array_equal(array[some], whole[some][:, places]):
            return not_yet(_("{name} mixed otherwise").format(name=name), _("column i is the old column order[i]"))
    return right(_("every image is mixed in the same way, so the labels still fit."))
