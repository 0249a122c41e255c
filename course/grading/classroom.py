"""Grade a class: every file below a folder, each exactly once, whatever happens on the way.

Usage: ``entries = grade_all(collect(folder, out), out, exam, …)``. Each verdict is kept in ``out/records`` the moment
it is there; a run that was killed goes on from there. A record counts for the same file, images and limits only, and
only if its seal shows that whoever wrote it had the exam. Then ``grades.csv``, a page for each submission and
``summary.html`` are written from the verdicts.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from course.files import printable, shown, write_json, write_text
from course.grading import pages, process, rounds, scoring, submission, tables
from course.grading.contract import CLASSES, THRESHOLD
from course.grading.grade import ERROR, Predict, Verdict, all_images, from_record, grade, to_record
from course.grading.pictures import TestSet
from course.grading.process import Limits
from course.messages import CourseError, _

RECORDS_VERSION = 3
FAR_ABOVE = 0.08
"""By how much more than usual in the class the open split has to be easier than the exam to be flagged."""


@dataclass(frozen=True)
class Exam:
    """What a class is graded with.

    Attributes:
        pictures: what counts.
        opened: a sample of what every learner has; None: not compared.
        limits: what one submission may take.
        solution: the published solution's answers to `pictures`; None: not compared.
    """

    pictures: TestSet
    opened: TestSet | None = None
    limits: Limits = field(default_factory=Limits)
    solution: Verdict | None = None

    @cached_property
    def images(self) -> np.ndarray:
        """What each network is run on: the images that count, then those of the open split; uint8."""
        return all_images(self.pictures, self.opened)

    def key(self) -> str:
        """Tells whether a record still counts."""
        opened = self.opened.sha256 if self.opened else ""
        belt = self.pictures.belt.sha256 if self.pictures.belt else ""
        return f"{RECORDS_VERSION} {self.pictures.sha256} {belt} {opened} {self.limits.seconds} {self.limits.memory}"

    def seal(self, content: Any) -> str:
        """What nobody can add to `content`, JSON, who has not all images of the exam, whatever its pages tell."""
        return hmac.new(self._secret, json.dumps(content, sort_keys=True).encode(), "sha256").hexdigest()

    @cached_property
    def _secret(self) -> bytes:
        return hashlib.sha256(b"records" + np.ascontiguousarray(self.pictures.images).tobytes()).digest()


@dataclass(frozen=True)
class Collected:
    """The files of a class: their names below the folder with their paths, and what was skipped for its name."""

    files: dict[str, Path]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One submission of a class.

    Attributes:
        verdict: what became of it.
        page: the address of its page.
        attempts: how many different files with this learner's name were graded for these results.
        flags: what a person should look at; the page, which is the learner's, does not show them.
    """

    verdict: Verdict
    page: str
    attempts: int = 1
    flags: tuple[str, ...] = ()

    @property
    def rounds(self) -> int:
        """How many rounds of its log count."""
        return rounds.counted(self.verdict.rounds)


OF_NBGRADER = {"timestamp.txt", "submission_secret.txt"}
"""What nbgrader lays beside what it collects from one learner."""


def collect(folder: Path, out: Path) -> Collected:
    """Every file below `folder`. Links and folders that cannot be read are listed, not followed.

    Where nbgrader collected a zip, its own files are no submissions, nor is the notebook, which the zip holds, too.

    Args:
        folder: submissions, at any depth.
        out: where the results go.

    Raises:
        CourseError: there is no file, `folder` cannot be read, or `out` is where learners' files could lie.
    """
    folder = Path(folder)
    if _inside(out, folder) or any(_inside(folder, out / name) for name in ("records", "pages")):
        text = _("{out} and the submissions in {folder} must not lie in one another: name another folder with --out.")
        raise CourseError(text.format(out=shown(out), folder=shown(folder)))
    files, skipped, waiting = {}, [], [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(here))
        except OSError as error:
            if here == folder:
                sentence = _("{path} cannot be read ({reason}); change its permissions.")
                raise CourseError(sentence.format(path=shown(here), reason=error.strerror)) from error
            entries, files[_name(here, folder)] = [], here
        names = {entry.name for entry in entries}
        collected = names >= OF_NBGRADER and any(name.endswith(".zip") for name in names)
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith((".", "__MACOSX")):
                skipped.append(_name(path, folder))
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif not (collected and (entry.name in OF_NBGRADER or entry.name.endswith(".ipynb"))):
                files[_name(path, folder)] = path
    if not files:
        raise CourseError(_("{path} holds no submissions; put the files in there.").format(path=shown(folder)))
    return Collected(dict(sorted(files.items())), tuple(sorted(skipped)))


def _inside(path: Path, folder: Path) -> bool:
    """Whether `path` is `folder` or lies below it, also by way of links."""
    path, folder = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    return folder in (path, *path.parents)


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def grade_all(
    submissions: Collected,
    out: Path,
    exam: Exam,
    jobs: int = 2,
    on_progress: Callable[[Verdict], None] = lambda _verdict: None,
    predict: Predict | None = None,
) -> list[Entry]:
    """Grade a class and write the results to `out`.

    Args:
        submissions: what :func:`collect` found.
        out: folder for the results; made where it is missing.
        exam: what to grade with.
        jobs: how many submissions at once.
        on_progress: called with each verdict as it comes, also with those that were there before.
        predict: runs a network on ``exam.images``, in `jobs` threads at once; None: processes on this machine do.

    Raises:
        CourseError: `out` cannot be written.
    """
    verdicts: dict[str, Verdict] = {}
    images = exam.images
    predict = predict or (lambda model: process.predict(model, images, exam.limits))
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(_one, name, path, out, exam, predict): name for name, path in submissions.files.items()}
        try:
            for done in as_completed(waiting):
                verdicts[waiting[done]] = done.result()
                on_progress(verdicts[waiting[done]])
        except BaseException:  # Ctrl-C, or a full disk: the rest is for the next run
            pool.shutdown(cancel_futures=True)
            raise
    entries = _entries({name: verdicts[name] for name in submissions.files}, _attempts(out, exam), exam)
    _write(entries, submissions.skipped, out, exam)
    return entries


def _one(name: str, path: Path, out: Path, exam: Exam, predict: Predict) -> Verdict:
    """The verdict on one file: from its record, else by grading, which makes the record."""
    fingerprint = _fingerprint(path)
    record = out / "records" / f"{_identifier(name)}-{hashlib.sha256(fingerprint.encode()).hexdigest()[:10]}.json"
    stamp = f"{exam.key()} {name} {fingerprint}"
    kept = _kept(record, exam)
    if kept and kept["stamp"] == stamp:
        return from_record(kept["verdict"], exam.pictures, exam.opened)
    verdict = grade(path, exam.pictures, exam.opened, exam.limits, name, predict)
    if verdict.verdict != ERROR:  # the grader's own trouble is tried again
        content = {"stamp": stamp, "verdict": to_record(verdict)}
        write_json(record, content | {"seal": exam.seal(content)})
    return verdict


def _kept(record: Path, exam: Exam) -> dict[str, Any] | None:
    """What a record holds; None where it is damaged, or somebody wrote it who has not the exam."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        seal = content.pop("seal")
        return content if hmac.compare_digest(seal, exam.seal(content)) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _attempts(out: Path, exam: Exam) -> dict[str, set[str]]:
    """The SHA-256 of every file that was graded for the results in `out`, by the learner that it names."""
    attempts: dict[str, set[str]] = {}
    for record in (out / "records").glob("*.json"):
        if kept := _kept(record, exam):
            attempts.setdefault(_learner(kept["verdict"]["name"]), set()).add(kept["verdict"]["sha256"])
    return attempts


def _learner(name: str) -> str:
    """A name as it is compared: neither blanks nor the case of its letters make another learner."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _fingerprint(path: Path) -> str:
    """SHA-256 of a file that is small enough to be graded; of anything else its size."""
    try:
        status = os.lstat(path)
        if path.is_symlink() or not path.is_file() or status.st_size > submission.MAX_BYTES:
            return f"{status.st_mode} {status.st_size}"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"


def _identifier(name: str) -> str:
    """A file name that tells a person whose it is, and is of no other submission."""
    readable = re.sub(r"\W+", "-", name).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:10]}"


def _entries(verdicts: dict[str, Verdict], attempts: dict[str, set[str]], exam: Exam) -> list[Entry]:
    """An entry for each verdict, by the path of its file below the folder, which no other has."""
    flags = _flags(list(verdicts.values()), exam)
    return [
        Entry(
            verdict,
            f"pages/{_identifier(name)}.html",
            len(attempts.get(_learner(verdict.name), ())) if verdict.name else 1,
            tuple(found),
        )
        for (name, verdict), found in zip(verdicts.items(), flags, strict=True)
    ]


def _flags(verdicts: list[Verdict], exam: Exam) -> list[list[str]]:
    """What a person should look at, for each verdict; none of it changes a grade."""
    flags: list[list[str]] = [[] for _verdict in verdicts]
    twins: list[list[str]] = [[] for _verdict in verdicts]
    graded = [number for number, verdict in enumerate(verdicts) if verdict.outputs is not None]
    _flag_open(verdicts, graded, flags)
    _flag_logs(verdicts, flags)
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


def _flag_open(verdicts: list[Verdict], graded: list[int], flags: list[list[str]]) -> None:
    """Flag who is far better on the open split than on the exam, by more than is usual in the class and than chance."""
    scores = {number: (verdicts[number].score, verdicts[number].open_score) for number in graded}
    gaps = {number: opened.accuracy - private.accuracy for number, (private, opened) in scores.items() if opened}
    usual = median(gaps.values()) if len(gaps) >= 3 else 0.0
    for number, gap in gaps.items():
        private, opened = scores[number]
        if gap - usual >= FAR_ABOVE and opened.interval[0] > private.interval[1]:
            text = _("The open split went far better ({opened:.2f}) than the exam ({private:.2f}): trained on it?")
            flags[number].append(text.format(opened=opened.accuracy, private=private.accuracy))


def _flag_logs(verdicts: list[Verdict], flags: list[list[str]]) -> None:
    """Flag a log that was changed after it was written, and one that another submission has as well."""
    logs = [tuple(row.sealed("") for row in verdict.rounds) for verdict in verdicts]
    for number, verdict in enumerate(verdicts):
        if not rounds.intact(verdict.rounds):
            flags[number].append(_("Its log was changed after it was written."))
        theirs = [
            other.file
            for place, other in enumerate(verdicts)
            if place != number and logs[number] and logs[place] == logs[number] and other.sha256 != verdict.sha256
        ]
        if theirs:
            flags[number].append(_("Its log is that of {others}.").format(others=", ".join(sorted(theirs))))


def _write(entries: list[Entry], skipped: Sequence[str], out: Path, exam: Exam) -> None:
    for entry in entries:
        write_text(out / entry.page, pages.page(entry.verdict, exam.pictures))
    tables.write(out / "grades.csv", [_row(entry, exam) for entry in entries])
    write_text(out / "summary.html", pages.summary(entries, [printable(name) for name in skipped]))


def _row(entry: Entry, exam: Exam) -> dict[str, str | float | None]:
    verdict, score = entry.verdict, entry.verdict.score
    return {
        "file": verdict.file,
        "learner": verdict.name,
        "verdict": verdict.verdict,
        "score": round(score.accuracy, 4) if score else None,
        "margin": round(score.margin, 4) if score else None,
        "distinction": verdict.distinction if score else None,
        "belt": round(verdict.belt_score.accuracy, 4) if verdict.belt_score else None,
        "rounds": entry.rounds if verdict.rounds else None,
        "cost": round(verdict.cost, 2) if verdict.cost is not None else None,
        "rotten_threshold": verdict.rotten_threshold,
        "attempts": entry.attempts,
        "open_split": round(verdict.open_score.accuracy, 4) if verdict.open_score else None,
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
