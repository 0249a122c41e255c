"""SuggestWords without a browser: messages are fed to the Python side."""

from __future__ import annotations

import numpy as np
import pytest
from front_end import FrontEnd
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_cells import run_cells

from course.messages import CourseError
from course.widgets import SuggestWords


def suggest(text: str) -> tuple[str, dict[str, float], list[str]]:
    """A toy network: knows “the” and “tram”, and always goes on with “tram”."""
    unknown = [word for word in text.split() if word not in ("the", "tram")]
    words = {"tram": np.float32(0.5), "[END]": 0.3, "the": 0.1, "a": 0.05}
    return f"{text} tram tram tram", words, unknown


@pytest.fixture
def front_end() -> FrontEnd:
    return FrontEnd(SuggestWords(suggest, example="the"))


def test_a_text_is_answered_with_three_words_and_a_longer_text(front_end):
    answer = front_end.ask(text="the")
    assert answer["longer"] == "the tram tram tram"
    assert [word for word, probability in answer["words"]] == ["tram", "[END]", "the"]
    assert answer["words"][0][1] == pytest.approx(0.5)
    assert answer["unknown"] == ""


def test_words_that_the_network_does_not_know_are_named(front_end):
    assert front_end.ask(text="the purple 🦩 tram")["unknown"].endswith("purple, 🦩.")


@pytest.mark.parametrize("question", [{}, {"text": None}, {"text": 7}, {"text": ["the"]}])
def test_what_is_no_text_gets_no_answer(front_end, question):
    assert front_end.ask(**question) == {}


def test_a_long_text_is_cut_to_its_end(front_end):
    asked = []
    front_end.widget._suggest = lambda text: asked.append(text) or suggest(text)
    front_end.ask(text="x" * 10_000 + " the end")
    assert len(asked[0]) == 300 and asked[0].endswith(" the end")


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_any_text_is_answered(text):
    assert FrontEnd(SuggestWords(suggest, example="the")).ask(text=text)["type"] == "answer"


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: 1 / 0,
        lambda text: None,
        *(lambda text, words=words: (text, words, []) for words in ({"a": 2.0}, {"a": "much"}, ["a"])),
    ],
)
def test_a_function_that_fails_is_named_in_a_sentence(front_end, broken):
    front_end.widget._suggest = broken
    assert "failed on this text" in front_end.ask(text="the")["error"]
    with pytest.raises(CourseError, match="failed on this text"):
        SuggestWords(broken, example="the")


def test_nothing_that_is_typed_becomes_html():
    html = SuggestWords(lambda text: (text, {"<b>": 0.5}, ["<i>"]), example="<script>")._recorded
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html
    assert "&lt;script&gt;" in html


def test_where_nothing_can_draw_the_widget_there_is_a_recorded_example_and_texts_work(tmp_path):
    example, bare, shown = run_cells(
        tmp_path,
        "from test_suggest_widget import *",
        "SuggestWords(suggest, example='the purple')",
        "sys.modules['anywidget'] = None\nwidget = SuggestWords(suggest, example='the purple')\nwidget",
        "widget.show('the purple')",
    )
    for outputs in (example, bare, shown):
        page = outputs[-1].data["text/html"]
        assert "the purple tram tram tram" in page and "does not know: purple" in page and "<li>tram 50%</li>" in page
    assert len(bare) == 1
