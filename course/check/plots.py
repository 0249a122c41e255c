"""Plots in words, for people who cannot see them: names of axes, ends and peaks of lines, heights of bars.

Usage: `describe_plots` once in a notebook; from then on every Matplotlib figure that is shown carries its description,
composed from what was drawn and in the learner's language: as the alternative text of its PNG (``alt`` in the output's
metadata, which the exporters read) and, since JupyterLab does not read that, as a text beside it that only screen
readers find. The image itself stays as it is. `describe` gives the description of one figure.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from course.messages import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

MOST_LETTERS = 1500
MOST_NAMES = 40
MOST_BARS = 12
UNSEEN = (
    '<div class="course-plot-in-words" style="position: absolute; width: 1px; height: 1px; overflow: hidden;'
    ' clip-path: inset(50%); white-space: nowrap">{}</div>'
)
"""Hidden from sight, but not from screen readers."""


def describe_plots() -> None:
    """Describe every figure that this notebook shows from now on; without IPython there is nothing to do."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        # The inline backend, once it starts, removes what others have set for figures: but not from this formatter.
        shell.display_formatter.mimebundle_formatter.for_type_by_name("matplotlib.figure", "Figure", _with_alt)


def _with_alt(figure: Figure) -> tuple[dict[str, str], dict[str, Any]]:
    """What IPython adds to the image of `figure`: no data, and the description as metadata."""
    try:
        words = describe(figure)
        if words and hasattr(sys.modules["IPython"].get_ipython(), "kernel"):
            from IPython.display import display

            display({"text/html": UNSEEN.format(html.escape(words)), "text/plain": words}, raw=True)
    except Exception:  # whatever was drawn, it is shown
        words = ""
    return {}, {"image/png": {"alt": words}} if words else {}


def describe(figure: Figure) -> str:
    """What `figure` shows, in sentences; images in a row are described together."""
    groups = [(alike, list(axes)) for alike, axes in groupby(_shown(figure), _is_plain_image)]
    parts: list[str] = []
    for alike, axes in groups:
        parts += [_images(axes)] if alike and len(axes) > 1 else [" ".join(_axes(one)) for one in axes]
    parts = [part for part in parts if part]
    if len(parts) > 1:
        numbered = enumerate(parts, 1)
        parts = [_("Part {number} of {count}.").format(number=i, count=len(parts)) + f" {part}" for i, part in numbered]
    title = figure.get_suptitle() if hasattr(figure, "get_suptitle") else ""  # Matplotlib 3.8 has it first
    text = " ".join([*([f"{title}."] if title else []), *parts])
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def _shown(figure: Figure) -> list[Axes]:
    """The plots of `figure` that hold something; not its color bars."""
    drawn = [one for ax in figure.axes for one in (*ax.images, *ax.collections)]
    bars = [one.colorbar.ax for one in drawn if one.colorbar]
    return [ax for ax in figure.axes if ax.get_visible() and ax.has_data() and ax not in bars]


def _is_plain_image(ax: Axes) -> bool:
    """Whether `ax` shows an image and no numbers around it."""
    bare = not ax.axison or not (len(ax.get_xticks()) or len(ax.get_yticks()))
    return bool(ax.images) and bare and not ax.texts


def _images(axes: list[Axes]) -> str:
    titles = [_title(one) for one in axes]
    if not any(titles):
        return _("{count} images.").format(count=len(axes))
    return _("{count} images: {titles}.").format(count=len(axes), titles=_few([title or "–" for title in titles]))


def _title(ax: Axes) -> str:
    """The title of a plot, which the style of the course sets at the left."""
    titles = (ax.get_title(place) for place in ("left", "center", "right"))
    return _line(" ".join(title for title in titles if title))


def _axes(ax: Axes) -> Iterator[str]:
    """Sentences about one plot."""
    if _title(ax):
        yield _("Title: {title}.").format(title=_title(ax))
    if ax.images:
        yield _image(ax)
    if ax.axison:
        yield from _axis(ax.xaxis, _("Horizontal axis: {label}."), _("Horizontal axis, logarithmic: {label}."))
        yield from _axis(ax.yaxis, _("Vertical axis: {label}."), _("Vertical axis, logarithmic: {label}."))
    if not ax.images:
        yield from (_drawn_line(ax, line) for line in ax.lines if len(line.get_xdata()))
        yield from _bars(ax)
        yield from _collections(ax)
    written = [_line(text.get_text()) for text in ax.texts if text.get_text()]
    if written and len(written) <= MOST_NAMES:
        yield _("Written in it: {texts}.").format(texts=_few(written))


def _image(ax: Axes) -> str:
    image = ax.images[-1]
    rows, columns = image.get_array().shape[:2]
    if not _is_map(ax, image):
        return _("An image of {columns} × {rows} pixels.").format(rows=rows, columns=columns)
    values = np.ma.masked_invalid(image.get_array())
    low, high = _number(values.min()), _number(values.max())
    if len(ax.images) > 1:
        return _("An image with a map of numbers over it, {low} to {high}.").format(low=low, high=high)
    row, column = np.unravel_index(values.argmax(), values.shape)
    text = _(
        "A map of numbers, {rows} rows and {columns} columns, {low} to {high}; highest in row {row}, column {column}."
    ).format(
        rows=rows, columns=columns, low=low, high=high,
        row=_tick(ax.yaxis, row) or row + 1, column=_tick(ax.xaxis, column) or column + 1,
    )  # fmt: skip
    colors = _line(image.colorbar.ax.get_ylabel()) if image.colorbar else ""
    return text + (" " + _("Colors: {name}.").format(name=colors) if colors else "")


def _is_map(ax: Axes, image: AxesImage) -> bool:
    """Whether `image` shows numbers and not an image: it is not gray, or it has a scale beside it."""
    return image.get_array().ndim == 2 and (image.colorbar is not None or image.get_cmap().name not in ("gray", "grey"))


def _axis(axis: Axis, plain: str, logarithmic: str) -> Iterator[str]:
    """The label of `axis`, and its first and last ticks."""
    label = _line(axis.get_label_text())
    names = list(_names(axis).values())
    low, high = sorted(axis.get_view_interval())
    marks = [mark for mark in axis.get_majorticklocs() if low <= mark <= high]
    if names:
        marked = _few(names)
    elif len(marks) > 1:
        marked = _("from {low} to {high}").format(low=_number(marks[0]), high=_number(marks[-1]))
    else:
        marked = ""
    if label or marked:
        text = ", ".join(part for part in (label, marked) if part)
        yield (logarithmic if axis.get_scale() == "log" else plain).format(label=text)


def _names(axis: Axis) -> dict[float, str]:
    """The tick labels of `axis` by position; none for an axis of numbers."""
    from matplotlib import ticker

    if isinstance(axis.get_major_formatter(), (ticker.ScalarFormatter, ticker.LogFormatter, ticker.NullFormatter)):
        return {}
    places = axis.get_majorticklocs()  # the labels themselves are too few where plots share an axis
    texts = [_line(text) for text in axis.get_major_formatter().format_ticks(places)]
    return {float(place): text for place, text in zip(places, texts, strict=True) if text}


def _tick(axis: Axis, place: float) -> str:
    """The tick label of `axis` nearest to `place`, if one is near."""
    names = _names(axis)
    nearest = min(names, key=lambda one: abs(one - place), default=None)
    return names[nearest] if nearest is not None and abs(nearest - place) <= 0.5 else ""


def _drawn_line(ax: Axes, line: Line2D) -> str:
    name = _series(line.get_label())
    across, up = line.get_transform().contains_branch_seperately(ax.transData)
    x, y = (np.asarray(line.get_data(orig=False)[i], dtype=float) for i in (0, 1))
    if not (across and up):  # a line from border to border
        level = y[0] if up else x[0]
        return _("Level{name}: {value}.").format(name=name, value=_number(level))
    if line.get_linestyle() in ("None", "none", " ", ""):
        return _points(ax, x, y, name)
    y = np.ma.masked_invalid(y)
    return _(
        "Line{name}: begins at {first} ({start}) and ends at {last} ({end}); lowest {low} ({lowest}), highest {high}"
        " ({highest})."
    ).format(
        name=name, first=_number(y[0]), start=_number(x[0]), last=_number(y[-1]), end=_number(x[-1]),
        low=_number(y.min()), lowest=_number(x[y.argmin()]), high=_number(y.max()), highest=_number(x[y.argmax()]),
    )  # fmt: skip


def _points(ax: Axes, x: np.ndarray, y: np.ndarray, name: str) -> str:
    if len(x) <= MOST_BARS:
        across, up = (
            [_tick(axis, one) or _number(one) for one in places] for axis, places in ((ax.xaxis, x), (ax.yaxis, y))
        )
        places = ", ".join(f"({one}, {other})" for one, other in zip(across, up, strict=True))
        return _("Points{name}: {places}.").format(name=name, places=places)
    text = _("{count} points{name}: across from {left} to {right}, up from {low} to {high}.")
    ends = {"left": x.min(), "right": x.max(), "low": y.min(), "high": y.max()}
    return text.format(count=len(x), name=name, **{end: _number(value) for end, value in ends.items()})


def _bars(ax: Axes) -> Iterator[str]:
    from matplotlib.container import BarContainer

    yield from (_bar(ax, one) for one in ax.containers if isinstance(one, BarContainer) and len(one))


def _bar(ax: Axes, bars: BarContainer) -> str:
    upright = bars.orientation != "horizontal"
    axis = ax.xaxis if upright else ax.yaxis
    values = [bar.get_height() if upright else bar.get_width() for bar in bars]
    places = [bar.get_x() + bar.get_width() / 2 if upright else bar.get_y() + bar.get_height() / 2 for bar in bars]
    names = [_tick(axis, place) or _number(place) for place in places]
    name = _series(bars.get_label())
    if len(values) <= MOST_BARS:
        pairs = ", ".join(f"{one} {_number(value)}" for one, value in zip(names, values, strict=True))
        return _("Bars{name}: {bars}.").format(name=name, bars=pairs)
    least, most = int(np.argmin(values)), int(np.argmax(values))
    text = _("{count} bars{name}: highest {high} ({highest}), lowest {low} ({lowest}).")
    return text.format(
        count=len(values), name=name, high=_number(values[most]), highest=names[most],
        low=_number(values[least]), lowest=names[least],
    )  # fmt: skip


def _collections(ax: Axes) -> Iterator[str]:
    """Scattered points, and strokes such as those of `vlines`."""
    from matplotlib.collections import LineCollection, PathCollection

    for one in ax.collections:
        name = _series(one.get_label())
        if isinstance(one, PathCollection) and len(one.get_offsets()):
            x, y = np.ma.asarray(one.get_offsets(), dtype=float).T
            yield _points(ax, x, y, name)
        elif isinstance(one, LineCollection):
            yield _("{count} strokes{name}.").format(count=len(one.get_segments()), name=name)


def _series(label: object) -> str:
    """The name of a series, to follow a word; empty for Matplotlib's own, which begin with an underscore."""
    return "" if not label or str(label).startswith("_") else f" “{_line(str(label))}”"


def _few(texts: list[str]) -> str:
    return ", ".join(texts[:MOST_NAMES]) + (" …" if len(texts) > MOST_NAMES else "")


def _line(text: str) -> str:
    return " ".join(text.split())


def _number(value: float) -> str:
    """A number in text: three digits, thousands separated; NaN or masked is “nan”."""
    value = float(np.ma.filled(value, np.nan)) + 0.0  # no "minus zero"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
