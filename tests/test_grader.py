"""Scores, advice, the report in its three forms, and the command for one submission."""

from __future__ import annotations

import csv
import html.parser
import json
import re
from pathlib import Path

import hostile_files
import numpy as np
import pytest
from honest_pictures import some_pictures, write_pictures
from rich.console import Console

from course import grading
from course.__main__ import main as course
from course.grading import advice, pages, pictures, process, screen, tables
from course.grading.contract import CLASSES, THRESHOLD
from course.grading.grade import ERROR, FAILED, PASSED, REFUSED, Verdict, as_json, from_record, grade, to_record
from course.grading.scoring import NO_ANSWER, judge, log_probabilities, same_network, wilson
from course.messages import CourseError

VALID = Path(grading.__file__).with_name("warm_up.tflite").read_bytes()
PICTURES = some_pictures(per_class=5)
RIGHT = np.eye(6, dtype=np.float32)[PICTURES.labels]
EVIL = "<script>alert(1)</script>\"'&{{7*7}}"


def answering(labels: np.ndarray) -> np.ndarray:
    """Outputs of a network that answers `labels`."""
    return np.eye(6, dtype=np.float32)[labels]


def graded(outputs: np.ndarray, **more: object) -> Verdict:
    """A verdict with these outputs."""
    score = judge(outputs, PICTURES.labels)
    verdict = PASSED if score.passed else FAILED
    held = {"isolation": ("seccomp",), "attempts": process.NEEDED}
    return Verdict("x.zip", verdict, outputs=outputs, score=score, **held, **more)


def test_the_score_is_the_share_of_largest_outputs_that_are_right_softmax_or_logits():
    some = RIGHT.copy()
    some[:3] = some[:3, ::-1]

    for outputs in (some, some * 30 - 15):
        score = judge(outputs, PICTURES.labels)
        assert score.accuracy == pytest.approx(0.9) and not score.passed
        assert score.margin == pytest.approx(0.9 - THRESHOLD)
        assert score.recall[CLASSES[0]] == pytest.approx(0.4) and score.recall[CLASSES[1]] == 1
        assert score.confusion[0].tolist() == [2, 0, 0, 0, 0, 3, 0] and score.confusion.sum() == 30
    assert judge(RIGHT, PICTURES.labels).passed


def test_an_answer_that_is_no_number_is_wrong_and_says_so():
    for value in (np.nan, np.inf, -np.inf):
        outputs = RIGHT.copy()
        outputs[4, 5] = value

        score = judge(outputs, PICTURES.labels)

        assert score.answers[4] == NO_ANSWER and score.confusion[0, -1] == 1
        assert score.accuracy == pytest.approx(29 / 30)


def test_the_surest_mistake_comes_first_and_the_interval_is_wilsons():
    outputs = RIGHT.copy()
    outputs[7] = [0.6, 0.4, 0, 0, 0, 0]
    outputs[12] = [0, 0, 0, 0, 0.9, 0.1]

    assert judge(outputs, PICTURES.labels).worst == (12, 7)
    assert wilson(0.9, 100) == pytest.approx((0.8256, 0.9448), abs=1e-4)
    assert wilson(1.0, 30)[1] == 1.0 and wilson(0.0, 30)[0] == 0.0


def test_probabilities_are_the_same_from_softmax_and_from_logits():
    logits = np.random.default_rng(1).normal(0, 3, (30, 6)).astype(np.float32)
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    assert np.allclose(log_probabilities(logits), log_probabilities(softmax), atol=1e-3)
    extreme = np.array([[3e38, -3e38, 0, 0, 0, 0]] * 30, np.float32)
    assert np.isfinite(log_probabilities(extreme)).all() and judge(extreme, PICTURES.labels).accuracy < 1


def test_the_same_weights_are_found_in_another_packing_and_other_trainings_are_not():
    generator = np.random.default_rng(1)
    logits = generator.normal(0, 4, (30, 6)).astype(np.float32)
    softmax = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    retrained = logits + generator.normal(0, 0.5, logits.shape).astype(np.float32)

    def packed(changed: np.ndarray) -> np.ndarray:
        powers = np.exp(changed - changed.max(axis=1, keepdims=True))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float16).astype(np.float32)

    assert same_network(logits, softmax) and same_network(logits, logits.astype(np.float16).astype(np.float32))
    biases = np.array([0.5, -1, 0, 2, 0.1, -0.3], np.float32)
    for copy in (logits * 1.01, logits * 3, logits + biases, logits * 0.5 + biases, np.sign(logits) * logits**2):
        assert same_network(logits, copy) and same_network(copy, logits) and same_network(softmax, packed(copy))
    assert not same_network(logits, retrained) and not same_network(softmax, packed(retrained))
    assert not same_network(np.zeros((30, 6)), np.zeros((30, 6)))  # that tells nothing
    assert not same_network(RIGHT, RIGHT[:, ::-1] * np.nan)
    assert not same_network(RIGHT, RIGHT.copy())  # of two that are sure of everything the zeros say nothing


@pytest.mark.parametrize(
    ("outputs", "results", "network", "words"),
    [
        (RIGHT, {}, {}, "Passed"),
        (RIGHT * np.nan, {}, {}, "not numbers"),
        (answering(np.zeros(30, int)), {}, {}, "Nearly every image is taken for freshapples"),
        (answering((PICTURES.labels + 1) % 6), {}, {}, "alphabetical order"),
        (answering(np.where(PICTURES.labels == 3, 0, PICTURES.labels)), {}, {}, "rottenapples is hardly ever found"),
        (np.roll(RIGHT, 2, axis=0), {"train_accuracy": 1.0}, {}, "overfits"),
        (np.roll(RIGHT, 2, axis=0), {}, {"parameters": 5e6, "trainable_parameters": 8e3}, "fine-tune the last blocks"),
        (np.roll(RIGHT, 2, axis=0), {}, {"narrowest_hidden": 4}, "only 4 units"),
        (answering((PICTURES.labels + 3 * (np.arange(30) % 2)) % 6), {}, {}, "mix up fresh and rotten"),
    ],
)
def test_advice_follows_from_the_evidence(outputs: np.ndarray, results: dict, network: dict, words: str):
    sentences = advice.advise(judge(outputs, PICTURES.labels), results, network)

    assert any(words in sentence for sentence in sentences), sentences
    assert len(sentences) <= 3


def test_advice_without_evidence_claims_none_of_it():
    said = " ".join(advice.advise(judge(np.roll(RIGHT, 2, axis=0), PICTURES.labels), {}, {}))

    assert said and not re.search("overfits|parameters|hidden", said)


class _Checker(html.parser.HTMLParser):
    """Collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_can_be_read_by_a_screen_reader_and_holds_no_script():
    outputs = RIGHT.copy()
    outputs[:4] = outputs[:4, ::-1]
    checker = _Checker()
    text = pages.page(graded(outputs, name=EVIL, versions={EVIL: EVIL}), PICTURES)
    checker.feed(text)
    tags = [tag for tag, _attributes in checker.tags]

    assert "script" not in tags and EVIL not in text and "&lt;script&gt;" in text and "{{7*7}}" in text
    assert dict(checker.tags)["html"]["lang"] == "en" and tags.count("h1") == 1
    assert {"main", "title", "caption", "thead"} <= set(tags)
    assert all(attributes.get("scope") for tag, attributes in checker.tags if tag == "th")
    pictured = [attributes for tag, attributes in checker.tags if tag == "img"]
    assert len(pictured) == 4 and all("fresh apples; predicted: rotten oranges" in one["alt"] for one in pictured)
    assert "default-src 'none'" in text and "http://" not in text and "https://" not in text


def test_a_name_cannot_write_markup_or_codes_on_the_terminal():
    console = Console(record=True, width=120)
    path_name = "[bold red]Eve[/] \x1b[2J"
    screen.show(graded(RIGHT, name=path_name.replace("\x1b", "·")), PICTURES, console)

    assert "[bold red]Eve[/]" in console.export_text()


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "|calc", "＝1"])
def test_a_name_is_no_formula_in_a_spreadsheet(name: str, tmp_path: Path):
    tables.write(tmp_path / "grades.csv", [{"learner": name, "score": -0.5}])
    text = (tmp_path / "grades.csv").read_bytes().decode("utf-8-sig")

    assert text.splitlines()[1].strip('"').startswith("'") and text.splitlines()[1].endswith("-0.5")


@pytest.mark.parametrize("name", ["Ada;=1+1", 'Ada; "=1+1"', "Ada;\t=1", "a\n=1", ";;+1;-1"])
@pytest.mark.parametrize("parted_by", [",", ";", "\t"])
def test_a_name_is_no_formula_either_where_a_spreadsheet_parts_cells_otherwise(name: str, parted_by, tmp_path: Path):
    tables.write(tmp_path / "grades.csv", [{"learner": name, "file": name}])

    with (tmp_path / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = file.readlines() if parted_by != "," else file
        cells = [cell for row in csv.reader(lines, delimiter=parted_by) for cell in row]
    assert not [cell for cell in cells if cell.strip(' "').startswith(("=", "+", "-"))], cells
    assert tables.plain(tables.defused(name)) == name
    kept = "김민서, “Zoë”"
    assert tables.defused(kept) == kept


def test_the_json_says_all_that_the_course_promises_and_is_json():
    outputs = RIGHT.copy()
    outputs[0] = np.nan
    keys = {"verdict", "score", "threshold", "margin", "confusion", "per_class", "reason", "isolation", "versions"}

    for verdict in (graded(outputs), Verdict("y.zip", REFUSED, reason="It is empty.")):
        written = json.loads(json.dumps(as_json(verdict, PICTURES), allow_nan=False))
        assert keys <= set(written)
    assert written["score"] is None and written["reason"] == "It is empty."


def test_a_record_gives_the_verdict_back():
    outputs = RIGHT.copy()
    outputs[0, 0] = np.nan
    verdict = graded(outputs, name="김민서", results={"a": 1.0})

    again = from_record(json.loads(json.dumps(to_record(verdict))), PICTURES)

    assert again.score.accuracy == verdict.score.accuracy
    assert np.array_equal(again.outputs, outputs, equal_nan=True) and again.outputs.dtype == np.float32
    assert (again.name, again.results, again.attempts) == ("김민서", {"a": 1.0}, process.NEEDED)


def test_a_set_of_test_images_is_read_in_the_order_of_its_classes(tmp_path: Path):
    folder = write_pictures(tmp_path / "exam", PICTURES)
    (folder / "exam-secret.json").write_text("{}", encoding="utf-8")
    (folder / "freshapples" / ".DS_Store").write_bytes(b"x")

    read = pictures.read(folder)

    assert read.labels.tolist() == PICTURES.labels.tolist() and (read.images == PICTURES.images).all()


def test_a_set_that_lacks_a_class_or_has_another_is_refused(tmp_path: Path):
    folder = write_pictures(tmp_path / "exam", PICTURES)
    (folder / "freshkiwis").mkdir()
    with pytest.raises(CourseError, match="needs just these folders"):
        pictures.read(folder)
    (folder / "freshkiwis").rmdir()
    for file in (folder / "rottenbanana").iterdir():
        file.unlink()
    with pytest.raises(CourseError, match="rottenbanana holds no images"):
        pictures.read(folder)


def test_the_open_split_is_test_else_valid(tmp_path: Path):
    (tmp_path / "fruits" / "valid").mkdir(parents=True)
    assert pictures.open_split(tmp_path).name == "valid"
    (tmp_path / "fruits" / "test").mkdir()
    assert pictures.open_split(tmp_path).name == "test"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    """A folder of test pictures."""
    return write_pictures(tmp_path / "exam", some_pictures(per_class=2))


def test_the_command_tells_the_verdict_in_three_forms(exam: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    submission, json_file, page = tmp_path / "submission-ada.zip", tmp_path / "verdict.json", tmp_path / "report.html"
    hostile_files.HARMLESS["valid"](submission, VALID)

    code = course(["grade", str(submission), "--test-set", str(exam), "--json", str(json_file), "--html", str(page)])

    assert code == 1
    written = json.loads(json_file.read_text(encoding="utf-8"))
    assert (written["verdict"], written["name"], written["pictures"]) == (FAILED, "Ada", 12)
    assert written["margin"] == pytest.approx(written["score"] - 0.92)
    assert "Ada: below the threshold" in capsys.readouterr().out
    assert "Ada" in page.read_text(encoding="utf-8")


def test_the_command_ends_with_0_for_a_pass_and_2_for_a_refusal(exam: Path, tmp_path: Path, monkeypatch):
    submission = tmp_path / "submission.zip"
    hostile_files.HARMLESS["valid"](submission, VALID)
    command = ["grade", str(submission), "--test-set", str(exam), "--json", str(tmp_path / "v.json")]
    labels = pictures.read(exam).labels
    isolation = process.Isolation((), (), "numpy")
    monkeypatch.setattr(process, "predict", lambda *_: process.Answers(np.eye(6)[labels], isolation, 1.0))

    assert course(command) == 0
    hostile_files.FILES["hdf5"](submission, VALID)
    assert course(command) == 2
    verdict = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))
    assert verdict["verdict"] == REFUSED and "run_assessment(model)" in verdict["reason"]


def test_a_fault_of_the_grader_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    submission = tmp_path / "submission.zip"
    hostile_files.HARMLESS["valid"](submission, VALID)

    def broken(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(process, "predict", broken)
    verdict = grade(submission, PICTURES)

    assert verdict.verdict == ERROR and "fault of the grader" in verdict.reason


def test_a_path_that_is_not_there_is_told_in_one_sentence(capsys: pytest.CaptureFixture):
    assert course(["grade", "nowhere.zip"]) == 2
    assert "nowhere.zip does not exist" in capsys.readouterr().err
