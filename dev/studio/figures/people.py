"""Who is in which part of the hands: training, validation and test have no person in common."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dev.studio.figures import material
from dev.studio.figures.style import BOLD, NORMAL, SMALL, Sheet, Theme

READ = {"train": 1200, "known": 1728, "valid": 7200}
"""How many rows of each table are read: enough to meet a few signers often, and every signer of validation once."""
SIDE, GAP = 7.6, 0.9


def signers(theme: Theme) -> Figure:
    """Training and known images of the same people; behind a wall each, images of others for validation and test."""
    sheet = Sheet(theme, 41)
    others = material.small_hands("valid", READ["valid"])[1]["signer"].unique()
    half = len(others) // 2  # lesson 02 keeps the second half for its test
    trained = [f"t{person:02}" for person in range(4)]
    for part, table, people, left, base, rows, color in (
        ("train", "train", trained, 5.5, 15.9, 2, theme.blue),
        ("known", "known", trained, 5.5, 3.4, 1, theme.blue),
        ("valid", "valid", others[:2], 52, 3.4, 3, theme.orange),
        ("test", "valid", others[half : half + 2], 81, 3.4, 3, theme.ink),
    ):
        pixels, facts = material.small_hands(table, READ[table])
        for column, person in enumerate(people):
            images = pixels[np.flatnonzero(facts["signer"] == person)[::5][:rows]]
            x = left + column * (SIDE + GAP)
            for row, image in enumerate(images):
                y = base + (rows - 1 - row) * (SIDE + GAP)
                sheet.picture(image, x, y, SIDE, vmin=0, vmax=1)
            if part != "known":
                sheet.text(x + SIDE / 2, 34, person, SMALL, family="DejaVu Sans Mono")
        width, height = len(people) * (SIDE + GAP) - GAP, rows * (SIDE + GAP) - GAP
        sheet.frame(left - 0.9, base - 0.9, width + 1.8, height + 1.8, edgecolor=color)
        sheet.text(left - 3.4, base + height / 2, part, NORMAL, color, rotation=90, family="DejaVu Sans Mono")
        if part != "known":
            count = 72 if part == "train" else half
            sheet.text(left + width / 2, 38, f"{count} people", NORMAL, color)
    for wall in (44, 73.3):
        sheet.line([(wall, 1.5), (wall, 39.5)], theme.ink, 3 * BOLD, solid_capstyle="butt")
    return sheet.figure
