"""Notebooks in a real JupyterLab, in a real browser: what only a front end can show."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import nbformat
import pytest
from browser import Lab, choose, chromium_page, faint, require_browser, run_all, save

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

Strokes = list[list[tuple[float, float]]]

UPRIGHT: Strokes = [[(140, 40), (140, 240)]]
LYING: Strokes = [[(40, 140), (240, 140)]]
RING = [(140 + 55 * math.sin(turn), 140 - 95 * math.cos(turn)) for turn in [math.tau * i / 24 for i in range(25)]]
DIGITS: dict[str, Strokes] = {
    "0": [RING],
    "1": [[(150, 45), (140, 140), (132, 235)]],
    "3": [
        [(84, 74), (104, 52), (137, 43), (168, 54), (179, 82), (165, 110), (140, 125)],
        [(140, 125), (165, 137), (187, 162), (188, 195), (172, 222), (143, 236), (108, 233), (82, 212)],
    ],
    "7": [[(80, 52), (195, 50), (180, 95), (158, 140), (138, 190), (125, 240)]],
}
"""Digits that no network which has learned MNIST gets wrong, on the canvas of 280 × 280."""

CELLS = """
import sys
sys.path.append("tests")
from test_widgets import DrawDigit, upright
---
DrawDigit(upright)
"""


@pytest.fixture
def page(lab: Lab) -> Iterator[Page]:
    with chromium_page(lab) as page:
        yield page


def at_rest(page: Page, canvas: Locator) -> dict[str, float]:
    """Where `canvas` is in the window once it stays there: pictures further up arrive late and push it away."""
    before = None
    while True:
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        if box == before:
            return box
        before = box
        page.wait_for_timeout(500)


def draw(page: Page, strokes: Strokes) -> None:
    """Draw `strokes` with the mouse."""
    box = at_rest(page, page.locator(".course-canvas"))
    for (x, y), *rest in strokes:
        page.mouse.move(box["x"] + x, box["y"] + y)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
        page.mouse.up()


def wait_for_digit(page: Page, digit: str) -> None:
    """Wait until the widget says that the drawing looks like `digit`, and its bar is the marked one."""
    page.locator(".course-status", has_text=f"Looks like {digit}: ").wait_for(timeout=10_000)
    page.locator(".course-bars .course-top .course-label", has_text=digit).wait_for(timeout=10_000)


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    page.locator(".course-status", has_text="Nothing drawn yet.").wait_for(timeout=10_000)
    assert page.locator(".course-percent").all_inner_texts() == ["–"] * 10


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_without_a_browser_the_tests_skip_with_one_reason_or_fail_where_they_must_run(monkeypatch):
    monkeypatch.setenv("COURSE_CHROMIUM", "/no/such/browser")
    monkeypatch.delenv("COURSE_REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="playwright and Chrome or Chromium"):
        require_browser()
    monkeypatch.setenv("COURSE_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="playwright and Chrome or Chromium"):
        require_browser()


def test_the_widget_takes_the_place_of_the_recorded_example_and_answers_the_mouse(page):
    run_all(page, "toy.ipynb")
    page.locator(".course-canvas").wait_for()
    page.locator(".jp-OutputArea-output img").wait_for(state="detached")
    draw(page, UPRIGHT)
    wait_for_digit(page, "1")
    clear(page)
    draw(page, LYING)
    wait_for_digit(page, "0")


def test_the_widget_can_be_used_with_the_keyboard_alone(page):
    run_all(page, "toy.ipynb")
    page.locator(".course-canvas").focus()
    cells = page.locator(".jp-Cell").count()
    press(page, *["ArrowUp"] * 12, " ", *["ArrowDown"] * 24)
    wait_for_digit(page, "1")
    press(page, "Enter")
    page.locator(".course-status", has_text="Pen up.").wait_for()
    press(page, "Delete")
    page.locator(".course-status", has_text="Nothing drawn yet.").wait_for()
    press(page, *["ArrowUp"] * 12, *["ArrowLeft"] * 12, "Enter", *["ArrowRight"] * 24)
    wait_for_digit(page, "0")
    press(page, "x", "d", "d")
    assert page.locator(".jp-Cell").count() == cells, "the notebook's own shortcuts do not reach the canvas"
    press(page, "Tab")
    assert page.evaluate("document.activeElement.textContent") == "Clear"


def test_the_widget_says_when_its_kernel_is_gone(page):
    run_all(page, "toy.ipynb")
    choose(page, "Kernel", "kernelmenu:restart")
    page.locator(".jp-Dialog-button.jp-mod-warn").click()
    page.locator(".jp-Dialog").wait_for(state="detached")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    draw(page, UPRIGHT)
    page.locator(".course-status", has_text="this cell has to be run again").wait_for()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_texts_and_bars_stand_out_in_every_theme(lab, page, theme, tmp_path):
    lab.set("apputils-extension/themes", theme=theme)
    run_all(page, "toy.ipynb")
    draw(page, UPRIGHT)
    wait_for_digit(page, "1")
    assert page.locator(f"body[data-jp-theme-name='{theme}']").count() == 1
    page.screenshot(path=tmp_path / "widget.png")
    assert faint(page) == []


def test_lesson_01_runs_in_jupyterlab_and_reads_digits_drawn_with_the_mouse(lab, page, tmp_path):
    lab.set("apputils-extension/themes", theme="JupyterLab Light")
    run_all(page, "01_mnist.ipynb", seconds=400)
    for digit, strokes in DIGITS.items():
        draw(page, strokes)
        wait_for_digit(page, digit)
        page.screenshot(path=tmp_path / f"{digit}.png")
        clear(page)
    save(page)
    cells = [cell for cell in nbformat.read(lab.root / "01_mnist.ipynb", 4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [cell.id for cell in cells if any(output.output_type == "error" for output in cell.outputs)] == []
