"""Every notebook can be read by everybody, as far as a linter can tell; each rule is broken once on purpose."""

from __future__ import annotations

from typing import Any

import pytest
from readable import barriers
from test_korean import as_committed

from course.paths import ROOT
from course.runner import notebooks

NOTEBOOKS = [path for path in notebooks.notebook_paths(ROOT) if path.parent.name != "ko"]
"""Those in ko/ have the same code and as many tables; test_korean.py holds it."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.relative_to(ROOT).as_posix() for path in NOTEBOOKS])
def test_nothing_keeps_anybody_out_of(path: Any) -> None:
    assert barriers(as_committed(path)) == []


def found(*sources: str) -> list[str]:
    """The complaints about a notebook of these cells; those that begin with ``md:`` are prose."""
    cells = [
        {
            "cell_type": "markdown" if text.startswith("md:") else "code",
            "id": f"cell{i}",
            "source": text.removeprefix("md:"),
        }
        for i, text in enumerate(sources)
    ]
    return barriers(notebooks.canonical({"cells": cells}))


CHART = "plt.plot(losses)\nplt.show()"
SHOW = "def show(x):\n    plt.bar(x, x)\n    plt.show()"
TABLE = "md:| name | value |\n|---|---|\n| a | 1 |"


class TestTables:
    @pytest.mark.parametrize("text", [TABLE, "md:<table><tr><th>a</th></tr></table>", f"md:```\n{TABLE[3:]}\n|---|"])
    def test_with_headers_are_fine(self, text: str) -> None:
        assert found(text) == []

    @pytest.mark.parametrize(
        "text", [TABLE.replace("name", "    "), "md:|||\n|---|---|\n| a | 1 |", "md:<table><tr><td>a</td></tr></table>"]
    )
    def test_without_are_noticed(self, text: str) -> None:
        assert len(found(text)) == 1


class TestPlots:
    @pytest.mark.parametrize(
        "cells",
        [
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
            ("axis.plot(2 * right + 0.5, 2 * down + 0.5)\nplt.show()", "md:## Next"),
        ],
    )
    def test_with_figures_or_prose_below_are_fine(self, cells: tuple[str, ...]) -> None:
        assert found(*cells) == []

    @pytest.mark.parametrize(
        "cells",
        [
            (CHART,),
            (CHART, "md:## Next"),
            (f'plt.title("Loss by epoch")\n{CHART}', "md:## Next"),
            (CHART, "model = build()"),
            (CHART, "model.compile()\nprint(steps)"),
            (SHOW, "show(x)", "md:### Exercise"),
            (SHOW, "def both():\n    show(x)", "both()", "md:## Next"),
            (f'def say():\n    print("x")\n\n\n{CHART}', "md:## Next"),
        ],
    )
    def test_without_are_noticed(self, cells: tuple[str, ...]) -> None:
        assert any("nothing below the plot" in one for one in found(*cells))


class TestColours:
    @pytest.mark.parametrize(
        "code",
        [
            'plt.imshow(x, cmap="gray")\nplt.imshow(signed, cmap="PuOr")',
            'plt.plot(a, marker="o", label="a")\nplt.plot(b, marker="s", label="b")',
            'left.plot(a, label="a")\nright.plot(b, label="b")',
            'plt.hist(a, label="a")\nplt.vlines(b, 0, 1, color="C1", label="b")',
            'for name, style in styles:\n    plt.axhline(1, color="gray", linestyle=style, label=name)',
            "for axis, name in zip(axes, names):\n    axis.plot(x, label=name)",
            'x.plot.bar()\nplt.setp(plt.gca().containers[1:], hatch="//")\nplt.legend()',
        ],
    )
    def test_that_everybody_can_tell_apart_are_fine(self, code: str) -> None:
        assert found(code) == []

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ('plt.imshow(x, cmap="jet")', "the map “jet”"),
            ('plt.plot(x, color="red")', "the color “red”"),
            ('plt.plot(a, label="a")\nplt.plot(b, label="b")', "two series of plt"),
            ('plt.plot(a, marker="o", label="a")\nplt.plot(b, marker="o", label="b")', "two series of plt"),
            ('for name in names:\n    plt.plot(x[name], marker="o", label=name)', "in the loop"),
            ("x.plot.bar()\nplt.legend()", "hatch one of them"),
        ],
    )
    def test_that_not_everybody_can_are_noticed(self, code: str, said: str) -> None:
        assert any(said in one for one in found(code))
