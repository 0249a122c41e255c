"""Grade a class: every file below a folder, each exactly once, whatever happens on the way.

Usage: ``entries = grade_all(folder, out, exam, …)``. Each verdict is kept in ``out/records`` the moment it is there; a
run that was killed goes on from there. A record counts for the same file, the same pictures and the same limits only.
Then ``grades.csv``, a page for each hand-in and ``summary.html`` are written from the verdicts.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median

import numpy as np

from course.files import shown, write_json, write_text
from course.grading import handin, pages, process, scoring, tables
from course.grading.contract import CLASSES, THRESHOLD
from course.grading.grade import ERROR, Predict, Verdict, from_record, grade, to_record
from course.grading.pictures import TestSet, join
from course.grading.process import Limits
from course.messages import CourseError, _

RECORDS_VERSION = 1
FAR_ABOVE = 0.08
"""By how much more than usual in the class the open split has to be easier than the exam to be flagged."""


@dataclass(frozen=True)
class Exam:
    """What a class is graded with.

    Attributes:
        pictures: what counts.
        opened: a sample of what every learner has; None: not compared.
        limits: what one hand-in may take.
        solution: the published solution's answers to `pictures`; None: not compared.
    """

    pictures: TestSet
    opened: TestSet | None = None
    limits: Limits = field(default_factory=Limits)
    solution: Verdict | None = None

    @cached_property
    def images(self) -> np.ndarray:
        """What each network is run on: the pictures that count, then those of the open split; uint8."""
        return self.pictures.images if self.opened is None else join(self.pictures, self.opened).images

    def key(self) -> str:
        """Tells whether a record still counts."""
        opened = self.opened.sha256 if self.opened else ""
        return f"{RECORDS_VERSION} {self.pictures.sha256} {opened} {self.limits.seconds} {self.limits.memory}"


@dataclass(frozen=True)
class Entry:
    """One hand-in of a class: its verdict, the address of its page, and what a person should look at."""

    verdict: Verdict
    page: str
    flags: tuple[str, ...] = ()


def files_in(folder: Path, out: Path) -> list[Path]:
    """Every file below `folder`, and each folder that is a SavedModel; nothing hidden, nothing in `out`.

    Links are listed, not followed.

    Raises:
        CourseError: there is none, or a folder cannot be read.
    """
    try:
        found = sorted(path for path in _walk(Path(folder)) if _absolute(out) not in _absolute(path).parents)
    except OSError as error:
        sentence = _("{path} cannot be read ({reason}); change its permissions.")
        raise CourseError(sentence.format(path=shown(Path(error.filename)), reason=error.strerror)) from error
    if not found:
        raise CourseError(_("{path} holds no hand-ins; put the files in there.").format(path=shown(folder)))
    return found


def _absolute(path: Path) -> Path:
    """`path` from the root, links as they are: one may point to itself."""
    return Path(os.path.abspath(path))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        path = Path(entry.path)
        if entry.name.startswith((".", "__MACOSX")):
            continue
        if entry.is_dir(follow_symlinks=False) and not (path / "saved_model.pb").exists():
            yield from _walk(path)
        else:
            yield path


def grade_all(
    folder: Path,
    out: Path,
    exam: Exam,
    jobs: int = 2,
    progress: Callable[[Verdict], None] = lambda _verdict: None,
    predict: Predict | None = None,
) -> list[Entry]:
    """Grade what lies in `folder` and write the results to `out`.

    Args:
        folder: hand-ins, at any depth.
        out: folder for the results; made where it is missing.
        exam: what to grade with.
        jobs: how many hand-ins at once.
        progress: called with each verdict as it comes, also with those that were there before.
        predict: runs a network on ``exam.images``, in `jobs` threads at once; None: processes on this machine do.

    Raises:
        CourseError: nothing to grade, or `out` cannot be written.
    """
    files = files_in(folder, out)
    verdicts: dict[Path, Verdict] = {}
    images = exam.images
    predict = predict or (lambda model: process.predict(model, images, exam.limits))
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(_one, path, folder, out, exam, predict): path for path in files}
        try:
            for done in as_completed(waiting):
                verdicts[waiting[done]] = done.result()
                progress(verdicts[waiting[done]])
        except BaseException:  # Ctrl-C, or a full disk: the rest is for the next run
            pool.shutdown(cancel_futures=True)
            raise
    entries = _entries({path.relative_to(folder).as_posix(): verdicts[path] for path in files}, exam)
    _write(entries, out, exam)
    return entries


def _one(path: Path, folder: Path, out: Path, exam: Exam, predict: Predict) -> Verdict:
    """The verdict on one file: from its record, else by grading, which makes the record."""
    name = path.relative_to(folder).as_posix()
    record = out / "records" / f"{_identifier(name)}.json"
    stamp = f"{exam.key()} {_fingerprint(path)}"
    kept = _kept(record, stamp)
    if kept is not None:
        return kept
    verdict = grade(path, exam.pictures, exam.opened, exam.limits, name, predict)
    if verdict.verdict != ERROR:  # the grader's own trouble is tried again
        write_json(record, {"stamp": stamp, "verdict": to_record(verdict)})
    return verdict


def _kept(record: Path, stamp: str) -> Verdict | None:
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        return from_record(content["verdict"]) if content["stamp"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _fingerprint(path: Path) -> str:
    """SHA-256 of a file that is small enough to be graded; of anything else its size."""
    try:
        status = os.lstat(path)
        if path.is_symlink() or not path.is_file() or status.st_size > handin.MAX_BYTES:
            return f"{status.st_mode} {status.st_size}"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"


def _identifier(name: str) -> str:
    """A file name that tells a person whose it is, and is of no other hand-in."""
    readable = re.sub(r"\W+", "-", name).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:10]}"


def _entries(verdicts: dict[str, Verdict], exam: Exam) -> list[Entry]:
    """An entry for each verdict, by the path of its file below the folder, which no other has."""
    flags = _flags(list(verdicts.values()), exam)
    return [
        Entry(verdict, f"pages/{_identifier(name)}.html", tuple(found))
        for (name, verdict), found in zip(verdicts.items(), flags, strict=True)
    ]


def _flags(verdicts: list[Verdict], exam: Exam) -> list[list[str]]:
    """What a person should look at, for each verdict; none of it changes a grade."""
    flags: list[list[str]] = [[] for _verdict in verdicts]
    twins: list[list[str]] = [[] for _verdict in verdicts]
    graded = [number for number, verdict in enumerate(verdicts) if verdict.outputs is not None]
    _flag_open(verdicts, graded, exam, flags)
    for place, number in enumerate(graded):
        mine = verdicts[number]
        if exam.solution is not None and scoring.same_network(exam.solution.outputs, mine.outputs):
            flags[number].append(_("It has the weights of the published solution."))
        for other in graded[place + 1 :]:
            theirs = verdicts[other]
            if mine.sha256 == theirs.sha256 or scoring.same_network(mine.outputs, theirs.outputs):
                twins[number].append(theirs.file)
                twins[other].append(mine.file)
    for found, others in zip(flags, twins, strict=True):
        if others:
            found.append(_("It has the same weights as {others}.").format(others=", ".join(sorted(others))))
    return flags


def _flag_open(verdicts: list[Verdict], graded: list[int], exam: Exam, flags: list[list[str]]) -> None:
    """Flag who is far better on the open split than on the exam, by more than is usual in the class and than chance."""
    if exam.opened is None or not graded:
        return
    private = {number: verdicts[number].score(exam.pictures) for number in graded}
    opened = {number: scoring.judge(verdicts[number].open_outputs, exam.opened.labels) for number in graded}
    gaps = {number: opened[number].accuracy - private[number].accuracy for number in graded}
    usual = median(gaps.values()) if len(gaps) >= 3 else 0.0
    for number in graded:
        if gaps[number] - usual >= FAR_ABOVE and opened[number].interval[0] > private[number].interval[1]:
            text = _("The open split went far better ({opened:.2f}) than the exam ({private:.2f}): trained on it?")
            values = {"opened": opened[number].accuracy, "private": private[number].accuracy}
            flags[number].append(text.format(**values))


def _write(entries: list[Entry], out: Path, exam: Exam) -> None:
    for entry in entries:
        write_text(out / entry.page, pages.page(entry.verdict, exam.pictures, entry.flags))
    tables.write(out / "grades.csv", [_row(entry, exam) for entry in entries])
    summary = pages.summary([(entry.verdict, entry.page, entry.flags) for entry in entries], exam.pictures)
    write_text(out / "summary.html", summary)


def _row(entry: Entry, exam: Exam) -> dict[str, str | float | None]:
    verdict, score = entry.verdict, entry.verdict.score(exam.pictures)
    opened = None
    if verdict.open_outputs is not None and exam.opened is not None:
        opened = round(scoring.judge(verdict.open_outputs, exam.opened.labels).accuracy, 4)
    return {
        "file": verdict.file,
        "learner": verdict.name,
        "verdict": verdict.verdict,
        "score": round(score.accuracy, 4) if score else None,
        "margin": round(score.margin, 4) if score else None,
        "open_split": opened,
        **{f"recall_{name}": round(score.recall[name], 4) if score else None for name in CLASSES},
        "reason": verdict.reason,
        "flags": " ".join(entry.flags),
        "seconds": round(verdict.seconds, 2),
        "isolation": ", ".join(verdict.isolation),
        "threshold": THRESHOLD,
        "pictures": len(exam.pictures),
        "test_set": exam.pictures.sha256,
        "published": exam.pictures.published,
        "edition": verdict.edition,
        "sha256": verdict.sha256,
        "page": entry.page,
    }
