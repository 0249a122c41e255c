"""The doctor tells each trap from a healthy machine, and says what fixes it."""

from __future__ import annotations

import json
import os
import socket
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from course.environment import doctor, interpreter
from course.environment.doctor import Card, Finding
from course.paths import ROOT

HERE = interpreter.describe()
FITTING = {"version": "3.12", "system": "Linux", "machine": "x86_64", "standard": True, "outer": []}
GB = 1e9
STARTED = {
    "version": "2.21.0", "keras": "3.15.1", "backend": "tensorflow", "cuda": "12.5.1", "gpus": [], "noise": "",
    "kernels": ["sm_60", "sm_89", "compute_90"],
}  # fmt: skip


class TestPython:
    def test_one_that_tensorflow_has_a_build_for_is_fine(self) -> None:
        assert doctor.check_python(replace(HERE, **FITTING)).level == "OK"

    @pytest.mark.parametrize(
        ("field", "value"), [("version", "3.14"), ("version", "3.9"), ("standard", False), ("machine", "riscv64")]
    )
    def test_another_fails_unless_it_brings_tensorflow_itself(self, field: str, value: Any) -> None:
        python = replace(HERE, **(FITTING | {field: value}))
        found = doctor.check_python(python)
        assert found.level == "FAIL"
        assert ("2.22 will have one" in found.what) == (value == "3.14")
        assert "3.10 to 3.13" in found.fix and doctor.SETUP in found.fix
        outer = replace(python, outer=["tensorflow-2.21.0.dist-info"])
        assert doctor.check_python(outer).level == "WARN"


class TestPackages:
    def package(self, **changes: Any) -> dict[str, Any]:
        return {"name": "pandas", "requirement": "pandas>=2.2,<4", "version": "2.3.0", "fits": True} | changes

    def check(self, *packages: dict[str, Any], outer: bool = False, **more: Any) -> list[Finding]:
        answer = {"packages": list(packages), "executable": "/env/bin/python"} | more
        current = replace(HERE, executable="/usr/bin/python3", outer=["tensorflow-2.17.0.dist-info"] * outer)
        return list(doctor.check_packages(answer, current))

    def test_fitting_ones_share_a_line_and_an_environment_that_does_not_answer_fails(self) -> None:
        found = self.check(self.package(), self.package(name="scipy", version="1.14"), tensorflows=["tensorflow"])
        assert found == [Finding("OK", "pandas 2.3.0, scipy 1.14")]
        (found,) = doctor.check_packages({"error": "no answer within 120 s"}, HERE)
        assert found.level == "FAIL"

    @pytest.mark.parametrize(
        ("changes", "level"),
        [
            ({"error": "it is not installed"}, "FAIL"),
            ({"name": "rich", "error": "it is not installed"}, "WARN"),
            ({"fits": False, "version": "1.5"}, "WARN"),
            ({"name": "tensorflow", "fits": False, "version": "2.12"}, "FAIL"),
            ({"name": "keras", "fits": False, "version": "2.15.0"}, "FAIL"),
        ],
    )
    def test_each_that_is_amiss_has_its_own(self, changes: dict[str, Any], level: str) -> None:
        bad, good = self.check(self.package(**changes), self.package(name="scipy"))
        assert (bad.level, bad.fix) == (level, doctor.SETUP)
        assert bad.what.startswith(changes.get("name", "pandas"))
        assert good.level == "OK"

    def test_what_came_with_tensorflow_is_changed_by_pip_since_set_up_leaves_it_alone(self) -> None:
        keras = self.package(name="keras", version="3.2.0", requirement="keras>=3.3,<4", fits=False)
        missing = self.package(name="matplotlib", error="it is not installed")
        assert [found.fix for found in self.check(keras, missing, outer=True)] == [
            '/usr/bin/python3 -m pip install "keras>=3.3,<4"',
            doctor.SETUP,
        ]

    @pytest.mark.parametrize(
        ("more", "what", "names"),
        [
            (
                {"tensorflows": ["tensorflow", "tensorflow-cpu"]},
                "tensorflow, tensorflow-cpu",
                "tensorflow tensorflow-cpu",
            ),
            ({"metal": True}, "other accuracies", "tensorflow-metal"),
        ],
    )
    def test_two_tensorflows_and_apples_plugin_are_named_with_what_removes_them(self, more, what, names) -> None:
        (found,) = self.check(**more)
        assert (found.level, what in found.what) == ("WARN", True)
        assert found.fix.startswith(f"/env/bin/python -m pip uninstall {names}")

    @pytest.mark.parametrize("distribution", ["tensorflow", "tensorflow_cpu", "tf_nightly", "tensorflow-rocm"])
    def test_a_module_is_found_whatever_its_distribution_is_called(self, distribution: str) -> None:
        versions = {distribution.replace("_", "-"): "2.22.0.dev20251101"}
        answer = doctor._describe_package("tensorflow>=2.17,<3", versions, {"tensorflow": [distribution]})
        assert (answer["version"], answer["fits"]) == ("2.22.0.dev20251101", True)

    def test_what_is_too_old_missing_or_broken_is_told_apart(self, tmp_path, monkeypatch) -> None:
        (tmp_path / "brokenpackage.py").write_text("raise ValueError('binary incompatibility')")
        monkeypatch.syspath_prepend(tmp_path)
        there = {"pytest": ["pytest"], "brokenpackage": ["brokenpackage"]}

        def describe(line: str) -> dict[str, Any]:
            return doctor._describe_package(line, {"pytest": pytest.__version__}, there)

        assert not describe("pytest>=999")["fits"]
        assert describe("pillow>=1")["error"] == "it is not installed"
        assert describe("brokenpackage>=1")["error"] == "ValueError: binary incompatibility"


class TestAsking:
    def test_an_answer_comes_from_another_interpreter_with_its_noise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = doctor.ask(sys.executable, "describe_packages")
        assert {"numpy", "jupyterlab"} <= {package["name"] for package in answer["packages"] if package["fits"]}
        assert answer["tensorflows"] and not answer["metal"]
        assert answer["executable"] == sys.executable
        assert answer["memory"] > GB
        assert "command" in answer["kernel"]

    @pytest.mark.skipif(os.name == "nt", reason="signals")
    def test_a_crash_a_death_by_a_signal_and_no_answer_in_time_are_errors(self, tmp_path: Path) -> None:
        assert "exit code 1" in doctor.ask(sys.executable, "no_such_question")["error"]
        assert "no answer" in doctor.ask(sys.executable, "describe_packages", seconds=0.01)["error"]
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\nkill -ILL $$\n")
        python.chmod(0o755)
        assert doctor.ask(str(python), "describe_tensorflow")["error"] == "(exit code -4)"


def test_tensorflow_is_fine_where_it_starts_and_fails_where_it_does_not() -> None:
    assert doctor.check_tensorflow(STARTED).level == "OK"
    found = doctor.check_tensorflow({"error": "ImportError: DLL load failed"})
    assert (found.level, "DLL" in found.what, bool(found.fix)) == ("FAIL", True, True)


class TestGpu:
    CARD = Card("NVIDIA GeForce RTX 4060", "550.54", "8.9")
    NEWER = Card("NVIDIA GeForce RTX 5090", "570.86", "12.0")

    def check(self, card: Card | None, system: str = "Linux", environ: Any = (), **answer: Any) -> Finding:
        return doctor.check_gpu(card, STARTED | answer, system, dict(environ))

    def test_one_that_computes_is_fine(self) -> None:
        for card in (self.CARD, self.NEWER):
            found = self.check(card, gpus=[card.name])
            assert found.level == "OK"
            assert card.driver in found.what

    def test_no_card_is_fine_outside_a_container_of_nvidias(self) -> None:
        assert self.check(None).level == "OK"
        apple = self.check(None, "Darwin")
        assert (apple.level, "Apple" in apple.what) == ("OK", True)
        found = self.check(None, environ={"NVIDIA_BUILD_ID": "134983853"})
        assert (found.level, "--gpus all" in found.fix) == ("WARN", True)

    def test_a_card_that_is_newer_than_the_kernels_of_this_tensorflow_fails(self) -> None:
        error = "'cuModuleLoadData(&module, data)' failed with 'CUDA_ERROR_INVALID_PTX'"
        found = self.check(self.NEWER, gpus=["GPU"], error_of_gpu=error)
        assert (found.level, "capability 12.0" in found.what) == ("FAIL", True)
        assert "docs/ngc.md" in found.fix and "CUDA_VISIBLE_DEVICES=-1" in found.fix
        kernels = [*STARTED["kernels"], "sm_120"]  # as in NVIDIA's container, where it is another matter
        assert "docs/ngc.md" not in self.check(self.NEWER, gpus=["GPU"], error_of_gpu=error, kernels=kernels).fix

    @pytest.mark.parametrize(
        ("changes", "why", "fix"),
        [
            ({"system": "Windows", "cuda": ""}, "WSL2", "wsl --install"),
            ({"card": Card(error="nvidia-smi: Failed to initialize NVML")}, "driver does not work", "driver"),
            ({"card": replace(CARD, driver="470.82.01", capability="")}, "CUDA 12.5.1 needs 525", "update the"),
            ({"environ": {"CUDA_VISIBLE_DEVICES": ""}}, "hidden", "unset CUDA_VISIBLE_DEVICES"),
            ({"cuda": ""}, "built for the CPU", "setup --gpu"),
            ({"noise": "W0000 Cannot dlopen some GPU libraries. Skipping"}, "tensorflow[and-cuda]", "setup --gpu"),
            ({"noise": "a\nE0000 failed call to cuInit: UNKNOWN\nb"}, "failed call to cuInit", "driver"),
            ({"card": Card("NVIDIA GB10", "[N/A]", "[N/A]")}, "does not say why", "driver"),
            ({"gpus": ["GPU"], "error_of_gpu": "No DNN in stream executor."}, "No DNN", "driver"),
        ],
    )
    def test_a_card_that_tensorflow_does_not_use_is_explained(self, changes, why: str, fix: str) -> None:
        found = self.check(**{"card": self.CARD, **changes})
        assert (found.level, why in found.what, fix in found.fix) == ("WARN", True, True)

    @pytest.mark.skipif(os.name == "nt", reason="a shell script stands in")
    @pytest.mark.parametrize(
        ("script", "expected"),
        [
            ("echo 'NVIDIA H100, 535.1, 9.0'; echo 'NVIDIA H100, 535.1, 9.0'", Card("NVIDIA H100", "535.1", "9.0")),
            ('case "$1" in *cap*) exit 2;; esac; echo "Tesla K80, 470.82"', Card("Tesla K80", "470.82")),
            ("echo 'Version mismatch' >&2; exit 18", Card(error="nvidia-smi: Version mismatch")),
        ],
    )
    def test_the_card_is_what_nvidia_smi_says(self, tmp_path, monkeypatch, script: str, expected: Card) -> None:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        assert doctor.find_card() == expected


class TestKernel:
    @pytest.mark.parametrize(
        ("command", "level"),
        [("python", "OK"), ("python3.11", "OK"), ("/env/bin/python3", "OK"), ("/opt/conda/bin/python", "WARN")],
    )
    def test_one_of_the_environment_is_fine_a_foreign_one_a_warning_none_a_failure(self, command, level) -> None:
        kernel = {"command": command, "folder": "/home/me/.local/share/jupyter/kernels/python3"}
        found = doctor.check_kernel({"kernel": kernel, "executable": "/env/bin/python"})
        assert (found.level, "/home/me" in found.what, "course lab" in found.fix) == (level, *[level == "WARN"] * 2)
        assert doctor.check_kernel({"error_of_kernel": "NoSuchKernel: python3"}).level == "FAIL"


class TestBackend:
    @pytest.mark.parametrize("content", [None, '{"backend": "tensorflow"}', "{}", "{", "[]"])
    def test_it_is_tensorflow_where_nothing_else_is_said(self, tmp_path: Path, content: str | None) -> None:
        if content is not None:
            (tmp_path / ".keras").mkdir()
            (tmp_path / ".keras" / "keras.json").write_text(content)
        assert doctor.chosen_backend({}, tmp_path)[0] == "tensorflow"

    def test_a_file_chooses_and_a_variable_counts_before_it(self, tmp_path: Path) -> None:
        (tmp_path / "keras.json").write_text('{"backend": "jax"}')
        environ = {"KERAS_HOME": str(tmp_path)}
        backend, unset = doctor.chosen_backend(environ, tmp_path / "home")
        assert (backend, str(tmp_path / "keras.json") in unset) == ("jax", True)
        assert doctor.chosen_backend(environ | {"KERAS_BACKEND": "torch"}, tmp_path) == ("torch", "unset KERAS_BACKEND")

    @pytest.mark.parametrize(
        ("backend", "answer", "level", "what", "fix"),
        [
            ("tensorflow", {}, "OK", "on TensorFlow", ""),
            ("jax", {"version": "0.10.2", "device": "NVIDIA H100"}, "OK", "jax 0.10.2 and computes on NVIDIA H100", ""),
            ("mxnet", {}, "FAIL", "no backend “mxnet”", "unset it"),
            ("torch", {"error": "ModuleNotFoundError: No module named 'torch' (exit code 1)"}, "FAIL", "not installed",
             "python -m pip install torch, or unset it"),
            ("jax", {"error": "(exit code -11)"}, "FAIL", "does not start on jax: (exit code -11)", "unset it"),
            ("jax", {}, "FAIL", "no environment yet", "unset it"),
        ],
    )  # fmt: skip
    def test_the_backend_is_named_with_its_device_or_with_what_is_wrong(
        self, backend, answer, level, what, fix
    ) -> None:
        found = doctor.check_backend(backend, "unset it", answer, "python")
        assert (found.level, found.fix) == (level, fix)
        assert what in found.what

    def test_one_that_is_not_installed_is_told_by_keras_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        backend = next((name for name in ("torch", "jax") if not find_spec(name)), None)
        if backend is None:
            pytest.skip("all backends are installed here")
        monkeypatch.setenv("KERAS_BACKEND", backend)
        answer = doctor.ask(sys.executable, "describe_backend")
        assert doctor.check_backend(backend, "", answer, "python").what.endswith("which is not installed")


class TestMemory:
    @pytest.mark.parametrize(
        ("total", "limit", "level"),
        [(4, 99, "OK"), (3.9, 99, "WARN"), (1.9, 99, "FAIL"), (16, 3, "WARN"), (16, 1, "FAIL"), (0, 9, "WARN")],
    )
    def test_it_warns_under_four_and_fails_under_two_gigabytes(self, total: float, limit: float, level: str) -> None:
        found = doctor.check_memory(total * GB, limit * GB)
        assert (found.level, bool(found.fix)) == (level, level != "OK")
        assert os.name == "nt" or doctor.read_memory() > GB, "without a package; Windows does not say"

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
    def test_the_limit_is_that_of_the_control_groups(self, tmp_path: Path, groups: str, files, limit: float) -> None:
        files = {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
        for name, content in files.items():
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

    @pytest.mark.parametrize("content", ["", "[]", '{"embedded": {"cpu": {"lessons": {"01": {}}}}}'])
    def test_nothing_is_said_where_nothing_was_measured(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "results.json").write_text(content)
        for name in ("results.json", "none.json"):
            assert list(doctor.check_lessons(1e9, doctor.read_peaks(tmp_path / name))) == []

    def test_most_lessons_fit_into_two_gigabytes(self) -> None:
        peaks = doctor.read_peaks(ROOT / "docs" / "results.json")
        fit = [lesson for lesson, peak in peaks.items() if peak <= 2 * 2**30]
        assert {"01_mnist", "02_asl", "03_asl_cnn", "04a_asl_augmentation", "04b_asl_predictions"} <= set(fit)


@pytest.mark.parametrize(("day", "level"), [((1970, 1, 1), "FAIL"), ((2020, 2, 2), "OK")])
def test_a_clock_before_1980_is_named_since_no_network_can_be_saved_then(day: tuple[int, int, int], level: str) -> None:
    found = doctor.check_clock(date(*day))
    assert (found.level, str(date(*day)) in found.what, "timedatectl" in found.fix) == (level, True, level != "OK")


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

    def test_an_edition_is_named_with_its_sets_and_one_without_a_manifest_is_real(self, edition: Path) -> None:
        found = doctor.check_data(edition)
        assert (found.level, found.what.endswith("holds the edition embedded 1.0, mnist")) == ("OK", True)
        (edition / "manifest.json").unlink()
        assert "edition real, mnist" in doctor.check_data(edition).what

    def test_a_missing_or_truncated_file_fails(self, edition: Path) -> None:
        (edition / "mnist" / "mnist.npz").write_bytes(b"12")
        truncated = doctor.check_data(edition)
        (edition / "mnist" / "mnist.npz").unlink()
        for found in (truncated, doctor.check_data(edition)):
            assert (found.level, "mnist.npz" in found.what, bool(found.fix)) == ("FAIL", True, True)

    def test_a_damaged_manifest_an_empty_folder_and_none_at_all_fail(
        self, edition, tmp_path_factory, monkeypatch
    ) -> None:
        (edition / "manifest.json").write_text("{")
        assert doctor.check_data(edition).level == "FAIL"
        empty = tmp_path_factory.mktemp("empty")
        assert "none of the sets" in doctor.check_data(empty).what
        monkeypatch.setenv("COURSE_DATA", str(empty / "gone"))
        found = doctor.check_data(empty / "gone")
        assert "there is no data folder" in found.what and "COURSE_DATA" in found.fix


def test_a_folder_that_is_made_later_is_judged_by_its_parent_and_one_that_cannot_be_written_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    assert doctor.check_writing(tmp_path / "models" / "results").level == "OK"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    found = doctor.check_writing(tmp_path)
    assert (found.level, "Permission denied" in found.what, str(tmp_path) in found.fix) == ("FAIL", True, True)


def test_a_port_in_use_is_a_warning() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert doctor.check_port(port).level == "WARN"
    assert doctor.check_port(port).level == "OK"


@pytest.mark.parametrize(
    ("stamp", "starts", "outer", "level"),
    [
        (None, True, False, "FAIL"),
        (None, True, True, "OK"),
        ({"state": "abc"}, True, False, "OK"),
        ({"state": None}, True, False, "WARN"),
        ({"state": "abc"}, False, False, "FAIL"),
    ],
)
def test_the_environment_is_there_complete_and_starts_or_none_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stamp: dict | None, starts: bool, outer: bool, level: str
) -> None:
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    monkeypatch.setattr(doctor.setup, "find_folder", lambda python: tmp_path / ".venv")
    monkeypatch.setattr(doctor.sys, "prefix", str(tmp_path / "nowhere"))
    monkeypatch.setattr(doctor.interpreter, "probe", lambda command: HERE if starts else None)
    if stamp:
        (tmp_path / ".venv").mkdir()
        (tmp_path / ".venv" / interpreter.STAMP).write_text(json.dumps(stamp))
    python, found = doctor.find_environment(replace(HERE, outer=["tensorflow-2.21.0.dist-info"] * outer))
    assert (found.level, python is None) == (level, level == "FAIL")
    assert found.fix == ("" if level == "OK" else doctor.SETUP)


class TestCommand:
    FINDINGS = (Finding("OK", "Python 3.12"), Finding("WARN", "port 8888 is in use", "stop the other"))

    def run(self, monkeypatch: pytest.MonkeyPatch, *findings: Finding, as_json: bool = False) -> int:
        monkeypatch.setattr(doctor, "examine", lambda: iter(findings))
        return doctor.main(Namespace(json=as_json))

    def test_prints_a_line_a_finding_or_json_and_exits_with_one_where_anything_fails(self, monkeypatch, capsys) -> None:
        assert self.run(monkeypatch, *self.FINDINGS) == 0
        assert capsys.readouterr().out == "[OK]   Python 3.12\n[WARN] port 8888 is in use → stop the other\n"
        assert self.run(monkeypatch, *self.FINDINGS, Finding("FAIL", "no environment", "make setup")) == 1
        capsys.readouterr()
        assert self.run(monkeypatch, *self.FINDINGS, as_json=True) == 0
        printed = json.loads(capsys.readouterr().out)
        assert printed["ok"] is True
        assert [Finding(**finding) for finding in printed["findings"]] == list(self.FINDINGS)
        assert Finding("FAIL", "x").line(colored=True) == "\033[31m[FAIL]\033[0m x", "colors, in a terminal"
        assert Finding("OK", "\033[2J", "\u202e").line(colored=False) == "[OK]   ?[2J → ?", "and those alone"

    def test_on_this_machine_it_says_something_of_everything(self, capsys: pytest.CaptureFixture[str]) -> None:
        doctor.main(Namespace(json=False))
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) >= 12
        assert all(line.startswith(("[OK] ", "[WARN] ", "[FAIL] ")) for line in lines)
        assert any("TensorFlow" in line and "starts" in line for line in lines)
