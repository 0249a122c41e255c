"""What a certificate says.

Usage: ``Statement.on_pass(name, score, pictures, …)``; ``canonical(statement.as_dict())`` are the bytes to be signed.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

COURSE = "Fundamentals of Deep Learning"
EDITIONS = ("embedded", "real")
"""Editions of the data that the course knows; a submission that names any other has ``other``."""
MAX_NAME = 100
"""Most characters of a name that are kept, as in a submission."""
MAX_MARKS = 2
"""Most combining marks on one letter; more would run over the lines above and below."""

_BLANKS = "\u2800\u3164\uffa0"
"""A letter of Braille and two of Hangul that show nothing but take room."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Fillers and selectors of variants, which Unicode counts among letters, marks and symbols."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SIGNED_AS = {"submission": "hand_in"}
"""The name of a field in what is signed, where it is another: the first edition's, by which old seals stay valid."""


@dataclass(frozen=True)
class Statement:
    """What a certificate says, and what an instructor signs.

    Attributes:
        name: the learner's, clean (:func:`clean`); '' where nobody is named.
        score: share of the test images that were right, with four digits.
        threshold: the share that passes.
        pictures: how many test images there were.
        date: the day of issue, ``2026-11-23``.
        course: the course's name.
        edition: of the data that the network was trained on, as the submission says: ``embedded``, ``real`` or
            ``other``.
        test_set: SHA-256 of the test images with their labels, hexadecimal.
        submission: SHA-256 of the submission, hexadecimal.
    """

    name: str
    score: float
    threshold: float
    pictures: int
    date: str
    course: str
    edition: str
    test_set: str
    submission: str

    @classmethod
    def on_pass(
        cls, name: str, score: float, threshold: float, pictures: int, edition: str, test_set: str, submission: str
    ) -> Statement:
        """The statement of today on a submission that passed.

        Raises:
            ValueError: a value that no certificate can have: it did not pass, or a digest is not one.
        """
        edition = edition if edition in EDITIONS else "other"
        values = (round(float(score), 4), float(threshold), int(pictures), date.today().isoformat(), COURSE, edition)
        statement = cls(clean(name), *values, test_set, submission)
        statement._check()
        return statement

    @classmethod
    def from_dict(cls, values: Any) -> Statement:
        """The statement that :meth:`as_dict` gave. Raises ValueError on anything else."""
        named = {_SIGNED_AS.get(field.name, field.name): field.name for field in fields(cls)}
        if not isinstance(values, dict) or values.keys() != named.keys():
            raise ValueError("not the fields of a certificate")
        statement = cls(**{named[name]: value for name, value in values.items()})
        if not (isinstance(statement.name, str) and len(statement.name) <= MAX_NAME):
            raise ValueError("no name")
        statement._check()
        return statement

    def as_dict(self) -> dict[str, Any]:
        """The fields by the names under which they are signed."""
        return {_SIGNED_AS.get(name, name): value for name, value in asdict(self).items()}

    @property
    def code(self) -> str:
        """Names the submission, for people: the first twelve digits of its SHA-256."""
        return grouped(self.submission[:12])

    def _check(self) -> None:
        numbers = (self.score, self.threshold, self.pictures)
        if any(isinstance(number, bool) or not isinstance(number, (int, float)) for number in numbers):
            raise ValueError("not a number")
        if not 0 < self.threshold <= self.score <= 1 or self.pictures < 1:
            raise ValueError("not a pass")
        if not all(isinstance(text, str) and _SHA256.fullmatch(text) for text in (self.test_set, self.submission)):
            raise ValueError("not a digest")
        if self.course != COURSE or self.edition not in (*EDITIONS, "other"):
            raise ValueError("another course, or another edition")
        if not isinstance(self.date, str) or date.fromisoformat(self.date).isoformat() != self.date:
            raise ValueError("no day")


def clean(name: str) -> str:
    """`name` on one line, without what controls a terminal, hides, or turns the direction of writing.

    Composed (NFC), so that Hangul is in syllables; at most :data:`MAX_NAME` characters; '' without a letter or a digit.
    """
    letters, marks = [], 0
    for letter in unicodedata.normalize("NFC", "".join(map(_seen, _UNSEEN.sub("", name[: 10 * MAX_NAME])))):
        marks = marks + 1 if unicodedata.category(letter) == "Mn" else 0
        if marks <= MAX_MARKS:
            letters.append(letter)
    found = " ".join("".join(letters).split())[:MAX_NAME].strip()
    return found if any(unicodedata.category(letter)[0] in "LN" for letter in found) else ""


def _seen(letter: str) -> str:
    """`letter`, or a blank in place of one that parts lines or words, or nothing in place of one that is not seen."""
    kind = unicodedata.category(letter)
    if kind == "Cc" or kind.startswith("Z") or letter in _BLANKS:
        return " "
    return "" if kind.startswith("C") else letter


def canonical(values: dict[str, Any]) -> bytes:
    """`values` as the one JSON that everybody makes of them: sorted keys, no blanks, UTF-8. ValueError on NaN."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def grouped(digits: str) -> str:
    """Hexadecimal digits in fours, as people compare them: ``9F2C-01AB``."""
    return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4)).upper()
