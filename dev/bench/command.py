"""``python -m dev bench``: run parts of the bench and keep what they find.

The file of results is ``{part: record}``. A record has ``reason`` (why the part failed, else empty), ``date``,
``seconds``, ``runs``, ``edition``, ``load`` and ``gflops`` (before it: how quickly the machine multiplies matrices),
``machine``, ``versions`` and ``tables``: of each its head and its rows, whose cells are text, numbers or the spread of
several runs.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

from course.datasets.editions import edition_name
from course.environment import setup
from course.messages import CourseError
from course.runner import run, speed
from dev import record
from dev.bench import page

PARTS = {
    "limit": "dev.bench.lessons:limit",
    "import": "dev.bench.others:first_steps",
    "grade": "dev.bench.grading:grade",
    "original": "dev.bench.others:original",
    "peer": "dev.bench.peer:peer",
    "course": "dev.bench.lessons:course",
    "growth": "dev.bench.lessons:growth",
}
"""The parts, the quick ones first, and the function that measures each."""


@dataclass
class Report:
    """How a part measures, and what it has found so far, which survives its failure.

    Attributes:
        edition: folder of the data, absolute.
        runs: how often everything is measured.
        tables: by name of the table, its head and its rows; a ``>`` before a heading aligns its column to the right.
        device: what computes, ``cpu`` or ``gpu``.
    """

    edition: Path
    runs: int
    tables: dict[str, list[list[Any]]] = field(default_factory=dict)
    device: str = "cpu"

    def keep(self, head: Sequence[str], rows: Sequence[Sequence[Any]], name: str = "") -> None:
        """Keep the table `name` as it is now, and print its last row."""
        self.tables[name] = [list(row) for row in (head, *rows)]
        print(" ", *rows[-1][:1], flush=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``bench``."""
    add = parser.add_argument
    add("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; else all")
    add("--runs", type=int, default=3, metavar="N", help="how often everything is measured (%(default)s)")
    add("--edition", type=Path, metavar="DIR", help="folder of the data (default: COURSE_DATA, else `data`)")
    keep = parser.add_mutually_exclusive_group()
    keep.add_argument("--json", type=Path, metavar="FILE", help="file for the results; other parts that it holds stay")
    keep.add_argument("--record", action="store_true", help="keep them in docs/bench.json and docs/performance.md")
    keep.add_argument("--page", action="store_true", help="write docs/performance.md from docs/bench.json, and no more")


def main(args: argparse.Namespace) -> int:
    """Run the bench; 1 where a part failed.

    Raises:
        CourseError: no such part or folder, or a file that cannot be read or written.
    """
    setup.ensure_inside(None, ("tensorflow", "nbclient", "psutil"))
    unknown = [name for name in args.parts if name not in PARTS]
    if unknown:
        raise CourseError(f"There is no part “{unknown[0]}”; there are {', '.join(PARTS)}.")
    if args.runs < 1:
        raise CourseError("--runs has to be at least 1.")
    found = {}
    if not args.page:
        names = [name for name in PARTS if name in args.parts or not args.parts]
        file = page.RESULTS if args.record else args.json
        found = run_parts(names, run.edition_folder(args.edition), args.runs, file)
        print("\n".join(page.section(name, found) for name in found))
    if args.page or args.record:
        page.write()
    return int(any(one["reason"] for one in found.values()))


def run_parts(names: Sequence[str], edition: Path, runs: int, file: Path | None = None) -> dict[str, Any]:
    """Run the parts `names`; their records by name, each kept in `file` at once, where a failure replaces no figures.

    Raises:
        CourseError: `file` cannot be read or written.
    """
    from dev.bench import measuring

    found: dict[str, Any] = {}

    def keep(kept: dict[str, Any]) -> None:
        kept.update({name: one for name, one in found.items() if not one["reason"] or name not in kept})

    if file:
        record.merge_json(file, keep)  # better known before than after that it cannot be written
    for name in names:
        print(name, flush=True)
        report, reason, started = Report(edition, runs), "", monotonic()
        load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
        gflops = round(speed.matrix_rate(), 1)
        try:
            module, function = PARTS[name].split(":")
            getattr(importlib.import_module(module), function)(report)
        except Exception as error:  # a fault of one part must not stop the others
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        found[name] = {
            "reason": reason,
            "date": date.today().isoformat(),
            "seconds": round(monotonic() - started, 1),
            "runs": runs,
            "edition": edition_name(edition),
            "load": load,
            "gflops": gflops,
            "machine": measuring.machine(report.device),
            "versions": measuring.versions(),
            "tables": report.tables,
        }
        if file:
            record.merge_json(file, keep)
    return found
