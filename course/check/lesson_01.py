"""Judges of the exercises in lesson 01, reading handwritten digits."""

from __future__ import annotations

import numpy as np

from course.check.exercises import Feedback, judge, not_yet, right
from course.messages import _

TOTAL_PARAMETERS = (784 * 512 + 512) + (512 * 512 + 512) + (512 * 10 + 10)
LINE_LOSS_BELOW = 1.0


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


@judge("01.activation")
def activation(activation: object) -> Feedback:
    """The name of an activation of Keras that is neither ReLU nor the identity."""
    import keras

    if not isinstance(activation, str):
        return not_yet(activation, _('the name of an activation in quotes, such as "tanh"'))
    if activation in ("relu", "linear"):
        return not_yet(f'"{activation}"', _("another activation than those two, which are tried anyway"))
    if activation in ("softmax", "log_softmax"):
        return not_yet(f'"{activation}"', _("an activation that bends each sum by itself"))
    try:
        bend = np.asarray(keras.activations.get(activation)(np.linspace(-2, 2, 9, dtype="float32").reshape(1, 9)))
    except ValueError:
        return not_yet(f'"{activation}"', _('an activation that Keras knows, such as "tanh"'))
    return right(
        _(
            "{name} turns −2 into {low:.2f} and 2 into {high:.2f}; see below how well the network learns with it."
        ).format(name=activation, low=float(bend[0, 0]), high=float(bend[0, -1]))
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


@judge("01.shuffle")
def shuffle(
    order: object, x_train_mixed: object, x_valid_mixed: object, *, x_train: np.ndarray, x_valid: np.ndarray
) -> Feedback:
    """Both sets with their 784 columns in the same random order."""
    places = np.asarray(order)
    if not np.array_equal(np.sort(places), np.arange(784)) or (places == np.arange(784)).all():
        return not_yet(_("another order"), _("`order` as it was drawn: all 784 pixels, mixed"))
    for name, found, whole in (("x_train_mixed", x_train_mixed, x_train), ("x_valid_mixed", x_valid_mixed, x_valid)):
        array = np.asarray(found)
        if array.shape != whole.shape:
            shape = _("{name} of shape {shape}").format(name=name, shape=array.shape)
            return not_yet(shape, _("{shape}: all images, each with 784 pixels").format(shape=whole.shape))
        some = slice(None, None, 97)
        if np.array_equal(array[some], whole[some]):
            return not_yet(_("{name} unchanged").format(name=name), _("its columns in another order: index them"))
        if not np.array_equal(array[some], whole[some][:, places]):
            return not_yet(_("{name} mixed otherwise").format(name=name), _("column i is the old column order[i]"))
    return right(_("every image is mixed in the same way, so the labels still fit."))
