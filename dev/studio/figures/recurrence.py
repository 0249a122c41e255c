"""A recurrent network, unrolled over a headline."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dev.studio.figures.style import BOLD, NORMAL, SMALL, Sheet, Theme

WORDS = ("what", "to", "know", "about", "the")
"""The beginning of a headline; each word comes after those before it."""
GUESSES = (
    (("[UNK]", 5), ("the", 4), ("a", 4), ("what", 2)),
    (("the", 14), ("to", 10), ("a", 6), ("i", 5)),
    (("the", 5), ("be", 3), ("you", 3), ("know", 2)),
    (("the", 10), ("a", 10), ("about", 3), ("[END]", 3)),
    (("the", 35), ("a", 18), ("[UNK]", 2), ("it", 2)),
)
"""What the trained network of lesson 06, seed 1, gives after each token, in percent: its three likeliest words, and the
one that came, or else its fourth."""


def recurrent(theme: Theme) -> Figure:
    """For each word: token, embedding, box, the likeliest next words; and the state."""
    sheet = Sheet(theme, 50)
    rng = np.random.default_rng(1)
    step, cell, bar = 19.8, 3.3, 0.11
    for number in range(len(WORDS)):
        x = 9.6 + step * number
        sheet.text(x, 3, ("[START]", *WORDS)[number], NORMAL)
        sheet.arrow((x, 5.2), (x, 8.6))
        for place, level in enumerate(rng.uniform(0.1, 0.95, 4)):
            look = {"facecolor": str(level), "edgecolor": theme.gray, "linewidth": 1, "zorder": 4}
            sheet.frame(x - 2 * cell + cell * place, 9.2, cell, cell, **look)
        sheet.arrow((x, 13), (x, 16.6))
        sheet.box(x, 21.2, 12.6, 8.2, 1, facecolor=theme.blue, edgecolor=theme.blue)
        sheet.text(x, 21.2, "LSTM", NORMAL, theme.on_color, fontweight="bold")
        if number + 1 < len(WORDS):
            sheet.arrow((x + 6.6, 21.2), (x + step - 6.7, 21.2), theme.blue, BOLD)
        sheet.arrow((x, 25.7), (x, 29))
        for place, (word, percent) in enumerate(GUESSES[number]):
            y = 43.6 - 4 * place
            came = word == WORDS[number]
            color = theme.orange if came else theme.gray
            weight = "bold" if came else "normal"
            sheet.text(x - 0.3, y, word, SMALL, theme.orange if came else theme.ink, ha="right", fontweight=weight)
            look = {"facecolor": color, "edgecolor": "none"}
            sheet.frame(x + 0.7, y - 1.1, bar * percent, 2.4, **look)
            sheet.text(x + 1.3 + bar * percent, y, f"{percent} %", SMALL, color, ha="left")
    return sheet.figure
