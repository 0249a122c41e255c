"""A convolution, max pooling and receptive fields, with the numbers of one hand of ours."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dev.studio.figures import material
from dev.studio.figures.style import BOLD, LARGE, LINE, NORMAL, SMALL, Sheet, Theme, on_gray, signed

DIAGONAL = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]])
"""A kernel for edges aslant: lesson 03 lets its learners find out what others do."""
HORIZONTAL = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
"""The kernel whose feature map lesson 03 pools."""
PLACE = (19, 18)
"""Row and column of the upper left pixel under the kernel."""
SEEN = ((15, 12), (7, 6), (3, 3))
"""Row and column of the place in each block's map whose receptive field is drawn."""
STAGES = ((14, 32), (14, 48), (7, 48), (4, 64))
"""Rows of the maps and their number after each block of lesson 03, and within the second after its convolution."""
CORNER = (22, 12)
"""Row and column, both even, of the 4 × 4 numbers whose pooling is shown."""


def feature_map(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The convolution of `image` with a 3 × 3 `kernel`, without a border: two rows and two columns fewer."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))


def pooled(values: np.ndarray) -> np.ndarray:
    """The largest number of each square of 2 × 2."""
    rows, columns = values.shape
    return values.reshape(rows // 2, 2, columns // 2, 2).max(axis=(1, 3))


def convolution(theme: Theme) -> Figure:
    """A hand, nine pixels of it, the kernel, their sum, and its place in the feature map."""
    sheet = Sheet(theme, 40)
    hand, (row, column) = material.small_hand("y"), PLACE
    result = feature_map(hand, DIAGONAL)
    patch = hand[row : row + 3, column : column + 3]
    pixel, low, high, side = 1.05, 6.4, 6.4 + 28 * 1.05, 4.4
    sheet.picture(hand, 2, low, 28 * pixel, vmin=0, vmax=1)
    left, bottom = 2 + column * pixel, high - (row + 3) * pixel
    sheet.frame(left, bottom, 3 * pixel, 3 * pixel)
    table, kernel, top = 35.5, 53.6, 29.5
    sheet.arrow((left + 3.6 * pixel, bottom + 1.5 * pixel), (left + 8 * pixel, bottom + 1.5 * pixel), theme.orange)
    for y, target in ((bottom + 3 * pixel, top), (bottom, top - 3 * side)):
        sheet.line([(left + 3 * pixel, y), (table, target)], theme.orange, LINE, linestyle=":", zorder=5)
    fills, texts = on_gray(patch, 0, 1)
    sheet.cells(patch, table, top - 3 * side, side, fills, texts)
    sheet.frame(table, top - 3 * side, 3 * side, 3 * side)
    sheet.text((table + 3 * side + kernel) / 2, top - 1.5 * side, "×", LARGE)
    blank = np.full((3, 3), theme.pale_blue)
    sheet.cells(DIAGONAL, kernel, top - 3 * side, side, blank, np.full((3, 3), theme.ink))
    sheet.frame(kernel, top - 3 * side, 3 * side, 3 * side, edgecolor=theme.blue)
    total = result[row, column]
    sheet.text((table + 3 * side + kernel) / 2, 11, f"Σ = {signed(total)}", LARGE)
    start = 100 - 2 - 26 * pixel
    bottom = low + pixel
    x, y = start + column * pixel, bottom + (25 - row) * pixel
    limit = np.abs(result).max()
    sheet.picture(result, start, bottom, 26 * pixel, vmin=-limit, vmax=limit)
    sheet.frame(x, y, pixel, pixel, linewidth=LINE)
    sheet.arrow((57.8, 11), (x - 0.4, y + pixel / 2), theme.orange, bend=0.15)
    for x, y, text in (
        (2 + 14 * pixel, 3.2, "28 × 28"),
        (table + 1.5 * side, top + 2.9, "3 × 3"),
        (kernel + 1.5 * side, top + 2.9, "3 × 3"),
        (start + 13 * pixel, 3.2, "26 × 26"),
    ):
        sheet.text(x, y, text)
    return sheet.figure


def pooling(theme: Theme) -> Figure:
    """A feature map, sixteen of its numbers, the largest of each four, and the map that they make."""
    sheet = Sheet(theme, 40)
    values = feature_map(material.small_hand("y"), HORIZONTAL)
    result, (row, column) = pooled(values), CORNER
    pixel, low, side = 1.12, 6, 5.4
    limit = np.abs(values).max()
    sheet.picture(values, 2, low, 26 * pixel, vmin=-limit, vmax=limit)
    left, bottom = 2 + column * pixel, low + (22 - row) * pixel
    sheet.frame(left, bottom, 4 * pixel, 4 * pixel)
    patch = values[row : row + 4, column : column + 4]
    table, floor = 36, 10
    for y, target in ((bottom + 4 * pixel, floor + 4 * side), (bottom, floor)):
        sheet.line([(left + 4 * pixel, y), (table, target)], theme.orange, LINE, linestyle=":", zorder=5)
    largest = np.repeat(np.repeat(pooled(patch), 2, axis=0), 2, axis=1) == patch
    fills = np.where(largest, theme.pale_orange, theme.paper)
    sheet.cells(patch, table, floor, side, fills, np.where(largest, theme.ink, theme.gray))
    for down in (0, 2):
        for along in (0, 2):
            sheet.frame(table + along * side, floor + down * side, 2 * side, 2 * side, edgecolor=theme.ink)
    sheet.frame(table, floor, 4 * side, 4 * side)
    sheet.arrow((table + 4 * side + 1, floor + 2 * side), (table + 4 * side + 4.4, floor + 2 * side), theme.ink)
    small = table + 4 * side + 5.6
    fills = np.full((2, 2), theme.pale_orange)
    sheet.cells(pooled(patch), small, floor + side, side, fills, np.full((2, 2), theme.ink), fontweight="bold")
    sheet.frame(small, floor + side, 2 * side, 2 * side)
    start, base = 98 - 13 * pixel, low + 13 * pixel / 2
    x, y = start + column / 2 * pixel, base + (11 - row / 2) * pixel
    for corner, target in ((floor + 3 * side, y + 2 * pixel), (floor + side, y)):
        sheet.line([(small + 2 * side, corner), (x, target)], theme.orange, LINE, linestyle=":", zorder=5)
    sheet.picture(result, start, base, 13 * pixel, vmin=-limit, vmax=limit)
    sheet.frame(x, y, 2 * pixel, 2 * pixel, linewidth=LINE)
    sheet.text(2 + 13 * pixel, 2.6, "26 × 26", NORMAL)
    sheet.text(table + 2 * side, floor - 2.6, "4 × 4", NORMAL)
    sheet.text(small + side, floor + side - 2.6, "2 × 2", NORMAL)
    sheet.text(start + 6.5 * pixel, base - 3, "13 × 13", NORMAL)
    return sheet.figure


def receptive_field(block: int, place: tuple[int, int]) -> tuple[int, int, int]:
    """What a 3 × 3 convolution in `block` (0, 1, …) sees of the picture at `place`: its first row and column, its side.

    Each block before it is such a convolution, padded, and a pooling of 2 × 2, as in lesson 03.
    """
    first, side, step = [number - 1 for number in place], 3, 1
    for _block in range(block):
        first, side, step = [2 * number - 1 for number in first], 2 * side + 2, 2 * step
    return first[0], first[1], side


def receptive_fields(theme: Theme) -> Figure:
    """What one place in the map of each block sees of a hand: 3 × 3, 8 × 8 and 18 × 18 pixels."""
    sheet = Sheet(theme, 42)
    hand = material.small_hand("y")
    pixel, left, low = 1.2, 2, 5.4
    sheet.picture(hand, left, low, 28 * pixel, vmin=0, vmax=1)
    sheet.text(left + 14 * pixel, 2.4, "28 × 28")
    values, width = hand, 16
    looks = ((theme.blue, "-"), (theme.ink, "--"), (theme.orange, "-"))
    for block, (place, (color, style)) in enumerate(zip(SEEN, looks, strict=True)):
        values = pooled(values) if block else values
        values = feature_map(np.pad(values, 1, mode="edge"), HORIZONTAL)
        row, column, side = receptive_field(block, place)
        bottom = low + (28 - row - side) * pixel
        sheet.frame(left + column * pixel, bottom, side * pixel, side * pixel, edgecolor=color, linestyle=style)
        start, base = 43 + 19 * block, 12.5
        limit, cell = np.abs(values).max(), width / len(values)
        sheet.picture(values, start, base, width, vmin=-limit, vmax=limit)
        x, y = start + place[1] * cell, base + (len(values) - 1 - place[0]) * cell
        sheet.frame(x, y, cell, cell, edgecolor=color, linewidth=LINE if cell < 1 else BOLD)
        sheet.text(start + width / 2, base - 2.9, f"{len(values)} × {len(values)}")
        sheet.frame(start + 1.5, 34.2, 2.6, 2.6, edgecolor=color, linestyle=style)
        sheet.text(start + 10, 35.5, f"{side} × {side}", LARGE)
    return sheet.figure


def cnn(theme: Theme) -> Figure:
    """Lesson 03's network: maps that get smaller and more, a kernel that reads all of them, then dense layers."""
    sheet = Sheet(theme, 38)
    middle, side, step = 21, 0.52, 0.62
    sheet.picture(material.small_hand("y"), 2, middle - 14 * side, 28 * side, vmin=0, vmax=1)
    sheet.text(2 + 14 * side, 3.6, "28 × 28 × 1", SMALL)
    corners = []
    for (pixels, maps), left, shown in zip(STAGES, (22.5, 36.5, 51, 62.5), (6, 7, 7, 8), strict=True):
        width = pixels * side * 0.9
        for number in range(shown):
            x, y = left + step * number, middle - width / 2 + step * (shown - 1 - number) - 2
            sheet.shape(
                [(x, y), (x + width, y), (x + width, y + width), (x, y + width)],
                facecolor=theme.pale_blue,
                edgecolor=theme.blue,
                zorder=4 + 0.01 * number,
            )
        corners.append((x, y))  # of the one in front
        sheet.text(left + (width + step * (shown - 1)) / 2, 3.6, f"{pixels} × {pixels} × {maps}", SMALL)
    cell = side * 0.9
    (x, y), (beside, below) = corners[:2]
    kernel, place = (x + 4 * cell, y + 6 * cell), (beside + 5 * cell, below + 7 * cell)
    sheet.frame(*kernel, 3 * cell, 3 * cell)
    sheet.frame(*place, cell, cell)
    for up in (0, 1):
        ends = [(kernel[0] + 3 * cell, kernel[1] + up * 3 * cell), (place[0], place[1] + up * cell)]
        sheet.line(ends, theme.orange, LINE, linestyle=":", zorder=5)
    sheet.text(35, 34.4, "3 × 3 × 32", NORMAL, theme.orange)
    sheet.line([(33.5, 32.8), (kernel[0] + 1.5 * cell, kernel[1] + 3 * cell)], theme.orange, zorder=5)
    for left, height, count in ((78, 25, "1,024"), (86, 20, "256"), (94, 15, "24")):
        sheet.box(left, middle - 0.4, 2.4, height, 0.8, facecolor=theme.pale_orange, edgecolor=theme.orange)
        sheet.text(left, 3.6, count, SMALL)
    arrows = ((17.6, 21.8, "block 1"), (33, 36, "convolution"), (47.4, 50.4, "pooling"), (58.4, 61.8, "block 3"))
    for start, end, name in (*arrows, (69.6, 76.3, ""), (79.7, 84.3, ""), (87.7, 92.3, "")):
        sheet.arrow((start, middle - 8), (end, middle - 8))
        sheet.text((start + end) / 2, middle - 10.2, name, SMALL)
    return sheet.figure
