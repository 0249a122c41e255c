"""The questions at the end of the lessons: each has one right answer and says why, in both languages, widget or not."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from kernel_cells import run_cells

from course.check.questions import Question, Quiz, quiz, read
from course.messages import CourseError
from course.paths import LESSONS, ROOT
from dev.studio import korean

NUMBERS = [lesson.split("_")[0] for lesson in LESSONS]


@pytest.fixture(params=[(number, language) for number in NUMBERS for language in ("en", "ko")], ids="-".join)
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Quiz:
    """The questions of a lesson, in a language."""
    number, language = request.param
    monkeypatch.setenv("COURSE_LANG", language)
    return quiz(number)


def sentences(question: Question) -> list[str]:
    return [question.text, *(part for one in question.answers for part in (one.text, one.because))]


class TestEachLesson:
    def test_has_three_to_five_questions_with_one_right_answer_each(self, asked: Quiz) -> None:
        assert 3 <= len(asked.questions) <= 5
        for question in asked.questions:
            assert question.text.endswith("?"), question.text
            assert 3 <= len(question.answers) <= 4
            assert [answer.is_right for answer in question.answers].count(True) == 1, question.text
        places = {[one.is_right for one in question.answers].index(True) for question in asked.questions}
        assert len(places) > 1, "the right answer is not always in the same place"

    def test_says_of_each_answer_why_in_words_that_no_other_answer_gets(self, asked: Quiz) -> None:
        reasons = [answer.because for question in asked.questions for answer in question.answers]
        assert all(because.endswith(".") for because in reasons)
        assert len(set(reasons)) == len(reasons)

    def test_is_readable_without_a_widget_with_the_answers_folded_below(self, asked: Quiz) -> None:
        text = html.unescape(asked._recorded)
        for question in asked.questions:
            before, after = text.split(f": {question.text}</strong>")
            shown, folded = after.split("<details>")[:2]
            for answer in question.answers:
                assert answer.text in shown and answer.because not in shown
                assert answer.because in folded.split("</details>")[0]
            text = before + after


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_translated_is_shown_in_korean(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_LANG", "en")
    english = [sentence for question in quiz(number).questions for sentence in sentences(question)]
    assert set(english) <= set(korean.messages())
    translated = {message.id for message in korean.read_catalog() if message.string}
    monkeypatch.setenv("COURSE_LANG", "ko")
    shown = [sentence for question in quiz(number).questions for sentence in sentences(question)]
    for before, after in zip(english, shown, strict=True):
        assert bool(re.search("[가-힣]", after)) == (before in translated), after


class TestTheWidget:
    QUESTIONS = read("# Of a test\n\n## Is 1 < 2?\n\n- [x] yes\n  It is.\n- [ ] <b>no</b>\n  It is not.\n")

    def test_gets_the_questions_and_the_feedback_on_each_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
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
        script = (ROOT / "course" / "widgets" / "quiz.js").read_text("utf-8")
        assert re.findall(r"model\.send\((.*?)\)", script) == ['{ type: "ready" }']
        assert not re.search("fetch|localStorage|cookie|XMLHttp", script)

    @pytest.mark.parametrize("number", ["", "8", "../02", "02.x"])
    def test_a_lesson_without_questions_is_refused_in_a_sentence(self, number: str) -> None:
        with pytest.raises(CourseError, match=r"."):
            quiz(number)
