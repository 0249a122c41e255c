"""The end of lesson 07: score the network on pictures that it has not seen, and pack what is handed in.

Usage, in the notebook: ``run_assessment(model)``. The score comes from the very file that is handed in, run by the
grader that an instructor uses (`grading/`); how the model was compiled, or what it was evaluated on, plays no part.
"""

from __future__ import annotations

import contextlib
import getpass
import io
import json
import os
import platform
import re
import unicodedata
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from course.check.session import SESSION
from course.check.tensorflow_start import start_tensorflow, stderr_aside
from course.files import replacing, shown
from course.messages import CourseError, _
from course.paths import ROOT, data_dir, models_dir

start_tensorflow()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from grading import advice, pictures, process, scoring  # noqa: E402
from grading.contract import CLASSES, MODEL, NOTEBOOK, RECORD, SIDE, THRESHOLD, Refused  # noqa: E402

METRICS = ("accuracy", "sparse_categorical_accuracy", "categorical_accuracy")
SCALES = {"x / 255": 1 / 255, "x / 127.5 - 1": 1 / 127.5}


def run_assessment(model: keras.Model, name: str = "") -> dict[str, Any]:
    """Score `model` on the open test split, say what the score means, and write the hand-in.

    Args:
        model: takes float32 RGB from 0 to 255, (N, 224, 224, 3), and gives six numbers for each picture, in the
            alphabetical order of the class folders; softmax or logits.
        name: yours, as it should stand in the hand-in; else ``COURSE_NAME``, else that of the account.

    Returns:
        ``score``, ``threshold``, ``passed``, ``per_class`` (recall by class) and ``file``, the path of the hand-in.

    Raises:
        CourseError: what of the contract the model does not keep, in one sentence; or a file cannot be read or written.
    """
    _check(model)
    test_set = pictures.read(pictures.open_split(data_dir()))
    flatbuffer = convert(model)
    try:
        outputs = process.predict(flatbuffer, test_set.images).outputs
    except Refused as refused:
        raise CourseError(refused.reason) from refused
    score = scoring.judge(outputs, test_set.labels)
    name = (name or os.environ.get("COURSE_NAME") or os.environ.get("JUPYTERHUB_USER") or getpass.getuser()).strip()
    history = getattr(getattr(model, "history", None), "history", {})
    trained = {"train_accuracy": float(history[key][-1]) for key in METRICS if history.get(key)}
    result = {
        "score": score.accuracy,
        "threshold": THRESHOLD,
        "passed": score.passed,
        "per_class": score.recall,
        "file": models_dir() / f"submission-{slug(name)}.zip",
    }
    record = {
        "course": "Fundamentals of Deep Learning",
        "name": name,
        "edition": SESSION.edition_in_use(),
        "results": {"test_accuracy": score.accuracy, **trained, **_lesson_results()},
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        "network": _parts(model),
    }
    _pack(result["file"], flatbuffer, record)
    _tell(result, score, record, model, test_set)
    return result


def convert(model: keras.Model) -> bytes:
    """`model` as a LiteRT flatbuffer, in float32 whatever its policy is. Raises CourseError where that cannot be."""
    try:
        with stderr_aside(), contextlib.redirect_stdout(io.StringIO()), _float32(model):
            return tf.lite.TFLiteConverter.from_keras_model(model).convert()
    except Exception as error:  # the converter's errors are of many kinds, and pages long
        text = _(
            "The network cannot be converted for the hand-in ({reason}); build it from Keras's own layers, without"
            " Lambda layers that call TensorFlow."
        )
        raise CourseError(text.format(reason=type(error).__name__)) from error


def slug(name: str) -> str:
    """`name` as a part of a file's name on any system: letters of any script, digits, - and _."""
    plain = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", name)).strip("-_")
    return plain[:60] or "learner"


def _check(model: keras.Model) -> None:
    """Raise CourseError where `model` does not keep the contract, in plain words."""
    if not isinstance(model, keras.Model):
        text = _("run_assessment needs the trained Keras model itself, not {found}.")
        raise CourseError(text.format(found=type(model).__name__))
    shape = getattr(model, "input_shape", None) if model.built else None
    if shape is not None and tuple(shape[1:]) not in ((SIDE, SIDE, 3), (None, None, 3)):
        text = _("The model takes {found}, not pictures of ({side}, {side}, 3): build it for those.")
        raise CourseError(text.format(found=shape, side=SIDE))
    probe = np.random.default_rng(1).uniform(0, 255, (2, SIDE, SIDE, 3)).astype(np.float32)
    try:
        answers = np.asarray(keras.ops.convert_to_numpy(model(probe, training=False)))
    except Exception as error:  # whatever a model says about pictures that it was not built for
        text = _("The model does not take float32 pictures of ({side}, {side}, 3), RGB from 0 to 255 ({reason}).")
        raise CourseError(text.format(side=SIDE, reason=type(error).__name__)) from error
    if answers.shape != (2, len(CLASSES)):
        text = _("For two pictures the model gives {found}, not (2, {classes}): end it with Dense({classes}).")
        raise CourseError(text.format(found=answers.shape, classes=len(CLASSES)))


@contextlib.contextmanager
def _float32(model: keras.Model):
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


def _parts(model: keras.Model) -> dict[str, int]:
    """What the grader's advice is derived from: numbers of parameters, and the narrowest hidden layer of the head."""
    dense = [layer.units for layer in model._flatten_layers() if isinstance(layer, keras.layers.Dense)]
    sizes = {
        "parameters": model.count_params(),
        "trainable_parameters": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
    }
    return sizes | ({"narrowest_hidden": min(dense[:-1])} if dense[:-1] else {})


def _lesson_results() -> dict[str, float]:
    """The lesson's figures, if its results cell has run."""
    try:
        path = models_dir() / "results" / "07_assessment.json"
        return json.loads(path.read_text(encoding="utf-8"))["metrics"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _notebook() -> bytes:
    """The notebook that runs, else the learner's copy. Raises CourseError where there is none."""
    running = Path(os.environ.get("JPY_SESSION_NAME", ""))
    for path in (running, Path.cwd() / NOTEBOOK, ROOT / NOTEBOOK, ROOT / "solutions" / NOTEBOOK):
        if path.suffix == ".ipynb" and path.is_file():
            return path.read_bytes()
    raise CourseError(
        _("{name} is not there to be handed in; `python -m course reset 07` brings it back.").format(name=NOTEBOOK)
    )


def _pack(path: Path, flatbuffer: bytes, record: dict[str, Any]) -> None:
    """Write the hand-in, whole or not at all."""
    contents = {
        MODEL: flatbuffer,
        NOTEBOOK: _notebook(),
        RECORD: json.dumps(record, indent=1, ensure_ascii=False).encode(),
    }
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)


def _tell(
    result: dict[str, Any], score: scoring.Score, record: dict[str, Any], model: keras.Model, test_set: pictures.TestSet
) -> None:
    """Print what the score means."""
    text = _("{score:.3f} of {count} test pictures are right; needed: {threshold:.2f}.")
    print(text.format(score=score.accuracy, count=len(test_set), threshold=THRESHOLD))
    for sentence in advice.advise(score, record["results"], record["network"]):
        print("→", sentence)
    if not score.passed:
        _tell_scale(model, test_set, score)
    print(
        _("Hand in {path}. This score is self-assessed: your instructor has other pictures.").format(
            path=shown(result["file"])
        )
    )


def _tell_scale(model: keras.Model, test_set: pictures.TestSet, score: scoring.Score) -> None:
    """Say so where the network would do far better on scaled pixels: its preprocessing was left outside."""
    few = pictures.sample(test_set, 5)
    for name, factor in SCALES.items():
        scaled = few.images.astype(np.float32) * factor - (1 if "- 1" in name else 0)
        accuracy = scoring.judge(np.asarray(model(scaled, training=False), np.float32), few.labels).accuracy
        if accuracy > score.accuracy + 0.2:
            text = _("→ On {scale} it does far better: put that into the model, as a Rescaling layer at its start.")
            print(text.format(scale=name))
            return
