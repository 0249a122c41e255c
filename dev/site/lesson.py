"""An executed notebook as Markdown for Sphinx: prose, code, what the code showed; solutions folded away."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dev.site.links import Links
from dev.site.outputs import Outputs

WORDS = {
    "exercise": ("Exercise", "연습 문제"),
    "solution": ("Show a solution", "풀이 보기"),
    "setup": ("Show the set-up code", "준비 코드 보기"),
    "not run": (
        "Here the notebook waits for your decisions: the cells above were run, those below are shown as they are.",
        "여기부터는 여러분이 결정할 차례입니다. 위의 셀은 실행한 결과이고, 아래의 셀은 있는 그대로 보여 줍니다.",
    ),
    "never run": (
        "This notebook is shown without having been run.",
        "이 노트북은 실행하지 않은 그대로입니다.",
    ),
    "picture": ("Picture", "그림"),
}
FOLDED = {"setup": "setup"}
"""Cells that every notebook has and nobody needs to read, by id; what unfolds them."""
Cell = dict[str, Any]
"""As nbformat has it."""


def cells_of(notebook: dict[str, Any], executed: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The cells of `notebook`, with the outputs of the cells in `executed` of the same id and source.

    A cell whose source differs, since one of the two is older, shows nothing rather than something wrong.
    """
    ran = {(cell["id"], cell["source"]): cell.get("outputs", []) for cell in (executed or {"cells": []})["cells"]}
    return [{**cell, "outputs": ran.get((cell["id"], cell["source"]), [])} for cell in notebook["cells"]]


def markdown(
    cells: list[Cell],
    links: Links,
    outputs: Outputs,
    lang: str,
    foreign: bool = False,
    live: Mapping[str, str] | None = None,
) -> str:
    """The page's Markdown.

    Args:
        cells: from :func:`cells_of`.
        links: rewrites the prose's links.
        outputs: renders what cells showed.
        lang: language of the site's own words.
        foreign: whether what the cells showed is in English on a page that is not.
        live: by the cell's id, HTML that comes below what the cell showed.
    """
    word = {name: both[lang == "ko"] for name, both in WORDS.items()}
    parts = [_cell(cells, index, links, outputs, word, foreign) for index in range(len(cells))]
    for index, cell in enumerate(cells):
        if shown := (live or {}).get(cell["id"]):
            parts[index] += f"\n\n{_raw(shown)}"
    if not any(cell["outputs"] for cell in cells):
        parts[0] += f"\n\n```{{note}}\n{word['never run']}\n```"
    for first, last in _exercises(cells):
        label = word["exercise"]
        group = f'<div class="exercise" role="group" aria-label="{label}">\n<p class="exercise-label">{label}</p>'
        parts[first] = f"{_raw(group)}\n\n{parts[first]}"
        parts[last] += f"\n\n{_raw('</div>')}"
    return "\n\n".join(parts) + "\n"


def _exercises(cells: list[Cell]) -> Iterator[tuple[int, int]]:
    """First and last cell of each exercise: its stub, and its solution or what comes before the next prose.

    A heading in it would begin a section inside.
    """
    for first, cell in enumerate(cells):
        if _has(cell, "exercise"):
            last = first
            while last + 1 < len(cells) and _is_code(cells[last + 1]) and not _has(cells[last], "solution"):
                last += 1
            yield first, last


def _has(cell: Cell, tag: str) -> bool:
    return tag in cell["metadata"].get("tags", ())


def _is_code(cell: Cell) -> bool:
    return cell["cell_type"] == "code"


def _cell(cells: list[Cell], index: int, links: Links, outputs: Outputs, word: dict[str, str], foreign: bool) -> str:
    """A cell as Markdown: prose with the site's links, or code and what it showed."""
    cell = cells[index]
    if not _is_code(cell):
        return links.rewrite(cell["source"])
    parts = _code(cell["source"], word["solution"] if _has(cell, "solution") else word.get(FOLDED.get(cell["id"], "")))
    if any(output.get("ename") == "NotAttempted" for output in cell["outputs"]):
        parts.append(f"```{{note}}\n{word['not run']}\n```")
    elif cell["outputs"] and (shown := outputs.html(cell["outputs"], _description(cells, index, word["picture"]))):
        english = ' lang="en"' if foreign else ""
        parts.append(_raw(f'<div class="output"{english}>\n{shown}\n</div>'))
    return "\n\n".join(parts)


def _code(source: str, fold: str | None) -> list[str]:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", source) or [""]))
    code = f"{fence}{{code-block}} ipython3\n{source}\n{fence}"
    if not fold:
        return [code]
    return [_raw(f'<details class="fold"><summary>{html.escape(fold)}</summary>'), code, _raw("</details>")]


def _raw(text: str) -> str:
    return f"``````{{raw}} html\n{text}\n``````"


def _description(cells: list[Cell], index: int, otherwise: str) -> str:
    """What to say of a picture without a description: the first sentence of the prose below it, else above it."""
    near = [*cells[index + 1 : index + 2], *reversed(cells[:index])]
    for cell in near:
        if not _is_code(cell) and (sentence := _first_sentence(cell["source"])):
            return sentence
    return otherwise


def _first_sentence(source: str) -> str:
    """The first sentence of Markdown without its marks; of a cell that is but a heading, the heading."""
    lines = [line for line in source.splitlines() if line.strip()]
    prose = [line for line in lines if not re.match(r"\s*(#|\||```|[-*] |\d+\. |!\[|<)", line)]
    text = (prose or [line for line in lines if line.startswith("#")] or [""])[0].lstrip("# ")
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\*\*|[*`$]", "", text)
    return re.split(r"(?<=[.!?])\s", text)[0].strip()
