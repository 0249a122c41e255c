"""Judges of the exercises in lesson 02, sign language with a dense network."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from course.check.exercises import Feedback, judge, not_yet, right
from course.messages import _

LEAST_HELD_OUT, MOST_HELD_OUT = 0.05, 0.25
"""Share of the training images that a test may hold out."""


@judge("02.inputs")
def inputs(
    x_train: Any,
    x_valid: Any,
    y_train: Any,
    y_valid: Any,
    *,
    train_images: np.ndarray,
    valid_images: np.ndarray,
    train_labels: np.ndarray,
    valid_labels: np.ndarray,
) -> Feedback:
    """Both sets as rows of 784 numbers from 0 to 1, and their labels one-hot."""
    for name, answer, images in (("x_train", x_train, train_images), ("x_valid", x_valid, valid_images)):
        if not isinstance(answer, np.ndarray):
            return _no_array(name, answer)
        rows = (len(images), 784)
        if answer.shape != rows:
            return not_yet(
                _("{name} of shape {shape}").format(name=name, shape=answer.shape),
                _("one row of 784 numbers for each image, shape {shape}").format(shape=rows),
            )
        low, high = float(answer.min()), float(answer.max())
        if not np.allclose(answer, images.reshape(rows) / np.float32(255), atol=1e-3):
            return not_yet(
                _("other numbers in {name}, from {low:.4g} to {high:.4g}").format(name=name, low=low, high=high),
                _("the same images in the same order, each pixel divided by 255 (with /, not //)"),
            )
    for name, answer, labels in (("y_train", y_train, train_labels), ("y_valid", y_valid, valid_labels)):
        if not isinstance(answer, np.ndarray):
            return _no_array(name, answer)
        if answer.shape != (len(labels), 24):
            return not_yet(
                _("{name} of shape {shape}").format(name=name, shape=answer.shape),
                _("a row of 24 numbers for each label, shape {shape}").format(shape=(len(labels), 24)),
            )
        if not np.array_equal(answer, np.eye(24)[labels]):
            return not_yet(
                _("rows of {name} that do not name their label").format(name=name),
                _("1 in the column of the label and 0 everywhere else"),
            )
    return right(_("each image is a row of numbers from 0 to 1, and each label has its single 1."))


@judge("02.classifier")
def classifier(hidden_units: Any, output_units: Any, output_activation: Any, loss: Any) -> Feedback:
    """Size of the hidden layers, and an output and a loss that fit 24 classes of which one is right."""
    if not isinstance(hidden_units, Integral) or not 32 <= hidden_units <= 2048:
        return not_yet(
            f"hidden_units = {hidden_units!r}", _("a whole number from 32 to 2048, enough to learn and quick to train")
        )
    if not isinstance(output_units, Integral) or output_units != 24:
        return not_yet(f"output_units = {output_units!r}", _("one output for each letter"))
    if not _activation(output_activation):
        return not_yet(
            f"output_activation = {output_activation!r}",
            _('an activation that Keras knows, such as "tanh"; names are in small letters'),
        )
    if _activation(output_activation) != "softmax":
        return not_yet(
            f"output_activation = {output_activation!r}",
            _("the activation that makes positive numbers which add up to 1 (lesson 1, section 1.5)"),
        )
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", repr(loss)))
    if name not in ("categorical_crossentropy", "CategoricalCrossentropy"):
        why = {
            "sparse_categorical_crossentropy": _("the same loss for one-hot rows; the sparse one takes plain labels"),
            "binary_crossentropy": _("a loss for one right class; the binary one asks 24 separate yes-or-no questions"),
            "mean_squared_error": _("a loss that punishes a confident wrong answer more than this one does"),
        }
        why["mse"] = why["mean_squared_error"]
        return not_yet(f'"{name}"', why.get(name, _("the loss that lesson 1 used for one-hot labels")))
    if getattr(loss, "from_logits", False):
        return not_yet("from_logits=True", _("a loss for probabilities, which softmax has made already"))
    return right(_("one output for each letter, probabilities, and a loss that asks what the right letter was given."))


@judge("02.monitor")
def monitor(monitor: Any) -> Feedback:
    """A validation curve: which of the two is the learner's decision."""
    if monitor in ("loss", "accuracy"):
        return not_yet(f'"{monitor}"', _("a curve that turns; the training curves improve as long as you train"))
    if monitor == "val_loss":
        return right(
            _("it also counts misplaced confidence, so it turns first; below you see what stopping then costs.")
        )
    if monitor == "val_accuracy":
        return right(
            _("if only right answers count, watch them; below you see how confident the wrong answers are by then.")
        )
    return not_yet(monitor, _('one of the four names, in quotes, such as "loss"'))


@judge("02.leak")
def leak(held_out: Any, *, signers: np.ndarray) -> Feedback:
    """A choice of training images to hold out such that nobody is on both sides."""
    chosen = np.asarray(held_out)
    if chosen.dtype != bool or chosen.shape != signers.shape:
        return not_yet(
            _("{type} of shape {shape}").format(type=chosen.dtype, shape=chosen.shape),
            _("True or False for each training image, shape {shape}").format(shape=signers.shape),
        )
    both = len(np.intersect1d(signers[chosen], signers[~chosen]))
    if both:
        return not_yet(
            _("{count} people who are held out and remembered").format(count=both),
            _("none: take all images of some people; np.isin(signers, …) finds them"),
        )
    if not LEAST_HELD_OUT <= chosen.mean() <= MOST_HELD_OUT:
        return not_yet(
            _("{share:.1%} of the images held out").format(share=chosen.mean()),
            _("5% to 25%, all images of some of the people in np.unique(signers)"),
        )
    return right(
        _("nobody is on both sides: {count} people are new to the memory.").format(
            count=len(np.unique(signers[chosen]))
        )
    )


def _activation(answer: Any) -> str:
    """The name of an activation given as a string or a function of Keras; empty if Keras knows none like it."""
    import keras

    try:
        return keras.activations.get(answer).__name__
    except ValueError:
        return ""


def _no_array(name: str, answer: Any) -> Feedback:
    return not_yet(
        _("{name} of type {type}").format(name=name, type=type(answer).__name__),
        _("a NumPy array (np.asarray makes one)"),
    )
