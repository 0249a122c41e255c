"""Measuring: one run a seed, merged into the file of ranges."""

from __future__ import annotations

import argparse
from pathlib import Path

import nbformat
import pytest

from course.messages import CourseError
from dev import measure
from dev.record import read_json

RESULTS = """
from IPython.display import display
bundle = {"metrics": {"val_accuracy": SEED / 10}, "versions": {"tensorflow": "2.21.0", "keras": "3.15.1"}}
display({"application/vnd.course.results+json": bundle}, raw=True)
"""


@pytest.fixture
def ranges(tmp_path, monkeypatch):
    """The file of ranges, in a scratch folder."""
    path = tmp_path / "check" / "ranges.json"
    monkeypatch.setattr(measure, "RANGES", path)
    return path


def lesson(folder: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    cells[0].id = "seed"
    path = folder / "lesson.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    measure.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def results(accuracy: float, tensorflow: str = "2.21.0") -> dict:
    return {"metrics": {"val_accuracy": accuracy}, "versions": {"tensorflow": tensorflow, "keras": "3"}}


def test_each_seed_is_run_and_kept(tmp_path, ranges):
    notebook = lesson(tmp_path, "SEED = 1", RESULTS)
    assert measure.measure_lesson(arguments(notebook, "--seeds", 2, 1, "--edition", tmp_path)) == 0
    assert read_json(ranges)["lesson"]["real"]["runs"] == [
        {"seed": seed, "tensorflow": "2.21.0", "keras": "3.15.1", "metrics": {"val_accuracy": seed / 10}}
        for seed in (1, 2)
    ]


def test_a_run_replaces_the_one_with_its_seed_and_tensorflow_and_leaves_the_rest(ranges):
    measure.keep("01_mnist", "embedded", 1, results(0.1))
    measure.keep("01_mnist", "embedded", 1, results(0.2, tensorflow="2.17.0"))
    measure.keep("01_mnist", "embedded", 1, results(0.3))
    measure.keep("01_mnist", "real", 1, results(0.4))
    here = read_json(ranges)["01_mnist"]
    assert [run["metrics"]["val_accuracy"] for run in here["embedded"]["runs"]] == [0.2, 0.3]
    assert [run["metrics"]["val_accuracy"] for run in here["real"]["runs"]] == [0.4]


@pytest.mark.parametrize(
    ("source", "said"), [("1 / 0", "ZeroDivisionError: division by zero"), ("1", "it showed no results")]
)
def test_a_lesson_that_fails_or_shows_nothing_is_not_kept(tmp_path, ranges, source, said):
    with pytest.raises(CourseError, match=f"cannot be measured with seed 3: {said}"):
        measure.measure_lesson(arguments(lesson(tmp_path, "SEED = 1", source), "--seeds", 3, "--edition", tmp_path))
    assert not ranges.exists()
