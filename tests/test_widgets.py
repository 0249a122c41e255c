"""The live widgets without a browser: messages are fed to the Python side, and notebooks run without a front end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from front_end import JSON, FrontEnd, texts_used
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kernel_cells import run_cells
from PIL import Image
from scipy import ndimage

from course.front_end import photo_texts
from course.messages import CourseError
from course.widgets import DrawDigit, SuggestWords, as_mnist, digit
from course.widgets import suggest as suggest_module

ROOT = Path(__file__).resolve().parent.parent
MNIST = ROOT / "data" / "mnist" / "mnist.npz"
DOWN = [[[140, 40], [140, 140], [140, 240]]]


def upright(images: np.ndarray) -> np.ndarray:
    """A toy network: how sure it is of a 1 is the share of ink in the middle columns; the rest goes to 0."""
    assert images.shape[1:] == (28, 28)
    assert images.dtype == np.float32
    one = images[:, :, 11:18].sum(axis=(1, 2)) / images.sum(axis=(1, 2))
    probabilities = np.zeros((len(images), 10))
    probabilities[:, 0], probabilities[:, 1] = 1 - one, one
    return probabilities


@pytest.fixture
def front_end() -> FrontEnd:
    return FrontEnd(DrawDigit(upright))


# --- as_mnist


@pytest.mark.parametrize(("height", "width"), [(60, 30), (30, 60), (200, 180), (9, 5)])
@pytest.mark.parametrize("corner", [(0, 0), (70, 10)])
def test_a_drawing_is_scaled_to_20_pixels_and_centered_wherever_it_was(height, width, corner):
    drawing = np.zeros((280, 280), np.uint8)
    drawing[corner[0] : corner[0] + height, corner[1] : corner[1] + width] = 255
    picture = as_mnist(drawing)
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    scale = 20 / max(height, width)
    assert (len(rows), len(columns)) == (round(scale * height), round(scale * width))
    assert np.allclose(ndimage.center_of_mass(picture), 14, atol=0.51)
    assert picture.dtype == np.float32
    assert picture.shape == (28, 28)


def test_edges_are_antialiased_and_the_darkest_ink_is_1():
    rows, columns = np.ogrid[:280, :280]
    picture = as_mnist(((rows - 140) ** 2 + (columns - 140) ** 2 < 100**2).astype(np.uint8))
    assert picture.max() == 1
    assert ((picture > 0.1) & (picture < 0.9)).any()


def test_digits_of_mnist_enlarged_ten_times_come_back_as_they_were():
    with np.load(MNIST, allow_pickle=False) as mnist:
        digits = mnist["x_test"][:50]
    for original in digits:
        again = as_mnist(np.kron(original, np.ones((10, 10))))
        assert np.corrcoef(original.ravel(), again.ravel())[0, 1] > 0.97


SQUARE = np.ones((28, 28))


@pytest.mark.parametrize(
    "drawing", [np.zeros((28, 28, 3)), np.zeros(784), np.nan * SQUARE, -SQUARE, 1j * SQUARE, np.array([["ink"]])]
)
def test_what_is_not_a_picture_is_refused_in_one_sentence(drawing):
    with pytest.raises(CourseError, match="as_mnist takes one picture"):
        as_mnist(drawing)


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(0, 60), st.integers(0, 60))))
def test_every_picture_gives_numbers_from_0_to_1(drawing):
    picture = as_mnist(drawing)
    assert picture.min() >= 0
    assert picture.max() == (1 if drawing.any() else 0)


# --- what comes from a front end


def test_strokes_are_answered_with_the_picture_and_ten_probabilities(front_end):
    answer = front_end.ask("view-7", strokes=DOWN)
    assert (answer["type"], answer["id"]) == ("answer", "view-7")
    assert len(answer["picture"]) == 784
    assert all(isinstance(value, int) and 0 <= value <= 255 for value in answer["picture"])
    assert np.argmax(answer["probabilities"]) == 1
    assert sum(answer["probabilities"]) == pytest.approx(1)
    assert max(front_end.ask(strokes=[[[5, 5]]])["picture"]) == 255, "a single dot is ink"


@pytest.mark.parametrize("strokes", [[], [[]], [[], []]])
def test_an_empty_canvas_gives_no_prediction(front_end, strokes):
    assert front_end.ask(strokes=strokes).items() >= {"probabilities": None, "picture": None}.items()


STRANGE = (3, {"0": 1}, [3], [[3]], [[[1]]], [[[1, 2, 3]]], [[["a", "b"]]], [[[1, None]]], [[[1, float("nan")]]])


@pytest.mark.parametrize(
    "content",
    [
        *(None, "ready", [], {}, {"type": "unknown"}, {"type": "ask"}),
        *({"type": "ask", "strokes": strokes} for strokes in (*STRANGE, [[[1, 10**400]]])),
    ],
)
def test_what_is_not_a_question_is_dropped(front_end, content):
    front_end.widget.receive(content)
    assert front_end.received == []


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json_is_read_as_strokes_on_the_canvas_or_refused(message):
    try:
        strokes = digit.read_strokes(message)
    except ValueError:
        return
    assert all(stroke.min() >= 0 and stroke.max() <= digit.SIDE for stroke in strokes)


def test_input_without_end_is_cut_off(front_end):
    most = digit.MAX_POINTS
    endless_stroke = [[[140, 40 + i % 200] for i in range(3 * most)]]
    endless_strokes = [[[140, 40 + i % 200]] * 5 for i in range(most)]
    for strokes in (endless_stroke, endless_strokes, [[]] * most + DOWN):
        assert sum(len(stroke) for stroke in digit.read_strokes(strokes)) <= most
    assert np.argmax(front_end.ask("x" * 10_000, strokes=endless_stroke)["probabilities"]) == 1
    assert len(front_end.received[-1]["id"]) < 100


def test_a_network_that_fails_while_one_draws_is_named_in_the_widget():
    calls = []

    def fails_later(images: np.ndarray) -> np.ndarray:
        calls.append(images)
        if len(calls) > 1:
            raise RuntimeError("out of memory")
        return upright(images)

    answer = FrontEnd(DrawDigit(fails_later)).ask(strokes=DOWN)
    assert answer["error"] == "The network failed on this drawing: out of memory"


@pytest.mark.parametrize("found", [np.zeros((1, 24)), np.zeros(10), np.full((1, 10), np.nan), [["a"] * 10], None])
def test_a_network_without_ten_probabilities_is_refused_in_one_sentence(found):
    with pytest.raises(CourseError, match=r"probabilities of shape \(1, 10\)"):
        DrawDigit(lambda images: found)


@pytest.mark.parametrize(
    ("name", "texts"), [("digit", digit.texts()), ("photo", photo_texts()), ("suggest", suggest_module._texts())]
)
def test_every_text_that_a_front_end_uses_comes_from_python_and_the_other_way_round(name, texts):
    assert texts_used(name) == set(texts)


# --- suggested words


def suggest(text: str) -> tuple[str, dict[str, float], list[str]]:
    """A toy network: knows “the” and “tram”, and always goes on with “tram”."""
    unknown = [word for word in text.split() if word not in ("the", "tram")]
    words = {"tram": np.float32(0.5), "[END]": 0.3, "the": 0.1, "a": 0.05}
    return f"{text} tram tram tram", words, unknown


@pytest.fixture
def suggesting() -> FrontEnd:
    return FrontEnd(SuggestWords(suggest, example="the"))


def test_a_text_is_answered_with_three_words_and_a_longer_text(suggesting):
    answer = suggesting.ask(text="the")
    assert answer["longer"] == "the tram tram tram"
    assert [word for word, probability in answer["words"]] == ["tram", "[END]", "the"]
    assert answer["words"][0][1] == pytest.approx(0.5)
    assert answer["unknown"] == ""
    assert suggesting.ask(text="the purple 🦩 tram")["unknown"].endswith("purple, 🦩.")


@pytest.mark.parametrize("question", [{}, {"text": None}, {"text": 7}, {"text": ["the"]}])
def test_what_is_no_text_gets_no_answer(suggesting, question):
    assert suggesting.ask(**question) == {}


def test_a_long_text_is_cut_to_its_end(suggesting):
    asked = []
    suggesting.widget._suggest = lambda text: asked.append(text) or suggest(text)
    suggesting.ask(text="x" * 10_000 + " the end")
    assert len(asked[0]) == 300 and asked[0].endswith(" the end")


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_any_text_is_answered(text):
    assert FrontEnd(SuggestWords(suggest, example="the")).ask(text=text)["type"] == "answer"


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: 1 / 0,
        lambda text: None,
        *(lambda text, words=words: (text, words, []) for words in ({"a": 2.0}, {"a": "much"}, ["a"])),
    ],
)
def test_a_function_that_fails_is_named_in_a_sentence(suggesting, broken):
    suggesting.widget._suggest = broken
    assert "failed on this text" in suggesting.ask(text="the")["error"]
    with pytest.raises(CourseError, match="failed on this text"):
        SuggestWords(broken, example="the")


def test_nothing_that_is_typed_becomes_html():
    html = SuggestWords(lambda text: (text, {"<b>": 0.5}, ["<i>"]), example="<script>")._recorded
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html
    assert "&lt;script&gt;" in html


# --- with and without the package, with and without a front end


def test_importing_needs_nothing_beyond_the_eight_packages_and_loads_no_heavy_one():
    code = (
        "import sys; sys.modules.update(anywidget=None, ipywidgets=None)\n"
        "import course.widgets\n"
        "print([name for name in ('tensorflow', 'keras', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("module", "widget", "words"),
    [
        ("test_widgets", "DrawDigit(upright)", ["28 × 28 pixels", "data:image/png;base64,"]),
        ("test_photo_widget", "PhotoInput(colors, example='red.png')", ["<img", 'alt="A picture, and what', "red: "]),
        ("test_widgets", "SuggestWords(suggest, example='a')", ["a tram tram", "<li>tram 50%", "not know: a"]),
    ],
)
def test_where_nothing_can_draw_the_widget_the_cell_shows_a_recorded_example(tmp_path, module, widget, words):
    Image.new("RGB", (60, 40), "red").save(tmp_path / "red.png")
    with_package, without_package, ready = run_cells(
        tmp_path,
        f"from {module} import *",
        widget,
        f"import sys\nsys.modules['anywidget'] = None\n{widget}",
        f"widget = {widget}\ndisplay(widget)\nwidget.receive({{'type': 'ready'}})",
    )
    for example in (with_package[-1], *without_package):
        assert all(word in example.data["text/html"] for word in words)
    assert len(without_package) == 1
    assert ready[-1].data["text/html"] == "", "once a front end has drawn the widget, the example goes away"
