"""Draws the figures into ``images/``, each in light and dark: ``python -m dev.studio.figures``, or some by name."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from course.paths import ROOT
from dev.studio.figures import (
    attention,
    convolution,
    groups,
    header,
    learning,
    network,
    people,
    recurrence,
    transfer,
)
from dev.studio.figures.style import THEMES, Theme, plain, write

TARGET = ROOT / "images"
FIGURES: dict[str, Callable[[Theme], Figure]] = {
    "neuron": network.neuron,
    "backpropagation": network.backpropagation,
    "dense": network.dense,
    "dropout": network.dropout,
    "gradient_descent": learning.gradient_descent,
    "overfitting": learning.overfitting,
    "augmentation": learning.augmentation,
    "confound": groups.confound,
    "signers": people.signers,
    "convolution": convolution.convolution,
    "pooling": convolution.pooling,
    "receptive_fields": convolution.receptive_fields,
    "cnn": convolution.cnn,
    "transfer": transfer.transfer,
    "vgg16": transfer.vgg16,
    "recurrent": recurrence.recurrent,
    "attention": attention.attention,
    "header": header.header,
}
"""What each file in ``images/`` is drawn by."""


def draw(name: str, theme: Theme, folder: Path = TARGET) -> Path:
    """Draw one figure into `folder` and return its path."""
    path = folder / f"{name}{theme.suffix}.png"
    with plain():
        write(FIGURES[name](theme), theme, path)
    return path


def main() -> None:
    """Draw the figures that the command line names, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m dev.studio.figures", description="Draws the figures into images/.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--out", type=Path, default=TARGET, help="another folder than images/")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in FIGURES]
    if unknown:
        parser.error(f"there is no figure {unknown[0]}; there are {', '.join(FIGURES)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or FIGURES:
        for theme in THEMES:
            path = draw(name, theme, arguments.out)
            print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
