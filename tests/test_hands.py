"""The embedded ASL hands, as files: what their data card says of them holds. One test renders, if the mesh is there."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from course.datasets.reading import ASL_FILES, ASL_LETTERS, contents, read_letters
from course.paths import ROOT

FOLDER = ROOT / "data" / "asl_data"
PHOTOS = ROOT / "data" / "asl_images"
ROWS = {"train": 27_455, "valid": 7_172}
MESH = Path(os.environ.get("COURSE_HAND_MESH", "right.glb"))


@lru_cache(maxsize=2)
def images_and_labels(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 784) and labels (N,) of a split."""
    path = FOLDER / ASL_FILES[split]
    table = read_letters(contents(path), path)
    return table[:, 1:], table[:, 0]


@lru_cache(maxsize=2)
def factors(split: str) -> dict[str, list[str]]:
    """Column → values of a split's factors."""
    text = gzip.decompress((FOLDER / f"factors_{split}.csv.gz").read_bytes()).decode()
    rows = list(csv.reader(io.StringIO(text)))
    return {name: list(values) for name, *values in zip(*rows, strict=True)}


@pytest.mark.parametrize("split", ROWS)
def test_each_split_has_as_many_rows_as_the_original_and_every_letter(split: str) -> None:
    images, labels = images_and_labels(split)
    counts = np.bincount(labels, minlength=24)
    assert len(images) == ROWS[split]
    assert len(counts) == 24
    assert counts.min() > 0.4 * counts.mean()
    assert len(set(counts)) > 12  # unequal, as in life


@pytest.mark.parametrize("split", ROWS)
def test_factors_stand_row_by_row_beside_the_images(split: str) -> None:
    images, labels = images_and_labels(split)
    forms = json.loads((ROOT / "dev" / "studio" / "hands" / "poses.json").read_text())["letters"]
    assert {len(values) for values in factors(split).values()} == {len(images)}
    pairs = zip(labels, factors(split)["form"], strict=True)
    assert all(form in forms[ASL_LETTERS[label]] for label, form in pairs)


def test_no_signer_and_no_image_is_in_both_splits() -> None:
    signers = [set(factors(split)["signer"]) for split in ROWS]
    assert not signers[0] & signers[1]
    train, valid = ({image.tobytes() for image in images_and_labels(split)[0]} for split in ROWS)
    assert not train & valid
    assert len(train) == ROWS["train"]
    assert len(valid) == ROWS["valid"]


@pytest.mark.parametrize("split", ROWS)
def test_skin_tones_are_spread_evenly_from_1_to_10(split: str) -> None:
    tones = np.array(factors(split)["skin_tone"], float)
    shares = np.histogram(tones, bins=[1, 2.8, 4.6, 6.4, 8.2, 10])[0] / len(tones)
    assert shares.min() > 0.15


def test_darker_skin_is_darker_in_the_images() -> None:
    images, _ = images_and_labels("train")
    tones = np.array(factors("train")["skin_tone"], float)
    middle = images.reshape(-1, 28, 28)[:, 10:20, 10:18].mean((1, 2))
    assert np.corrcoef(tones, middle)[0, 1] < -0.3


@pytest.mark.parametrize("split", ROWS)
def test_both_hands_sleeves_and_all_backgrounds_occur(split: str) -> None:
    hands = Counter(factors(split)["hand"])
    assert set(hands) == {"left", "right"}
    assert min(hands.values()) > 0.05 * ROWS[split]
    assert set(factors(split)["sleeve"]) == {"none", "light", "dark"}
    assert set(factors(split)["background"]) == {"wall", "table", "door", "window", "shelf", "person"}


@pytest.mark.parametrize("split", ROWS)
def test_the_textbook_t_stands_beside_the_pointing_one(split: str) -> None:
    _, labels = images_and_labels(split)
    forms = np.array(factors(split)["form"])[labels == ASL_LETTERS.index("t")]
    assert 0.2 < np.mean(forms == "between") < 0.6


def test_one_colour_picture_a_letter_at_photo_size() -> None:
    image = pytest.importorskip("PIL.Image")
    pictures = {path.stem: image.open(path) for path in sorted(PHOTOS.glob("*.png"))}
    assert "".join(pictures) == ASL_LETTERS
    assert all(picture.mode == "RGB" for picture in pictures.values())
    assert all(300 <= side <= 600 for picture in pictures.values() for side in picture.size)
    assert any(picture.width != picture.height for picture in pictures.values())


@pytest.mark.skipif(not MESH.is_file(), reason="COURSE_HAND_MESH names no generic-hand/right.glb")
def test_an_image_drawn_again_is_the_one_in_the_file() -> None:
    pytest.importorskip("numba")
    from dev.studio.hands.dataset import picture, plan

    images, labels = images_and_labels("valid")
    for row, label, signer in plan("valid")[:3]:
        drawn, made = picture(MESH, "valid", row, label, signer)
        assert label == labels[row]
        assert made[0] == factors("valid")["signer"][row]
        different = np.abs(drawn.ravel().astype(int) - images[row])
        assert np.mean(different > 2) < 0.01
