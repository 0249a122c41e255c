"""Who is in a group: a factor that comes along with another one."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dev.studio.figures.style import BOLD, LARGE, NORMAL, SMALL, THIN, Sheet, Theme

PEOPLE = 80
LEFT_HANDED = {"light": 8, "medium": 16, "dark": 32}
"""Of 80 people of each skin tone in the embedded validation set of hands."""
MISREAD = {"right": 2, "left": 22}
"""Of 100 images, whatever the skin tone: about what lesson 03's network misreads."""
COLUMNS = 10


def average(tone: str) -> float:
    """How many of 100 images of a group are misread, if nothing but the hand matters."""
    left = LEFT_HANDED[tone]
    return (left * MISREAD["left"] + (PEOPLE - left) * MISREAD["right"]) / PEOPLE


def confound(theme: Theme) -> Figure:
    """Three groups, a dot a person, the left-handed set apart, and the average of each."""
    sheet = Sheet(theme, 46)
    for place, (tone, left_handed) in enumerate(LEFT_HANDED.items()):
        left = 4 + 33 * place
        sheet.text(left + 12.6, 42.6, f"{tone} skin", NORMAL, fontweight="bold")
        for number in range(PEOPLE):
            row, column = divmod(number, COLUMNS)
            x, y = left + 2.8 * column, 38 - 2.8 * row
            if number < left_handed:
                sheet.box(x, y, 2.1, 2.1, 0.2, facecolor=theme.orange, edgecolor=theme.orange, linewidth=THIN)
            else:
                sheet.circle(x, y, 0.95, facecolor=theme.pale_blue, edgecolor=theme.blue, linewidth=THIN)
        sheet.line([(left - 1.2, 15.6), (left + 26.4, 15.6)], theme.gray, THIN)
        sheet.text(left + 12.6, 12.8, f"{left_handed} of {PEOPLE} left-handed", SMALL)
        sheet.text(left + 12.6, 8.6, f"{np.round(average(tone)):.0f}% misread", LARGE, theme.orange, fontweight="bold")
    sheet.box(14, 3.2, 2.1, 2.1, 0.2, facecolor=theme.orange, edgecolor=theme.orange, linewidth=THIN)
    sheet.text(16.5, 3.2, f"left-handed: {MISREAD['left']} of 100 images misread", SMALL, ha="left")
    sheet.circle(54, 3.2, 0.95, facecolor=theme.pale_blue, edgecolor=theme.blue, linewidth=BOLD / 2)
    sheet.text(56.2, 3.2, f"right-handed: {MISREAD['right']} of 100 images misread", SMALL, ha="left")
    return sheet.figure
