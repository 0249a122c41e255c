"""Every notebook of the checkout is canonical and keeps the contract; a breach of any rule is noticed."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import contract
import nbformat
import pytest

from course.messages import CourseError
from course.paths import ROOT
from course.runner import notebooks
from course.runner.notebooks import Notebook
from dev import fix

NOTEBOOKS = notebooks.notebook_paths(ROOT)

TITLE = """\
# 2. A lesson

After this lesson you can

- read,
- write,
- count.

**Time:** 3 minutes. **You need:** lesson 1."""

SOLUTION = 'if check.unsolved("02.one-hot"):\n    y_train = 3'


def cell(kind: str, name: str, source: str, **metadata: Any) -> Notebook:
    made = {"cell_type": kind, "id": name, "metadata": metadata, "source": source.splitlines(keepends=True)}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


@pytest.fixture
def lesson() -> Notebook:
    """A small lesson that keeps the contract."""
    cells = [
        cell("markdown", "title", TITLE),
        cell("code", "setup", contract.SETUP_SOURCE),
        cell("code", "check-data", 'from course import check, widgets\n\ncheck.data(DATA, "asl_data")'),
        cell("code", "seed", "import keras\n\nSEED = 1\nkeras.utils.set_random_seed(SEED)"),
        cell("markdown", "load-data-why", "## 2.1 Data\n\n![A hand](images/hand.png)\n\n```\n# no heading\n```"),
        cell("code", "load-data", 'x = 5  # rows, columns\nprint("shape", f"{x:.3f} of {x}", "a = b + c / d")'),
        cell("markdown", "exercise-one-hot-why", "### Exercise: the answers\n\nSee [lesson 1](01_mnist.ipynb#data)."),
        cell("code", "exercise-one-hot", "y_train = ...", tags=["exercise", "raises-exception"]),
        cell("code", "exercise-one-hot-check", 'check.exercise("02.one-hot")'),
        cell("code", "exercise-one-hot-solution", SOLUTION, jupyter={"source_hidden": True}, tags=["solution"]),
        cell("code", "results", 'check.results(\n    "02_asl", val_accuracy=0.5\n)'),
        cell("markdown", "quiz-why", "## Check yourself"),
        cell("code", "quiz", 'check.quiz("02")'),
        cell("markdown", "footer", "## What you learned\n\n<img src='images/hand.png' alt='A hand'>"),
        cell("markdown", "clean-up-why", "## Clean up"),
        cell("code", "clean-up", "finished = False"),
    ]
    return {"cells": cells, "metadata": notebooks.METADATA, "nbformat": 4, "nbformat_minor": 5}


Check = Callable[..., list[str]]


@pytest.fixture
def complaints(tmp_path: Path) -> Check:
    """Write a notebook into a folder with what it links to, and check it."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "hand.png").touch()
    (tmp_path / "01_mnist.ipynb").touch()

    def check(notebook: Notebook, name: str = "02_asl.ipynb") -> list[str]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(notebooks.dumps(notebook), encoding="utf-8")
        return contract.check_contract(tmp_path / name)

    return check


def at(notebook: Notebook, name: str) -> Notebook:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.relative_to(ROOT).as_posix() for path in NOTEBOOKS])
def test_every_notebook_is_canonical_and_keeps_the_contract(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))
    assert contract.check_contract(path) == []


def test_the_lessons_are_found_and_learners_copies_are_no_notebooks_of_the_course(tmp_path: Path) -> None:
    assert ROOT / "01_mnist.ipynb" in NOTEBOOKS
    (tmp_path / "ko").mkdir()
    for name in ("01_mnist.ipynb", "01_mnist.mine.ipynb", "ko/01_mnist.ipynb", "ko/01_mnist.mine-2.ipynb"):
        (tmp_path / name).touch()
    assert notebooks.notebook_paths(tmp_path) == [tmp_path / "01_mnist.ipynb", tmp_path / "ko" / "01_mnist.ipynb"]


class TestCanonical:
    def test_drops_outputs_counts_and_what_a_front_end_adds(self, lesson: Notebook) -> None:
        executed = copy.deepcopy(lesson)
        executed["metadata"] = {"kernelspec": {"name": "my-env"}, "widgets": {"state": {}}}
        executed["nbformat_minor"] = 4
        for one in executed["cells"]:
            one["metadata"] |= {"collapsed": False, "scrolled": True, "execution": {"iopub.execute_input": "…"}}
            one["source"] = "".join(one["source"]).replace("\n", "\r\n") + "\n \n"
            if one["cell_type"] == "code":
                one |= {"execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}]}
        before = copy.deepcopy(executed)
        assert notebooks.canonical(executed) == notebooks.canonical(lesson) == lesson
        assert executed == before

    def test_keeps_tags_in_order_hidden_sources_course_metadata_and_attachments(self) -> None:
        stored = {"x.png": {"image/png": "aGk="}}
        metadata = {"tags": ["b", "a", "b"], "jupyter": {"source_hidden": True, "outputs_hidden": True}}
        cells = [cell("code", "a", "1", **metadata, course={"key": 1}), cell("markdown", "b", "![x](attachment:x.png)")]
        cells[1]["attachments"] = stored
        first, second = notebooks.canonical({"cells": cells})["cells"]
        assert first["metadata"] == {"tags": ["a", "b"], "jupyter": {"source_hidden": True}, "course": {"key": 1}}
        assert second["attachments"] == stored

    def test_the_text_is_what_jupyter_writes(self, lesson: Notebook) -> None:
        lesson["cells"][0]["source"] = ["# 손 ✋\n", "\n", "x"]
        text = notebooks.dumps(notebooks.canonical(lesson))
        assert text.endswith("}\n")
        assert "손 ✋" in text
        assert nbformat.writes(nbformat.reads(text, as_version=4)) + "\n" == text

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "{}", '{"nbformat": 3, "cells": []}', '{"nbformat": 4, "cells": [1]}']
    )
    def test_what_is_no_notebook_is_refused_in_a_sentence(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.ipynb").write_text(text)
        with pytest.raises(CourseError, match="is not a notebook"):
            contract.check_contract(tmp_path / "a.ipynb")


class TestContract:
    def test_a_good_lesson_has_nothing_to_complain_of_but_its_pictures_elsewhere(self, lesson, complaints) -> None:
        assert complaints(lesson) == []
        at(lesson, "load-data")["source"] = ['seeds = ["the tram is late"]']  # a text that a network goes on with
        assert complaints(lesson) == []
        assert any("images/hand.png is not there" in one for one in complaints(lesson, "ko/02_asl.ipynb"))

    def test_an_extra_needs_no_objectives_seed_or_results(self, lesson: Notebook, complaints: Check) -> None:
        at(lesson, "title")["source"] = ["# More"]
        gone = ("seed", "results", "exercise")
        lesson["cells"] = [one for one in lesson["cells"] if not one["id"].startswith(gone)]
        assert complaints(lesson, "attention.ipynb") == []

    @pytest.mark.parametrize(
        ("name", "source", "said"),
        [
            ("title", "## 2. A lesson\n\n- a\n- b\n- c\n\n3 minutes; you need lesson 1.", "title: the first cell"),
            ("title", TITLE.replace("- read,\n", ""), "title: lists three to five"),
            ("title", TITLE.replace("3 minutes", "soon"), "title: says how long"),
            ("title", TITLE.replace("**You need:** lesson 1.", ""), "title: says what it needs"),
            ("title", TITLE + "\n\n# Another", "title: has one heading of level 1"),
            ("setup", contract.SETUP_SOURCE + "\nimport json", "setup: the first code cell"),
            ("seed", "SEED = 2", "seed: the cell with this id"),
            ("load-data", "SEED = 1", "seed: the cell with this id"),
            ("exercise-one-hot", "y_train = 3", "exercise-one-hot: the blank"),
            ("exercise-one-hot-check", 'check.exercise("03.one-hot")', "exercise-one-hot-check: is the line"),
            ("exercise-one-hot-solution", "y_train = 3", "exercise-one-hot-solution: begins with"),
            ("results", 'check.results("03_asl_cnn", val_accuracy=0.5)', "results: calls check.results"),
            ("quiz", 'check.quiz("03")', "quiz: is the line"),
            ("load-data", "import course", "load-data: imports course;"),
            ("load-data", "from course import paths", "load-data: imports course.paths"),
            ("load-data", "def f():\n    import requests.adapters", "load-data: imports requests.adapters"),
            ("load-data", 'print("this is a sentence")', "load-data: holds a sentence"),
            ("load-data", 'seeds = 3\nprint("the tram is late")', "load-data: holds a sentence"),
            ("load-data", 'print(f"there are {x} of these")', "load-data: holds a sentence"),
            ("load-data", 'plt.ylabel(\n    "Loss in " "each epoch"\n)', "load-data: holds a sentence"),
            ("load-data", 'plt.xlabel("손 모양을 맞힌 비율")', "load-data: holds a sentence"),
            ("load-data", 'def f():\n    """Count the rows again."""', "load-data: holds a sentence"),
            ("load-data", "x = 1  # this comment tells a very long story", "load-data: holds a long comment"),
            ("load-data", "!pip install keras", "load-data: runs a command"),
            ("load-data", "x = (", "load-data: is not Python"),
            ("load-data", "x = '/dli/task/data'", "load-data: names an absolute path"),
            ("load-data", r"x = 'C:\\data'", "load-data: names an absolute path"),
            ("load-data", "get(f'http://{host}/x')", "load-data: names an address"),
            ("load-data-why", "# Data", "load-data-why: the title is the only"),
            ("load-data-why", "#### Data", "load-data-why: a heading of level 4 follows one of level 1"),
            ("load-data-why", "![](images/hand.png)", "load-data-why: the picture images/hand.png has no alt"),
            ("load-data-why", "<img src='images/hand.png'>", "load-data-why: the picture images/hand.png has no alt"),
            ("load-data-why", "![A foot](images/foot.png)", "load-data-why: images/foot.png is not there"),
            ("load-data-why", "[next](09_gone.ipynb)", "load-data-why: 09_gone.ipynb is not there"),
            ("load-data-why", "<a href='gone.md'>gone</a>", "load-data-why: gone.md is not there"),
        ],
    )
    def test_a_cell_that_breaks_a_rule_is_named(self, lesson, complaints, name: str, source: str, said: str) -> None:
        at(lesson, name)["source"] = source.splitlines(keepends=True)
        assert any(one.startswith(said) for one in complaints(lesson)), complaints(lesson)

    @pytest.mark.parametrize(
        ("name", "change", "said"),
        [
            ("load-data", {"id": "footer"}, "footer: this id is there 2 times"),
            ("load-data", {"id": "3f9a1b2c"}, "3f9a1b2c: an id says"),
            ("load-data", {"id": "cell-12"}, "cell-12: an id says"),
            ("load-data", {"id": "Load data"}, "Load data: an id says"),
            ("title", {"id": "heading"}, "title: the first cell"),
            ("setup", {"id": "set-up"}, "setup: the first code cell"),
            ("seed", {"id": "chance"}, "seed: the cell with this id"),
            ("footer", {"id": "end"}, "the last cells are results, quiz-why, quiz, footer, clean-up-why, clean-up"),
            ("exercise-one-hot-why", {"id": "one-hot"}, "exercise-one-hot: an exercise is the cells"),
            ("load-data", {"id": "exercise-other"}, "exercise-other: belongs to no exercise"),
            ("exercise-one-hot", {"metadata": {"tags": ["exercise"]}}, "exercise-one-hot: tags are"),
            ("exercise-one-hot", {"metadata": {}}, "exercise-one-hot: belongs to no exercise"),
            ("exercise-one-hot-solution", {"metadata": {"tags": ["solution"]}}, "exercise-one-hot-solution: the tag"),
            ("load-data", {"metadata": {"tags": ["solution"]}}, "load-data: belongs to no exercise"),
            ("load-data", {"metadata": {"scrolled": True}}, "is not canonical"),
            ("load-data", {"execution_count": 1}, "has outputs"),
            ("load-data", {"outputs": [{"output_type": "stream", "text": ["1"]}]}, "has outputs"),
        ],
    )
    def test_a_wrong_id_wrong_metadata_and_outputs_are_named(self, lesson, complaints, name, change, said) -> None:
        at(lesson, name).update(change)
        assert any(one.startswith(said) for one in complaints(lesson)), complaints(lesson)

    def test_the_last_cells_must_be_in_order_and_an_empty_notebook_is_no_lesson(self, lesson, complaints) -> None:
        lesson["cells"][-1], lesson["cells"][-2] = lesson["cells"][-2], lesson["cells"][-1]
        assert any(one.startswith("the last cells are") for one in complaints(lesson))
        lesson["cells"] = []
        assert len(complaints(lesson)) == 4


class TestFix:
    @pytest.fixture
    def checkout(self, tmp_path: Path, lesson: Notebook, monkeypatch: pytest.MonkeyPatch) -> Path:
        pytest.importorskip("ruff")
        monkeypatch.setattr(fix, "ROOT", tmp_path)
        at(lesson, "load-data")["execution_count"] = 3
        (tmp_path / "02_asl.ipynb").write_text(json.dumps(lesson), encoding="utf-8")
        (tmp_path / "a.py").write_text("x = {  'a':1 }\n")
        return tmp_path

    def test_it_names_what_it_would_fix_fixes_it_and_then_has_nothing_to_do(self, checkout: Path, capsys) -> None:
        before = {path: path.read_bytes() for path in checkout.iterdir() if path.is_file()}
        assert fix.main(Namespace(check=True)) == 1
        assert before == {path: path.read_bytes() for path in checkout.iterdir() if path.is_file()}
        assert "02_asl.ipynb" in capsys.readouterr().out
        assert fix.main(Namespace(check=False)) == 0
        assert "02_asl.ipynb" in capsys.readouterr().out
        assert (checkout / "a.py").read_text() == 'x = {"a": 1}\n'
        assert at(notebooks.read(checkout / "02_asl.ipynb"), "load-data")["execution_count"] is None
        assert fix.main(Namespace(check=True)) == 0
        assert capsys.readouterr().out == ""


def test_code_notebooks_and_the_figures_in_the_readmes_are_in_form() -> None:
    checked = subprocess.run([sys.executable, "-m", "dev", "fix", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
