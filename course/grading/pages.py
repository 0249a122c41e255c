"""The verdict as HTML: one file that needs nothing else, readable with a screen reader, without a script.

Usage: ``write_text(path, page(verdict, test_set))``. Jinja escapes everything that is filled in, and the page's own
policy forbids scripts and every address.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from course.grading import advice, screen
from course.grading.contract import CLASSES, THRESHOLD, in_words
from course.grading.grade import Verdict, versions
from course.grading.pictures import TestSet
from course.grading.scoring import Score, log_probabilities
from course.messages import _, language

SHOWN = 6
"""How many of the wrong pictures a page shows."""


def _environment() -> Environment:
    folder = Path(__file__).with_name("templates")
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    environment.globals.update(_=_, language=language())
    return environment


def page(verdict: Verdict, test_set: TestSet, flags: Sequence[str] = ()) -> str:
    """The page of one hand-in, with what a person should look at."""
    score = verdict.score(test_set)
    unanswered = score is not None and bool(score.confusion[:, -1].any())
    grader = versions(verdict.interpreter)
    return (
        _environment()
        .get_template("page.html")
        .render(
            verdict=verdict,
            score=score,
            flags=flags,
            headline=screen.headline(verdict, score),
            advice=score and advice.advise(score, verdict.results, verdict.network),
            columns=(*map(in_words, CLASSES), *([_("no answer")] if unanswered else [])),
            rows=score and _rows(score, unanswered),
            wrong=score and _wrong(verdict, score, test_set),
            count=len(test_set),
            test_set=test_set.sha256,
            isolation=screen.isolation(verdict),
            versions=[
                *grader.items(),
                *((_("hand-in: {name}").format(name=n), v) for n, v in verdict.versions.items()),
            ],
        )
    )


def summary(entries: Sequence[tuple[Verdict, str, Sequence[str]]], test_set: TestSet) -> str:
    """The page of a class. `entries`: each verdict, the address of its page, and its flags."""
    scores = [(verdict, verdict.score(test_set)) for verdict, _page, _flags in entries]
    graded = [score for _verdict, score in scores if score]
    passed = sum(score.passed for score in graded)
    text = _("{count} hand-ins: {passed} passed, {failed} below {threshold}, {broken} refused or broken")
    headline = text.format(
        count=len(entries),
        passed=passed,
        failed=len(graded) - passed,
        threshold=THRESHOLD,
        broken=len(entries) - len(graded),
    )
    everyone = [
        {
            "who": verdict.who,
            "file": verdict.file,
            "verdict": verdict.verdict,
            "reason": verdict.reason,
            "score": f"{score.accuracy:.3f}" if score else "–",
            "page": address,
            "flags": flags,
        }
        for (verdict, address, flags), (_same, score) in zip(entries, scores, strict=True)
    ]
    return (
        _environment()
        .get_template("summary.html")
        .render(
            headline=headline,
            bins=_bins([score.accuracy for score in graded]),
            hard=_hard(graded),
            broken=[one for one in everyone if one["score"] == "–"],
            flagged=[one for one in everyone if one["flags"]],
            everyone=everyone,
        )
    )


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
        truth, answer = in_words(CLASSES[score.labels[number]]), int(score.answers[number])
        said = in_words(CLASSES[answer]) if answer >= 0 else _("no answer")
        text = _("Shows {truth}; answer: {said}, {sure:.0%} sure").format(
            truth=truth, said=said, sure=float(sure[number].max())
        )
        shown.append({"data": _jpeg(test_set.images[number]), "alt": text, "caption": text})
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
