"""What ``python -m course grade`` wrote, as certificates are issued from it.

Usage: ``rows = read(Path("grades/grades.csv"))``, or the JSON of one submission or of a class; ``statement_of(row)``
gives what the certificate says, or says why there is none.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.files import printable, shown
from course.grading.certificates.statement import Statement, clean
from course.grading.contract import CLASSES, FEWEST, THRESHOLD
from course.grading.grade import PASSED
from course.grading.tables import plain
from course.messages import CourseError, _

MAX_BYTES = 50 * 2**20
"""Largest file that is read."""
_TEXTS = {"file": "file", "name": "learner", "verdict": "verdict", "sha256": "sha256", "edition": "edition",
          "test_set": "test_set"}  # fmt: skip
"""What is read, and what the column of it is called in ``grades.csv``."""


@dataclass(frozen=True)
class Row:
    """One submission as it was graded.

    Attributes:
        file, name, verdict, sha256, edition, test_set: as the grader wrote them.
        score, threshold, pictures: likewise; 0 where they are missing.
        published: how many of the test images lie in the course; None where the grader did not say.
        flags: what a person should look at.
        distinction: as the grader wrote it; False where it did not say, as in the first edition.
    """

    file: str
    name: str
    verdict: str
    sha256: str
    edition: str
    test_set: str
    score: float
    threshold: float
    pictures: int
    published: int | None
    flags: str
    distinction: bool = False

    @property
    def who(self) -> str:
        """The learner's name, else the file's; harmless to print."""
        return clean(self.name) or clean(self.file)


class NoCertificate(Exception):
    """Why one submission gets no certificate; its text is a clause."""


def read(path: Path) -> list[Row]:
    """The submissions in a ``grades.csv``, or in the JSON of one submission or of a class.

    Raises:
        CourseError: it is not there, or nothing that the grader wrote.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        text = _("{path} cannot be read ({reason}); name the JSON or the grades.csv of `python -m course grade`.")
        raise CourseError(text.format(path=shown(path), reason=error.strerror)) from error
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("too large")
        text = data.decode("utf-8-sig")
        rows = _from_json(text) if text.lstrip()[:1] in ("{", "[") else _from_csv(text)
        if not rows:
            raise ValueError("no submission")
        return rows
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, csv.Error) as error:
        text = _("{path} is not what `python -m course grade` writes; grade again, with --json FILE or --out DIR.")
        raise CourseError(text.format(path=shown(path))) from error


def _from_json(text: str) -> list[Row]:
    values = json.loads(text)
    return [
        _row({name: one[name] for name in _TEXTS}, one, " ".join(one.get("flags", [])))
        for one in (values if isinstance(values, list) else [values])
    ]


def _from_csv(text: str) -> list[Row]:
    return [
        _row({name: plain(one[column]) for name, column in _TEXTS.items()}, one, plain(one["flags"]))
        for one in csv.DictReader(io.StringIO(text, newline=""))
    ]


def _row(texts: dict[str, str], numbers: Mapping[str, Any], flags: str) -> Row:
    if not all(isinstance(value, str) for value in texts.values()):
        raise ValueError("not a text")
    published = numbers["published"]
    return Row(
        **texts,
        score=float(numbers["score"] or 0),
        threshold=float(numbers["threshold"] or 0),
        pictures=int(numbers["pictures"] or 0),
        published=None if published in ("", None) else int(published),
        flags=flags,
        distinction=numbers.get("distinction") in (True, "True"),
    )


def statement_of(row: Row, flagged: bool = False) -> Statement:
    """What the certificate of `row` says.

    Args:
        row: one submission.
        flagged: whether a person has looked at what the grader flagged.

    Raises:
        NoCertificate: it did not pass, or on images that learners have, or on too few; it names nobody, or is flagged.
    """
    if row.verdict != PASSED or not row.score >= row.threshold or row.threshold < THRESHOLD:
        raise NoCertificate(_("below the threshold, or not graded"))
    if row.published is None or row.published > 0:
        raise NoCertificate(_("graded on images that lie in the course, which anybody can learn; use --test-set"))
    if row.pictures < FEWEST * len(CLASSES):
        reason = _("graded on {count} images; a certificate takes {fewest} or more")
        raise NoCertificate(reason.format(count=row.pictures, fewest=FEWEST * len(CLASSES)))
    if not clean(row.name):
        raise NoCertificate(_("the submission names nobody; write the name into the graded file"))
    if row.flags and not flagged:
        reason = _("flagged by the grader ({flags}); look at it, then say --flagged, which asks for each")
        raise NoCertificate(reason.format(flags=printable(row.flags)))
    values = (row.name, row.score, row.threshold, row.pictures, row.edition, row.test_set, row.sha256, row.distinction)
    try:
        return Statement.on_pass(*values)
    except ValueError as error:
        raise NoCertificate(_("values that the grader does not write; grade again")) from error
