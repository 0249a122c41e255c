"""Writes ``data/manifest.json``: what the embedded edition consists of.

Usage, in the root of the checkout, after a set was made: ``python -m studio.manifest``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from course.datasets import SETS
from course.files import sha256, write_json
from course.paths import ROOT

VERSION = "1.0"


def count_mnist(folder: Path) -> dict[str, int]:
    """Number of images in each split."""
    with np.load(folder / "mnist.npz", allow_pickle=False) as arrays:
        return {split: len(arrays[f"y_{split}"]) for split in ("train", "test")}


COUNTS = {"mnist": count_mnist}
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
