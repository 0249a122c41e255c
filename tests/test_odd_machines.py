"""Machines that are not as one expects: no network, no home, odd names, clocks and locales, no room on the disk."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from edition_files import fill
from lesson_runs import SET_OF, changed_copy, edition_with
from test_data_command import IDX_FILES, KAGGLE_FILES

from course.paths import ROOT, available_lessons

pytest.importorskip("fcntl", reason="what is tried here is Unix's")
import odd_machine

ODD = {
    "TZ": "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",  # the Chatham Islands, whose clock is 45 minutes off
    "LC_ALL": "C",
    "LANG": "tr_TR.UTF-8",  # which is not installed, as a rule
    "PYTHONCOERCECLOCALE": "0",
}
AWAY = ("HOME", "USER", "LOGNAME", "XDG_", "JUPYTER", "IPYTHON", "MPLCONFIG", "COURSE_", "LANG", "LC_")


def environ_of(folder: Path, **more: str) -> dict[str, str]:
    """Environment variables of a machine on which nobody has a home, and what a lesson saves goes below `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(AWAY)}
    return {**kept, "COURSE_MODELS": str(folder / "models"), **more}


def odd_checkout(lesson: str, folder: Path, *, less_data: bool) -> Path:
    """A checkout in a folder with an odd name, with its own copy of what is no data; the path of the lesson in it."""
    notebook = changed_copy(lesson, folder / "딥 러닝 (사본) ünï", less_data=less_data)
    for name in ("course", "images"):
        (notebook.parent / name).unlink()
        shutil.copytree(ROOT / name, notebook.parent / name, ignore=shutil.ignore_patterns("__pycache__"))
    return notebook


def runs(notebook: Path, edition: Path, environ: dict[str, str], **options) -> dict:
    """Run the lesson on the machine that `options` describe; what the runner wrote of it."""
    report = notebook.parent / "report.json"
    command = [sys.executable, "-m", "course", "run", notebook, "--edition", edition, "--json", report]
    done = odd_machine.run(command, cwd=notebook.parent, env=environ, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    (outcome,) = json.loads(report.read_text(encoding="utf-8"))["lessons"]
    return outcome


def test_a_lesson_runs_where_everything_is_odd_at_once(tmp_path, editions):
    notebook = odd_checkout("01_mnist", tmp_path, less_data=True)
    home = tmp_path / "home"
    home.mkdir()
    environ = environ_of(notebook.parent, HOME=str(home), **ODD)
    outcome = runs(notebook, edition_with("mnist", editions), environ, read_only=home, umask=0o077)
    assert outcome["status"] == "passed"
    (saved,) = (notebook.parent / "models" / "results").glob("*.json")
    assert saved.stat().st_mode & 0o077 == 0


ODDITIES = {
    "no network": {},
    "no home": {"env": {}},
    "a read-only home": {"home": True},
    "another time zone": {"env": {"TZ": ODD["TZ"]}},
    "a time zone that does not exist": {"env": {"TZ": "Nowhere/Land"}},
    "ASCII alone": {"env": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}},
    "a locale that is not there": {"env": {"LC_ALL": "tr_TR.UTF-8"}},
    "umask 077": {"umask": 0o077},
}


@pytest.mark.soak
@pytest.mark.parametrize("oddity", ODDITIES)
def test_a_lesson_runs_with_one_oddity(tmp_path, editions, oddity):
    made = dict(ODDITIES[oddity])
    notebook = odd_checkout("01_mnist", tmp_path, less_data=True)
    environ, options = environ_of(notebook.parent, **made.pop("env", {"HOME": str(tmp_path)})), made
    if options.pop("home", False):
        options["read_only"] = tmp_path / "home"
        options["read_only"].mkdir()
        environ["HOME"] = str(options["read_only"])
    assert runs(notebook, edition_with("mnist", editions), environ, **options)["status"] == "passed"


@pytest.mark.soak
@pytest.mark.parametrize("lesson", available_lessons())
def test_each_lesson_runs_in_full_with_nothing_but_loopback(tmp_path_factory, editions, lesson):
    folder = tmp_path_factory.getbasetemp() / "no network"
    notebook = changed_copy(lesson, folder / lesson)
    environ = {**os.environ, "COURSE_MODELS": str(folder / "models")}  # one folder: 04b needs what 04a saves
    assert runs(notebook, edition_with(SET_OF[lesson], editions), environ)["status"] == "passed"


def test_that_machine_has_loopback_and_no_other_network():
    script = (
        "import errno, socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname(), 5).close()\n"
        "try:\n    socket.create_connection(('192.0.2.1', 80), 5)\n"
        "except OSError as error:\n    print(error.errno == errno.ENETUNREACH)"
    )
    assert odd_machine.run([sys.executable, "-c", script]).stdout == "True\n"


def test_a_full_disk_is_one_sentence_and_what_was_saved_stays(tmp_path):
    (tmp_path / "disk").mkdir()
    script = (
        "import sys\nfrom pathlib import Path\nfrom course.files import replacing\n"
        "from course.messages import CourseError\npath = Path(sys.argv[1]) / 'model.keras'\n"
        "with replacing(path) as temporary:\n    temporary.write_bytes(b'old')\n"
        "try:\n    with replacing(path) as temporary:\n        temporary.write_bytes(bytes(2**20))\n"
        "except CourseError as error:\n    print(error)\n"
        "print(path.read_bytes(), len(list(path.parent.iterdir())))"
    )
    done = odd_machine.run([sys.executable, "-c", script, tmp_path / "disk"], small=tmp_path / "disk", cwd=ROOT)
    sentence, left = done.stdout.splitlines()
    assert "because the disk is full; free some space" in sentence
    assert left == "b'old' 1"


def test_an_import_onto_a_full_disk_is_one_sentence_and_the_edition_stays(tmp_path):
    edition = tmp_path / "disk"
    edition.mkdir()
    first, second = fill(tmp_path / "digits", IDX_FILES), fill(tmp_path / "letters", KAGGLE_FILES)
    letters = KAGGLE_FILES["sign_mnist_train.csv"]
    (second / "sign_mnist_train.csv").write_bytes(letters + letters.partition(b"\n")[2] * 40)
    course = f"{shlex.quote(sys.executable)} -m course data"
    script = (
        f"{course} import mnist {first} --to {edition} && find {edition} | sort > before\n"
        f"{course} import asl_data {second} --to {edition}; echo $?; {course} verify --edition {edition}\n"
        f"find {edition} | sort | diff before - && echo the same"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = odd_machine.run(["sh", "-c", script], small=edition, env=environ, cwd=tmp_path)
    assert "2\n[OK]   mnist" in done.stdout and done.stdout.endswith("the same\n"), done.stdout + done.stderr
    assert "disk is full" in done.stderr and "Traceback" not in done.stderr


def test_a_submission_is_written_whatever_the_clock_shows(tmp_path, monkeypatch):
    from course.grading import making

    monkeypatch.setattr(time, "localtime", lambda *_seconds: time.gmtime(0))
    monkeypatch.setattr(zipfile.time, "time", lambda: 0.0)
    making.pack(tmp_path / "submission.zip", b"model", b"{}", {"name": "A. Learner"})
    with zipfile.ZipFile(tmp_path / "submission.zip") as archive:
        assert archive.read("model.tflite") == b"model"


@pytest.mark.skipif(os.geteuid() != 0 and not os.access(ROOT / "data", os.W_OK), reason="data/ is read-only already")
def test_several_learners_check_one_edition_that_none_may_write(tmp_path):
    edition = tmp_path / "data"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    source = fill(tmp_path / "digits", IDX_FILES)
    words = [sys.executable, "-m", "course", "data"]
    subprocess.run([*words, "import", "mnist", source, "--to", edition], check=True, env=environ, capture_output=True)
    before = {path: path.stat().st_mtime_ns for path in [edition, *edition.rglob("*")]}
    for path in sorted(edition.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    edition.chmod(0o555)
    learners = [
        subprocess.Popen([*words, "verify", "--edition", edition], env=environ, stdout=subprocess.PIPE, text=True)
        for _learner in range(4)
    ]
    try:
        for learner in learners:
            assert "[OK]   mnist" in learner.communicate(timeout=120)[0]
            assert learner.returncode == 0
    finally:
        for path in [edition, *edition.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert {path: path.stat().st_mtime_ns for path in before} == before
