"""Recording measured figures: merged, never lost, true about the machine."""

from __future__ import annotations

import json
import platform
from multiprocessing import get_context
from pathlib import Path

import pytest

from course.messages import CourseError
from course.paths import ROOT
from course.runner.executor import Outcome
from dev.bench import measuring
from dev.record import machine, merge_json, read_json, record

SETS = {"asl_data": "2.0"}


def outcome(lesson: str, status: str = "passed", **results: object) -> Outcome:
    return Outcome(lesson, status, seconds=12.5, results={"metrics": {"a": 0.5}, **results}, peak_memory_mb=100.0)


def test_what_passed_is_merged_by_edition_and_device(tmp_path):
    record(tmp_path, "embedded", [outcome("01_mnist", versions={"keras": "3"}), outcome("02_asl", status="failed")])
    record(
        tmp_path,
        "embedded",
        [outcome("02_asl", device="cpu"), outcome("03_asl_cnn", device="gpu", sets={"asl_data": "2.0"})],
    )
    record(tmp_path, "real", [outcome("01_mnist")])
    results = read_json(tmp_path / "docs" / "results.json")
    assert list(results) == ["embedded", "real"]
    assert list(results["embedded"]["cpu"]["lessons"]) == ["01_mnist", "02_asl"]
    assert results["embedded"]["gpu"]["lessons"] == {
        "03_asl_cnn": {"seconds": 12.5, "metrics": {"a": 0.5}, "peak_memory_mb": 100.0, "sets": SETS}
    }
    assert "gpu" in results["embedded"]["gpu"]["machine"]


def test_a_lesson_recorded_elsewhere_keeps_its_machine_and_versions(tmp_path, monkeypatch):
    monkeypatch.setattr("dev.record.machine", lambda device: {"cores": 1, "cpu": "slow"})
    record(tmp_path, "real", [outcome("01_mnist", versions={"keras": "3.4.1"})])
    monkeypatch.setattr("dev.record.machine", lambda device: {"cores": 9, "cpu": "quick"})
    record(tmp_path, "real", [outcome("02_asl", versions={"keras": "3.15.1"})])
    here = read_json(tmp_path / "docs" / "results.json")["real"]["cpu"]
    assert here["machine"] == {"cores": 9, "cpu": "quick"}
    assert here["lessons"]["01_mnist"]["machine"] == {"cores": 1, "cpu": "slow"}
    assert here["lessons"]["01_mnist"]["versions"] == {"keras": "3.4.1"}
    assert "machine" not in here["lessons"]["02_asl"]


def test_the_machine_is_described_without_its_name():
    found = measuring.machine()  # as the bench keeps it
    assert found.items() >= machine("cpu").items() and found["cores"] >= 1 and found["memory_gb"] >= 1
    for secret in (platform.node(), str(Path.home()), str(ROOT)):
        assert secret not in json.dumps([found, measuring.versions()])


def test_nothing_that_passed_leaves_no_file(tmp_path):
    record(tmp_path, "real", [outcome("01_mnist", status="not_attempted")])
    assert not (tmp_path / "docs").exists()


def test_the_file_is_sorted_indented_by_one_and_ends_in_a_newline(tmp_path):
    merge_json(tmp_path / "a.json", lambda content: content.update(b=1, a="가"))
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n "a": "가",\n "b": 1\n}\n'
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("content", ["{", "[]", b"\xff"])
def test_a_damaged_file_is_named_and_left_alone(tmp_path, content):
    path = tmp_path / "a.json"
    content = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(content)
    with pytest.raises(CourseError, match=r"a\.json is damaged"):
        merge_json(path, lambda content: None)
    assert path.read_bytes() == content


def test_two_processes_that_merge_at_once_lose_nothing(tmp_path):
    def writer(name: str) -> None:
        for number in range(40):
            merge_json(tmp_path / "a.json", lambda content: content.update({f"{name}{number}": number}))  # noqa: B023

    writers = [get_context("fork").Process(target=writer, args=(name,)) for name in ("x", "y")]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert len(read_json(tmp_path / "a.json")) == 80
