"""How far a learner is: which lessons ran, which exercises are right, what comes next.

Usage: ``python -m course progress``, and ``check.progress()`` in a cell. Read from what is saved already, the notebooks
with their outputs and ``models/results``; nothing is written, and nothing is sent. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path

from course.messages import CourseError, _, language
from course.paths import LESSONS, ROOT, available_lessons, models_dir
from course.runner import notebooks

ASKS = re.compile(r"^check\.(?:exercise|decided)\(", re.MULTILINE)
MARKS = ("✓", "✗", "○")
"""What the feedback on an exercise begins with: right, not yet, not attempted."""


@dataclass(frozen=True)
class Step:
    """One lesson's progress.

    Attributes:
        lesson: its id.
        ran: whether it has results, that is, ran to its end.
        unusual: whether one of them lies outside its usual range on the worse side.
        marks: one of ``✓✗○`` for each exercise, in the notebook's order.
    """

    lesson: str
    ran: bool
    unusual: bool
    marks: str

    @property
    def done(self) -> bool:
        """Whether it ran and every exercise is right."""
        return self.ran and set(self.marks) <= {"✓"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``python -m course progress``: there are none."""


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course progress``."""
    show()
    return 0


def show() -> None:
    """Print the progress; in a notebook ``check.progress()``."""
    print(report(steps()))


def steps() -> list[Step]:
    """The progress in each lesson of this checkout, in order.

    Raises:
        CourseError: a notebook is damaged, or there is none.
    """
    lessons = available_lessons()
    if not lessons:
        raise CourseError(_("There are no lessons in {path}."), path=ROOT / f"{LESSONS[0]}.ipynb")
    return [_step(lesson) for lesson in lessons]


def report(progress: list[Step]) -> str:
    """`progress` as text: a line a lesson, and what comes next."""
    lines = [f"{step.lesson:<{max(map(len, LESSONS))}}  {step.marks or '–':<14}  {_verdict(step)}" for step in progress]
    open_steps = [step for step in progress if not step.done]
    if not open_steps:
        following = _("Everything is done.")
    elif open_steps[0].ran:
        following = _("Next: the exercises of {lesson} that are not right yet.").format(lesson=open_steps[0].lesson)
    else:
        following = _("Next: open {lesson}.ipynb and run it to its end.").format(lesson=open_steps[0].lesson)
    legend = _("✓ right, ✗ not yet, ○ not attempted; as last saved (menu File, Save Notebook).")
    return "\n".join([*lines, "", legend, following])


def _verdict(step: Step) -> str:
    if not step.ran:
        return _("not run to its end yet") if set(step.marks) & {"✓", "✗"} else _("not begun")
    return _("ran; a result is unusual") if step.unusual else _("ran")


def _step(lesson: str) -> Step:
    record = _results(lesson)
    return Step(lesson, bool(record), bool(record.get("unusual")), _marks(lesson))


def _results(lesson: str) -> dict[str, object]:
    """What the lesson's last run reached; empty where it never ended, or the record is damaged."""
    try:
        record = json.loads((models_dir() / "results" / f"{lesson}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _marks(lesson: str) -> str:
    """The mark of each exercise of the lesson, in the copy that the learner works in: the one with more outputs."""
    folders = ("ko", "") if language() == "ko" else ("", "ko")
    copies = [path for folder in folders if (path := ROOT / folder / f"{lesson}.ipynb").is_file()]
    return max(map(_marks_in, copies), key=lambda marks: len(marks.replace("○", "")))


def _marks_in(path: Path) -> str:
    """The mark of each exercise in the notebook `path`, as its saved outputs show it."""
    asking = [cell for cell in notebooks.read(path)["cells"] if ASKS.search(notebooks.source_of(cell))]
    return "".join(map(_mark, asking))


def _mark(cell: notebooks.Notebook) -> str:
    """An exercise whose cell ended in an error was attempted, unless the error is that of a blank."""
    for output in cell.get("outputs", []):
        text = "".join(output.get("data", {}).get("text/plain", ""))
        if text[:1] in MARKS:
            return text[0]
        if output.get("output_type") == "error":
            return "○" if output.get("ename") == "NotAttempted" else "✗"
    return "○"
