"""Tables of answers to exercises and of what the judges say of them.

Usage::

    @verdicts("05b", ("threshold", {"threshold": 0.34}, "right"), ("threshold", {"threshold": 2}, "between 0 and 1"))
    def test_answers_are_judged(verdict):
        verdict()
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from course.check.exercises import evaluate

Case = tuple[str, dict[str, Any], str]


def verdicts(lesson: str, *cases: Case) -> pytest.MarkDecorator:
    """Parametrize a test by the judging of `cases`: exercise, answers, expected state or words of a "not yet"."""
    judged = [pytest.param(partial(judge, lesson, *case), id=f"{case[0]}-{case[2][:40]}") for case in cases]
    return pytest.mark.parametrize("verdict", judged)


def judge(lesson: str, exercise: str, answers: dict[str, Any], expected: str) -> None:
    """Judge `answers` and compare."""
    feedback = evaluate(f"{lesson}.{exercise}", answers)
    if expected in ("right", "noted", "not attempted", "not yet"):
        assert feedback.state == expected, feedback.sentence
    else:
        assert feedback.state == "not yet" and expected in feedback.sentence, feedback
