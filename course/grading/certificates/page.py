"""Draws the certificate: one A4 page, as PDF and as PNG.

Usage: ``pdf, png = render(statement)``; ``write(statement, models_dir())`` saves both as ``certificate.pdf`` and
``certificate.png``. The text is in the learner's language if a font has all its letters, else in English. A name
that no font here can write leaves its line free: :func:`can_write` tells.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import matplotlib
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from course.files import replacing
from course.grading.certificates import ornament
from course.grading.certificates.fonts import font_for
from course.grading.certificates.ornament import HEIGHT, WIDTH
from course.grading.certificates.statement import Statement, grouped
from course.messages import _

INK, GOLD, GRAY, PALE = "#1B3A5C", "#B08A3E", "#555555", "#F1EBDC"
MIDDLE = WIDTH / 2
DPI = 200
"""Of the PNG: 2,339 × 1,654 pixels."""
_INCH = 25.4
_POINT = _INCH / 72
_UPRIGHT, _ITALIC, _BOLD = "STIXGeneral", "STIXGeneralItalic", "STIXGeneralBol"


@dataclass(frozen=True)
class Words:
    """The text of the page in one language, filled in."""

    course: str
    title: str
    to: str
    what: tuple[str, str]
    needed: str
    date: str
    date_caption: str
    code_caption: str
    seal: str
    status: tuple[str, str]

    def all(self) -> str:
        """Everything that has to be written."""
        return "".join(part if isinstance(part, str) else "".join(part) for part in vars(self).values())


def words(statement: Statement, signer: str, _: Callable[[str], str]) -> Words:
    """The text of the page, translated by `_`, which is named so that the catalog of messages finds what it takes."""
    months = (
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
        _("September"), _("October"), _("November"), _("December"),
    )  # fmt: skip
    day = date.fromisoformat(statement.date)
    editions = {"embedded": _("the embedded data"), "real": _("the original data")}
    values = {
        "count": statement.pictures,
        "right": round(statement.score * statement.pictures),
        "threshold": f"{100 * statement.threshold:.0f}",
        "edition": editions.get(statement.edition, _("data of their own")),
        "test_set": grouped(statement.test_set[:12]),
        "key": signer,
        "command": "python -m course certificate verify",
    }
    if signer:
        seal = _("SIGNED")
        first = _("Graded by the instructor on images that are not part of the course; signed with the key {key}.")
        second = _(
            "Trained on {edition}, as the submission says. Test images {test_set}. To check this file: {command}"
        )
    else:
        seal = _("SELF-ASSESSED")
        first = _("Self-assessed: scored on the learner's own computer, on images that every learner has.")
        second = _("Trained on {edition}, as the submission says. Test images {test_set}.")
    return Words(
        course=_("Fundamentals of Deep Learning"),
        title=_("Certificate"),
        to=_("This certifies that"),
        what=(
            _("has built a neural network that tells fresh fruit from rotten"),
            _("and is right about {right} of {count} test images.").format(**values),
        ),
        needed=_("{threshold} % to pass").format(**values),
        date=_("{day} {month} {year}").format(day=day.day, month=months[day.month - 1], year=day.year),
        date_caption=_("date"),
        code_caption=_("submission"),
        seal=seal,
        status=(first.format(**values), second.format(**values)),
    )


def can_write(name: str) -> bool:
    """Whether a font of this machine has every letter of `name`."""
    return font_for(name, _ITALIC) is not None


def unwritten(name: str) -> str:
    """What to say where no font here can write `name`."""
    return _(
        "No font of this machine has the letters of {name}, so its line is left free to write on; install one that has"
        " them (Chinese, Japanese: `apt-get install fonts-noto-cjk`), and make the certificate again."
    ).format(name=name)


def write(statement: Statement, folder: Path) -> tuple[Path, Path]:
    """Save ``certificate.pdf`` and ``certificate.png`` in `folder`, each whole or not at all; returns their paths.

    Raises:
        CourseError: one of them could not be written.
    """
    paths = (folder / "certificate.pdf", folder / "certificate.png")
    for path, content in zip(paths, render(statement), strict=True):
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    return paths


def render(statement: Statement, signer: str = "", dpi: int = DPI) -> tuple[bytes, bytes]:
    """The page as PDF and as PNG.

    Args:
        statement: what it says.
        signer: the fingerprint of the key that will sign it; '' for one that is self-assessed.
        dpi: pixels per inch of the PNG.
    """
    with style.context("default", after_reset=True), matplotlib.rc_context({"text.parse_math": False}):
        figure = draw(statement, signer)
        pdf, png = io.BytesIO(), io.BytesIO()
        about = {"Title": f"{statement.course}: {statement.name}".rstrip(": "), "Subject": statement.code}
        figure.savefig(pdf, format="pdf", metadata=about | {"Creator": None, "Producer": None, "CreationDate": None})
        figure.savefig(png, format="png", dpi=dpi)
    return pdf.getvalue(), _few_colors(png, about["Title"])


def _few_colors(png: io.BytesIO, title: str) -> bytes:
    """The picture with a palette, which three colors and their mixtures fill: a third of the bytes."""
    with Image.open(png) as picture:
        small = picture.convert("RGB").quantize(128)
    about, content = PngInfo(), io.BytesIO()
    about.add_itxt("Title", title)
    small.save(content, "PNG", pnginfo=about, optimize=True)
    return content.getvalue()


def draw(statement: Statement, signer: str = "") -> Figure:
    """The page as a figure, in the settings that are in force."""
    text = words(statement, signer, _)
    if font_for(text.all()) is None:
        text = words(statement, signer, str)
    figure = Figure(figsize=(WIDTH / _INCH, HEIGHT / _INCH), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))
    axes.set_axis_off()
    ornament.ground(axes, MIDDLE, HEIGHT / 2, 76, PALE)
    ornament.border(axes, INK, GOLD)
    _heading(axes, text)
    _name(axes, statement.name)
    for line, y in zip(text.what, (96.5, 88.5), strict=True):
        _line(axes, MIDDLE, y, line, 15, _ITALIC)
    _footer(axes, text, statement)
    return figure


def _heading(axes: Axes, text: Words) -> None:
    course = text.course.upper()
    ornament.spaced(axes, MIDDLE, 170, course, 4.6, font_for(course, _UPRIGHT) or FontProperties(), GOLD)
    _line(axes, MIDDLE, 147, text.title, 58, _UPRIGHT, color=INK)
    _rule(axes, MIDDLE, 140.5, 62)
    _line(axes, MIDDLE, 130, text.to, 15, _ITALIC)


def _name(axes: Axes, name: str) -> None:
    """The name, as large as its line allows; the line alone where no font has all its letters."""
    font = font_for(name, _ITALIC)
    if font is not None:
        _line(axes, MIDDLE, 112, name, 40, font=font, color=INK, widest=190)
    axes.plot([MIDDLE - 95, MIDDLE + 95], [107.5, 107.5], color=GOLD, linewidth=0.6)


def _footer(axes: Axes, text: Words, statement: Statement) -> None:
    for x, value, caption in ((74, text.date, text.date_caption), (WIDTH - 74, statement.code, text.code_caption)):
        _line(axes, x, 57, value, 14.5, _UPRIGHT, color=INK)
        axes.plot([x - 30, x + 30], [54, 54], color=GOLD, linewidth=0.6)
        _line(axes, x, 49, caption, 11, _ITALIC)
    around = f"{text.seal} · " * max(1, round(26 / len(text.seal)))
    font = font_for(around, _BOLD) or FontProperties()
    ornament.seal(axes, MIDDLE, 59.5, 21.5, around, font, INK, GOLD)
    _line(axes, MIDDLE, 58.4, f"{100 * statement.score:.1f} %", 19, _BOLD, color=INK)
    _line(axes, MIDDLE, 53.4, text.needed, 9, _UPRIGHT)
    for line, y in zip(text.status, (31.6, 27.6), strict=True):
        _line(axes, MIDDLE, y, line, 8.5, _UPRIGHT, color=GRAY, widest=225)


def _rule(axes: Axes, x: float, y: float, half: float) -> None:
    """A line that opens in its middle for a diamond."""
    for side in (-1, 1):
        axes.plot([x + side * 4, x + side * half], [y, y], color=GOLD, linewidth=0.7)
        axes.plot([x + side * half], [y], marker="o", markersize=2, color=GOLD)
    axes.plot([x], [y], marker="D", markersize=4, color=GOLD)


def _line(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    size: float,
    bundled: str = _UPRIGHT,
    font: FontProperties | None = None,
    color: str = "#222222",
    widest: float = 220,
) -> None:
    """Write one line, centered on `x`, its baseline at `y`; smaller than `size` (points) where it would be too wide."""
    if not text:
        return
    font = font or font_for(text, bundled) or FontProperties()
    drawn = axes.text(
        x, y, text, fontproperties=font, fontsize=size, color=color, ha="center", va="baseline", parse_math=False
    )
    width = drawn.get_window_extent(dpi=72).width * _POINT
    if width > widest:
        drawn.set_fontsize(size * widest / width)
