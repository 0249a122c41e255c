"""A neuron, what backpropagation computes for it, a dense network, dropout."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dev.studio.figures import material
from dev.studio.figures.style import BOLD, LARGE, LINE, NORMAL, SMALL, THIN, Sheet, Theme, on_gray, signed

INPUTS, WEIGHTS, BIAS = np.array([0.9, 0.4, 0.6]), np.array([0.5, -0.8, 1.2]), -0.3
TARGET = 1.0
"""What the neuron should have answered in the figure of backpropagation; the loss is the squared error."""
RATE = 0.3
"""Share that dropout drops, as in lesson 03."""
FEATURES = 8
SEED = 27
"""Draws which features are dropped."""


def neuron(theme: Theme) -> Figure:
    """Three inputs, their weights, the sum with a bias, ReLU."""
    sheet = Sheet(theme, 38)
    total = float(INPUTS @ WEIGHTS + BIAS)
    fills, texts = on_gray(INPUTS, 0, 1)
    middle, places = 19, (31, 19, 7)
    for number, (y, value, weight) in enumerate(zip(places, INPUTS, WEIGHTS, strict=True), start=1):
        sheet.text(3.5, y, f"$x_{number}$", LARGE)
        sheet.box(11, y, 8, 7, 0.6, facecolor=fills[number - 1])
        sheet.text(11, y, f"{value:.1f}", NORMAL, texts[number - 1])
        color, dashes = (theme.blue, "-") if weight > 0 else (theme.orange, "--")
        sheet.line([(15, y), (41, middle)], color, 1 + 3 * abs(weight), linestyle=dashes)
        along = 0.42
        sheet.box(15 + along * 26, y + along * (middle - y), 9.5, 5, 0.6, edgecolor=color, zorder=5)
        sheet.text(15 + along * 26, y + along * (middle - y), f"× {weight:.1f}".replace("-", "−"), NORMAL, color)
    sheet.circle(46, middle, 6.2, edgecolor=theme.ink, linewidth=BOLD)
    sheet.text(46, middle, "Σ", 26)
    sheet.arrow((46, 31.2), (46, middle + 6.6), theme.orange)
    sheet.text(46, 33, f"bias {BIAS:.1f}".replace("-", "−"), NORMAL, theme.orange)
    sheet.text(11, 36.4, "inputs", NORMAL, theme.gray)
    sheet.text(26, 36.4, "weights", NORMAL, theme.gray)
    products = " ".join(f"{'−' if value < 0 else '+'} {abs(value):.2f}" for value in [*(INPUTS * WEIGHTS), BIAS])
    sheet.text(46, 4, f"{products.removeprefix('+ ')} = {total:.2f}", NORMAL)
    sheet.arrow((52.6, middle), (66.4, middle), theme.ink)
    sheet.text(59, middle + 2.6, f"{total:.2f}", NORMAL)
    sheet.box(75, middle, 16, 16, 1.2, edgecolor=theme.ink, linewidth=BOLD)
    sheet.line([(68.5, middle - 4), (81.5, middle - 4)], theme.faint, THIN, zorder=5)
    sheet.line([(75, middle - 6), (75, middle + 6)], theme.faint, THIN, zorder=5)
    sheet.line([(68.7, middle - 4), (75, middle - 4), (80.8, middle + 5)], theme.blue, BOLD, zorder=5)
    along = total / 1.6
    sheet.circle(75 + along * 5.8, middle - 4 + along * 9, 0.9, facecolor=theme.orange, edgecolor=theme.paper, zorder=6)
    sheet.text(75, 7.6, "ReLU", NORMAL)
    sheet.arrow((83.4, middle), (90.5, middle), theme.ink)
    sheet.text(95, middle, f"{max(total, 0):.2f}", LARGE)
    return sheet.figure


def gradients() -> tuple[float, float, np.ndarray]:
    """Of the neuron's loss: the derivative by the output, by the sum (and so by the bias), and by each weight."""
    total = float(INPUTS @ WEIGHTS + BIAS)
    by_output = 2 * (max(total, 0) - TARGET)
    by_sum = by_output * (total > 0)
    return by_output, by_sum, by_sum * INPUTS


def backpropagation(theme: Theme) -> Figure:
    """The neuron again: numbers forward in gray, and backward in orange how each derivative of the loss comes about."""
    sheet = Sheet(theme, 54)
    output = max(float(INPUTS @ WEIGHTS + BIAS), 0)
    by_output, by_sum, by_weights = gradients()
    fills, texts = on_gray(INPUTS, 0, 1)
    middle, places, bold = 26, (41, 26, 11), {"color": theme.orange, "weight": "bold"}
    for y, value, weight, slope, number in zip(places, INPUTS, WEIGHTS, by_weights, (0, 1, 2), strict=True):
        sheet.box(6, y, 8, 7, 0.6, facecolor=fills[number])
        sheet.text(6, y, f"{value:.1f}", NORMAL, texts[number])
        sheet.line([(10, y), (17.5, y)], theme.gray)
        sheet.box(22.5, y, 10, 5, 0.6, zorder=5)
        sheet.text(22.5, y, f"× {weight:.1f}".replace("-", "−"), NORMAL)
        way = np.array([48 - 28, middle - y]) / np.hypot(48 - 28, middle - y)
        aside = 1.1 * np.array([-way[1], way[0]])
        far = np.array([48, middle]) - 5.5 * way
        sheet.arrow((27.7, y + 1.1), far + aside, theme.gray)
        sheet.arrow(far - aside, (27.9, y - 1.1), theme.orange, BOLD)
        sheet.text(10.7, y - 4.6, f"{signed(by_sum)} · {value:.1f} = {signed(slope)}", NORMAL, ha="left", **bold)
    for x, text in ((6, "inputs"), (22.5, "weights")):
        sheet.text(x, 51.6, text, NORMAL, theme.gray)
    sheet.arrow((17, places[0] + 1.6), (10.4, places[0] + 1.6), theme.orange, BOLD)
    by_first = by_sum * WEIGHTS[0]
    first = f"to this input: {signed(by_sum)} · {WEIGHTS[0]:.1f} = {signed(by_first)}"
    sheet.text(2, places[0] + 6.6, first, NORMAL, ha="left", **bold)
    sheet.circle(48, middle, 5, edgecolor=theme.ink, linewidth=BOLD)
    sheet.text(48, middle, "Σ", 22)
    sheet.text(48, 42.6, f"bias {signed(BIAS)}", NORMAL)
    sheet.arrow((46.9, 41), (46.9, middle + 5.4), theme.gray)
    sheet.arrow((49.1, middle + 5.4), (49.1, 41), theme.orange, BOLD)
    sheet.text(50.8, 36.4, signed(by_sum), NORMAL, ha="left", **bold)
    steps = (
        (53.4, 62, output, f"{signed(by_output)} · 1", by_sum),
        (73.6, 83, output, f"2 · ({output:.2f} − {TARGET:.0f})", by_output),
    )
    for left, right, forward, product, backward in steps:
        sheet.arrow((left, middle + 1.1), (right, middle + 1.1), theme.gray)
        sheet.text((left + right) / 2, middle + 3.6, f"{forward:.2f}", NORMAL)
        sheet.arrow((right, middle - 1.1), (left, middle - 1.1), theme.orange, BOLD)
        sheet.text((left + right) / 2, middle - 8.4, product, NORMAL, **bold)
        sheet.text((left + right) / 2, middle - 11.6, f"= {signed(backward)}", NORMAL, **bold)
        sheet.line([((left + right) / 2, middle - 2.2), ((left + right) / 2, middle - 6.4)], theme.orange, THIN)
    sheet.box(67.8, middle, 11, 9, 1, edgecolor=theme.ink, linewidth=BOLD)
    sheet.text(67.8, middle, "ReLU", NORMAL)
    sheet.box(91, middle, 15, 11, 1, edgecolor=theme.ink, linewidth=BOLD)
    sheet.text(91, middle + 2.2, f"({output:.2f} − {TARGET:.0f})²", NORMAL)
    sheet.text(91, middle - 2.2, f"= {(output - TARGET) ** 2:.4f}", NORMAL)
    sheet.text(91, middle + 8, "loss", NORMAL, theme.gray)
    sheet.arrow((41, 3.6), (50, 3.6), theme.gray)
    sheet.text(51.5, 3.6, "numbers, forward", NORMAL, theme.gray, ha="left")
    sheet.arrow((83, 3.6), (74, 3.6), theme.orange, BOLD)
    sheet.text(84.5, 3.6, "slopes, back", NORMAL, theme.orange, ha="left")
    return sheet.figure


def dense(theme: Theme) -> Figure:
    """A digit, flattened, two hidden layers, ten outputs; one neuron with all that it looks at."""
    sheet = Sheet(theme, 48)
    middle, image = 27, material.digit("4")
    sheet.picture(image, 2, middle - 12, 24, vmin=0, vmax=1)
    sheet.arrow((27.5, middle), (32, middle))
    sheet.picture(image.reshape(-1, 1), 34, middle - 19, 2.4, 38, vmin=0, vmax=1)
    inputs = [(37, y) for y in np.linspace(middle - 18, middle + 18, 9)]
    first, second = (
        [(x, y) for y in np.linspace(middle - 16, middle + 16, 5) if abs(y - middle) > 3] for x in (56, 74)
    )
    outputs = [(92, y) for y in np.linspace(middle + 18, middle - 18, 10)]
    chosen = first[-2]
    for before, after in ((inputs, first), (first, second), (second, outputs)):
        for start in before:
            for end in after:
                sheet.line([start, end], theme.faint, THIN, zorder=1)
    for start in inputs:
        sheet.line([start, chosen], theme.blue, LINE, zorder=2)
    for x, y in [*first, *second]:
        sheet.circle(x, y, 1.5, facecolor=theme.pale_blue, edgecolor=theme.blue)
    sheet.circle(*chosen, 1.8, facecolor=theme.blue, edgecolor=theme.blue)
    for x in (56, 74):
        sheet.text(x, middle, "⋮", LARGE)
    for number, (x, y) in enumerate(outputs):
        right = number == 4
        fill, text = (theme.orange, theme.on_color) if right else (theme.paper, theme.ink)
        sheet.circle(x, y, 1.75, facecolor=fill, edgecolor=theme.orange)
        sheet.text(x, y, f"{number}", SMALL, text)
    for x, text in ((14, "28 × 28"), (35.2, "784 inputs"), (56, "512 hidden"), (74, "512 hidden"), (92, "10 outputs")):
        sheet.text(x, 3.2, text, NORMAL)
    return sheet.figure


def masks() -> list[np.ndarray]:
    """Which features two steps of training drop."""
    rng = np.random.default_rng(SEED)
    return [rng.random(FEATURES) < RATE for _step in range(2)]


def dropout(theme: Theme) -> Figure:
    """The same layer three times: two steps of training, each with other features dropped, and in use."""
    sheet = Sheet(theme, 39)
    panels = [("training=True", mask) for mask in masks()]
    panels.append(("training=False", np.zeros(FEATURES, dtype=bool)))
    for place, (title, dropped) in enumerate(panels):
        left = 4 + 33 * place
        features = [(left + 6, y) for y in np.linspace(32.4, 4, FEATURES)]
        after = [(left + 22, y) for y in np.linspace(28, 8.4, 4)]
        for start, gone in zip(features, dropped, strict=True):
            for end in after:
                if not gone:
                    sheet.line([start, end], theme.blue, THIN, alpha=0.75)
        for (x, y), gone in zip(features, dropped, strict=True):
            if gone:
                sheet.circle(x, y, 1.5, edgecolor=theme.orange, linestyle=(0, (2, 1.5)))
                for side in (-1, 1):
                    sheet.line([(x - 0.75, y - 0.75 * side), (x + 0.75, y + 0.75 * side)], theme.orange, zorder=5)
            else:
                sheet.circle(x, y, 1.5, facecolor=theme.pale_blue, edgecolor=theme.blue)
            factor = "× 0" if gone else "× 1" if place == 2 else f"× {1 / (1 - RATE):.2f}"
            sheet.text(x - 2.6, y, factor, SMALL, theme.orange if gone else theme.ink, ha="right")
        for x, y in after:
            sheet.circle(x, y, 1.5)
        sheet.text(left + 14, 36.4, title, NORMAL, family="DejaVu Sans Mono")
        if place:
            sheet.line([(left - 3, 2), (left - 3, 37)], theme.faint, THIN)
    return sheet.figure
