"""What to try next, derived from what a network got wrong and from what its submission says about it.

Usage: ``sentences = of(verdict)``, or ``advise(score, results, network)`` for a score alone. Each rule speaks only
where its evidence is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from course.grading.contract import CLASSES, FORMAT, ROUNDS, THRESHOLD
from course.grading.rounds import counted, enough
from course.grading.scoring import Score
from course.messages import _

if TYPE_CHECKING:
    from course.grading.grade import Verdict

NEAR_ZERO = 0.2
FAR = 0.08
FROZEN_SHARE = 0.1
NARROW = 16


def of(verdict: Verdict) -> list[str]:
    """Sentences for the learner on a graded submission: on its score, then on its log and the belt."""
    short = verdict.format >= FORMAT and not enough(verdict.rounds)
    # nobody is told “passed” whose log does not pass
    sentences = [] if short and verdict.score.passed else advise(verdict.score, verdict.results, verdict.network)
    if short:
        text = _("Rounds in the log that changed one thing: {count} of the {needed} needed to pass.")
        sentences.append(text.format(count=counted(verdict.rounds), needed=ROUNDS))
    belt = verdict.belt_score  # none in the first edition's format
    if belt is not None and not (short and belt.passed):
        sentences.append(_on_belt(belt))
    return sentences


def _on_belt(score: Score) -> str:
    """On the belt: distinction, or what is in its way."""
    if score.passed:
        high = _(
            "On the belt {score:.3f} are right: enough for a distinction; on as many other images it could be"
            " anywhere from {low:.3f} to {high:.3f}."
        )
        return high.format(score=score.accuracy, low=score.interval[0], high=score.interval[1])
    low = _("On the belt {score:.3f} are right; a distinction needs {threshold:.2f}.")
    low = low.format(score=score.accuracy, threshold=THRESHOLD)
    fresh = [place for place, name in enumerate(CLASSES) if name.startswith("fresh")]
    missed = int(sum(score.confusion[place + len(fresh), place] for place in fresh))
    alarms = int(sum(score.confusion[place, place + len(fresh)] for place in fresh))
    wrong = int(score.confusion.sum() - np.trace(score.confusion[:, :-1]))
    if missed > wrong / 2:
        why = _("Most errors there are rotten fruit taken for fresh.")
    elif alarms > wrong / 2:
        why = _("Most errors there are fresh fruit taken for rotten.")
    else:
        why = _("The errors there are of several kinds.")
    return " ".join([low, why, _("If you go on, decide by belt/valid, not by this score.")])


def advise(score: Score, results: Mapping[str, float], network: Mapping[str, float]) -> list[str]:
    """Sentences for the learner, the most telling first; at most three.

    Args:
        score: of the submission.
        results: figures that it claims, of these ``train_accuracy``.
        network: what it claims about its network: ``parameters``, ``trainable_parameters``, ``narrowest_hidden``.
    """
    if score.passed:
        return [_praise(score)]
    for first in (_no_answers, _one_answer, _other_order):  # each explains all the rest
        if sentence := first(score):
            return [sentence]
    rules = (_missing_class, _overfitted, _frozen, _narrow, _fruit_or_state)
    found = [rule(score, results, network) for rule in rules]
    sentences = [sentence for sentence in found if sentence][:3]
    return sentences or [_("Errors are spread over all classes: train longer, or on more augmented copies.")]


def _praise(score: Score) -> str:
    if score.interval[0] < THRESHOLD:
        text = _("Passed; on as many other images it could be anywhere from {low:.3f} to {high:.3f}.")
        return text.format(low=score.interval[0], high=score.interval[1])
    return _("Passed, and more clearly than chance could explain.")


def _no_answers(score: Score) -> str:
    missing = int(score.confusion[:, -1].sum())
    if not missing:
        return ""
    text = _("For {count} images the outputs are not numbers (NaN or infinite): lower the learning rate.")
    return text.format(count=missing)


def _one_answer(score: Score) -> str:
    counts = score.confusion[:, :-1].sum(axis=0)
    if counts.max() < 0.97 * max(counts.sum(), 1):
        return ""
    text = _(
        "Nearly every image is taken for {name}: the network does not see what it was trained on. Check that"
        " preprocessing is inside the model, and only once."
    )
    return text.format(name=CLASSES[int(counts.argmax())])


def _other_order(score: Score) -> str:
    """Whether the outputs would pass in another order."""
    square = score.confusion[:, :-1]
    places = range(len(CLASSES))
    best = max(permutations(places), key=lambda order: sum(int(square[place, order[place]]) for place in places))
    share = sum(int(square[place, best[place]]) for place in places) / max(int(score.confusion.sum()), 1)
    if share < THRESHOLD or best == tuple(places):
        return ""
    text = _("In another order of the six outputs {share:.3f} would be right: they have to be in alphabetical order.")
    return text.format(share=share)


def _missing_class(score: Score, _results: Mapping, _network: Mapping) -> str:
    name = min(score.recall, key=score.recall.get)
    if score.recall[name] > NEAR_ZERO:
        return ""
    row = score.confusion[CLASSES.index(name), :-1].copy()
    row[CLASSES.index(name)] = 0
    text = _("{name} is hardly ever found ({recall:.2f}), mostly taken for {other}: look at its training images.")
    return text.format(name=name, recall=score.recall[name], other=CLASSES[int(row.argmax())])


def _overfitted(score: Score, results: Mapping[str, float], _network: Mapping) -> str:
    trained = results.get("train_accuracy")
    if trained is None or not score.accuracy + FAR < trained <= 1:
        return ""
    text = _("In training it had {trained:.3f}, here {here:.3f}: it overfits. More augmentation, more dropout.")
    return text.format(trained=trained, here=score.accuracy)


def _frozen(_score: Score, _results: Mapping, network: Mapping[str, float]) -> str:
    total, trained = network.get("parameters", 0), network.get("trainable_parameters", 0)
    if total < 1_000_000 or trained >= FROZEN_SHARE * total:
        return ""
    text = _("Only {trained:,.0f} of {total:,.0f} parameters could learn: fine-tune the last blocks of the backbone.")
    return text.format(trained=trained, total=total)


def _narrow(_score: Score, _results: Mapping, network: Mapping[str, float]) -> str:
    width = network.get("narrowest_hidden")
    if width is None or width >= NARROW:
        return ""
    return _("A hidden layer of the head has only {width:.0f} units: too few to tell six classes.").format(width=width)


def _fruit_or_state(score: Score, _results: Mapping, _network: Mapping) -> str:
    """Whether most errors mix up fresh and rotten of one fruit, or the fruits."""
    square = score.confusion[:, :-1]
    wrong = int(square.sum() - np.trace(square))
    half = len(CLASSES) // 2
    state = sum(int(square[place, (place + half) % len(CLASSES)]) for place in range(len(CLASSES)))
    if wrong < 5:
        return ""
    if state >= 0.6 * wrong:
        return _("Most errors mix up fresh and rotten: the marks are small, so zoom and blur little in augmentation.")
    if state <= 0.2 * wrong:
        return _("Most errors mix up the fruits, not fresh and rotten: train the head longer, or fine-tune more.")
    return ""
