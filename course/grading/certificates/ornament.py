"""The curves of the certificate: a border of braided waves with a knot in each corner, and the seal.

Usage: ``border(axes, INK, GOLD)``, ``seal(axes, 148, 50, 24, words, font, INK, GOLD)``. Everything is counted in
millimeters, on axes that are.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, PathPatch, Polygon
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

WIDTH, HEIGHT = 297.0, 210.0
"""A4, lying on its long side."""
MARGIN = 14.0
"""From the edge of the sheet to the middle of the border."""
BAND = 4.6
"""Half the width of the border."""
KNOT = 9.4
"""Radius of the rosettes in the corners."""
STRANDS = 12


def border(axes: Axes, ink: str, gold: str) -> None:
    """Draw the border."""
    for distance, color, width in ((BAND + 1.0, ink, 0.35), (BAND + 1.9, gold, 0.9), (BAND + 3.2, ink, 0.35)):
        _frame(axes, MARGIN + distance, color, width)
    _frame(axes, MARGIN - BAND - 1.0, ink, 0.35)
    _frame(axes, MARGIN - BAND - 1.9, gold, 0.9)
    low, right, high = MARGIN + KNOT, WIDTH - MARGIN, HEIGHT - MARGIN
    _braid(axes, (low, MARGIN), (right - KNOT, MARGIN), ink, gold)
    _braid(axes, (low, high), (right - KNOT, high), ink, gold)
    _braid(axes, (MARGIN, low), (MARGIN, high - KNOT), ink, gold)
    _braid(axes, (right, low), (right, high - KNOT), ink, gold)
    for x in (MARGIN, right):
        for y in (MARGIN, high):
            _knot(axes, x, y, ink, gold)


def _braid(axes: Axes, start: tuple[float, float], end: tuple[float, float], ink: str, gold: str) -> None:
    """Waves that cross each other from `start` to `end`, a whole number of them, the same seen from either end."""
    (x, y), length = start, max(end[0] - start[0], end[1] - start[1])
    waves = round(length / 12)
    along = np.linspace(0, 1, 40 * waves)
    for strand in range(STRANDS):
        phase = 2 * np.pi * strand / STRANDS
        swell = 0.62 + 0.38 * np.cos(2 * np.pi * waves * along)
        height = BAND * swell * np.sin(2 * np.pi * waves * along + phase)
        color = gold if strand % 3 == 0 else ink
        if end[0] > start[0]:
            axes.plot(x + length * along, y + height, color=color, linewidth=0.4)
        else:
            axes.plot(x + height, y + length * along, color=color, linewidth=0.4)


def _knot(axes: Axes, x: float, y: float, ink: str, gold: str) -> None:
    """A rosette that covers the corner where two braids end."""
    axes.add_patch(Circle((x, y), KNOT, facecolor="white", edgecolor=gold, linewidth=0.9, zorder=3))
    rosette(axes, x, y, KNOT * 0.4, KNOT * 0.93, 12, ink, 0.4)
    rosette(axes, x, y, KNOT * 0.1, KNOT * 0.46, 8, gold, 0.5)


def rosette(
    axes: Axes,
    x: float,
    y: float,
    inner: float,
    outer: float,
    petals: int,
    color: str,
    width: float,
    turns: int = 5,
    layer: int = 4,
) -> None:
    """A closed curve that winds `turns` times between two circles, touching each `petals` times."""
    angle = np.linspace(0, 2 * np.pi * turns, 240 * turns)
    distance = (outer + inner) / 2 + (outer - inner) / 2 * np.sin(petals / turns * angle)
    axes.plot(x + distance * np.cos(angle), y + distance * np.sin(angle), color=color, linewidth=width, zorder=layer)


def ground(axes: Axes, x: float, y: float, radius: float, color: str) -> None:
    """A wide rosette to write on, in a color so light that it does not disturb."""
    rosette(axes, x, y, 0.34 * radius, radius, 61, color, 0.5, turns=14, layer=0)
    rosette(axes, x, y, 0.10 * radius, 0.42 * radius, 31, color, 0.5, turns=8, layer=0)


def _frame(axes: Axes, distance: float, color: str, width: float) -> None:
    """A rectangle at `distance` from the edge of the sheet."""
    x, y = [distance, WIDTH - distance], [distance, HEIGHT - distance]
    axes.plot([x[0], x[1], x[1], x[0], x[0]], [y[0], y[0], y[1], y[1], y[0]], color=color, linewidth=width)


def seal(axes: Axes, x: float, y: float, radius: float, words: str, font: FontProperties, ink: str, gold: str) -> None:
    """A seal with a toothed edge, `words` around it, and room within half its radius for what it attests."""
    angle = np.linspace(0, 2 * np.pi, 1200)
    edge = radius * (1 + 0.022 * np.cos(64 * angle))
    axes.add_patch(Polygon(np.c_[x + edge * np.cos(angle), y + edge * np.sin(angle)], facecolor=ink, edgecolor="none"))
    axes.add_patch(Circle((x, y), 0.945 * radius, fill=False, edgecolor=gold, linewidth=0.8))
    axes.add_patch(Circle((x, y), 0.72 * radius, facecolor="white", edgecolor=gold, linewidth=0.8))
    rosette(axes, x, y, 0.56 * radius, 0.71 * radius, 37, gold, 0.35, turns=8)
    _around(axes, x, y, 0.79 * radius, 0.105 * radius, words, font)


def spaced(axes: Axes, x: float, y: float, words: str, size: float, font: FontProperties, color: str) -> None:
    """Write `words` in a line, centered on `x`, a third of their height (`size`, in mm) between the letters."""
    paths, widths = _letters(words, size, font)
    place = x - (sum(widths) + 0.33 * size * (len(words) - 1)) / 2
    for path, width in zip(paths, widths, strict=True):
        if path:
            moved = Affine2D().translate(place - path.get_extents().x0, y)
            axes.add_patch(PathPatch(moved.transform_path(path), facecolor=color, edgecolor="none"))
        place += width + 0.33 * size


def _letters(words: str, size: float, font: FontProperties) -> tuple[list[TextPath | None], list[float]]:
    """The outline of each letter, None for a blank, and its width."""
    paths = [TextPath((0, 0), letter, size=size, prop=font) if letter.strip() else None for letter in words]
    return paths, [path.get_extents().width if path else 0.4 * size for path in paths]


def _around(axes: Axes, x: float, y: float, radius: float, height: float, words: str, font: FontProperties) -> None:
    """Write `words` in white, clockwise on a circle from its top on, spread evenly over all of it."""
    size = height * 1.4  # of capitals as high as `height`, about
    paths, widths = _letters(words, size, font)
    gap = (2 * np.pi * radius - sum(widths)) / len(words)
    passed = -widths[0] / 2
    for path, width in zip(paths, widths, strict=True):
        if path:
            turn = -(passed + width / 2) / radius
            place = Affine2D().translate(-path.get_extents().x0 - width / 2, radius).rotate(turn).translate(x, y)
            axes.add_patch(PathPatch(place.transform_path(path), facecolor="white", edgecolor="none"))
        passed += width + gap
