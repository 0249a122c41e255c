"""Contact sheets: ``python -m dev.studio.bo.sheets FOLDER SHEET.jpg --columns 12 --cell 110 [--every 2]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from dev.studio.pictures import tile


def sheet(files: list[Path], columns: int, cell: int) -> Image.Image:
    """The pictures side by side, each in a square of `cell` pixels."""
    rows = -(-len(files) // columns)
    page = Image.new("RGB", (columns * cell, rows * cell), "white")
    for number, path in enumerate(files):
        page.paste(tile(path, cell, margin=0), (number % columns * cell, number // columns * cell))
    return page


def main() -> None:
    """Read the options and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--columns", type=int, default=12)
    parser.add_argument("--cell", type=int, default=110)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--class", dest="label", choices=("bo", "not_bo"))
    options = parser.parse_args()
    files = sorted(path for path in options.folder.rglob("*.jpg") if options.label in (None, path.parent.name))
    sheet(files[:: options.every], options.columns, options.cell).save(options.sheet, quality=80)


if __name__ == "__main__":
    main()
