"""Notebooks: the one form in which they are kept in git.

Usage: ``dumps(canonical(notebook))`` is the text of its file; ``python -m dev fix`` rewrites what is not in that form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from course.files import shown
from course.messages import CourseError, _

Notebook = dict[str, Any]

FOLDERS = ("", "ko", "extras", "ko/extras", "dev/solutions", "ko/dev/solutions")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook_paths(root: Path) -> list[Path]:
    """The notebooks of the checkout `root`, without the copies of learners' work."""
    found = [path for folder in FOLDERS for path in sorted((root / folder).glob("*.ipynb"))]
    return [path for path in found if ".mine" not in path.name]


def read(path: Path) -> Notebook:
    """Read a notebook.

    Raises:
        CourseError: it is no notebook of format 4.
    """
    try:
        notebook = json.loads(path.read_text("utf-8"))
        if notebook["nbformat"] == 4 and all({"cell_type", "source"} <= cell.keys() for cell in notebook["cells"]):
            return notebook
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass
    raise CourseError(_("{path} is not a notebook of format 4; restore it from git."), path=shown(path))


def canonical(notebook: Notebook) -> Notebook:
    """The form of `notebook` that is kept in git: no outputs, nothing that depends on who saved it with what."""
    cells = [_canonical_cell(cell, number) for number, cell in enumerate(notebook["cells"], 1)]
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _canonical_cell(cell: Notebook, number: int) -> Notebook:
    metadata = cell.get("metadata", {})
    kept: dict[str, Any] = {"tags": sorted(set(metadata["tags"]))} if metadata.get("tags") else {}
    if metadata.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = {"source_hidden": True}
    if metadata.get("course"):
        kept["course"] = metadata["course"]
    source = source_of(cell).replace("\r\n", "\n").rstrip()
    made = {"cell_type": cell["cell_type"], "id": cell.get("id") or f"cell-{number}", "metadata": kept}
    made["source"] = source.splitlines(keepends=True)
    if cell["cell_type"] == "code":
        return made | {"execution_count": None, "outputs": []}
    return made | ({"attachments": cell["attachments"]} if cell.get("attachments") else {})


def source_of(cell: Notebook) -> str:
    """The source of `cell` as one text."""
    return "".join(cell["source"])


def dumps(notebook: Notebook) -> str:
    """`notebook` as the text of its file, as Jupyter writes it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
