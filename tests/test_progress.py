"""``python -m course progress``: read from saved notebooks and results, it says where a learner is and what is next."""

from __future__ import annotations

import json

import pytest

from course import progress
from course.check.exercises import Feedback
from course.messages import CourseError, NotAttempted
from course.paths import LESSONS
from course.progress import report, steps


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A checkout with lessons 01 and 02, of two exercises each; lesson 07 comes with the test that needs it."""
    monkeypatch.setattr(progress, "ROOT", tmp_path)
    monkeypatch.setattr("course.paths.ROOT", tmp_path)
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    for lesson in LESSONS[:2]:
        save(tmp_path / f"{lesson}.ipynb", [], [])
    return tmp_path


def save(path, *outputs, call="exercise"):
    """A notebook with one cell an exercise, saved with these outputs."""
    path.parent.mkdir(exist_ok=True)
    cells = [
        {"cell_type": "code", "source": [f'answer = ...\n\ncheck.{call}("01.x{number}")'], "outputs": each}
        for number, each in enumerate(outputs)
    ]
    prose = {"cell_type": "markdown", "source": ["The line `check.exercise(…)` looks at your answer."]}
    path.write_text(json.dumps({"nbformat": 4, "cells": [prose, *cells]}), "utf-8")


def feedback(state):
    return [{"output_type": "execute_result", "data": {"text/plain": [repr(Feedback(state, "Because."))]}}]


def ended(course, lesson, unusual=()):
    (course / "models" / "results").mkdir(parents=True, exist_ok=True)
    (course / "models" / "results" / f"{lesson}.json").write_text(json.dumps({"unusual": list(unusual)}))


def test_before_anything_ran_lesson_01_comes_next(course):
    assert report(steps()).endswith("Next: open 01_mnist.ipynb and run it to its end.")
    assert [step.marks for step in steps()] == ["○○", "○○"]


def test_a_lesson_is_done_when_it_ran_and_every_exercise_is_right(course):
    save(course / "01_mnist.ipynb", feedback("right"), feedback("not yet"))
    ended(course, "01_mnist")
    assert report(steps()).endswith("Next: the exercises of 01_mnist that are not right yet.")
    save(course / "01_mnist.ipynb", feedback("right"), feedback("right"))
    assert report(steps()).endswith("Next: open 02_asl.ipynb and run it to its end.")
    save(course / "02_asl.ipynb", feedback("right"), feedback("right"))
    ended(course, "02_asl", unusual=["val_accuracy"])
    assert "ran; a result is unusual" in report(steps())
    assert report(steps()).endswith("Everything is done.")


def test_the_copy_that_the_learner_works_in_counts(course):
    save(course / "ko" / "01_mnist.ipynb", feedback("right"), [])
    assert steps()[0].marks == "✓○"


def test_an_error_is_an_attempt_unless_it_is_a_blank(course):
    errors = [[{"output_type": "error", "ename": kind.__name__}] for kind in (NotAttempted, CourseError)]
    save(course / "07_assessment.ipynb", *errors, call="decided")
    assert steps()[-1].marks == "○✗"
    assert "not run to its end yet" in report(steps())


def test_a_damaged_notebook_is_named_and_damaged_results_count_as_none(course):
    ended(course, "01_mnist")
    (course / "models" / "results" / "01_mnist.json").write_text("[")
    assert not steps()[0].ran
    (course / "02_asl.ipynb").write_text("[")
    with pytest.raises(CourseError, match=r"02_asl\.ipynb is not a notebook"):
        steps()
