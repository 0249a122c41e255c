"""What ``python -m course grade`` does: judge one submission, or a class.

Usage: ``code = one(path, Options())`` and ``code = many(folder, Options(test_set=…))``; each prints, writes what it is
asked for, and returns the exit code.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from course.files import printable, shown, write_json, write_text
from course.grading import SECONDS, classroom, cluster, pages, pictures, process, screen
from course.grading.grade import ERROR, EXIT_CODES, Predict, Verdict, as_json, grade
from course.messages import CourseError, _
from course.paths import data_dir

OPEN_PER_CLASS = 15
"""How many images of each class of the open split a class is compared on."""
MANY = 20
"""Skipped files that the terminal names; the summary names all."""


@dataclass(frozen=True)
class Options:
    """What may be asked of the command.

    Attributes:
        test_set: folder of test images; None: the open split of the edition in use, which does for one submission.
        json: where to write all verdicts, if anywhere; html: the same for the page of one submission.
        out: folder for a class's results.
        jobs: how many submissions at once; None: one for each processor, or two for each thread of a cluster, so that
            none waits for its next.
        scheduler: address of a Dask cluster that runs a class's networks; None: this machine does.
        seconds: how long each may compute.
        solution: a submission of the published solution, to compare a class with.
        trust: grade a class also where the networks cannot be isolated.
    """

    test_set: Path | None = None
    json: Path | None = None
    html: Path | None = None
    out: Path = Path("grades")
    jobs: int | None = None
    scheduler: str | None = None
    seconds: int = SECONDS
    solution: Path | None = None
    trust: bool = False


def one(path: Path, options: Options) -> int:
    """Grade one submission. Returns 0 if it passed, 1 if it is below the threshold, 2 if it was refused or is broken.

    Raises:
        CourseError: the test images or the results cannot be read or written.
    """
    test_set = pictures.read(options.test_set or pictures.open_split(data_dir()))
    verdict = grade(path, test_set, limits=process.Limits(seconds=options.seconds))
    screen.show(verdict, test_set)
    if options.test_set is None:
        print(_("Self-assessed: on images that every learner has."))
    if options.json:
        write_json(options.json, as_json(verdict, test_set))
    if options.html:
        write_text(options.html, pages.page(verdict, test_set))
    return EXIT_CODES[verdict.verdict]


def many(folder: Path, options: Options) -> int:
    """Grade a class. Returns 0 if every submission was processed, whatever its verdict, else 2.

    Raises:
        CourseError: no isolation, no cluster, too few test images, or something cannot be read or written.
    """
    if options.test_set is None:
        raise CourseError(_("Name the images to grade a class on: --test-set DIR (make exam OUT=DIR makes some)."))
    submissions = classroom.collect(folder, options.out)
    if submissions.skipped:
        names = [*map(printable, submissions.skipped[:MANY]), *["…"][: len(submissions.skipped) // MANY]]
        print(_("Skipped, since their names begin with “.” or “__MACOSX”: {names}").format(names=", ".join(names)))
    if options.scheduler is None:
        _insist_on_isolation(options.trust)
    test_set = pictures.read(options.test_set)
    pictures.insist_on_enough(test_set, options.test_set)
    limits = process.Limits(seconds=options.seconds)
    exam = classroom.Exam(test_set, _open_sample(), limits, _solution(options.solution, test_set, limits))
    with _runner(exam, options) as (predict, at_once):
        entries = _with_progress(submissions, options.out, exam, at_once, predict)
    if options.json:
        graded = [
            as_json(entry.verdict, test_set) | {"flags": list(entry.flags), "attempts": entry.attempts}
            for entry in entries
        ]
        write_json(options.json, graded)
    counts = Counter(entry.verdict.verdict for entry in entries)
    print(", ".join(f"{name}: {count}" for name, count in counts.items()))
    table, page = shown(options.out / "grades.csv"), shown(options.out / "summary.html")
    print(_("Results: {table}, {page}").format(table=table, page=page))
    if counts[ERROR]:
        print(_("Run the same command again for those that could not be graded."))
    return 2 if counts[ERROR] else 0


@contextmanager
def _runner(exam: classroom.Exam, options: Options) -> Iterator[tuple[Predict | None, int]]:
    """What runs the networks (None: this machine), and how many submissions at once."""
    if options.scheduler is None:
        yield None, options.jobs or os.cpu_count() or 1
        return
    with cluster.connect(options.scheduler) as workers:
        workers.insist(options.trust)
        yield workers.predictor(exam.images, exam.limits, options.trust), options.jobs or 2 * workers.threads


def _insist_on_isolation(trust: bool) -> None:
    isolation = process.probe()
    if isolation.complete or trust:
        return
    sentence = _(
        "This system does not keep a stranger's network from: {missing}; grade on Linux (docs/security.md), or say"
        " --trust if you trust every submission."
    )
    raise CourseError(sentence.format(missing=isolation.missing))


def _open_sample() -> pictures.TestSet | None:
    folder = pictures.open_split(data_dir())
    return pictures.sample(pictures.read(folder), OPEN_PER_CLASS) if folder.is_dir() else None


def _solution(path: Path | None, test_set: pictures.TestSet, limits: process.Limits) -> Verdict | None:
    """The verdict on the published solution. Raises CourseError where it cannot be graded."""
    if path is None:
        return None
    verdict = grade(path, test_set, limits=limits)
    if verdict.outputs is None:
        text = _("The published solution {path} cannot be compared with: {reason}")
        raise CourseError(text.format(path=shown(path), reason=verdict.reason))
    return verdict


def _with_progress(
    submissions: classroom.Collected, out: Path, exam: classroom.Exam, jobs: int, predict: Predict | None
) -> list[classroom.Entry]:
    """Grade with a line for each submission."""
    done = count(1)

    def on_progress(verdict: Verdict) -> None:
        print(f"{next(done)}/{len(submissions.files)} {screen.headline(verdict)}", flush=True)

    return classroom.grade_all(submissions, out, exam, jobs, on_progress, predict)
