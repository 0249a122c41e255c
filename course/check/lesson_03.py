"""Judges of the exercises in lesson 03, convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.check.exercises import Feedback, called, judge, not_yet, right
from course.messages import _


@judge("03.kernel")
def kernel(horizontal_edge: Any) -> Feedback:
    """A 3 × 3 kernel that responds to an image that gets brighter downward, and to nothing else."""
    answer = np.asarray(horizontal_edge, dtype=float)
    if answer.shape != (3, 3):
        return not_yet(_("shape {shape}").format(shape=answer.shape), _("three rows of three numbers"))
    ramp = np.tile(np.arange(3.0)[:, np.newaxis], 3)
    plain, downward = float(answer.sum()), float(np.sum(answer * ramp))
    size = float(np.abs(answer).sum())
    if size == 0:
        return not_yet(_("only zeros"), _("numbers above zero and below it"))
    if abs(plain) > 0.01 * size:
        return not_yet(
            _("{plain:.2g} on a plain white part").format(plain=plain), _("0 there: the nine numbers add up to 0")
        )
    if np.abs(answer.sum(axis=0)).max() > 0.01 * size:
        return not_yet(_("a response to vertical edges too"), _("none there: each column of the kernel adds up to 0"))
    if downward < 0.1 * size:
        return not_yet(
            _("{value:.2g} where the image gets brighter downward").format(value=downward),
            _("a number clearly above 0: below the middle the kernel is positive"),
        )
    return right(_("it is 0 on plain parts and on vertical edges, and positive where it gets brighter downward."))


@judge("03.block")
def block(block: Any) -> Feedback:
    """A function that gives the layers of one block: a convolution, a pooling, and batch normalization."""
    import keras

    filters, pixels = 5, 7
    found = called(block, filters)
    if isinstance(found, Feedback):
        return found
    convolution, pooling = found[:2]
    if not isinstance(convolution, keras.layers.Conv2D):
        return not_yet(convolution, "keras.layers.Conv2D(…)")
    if not isinstance(pooling, keras.layers.MaxPooling2D):
        return not_yet(pooling, "keras.layers.MaxPooling2D(…)")
    if convolution.filters != filters or tuple(convolution.kernel_size) != (3, 3):
        size = " × ".join(str(side) for side in convolution.kernel_size)
        return not_yet(
            _("{count} kernels of {size} from block({filters})").format(
                count=convolution.filters, size=size, filters=filters
            ),
            _("{filters} kernels of 3 × 3").format(filters=filters),
        )
    if convolution.activation is not keras.activations.relu:
        return not_yet(_("a convolution without ReLU"), 'activation="relu"')
    sides = [keras.Sequential([keras.Input((pixels, pixels, 1)), *found[:many]]).output_shape[1] for many in (1, 2)]
    if sides != [7, 4]:
        steps = " → ".join(str(side) for side in (pixels, *sides))
        return not_yet(steps, _('7 → 7 → 4: padding="same" keeps the size, the pooling halves it and rounds up'))
    return right(_("it has as many kernels of 3 × 3 as asked for, keeps the size, and halves the map by pooling."))


@judge("03.field")
def field(second_sees: Any, third_sees: Any) -> Feedback:
    """Receptive fields of the second and third convolution of three blocks, along one side."""
    if second_sees != 8:
        return not_yet(
            f"second_sees = {second_sees!r}", _("4 pixels of the pooling, and two more places, 2 pixels each")
        )
    if third_sees != 18:
        return not_yet(
            f"third_sees = {third_sees!r}", _("8, then 2 more for the second pooling, then two places, 4 pixels each")
        )
    return right(_("3 → 4 → 8 → 10 → 18: the third convolution sees 18 of the 28 pixels of a side."))


@judge("03.parameters")
def parameters(second_parameters: Any) -> Feedback:
    """Parameters of 48 kernels of 3 × 3 over 32 maps, biases included."""
    if second_parameters == 48 * (3 * 3 * 32 + 1):
        return right(_("48 × (3 × 3 × 32 + 1) = 13,872, whatever the size of the image."))
    why = {
        48 * 3 * 3 * 32: _("48 more: every kernel also has a bias"),
        48 * (3 * 3 + 1): _("more: a kernel has 3 × 3 numbers for each of the 32 maps below it"),
        48 * 3 * 3: _("more: a kernel has 3 × 3 numbers for each of the 32 maps, and a bias"),
    }
    hint = _("for each of the 48 kernels, its numbers and one bias")
    return not_yet(f"second_parameters = {second_parameters!r}", why.get(second_parameters, hint))


@judge("03.labels")
def labels(repaired: Any, *, valid_labels: np.ndarray) -> Feedback:
    """The validation labels, counted 0–23 again."""
    answer = np.asarray(repaired)
    if answer.shape != valid_labels.shape:
        return not_yet(
            _("shape {shape}").format(shape=answer.shape),
            _("one label for each image, shape {shape}").format(shape=valid_labels.shape),
        )
    low = valid_labels < 9
    if not np.array_equal(answer[low], valid_labels[low]):
        return not_yet(_("other labels for a to i"), _("those as they are: answers and labels agree there"))
    if not np.array_equal(answer, valid_labels):
        agree = np.mean(answer == valid_labels)
        return not_yet(
            _("labels from k on that do not fit yet ({agree:.0%} of all fit)").format(agree=agree),
            _("each of them one lower: what does the network answer where their label is 10?"),
        )
    return right(_("a to i stay, and from k on every label is one lower: nothing else was wrong."))
