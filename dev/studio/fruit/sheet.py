"""Contact sheets to look at, and a quiz for a reader who did not make the pictures.

Usage: ``python -m dev.studio.fruit.sheet DIR --out sheet.jpg`` (a row a class), ``--quiz 120`` for numbered pictures in
mixed order with the answers in ``sheet.key.csv``; DIR holds class folders.
"""

from __future__ import annotations

import argparse
import csv
import random
from pathlib import Path

from PIL import Image, ImageDraw

from dev.studio.fruit.plan import CLASSES
from dev.studio.pictures import tile


def paths_of(folder: Path) -> dict[str, list[Path]]:
    """The pictures of each class below `folder`, in the order of their names."""
    return {label: sorted((folder / label).glob("*.jpg")) for label in CLASSES}


def contact_sheet(folder: Path, columns: int, side: int, rows: int = 1, skip: int = 0) -> Image.Image:
    """`rows` rows of each class, in the order of `CLASSES`, leaving out the first `skip` pictures."""
    sheet = Image.new("RGB", (columns * side, rows * len(CLASSES) * side), "white")
    for row, paths in enumerate(paths_of(folder).values()):
        for place, path in enumerate(paths[skip : skip + rows * columns]):
            sheet.paste(tile(path, side), (place % columns * side, (row * rows + place // columns) * side))
    return sheet


def quiz(
    folder: Path, count: int, columns: int, side: int, seed: int
) -> tuple[Image.Image, list[tuple[int, str, str]]]:
    """`count` pictures, the classes alike, mixed and numbered; and (number, class, file) of each."""
    rng = random.Random(seed)
    chosen = [
        (label, path) for label, paths in paths_of(folder).items() for path in rng.sample(paths, count // len(CLASSES))
    ]
    rng.shuffle(chosen)
    sheet = Image.new("RGB", (columns * side, -(-len(chosen) // columns) * (side + 14)), "white")
    pen = ImageDraw.Draw(sheet)
    for place, (_, path) in enumerate(chosen):
        x, y = place % columns * side, place // columns * (side + 14)
        pen.text((x + 4, y + 1), str(place + 1), fill="black")
        sheet.paste(tile(path, side), (x, y + 14))
    return sheet, [(place + 1, label, path.name) for place, (label, path) in enumerate(chosen)]


def main() -> None:
    """Write the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m dev.studio.fruit.sheet", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--columns", type=int, default=15)
    parser.add_argument("--rows", type=int, default=1, help="rows of each class")
    parser.add_argument("--skip", type=int, default=0, help="pictures of each class to leave out first")
    parser.add_argument("--side", type=int, default=112)
    parser.add_argument("--quiz", type=int, default=0, help="pictures of a quiz, in mixed order and without names")
    parser.add_argument("--seed", type=int, default=0, help="quiz: which pictures")
    options = parser.parse_args()
    if options.quiz:
        sheet, key = quiz(options.folder, options.quiz, options.columns, options.side, options.seed)
        with options.out.with_suffix(".key.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("number", "class", "file"), *key])
    else:
        sheet = contact_sheet(options.folder, options.columns, options.side, options.rows, options.skip)
    sheet.save(options.out, quality=85)


if __name__ == "__main__":
    main()
