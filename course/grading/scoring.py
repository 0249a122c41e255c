"""What a network's answers are worth.

Usage: ``score = judge(outputs, labels)``. The largest of the six numbers counts, so softmax and logits do equally; an
answer with a number that is not finite is no answer, and wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from course.grading.contract import CLASSES, THRESHOLD

NO_ANSWER = -1


@dataclass(frozen=True, eq=False)
class Score:
    """What :func:`judge` found.

    Attributes:
        accuracy: share of right answers.
        interval: 95 % confidence interval of the accuracy (Wilson, 1927): what so few pictures can tell.
        confusion: int64, (6, 7); rows are the true classes, columns the answers, the last one “no answer”.
        recall: share of each class that was found, by name.
        answers: int64, (N,), places in CLASSES, or NO_ANSWER.
        worst: numbers of the wrong pictures, the one answered with the greatest confidence first.
        labels: int64, (N,).
    """

    accuracy: float
    interval: tuple[float, float]
    confusion: np.ndarray
    recall: dict[str, float]
    answers: np.ndarray
    worst: tuple[int, ...]
    labels: np.ndarray

    @property
    def margin(self) -> float:
        """How far above (or, negative, below) the threshold the accuracy is."""
        return self.accuracy - THRESHOLD

    @property
    def passed(self) -> bool:
        """Whether the accuracy reaches the threshold."""
        return self.accuracy >= THRESHOLD


def judge(outputs: np.ndarray, labels: np.ndarray) -> Score:
    """Compare `outputs`, float32 (N, 6), with `labels`, (N,)."""
    finite = np.isfinite(outputs).all(axis=1)
    answers = np.where(finite, np.where(finite[:, None], outputs, 0).argmax(axis=1), NO_ANSWER)
    right = answers == labels
    confusion = np.zeros((len(CLASSES), len(CLASSES) + 1), np.int64)
    np.add.at(confusion, (labels, answers), 1)  # NO_ANSWER, -1, is the last column
    counts = confusion.sum(axis=1)
    recall = {name: _share(confusion[place, place], counts[place]) for place, name in enumerate(CLASSES)}
    confidence = log_probabilities(outputs).max(axis=1)
    wrong = np.flatnonzero(~right)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")]
    accuracy = float(right.mean())
    return Score(accuracy, wilson(accuracy, len(labels)), confusion, recall, answers, tuple(worst.tolist()), labels)


def log_probabilities(outputs: np.ndarray) -> np.ndarray:
    """Logarithms of the six probabilities, float64 (N, 6), from softmax outputs or from logits; 0 for no answer.

    Outputs that are all between 0 and 1 and sum to 1 are probabilities; any others are taken as logits.
    """
    values = np.where(np.isfinite(outputs).all(axis=1)[:, None], outputs, 0).astype(np.float64)
    softmax = (values >= 0).all() and np.allclose(values.sum(axis=1)[values.any(axis=1)], 1, atol=1e-3)
    values = np.log(np.clip(values, 1e-7, None)) if softmax else values - values.max(axis=1, keepdims=True)
    return np.clip(values - np.log(np.exp(values).sum(axis=1, keepdims=True)), math.log(1e-7), None)


def same_network(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two networks answered so alike that their weights must be the same, however they were packed.

    Two trainings never agree on the probabilities of hundreds of pictures; softmax or logits, float16 or float32 change
    them by less than a hundredth.
    """
    one, other = log_probabilities(first), log_probabilities(second)
    if one.std(axis=0).max() < 1e-3:  # always the same answer, which tells nothing
        return False
    return float(np.abs(one - other).mean()) <= 0.01 * float(np.abs(one - one.mean(axis=0)).mean())


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` trials (E. B. Wilson, JASA 22, 1927)."""
    z = 1.96
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (max((middle - half) / (1 + z * z / count), 0.0), min((middle + half) / (1 + z * z / count), 1.0))


def _share(part: int, whole: int) -> float:
    return float(part / whole) if whole else 0.0
