"""How each kind of slide looks.

Usage: ``deck = Deck("3", title, "en")``, then ``deck.add(slide, notes)`` for each slide, and ``deck.save(path)``.
"""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.slide import Slide as Page
from pptx.util import Inches, Pt

from course.messages import CourseError
from course.paths import ROOT
from dev.decks import pen as look
from dev.decks.pen import (
    BLUE,
    BODY,
    BOTTOM,
    FAINT,
    GRAY,
    HUGE,
    INK,
    INNER,
    LARGE,
    LEFT,
    MIDDLE,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    SMALL,
    TINY,
    TITLE,
    TOP,
    WHITE,
    WIDE,
    Pen,
    rgb,
)
from dev.decks.source import Slide

COURSE = {"en": "Fundamentals of Deep Learning", "ko": "딥러닝의 기초"}
LESSON = {"en": "Lesson {number}", "ko": "{number}강"}
VOTE = {"en": "Predict before you run", "ko": "실행하기 전에 예상해 보세요"}
LICENSE = {"en": "Text and figures: CC BY 4.0", "ko": "글과 그림: CC BY 4.0"}
CODE = "f3f5f7"
"""The field below code."""
HEADER = ROOT / "images" / "header.png"
LETTERS = "ABCD"
_COLORS = {"accent1": BLUE, "accent2": ORANGE, "accent3": "898989", "accent4": "5F9ED1", "accent5": "FFBC79",
           "accent6": "595959", "dk2": INK}  # fmt: skip


class Deck:
    """A presentation that grows slide by slide."""

    def __init__(self, number: str, title: str, lang: str) -> None:
        self.lang, self.number, self.pen = lang, number, Pen(lang)
        self.file = Presentation()
        self.file.slide_width, self.file.slide_height = Inches(look.WIDTH), Inches(look.HEIGHT)
        properties = self.file.core_properties
        properties.title, properties.author, properties.language = title, COURSE[lang], self.pen.lang
        self._master()

    def _master(self) -> None:
        """One layout with a title, and a theme with the course's colors and fonts."""
        master = self.file.slide_master
        for layout in list(self.file.slide_layouts):
            if layout.name != "Title Only":
                self.file.slide_layouts.remove(layout)
        self.layout = self.file.slide_layouts[0]
        for shape in [*master.placeholders, *self.layout.placeholders]:
            shape.left, shape.width = int(shape.left * look.WIDTH / 10), int(shape.width * look.WIDTH / 10)
        theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
        xml = theme.blob.decode("utf-8")
        xml = re.sub(r'(<a:(?:major|minor)Font>\s*<a:latin typeface=")[^"]*', rf"\g<1>{look.LATIN}", xml)
        xml = re.sub(r'<a:ea typeface="[^"]*"', f'<a:ea typeface="{look.HANGUL}"', xml)
        for name, color in _COLORS.items():
            xml = re.sub(rf"(<a:{name}>).*?(</a:{name}>)", rf'\g<1><a:srgbClr val="{color.upper()}"/>\g<2>', xml)
        theme._blob = xml.encode("utf-8")

    def save(self, path: Path) -> None:
        """Write the file."""
        self.file.save(str(path))

    def add(self, slide: Slide, notes: str) -> None:
        """Draw a slide whose numbers are filled, with its notes."""
        page = self.file.slides.add_slide(self.layout)
        getattr(self, f"_{slide.kind}")(page, slide)
        if not slide.first:
            self._footer(page)
        page.notes_slide.notes_text_frame.text = notes

    def _heading(
        self, page: Page, text: str, top: float = 0.4, height: float = 1.1, size: float = TITLE, wide: float = INNER
    ) -> None:
        title = page.shapes.title
        title.left, title.top, title.width, title.height = map(Inches, (LEFT, top, wide, height))
        self.pen.write(title.text_frame, [text], size, bold=True, anchor="middle")

    def _footer(self, page: Page) -> None:
        words = f"{COURSE[self.lang]} · {LESSON[self.lang].format(number=self.number)}"
        self.pen.text(page, (LEFT, 7.03, 9, 0.25), [words], TINY, color=GRAY)
        frame = page.shapes.add_textbox(*map(Inches, (look.RIGHT - 1, 7.03, 1, 0.25))).text_frame
        self.pen.write(frame, ["0"], TINY, color=GRAY, align="right")
        run = frame.paragraphs[0].runs[0]._r
        run.tag = qn("a:fld")  # PowerPoint counts the slides
        run.set("id", "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}")
        run.set("type", "slidenum")

    def _tag(self, page: Page, text: str, top: float, color: str) -> None:
        """A word on a strip of color, as wide as it needs."""
        wide = sum(2 if ord(letter) > 0x1100 else 1.15 for letter in text)
        strip = self.pen.box(page, (LEFT, top, 0.5 + 0.115 * wide, 0.42), fill=color, round=0.21)
        self.pen.write(strip.text_frame, [text], SMALL, color=WHITE, bold=True, align="center", anchor="middle")

    def _title(self, page: Page, slide: Slide) -> None:
        self._tag(page, LESSON[self.lang].format(number=self.number), 0.6, BLUE)
        self._heading(page, slide.title, 1.05, 1.3, LARGE)
        self.pen.text(page, (LEFT, 2.5, INNER - 1, 1.0), slide.text, BODY, color=GRAY)
        picture = page.shapes.add_picture(str(HEADER), 0, 0, width=Inches(look.WIDTH * 0.95))
        picture.left, picture.top = Inches(look.WIDTH * 0.025), Inches(3.65)
        _describe(picture, "")
        words = f"{COURSE[self.lang]} · {LICENSE[self.lang]}"
        self.pen.text(page, (LEFT, 7.03, INNER, 0.25), [words], TINY, color=GRAY)

    def _points(self, page: Page, slide: Slide) -> None:
        self._heading(page, slide.title)
        top, bottom = TOP, BOTTOM
        if slide.code:
            high = 0.4 + 0.36 * len(slide.code)
            self._code(page, slide.code, (LEFT, top, INNER, high), 18)
            top += high + 0.35
        if slide.text:
            self._stand_out(page, slide.text)
            bottom -= 1.6
        if slide.points:
            size = next((size for size in (WIDE, MIDDLE) if _fits(slide.points, size, bottom - top)), BODY)
            self.pen.text(page, (LEFT, top, INNER, bottom - top), slide.points, size, bullets=True, gap=0.75)

    def _code(self, page: Page, code: list[str], box: tuple[float, float, float, float], size: float) -> None:
        field = self.pen.box(page, box, fill=CODE)
        self.pen.write(field.text_frame, [f"`{line}`" for line in code], size, anchor="middle", gap=0.1)
        field.text_frame.margin_left = Inches(0.3)

    def _stand_out(self, page: Page, text: list[str]) -> None:
        """A sentence that is to be remembered, on a strip at the bottom."""
        self.pen.box(page, (LEFT, BOTTOM - 1.35, INNER, 1.35), fill=PALE_ORANGE, round=0.15)
        self.pen.text(page, (LEFT + 0.35, BOTTOM - 1.25, INNER - 0.7, 1.15), text, BODY, anchor="middle")

    def _beside(self, page: Page, slide: Slide) -> None:
        """Points, and to their right a picture that is not wide."""
        self._heading(page, slide.title)
        alt, name, caption = slide.images[0]
        path = _image(name)
        width, height = Image.open(path).size
        high = BOTTOM - TOP - (1.6 if slide.text else 0)
        tall = min(high - 0.4, 5.2 * height / width)
        wide = tall * width / height
        left, top = look.RIGHT - wide, TOP + (high - 0.4 - tall) / 2
        picture = page.shapes.add_picture(str(path), *map(Inches, (left, top, wide, tall)))
        _describe(picture, alt)
        if caption:
            self.pen.text(page, (left, top + tall + 0.08, wide, 0.3), [caption], TINY, color=GRAY)
        box = (LEFT, TOP, INNER - wide - 0.5, high)
        self.pen.text(page, box, slide.points, BODY, bullets=True, gap=0.8, anchor="middle")
        if slide.text:
            self._stand_out(page, slide.text)

    def _vote(self, page: Page, slide: Slide) -> None:
        self._tag(page, VOTE[self.lang], 0.55, ORANGE)
        wide = INNER
        if slide.code:
            wide -= 3.7
            self._code(page, slide.code, (look.RIGHT - 3.4, 0.9, 3.4, 0.5 + 0.42 * len(slide.code)), BODY)
        self._heading(page, slide.title, 1.15, 1.25, 30, wide)
        if slide.text:
            self.pen.text(page, (LEFT, 2.5, wide, 0.85), slide.text, BODY, color=GRAY)
        count = len(slide.options)
        columns = count if count < 4 else 2
        wide, high = (INNER - 0.3 * (columns - 1)) / columns, 2.4 if count < 4 else 1.45
        for number, option in enumerate(slide.options):
            left = LEFT + number % columns * (wide + 0.3)
            top = 3.6 + number // columns * (high + 0.25)
            self.pen.box(page, (left, top, wide, high), fill=WHITE, line=BLUE, round=0.15)
            dot = self.pen.box(page, (left + 0.25, top + 0.27, 0.6, 0.6), fill=BLUE, shape="oval")
            self.pen.write(
                dot.text_frame, [LETTERS[number]], BODY, color=WHITE, bold=True, align="center", anchor="middle"
            )
            inside = (
                (left + 0.25, top + 1.0, wide - 0.5, high - 1.15)
                if count < 4
                else (left + 1.1, top + 0.1, wide - 1.3, high - 0.2)
            )
            self.pen.text(page, inside, [option], MIDDLE, anchor="top" if count < 4 else "middle")

    def _numbers(self, page: Page, slide: Slide) -> None:
        self._heading(page, slide.title)
        count = len(slide.numbers)
        wide = (INNER - 0.3 * (count - 1)) / max(count, 2)
        for index, (number, label) in enumerate(slide.numbers):
            left, last = LEFT + index * (wide + 0.3), index == count - 1
            self.pen.box(page, (left, TOP, wide, 2.25), fill=BLUE if last else PALE_BLUE, round=0.15)
            color = WHITE if last else INK
            self.pen.text(
                page,
                (left, TOP + 0.2, wide, 0.95),
                [number],
                HUGE,
                color=color,
                bold=True,
                align="center",
                anchor="middle",
            )
            self.pen.text(page, (left + 0.2, TOP + 1.25, wide - 0.4, 0.85), [label], SMALL, color=color, align="center")
        box = (LEFT, TOP + 2.7, INNER, BOTTOM - TOP - 2.7)
        if slide.points:
            self.pen.text(page, box, slide.points, BODY, bullets=True, gap=0.7)
        elif slide.text:
            self.pen.text(page, box, slide.text, BODY)

    def _images(self, page: Page, slide: Slide) -> None:
        if slide.points and len(slide.images) == 1:
            return self._beside(page, slide)
        self._heading(page, slide.title)
        below = slide.text
        captions = any(caption for _alt, _path, caption in slide.images)
        high = BOTTOM - TOP - (1.25 if below else 0) - (0.75 if captions else 0)
        files = [(alt, _image(path), caption) for alt, path, caption in slide.images]
        shapes = [Image.open(path).size for _alt, path, _caption in files]
        gap = 0.3
        tall = min(high, (INNER - gap * (len(files) - 1)) / sum(width / height for width, height in shapes))
        wide = [tall * width / height for width, height in shapes]
        left = LEFT + (INNER - sum(wide) - gap * (len(files) - 1)) / 2
        top = TOP + (high - tall) / 2 if captions or not below else TOP
        for (alt, path, caption), width in zip(files, wide, strict=True):
            picture = page.shapes.add_picture(str(path), Inches(left), Inches(top), Inches(width), Inches(tall))
            _describe(picture, alt)
            if caption:
                box = (left - 0.1, top + tall + 0.08, width + 0.2, 0.65)
                self.pen.text(page, box, [caption], SMALL, color=GRAY, align="center")
            left += width + gap
        if below:
            box = (LEFT, BOTTOM - 1.1, INNER, 1.1)
            self.pen.text(page, box, below, BODY, anchor="middle")

    def _chart(self, page: Page, slide: Slide) -> None:
        self._heading(page, slide.title)
        (_mark, *names), *rows = slide.table
        decimals = len(rows[-1][1].rstrip("%").partition(".")[2])
        data = CategoryChartData(number_format=f"0{'.' * bool(decimals)}{'0' * decimals}{'%' * rows[-1][1].count('%')}")
        data.categories = [row[0] for row in rows]
        for column, name in enumerate(names, 1):
            data.add_series(name, [_number(row[column]) for row in rows])
        below = slide.points or slide.text
        high = BOTTOM - TOP - (1.35 if below else 0)
        frame = page.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *map(Inches, (LEFT, TOP, INNER, high)), data)
        _describe(frame, "; ".join(" ".join(row) for row in rows))
        chart = frame.chart
        chart.font.size, chart.font.color.rgb = Pt(SMALL), rgb(INK)
        chart.has_title, chart.has_legend = False, len(names) > 1
        if chart.has_legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        axis = chart.value_axis
        axis.visible, axis.has_major_gridlines, axis.minimum_scale = False, False, 0
        axis.maximum_scale = 1.15 * max(_number(cell) for row in rows for cell in row[1:])
        axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE
        chart.category_axis.format.line.color.rgb = rgb(GRAY)
        plot = chart.plots[0]
        plot.gap_width, plot.overlap = 60, -5
        plot.has_data_labels = True
        plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
        plot.data_labels.font.size, plot.data_labels.font.bold = Pt(BODY), True
        for series, color in zip(plot.series, look.SERIES, strict=False):
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = rgb(color)
        if below:
            box = (LEFT, BOTTOM - 1.15, INNER, 1.15)
            self.pen.text(page, box, below, BODY, bullets=bool(slide.points), gap=0.3, anchor="middle")

    def _table(self, page: Page, slide: Slide) -> None:
        self._heading(page, slide.title)
        rows, columns = len(slide.table), len(slide.table[0])
        high = min(0.85, (BOTTOM - TOP - (1.3 if slide.text else 0)) / rows)
        frame = page.shapes.add_table(rows, columns, *map(Inches, (LEFT, TOP, INNER, high * rows)))
        table = frame.table
        frame._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = _PLAIN_TABLE
        table.horz_banding = False
        longest = [max(len(row[column]) for row in slide.table) + 4 for column in range(columns)]
        for column, length in enumerate(longest):
            table.columns[column].width = Inches(INNER * length / sum(longest))
        for y, row in enumerate(slide.table):
            table.rows[y].height = Inches(high)
            for x, words in enumerate(row):
                cell = table.cell(y, x)
                cell.fill.solid()
                cell.fill.fore_color.rgb = rgb(PALE_BLUE if y == 0 else WHITE)
                self.pen.write(cell.text_frame, [words], 18, bold=y == 0)
                cell.vertical_anchor = look.MSO_ANCHOR.MIDDLE
                cell.margin_left = cell.margin_right = Inches(0.15)
                _underline(cell, FAINT)
        if slide.text:
            self.pen.text(page, (LEFT, TOP + high * rows + 0.4, INNER, 0.85), slide.text, BODY)


_PLAIN_TABLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's id of a table without lines and colors."""


def _fits(points: list[str], size: float, high: float) -> bool:
    """Whether points need less than `high`, roughly: a letter is .58 of its size wide, Hangul 1.7 times that."""
    across = (INNER * 72 - size) / (0.58 * size)
    lines = sum(1 + int(sum(1.7 if ord(letter) > 0x1100 else 1 for letter in point) // across) for point in points)
    return 1.3 * size * lines + 0.75 * size * len(points) < 72 * high


def _underline(cell, color: str) -> None:
    """A thin line below a cell of a table."""
    properties = cell._tc.get_or_add_tcPr()
    line = properties.makeelement(qn("a:lnB"), {"w": str(int(Pt(1)))})
    fill = line.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": color.upper()}))
    line.append(fill)
    properties.insert(0, line)


def _describe(shape, text: str) -> None:
    """What a screen reader says of a picture or a chart."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", text)


def _image(path: str) -> Path:
    """The file of a picture; the first of those that a path with ``*`` means. Raises CourseError: there is none."""
    found = sorted(ROOT.glob(path))
    if not found:
        raise CourseError(f"A deck shows {path}, which is not in this checkout.")
    return found[0]


def _number(text: str) -> float:
    return float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
