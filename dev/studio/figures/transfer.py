"""Transfer learning, and VGG16."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from dev.studio.figures import material
from dev.studio.figures.style import BOLD, NORMAL, SMALL, THIN, Sheet, Theme

MANY = (
    ("doggy_door_images/german_shepherd.jpg", (0.6, 0.45), 0.9),
    ("doggy_door_images/tabby_cat.jpg", (0.5, 0.5), 1),
    ("doggy_door_images/hens.jpg", (0.5, 0.5), 0.9),
    ("doggy_door_images/red_panda.jpg", (0.5, 0.5), 1),
)
BO = ("presidential_doggy_door/train/bo/bo_004.jpg", (0.5, 0.3), 1)
LEFT = 30.5
BLOCKS = ((12.5, 2), (11.5, 2.7), (10.5, 3.5), (9.2, 4.4), (7.8, 5.3), (6.4, 6.2), (5, 7.2))
"""Height and width of each of the seven blocks of the backbone, as they are drawn."""
VGG_BLOCKS = ((224, 64, 2), (112, 128, 2), (56, 256, 3), (28, 512, 3), (14, 512, 3))
"""Side of the feature maps, channels, convolutions."""
VGG_DENSE = {"fc1": 4096, "fc2": 4096, "predictions": 1000}
DEPTH = 0.35
"""Depth of a stack as it is drawn, over its height."""


def transfer(theme: Theme) -> Figure:
    """A trained network; its backbone, frozen, under a new head; the last blocks fine-tuned along with it."""
    sheet = Sheet(theme, 61)
    known = {"facecolor": theme.blue, "edgecolor": theme.blue}
    frozen = {"facecolor": theme.pale_blue, "edgecolor": theme.blue}
    learning = {"facecolor": theme.orange, "edgecolor": theme.orange}
    for number, y in enumerate((51, 31, 11), start=1):
        sheet.circle(5, y, 2, edgecolor=theme.ink)
        sheet.text(5, y, f"{number}", NORMAL, fontweight="bold")
        if number == 1:
            for place, (name, center, share) in enumerate(MANY):
                left, bottom = 10.5 + 5.7 * (place % 2), y + 0.2 - 5.7 * (place // 2)
                sheet.picture(material.photo(name, center, share, 85), left, bottom, 5.3)
        else:
            sheet.picture(material.photo(*BO, 176), 10.5, y - 5.5, 11)
        sheet.arrow((23, y), (27.8, y))
        x, rights = LEFT, []
        for place, (height, width) in enumerate(BLOCKS):
            tuned = number == 3 and place >= len(BLOCKS) - 2
            look = known if number == 1 else learning if tuned else frozen
            sheet.box(x + width / 2, y, width, height, 0.5, **look)
            rights.append(x + width)
            x += width + (2.6 if place in (4, 6) else 1.3)
        if number > 1:
            lock(sheet, LEFT - 1, rights[4 if number == 3 else 6] + 1, y)
            sheet.arrow((LEFT + 9, y + 12.3), (LEFT + 9, y + 8.1), theme.blue, BOLD)
        vector(sheet, x + 4.5, y)
        head(sheet, x + 4.5, y, number, learning if number > 1 else known)
    return sheet.figure


def lock(sheet: Sheet, left: float, right: float, y: float) -> None:
    """A dashed outline round what is frozen, with a padlock on it."""
    middle, look = (left + right) / 2, {"facecolor": "none", "edgecolor": sheet.theme.ink, "linestyle": (0, (3, 2))}
    sheet.box(middle, y, right - left, 14.8, 1, zorder=3, **look)
    sheet.circle(middle, y - 7.4, 2, edgecolor="none", zorder=3.5)
    sheet.padlock(middle, y - 7.4, 0.85)


def vector(sheet: Sheet, x: float, y: float) -> None:
    """The 1,280 numbers that a backbone has to say about a picture."""
    sheet.arrow((x - 4.2, y), (x - 1.4, y))
    sheet.frame(x - 0.7, y - 5.5, 1.4, 11, facecolor=sheet.theme.faint, edgecolor=sheet.theme.gray, linewidth=THIN)
    sheet.text(x, y - 7.4, "1,280", SMALL)


def head(sheet: Sheet, x: float, y: float, number: int, look: dict[str, str]) -> None:
    """What stands on the 1,280 numbers: a thousand classes, or one neuron."""
    places = np.array([5, 3, 1, -3, -5]) if number == 1 else np.array([0])
    for start in np.linspace(y - 5, y + 5, 6):
        for place in places:
            sheet.line([(x + 0.9, start), (x + 13, y + place)], sheet.theme.faint, THIN)
    for place in places:
        sheet.circle(x + 13, y + place, 0.8 if number == 1 else 1.9, **look)
    if number == 1:
        sheet.text(x + 13, y - 1, "⋮", NORMAL)
    sheet.text(x + 13, y - 7.4, "1,000" if number == 1 else "1", SMALL)


def cuboid(sheet: Sheet, left: float, middle: float, width: float, height: float, color: str, depth: float) -> float:
    """Draw a stack of feature maps; return the right edge of its front."""
    low, high = middle - height / 2, middle + height / 2
    front = [(left, low), (left + width, low), (left + width, high), (left, high)]
    top = [front[3], front[2], (left + width + depth, high + depth), (left + depth, high + depth)]
    flank = [front[1], front[2], top[2], (left + width + depth, low + depth)]
    paper = np.array(to_rgb(sheet.theme.paper))
    for face, share in ((front, 1.0), (top, 0.5), (flank, 0.72)):
        sheet.shape(face, facecolor=to_hex(share * np.array(to_rgb(color)) + (1 - share) * paper))
    return left + width


def vgg16(theme: Theme) -> Figure:
    """An input, five blocks, three dense layers."""
    sheet = Sheet(theme, 38)
    scale, middle, labels = 17.5 / 224, 20, 8
    right = cuboid(sheet, 4, middle, 0.35, 224 * scale, theme.gray, DEPTH * 224 * scale)
    sheet.text(6, labels, "224 × 224", SMALL)
    sheet.text(6, labels - 2.8, "× 3", SMALL)
    sheet.text(6, labels - 5.6, "▸ pooling", SMALL)
    x = right + DEPTH * 224 * scale
    for side, channels, convolutions in VGG_BLOCKS:
        x += 4.4 if side == 224 else 2.7
        width, height = channels / 128, side * scale
        for number in range(convolutions):
            right = cuboid(sheet, x + number * (width + 0.3), middle, width, height, theme.blue, DEPTH * height)
        center = (x + right) / 2
        sheet.text(center, labels, f"{side} × {side}", SMALL)
        sheet.text(center, labels - 2.8, f"× {channels}", SMALL)
        sheet.text(center, labels - 5.6, f"{convolutions} conv.", SMALL, theme.blue)
        x = right + DEPTH * height
        sheet.text(x + 1.2, middle, "▸", SMALL, theme.ink)
    right = cuboid(sheet, x + 2.7, middle, 4, 7 * scale, theme.gray, DEPTH * 7 * scale)
    sheet.text(x + 4.7, labels, "7 × 7", SMALL)
    sheet.text(x + 4.7, labels - 2.8, "× 512", SMALL)
    x = right + 3.5
    for name, neurons in VGG_DENSE.items():
        cuboid(sheet, x, middle, 0.7, neurons / 230, theme.orange, 0.5)
        sheet.text(x + 0.35, labels, f"{neurons}", SMALL, theme.orange)
        sheet.text(x + 0.35, labels - (2.8 if len(name) < 5 else 5.6), name, SMALL, theme.orange)
        x += 5.1
    return sheet.figure
