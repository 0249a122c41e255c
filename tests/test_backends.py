"""Keras on JAX and on PyTorch: the lessons run, a saved network gives the same answers, a submission is made of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import numpy as np
import pytest
from lesson_runs import NEEDS, SET_OF, Silence, changed_copy, edition_with, run_changed

from course.paths import ROOT, available_lessons
from course.runner.executor import Settings, execute

BACKENDS = ("jax", "torch")
LESSONS = ("01_mnist", "04a_asl_augmentation", "06_nytimes_rnn", "07_assessment")
SAVE = """
import sys, keras
layers, name = keras.layers, sys.argv[1] + "/" + keras.backend.backend()
image = keras.Sequential([
    keras.Input((28, 28, 1)), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
    layers.MaxPooling2D(), layers.Flatten(), layers.Dense(24),
])
text = keras.Sequential([keras.Input((None,), dtype="int32"), layers.Embedding(50, 8), layers.LSTM(8), layers.Dense(5)])
image.save(name + "-image.keras"), text.save(name + "-text.keras")
"""
ANSWER = """
import sys, keras, numpy as np
from pathlib import Path
chance, folder = np.random.default_rng(1), Path(sys.argv[1])
given = {"image": chance.normal(size=(8, 28, 28, 1)).astype("float32"), "text": chance.integers(1, 50, (8, 12))}
found = {path.stem: keras.models.load_model(path)(given[path.stem.split("-")[1]]) for path in folder.glob("*.keras")}
arrays = {name: keras.ops.convert_to_numpy(answer) for name, answer in found.items()}
np.savez(folder / f"{keras.backend.backend()}.npz", **arrays)
"""
"""Save a convolution with batch normalization and an LSTM; answer with all that were saved."""


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A backend that is installed here, chosen by the environment as a learner chooses it."""
    if find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.setenv("KERAS_BACKEND", request.param)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    return request.param


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_on_less_data(lesson, backend, editions, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    copy = changed_copy(lesson, tmp_path, less_data=True, ask={"backend": "keras.backend.backend()"})
    text = copy.read_text(encoding="utf-8")
    if lesson != "01_mnist":  # which plots five epochs
        text = re.sub(r"\b(epochs ?= ?)\d+", r"\g<1>1", text)
    copy.write_text(text, encoding="utf-8")
    outcome = execute(copy, Settings(edition=edition_with(SET_OF[lesson], editions), out=tmp_path / "out"), Silence())
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    printed = [output.get("text", "") for cell in nbformat.read(tmp_path / "out" / copy.name, 4).cells
               for output in cell.get("outputs", ())]  # fmt: skip
    assert f'"backend": "{backend}"' in "".join(printed)


@pytest.mark.soak
@pytest.mark.parametrize("lesson", available_lessons())
def test_a_lesson_runs_in_full_on_the_embedded_edition(lesson, backend, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    for name in [*filter(None, [NEEDS.get(lesson)]), lesson]:
        outcome, _answers = run_changed(name, tmp_path / name, ROOT / "data")
        assert outcome.status == "passed", f"{name}, {outcome.cell}: {outcome.reason}"
    print(f"{backend} {lesson} {outcome.seconds:.0f} s, unusual: {outcome.results['unusual']} {outcome.metrics}")


def test_a_saved_network_answers_alike_wherever_it_was_saved(tmp_path: Path):
    there = [name for name in ("tensorflow", *BACKENDS) if find_spec(name)]
    if len(there) < 2:
        pytest.skip("neither jax nor torch is installed")
    for script in (SAVE, ANSWER):
        for name in there:
            _python(name, script, tmp_path)
    answers = [np.load(tmp_path / f"{name}.npz") for name in there]
    assert len(answers[0].files) == 2 * len(there)
    for saved in answers[0].files:
        assert all(np.abs(answer[saved] - answers[0][saved]).max() < 1e-3 for answer in answers), saved


def _python(backend: str, script: str, folder: Path) -> None:
    environ = os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run([sys.executable, "-c", script, folder], env=environ, check=True, capture_output=True)
