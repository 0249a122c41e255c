"""The site to read: every page of it held to the same rules, and what its parts make of odd input.

Two lessons run here on little data, in English; the Korean pages show what those showed. In full, in both languages, as
``make site`` does it, with every page looked at: with ``make soak``.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np
import pytest
from browser import require_browser
from lesson_runs import run_changed
from PIL import Image
from site_checks import (
    barriers,
    headings_out_of_order,
    links_into_nowhere,
    pages_of,
    pictures_loaded,
    pictures_without_words,
    read,
    served,
    too_wide,
    watched,
)

from course.paths import ROOT
from course.widgets.digit import PEN, SIDE, as_mnist, rasterize
from dev.__main__ import main as dev

pytest.importorskip("sphinx", reason="requirements-dev.txt is not installed")
from dev.site import command, draw, lesson, pages
from dev.site.build import SiteError, build
from dev.site.links import Links
from dev.site.outputs import Outputs
from dev.site.sphinx_parts import Korean, spoken

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LESSONS = ("01_mnist", "02_asl")
SAMPLE = ("index", "01_mnist", "ko/02_asl", "docs/performance")
"""Pages that axe examines in every run of the tests: it takes seconds for a long one."""
WAYS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1440, "height": 900}},
    "phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 800}},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site with two executed lessons."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_MODELS", str(folder / "models"))
        for name in LESSONS:
            outcome, _ = run_changed(name, folder / name, ROOT / "data", less_data=True)
            assert outcome.status == "passed", outcome.reason
    executed = [folder / name / "executed" for name in LESSONS]
    build(ROOT, {"en": executed, "ko": executed}, folder / "models", folder / "work", folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = require_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with the options of ``parametrize(…, indirect=True)``; nothing may go wrong on it."""
    with watched(browser, address, **getattr(request, "param", WAYS["light"])) as (page, wrong):
        yield page
        assert wrong == []


def text_of(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text("utf-8")


# Every page


@pytest.mark.parametrize(
    "complaints", [links_into_nowhere, pictures_without_words, headings_out_of_order], ids=lambda check: check.__name__
)
def test_every_page_keeps_the_rules(site, complaints):
    assert complaints(site) == []


def test_both_editions_have_the_same_pages(site):
    english, korean = ({page.relative_to(root) for page in root.rglob("*.html")} for root in (site, site / "ko"))
    assert {path for path in english if path.parts[0] != "ko"} == korean
    assert {f"{name}.html" for name in pages.pages(ROOT, "en")} <= {path.as_posix() for path in korean}


def test_every_page_says_its_language(site):
    for page in pages_of(site):
        name = page.relative_to(site.resolve()).as_posix()
        assert read(page).languages["html"] == ("ko" if name.startswith("ko/") else "en"), name
    assert read((site / "ko/docs/security.html").resolve()).languages["main"] == "en"
    assert read((site / "ko/docs/instructors.html").resolve()).languages["main"] is None
    assert read((site / "ko/01_mnist.html").resolve()).languages["main"] is None
    assert '<p lang="ko">전체 답 가운데' in text_of(site, "docs/glossary")


def test_the_checks_notice_what_is_wrong(tmp_path):
    page = '<html lang="en"><h1 id="a">A</h1><h3>B</h3><a href="#a">1</a><a href="#b">2</a><a href="c.html">3</a>'
    (tmp_path / "x.html").write_text(
        f'{page}<a href="../x">4</a><img src="x.html" alt=""><img src="x.html" alt="A plot">'
    )
    assert [line.split()[-1] for line in links_into_nowhere(tmp_path)] == ["#b", "c.html", "../x"]
    assert len(pictures_without_words(tmp_path)) == 1
    assert headings_out_of_order(tmp_path) == ["x.html: [1, 3]"]


# Lessons


@pytest.mark.parametrize("name", ["01_mnist", "ko/01_mnist"])
def test_a_lesson_shows_what_its_cells_showed_and_folds_its_solutions(site, name):
    text = text_of(site, name)
    assert text.count('class="output"') > 20 and text.count('<img src="') >= 10
    folds = read((site / f"{name}.html").resolve()).folds
    questions = text.count("</ol><details>")
    assert len(folds) == 1 + text.count('class="exercise"') + questions > 7 and not any(folds)
    assert "vnd.jupyter.widget" not in text and "A recorded example" in text
    assert "<math" in text and "<mi>m</mi>" in text, "formulas need no script"


def test_what_an_english_run_said_is_marked_on_a_korean_page(site):
    assert '<div class="output" lang="en">' in text_of(site, "ko/01_mnist")
    assert '<div class="output" lang="en">' not in text_of(site, "01_mnist")


def test_the_assessment_is_there_and_its_answers_are_not(site):
    solved = nbformat.read(ROOT / "dev/solutions/07_assessment.ipynb", as_version=4)
    answers = [
        line
        for cell in solved.cells
        if "# region FIXME" in cell.source
        for line in cell.source.split("# region FIXME")[1].split("# endregion")[0].splitlines()
        if len(line.strip()) > 25 and "FIXME" not in line
    ]
    assert answers
    found = [page.name for page in pages_of(site) if any(line.strip() in page.read_text("utf-8") for line in answers)]
    assert found == []
    assert "FIXME" in text_of(site, "07_assessment")


# In a browser


@pytest.mark.browser
@pytest.mark.parametrize("way", WAYS)
def test_pages_are_without_barriers_in_light_in_the_dark_and_on_a_phone(browser, address, way):
    with watched(browser, address, **WAYS[way]) as (page, wrong):
        for name in SAMPLE:
            page.goto(f"{name}.html")
            pictures_loaded(page)
            wrong += barriers(page, contrast_only=way == "dark") + too_wide(page)
        assert wrong == []


@pytest.mark.browser
def test_no_page_says_something_to_the_console_or_asks_elsewhere(browser, site, address):
    with watched(browser, address) as (page, wrong):
        for file in pages_of(site):
            page.goto(file.relative_to(site.resolve()).as_posix())
            pictures_loaded(page)
        assert wrong == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("edition", "word", "lesson"),
    [
        ("", "overfitting", "02_asl"),
        ("", "gradient", "01_mnist"),
        ("ko/", "과적합", "02_asl"),
        ("ko/", "손실", "01_mnist"),
    ],
)
def test_the_search_finds_a_word(page, edition, word, lesson):
    page.goto(f"{edition}index.html")
    pictures_loaded(page)
    page.get_by_role("searchbox").fill(word)
    page.get_by_role("searchbox").press("Enter")
    hit = page.locator(f"#search-results li a[href^='{lesson}.html']").first
    hit.wait_for()
    page.locator("#search-results .context").first.wait_for()
    assert barriers(page) == []
    page.wait_for_load_state("networkidle")  # the excerpts of the other hits
    hit.click()
    page.wait_for_url(f"**/{edition}{lesson}.html*")
    assert word in page.locator("main").inner_text().lower()


@pytest.mark.browser
def test_the_site_reads_from_a_disk(browser, site):
    with watched(browser, site.as_uri() + "/") as (page, wrong):
        page.goto(site.as_uri() + "/ko/index.html")
        pictures_loaded(page)
        page.get_by_role("link", name="손글씨 숫자 읽기").first.click()
        assert page.locator("h1").inner_text().startswith("1.")
        pictures_loaded(page)
        page.get_by_role("searchbox").fill("과적합")
        page.get_by_role("searchbox").press("Enter")
        page.locator("#search-results li a[href^='02_asl.html']").first.wait_for()
        page.wait_for_timeout(200)  # an excerpt that must not be asked for would be refused by now
        assert wrong == []


STROKES = json.loads((ROOT / "course" / "widgets" / "digit.json").read_text("utf-8"))
"""A drawn digit."""


@pytest.mark.browser
@pytest.mark.parametrize("page", list(WAYS.values()), ids=list(WAYS), indirect=True)
@pytest.mark.parametrize("name", ["01_mnist.html", "ko/01_mnist.html"])
def test_a_visitor_draws_a_digit_and_the_network_of_lesson_1_reads_it(page, name):
    page.goto(name)
    pictures_loaded(page)
    canvas = page.locator("canvas.course-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for stroke in STROKES:
        (x, y), *others = [(box["x"] + x * box["width"] / SIDE, box["y"] + y * box["height"] / SIDE) for x, y in stroke]
        page.mouse.move(x, y)
        page.mouse.down()
        for x, y in others:
            page.mouse.move(x, y)
        page.mouse.up()
    page.locator(".course-bars .course-top").wait_for()
    assert re.search(r"\d%", page.locator(".course-bars .course-top").inner_text())
    assert barriers(page) + too_wide(page) == []


@pytest.mark.browser
def test_the_page_answers_as_keras_does(page, site):
    import keras

    page.goto("01_mnist.html")
    pictures_loaded(page)
    picture, found = page.evaluate(
        """async ([strokes, side, pen, units]) => {
            const { rasterize, asMnist, probabilitiesOf } = await import(new URL("_static/draw.js", document.baseURI));
            const numbers = new Float32Array(await (await fetch("_digit/network.bin")).arrayBuffer());
            const picture = asMnist(rasterize(strokes, { side, pen }), side);
            return [[...picture], [...probabilitiesOf(picture, numbers, units)]];
        }""",
        [STROKES, SIDE, PEN, [512, 512, 10]],
    )
    in_python = as_mnist(rasterize([np.array(stroke, float) for stroke in STROKES]))
    assert np.abs(np.array(picture).reshape(28, 28) - in_python).mean() < 0.005, "the same image but for the pen's rim"
    network = keras.saving.load_model(site.parent / "models" / draw.NETWORK, compile=False)
    expected = network.predict(np.array(picture, "float32").reshape(1, 784), verbose=0)[0]
    assert np.abs(np.array(found) - expected).max() < 1e-3


@pytest.mark.browser
def test_from_a_disk_lesson_1_says_how_to_draw_on_its_page(browser, site):
    with watched(browser, site.as_uri() + "/") as (page, wrong):
        page.goto(site.as_uri() + "/01_mnist.html")
        pictures_loaded(page)
        assert "python -m http.server --bind 127.0.0.1" in page.locator(".draw-digit").inner_text()
        assert wrong == []


def test_without_the_network_of_lesson_1_its_page_is_as_it_was_run(tmp_path):
    assert draw.place(tmp_path / draw.NETWORK, "en", tmp_path) == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.browser
@pytest.mark.parametrize("name", ["02_asl.html", "docs/glossary.html", "search.html"])
def test_the_switch_leads_to_the_same_page_in_the_other_language_and_back(page, address, name):
    page.goto(name)
    pictures_loaded(page)
    page.get_by_role("link", name="한국어").first.click()
    page.wait_for_url(f"{address}ko/{name}")
    assert page.get_attribute("html", "lang") == "ko"
    pictures_loaded(page)
    page.get_by_role("link", name="English").first.click()
    page.wait_for_url(f"{address}{name}")


@pytest.mark.browser
def test_the_keyboard_skips_the_menu_and_opens_a_solution(page):
    page.goto("01_mnist.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    solution = page.locator(".exercise details").first
    assert not solution.locator(".highlight").is_visible()
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.exercise summary')"):
            break
    page.keyboard.press("Enter")
    assert solution.locator(".highlight").is_visible()
    assert "check.unsolved" in solution.inner_text()


@pytest.mark.browser
@pytest.mark.parametrize("page", [WAYS["phone"]], indirect=True)
def test_on_a_phone_the_menu_opens_and_closes_by_keyboard(page):
    page.goto("01_mnist.html")
    menu, button = page.locator("#menu"), page.get_by_role("button", name="Contents")
    assert not menu.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert menu.is_visible() and button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not menu.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("page", [WAYS["phone"] | {"java_script_enabled": False}], indirect=True)
def test_without_scripts_the_menu_stands_open(page):
    page.goto("01_mnist.html")
    assert page.locator("#menu").is_visible()


# The parts


def shown(**data: Any) -> dict[str, Any]:
    mimes = {"html": "text/html", "plain": "text/plain", "png": "image/png", "markdown": "text/markdown"}
    return {"output_type": "display_data", "data": {mimes[key]: value for key, value in data.items()}, "metadata": {}}


def html_of(output: dict[str, Any], lang: str = "en") -> str:
    return Outputs(lambda name, content: f"pictures/{name}", lang).html([output], "What the prose says.")


@pytest.mark.parametrize(
    ("alt", "lang", "expected"),
    [
        ('Loss "falls" < .1', "en", "Loss &quot;falls&quot; &lt; .1"),
        ("", "en", "What the prose says."),
        ("Loss falls", "ko", "What the prose says."),
        ("손실이 줄어듭니다", "ko", "손실이 줄어듭니다"),
    ],
)
def test_a_plot_says_what_its_notebook_says_of_it_in_the_language_of_the_page_or_else_the_prose(alt, lang, expected):
    file = io.BytesIO()
    Image.new("L", (40, 30)).save(file, "PNG")
    plot = shown(png=base64.b64encode(file.getvalue()).decode(), plain="<Figure>")
    found = html_of(plot | {"metadata": {"image/png": {"alt": alt}}}, lang)
    assert f'alt="{expected}"' in found and 'width="40" height="30"' in found


def test_scripts_styles_and_colors_for_white_paper_are_left_out():
    found = html_of(shown(html='<style>td {color: red}</style><script>alert(1)</script><table border="1"></table>'))
    assert found == "<table></table>"
    rich = html_of(
        shown(html='<pre style="white-space:pre"><span style="color: #00d7ff; font-weight: bold">None</span></pre>')
    )
    assert rich == '<pre><span style=" font-weight: bold">None</span></pre>'


def test_what_is_printed_cannot_be_taken_for_html():
    output = {"output_type": "stream", "name": "stdout", "text": "\x1b[1m<b>&\x1b[0m\n"}
    assert html_of(output) == "<pre>&lt;b&gt;&amp;</pre>"
    assert html_of({**output, "name": "stderr"}) == ""


def test_headings_of_a_document_that_a_cell_showed_are_none_of_the_page():
    found = html_of(shown(markdown="# Card\n\n| a |\n| --- |\n| 1 |", plain=""))
    assert "<p><strong>Card</strong></p>" in found and "<h1>" not in found and "<table>" in found


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": [{"metadata": {}, "cell_type": "code", "outputs": [], **cell} for cell in cells]}


def markdown_of(*cells: dict[str, Any]) -> str:
    page = pages.Page("x", ROOT / "x.ipynb", "x.ipynb", "en")
    book = notebook(*cells)
    return lesson.markdown(
        lesson.cells_of(book, book), Links(ROOT, page, {"index": page}), Outputs(lambda *_: "", "en"), "en"
    )


def test_a_cell_that_was_run_in_another_version_shows_nothing():
    old = notebook({"id": "a", "source": "1", "outputs": ["old"]}, {"id": "b", "source": "2", "outputs": ["same"]})
    cells = lesson.cells_of(notebook({"id": "a", "source": "one"}, {"id": "b", "source": "2"}), old)
    assert [cell["outputs"] for cell in cells] == [[], ["same"]]


def test_a_notebook_that_stops_at_a_blank_says_so_there():
    stop = {"output_type": "error", "ename": "NotAttempted", "evalue": "Fill it in.", "traceback": []}
    found = markdown_of({"id": "a", "source": "cut = ...", "outputs": [stop]}, {"id": "b", "source": "print(cut)"})
    assert found.index("cut = ...") < found.index("waits for your decisions") < found.index("print(cut)")
    assert "NotAttempted" not in found


def test_an_exercise_without_a_solution_ends_before_the_next_prose():
    stub = {"id": "s", "source": "x = ...", "metadata": {"tags": ["exercise"]}}
    found = markdown_of(stub, {"id": "p", "cell_type": "markdown", "source": "## Next"})
    assert found.index('class="exercise"') < found.index("</div>") < found.index("## Next")


def test_backticks_in_code_do_not_end_it():
    assert "````{code-block} ipython3\nx = '```'\n````" in markdown_of({"id": "a", "source": "x = '```'"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](02_asl.ipynb)", "[a](../02_asl.md)"),
        ("[a](../docs/glossary.md#bias)", "[a](../docs/glossary.md#bias)"),
        ("[`a` b](../ko/02_asl.ipynb)", "[`a` b](../02_asl.md)"),
        ("[a](https://example.org/x.md) [b](#c)", "[a](https://example.org/x.md) [b](#c)"),
        ("[a](../dev/solutions/07_assessment.ipynb)", "a"),
        ("[a](../tests/nothing.md)", "a"),
        ("`[a](02_asl.ipynb)`\n\n```\n[a](02_asl.ipynb)\n```", "`[a](02_asl.ipynb)`\n\n```\n[a](02_asl.ipynb)\n```"),
        ("[![a](../images/vgg16.png)](02_asl.ipynb)", "[![a](../images/vgg16.png)](../02_asl.md)"),
        ('<img src="../images/vgg16.png" alt="a">', '<img src="../images/vgg16.png" alt="a">'),
    ],
)
def test_links_of_the_repository_become_links_of_the_site(text, expected):
    page = pages.Page("extras/x", ROOT / "ko/x.ipynb", "ko/x.ipynb", "ko")
    edition = pages.pages(ROOT, "ko") | {"extras/x": page}
    assert Links(ROOT, page, edition).rewrite(text) == expected


def test_a_picture_brings_its_dark_version_along_and_a_document_the_files_that_it_links_to():
    edition = pages.pages(ROOT, "en")
    links = Links(ROOT, edition["05a_doggy_door"], edition)
    text = links.rewrite('Before.\n\n![a "b"](images/vgg16.png)\n\nAfter.')
    assert '<source media="(prefers-color-scheme: dark)" srcset="images/vgg16-dark.png">' in text
    assert '<img src="images/vgg16.png" alt="a &quot;b&quot;" loading="lazy">' in text
    assert links.pictures == {"images/vgg16.png", "images/vgg16-dark.png"}
    assert links.rewrite("[the license](LICENSE)") == "[the license](LICENSE)"
    assert links.files == {"LICENSE"}


def test_korean_words_are_found_without_their_particles():
    index = Korean({})
    assert {"과적합은", "과적", "적합"} <= set(index.split("과적합은"))
    assert {"층은", "층"} <= set(index.split("층은"))
    assert set(index.split("Keras의 model_1")) == {"Keras", "의", "model_1"}


def test_paragraphs_of_the_other_language_are_marked():
    body = "<p>The share.</p><p>비율입니다 <code>a long piece of code</code>.</p>"
    assert spoken(body, "en") == body.replace("<p>비율", '<p lang="ko">비율')
    assert spoken("<p>Keras입니다.</p><p>A whole sentence in English.</p>", "ko").count('lang="en"') == 1


def test_a_link_into_nowhere_stops_the_build(tmp_path):
    (tmp_path / "ko").mkdir()
    for name in ("README.md", "ko/README.md"):
        (tmp_path / name).write_text("# Title\n\n[a](#nowhere)\n", encoding="utf-8")
    with pytest.raises(SiteError, match="nowhere"):
        build(tmp_path, {"en": [], "ko": []}, tmp_path, tmp_path / "work", tmp_path / "site")


def test_what_is_no_site_is_not_emptied(site, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("dear")
    assert dev(["site", "--out", str(tmp_path), "--executed", str(tmp_path)]) == 2
    assert "name another folder" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "dear"
    assert command.is_site(site), "there a site may be built again"


@pytest.mark.soak
@pytest.mark.browser
def test_the_whole_site_as_it_is_made(tmp_path, browser):
    done = subprocess.run(
        [sys.executable, "-m", "dev", "site", "--out", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"COURSE_LANG": "en"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    site = tmp_path / "site"
    assert links_into_nowhere(site) + pictures_without_words(site) + headings_out_of_order(site) == []
    assert "Right" in text_of(site, "01_mnist") or "Not attempted" in text_of(site, "01_mnist")
    assert "Not attempted" not in text_of(site, "ko/01_mnist")
    with served(site) as address:
        for way in WAYS.values():
            with watched(browser, address, **way) as (page, wrong):
                for file in pages_of(site):
                    page.goto(file.relative_to(site.resolve()).as_posix())
                    pictures_loaded(page)
                    wrong += barriers(page) + too_wide(page)
                assert wrong == []
