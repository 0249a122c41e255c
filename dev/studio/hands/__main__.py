"""Command line of the ASL hands: ``python -m dev.studio.hands COMMAND --mesh right.glb`` (``dev/studio/README.md``)."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from course.datasets.reading import contents, read_letters
from course.paths import ROOT
from dev.studio.hands import dataset, fit, photos, sheets, weigh
from dev.studio.hands.reader import Reader


def _read(edition: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, 28, 28) and labels (N,) of a split of an edition."""
    (path,) = (edition / "asl_data").glob(f"sign_mnist_{split}.csv*")
    table = read_letters(contents(path), path)
    return table[:, 1:].reshape(-1, dataset.SIDE, dataset.SIDE), table[:, 0]


def main() -> None:
    """Read the command line and make what it names."""
    parser = argparse.ArgumentParser(prog="python -m dev.studio.hands", description=__doc__.split(";")[0])
    parser.add_argument(
        "--mesh", type=Path, default=Path("right.glb"), help="generic-hand/right.glb, see dev/studio/README.md"
    )
    parser.add_argument("--processes", type=int, default=2)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("dataset", help="write data/asl_data")
    one.add_argument("splits", nargs="*", default=list(dataset.ROWS), help=f"some of {', '.join(dataset.ROWS)}")
    commands.add_parser("photos", help="write data/asl_images")
    one = commands.add_parser("fit", help="fit variants of the poses to the real edition; writes variants.json")
    one.add_argument("--real", type=Path, required=True, help="folder of the real edition")
    one.add_argument("--reader", type=Path, help="reader.npz, see dev/studio/hands/measure.py")
    one.add_argument("--add", action="store_true", help="keep what was found before")
    one.add_argument("--count", type=int, default=6)
    one.add_argument("--letters", default="".join(fit.LETTERS))
    one = commands.add_parser("weigh", help="weigh the variants by what a network reads in them")
    one.add_argument("--reader", type=Path, required=True)
    one = commands.add_parser("sheet", help="contact sheets of both, SHEET-data.jpg and SHEET-photos.jpg")
    one.add_argument("sheet", type=Path)
    one = commands.add_parser("reading", help="unlabeled pictures for a reader, with a key")
    one.add_argument("folder", type=Path)
    args = parser.parse_args()
    if args.command == "dataset":
        dataset.write(ROOT / "data" / "asl_data", args.mesh, args.splits, args.processes)
    elif args.command == "photos":
        photos.write(ROOT / "data" / "asl_images", args.mesh)
    elif args.command == "fit":
        reader = Reader.load(args.reader) if args.reader else None
        fit.fit(
            args.mesh,
            *_read(args.real, "train"),
            args.letters,
            args.count,
            processes=args.processes,
            reader=reader,
            add=args.add,
        )
    elif args.command == "weigh":
        weigh.weigh(args.mesh, Reader.load(args.reader), args.processes)
    elif args.command == "sheet":
        sheets.letters_sheet(Path(f"{args.sheet}-data.jpg"), *_read(ROOT / "data", "train"))
        sheets.photos_sheet(Path(f"{args.sheet}-photos.jpg"), ROOT / "data" / "asl_images")
    else:
        sheets.reading_test(args.folder, args.mesh)


if __name__ == "__main__":
    main()
