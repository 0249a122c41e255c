"""What a person chose for a run of the bench, and how a part tells what it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from course.paths import available_lessons
from dev.bench import child


@dataclass(frozen=True)
class Options:
    """How to measure.

    Attributes:
        edition: folder of the data, absolute.
        runs: how often everything is measured; the median counts.
        lessons: ids of the lessons that ``course`` and ``growth`` run; empty: all that there are.
        factors: how many times the data ``growth`` goes through.
        quick: with very little of everything, to see that it runs: its figures mean nothing and are never recorded.
    """

    edition: Path
    runs: int = 3
    lessons: tuple[str, ...] = ()
    factors: tuple[int, ...] = (1, 2, 4, 8)
    quick: bool = False

    @property
    def chosen(self) -> list[str]:
        """Ids of the lessons to run, in order."""
        return [lesson for lesson in available_lessons() if not self.lessons or lesson in self.lessons]

    def call(self, function: str, **arguments: Any) -> child.Answer:
        """:func:`dev.bench.child.call` on this edition."""
        return child.call(function, self.edition, **arguments)


class View(Protocol):
    """Shows a person what is going on."""

    def begin(self, part: str) -> None:
        """A part starts."""

    def expect(self, steps: int) -> None:
        """The part goes on in `steps` steps."""

    def step(self, text: str) -> None:
        """The next step, which `text` describes, starts."""

    def detail(self, text: str) -> None:
        """What the step is at."""

    def end(self, text: str) -> None:
        """The part is over, as `text` says."""


@dataclass
class Report:
    """What a part has found so far; what is kept here survives its failure and Ctrl-C.

    Attributes:
        figures: what JSON can hold, by name; the part's ``tables`` understands it.
    """

    view: View
    figures: dict[str, Any] = field(default_factory=dict)

    def expect(self, steps: int) -> None:
        """Tell how many steps there will be."""
        self.view.expect(steps)

    def step(self, text: str) -> None:
        """Tell that a step starts."""
        self.view.step(text)

    def detail(self, text: str) -> None:
        """Tell what the step is at."""
        self.view.detail(text)

    def keep(self, **figures: Any) -> None:
        """Add figures, or replace those of the same name."""
        self.figures.update(figures)


def number(lesson: str) -> str:
    """``04a`` for ``04a_asl_augmentation``."""
    return lesson.split("_")[0]
