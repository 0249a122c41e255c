"""From the text of a deck to a PowerPoint file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from course.files import replacing
from dev.decks import guide, numbers, source
from dev.decks.layout import Deck
from dev.decks.source import Slide


def make(lesson: str, lang: str, path: Path) -> int:
    """Write the deck of `lesson` to `path`. Returns how many slides it has.

    Raises:
        CourseError: there is no such deck, what it asks for is missing, or `path` cannot be written.
    """
    slides = [filled(slide) for slide in source.read(lesson, lang)]
    deck = Deck(lesson.split("_")[0].lstrip("0"), slides[0].title, lang)
    for slide in slides:
        said = [guide.notes(line, lesson, lang) for line in slide.notes]
        deck.add(slide, "\n\n".join(line for line in said if line))
    with replacing(path) as part:
        deck.save(part)
    return len(slides)


def filled(slide: Slide) -> Slide:
    """`slide` with its numbers. Raises CourseError."""
    fill = numbers.fill
    return replace(
        slide,
        title=fill(slide.title),
        text=[fill(line) for line in slide.text],
        points=[fill(line) for line in slide.points],
        numbers=[(fill(number), fill(label)) for number, label in slide.numbers],
        table=[[fill(cell) for cell in row] for row in slide.table],
        notes=[fill(line) for line in slide.notes],
    )
