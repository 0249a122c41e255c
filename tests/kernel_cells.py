"""Run cells in a kernel of their own, with no front end: ``run_cells(tmp_path, "from test_x import y", "y(1)")``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from course.paths import ROOT


def run_cells(folder: Path, first: str, *cells: str, may_fail: bool = False) -> list[list[Any]]:
    """Outputs of `cells`, run in `folder` after `first`, which imports what they use.

    Args:
        may_fail: whether a cell may end in an error, which is then among its outputs; else that is raised.
    """
    paths = f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'tests')]}"
    metadata = {"tags": ["raises-exception"]} if may_fail else {}
    code = [nbformat.v4.new_code_cell(cell, metadata=metadata) for cell in (f"{paths}\n{first}", *cells)]
    notebook = nbformat.v4.new_notebook(cells=code)
    NotebookClient(notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": folder}}).execute()
    return [cell.outputs for cell in notebook.cells[1:]]
