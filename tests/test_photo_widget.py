"""PhotoInput without a browser: messages are fed to the Python side, files stand in for the camera."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_end import JSON, WIDGETS, FrontEnd
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_cells import run_cells
from PIL import Image

from course.datasets import images
from course.front_end import PHOTO_SIDE
from course.messages import CourseError
from course.widgets import PhotoInput, read_picture
from course.widgets import photo as photo_module

RED = Image.new("RGB", (60, 40), (250, 0, 0))


def colors(picture: Image.Image) -> tuple[Image.Image, dict[str, float]]:
    """A toy network: how red, green and blue a picture is, and the 28 × 28 that it looked at."""
    small = picture.resize((28, 28))
    shares = np.asarray(small, float).sum(axis=(0, 1))
    return small, dict(zip(["red", "green", "blue"], (shares / shares.sum()).tolist(), strict=True))


def data_url(picture: Image.Image = RED, kind: str = "jpeg") -> str:
    file = io.BytesIO()
    picture.save(file, kind)
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"


@pytest.fixture
def front_end() -> FrontEnd:
    return FrontEnd(PhotoInput(colors))


@pytest.fixture
def collector(tmp_path: Path) -> FrontEnd:
    return FrontEnd(PhotoInput(labels=["a", "b"], folder=tmp_path / "my_photos"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    RED.save(tmp_path / "red.png")
    return tmp_path / "red.png"


# --- what the learner's function says


def test_a_picture_is_answered_with_the_top_three_and_what_the_network_sees(front_end):
    answer = front_end.ask(picture=data_url())
    assert (answer["type"], answer["id"]) == ("answer", "view-1")
    assert {label for label, probability in answer["bars"]} == {"red", "green", "blue"}
    assert answer["bars"][0][0] == "red"
    assert answer["bars"][0][1] > 0.95
    seen = Image.open(io.BytesIO(base64.b64decode(answer["seen"].removeprefix("data:image/png;base64,"))))
    assert (seen.format, seen.size) == ("PNG", (28, 28))


@pytest.mark.parametrize(
    ("value", "text", "bars"),
    [
        ("a dog", "a dog", []),
        ({"a": 0.2, "b": 0.8}, "", [("b", 0.8), ("a", 0.2)]),
        ([("a", 0.6), ("b", 0.3), ("c", 0.08), ("d", 0.02)], "", [("a", 0.6), ("b", 0.3), ("c", 0.08)]),
        ([(207, "golden retriever", np.float32(0.5))], "", [("golden retriever", 0.5)]),
        (("come in", {1: 1.0}), "come in", [("1", 1.0)]),
        ([], "", []),
    ],
)
def test_text_and_probabilities_are_made_out(value, text, bars):
    answer = photo_module.read_answer(value)
    assert (answer.text, list(answer.bars), answer.seen) == (text, bars, None)


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 1), (1, 5, 6, 1), (5, 6, 3), (1, 5, 6, 3)])
@pytest.mark.parametrize(
    ("low", "high", "kind", "shown"),
    [
        (0, 1, np.float32, (0, 255)),
        (0.2, 0.6, np.float64, (51, 153)),
        (0, 200, np.uint8, (0, 200)),
        (0, 1, np.uint8, (0, 1)),
        (10, 200, np.float32, (10, 200)),
        (-1, 1, np.float32, (0, 255)),
        (-3, -3, np.int64, (0, 0)),
        (0, 1, bool, (0, 255)),
    ],
)
def test_an_array_is_shown_as_a_picture(shape, low, high, kind, shown):
    array = np.full(shape, low, kind)
    array.reshape(-1)[:5] = high
    seen = np.asarray(photo_module.read_answer(array).seen)
    assert seen.shape == ((5, 6, 3) if shape[-1] == 3 else (5, 6))
    assert (seen.min(), seen.max()) == shown


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "RGB"])
def test_pictures_of_every_mode_are_shown(mode):
    assert photo_module.read_answer(RED.convert(mode)).seen.mode in ("L", "RGB")


@pytest.mark.parametrize(
    "value",
    [None, 3, 0.5, object(), ("a", 0.9), {"a": 2}, {"a": -0.1}, {"a": float("nan")}, {"a": "b"}, [1, 2], [("a",)], [[]],
     ["ab"], np.zeros(3), np.zeros((2, 5, 5, 3)), np.zeros((5, 5, 4)), np.zeros((0, 5)), np.array([["x"]]),
     np.full((3, 3), np.inf), ...],
)  # fmt: skip
def test_any_other_answer_is_refused_in_one_sentence(value):
    answer = FrontEnd(PhotoInput(lambda picture: value)).ask(picture=data_url())
    assert re.fullmatch(r"(Your function|What the network sees) has to .+\.", answer["error"])


def test_what_is_sent_back_is_limited():
    def too_much(picture: Image.Image) -> tuple[Any, ...]:
        return "x" * 10**6, np.zeros((3000, 4000, 3)), [("y" * 10**6, 1.0)] * 50

    answer = FrontEnd(PhotoInput(too_much)).ask(picture=data_url())
    assert len(json.dumps(answer)) < 20_000


def test_an_error_of_the_function_is_shown_in_one_line():
    def fails(picture: Image.Image) -> str:
        raise ValueError("\x1b[1mcannot reshape\x1b[0m\n\n  array of size 3")

    front_end = FrontEnd(PhotoInput(fails))
    wanted = "Your function failed on this picture: ValueError: cannot reshape array of size 3"
    assert front_end.ask(picture=data_url())["error"] == wanted
    front_end = FrontEnd(PhotoInput(lambda picture: {}["x" * 10**6]))
    assert len(front_end.ask(picture=data_url())["error"]) < 1000


def test_an_interrupted_function_leaves_the_widget_working():
    calls = []

    def interrupted_once(picture: Image.Image) -> str:
        calls.append(picture)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return "done"

    front_end = FrontEnd(PhotoInput(interrupted_once))
    assert "KeyboardInterrupt" in front_end.ask(picture=data_url())["error"]
    assert front_end.ask(picture=data_url())["text"] == "done"


# --- what comes from a front end


@pytest.mark.parametrize(
    "picture",
    [3, True, [], {}, "", "data:", data_url(kind="png"), "data:image/jpeg;base64,%%%", "data:image/jpeg;base64,YQ",
     "data:image/jpeg;base64," + "A" * photo_module.MAX_MESSAGE, "http://127.0.0.1/x.jpg", "file:///etc/passwd"],
)  # fmt: skip
def test_what_is_not_a_picture_as_the_front_end_sends_it_is_dropped(front_end, picture):
    front_end.widget.receive({"type": "ask", "id": "1", "picture": picture})
    assert front_end.received == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"hello", "is not a picture"), (b"", "is empty"), (b"\xff\xd8\xff\xe0", "is damaged or cut off")],
)
def test_damaged_pictures_in_a_message_are_answered_with_a_sentence(front_end, data, problem):
    answer = front_end.ask(picture=f"data:image/jpeg;base64,{base64.b64encode(data).decode()}")
    assert problem in answer["error"]


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["picture", "keep", "undo", "other"]), JSON | st.just(data_url())))
def test_any_json_is_answered_or_dropped_and_writes_nothing(question):
    folder = WIDGETS / "no such folder"
    widget = FrontEnd(PhotoInput(colors, labels=["a"], folder=folder))
    if question.get("keep") == "a":
        return
    widget.widget.receive({**question, "type": "ask", "id": "1"})
    assert not folder.exists()


# --- keeping pictures


def test_pictures_are_kept_under_their_labels_and_counted(collector, tmp_path):
    assert collector.ask()["counts"] == [0, 0]
    assert collector.ask(keep="a", picture=data_url())["counts"] == [1, 0]
    assert collector.ask(keep="b", picture=data_url())["counts"] == [1, 1]
    assert collector.ask(keep="b", picture=data_url())["counts"] == [1, 2]
    assert [label for label, path in collector.widget.pictures] == ["a", "b", "b"]
    for label, path in collector.widget.pictures:
        assert path.parent == tmp_path / "my_photos" / label
        assert read_picture(path).size == RED.size
    everything = [path for path in (tmp_path / "my_photos").rglob("*") if path.is_file()]
    assert len(everything) == 3, "no temporary file is left"


def test_the_last_ones_of_this_widget_can_be_deleted_even_if_they_are_gone_and_no_others(collector, tmp_path):
    collector.ask(keep="a", picture=data_url())
    again = FrontEnd(PhotoInput(labels=["a", "b"], folder=tmp_path / "my_photos"))
    again.ask(keep="a", picture=data_url())
    again.ask(keep="b", picture=data_url())
    assert again.ask(undo=True).items() >= {"counts": [2, 0], "deleted": True}.items()
    again.widget.pictures[1][1].unlink()
    assert again.ask(undo=True).items() >= {"counts": [1, 0], "deleted": True}.items()
    assert again.ask(undo=True).items() >= {"counts": [1, 0], "deleted": False}.items()


@pytest.mark.parametrize("label", ["c", "../a", "", 3, ["a"]])
def test_only_the_given_labels_are_taken(collector, tmp_path, label):
    assert "There is no label" in collector.ask(keep=label, picture=data_url())["error"]
    assert not (tmp_path / "my_photos").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    answer = FrontEnd(PhotoInput(labels="ab", folder=tmp_path / "file")).ask(keep="a", picture=data_url())
    assert "could not be saved" in answer["error"]


@pytest.mark.parametrize("label", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a\nb", "c:", "x" * 41, 3, None])
def test_a_label_has_to_be_the_name_of_a_folder(label, tmp_path):
    with pytest.raises(CourseError, match="cannot be a label"):
        PhotoInput(labels=[label], folder=tmp_path)


@pytest.mark.parametrize("given", [{}, {"labels": ["a"]}, {"folder": "x"}, {"answer": colors, "labels": ["a"]}])
def test_what_cannot_work_is_refused_when_the_widget_is_made(given):
    with pytest.raises(CourseError, match="PhotoInput needs"):
        PhotoInput(**given)


# --- files, for where there is no front end


def test_files_can_be_kept_too_cut_to_the_square_in_the_middle(collector, photo):
    collector.widget.keep(photo, "a")
    ((label, path),) = collector.widget.pictures
    assert label == "a"
    assert read_picture(path).size == (40, 40)
    with pytest.raises(images.ImageError, match="does not exist"):
        collector.widget.keep(photo.with_name("none.png"), "a")


@pytest.mark.parametrize(("file", "side"), [((60, 40), 40), ((4000, 3000), PHOTO_SIDE)])
def test_the_function_gets_the_square_in_the_middle_of_a_file_none_larger_than_a_message(tmp_path, file, side):
    Image.new("RGBA", file).save(tmp_path / "mine.png")
    got = []
    PhotoInput(lambda image: got.append((image.mode, image.size)) or "seen", example=tmp_path / "mine.png")
    assert got == [("RGB", (side, side))]


def test_an_example_that_fails_ends_the_cell_with_the_same_sentence(photo):
    with pytest.raises(CourseError, match="Your function failed on this picture: ZeroDivisionError"):
        PhotoInput(lambda picture: 1 / 0, example=photo)
    with pytest.raises(images.ImageError, match="does not exist"):
        PhotoInput(colors, example=photo.with_name("none.png"))


def test_what_the_function_says_cannot_become_part_of_the_page(photo):
    widget = PhotoInput(lambda picture: ("<script>x</script>", {'"><b>$_': 1.0}), example=photo)
    assert "<script>" not in widget._recorded
    assert "<b>" not in widget._recorded


def test_without_a_front_end_files_work_and_a_failure_names_its_line(tmp_path, photo):
    shown, sentence, failing = run_cells(
        tmp_path,
        "from test_photo_widget import *",
        "PhotoInput(colors).show('red.png')",
        "PhotoInput(labels=['a'], folder='mine')",
        "def predict_letter(picture):\n    return np.zeros(3).reshape(28, 28)\n"
        "PhotoInput(lambda picture: predict_letter(picture), example='red.png')",
        may_fail=True,
    )
    assert "what the network says of it. red: " in shown[-1].data["text/html"]
    assert "<code>.keep(path, label)</code>" in sentence[-1].data["text/html"]
    assert failing[-1].traceback == [
        "Your function failed on this picture, in line 2 (`return np.zeros(3).reshape(28, 28)`): "
        "ValueError: cannot reshape array of size 3 into shape (28,28)"
    ]


def test_the_script_has_the_limits_of_the_reader_puts_no_data_into_the_page_as_html_and_reaches_no_network():
    script = (WIDGETS / "photo.js").read_text(encoding="utf-8")
    pixels, factor = re.search(r"pixels: (\d+)e6, bytes: (\d+) \* 2 \*\* 20", script).groups()
    assert (int(pixels) * 10**6, int(factor) * 2**20) == (images.MAX_PIXELS, images.MAX_BYTES)
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|fetch\(|XMLHttp|WebSocket|import\(", script) == []
