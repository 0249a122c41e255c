"""The verdict as HTML: one file that needs nothing else, readable with a screen reader, without a script.

Usage: ``write_text(path, page(verdict, test_set))``. Jinja escapes everything that is filled in, and the page's own
policy forbids scripts and every address. A learner's page says nothing about other learners.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from course.grading import advice, rounds, screen
from course.grading.contract import CLASSES, THRESHOLD, in_words
from course.grading.grade import Verdict, versions
from course.grading.pictures import TestSet
from course.grading.scoring import Score, log_probabilities
from course.messages import _, language

if TYPE_CHECKING:
    from course.grading.classroom import Entry

SHOWN = 6
"""How many of the wrong images a page shows."""


def _questions() -> tuple[str, str]:
    """The two questions in words, in the learner's language."""
    return (
        _("Which decision moved the belt most, and how do you know?"),
        _("Which number do you trust least, and why?"),
    )


def page(verdict: Verdict, test_set: TestSet) -> str:
    """The page of one submission."""
    score = verdict.score
    unanswered = score is not None and bool(score.confusion[:, -1].any())
    own = ((_("submission: {name}").format(name=name), number) for name, number in verdict.versions.items())
    return _render(
        "page.html",
        verdict=verdict,
        score=score,
        headline=screen.headline(verdict),
        advice=score and advice.of(verdict),
        facts=score and screen.second_edition(verdict, test_set),
        log=rounds.cells_of(verdict.rounds) if verdict.rounds else [],
        questions=list(zip(_questions(), verdict.answers, strict=False)),
        columns=(*map(in_words, CLASSES), *([_("no answer")] if unanswered else [])),
        rows=score and _rows(score, unanswered),
        wrong=score and _wrong(verdict, score, test_set),
        count=len(test_set),
        test_set=test_set.sha256,
        isolation=screen.isolation(verdict),
        versions=[*versions(verdict.interpreter).items(), *own],
    )


def summary(entries: Sequence[Entry], skipped: Sequence[str] = ()) -> str:
    """The page of a class, which is the instructor's; `skipped` names what was not taken for a submission."""
    graded = [entry.verdict.score for entry in entries if entry.verdict.score]
    passed = sum(score.passed for score in graded)
    text = _("{count} submissions: {passed} passed, {failed} below {threshold}, {broken} refused or broken")
    headline = text.format(
        count=len(entries),
        passed=passed,
        failed=len(graded) - passed,
        threshold=THRESHOLD,
        broken=len(entries) - len(graded),
    )
    return _render(
        "summary.html",
        headline=headline,
        bins=_bins([score.accuracy for score in graded]),
        hard=_hard(graded),
        entries=entries,
        skipped=skipped,
    )


def _render(template: str, **values: Any) -> str:
    folder = Path(__file__).with_name("templates")
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    return environment.get_template(template).render(_=_, language=language(), **values)


def _rows(score: Score, unanswered: bool) -> list[dict[str, Any]]:
    counts = score.confusion if unanswered else score.confusion[:, :-1]
    return [
        {"name": in_words(name), "place": place, "counts": counts[place].tolist(), "recall": score.recall[name]}
        for place, name in enumerate(CLASSES)
    ]


def _wrong(verdict: Verdict, score: Score, test_set: TestSet) -> list[dict[str, str]]:
    sure = np.exp(log_probabilities(verdict.outputs))
    shown = []
    for number in score.worst[:SHOWN]:
        answer = int(score.answers[number])
        predicted = in_words(CLASSES[answer]) if answer >= 0 else _("no answer")
        text = _("Shows {label}; predicted: {predicted}, {sure:.0%} sure")
        values = {"label": in_words(CLASSES[score.labels[number]]), "sure": float(sure[number].max())}
        shown.append({"data": _jpeg(test_set.images[number]), "text": text.format(predicted=predicted, **values)})
    return shown


def _jpeg(image: np.ndarray) -> str:
    data = io.BytesIO()
    Image.fromarray(image).save(data, "JPEG", quality=80)
    return base64.b64encode(data.getvalue()).decode()


def _bins(accuracies: list[float]) -> list[dict[str, Any]]:
    """Counts in steps of .05 from the lowest to 1."""
    if not accuracies:
        return []
    first = int(min(accuracies) * 20 + 1e-9)
    counts = [0] * (20 - min(first, 19))
    for accuracy in accuracies:
        counts[min(int(accuracy * 20 + 1e-9), 19) - min(first, 19)] += 1
    return [
        {"label": f"{start / 20:.2f} – {(start + 1) / 20:.2f}", "count": count, "width": 20 * count / max(counts)}
        for start, count in enumerate(counts, start=min(first, 19))
    ]


def _hard(scores: list[Score]) -> list[tuple[str, float]]:
    means = (
        {in_words(name): float(np.mean([score.recall[name] for score in scores])) for name in CLASSES} if scores else {}
    )
    return sorted(means.items(), key=lambda one: one[1])
