"""Grading a class: each hand-in once, whatever happens on the way, and what a person should look at."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import hostile_files
import numpy as np
import pytest
from honest_pictures import some_pictures, write_pictures

from course import grading
from course.__main__ import main as course
from course.grading import classroom, process
from course.grading.grade import FAILED, REFUSED, Verdict
from course.messages import CourseError
from course.paths import ROOT

SOUND = Path(grading.__file__).with_name("warm_up.tflite").read_bytes()
EXAM = some_pictures(per_class=5)
OPEN = some_pictures(per_class=5, seed=2)


def hand_in(path: Path, name: str, flatbuffer: bytes = SOUND) -> Path:
    """Write a sound hand-in of a learner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    record = json.dumps({"name": name}).encode()
    contents = {**hostile_files.members(flatbuffer), "submission.json": record}
    path.write_bytes(hostile_files.zipped(contents))
    return path


def table(out: Path) -> list[dict[str, str]]:
    """The rows of ``grades.csv``."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def data_without_fruit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edition without open pictures."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "no-data"))


@pytest.mark.usefixtures("data_without_fruit")
def test_a_class_gets_a_table_a_page_each_and_a_summary_and_a_broken_one_stops_nobody(tmp_path: Path, capsys):
    folder, out = tmp_path / "hand-ins", tmp_path / "grades"
    hand_in(folder / "moodle_17" / "submission-a.zip", "=cmd|' /C calc'!A0")
    hand_in(folder / "submission-b.zip", "<b>Bora</b>")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (folder / "model.keras").write_bytes(b"\x89HDF\r\n\x1a\n")
    (folder / "old" / "saved_model").mkdir(parents=True)
    (folder / "old" / "saved_model" / "saved_model.pb").write_bytes(b"x")
    (folder / "link.zip").symlink_to("/etc/passwd")
    (folder / ".DS_Store").write_bytes(b"x")
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))

    code = course(["grade", str(folder), "--test-set", str(exam), "--out", str(out), "--jobs", "2"])

    rows = {row["file"]: row for row in table(out)}
    assert code == 0
    assert {file: row["verdict"] for file, row in rows.items()} == {
        "broken.zip": REFUSED,
        "link.zip": REFUSED,
        "model.keras": REFUSED,
        "moodle_17/submission-a.zip": FAILED,
        "old/saved_model": REFUSED,
        "submission-b.zip": FAILED,
    }
    assert rows["moodle_17/submission-a.zip"]["learner"].startswith("'=")
    assert "same weights" in rows["submission-b.zip"]["flags"]
    assert all((out / row["page"]).is_file() for row in rows.values())
    summary = (out / "summary.html").read_text(encoding="utf-8")
    assert "6 hand-ins: 0 passed, 2 below" in summary and "<b>Bora" not in summary and "&lt;b&gt;Bora" in summary
    assert "refused: 4" in capsys.readouterr().out


def test_results_that_lie_among_the_hand_ins_are_not_graded_and_names_do_not_collide(tmp_path: Path):
    hand_in(tmp_path / "a\x01.zip", "Ada")
    hand_in(tmp_path / "a\x02.zip", "Bora")
    out = tmp_path / "grades"

    first = classroom.grade_all(tmp_path, out, classroom.Exam(EXAM))
    again = classroom.grade_all(tmp_path, out, classroom.Exam(EXAM))

    assert [entry.verdict.name for entry in first] == [entry.verdict.name for entry in again] == ["Ada", "Bora"]
    assert len(list((out / "pages").iterdir())) == 2


def test_each_hand_in_is_graded_once_and_again_only_if_it_or_the_exam_changed(tmp_path: Path, monkeypatch):
    folder, out = tmp_path / "hand-ins", tmp_path / "grades"
    for number in range(3):
        hand_in(folder / f"{number}.zip", f"learner {number}")
    calls: list[str] = []
    grade = classroom.grade

    def counted(path: Path, *rest: object) -> Verdict:
        calls.append(path.name)
        return grade(path, *rest)

    monkeypatch.setattr(classroom, "grade", counted)
    exam = classroom.Exam(EXAM)
    first = classroom.grade_all(folder, out, exam, jobs=1)
    again = classroom.grade_all(folder, out, exam, jobs=1)
    assert calls == ["0.zip", "1.zip", "2.zip"]
    assert [entry.verdict.score(EXAM).accuracy for entry in first] == [
        entry.verdict.score(EXAM).accuracy for entry in again
    ]

    hand_in(folder / "1.zip", "another learner")
    (out / "records" / f"{classroom._identifier('2.zip')}.json").write_text("{cut of", encoding="utf-8")
    classroom.grade_all(folder, out, exam, jobs=1)
    assert calls[3:] == ["1.zip", "2.zip"]

    classroom.grade_all(folder, out, classroom.Exam(OPEN), jobs=1)
    assert len(calls) == 8


def test_what_the_grader_itself_failed_on_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder, out = tmp_path / "hand-ins", tmp_path / "grades"
    hand_in(folder / "a.zip", "Ada")
    with monkeypatch.context() as broken:
        broken.setattr(process, "predict", lambda *_: 1 / 0)
        assert classroom.grade_all(folder, out, classroom.Exam(EXAM))[0].verdict.verdict == "error"

    assert classroom.grade_all(folder, out, classroom.Exam(EXAM))[0].verdict.verdict == FAILED


@pytest.mark.usefixtures("data_without_fruit")
def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path):
    folder, out = tmp_path / "hand-ins", tmp_path / "grades"
    for number in range(8):
        hand_in(folder / f"{number}.zip", f"learner {number}")
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))
    command = [sys.executable, "-m", "course", "grade", str(folder), "--test-set", str(exam), "--out", str(out)]
    with subprocess.Popen([*command, "--jobs", "1"], cwd=ROOT, stdout=subprocess.DEVNULL) as running:
        while running.poll() is None and len(list(out.glob("records/[0-9]*.json"))) < 2:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    kept = {path: path.stat().st_mtime_ns for path in out.glob("records/[0-9]*.json")}

    done = subprocess.run([*command, "--jobs", "2"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert len(kept) >= 2 and all(path.stat().st_mtime_ns == when for path, when in kept.items())
    assert [row["file"] for row in table(out)] == [f"{number}.zip" for number in range(8)]


def made_up(file: str, outputs: np.ndarray, opened: np.ndarray | None = None) -> Verdict:
    """A verdict with these outputs."""
    return Verdict(file, FAILED, sha256=file, outputs=outputs, open_outputs=opened)


def answers(labels: np.ndarray, right: float, seed: int) -> np.ndarray:
    """Logits of a network of its own that gets `right` of the pictures right."""
    generator = np.random.default_rng(seed)
    wrong = generator.permutation(len(labels))[: round(len(labels) * (1 - right))]
    said = labels.copy()
    said[wrong] = (said[wrong] + 1) % 6
    return (np.eye(6)[said] * 9 + generator.normal(0, 1, (len(labels), 6))).astype(np.float32)


def flags_of(verdicts: list[Verdict], exam: classroom.Exam) -> list[str]:
    """Each verdict's flags as one text."""
    return [" ".join(entry.flags) for entry in classroom._entries({one.file: one for one in verdicts}, exam)]


def test_one_that_is_far_better_on_the_open_split_than_the_class_is_flagged():
    exam_labels, open_labels = np.repeat(EXAM.labels, 10), np.repeat(OPEN.labels, 10)
    exam = classroom.Exam(EXAM.part(np.repeat(np.arange(30), 10)), OPEN.part(np.repeat(np.arange(30), 10)))
    verdicts = [
        made_up(f"{seed}.zip", answers(exam_labels, 0.85, seed), answers(open_labels, 0.95, 100 + seed))
        for seed in range(3)
    ]
    verdicts.append(made_up("eve.zip", answers(exam_labels, 0.70, 9), answers(open_labels, 1.0, 109)))

    flags = flags_of(verdicts, exam)

    assert flags[:3] == ["", "", ""] and "open split went far better (1.00) than the exam (0.70)" in flags[3]


def test_equal_weights_and_the_published_solutions_weights_are_flagged_and_different_ones_not():
    one, other = answers(EXAM.labels, 0.9, 1), answers(EXAM.labels, 0.9, 2)
    exam = classroom.Exam(EXAM, solution=made_up("solution", other))

    flags = flags_of([made_up("a.zip", one), made_up("b.zip", other), made_up("c.zip", one + 3)], exam)

    assert "same weights as c.zip" in flags[0] and "same weights as a.zip" in flags[2]
    assert flags[1] == "It has the weights of the published solution."


def test_pictures_are_decoded_once_whatever_the_number_of_hand_ins(tmp_path: Path, monkeypatch):
    from course.grading import pictures

    folder = tmp_path / "hand-ins"
    for number in range(3):
        hand_in(folder / f"{number}.zip", "x")
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "no-data"))
    decoded: list[Path] = []
    square = pictures._square
    monkeypatch.setattr(pictures, "_square", lambda path: decoded.append(path) or square(path))

    course(["grade", str(folder), "--test-set", str(exam), "--out", str(tmp_path / "grades")])

    assert len(decoded) == 12


@pytest.mark.usefixtures("data_without_fruit")
def test_without_isolation_a_class_is_graded_only_on_trust(tmp_path: Path, monkeypatch, capsys):
    folder, out = tmp_path / "hand-ins", tmp_path / "grades"
    hand_in(folder / "a.zip", "Ada")
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))
    monkeypatch.setattr(process, "probe", lambda: process.Isolation(("resource limits",), ("reading", "network"), "x"))
    arguments = ["grade", str(folder), "--test-set", str(exam), "--out", str(out)]

    assert course(arguments) == 2
    assert (
        "--trust" in (told := capsys.readouterr().err) and "writing files, other processes" in told and not out.exists()
    )
    assert course([*arguments, "--trust"]) == 0


def test_a_class_needs_pictures_and_hand_ins(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "hand-ins").mkdir()
    assert course(["grade", str(tmp_path / "hand-ins")]) == 2
    assert "--test-set" in capsys.readouterr().err
    with pytest.raises(CourseError, match="holds no hand-ins"):
        classroom.files_in(tmp_path / "hand-ins", tmp_path / "grades")


def test_what_was_done_before_a_full_disk_or_ctrl_c_is_kept(tmp_path: Path):
    folder, out = tmp_path / "hand-ins", tmp_path / "grades"
    for number in range(4):
        hand_in(folder / f"{number}.zip", f"learner {number}")

    def stop(_verdict: Verdict) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        classroom.grade_all(folder, out, classroom.Exam(EXAM), jobs=1, progress=stop)

    assert 1 <= len(list(out.glob("records/*.json"))) < 4 and not (out / "grades.csv").exists()
    assert os.listdir(out) == ["records"]
