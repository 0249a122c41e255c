"""The lessons in an environment with just the eight packages, as in a container's own JupyterLab."""

from __future__ import annotations

import json
import subprocess

import nbformat
import pytest

from course.paths import available_lessons


def test_the_environment_has_the_eight_packages_and_nothing_of_ours(bare_python):
    script = "import importlib.util as u; print([bool(u.find_spec(n)) for n in {names!r}])"
    eight = ["tensorflow", "keras", "numpy", "pandas", "matplotlib", "jupyterlab", "PIL", "scipy"]
    ours = ["ipywidgets", "anywidget", "pooch", "pytest", "ruff"]
    for names, there in ((eight, True), (ours, False)):
        found = subprocess.check_output([bare_python, "-c", script.format(names=names)], text=True)
        assert json.loads(found.lower()) == [there] * len(names)


@pytest.mark.parametrize("lesson", available_lessons())
def test_a_lesson_runs_with_the_eight_packages_alone(bare_runs, lesson):
    executed = nbformat.read(bare_runs(lesson).executed, as_version=4)
    assert all(cell.execution_count for cell in executed.cells if cell.cell_type == "code")
    for cell in executed.cells:
        if cell.id in ("draw-digit", "own-hand"):  # without the widget library the cell shows its recorded example
            assert any("<img" in output.get("data", {}).get("text/html", "") for output in cell.outputs)
