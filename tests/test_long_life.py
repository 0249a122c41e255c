"""A kernel that lives on: Run All again and again in it works, gives the same, and takes hardly more memory."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lesson_runs import NEEDS, SET_OF, Silence, changed_copy, edition_with, outputs_of, red
from nbformat.v4 import new_code_cell
from sharing import THREADS

from course.paths import available_lessons
from course.runner.executor import RESULTS_MIME, Settings, execute

SAMPLE = "02_asl"
TIMES = 3
MORE_MEMORY = 1.15
"""What the third time may leave behind, as a multiple of what the second did: the first builds and warms up."""


def repeated(path: Path, times: int) -> Path:
    """Have the notebook at `path` hold its cells so many times, each time with one that prints the kernel's memory."""
    notebook = nbformat.read(path, as_version=4)
    cells = []
    for time in range(times):
        cells += [nbformat.NotebookNode(cell, id=f"{cell.id}-{time}") for cell in notebook.cells]
        cells.append(new_code_cell("import psutil\nprint(psutil.Process().memory_info().rss)", id=f"memory-{time}"))
    notebook.cells = cells
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize(
    "lesson",
    [pytest.param(lesson, marks=[] if lesson == SAMPLE else pytest.mark.soak) for lesson in available_lessons()],
)
def test_run_all_again_in_the_same_kernel_gives_the_same_and_takes_little_memory(
    lesson, tmp_path, editions, monkeypatch
):
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    out = tmp_path / "executed"
    for name, times in ((NEEDS.get(lesson), 1), (lesson, TIMES)):
        if name:
            notebook = repeated(changed_copy(name, tmp_path / name, less_data=True), times)
            outcome = execute(notebook, Settings(edition_with(SET_OF[name], editions), out=out), Silence())
            assert outcome.status == "passed", (outcome.cell, outcome.reason)
    executed = out / notebook.name
    # On so few pictures a network gets hardly more batches than sizes of batches, which TensorFlow warns of.
    assert [output for output in red(executed) if "triggered tf.function retracing" not in output] == []
    cells = nbformat.read(executed, as_version=4).cells
    shown = [output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output]
    metrics = [data[RESULTS_MIME]["metrics"] for data in shown if RESULTS_MIME in data]
    assert len(metrics) == TIMES
    assert metrics[1:] == metrics[:1] * (TIMES - 1)
    memory = [int(outputs_of(executed, f"memory-{time}")[0]["text"]) for time in range(TIMES)]
    print(lesson, [round(bytes_ / 2**20) for bytes_ in memory], "MB")  # for docs/reliability.md; pytest -rP shows it
    assert memory[-1] <= MORE_MEMORY * memory[1], memory
