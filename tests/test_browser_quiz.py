"""What helps people who do not use a mouse or do not see the screen, in a real JupyterLab: questions, names, plots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browser import Lab, lab_with, page_without_errors

from course.check.questions.lesson_02 import questions

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

CELLS = """
import numpy as np
import matplotlib.pyplot as plt
from course import check, widgets

check.describe_plots()

def names(picture):
    return "a", {"a": 0.9, "b": 0.1}, picture
---
plt.plot([1, 2], [3, 4], label="training")
plt.show()
---
widgets.DrawDigit(lambda images: np.full((1, 10), 0.1))
---
widgets.PhotoInput(names, labels=["mine", "others"], folder=".")
---
widgets.SuggestWords(lambda text: (text, {"tram": 0.5}, []), example="the")
---
check.quiz("02")
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_with(tmp_path_factory.mktemp("lab") / "course", "people.ipynb", *CELLS.split("---")) as lab:
        yield lab


@pytest.fixture(scope="module")
def page(lab: Lab) -> Iterator[Page]:
    with page_without_errors(lab, "people.ipynb", seconds=120) as page:
        yield page


@pytest.fixture
def quiz(page: Page) -> Locator:
    found = page.locator(".course-quiz")
    found.scroll_into_view_if_needed()
    return found


def said(quiz: Locator, number: int, text: str) -> None:
    quiz.get_by_role("status").nth(number).filter(has_text=text).wait_for(timeout=15_000)


def test_each_question_is_a_group_that_carries_it_as_its_name(quiz: Locator) -> None:
    for number, question in enumerate(questions(), 1):
        group = quiz.get_by_role("group", name=f"Question {number}: {question.text}", exact=True)
        for answer in question.answers:
            assert group.get_by_role("radio", name=answer.text, exact=True).count() == 1


def test_a_click_on_an_answer_says_why_and_another_one_takes_its_place(quiz: Locator) -> None:
    first, second = questions()[0].answers[:2]
    quiz.get_by_text(first.text, exact=True).click()
    said(quiz, 0, first.because)
    quiz.get_by_text(second.text, exact=True).click()
    said(quiz, 0, second.because)
    assert quiz.get_by_role("radio", checked=True).count() == 1


def test_questions_are_answered_with_the_keyboard_alone(page: Page, quiz: Locator) -> None:
    cells = page.locator(".jp-Cell").count()
    second, third = questions()[1:3]
    quiz.get_by_role("radio", name=questions()[0].answers[1].text, exact=True).focus()  # chosen above
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    said(quiz, 1, second.answers[0].because)
    page.keyboard.press("ArrowDown")
    said(quiz, 1, second.answers[1].because)
    for key in "adxb":  # commands of the notebook
        page.keyboard.press(key)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    said(quiz, 2, third.answers[-1].because)
    assert page.locator(".jp-Cell").count() == cells
    focused = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused == "solid", "one sees where one is"


def test_the_text_in_its_place_goes_away(page: Page, quiz: Locator) -> None:
    page.locator(".jp-OutputArea-output details").wait_for(state="detached")


def test_whatever_can_be_operated_in_the_widgets_has_a_name_and_a_role(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    nameless, seen = [], 0
    for node in page.locator(".course-live").element_handles():
        for one in node.query_selector_all("button, input, canvas[tabindex], textarea, select"):
            if not one.is_visible():
                continue
            seen += 1
            one.evaluate("node => (window.lookedAt = node)")
            found = session.send("Runtime.evaluate", {"expression": "window.lookedAt"})["result"]["objectId"]
            (said, *_more) = session.send("Accessibility.getPartialAXTree", {"objectId": found})["nodes"]
            if not said.get("name", {}).get("value") or said["role"]["value"] in ("generic", "none"):
                nameless.append(one.evaluate("node => node.outerHTML"))
    assert nameless == []
    assert seen >= 20


def test_a_plot_is_described_to_those_who_do_not_see_it_and_to_nobody_else(page: Page) -> None:
    words = page.locator(".course-plot-in-words")
    assert "Line “training”: begins at 3 (1)" in words.text_content()
    assert words.bounding_box()["width"] <= 1
    assert page.get_by_text("Line “training”").count() == 1
