"""A few questions at the end of each lesson, answered at once and apart from the grade.

Usage, as the last expression of a cell: ``check.quiz("02")``. The questions stand in ``lesson_02.md``: a heading for a
question, a ticked or empty box for each answer, and below it why it is right or wrong. Nothing is stored, sent or
counted. Where the front end cannot show the widget, the questions are text, and the answers open below each of them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course import messages
from course.messages import CourseError, _
from course.widgets.live import Live

LINE = re.compile(r"^(## |- \[[ x]\] |  )(.+)$", re.MULTILINE)
"""A line with a sentence for learners in a file of questions: its mark, and the sentence."""


@dataclass
class Answer:
    """One answer to choose: what it says, whether it is right, and a sentence why it is or is not."""

    text: str
    is_right: bool
    because: str = ""


@dataclass
class Question:
    """A question and its answers, in the order in which they are shown."""

    text: str
    answers: list[Answer] = field(default_factory=list)


def quiz(number: str) -> Quiz:
    """The questions of the lesson with this number, ``"04a"``, to be shown.

    Raises:
        CourseError: there are none.
    """
    files = {file.stem.partition("_")[2]: file for file in Path(__file__).parent.glob("lesson_*.md")}
    if number not in files:
        raise CourseError(_("There are no questions on lesson {number}.").format(number=number))
    return Quiz(read(files[number].read_text(encoding="utf-8")))


def read(text: str) -> list[Question]:
    """The questions in `text`, the content of a file of questions, in the learner's language."""
    questions: list[Question] = []
    for mark, english in LINE.findall(text):
        sentence = messages._(english)  # not a literal: `dev.studio.korean` reads the files
        if mark == "## ":
            questions.append(Question(sentence))
        elif mark == "  ":
            questions[-1].answers[-1].because = sentence
        else:
            questions[-1].answers.append(Answer(sentence, is_right="x" in mark))
    return questions


class Quiz(Live):
    """Questions with one right answer each; choosing one says at once why it is right or wrong."""

    name = "quiz"

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        asked = [
            {"text": one.text, "answers": [{"text": a.text, "feedback": _feedback(a)} for a in one.answers]}
            for one in questions
        ]
        recorded = "".join(_as_html(number, question) for number, question in enumerate(questions, 1))
        super().__init__(recorded, {"question": _("Question {number}")}, {"questions": asked})


def _feedback(answer: Answer) -> str:
    sign, word = ("✓", _("Right")) if answer.is_right else ("✗", _("Not quite"))
    return f"{sign} {word}: {answer.because}"


def _as_html(number: int, question: Question) -> str:
    """A question with its answers and, folded below, the feedback on each of them."""
    answers = "".join(f"<li>{html.escape(one.text)}</li>" for one in question.answers)
    feedback = "".join(f"<li>{html.escape(_feedback(one))}</li>" for one in question.answers)
    title = html.escape(_("Question {number}").format(number=number) + f": {question.text}")
    fold = f"<details><summary>{html.escape(_('Answers'))}</summary><ol type='a'>{feedback}</ol></details>"
    return f"<p><strong>{title}</strong></p><ol type='a'>{answers}</ol>{fold}"
