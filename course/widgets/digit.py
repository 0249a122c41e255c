"""A canvas to draw a digit on; the learner's network gives its ten probabilities while it is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from course.messages import CourseError, _
from course.widgets.live import Live, figure_html

SIDE = 280
"""Width and height of the canvas, in its own units: strokes are points between 0 and this."""
PEN = 22
"""Width of the pen: a digit drawn 170 high gets strokes as thick as MNIST's, 2.6 of 20 pixels."""
MAX_POINTS = 4000
"""Points of a drawing that are used, all strokes together; about two minutes of drawing."""
SETTINGS = {"side": SIDE, "pen": PEN, "maxPoints": MAX_POINTS, "labels": [str(digit) for digit in range(10)]}
"""What the front end needs to know."""


def as_mnist(drawing: np.ndarray) -> np.ndarray:
    """Bring a drawing into the form of MNIST's digits.

    As MNIST's authors did: the ink is cropped, its longer side scaled to 20 pixels with antialiasing, and the result
    put into 28 × 28 so that its center of mass lies on pixel (14, 14), to the nearest pixel and as far as it fits.
    See LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998.

    Args:
        drawing: (h, w), uint8 or float, the larger the more ink, 0 where there is none. The scale does not matter.

    Returns:
        (28, 28) float32, from 0 to 1 at the darkest ink; zeros where there is no ink.

    Raises:
        CourseError: `drawing` is not a picture like that.
    """
    ink = np.asarray(drawing)
    if ink.ndim != 2 or ink.dtype.kind not in "buif" or not np.isfinite(ink).all() or (ink < 0).any():
        text = _("as_mnist takes one picture, (height, width), with numbers from 0 up, not {kind} of shape {shape}.")
        raise CourseError(text, kind=ink.dtype, shape=ink.shape)
    picture = np.zeros((28, 28), np.float32)
    if not ink.any():
        return picture
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    height, width = (max(1, round(20 * side / max(ink.shape))) for side in ink.shape)
    small = np.asarray(Image.fromarray(ink / ink.max()).resize((width, height), Image.Resampling.BILINEAR))
    from scipy import ndimage  # every lesson's first cell imports this module, and waits for what it imports

    row, column = ndimage.center_of_mass(small)
    top, left = min(max(round(14 - row), 0), 28 - height), min(max(round(14 - column), 0), 28 - width)
    picture[top : top + height, left : left + width] = small / small.max()
    return picture


def read_strokes(message: object) -> list[np.ndarray]:
    """Strokes, arrays (n, 2) of x and y, from a front end's list of lists of pairs; more than `MAX_POINTS` are cut off.

    Raises:
        ValueError: `message` is something else.
    """
    strokes: list[np.ndarray] = []
    room = MAX_POINTS
    try:
        for stroke in message[:MAX_POINTS]:
            points = np.array([(float(x), float(y)) for x, y in stroke[:room]]).reshape(-1, 2)
            strokes.append(points.clip(0, SIDE))
            room -= len(points)
    except (TypeError, KeyError, OverflowError) as error:
        raise ValueError("strokes are lists of pairs of numbers") from error
    if not all(np.isfinite(points).all() for points in strokes):
        raise ValueError("coordinates are finite numbers")
    return [points for points in strokes if len(points)]


def rasterize(strokes: list[np.ndarray]) -> np.ndarray:
    """Draw `strokes` with a round pen: (280, 280) uint8, 255 where there is ink."""
    canvas = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(canvas)
    for stroke in strokes:
        pen.line(stroke.ravel().tolist(), fill=255, width=PEN)
        for x, y in stroke.tolist():
            pen.ellipse((x - PEN / 2, y - PEN / 2, x + PEN / 2, y + PEN / 2), fill=255)
    return np.asarray(canvas)


class DrawDigit(Live):
    """A canvas for a digit, the 28 × 28 image that the network sees, and a bar for each digit, live while one draws.

    Args:
        predict: takes float32 (n, 28, 28) from 0 to 1, returns (n, 10), the probabilities of the digits 0 to 9.

    Raises:
        CourseError: `predict` returns something else.
    """

    name = "digit"

    def __init__(self, predict: Callable[[np.ndarray], Any]) -> None:
        self._predict = predict
        strokes = read_strokes(json.loads((Path(__file__).parent / "digit.json").read_text(encoding="utf-8")))
        super().__init__(self._recorded_example(strokes), texts(), SETTINGS)

    def probabilities(self, picture: np.ndarray) -> np.ndarray:
        """The network's ten probabilities for one `picture`, (28, 28) from 0 to 1."""
        found = np.asarray(self._predict(picture[np.newaxis]))
        if found.shape != (1, 10) or found.dtype.kind not in "fiu" or not np.isfinite(found).all():
            text = _("predict has to give probabilities of shape (1, 10) for one picture, not {kind} of shape {shape}.")
            raise CourseError(text, kind=found.dtype, shape=found.shape)
        return found[0].clip(0, 1)

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer strokes with 784 pixels from 0 to 255 and ten probabilities; with neither for an empty canvas."""
        strokes = read_strokes(question.get("strokes"))
        if not strokes:
            return {"picture": None, "probabilities": None}
        picture = as_mnist(rasterize(strokes))
        try:
            probabilities = self.probabilities(picture)
        except CourseError:
            raise
        except Exception as error:  # the learner's own code: in a message handler nobody would see what it raised
            raise CourseError(_("The network failed on this drawing: {error}"), error=error) from error
        return {"picture": np.rint(255 * picture).astype(int).ravel().tolist(), "probabilities": probabilities.tolist()}

    def _recorded_example(self, strokes: list[np.ndarray]) -> str:
        from matplotlib.figure import Figure

        drawing = rasterize(strokes)
        picture = as_mnist(drawing)
        probabilities = self.probabilities(picture)
        figure = Figure(figsize=(8, 2.6), layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=[1, 1, 1.3])
        for ax, image in [(left, drawing), (middle, picture)]:
            ax.imshow(image, cmap="gray")
            ax.set_axis_off()
        bars = right.barh([str(digit) for digit in range(10)], probabilities, color="#006BA4")
        right.bar_label(bars, [f"{p:.0%}" for p in probabilities], padding=3)
        right.invert_yaxis()
        right.tick_params(length=0)
        right.set(xlim=(0, 1.15), xticks=[])
        right.spines[["top", "right", "bottom"]].set_visible(False)
        top = int(probabilities.argmax())
        alt = _("A drawn digit, the same as 28 × 28 pixels, and ten bars of which {digit} is longest, {percent}.")
        caption = _("A recorded example: the drawing, the 28 × 28 pixels that the network sees, and its answer.")
        return figure_html(figure, alt.format(digit=top, percent=f"{probabilities[top]:.0%}"), caption)


def texts() -> dict[str, str]:
    """What the front end says, in the learner's language."""
    return {
        "drawing": _("Your digit"),
        "canvas": _("Drawing area"),
        "invite": _("Draw a digit here"),
        "keys": _("Keys: arrows move the pen, space lowers and lifts it, Delete clears."),
        "clear": _("Clear"),
        "seen": _("The network sees (28 × 28)"),
        "bars": _("Probability of each digit"),
        "empty": _("Nothing drawn yet."),
        "top": _("Looks like {label}: {percent}."),
        "penDown": _("Pen down."),
        "penUp": _("Pen up."),
        "full": _("That is as much as the canvas takes: clear it to go on."),
        "silent": _("No answer from the notebook yet: it is busy, or this cell has to be run again."),
    }
