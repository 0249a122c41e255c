"""What a person sees while the bench runs: a bar on a terminal, lines elsewhere.

Usage: ``with view() as shown: run_parts(names, options, shown)``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Lines:
    """A line for each step: for files and pipes."""

    def __init__(self) -> None:
        self.part, self.done, self.steps = "", 0, 0

    def begin(self, part: str) -> None:
        """A part starts."""
        self.part, self.done, self.steps = part, 0, 0
        print(part, flush=True)

    def expect(self, steps: int) -> None:
        """The part goes on in `steps` steps."""
        self.steps = self.done + steps

    def step(self, text: str) -> None:
        """The next step starts."""
        self.done += 1
        of = f"/{self.steps}" if self.steps else ""
        print(f"  {self.part} {self.done}{of}: {text}", flush=True)

    def detail(self, text: str) -> None:
        """Not shown."""

    def end(self, text: str) -> None:
        """The part is over."""
        print(f"  {self.part}: {text}", flush=True)


class Bars:
    """A bar for each part, with rich."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            "{task.fields[part]}",
            BarColumn(20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            "{task.description}",
        )
        self.progress = Progress(*(TextColumn(one, markup=False) if isinstance(one, str) else one for one in columns))
        self.task, self.text, self.started = None, "", 0

    def begin(self, part: str) -> None:
        """A part starts."""
        self.started = 0
        self.task = self.progress.add_task("", part=f"{part:9}", total=None)

    def expect(self, steps: int) -> None:
        """The part goes on in `steps` steps."""
        self.progress.update(self.task, total=self.started + steps)

    def step(self, text: str) -> None:
        """The next step starts; the one before it is done."""
        self.text = text
        self.progress.update(self.task, completed=self.started, description=text)
        self.started += 1

    def detail(self, text: str) -> None:
        """What the step is at."""
        self.progress.update(self.task, description=f"{self.text}: {text}")

    def end(self, text: str) -> None:
        """The part is over."""
        total = max(self.started, 1)
        self.progress.update(self.task, total=total, completed=total, description=text)


@contextmanager
def view() -> Iterator[Lines | Bars]:
    """:class:`Bars` where standard output is a terminal and rich is there, else :class:`Lines`."""
    try:
        shown = Bars() if sys.stdout.isatty() else Lines()
    except ImportError:
        shown = Lines()
    if isinstance(shown, Bars):
        with shown.progress:
            yield shown
    else:
        yield shown
