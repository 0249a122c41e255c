"""The assessment: the learner's copy in step with the solved one, kind to blanks, open to anyone's answers."""

from __future__ import annotations

import json
import re

import pytest
from edition_files import classes, fill
from lesson_runs import outputs_of, run_changed

from course import paths
from course.datasets.image_sets import FRUITS
from course.runner import notebooks
from dev.studio import assessment

LESSON = "07_assessment"

THEIRS = {
    "decide-augmentation": (
        "def augment(images, training):\n    turned = images[:, :, ::-1] if rng.random() < 0.5 else images\n"
        "    return turned + rng.uniform(-20, 20, (len(images), 1, 1, 1))"
    ),
    "decide-cut": "cut = 'block7a_project_bn'",
    "decide-head": (
        "head = keras.Sequential([keras.Input((1280,)), keras.layers.Dense(32, activation='relu'),"
        " keras.layers.Dense(6)])"
    ),
    "decide-loss": "loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, name='theirs')",
    "decide-tuning": "fine_tuning_rate = 3e-5\n\n\ndef may_learn(layer):\n    return layer.name == 'head'",
    "decide-model": (
        "inputs = keras.Input((224, 224, 3))\nx = pooling(upper(lower(backbone.preprocess(inputs))))\n"
        "model = keras.Model(inputs, keras.layers.Softmax()(head(x)))"
    ),
}
"""Answers that can work and are not ours, by cell."""


def answered(**changed: str) -> dict[str, str]:
    """Sources of the cells with blanks, with `THEIRS` or what is given for a cell (with _ for -) in their place."""
    answers = THEIRS | {name.replace("_", "-"): answer for name, answer in changed.items()}
    return {name: f'{answer}\n\ncheck.decided("07.{name.removeprefix("decide-")}")' for name, answer in answers.items()}


@pytest.fixture
def edition(tmp_path):
    """Few small pictures of noise, in the folders of fruit."""
    pictures = classes(("train", "valid"), FRUITS, each=4)
    return fill(tmp_path / "edition", {f"fruits/{name}": data for name, data in pictures.items()})


@pytest.fixture
def run(edition, tmp_path, monkeypatch):
    """``run(answers)`` runs the learner's copy with some cells filled in."""
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))

    def run(answers, **ask):
        return run_changed(LESSON, tmp_path / "checkout", edition, answers=answers, ask=ask, solved=False)

    return run


def test_the_learners_copy_is_in_step_with_the_solved_notebook():
    made = notebooks.dumps(assessment.learners_copy(notebooks.read(assessment.SOLVED)))
    assert assessment.COPY.read_text("utf-8") == made, "run `python -m dev.studio.assessment`"


def test_the_copy_asks_for_six_decisions_and_holds_no_answer():
    solved, copy = notebooks.read(assessment.SOLVED), assessment.COPY.read_text("utf-8")
    cells = {cell["id"]: notebooks.source_of(cell) for cell in json.loads(copy)["cells"]}
    blanks = {name: source for name, source in cells.items() if "# FIXME" in source and name != "how-it-works"}
    assert set(blanks) == set(THEIRS)
    for name, source in blanks.items():
        assert re.search(r"= \.\.\.  # FIXME$", source, re.MULTILINE)
        assert source.endswith(f'\n\ncheck.decided("07.{name.removeprefix("decide-")}")')
    assert "region" not in copy and '"answer"' not in copy
    for cell in solved["cells"]:
        for answer in assessment.REGION.findall(notebooks.source_of(cell)):
            lines = [line for line in answer.splitlines() if len(line) > 12 and not line.startswith("def ")]
            assert lines and not [line for line in lines if json.dumps(line)[1:-1] in copy]


def test_a_region_becomes_a_blank_for_each_name_and_nothing_else_is_touched():
    cells = [
        {"cell_type": "code", "id": "a", "source": "x = 1\n# region FIXME\ny = [\n    2,\n]\n# endregion\n\nprint(y)"},
        {"cell_type": "markdown", "id": "b", "source": "Two.", "metadata": {"tags": ["answer"]}},
        {"cell_type": "markdown", "id": "c", "source": "`# region FIXME`"},
    ]
    made = assessment.learners_copy({"cells": cells})["cells"]
    assert [notebooks.source_of(cell) for cell in made] == ["x = 1\ny = ...  # FIXME\n\nprint(y)", "`# region FIXME`"]
    assert assessment.blanks("def f(a, *, b=1):\n    return a + b") == "def f(a, *, b=1):\n    return ...  # FIXME\n"
    with pytest.raises(ValueError, match="no blank"):
        assessment.blanks("model.fit(x)")


def test_untouched_it_stops_at_the_first_decision_with_one_kind_sentence(run):
    outcome, _values = run({})
    assert (outcome.status, outcome.cell) == ("not_attempted", "decide-augmentation")
    assert outcome.reason == "Your turn: fill in augment in the cell above."
    assert outcome.metrics == {}


def test_it_goes_on_with_answers_that_are_not_ours(run, tmp_path):
    outcome, values = run(
        answered(),
        rate="tail.optimizer._learning_rate.initial_learning_rate",
        hidden="head.layers[0].units",
        loss="tail.loss.name",
        cut="x_train.shape[1:]",
        changed="[int(np.sum(has_changed & is_norm)), int(np.sum(has_changed & ~is_norm))]",
        agreed="float(np.abs(model.predict(pictures(valid_paths), verbose=0) - probabilities).max()) < 0.02",
    )
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert values == {
        "rate": pytest.approx(3e-5),
        "hidden": 32,
        "loss": "theirs",
        "cut": [7, 7, 320],
        "changed": [0, 5],
        "agreed": True,
    }
    assert set(outcome.metrics) == {"frozen_val_accuracy", "val_accuracy", "test_accuracy"}
    assert (tmp_path / "models" / "fruit_model.keras").is_file()
    for name in THEIRS:
        feedback = outputs_of(tmp_path / "checkout" / "executed" / f"{LESSON}.ipynb", name)[-1]
        assert "Right" in feedback["data"]["text/html"], name


def test_it_stops_at_an_answer_that_cannot_work_and_says_why(run):
    answers = answered(decide_head="head = keras.Sequential([keras.Input((1280,)), keras.layers.Dense(2)])")
    outcome, _values = run(answers)
    assert (outcome.status, outcome.cell) == ("failed", "decide-head")
    assert outcome.reason.startswith("Not yet: found outputs of the shape (200, 2)") and "\n" not in outcome.reason


def test_by_its_number_a_learner_runs_the_copy_and_all_lessons_include_the_solved_one():
    from course.runner import run

    assert run.find_notebook("07") == paths.ROOT / f"{LESSON}.ipynb"
    assert paths.ROOT / "dev" / "solutions" / f"{LESSON}.ipynb" in run.all_notebooks("")
