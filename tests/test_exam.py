"""The private exam: its secret, its files, and its folder; nothing is rendered here."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import stat
import subprocess
from collections import Counter

import pytest

from course.messages import CourseError
from course.paths import ROOT
from dev.studio.fruit import exam, plan
from dev.studio.fruit.__main__ import main

ONE, OTHER = "0" * 32, "f" * 32


def test_no_exam_shares_an_image_with_the_set_or_with_another_exam():
    seeds = {picture.seed for picture in [*plan.embedded(), *plan.trial(50)]}
    total = len(seeds)
    for secret in (ONE, OTHER):
        pictures = exam.pictures(secret, ONE)
        folders = [f"{place}{name}" for place in ("", "belt/") for name in plan.CLASSES]
        assert Counter(picture.folder for picture in pictures) == dict.fromkeys(folders, 50)
        seeds |= {picture.seed for picture in pictures}
        total += len(pictures)
    assert len(seeds) == total


def test_each_exam_has_128_bits_of_its_own_which_nobody_gives_it(tmp_path):
    drawn = [exam.claim(tmp_path / str(number)) for number in range(20)]

    assert len({secret for pair in drawn for secret in pair}) == 40
    assert all(len(bytes.fromhex(secret)) == 16 for pair in drawn for secret in pair)
    for guess in ([], ["--seed", "7"]):
        with pytest.raises(SystemExit):
            main(["exam", *guess])
    done = subprocess.run(["make", "exam", "SEED=7", "OUT=x"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "takes no SEED" in done.stderr


def test_the_secret_is_in_one_file_that_says_what_it_is_and_is_its_owners_alone(tmp_path):
    exam.claim(tmp_path / "exam")

    (file,) = (tmp_path / "exam").iterdir()
    assert file.name == "exam-secret.json" and "keep it" in json.loads(file.read_text("utf-8"))["what"]
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_guess_at_the_seed_can_be_checked_against_the_name_of_a_file():
    """A name of the first edition was a hash of the seed: of 10**6 seeds the right one was found in 3 seconds."""
    pictures = exam.pictures(ONE, OTHER)

    assert [picture.path for picture in pictures] == [picture.path for picture in exam.pictures(OTHER, OTHER)]
    assert {picture.path for picture in pictures}.isdisjoint(picture.path for picture in exam.pictures(ONE, ONE))
    assert len({picture.path.name for picture in pictures}) == 600
    for picture in pictures[:12]:
        sentences = [f"fruit {plan.VERSION} exam/{ONE} {picture.label} {picture.number} {purpose}"
                     for purpose in ("name", "picture")]  # fmt: skip
        hashes = [hashlib.sha256(sentence.encode()).hexdigest() for sentence in sentences]
        assert not [digest for digest in hashes if digest.startswith(picture.path.stem[:8])]


def test_an_exam_goes_on_in_its_own_folder(tmp_path):
    assert exam.claim(tmp_path / "exam") == exam.claim(tmp_path / "exam")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "not JSON", '{"seed": 5, "version": 1}', json.dumps({"images": "7", "names": ONE, "version": 1}),
     json.dumps({"images": ONE, "names": OTHER, "version": 0})],
)  # fmt: skip
def test_an_exam_refuses_a_folder_with_a_secret_that_it_cannot_read(tmp_path, text):
    (tmp_path / exam.RECORD).write_text(text)
    with pytest.raises(CourseError, match="name another folder"):
        exam.claim(tmp_path)


@pytest.mark.parametrize("name", ["holiday.jpg", ".fruit-exam.json"])
def test_an_exam_refuses_a_folder_with_anything_else_and_leaves_it_alone(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(CourseError, match="is not empty and holds no exam; name a new folder"):
        exam.claim(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_exam_refuses_a_file(tmp_path):
    (tmp_path / "exam").touch()
    with pytest.raises(CourseError, match="is a file; name a folder"):
        exam.claim(tmp_path / "exam")


@pytest.mark.skipif(importlib.util.find_spec("bpy") is not None, reason="this environment can render")
def test_without_blender_one_sentence_says_what_to_install(tmp_path):
    with pytest.raises(CourseError, match=r"studio's environment.*dev/studio/requirements-render\.txt"):
        exam.make_exam(tmp_path / "exam")
