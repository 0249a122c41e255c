"""What a network's answers are worth.

Usage: ``score = judge(outputs, labels)``. The largest of the six numbers counts, so softmax and logits do equally; an
answer with a number that is not finite is no answer, and wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from course.grading.contract import CLASSES, ROTTEN_SHARE, SOLD_ROTTEN, THRESHOLD, THROWN_FRESH

NO_ANSWER = -1
SAME_RESIDUAL, SAME_ORDERS = 0.05, 0.985
"""What counts as the same network, see :func:`same_network`."""
_CLIPPED = math.log(1e-6)


@dataclass(frozen=True, eq=False)
class Score:
    """What :func:`judge` found.

    Attributes:
        accuracy: share of right answers.
        interval: 95 % confidence interval of the accuracy (Wilson, 1927): what so few images can tell.
        confusion: int64, (6, 7); rows are the true classes, columns the answers, the last one “no answer”.
        recall: share of each class that was found, by name.
        answers: int64, (N,), places in CLASSES, or NO_ANSWER.
        worst: numbers of the wrong images, the one answered with the greatest confidence first.
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


def cost(outputs: np.ndarray, labels: np.ndarray, threshold: float) -> float:
    """What a thousand fruits cost on average if those above `threshold`, a probability of rotten, are thrown away.

    Args:
        outputs: float32 (N, 6), softmax or logits.
        labels: (N,); both fresh and rotten classes.
        threshold: of the sum of the three rotten probabilities.
    """
    rotten = np.array([name.startswith("rotten") for name in CLASSES])
    is_rotten = rotten[labels]
    thrown = np.exp(log_probabilities(outputs))[:, rotten].sum(axis=1) > threshold
    missed, lost = float(np.mean(~thrown[is_rotten])), float(np.mean(thrown[~is_rotten]))
    return 1000 * (ROTTEN_SHARE * missed * SOLD_ROTTEN + (1 - ROTTEN_SHARE) * lost * THROWN_FRESH)


def same_network(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two networks answered so alike that one is most likely a copy of the other.

    Two ways to compare their answers, (N, 6), to images that neither has seen. Either finds the same weights packed
    anew; the first survives a change of scale or of the biases, the second any change that keeps the order of the six
    numbers. Networks that differ in nothing but the seed of their training left .18 or more of the first, and shared
    .96 or less of the second (EfficientNet-Lite0, frozen, on the embedded fruit).
    """
    one, other = log_probabilities(first), log_probabilities(second)
    if min(one.std(axis=0).max(), other.std(axis=0).max()) < 1e-3:  # always the same answer, which tells nothing
        return False
    return _unexplained(one, other) <= SAME_RESIDUAL or _same_orders(first, second) >= SAME_ORDERS


def _unexplained(one: np.ndarray, other: np.ndarray) -> float:
    """The part of `other` that no scale and no shift of each class makes of `one`; 1 where too little can be compared.

    Both are log probabilities, taken relative to the class that `one` prefers; what was clipped is left out.
    """
    rows = np.arange(len(one))
    top = one.argmax(axis=1)
    usable = (one > _CLIPPED) & (other > _CLIPPED)
    usable[rows, top] = False
    row, column = np.nonzero(usable & usable.any(axis=1)[:, None])
    if len(row) < len(one):
        return 1.0
    wanted = other[row, column] - other[row, top[row]]
    shifts = np.eye(len(CLASSES))
    columns = np.c_[one[row, column] - one[row, top[row]], shifts[column] - shifts[top[row]]]
    # Seven by seven: a system with a row for each number starts threads that a busy machine waits for, pair after pair.
    left = wanted - columns @ np.linalg.lstsq(columns.T @ columns, columns.T @ wanted, rcond=None)[0]
    return float(np.abs(left).mean() / np.abs(wanted - wanted.mean()).mean())


def _same_orders(first: np.ndarray, second: np.ndarray) -> float:
    """Share of the 15 pairs of numbers of each image that stand in the same order; 0 where more than half are equal."""
    upper, lower = np.triu_indices(len(CLASSES), 1)
    with np.errstate(invalid="ignore"):  # infinite minus infinite
        one, other = (np.sign(values[:, upper] - values[:, lower]) for values in (first, second))
    known = np.isfinite(one) & np.isfinite(other) & (one != 0) & (other != 0)
    return float((one == other)[known].mean()) if 2 * known.sum() >= known.size else 0.0


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` trials (E. B. Wilson, JASA 22, 1927)."""
    z = 1.96
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (max((middle - half) / (1 + z * z / count), 0.0), min((middle + half) / (1 + z * z / count), 1.0))


def _share(part: int, whole: int) -> float:
    return float(part / whole) if whole else 0.0
