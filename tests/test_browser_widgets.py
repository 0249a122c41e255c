"""Questions, suggested words and plots in a real JupyterLab, with the keyboard alone and for those who see nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from site_checks import RULES

from course.check import questions
from course.paths import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

QUESTIONS = questions.read((ROOT / "course" / "check" / "questions" / "lesson_02.md").read_text("utf-8"))

CELLS = """
import numpy as np
import matplotlib.pyplot as plt
from course import check, widgets

check.describe_plots()

def names(picture):
    return "a", {"a": 0.9, "b": 0.1}, picture

def suggest(text):
    if "fail" in text:
        raise ValueError("as asked")
    words = {f"{letter}{len(text)}": 0.4 for letter in "ab"} | {"[END]": 0.1}
    return text + " and so on", words, [word for word in text.split() if word == "purple"]
---
plt.plot([1, 2], [3, 4], label="training")
plt.show()
---
widgets.DrawDigit(lambda images: np.full((1, 10), 0.1))
---
widgets.PhotoInput(names, labels=["mine", "others"], folder=".")
---
widgets.SuggestWords(suggest, example="the tram")
---
check.quiz("02")
"""


@pytest.fixture
def quiz(page: Page) -> Locator:
    found = page.locator(".course-quiz")
    found.scroll_into_view_if_needed()
    return found


def wait_for_feedback(quiz: Locator, number: int, text: str) -> None:
    quiz.get_by_role("status").nth(number).filter(has_text=text).wait_for(timeout=15_000)


def test_each_question_is_a_group_that_carries_it_as_its_name(quiz: Locator) -> None:
    for number, question in enumerate(QUESTIONS, 1):
        group = quiz.get_by_role("group", name=f"Question {number}: {question.text}", exact=True)
        for answer in question.answers:
            assert group.get_by_role("radio", name=answer.text, exact=True).count() == 1


def test_a_click_on_an_answer_says_why_and_another_one_takes_its_place(quiz: Locator) -> None:
    first, second = QUESTIONS[0].answers[:2]
    quiz.get_by_text(first.text, exact=True).click()
    wait_for_feedback(quiz, 0, first.because)
    quiz.get_by_text(second.text, exact=True).click()
    wait_for_feedback(quiz, 0, second.because)
    assert quiz.get_by_role("radio", checked=True).count() == 1


def test_questions_are_answered_with_the_keyboard_alone(page: Page, quiz: Locator) -> None:
    cells = page.locator(".jp-Cell").count()
    second, third = QUESTIONS[1:3]
    quiz.get_by_role("radio", name=QUESTIONS[0].answers[1].text, exact=True).focus()  # chosen above
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    wait_for_feedback(quiz, 1, second.answers[0].because)
    page.keyboard.press("ArrowDown")
    wait_for_feedback(quiz, 1, second.answers[1].because)
    for key in "adxb":  # commands of the notebook
        page.keyboard.press(key)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    wait_for_feedback(quiz, 2, third.answers[-1].because)
    assert page.locator(".jp-Cell").count() == cells
    focused = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused == "solid", "one sees where one is"


def test_the_text_in_its_place_goes_away(page: Page, quiz: Locator) -> None:
    page.locator(".jp-OutputArea-output details").wait_for(state="detached")


def test_whatever_can_be_operated_in_the_widgets_has_a_name_and_a_role(page: Page) -> None:
    Axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe
    found = Axe().run(page, context=".course-live", options={"runOnly": RULES, "resultTypes": ["violations"]})
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found.response["violations"]] == []
    assert page.locator(".course-live").locator("button, input, canvas[tabindex]").count() >= 20


def test_a_plot_is_described_to_those_who_do_not_see_it_and_to_nobody_else(page: Page) -> None:
    words = page.locator(".course-plot-in-words")
    assert "Line “training”: begins at 3 (1)" in words.text_content()
    assert words.bounding_box()["width"] <= 1
    assert page.get_by_text("Line “training”").count() == 1


@pytest.fixture
def box(page: Page) -> Locator:
    found = page.locator(".course-suggest")
    found.scroll_into_view_if_needed()
    return found


def wait_for(box: Locator, text: str) -> None:
    box.locator(".course-longer", has_text=text).wait_for(timeout=15_000)


def test_the_example_is_answered_at_once_in_place_of_the_recorded_one(page, box):
    wait_for(box, "the tram and so on")
    page.locator(".jp-OutputArea-output p", has_text="A recorded example").wait_for(state="detached")


def test_what_is_typed_is_answered_and_stays_in_the_field(page, box):
    cells = page.locator(".jp-Cell").count()
    box.get_by_role("textbox").fill("")
    box.get_by_role("textbox").press_sequentially("add a dd bb x")
    wait_for(box, "add a dd bb x and so on")
    assert page.locator(".jp-Cell").count() == cells


def test_a_word_is_taken_with_a_click_and_with_the_keyboard(box):
    field = box.get_by_role("textbox")
    field.fill("city")
    wait_for(box, "city and so on")
    box.get_by_role("button", name="a4").click()
    wait_for(box, "city a4 and so on")
    field.press("Tab")
    box.page.keyboard.press("Enter")
    wait_for(box, "city a4 a7 and so on")


def test_the_end_is_shown_and_cannot_be_appended(box):
    assert box.get_by_role("button", name="(end)").is_disabled()


def test_unknown_words_and_failures_are_said(box):
    field = box.get_by_role("textbox")
    field.fill("a purple tram")
    box.locator(".course-status", has_text="does not know: purple").wait_for(timeout=15_000)
    field.fill("fail")
    box.locator(".course-status", has_text="ValueError: as asked").wait_for(timeout=15_000)
    field.fill("a tram")
    wait_for(box, "a tram and so on")
