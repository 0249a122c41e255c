"""Part ``course``: every lesson as a learner runs it, in a kernel of its own, and where its seconds go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from course.messages import CourseError, _
from dev.bench import tables
from dev.bench.lesson_code import notebook
from dev.bench.measuring import spread
from dev.bench.options import Options, Report

if TYPE_CHECKING:
    from course.runner.executor import Outcome

TITLE = "The nine lessons"
KINDS = ("start-up", "data", "training", "rest")
CELLS = {
    "start-up": {"setup", "check-data", "imports", "seed"},
    "data": {"load-data", "load-photos", "load-model", "split-table", "photos"},
    "training": {
        *{"fit", "exercise-fit", "exercise-fit-solution", "activation-trials"},  # 01 to 04a, 06
        *{"once", "head-features", "head-fit", "tune", "tune-fit", "breaks", "retrain"},  # 04b, 05b, 07
    },
}
"""What the seconds of a cell count as, by its id; those of all others are the rest."""
LIMIT_SECONDS, LIMIT_MEGABYTES = 600, 2500


def split(seconds: float, cells: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds of a whole lesson by kind; what passes outside its cells, the kernel's start and end, is start-up."""
    found = dict.fromkeys(KINDS, 0.0)
    found["start-up"] = seconds - sum(cell["seconds"] for cell in cells)
    for cell in cells:
        kind = next((kind for kind, ids in CELLS.items() if cell["id"] in ids), "rest")
        found[kind] += cell["seconds"]
    return {kind: round(value, 2) for kind, value in found.items()}


def measure(options: Options, report: Report) -> None:
    """Run the lessons in order, round by round, as somebody with an empty folder ``models`` does.

    Raises:
        CourseError: a lesson does not pass, or none is there.
    """
    lessons = options.chosen[:1] if options.quick else options.chosen
    if not lessons:
        raise CourseError(_("There are no lessons here to measure."))
    report.expect(options.runs * len(lessons))
    outcomes: dict[str, list[Outcome]] = {lesson: [] for lesson in lessons}
    for _run in range(options.runs):
        with models_folder():
            for lesson in lessons:
                report.step(lesson)
                outcomes[lesson].append(execute(notebook(lesson), options.edition, report))
                kept = {name: figures(found) for name, found in outcomes.items() if found}
                report.keep(lessons=kept, device=outcomes[lesson][-1].results.get("device", "cpu"))


def figures(outcomes: list[Outcome]) -> dict[str, Any]:
    """What several runs of a lesson took: seconds in all and by kind, peak memory, its slowest cells."""
    parts = [split(outcome.seconds, outcome.cells) for outcome in outcomes]
    slowest = sorted(outcomes[-1].cells, key=lambda cell: -cell["seconds"])[:3]
    return {
        "seconds": spread([outcome.seconds for outcome in outcomes]),
        **{kind: spread([part[kind] for part in parts]) for kind in KINDS},
        "peak_memory_mb": max(outcome.peak_memory_mb for outcome in outcomes),
        "slowest": [[cell["id"], cell["seconds"]] for cell in slowest],
    }


def execute(path: Path, edition: Path, report: Report) -> Outcome:
    """Run the notebook at `path`. Raises CourseError where it does not pass."""
    from course.runner import executor

    outcome = executor.execute(path, executor.Settings(edition, timeout=0), _Told(report))
    if outcome.status != "passed":
        text = _("{lesson} did not pass, in the cell “{cell}”: {reason}")
        raise CourseError(text.format(lesson=outcome.lesson, cell=outcome.cell, reason=outcome.reason))
    return outcome


class _Told:
    """Passes on what a notebook is at."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def cell(self, number: int, total: int, cell_id: str) -> None:
        self.report.detail(f"{number}/{total} {cell_id}")

    def line(self, text: str) -> None:
        """What it prints is not shown."""


@contextmanager
def models_folder() -> Iterator[Path]:
    """An empty folder that lessons save to in the block."""
    before = os.environ.get("COURSE_MODELS")
    with TemporaryDirectory(prefix="bench-models-") as folder:
        os.environ["COURSE_MODELS"] = folder
        try:
            yield Path(folder)
        finally:
            os.environ.pop("COURSE_MODELS")
            if before is not None:
                os.environ["COURSE_MODELS"] = before


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say."""
    lessons = record["figures"].get("lessons", {})
    rows = []
    for lesson, one in lessons.items():
        medians = [tables.figure(one[kind]["median"]) for kind in KINDS]
        slowest = ", ".join(f"`{cell}` {tables.figure(took)}" for cell, took in one["slowest"])
        rows.append((lesson, tables.spread(one["seconds"]), *medians, tables.figure(one["peak_memory_mb"]), slowest))
    if len(rows) > 1:
        sums = [sum(one[kind]["median"] for one in lessons.values()) for kind in ("seconds", *KINDS)]
        highest = max(one["peak_memory_mb"] for one in lessons.values())
        rows.append(("together", *map(tables.figure, sums), tables.figure(highest), ""))
    head = ["lesson", ">seconds", *(f">{kind}" for kind in KINDS), ">peak MB", "slowest cells"]
    return (
        "From the start of the kernel to its end, each lesson after the one before it, solutions in place. *Start-up*:"
        " the kernel, `import`s, TensorFlow, the check of the data; *data*: reading files; *training*: every cell that"
        f" trains or computes features once. The plan allows {LIMIT_SECONDS} s together on two cores and"
        f" {LIMIT_MEGABYTES:,} MB.\n\n{tables.table(head, rows)}"
    )
