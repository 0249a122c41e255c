"""The embedded ASL hands, as files: what their data card says of them holds. One test renders, if the mesh is there."""

from __future__ import annotations

import csv
import json
import lzma
import os
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from course.datasets.reading import ASL_LETTERS, read_letters
from course.paths import ROOT

FOLDER = ROOT / "data" / "asl_data"
PHOTOS = ROOT / "data" / "asl_images"
ROWS = {"train": 27_455, "valid": 7_172, "known": 1_728}
GROUPED = ("hand", "skin_tone", "sleeve")
BOXED = ("letter", "file", "left", "top", "right", "bottom")
MESH = Path(os.environ.get("COURSE_HAND_MESH", "right.glb"))


@lru_cache(maxsize=3)
def images_and_labels(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 784) and labels (N,) of a split."""
    path = FOLDER / f"sign_mnist_{split}.csv.xz"
    table = read_letters(lzma.decompress(path.read_bytes()), path)
    return table[:, 1:], table[:, 0]


def columns(text: str) -> dict[str, list[str]]:
    """Column → values of a CSV file's text."""
    return {name: list(values) for name, *values in zip(*csv.reader(text.splitlines()), strict=True)}


@lru_cache(maxsize=3)
def factors(split: str) -> dict[str, list[str]]:
    """Column → values of a split's factors."""
    return columns(lzma.decompress((FOLDER / f"factors_{split}.csv.xz").read_bytes()).decode())


@lru_cache(maxsize=1)
def photo_factors() -> dict[str, list[str]]:
    """Column → values of the color images' factors."""
    return columns((PHOTOS / "factors.csv").read_text())


def people(split: str, *names: str) -> dict[str, tuple[str, ...]]:
    """Signer → their values of some columns, which have to be the same in all of their images."""
    found = defaultdict(set)
    for signer, *values in zip(*(factors(split)[name] for name in ("signer", *names)), strict=True):
        found[signer].add(tuple(values))
    assert all(len(values) == 1 for values in found.values())
    return {signer: next(iter(values)) for signer, values in found.items()}


def third(tone: str) -> int:
    """0 for light skin, 1 for medium, 2 for dark, as the lessons cut it."""
    return sum(float(tone) > border for border in (4, 7))


@pytest.mark.parametrize("split", ROWS)
def test_each_split_has_its_rows_and_every_letter(split: str) -> None:
    images, labels = images_and_labels(split)
    counts = np.bincount(labels, minlength=24)
    assert len(images) == ROWS[split]
    assert len(counts) == 24
    assert counts.min() > 0.4 * counts.mean()
    assert len(set(counts)) > 12 or split == "known"  # unequal, as in life


@pytest.mark.parametrize("split", ROWS)
def test_factors_stand_row_by_row_beside_the_images(split: str) -> None:
    images, labels = images_and_labels(split)
    forms = json.loads((ROOT / "dev" / "studio" / "hands" / "poses.json").read_text())["letters"]
    assert {len(values) for values in factors(split).values()} == {len(images)}
    pairs = zip(labels, factors(split)["form"], strict=True)
    assert all(form in forms[ASL_LETTERS[label]] for label, form in pairs)


def test_no_image_occurs_twice_and_no_validation_signer_is_in_training() -> None:
    signers = {split: set(factors(split)["signer"]) for split in ROWS}
    assert len(signers["train"]) == 72
    assert len(signers["valid"]) == 240
    assert not signers["train"] & signers["valid"]
    assert signers["known"] == signers["train"]
    assert len({image.tobytes() for split in ROWS for image in images_and_labels(split)[0]}) == sum(ROWS.values())


def test_known_signers_sign_each_letter_once_with_hand_and_skin_of_training() -> None:
    pairs = set(zip(factors("known")["signer"], images_and_labels("known")[1], strict=True))
    assert len(pairs) == ROWS["known"] == 72 * 24
    assert people("known", "hand", "skin_tone", "sleeve") == people("train", "hand", "skin_tone", "sleeve")


def test_validation_confounds_skin_tone_with_the_hand_and_crosses_the_sleeve() -> None:
    everybody = [(third(tone), hand, sleeve) for hand, tone, sleeve in people("valid", *GROUPED).values()]
    assert Counter(tone for tone, _, _ in everybody) == {0: 80, 1: 80, 2: 80}
    assert Counter(tone for tone, hand, _ in everybody if hand == "left") == {0: 8, 1: 16, 2: 32}
    bare = Counter((tone, hand) for tone, hand, sleeve in everybody if sleeve == "none")
    for group, count in Counter((tone, hand) for tone, hand, _ in everybody).items():
        assert abs(bare[group] / count - 0.6) < 0.05
    images = Counter(factors("valid")["signer"])
    assert min(images.values()) >= 28


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


def test_ten_color_images_a_letter_at_photo_size() -> None:
    image = pytest.importorskip("PIL.Image")
    pictures = {path.name: image.open(path) for path in sorted(PHOTOS.glob("*.jpg"))}
    assert Counter(name[0] for name in pictures) == dict.fromkeys(ASL_LETTERS, 10)
    assert all((picture.mode, picture.format) == ("RGB", "JPEG") for picture in pictures.values())
    assert all(300 <= side <= 600 for picture in pictures.values() for side in picture.size)
    assert len({picture.size for picture in pictures.values()}) == 6
    assert photo_factors()["file"] == list(pictures)
    for letter, file, *box in zip(*(photo_factors()[name] for name in BOXED), strict=True):
        left, top, right, bottom = map(int, box)
        assert letter == file[0]
        assert 0 <= left < right - 40
        assert 0 <= top < bottom - 40
        assert right <= pictures[file].width
        assert bottom <= pictures[file].height


def test_color_images_cross_letters_cameras_light_and_distances() -> None:
    table = photo_factors()
    cells = Counter(zip(table["camera"], table["light"], strict=True))
    assert len(cells) == 6 * 4
    assert set(cells.values()) == {10}
    assert set(Counter(zip(table["letter"], table["distance"], strict=True)).values()) == {3, 4}
    assert set(Counter(zip(table["signer"], table["camera"], strict=True)).values()) == {10}
    assert len(set(zip(table["signer"], table["letter"], strict=True))) == 240


@pytest.mark.skipif(not MESH.is_file(), reason="COURSE_HAND_MESH names no generic-hand/right.glb")
@pytest.mark.parametrize("split", ROWS)
def test_an_image_drawn_again_is_the_one_in_the_file(split: str) -> None:
    pytest.importorskip("numba")
    from dev.studio.hands.dataset import picture, plan

    images, labels = images_and_labels(split)
    for row, label, signer in plan(split)[:3]:
        drawn, made = picture(MESH, split, row, label, signer)
        assert label == labels[row]
        assert made[0] == factors(split)["signer"][row]
        different = np.abs(drawn.ravel().astype(int) - images[row])
        assert np.mean(different > 2) < 0.01
