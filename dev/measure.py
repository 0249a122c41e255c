"""``python -m dev measure LESSON``: what a lesson reaches with several seeds, kept in ``course/check/ranges.json``.

Usage: once in an environment with the oldest TensorFlow, once with the newest, on each edition of the data. The ranges
that ``check.results`` holds a lesson to are computed from these runs. The file: ``{lesson: {edition: {"runs": [{"seed",
"tensorflow", "keras", "metrics"}], …}}}``; what else it holds stays as it is.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from course.environment import setup
from course.messages import CourseError
from course.paths import ROOT
from dev.record import merge_json

RANGES = ROOT / "course" / "check" / "ranges.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``measure`` to `parser`."""
    add = parser.add_argument
    add("lesson", metavar="LESSON", help="number or name of a lesson, or a path to a notebook")
    add("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5], metavar="N", help="seeds to run with")
    add("--edition", type=Path, metavar="DIR", help="folder of the data, as for `run`")
    add("--timeout", type=int, default=1200, metavar="SECONDS", help="limit for one cell, 0 for none")


def main(args: argparse.Namespace) -> int:
    """Run ``python -m dev measure`` in the course's environment; as :func:`measure_lesson`."""
    setup.ensure_inside()
    return measure_lesson(args)


def measure_lesson(args: argparse.Namespace) -> int:
    """Run the lesson once a seed, one after the other; each result is kept at once.

    Raises:
        CourseError: the lesson did not pass, or showed no results.
    """
    from course.datasets.editions import edition_name
    from course.runner import run
    from course.runner.executor import Settings

    notebook = run.find_notebook(args.lesson, solved=True)
    edition = run.edition_folder(args.edition)
    try:
        with run.progress() as view:
            for seed in args.seeds:
                outcome = run.run_one(notebook, Settings(edition, timeout=args.timeout, seed=seed), view)
                if outcome.status != "passed" or not outcome.metrics:
                    reason = outcome.reason or "it showed no results"
                    raise CourseError(f"{outcome.lesson} cannot be measured with seed {seed}: {reason}")
                keep(outcome.lesson, edition_name(edition), seed, outcome.results)
    except KeyboardInterrupt:
        return 130
    return 0


def keep(lesson: str, edition: str, seed: int, results: dict[str, Any]) -> None:
    """Merge one run into the file; it replaces the run with the same seed and TensorFlow."""
    versions = results.get("versions", {})
    run = {"seed": seed, "metrics": results["metrics"]}
    run |= {name: versions.get(name, "") for name in ("tensorflow", "keras")}

    def identity(run: dict[str, Any]) -> tuple[str, int]:
        return run["tensorflow"], run["seed"]

    def change(ranges: dict[str, Any]) -> None:
        here = ranges.setdefault(lesson, {}).setdefault(edition, {})
        others = [other for other in here.get("runs", []) if identity(other) != identity(run)]
        here["runs"] = sorted([*others, run], key=identity)

    merge_json(RANGES, change)
