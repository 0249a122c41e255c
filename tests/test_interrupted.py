"""Killed at any moment: nothing half-written is taken for whole, the last good one stays, the next run goes on.

The moments are the changes that a process makes to the file system (``killing.py``), each just before and, torn, just
within. ``make test`` tries a few of them, ``make soak`` twenty and more of each.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest

pytest.importorskip("fcntl", reason="Windows cannot fork")

import stub_packages as stubs
from data_commands import run as data_command
from edition_files import classes, fill
from killing import changes, die_at, faults
from test_classroom import EXAM, graded, submit
from test_data_command import IDX_FILES, KAGGLE_FILES
from test_environment import course, make_checkout

from course import files
from course.check import artifacts, session
from course.datasets import reading
from course.datasets.image_sets import DOGS, FRUITS
from course.environment.interpreter import python_of, read_stamp
from course.grading import classroom, process
from course.paths import ROOT

KILLER = ROOT / "tests" / "killing.py"
SOME = 4
"""Moments that ``make test`` tries."""
EVERY = pytest.param(1000, marks=pytest.mark.soak, id="all")
COMPLETE = ("tensorflow", "keras", "numpy", "pandas", "rich", "pooch")
TWENTY = pytest.param(20, marks=pytest.mark.soak, id="twenty")


@dataclass
class Case:
    """Something that may be killed: `before` it, the `act`, and what has to hold `after` a kill and in the `end`."""

    before: Callable[[Path], None]
    act: Callable[[Path], object]
    after: Callable[[Path], None]
    end: Callable[[Path], None]


def survives(case: Case, folder: Path, most: int) -> int:
    """Kill `case` at `most` moments, each in a folder of its own, and do it again; how many kills there were."""

    def fresh(name: str) -> Path:
        place = folder / name
        place.mkdir(parents=True)
        case.before(place)
        return place

    first = fresh("first")
    count = changes(lambda: case.act(first))
    case.end(first)
    killed = 0
    for number, torn in faults(count, most):
        place = fresh(f"{number}-{torn}")
        killed += die_at(number, lambda place=place: case.act(place), torn)
        case.after(place)
        case.act(place)
        case.end(place)
        shutil.rmtree(place)
    assert killed >= min(count, most), "each moment was reached"
    return killed


# An artifact that a lesson saves


def artifact_case() -> Case:
    old, new = np.zeros(500, np.float32), np.arange(500, dtype=np.float32)

    def save(place: Path, values: np.ndarray) -> None:
        with artifacts.saving(place / "models" / "weights.npz") as scratch:
            np.savez(scratch, values=values)

    def content(place: Path) -> np.ndarray:
        path = artifacts.saved(place / "models" / "weights.npz")
        assert path is not None, "there is an artifact, and its edition is known"
        with np.load(path) as arrays:
            return arrays["values"]

    def expect(place: Path, *either: np.ndarray) -> None:
        assert any(np.array_equal(content(place), one) for one in either)

    return Case(
        before=lambda place: save(place, old),
        act=lambda place: save(place, new),
        after=lambda place: expect(place, old, new),
        end=lambda place: expect(place, new),
    )


@pytest.mark.parametrize("most", [SOME, EVERY])
def test_an_artifact_is_the_old_one_or_the_new_one(tmp_path, monkeypatch, most):
    monkeypatch.setattr(session.SESSION, "edition", "embedded")
    print(survives(artifact_case(), tmp_path, most), "kills")


def test_what_a_killed_save_or_import_left_is_removed_once_it_is_a_day_old(tmp_path):
    now, old = time.time(), time.time() - files.ABANDONED_SECONDS - 60
    for name, when in ((".saving-old.npz", old), (".saving-new.npz", now), ("saving-of-mine.npz", old)):
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (when, when))
    files.write_text(tmp_path / "a.txt", "all of it")
    assert sorted(os.listdir(tmp_path)) == [".saving-new.npz", "a.txt", "saving-of-mine.npz"]
    left = fill(tmp_path / "edition" / ".import-killed", {"unpacked/a.csv": b"half"})
    os.utime(left, (old, old))
    data_command("import", "mnist", fill(tmp_path / "mine", IDX_FILES), "--to", tmp_path / "edition")
    assert not left.exists()


# An import of data

SETS = {
    "mnist": IDX_FILES,
    "asl_data": KAGGLE_FILES,
    "fruits": {f"dataset/{name}": data for name, data in classes(("train", "test"), FRUITS).items()},
    "bo": classes(("train", "valid"), DOGS, each=3),
    "nyt": {"ArticlesApril2017.csv": b"headline,byline\nA tram is late,me\nAnother tram,you\n"},
}


def import_case(name: str) -> Case:
    folder = reading.SETS[name].folder

    def source(place: Path) -> Path:
        return fill(place / "mine", SETS[name])

    def bring(place: Path) -> None:
        data_command("import", name, source(place), "--to", place / "edition")

    def prepare(place: Path) -> None:
        bring(place)
        first = sorted((place / "edition" / folder).rglob("*.*"))[0]
        (place / "edition" / folder / "of before.txt").write_text("the old set")
        os.utime(first)

    def valid(place: Path) -> None:
        reading.validate(place / "edition", name)
        manifest = json.loads((place / "edition" / "manifest.json").read_text("utf-8"))
        for file, entry in manifest["files"].items():
            assert files.sha256(place / "edition" / file) == entry["sha256"]

    def new(place: Path) -> None:
        valid(place)
        assert not (place / "edition" / folder / "of before.txt").exists()
        assert json.loads((place / "edition" / "manifest.json").read_text("utf-8"))["sets"].get(name)

    return Case(before=prepare, act=bring, after=valid, end=new)


@pytest.mark.skipif(sys.platform != "linux", reason="two folders change places in one step on Linux alone")
@pytest.mark.parametrize(
    ("name", "most"), [("asl_data", SOME), *(pytest.param(name, 1000, marks=pytest.mark.soak) for name in SETS)]
)
def test_a_set_is_the_old_one_or_the_new_one_and_the_manifest_never_lies(tmp_path, capsys, name, most):
    print(survives(import_case(name), tmp_path, most), "kills")


# The grader


def grading_case(learners: int = 4) -> Case:
    outputs = np.tile(np.eye(6, dtype=np.float32)[0], (len(EXAM.images), 1))

    def grade(place: Path) -> None:
        exam = classroom.Exam(EXAM)
        graded(place / "class", place / "grades", exam, jobs=1, predict=made_up)

    def made_up(model: bytes) -> process.Answers:
        return process.Answers(outputs, process.Isolation((), (), "made up"), 0.1)

    def prepare(place: Path) -> None:
        for number in range(learners):
            submit(place / "class" / f"{number}.zip", f"learner {number}")

    def whole(place: Path) -> None:
        for record in place.glob("grades/records/[0-9]*.json"):
            assert json.loads(record.read_text("utf-8"))["verdict"]
        for page in [*place.glob("grades/pages/[0-9]*.html"), *place.glob("grades/summary.html")]:
            assert page.read_text("utf-8").rstrip().endswith("</html>")

    def complete(place: Path) -> None:
        whole(place)
        assert len(list(place.glob("grades/records/[0-9]*.json"))) == learners
        assert len((place / "grades" / "grades.csv").read_text("utf-8").splitlines()) == learners + 1

    return Case(before=prepare, act=grade, after=whole, end=complete)


@pytest.mark.parametrize("most", [SOME, EVERY])
def test_records_and_pages_of_a_class_are_whole_and_the_next_run_completes_them(tmp_path, most):
    print(survives(grading_case(), tmp_path, most), "kills")


# Programs: they die in a process of their own, with all that they started


def killed(number: int, torn: bool, folder: Path, environ: dict, *words, python: Path, seconds: float = 300) -> int:
    """Run ``python -m WORDS`` in `folder`; it is killed at its change `number` (0: at none), or after `seconds`.

    Returns how many changes it made, and -1 where it was killed. A program that it started may fail in its place, where
    the kernel did not let that write.
    """
    counted = folder / "changes"
    command = [str(word) for word in (python, KILLER, number, "torn" if torn else "whole", *words)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    running = subprocess.Popen(command, cwd=folder, env=environ | {"COURSE_TEST_CHANGES": str(counted)}, **quiet)
    try:
        code = running.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        code = running.wait()
    if code in (-signal.SIGKILL, -signal.SIGXFSZ):
        return -1
    assert code == 0 or torn
    return int(counted.read_text()) if counted.exists() else 0


def end_group(folder: Path) -> None:
    """End what a killed program left running in `folder`, as the end of its terminal or its container does."""
    for one in psutil.process_iter():
        try:
            if folder in (Path(one.cwd()), *Path(one.cwd()).parents):
                one.kill()
        except psutil.Error:
            continue


@pytest.fixture(scope="module")
def lessons(tmp_path_factory) -> Path:
    """A folder with two small notebooks, the first of which says which process it ran in."""
    folder = tmp_path_factory.mktemp("lessons")
    for name in ("first", "second"):
        source = f"import os\nopen('pid-{name}', 'w').write(str(os.getpid()))\nprint('{name}')"
        cell = nbformat.v4.new_code_cell(source, id="say")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / f"{name}.ipynb")
    return folder


@pytest.mark.parametrize("most", [1, TWENTY])
def test_the_runner_leaves_whole_reports_and_copies_and_no_kernel(lessons, tmp_path, most):
    environ = os.environ | {"PYTHONPATH": str(ROOT)}

    def run(place: Path, number: int = 0, torn: bool = False) -> int:
        shutil.copytree(lessons, place, dirs_exist_ok=True)
        options = ("--edition", place, "--json", place / "run.json", "--out", place / "out")
        names = (place / "first.ipynb", place / "second.ipynb")
        return killed(number, torn, place, environ, "course", "run", *names, *options, python=Path(sys.executable))

    def whole(place: Path) -> list[str]:
        for copy in place.glob("out/[a-z]*.ipynb"):
            nbformat.validate(nbformat.read(copy, as_version=4))
        report = place / "run.json"
        return [one["status"] for one in json.loads(report.read_text("utf-8"))["lessons"]] if report.exists() else []

    count = run(tmp_path / "first")
    assert whole(tmp_path / "first") == ["passed", "passed"]
    for number, torn in faults(count, most):
        place = tmp_path / f"{number}-{torn}"
        run(place, number, torn)
        assert set(whole(place)) <= {"passed", "failed"}  # a full disk fails a lesson
        for file in place.glob("pid-*"):
            deadline = time.monotonic() + 30
            while alive(int(file.read_text() or 0)) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert not alive(int(file.read_text() or 0)), "the kernel ends by itself"
    run(place)
    assert whole(place) == ["passed", "passed"]
    print(len(list(faults(count, most))), "kills")


def alive(number: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        return bool(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@pytest.mark.parametrize("most", [1, TWENTY])
def test_a_set_up_that_was_killed_is_completed_by_the_next(tmp_path, most):
    wheels = stubs.make_wheelhouse(tmp_path / "wheels")
    bare = stubs.make_interpreter(tmp_path / "bare", stubs.bundled_pip())
    environ = stubs.offline(tmp_path / "offline")

    def set_up(name: str, number: int = 0, torn: bool = False, seconds: float = 300) -> Path:
        place = make_checkout(tmp_path / name)
        killed(number, torn, place, environ, "course", "setup", "--wheels", wheels, python=bare, seconds=seconds)
        return place

    started = time.monotonic()
    first = set_up("first")
    duration = time.monotonic() - started
    moments = [{"seconds": duration * (step + 0.5) / most} for step in range(most)]  # most of them while pip works
    if most > 1:
        count = int((first / "changes").read_text())
        moments += [{"number": number, "torn": torn} for number, torn in faults(count, most)]
    for name, moment in enumerate(moments):
        place = set_up(str(name), **moment)
        end_group(place)
        if (read_stamp(place / ".venv") or {}).get("state"):  # what says that it is complete is
            assert stubs.modules(python_of(place / ".venv"), *COMPLETE)
        done = course(place, bare, "setup", "--wheels", str(wheels), environ=environ)
        assert done.returncode == 0, done.stdout + done.stderr
        assert read_stamp(place / ".venv")["state"]
        assert stubs.modules(python_of(place / ".venv"), *COMPLETE)
        assert [folder.name for folder in place.glob(".venv*")] == [".venv"]
        shutil.rmtree(place)
    print(len(moments), "kills")
