"""What all slides are drawn with: colors, sizes, text, boxes; in the hand of ``images/``.

Lengths are inches, the origin is the upper left corner. Verdana, which PowerPoint has everywhere, is the sister of the
figures' DejaVu Sans; the theme names it once, with a Hangul font beside it, so what an instructor adds looks alike.
"""

from __future__ import annotations

import re

from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Inches, Pt

WIDTH, HEIGHT = 13.333, 7.5
LEFT, RIGHT = 0.65, 12.683
INNER = RIGHT - LEFT
TOP, BOTTOM = 1.6, 6.8
"""Between these stands what a slide shows."""
INK, GRAY, FAINT = "1f2328", "595959", "c9ced4"
BLUE, ORANGE, PALE_BLUE, PALE_ORANGE, WHITE = "006ba4", "c85200", "d6e8f4", "fbe2d0", "ffffff"
SERIES = (BLUE, ORANGE, "898989", "5f9ed1", "ffbc79", "595959")
"""Colors of a chart's series, those of images/course.mplstyle."""
LATIN, HANGUL, MONO = "Verdana", "Malgun Gothic", "Consolas"
HUGE, LARGE, TITLE, WIDE, MIDDLE, BODY, SMALL, TINY = 48, 36, 28, 24, 22, 20, 16, 12
"""Sizes of text, in points."""
MARKS = re.compile(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`")
LANGUAGES = {"en": "en-US", "ko": "ko-KR"}


def rgb(color: str) -> RGBColor:
    """A color as python-pptx takes it."""
    return RGBColor.from_string(color.upper())


class Pen:
    """Draws on slides of one language."""

    def __init__(self, lang: str) -> None:
        self.lang = LANGUAGES[lang]

    def write(
        self, frame: TextFrame, lines: list[str], size: float, color: str = INK, bold: bool = False,
        align: str = "left", anchor: str = "top", bullets: bool = False, gap: float = 0.45,
    ) -> None:  # fmt: skip
        """Fill a frame: a paragraph for each of `lines`, ``**bold**``, ``*italic*`` and ```code``` in them.

        Args:
            frame: what to fill; nothing in it shrinks or grows by itself.
            lines: texts.
            size: points.
            color: of all but code.
            bold: whether all of it is bold.
            align: ``left`` or ``center``.
            anchor: ``top``, ``middle`` or ``bottom``.
            bullets: whether each line gets a bullet.
            gap: space between paragraphs, of `size`.
        """
        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR[anchor.upper()]
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN[align.upper()]
            paragraph.line_spacing = 1.0
            paragraph.space_before = Pt(gap * size if number else 0)
            self._bullet(paragraph._p.get_or_add_pPr(), size, bullets)
            position = 0
            for found in MARKS.finditer(line):
                self._run(paragraph, line[position : found.start()], size, color, bold)
                text = next(group for group in found.groups() if group)
                self._run(paragraph, text, size, color, bold or bool(found[1]), bool(found[2]), bool(found[3]))
                position = found.end()
            self._run(paragraph, line[position:], size, color, bold)

    def _run(
        self, paragraph, text: str, size: float, color: str, bold: bool, italic: bool = False, code: bool = False
    ) -> None:
        if not text:
            return
        run = paragraph.add_run()
        run.text = text.replace(" × ", "\u00a0×\u00a0")  # never at the end of a line
        font = run.font
        font.size, font.bold, font.italic = Pt(size), bold, italic
        font.color.rgb = rgb(color)
        if code:
            font.name = MONO
        run._r.get_or_add_rPr().set("lang", self.lang)

    def _bullet(self, properties, size: float, bullets: bool) -> None:
        """A blue dot before a line that is a point; nothing before others, whatever the theme has."""
        tags = ("a:buClr", "a:buFont", "a:buChar") if bullets else ("a:buNone",)
        for tag in tags:
            element = properties.makeelement(qn(tag), {})
            if tag == "a:buClr":
                element.append(element.makeelement(qn("a:srgbClr"), {"val": BLUE.upper()}))
            elif tag == "a:buFont":
                element.set("typeface", "Arial")
            elif tag == "a:buChar":
                element.set("char", "•")
            properties.append(element)
        indent = int(Pt(size * 1.1)) if bullets else 0
        properties.set("marL", str(indent))
        properties.set("indent", str(-indent))

    def text(self, slide: Slide, box: tuple[float, float, float, float], lines: list[str], size: float, **look) -> None:
        """A text box (left, top, width, height)."""
        self.write(slide.shapes.add_textbox(*map(Inches, box)).text_frame, lines, size, **look)

    def box(
        self, slide: Slide, box: tuple[float, float, float, float], fill: str = WHITE, line: str | None = None,
        shape: str = "rounded_rectangle", round: float = 0.09,
    ):  # fmt: skip
        """A shape without text: its fill and, if one is named, its outline."""
        made = slide.shapes.add_shape(MSO_SHAPE[shape.upper()], *map(Inches, box))
        made.fill.solid()
        made.fill.fore_color.rgb = rgb(fill)
        made._element.remove(made._element.find(qn("p:style")))  # which would bring a shadow
        if line:
            made.line.color.rgb = rgb(line)
            made.line.width = Pt(2)
        else:
            made.line.fill.background()
        if shape == "rounded_rectangle":
            made.adjustments[0] = round / min(box[2:])
        return made
