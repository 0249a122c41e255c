"""Draws ``images/recurrent.png``, a recurrent network unrolled over a headline, for lesson 06.

Usage, in the root of the checkout, in an environment with matplotlib: ``python -m studio.recurrent_figure``. Its words
are those of a headline, its bars are made up.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from course.paths import ROOT

TARGET = ROOT / "images" / "recurrent.png"
WORDS = ("[START]", "city", "council", "votes", "[END]")
EMBEDDINGS = ((0.2, 0.8, 0.5, 0.3), (0.9, 0.1, 0.4, 0.7), (0.8, 0.3, 0.6, 0.9), (0.1, 0.6, 0.9, 0.2))
BARS = (
    (0.15, 0.5, 0.3, 0.25, 0.1),
    (0.1, 0.25, 0.75, 0.15, 0.2),
    (0.1, 0.2, 0.15, 0.6, 0.4),
    (0.2, 0.1, 0.3, 0.15, 0.7),
)
RIGHT = (1, 2, 3, 4)
"""Which bar is that of the token that came."""
STEP = 2.6
BLUE, ORANGE, GREY = "#006BA4", "#C85200", "#595959"


def arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = GREY, width: float = 1.5
) -> None:
    """An arrow from `start` to `end`."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": width})


def word(axes: Axes, x: float, number: int) -> None:
    """One word on its way through the network: token, embedding, box, bars, the token that came."""
    axes.text(x, 0, WORDS[number], ha="center", va="center", fontsize=12)
    arrow(axes, (x, 0.25), (x, 0.75))
    for place, value in enumerate(EMBEDDINGS[number]):
        left = x - 0.6 + 0.3 * place
        axes.add_patch(FancyBboxPatch((left, 0.8), 0.3, 0.3, "square,pad=0", facecolor=str(value), edgecolor=GREY))
    arrow(axes, (x, 1.15), (x, 1.65))
    axes.add_patch(FancyBboxPatch((x - 0.6, 1.75), 1.2, 0.7, "round,pad=0.08", facecolor=BLUE, edgecolor=BLUE))
    axes.text(x, 2.1, "LSTM", ha="center", va="center", color="white", fontsize=12, fontweight="bold")
    arrow(axes, (x, 2.55), (x, 3.0))
    for place, height in enumerate(BARS[number]):
        colour = ORANGE if place == RIGHT[number] else GREY
        axes.bar(x - 0.5 + 0.25 * place, height, 0.18, bottom=3.1, color=colour)
    axes.text(x, 4.1, WORDS[number + 1], ha="center", va="center", fontsize=12, color=ORANGE)


def draw() -> Figure:
    """The figure: four words, and the state that goes from each to the next."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    for number in range(len(EMBEDDINGS)):
        x = STEP * number
        word(axes, x, number)
        arrow(axes, (x + 0.7, 2.1), (x + STEP - 0.7, 2.1), BLUE, 3)
    axes.set(xlim=(-1, STEP * len(EMBEDDINGS) - 0.6), ylim=(-0.3, 4.4))
    return figure


def main() -> None:
    """Write the picture."""
    TARGET.parent.mkdir(exist_ok=True)
    draw().savefig(TARGET, dpi=160, metadata={"Software": None})
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
