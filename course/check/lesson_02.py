"""Judges of the exercises in lesson 02, sign language with a dense network."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from course.check.exercises import Feedback, judge, not_yet, right
from course.messages import _


@judge("02.normalise")
def normalise(x_train: Any, x_valid: Any, *, train_images: np.ndarray, valid_images: np.ndarray) -> Feedback:
    """Both sets flattened to rows of 784 numbers and divided by 255."""
    for name, answer, images in (("x_train", x_train, train_images), ("x_valid", x_valid, valid_images)):
        if not isinstance(answer, np.ndarray):
            return _no_array(name, answer)
        rows = (len(images), 784)
        if answer.shape != rows:
            return not_yet(
                _("{name} of shape {shape}").format(name=name, shape=answer.shape),
                _("one row of 784 numbers for each picture, shape {shape}").format(shape=rows),
            )
        low, high = float(answer.min()), float(answer.max())
        if not np.allclose(answer, images.reshape(rows) / np.float32(255), atol=1e-3):
            return not_yet(
                _("other numbers in {name}, from {low:.4g} to {high:.4g}").format(name=name, low=low, high=high),
                _("the same pictures in the same order, each pixel divided by 255 (with /, not //)"),
            )
    return right(_("each picture is a row of numbers between 0 and 1, in the training and in the validation set."))


@judge("02.one-hot")
def one_hot(y_train: Any, y_valid: Any, *, train_labels: np.ndarray, valid_labels: np.ndarray) -> Feedback:
    """Both sets of labels as rows of 24 numbers with a single 1."""
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
    return right(_("every row has a single 1, in the column of its letter."))


@judge("02.build")
def build(hidden_units: Any, hidden_activation: Any, output_units: Any, output_activation: Any) -> Feedback:
    """Sizes and activations of a dense classifier for 24 classes."""
    if not isinstance(hidden_units, Integral) or not 32 <= hidden_units <= 2048:
        return not_yet(
            f"hidden_units = {hidden_units!r}", _("a whole number from 32 to 2048, enough to learn and quick to train")
        )
    if not isinstance(output_units, Integral) or output_units != 24:
        return not_yet(f"output_units = {output_units!r}", _("one output for each letter"))
    for name, answer in (("hidden_activation", hidden_activation), ("output_activation", output_activation)):
        if not _activation(answer):
            return not_yet(
                f"{name} = {answer!r}", _('an activation that Keras knows, such as "tanh"; names are in small letters')
            )
    if _activation(output_activation) != "softmax":
        return not_yet(
            f"output_activation = {output_activation!r}",
            _("the activation that makes positive numbers which add up to 1 (lesson 1, section 1.5)"),
        )
    if _activation(hidden_activation) in ("linear", "softmax"):
        return not_yet(
            f"hidden_activation = {hidden_activation!r}",
            _("an activation that bends each sum by itself (lesson 1, section 1.8)"),
        )
    return right(
        _("one output for each letter; softmax makes probabilities of them, and {name} bends the rest.").format(
            name=_activation(hidden_activation)
        )
    )


@judge("02.compile")
def compile_loss(loss: Any) -> Feedback:
    """The loss for one-hot labels of which one is right."""

    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", repr(loss)))
    if name in ("categorical_crossentropy", "CategoricalCrossentropy"):
        if getattr(loss, "from_logits", False):
            return not_yet("from_logits=True", _("a loss for probabilities, which softmax has made already"))
        return right(_("it asks how much probability the right class got, and nothing else."))
    why = {
        "sparse_categorical_crossentropy": _("the same loss for one-hot rows; the sparse one takes labels as numbers"),
        "binary_crossentropy": _("a loss for one right class; the binary one asks 24 separate yes-or-no questions"),
        "mean_squared_error": _("a loss that grows without limit when the network is sure and wrong"),
    }
    why["mse"] = why["mean_squared_error"]
    return not_yet(f'"{name}"', why.get(name, _("the loss that lesson 1 used for one-hot labels")))


@judge("02.fit")
def fit(
    history: Any,
    model: Any,
    *,
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_valid: np.ndarray,
    y_valid: np.ndarray,
) -> Feedback:
    """A training run that learned from the training pictures and was judged on the others."""
    log = getattr(history, "history", None)
    if not isinstance(log, dict) or "accuracy" not in log:
        return not_yet(history, _("what model.fit returns"))
    if "val_accuracy" not in log:
        return not_yet(_("no validation figures"), _("model.fit with validation_data=(x_valid, y_valid)"))
    if len(log["accuracy"]) < 10:
        return not_yet(
            _("{count} epochs").format(count=len(log["accuracy"])),
            _("10 at least, so that the curves show something; to start afresh, run build_model and compile again"),
        )
    some = slice(0, 4000)
    on_train = model.evaluate(x_train[some], y_train[some], batch_size=1000, verbose=0)[1]
    on_valid = model.evaluate(x_valid, y_valid, batch_size=1000, verbose=0)[1]
    if abs(on_valid - log["val_accuracy"][-1]) > 0.005:
        return not_yet(
            _("a validation accuracy of {logged:.3f}, where the validation pictures give {real:.3f}").format(
                logged=log["val_accuracy"][-1], real=on_valid
            ),
            _("validation_data=(x_valid, y_valid)"),
        )
    if on_train <= on_valid:
        return not_yet(
            _("{train:.3f} on training pictures and {valid:.3f} on validation pictures").format(
                train=on_train, valid=on_valid
            ),
            _("a model that learned from x_train and y_train"),
        )
    return right(_("the model learned from the training pictures and was judged on pictures it had not seen."))


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
