"""Draws ``images/vgg16.png``, the shape of VGG16 for lesson 05a: what goes from block to block.

Usage, in the root of the checkout, in an environment with matplotlib: ``python -m studio.vgg16_figure``. Numbers and
symbols alone, so that one picture serves every language.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from course.paths import ROOT

TARGET = ROOT / "images" / "vgg16.png"
BLOCKS = ((224, 64, 2), (112, 128, 2), (56, 256, 3), (28, 512, 3), (14, 512, 3))
"""Side of the feature maps, channels, convolutions."""
DENSE = (4096, 4096, 1000)
DEPTH = 0.35
"""Depth of a stack as it is drawn, over its height."""
BLUE, ORANGE, GREY = "#006BA4", "#C85200", "#595959"


def cuboid(axes: Axes, left: float, width: float, side: float, colour: str, depth: float) -> float:
    """Draw a stack of feature maps of height `side`, centred on 0; return the right edge of its front."""
    front = [(left, -side / 2), (left + width, -side / 2), (left + width, side / 2), (left, side / 2)]
    top = [front[3], front[2], (front[2][0] + depth, front[2][1] + depth), (left + depth, side / 2 + depth)]
    flank = [front[1], front[2], top[2], (front[1][0] + depth, front[1][1] + depth)]
    for face, shade in ((front, 1.0), (top, 0.55), (flank, 0.75)):
        mixed = shade * np.array(to_rgb(colour)) + 1 - shade
        axes.add_patch(Polygon(face, facecolor=mixed, edgecolor="white", linewidth=1))
    return left + width


def draw() -> Figure:
    """The figure: an input, five blocks, three dense layers."""
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_aspect("equal")
    x = cuboid(axes, 0, 4, 224, GREY, depth=DEPTH * 224) + DEPTH * 224
    axes.text(2, -135, "224 × 224\n× 3", ha="center", va="top", fontsize=9)
    for side, channels, convolutions in BLOCKS:
        x += 30
        width = channels / 8
        for number in range(convolutions):
            left = x + number * (width + 3)
            right = cuboid(axes, left, width, side, BLUE, depth=DEPTH * side)
        middle = (x + right) / 2
        axes.text(middle, -135, f"{side} × {side}\n× {channels}", ha="center", va="top", fontsize=9)
        axes.text(middle, -180, f"{convolutions} × (3 × 3)", ha="center", va="top", fontsize=9, color=BLUE)
        x = right + DEPTH * side
    x += 50
    for neurons in DENSE:
        cuboid(axes, x, 8, neurons / 20, ORANGE, depth=6)
        axes.text(x + 4, -135, f"{neurons}", ha="center", va="top", fontsize=9, color=ORANGE)
        x += 55
    axes.set(xlim=(-30, x - 20), ylim=(-205, 195))
    return figure


def main() -> None:
    """Write the picture."""
    TARGET.parent.mkdir(exist_ok=True)
    draw().savefig(TARGET, dpi=160, metadata={"Software": None})
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
