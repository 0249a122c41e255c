"""The embedded pictures of Bo and of the others: how many, how large, none twice, labels and factors alike."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course.paths import ROOT

FOLDER = ROOT / "data" / "presidential_doggy_door"
COUNTS = {
    "train/bo": 18,
    "train/not_bo": 121,
    "valid/bo": 30,
    "valid/not_bo": 60,
    "test/bo": 53,
    "test/not_bo": 107,
}
PLANNED = {
    "train": {"bo": 18, "nearly": 30, "dog": 46, "cat": 23, "none": 22},
    "valid": {"bo": 30, "nearly": 26, "dog": 17, "cat": 9, "none": 8},
    "test": {"bo": 53, "nearly": 47, "dog": 30, "cat": 16, "none": 14},
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the embedded edition is not complete here")


def pictures() -> list[Path]:
    return sorted(FOLDER.glob("*/*/*.jpg"))


@pytest.fixture(scope="module")
def factors() -> list[dict[str, str]]:
    with (FOLDER / "factors.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def thumbnails() -> np.ndarray:
    """Each picture as 12 x 12 gray values, (N, 144)."""
    small = []
    for path in pictures():
        with Image.open(path) as picture:
            small.append(np.asarray(picture.convert("L").resize((12, 12), Image.Resampling.BOX), float).ravel())
    return np.array(small)


def test_every_class_has_its_number_of_pictures():
    assert Counter(path.parent.relative_to(FOLDER).as_posix() for path in pictures()) == COUNTS


def test_class_folders_hold_pictures_alone():
    assert [path for path in FOLDER.glob("*/*/*") if path.suffix != ".jpg"] == []
    assert [path.name for path in (FOLDER / "train").iterdir() if not path.is_dir()] == []


def test_pictures_are_rgb_jpegs_of_about_256_pixels():
    for path in pictures():
        with Image.open(path) as picture:
            picture.load()
            assert (picture.format, picture.mode) == ("JPEG", "RGB"), path
            assert max(picture.size) == 256, path
            assert min(picture.size) >= 160, path


def test_all_pictures_together_take_less_than_two_and_a_half_megabytes():
    assert sum(path.stat().st_size for path in pictures()) < 2_500_000


def test_no_picture_occurs_twice():
    digests = Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures())
    assert max(digests.values()) == 1


@pytest.mark.parametrize(("one", "other"), [("valid", "train"), ("test", "train"), ("test", "valid")])
def test_no_picture_of_one_split_is_nearly_one_of_another(thumbnails, one, other):
    split = np.array([path.relative_to(FOLDER).parts[0] for path in pictures()])
    difference = np.abs(thumbnails[split == one][:, None] - thumbnails[split == other][None]).mean(2)
    assert difference.min() > 5


def test_no_picture_is_blank_black_or_burnt_out(thumbnails):
    assert thumbnails.std(1).min() > 5
    assert thumbnails.mean(1).min() > 25
    assert thumbnails.mean(1).max() < 235


def test_factors_name_every_picture_once_with_its_label(factors):
    assert sorted(row["file"] for row in factors) == [path.relative_to(FOLDER).as_posix() for path in pictures()]
    assert all(row["file"].split("/")[1] == row["label"] for row in factors)


def test_bo_alone_is_bo_and_always_the_same_dog(factors):
    assert all((row["label"] == "bo") == (row["look"] == "bo") for row in factors)
    assert len({row["animal_seed"] for row in factors if row["look"] == "bo"}) == 1


def test_no_other_animal_is_there_twice(factors):
    seeds = [row["animal_seed"] for row in factors if row["label"] == "not_bo" and row["animal"] != "none"]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("factor", ["place", "light", "pose", "framing", "cover", "format"])
def test_what_surrounds_an_animal_does_not_tell_who_it_is(factors, factor):
    rows = [row for row in factors if row["animal"] == "dog"]
    share = {label: Counter(row[factor] for row in rows if row["label"] == label) for label in ("bo", "not_bo")}
    total = {label: sum(counts.values()) for label, counts in share.items()}
    for value in set(share["bo"]) | set(share["not_bo"]):
        assert abs(share["bo"][value] / total["bo"] - share["not_bo"][value] / total["not_bo"]) < 0.1, value


def test_others_are_dogs_that_are_nearly_bo_other_dogs_cats_and_nobody(factors):
    kinds = Counter(f"{row['file'].split('/')[0]} {row['kind']}" for row in factors)
    assert kinds == {f"{split} {kind}": count for split, group in PLANNED.items() for kind, count in group.items()}
    assert all((row["animal"] == "dog") == (row["kind"] in ("bo", "nearly", "dog")) for row in factors)


@pytest.mark.parametrize("kind", ["bo", "nearly"])
@pytest.mark.parametrize("factor", ["light", "framing", "cover"])
def test_validation_and_test_are_equally_hard_to_see(factors, kind, factor):
    rows = {
        split: [r[factor] for r in factors if r["kind"] == kind and r["file"].startswith(split)] for split in PLANNED
    }
    for value in {*rows["valid"], *rows["test"]}:
        shares = [rows[split].count(value) / len(rows[split]) for split in ("valid", "test")]
        assert abs(shares[0] - shares[1]) < 0.15, value
