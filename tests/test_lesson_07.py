"""The assessment: the learner's copy in step with the solved one, kind to blanks, open to anyone's answers."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from edition_files import classes, fill
from lesson_runs import outputs_of, run_changed

from course import paths
from course.datasets.image_sets import FRUITS
from course.grading import rounds, submission
from course.runner import notebooks
from dev.studio import assessment

LESSON = "07_assessment"

THEIRS = {
    "decide-change-1": (
        "change = {'augment': keras.Sequential([keras.layers.RandomFlip(), keras.layers.RandomContrast((0.5, 0.5)),"
        " Dim()])}\n"
        "why = 'They hang upside down there.'"
    ),
    "decide-keep-1": "keep = True",
    "decide-change-2": "change = {'tune_epochs': 0}\nwhy = 'Perhaps the backbone is good as it is.'",
    "decide-keep-2": "keep = False",
    "decide-change-3": (
        "change = {'head': keras.Sequential([keras.Input((1280,)), keras.layers.Dense(32, 'relu'),"
        " keras.layers.Dense(6)])}\nwhy = 'A hidden layer may see more.'"
    ),
    "decide-keep-3": "keep = True",
    "decide-final": "final = recipe | {'head_epochs': 1, 'tune_epochs': 1}",
    "decide-threshold": "rotten_threshold = 0.3",
    "decide-words": (
        "changed_most = 'The augmentation, since nothing else was changed in its round.'\n"
        "trust_least = 'The last one on the belt, by which I chose three times.'"
    ),
}
"""Answers that can work and are not ours, by cell."""


def answered(**changed: str) -> dict[str, str]:
    """Sources of the cells with blanks, with `THEIRS` or what is given for a cell (with _ for -) in their place."""
    answers = THEIRS | {name.replace("_", "-"): answer for name, answer in changed.items()}
    copy = {cell["id"]: notebooks.source_of(cell) for cell in json.loads(assessment.COPY.read_text("utf-8"))["cells"]}
    return {name: f"{answer}\n\n{copy[name][copy[name].index('check.decided') :]}" for name, answer in answers.items()}


@pytest.fixture
def edition(tmp_path):
    """Few small pictures of noise, in the folders of fruit."""
    pictures = classes(("train", "valid", "belt/valid", "test", "belt/test"), FRUITS, each=4)
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


def test_the_copy_asks_for_the_decisions_and_holds_no_answer():
    solved, copy = notebooks.read(assessment.SOLVED), assessment.COPY.read_text("utf-8")
    cells = {cell["id"]: notebooks.source_of(cell) for cell in json.loads(copy)["cells"]}
    blanks = {name: source for name, source in cells.items() if "# FIXME" in source and name != "how-it-works"}
    assert set(blanks) == set(THEIRS)
    for name, source in blanks.items():
        assert re.search(r"= \.\.\.  # FIXME$", source, re.MULTILINE)
        assert source.endswith(f'\n\ncheck.decided("07.{name.split("-")[1]}")')
    assert "region" not in copy and '"answer"' not in copy
    for cell in solved["cells"]:
        for answer in assessment.REGION.findall(notebooks.source_of(cell)):
            lines = [line for line in answer.splitlines() if len(line) > 12 and '"augment"' not in line]
            assert not [line for line in lines if json.dumps(line)[1:-1] in copy]


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


def test_untouched_it_trains_a_first_network_and_stops_at_the_first_decision_with_one_kind_sentence(run):
    outcome, _values = run({})
    assert (outcome.status, outcome.cell) == ("not_attempted", "decide-change-1")
    assert outcome.reason == "Your turn: fill in change, why in the cell above."
    assert outcome.metrics == {}


def test_it_goes_on_with_answers_that_are_not_ours(run, tmp_path):
    outcome, values = run(
        answered(),
        changed="[row.changed[0] for row in log.rounds]",
        kept="[recipe['tune_epochs'], recipe['head'].layers[0].units]",
        same="kept is tried",
        threshold="rotten_threshold",
        told="[result['passed'], result['belt_score'] is not None, result['cost'] is not None]",
    )
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert values["changed"] == ["augment", "tune_epochs", "head"]
    assert values["kept"] == [2, 32] and values["same"] and values["threshold"] == 0.3
    assert values["told"][1:] == [True, True]
    assert set(outcome.metrics) == {
        "start_belt_accuracy", "val_accuracy", "belt_val_accuracy", "test_accuracy", "belt_test_accuracy",
    }  # fmt: skip
    given = submission.read(next((tmp_path / "models").glob("submission-*.zip")))
    assert given.format == 2 and rounds.counted(given.rounds) == 3 and rounds.intact(given.rounds)
    assert given.answers[1].startswith("The last one") and given.rotten_threshold == 0.3
    for name in THEIRS:
        feedback = outputs_of(tmp_path / "checkout" / "executed" / f"{LESSON}.ipynb", name)[-1]
        assert "Noted" in feedback["data"]["text/html"], name


def test_without_a_belt_the_shop_serves_for_both(run, edition):
    for place in ("belt", "test"):
        shutil.rmtree(edition / "fruits" / place)
    outcome, values = run(answered(), equal="[row.shop == row.belt for row in log.rounds]", belt="result['belt_score']")
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert values == {"equal": [True] * 3, "belt": None}
    assert set(outcome.metrics) == {"val_accuracy", "test_accuracy"}


def test_it_stops_at_an_answer_that_cannot_work_and_says_why(run):
    head = "keras.Sequential([keras.Input((1280,)), keras.layers.Dense(2)])"
    answers = answered(decide_change_1=f"change = {{'head': {head}}}\nwhy = 'Two classes seem to be enough.'")
    outcome, _values = run(answers)
    assert (outcome.status, outcome.cell) == ("failed", "decide-change-1")
    assert outcome.reason.startswith("Not yet: found outputs of the shape (200, 2)") and "\n" not in outcome.reason


def test_by_its_number_a_learner_runs_the_copy_and_all_lessons_include_the_solved_one():
    from course.runner import run

    assert run.find_notebook("07") == paths.ROOT / f"{LESSON}.ipynb"
    assert paths.ROOT / "dev" / "solutions" / f"{LESSON}.ipynb" in run.all_notebooks("")
