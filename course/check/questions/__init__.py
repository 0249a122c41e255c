"""A few questions at the end of each lesson, answered at once and apart from the grade.

Usage, as the last expression of a cell: ``check.quiz("02")``. The questions of a lesson stand in ``lesson_02.py``.
Nothing is stored, sent or counted. Where the front end cannot show the widget, the questions are text, and the answers
open below each of them.
"""

from __future__ import annotations

import html
import importlib
from collections.abc import Sequence
from pathlib import Path

from course.check.questions.question import Answer, Question
from course.messages import CourseError, _
from course.widgets.live import Live


def quiz(number: str) -> Quiz:
    """The questions of the lesson with this number, ``"04a"``, to be shown.

    Raises:
        CourseError: there are none.
    """
    if number not in {path.stem.partition("_")[2] for path in Path(__file__).parent.glob("lesson_*.py")}:
        raise CourseError(_("There are no questions on lesson {number}.").format(number=number))
    return Quiz(importlib.import_module(f"{__name__}.lesson_{number}").questions())


class Quiz(Live):
    """Questions with one right answer each; choosing one says at once why it is right or wrong."""

    name = "quiz"

    def __init__(self, questions: Sequence[Question]) -> None:
        asked = [
            {"text": one.text, "answers": [{"text": a.text, "feedback": _feedback(a)} for a in one.answers]}
            for one in questions
        ]
        super().__init__(_as_html(questions), {"question": _("Question {number}")}, {"questions": asked})


def _feedback(answer: Answer) -> str:
    sign, word = ("✓", _("Right")) if answer.is_right else ("✗", _("Not quite"))
    return f"{sign} {word}: {answer.because}"


def _as_html(questions: Sequence[Question]) -> str:
    return "".join(_question_html(number, question) for number, question in enumerate(questions, 1))


def _question_html(number: int, question: Question) -> str:
    """A question, its answers, and, folded below, what is to be said of each answer."""
    answers = "".join(f"<li>{html.escape(one.text)}</li>" for one in question.answers)
    feedback = "".join(f"<li>{html.escape(_feedback(one))}</li>" for one in question.answers)
    title = html.escape(_("Question {number}").format(number=number) + f": {question.text}")
    fold = f"<details><summary>{html.escape(_('Answers'))}</summary><ol type='a'>{feedback}</ol></details>"
    return f"<p><strong>{title}</strong></p><ol type='a'>{answers}</ol>{fold}"
