"""The second edition's assessment: the log of rounds, the belt, the cost, and what each of them decides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import hostile_files
import numpy as np
import pytest
from honest_pictures import some_pictures, write_pictures

from course import grading
from course.grading import advice, classroom, pages, pictures, process, rounds, scoring, submission
from course.grading.contract import CLASSES
from course.grading.grade import FAILED, PASSED, Verdict, as_json, from_record, grade, to_record
from course.grading.rounds import Log
from course.messages import CourseError

VALID = Path(grading.__file__).with_name("warm_up.tflite").read_bytes()
SHOP = some_pictures(per_class=5)
BOTH = replace(SHOP, belt=some_pictures(per_class=4, seed=3))
RECIPE = {"rate": 0.001, "epochs": 2, "unfreeze": "block7a"}


def three_rounds() -> Log:
    log = Log()
    for change in ({"rate": 0.003}, {"epochs": 3}, {"unfreeze": "block6a"}):
        log.add(RECIPE, RECIPE | change, "Because of what I saw.", (0.9, 0.91), (0.8, 0.85))
    return log


def record(**more: object) -> dict:
    """A ``submission.json`` of format 2."""
    said = {"format": 2, "name": "Ada", "rounds": three_rounds().as_json(), "answers": ["One.", "Two."]}
    return json.loads(json.dumps(said | {"rotten_threshold": 0.25} | more))


def submit(path: Path, content: dict) -> Path:
    members = {**hostile_files.members(VALID), "submission.json": json.dumps(content).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(hostile_files.zipped(members))
    return path


def answers(shop: float, belt: float = 1.0) -> np.ndarray:
    """Outputs with these shares of right answers."""
    outputs = []
    for labels, share in ((SHOP.labels, shop), (BOTH.belt.labels, belt)):
        wrong = np.arange(len(labels)) >= round(share * len(labels))
        outputs.append(np.eye(6, dtype=np.float32)[(labels + wrong) % 6])
    return np.concatenate(outputs)


def verdict_on(tmp_path: Path, content: dict, outputs: np.ndarray, test_set: pictures.TestSet = BOTH) -> Verdict:
    isolation = process.Isolation((), (), "numpy")
    path = submit(tmp_path / "submission.zip", content)
    shown = outputs[: len(test_set) + len(test_set.belt or ())]
    return grade(path, test_set, predict=lambda _model: process.Answers(shown, isolation, 1.0))


# -- the log -------------------------------------------------------------------------------------------------------


def test_a_row_says_what_changed_why_and_what_it_brought():
    log = three_rounds()
    assert repr(log).splitlines()[1].split("  ") == [
        "1", "rate", "0.001", "0.003", "Because of what I saw.", "0.900 → 0.910", "0.800 → 0.850",
    ]  # fmt: skip
    assert "<td>block7a</td><td>block6a</td>" in log._repr_html_()


def test_keras_objects_are_told_by_what_they_do_not_by_name_or_seed():
    from keras import Input, Sequential, layers

    def flipping(mode: str, seed: int) -> Sequential:
        return Sequential([layers.RandomFlip(mode, seed=seed), layers.RandomRotation(0.1, fill_mode="nearest")])

    assert rounds.same(flipping("horizontal", 1), flipping("horizontal", 2))
    assert not rounds.same(flipping("horizontal", 1), flipping("vertical", 1))
    assert rounds.described(flipping("vertical", 1)) == "RandomFlip(vertical), RandomRotation(factor=0.1, nearest)"
    assert rounds.described(Sequential([Input((4,)), layers.Dense(6)])) == "Dense(units=6)"


def test_of_two_stacks_of_layers_the_log_shows_the_layers_that_differ():
    from keras import Sequential, layers

    def flipping(mode: str, *more: layers.Layer) -> dict:
        return {"augment": Sequential([layers.RandomFlip(mode), layers.RandomRotation(0.1), *more])}

    log, scores = Log(), ((0.9, 0.9), (0.8, 0.8))
    log.add(flipping("horizontal"), flipping("vertical", layers.RandomBrightness(0.3)), "Upside down.", *scores)
    log.add(flipping("vertical"), flipping("vertical", layers.RandomZoom(0.2)), "Smaller.", *scores)
    turned = Sequential([layers.RandomRotation(0.1), layers.RandomFlip("vertical")])
    log.add(flipping("vertical"), {"augment": turned}, "The other way round.", *scores)
    assert [(row.was, row.now) for row in log.rounds[:2]] == [
        ("RandomFlip(horizontal)", "RandomFlip(vertical), RandomBrightness(factor=0.3)"),
        ("nothing", "RandomZoom(height_factor=0.2)"),
    ]
    assert log.rounds[2].was == "RandomFlip(vertical), RandomRotation(factor=0.1)" and rounds.counted(log.rounds) == 3


def test_a_round_that_changed_nothing_or_two_things_or_came_before_does_not_count():
    log = three_rounds()
    scores = (0.9, 0.9), (0.8, 0.8)
    log.add(RECIPE, dict(RECIPE), "Nothing.", *scores)
    log.add(RECIPE, RECIPE | {"rate": 1, "epochs": 5}, "Two things.", *scores)
    log.add(RECIPE, RECIPE | {"rate": 0.003}, "Once more.", *scores)
    log.add(RECIPE, RECIPE | {"rate": 0.004}, " ", *scores)
    log.add(RECIPE, RECIPE | {"rate": 0.00109}, "A step that nothing can come of.", *scores)
    assert len(log.rounds) == 8 and rounds.counted(log.rounds) == 3
    log.add(RECIPE, RECIPE | {"rate": 0.0012}, "A small step.", *scores)
    assert rounds.counted(log.rounds) == 4


def test_scores_that_are_none_are_refused():
    with pytest.raises(CourseError, match="from 0 to 1"):
        Log().add(RECIPE, RECIPE, "Why.", (0.9, 90), (0.8, 0.8))


def test_a_log_that_was_edited_shows_it_and_one_that_was_not_does_not():
    rows = json.loads(json.dumps(three_rounds().as_json()))
    assert rounds.intact(rounds.read(rows))
    for edited in ([rows[0] | {"belt": [0.8, 0.95]}, *rows[1:]], rows[1:], [rows[1], rows[0], rows[2]]):
        assert not rounds.intact(rounds.read(edited))


@pytest.mark.parametrize("claimed", [None, 3, "rows", [None], [{}], [{"changed": 3}], [{"shop": [0, float("nan")]}]])
def test_whatever_a_submission_calls_its_log_is_read_without_an_error(claimed):
    assert rounds.read(claimed) == ()


# -- what decides --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shop", "belt", "change", "expected", "distinction"),
    [
        (1.0, 1.0, {}, PASSED, True),
        (1.0, 0.5, {}, PASSED, False),
        (0.5, 1.0, {}, FAILED, False),
        (1.0, 1.0, {"rounds": []}, FAILED, False),
        (1.0, 1.0, {"rounds": three_rounds().as_json()[:2]}, FAILED, False),
        (1.0, 1.0, {"format": 1, "rounds": []}, PASSED, False),
        (1.0, 1.0, {"rotten_threshold": "high", "answers": 7}, PASSED, True),
    ],
)
def test_the_shop_and_three_rounds_pass_and_the_belt_distinguishes(tmp_path, shop, belt, change, expected, distinction):
    verdict = verdict_on(tmp_path, record(**change), answers(shop, belt))
    assert (verdict.verdict, verdict.distinction) == (expected, distinction), verdict.reason


def test_one_round_written_down_three_times_does_not_pass_and_no_advice_says_that_it_does(tmp_path: Path):
    log = Log()
    for _ in range(3):
        log.add(RECIPE, RECIPE | {"epochs": 3}, "Because of what I saw.", (0.9, 0.91), (0.8, 0.85))
    verdict = verdict_on(tmp_path, record(rounds=log.as_json()), answers(1.0))
    told = " ".join(advice.of(verdict))
    assert verdict.verdict == FAILED and "changed one thing: 1 of the 3 needed" in told
    assert "Passed" not in told and "distinction" not in told


def test_an_exam_without_a_belt_grades_shop_and_log_and_says_so(tmp_path: Path):
    verdict = verdict_on(tmp_path, record(), answers(1.0), SHOP)
    assert verdict.verdict == PASSED and verdict.belt_score is None and not verdict.distinction
    assert "show no belt, so there is no distinction" in pages.page(verdict, SHOP)


def test_the_first_editions_format_is_graded_on_the_shop_alone_and_the_page_says_so(tmp_path: Path):
    verdict = verdict_on(tmp_path, {"name": "Ada"}, answers(1.0, 0.2))
    assert (verdict.verdict, verdict.format, verdict.belt_score, verdict.cost) == (PASSED, 1, None, None)
    assert "in the format of the first edition" in pages.page(verdict, BOTH)


def test_the_cost_counts_rotten_fruit_sold_and_fresh_fruit_thrown_away():
    labels = np.arange(6).repeat(10)
    right = np.eye(6, dtype=np.float32)[labels]
    assert scoring.cost(right, labels, 0.5) == 0
    all_fresh = np.eye(6, dtype=np.float32)[labels % 3]
    assert scoring.cost(all_fresh, labels, 0.5) == pytest.approx(1000 * 0.05 * 5)
    all_rotten = np.eye(6, dtype=np.float32)[labels % 3 + 3]
    assert scoring.cost(all_rotten, labels, 0.5) == pytest.approx(1000 * 0.95 * 0.4)
    unsure = np.full((60, 6), [0.7, 0, 0, 0.3, 0, 0], np.float32)
    assert scoring.cost(unsure, labels, 0.2) == pytest.approx(380) and scoring.cost(unsure, labels, 0.4) == 250


# -- what people see -----------------------------------------------------------------------------------------------


def test_page_json_and_record_tell_log_answers_belt_and_cost(tmp_path: Path):
    said = record(answers=["The <b>rate</b>.\nIt alone.", "belt/valid"])
    verdict = verdict_on(tmp_path, said, answers(1.0, 0.5))
    page = pages.page(verdict, BOTH)
    for words in (
        "Because of what I saw.",
        "The &lt;b&gt;rate&lt;/b&gt;. It alone.",
        "0.800 → 0.850",
        "Belt: 12 of 24 images right (50.0%",
    ):
        assert words in page
    told = as_json(verdict, BOTH)
    assert (told["belt_score"], told["rounds_counted"], told["distinction"]) == (0.5, 3, False)
    assert told["cost"] == verdict.cost >= 0 and "a distinction needs 0.92" in " ".join(told["advice"])
    again = from_record(json.loads(json.dumps(to_record(verdict))), BOTH)
    assert as_json(again, BOTH) == told


def test_a_classs_table_has_rounds_belt_and_cost_and_flags_edited_and_copied_logs(tmp_path: Path):
    folder, out = tmp_path / "class", tmp_path / "grades"
    submit(folder / "ada.zip", record(name="Ada"))
    submit(folder / "bora.zip", record(name="Bora"))
    edited = record(name="Cem")
    edited["rounds"][0]["belt"] = [0.8, 0.99]
    submit(folder / "cem.zip", edited)
    exam = classroom.Exam(BOTH)
    isolation = process.Isolation((), (), "numpy")
    entries = classroom.grade_all(
        classroom.collect(folder, out), out, exam, predict=lambda _: process.Answers(answers(1.0, 0.9), isolation, 1.0)
    )
    ada, bora, cem = (" ".join(entry.flags) for entry in entries)
    assert "Its log is that of bora.zip." in ada and "Its log is that of ada.zip." in bora
    assert "was changed after it was written" in cem and "Its log is that of" not in cem
    text = (out / "grades.csv").read_text(encoding="utf-8-sig").splitlines()
    row = dict(zip(text[0].split(","), text[1].split(","), strict=False))
    assert (row["belt"], row["rounds"], row["rotten_threshold"]) == ("0.9167", "3", "0.25") and float(row["cost"]) >= 0


def test_an_exam_is_read_with_its_belt_and_the_open_images_with_theirs(tmp_path: Path):
    exam = write_pictures(tmp_path / "exam", SHOP)
    write_pictures(exam / "belt", BOTH.belt)
    read = pictures.read(exam)
    assert len(read) == 30 and len(read.belt) == 24 and read.all_images.shape[0] == 54
    write_pictures(tmp_path / "data" / "fruits" / "test", SHOP)
    assert pictures.read_open(tmp_path / "data").belt is None
    write_pictures(tmp_path / "data" / "fruits" / "belt" / "test", BOTH.belt)
    assert len(pictures.read_open(tmp_path / "data").belt) == 24


def test_a_submission_of_the_first_edition_claims_no_log():
    claimed = submission.claims({"name": "Ada", "rounds": three_rounds().as_json(), "rotten_threshold": 0.2})
    assert "rounds" not in claimed and "format" not in claimed
    assert submission.claims(record())["answers"] == ("One.", "Two.") and len(CLASSES) == 6
