"""The questions at the end of the lessons: each has one right answer and says why, in both languages, widget or not."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from kernel_cells import run_cells

from course.check.questions import Quiz, quiz
from course.check.questions.question import Question, right, wrong
from course.messages import CourseError
from course.paths import LESSONS

NUMBERS = [lesson.split("_")[0] for lesson in LESSONS]


@pytest.fixture(params=["en", "ko"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COURSE_LANG", request.param)
    return request.param


def questions_of(number: str) -> list[Question]:
    """The questions of a lesson, in the language that is set."""
    from importlib import import_module

    return import_module(f"course.check.questions.lesson_{number}").questions()


@pytest.mark.parametrize("number", NUMBERS)
class TestEachLesson:
    def test_has_three_to_five_questions_with_one_right_answer_each(self, language: str, number: str) -> None:
        questions = questions_of(number)
        assert 3 <= len(questions) <= 5
        for question in questions:
            assert question.text.endswith("?"), question.text
            assert 3 <= len(question.answers) <= 4
            assert [answer.is_right for answer in question.answers].count(True) == 1, question.text

    def test_says_of_each_answer_why_in_words_that_no_other_answer_gets(self, language: str, number: str) -> None:
        answers = [answer for question in questions_of(number) for answer in question.answers]
        assert all(answer.because.endswith(".") for answer in answers)
        assert len({answer.because for answer in answers}) == len(answers)

    def test_speaks_the_learners_language(self, language: str, number: str) -> None:
        for question in questions_of(number):
            for text in (question.text, *(part for one in question.answers for part in (one.text, one.because))):
                assert bool(re.search("[가-힣]", text)) == (language == "ko"), text

    def test_does_not_put_the_right_answer_always_in_the_same_place(self, language: str, number: str) -> None:
        places = {[one.is_right for one in question.answers].index(True) for question in questions_of(number)}
        assert len(places) > 1

    def test_is_readable_without_a_widget_with_the_answers_folded_below(self, language: str, number: str) -> None:
        text = html.unescape(quiz(number)._recorded)
        for question in questions_of(number):
            before, after = text.split(f": {question.text}</strong>")
            shown, folded = after.split("<details>")[:2]
            for answer in question.answers:
                assert answer.text in shown and answer.because not in shown
                assert answer.because in folded.split("</details>")[0]
            text = before + after


class TestTheWidget:
    QUESTIONS = (Question("Is 1 < 2?", right("yes", "It is."), wrong("<b>no</b>", "It is not.")),)

    def test_gets_the_questions_and_what_is_said_of_each_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COURSE_LANG", "en")
        settings = Quiz(self.QUESTIONS).panel.settings
        assert settings == json.loads(json.dumps(settings))
        (question,) = settings["questions"]
        assert question["text"] == "Is 1 < 2?"
        assert [one["feedback"] for one in question["answers"]] == ["✓ Right: It is.", "✗ Not quite: It is not."]

    def test_what_stands_in_its_place_is_text_and_nothing_else(self) -> None:
        assert "<b>" not in Quiz(self.QUESTIONS)._recorded

    def test_neither_stores_nor_sends_nor_counts_anything(self, tmp_path: Path) -> None:
        outputs = run_cells(tmp_path, "from course import check", 'check.quiz("02")')[0]
        assert list(tmp_path.iterdir()) == []
        assert all("application/vnd.course.results+json" not in output["data"] for output in outputs)
        script = (Path(__file__).parent.parent / "course" / "widgets" / "quiz.js").read_text("utf-8")
        assert re.findall(r"model\.send\((.*?)\)", script) == ['{ type: "ready" }']
        assert not re.search("fetch|localStorage|cookie|XMLHttp", script)

    @pytest.mark.parametrize("number", ["", "8", "../02", "02.x"])
    def test_a_lesson_without_questions_is_refused_in_a_sentence(self, number: str) -> None:
        with pytest.raises(CourseError, match=r"."):
            quiz(number)
