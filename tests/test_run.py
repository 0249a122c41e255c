"""The runner: small notebooks made here, in real kernels, without TensorFlow."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
import psutil
import pytest
from data_commands import sentence_of

from course import paths
from course.__main__ import main as course
from course.messages import CourseError
from course.runner import run

RESULTS = """
from IPython.display import display
display({{"application/vnd.course.results+json": {results}}}, raw=True)
"""
USUAL = {
    "lesson": "usual",
    "metrics": {"val_accuracy": 0.98},
    "ranges": {"val_accuracy": [0.97, 0.99]},
    "unusual": [],
    "device": "cpu",
    "versions": {"tensorflow": "2.21.0", "keras": "3.15.1"},
}
UNUSUAL = {**USUAL, "lesson": "unusual", "metrics": {"val_accuracy": 0.5}, "unusual": ["val_accuracy"]}


def notebook(folder: Path, name: str, **cells: str) -> Path:
    """Write ``name.ipynb`` with code cells by id (an underscore stands for a hyphen)."""
    code = [nbformat.v4.new_code_cell(source, id=key.replace("_", "-")) for key, source in cells.items()]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=code), path)
    return path


def arguments(*words: object) -> argparse.Namespace:
    """What a person typed after ``python -m course run``."""
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def printed_by(path: Path) -> str:
    """All that the executed notebook `path` printed."""
    cells = nbformat.read(path, as_version=4).cells
    return "".join(output["text"] for cell in cells for output in cell.outputs if output.output_type == "stream")


CASES = {
    "passes": {"load_data": "import time; time.sleep(0.3)", "look": "print('looked')"},
    "fails": {"load_data": "x = 1", "fit": "def fit():\n    raise ValueError('bad\\nshape')\nfit()", "after": "1"},
    "slow": {"wait": "import time; time.sleep(60)"},
    "untouched": {"fill": "class NotAttempted(Exception): ...\nraise NotAttempted('Fill in the blank first.')"},
    "no_data": {"check": "class CourseError(Exception): ...\nraise CourseError('There is no data; get it.')"},
    "exits": {"leave": "import os; os._exit(3)", "after": "1"},
    "killed": {"eat": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"},
    "usual": {"results": RESULTS.format(results=USUAL)},
    "unusual": {"results": RESULTS.format(results=UNUSUAL)},
    "silent": {"results": "pass"},
    "ends_itself": {"clean_up": "get_ipython().kernel.do_shutdown(True)"},
    "wrong_answer": {"exercise": "1 / 0", "goes_on": "print('went on')"},
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One run over all the cases: exit code, JSON, what was printed, the folders, the notebooks' bytes before."""
    folder = tmp_path_factory.mktemp("수업 notebooks")
    notebooks = [notebook(folder, name, **cells) for name, cells in CASES.items()]
    tagged = nbformat.read(folder / "wrong_answer.ipynb", as_version=4)
    tagged.cells[0].metadata.tags = ["exercise", "raises-exception"]
    nbformat.write(tagged, folder / "wrong_answer.ipynb")
    before = {path: path.read_bytes() for path in notebooks}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = run.run_lessons(
            arguments(
                *notebooks, "--edition", folder, "--strict", "--timeout", 5, "--out", folder / "out",
                "--json", folder / "made" / "run.json",
            )
        )  # fmt: skip
    document = json.loads((folder / "made" / "run.json").read_text(encoding="utf-8"))
    lessons = {lesson["lesson"]: lesson for lesson in document["lessons"]}
    return argparse.Namespace(
        code=code, document=document, lessons=lessons, printed=printed.getvalue(), folder=folder, before=before
    )


def test_every_lesson_gets_its_status_and_one_failure_makes_the_exit_code_1(whole):
    assert whole.code == 1
    passed = dict.fromkeys(("passes", "usual", "ends_itself", "wrong_answer"), "passed")
    statuses = dict.fromkeys(CASES, "failed") | passed | {"untouched": "not_attempted"}
    assert {name: lesson["status"] for name, lesson in whole.lessons.items()} == statuses


def test_the_json_has_edition_seconds_and_lessons_in_the_order_they_ran(whole):
    assert whole.document["edition"] == "real"
    assert whole.document["seconds"] >= sum(lesson["seconds"] for lesson in whole.document["lessons"])
    assert list(whole.lessons) == list(CASES)
    passes = whole.lessons["passes"]
    assert [cell["id"] for cell in passes["cells"]] == ["load-data", "look"]
    assert passes["cells"][0]["seconds"] >= 0.3
    assert passes["peak_memory_mb"] > 10 and passes["results"] == {}
    usual = whole.lessons["usual"]
    assert (usual["results"], usual["versions"]) == (USUAL["metrics"], USUAL["versions"]), "what it displayed"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_memory_that_a_forked_child_shares_with_the_kernel_is_counted_once(tmp_path):
    fork = "import os, time\nheld = b'x' * (400 << 20)\nif not os.fork():\n    time.sleep(2); os._exit(0)\nos.wait()"
    book = notebook(tmp_path, "forks", fork=fork)
    run.run_lessons(arguments(book, "--edition", tmp_path, "--json", tmp_path / "run.json"))
    (lesson,) = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["lessons"]
    assert lesson["status"] == "passed" and 400 < lesson["peak_memory_mb"] < 700


def test_notebooks_stay_byte_for_byte_what_they_were_and_executed_copies_go_to_the_folder_asked_for(whole):
    assert {path: path.read_bytes() for path in whole.before} == whole.before
    assert printed_by(whole.folder / "out" / "passes.ipynb") == "looked\n"
    failed = nbformat.read(whole.folder / "out" / "fails.ipynb", as_version=4)
    assert failed.cells[1].outputs[0].ename == "ValueError"
    assert failed.cells[2].execution_count is None
    # an exercise that raises does not stop its lesson
    assert printed_by(whole.folder / "out" / "wrong_answer.ipynb") == "went on\n"


def test_a_failure_prints_the_cell_its_source_and_the_error_without_a_traceback(whole):
    assert "fails failed in the cell “fit”:\n\n    def fit():\n        raise ValueError" in whole.printed
    assert "\n\nValueError: bad shape\n" in whole.printed
    assert "Traceback" not in whole.printed


@pytest.mark.parametrize(
    ("lesson", "said"),
    [
        ("slow", "The cell “wait” took longer than 5 s; `--timeout` allows it more."),
        ("no_data", "There is no data; get it."),
        ("untouched", "Fill in the blank first."),
        ("exits", "The kernel died in the cell “leave” (exit code 3)"),
        ("killed", "The kernel was killed in the cell “eat”, most likely because memory ran out"),
        ("unusual", "Unusual results: val_accuracy is 0.5, usually 0.97 to 0.99."),
        ("silent", "silent showed no results."),
    ],
)
def test_the_reason_is_one_sentence(whole, lesson, said):
    assert whole.lessons[lesson]["reason"].startswith(said)
    assert said in whole.printed


def test_the_table_marks_unusual_results_and_names_the_slowest_cell(whole):
    progress, table, *_failures = whole.printed.split("\n\n")
    assert "passes …\npasses: passed, " in progress and "untouched: not attempted, " in progress
    lines = {line.split()[0]: line for line in table.splitlines()}
    assert "val_accuracy 0.5 (0.97 – 0.99) ← unusual" in lines["unusual"]
    assert "←" not in lines["usual"]
    assert lines["passes"].split()[3] == "load-data"


def test_unusual_results_pass_without_strict_and_an_untouched_notebook_is_no_failure(tmp_path, capsys):
    names = ("unusual", "untouched")
    notebooks = [notebook(tmp_path, name, **CASES[name]) for name in names]
    assert run.run_lessons(arguments(*notebooks, "--edition", tmp_path)) == 0
    assert "← unusual" in capsys.readouterr().out


def test_the_kernel_is_of_this_interpreter_with_the_edition_language_and_seed_asked_for(tmp_path, monkeypatch):
    spec = tmp_path / "home" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["false"], "display_name": "foreign", "language": "python"}))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "home"))  # which comes before what the environment itself has
    monkeypatch.setenv("COURSE_DATA", "elsewhere")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    asks = (
        "import os, sys\nprint(sys.executable, os.getcwd(), os.environ['COURSE_DATA'],"
        " os.environ['COURSE_LANG'], SEED, sep='\\n')"
    )
    path = notebook(tmp_path / "lessons", "asks", seed="# before\nSEED = 1", asks=asks)
    assert run.run_lessons(arguments(path, "--edition", "data", "--lang", "ko", "--seed", 42, "--out", "out")) == 0
    assert printed_by(tmp_path / "out" / "asks.ipynb").splitlines() == [
        sys.executable, str(tmp_path / "lessons"), str(tmp_path / "data"), "ko", "42",
    ]  # fmt: skip


def test_ctrl_c_stops_the_kernel_and_its_children_and_keeps_what_finished(tmp_path):
    first = notebook(tmp_path, "first", quick="1")
    starts_a_child = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "time.sleep(1.5)\n"
        "open('pids.part', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "os.rename('pids.part', 'pids')\n"
        "time.sleep(600)"
    )
    second = notebook(tmp_path, "second", wait=starts_a_child)
    command = [sys.executable, "-m", "course", "run", first, second, "--edition", tmp_path]
    command += ["--json", tmp_path / "run.json"]
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a run in a shell's background ignores Ctrl-C
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    runner = subprocess.Popen(command, cwd=paths.ROOT, preexec_fn=heed, **options)
    try:
        pids = tmp_path / "pids"
        deadline = time.monotonic() + 120
        while not pids.exists() and runner.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        kernel, child = (psutil.Process(int(pid)) for pid in pids.read_text().split())
        os.kill(runner.pid, signal.SIGINT)
        printed, _errors = runner.communicate(timeout=60)
    finally:
        runner.kill()
    assert runner.returncode == 130
    _gone, alive = psutil.wait_procs([kernel, child], timeout=10)
    assert [process.status() for process in alive] in ([], [psutil.STATUS_ZOMBIE])
    document = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert [(lesson["lesson"], lesson["status"]) for lesson in document["lessons"]] == [("first", "passed")]
    assert "Interrupted" in printed
    assert "Traceback" not in printed


def test_a_kernel_that_cannot_start_fails_its_lesson_with_the_reason(tmp_path, monkeypatch, capsys):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "zmq.py").write_text("raise ImportError('zmq is broken here')")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    assert run.run_lessons(arguments(notebook(tmp_path, "any", a="1"), "--edition", tmp_path)) == 1
    said = capsys.readouterr().out
    assert "The kernel did not start" in said
    assert "zmq is broken here" in said


def test_a_name_writes_no_codes_on_the_terminal(tmp_path, capsys):
    """Neither what the run says nor the sentence of an error does, whatever a notebook from elsewhere is called."""
    name = "a\x1b[31m\u202eb"
    failing = notebook(tmp_path, name, fit="\tx = '\x1b[2J\u202e'\n1 / 0")
    assert course(["run", str(failing), "--edition", str(tmp_path)]) == 1
    assert course(["run", str(failing.with_name(f"{name}2.ipynb")), "--edition", f"{tmp_path}/\x1b[5m"]) == 2
    assert course(["run", str(failing), "--edition", f"{tmp_path}/\x1b[5m"]) == 2
    told = capsys.readouterr()
    assert "a?[31m?b" in told.out and "x = '?[2J?'" in told.out and "?[5m" in told.err
    assert all(letter.isprintable() or letter == "\n" for letter in told.out + told.err)


def test_on_a_terminal_the_last_printed_line_shows_as_it_comes_but_without_rich_plain_lines(monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with run.progress() as view:
        view.start("02_asl")
        view.cell(5, 14, "fit")
        view.line("Epoch 1/5\n 3/9\r 4/9\n\n")
        assert str(view._render()).startswith("02_asl · cell 5/14 (fit) · ")
        assert str(view._render()).endswith(" · 4/9")
        view.line("\x1b[1m5/9\x1b[0m \x1b]0;title\x07")
        assert str(view._render()).endswith(" · 5/9 ?]0;title?")
    monkeypatch.setitem(sys.modules, "rich.live", None)
    with run.progress() as view:
        assert type(view) is run.Plain


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"nbformat": 4, "nbformat_minor": 5, "cells": [{}]}'])
def test_a_damaged_notebook_fails_with_a_sentence(tmp_path, capsys, content):
    path = tmp_path / "damaged.ipynb"
    path.write_text(content)
    assert run.run_lessons(arguments(path, "--edition", tmp_path)) == 1
    assert "is not a notebook that can be read" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["99_nothing"],
        ["nowhere/03_asl_cnn.ipynb"],
        ["NOTEBOOK", "--edition", "nowhere"],
        ["NOTEBOOK", "--out", "."],
        ["NOTEBOOK", "--json", "a.ipynb/run.json"],
    ],
)
def test_wrong_input_is_said_in_one_sentence_before_anything_runs(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    path = notebook(tmp_path, "a", a="1")
    before = path.read_bytes()
    sentence_of(run.run_lessons, arguments(*(path if word == "NOTEBOOK" else word for word in words)))
    assert path.read_bytes() == before
    assert capsys.readouterr().out == ""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with two lessons and the assessment, in both languages, one of them solved."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in ("02_asl", "01_mnist", "07_assessment"):
        notebook(tmp_path, name, a="1")
        notebook(tmp_path / "ko", name, a="1")
    for folder in ("", "ko"):
        notebook(tmp_path / folder / "dev" / "solutions", "07_assessment", a="1")
    return tmp_path


def test_without_a_name_all_lessons_run_in_order_with_the_assessment_solved_or_those_in_ko(checkout):
    expected = ["01_mnist.ipynb", "02_asl.ipynb", "dev/solutions/07_assessment.ipynb"]
    assert [path.relative_to(checkout).as_posix() for path in run.all_notebooks("")] == expected
    assert run.all_notebooks("ko") == [checkout / "ko" / name for name in expected]
    assert run.find_notebook("7", "ko") == checkout / "ko" / "07_assessment.ipynb"
    assert run.find_notebook("07") == checkout / "07_assessment.ipynb", "the learner's own"
    assert run.find_notebook("07", solved=True) == checkout / "dev" / "solutions" / "07_assessment.ipynb"
    assert run.find_notebook("02", solved=True) == checkout / "02_asl.ipynb"


def test_what_this_checkout_does_not_have_is_named(checkout, tmp_path, monkeypatch):
    with pytest.raises(CourseError, match=r"There is no notebook .*03_asl_cnn\.ipynb"):
        run.find_notebook("03")
    monkeypatch.setattr(paths, "ROOT", tmp_path / "elsewhere")
    with pytest.raises(CourseError, match="There are no lessons"):
        run.all_notebooks("")
