"""``python -m dev bench``: what its arguments mean, and what it prints."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from course.environment import setup
from course.files import shown
from course.messages import CourseError, _
from course.paths import lesson_id
from course.runner import run
from dev.bench import measuring, page, registry, results
from dev.bench.options import Options
from dev.bench.runner import run_parts
from dev.bench.view import view


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``bench``."""
    add = parser.add_argument
    parts = ", ".join(registry.PARTS)
    add("parts", nargs="*", metavar="PART", help=_("of {parts}; else all").format(parts=parts))
    add("--json", type=Path, metavar="FILE", help=_("file for the results; other parts that it holds stay"))
    add("--runs", type=int, default=3, metavar="N", help=_("how often everything is measured (%(default)s)"))
    add("--edition", type=Path, metavar="DIR", help=_("folder of the data (default: COURSE_DATA, else `data`)"))
    add("--lesson", action="append", default=[], metavar="LESSON", help=_("`course` and `growth` run this one only"))
    add(
        "--factors",
        type=int,
        nargs="+",
        default=[1, 2, 4, 8],
        metavar="N",
        help=_("how many times the data growth has"),
    )
    add("--quick", action="store_true", help=_("very little of everything, to see that it runs; no figures"))
    add("--record", action="store_true", help=_("keep the results in docs/bench.json and docs/performance.md"))
    add("--page", action="store_true", help=_("measure nothing; write docs/performance.md from docs/bench.json"))


def main(args: argparse.Namespace) -> int:
    """Run the bench. Returns 0, 1 where a part failed, 130 after Ctrl-C.

    Raises:
        CourseError: no such part, lesson or folder, or a file that cannot be read or written.
    """
    setup.ensure_inside(None, ("tensorflow", "nbclient", "psutil", "rich"))
    if args.page:
        return _write_page()
    names = _parts(args.parts)
    if args.runs < 1 or min(args.factors) < 1:
        raise CourseError(_("--runs and --factors have to be at least 1."))
    if args.record and args.quick:
        raise CourseError(_("The figures of --quick mean nothing: leave out --record."))
    if args.record and args.json:
        raise CourseError(_("--record writes docs/bench.json: leave out --json."))
    lessons = tuple(lesson_id(name) for name in args.lesson)
    options = Options(run.edition_folder(args.edition), args.runs, lessons, tuple(args.factors), args.quick)
    _warn_of_load()
    with view() as shown_view:
        document, interrupted = run_parts(names, options, shown_view, page.RESULTS if args.record else args.json)
    _show(document)
    if args.record:
        _write_page()
    failed = any(record["status"] == results.FAILED for record in document["parts"].values())
    return 130 if interrupted else int(failed)


def _parts(given: list[str]) -> list[str]:
    unknown = [name for name in given if name not in registry.PARTS]
    if unknown:
        text = _("There is no part “{name}”; there are {parts}.")
        raise CourseError(text.format(name=unknown[0], parts=", ".join(registry.PARTS)))
    return [name for name in registry.PARTS if name in given or not given]


def _warn_of_load() -> None:
    load, cores = measuring.load(), measuring.cores()
    if load and load > cores:
        text = _("This machine is busy (load {load:.1f}, {cores} cores): seconds will be too many, ratios still hold.")
        print(text.format(load=load, cores=cores))


def _show(document: dict[str, Any]) -> None:
    """Print what this run found."""
    text = "\n".join(page.section(name, document) for name in registry.PARTS if name in document["parts"])
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        print(text)


def _write_page() -> int:
    for path in page.write():
        print(_("Written: {path}").format(path=shown(path)))
    return 0
