"""Writes ``data/manifest.json``: what the embedded edition consists of.

Usage, in the root of the checkout, after a set was made: ``python -m dev.studio.manifest``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from course.datasets.image_sets import is_image, letter_of, read_photos
from course.datasets.reading import ASL_FILES, ASL_KNOWN, SETS, read_headlines, table_at
from course.datasets.untrusted import contents
from course.files import sha256, write_json
from course.paths import ROOT

VERSION = "1.0"
"""Version of the edition."""


def count_mnist(folder: Path) -> dict[str, int]:
    """Number of images in each split."""
    with np.load(folder / "mnist.npz", allow_pickle=False) as arrays:
        return {split: len(arrays[f"y_{split}"]) for split in ("train", "test")}


def count_pretrained(folder: Path) -> dict[str, int]:
    """Number of classes, and of parameters of the network."""
    with np.load(folder / "efficientnet_lite0.npz", allow_pickle=False) as arrays:
        parameters = sum(arrays[key].size for key in arrays)
    names = json.loads((folder / "imagenet_classes.json").read_text(encoding="utf-8"))
    return {"classes": len(names), "parameters": parameters}


def count_nyt(folder: Path) -> dict[str, int]:
    """Number of files, of rows, of headlines that are there, and of different ones."""
    paths = sorted((folder / "articles").glob("*.csv"))
    rows = [headline for path in paths for headline in read_headlines(path.read_bytes(), path)]
    there = [headline for headline in rows if headline != "Unknown"]
    return {"months": len(paths), "rows": len(rows), "headlines": len(there), "distinct": len(set(there))}


def count_asl_data(folder: Path) -> dict[str, int]:
    """Number of images in each split."""
    tables = {split: table_at(folder, name) for split, name in {**ASL_FILES, "known": ASL_KNOWN}.items()}
    return {split: contents(path).count(b"\n") - 1 for split, path in tables.items() if path.exists()}


def count_asl_images(folder: Path) -> dict[str, int]:
    """Number of pictures, and of different letters."""
    names = [path.name for path in folder.iterdir() if is_image(path)]
    return {"pictures": len(names), "letters": len({letter_of(name) for name in names})}


def count_doggy_door(folder: Path) -> dict[str, int]:
    """Number of pictures in photos.csv."""
    return {"pictures": len(read_photos((folder / "photos.csv").read_bytes(), folder / "photos.csv"))}


def count_classes(folder: Path) -> dict[str, int]:
    """Number of pictures in each split; the manifest lists them by class anyway."""
    splits = [split for split in ("train", "valid", "test", "belt/valid", "belt/test") if (folder / split).is_dir()]
    return {split: sum(1 for path in (folder / split).rglob("*") if is_image(path)) for split in splits}


CONTENTS = {
    "mnist": ("1.0", count_mnist),
    "asl_data": ("2.0", count_asl_data),
    "asl_images": ("2.0", count_asl_images),
    "doggy_door": ("2.0", count_doggy_door),
    "bo": ("2.0", count_classes),
    "nyt": ("2.0", count_nyt),
    "fruits": ("2.0", count_classes),
    "pretrained": ("1.0", count_pretrained),
}
"""Version of each set, and what counts it, given its folder; a set without a folder is not in the edition yet.

Raise the version whenever a file of the set changes: what lessons saved on an older one is then refused.
"""


def describe(root: Path) -> dict[str, object]:
    """Make the manifest of the edition in `root`: every file in a folder of a set, each set's version and counts."""
    here = {name: root / SETS[name].folder for name in CONTENTS if (root / SETS[name].folder).is_dir()}
    found = sorted(path for folder in here.values() for path in folder.rglob("*") if path.is_file())
    files = [path for path in found if not path.name.startswith(".")]  # what file managers leave is no data
    return {
        "edition": "embedded",
        "version": VERSION,
        "files": {
            path.relative_to(root).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size} for path in files
        },
        "sets": {name: {"version": CONTENTS[name][0], **CONTENTS[name][1](folder)} for name, folder in here.items()},
    }


def main() -> None:
    """Write the manifest of ``data/``."""
    write_json(ROOT / "data" / "manifest.json", describe(ROOT / "data"))


if __name__ == "__main__":
    main()
