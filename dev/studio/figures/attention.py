"""What one head of a small transformer looks at, in one headline."""

from __future__ import annotations

from matplotlib.figure import Figure

from dev.studio.figures.style import NORMAL, SMALL, Sheet, Theme

WORDS = ("[START]", "new", "principal", "for", "fenwick", "high", "comes", "from", "westmark")
WEIGHTS = (
    (1.00,),
    (0.28, 0.72),
    (0.41, 0.38, 0.21),
    (0.00, 0.00, 1.00, 0.00),
    (0.16, 0.15, 0.02, 0.11, 0.55),
    (0.00, 0.00, 1.00, 0.00, 0.00, 0.00),
    (0.00, 0.00, 1.00, 0.00, 0.00, 0.00, 0.00),
    (0.00, 0.00, 1.00, 0.00, 0.00, 0.00, 0.00, 0.00),
    (0.01, 0.02, 0.95, 0.00, 0.01, 0.00, 0.01, 0.00, 0.01),
)
"""The second head of the second block of ``extras/attention.ipynb``, seed 1, on a headline held out from its training:
a row for each word that looks, with a weight for each word so far."""
LOOKED_AT = 2
"""The word that most others look at, the subject of the headline."""


def attention(theme: Theme) -> Figure:
    """Below, the words that look; above, the words that they look at; lines as wide as the weights."""
    sheet = Sheet(theme, 34)
    step, left, low, high = 11, 6, 6, 27
    for place, word in enumerate(WORDS):
        color = theme.orange if place == LOOKED_AT else theme.ink
        weight = "bold" if place == LOOKED_AT else "normal"
        sheet.text(left + step * place, high + 2.6, word, NORMAL, color, fontweight=weight)
        sheet.text(left + step * place, low - 2.6, word, NORMAL)
    for place, row in enumerate(WEIGHTS):
        for other, weight in enumerate(row):
            if weight >= 0.05:
                ends = [(left + step * place, low), (left + step * other, high)]
                sheet.line(ends, theme.orange if other == LOOKED_AT else theme.gray, 5 * weight)
    for place in range(LOOKED_AT + 1, len(WORDS)):
        share = WEIGHTS[place][LOOKED_AT]
        if share > 0.5:
            sheet.text(left + step * place + 1.2, low + 1.2, f"{share:.2f}", SMALL, theme.orange, ha="left")
    return sheet.figure
