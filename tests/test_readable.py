"""Every notebook can be read by everybody, as far as a linter can tell; each rule is broken once on purpose."""

from __future__ import annotations

from typing import Any

import pytest
from readable import barriers
from test_korean import read_canonical

from course.paths import ROOT
from course.runner import notebooks

NOTEBOOKS = [path for path in notebooks.notebook_paths(ROOT) if path.parent.name != "ko"]
"""Those in ko/ have the same code and as many tables; test_korean.py holds it."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.relative_to(ROOT).as_posix() for path in NOTEBOOKS])
def test_nothing_keeps_anybody_out_of(path: Any) -> None:
    assert barriers(read_canonical(path)) == []


def found(*sources: str) -> list[str]:
    """The complaints about a notebook of these cells; those that begin with ``md:`` are prose."""
    cells = []
    for number, text in enumerate(sources):
        kind = "markdown" if text.startswith("md:") else "code"
        cells.append({"cell_type": kind, "id": f"cell{number}", "source": text.removeprefix("md:")})
    return barriers(notebooks.canonical({"cells": cells}))


CHART = "plt.plot(losses)\nplt.show()"
SHOW = "def show(x):\n    plt.bar(x, x)\n    plt.show()"
TABLE = "md:| name | value |\n|---|---|\n| a | 1 |"


FINE = (
    (TABLE,),
    ("md:<table><tr><th>a</th></tr></table>",),
    (f"md:```\n{TABLE[3:]}\n|---|",),
    (CHART + '\nprint("last", losses[-1])',),
    (CHART, "md:The loss falls."),
    (f'plt.title(f"loss {{loss:.2f}}")\n{CHART}', "md:## Next"),
    (f'ax.set_title("Left hands are misread")\n{CHART}',),
    (CHART, 'gap = 3\nprint("gap", gap)'),
    (CHART + "\nlosses.round(3)",),
    (SHOW, "show(x)", "md:The first is the largest."),
    (SHOW.replace("plt.show()", "plt.show()\n    print(x)"), "show(x)"),
    (SHOW, "x = 1"),
    ("plt.imshow(hand)\nplt.show()", "md:## Next"),
    ("ax.plot(2 * right + 0.5, 2 * down + 0.5)\nplt.show()", "md:## Next"),
    ('plt.imshow(x, cmap="gray")\nplt.imshow(signed, cmap="PuOr")',),
    ('plt.plot(a, marker="o", label="a")\nplt.plot(b, marker="s", label="b")',),
    ('left.plot(a, label="a")\nright.plot(b, label="b")',),
    ('plt.hist(a, label="a")\nplt.vlines(b, 0, 1, color="C1", label="b")',),
    ('for name, style in styles:\n    plt.axhline(1, color="gray", linestyle=style, label=name)',),
    ("for ax, name in zip(axes, names):\n    ax.plot(x, label=name)",),
    ('x.plot.bar()\nplt.setp(plt.gca().containers[1:], hatch="//")\nplt.legend()',),
)
NOTICED = {
    "a column without a header": [(TABLE.replace("name", "    "),), ("md:|||\n|---|---|\n| a | 1 |",)],
    "a table has no header": [("md:<table><tr><td>a</td></tr></table>",)],
    "nothing below the plot": [
        (CHART,),
        (CHART, "md:## Next"),
        (f'plt.title("Loss by epoch")\n{CHART}', "md:## Next"),
        (CHART, "model = build()"),
        (CHART, "model.compile()\nprint(steps)"),
        (SHOW, "show(x)", "md:### Exercise"),
        (SHOW, "def both():\n    show(x)", "both()", "md:## Next"),
        (f'def say():\n    print("x")\n\n\n{CHART}', "md:## Next"),
    ],
    "the map “jet”": [('plt.imshow(x, cmap="jet")',)],
    "the color “red”": [('plt.plot(x, color="red")',)],
    "two series of plt": [
        ('plt.plot(a, label="a")\nplt.plot(b, label="b")',),
        ('plt.plot(a, marker="o", label="a")\nplt.plot(b, marker="o", label="b")',),
    ],
    "in the loop": [('for name in names:\n    plt.plot(x[name], marker="o", label=name)',)],
    "hatch one of them": [("x.plot.bar()\nplt.legend()",)],
}


@pytest.mark.parametrize("cells", FINE)
def test_what_everybody_can_read_is_fine(cells: tuple[str, ...]) -> None:
    assert found(*cells) == []


@pytest.mark.parametrize(("complaint", "cells"), [(one, cells) for one, cases in NOTICED.items() for cells in cases])
def test_what_keeps_somebody_out_is_noticed(complaint: str, cells: tuple[str, ...]) -> None:
    assert any(complaint in one for one in found(*cells))
