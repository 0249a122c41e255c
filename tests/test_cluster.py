"""Grading a class on a Dask cluster: each submission once, whoever is lost on the way; labels and names stay here."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from extra_packages import needs
from honest_pictures import some_pictures, write_pictures
from test_classroom import VALID, graded, small_exams, submit, table  # noqa: F401

from course.__main__ import main as course
from course.grading import classroom, cluster, process
from course.grading.contract import SubmissionError
from course.grading.grade import FAILED, REFUSED, grade
from course.messages import CourseError
from course.paths import ROOT

EXAM = some_pictures(per_class=2)
LIMITS = process.Limits()
with_dask = needs("dask", "distributed")


@contextmanager
def running(folder: Path, workers: int) -> Iterator[tuple[str, list]]:
    """A scheduler and workers on 127.0.0.1, in processes of their own: the scheduler's address, the workers."""
    about = folder / "scheduler.json"
    here = ["--host", "127.0.0.1", "--scheduler-file", str(about), "--no-dashboard", "--protocol", "tcp"]
    scheduler = ["scheduler", *here, "--port", "0", "--dashboard-address", "127.0.0.1:0"]
    worker = ["worker", *here, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder)]
    with ExitStack() as stack:

        def start(arguments: list[str]) -> subprocess.Popen:
            log = stack.enter_context((folder / "dask.log").open("ab"))
            process = subprocess.Popen([sys.executable, "-m", "dask", *arguments], cwd=ROOT, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        leader = start(scheduler)
        while not about.exists():
            assert leader.poll() is None, (folder / "dask.log").read_text()
            time.sleep(0.05)
        started = [start(worker) for _number in range(workers)]
        yield json.loads(about.read_text())["address"], started


def submissions(folder: Path, count: int) -> list[str]:
    """`count` valid submissions of networks that differ, and three that must be refused; their names."""
    for number in range(count):
        submit(folder / f"{number}.zip", f"learner {number}", VALID + bytes([number]))
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (folder / "cut.tflite").write_bytes(VALID[:2000])
    (folder / "model.keras").write_bytes(b"\x89HDF\r\n\x1a\n")
    return sorted([*(f"{number}.zip" for number in range(count)), "broken.zip", "cut.tflite", "model.keras"])


def wait_for(condition, process: subprocess.Popen) -> None:
    """Wait until `condition()`, which `process` is to bring about."""
    while not condition():
        assert process.poll() is None, "it ended before that"
        time.sleep(0.01)


@with_dask
def test_each_is_graded_once_though_the_grader_and_then_a_worker_are_killed(tmp_path: Path, monkeypatch):
    import psutil

    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "no-data"))
    folder, out = tmp_path / "class", tmp_path / "grades"
    names = submissions(folder, 8)
    exam = write_pictures(tmp_path / "exam", many := some_pictures(per_class=20))
    command = [sys.executable, "-m", "course", "grade", str(folder), "--test-set", str(exam), "--out", str(out)]

    def records() -> list[Path]:
        return list(out.glob("records/[0-9]*.json"))

    with running(tmp_path, workers=2) as (address, workers):
        command += ["--scheduler", address]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as killed:
            wait_for(lambda: len(records()) >= 1, killed)
            killed.kill()
        kept = {path: path.stat().st_mtime_ns for path in records()}

        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as again:
            lost = psutil.Process(workers[0].pid)
            wait_for(lambda: len(records()) > len(kept) and lost.children(), again)
            orphans = lost.children()
            lost.kill()
            at_the_kill = len(records())
            said, _nothing = again.communicate(timeout=120)
        assert not psutil.wait_procs(orphans, timeout=30)[1], "a network goes on without its worker"

    assert again.returncode == 0
    assert 0 < len(kept) < at_the_kill < 8
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    rows = {row["file"]: row for row in table(out)}
    assert [row["file"] for row in table(out)] == names
    assert {name for name in names if rows[name]["verdict"] == REFUSED} == {"broken.zip", "cut.tflite", "model.keras"}
    assert all(said.count(f"learner {number}: below") == 1 for number in range(8))
    for name in ("5.zip", "cut.tflite"):
        here = grade(folder / name, many)
        assert rows[name]["reason"] == here.reason
        assert here.outputs is None or float(rows[name]["score"]) == round(here.score.accuracy, 4)


@pytest.fixture
def one_worker() -> Iterator[str]:
    """The address of a cluster with one worker, which is a thread of this process: what a test changes, it sees."""
    from distributed import LocalCluster

    options = {"processes": False, "protocol": "tcp", "dashboard_address": None, "worker_dashboard_address": None}
    with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", silence_logs=50, **options) as found:
        cluster._isolation.cache_clear()
        yield found.scheduler_address
    cluster._isolation.cache_clear()


@with_dask
def test_a_worker_with_another_version_is_named_and_so_is_one_that_comes_later(one_worker: str, monkeypatch):
    def version() -> str:
        return "ours" if threading.current_thread() is threading.main_thread() else "theirs"

    monkeypatch.setattr(cluster, "version", version)
    with cluster.connect(one_worker) as workers:
        with pytest.raises(CourseError, match=r"worker tcp://127.0.0.1:\d+ has another version of the course"):
            workers.insist(trust=True)
        with pytest.raises(CourseError, match="has another version"):
            workers.predictor(EXAM.images, LIMITS, trust=True)(VALID)


@with_dask
def test_a_worker_that_isolates_nothing_grades_only_on_trust(one_worker: str, monkeypatch):
    monkeypatch.setattr(process, "probe", lambda: process.Isolation(("resource limits",), ("reading", "network"), "x"))
    with cluster.connect(one_worker) as workers:
        with pytest.raises(CourseError, match=r"writing files, other processes; have workers on Linux .* --trust"):
            workers.insist(trust=False)
        with pytest.raises(CourseError, match="--trust"):
            workers.predictor(EXAM.images, LIMITS, trust=False)(VALID)
        workers.insist(trust=True)
        answers = workers.predictor(EXAM.images, LIMITS, trust=True)(VALID)
        assert answers.outputs.shape == (12, 6)


@with_dask
def test_a_refusal_comes_back_as_the_sentence_that_it_was(one_worker: str):
    with pytest.raises(SubmissionError) as here:
        process.predict(VALID[:2000], EXAM.images, LIMITS)
    with cluster.connect(one_worker) as workers, pytest.raises(SubmissionError) as there:
        workers.predictor(EXAM.images, LIMITS, trust=True)(VALID[:2000])
    assert there.value.reason == here.value.reason


@with_dask
def test_a_scheduler_without_workers_is_said_to_be_one(monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    options = {"processes": False, "protocol": "tcp", "dashboard_address": None}
    with (
        LocalCluster(n_workers=0, host="127.0.0.1", silence_logs=50, **options) as empty,
        cluster.connect(empty.scheduler_address) as workers,
        pytest.raises(CourseError, match="has no workers"),
    ):
        workers.insist(trust=True)


@pytest.mark.parametrize(
    ("address", "path", "words"),
    [
        pytest.param("127.0.0.1:1", "class", "at 127.0.0.1:1 (", marks=with_dask),
        pytest.param("carrier-pigeon://1.2.3.4:5", "class", "at carrier-pigeon://1.2.3.4:5 (", marks=with_dask),
        pytest.param("tls://127.0.0.1:1", "class", "at tls://127.0.0.1:1 (", marks=with_dask),
        ("without Dask", "class", "python -m course setup --extras"),
        ("127.0.0.1:1", "class/a.zip", "name a folder"),
    ],
)
def test_what_is_no_cluster_or_not_for_one_is_one_sentence(address, path, words, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "no-data"))
    if address == "without Dask":
        monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    submit(tmp_path / "class" / "a.zip", "Ada")
    exam, out = write_pictures(tmp_path / "exam", EXAM), tmp_path / "grades"
    arguments = ["grade", str(tmp_path / path), "--test-set", str(exam), "--out", str(out)]

    assert course([*arguments, "--scheduler", address]) == 2

    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and not out.exists()


class Sent:
    """In place of Dask's client: keeps what is sent, and does it here, or says what `fails` is."""

    def __init__(self, fails: BaseException | None = None) -> None:
        self.everything: list[object] = []
        self.keys: list[str] = []
        self.fails = fails

    def submit(self, function, *arguments, key: str) -> Sent:
        """Do it at once; a task that is an argument is its result."""
        task = copy.copy(self)
        task.value = function(*(one.value if isinstance(one, Sent) else one for one in arguments))
        self.everything += [one for one in arguments if not isinstance(one, Sent)]
        self.keys.append(key)
        return task

    def result(self, timeout: float) -> object:
        """What the task gave."""
        if self.fails:
            raise self.fails
        return self.value


@with_dask
def test_a_worker_is_sent_networks_and_pictures_never_labels_or_names(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(cluster, "objection", lambda *_: None)
    submit(tmp_path / "class" / "ada-lovelace.zip", "Ada Lovelace")
    submit(tmp_path / "class" / "bora.zip", "Bora")
    exam = classroom.Exam(EXAM, some_pictures(per_class=1, seed=2))
    client = Sent()
    predict = cluster.Cluster(client, "tcp://x").predictor(exam.images, LIMITS, trust=False)

    entries = graded(tmp_path / "class", tmp_path / "grades", exam, jobs=1, predict=predict)

    assert [entry.verdict.verdict for entry in entries] == [FAILED, FAILED]
    assert entries[0].verdict.open_outputs.shape == (6, 6)
    pictures, *rest = client.everything
    assert np.array_equal(pictures, exam.images) and pictures.dtype == np.uint8
    assert {type(one) for one in rest} == {bytes, process.Limits, str, bool}
    assert {one for one in rest if isinstance(one, bytes)} == {VALID}
    assert not [one for one in rest if isinstance(one, str) and one != cluster.version()]
    assert client.keys[1] == client.keys[2] != client.keys[0], "the same network is the same task"


@with_dask
def test_what_is_asked_of_a_network_is_part_of_its_task(monkeypatch):
    monkeypatch.setattr(cluster, "_answers", lambda *_: None)
    client = Sent()
    for limits, pictures in ((LIMITS, EXAM.images), (process.Limits(1), EXAM.images), (LIMITS, EXAM.images[:6])):
        cluster.Cluster(client, "tcp://x").predictor(pictures, limits, trust=True)(VALID)
    assert [len({key for key in client.keys if key.startswith(kind)}) for kind in ("answers-", "pictures-")] == [3, 2]


@with_dask
def test_a_lost_scheduler_is_told_at_once_for_all_that_are_left(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(cluster, "objection", lambda *_: None)
    for number in range(3):
        submit(tmp_path / "class" / f"{number}.zip", "x", VALID + bytes([number]))
    client = Sent(fails=CancelledError())
    predict = cluster.Cluster(client, "tcp://x").predictor(EXAM.images, LIMITS, trust=True)

    exam = classroom.Exam(EXAM)
    entries = graded(tmp_path / "class", tmp_path / "grades", exam, jobs=1, predict=predict)

    assert {entry.verdict.reason for entry in entries} == {"The connection to the scheduler tcp://x was lost."}
    assert len(client.keys) == 2, "the pictures, and one network"
