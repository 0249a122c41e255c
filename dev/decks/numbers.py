"""Measured numbers on slides: ``{03.val_accuracy:.1%}`` and the like, filled from what was recorded.

A number is named by its lesson, then

    {03.val_accuracy:.1%}               a metric of docs/results.json, on the embedded data
    {03.seconds:.0f}                    how long the lesson computed
    {03#ablation[epoch 5][neither]:.1%} a table that cell `ablation` of the lesson holds: column, then row
    {03.val_accuracy - 02.val_accuracy:points}    a difference, in points of a hundred

What follows the colon is a format as Python has it, or ``points``.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import Any

from course.messages import CourseError
from course.paths import ROOT, lesson_id
from course.runner.notebooks import read, source_of
from dev.record import read_json

PLACEHOLDER = re.compile(r"\{([^{}:]+?)(?::([^{}]+))?\}")
METRIC = re.compile(r"(\d\d[ab]?)\.(\w+)")
CELL = re.compile(r"(\d\d[ab]?)#([\w-]+)\[([^\]]+)\]\[([^\]]+)\]")


def fill(text: str) -> str:
    """`text` with its placeholders filled. Raises CourseError: one names nothing that was recorded."""
    return PLACEHOLDER.sub(lambda found: _format(value(found[1]), found[2] or "g"), text)


def value(name: str) -> float:
    """What stands inside a placeholder, before the colon. Raises CourseError."""
    first, *others = (_one(part.strip()) for part in name.split(" - "))
    return first - sum(others)


def _format(number: float, how: str) -> str:
    return f"{100 * number:.0f}" if how == "points" else format(number, how)


def _one(name: str) -> float:
    if found := METRIC.fullmatch(name):
        recorded = _results()["embedded"]["cpu"]["lessons"].get(lesson_id(found[1]), {})
        metrics = {**recorded.get("metrics", {}), "seconds": recorded.get("seconds")}
        if metrics.get(found[2]) is not None:
            return float(metrics[found[2]])
    elif found := CELL.fullmatch(name):
        table = _table(lesson_id(found[1]), found[2])
        if found[3] in table and found[4] in table[found[3]]:
            return float(table[found[3]][found[4]])
    raise CourseError(f"A deck asks for the number {name}, which neither docs/results.json nor the lesson holds.")


@cache
def _results() -> dict[str, Any]:
    return read_json(ROOT / "docs" / "results.json")


@cache
def _table(lesson: str, cell: str) -> dict[str, dict[str, Any]]:
    """The numbers in the first ``pd.DataFrame({…}, index=…)`` that the cell spells out: by column, by row."""
    notebook = read(ROOT / f"{lesson}.ipynb")
    source = next((source_of(one) for one in notebook["cells"] if one["id"] == cell), "")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "DataFrame":
            index = next(one.value for one in node.keywords if one.arg == "index")
            rows = ast.literal_eval(index.args[0] if isinstance(index, ast.Call) else index)
            columns = ast.literal_eval(node.args[0])
            return {name: dict(zip(map(str, rows), column, strict=True)) for name, column in columns.items()}
    return {}
