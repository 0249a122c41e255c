"""The lessons in an environment with just the eight packages, as in a container's own JupyterLab."""

from __future__ import annotations

import json
import os
import subprocess

import nbformat
import pytest
from bare_environment import bare_environment
from lesson_runs import SET_OF, changed_copy, edition_with

from course.paths import ROOT, available_lessons


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory):
    """The interpreter of an environment with the eight packages alone."""
    return bare_environment(tmp_path_factory.mktemp("bare") / "environment")


def test_the_environment_has_the_eight_packages_and_nothing_of_ours(bare_python):
    script = "import importlib.util as u; print([bool(u.find_spec(n)) for n in {names!r}])"
    eight = ["tensorflow", "keras", "numpy", "pandas", "matplotlib", "jupyterlab", "PIL", "scipy"]
    ours = ["ipywidgets", "anywidget", "pooch", "pytest", "ruff"]
    for names, there in ((eight, True), (ours, False)):
        found = subprocess.check_output([bare_python, "-c", script.format(names=names)], text=True)
        assert json.loads(found.lower()) == [there] * len(names)


@pytest.mark.parametrize("lesson", available_lessons())
def test_a_lesson_runs_with_the_eight_packages_alone(lesson, bare_python, editions, bring_models, tmp_path):
    edition = edition_with(SET_OF[lesson], editions)
    bring_models(lesson, edition, tmp_path / "models")
    notebook = changed_copy(lesson, tmp_path / "checkout", less_data=True)
    result = subprocess.run(
        [bare_python, "-m", "course", "run", notebook, "--edition", edition, "--out", tmp_path / "out"],
        cwd=ROOT,
        env=os.environ | {"COURSE_MODELS": str(tmp_path / "models")},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    executed = nbformat.read(tmp_path / "out" / notebook.name, as_version=4)
    assert all(cell.execution_count for cell in executed.cells if cell.cell_type == "code")
    for cell in executed.cells:
        if cell.id in ("draw-digit", "own-hand"):  # without the widget library the cell shows its recorded example
            assert any("<img" in output.get("data", {}).get("text/html", "") for output in cell.outputs)
