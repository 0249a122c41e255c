"""Hostile and broken files are refused in a sentence, odd ones graded, and the grader lives on."""

from __future__ import annotations

import base64
import json
import resource
from pathlib import Path

import hostile_files
import numpy as np
import pytest
from honest_pictures import some_pictures

from course import grading
from course.grading import submission
from course.grading.contract import SubmissionError
from course.grading.grade import FAILED, REFUSED, Verdict, as_json, grade

VALID = Path(grading.__file__).with_name("warm_up.tflite").read_bytes()
PICTURES = some_pictures(per_class=2)
FIRST = Path(__file__).with_name("first_edition")


def why_refused(name: str, folder: Path) -> str:
    """The sentence with which the file `name` of the hostile ones, made in `folder`, is refused."""
    hostile_files.FILES[name](folder / name, VALID)
    with pytest.raises(SubmissionError) as refused:
        submission.read(folder / name)
    return refused.value.reason


@pytest.mark.parametrize("name", hostile_files.FILES)
def test_a_hostile_or_broken_file_is_refused_in_one_sentence_and_nothing_of_it_runs(name: str, tmp_path: Path):
    folder = tmp_path / "class"
    folder.mkdir()
    path = folder / "submission.zip"
    hostile_files.FILES[name](path, VALID)
    before = {entry.name for entry in folder.iterdir()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    verdict = grade(path, PICTURES)

    assert (verdict.verdict, verdict.outputs) == (REFUSED, None)
    assert verdict.reason.endswith(".") and "Traceback" not in verdict.reason and verdict.reason.isprintable()
    assert {entry.name for entry in folder.iterdir()} == before
    assert {entry.name for entry in tmp_path.iterdir()} == {"class"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 700_000  # kilobytes


@pytest.mark.parametrize("name", hostile_files.HARMLESS)
def test_an_odd_submission_is_graded_like_any_other(name: str, tmp_path: Path):
    path = tmp_path / "submission.zip"
    hostile_files.HARMLESS[name](path, VALID)

    verdict = grade(path, PICTURES)

    assert verdict.verdict == FAILED and verdict.outputs.shape == (12, 6)
    assert verdict.name.isprintable() and len(verdict.name) <= submission.MAX_NAME
    assert all(np.isfinite(value) for value in verdict.results.values())


def test_what_a_submission_claims_about_its_score_changes_nothing(tmp_path: Path):
    honest, boastful = tmp_path / "honest.zip", tmp_path / "boastful.zip"
    hostile_files.HARMLESS["valid"](honest, VALID)
    hostile_files.HARMLESS["claims_to_be_perfect"](boastful, VALID)

    one, other = grade(honest, PICTURES), grade(boastful, PICTURES)

    assert one.score.accuracy == other.score.accuracy < 0.5
    assert other.verdict == FAILED


def test_each_reason_says_what_was_found(tmp_path: Path):
    said = {
        "keras_file": "Keras file",
        "hdf5": "HDF5",
        "pickle_that_makes_a_folder": "pickle",
        "saved_model_zip": "SavedModel",
        "path_that_climbs_out": "leads out",
        "absolute_path": "leads out",
        "link_inside": "link",
        "member_twice": "twice",
        "thousands_of_members": "20000 members",
        "bomb": "200 MB unpacked",
        "member_missing": "lacks 07_assessment.ipynb",
        "member_too_many": "run_me.sh",
        "encrypted": "encrypted",
        "empty": "0 bytes",
        "zip_cut_off": "cut off",
        "a_folder": "folder",
        "zip64_record_of_a_million_members": "unusual kind",
        "second_network_for_readers_of_local_headers": "more than its directory says",
        "second_network_in_front": "more than its directory says",
    }
    for name, words in said.items():
        reason = why_refused(name, tmp_path)
        assert words in reason and "submission-<name>.zip" in reason


def test_a_submission_of_the_first_edition_gets_the_verdict_that_it_got_then():
    before = json.loads((FIRST / "verdict.json").read_text(encoding="utf-8"))
    outputs = np.frombuffer(base64.b64decode(before["outputs"]), "<f4").reshape(-1, 6)

    verdict = grade(FIRST / "submission.zip", PICTURES)

    assert np.allclose(verdict.outputs, outputs, rtol=1e-3, atol=1e-4)
    now = as_json(verdict, PICTURES)
    same = ("sha256", "name", "verdict", "score", "confusion", "edition", "pictures", "test_set")
    assert {key: now[key] for key in same} == {key: before[key] for key in same}


def test_a_verdict_of_a_missing_file_is_a_refusal(tmp_path: Path):
    assert isinstance(grade(tmp_path / "none.zip", PICTURES), Verdict)
    assert grade(tmp_path / "none.zip", PICTURES).verdict == REFUSED
