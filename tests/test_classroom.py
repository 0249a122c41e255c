"""Grading a class: each submission once, whatever happens on the way, and what a person should look at."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hostile_files
import numpy as np
import pytest
from honest_pictures import some_pictures, write_pictures

from course import grading
from course.__main__ import main as course
from course.grading import classroom, pictures, process
from course.grading.grade import FAILED, REFUSED, Verdict, to_record
from course.messages import CourseError
from course.paths import ROOT

VALID = Path(grading.__file__).with_name("warm_up.tflite").read_bytes()
EXAM = some_pictures(per_class=5)
OPEN = some_pictures(per_class=5, seed=2)


def submit(path: Path, name: str, flatbuffer: bytes = VALID) -> Path:
    """Write a valid submission of a learner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    record = json.dumps({"name": name}).encode()
    contents = {**hostile_files.members(flatbuffer), "submission.json": record}
    path.write_bytes(hostile_files.zipped(contents))
    return path


def submit_some(folder: Path, count: int) -> None:
    """Write `count` valid submissions of as many learners: ``0.zip``, ``1.zip`` …"""
    for number in range(count):
        submit(folder / f"{number}.zip", f"learner {number}")


def table(out: Path) -> list[dict[str, str]]:
    """The rows of ``grades.csv``."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def graded(folder: Path, out: Path, exam: classroom.Exam, **options: object) -> list[classroom.Entry]:
    """Grade what lies in `folder`."""
    return classroom.grade_all(classroom.collect(folder, out), out, exam, **options)


@pytest.fixture(autouse=True)
def small_exams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exams of fewer images than a class is graded on."""
    monkeypatch.setattr(pictures, "FEWEST", 1)


@pytest.fixture
def data_without_fruit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edition without open pictures."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "no-data"))


@pytest.mark.usefixtures("data_without_fruit")
def test_a_class_gets_a_table_a_page_each_and_a_summary_whatever_lies_beside_a_submission(tmp_path: Path, capsys):
    folder, out = tmp_path / "class", tmp_path / "grades"
    submit(folder / "moodle_17" / "submission-a.zip", "=cmd|' /C calc'!A0")
    submit(folder / "submission-b.zip", "<b>Bora</b>")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (folder / "model.keras").write_bytes(b"\x89HDF\r\n\x1a\n")
    for place in (folder, folder / "moodle_17"):  # each once made a folder one submission, and hid what lies in it
        (place / "saved_model.pb").write_bytes(b"x")
    (folder / "link.zip").symlink_to("/etc/passwd")
    submit(folder / ".hidden" / "submission-c.zip", "Cem")
    submit(folder / "__MACOSX.zip", "Deniz")
    for name in ("07_assessment.ipynb", "timestamp.txt", "submission_secret.txt"):  # as nbgrader collects it
        (folder / "moodle_17" / name).write_text("beside a zip")
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))

    code = course(["grade", str(folder), "--test-set", str(exam), "--out", str(out), "--jobs", "2"])

    rows = {row["file"]: row for row in table(out)}
    assert code == 0
    refused = ("broken.zip", "link.zip", "model.keras", "moodle_17/saved_model.pb", "saved_model.pb")
    judged = dict.fromkeys(refused, REFUSED) | dict.fromkeys(("moodle_17/submission-a.zip", "submission-b.zip"), FAILED)
    assert {file: row["verdict"] for file, row in rows.items()} == judged
    assert rows["moodle_17/submission-a.zip"]["learner"].startswith("'=")
    assert all((out / row["page"]).is_file() for row in rows.values())
    summary = (out / "summary.html").read_text(encoding="utf-8")
    assert "7 submissions: 0 passed, 2 below" in summary and "<b>Bora" not in summary and "&lt;b&gt;Bora" in summary
    told = capsys.readouterr().out
    assert "refused: 5" in told and "Skipped, since their names begin with “.” or “__MACOSX”: .hidden, __MACOSX" in told
    assert "<li>.hidden</li><li>__MACOSX.zip</li>" in summary


def test_a_learners_page_names_no_other_learner_and_the_table_does(tmp_path: Path):
    submit(tmp_path / "class" / "ada.zip", "Ada")
    submit(tmp_path / "class" / "bora.zip", "Bora")

    entries = graded(tmp_path / "class", tmp_path / "grades", classroom.Exam(EXAM))

    assert entries[0].flags == ("It has the same weights as bora.zip.",)
    assert "bora" not in (tmp_path / "grades" / entries[0].page).read_text(encoding="utf-8").lower()
    assert "bora.zip" in table(tmp_path / "grades")[0]["flags"]
    assert "bora.zip" in (tmp_path / "grades" / "summary.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("out", ["class/grades", "class", "alias/grades", "."])
def test_results_go_nowhere_where_learners_could_have_put_some(out: str, tmp_path: Path):
    submit(tmp_path / "class" / "records" / "a.zip", "Ada")
    (tmp_path / "alias").symlink_to("class")
    folder = tmp_path / "class" / ("records" if out == "class" else "")
    if out == ".":
        folder = folder.rename(tmp_path / "pages")

    with pytest.raises(CourseError, match="name another folder with --out"):
        classroom.collect(folder, tmp_path / out)


def test_a_folder_that_cannot_be_read_is_one_refused_submission(tmp_path: Path, monkeypatch):
    submit(tmp_path / "class" / "a.zip", "Ada")
    (tmp_path / "class" / "closed").mkdir()
    scandir = os.scandir

    def closed(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)

    entries = graded(tmp_path / "class", tmp_path / "grades", classroom.Exam(EXAM))

    assert [entry.verdict.verdict for entry in entries] == [FAILED, REFUSED]
    assert entries[1].verdict.reason.startswith("It is a folder")


@pytest.mark.skipif(not shutil.which("rm"), reason="nothing else here removes so deep a folder")
def test_folders_in_folders_without_end_stop_nobody():
    with tempfile.TemporaryDirectory() as top:
        submit(Path(top) / "class" / "a.zip", "Ada")
        deep = Path(top) / "class"
        for _level in range(1200):
            deep = deep / "d"
            deep.mkdir()
        found = classroom.collect(Path(top) / "class", Path(top) / "grades")
        subprocess.run(["rm", "-r", str(Path(top) / "class" / "d")], check=True)

    assert list(found.files) == ["a.zip"]


def test_names_that_look_alike_do_not_collide(tmp_path: Path):
    submit(tmp_path / "class" / "a\x01.zip", "Ada")
    submit(tmp_path / "class" / "a\x02.zip", "Bora")
    out = tmp_path / "grades"

    first = graded(tmp_path / "class", out, classroom.Exam(EXAM))
    again = graded(tmp_path / "class", out, classroom.Exam(EXAM))

    assert [entry.verdict.name for entry in first] == [entry.verdict.name for entry in again] == ["Ada", "Bora"]
    assert len(list((out / "pages").iterdir())) == 2


def test_a_record_that_a_learner_planted_is_not_believed(tmp_path: Path):
    """A learner knows all but the images: the file, the place, and from a page of an earlier attempt the digest."""
    folder, out, exam = tmp_path / "class", tmp_path / "grades", classroom.Exam(EXAM)
    submit(folder / "a.zip", "Eve")
    graded(folder, out, exam)
    (record,) = (out / "records").iterdir()
    kept = json.loads(record.read_text(encoding="utf-8"))
    perfect = Verdict("a.zip", "passed", name="Eve", outputs=np.eye(6, dtype=np.float32)[EXAM.labels])
    forged = {"stamp": kept["stamp"], "verdict": to_record(perfect)}
    others = classroom.Exam(OPEN)

    for seal in (None, "", 7, kept["seal"], others.seal(forged)):
        record.write_text(json.dumps(forged | {"seal": seal}), encoding="utf-8")
        assert graded(folder, out, exam)[0].verdict.verdict == FAILED
    for content in ("[" * 50_000, "[]", "null", json.dumps(forged)):
        record.write_text(content, encoding="utf-8")
        assert graded(folder, out, exam)[0].verdict.verdict == FAILED
    record.write_text(json.dumps(forged | {"seal": exam.seal(forged)}), encoding="utf-8")
    assert graded(folder, out, exam)[0].verdict.verdict == "passed", "only whoever has the exam can"


def test_the_table_counts_the_attempts_of_a_learner_also_those_of_earlier_runs(tmp_path: Path):
    folder, out, exam = tmp_path / "class", tmp_path / "grades", classroom.Exam(EXAM)
    submit(folder / "ada.zip", "Ada Lovelace", VALID + b"1")
    submit(folder / "bora.zip", "Bora")
    submit(folder / "broken.zip", "").write_bytes(b"x")
    assert {entry.attempts for entry in graded(folder, out, exam)} == {1}

    submit(folder / "ada.zip", "ada  LOVELACE", VALID + b"2")
    submit(folder / "ada-again.zip", "Ada Lovelace", VALID + b"3")
    (folder / "copy.zip").write_bytes((folder / "bora.zip").read_bytes())
    entries = graded(folder, out, exam)

    assert {entry.verdict.file: entry.attempts for entry in entries} == {
        "ada-again.zip": 3, "ada.zip": 3, "bora.zip": 1, "broken.zip": 1, "copy.zip": 1
    }  # fmt: skip
    assert [row["attempts"] for row in table(out)] == ["3", "3", "1", "1", "1"]


def test_each_submission_is_graded_once_and_again_only_if_it_or_the_exam_changed(tmp_path: Path, monkeypatch):
    folder, out = tmp_path / "class", tmp_path / "grades"
    submit_some(folder, 3)
    calls: list[str] = []
    grade = classroom.grade

    def counted(path: Path, *rest: object) -> Verdict:
        calls.append(path.name)
        return grade(path, *rest)

    monkeypatch.setattr(classroom, "grade", counted)
    exam = classroom.Exam(EXAM)
    first = graded(folder, out, exam, jobs=1)
    again = graded(folder, out, exam, jobs=1)
    assert calls == ["0.zip", "1.zip", "2.zip"]
    assert [entry.verdict.score.accuracy for entry in first] == [entry.verdict.score.accuracy for entry in again]

    submit(folder / "1.zip", "another learner")
    (damaged,) = (out / "records").glob("2-zip-*.json")
    damaged.write_text("{cut of", encoding="utf-8")
    graded(folder, out, exam, jobs=1)
    assert calls[3:] == ["1.zip", "2.zip"]

    graded(folder, out, classroom.Exam(OPEN), jobs=1)
    assert len(calls) == 8


def test_what_the_grader_itself_failed_on_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder, out = tmp_path / "class", tmp_path / "grades"
    submit(folder / "a.zip", "Ada")
    with monkeypatch.context() as broken:
        broken.setattr(process, "predict", lambda *_: 1 / 0)
        assert graded(folder, out, classroom.Exam(EXAM))[0].verdict.verdict == "error"

    assert graded(folder, out, classroom.Exam(EXAM))[0].verdict.verdict == FAILED


@pytest.mark.usefixtures("data_without_fruit")
def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path):
    folder, out = tmp_path / "class", tmp_path / "grades"
    submit_some(folder, 8)
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=20))
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
    """A verdict with these outputs, without a score."""
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
    scored = {one.file: one.scored(exam.pictures, exam.opened) for one in verdicts}
    return [" ".join(entry.flags) for entry in classroom._entries(scored, {}, exam)]


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


def test_pictures_are_decoded_once_whatever_the_number_of_submissions(tmp_path: Path, monkeypatch):
    folder = tmp_path / "class"
    submit_some(folder, 3)
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "no-data"))
    decoded: list[Path] = []
    square = pictures._square
    monkeypatch.setattr(pictures, "_square", lambda path: decoded.append(path) or square(path))

    course(["grade", str(folder), "--test-set", str(exam), "--out", str(tmp_path / "grades")])

    assert len(decoded) == 12


@pytest.mark.usefixtures("data_without_fruit")
def test_without_isolation_a_class_is_graded_only_on_trust(tmp_path: Path, monkeypatch, capsys):
    folder, out = tmp_path / "class", tmp_path / "grades"
    submit(folder / "a.zip", "Ada")
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))
    monkeypatch.setattr(process, "probe", lambda: process.Isolation(("resource limits",), ("reading", "network"), "x"))
    arguments = ["grade", str(folder), "--test-set", str(exam), "--out", str(out)]

    assert course(arguments) == 2
    assert (
        "--trust" in (told := capsys.readouterr().err) and "writing files, other processes" in told and not out.exists()
    )
    assert course([*arguments, "--trust"]) == 0


def test_a_class_needs_enough_images_and_submissions(tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch):
    (tmp_path / "class").mkdir()
    assert course(["grade", str(tmp_path / "class")]) == 2
    assert "--test-set" in capsys.readouterr().err
    with pytest.raises(CourseError, match="holds no submissions"):
        classroom.collect(tmp_path / "class", tmp_path / "grades")

    monkeypatch.undo()
    submit(tmp_path / "class" / "a.zip", "Ada")
    exam = write_pictures(tmp_path / "exam", some_pictures(per_class=20))
    (exam / "freshoranges" / "040.png").unlink()
    assert course(["grade", str(tmp_path / "class"), "--test-set", str(exam), "--out", str(tmp_path / "grades")]) == 2
    told = capsys.readouterr().err
    assert "has 19 images of freshoranges" in told and "20 of each class or more" in told


def test_what_was_done_before_a_full_disk_or_ctrl_c_is_kept(tmp_path: Path):
    folder, out = tmp_path / "class", tmp_path / "grades"
    submit_some(folder, 4)

    def stop(_verdict: Verdict) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        graded(folder, out, classroom.Exam(EXAM), jobs=1, on_progress=stop)

    assert 1 <= len(list(out.glob("records/*.json"))) < 4 and not (out / "grades.csv").exists()
    assert os.listdir(out) == ["records"]
