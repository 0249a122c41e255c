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
from course.grading import advice, process, rounds, scoring, submission
from course.grading.contract import CLASSES, FORMAT, THRESHOLD, SubmissionError
from course.grading.pictures import TestSet
from course.messages import CourseError, _

PASSED, FAILED, REFUSED, ERROR = "passed", "failed", "refused", "error"
Predict = Callable[[bytes], process.Answers]
"""What runs a flatbuffer on images that it knows."""
OUTPUTS = ("outputs", "open_outputs", "belt_outputs")
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
        belt_outputs: the answers to the images of the belt, where the test set has them; belt_score likewise.
        format, rounds, answers, rotten_threshold: what the submission claims, as above.
        cost: of a thousand fruits at that threshold, on the belt's images or, without them, the shop's; it decides
            nothing.
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
    format: int = 1
    rounds: tuple[rounds.Round, ...] = ()
    answers: tuple[str, ...] = ()
    rotten_threshold: float | None = None
    belt_outputs: np.ndarray | None = None
    belt_score: scoring.Score | None = None
    cost: float | None = None

    @property
    def passed(self) -> bool:
        """Whether it passes: by its score and, from format 2 on, by its log."""
        return self.score is not None and self.score.passed and (self.format < FORMAT or rounds.enough(self.rounds))

    @property
    def distinction(self) -> bool:
        """Whether it passes on the belt as well; never in the first edition's format."""
        return self.passed and self.format >= FORMAT and self.belt_score is not None and self.belt_score.passed

    @property
    def who(self) -> str:
        """The learner's name, else the file's."""
        return self.name or self.file

    def scored(self, test_set: TestSet, opened: TestSet | None) -> Verdict:
        """This verdict with what its outputs are worth on the sets that gave them."""
        score = None if self.outputs is None else scoring.judge(self.outputs, test_set.labels)
        known = opened is not None and self.open_outputs is not None
        verdict = replace(
            self, score=score, open_score=scoring.judge(self.open_outputs, opened.labels) if known else None
        )
        return verdict._on_belt(test_set) if self.format >= FORMAT and score else verdict

    def _on_belt(self, test_set: TestSet) -> Verdict:
        """This verdict with what is known of the belt, and with the cost at its threshold."""
        belt = test_set.belt if self.belt_outputs is not None else None
        score = None if belt is None else scoring.judge(self.belt_outputs, belt.labels)
        outputs, labels = (self.outputs, test_set.labels) if belt is None else (self.belt_outputs, belt.labels)
        priced = self.rotten_threshold is not None
        return replace(
            self,
            belt_score=score,
            cost=scoring.cost(outputs, labels, self.rotten_threshold) if priced else None,
        )


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
        claims = {key: value for key, value in vars(given).items() if key != "model"}
        verdict = replace(verdict, **claims)
        if predict is None:
            answers = process.predict(given.model, all_images(test_set, opened), limits)
        else:
            answers = predict(given.model)
    except SubmissionError as error:
        return replace(verdict, verdict=REFUSED, reason=error.reason)
    except CourseError as error:
        return replace(verdict, reason=str(error))
    except Exception as error:  # a fault of the grader must not stop a class
        text = _("The grader failed on it ({reason}); that is a fault of the grader, not of the submission.")
        return replace(verdict, reason=text.format(reason=type(error).__name__))
    shop, belt = len(test_set), len(test_set.belt or ())
    verdict = replace(
        verdict,
        outputs=answers.outputs[:shop],
        belt_outputs=answers.outputs[shop : shop + belt] if belt else None,
        open_outputs=None if opened is None else answers.outputs[shop + belt :],
        isolation=answers.isolation.active,
        attempts=answers.isolation.refused,
        interpreter=answers.isolation.interpreter,
        seconds=answers.seconds,
    ).scored(test_set, opened)
    return replace(verdict, verdict=PASSED if verdict.passed else FAILED)


def all_images(test_set: TestSet, opened: TestSet | None = None) -> np.ndarray:
    """What a network is run on: the images of `test_set`, the belt's among them last, then those of the open split."""
    return test_set.all_images if opened is None else np.concatenate([test_set.all_images, opened.images])


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
        "advice": score and advice.of(verdict),
        "reason": verdict.reason,
        "isolation": list(verdict.isolation),
        "refused_when_tried": list(verdict.attempts),
        "classes": list(CLASSES),
        "pictures": len(test_set),
        "test_set": test_set.sha256,
        "published": test_set.published,
        "edition": verdict.edition,
        "format": verdict.format,
        "distinction": verdict.distinction,
        "belt_score": verdict.belt_score and verdict.belt_score.accuracy,
        "cost": verdict.cost,
        "rotten_threshold": verdict.rotten_threshold,
        "rounds": [vars(row) for row in verdict.rounds],
        "rounds_counted": rounds.counted(verdict.rounds),
        "answers": list(verdict.answers),
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
    derived = ("score", "open_score", "belt_score", "cost")
    record = {key: value for key, value in vars(verdict).items() if key not in derived}
    record["rounds"] = [vars(row) for row in verdict.rounds]
    for key in OUTPUTS:
        values = record[key]
        record[key] = None if values is None else base64.b64encode(values.astype("<f4").tobytes()).decode()
    return record


def from_record(record: dict[str, Any], test_set: TestSet, opened: TestSet | None = None) -> Verdict:
    """The verdict that :func:`to_record` was given. Raises ValueError, KeyError or TypeError on anything else."""
    values = dict(record)
    for key in OUTPUTS:
        if values[key] is not None:
            data = base64.b64decode(values[key], validate=True)
            values[key] = np.frombuffer(data, "<f4").astype(np.float32).reshape(-1, len(CLASSES))
    for key in ("isolation", "attempts", "answers"):
        values[key] = tuple(values[key])
    values["rounds"] = rounds.read(values["rounds"])
    return Verdict(**values).scored(test_set, opened)
