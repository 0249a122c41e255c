"""Notebooks: the one form in which they are kept in git.

Usage: ``python -m course fix`` rewrites what is not in that form (``--check`` only names it);
``canonical(notebook)`` and ``dumps(notebook)`` serve the tests too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from course.files import shown, write_text
from course.messages import CourseError, _
from course.paths import ROOT

Notebook = dict[str, Any]

FOLDERS = ("", "ko", "solutions", "extras")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``fix``."""
    parser.add_argument("--check", action="store_true", help=_("change nothing; name what is not canonical"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course fix``; 1 where something is left to mend."""
    from course import environment, figures, record

    environment.ensure_inside(args, needs=("ruff",), dev=True)
    commands = (["check"], ["format", "--check"]) if args.check else (["check", "--fix"], ["format"])
    ruff = [sys.executable, "-m", "ruff"]
    failed = any([subprocess.run([*ruff, *command, "--quiet", "."], cwd=ROOT).returncode for command in commands])
    changed = [path for path in notebook_paths(ROOT) if _fix(path, write=not args.check)]
    if args.check:
        results = record.read_json(ROOT / "docs" / "results.json")
        readmes = [(ROOT / "README.md", "en"), (ROOT / "README.ko.md", "ko")]
        texts = {path: (path.read_text("utf-8"), lang) for path, lang in readmes if path.is_file()}
        changed += [path for path, (text, lang) in texts.items() if figures.fill(text, results, lang) != text]
    else:
        changed += figures.write(ROOT)
    for path in changed:
        print((_("not canonical: {path}") if args.check else _("mended: {path}")).format(path=shown(path)))
    return int(failed or (args.check and bool(changed)))


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
    raise CourseError(_("{path} is not a notebook of format 4; restore it from git.").format(path=shown(path)))


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


def _fix(path: Path, write: bool) -> bool:
    """Rewrite the notebook at `path` if it is not canonical and `write` says so. Returns whether it was not."""
    text = dumps(canonical(read(path)))
    differs = text.encode() != path.read_bytes()
    if differs and write:
        write_text(path, text)
    return differs
