"""How ``python -m dev test`` shares the tests out among processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import sharing

from course.environment import setup
from course.paths import ROOT, available_lessons
from dev import fix, tasks


@pytest.mark.parametrize(("soak", "begins"), [(False, ["-n", "auto"]), (True, ["-m", "soak"])])
def test_the_commands_run_what_they_say_and_what_a_person_adds_has_the_last_word(monkeypatch, soak, begins):
    calls, rest = [], ["-n", "0", "-k", "some"]
    monkeypatch.setattr(setup, "ensure_inside", lambda *arguments, **options: None)
    monkeypatch.setattr(pytest, "main", lambda arguments: calls.append(arguments) or 5)
    monkeypatch.setattr(fix, "main", lambda args: calls.append(args.check) or 1)
    monkeypatch.setattr(subprocess, "run", lambda command, cwd: calls.append(command) or SimpleNamespace(returncode=0))
    monkeypatch.chdir(ROOT)
    assert tasks.test(SimpleNamespace(soak=soak, rest=rest)) == 5
    assert tasks.check(SimpleNamespace(rest=rest)) == 1, "what is not canonical"
    tested, checked_form, quick = calls
    assert checked_form is True and "--quick" in quick
    assert tested[:2] == begins and tested[-4:] == quick[-4:] == rest


@pytest.mark.parametrize(
    ("cores", "gib", "workers"), [(1, 64, 0), (2, 6.9, 0), (2, 7.6, 2), (2, 64, 2), (8, 11, 3), (64, 256, 4)]
)
def test_there_is_a_process_a_core_where_memory_allows_it(monkeypatch, cores, gib, workers):
    monkeypatch.setattr(sharing.os, "sched_getaffinity", lambda process: set(range(cores)), raising=False)
    monkeypatch.setattr(sharing.psutil, "virtual_memory", lambda: SimpleNamespace(total=gib * 2**30))
    assert sharing.pytest_xdist_auto_num_workers() == workers


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/test_check.py::TestA::test_it[04a_asl_augmentation]", "tests/test_check.py"),
        ("tests/test_lessons.py::test_clean_up_ends_the_kernel_and_the_lesson_still_passes", "tests/test_lessons.py"),
        ("tests/test_lessons.py::test_it[01_mnist-embedded]", "01_mnist"),
        ("tests/test_lessons.py::test_it[03_asl_cnn-real]", "hands, real"),
        ("tests/test_lessons.py::test_it[04b_asl_predictions-wrong]", "short, 04"),
        ("tests/test_bare.py::test_it[05a_doggy_door]", "short, 05"),
    ],
)
def test_a_test_belongs_to_its_file_or_to_the_lesson_that_its_id_names(nodeid, group):
    assert sharing.group_of(nodeid) == group


def test_ids_are_the_same_in_every_process_and_what_uses_a_run_of_a_lesson_is_with_the_others(request):
    for item in request.session.items:
        assert " at 0x" not in item.nodeid, "an address in an id"
        if {"full_runs", "bare_runs"} & {*item.fixturenames}:
            assert sharing.group_of(item.nodeid) != item.nodeid.split("::")[0], item.nodeid


def test_what_begins_first_are_the_full_runs():
    full = [f"{lesson}-{edition}" for lesson in available_lessons() for edition in ("embedded", "real")]
    assert {sharing.group_of(f"tests/test_lessons.py::test_it[{run}]") for run in full} == {*sharing.LONGEST_FIRST}


def test_the_check_runs_what_is_quick_and_skips_what_asks_for_more(tmp_path: Path):
    (tmp_path / "slow.py").write_text(
        "import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end: pass\n"
    )
    (tmp_path / "test_some.py").write_text(
        "import subprocess, sys, time\n"
        "def test_quick(): pass\n"
        "def test_wrong(): assert False\n"
        "def test_keras(): import keras\n"
        "def test_masked():\n"
        "    try:\n        import tensorflow\n"
        "    except BaseException: raise ValueError\n"
        "def test_process(): subprocess.run([sys.executable, '-c', ''])\n"
        "def test_spawn():\n"
        "    import multiprocessing\n"
        "    multiprocessing.get_context('spawn').Process(target=print).start()\n"
        "def test_long():\n    while True: pass\n"
        "def test_import():\n    import slow\n    while True: pass\n"
        "def test_imported(): assert hasattr(sys.modules['slow'], 'end')\n"
    )
    options = ["-p", "quick", "-p", "no:cacheprovider", "--quick", "-rs"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environ["PYTHONPATH"] = str(ROOT / "tests")
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert "1 failed, 2 passed, 6 skipped" in done.stdout, done.stdout + done.stderr
    for reason in ("needs keras", "needs tensorflow", "starts a process", "computes for more than 0.4 s"):
        assert f"--quick: {reason}" in done.stdout
