"""extras/attention.ipynb: it scores as lesson 06 does, its network keeps to what is past, and what it says is true."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from lesson_runs import BUILT, UNTRUE, changed_copy, edition_with, holds

from course.paths import ROOT
from course.runner import notebooks

NOTEBOOK = ROOT / "extras" / "attention.ipynb"
LESSON = ROOT / "06_nytimes_rnn.ipynb"
EPOCHS = '"epochs = 16'
"""The line that says how long to train, as it stands in the file."""


def functions(path: Path) -> dict[str, str]:
    """The code of each function at the top of a cell of the notebook at `path`, by name."""
    trees = [
        ast.parse("".join(cell["source"])) for cell in notebooks.read(path)["cells"] if cell["cell_type"] == "code"
    ]
    return {node.name: ast.dump(node) for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def source(path: Path, name: str) -> str:
    return next("".join(cell["source"]) for cell in notebooks.read(path)["cells"] if cell["id"] == name)


def test_words_examples_scores_and_the_trigram_are_those_of_lesson_06():
    here, there = functions(NOTEBOOK), functions(LESSON)
    same = ["split_words", "encode", "perplexity", "evaluate", "trigram", "predict_trigram"]
    assert {name: here[name] for name in same} == {name: there[name] for name in same}
    assert source(NOTEBOOK, "trigram") == source(LESSON, "trigram")
    assert source(NOTEBOOK, "load-data") in source(LESSON, "load-data")


def test_it_runs_on_few_headlines_and_its_network_does_not_look_ahead(editions, tmp_path):
    copy = changed_copy(str(NOTEBOOK), tmp_path, less_data=True, ask=BUILT)
    text = copy.read_text(encoding="utf-8")
    assert text.count(EPOCHS) == 1
    copy.write_text(text.replace(EPOCHS, '"epochs = 1'), encoding="utf-8")
    holds(copy, edition_with("nyt", editions))


@pytest.mark.soak
@pytest.mark.parametrize("edition", ["embedded", "real"])
def test_trained_in_full_what_it_says_is_true(editions, edition, tmp_path):
    if edition not in editions:
        pytest.skip("no real edition here (COURSE_REAL)")
    holds(changed_copy(str(NOTEBOOK), tmp_path, ask=UNTRUE), editions[edition])
