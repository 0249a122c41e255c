"""Recording measured figures: merged, never lost, true about the machine."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from course.messages import CourseError
from course.paths import ROOT
from course.runner import speed
from course.runner.executor import Outcome
from dev.bench import measuring
from dev.record import machine, merge_json, read_json, record

SETS = {"asl_data": "2.0"}


def outcome(lesson: str, status: str = "passed", **results: object) -> Outcome:
    return Outcome(lesson, status, seconds=12.5, results={"metrics": {"a": 0.5}, **results}, peak_memory_mb=100.0)


def test_what_passed_is_merged_by_edition_and_device(tmp_path):
    seen = [outcome("01_mnist", versions={"keras": "3"}), outcome("02_asl", status="failed")]
    record(tmp_path, "embedded", seen, 100.04)
    seen = [outcome("02_asl", device="cpu"), outcome("03_asl_cnn", device="gpu", sets=SETS)]
    record(tmp_path, "embedded", seen, 100.04)
    record(tmp_path, "real", [outcome("01_mnist")], 100.04)
    results = read_json(tmp_path / "docs" / "results.json")
    assert list(results) == ["embedded", "real"]
    assert list(results["embedded"]["cpu"]["lessons"]) == ["01_mnist", "02_asl"]
    assert results["embedded"]["gpu"]["lessons"] == {
        "03_asl_cnn": {"seconds": 12.5, "metrics": {"a": 0.5}, "peak_memory_mb": 100.0, "sets": SETS, "gflops": 100.0}
    }
    assert "gpu" in results["embedded"]["gpu"]["machine"]


def test_a_lesson_recorded_elsewhere_keeps_its_machine_and_versions(tmp_path, monkeypatch):
    monkeypatch.setattr("dev.record.machine", lambda device: {"cores": 1, "cpu": "slow"})
    record(tmp_path, "real", [outcome("01_mnist", versions={"keras": "3.4.1"})], 100.04)
    monkeypatch.setattr("dev.record.machine", lambda device: {"cores": 9, "cpu": "quick"})
    record(tmp_path, "real", [outcome("02_asl", versions={"keras": "3.15.1"})], 100.04)
    here = read_json(tmp_path / "docs" / "results.json")["real"]["cpu"]
    assert here["machine"] == {"cores": 9, "cpu": "quick"}
    assert here["lessons"]["01_mnist"]["machine"] == {"cores": 1, "cpu": "slow"}
    assert here["lessons"]["01_mnist"]["versions"] == {"keras": "3.4.1"}
    assert "machine" not in here["lessons"]["02_asl"]


def test_a_run_says_how_quick_the_machine_is_beside_that_of_the_readme(tmp_path, monkeypatch):
    monkeypatch.setattr(speed, "ROOT", tmp_path)
    assert speed.reference() is None
    for lesson, rate in (("01_mnist", 100), ("02_asl", 100), ("03_asl_cnn", 900)):
        record(tmp_path, "embedded", [outcome(lesson)], rate)
    assert "1.5 times as fast" in speed.sentence(150, speed.reference())
    assert speed.matrix_rate() > 0


def test_the_machine_is_described_without_its_name():
    found = measuring.machine()  # as the bench keeps it
    assert found.items() >= machine("cpu").items() and found["cores"] >= 1 and found["memory_gb"] >= 1
    for secret in (platform.node(), str(Path.home()), str(ROOT)):
        assert secret not in json.dumps([found, measuring.versions()])


def test_nothing_that_passed_leaves_no_file_and_a_damaged_one_is_named_and_left_alone(tmp_path):
    record(tmp_path, "real", [outcome("01_mnist", status="not_attempted")], 100.04)
    assert not (tmp_path / "docs").exists()
    for content in (b"{", b"[]", b"\xff"):
        (tmp_path / "a.json").write_bytes(content)
        with pytest.raises(CourseError, match=r"a\.json is damaged"):
            merge_json(tmp_path / "a.json", lambda content: None)
        assert (tmp_path / "a.json").read_bytes() == content
