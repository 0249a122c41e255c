"""The header of the READMEs: a network whose neurons are what the course goes through."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from dev.studio.figures import material
from dev.studio.figures.style import BOLD, LARGE, LINE, SMALL, Point, Sheet, Theme

RADIUS = 3.5
DIGITS = (("7", (6, 20.4)), ("3", (11.5, 12.5)), ("4", (6, 4.6)))
HANDS = (
    ("v_p00.jpg", (29.5, 20.4), (0.49, 0.45), 0.86),
    ("y_p10.jpg", (25, 12.5), (0.53, 0.5), 0.95),
    ("l_p10.jpg", (29.5, 4.6), (0.51, 0.5), 1),
)
FRUITS = (
    ("train/freshapples/03213f5ef3.jpg", (66, 20.4)),
    ("train/rottenoranges/032b750197.jpg", (71, 12.5)),
    ("train/freshbanana/1b2ca61e2b.jpg", (66, 4.6)),
)
DOOR = 47.5
"""Where the middle of the door is."""
BO = ("presidential_doggy_door/train/bo/bo_014.jpg", (0.5, 0.42), 0.95)
BEFORE = ("the", "school", "district", "has")
"""The headline that the network is about to finish."""


def header(theme: Theme) -> Figure:
    """Digits, hands, a dog door, fruit, a newspaper, joined as the layers of a network are."""
    sheet = Sheet(theme, 25)
    layers = [[place[1] for place in layer] for layer in (DIGITS, HANDS, FRUITS)]
    layers.insert(2, [(DOOR, 12.5)])
    layers.append([(88, 17), (88, 8)])
    rng = np.random.default_rng(3)
    for before, after in pairwise(layers):
        for start in before:
            for end in after:
                connect(sheet, start, end, rng.normal())
    for name, (x, y) in DIGITS:
        sheet.portrait(material.digit(name), x, y, RADIUS, vmin=0, vmax=1, interpolation="nearest")
    for name, (x, y), center, share in HANDS:
        sheet.portrait(material.photo(f"asl_images/{name}", center, share, 112), x, y, RADIUS)
    for name, (x, y) in FRUITS:
        sheet.portrait(material.photo(f"fruits/{name}", size=112), x, y, RADIUS)
    door(sheet)
    newspaper(sheet, 80.5, 2, 17, 21)
    return sheet.figure


def connect(sheet: Sheet, start: Point, end: Point, weight: float) -> None:
    """A connection, as thick as its weight is large, dashed where that is negative."""
    color, dashes = (sheet.theme.blue, "-") if weight > 0 else (sheet.theme.orange, (0, (4, 2)))
    sheet.line([start, end], color, 0.8 + 1.6 * min(abs(weight), 1.6), linestyle=dashes, alpha=0.6)


def door(sheet: Sheet) -> None:
    """A door with an arch, and Bo looking out of the flap."""
    theme = sheet.theme
    turn = np.linspace(np.pi, 0, 40)
    for width, color in ((8.3, theme.ink), (7.5, theme.blue)):
        arch = [(DOOR + width * np.cos(angle), 15.6 + width * np.sin(angle)) for angle in turn]
        sheet.shape([(DOOR - width, 0.8), *arch, (DOOR + width, 0.8)], facecolor=color, edgecolor=color)
    for side in (-1, 1):
        window = np.linspace(0, np.pi / 2, 16)
        pane = [(DOOR + side * (0.7 + 4.9 * np.cos(angle)), 16.2 + 4.9 * np.sin(angle)) for angle in window]
        sheet.shape([(DOOR + side * 0.7, 16.2), *pane], facecolor=theme.pale_blue, edgecolor=theme.pale_blue)
    flap = FancyBboxPatch((DOOR - 3.7, 2.5), 7.4, 8.4, "round,pad=0.8,rounding_size=1.6")
    sheet.cut_out(material.photo(*BO, 150), DOOR, 6.7, 5, flap, zorder=5)
    sheet.box(DOOR, 6.7, 9, 10, 1.6, facecolor="none", edgecolor=theme.ink, linewidth=BOLD, zorder=6)
    lifted = [(DOOR - 4, 11.7), (DOOR + 4, 11.7), (DOOR + 4.8, 14.6), (DOOR - 4.8, 14.6)]
    sheet.shape(lifted, facecolor=theme.pale_orange, edgecolor=theme.ink, linewidth=LINE, zorder=6)
    sheet.circle(DOOR + 6, 10.5, 0.6, facecolor=theme.orange, edgecolor=theme.ink, linewidth=1, zorder=6)


def newspaper(sheet: Sheet, left: float, bottom: float, width: float, height: float) -> None:
    """A page with the beginning of a headline, and what comes next as our headlines have it."""
    theme = sheet.theme
    sheet.box(left + width / 2 + 0.8, bottom + height / 2 - 0.7, width, height, 0.6, facecolor=theme.faint)
    sheet.box(left + width / 2, bottom + height / 2, width, height, 0.6, edgecolor=theme.ink)
    first, second = " ".join(BEFORE[:2]).capitalize(), " ".join(BEFORE[2:])
    sheet.text(left + 1.4, bottom + height - 2.6, first, LARGE - 2, ha="left", fontweight="bold")
    sheet.text(left + 1.4, bottom + height - 5.4, second, LARGE - 2, ha="left", fontweight="bold")
    guesses = material.next_words(BEFORE, 3)
    for place, (word, share) in enumerate(guesses):
        y = bottom + height - 9 - 2.6 * place
        sheet.text(left + 1.4, y, word, SMALL, theme.orange if place == 1 else theme.ink, ha="left")
        look = {"facecolor": theme.orange if place == 1 else theme.gray, "edgecolor": "none"}
        sheet.frame(left + 9, y - 0.7, 6 * share / guesses[0][1], 1.6, **look)
    for row in range(2):
        y, end = bottom + 3.6 - 1.9 * row, left + width - (1.4, 6)[row]
        sheet.line([(left + 1.4, y), (end, y)], theme.faint, BOLD, zorder=5)
