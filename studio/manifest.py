"""Writes ``data/manifest.json``: what the embedded edition consists of.

Usage, in the root of the checkout, after a set was made: ``python -m studio.manifest``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from course.datasets import SETS, read_headlines
from course.files import sha256, write_json
from course.paths import ROOT

VERSION = "1.0"


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


COUNTS = {"mnist": count_mnist, "nyt": count_nyt, "pretrained": count_pretrained}
"""What counts a set, given its folder; a set without a folder is not in the edition yet."""


def describe(root: Path) -> dict[str, object]:
    """Make the manifest of the edition in `root`: every file in a folder of a set, and each set's counts."""
    here = {name: root / SETS[name].folder for name in COUNTS if (root / SETS[name].folder).is_dir()}
    found = sorted(path for folder in here.values() for path in folder.rglob("*") if path.is_file())
    files = [path for path in found if not path.name.startswith(".")]  # what file managers leave is no data
    return {
        "edition": "embedded",
        "version": VERSION,
        "files": {
            path.relative_to(root).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size} for path in files
        },
        "sets": {name: COUNTS[name](folder) for name, folder in here.items()},
    }


def main() -> None:
    """Write the manifest of ``data/``."""
    write_json(ROOT / "data" / "manifest.json", describe(ROOT / "data"))


if __name__ == "__main__":
    main()
