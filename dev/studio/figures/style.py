"""What all figures share: sizes, two palettes, a pen, and how a figure becomes a file.

A figure is 100 units wide and 1,600 pixels; a notebook shows it at half of that or a little more. So the smallest text,
`SMALL`, is 12 pixels high there. Colors are those of matplotlib's ``tableau-colorblind10`` and lighter ones of the
same hues for the dark palette; a difference in color is always one of shape, line or label, too.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Patch, Polygon, Rectangle
from PIL import Image, ImageColor, ImageDraw

from course.files import replacing

WIDTH = 100
"""Width of a figure in units."""
DPI = 160
"""Pixels an inch; an inch is ten units."""
SMALL, NORMAL, LARGE = 11, 13, 17
"""Sizes of text, in points."""
THIN, LINE, BOLD = 1.0, 1.8, 3.2
"""Widths of lines, in points."""
CORNER = 24
"""Radius of the corners of a picture, in pixels."""
COLORS = 180
GRAYS = np.array([-1, *range(3, 256, 4)])
"""A picture keeps the colors of its theme, and has so many beside them and these grays; −1 stands for no color."""
Point = tuple[float, float]


@dataclass(frozen=True)
class Theme:
    """A palette. `on_color` is for text on blue and on orange, `ink` for text on everything else."""

    suffix: str
    paper: str
    ink: str
    gray: str
    faint: str
    blue: str
    orange: str
    pale_blue: str
    pale_orange: str
    on_color: str

    def colors(self) -> list[str]:
        """All colors of the palette, which a picture keeps as they are."""
        return [getattr(self, field.name) for field in fields(self) if field.name != "suffix"]


LIGHT = Theme(
    suffix="",
    paper="#ffffff",
    ink="#1f2328",
    gray="#595959",
    faint="#c9ced4",
    blue="#006ba4",
    orange="#c85200",
    pale_blue="#d6e8f4",
    pale_orange="#fbe2d0",
    on_color="#ffffff",
)
DARK = Theme(
    suffix="-dark",
    paper="#161b22",
    ink="#eceff3",
    gray="#b4bbc4",
    faint="#4a535e",
    blue="#6cb4ea",
    orange="#ff9d4d",
    pale_blue="#1c3d57",
    pale_orange="#54301a",
    on_color="#10151b",
)
THEMES = (LIGHT, DARK)


class Sheet:
    """A sheet to draw on, `WIDTH` × `height` units, the origin in the lower left corner."""

    def __init__(self, theme: Theme, height: float) -> None:
        self.theme = theme
        self.figure = Figure(figsize=(WIDTH / 10, height / 10), dpi=DPI, facecolor=theme.paper)
        self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.height = height
        self._keep_limits()

    def _keep_limits(self) -> None:
        """Matplotlib fits the limits to each image; a sheet keeps its own."""
        self.axes.set(xlim=(0, WIDTH), ylim=(0, self.height), aspect="equal")

    def text(self, x: float, y: float, text: str, size: float = NORMAL, color: str | None = None, **more) -> None:
        """Text, centered on (x, y) unless `more` says otherwise."""
        more = {"ha": "center", "va": "center_baseline"} | more
        self.axes.text(x, y, text, fontsize=size, color=color or self.theme.ink, **{"zorder": 6} | more)

    def line(self, points: Iterable[Point], color: str | None = None, width: float = LINE, **more) -> None:
        """A line through `points`."""
        x, y = np.transpose(list(points))
        more = {"solid_capstyle": "round", "zorder": 2} | more
        self.axes.plot(x, y, color=color or self.theme.gray, linewidth=width, **more)

    def arrow(
        self, start: Point, end: Point, color: str | None = None, width: float = LINE, bend: float = 0, **more
    ) -> None:
        """An arrow, straight or bent to the left by `bend` of its length."""
        look = {
            "arrowstyle": f"-|>,head_length={0.25 + 0.1 * width},head_width={0.12 + 0.06 * width}",
            "color": color or self.theme.gray,
            "linewidth": width,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 12,
            "connectionstyle": f"arc3,rad={bend}",
        }
        self.axes.annotate("", end, start, arrowprops=look | more, zorder=3)

    def circle(self, x: float, y: float, radius: float, **more) -> None:
        """A circle, filled with paper unless `more` says otherwise."""
        look = {"facecolor": self.theme.paper, "edgecolor": self.theme.gray, "linewidth": LINE, "zorder": 4}
        self.axes.add_patch(Circle((x, y), radius, **look | more))

    def box(self, x: float, y: float, width: float, height: float, round: float = 1, **more) -> None:
        """A box with its center at (x, y), its corners rounded by `round`."""
        look = {"facecolor": self.theme.paper, "edgecolor": self.theme.gray, "linewidth": LINE, "zorder": 4}
        corner = (x - width / 2 + round, y - height / 2 + round)
        style = f"round,pad={round},rounding_size={round}" if round else "square,pad=0"
        self.axes.add_patch(
            FancyBboxPatch(corner, width - 2 * round, height - 2 * round, boxstyle=style, **look | more)
        )

    def frame(self, left: float, bottom: float, width: float, height: float, **more) -> None:
        """The outline of a rectangle."""
        look = {"facecolor": "none", "edgecolor": self.theme.orange, "linewidth": BOLD, "zorder": 5}
        self.axes.add_patch(Rectangle((left, bottom), width, height, joinstyle="miter", **look | more))

    def shape(self, points: Iterable[Point], **more) -> None:
        """A polygon."""
        look = {"facecolor": self.theme.blue, "edgecolor": self.theme.paper, "linewidth": THIN, "zorder": 4}
        self.axes.add_patch(Polygon(list(points), **look | more))

    def picture(
        self, image: np.ndarray, left: float, bottom: float, width: float, height: float | None = None, **more
    ) -> None:
        """An image with a thin outline, its pixels as squares unless `height` stretches them."""
        height = height or width * image.shape[0] / image.shape[1]
        look = {"cmap": "gray", "interpolation": "nearest", "zorder": 3}
        self.axes.imshow(image, extent=(left, left + width, bottom, bottom + height), aspect="equal", **look | more)
        self._keep_limits()
        self.frame(left, bottom, width, height, edgecolor=self.theme.gray, linewidth=THIN, zorder=3.5)

    def cut_out(self, image: np.ndarray, x: float, y: float, half: float, outline: Patch, **more) -> None:
        """A square image around (x, y), twice `half` wide, as far as it lies within `outline`."""
        extent = (x - half, x + half, y - half, y + half)
        shown = self.axes.imshow(image, extent=extent, aspect="equal", **{"cmap": "gray", "zorder": 4} | more)
        outline.set_transform(self.axes.transData)
        shown.set_clip_path(outline)
        self._keep_limits()

    def portrait(self, image: np.ndarray, x: float, y: float, radius: float, **more) -> None:
        """A square image cut to a circle, with an outline."""
        self.cut_out(image, x, y, radius, Circle((x, y), radius), **more)
        self.circle(x, y, radius, facecolor="none", edgecolor=self.theme.blue, linewidth=BOLD, zorder=5)

    def padlock(self, x: float, y: float, size: float = 1) -> None:
        """A closed padlock with its center at (x, y)."""
        turn = np.linspace(0, np.pi, 24)
        bow = [(x + size * 0.85 * np.cos(angle), y + size * (0.6 + 1.05 * np.sin(angle))) for angle in turn]
        self.line([(bow[0][0], y), *bow, (bow[-1][0], y)], self.theme.ink, LINE, zorder=5)
        self.box(x, y - 0.4 * size, 2.6 * size, 2 * size, 0.3, facecolor=self.theme.ink, edgecolor=self.theme.ink)

    def cells(
        self, values: np.ndarray, left: float, bottom: float, side: float, fills: np.ndarray, texts: np.ndarray, **more
    ) -> None:
        """A table of numbers, a square of `side` each, with the color of its square and of its text."""
        for (row, column), value in np.ndenumerate(values):
            x, y = left + side * column, bottom + side * (len(values) - 1 - row)
            look = {"facecolor": fills[row, column], "edgecolor": self.theme.gray, "linewidth": THIN, "zorder": 4}
            self.axes.add_patch(Rectangle((x, y), side, side, **look))
            self.text(x + side / 2, y + side / 2, signed(value), SMALL, texts[row, column], **more)


def signed(value: float) -> str:
    """A number with two decimals, none if it is whole, and a true minus sign."""
    rounded = round(float(value), 2) + 0.0  # not −0
    text = f"{rounded:.0f}" if float(value).is_integer() else f"{rounded:.2f}"
    return text.replace("-", "−")


def on_gray(values: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Gray fills from black at `low` to white at `high`, and a color of text that can be read on each."""
    levels = np.clip((values - low) / (high - low), 0, 1)
    fills = np.vectorize(lambda level: matplotlib.colors.to_hex((level, level, level)))(levels)
    return fills, np.where(levels > 0.46, "#000000", "#ffffff")


def write(figure: Figure, theme: Theme, path: Path) -> None:
    """Write `figure` as a PNG of at most 256 colors, its corners rounded; the same figure gives the same bytes."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    pixels, kept = np.asarray(drawn), [ImageColor.getrgb(color) for color in theme.colors()]
    found = drawn.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    levels = found.getpalette()[: 3 * COLORS]
    levels += [0] * (3 * COLORS - len(levels))
    colors = np.vstack([np.reshape(levels, (-1, 3)), np.column_stack(3 * [GRAYS]), kept])
    indices = np.array(found)
    is_gray = np.ptp(pixels, axis=2) == 0
    indices[is_gray] = COLORS + np.searchsorted(GRAYS, pixels[is_gray, 0])
    for number, color in enumerate(kept, start=COLORS + len(GRAYS)):
        indices[(pixels == color).all(axis=2)] = number
    palette = Image.fromarray(indices)
    palette.putpalette(colors.astype("uint8").tobytes())
    outside = Image.new("L", drawn.size, 255)
    edge = (0, 0, drawn.width - 1, drawn.height - 1)
    ImageDraw.Draw(outside).rounded_rectangle(edge, CORNER, fill=0)
    palette.paste(COLORS, mask=outside)
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", optimize=True, transparency=COLORS)
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def plain() -> object:
    """A context in which the settings of the machine's matplotlib count for nothing."""
    return matplotlib.style.context(["default", {"font.family": "DejaVu Sans", "mathtext.fontset": "dejavusans"}])
