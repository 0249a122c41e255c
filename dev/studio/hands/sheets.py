"""Contact sheets to look at, and unlabeled pictures to test whether a person can read the letters.

Usage: ``python -m dev.studio.hands sheet OUT.jpg``, ``python -m dev.studio.hands reading OUT --mesh right.glb``.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from dev.studio.hands import LETTERS
from dev.studio.hands.dataset import picture, plan
from dev.studio.pictures import tile


def letters_sheet(
    path: Path, images: np.ndarray, labels: np.ndarray, columns: int = 16, size: int = 48, seed: int = 1
) -> None:
    """Write a sheet with `columns` random images of each letter, in two halves side by side."""
    chance = np.random.default_rng(seed)
    sheet = Image.new("L", (2 * (columns * size + 20), 12 * size), 255)
    pen = ImageDraw.Draw(sheet)
    for label, letter in enumerate(LETTERS):
        left, top = (label // 12) * (columns * size + 20), (label % 12) * size
        pen.text((left + 6, top + size // 2 - 6), letter, fill=0)
        of_letter = np.flatnonzero(labels == label)
        for column, index in enumerate(chance.choice(of_letter, columns, replace=len(of_letter) < columns)):
            image = Image.fromarray(images[index]).resize((size, size), Image.Resampling.BICUBIC)
            sheet.paste(image, (left + 20 + column * size, top))
    sheet.save(path, quality=80)


def photos_sheet(path: Path, folder: Path, size: int = 100, columns: int = 10) -> None:
    """Write a sheet of all color images, a row a letter, two rows side by side."""
    files = sorted(folder.glob("*.jpg"))
    sheet = Image.new("RGB", (2 * columns * size + 20, 12 * size), "white")
    for index, letter in enumerate(LETTERS):
        left, top = (index // 12) * (columns * size + 20), index % 12 * size
        of_letter = [file for file in files if file.name[0] == letter]
        for column, file in enumerate(of_letter[:columns]):
            sheet.paste(tile(file, size), (left + column * size, top))
    sheet.save(path, quality=82)


def reading_test(folder: Path, mesh: Path, each: int = 10, seed: int = 1) -> None:
    """Write pictures to be named by a reader who has the reference chart, and the key to mark the answers by.

    ``112/000.png …`` and ``28/000.png …`` (shown four times as large) are the same hands at two sizes, `each` a letter
    from the validation split, in an order of their own; ``key.csv`` has a row for each: size, file, letter, form.
    """
    chance = np.random.default_rng(seed)
    rows = np.array(plan("valid"))
    rows = np.concatenate([chance.permutation(rows[rows[:, 1] == label])[:each] for label in range(len(LETTERS))])
    key = []
    for side in (112, 28):
        (folder / str(side)).mkdir(parents=True, exist_ok=True)
        for number, (row, label, who) in enumerate(chance.permutation(rows)):
            image, factors = picture(mesh, "valid", int(row), int(label), int(who), side)
            name = f"{number:03}.png"
            Image.fromarray(image).resize((112, 112), Image.Resampling.BICUBIC).save(folder / str(side) / name)
            key.append((side, name, LETTERS[label], factors[5]))
    with (folder / "key.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("size", "file", "letter", "form"), *key])
    for side in (112, 28):
        _reading_sheets(folder, side, each * len(LETTERS))


def _reading_sheets(folder: Path, side: int, count: int, columns: int = 10, rows: int = 6) -> None:
    """Sheets of numbered pictures, which a reader gets through sooner than single files."""
    for start in range(0, count, columns * rows):
        sheet = Image.new("L", (columns * 120, rows * 132), 255)
        pen = ImageDraw.Draw(sheet)
        for place in range(min(columns * rows, count - start)):
            left, top = place % columns * 120 + 4, place // columns * 132
            sheet.paste(Image.open(folder / str(side) / f"{start + place:03}.png"), (left, top + 14))
            pen.text((left, top + 1), f"{start + place:03}", fill=0)
        sheet.save(folder / f"sheet{side}_{start // (columns * rows)}.png")
