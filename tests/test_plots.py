"""Plots in words: what is said of them, and that showing a figure brings its words along and changes nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_cells import run_cells

from course.check import plots
from course.check.plots import describe

matplotlib.use("Agg")


Outputs = dict[str, list[Any]]


@pytest.fixture(autouse=True)
def no_figure_is_left() -> Iterator[None]:
    yield
    plt.close("all")


GROUPS = {"without": [0.1, 0.2], "with": [0.3, 0.4]}


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("draw", "words"),
        [
            (lambda: plt.plot([0, 1], [2, -0.0]), "ends at 0 (1)"),
            (lambda: plt.semilogy([1, 10, 1000]), "Vertical axis, logarithmic: from 1 to 1,000."),
            (lambda: plt.axhline(175, label="trigram"), "Level “trigram”: 175."),
            (lambda: pd.DataFrame(GROUPS, ["left", "right"]).plot.bar(), "Bars “with”: left 0.3, right 0.4."),
            (lambda: plt.hist([1, 2, 2, 2, 3], np.arange(0.5, 20.5)), "19 bars: highest 3 (2), lowest 0"),
            (lambda: plt.plot([0.9, 0.95], ["relu", "tanh"], "o"), "Points: (0.9, relu), (0.95, tanh)."),
            (lambda: plt.scatter(range(100), range(100)), "100 points: across from 0 to 99, up from 0 to 99."),
            (lambda: [plt.plot([1]), plt.text(0, 0, "mayor"), plt.text(1, 1, "old")], "Written in it: mayor, old."),
        ],
    )
    def test_of_each_kind_of_plot_what_it_shows(self, draw: Callable[[], object], words: str) -> None:
        draw()
        assert words in describe(plt.gcf())

    def test_of_lines_their_names_and_where_they_begin_end_and_peak(self) -> None:
        plt.plot([1, 2, 3], [0.5, 0.9, 0.8], marker="o", label="training")
        plt.plot([1, 2, 3], [0.4, 0.6, 0.7], linestyle="--", label="validation")
        plt.xlabel("epoch")
        plt.ylabel("accuracy")
        plt.ylim(0, 1)
        said = describe(plt.gcf())
        assert "Horizontal axis: epoch, from 1 to 3." in said
        assert "Vertical axis: accuracy, from 0 to 1." in said
        assert "Line “training”: begins at 0.5 (1) and ends at 0.8 (3); lowest 0.5 (1), highest 0.9 (2)." in said
        assert "Line “validation”: begins at 0.4 (1)" in said

    def test_of_few_bars_each_and_of_many_the_extremes(self) -> None:
        left, right = plt.subplots(1, 2)[1]
        pd.Series({"dark": 0.5, "blurred": 0.75}).plot.barh(ax=left)
        pd.Series(range(1, 27), index=list("abcdefghijklmnopqrstuvwxyz")).plot.bar(ax=right)
        said = describe(plt.gcf())
        assert "Part 1 of 2." in said and "dark 0.5, blurred 0.75." in said
        assert "Part 2 of 2." in said and "26 bars: highest 26 (z), lowest 1 (a)." in said

    def test_of_two_plots_that_share_their_axes_and_have_their_titles_at_the_left(self) -> None:
        left, right = plt.subplots(1, 2, sharex=True, sharey=True)[1]
        for ax, title, values in ((left, "Parameters", [1, 3]), (right, "Multiplications", [2, 4])):
            ax.barh(["fc1", "fc2"], values)
            ax.set_title(title, loc="left")
        left.invert_yaxis()
        said = describe(plt.gcf())
        assert "Title: Parameters." in said and "fc1 1, fc2 3." in said
        assert "Title: Multiplications." in said and "fc1 2, fc2 4." in said

    def test_of_pictures_how_many_and_their_titles(self) -> None:
        for ax, title in zip(plt.subplots(2, 2)[1].flat, ["a", "b → c", "", "d\ne"], strict=True):
            ax.imshow(np.zeros((28, 28)), cmap="gray")
            ax.set_title(title)
            ax.axis("off")
        assert describe(plt.gcf()) == "4 images: a, b → c, –, d e."

    def test_of_a_picture_beside_bars_both(self) -> None:
        left, right = plt.subplots(1, 2)[1]
        left.imshow(np.zeros((5, 7, 3)))
        left.axis("off")
        right.bar([0, 1], [0.2, 0.8])
        said = describe(plt.gcf())
        assert said.startswith("Part 1 of 2. An image of 7 × 5 pixels. Part 2 of 2.")
        assert said.endswith("Bars: 0 0.2, 1 0.8.")

    def test_of_a_map_of_numbers_where_it_is_highest_and_what_its_colors_mean(self) -> None:
        numbers = np.zeros((10, 10))
        numbers[4, 9] = 12
        plt.imshow(numbers, cmap="cividis")
        plt.xticks(range(10), list("ABCDEFGHIJ"))
        plt.colorbar(label="mistakes")
        said = describe(plt.gcf())
        assert "10 rows and 10 columns, 0 to 12; highest in row 5, column J. Colors: mistakes." in said
        assert "Part" not in said

    def test_of_a_map_over_a_picture_that_it_is_one(self) -> None:
        plt.imshow(np.zeros((9, 9)), cmap="gray")
        plt.imshow(np.array([[-2.0, 3.0]]), cmap="viridis", alpha=0.5)
        plt.axis("off")
        assert describe(plt.gcf()) == "An image with a map of numbers over it, -2 to 3."

    def test_in_korean_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COURSE_LANG", "ko")
        plt.plot([1, 2], [3, 4], label="training")
        plt.xlabel("epoch")
        said = describe(plt.gcf())
        assert re.search("[가-힣]", said) and not re.search("begins|axis", said)
        assert "training" in said and "epoch" in said

    def test_of_an_empty_figure_nothing_and_of_a_large_one_no_more_than_can_be_listened_to(self) -> None:
        assert describe(plt.figure()) == ""
        for ax in plt.subplots(5, 8)[1].flat:
            ax.plot([1, 2], [3, 4], label="a long name for a line")
        assert len(describe(plt.gcf())) <= plots.MOST_LETTERS

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.floats(width=32), min_size=1, max_size=20))
    def test_whatever_numbers_are_drawn(self, numbers: list[float]) -> None:
        plt.plot(numbers)
        plt.scatter(numbers, numbers)
        assert isinstance(plots._with_alt(plt.gcf())[1], dict)
        plt.close("all")


DRAW = "plt.plot([1, 2], [3, 4], label='training')\nplt.xlabel('epoch')\nplt.show()"
CELLS = {
    "drawn": f"import matplotlib.pyplot as plt\n{DRAW}",
    "backend chosen anew": f"%matplotlib agg\n%matplotlib inline\n{DRAW}",
    "figure ends the cell": "figure, axes = plt.subplots()\naxes.bar(['a'], [1])\nplt.close()\nfigure",
    "html": "plt.plot([1, 2], label='<b onclick=x>')\nplt.show()",
    "svg": f"%config InlineBackend.figure_formats = ['svg']\n{DRAW}\n%config InlineBackend.figure_formats = ['png']",
    "spoiled": f"plots.describe = lambda figure: 1 / 0\n{DRAW}",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """What the cells of a notebook that describes its plots show."""
    first = "from course import check\nfrom course.check import plots\ncheck.describe_plots()"
    return dict(zip(CELLS, run_cells(tmp_path_factory.mktemp("cells"), first, *CELLS.values()), strict=True))


class TestInANotebook:
    def test_a_figure_carries_its_words_and_they_stand_beside_it(self, outputs: Outputs) -> None:
        beside, figure = outputs["drawn"]
        assert "Line “training”: begins at 3 (1)" in figure["metadata"]["image/png"]["alt"]
        assert figure["metadata"]["image/png"]["alt"] in beside["data"]["text/html"]

    def test_it_is_the_same_picture(self, outputs: Outputs, tmp_path: Path) -> None:
        (plain,) = run_cells(tmp_path, "", CELLS["drawn"])[0]
        assert outputs["drawn"][-1]["data"]["image/png"] == plain["data"]["image/png"]
        assert plain["metadata"] == {}

    def test_also_after_the_backend_was_chosen_anew_and_where_a_figure_ends_a_cell(self, outputs: Outputs) -> None:
        for cell, words in (("backend chosen anew", "training"), ("figure ends the cell", "a 1")):
            assert words in outputs[cell][-1]["metadata"]["image/png"]["alt"]

    def test_other_formats_are_as_the_learner_chose_them(self, outputs: Outputs) -> None:
        assert sorted(outputs["svg"][-1]["data"]) == ["image/svg+xml", "text/plain"]

    def test_a_figure_that_cannot_be_described_is_shown_all_the_same(self, outputs: Outputs) -> None:
        (figure,) = outputs["spoiled"]
        assert sorted(figure["data"]) == ["image/png", "text/plain"]
        assert figure["metadata"] == {}

    def test_the_words_cannot_bring_html_along(self, outputs: Outputs) -> None:
        assert "<b" not in outputs["html"][0]["data"]["text/html"]

    def test_outside_of_one_nothing_happens(self) -> None:
        plots.describe_plots()
