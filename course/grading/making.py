"""Make a submission from a trained Keras model: the learner's half, which `course.assessment` calls.

Usage: ``check(model)``, ``flatbuffer = convert(model)``, ``pack(path, flatbuffer, notebook, record)``.
Imports Keras, on TensorFlow where nobody chose another backend; nothing else in this package does. TensorFlow alone can
convert: beside another backend it does so in a process of its own, ``python -m course.grading.making MODEL FILE``.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from course.environment.interpreter import with_checkout
from course.files import replacing
from course.grading.contract import CLASSES, MODEL, NOTEBOOK, RECORD, SIDE
from course.messages import CourseError, _
from course.tensorflow_start import start_tensorflow, stderr_aside

start_tensorflow()

import keras  # noqa: E402


def check(model: keras.Model) -> None:
    """Raise CourseError where `model` does not keep the contract, in plain words."""
    if not isinstance(model, keras.Model):
        text = _("run_assessment needs the trained Keras model itself, not {found}.")
        raise CourseError(text.format(found=type(model).__name__))
    shape = getattr(model, "input_shape", None) if model.built else None
    if shape is not None and tuple(shape[1:]) not in ((SIDE, SIDE, 3), (None, None, 3)):
        text = _("The model takes {found}, not images of ({side}, {side}, 3): build it for those.")
        raise CourseError(text.format(found=shape, side=SIDE))
    probe = np.random.default_rng(1).uniform(0, 255, (2, SIDE, SIDE, 3)).astype(np.float32)
    try:
        answers = np.asarray(keras.ops.convert_to_numpy(model(probe, training=False)))
    except Exception as error:  # whatever a model says about images that it was not built for
        text = _("The model does not take float32 images of ({side}, {side}, 3), RGB from 0 to 255 ({reason}).")
        raise CourseError(text.format(side=SIDE, reason=type(error).__name__)) from error
    if answers.shape != (2, len(CLASSES)):
        text = _("For two images the model gives {found}, not (2, {classes}): end it with Dense({classes}).")
        raise CourseError(text.format(found=answers.shape, classes=len(CLASSES)))


def convert(model: keras.Model) -> bytes:
    """`model` as a LiteRT flatbuffer, in float32 whatever its policy is. Raises CourseError where that cannot be."""
    try:
        return _convert(model) if keras.backend.backend() == "tensorflow" else _convert_elsewhere(model)
    except Exception as error:  # the converter's errors are of many kinds, and pages long
        text = _(
            "The network cannot be converted for the submission ({reason}); build it from Keras's own layers, without"
            " Lambda layers that call TensorFlow."
        )
        raise CourseError(text.format(reason=type(error).__name__)) from error


def _convert(model: keras.Model) -> bytes:
    import tensorflow as tf

    with stderr_aside(), contextlib.redirect_stdout(io.StringIO()), _errors_only(tf.get_logger()), _float32(model):
        picture = keras.Input(batch_shape=(1, SIDE, SIDE, 3))  # around the model, which may be of any kind
        whole = keras.Model(picture, model(picture, training=False))
        return tf.lite.TFLiteConverter.from_keras_model(whole).convert()


def _convert_elsewhere(model: keras.Model) -> bytes:
    """`model` of another backend, converted by TensorFlow on the CPU in a process of its own."""
    environ = with_checkout() | {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}
    with tempfile.TemporaryDirectory() as folder:
        saved, converted = Path(folder, "model.keras"), Path(folder, MODEL)
        model.save(saved)
        command = [sys.executable, "-m", "course.grading.making", saved, converted]
        subprocess.run(command, env=environ, check=True, capture_output=True)
        return converted.read_bytes()


@contextlib.contextmanager
def _errors_only(log: logging.Logger) -> Iterator[None]:
    """Keep TensorFlow's log to errors inside: a notebook shows it in red."""
    level = log.level
    log.setLevel("ERROR")
    try:
        yield
    finally:
        log.setLevel(level)


@contextlib.contextmanager
def _float32(model: keras.Model) -> Iterator[None]:
    """Compute in float32 inside: LiteRT has hardly an operator in float16."""
    layers = [layer for layer in model._flatten_layers() if layer.compute_dtype in ("float16", "bfloat16")]
    policies = [layer.dtype_policy for layer in layers]
    for layer in layers:
        layer.dtype_policy = "float32"
    try:
        yield
    finally:
        for layer, policy in zip(layers, policies, strict=True):
            layer.dtype_policy = policy


def parts(model: keras.Model) -> dict[str, int]:
    """What the grader's advice is derived from: numbers of parameters, and the narrowest hidden layer of the head."""
    dense = [layer.units for layer in model._flatten_layers() if isinstance(layer, keras.layers.Dense)]
    sizes = {
        "parameters": model.count_params(),
        "trainable_parameters": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
    }
    return sizes | ({"narrowest_hidden": min(dense[:-1])} if dense[:-1] else {})


def pack(path: Path, flatbuffer: bytes, notebook: bytes, record: dict[str, Any]) -> None:
    """Write the submission to `path`, whole or not at all. Raises CourseError where it cannot be written."""
    contents = {
        MODEL: flatbuffer,
        NOTEBOOK: notebook,
        RECORD: json.dumps(record, indent=1, ensure_ascii=False).encode(),
    }
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():  # no time in it: a zip knows none before 1980, where a dead clock begins
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(_convert(keras.models.load_model(sys.argv[1], compile=False)))
