"""Artifacts: a lesson loads what this checkout saved with the data in use, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from course import check
from course.check import artifacts, session
from course.messages import CourseError

LESSON = "04a_asl_augmentation"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Go to a checkout of one's own, by name: each has a secret of its own."""
    monkeypatch.setattr(session, "SESSION", session.Session(edition="embedded"))
    monkeypatch.setattr(artifacts, "SESSION", session.SESSION)

    def go(name: str) -> Path:
        (tmp_path / name / "course").mkdir(parents=True, exist_ok=True)
        monkeypatch.setattr("course.paths.ROOT", tmp_path / name)
        return tmp_path / name / "models" / "asl_model.keras"

    return go


def save(path: Path, text: str = "a model") -> None:
    with check.saving(path) as scratch:
        scratch.write_text(text)


def refusal(path: Path, again: str = " again") -> str:
    assert check.saved(path) is None
    with pytest.raises(CourseError) as caught, check.loading(path, LESSON):
        pytest.fail("it was loaded")
    sentence = str(caught.value)
    assert sentence.endswith(f"; run {LESSON}.ipynb{again} first.")
    return sentence


def test_what_was_saved_is_found_again_and_keeps_the_ending_that_keras_looks_at(checkout):
    path = checkout("mine")
    with check.saving(path) as scratch:
        assert scratch.suffix == ".keras"
        scratch.write_text("a model")
    with check.loading(path, LESSON) as found:
        assert check.saved(path) == found == path and found.read_text() == "a model"


def test_what_is_missing_or_was_made_with_other_data_or_by_hand_is_not_loaded(checkout, monkeypatch):
    path = checkout("mine")
    assert "is not there for the edition “embedded”" in refusal(path, again="")
    save(path)
    monkeypatch.setattr(session.SESSION, "edition", "real")
    assert "was made with other data" in refusal(path)
    path.write_text("made by hand")
    assert "comes from elsewhere" in refusal(path)


def test_what_another_version_of_keras_saved_is_one_sentence(checkout):
    save(path := checkout("mine"))
    with pytest.raises(CourseError, match="another version or backend of Keras"), check.loading(path, LESSON):
        raise TypeError("Could not deserialize class 'Functional'")


def test_a_folder_copied_from_a_classmate_is_not_loaded(checkout):
    theirs = checkout("theirs")
    save(theirs)
    mine = checkout("mine")
    shutil.copytree(theirs.parent, mine.parent)
    assert "comes from elsewhere" in refusal(mine)
    save(mine, "my model")
    shutil.copytree(theirs.parent, mine.parent, dirs_exist_ok=True)
    assert "comes from elsewhere" in refusal(mine), "where this checkout has a secret too"
    save(mine, "my model")
    assert check.saved(mine) == mine


def test_the_record_of_one_artifact_does_not_vouch_for_another(checkout):
    path = checkout("mine")
    save(path)
    other = path.with_name("asl_cnn.keras")
    shutil.copyfile(path, other)
    shutil.copyfile(artifacts._record(path), artifacts._record(other))
    assert "comes from elsewhere" in refusal(other)


def test_the_secret_is_readable_by_its_owner_alone_and_stays(checkout):
    path = checkout("mine")
    save(path)
    file = artifacts._secret_file()
    before = file.read_bytes()
    assert (len(before), file.stat().st_mode & 0o077) == (32, 0)
    save(path, "again")
    assert file.read_bytes() == before
    assert path.parent not in file.parents


RECORDS = ['"x"', "[1]", "null", "7", "", "{", "[" * 100_000, '{"a":' * 100_000]
RECORDS += ['{"DIGEST": "embedded"}', '{"DIGEST": []}', '{"DIGEST": {"seal": "é\\ud800"}}']
RECORDS += ['{"DIGEST": {"edition": "embedded", "sets": {}, "seal": "0000"}}']


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_of_any_kind_is_one_sentence(checkout, record):
    path = checkout("mine")
    save(path)
    artifacts._record(path).write_text(record.replace("DIGEST", artifacts.sha256(path)))
    assert "comes from elsewhere or from an earlier version of the course" in refusal(path)
    save(path)
    assert check.saved(path) == path, "and a new save has a record again"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such pipes")
def test_a_record_that_is_a_pipe_is_not_waited_for(checkout):
    path = checkout("mine")
    save(path)
    artifacts._record(path).unlink()
    os.mkfifo(artifacts._record(path))
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits for the pipe's other end"))
    signal.alarm(10)
    try:
        assert "comes from elsewhere" in refusal(path)
        save(path)
    finally:
        signal.alarm(0)
    assert check.saved(path) == path


def test_a_secret_that_was_emptied_vouches_for_nothing_and_is_drawn_anew(checkout):
    path = checkout("mine")
    save(path)
    artifacts._secret_file().write_bytes(b"")
    made = {"edition": "embedded", "sets": {}}
    digest = artifacts.sha256(path)
    forged = {digest: made | {"seal": artifacts._seal(b"", path, digest, made)}}
    artifacts._record(path).write_text(json.dumps(forged))
    assert "comes from elsewhere" in refusal(path)
    save(path)
    assert check.saved(path) == path and len(artifacts._secret_file().read_bytes()) == 32


def edition(folder: Path, version: str | None) -> Path:
    """An edition of somebody's own with a set of headlines, of this version; the course's own has to be up to date."""
    (folder / "nyt_dataset" / "articles").mkdir(parents=True, exist_ok=True)
    (folder / "nyt_dataset" / "articles" / "a.csv").write_text("headline\nNews\n")
    counts = {"rows": 1} | ({"version": version} if version else {})
    manifest = {"edition": "own", "version": "2.0", "files": {}, "sets": {"nyt": counts}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("first", [None, "1.0"])
def test_what_was_saved_with_an_older_version_of_a_set_is_told_apart(checkout, tmp_path, first):
    path = checkout("mine")
    check.data(edition(tmp_path / "data", first), "nyt")
    save(path)
    check.data(edition(tmp_path / "data", "1.0"), "nyt")
    assert check.saved(path) == path, "a set without a version counts as 1.0"
    edition(tmp_path / "data", "2.0")
    assert "made with version 1.0 of nyt, which is now 2.0" in refusal(path)
    check.data(tmp_path / "data", "nyt")
    save(path)
    assert check.saved(path) == path


def test_a_network_of_the_first_hands_is_one_sentence_that_names_the_lesson_to_run_again(checkout):
    path = checkout("mine")
    session.SESSION.sets = {"asl_data": "1.0", "asl_images": "1.0"}  # what `check.data` noted on hands 1.0
    save(path)
    check.data(Path(__file__).parents[1] / "data", "asl_data")
    assert refusal(path) == (
        "asl_model.keras was made with version 1.0 of asl_data, which is now 2.0;"
        " run 04a_asl_augmentation.ipynb again first."
    )
