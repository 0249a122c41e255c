"""Code of a lesson, run outside its notebook: what is measured is what the lesson says, and cannot drift from it.

Usage: ``names = run("03_asl_cnn", ["num_classes", "load", "block", "model"])``; ``names["model"]`` is the network.
"""

from __future__ import annotations

import ast
import json
import linecache
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from course.messages import CourseError, _
from course.paths import ROOT, data_dir, models_dir

ANSWERS = {"exercise", "solution"}


def run(lesson: str, names: Sequence[str], **given: Any) -> dict[str, Any]:
    """Execute the lesson's imports and, in their order, those of its statements that bind one of `names`.

    Args:
        lesson: id of the lesson; the solved notebook where there is one.
        names: functions, classes and variables; ``model.compile`` stands for the statement that calls it.
        given: what the statements rely on besides, such as the answer to an exercise: its cells are left out.

    Returns:
        All names that are bound then.

    Raises:
        CourseError: the lesson no longer has one of the names.
    """
    path = notebook(lesson)
    bound: dict[str, Any] = {"ROOT": ROOT, "DATA": data_dir(), "MODELS": models_dir(), "__name__": f"lesson_{lesson}"}
    bound.update(given)
    sys.modules.setdefault(bound["__name__"], sys.modules[__name__])  # Keras looks up the module of a class
    wanted, missing = set(names), set(names)
    for file, statement in _statements(path):
        found = bindings(statement) & wanted
        if found or isinstance(statement, ast.Import | ast.ImportFrom):
            missing -= found
            # the course's own lessons
            exec(compile(ast.Module([statement], []), file, "exec"), bound)  # nosec B102
    if missing:
        text = _("Lesson {lesson} no longer has {names}, which the bench measures: bring dev/bench/ up to date.")
        raise CourseError(text.format(lesson=lesson, names=", ".join(sorted(missing))))
    return bound


def notebook(lesson: str) -> Path:
    """The lesson's notebook; the solved one where there is one."""
    solved = ROOT / "dev" / "solutions" / f"{lesson}.ipynb"
    return solved if solved.is_file() else ROOT / f"{lesson}.ipynb"


def code_cells(path: Path) -> list[dict[str, Any]]:
    """The code cells of the notebook at `path`, each with ``id``, ``source`` (one text) and ``metadata``.

    Raises:
        CourseError: it cannot be read.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [{**cell, "source": "".join(cell["source"])} for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(_("{path} is not a notebook that can be read.").format(path=path.name)) from error


def _statements(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """The statements of a notebook but for answers, each with a name of a file under which ``inspect`` finds its text.

    TensorFlow rewrites functions from their text.
    """
    for cell in code_cells(path):
        if not ANSWERS & set(cell["metadata"].get("tags", ())):
            file, lines = f"<{path.stem} {cell['id']}>", cell["source"].splitlines(keepends=True)
            linecache.cache[file] = (len(cell["source"]), None, lines, file)
            yield from ((file, statement) for statement in ast.parse(cell["source"]).body)


def bindings(statement: ast.stmt) -> set[str]:
    """Names that a statement binds, and what it calls where it is nothing but a call."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return {ast.unparse(statement.value.func)}
    return set(_bound(statement))


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif not isinstance(node, ast.comprehension):  # whose names are its own
        for inner in ast.iter_child_nodes(node):
            yield from _bound(inner)


def settings(lesson: str) -> dict[str, float]:
    """``batch``, ``epochs`` and ``rate`` (the schedule's highest) as the lesson writes them, without running it.

    Raises:
        CourseError: it writes them in another way.
    """
    found: dict[str, float] = {}
    for _file, statement in _statements(notebook(lesson)):
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                name = ast.unparse(node.targets[0])
                found |= {"batch": node.value.value} if name == "batch_size" else {}
                found |= {"epochs": node.value.value} if name == "epochs" else {}
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("CosineDecay"):
                found["rate"] = ast.literal_eval(node.args[0])
    if set(found) != {"batch", "epochs", "rate"}:
        text = _(
            "Lesson {lesson} no longer has batch, epochs and rate as the bench reads them: bring dev/bench/ up to date."
        )
        raise CourseError(text.format(lesson=lesson))
    return found
