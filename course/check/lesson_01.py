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
    loss = float(np.mean((float(m) * points_x + float(b) - points_y) ** 2))
    if loss < LINE_LOSS_BELOW:
        return right(_("with this line the loss is {loss:.2f}, so it passes close to every point.").format(loss=loss))
    middle = float(np.mean(float(m) * points_x + float(b) - points_y))
    tilt = float(np.mean((float(m) * points_x + float(b) - points_y) * (points_x - points_x.mean())))
    if abs(tilt) > abs(middle):
        hint = _("a flatter line (a smaller m)") if tilt > 0 else _("a steeper line (a larger m)")
    else:
        hint = _("a lower line (a smaller b)") if middle > 0 else _("a higher line (a larger b)")
    return not_yet(_("a loss of {loss:.2f}").format(loss=loss), _("a loss under 1; try {hint}").format(hint=hint))


@judge("01.parameters")
def parameters(parameters: object) -> Feedback:
    """The number of parameters of Dense 512-512-10 on 784 inputs, weights and biases."""
    answer = int(parameters)
    if answer == TOTAL_PARAMETERS and answer == float(parameters):
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
    try:
        bend = np.asarray(keras.activations.get(activation)(np.linspace(-2, 2, 9, dtype="float32").reshape(1, 9)))
    except ValueError:
        return not_yet(f'"{activation}"', _('an activation that Keras knows, such as "tanh"'))
    return right(
        _("{name} turns −2 … 2 into {low:.2f} … {high:.2f}; see below how well the network learns with it.").format(
            name=activation, low=float(bend[0, 0]), high=float(bend[0, -1])
        )
    )
