"""extras/deployment.ipynb: the same answers from every runtime, on small and on large batches, and nothing red."""

from __future__ import annotations

import ast
import json
import os
import re
from pathlib import Path

import nbformat
import pytest
from extra_packages import ABOUT, needs
from lesson_runs import edition_with

from course import check
from course.check import packages
from course.environment.system import normal, requirement_name
from course.messages import CourseError
from course.paths import ROOT
from course.runner import notebooks
from course.runner.executor import Outcome, Settings, execute
from course.runner.run import Plain

NOTEBOOK = ROOT / "extras" / "deployment.ipynb"
LETTERS = "abcdefghiklmnopqrstuvwxy"
runtimes = needs("tf2onnx", "onnx", "onnxruntime", "ai_edge_litert")


def cell_source(path: Path, name: str) -> str:
    return next("".join(cell["source"]) for cell in notebooks.read(path)["cells"] if cell["id"] == name)


@pytest.fixture
def models(editions: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_session: None) -> Path:
    """The folder with a model as lesson 04a saves it: the same kinds of layer, weights drawn at random."""
    import keras
    from keras import layers

    monkeypatch.setenv("COURSE_DATA", str(edition_with("asl_images", editions)))
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(check.session.SESSION, "edition", "")
    keras.utils.set_random_seed(1)
    drawn = "random_normal"
    statistics = {f"{name}_initializer": drawn for name in ("gamma", "beta", "moving_mean")}
    convolution = [layers.Conv2D(8, 3, padding="same", activation="relu"), layers.MaxPooling2D(2, padding="same")]
    between = [layers.BatchNormalization(**statistics), layers.Dropout(0.2), layers.Flatten()]
    dense = [layers.Dense(units, kind, bias_initializer=drawn) for units, kind in ((32, "relu"), (24, "softmax"))]
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255), *convolution, *between, *dense])
    with check.saving(tmp_path / "models" / "asl_model.keras") as path:
        model.save(path)
    with check.saving(tmp_path / "models" / "asl_model.json") as path:
        path.write_text(json.dumps({**ABOUT, "letters": LETTERS}))
    return tmp_path / "models"


def run(notebook: Path, edition: Path, out: Path) -> tuple[Outcome, nbformat.NotebookNode]:
    outcome = execute(notebook, Settings(edition=edition, out=out), Plain())
    return outcome, nbformat.read(out / notebook.name, as_version=4)


@runtimes
def test_onnx_and_litert_give_the_same_answers_and_what_the_prose_says_is_true(models, editions, tmp_path):
    outcome, notebook = run(NOTEBOOK, edition_with("asl_images", editions), tmp_path / "out")
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    for name, cell in cells.items():
        red = [output for output in cell.outputs if output.output_type == "error" or output.get("name") == "stderr"]
        assert not red, f"{name}: {red}"
    shown = {
        name: "".join(output.get("text", output.get("data", {}).get("text/plain", "")) for output in cell.outputs)
        for name, cell in cells.items()
    }
    rows = [line.split() for line in shown["same"].splitlines()[1:]]
    assert [row[0] for row in rows] == ["ONNX", "LiteRT"]
    for _name, largest, same, letters in rows:
        assert float(largest) <= 1e-4
        assert (same, letters) == ("True", "500")
    operations = ast.literal_eval(shown["onnx-look"].removeprefix("Counter(").removesuffix(")"))
    assert operations["Conv"] == 1 and operations["MatMul"] == 2
    assert not {"Dropout", "BatchNormalization"} & operations.keys()
    assert float(shown["wrong"].split()[2]) > 1e-3, "the comparison would notice"
    assert (models / "asl_model.onnx").stat().st_size > 0 < (models / "asl_model.tflite").stat().st_size
    times = [line.rsplit(maxsplit=3) for line in shown["latency"].splitlines()[1:]]
    assert [name for name, *_values in times] == ["Keras, predict", "Keras, traced", "ONNX", "LiteRT"]
    assert all(float(value) > 0 for _name, *values in times for value in values)


def test_a_missing_package_ends_the_cell_with_one_sentence_and_the_command(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda name: name not in ("tf2onnx", "onnxruntime") or None)
    with pytest.raises(CourseError) as caught:
        packages.need("tf2onnx", "onnx", "onnxruntime")
    assert str(caught.value) == (
        "Not installed: tf2onnx, onnxruntime; `python -m course setup --extras` installs what the extras need, then"
        " open this notebook from `python -m course lab`."
    )


def test_the_notebook_asks_for_its_packages_before_it_imports_any_and_they_stand_in_the_requirements():
    names = [cell["id"] for cell in notebooks.read(NOTEBOOK)["cells"] if cell["cell_type"] == "code"]
    assert names[:3] == ["setup", "check-packages", "imports"]
    need = re.search(r"packages\.need\((.+)\)", cell_source(NOTEBOOK, "check-packages"))[1]
    asked = set(re.findall(r"\w+", need))
    imports = re.findall(r"^(?:import|from) (\w+)", cell_source(NOTEBOOK, "imports"), re.M)
    assert {name for name in imports if name in ("tf2onnx", "onnx", "onnxruntime", "ai_edge_litert")} <= asked
    text = (ROOT / "course" / "environment" / "requirements-extras.txt").read_text(encoding="utf-8")
    listed = {requirement_name(line) for line in text.splitlines() if line and not line.startswith("#")}
    assert {normal(name) for name in asked} | {"starlette", "uvicorn"} <= listed


def test_lesson_04a_writes_down_what_the_notebook_and_the_service_read():
    tree = ast.parse(cell_source(ROOT / "04a_asl_augmentation.ipynb", "save"))
    about = next(node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "about")
    written = dict(zip([key.value for key in about.keys], about.values, strict=True))
    assert isinstance(written.pop("letters"), ast.Name)
    known = {name: ast.literal_eval(value) for name, value in written.items() if name in ABOUT and name[0] != "v"}
    assert known == {"height": 28, "width": 28, "channels": 1, "pixels": [0, 255]}


def test_quietly_holds_back_what_is_written_but_no_error(capfd):
    with packages.quietly():
        print("from Python")
        os.write(2, b"from C++")
    with pytest.raises(ZeroDivisionError), packages.quietly():  # noqa: PT012
        os.write(2, b"before the error")
        raise ZeroDivisionError
    print("afterwards")
    assert capfd.readouterr() == ("afterwards\n", "before the error")
