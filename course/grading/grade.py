"""One submission from its file to a verdict.

Usage: ``verdict = grade(path, test_set)``; it raises nothing, whatever the file is.
"""

from __future__ import annotations

import base64
import contextlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from course.files import printable
from course.grading import advice, process, scoring, submission
from course.grading.contract import CLASSES, THRESHOLD, SubmissionError
from course.grading.pictures import TestSet, join
from course.messages import CourseError, _

PASSED, FAILED, REFUSED, ERROR = "passed", "failed", "refused", "error"
Predict = Callable[[bytes], process.Answers]
"""What runs a flatbuffer on images that it knows."""
EXIT_CODES = {PASSED: 0, FAILED: 1, REFUSED: 2, ERROR: 2}


@dataclass(frozen=True, eq=False)
class Verdict:
    """What became of one submission.

    Attributes:
        file: its name, as a person finds it.
        verdict: PASSED, FAILED, REFUSED (the submission's fault) or ERROR (the grader's).
        reason: a sentence where it is one of the last two, else ''.
        sha256: of the file; '' where it was not read.
        name, edition, results, versions, network: what the submission claims, see
            :class:`course.grading.submission.Submission`.
        outputs: what the network answered, float32 (N, 6).
        score: what these are worth.
        open_outputs: the answers to the images of the open split, where they were asked for; open_score likewise.
        isolation: the means that held while the network ran; attempts: what it was then refused.
        interpreter: the package that ran it.
        seconds: how long the network took.
    """

    file: str
    verdict: str
    reason: str = ""
    sha256: str = ""
    name: str = ""
    edition: str = ""
    results: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    network: Mapping[str, float] = field(default_factory=dict)
    outputs: np.ndarray | None = None
    score: scoring.Score | None = None
    open_outputs: np.ndarray | None = None
    open_score: scoring.Score | None = None
    isolation: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()
    interpreter: str = ""
    seconds: float = 0.0

    @property
    def who(self) -> str:
        """The learner's name, else the file's."""
        return self.name or self.file

    def scored(self, test_set: TestSet, opened: TestSet | None) -> Verdict:
        """This verdict with what its outputs are worth on the sets that gave them."""
        score = None if self.outputs is None else scoring.judge(self.outputs, test_set.labels)
        known = opened is not None and self.open_outputs is not None
        return replace(self, score=score, open_score=scoring.judge(self.open_outputs, opened.labels) if known else None)


def grade(
    path: Path,
    test_set: TestSet,
    opened: TestSet | None = None,
    limits: process.Limits | None = None,
    name: str = "",
    predict: Predict | None = None,
) -> Verdict:
    """Judge the submission at `path`.

    Args:
        path: a zip of ``run_assessment``, or a bare flatbuffer.
        test_set: what it is scored on.
        opened: images that every learner has, to compare with; they are shuffled in among the others.
        limits: what it may take.
        name: what to call the file; else its own name.
        predict: runs it on the images of `test_set`, then those of `opened`; else a process on this machine does.
    """
    verdict = Verdict(printable((name or Path(path).name)[:200]), ERROR)
    try:
        given = submission.read(Path(path))
        claims = {key: getattr(given, key) for key in ("sha256", "name", "edition", "results", "versions", "network")}
        verdict = replace(verdict, **claims)
        if predict is None:
            pictures = test_set if opened is None else join(test_set, opened)
            answers = process.predict(given.model, pictures.images, limits)
        else:
            answers = predict(given.model)
    except SubmissionError as error:
        return replace(verdict, verdict=REFUSED, reason=error.reason)
    except CourseError as error:
        return replace(verdict, reason=str(error))
    except Exception as error:  # a fault of the grader must not stop a class
        text = _("The grader failed on it ({reason}); that is a fault of the grader, not of the submission.")
        return replace(verdict, reason=text.format(reason=type(error).__name__))
    verdict = replace(
        verdict,
        outputs=answers.outputs[: len(test_set)],
        open_outputs=None if opened is None else answers.outputs[len(test_set) :],
        isolation=answers.isolation.active,
        attempts=answers.isolation.refused,
        interpreter=answers.isolation.interpreter,
        seconds=answers.seconds,
    ).scored(test_set, opened)
    return replace(verdict, verdict=PASSED if verdict.score.passed else FAILED)


def as_json(verdict: Verdict, test_set: TestSet) -> dict[str, Any]:
    """The verdict for other programs; what was not judged is null.

    Rows of ``confusion`` are true classes, columns answers, the last of them “no answer”. ``test_set`` names the
    images, ``published`` tells how many of their files lie in the course, where every learner has them.
    """
    score = verdict.score
    return {
        "file": verdict.file,
        "sha256": verdict.sha256,
        "name": verdict.name,
        "verdict": verdict.verdict,
        "threshold": THRESHOLD,
        "score": score and score.accuracy,
        "interval": score and list(score.interval),
        "margin": score and score.margin,
        "confusion": score and score.confusion.tolist(),
        "per_class": score and score.recall,
        "advice": score and advice.advise(score, verdict.results, verdict.network),
        "reason": verdict.reason,
        "isolation": list(verdict.isolation),
        "refused_when_tried": list(verdict.attempts),
        "classes": list(CLASSES),
        "pictures": len(test_set),
        "test_set": test_set.sha256,
        "published": test_set.published,
        "edition": verdict.edition,
        "seconds": round(verdict.seconds, 2),
        "versions": {"submission": dict(verdict.versions), "grader": versions(verdict.interpreter)},
    }


def versions(*packages: str) -> dict[str, str]:
    """Versions of Python, numpy and `packages` here; what only a cluster's worker has is left out."""
    found = {"python": platform.python_version()}
    for name in filter(None, ("numpy", *packages)):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def to_record(verdict: Verdict) -> dict[str, Any]:
    """`verdict` without its scores, as JSON from which :func:`from_record` makes it again."""
    record = {key: value for key, value in vars(verdict).items() if key not in ("score", "open_score")}
    for key in ("outputs", "open_outputs"):
        values = record[key]
        record[key] = None if values is None else base64.b64encode(values.astype("<f4").tobytes()).decode()
    return record


def from_record(record: dict[str, Any], test_set: TestSet, opened: TestSet | None = None) -> Verdict:
    """The verdict that :func:`to_record` was given. Raises ValueError, KeyError or TypeError on anything else."""
    values = dict(record)
    for key in ("outputs", "open_outputs"):
        if values[key] is not None:
            data = base64.b64decode(values[key], validate=True)
            values[key] = np.frombuffer(data, "<f4").astype(np.float32).reshape(-1, len(CLASSES))
    for key in ("isolation", "attempts"):
        values[key] = tuple(values[key])
    return Verdict(**values).scored(test_set, opened)
