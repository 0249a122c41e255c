"""``python -m course submit``: a saved network becomes a submission, of whatever backend; else a sentence says why."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest
from honest_networks import fitted, own_accuracy
from honest_pictures import some_pictures, write_pictures

from course.assessment import Log, run_assessment
from course.grading import making, pictures, process, rounds, submission, submit
from course.grading.grade import grade
from course.messages import CourseError
from course.paths import ROOT

PICTURES = some_pictures(per_class=2)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An edition with a few test images, and a notebook beside it."""
    write_pictures(tmp_path / "data" / "fruits" / "test", PICTURES)
    (tmp_path / "07_assessment.ipynb").write_text('{"cells": []}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    return tmp_path / "data"


@pytest.mark.parametrize("kind", ["functional", "sequential"])
def test_a_saved_network_becomes_the_submission_that_its_notebook_would_make(data: Path, tmp_path: Path, kind: str):
    model = fitted(kind, PICTURES)
    model.save(tmp_path / "mine.keras")
    assert submit.main(Namespace(file=tmp_path / "mine.keras", name="Ada Lovelace", log_of=None)) == 0
    made = tmp_path / "models" / "submission-Ada-Lovelace.zip"
    assert submission.read(made).name == "Ada Lovelace"
    score = grade(made, pictures.read(pictures.open_split(data))).score
    assert score.accuracy == pytest.approx(own_accuracy(model, PICTURES))


def test_rounds_threshold_and_answers_come_from_a_submission_of_the_notebook(data: Path, tmp_path: Path):
    model, log = fitted("functional", PICTURES), Log()
    for rate in (0.1, 0.2, 0.3):
        log.add({"rate": 0.0}, {"rate": rate}, "because", (0.5, 0.6), (0.5, 0.6))
    told = {"rotten_threshold": 0.4, "answers": ("the rate", "the belt's score")}
    earlier = run_assessment(model, log, name="Ada Lovelace", **told)["file"]
    model.save(tmp_path / "mine.keras")
    before = submission.read(earlier)
    submit.main(Namespace(file=tmp_path / "mine.keras", name="", log_of=earlier))
    after = submission.read(earlier)
    assert (after.name, after.rounds) == (before.name, before.rounds) and rounds.enough(after.rounds)
    assert (after.rotten_threshold, after.answers) == (0.4, told["answers"])
    with pytest.raises(CourseError, match="never loaded"):
        submit.main(Namespace(file=tmp_path / "mine.keras", name="", log_of=tmp_path / "mine.keras"))


def older(path: Path) -> None:
    """Write a model file of which this Keras knows a class no more, as where another version saved it."""
    whole = path.with_name("whole.keras")
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(6)]).save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'"Dense"', b'"DenseOfOld"'))


def with_a_lambda(path: Path) -> None:
    keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x + 1)]).save(path)


@pytest.mark.parametrize(
    "write", [lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"PK\x03\x04"), older, with_a_lambda]
)
def test_a_file_that_cannot_be_loaded_is_one_sentence_with_what_to_do(write, tmp_path: Path):
    write(tmp_path / "mine.keras")
    with pytest.raises(CourseError) as caught:
        submit.load(tmp_path / "mine.keras")
    assert f"another Keras than {keras.__version__} saved it" in str(caught.value) and "run_assessment" in str(
        caught.value
    )
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(CourseError, match=r"There is no file .*mine\.keras"):
        submit.load(tmp_path / "mine.keras")


MAKE = """
import sys
from pathlib import Path
import keras
keras.utils.set_random_seed(1)
layers = [keras.Input((224, 224, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 8, strides=8)]
model = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(6)])
from course.grading import making
making.check(model)
Path(sys.argv[1], "model.tflite").write_bytes(making.convert(model))
model.save(Path(sys.argv[1], "model.keras"))
print(keras.backend.backend())
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_beside_another_backend_the_conversion_is_a_process_of_its_own(backend: str, tmp_path: Path):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environ = os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-c", MAKE, tmp_path]
    said = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, text=True).stdout
    assert said.split() == [backend]
    outputs = process.predict((tmp_path / "model.tflite").read_bytes(), PICTURES.images, process.Limits()).outputs
    expected = submit.load(tmp_path / "model.keras").predict(PICTURES.images.astype(np.float32), verbose=0)
    assert np.abs(outputs - expected).max() < 1e-3


def test_what_tensorflow_cannot_convert_elsewhere_is_the_same_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(making.sys, "executable", "/no/such/python")
    with pytest.raises(CourseError, match="cannot be converted for the submission"):
        making.convert(keras.Sequential([keras.Input((224, 224, 3)), keras.layers.Conv2D(6, 8)]))
