"""The first use of each term in a lesson links to the glossary, in both editions; nothing else does."""

from __future__ import annotations

import copy

import pytest
from test_korean import read_canonical

from course.paths import LESSONS, ROOT
from course.runner.notebooks import Notebook, canonical, source_of
from dev.studio import assessment, glossary, korean
from dev.studio.glossary import english_uses, korean_uses, linked, unlinked, with_links

Pair = tuple[Notebook, Notebook]
PAGE = "docs/glossary.md"


def editions(lesson: str) -> Pair:
    """A lesson in English, the assessment solved, and in Korean."""
    path = assessment.SOLVED if assessment.SOLVED.stem == lesson else ROOT / f"{lesson}.ipynb"
    return read_canonical(path), read_canonical(ROOT / "ko" / f"{lesson}.ipynb")


def links(notebook: Notebook) -> dict[str, list[str]]:
    """The anchors that each prose cell links to."""
    prose = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return {cell["id"]: sorted(linked(source_of(cell))) for cell in prose}


@pytest.mark.parametrize("lesson", LESSONS)
class TestEachLesson:
    def test_links_each_term_where_it_is_first_used(self, lesson: str) -> None:
        """`python -m dev.studio.glossary` fixes it."""
        there = editions(lesson)
        wanted = copy.deepcopy(there)
        folder = "../../" if lesson == assessment.SOLVED.stem else ""
        glossary.link(*wanted, folder + PAGE)
        for edition, right in zip(there, wanted, strict=True):
            assert links(edition) == links(right)
            assert canonical(edition) == canonical(right)

    def test_links_no_term_twice_and_leads_to_headings_that_are_there(self, lesson: str) -> None:
        anchors = {glossary.anchor(term) for term in glossary.terms()}
        for edition in editions(lesson):
            found = [target for targets in links(edition).values() for target in targets]
            assert len(found) == len(set(found))
            assert set(found) <= anchors
            assert len(found) >= 10

    def test_leaves_no_term_that_it_introduces_without_a_link(self, lesson: str) -> None:
        english, _own = editions(lesson)
        found = {target for targets in links(english).values() for target in targets}
        prose = [unlinked(source_of(cell)) for cell in english["cells"] if cell["cell_type"] == "markdown"]
        bold = {term for text in prose for term, (start, _end) in english_uses(text).items() if text[start] == "*"}
        assert {term for term in bold if glossary.anchor(term) not in found} == set()


LINKED = (
    (english_uses, "Batches and batches.", "[Batches](P#batch) and batches."),
    (english_uses, "This is **overfitting**, now.", "This is [**overfitting**](P#overfitting), now."),
    (english_uses, "a *dropout* layer", "a [*dropout*](P#dropout) [layer](P#layer)"),
    (english_uses, "the validation set", "the [validation set](P#validation-set)"),
    (english_uses, "**Train the dropout:** now", "**Train the [dropout](P#dropout):** now"),
    (english_uses, "its **weight**", "its [**weight**](P#weight)"),
    (english_uses, "a **dense** layer", "a [**dense**](P#dense-layer) [layer](P#layer)"),
    (korean_uses, "**과적합**(overfitting)은", "[**과적합**](P#overfitting)(overfitting)은"),
    (korean_uses, "과적합을 말합니다. **과적합**이란", "과적합을 말합니다. [**과적합**](P#overfitting)이란"),
    (korean_uses, "특징 맵은", "[특징 맵](P#feature-map)은"),
    (korean_uses, "은닉층의 층", "[은닉층](P#hidden-layer)의 [층](P#layer)"),
)
PLAIN = ["`dropout`", "```\ndropout\n```", "## Dropout", "[dropout](a.md)", "![dropout](a.png)", "| dropout |"]
PLAIN += ['<a href="dropout">x</a>', "dropouts-rate dropouted", "a weight of three", "a dense fog"]
PLAIN += ["$dropout$", "**dropout, then**", "구층탑", "`층`", "**층과 가중치**는"]


class TestUses:
    @pytest.mark.parametrize(("uses", "text", "linked_text"), LINKED)
    def test_of_a_term_are_found_with_particles_outside(self, uses, text: str, linked_text: str) -> None:
        assert with_links(text, uses(text), "P") == linked_text

    @pytest.mark.parametrize("text", PLAIN)
    def test_in_code_headings_links_other_words_and_in_a_plain_sense_are_not(self, text: str) -> None:
        assert english_uses(text) == korean_uses(text) == {}


class TestLinking:
    @pytest.fixture
    def pair(self) -> Pair:
        cells = [
            ("title", "# Dropout\n\nOn dropout and **recall**."),
            ("a", "No dropout."),
            ("b", "More dropout, loss."),
        ]
        own = {
            "title": "# 드롭아웃\n\n드롭아웃과 **재현율**(recall)입니다.",
            "a": "아직 없습니다.",
            "b": "이제 드롭아웃과 손실입니다.",
        }
        made = [{"cell_type": "markdown", "id": name, "metadata": {}, "source": text} for name, text in cells]
        english = canonical({"cells": made})
        return english, korean.merged(english, {"cells": []}, own, lambda path: False)

    def test_both_editions_get_the_same_links_and_the_translation_stays_fresh(self, pair: Pair) -> None:
        english, own = pair
        glossary.link(english, own, PAGE)
        assert links(english) == links(own) == {"title": ["recall"], "a": [], "b": ["dropout", "loss"]}
        assert korean.waiting(english, own) == []
        before = copy.deepcopy((english, own))
        glossary.link(english, own, PAGE)
        assert before == (english, own), "a second time it changes nothing"

    def test_a_stale_translation_stays_stale(self, pair: Pair) -> None:
        english, own = pair
        english["cells"][1]["source"] = ["Another text."]
        glossary.link(english, own, PAGE)
        assert korean.waiting(english, own) == ["a"]

    def test_a_cell_that_waits_is_left_to_the_refresh_which_brings_its_links(self, pair: Pair) -> None:
        english, own = pair
        english["cells"][2]["source"] = ["Now dropout."]
        shown = korean.merged(english, own, {}, lambda path: False)
        glossary.link(english, shown, PAGE)
        assert links(english)["b"] == ["dropout"]
        assert linked(source_of(korean.merged(english, shown, {}, lambda path: False)["cells"][2])) == ["dropout"]
