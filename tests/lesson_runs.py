"""Run a lesson with something changed: answers filled in, less data, a question asked at the end.

The changed copy lies in a small stand-in checkout (links to ``course``, what it imports, and ``data``), so nothing is
written into the real one, and the first cell of the notebook finds its way as it does for a learner in another folder.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from course.datasets.reading import SETS
from course.paths import ROOT
from course.runner.executor import Outcome, Settings, execute
from course.runner.run import find_notebook

ASKED = "asked-by-a-test"
"""The id of the cell that a test adds; no lesson has one of that name."""
ANSWER_MARK = "the test asks: "
IN_USE = {"in use": "lesson_facts.in_use(LESSON, globals())"}
UNTRUE = {"untrue": "lesson_facts.untrue(LESSON, globals())"}
BUILT = {"untrue": "lesson_facts.untrue(LESSON, globals(), ('built_',))"}
"""What to ask a lesson at its end: which values it went on with; which claims of its prose do not hold, or of those
that hold however little it is trained."""

SET_OF = {
    "01_mnist": "mnist",
    "02_asl": "asl_data",
    "03_asl_cnn": "asl_data",
    "04a_asl_augmentation": "asl_data",
    "04b_asl_predictions": "asl_images",
    "05a_doggy_door": "doggy_door",
    "05b_presidential_doggy_door": "bo",
    "06_nytimes_rnn": "nyt",
    "07_assessment": "fruits",
}
"""The dataset that each lesson works on."""

NEEDS = {"04b_asl_predictions": "04a_asl_augmentation"}
"""The lesson whose saved model another one cannot do without."""

FEW_HEADLINES = """
strange = ["a tram " * 100, "🦩", "“…”", "Ünïcode naïveté in São Paulo", "Unknown", ""]
headlines = pd.concat([headlines.head({}), pd.Series(strange)], ignore_index=True)
"""

LESS_DATA = {
    "01_mnist": (
        "load-data",
        """
train_images, train_labels = train_images[:2000], train_labels[:2000]
valid_images, valid_labels = valid_images[:500], valid_labels[:500]
check.keep(train_images=train_images, train_labels=train_labels)
check.keep(valid_images=valid_images, valid_labels=valid_labels)
""",
    ),
    "02_asl": (
        "load-data",
        """
tables = {part: table.head(4500) for part, table in tables.items()}
people = {part: table.head(4500) for part, table in people.items()}
""",
    ),
    "03_asl_cnn": (
        "load-data",
        """
x_train, y_train, train_labels = x_train[:4500], y_train[:4500], train_labels[:4500]
x_valid, y_valid, valid_labels = x_valid[:2000], y_valid[:2000], valid_labels[:2000]
check.keep(x_train=x_train, y_train=y_train, valid_labels=valid_labels)
""",
    ),
    "04a_asl_augmentation": (
        "load-data",
        """
train_images, train_labels, y_train = train_images[:4500], train_labels[:4500], y_train[:4500]
check.keep(train_images=train_images, train_labels=train_labels)
""",
    ),
    "04b_asl_predictions": (
        "load-data",
        """
train_images, train_labels = train_images[:4500], train_labels[:4500]
valid_images, valid_labels = valid_images[:2000], valid_labels[:2000]
""",
    ),
    "05a_doggy_door": ("load-photos", "photos = photos.drop_duplicates('door').reset_index(drop=True)"),
    "05b_presidential_doggy_door": (
        "load-data",
        """
few_train = np.concatenate([np.flatnonzero(train_labels == 1)[:12], np.flatnonzero(train_labels == 0)[:20]])
few_valid = np.concatenate([np.flatnonzero(valid_labels == 1)[:6], np.flatnonzero(valid_labels == 0)[:10]])
train_images, train_labels = train_images[few_train], train_labels[few_train]
valid_images, valid_labels = valid_images[few_valid], valid_labels[few_valid]
train_paths = [train_paths[index] for index in few_train]
valid_paths = [valid_paths[index] for index in few_valid]
check.keep(train_images=train_images, train_labels=train_labels)
check.keep(valid_images=valid_images, valid_labels=valid_labels)
""",
    ),
    "06_nytimes_rnn": ("load-data", FEW_HEADLINES.format(1500)),
    "attention": ("load-data", FEW_HEADLINES.format(600)),
    "homographies": ("load-data", "train_images, train_labels = train_images[:9000], train_labels[:9000]"),
    "pretrained_text": (
        "load-data",
        """
strange = pd.DataFrame({"headline": ["a tram " * 200, "🦩", "“…”", "Ünïcode naïveté in São Paulo"]})
largest = table["section"].replace("Unknown", None).value_counts().index[:5]
table = table[table["section"].isin(largest)].groupby("section").head(300)
table = pd.concat([table, strange.assign(section="Unknown")], ignore_index=True)
headlines = table["headline"].to_list()
""",
    ),
    "scaling_out": (
        "load-data",
        """
train_images, train_labels = train_images[:384], train_labels[:384]
valid_images, valid_labels = valid_images[:200], valid_labels[:200]
""",
    ),
    "07_assessment": (
        "load-data",
        """
some = np.concatenate([np.flatnonzero(train_labels == label)[:12] for label in range(6)])
train_images, train_labels = train_images[some], train_labels[some]
some = np.concatenate([np.flatnonzero(shop_labels == label)[:4] for label in range(6)])
shop_images, shop_labels = shop_images[some], shop_labels[some]
some = np.concatenate([np.flatnonzero(belt_labels == label)[:4] for label in range(6)])
belt_images, belt_labels = belt_images[some], belt_labels[some]
check.keep(train_images=train_images, train_labels=train_labels)
""",
    ),
}
"""Code that follows a cell of a lesson, so that the whole notebook runs in seconds; each letter and digit stays, and
strange headlines join."""


def edition_with(set_name: str, editions: dict[str, Path]) -> Path:
    """The folder of the first edition that has the set `set_name`; the test skips where none has."""
    for root in editions.values():
        if (root / SETS[set_name].folder).exists():
            return root
    pytest.skip(f"no edition here has {set_name}")


class Silence:
    """A watcher of a run that nobody watches."""

    def cell(self, number: int, total: int, cell_id: str) -> None:
        """Nothing to say."""

    def line(self, text: str) -> None:
        """Nothing to say."""


def changed_copy(
    lesson: str,
    folder: Path,
    *,
    answers: dict[str, str] | None = None,
    less_data: bool = False,
    ask: dict[str, str] | None = None,
    solved: bool = True,
) -> Path:
    """Write a changed copy of `lesson` (its id, or the path of a notebook) below `folder` and return its path.

    Args:
        answers: source of exercise cells by cell id.
        solved: whether to take the notebook of ``dev/solutions/`` where there is one.
        less_data: whether the lesson runs on a small part of its data.
        ask: expressions, by name, whose values (JSON) the copy prints before its results cell, or its footer without.
    """
    path = find_notebook(lesson, solved=solved)
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    for cell_id, source in (answers or {}).items():
        assert "..." in cells[cell_id].source, "a cell with a blank"
        cells[cell_id].source = source
    if less_data:
        after, source = LESS_DATA[path.stem]
        notebook.cells.insert(_index(notebook, after) + 1, new_code_cell(source, id="less-data"))
    if ask:
        ask = {name: expression.replace("LESSON", repr(path.stem)) for name, expression in ask.items()}
        expressions = ", ".join(f"{name!r}: {expression}" for name, expression in ask.items())
        source = f"import json, sys\nsys.path.append({str(ROOT / 'tests')!r})\nimport lesson_facts\n"
        source += f"print({ANSWER_MARK!r} + json.dumps({{{expressions}}}, default=float))"
        end = "results" if "results" in cells else "footer"
        notebook.cells.insert(_index(notebook, end), new_code_cell(source, id=ASKED))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("course", "data", "images"):
        (folder / name).symlink_to(ROOT / name)
    nbformat.write(notebook, folder / path.name)
    return folder / path.name


def run_changed(lesson: str, folder: Path, edition: Path, **changes: Any) -> tuple[Outcome, dict[str, Any]]:
    """Run a changed copy of `lesson`; its outcome, and the answers to what was asked."""
    notebook = changed_copy(lesson, folder, **changes)
    outcome = execute(notebook, Settings(edition=edition, out=folder / "executed"), Silence())
    return outcome, asked(folder / "executed" / notebook.name)


def holds(copy: Path, edition: Path) -> Path:
    """Run a changed copy that asks `UNTRUE` or `BUILT`: it ends, nothing is untrue, nothing red. The executed copy."""
    out = copy.parent / "executed"
    outcome = execute(copy, Settings(edition=edition, out=out), Silence())
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert asked(out / copy.name)["untrue"] == [] == red(out / copy.name)
    return out / copy.name


def red(executed: Path) -> list[str]:
    """What stands in red in an executed notebook."""
    cells = nbformat.read(executed, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [str(output) for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


@dataclass(frozen=True)
class BareRun:
    """What came of a lesson that ran with the eight packages alone: its executed copy, its figures, where it saved."""

    executed: Path
    metrics: dict[str, float]
    models: Path


def bare_run(lesson: str, folder: Path, python: Path, edition: Path, ask: dict[str, str] | None) -> BareRun:
    """Run `lesson` on less data by the interpreter `python`; `ask` as in :func:`changed_copy`.

    Raises:
        AssertionError: it did not run to its end; says what the command said.
    """
    notebook, report = changed_copy(lesson, folder / "checkout", less_data=True, ask=ask), folder / "report.json"
    done = subprocess.run(
        [python, "-m", "course", "run", notebook, "--edition", edition, "--out", folder / "out", "--json", report],
        cwd=ROOT,
        env=os.environ | {"COURSE_MODELS": str(folder / "models")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (outcome,) = json.loads(report.read_text(encoding="utf-8"))["lessons"]
    assert outcome["status"] == "passed", done.stdout
    return BareRun(folder / "out" / notebook.name, outcome["results"], folder / "models")


def asked(executed: Path) -> dict[str, Any]:
    """The answers that an executed copy printed; empty where it did not get that far."""
    for output in outputs_of(executed, ASKED):
        if ANSWER_MARK in output.get("text", ""):
            return json.loads(output["text"].split(ANSWER_MARK)[1])
    return {}


def outputs_of(executed: Path, cell_id: str) -> list[dict[str, Any]]:
    """The outputs of one cell in an executed notebook."""
    notebook = nbformat.read(executed, as_version=4)
    return [output for cell in notebook.cells if cell.id == cell_id for output in cell.get("outputs", [])]


def _index(notebook: nbformat.NotebookNode, cell_id: str) -> int:
    return [cell.id for cell in notebook.cells].index(cell_id)
