"""What ``python -m course grade`` does: one hand-in, or a class.

Usage: ``code = one(path, …)`` and ``code = many(folder, …)``; each prints, writes what it is asked for, and gives the
exit code.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from course.files import shown, write_json, write_text
from course.grading import classroom, cluster, pages, pictures, process, screen
from course.grading.grade import ERROR, EXIT_CODES, Predict, Verdict, as_json, grade
from course.messages import CourseError, _
from course.paths import data_dir

OPEN_PER_CLASS = 15
"""How many pictures of each class of the open split a class is compared on."""


def one(path: Path, test_set: Path | None, json_file: Path | None, html_file: Path | None, seconds: int) -> int:
    """Grade one hand-in. Returns 0 if it passed, 1 if it is below the threshold, 2 if it was refused or is broken.

    Args:
        path: the hand-in.
        test_set: folder of test pictures; None: the open split of the edition in use.
        json_file, html_file: where to write the verdict, if anywhere.
        seconds: how long it may take.

    Raises:
        CourseError: the test pictures or the results cannot be read or written.
    """
    opened = pictures.read(test_set or pictures.open_split(data_dir()))
    verdict = grade(path, opened, limits=process.Limits(seconds=seconds))
    screen.show(verdict, opened)
    if test_set is None:
        print(_("Self-assessed: on pictures that every learner has."))
    if json_file:
        write_json(json_file, as_json(verdict, opened))
    if html_file:
        write_text(html_file, pages.page(verdict, opened))
    return EXIT_CODES[verdict.verdict]


def many(
    folder: Path,
    test_set: Path | None,
    out: Path,
    jobs: int | None,
    seconds: int,
    trust: bool,
    solution: Path | None = None,
    json_file: Path | None = None,
    scheduler: str | None = None,
) -> int:
    """Grade a class. Returns 0 if every hand-in was processed, whatever its verdict, else 2.

    Args:
        folder: the hand-ins.
        test_set: folder of test pictures that no learner has.
        out: folder for the results.
        jobs: how many hand-ins at once; None: one for each processor, or two for each thread of a cluster, so that
            none waits for its next.
        seconds: how long each may take.
        trust: grade also where the networks cannot be isolated.
        solution: the published solution's hand-in, to compare with.
        json_file: where to write all verdicts, if anywhere.
        scheduler: address of a Dask cluster that runs the networks; None: this machine does.

    Raises:
        CourseError: no isolation without `trust`, no cluster, no test pictures, or something cannot be read or written.
    """
    if test_set is None:
        raise CourseError(_("Name the pictures to grade a class on: --test-set DIR (make exam SEED=… OUT=DIR)."))
    if scheduler is None:
        _insist_on_isolation(trust)
    limits = process.Limits(seconds=seconds)
    exam_pictures = pictures.read(test_set)
    exam = classroom.Exam(exam_pictures, _open_sample(), limits, _solution(solution, exam_pictures, limits))
    with _runner(exam, scheduler, trust, jobs) as (predict, at_once):
        entries = _with_progress(folder, out, exam, at_once, predict)
    if json_file:
        graded = [as_json(entry.verdict, exam_pictures) | {"flags": list(entry.flags)} for entry in entries]
        write_json(json_file, graded)
    counts = Counter(entry.verdict.verdict for entry in entries)
    print(", ".join(f"{name}: {count}" for name, count in counts.items()))
    print(_("Results: {table}, {page}").format(table=shown(out / "grades.csv"), page=shown(out / "summary.html")))
    if counts[ERROR]:
        print(_("Run the same command again for those that could not be graded."))
    return 2 if counts[ERROR] else 0


@contextmanager
def _runner(
    exam: classroom.Exam, scheduler: str | None, trust: bool, jobs: int | None
) -> Iterator[tuple[Predict | None, int]]:
    """What runs the networks (None: this machine), and how many hand-ins at once."""
    if scheduler is None:
        yield None, jobs or os.cpu_count() or 1
        return
    with cluster.connect(scheduler) as workers:
        workers.insist(trust)
        yield workers.predictor(exam.images, exam.limits, trust), jobs or 2 * workers.threads


def _insist_on_isolation(trust: bool) -> None:
    isolation = process.probe()
    if isolation.complete:
        return
    sentence = _(
        "This system does not keep a stranger's network from: {missing}; grade on Linux (docs/security.md), or say"
        " --trust if you trust every hand-in."
    )
    if not trust:
        raise CourseError(sentence.format(missing=isolation.missing))


def _open_sample() -> pictures.TestSet | None:
    folder = pictures.open_split(data_dir())
    return pictures.sample(pictures.read(folder), OPEN_PER_CLASS) if folder.is_dir() else None


def _solution(path: Path | None, exam: pictures.TestSet, limits: process.Limits) -> Verdict | None:
    """The verdict on the published solution. Raises CourseError where it cannot be graded."""
    if path is None:
        return None
    verdict = grade(path, exam, limits=limits)
    if verdict.outputs is None:
        text = _("The published solution {path} cannot be compared with: {reason}")
        raise CourseError(text.format(path=shown(path), reason=verdict.reason))
    return verdict


def _with_progress(
    folder: Path, out: Path, exam: classroom.Exam, jobs: int, predict: Predict | None
) -> list[classroom.Entry]:
    """Grade with a bar on a terminal, else with a line for each hand-in."""
    console = Console(highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(_("Grading"), total=len(classroom.files_in(folder, out)))

        def told(verdict: Verdict) -> None:
            console.print(Text(screen.headline(verdict, verdict.score(exam.pictures))))
            bar.advance(task)

        return classroom.grade_all(folder, out, exam, jobs, told, predict)
