"""The text of a deck: Markdown, a slide below each heading. What stands there decides how the slide looks.

    # Title                     the first slide; the paragraph below it is its subtitle
    ## What the slide says      every other one

    A paragraph.                text; below a picture, a chart or numbers it explains them, with points it stands out
    - a point                   points; beside a picture that is not wide
    - [ ] an answer             a vote: the heading asks, the answers are cards
    **{01.val_accuracy:.1%}** a label                 a number to be read from the last row
    ![what is to be seen](images/neuron.png "caption")    a picture; several stand beside each other
    | a | table |               a table; with ``| ... |`` in its first cell ``chart``, bars
    ```                         code
    > a note                    what the instructor says; ``> guide: show`` takes it from the guide

``{…}`` is a measured number: see :mod:`dev.decks.numbers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from course.messages import CourseError

TEXT = Path(__file__).parent / "text"
IMAGE = re.compile(r'!\[(.*)\]\(([^)\s]+)(?: "([^"]+)")?\)')
NUMBER = re.compile(r"\*\*(.*\{.*?)\*\* (.+)")


@dataclass
class Slide:
    """One slide as it is written, placeholders not yet filled.

    Attributes:
        title: its heading.
        first: whether it opens the deck.
        text: paragraphs.
        points: what stands in the list.
        options: the answers of a vote.
        numbers: measured numbers, each with its label.
        images: (alternative text, path from the root of the checkout, caption).
        table: rows of cells; the first is the header.
        code: lines of code.
        notes: paragraphs for the instructor.
    """

    title: str
    first: bool = False
    text: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    images: list[tuple[str, str, str]] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What decides its layout: ``title``, ``vote``, ``numbers``, ``chart``, ``table``, ``images`` or ``points``."""
        if self.first:
            return "title"
        if self.table:
            return "chart" if self.table[0][0] == "chart" else "table"
        kinds = {"vote": self.options, "numbers": self.numbers, "images": self.images}
        return next((kind for kind, content in kinds.items() if content), "points")

    def shown(self) -> list[str]:
        """All that can be read on the slide, pictures, answers of a vote and code aside."""
        cells = [cell for row in self.table for cell in row]
        labels = [part for number in self.numbers for part in number]
        return [self.title, *self.text, *self.points, *labels, *cells, *(image[2] for image in self.images)]


def path_of(lesson: str, lang: str) -> Path:
    """Where the text of a deck is."""
    return TEXT / (f"{lesson}.md" if lang == "en" else f"{lesson}.{lang}.md")


def read(lesson: str, lang: str) -> list[Slide]:
    """The slides of a lesson's deck. Raises CourseError: it is not there."""
    path = path_of(lesson, lang)
    try:
        return parse(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CourseError(f"Lesson {lesson} has no deck: {path.name} is missing in dev/decks/text.") from None


def parse(text: str) -> list[Slide]:
    """The slides of a Markdown text."""
    slides: list[Slide] = []
    code = False
    for line in re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL).splitlines():
        slide = slides[-1] if slides else None
        if line.startswith("```"):
            code = not code
        elif code and slide:
            slide.code.append(line)
        elif line.startswith("# ") or line.startswith("## "):
            slides.append(Slide(line.lstrip("# "), first=line.startswith("# ")))
        elif line.strip() and slide:
            _take(slide, line.strip())
    return slides


def _take(slide: Slide, line: str) -> None:
    """Put a line that is not a heading and not code where it belongs."""
    if line.startswith(">"):
        slide.notes.append(line[1:].strip())
    elif line.startswith("- [ ] "):
        slide.options.append(line[6:])
    elif line.startswith("- "):
        slide.points.append(line[2:])
    elif line.startswith("|"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if set("".join(cells)) - set("-: "):
            slide.table.append(cells)
    elif found := NUMBER.fullmatch(line):
        slide.numbers.append((found[1], found[2]))
    elif found := IMAGE.fullmatch(line):
        slide.images.append((found[1], found[2], found[3] or ""))
    else:
        slide.text.append(line)
