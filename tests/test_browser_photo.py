"""PhotoInput in a real JupyterLab, in a real browser, with files, a clipboard and a camera that plays a film."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browser import TOY, Lab, faint, hand_over, page_without_errors, run_all
from PIL import Image
from test_images import PICTURE, encoded, png_header, turned

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

CELLS = """
import time
import numpy as np
from PIL import Image
from course import widgets
Image.new("RGB", (60, 40)).save("example.png")

def quarters(picture):
    means = np.asarray(picture.resize((2, 2), Image.Resampling.BOX)).reshape(4, 3)
    colors = [["red", "green", "blue"][mean.argmax()] if mean.max() > 60 else "black" for mean in means]
    return " ".join(colors), picture.resize((28, 28))

def size(picture):
    return f"{picture.width} × {picture.height}"

def probabilities(picture):
    return picture.convert("L").resize((28, 28)), {"Labrador retriever": 0.7, "beagle": 0.2, "cat": 0.1}

def fails_for_black(picture):
    return size(picture) if max(picture.getpixel((0, 0))) > 60 else np.zeros(3).reshape(28, 28)

calls = []
def slow(picture):
    calls.append(picture)
    time.sleep(1)
    return f"call {len(calls)}"
---
widgets.PhotoInput(quarters, example="example.png")
---
widgets.PhotoInput(size)
---
widgets.PhotoInput(fails_for_black)
---
widgets.PhotoInput(slow)
---
widgets.PhotoInput(probabilities, labels=["a", "b"], folder="kept")
"""
QUARTERS, SIZE, FAILS, SLOW, KEEPS = range(5)
"""Which widget of the notebook it is."""


def film(path: Path) -> Path:
    """A film of 320 × 240 for the camera, one frame: left half red, right half blue."""
    ycbcr = np.asarray(Image.fromarray(np.repeat([[[250, 0, 0]] * 160 + [[0, 0, 250]] * 160], 240, 0).astype(np.uint8))
                       .convert("YCbCr"))  # fmt: skip
    planes = [ycbcr[:, :, 0], ycbcr[::2, ::2, 1], ycbcr[::2, ::2, 2]]
    path.write_bytes(b"YUV4MPEG2 W320 H240 F10:1 Ip A1:1 C420jpeg\nFRAME\n" + b"".join(map(np.ndarray.tobytes, planes)))
    return path


@pytest.fixture(scope="module")
def page(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The notebook, run, in a browser whose camera plays the film. Each test has a widget of its own, or clears it."""
    camera = film(tmp_path_factory.mktemp("film") / "film.y4m")
    fakes = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with page_without_errors(lab, *fakes, f"--use-file-for-fake-video-capture={camera}") as page:
        yield page


def widget(page: Page, number: int) -> Locator:
    found = page.locator(".course-photo").nth(number)
    found.scroll_into_view_if_needed()
    return found


def upload(photo: Locator, data: bytes, name: str = "mine.png") -> None:
    photo.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})


def wait_for(photo: Locator, text: str) -> None:
    photo.locator(".course-status", has_text=text).wait_for(timeout=15_000)


def press(photo: Locator, name: str) -> None:
    photo.get_by_role("button", name=name).click()


def test_a_file_takes_the_place_of_the_recorded_example_and_is_answered(page):
    photo = widget(page, QUARTERS)
    page.locator(".jp-OutputArea-output img[alt^='A picture']").wait_for(state="detached")
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "red green blue black")
    seen = photo.locator(".course-seen")
    assert seen.is_visible()
    assert seen.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [28, 28]
    assert seen.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"


def test_a_photo_is_turned_as_its_camera_says(page):
    photo = widget(page, QUARTERS)
    for orientation, quarters in [(6, "blue red black green"), (3, "black blue green red")]:
        upload(photo, turned(orientation), "photo.jpg")
        wait_for(photo, quarters)


def test_the_square_is_moved_with_mouse_and_keys(page):
    photo = widget(page, QUARTERS)
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "red green blue black")
    stage = photo.locator("canvas")
    box = stage.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    photo.get_by_role("slider").fill("40")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 150, y - 150, steps=5)
    page.mouse.up()
    wait_for(photo, "red red red red")
    for key in ["ArrowRight"] * 60 + ["ArrowDown"] * 60:
        stage.press(key)
    wait_for(photo, "black black black black")
    for key in ["+"] * 15:
        stage.press(key)
    assert photo.get_by_role("slider").input_value() == "100"
    for key in ["-"] * 30:
        stage.press(key)
    assert photo.get_by_role("slider").input_value() == "20"


def test_a_picture_may_be_dropped_or_pasted(page):
    photo = widget(page, SIZE)
    for event in ("drop", "paste"):
        upload(photo, encoded(Image.new("RGB", (7, 5)), "PNG"))
        wait_for(photo, "5 × 5")
        hand_over(photo.locator("canvas"), event, encoded(PICTURE, "PNG"))
        wait_for(photo, "40 × 40")


def test_a_photo_of_48_megapixels_is_scaled_down_before_it_is_sent(page):
    photo = widget(page, SIZE)
    upload(photo, encoded(Image.new("L", (8000, 6000), 90), "JPEG"), "phone.jpg")
    wait_for(photo, "1200 × 1200")


BAD = {
    "text": (b"not a picture", "is cut off, or of a kind that this browser does not show"),
    "nothing": (b"", "is cut off, or of a kind that this browser does not show"),
    "half": (encoded(PICTURE.resize((600, 400)), "JPEG")[:2000], "is cut off, or of a kind"),
    "huge": (png_header(20_000, 20_000), "at most 64 million pixels"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_in_a_sentence_and_the_next_one_is_welcome(page, kind):
    data, sentence = BAD[kind]
    photo = widget(page, SIZE)
    upload(photo, data, f"{kind}.jpg")
    wait_for(photo, sentence)
    assert photo.locator(".course-status").inner_text().startswith(f"{kind}.jpg ")
    assert not photo.locator(".course-seen").is_visible()
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "40 × 40")


def test_pictures_of_other_kinds_are_shown_by_the_browser(page):
    photo = widget(page, QUARTERS)
    moving = io.BytesIO()
    PICTURE.convert("P").save(moving, "GIF", save_all=True, append_images=[Image.new("P", PICTURE.size)], duration=40)
    for data in (encoded(PICTURE.convert("CMYK"), "JPEG"), moving.getvalue(), encoded(PICTURE, "WEBP")):
        upload(photo, encoded(Image.new("RGB", (9, 9)), "PNG"))
        wait_for(photo, "black black black black")
        upload(photo, data)
        wait_for(photo, "red green blue black")


def test_the_camera_is_answered_while_it_runs_and_not_as_in_a_mirror(page):
    photo = widget(page, QUARTERS)
    press(photo, "Use the camera")
    wait_for(photo, "red blue red blue")
    left = photo.locator("canvas").evaluate("c => [...c.getContext('2d').getImageData(80, 160, 1, 1).data]")
    assert left[2] > left[0], "one sees oneself as in a mirror"
    press(photo, "Take the picture")
    photo.get_by_role("button", name="Use the camera").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Use the camera", "the focus is not lost"
    wait_for(photo, "red blue red blue")
    press(photo, "Use the camera")
    photo.get_by_role("button", name="Take the picture").wait_for()
    press(photo, "Stop the camera")
    wait_for(photo, "No picture yet.")
    assert not photo.get_by_role("button", name="Take the picture").is_visible()


def test_an_error_of_the_function_is_shown_and_the_next_picture_answered(page):
    photo = widget(page, FAILS)
    upload(photo, encoded(Image.new("RGB", (50, 50)), "PNG"))
    wait_for(photo, "in line 19 (`return size(picture)")
    assert "ValueError: cannot reshape array of size 3" in photo.locator(".course-status").inner_text()
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "40 × 40")


def test_a_slow_function_is_waited_for_and_only_the_newest_picture_waits(page):
    photo = widget(page, SLOW)
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "Looking …")
    for _ in range(12):
        photo.locator("canvas").press("-")
    photo.locator(".course-status", has_text=re.compile("call [2-9]")).wait_for(timeout=15_000)
    page.wait_for_timeout(2500)
    calls = int(photo.locator(".course-status").inner_text().split()[-1])
    assert calls <= 4, "14 pictures, not 14 calls"


def test_pictures_are_kept_counted_and_deleted_with_the_keyboard_alone(lab, page):
    photo = widget(page, KEEPS)
    cells = page.locator(".jp-Cell").count()
    # The dialog itself is the browser's; that it opens is all that there is to see of it here.
    photo.locator("input[type=file]").evaluate(
        "file => file.addEventListener('click', (event) => { event.preventDefault(); window.dialogs = 1; })"
    )
    photo.get_by_role("button", name="Choose a picture").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("window.dialogs === 1")
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "Looks like Labrador retriever.")
    assert photo.locator(".course-bars li").all_inner_texts()[0].split("\n") == ["Labrador retriever", "70%"]
    for _ in range(3):  # past the camera and the size
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "radio":
            break
    for keys, text in (
        ("ArrowDown d d Tab Enter", "Kept as b: 1."),
        ("Enter", "Kept as b: 2."),
        ("Tab Enter", "Deleted."),
    ):
        for key in keys.split():
            page.keyboard.press(key)
        wait_for(photo, text)
    assert page.locator(".jp-Cell").count() == cells, "the notebook's own shortcuts do not reach the widget"
    assert photo.locator(".course-count").all_inner_texts() == ["0", "1"]
    (kept,) = (lab.root / "kept").rglob("*.*")
    assert kept.parent.name == "b"
    with Image.open(kept) as picture:
        assert picture.size == (40, 40)


def test_at_twice_the_size_nothing_is_cut_off(page):
    before = page.viewport_size
    page.set_viewport_size({"width": before["width"] // 2, "height": before["height"] // 2})
    photo = widget(page, KEEPS)
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "Looks like")
    page.locator(".jp-SideBar .lm-mod-current").first.click()  # the file browser, which takes half of the width
    photo.locator(".course-status").scroll_into_view_if_needed()
    overlap = "live => [...live.querySelectorAll('button, canvas, input, li')].filter((node) => node.offsetWidth &&"
    overlap += " node.getBoundingClientRect().right > live.getBoundingClientRect().right + 1).length"
    assert photo.locator(".course-live").evaluate(overlap) == 0
    page.set_viewport_size(before)


def test_where_there_is_no_camera_or_no_leave_to_use_it_a_sentence_says_so(page):
    photo = widget(page, QUARTERS)
    page.evaluate(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError') }; 0"
    )
    press(photo, "Use the camera")
    wait_for(photo, "The camera cannot be used")
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined }) && 0")  # as over plain http
    press(photo, "Use the camera")
    wait_for(photo, "only to pages on this computer (127.0.0.1) or over https")
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "red green blue black")


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_texts_and_lines_stand_out(lab, page, theme, tmp_path):
    lab.set("apputils-extension/themes", theme=theme)
    run_all(page, TOY)
    photo = widget(page, KEEPS)
    upload(photo, encoded(PICTURE, "PNG"))
    wait_for(photo, "Looks like Labrador retriever.")
    page.screenshot(path=tmp_path / "widget.png")
    assert page.locator(f"body[data-jp-theme-name='{theme}']").count() == 1
    assert faint(page, KEEPS) == []
