"""``python -m course run``: execute lessons, each in a kernel of its own; the notebooks stay as they are.

Usage: ``python -m course run``, ``python -m course run 03 04a --edition data-real --strict --json results.json``.
The instructor's check of a room and the engine of the tests. At the top it needs the standard library alone.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from course import paths
from course.datasets.editions import edition_name
from course.environment import setup
from course.files import printable, printable_lines, shown, write_json
from course.messages import CourseError, _
from course.runner import speed
from course.runner.notebooks import FOLDERS

if TYPE_CHECKING:
    from course.runner.executor import Outcome, Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``run`` to `parser`."""
    add = parser.add_argument
    add("lessons", nargs="*", metavar="LESSON", help=_("number or name of a lesson, or a path to a notebook; else all"))
    add("--edition", type=Path, metavar="DIR", help=_("folder of the data (default: COURSE_DATA, else `data`)"))
    add("--lang", default="", choices=["en", "ko"], help=_("language of the lessons; `ko` runs those in `ko/`"))
    add("--strict", action="store_true", help=_("a result that is missing or unusual is a failure"))
    add("--out", type=Path, metavar="DIR", help=_("folder for the executed copies"))
    add("--json", type=Path, metavar="FILE", help=_("file for status, seconds and results"))
    add("--record", action="store_true", help=argparse.SUPPRESS)  # of the first edition
    add("--seed", type=int, metavar="N", help=_("use this seed in place of each lesson's own"))
    add("--timeout", type=int, default=1200, metavar="SECONDS", help=_("limit for one cell, 0 for none"))
    setup.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course run`` in the course's environment; as :func:`run_lessons`."""
    if args.record:
        raise CourseError(_("--record is for those who change the course; it is now: python -m dev record"))
    setup.ensure_inside(args)
    return run_lessons(args)


def run_lessons(args: argparse.Namespace, keep: Callable[[str, list[Outcome]], None] | None = None) -> int:
    """Run the lessons. Returns 0 where none failed, 1 where one did, 130 after Ctrl-C.

    Args:
        args: what :func:`add_arguments` describes.
        keep: called at the end with the edition's name and the outcomes, to keep them.

    Raises:
        CourseError: a lesson or folder that is not there, or a file that cannot be written.
    """
    from course.runner.executor import Settings

    notebooks = [find_notebook(name, args.lang) for name in args.lessons] or all_notebooks(args.lang)
    edition = edition_folder(args.edition)
    _refuse_sources(args.out, notebooks)
    settings = Settings(edition, args.lang, args.timeout, args.seed, args.out)
    outcomes: list[Outcome] = []
    interrupted, started = False, monotonic()

    def save() -> None:
        if args.json:
            document = {"edition": edition_name(edition), "seconds": round(monotonic() - started, 2)}
            write_json(args.json, {**document, "lessons": [_as_json(outcome) for outcome in outcomes]})

    save()  # a file that cannot be written is better known before than after
    try:
        with progress() as view:
            for notebook in notebooks:
                outcomes.append(run_one(notebook, settings, view, args.strict))
                save()
    except KeyboardInterrupt:
        interrupted = True
    _report(outcomes, interrupted)
    known = speed.reference()
    if known and not interrupted:
        print("\n" + speed.sentence(speed.matrix_rate(), known))
    if keep:
        keep(edition_name(edition), outcomes)
    failed = any(outcome.status == "failed" for outcome in outcomes)
    return 130 if interrupted else int(failed)


def find_notebook(name: str, lang: str = "", solved: bool = False) -> Path:
    """The notebook that a person means by `name`: a path to one, else a lesson's number or name.

    Args:
        name: as typed.
        lang: ``ko`` for the Korean edition of a lesson.
        solved: prefer a lesson's notebook in ``dev/solutions/``.

    Raises:
        CourseError: no such lesson or notebook.
    """
    path = Path(name) if name.endswith(".ipynb") else _lesson_notebook(paths.lesson_id(name), lang, solved)
    if not path.is_file():
        raise CourseError(_("There is no notebook {path}."), path=shown(path))
    return path.resolve()


def all_notebooks(lang: str) -> list[Path]:
    """The notebooks of the lessons in this checkout, in order; solved where ``dev/solutions/`` has them.

    Raises:
        CourseError: there is none.
    """
    notebooks = [_lesson_notebook(lesson, lang, solved=True) for lesson in paths.LESSONS]
    found = [path for path in notebooks if path.is_file()]
    if not found:
        raise CourseError(_("There are no lessons in {path}."), path=notebooks[0].parent)
    return found


def _lesson_notebook(lesson: str, lang: str, solved: bool) -> Path:
    folder = paths.ROOT / ("ko" if lang == "ko" else "")
    solution = folder / "dev" / "solutions" / f"{lesson}.ipynb"
    return solution if solved and solution.is_file() else folder / solution.name


def edition_folder(folder: Path | None) -> Path:
    """The folder of the edition, absolute: `folder`, or ``COURSE_DATA`` where it is ``None``.

    Raises:
        CourseError: `folder` is not there.
    """
    if folder and not folder.is_dir():
        raise CourseError(_("There is no folder {path} with an edition of the data."), path=folder)
    return (folder or paths.data_dir()).resolve()


def _refuse_sources(out: Path | None, notebooks: list[Path]) -> None:
    folders = [*(paths.ROOT / name for name in FOLDERS), *(path.parent for path in notebooks)]
    if out and out.resolve() in [folder.resolve() for folder in folders]:
        raise CourseError(_("{path} holds notebooks that --out would overwrite; name another folder."), path=out)


def run_one(notebook: Path, settings: Settings, view: Plain, strict: bool = False) -> Outcome:
    """Execute one notebook, showing its progress in `view`; `strict` as :func:`judge` is."""
    from course.runner.executor import execute

    view.start(notebook.stem)
    outcome = execute(notebook, settings, view)
    if strict:
        judge(outcome)
    view.end(outcome)
    return outcome


def judge(outcome: Outcome) -> None:
    """Turn a pass with results that are unusual, or missing although the lesson has a results cell, into a failure."""
    if outcome.status != "passed":
        return
    ranges = outcome.results.get("ranges", {})
    text = _("{metric} is {value:.4g}, usually {low:.4g} to {high:.4g}")
    unusual = [
        text.format(metric=name, value=outcome.metrics[name], low=ranges[name][0], high=ranges[name][1])
        for name in outcome.results.get("unusual", [])
    ]
    if unusual:
        outcome.fail(_("Unusual results: {results}.").format(results="; ".join(unusual)))
    elif not outcome.metrics and "results" in (cell["id"] for cell in outcome.cells):
        outcome.fail(_("{lesson} showed no results.").format(lesson=outcome.lesson))


def _as_json(outcome: Outcome) -> dict[str, Any]:
    """What a program may want to know of the outcome; ``results`` are the metrics, the rest of them stands beside."""
    kept = {key: value for key, value in vars(outcome).items() if key not in ("cell", "source")}
    return (
        kept | {key: value for key, value in outcome.results.items() if key != "metrics"} | {"results": outcome.metrics}
    )


class Plain:
    """Progress without a terminal, or without rich: a line when a lesson starts and a line when it ends."""

    def start(self, lesson: str) -> None:
        """`lesson` starts."""
        self.say(_("{lesson} …").format(lesson=lesson))

    def cell(self, number: int, total: int, cell_id: str) -> None:
        """Code cell `number` of `total` starts."""

    def line(self, text: str) -> None:
        """The running cell printed `text`."""

    def end(self, outcome: Outcome) -> None:
        """A lesson ended."""
        text = _("{lesson}: {status}, {seconds:.0f} s")
        text = text.format(lesson=outcome.lesson, status=_status(outcome), seconds=outcome.seconds)
        self.say(f"{text}. {outcome.reason}".rstrip())

    def say(self, text: str) -> None:
        """Show a line that stays."""
        print(printable_lines(text), flush=True)


class Screen(Plain):
    """Progress on a terminal: one line that rich keeps up to date."""

    def __init__(self) -> None:
        from rich.live import Live

        self.lesson, self.where, self.printed, self.started = "", "", "", monotonic()
        self.live = Live(get_renderable=self._render, transient=True, refresh_per_second=4)

    def start(self, lesson: str) -> None:
        self.lesson, self.where, self.printed, self.started = lesson, "", "", monotonic()

    def cell(self, number: int, total: int, cell_id: str) -> None:
        self.where = _("cell {number}/{total} ({cell})").format(number=number, total=total, cell=cell_id)
        self.printed = ""

    def line(self, text: str) -> None:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r", "\n")
        lines = [line.strip() for line in plain.splitlines() if line.strip()]
        self.printed = lines[-1] if lines else self.printed

    def say(self, text: str) -> None:
        self.live.console.print(printable_lines(text), markup=False, highlight=False)

    def _render(self) -> Any:
        from rich.text import Text

        parts = [self.lesson, self.where, f"{monotonic() - self.started:.0f} s", self.printed]
        return Text(printable(" · ".join(part for part in parts if part)), no_wrap=True, overflow="ellipsis")


@contextmanager
def progress() -> Iterator[Plain]:
    """A :class:`Screen` where standard output is a terminal and rich is there, else :class:`Plain`."""
    try:
        view = Screen() if sys.stdout.isatty() else Plain()
    except ImportError:
        view = Plain()
    if isinstance(view, Screen):
        with view.live:
            yield view
    else:
        yield view


def _status(outcome: Outcome) -> str:
    return {"passed": _("passed"), "failed": _("failed"), "not_attempted": _("not attempted")}[outcome.status]


def _report(outcomes: list[Outcome], interrupted: bool) -> None:
    """Print the table, what failed and where, and whether it was cut short."""
    rows = [(_("lesson"), _("status"), _("seconds"), _("slowest cell"), _("results"))]
    for outcome in outcomes:
        slowest = max(outcome.cells, key=lambda cell: cell["seconds"], default=None)
        slow = f"{slowest['id']} {slowest['seconds']:.0f} s" if slowest else ""
        results = _figures(outcome) or [""]
        rows.append((outcome.lesson, _status(outcome), f"{outcome.seconds:.0f}", slow, results[0]))
        rows += [("", "", "", "", figure) for figure in results[1:]]
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(_width(row[column]) for row in rows) for column in range(5)]
    print()
    for row in rows:
        print("  ".join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)).rstrip())
    for outcome in outcomes:
        if outcome.status == "failed":
            print(printable_lines(f"\n{_failure(outcome)}"))
    if interrupted:
        print("\n" + _("Interrupted; what was finished by then is above."))


def _figures(outcome: Outcome) -> list[str]:
    """Each metric with its usual range, marked if it lies outside."""
    lines = []
    for name, value in outcome.metrics.items():
        usual = outcome.results.get("ranges", {}).get(name)
        line = f"{name} {value:.4g}" + (f" ({usual[0]:.4g} – {usual[1]:.4g})" if usual else "")
        lines.append(f"{line} ← {_('unusual')}" if name in outcome.results.get("unusual", []) else line)
    return lines


def _failure(outcome: Outcome) -> str:
    if not outcome.source:
        return _("{lesson} failed.").format(lesson=outcome.lesson) + f"\n{outcome.reason}"
    where = _("{lesson} failed in the cell “{cell}”:").format(lesson=outcome.lesson, cell=outcome.cell)
    source = "\n".join(f"    {line}".rstrip() for line in outcome.source.splitlines())
    return f"{where}\n\n{source}\n\n{outcome.reason}"


def _width(text: str) -> int:
    """Columns that `text` takes on a terminal: Hangul takes two each."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
