"""Gradient descent, overfitting, augmentation."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from numpy.polynomial import Polynomial
from PIL import Image

from dev.studio.figures import material
from dev.studio.figures.style import BOLD, LARGE, LINE, NORMAL, SMALL, THIN, Point, Sheet, Theme

POINTS_X = np.arange(10.0)
POINTS_Y = np.array([3.2, 4.1, 7.6, 8.0, 10.9, 11.8, 15.6, 16.1, 19.2, 20.1])
"""The ten points of lesson 01."""
BEST_B = float(Polynomial.fit(POINTS_X, POINTS_Y, 1).convert().coef[0])
RATES = (0.002, 0.01, 0.03)
STEPS = 6
DEGREES = (8, 3)
"""Of the curve that passes through all nine points, and of the calm one."""
ROTATION, ZOOM, SHIFT = 12, 0.1, 0.06
"""How far lesson 04a changes its hands: degrees, parts of the size, parts of the width."""
LETTER = "v"
SEED = 8


def placed(x: np.ndarray, y: np.ndarray, origin: Point, unit: Point) -> list[Point]:
    """The points (x, y) of a plot as points of the sheet."""
    return [(origin[0] + unit[0] * u, origin[1] + unit[1] * v) for u, v in zip(x, y, strict=True)]


def loss(slopes: np.ndarray) -> np.ndarray:
    """The mean squared error of lines with these slopes and `BEST_B`."""
    return np.mean((np.outer(slopes, POINTS_X) + BEST_B - POINTS_Y) ** 2, axis=1)


def descent(rate: float) -> np.ndarray:
    """Slopes on the way down from 0.6, `STEPS` steps, where b stays `BEST_B`."""
    slopes = [0.6]
    for _step in range(STEPS):
        error = slopes[-1] * POINTS_X + BEST_B - POINTS_Y
        slopes.append(slopes[-1] - rate * 2 * np.mean(error * POINTS_X))
    return np.array(slopes)


def gradient_descent(theme: Theme) -> Figure:
    """The loss of a line over its slope, and the same number of steps with three learning rates."""
    sheet = Sheet(theme, 36)
    shown = np.linspace(0.25, 3.65, 120)
    unit = (26 / np.ptp(shown), 23 / loss(shown).max())
    for place, rate in enumerate(RATES):
        left, slopes = 5 + 33 * place, descent(rate)
        sheet.line([(left, 5), (left + 26, 5)], theme.gray, THIN)
        sheet.line([(left, 5), (left, 31)], theme.gray, THIN)
        sheet.text(left + 26, 2.4, "m", NORMAL, ha="right", style="italic")
        sheet.text(left - 1.8, 30, "loss", NORMAL, rotation=90, va="top")
        sheet.line(placed(shown - shown[0], loss(shown), (left, 6.5), unit), theme.blue, BOLD)
        path = placed(slopes - shown[0], loss(slopes), (left, 6.5), unit)
        for start, end in pairwise(path):
            if np.hypot(end[0] - start[0], end[1] - start[1]) > 3.5:
                sheet.arrow(start, end, theme.orange, shrinkA=4, shrinkB=5)
            else:
                sheet.line([start, end], theme.orange)
        for x, y in path:
            sheet.circle(x, y, 0.65, facecolor=theme.orange, edgecolor=theme.paper, linewidth=THIN)
        sheet.circle(*path[0], 1, facecolor=theme.orange, edgecolor=theme.paper)
        sheet.text(left + 13, 33.6, f"learning_rate = {rate}", SMALL, family="DejaVu Sans Mono")
    return sheet.figure


def samples() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Nine points to learn from and nine new ones, of the same curve with the same noise: x, y, new x, new y."""
    rng = np.random.default_rng(4)
    x = np.linspace(-1, 1, 9)
    new_x = (x + 0.11)[:-1]
    noise = rng.normal(0, 0.22, len(x) + len(new_x))
    return x, np.sin(2.2 * x) + noise[: len(x)], new_x, np.sin(2.2 * new_x) + noise[len(x) :]


def fitted(x: np.ndarray, y: np.ndarray, degree: int) -> Polynomial:
    """The polynomial of `degree` that fits the points best."""
    return Polynomial.fit(x, y, degree)


def overfitting(theme: Theme) -> Figure:
    """A curve of degree 8 through all nine points, and a calm one of degree 3, with their errors on new points."""
    sheet = Sheet(theme, 42)
    x, y, new_x, new_y = samples()
    shown = np.linspace(-1.0, 1.0, 400)
    for place, degree in enumerate(DEGREES):
        curve = fitted(x, y, degree)
        left, bottom = 4 + 49 * place, 9
        at = partial(placed, origin=(left + 21.5, bottom + 14), unit=(21.5, 8.6))
        sheet.line([(left - 1.5, bottom - 1), (left + 44.5, bottom - 1)], theme.gray, THIN)
        sheet.line([(left - 1.5, bottom - 1), (left - 1.5, 40)], theme.gray, THIN)
        sheet.line(at(shown, curve(shown)), theme.blue, BOLD)
        for start, end in zip(at(new_x, new_y), at(new_x, curve(new_x)), strict=True):
            sheet.line([start, end], theme.orange, LINE, linestyle=(0, (1, 1.2)), solid_capstyle="butt")
        for u, v in at(x, y):
            sheet.circle(u, v, 0.85, facecolor=theme.ink, edgecolor=theme.paper, linewidth=THIN)
        for u, v in at(new_x, new_y):
            sheet.circle(u, v, 0.85, edgecolor=theme.orange, linewidth=LINE + 0.4)
        errors = [float(np.mean((curve(u) - v) ** 2)) for u, v in ((x, y), (new_x, new_y))]
        sheet.circle(left + 9, 3.6, 0.95, facecolor=theme.ink, edgecolor=theme.ink)
        sheet.text(left + 11, 3.6, f"loss {abs(errors[0]):.3f}", NORMAL, ha="left")
        sheet.circle(left + 26, 3.6, 0.95, edgecolor=theme.orange, linewidth=LINE + 0.4)
        sheet.text(left + 28, 3.6, f"loss {errors[1]:.3f}", NORMAL, theme.orange, ha="left")
    return sheet.figure


def changed(image: np.ndarray, angle: float, zoom: float, move: tuple[float, float], mirror: bool) -> np.ndarray:
    """`image`, gray, turned by `angle` degrees, zoomed, moved by shares of its width, mirrored; its border repeated."""
    size = len(image)
    wide = np.pad(image[:, ::-1] if mirror else image, size // 2, "edge")
    middle = (len(wide) - 1) / 2
    cos, sin = np.cos(np.radians(angle)) / zoom, np.sin(np.radians(angle)) / zoom
    right, down = middle + move[0] * size, middle + move[1] * size
    matrix = (cos, sin, middle - cos * right - sin * down, -sin, cos, middle + sin * right - cos * down)
    picture = Image.fromarray(wide.astype("float32"))
    turned = picture.transform(picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(turned)[size // 2 : -(size // 2), size // 2 : -(size // 2)]


def augmentation(theme: Theme) -> Figure:
    """One hand, and eight variants of it, drawn at random within the ranges of lesson 04a; the letter stays."""
    sheet = Sheet(theme, 42)
    hand, gray = material.small_hand(LETTER), {"vmin": 0, "vmax": 1}
    rng = np.random.default_rng(SEED)
    sheet.picture(hand, 2, 9, 28, **gray)
    sheet.text(16, 4.6, LETTER, LARGE, fontweight="bold")
    sheet.arrow((32, 23), (38, 23), theme.blue, BOLD)
    for number in range(8):
        angle, zoom = rng.uniform(-ROTATION, ROTATION), rng.uniform(1 - ZOOM, 1 + ZOOM)
        variant = changed(hand, angle, zoom, tuple(rng.uniform(-SHIFT, SHIFT, 2)), rng.random() < 0.5)
        row, column = divmod(number, 4)
        left, bottom = 40 + 14.8 * column, 24.6 - 19.6 * row
        sheet.picture(variant, left, bottom, 13.6, **gray)
        sheet.text(left + 6.8, bottom - 2.4, LETTER, NORMAL, theme.blue, fontweight="bold")
    return sheet.figure
