"""The embedded fruit: its files, and the parts of its studio that need no Blender."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course.paths import ROOT
from dev.studio.fruit import dataset, photo, plan
from dev.studio.fruit.scene import compose

FRUITS = ROOT / "data" / "fruits"
SPLITS = tuple(plan.COUNTS)
made = pytest.mark.skipif(not (FRUITS / "test").is_dir(), reason="data/fruits is not in this checkout")


def fingerprint(path: Path) -> np.ndarray:
    """256 signs (−1, 1) that stay nearly the same when a picture is scaled or saved again: of its horizontal slopes."""
    with Image.open(path) as image:
        small = np.asarray(image.convert("L").resize((17, 16), Image.Resampling.BILINEAR), int)
    return np.where(small[:, 1:] > small[:, :-1], 1, -1).ravel()


# -- the files -----------------------------------------------------------------------------------------------------


@made
@pytest.mark.parametrize("split", SPLITS)
def test_each_class_has_the_pictures_of_the_plan(split):
    planned = {picture.path.as_posix() for picture in plan.embedded()}
    found = {path.relative_to(FRUITS).as_posix() for path in FRUITS.rglob("*.jpg")}
    assert {path for path in found if path.startswith(split)} == {path for path in planned if path.startswith(split)}


@made
@pytest.mark.parametrize("split", SPLITS)
def test_a_split_holds_class_folders_of_pictures_and_nothing_else(split):
    assert sorted(path.name for path in (FRUITS / split).iterdir()) == sorted(plan.CLASSES)
    assert {path.suffix for path in (FRUITS / split).rglob("*") if path.is_file()} == {".jpg"}


@made
def test_the_set_is_small():
    assert sum(path.stat().st_size for path in FRUITS.rglob("*") if path.is_file()) < 24e6


@made
def test_pictures_are_rgb_jpegs_of_a_common_size_without_metadata():
    for path in FRUITS.rglob("*.jpg"):
        with Image.open(path) as image:
            assert (image.format, image.mode) == ("JPEG", "RGB"), path
            assert max(image.size) == 256 and min(image.size) >= 150, path
            assert not image.getexif() and "comment" not in image.info, path


@made
def test_no_picture_is_empty_or_nearly_black():
    for path in FRUITS.rglob("*.jpg"):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("L").resize((32, 32)), float)
        assert pixels.std() > 8 and pixels.mean() > 25, path


@made
def test_no_picture_comes_twice_across_splits():
    prints = {split: np.stack([fingerprint(path) for path in (FRUITS / split).rglob("*.jpg")]) for split in SPLITS}
    for one, other in (("train", "valid"), ("train", "test"), ("valid", "test")):
        different_signs = (256 - prints[one] @ prints[other].T) // 2
        assert different_signs.min() > 4, (one, other)


@made
def test_factors_tell_of_training_and_validation_pictures_alone():
    with (FRUITS / "factors.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    listed = {row["file"] for row in rows}
    assert listed == {picture.path.as_posix() for picture in plan.embedded() if not picture.folder.startswith("test")}
    assert min(float(row["rot_seen"]) for row in rows if row["rot_seen"]) > 0.12


# -- plans, seeds, names -------------------------------------------------------------------------------------------


def test_the_plan_has_the_counts_of_a_course_and_of_a_fair_test():
    splits = Counter(picture.folder.split("/")[0] for picture in plan.embedded())
    assert splits == {"train": 1182, "valid": 329, "test": 300}
    assert plan.COUNTS["test"] == (50,) * 6


def test_any_first_part_of_the_plan_is_balanced():
    shares = Counter(picture.folder for picture in plan.embedded())
    for length in (200, 600, 1200):
        first = Counter(picture.folder for picture in plan.embedded()[:length])
        for folder, count in shares.items():
            assert abs(first[folder] - count * length / 1811) <= 1, folder


def test_every_picture_has_a_seed_and_a_file_of_its_own():
    pictures = plan.embedded()
    assert len({picture.seed for picture in pictures}) == len({picture.path for picture in pictures}) == len(pictures)


def test_a_file_name_says_nothing_of_the_class_or_the_order():
    pictures = [picture for picture in plan.embedded() if picture.folder == "train/rottenapples"]
    assert [picture.path.name for picture in pictures] != sorted(picture.path.name for picture in pictures)
    assert all(len(picture.path.stem) == 10 and picture.path.stem.isalnum() for picture in pictures)


# -- making and resuming -------------------------------------------------------------------------------------------


def test_parts_share_the_work_without_overlap_and_leave_out_what_is_there(tmp_path):
    pictures = plan.trial(50)
    there = tmp_path / pictures[0].path
    there.parent.mkdir(parents=True)
    there.touch()
    first, second = (dataset.missing(pictures, tmp_path, (number, 2)) for number in (1, 2))
    assert pictures[0] not in first + second and set(first + second) == set(pictures[1:])
    assert not set(first) & set(second)


# -- pictures ------------------------------------------------------------------------------------------------------


def jpeg(fruit: tuple[int, int, int], ground: tuple[int, int, int]) -> bytes:
    """A square of one colour on another, as `photo.encode` gives it."""
    picture = Image.new("RGB", (256, 192), ground)
    picture.paste(fruit, (80, 48, 176, 144))
    return photo.encode(picture, np.random.default_rng(0))


def test_a_picture_in_which_nothing_stands_out_is_flat_and_is_taken_again():
    assert photo.is_flat(jpeg((236, 130, 60), (230, 128, 66)))
    assert not photo.is_flat(jpeg((228, 102, 12), (255, 255, 255)))


def test_a_retake_is_another_picture_of_the_same_class_and_the_first_take_is_always_the_same():
    picture = next(picture for picture in plan.trial(1) if picture.label == "freshapples")
    first, again, retake = (compose(picture, number)[0] for number in (0, 0, 1))
    assert np.array_equal(first.parts[0].vertices, again.parts[0].vertices)
    assert not np.array_equal(first.camera, retake.camera)
    assert first.facts["severity"] == retake.facts["severity"] == ""


@made
def test_something_stands_out_in_every_picture_of_the_set():
    assert not [path for path in FRUITS.rglob("*.jpg") if photo.is_flat(path.read_bytes())]
