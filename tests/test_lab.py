"""The command line's one entry, make's targets, and JupyterLab as `lab` starts it."""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from course import __main__ as entry
from course import __version__
from course.environment import lab
from course.messages import CourseError
from course.paths import ROOT, available_lessons
from dev import __main__ as makers

FIRST = [
    *(ROOT / "course").glob("[!ap]*.py"),
    ROOT / "course" / "paths.py",
    *(ROOT / "course/environment").glob("*.py"),
]


class TestTheEntry:
    def test_no_command_lists_them_in_groups(self, capsys):
        assert entry.main([]) == 0
        assert re.search(r"Learn\n  lab .*\n(.*\n)*Prepare\n  setup ", capsys.readouterr().out)

    @pytest.mark.parametrize("which", [entry, makers])
    def test_the_version_is_told_from_its_one_place(self, capsys, which):
        assert which.main(["--version"]) == 0
        assert capsys.readouterr().out == f"Fundamentals of Deep Learning {__version__}\n"

    def test_a_wrong_command_gets_one_sentence_with_a_near_one(self, capsys):
        assert entry.main(["setpu"]) == 2
        assert re.fullmatch(r"There is no command “setpu”; try: python -m course setup.*\n", capsys.readouterr().err)

    @pytest.mark.parametrize("words", [*([name] for name in entry.OF_MAKERS), ["run", "03", "--record"]], ids=str)
    def test_a_command_or_option_that_moved_to_the_makers_says_the_new_one(self, capsys, words):
        assert entry.main(words) == 2
        name = words[-1].lstrip("-")
        assert capsys.readouterr().err.endswith(f"it is now: python -m dev {name}\n")
        assert name in {command.name for command in makers.COMMANDS}

    @pytest.mark.parametrize(
        ("error", "code", "said"), [(CourseError("Fix it."), 2, "Fix it.\n"), (KeyboardInterrupt, 130, "")]
    )
    def test_a_sentence_ends_with_2_and_control_c_with_130(self, monkeypatch, capsys, error, code, said):
        def main(args):
            raise error

        monkeypatch.setattr(lab, "main", main)
        assert entry.main(["lab"]) == code
        assert capsys.readouterr().err == said

    def test_every_command_describes_its_arguments_with_the_standard_library_alone(self):
        code = "import sys; sys.path.insert(0, sys.argv[1]); from course import __main__, commands\n"
        code += "for one in __main__.COMMANDS:\n  try: commands.run(__main__.entry(), one.name, ['--help'])\n"
        code += "  except SystemExit as end: assert end.code == 0"
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("path", FIRST, ids=lambda path: path.stem)
    def test_what_runs_before_set_up_is_python_3_8(self, path):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.skipif(not shutil.which("make"), reason="no make here")
class TestMake:
    def say(self, *arguments, **environ):
        command = ["make", "--no-print-directory", "-n", "PYTHON=python", *arguments]
        kept = {name: value for name, value in os.environ.items() if "MAKE" not in name}  # tests run under make, too
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**kept, **environ}, check=True)
        return done.stdout.split("python -m ")[1].removeprefix("course ").removeprefix("dev ").split()

    @pytest.mark.parametrize("target", re.findall(r"^(\w+):$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    def test_every_target_is_one_command_of_the_course_or_of_the_studio(self, target):
        command = self.say(target)[0]
        if target in ("studio", "exam"):
            assert (ROOT / command.replace(".", "/") / "__main__.py").is_file()
        else:
            assert command in {"--help", *(one.name for one in (*entry.COMMANDS, *makers.COMMANDS))}

    def test_its_variables_become_options_but_not_those_that_the_shell_exports(self):
        given = self.say("lab", "HOST=0.0.0.0", "PORT=9000", "LESSON=03", "DATA=data-real", "WHEELS=w")
        assert " ".join(given) == 'lab --host "0.0.0.0" --port "9000" --lesson "03" --data "data-real" --wheels "w"'
        assert self.say("lab", HOST="workstation", PORT="80") == ["lab"]
        assert self.say("studio", "SET=bo fruits") == ["dev.studio", "bo", "fruits"]
        assert self.say("exam", "OUT=x") == ["dev.studio.fruit", "exam", "--out", '"x"']
        assert self.say() == ["--help"]


class TestThePort:
    @pytest.fixture
    def taken(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            yield server.getsockname()[1]

    def test_the_first_free_one_is_taken_and_one_that_was_asked_for_and_is_in_use_is_named(self, taken, monkeypatch):
        monkeypatch.setattr(lab, "FIRST_PORT", taken)
        assert taken < lab.find_port("127.0.0.1", None) < taken + 100
        with pytest.raises(CourseError, match=f"port {taken} .*PORT="):
            lab.find_port("127.0.0.1", taken)

    @pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 99999), ("203.0.113.1", None), ("no such host", None)])
    def test_what_cannot_be_listened_on_leads_to_one_sentence(self, host, port):
        with pytest.raises(CourseError, match=re.escape(host)):
            lab.find_port(host, port)


class TestWhatIsOpened:
    def arguments(self, *given):
        parser = argparse.ArgumentParser()
        lab.add_arguments(parser)
        return parser.parse_args(given)

    @pytest.fixture
    def served(self, monkeypatch):
        calls = []
        monkeypatch.setattr(lab.setup, "ensure_inside", lambda args, needs: None)
        monkeypatch.setattr(lab, "serve", lambda *given, **options: calls.append(given))
        monkeypatch.delenv("COURSE_DATA", raising=False)
        return calls

    def test_it_is_the_first_lesson_on_this_machine_only_or_the_one_and_the_edition_that_are_asked_for(self, served):
        for given in ((), ("--lesson", "02", "--data", "tests"), ("--lesson", "ko/02")):
            lab.main(self.arguments(*given))
        assert {call[0] for call in served} == {"127.0.0.1"}
        assert [call[2] for call in served] == ["01_mnist.ipynb", "02_asl.ipynb", "ko/02_asl.ipynb"]
        assert os.environ.pop("COURSE_DATA") == "tests"

    @pytest.mark.parametrize("given", [("--lesson", "9"), ("--data", "no such folder")])
    def test_what_is_not_here_is_named_before_anything_is_set_up(self, served, given):
        with pytest.raises(CourseError, match=given[1]):
            lab.main(self.arguments(*given))
        assert served == []

    @pytest.mark.parametrize(
        ("variables", "seen"),
        [
            ({}, False),
            ({"DISPLAY": ":0"}, True),
            ({"WAYLAND_DISPLAY": "w"}, True),
            ({"DISPLAY": ":10", "SSH_CONNECTION": "x"}, False),
        ],
    )
    def test_a_browser_opens_only_where_it_would_be_seen(self, monkeypatch, variables, seen):
        monkeypatch.setattr(sys, "platform", "linux")
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert lab.has_display() == seen


OF_THE_LEARNER = ("models", "my project", "notes.txt", "01_mnist.mine.ipynb")


def learners_checkout(folder: Path) -> Path:
    """A checkout, by links, with what a learner put there and what an update left of a folder that is gone."""
    for name in {line.split("/")[0] for line in tracked_files()} - {"course"}:
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "course", folder / "course", ignore=shutil.ignore_patterns("__pycache__"))
    for path in ("my project/tests/a.txt", "my project/dev/a.txt", "models/a.keras", "certificates/__pycache__/a.pyc"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    for name in OF_THE_LEARNER[2:]:
        (folder / name).write_text("{}")
    return folder


def tracked_files() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.splitlines() or pytest.skip("no clone: nobody says what the repository tracks")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server and its address; its home folder has a kernel ``python3`` of another environment."""
    home = tmp_path_factory.mktemp("home")
    kernel = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["/else/python"], "display_name": "Foreign", "language": "python"}')
    environ = {**os.environ, "HOME": str(home), "http_proxy": "http://127.0.0.1:9"}
    with subprocess.Popen(
        [sys.executable, "-m", "course", "lab", "--no-browser"],
        cwd=learners_checkout(tmp_path_factory.mktemp("checkout")), env=environ, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a run in the background ignores it
    ) as process:  # fmt: skip
        said = []
        for line in process.stdout:
            said.append(line)
            if "token=" in line:
                break
        assert "token=" in said[-1], "".join(said)
        yield process, said[-1].strip()
        process.kill()


@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
class TestARealServer:
    def ask(self, address, path):
        base, token = re.fullmatch(r"(http://127\.0\.0\.1:\d+)/.*token=(\S+)", address).groups()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(base + path, headers={"Authorization": f"token {token}"})
        return json.load(opener.open(request, timeout=30))

    def test_the_file_browser_lists_what_is_the_learners_and_nothing_else(self, server):
        def names(folder: str) -> set[str]:
            return {entry["name"] for entry in self.ask(server[1], f"/api/contents{folder}")["content"]}

        lessons = {f"{lesson}.ipynb" for lesson in available_lessons()}
        assert names("") == {*lessons, "README.md", "data", "docs", "extras", "images", "ko", *OF_THE_LEARNER}
        assert "01_mnist.ipynb" in names("/ko") and "dev" not in names("/ko")
        assert names("/my%20project") == {"tests", "dev"}
        assert self.ask(server[1], "/api/contents/requirements.txt")["content"], "hidden, not locked"

    def test_the_printed_address_opens_the_lesson_and_without_the_token_nothing_is_served(self, server):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert re.search(r"/lab/tree/01_mnist\.ipynb\?token=[\w-]{20,}$", server[1])
        assert opener.open(server[1], timeout=30).status == 200
        with pytest.raises(urllib.error.HTTPError, match="403"):
            opener.open(server[1].split("/lab")[0] + "/api/contents", timeout=30)

    @pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
    def test_the_token_stands_on_no_command_line(self, server):
        token = server[1].split("token=")[1].encode()
        for line in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # a process that has ended meanwhile
                assert token not in line.read_bytes()

    def test_there_is_no_question_about_news_and_the_kernel_is_not_the_one_in_the_home_folder(self, server):
        settings = self.ask(server[1], "/lab/api/settings/@jupyterlab/apputils-extension:notification")
        properties = settings["schema"]["properties"]
        assert (properties["fetchNews"]["default"], properties["checkForUpdates"]["default"]) == ("false", False)
        specs = self.ask(server[1], "/api/kernelspecs")
        assert specs["kernelspecs"]["python3"]["spec"]["display_name"] != "Foreign"

    def test_control_c_ends_it_cleanly(self, server):
        server[0].send_signal(signal.SIGINT)
        assert server[0].wait(timeout=60) == 0
