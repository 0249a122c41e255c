"""Hostile and broken networks get a fair verdict within their limits, honest ones the score that Keras gives them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import hostile_networks
import numpy as np
import psutil
import pytest
from honest_networks import BUILDERS, ROOT, fitted, own_accuracy
from honest_pictures import some_pictures

from course.grading import making, process
from course.grading.grade import FAILED, REFUSED, grade

PICTURES = some_pictures(per_class=2)
MANY = some_pictures()
SHORT = process.Limits(seconds=2, memory=2**30)


def verdict_on(flatbuffer: bytes, folder: Path, limits: process.Limits | None = None):
    """The verdict on a bare flatbuffer."""
    path = folder / "model.tflite"
    path.write_bytes(flatbuffer)
    return grade(path, PICTURES, limits=limits)


@pytest.mark.parametrize("name", hostile_networks.NETWORKS)
def test_a_hostile_or_broken_network_is_refused_in_one_sentence(name: str, tmp_path: Path):
    verdict = verdict_on(hostile_networks.NETWORKS[name](), tmp_path, SHORT)

    assert verdict.verdict == REFUSED, verdict
    assert verdict.reason.endswith(".") and verdict.reason.isprintable()


@pytest.mark.parametrize("name", hostile_networks.GRADED)
def test_answers_that_are_no_numbers_or_always_the_same_get_the_score_they_deserve(name: str, tmp_path: Path):
    verdict = verdict_on(hostile_networks.GRADED[name](), tmp_path)

    assert verdict.verdict == FAILED
    assert 0 <= verdict.score.accuracy <= 0.6
    if name in ("not_a_number", "infinite"):
        assert verdict.score.confusion[:, -1].sum() == len(PICTURES)


@pytest.mark.parametrize("name", hostile_networks.REMEMBERING)
def test_a_network_that_could_learn_from_the_images_before_is_refused_for_that(name: str, tmp_path: Path):
    assert "remember one image" in verdict_on(hostile_networks.REMEMBERING[name](), tmp_path, SHORT).reason


def running(memory: int) -> list[str]:
    """The processes of a network whose limit on `memory` tells them from all others."""
    found = []
    for pid in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(memory).encode() in (pid / "cmdline").read_bytes():
                found.append(pid.name)
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")


@needs_proc
def test_nothing_is_left_running_of_a_network_that_never_ends(tmp_path: Path):
    limits = process.Limits(seconds=1, memory=987_654_321)

    verdict_on(hostile_networks.NETWORKS["a_loop_that_only_ends_on_gray"](), tmp_path, limits)

    assert not running(987_654_321)


@needs_proc
def test_a_network_ends_with_a_grader_that_is_killed(tmp_path: Path):
    (tmp_path / "model.tflite").write_bytes(hostile_networks.a_loop_that_only_ends_on_gray())
    script = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from course.grading import process
from honest_pictures import some_pictures
model = open({str(tmp_path / "model.tflite")!r}, "rb").read()
process.predict(model, some_pictures(per_class=1).images, process.Limits(seconds=300, memory=987_654_322))
"""
    with subprocess.Popen([sys.executable, "-c", script]) as grader:
        busy = psutil_of_the_network(grader, 987_654_322)
        grader.kill()

    busy.wait(timeout=10)
    assert not running(987_654_322)


def psutil_of_the_network(grader: subprocess.Popen, memory: int) -> psutil.Process:
    """The process in which a network runs, once it has computed for longer than its inspection takes."""
    while grader.poll() is None:
        for pid in running(memory):
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(int(pid))
                if "python" in process.name() and process.pid != grader.pid and process.cpu_times().user > 4:
                    return process
        time.sleep(0.1)
    raise AssertionError("the grader ended before that")


@pytest.mark.parametrize("seed", range(12))
def test_a_network_with_bits_turned_over_gets_some_verdict_and_the_grader_lives_on(seed: int, tmp_path: Path):
    verdict = verdict_on(hostile_networks.flipped(seed), tmp_path, SHORT)
    after = verdict_on(hostile_networks.VALID, tmp_path)

    assert verdict.verdict in (REFUSED, FAILED)
    assert after.verdict == FAILED and np.isfinite(after.outputs).all()


@pytest.mark.soak
@pytest.mark.parametrize("bits", [1, 4, 30])
def test_hundreds_of_damaged_networks_never_stop_the_grader(bits: int, tmp_path: Path):
    for seed in range(1000, 1200):
        assert verdict_on(hostile_networks.flipped(seed, bits), tmp_path, SHORT).verdict in (REFUSED, FAILED)


def test_each_reason_says_what_was_found(tmp_path: Path):
    said = {
        "small_pictures": "float32 (1, 32, 32, 3)",
        "whole_numbers_in": "uint8 (1, 224, 224, 3)",
        "five_numbers": "float32 (1, 5)",
        "a_loop_that_never_ends": "2 seconds",
        "an_operator_of_its_own": "“Evil”",
        "an_operator_of_tensorflow": "“FlexMatrixInverse”",
        "counts_in_a_variable": "(CALL_ONCE)",
        "cut_off_in_the_middle": "damaged",
    }
    for name, words in said.items():
        assert words in verdict_on(hostile_networks.NETWORKS[name](), tmp_path, SHORT).reason


def test_too_much_computing_is_told_from_a_damaged_file_whatever_closes_the_process_off(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(process, "WALL", 100)  # so that the limit on processor time ends it, on a busy machine too
    assert "2 seconds" in verdict_on(hostile_networks.a_loop_that_never_ends(), tmp_path, SHORT).reason


@pytest.mark.parametrize("name", BUILDERS)
def test_an_honest_network_gets_the_accuracy_that_keras_gives_it(name: str, tmp_path: Path):
    model = fitted(name, MANY)
    path = tmp_path / "model.tflite"
    path.write_bytes(making.convert(model))

    verdict = grade(path, MANY)

    assert verdict.outputs is not None, verdict.reason
    assert verdict.score.accuracy == pytest.approx(own_accuracy(model, MANY), abs=0.005)
    assert verdict.score.accuracy > 0.5  # the network knows something, so that a wrong order would show


def test_converting_leaves_the_model_as_it_was():
    model = fitted("float16_policy", PICTURES)
    before = [layer.compute_dtype for layer in model.layers]

    making.convert(model)

    assert [layer.compute_dtype for layer in model.layers] == before and "float16" in before


@pytest.mark.soak
def test_submissions_made_on_one_tensorflow_are_graded_alike_on_another(tmp_path: Path):
    """``COURSE_OTHER_PYTHON`` names an interpreter with the other end of the range."""
    other = os.environ.get("COURSE_OTHER_PYTHON")
    if not other:
        pytest.skip("no interpreter with another TensorFlow (COURSE_OTHER_PYTHON)")
    script = ROOT / "tests" / "honest_networks.py"
    for maker, judge in ((sys.executable, other), (other, sys.executable)):
        folder = tmp_path / Path(judge).parent.parent.name
        folder.mkdir()
        subprocess.run([maker, script, "make", folder], check=True, cwd=ROOT)
        judged = subprocess.run([judge, script, "judge", folder], capture_output=True, text=True, cwd=ROOT)
        assert judged.returncode == 0, judged.stdout + judged.stderr
