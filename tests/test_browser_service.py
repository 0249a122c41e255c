"""The page of the web service in a real browser; test_browser_photo.py has what its widget does with any file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import CONTRASTS, require_browser
from extra_packages import needs, save_model, service
from PIL import Image
from test_images import encoded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, needs("starlette", "uvicorn")]

WHITE, GRAY, BLACK = (encoded(Image.new("L", (90, 60), value), "PNG") for value in (255, 128, 0))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require_browser()
    with service(save_model(tmp_path_factory.mktemp("model"))) as (address, _process):
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = require_browser()
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page, in a context with the options of ``parametrize(…, indirect=True)``; its console has to stay empty."""
    context = browser.new_context(**getattr(request, "param", {}))
    page = context.new_page()
    amiss: list[str] = []
    page.on("pageerror", lambda error: amiss.append(str(error)))
    page.on("console", lambda message: amiss.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.locator(".course-stage").wait_for()
    yield page
    context.close()
    assert [text for text in amiss if "422" not in text and "ERR_CONNECTION" not in text] == []


def upload(page: Page, data: bytes, name: str = "hand.png") -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})


def wait_for(page: Page, text: str) -> None:
    page.locator(".course-status", has_text=text).wait_for(timeout=15_000)


def bars(page: Page) -> list[list[str]]:
    return [text.split("\n") for text in page.locator(".course-bars li").all_inner_texts()]


def test_a_file_is_answered_with_bars_and_what_the_model_sees(page):
    assert not page.get_by_text("Most probable letters").is_visible()
    for data, letter in [(WHITE, "a"), (GRAY, "b"), (BLACK, "c")]:
        upload(page, data)
        wait_for(page, f"Looks like {letter}.")
        assert bars(page)[0] == [letter, "100%"]
        assert len(bars(page)) == 3
    seen = page.get_by_role("img", name="The model sees")
    assert seen.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [28, 28]


def test_the_chart_is_a_named_list_whose_bars_have_their_lengths(page):
    upload(page, encoded(Image.new("L", (60, 60), 163), "PNG"))
    wait_for(page, "Looks like")
    chart = page.get_by_role("list", name="Most probable letters")
    shares = [int(percent.rstrip("%")) for _letter, percent in bars(page)]
    assert shares == sorted(shares, reverse=True)
    assert 20 < shares[1] < 80, "a picture between a and b"
    page.wait_for_timeout(300)  # the bars grow
    widths = chart.locator("li").evaluate_all(
        "rows => rows.map((row) => 100 * row.querySelector('.course-fill').offsetWidth /"
        " row.querySelector('.course-track').clientWidth)"
    )
    assert widths == pytest.approx(shares, abs=2)


def test_what_the_service_refuses_is_shown_as_its_sentence_and_the_next_one_is_welcome(page):
    as_it_is = "HTMLCanvasElement.prototype.toDataURL"
    page.evaluate(f"window.kept = {as_it_is}; {as_it_is} = () => 'data:image/jpeg;base64,AAAA'; 0")
    upload(page, WHITE)
    wait_for(page, "The file is not a picture that the course reads; choose a JPEG")
    page.evaluate(f"{as_it_is} = window.kept; 0")
    upload(page, WHITE)
    wait_for(page, "Looks like a.")


def test_everything_is_reached_with_the_keyboard_alone(page):
    page.locator("input[type=file]").evaluate(
        "file => file.addEventListener('click', (event) => { event.preventDefault(); window.dialogs = 1; })"
    )
    page.get_by_role("button", name="Choose a picture").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("window.dialogs === 1")
    half = Image.new("L", (60, 60), 255)
    half.paste(0, (0, 0, 30, 60))
    upload(page, encoded(half, "PNG"))
    wait_for(page, "Looks like b.")
    page.locator(".course-stage").focus()
    for key in ["-"] * 12 + ["ArrowRight"] * 20:
        page.keyboard.press(key)
    wait_for(page, "Looks like a.")
    reached = []
    while "SUMMARY" not in reached and len(reached) < 9:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent || document.activeElement.type"))
        reached[-1] = page.evaluate("document.activeElement.tagName") if "program" in reached[-1] else reached[-1]
    assert reached == ["range", "Choose a picture", "Use the camera", "SUMMARY"]
    page.keyboard.press("Enter")
    assert "/api/predict" in page.locator("pre").inner_text()


def test_without_the_token_there_is_a_sentence_and_nothing_else(browser, address):
    page = browser.new_page()
    assert page.goto(address.split("?")[0]).status == 401
    assert "open the one that `python -m course serve` printed." in page.locator("main").inner_text()
    assert page.locator("button, input").count() == 0
    page.close()


def test_when_the_service_has_ended_a_sentence_says_so(browser, tmp_path: Path):
    page = browser.new_page()
    with service(save_model(tmp_path)) as (address, process):
        page.goto(address)
        upload(page, WHITE)
        wait_for(page, "Looks like a.")
        process.kill()
        process.wait()
    upload(page, BLACK)
    wait_for(page, "No answer yet: is the service still running?")
    page.close()


SCHEMES = [{"color_scheme": scheme, "viewport": {"width": width, "height": 800}} for scheme in ("light", "dark")
           for width in (320, 1280)]  # fmt: skip


@pytest.mark.parametrize("page", SCHEMES, indirect=True, ids=lambda given: " ".join(map(str, given.values())))
def test_texts_and_lines_stand_out_and_nothing_is_cut_off(page):
    upload(page, GRAY)
    wait_for(page, "Looks like b.")
    page.locator("summary").click()
    page.wait_for_timeout(300)
    contrasts = page.evaluate(CONTRASTS)
    beside = page.evaluate(CONTRASTS.replace('".course-live"', '"body"').replace("li span:not(:empty)", "h1, code"))
    assert len(contrasts["text"]) > 8
    assert [named for named in contrasts["text"] + beside["text"] if named[1] < 4.5] == []
    assert [named for named in contrasts["lines"] if named[1] < 3] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = (
        "nodes => nodes.filter((node) => node.offsetWidth && node.offsetHeight < 44).map((node) => node.textContent)"
    )
    assert page.locator("button").evaluate_all(small) == []
    levels = page.locator("h1, h2, h3, [role=heading]").evaluate_all("nodes => nodes.map((node) => node.tagName)")
    assert levels == ["H1"]
    unnamed = "nodes => nodes.filter((node) => !node.labels?.length && !node.ariaLabel && !node.hidden).length"
    assert page.locator("input, canvas").evaluate_all(unnamed) == 0
