"""The lessons: executed in full on each edition there is, their claims true, their exercises in all three states."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
from lesson_facts import facts
from lesson_runs import (
    IN_USE,
    NEEDS,
    SET_OF,
    UNTRUE,
    Silence,
    asked,
    changed_copy,
    edition_with,
    outputs_of,
    red,
    run_changed,
)
from PIL import Image

from course.datasets.reading import ASL_FILES, ASL_LETTERS, SETS, table_at, validate
from course.messages import CourseError
from course.paths import ROOT, available_lessons, lesson_id
from course.runner.executor import Settings, execute

AFTER = NEEDS | {"03_asl_cnn": "02_asl", "04a_asl_augmentation": "03_asl_cnn"}
"""The lesson whose artifacts a full run of another one finds."""


@pytest.fixture(scope="session")
def full_runs(editions, tmp_path_factory):
    """Run a lesson in full, once in a session: ``full_runs(lesson, edition)`` gives its outcome and its claims."""
    done = {}

    def run(lesson, edition):
        if edition not in editions:
            pytest.skip("no real edition here (COURSE_REAL)")
        try:
            validate(editions[edition], SET_OF[lesson])
        except CourseError as error:
            if (editions[edition] / SETS[SET_OF[lesson]].folder).exists():
                raise
            pytest.skip(f"the edition {edition} has no {SET_OF[lesson]}: {error}")
        if (lesson, edition) not in done:
            folder = tmp_path_factory.mktemp(f"{edition}-{lesson}")
            if lesson in AFTER:
                _before, earlier = run(AFTER[lesson], edition)
                shutil.copytree(earlier / "models", folder / "models")
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv("COURSE_MODELS", str(folder / "models"))
                environment.setenv("COURSE_TEST_WARNINGS", str(folder / "warnings"))
                environment.setenv("PYTHONPATH", str(ROOT / "tests" / "watching"), prepend=os.pathsep)
                done[lesson, edition] = run_changed(lesson, folder, editions[edition], ask=UNTRUE), folder
        return done[lesson, edition]

    return run


EDITIONS = ("embedded", "real")


def in_full(*lessons, editions=EDITIONS):
    """A test of full runs. Ids of such tests name lesson and edition: by them ``sharing.py`` keeps them together."""
    return pytest.mark.parametrize(
        ("lesson", "edition"), [(lesson, edition) for lesson in lessons for edition in editions]
    )


@in_full(*available_lessons())
def test_a_lesson_runs_and_ends_where_it_usually_does(full_runs, lesson, edition):
    (outcome, _claims), folder = full_runs(lesson, edition)
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert outcome.results["edition"] == edition
    assert outcome.results["unusual"] == [], outcome.metrics
    assert all(outcome.results["ranges"].values()), "a metric without a measured range"
    assert (folder / "models" / "results" / f"{lesson}.json").is_file()


@in_full(*available_lessons())
def test_what_a_lesson_says_is_true(full_runs, lesson, edition):
    (_outcome, claims), _folder = full_runs(lesson, edition)
    assert claims["untrue"] == []


@in_full(*available_lessons())
def test_a_lesson_reaches_what_the_design_asks(full_runs, lesson, edition):
    (outcome, _claims), _folder = full_runs(lesson, edition)
    for metric, (least, most) in facts(lesson).TARGETS[edition].items():
        assert least <= outcome.metrics[metric] <= most, (metric, outcome.metrics)


@in_full("03_asl_cnn")
def test_the_dense_network_overfits_by_a_tenth_and_convolutions_gain_eight_points(full_runs, lesson, edition):
    dense = full_runs("02_asl", edition)[0][0].metrics
    assert dense["train_accuracy"] - dense["val_accuracy"] >= 0.10
    assert full_runs(lesson, edition)[0][0].metrics["val_accuracy"] >= dense["val_accuracy"] + 0.08


@in_full("04a_asl_augmentation")
def test_augmentation_gains_a_point_on_the_same_network_without(full_runs, lesson, edition):
    without, augmented = (full_runs(name, edition)[0][0].metrics["val_accuracy"] for name in ("03_asl_cnn", lesson))
    assert augmented >= without + 0.01


@in_full("06_nytimes_rnn")
def test_the_recurrent_network_is_held_against_the_trigram_and_the_unigram(full_runs, lesson, edition):
    (outcome, _claims), _folder = full_runs(lesson, edition)
    metrics = outcome.metrics
    assert metrics["val_perplexity"] <= {"embedded": 1, "real": 1.06}[edition] * metrics["trigram_perplexity"]
    assert metrics["val_perplexity"] <= 0.6 * metrics["unigram_perplexity"]


@in_full("05b_presidential_doggy_door", editions=["real"])
def test_fine_tuning_costs_bos_door_one_picture_at_most(full_runs, lesson, edition):
    (outcome, _claims), _folder = full_runs(lesson, edition)
    assert outcome.metrics["tuned_val_accuracy"] > outcome.metrics["frozen_val_accuracy"] - 1.5 / 30


@in_full(*available_lessons())
def test_a_lesson_shows_nothing_red_and_calls_nothing_that_its_libraries_will_drop(full_runs, lesson, edition):
    _result, folder = full_runs(lesson, edition)
    assert red(folder / "executed" / f"{lesson}.ipynb") == []
    assert (folder / "warnings").read_text("utf-8") == ""


def test_a_call_of_something_deprecated_would_be_noted(tmp_path):
    (tmp_path / "pandas.py").write_text(
        "import warnings\n"
        "def old(stacklevel):\n    warnings.warn('old() will go', FutureWarning, stacklevel=stacklevel)\n"
        "def odd():\n    warnings.warn('odd() is deprecated', UserWarning)\n"
        "def fine():\n    warnings.warn('slow today')\n"
    )
    cell = "import pandas\nfor level in (1, 2):\n    pandas.old(level)\npandas.odd()\npandas.fine()"
    script = f"exec(compile({cell!r}, '/tmp/ipykernel_1/2.py', 'exec'))"
    environ = {**os.environ, "COURSE_TEST_WARNINGS": str(tmp_path / "warnings")}
    environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "tests" / "watching"), str(tmp_path)])
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, env=environ)
    noted = [json.loads(line) for line in (tmp_path / "warnings").read_text("utf-8").splitlines()]
    assert [line["message"] for line in noted] == ["old() will go", "old() will go", "odd() is deprecated"]
    assert noted[0]["where"] == "/tmp/ipykernel_1/2.py:3"


@in_full("03_asl_cnn")
def test_lesson_03_saves_its_learning_curves_and_its_network_for_lesson_04(full_runs, lesson, edition):
    models = full_runs(lesson, edition)[1] / "models"
    assert (models / "asl_cnn_history.json").is_file() and (models / "asl_cnn.keras").is_file()


def test_lesson_04b_says_in_a_sentence_what_is_wrong_with_its_model(editions, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path))
    (tmp_path / "asl_model.keras").write_bytes(b"PK")
    outcome, _values = run_changed("04b_asl_predictions", tmp_path / "checkout", edition_with("asl_images", editions))
    assert (outcome.status, outcome.cell) == ("failed", "load-model")
    assert "run 04a_asl_augmentation.ipynb" in outcome.reason and "\n" not in outcome.reason.strip()


@in_full("04b_asl_predictions", editions=["embedded"])
def test_own_pictures_are_learned_and_the_others_not_forgotten(
    full_runs, editions, lesson, edition, tmp_path, monkeypatch
):
    _result, before = full_runs("04a_asl_augmentation", edition)
    shutil.copytree(before / "models", tmp_path / "models")
    photograph_hands(editions[edition], tmp_path / "models" / "my_photos")
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    ask = {"own": "own_accuracy", "counts": "[len(own_train), len(own_valid)]"}
    outcome, values = run_changed(lesson, tmp_path / "checkout", editions[edition], ask=ask)
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert values["counts"] == [12, 8]
    assert values["own"]["after"]["own hand"] >= values["own"]["before"]["own hand"] + 0.2
    assert values["own"]["after"]["validation"] >= values["own"]["before"]["validation"] - 0.05


def photograph_hands(edition, folder):
    """Five validation pictures each of four letters, as if taken in the dark by a camera held askew."""
    table = pd.read_csv(table_at(edition / "asl_data", ASL_FILES["valid"]), dtype="uint8")
    for letter in "aclw":
        (folder / letter).mkdir(parents=True)
        rows = table[table["label"] == ASL_LETTERS.index(letter)].to_numpy()[:5, 1:].reshape(-1, 28, 28)
        for number, pixels in enumerate(rows):
            hand = Image.fromarray(pixels).resize((224, 224)).rotate(28, fillcolor=int(pixels[0].mean()))
            hand.point(lambda value: value * 0.55).convert("RGB").save(folder / letter / f"{number}.jpg", quality=95)


# Exercises: the notebook runs to its end whatever the learner wrote, and goes on with what it says it goes on with.

WITH_EXERCISES = [lesson for lesson in available_lessons() if hasattr(facts(lesson), "RIGHT")]


def test_every_exercise_is_tried_with_a_right_and_a_wrong_answer():
    assert {*WITH_EXERCISES, "07_assessment"} == set(available_lessons()), "test_lesson_07.py has the assessment's"
    for lesson in WITH_EXERCISES:
        cells = nbformat.read(ROOT / f"{lesson}.ipynb", as_version=4).cells
        exercises = {cell.id for cell in cells if "exercise" in cell.metadata.get("tags", ())}
        assert set(facts(lesson).RIGHT) == set(facts(lesson).WRONG) == exercises


@pytest.mark.parametrize("state", ["untouched", "wrong", "right"])
@pytest.mark.parametrize("lesson", WITH_EXERCISES)
def test_run_all_goes_on_with_the_right_answer_whoever_gave_it(
    lesson, state, editions, bare_runs, tmp_path, monkeypatch
):
    known = facts(lesson)
    if state == "untouched":  # a run with the eight packages alone, which test_bare.py looks at too
        run = bare_runs(lesson)
        executed, metrics, values = run.executed, run.metrics, asked(run.executed)
    else:
        if lesson in NEEDS:
            shutil.copytree(bare_runs(NEEDS[lesson]).models, tmp_path / "models")
        monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
        edition, folder = edition_with(SET_OF[lesson], editions), tmp_path / "checkout"
        answers = known.RIGHT if state == "right" else known.WRONG
        outcome, values = run_changed(lesson, folder, edition, answers=answers, less_data=True, ask=IN_USE)
        assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
        executed, metrics = folder / "executed" / f"{lesson}.ipynb", outcome.metrics
    assert values["in use"] == (known.THEIRS if state == "right" else known.OURS)
    said = {"untouched": "Not attempted", "wrong": "Not yet", "right": "Right"}[state]
    for cell_id in known.RIGHT:
        (feedback,) = outputs_of(executed, f"{cell_id}-check")
        never_assigned = state == "wrong" and cell_id in getattr(known, "NEVER_ASSIGNED", ())
        expected = "Not attempted" if never_assigned else said
        assert expected in feedback["data"]["text/html"], (cell_id, feedback["data"]["text/plain"])
    assert all(math.isfinite(value) for value in metrics.values())


def test_clean_up_ends_the_kernel_and_the_lesson_still_passes(tmp_path, editions, monkeypatch):
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    notebook = changed_copy("01_mnist", tmp_path / "checkout", less_data=True)
    content = nbformat.read(notebook, as_version=4)
    keep = {"setup", "check-data", "imports", "seed", "load-data", "less-data", "clean-up"}
    content.cells = [cell for cell in content.cells if cell.id in keep]
    content.cells[-1].source = content.cells[-1].source.replace("finished = False", "finished = True")
    nbformat.write(content, notebook)
    assert execute(notebook, Settings(edition=editions["embedded"]), Silence()).status == "passed"


def test_a_lesson_is_found_by_its_number_its_name_and_its_file_and_another_is_told_which_there_are():
    for name in ("3", "03", "03_asl_cnn", "03_asl_cnn.ipynb", str(ROOT / "03_asl_cnn.ipynb"), "../03"):
        assert lesson_id(name) == "03_asl_cnn"
    for name in ("", "0", "99", "asl", "04"):
        with pytest.raises(CourseError, match="01, 02, 03"):
            lesson_id(name)
