"""Two at once: notebooks that save the same artifact, imports, set-ups and runners in one checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
import pytest
import stub_packages as stubs
from data_commands import run as data_command
from edition_files import fill
from lesson_runs import SET_OF, changed_copy, edition_with
from test_data_command import IDX_FILES, KAGGLE_FILES
from test_environment import make_checkout

from course import files, paths
from course.check import artifacts, session
from course.datasets import editions, reading
from course.environment.interpreter import read_stamp
from course.paths import ROOT

pytest.importorskip("fcntl", reason="Windows cannot fork, and has no such lock")


def at_once(*actions: Callable[[], object]) -> list[int]:
    """Do each of `actions` in a forked copy of this process, all at the same time; their exit codes."""
    children = []
    for action in actions:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                action()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def slowly(read: Callable, seconds: float) -> Callable:
    """`read`, with time for somebody else to write between what it reads and what is made of it."""

    def patiently(*arguments):
        found = read(*arguments)
        time.sleep(seconds)
        return found

    return patiently


def test_an_artifact_that_several_notebooks_save_is_whole_and_its_edition_known(tmp_path, monkeypatch):
    path = tmp_path / "models" / "asl.keras"
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "course").mkdir()
    monkeypatch.setattr(artifacts, "_known", slowly(artifacts._known, 0.01))

    def save(edition: str) -> None:
        session.SESSION.edition = edition
        for number in range(12):
            with artifacts.saving(path) as scratch:
                scratch.write_text(f"{edition} {number} " * 5000)
        (tmp_path / f"{edition} has ended").touch()

    def look() -> None:
        read = set()
        while not all((tmp_path / f"{name} has ended").exists() for name in names):
            digest = files.sha256(path) if path.is_file() else ""
            named = json.loads(artifacts._record(path).read_text()) if digest else {}
            if digest and files.sha256(path) == digest:  # else another one was saved meanwhile
                read.add(digest)
                assert digest in named, "the edition is known at every moment"
                words = path.read_text().split()
                assert words == words[:2] * 5000
        assert read, "something was saved meanwhile"

    names = ("embedded", "real", "mine", "theirs")
    assert at_once(*(lambda name=name: save(name) for name in names), look) == [0] * 5
    for name in names:
        monkeypatch.setattr(session.SESSION, "edition", name)
        assert (artifacts.saved(path) is not None) == path.read_text().startswith(f"{name} 11 ")


def test_two_imports_into_one_edition_both_arrive(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(editions, "manifest", slowly(editions.manifest, 0.3))
    edition = tmp_path / "edition"
    given = {"mnist": fill(tmp_path / "digits", IDX_FILES), "asl_data": fill(tmp_path / "letters", KAGGLE_FILES)}
    bring = [partial(data_command, "import", name, path, "--to", edition) for name, path in given.items()]
    assert at_once(*bring) == [0, 0]
    assert set(json.loads((edition / "manifest.json").read_text("utf-8"))["sets"]) == set(given)
    for name in given:
        reading.validate(edition, name)


def test_a_lock_keeps_the_others_waiting(tmp_path):
    log = tmp_path / "log"

    def take_turns() -> None:
        for _turn in range(20):
            with files.locked(tmp_path), log.open("a") as lines:
                lines.write("in\n")
                lines.flush()
                lines.write("out\n")

    assert at_once(take_turns, take_turns, take_turns) == [0, 0, 0]
    assert log.read_text() == "in\nout\n" * 60


def test_two_set_ups_of_one_checkout_make_one_environment(tmp_path):
    wheels = stubs.make_wheelhouse(tmp_path / "wheels")
    bare = stubs.make_interpreter(tmp_path / "bare", stubs.bundled_pip())
    checkout = make_checkout(tmp_path / "checkout")
    command = [str(bare), "-m", "course", "setup", "--wheels", str(wheels)]
    options = {"cwd": checkout, "env": stubs.offline(tmp_path / "offline"), "text": True, "stdout": subprocess.PIPE}
    both = [subprocess.Popen(command, **options, stderr=subprocess.STDOUT) for _set_up in range(2)]
    said = [one.communicate(timeout=300)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert sum("Another set-up of this checkout is under way" in text for text in said) == 1
    assert [folder.name for folder in checkout.glob(".venv*")] == [".venv"]
    assert read_stamp(checkout / ".venv")["state"]


def together(notebook: Path, edition: Path, count: int, environ: dict[str, str]) -> None:
    """Run `notebook` `count` times at once, all with the same copies and reports to write."""
    folder = notebook.parent
    command = [sys.executable, "-m", "course", "run", notebook, "--edition", edition]
    command += ["--json", folder / "run.json", "--out", folder / "out"]
    runners = [
        subprocess.Popen(list(map(str, command)), cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
        for _runner in range(count)
    ]
    said = [runner.communicate(timeout=900)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0] * count, said
    assert json.loads((folder / "run.json").read_text("utf-8"))["lessons"][0]["status"] == "passed"
    nbformat.validate(nbformat.read(folder / "out" / notebook.name, as_version=4))


def test_two_runners_of_one_lesson_do_not_disturb_each_other(tmp_path):
    cell = nbformat.v4.new_code_cell("import time; time.sleep(0.5); print('done')", id="a")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "small.ipynb")
    together(tmp_path / "small.ipynb", tmp_path, 2, dict(os.environ))


@pytest.mark.soak
def test_two_notebooks_train_on_one_device_and_save_the_same_artifact(tmp_path, editions, monkeypatch):
    notebook = changed_copy("03_asl_cnn", tmp_path / "checkout", less_data=True)
    edition = edition_with(SET_OF["03_asl_cnn"], editions)
    environ = {**os.environ, "COURSE_MODELS": str(tmp_path / "models"), "TF_NUM_INTRAOP_THREADS": "1"}
    together(notebook, edition, 2, environ)
    monkeypatch.setattr(session.SESSION, "edition", "embedded")
    assert artifacts.saved(tmp_path / "models" / "asl_cnn.keras")
