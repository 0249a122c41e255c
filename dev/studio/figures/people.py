"""Who is in which part of the hands: no signer of the validation set is in training."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dev.studio.figures import material
from dev.studio.figures.style import BOLD, NORMAL, SMALL, Sheet, Theme

LAST = {"train": "t71", "valid": "v239"}
READ = {"train": 1200, "known": 1728, "valid": 1200}
"""How many rows of each table are read: enough to meet a few signers often."""
SIDE, GAP = 8.6, 0.9


def signers(theme: Theme) -> Figure:
    """Training and known images of the same people on one side of a wall, validation images of others on the other."""
    sheet = Sheet(theme, 42)
    for part, people, left, base, rows in (
        ("train", range(5), 6, 17, 2),
        ("known", range(5), 6, 3.4, 1),
        ("valid", range(2), 70, 3.4, 3),
    ):
        pixels, table = material.small_hands(part, READ[part])
        names = sorted(table["signer"].unique())
        color = theme.orange if part == "valid" else theme.blue
        for column, person in enumerate(people):
            name = f"t{person:02}" if part != "valid" else names[person]
            images = pixels[np.flatnonzero(table["signer"] == name)[:rows]]
            x = left + column * (SIDE + GAP)
            for row, image in enumerate(images):
                y = base + (rows - 1 - row) * (SIDE + GAP)
                sheet.picture(image, x, y, SIDE, vmin=0, vmax=1)
            if part != "known":
                sheet.text(x + SIDE / 2, 37.6, name, SMALL, family="DejaVu Sans Mono")
        width, height = len(people) * (SIDE + GAP) - GAP, rows * (SIDE + GAP) - GAP
        sheet.frame(left - 0.9, base - 0.9, width + 1.8, height + 1.8, edgecolor=color)
        y = base + height / 2
        sheet.text(left - 3.4, y, part, NORMAL, color, rotation=90, family="DejaVu Sans Mono")
        if part != "known":
            sheet.text(left + width + 4.5, 37.6, f"… {LAST[part]}", SMALL, family="DejaVu Sans Mono")
    sheet.line([(62, 1.5), (62, 40.5)], theme.ink, 3 * BOLD, solid_capstyle="butt")
    return sheet.figure
