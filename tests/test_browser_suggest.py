"""SuggestWords in a real JupyterLab, in a real browser: typing, taking a word, and none of the notebook's shortcuts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browser import Lab, lab_with, page_without_errors

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

CELLS = """
from course import widgets

def suggest(text):
    if "fail" in text:
        raise ValueError("as asked")
    words = {f"{letter}{len(text)}": 0.4 for letter in "ab"} | {"[END]": 0.1}
    return text + " and so on", words, [word for word in text.split() if word == "purple"]
---
widgets.SuggestWords(suggest, example="the tram")
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_with(tmp_path_factory.mktemp("lab") / "course", "suggest.ipynb", *CELLS.split("---")) as lab:
        yield lab


@pytest.fixture(scope="module")
def page(lab: Lab) -> Iterator[Page]:
    with page_without_errors(lab, "suggest.ipynb") as page:
        yield page


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
