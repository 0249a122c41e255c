"""The doctor tells each trap from a sound machine, and says what mends it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from course.environment import doctor, interpreter
from course.environment.doctor import Finding
from course.paths import ROOT

HERE = interpreter.describe()
FITTING = {"version": "3.12", "system": "Linux", "machine": "x86_64", "standard": True, "outer": []}
GB = 1e9
SOUND = {"version": "2.21.0", "keras": "3.15.1", "backend": "tensorflow", "cuda": True, "gpus": [], "noise": ""}


class TestPython:
    def test_one_that_tensorflow_has_a_build_for_is_fine(self) -> None:
        python = HERE.__class__(
            **{**vars(HERE), "version": "3.12", "system": "Linux", "machine": "x86_64", "standard": True}
        )
        assert doctor.check_python(python).level == "OK"

    @pytest.mark.parametrize(
        ("field", "value"), [("version", "3.14"), ("version", "3.9"), ("standard", False), ("machine", "riscv64")]
    )
    def test_another_fails_unless_it_brings_tensorflow_itself(self, field: str, value: Any) -> None:
        python = replace(HERE, **(FITTING | {field: value}))
        found = doctor.check_python(python)
        assert found.level == "FAIL"
        assert "python -m course setup" in found.mend
        outer = replace(python, outer=["tensorflow-2.21.0.dist-info"])
        assert doctor.check_python(outer).level == "WARN"


class TestPackages:
    def package(self, **changes: Any) -> dict[str, Any]:
        return {"name": "pandas", "requirement": "pandas>=2.2,<4", "version": "2.3.0", "fits": True} | changes

    def check(self, *packages: dict[str, Any]) -> list[Finding]:
        return list(doctor.check_packages({"packages": list(packages)}))

    def test_sound_ones_share_a_line(self) -> None:
        found = self.check(self.package(), self.package(name="scipy", version="1.14"))
        assert found == [Finding("OK", "pandas 2.3.0, scipy 1.14")]

    @pytest.mark.parametrize(
        ("changes", "level"),
        [
            ({"error": "pandas is not installed"}, "FAIL"),
            ({"name": "rich", "error": "rich is not installed"}, "WARN"),
            ({"fits": False, "version": "1.5"}, "WARN"),
            ({"name": "tensorflow", "fits": False, "version": "2.12"}, "FAIL"),
        ],
    )
    def test_each_that_is_amiss_has_its_own(self, changes: dict[str, Any], level: str) -> None:
        bad, good = self.check(self.package(**changes), self.package(name="scipy"))
        assert (bad.level, bad.mend) == (level, doctor.SETUP)
        assert bad.what.startswith(changes.get("name", "pandas"))
        assert good.level == "OK"

    def test_an_environment_that_does_not_answer_fails(self) -> None:
        (found,) = doctor.check_packages({"error": "no answer within 120 s"})
        assert found.level == "FAIL"

    def test_they_are_described_from_what_is_installed(self) -> None:
        answer = doctor._describe_package("pytest>=1")
        assert answer["fits"]
        assert answer["version"] == pytest.__version__
        assert not doctor._describe_package("pytest>=999")["fits"]
        assert doctor._describe_package("no-such-thing>=1")["error"] == "no-such-thing is not installed"

    def test_a_package_that_fails_on_import_is_told_with_its_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "broken_package.py").write_text("raise ValueError('binary incompatibility')")
        monkeypatch.syspath_prepend(tmp_path)
        assert doctor._describe_package("broken_package")["error"] == "ValueError: binary incompatibility"


class TestAsking:
    def test_an_answer_comes_from_another_interpreter_with_its_noise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = doctor.ask(sys.executable, "describe_packages")
        assert {"numpy", "jupyterlab"} <= {package["name"] for package in answer["packages"]}
        assert answer["executable"] == sys.executable
        assert len(answer["memory"]) == 2
        assert "command" in answer["kernel"]

    def test_a_crash_is_an_error_with_the_last_line(self) -> None:
        assert "exit code 1" in doctor.ask(sys.executable, "no_such_question")["error"]

    def test_no_answer_in_time_is_an_error(self) -> None:
        assert "no answer" in doctor.ask(sys.executable, "describe_packages", seconds=0.01)["error"]

    @pytest.mark.skipif(os.name == "nt", reason="signals")
    def test_a_death_by_a_signal_is_an_error(self, tmp_path: Path) -> None:
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\nkill -ILL $$\n")
        python.chmod(0o755)
        assert doctor.ask(str(python), "describe_tensorflow")["error"] == "(exit code -4)"


class TestTensorFlow:
    def test_it_fails_where_it_does_not_start(self) -> None:
        found = doctor.check_tensorflow({"error": "ImportError: DLL load failed"})
        assert found.level == "FAIL"
        assert "DLL" in found.what
        assert found.mend

    def test_it_is_fine_where_it_starts(self) -> None:
        assert doctor.check_tensorflow(SOUND).level == "OK"


class TestGpu:
    CARD = "NVIDIA GeForce RTX 4060, 550.54"

    def check(
        self, card: str | None, system: str = "Linux", environ: dict[str, str] | None = None, **answer: Any
    ) -> Finding:
        return doctor.check_gpu(card, SOUND | answer, system, environ or {})

    def test_one_that_computes_is_fine(self) -> None:
        found = self.check(self.CARD, gpus=["NVIDIA GeForce RTX 4060"])
        assert found.level == "OK"
        assert "550.54" in found.what

    def test_no_card_is_fine_outside_a_container_of_nvidias(self) -> None:
        assert self.check(None).level == "OK"
        found = self.check(None, environ={"NVIDIA_BUILD_ID": "134983853"})
        assert found.level == "WARN"
        assert "--gpus all" in found.mend

    @pytest.mark.parametrize(
        ("changes", "why", "mend"),
        [
            ({"system": "Windows", "cuda": False}, "WSL2", "wsl --install"),
            ({"card": "nvidia-smi: Failed to initialize NVML"}, "driver does not work", "driver"),
            ({"environ": {"CUDA_VISIBLE_DEVICES": ""}}, "hidden", "unset CUDA_VISIBLE_DEVICES"),
            ({"environ": {"CUDA_VISIBLE_DEVICES": "-1"}}, "hidden", "unset CUDA_VISIBLE_DEVICES"),
            ({"cuda": False}, "built for the CPU", "setup --gpu"),
            ({"noise": "W0000 Cannot dlopen some GPU libraries. Skipping"}, "tensorflow[and-cuda]", "setup --gpu"),
            ({"noise": "a\nE0000 failed call to cuInit: UNKNOWN\nb"}, "failed call to cuInit", "driver"),
            ({}, "does not say why", "driver"),
            ({"gpus": ["GPU"], "error_of_gpu": "No DNN in stream executor."}, "No DNN", "driver"),
        ],
    )
    def test_a_card_that_tensorflow_does_not_use_is_explained(
        self, changes: dict[str, Any], why: str, mend: str
    ) -> None:
        found = self.check(**{"card": self.CARD, **changes})
        assert found.level == "WARN"
        assert why in found.what
        assert mend in found.mend

    @pytest.mark.skipif(os.name == "nt", reason="a shell script stands in")
    @pytest.mark.parametrize(
        ("script", "expected"),
        [
            ("echo 'NVIDIA H100, 535.1'; echo 'NVIDIA H100, 535.1'", "NVIDIA H100, 535.1"),
            ("echo 'Driver/library version mismatch' >&2; exit 18", "nvidia-smi: Driver/library version mismatch"),
        ],
    )
    def test_the_card_is_what_nvidia_smi_says(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: str
    ) -> None:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        assert doctor.find_card() == expected


class TestKernel:
    @pytest.mark.parametrize("command", ["python", "python3.11", "/env/bin/python3"])
    def test_one_of_the_environment_is_fine(self, command: str) -> None:
        kernel = {"command": command, "folder": "/env/share/jupyter/kernels/python3"}
        assert doctor.check_kernel({"kernel": kernel, "executable": "/env/bin/python"}).level == "OK"

    def test_a_foreign_one_is_a_warning(self) -> None:
        kernel = {"command": "/opt/conda/bin/python", "folder": "/home/me/.local/share/jupyter/kernels/python3"}
        found = doctor.check_kernel({"kernel": kernel, "executable": "/env/bin/python"})
        assert found.level == "WARN"
        assert "/home/me" in found.what
        assert "course lab" in found.mend

    def test_none_at_all_fails(self) -> None:
        assert doctor.check_kernel({"error_of_kernel": "NoSuchKernel: python3"}).level == "FAIL"


class TestBackend:
    def test_nothing_said_is_fine(self, tmp_path: Path) -> None:
        assert doctor.check_backend({}, tmp_path).level == "OK"

    @pytest.mark.parametrize("content", ['{"backend": "tensorflow"}', "{}", "{", "[]"])
    def test_a_file_that_says_tensorflow_or_nothing_is_fine(self, tmp_path: Path, content: str) -> None:
        (tmp_path / ".keras").mkdir()
        (tmp_path / ".keras" / "keras.json").write_text(content)
        assert doctor.check_backend({}, tmp_path).level == "OK"

    def test_a_file_that_names_another_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "keras.json").write_text('{"backend": "jax"}')
        found = doctor.check_backend({"KERAS_HOME": str(tmp_path)}, tmp_path / "home")
        assert found.level == "WARN"
        assert "jax" in found.what
        assert str(tmp_path / "keras.json") in found.mend

    def test_a_variable_counts_before_the_file(self, tmp_path: Path) -> None:
        found = doctor.check_backend({"KERAS_BACKEND": "torch"}, tmp_path)
        assert (found.level, found.mend) == ("WARN", "unset KERAS_BACKEND")


class TestMemory:
    @pytest.mark.parametrize(
        ("total", "limit", "level"),
        [
            (16, 99, "OK"),
            (4, 99, "OK"),
            (3.9, 99, "WARN"),
            (1.9, 99, "FAIL"),
            (16, 3, "WARN"),
            (16, 1, "FAIL"),
            (0, 9, "WARN"),
        ],
    )
    def test_it_warns_under_four_and_fails_under_two_gigabytes(self, total: float, limit: float, level: str) -> None:
        found = doctor.check_memory(total * GB, 1 * GB, limit * GB)
        assert found.level == level
        assert bool(found.mend) == (level != "OK")

    def test_it_is_read_from_proc(self, tmp_path: Path) -> None:
        (tmp_path / "meminfo").write_text("MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:   1024 kB\n")
        assert doctor.read_memory(tmp_path / "meminfo") == (2048 * 1024, 1024 * 1024)
        assert doctor.read_memory(tmp_path / "gone") == (0, 0)

    @pytest.mark.parametrize(
        ("groups", "files", "limit"),
        [
            ("0::/\n", {"memory.max": "3000"}, 3000),
            ("0::/\n", {"memory.max": "max"}, float("inf")),
            ("0::/job/step\n", {"job/memory.max": "3000", "job/step/memory.max": "max"}, 3000),
            ("4:memory:/docker/1\n0::/\n", {"memory/memory.limit_in_bytes": "5000"}, 5000),
            ("", {}, float("inf")),
        ],
    )
    def test_the_limit_is_that_of_the_control_groups(
        self, tmp_path: Path, groups: str, files: dict[str, str], limit: float
    ) -> None:
        for name, content in (
            {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{k}": v for k, v in files.items()}
        ).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        assert doctor.memory_limit(tmp_path) == limit
        assert doctor.memory_limit(tmp_path / "elsewhere") == float("inf")


class TestMemoryOfLessons:
    def test_those_that_do_not_fit_are_named(self, tmp_path: Path) -> None:
        lessons = {"01_mnist": {"peak_memory_mb": 1300}, "05a_doggy_door": {"peak_memory_mb": 2100}}
        results = {"embedded": {"cpu": {"lessons": lessons}}, "real": {"cpu": {"lessons": lessons}}}
        (tmp_path / "results.json").write_text(json.dumps(results))
        peaks = doctor.read_peaks(tmp_path / "results.json")
        (found,) = doctor.check_lessons(2e9, peaks)
        assert found.level == "WARN"
        assert "05a (2.2 GB)" in found.what and "01" not in found.what
        assert list(doctor.check_lessons(4e9, peaks)) == []

    @pytest.mark.parametrize("content", [None, "", "[]", '{"embedded": {"cpu": {"lessons": {"01": {}}}}}'])
    def test_nothing_is_said_where_nothing_was_measured(self, tmp_path: Path, content: str | None) -> None:
        if content is not None:
            (tmp_path / "results.json").write_text(content)
        assert list(doctor.check_lessons(1e9, doctor.read_peaks(tmp_path / "results.json"))) == []

    def test_most_lessons_fit_into_two_gigabytes(self) -> None:
        peaks = doctor.read_peaks(ROOT / "docs" / "results.json")
        fit = [lesson for lesson, peak in peaks.items() if peak <= 2 * 2**30]
        assert {"01_mnist", "02_asl", "03_asl_cnn", "04a_asl_augmentation", "04b_asl_predictions"} <= set(fit)


@pytest.mark.parametrize(("day", "level"), [((1970, 1, 1), "FAIL"), ((2020, 2, 2), "WARN"), ((2027, 1, 1), "OK")])
def test_a_clock_that_cannot_be_right_is_named(day: tuple[int, int, int], level: str) -> None:
    found = doctor.check_clock(date(*day))
    assert found.level == level
    assert str(date(*day)) in found.what
    assert ("timedatectl" in found.mend) == (level != "OK")


def test_a_nearly_full_disk_is_a_warning() -> None:
    assert doctor.check_disk(3 * GB).level == "OK"
    assert doctor.check_disk(2.9 * GB) == Finding("WARN", "2.9 GB of disk free", "free 3 GB")


class TestData:
    @pytest.fixture
    def edition(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.delenv("COURSE_DATA", raising=False)
        (tmp_path / "mnist").mkdir()
        (tmp_path / "mnist" / "mnist.npz").write_bytes(b"1234")
        files = {"mnist/mnist.npz": {"sha256": "0" * 64, "bytes": 4}}
        manifest = {"edition": "embedded", "version": "1.0", "files": files, "sets": {"mnist": {"train": 4}}}
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        return tmp_path

    def test_an_edition_is_named_with_its_sets(self, edition: Path) -> None:
        found = doctor.check_data(edition)
        assert found.level == "OK"
        assert found.what.endswith("holds the edition embedded 1.0, mnist")

    def test_one_without_a_manifest_is_real(self, edition: Path) -> None:
        (edition / "manifest.json").unlink()
        assert "edition real, mnist" in doctor.check_data(edition).what

    def test_a_missing_or_truncated_file_fails(self, edition: Path) -> None:
        (edition / "mnist" / "mnist.npz").write_bytes(b"12")
        truncated = doctor.check_data(edition)
        (edition / "mnist" / "mnist.npz").unlink()
        for found in (truncated, doctor.check_data(edition)):
            assert found.level == "FAIL"
            assert "mnist.npz" in found.what
            assert found.mend

    def test_a_damaged_manifest_fails(self, edition: Path) -> None:
        (edition / "manifest.json").write_text("{")
        assert doctor.check_data(edition).level == "FAIL"

    def test_an_empty_folder_and_none_at_all_fail(self, tmp_path: Path) -> None:
        assert "none of the sets" in doctor.check_data(tmp_path).what
        assert "there is no data folder" in doctor.check_data(tmp_path / "gone").what

    def test_a_variable_that_names_the_wrong_folder_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COURSE_DATA", str(tmp_path / "gone"))
        assert "COURSE_DATA" in doctor.check_data(tmp_path / "gone").mend


class TestWriting:
    def test_a_folder_that_is_made_later_is_judged_by_its_parent(self, tmp_path: Path) -> None:
        assert doctor.check_writing(tmp_path / "models" / "results").level == "OK"
        assert list(tmp_path.iterdir()) == []

    def test_one_that_cannot_be_written_fails(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(dir: Path) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
        found = doctor.check_writing(tmp_path)
        assert found.level == "FAIL"
        assert "Permission denied" in found.what
        assert str(tmp_path) in found.mend


def test_a_port_in_use_is_a_warning() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert doctor.check_port(port).level == "WARN"
    assert doctor.check_port(port).level == "OK"


class TestEnvironment:
    @pytest.fixture
    def checkout(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A checkout of its own; this interpreter is no environment of the course."""
        monkeypatch.setattr(doctor, "ROOT", tmp_path)
        monkeypatch.setattr(doctor.setup, "find_folder", lambda python: tmp_path / ".venv")
        monkeypatch.setattr(doctor.sys, "prefix", str(tmp_path / "nowhere"))
        return tmp_path

    def python(self, outer: list[str]) -> interpreter.Interpreter:
        return replace(HERE, outer=outer)

    def test_none_fails_with_the_command_that_makes_it(self, checkout: Path) -> None:
        python, found = doctor.find_environment(self.python([]))
        assert python is None
        assert (found.level, found.mend) == ("FAIL", doctor.SETUP)

    def test_none_is_needed_where_tensorflow_came_with_the_python(self, checkout: Path) -> None:
        python, found = doctor.find_environment(self.python(["tensorflow-2.21.0.dist-info"]))
        assert python is not None
        assert found.level == "OK"

    @pytest.mark.parametrize(("state", "level"), [("abc", "OK"), (None, "WARN")])
    def test_one_that_is_not_complete_is_a_warning(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch, state: str | None, level: str
    ) -> None:
        (checkout / ".venv").mkdir()
        (checkout / ".venv" / interpreter.STAMP).write_text(json.dumps({"state": state}))
        monkeypatch.setattr(doctor.interpreter, "probe", lambda command: HERE)
        assert doctor.find_environment(self.python([]))[1].level == level

    def test_one_that_does_not_start_fails(self, checkout: Path) -> None:
        (checkout / ".venv").mkdir()
        (checkout / ".venv" / interpreter.STAMP).write_text(json.dumps({"state": "abc"}))
        assert doctor.find_environment(self.python([]))[1].level == "FAIL"


class TestCommand:
    FINDINGS = (Finding("OK", "Python 3.12"), Finding("WARN", "port 8888 is in use", "stop the other"))

    def run(self, monkeypatch: pytest.MonkeyPatch, *findings: Finding, as_json: bool = False) -> int:
        monkeypatch.setattr(doctor, "examine", lambda: iter(findings))
        return doctor.main(Namespace(json=as_json))

    def test_prints_a_plain_line_a_finding(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(monkeypatch, *self.FINDINGS) == 0
        assert capsys.readouterr().out == "[OK]   Python 3.12\n[WARN] port 8888 is in use → stop the other\n"

    def test_exits_with_one_where_anything_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.run(monkeypatch, *self.FINDINGS, Finding("FAIL", "no environment", "make setup")) == 1

    def test_json_holds_the_same(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(monkeypatch, *self.FINDINGS, as_json=True) == 0
        printed = json.loads(capsys.readouterr().out)
        assert printed["ok"] is True
        assert [Finding(**finding) for finding in printed["findings"]] == list(self.FINDINGS)

    def test_colours_are_for_terminals(self) -> None:
        assert Finding("FAIL", "x").line(coloured=True) == "\033[31m[FAIL]\033[0m x"

    def test_on_this_machine_it_says_something_of_everything(self, capsys: pytest.CaptureFixture[str]) -> None:
        doctor.main(Namespace(json=False))
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) >= 12
        assert all(line.startswith(("[OK] ", "[WARN] ", "[FAIL] ")) for line in lines)
        assert any("TensorFlow" in line and "starts" in line for line in lines)

    def test_it_starts_with_nothing_but_the_standard_library(self) -> None:
        modules = "course.environment.doctor, course.runner.notebooks, course.environment.update"
        code = f"import sys; sys.path.insert(0, sys.argv[1]); import {modules}"
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT)], capture_output=True)
        assert done.returncode == 0, done.stderr
