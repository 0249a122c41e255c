"""``python -m dev newest``: what it reports, and how it fails; nothing is installed."""

from __future__ import annotations

import argparse
import subprocess
from types import SimpleNamespace

import pytest

from course.messages import CourseError
from course.paths import ROOT
from dev import newest


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    newest.add_arguments(parser)
    return parser.parse_args(list(words))


def test_what_no_constraint_has_is_reported_and_the_rest_not():
    constraints = (
        "# text\nnumpy==2.2.6 ; python_version < '3.11'\nnumpy==2.4.6\nipython-pygments-lexers==1.1.1\nrich==15.0.0\n"
    )
    installed = {"numpy": "2.2.6", "ipython-pygments-lexers": "1.2", "rich": "16.0", "unknown": "1"}
    assert newest.newer(installed, constraints) == [
        "ipython-pygments-lexers: 1.2, tested with 1.1.1",
        "rich: 16.0, tested with 15.0.0",
    ]


def test_nothing_is_newer_than_what_the_lock_has():
    lock = (ROOT / "course" / "environment" / "constraints.txt").read_text("utf-8")
    assert newest.newer({"tensorflow": "2.21.0", "numpy": "2.4.6"}, lock) == []


@pytest.mark.parametrize(
    ("words", "what"), [((), ["course", "run", "--strict"]), (("--tests", "-k", "saving"), ["pytest", "-k", "saving"])]
)
def test_the_lessons_or_the_tests_run_in_the_new_environment_and_decide(monkeypatch, capsys, words, what):
    commands = []

    def run(command, **options):
        commands.append((command, options))
        return SimpleNamespace(returncode=1 if command[2] in ("course", "pytest") else 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(subprocess, "check_output", lambda *_words, **_options: b'[{"name":"Rich","version":"99"}]')
    assert newest.main(arguments("--python", "python-of-mine", *words)) == 1
    (make, _first), (install, _second), (ran, options) = commands
    assert make[0] == "python-of-mine"
    assert "constraints.txt" not in install
    assert ran[2:] == what
    assert not options["env"]["COURSE_MODELS"].startswith(str(ROOT))
    assert "rich: 99, tested with" in capsys.readouterr().out


def test_packages_that_do_not_go_together_are_one_sentence(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda command, **_options: SimpleNamespace(returncode=1))
    with pytest.raises(CourseError, match="cannot be installed together"):
        newest.main(arguments("--python", "python3"))


def test_a_python_that_is_not_there_is_one_sentence():
    with pytest.raises(CourseError, match="no-such-python cannot be started"):
        newest.main(arguments("--python", "no-such-python"))
