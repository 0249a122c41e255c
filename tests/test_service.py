"""The web service: model files that nobody vouches for, pictures of every kind, who may ask, and how many at once."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import psutil
import pytest
from edition_files import crowded_zip
from extra_packages import ABOUT, needs, save_model, service
from PIL import Image
from test_images import PICTURE, encoded, png_header, turned

from course.datasets import images
from course.messages import CourseError
from course.paths import ROOT
from course.runner import notebooks
from course.serving import model as service_model
from course.serving.model import Reader, open_model

web = needs("starlette", "uvicorn")
ADVICE = "; serve what lesson 04a saves, `python -m course run 04a` makes it anew."


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as lesson 04a saves it, but tiny."""
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def model(whole: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may spoil."""
    for file in whole.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path / whole.name


def plain(value: int, size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.new("RGB", size, (value, value, value))


# --- opening a model


def refusal(path: Path) -> str:
    """The one sentence that `path` is refused with, without what stands in front of its name."""
    with pytest.raises(CourseError) as caught:
        open_model(path)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


def repacked(path: Path, **members: Callable[[bytes], bytes]) -> None:
    """Write the archive at `path` anew, with members changed; their names have ``_`` for ``.``."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, members.get(name.replace(".", "_"), bytes)(data))


def with_layer(**layer: Any) -> Callable[[bytes], bytes]:
    """A change to the description of a model: `layer` takes the place of its last one."""

    def change(data: bytes) -> bytes:
        config = json.loads(data)
        config["config"]["layers"][-1] |= layer
        return json.dumps(config).encode()

    return change


def test_a_model_is_opened_with_its_letters_and_reads_pictures(model):
    reader = open_model(model)
    assert (reader.name, reader.letters, reader.size) == ("asl_model.keras", "abc", (28, 28, 1))
    for value, letter in [(250, "a"), (128, "b"), (5, "c")]:
        answer = reader.read(encoded(plain(value), "PNG"))
        assert next(iter(answer.probabilities)) == letter
        assert sum(answer.probabilities.values()) == pytest.approx(1)
        assert (answer.seen.mode, answer.seen.size) == ("L", (28, 28))


def test_pictures_are_prepared_as_in_lesson_04b(whole):
    cells = notebooks.read(ROOT / "04b_asl_predictions.ipynb")["cells"]
    source = next("".join(cell["source"]) for cell in cells if cell["id"] == "prepare")
    scope: dict[str, Any] = {"np": np}
    exec(source, scope)
    reader = open_model(whole)
    for picture in (PICTURE, PICTURE.transpose(Image.Transpose.ROTATE_90), images.read(turned(6)), plain(9, (1, 7))):
        assert np.array_equal(np.asarray(reader.prepare(picture)), scope["prepare"](picture)[0, :, :, 0])


def test_other_plain_networks_are_opened_too(model):
    import keras

    pixels = keras.Input((28, 28, 1))
    branches = [keras.layers.Conv2D(2, 3, kernel_regularizer=kind)(pixels) for kind in ("l2", None)]
    features = keras.layers.LeakyReLU()(keras.layers.BatchNormalization()(keras.layers.Add()(branches)))
    letters = keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(features))
    network = keras.Model(pixels, letters)
    network.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    network.save(model)
    assert open_model(model).letters == "abc"


def test_a_file_that_is_not_there_is_told_with_the_command_that_makes_it(tmp_path):
    sentence = refusal(tmp_path / "asl_model.keras")
    assert re.match(r"There is no file \S+asl_model\.keras; `python -m course run 04a` makes", sentence)


NO_MODEL, CUT_OFF = "is not a model that Keras saved", "is damaged or cut off"
OLD = "is a model of an older format (not .keras), which is not read any more"


def flipped(data: bytes) -> bytes:
    """One byte of the weights, another one."""
    place = data.index(b"model.weights.h5") + 4000
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: b"", "is empty (0 bytes)"),
        (lambda data: b"\x89HDF\r\n\x1a\n" + bytes(99), OLD),
        (lambda data: b"\x80\x04\x95 a pickle", NO_MODEL),
        (lambda data: b"hello", NO_MODEL),
        *((lambda data, part=part: data[: max(3, int(part * len(data)))], CUT_OFF) for part in (0.001, 0.5, 0.999)),
        (flipped, CUT_OFF),
    ],
)
def test_a_file_that_is_no_whole_model_is_refused(model, change, problem):
    model.write_bytes(change(model.read_bytes()))
    assert refusal(model).endswith(f"asl_model.keras {problem}{ADVICE}")


@pytest.mark.parametrize("text", [b"[]", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_a_description_that_is_none_is_refused(model, text):
    repacked(model, config_json=lambda data: text)
    assert refusal(model).endswith(f"{CUT_OFF}{ADVICE}")


def test_a_folder_is_of_an_older_format_and_an_archive_of_something_else_no_model(model, tmp_path):
    assert OLD in refusal(tmp_path)
    with zipfile.ZipFile(model, "w") as archive:
        archive.writestr("word/document.xml", "")
    assert refusal(model).endswith(f"{NO_MODEL}{ADVICE}")


@pytest.mark.parametrize("name", ["../evil.py", "/etc/cron.d/evil", "assets/vocabulary.txt"])
def test_nothing_else_may_lie_in_the_archive(model, name):
    with zipfile.ZipFile(model, "a") as archive:
        archive.writestr(name, "")
    assert f"holds “{name}”" in refusal(model)


def test_what_unpacks_to_too_much_is_refused_unpacked(model, monkeypatch):
    with zipfile.ZipFile(model) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    monkeypatch.setattr(service_model, "MAX_BYTES", unpacked - 1)
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda archive: pytest.fail("it was unpacked"))
    model.write_bytes(model.read_bytes())
    assert "is larger than 0 MB" in refusal(model)


def test_metadata_are_small_or_refused_unread(model):
    before = psutil.Process().memory_info().rss
    repacked(model, metadata_json=lambda data: data.rstrip()[:-1] + b', "x": [' + b"[]," * 2**20 + b"0]}")
    assert "is larger than" in refusal(model)
    assert psutil.Process().memory_info().rss < before + 2**26


@pytest.mark.parametrize("zip64", [False, True])
def test_a_crowded_directory_is_refused_before_it_is_read(model, monkeypatch, zip64):
    crowded_zip(model, 4000, zip64)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda archive: pytest.fail("it was read"))
    assert refusal(model).endswith(f"is damaged or cut off{ADVICE}")


def test_a_part_that_is_there_twice_is_called_that(model):
    with zipfile.ZipFile(model, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", "{}")
    assert f"holds a part of the model twice{ADVICE}" in refusal(model)


def with_weights(path: Path, change: Callable[[Any], None]) -> None:
    """Write the model at `path` anew, after `change` of the HDF5 file with its weights."""
    import h5py

    def changed(data: bytes) -> bytes:
        held = io.BytesIO(data)
        with h5py.File(held, "r+") as file:
            change(file)
        return held.getvalue()

    repacked(path, model_weights_h5=changed)


def virtual(file: Any) -> None:
    import h5py

    layout = h5py.VirtualLayout((3,), "float32")
    layout[:] = h5py.VirtualSource("other.h5", "numbers", (3,))
    file.create_virtual_dataset("numbers", layout)


WEIGHTS = {
    "numbers of another file": lambda file: file.create_dataset("n", (3,), "float32", external=[("other", 0, 12)]),
    "a view of another file": virtual,
    "a link to another file": lambda file: file.__setitem__("n", __import__("h5py").ExternalLink("other.h5", "/")),
    "a link within": lambda file: file.__setitem__("n", __import__("h5py").SoftLink("/")),
    "text": lambda file: file.__setitem__("n", "text"),
    "itself": lambda file: file.__setitem__("n", file["/"]),
    "a chunk larger than its array": lambda file: file.create_dataset(
        "n", (2, 2), "float32", maxshape=(None, None), chunks=(2, 10**6), compression="gzip"
    ),
    "too many groups": lambda file: [file.create_group(f"groups/{number}") for number in range(5001)],
}


@pytest.mark.parametrize("kind", WEIGHTS)
def test_weights_that_lie_elsewhere_or_are_none_are_refused(model, kind):
    with_weights(model, WEIGHTS[kind])
    wanted = f"asl_model.keras holds more than plain weights, or takes them from another file{ADVICE}"
    assert refusal(model).endswith(wanted)


def larger(**layers: dict[str, Any]) -> Callable[[bytes], bytes]:
    """A change to the description of a model: layers of these classes stand in front of its last one."""

    def change(data: bytes) -> bytes:
        config = json.loads(data)
        last = config["config"]["layers"].pop()
        for name, settings in layers.items():
            layer = {"module": "keras.layers", "class_name": name, "config": {"name": name, **settings}}
            config["config"]["layers"].append(layer)
        config["config"]["layers"].append({key: value for key, value in last.items() if key != "build_config"})
        return json.dumps(config).encode()

    return change


@pytest.mark.parametrize(
    "description",
    [larger(Dense={"units": 30_000_000}), larger(Reshape={"target_shape": [1, 1, 1]}, ZeroPadding2D={"padding": 5000})],
    ids=["weights", "padding"],
)
def test_a_network_that_needs_too_much_memory_is_refused_before_it_takes_it(model, description):
    before = psutil.Process().memory_info().rss
    repacked(model, config_json=description)
    assert f"needs more than 50 million numbers{ADVICE}" in refusal(model)
    assert psutil.Process().memory_info().rss < before + 2**26


def test_weights_that_declare_too_much_are_refused_unread(model, monkeypatch):
    import keras

    def declare(file: Any) -> None:
        file.create_dataset("layers/dense/vars/2", (10**9,), "float32", chunks=(10**6,), compression="gzip")

    with_weights(model, declare)
    monkeypatch.setattr(keras.models, "load_model", lambda *given, **options: pytest.fail("it was loaded"))
    assert f"needs more than 50 million numbers{ADVICE}" in refusal(model)


def test_too_many_layers_are_refused(model):
    def many(data: bytes) -> bytes:
        config = json.loads(data)
        config["config"]["layers"] *= 100
        return json.dumps(config).encode()

    repacked(model, config_json=many)
    assert "has 401 layers, more than 200" in refusal(model)


HOSTILE = {
    "a function of Python": {"module": "builtins", "class_name": "function", "config": "exec"},
    "another module": {"module": "os", "class_name": "system", "registered_name": "system"},
    "a module of Keras": {"module": "keras.utils", "class_name": "get_file"},
    "code": {"class_name": "Lambda", "config": {"name": "l", "function": {"class_name": "__lambda__", "config": {}}}},
    "another file": {"class_name": "TFSMLayer", "config": {"filepath": "/tmp/model"}},
    "a class of its own": {"class_name": "Dense", "registered_name": "package>Dense"},
    "hidden in a detail": {"config": {"units": 3, "activation": {"module": "os", "class_name": "system"}}},
    "no class": {"config": {"units": 3, "kernel_initializer": {"module": "os.path", "registered_name": "join"}}},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_description_that_asks_for_more_than_plain_layers_never_reaches_keras(model, kind, monkeypatch):
    import keras

    repacked(model, config_json=with_layer(**HOSTILE[kind]))
    monkeypatch.setattr(keras.models, "load_model", lambda *given, **options: pytest.fail("it was loaded"))
    assert "which is no plain layer, so it is not loaded" in refusal(model)


def test_a_model_of_keras_2_is_told_by_its_version(model):
    repacked(model, metadata_json=lambda data: b'{"keras_version": "2.15.0", "date_saved": "2024-01-01"}')
    assert f"was saved by Keras 2.15.0, in an older format{ADVICE}" in refusal(model)


def test_a_model_that_this_keras_does_not_understand_is_told_with_both_versions(model):
    import keras

    repacked(
        model,
        config_json=with_layer(config={"units": 3, "of the future": 1}),
        metadata_json=lambda data: b'{"keras_version": "3.99.0"}',
    )
    wanted = f"asl_model.keras, saved by Keras 3.99.0, cannot be read by Keras {keras.__version__} ("
    assert wanted in refusal(model)


def test_without_its_label_map_a_model_is_taken_for_another_lessons(model):
    model.with_suffix(".json").unlink()
    wanted = "Beside {} there is no asl_model.json, which says what its outputs mean, so it may be another lesson's"
    assert refusal(model) == wanted.format(model.as_posix()) + ADVICE


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 100_000, json.dumps({**ABOUT, "letters": "aab"}), json.dumps({**ABOUT, "height": 0}),
     json.dumps({**ABOUT, "channels": 2}), json.dumps({**ABOUT, "width": True}), json.dumps({**ABOUT, "pixels": 1}),
     json.dumps({**ABOUT, "letters": ["a", "b", "c"]}), json.dumps({**ABOUT, "height": 10**9})],
)  # fmt: skip
def test_a_damaged_label_map_is_refused(model, text):
    model.with_suffix(".json").write_text(text)
    assert refusal(model).endswith(f"asl_model.json does not say what a model's outputs mean{ADVICE}")


@pytest.mark.parametrize("change", [{"letters": "abcd"}, {"height": 32}, {"channels": 3}])
def test_a_model_of_another_lesson_does_not_fit_the_label_map(model, change):
    model.with_suffix(".json").write_text(json.dumps({**ABOUT, **change}))
    assert "it is the model of another lesson" in refusal(model)


# --- the web application


class Client:
    """Asks the service, one connection a request; `path` gets no token of its own accord."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.port, self.token = parts.hostname, parts.port, parse_qs(parts.query)["token"][0]

    def ask(
        self, path: str, body: bytes | None = None, method: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method or ("GET" if body is None else "POST"), path, body, named)
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def predict(self, picture: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        headers.setdefault("Authorization", f"Bearer {self.token}")
        status, _headers, answer = self.ask("/api/predict", picture, **headers)
        return status, json.loads(answer)


@pytest.fixture(scope="module")
def client(whole: Path) -> Iterator[Client]:
    with service(whole) as (address, _process):
        yield Client(address)


def in_process(
    path: str, body: list[bytes], *, headers: dict[str, str] | None = None, host: str = "127.0.0.1", **options: Any
) -> tuple[int, dict[str, Any]]:
    """Ask an application in this process whose model is never reached; the body comes in parts, and never ends."""
    from course.serving.app import application

    def ask(batch: np.ndarray) -> np.ndarray:
        raise AssertionError("the model was asked")

    app = application(Reader("m.keras", "abc", (28, 28, 1), ask), "secret", **options)
    named = {"host": host, "authorization": "Bearer secret"} | (headers or {})
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "scheme": "http", "http_version": "1.1",
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9), "root_path": "",
    }  # fmt: skip
    sent: list[dict[str, Any]] = []
    parts = iter(body)

    async def receive() -> dict[str, Any]:
        part = next(parts, None)
        if part is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    text = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(text) if text.startswith(b"{") else {}


@web
class TestTheApi:
    @pytest.mark.parametrize(("value", "letter"), [(250, "a"), (128, "b"), (5, "c")])
    def test_a_picture_is_answered_with_letters_and_what_the_model_saw(self, client, value, letter):
        status, answer = client.predict(encoded(plain(value), "JPEG"))
        assert (status, answer["letter"]) == (200, letter)
        assert sorted(answer["probabilities"]) == ["a", "b", "c"]
        assert list(answer["probabilities"].values()) == sorted(answer["probabilities"].values(), reverse=True)
        kind, data = answer["seen"].split(",")
        assert kind == "data:image/png;base64"
        seen = Image.open(io.BytesIO(base64.b64decode(data)))
        assert (seen.format, seen.mode, seen.size) == ("PNG", "L", (28, 28))
        assert abs(int(np.asarray(seen).mean()) - value) <= 2

    def test_a_photo_is_read_upright_and_a_file_that_curl_sends_without_its_type_too(self, client):
        lower_half = Image.new("RGB", (40, 80), "white")
        lower_half.paste("black", (0, 0, 40, 40))
        exif = Image.Exif()
        exif[0x0112] = 6
        status, answer = client.predict(encoded(lower_half, "JPEG", exif=exif))
        assert (status, answer["letter"]) == (200, "b"), "half black, half white"
        answer = client.predict(encoded(plain(255), "GIF"), Content_Type="application/x-www-form-urlencoded")[1]
        assert answer["letter"] == "a"

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            (b"", "is empty (0 bytes)"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture that the course reads"),
            (encoded(PICTURE, "PNG")[:-30], "is damaged or cut off"),
            (png_header(20_000, 20_000), "more than 64 million pixels"),
        ],
        ids=["nothing", "svg", "half a png", "huge"],
    )
    def test_what_is_no_whole_picture_is_refused_in_one_sentence(self, client, data, problem):
        status, answer = client.predict(data)
        assert status == 422
        assert list(answer) == ["error"]
        assert problem in answer["error"]
        assert re.fullmatch(r"The file [^\n]*\.", answer["error"])

    @pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json"])
    def test_a_form_or_json_is_told_how_to_send_a_picture(self, client, kind):
        status, answer = client.predict(encoded(PICTURE, "PNG"), Content_Type=kind)
        assert (status, answer["error"]) == (
            415, "Send the file of the picture as the body, as it is (curl --data-binary @hand.jpg)."
        )  # fmt: skip

    def test_the_model_tells_its_letters_and_limits(self, client):
        status, _headers, answer = client.ask(f"/api/model?token={client.token}")
        assert status == 200
        assert json.loads(answer) == {
            "model": "asl_model.keras", "letters": "abc", "input": {"height": 28, "width": 28, "channels": 1},
            "limits": {"bytes": 20 * 2**20},
        }  # fmt: skip

    def test_what_is_announced_as_too_large_is_not_even_read(self, client):
        connection = http.client.HTTPConnection(client.host, client.port, timeout=20)
        connection.putrequest("POST", "/api/predict")
        connection.putheader("Authorization", f"Bearer {client.token}")
        connection.putheader("Content-Length", str(21 * 2**20))
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == 413
        assert json.loads(response.read())["error"].startswith("The picture is larger than 20 MB;")
        connection.close()

    def test_what_turns_out_too_large_is_read_no_further(self):
        part = bytes(2**20)
        status, answer = in_process("/api/predict", [part] * 21)
        assert status == 413
        assert "larger than 20 MB" in answer["error"]

    @pytest.mark.parametrize(
        ("memory", "refused"),
        [
            (100 * 2**20, (408, "The picture did not arrive within 0.05 seconds; send it again.")),
            (10, (503, "The service is busy; try again in a minute.")),
        ],
    )
    def test_who_waits_too_long_is_told_so(self, monkeypatch, memory, refused):
        from course.serving import app

        monkeypatch.setattr(app, "SECONDS", 0.05)
        monkeypatch.setattr(app, "MAX_MEMORY", memory)
        status, answer = in_process("/api/predict", [b"\xff\xd8"])
        assert (status, answer["error"]) == refused

    def test_a_small_picture_passes_where_a_large_one_waits(self):
        from course.serving import app

        async def meet() -> list[str]:
            memory, done = app._Memory(10), []

            async def hold(size: int) -> None:
                await memory.take(size)
                done.append(size)

            waiting = [asyncio.create_task(hold(size)) for size in (8, 8, 2)]
            await asyncio.sleep(0.01)
            seen = [*done]
            await memory.give(8)
            await asyncio.gather(*waiting)
            return [seen, done]

        assert asyncio.run(meet()) == [[8, 2], [8, 2, 8]]

    def test_fifty_ask_at_once_and_each_gets_its_own_answer(self, client):
        values = [(250, "a"), (128, "b"), (5, "c"), (None, "")] * 13
        files = [(encoded(plain(value), "PNG") if value is not None else b"x", letter) for value, letter in values[:50]]
        with ThreadPoolExecutor(50) as people:
            answers = list(people.map(lambda file: client.predict(file[0])[1], files))
        assert [answer.get("letter", "") for answer in answers] == [letter for _data, letter in files]


@web
class TestWhoMayAsk:
    @pytest.mark.parametrize("path", ["/", "/api/model"])
    @pytest.mark.parametrize("token", ["", "?token=", "?token=wrong", "?token=%C3%A9", "?Token={}"])
    def test_nobody_without_the_token(self, client, path, token):
        status, _headers, answer = client.ask(path + token.format(client.token))
        assert status == 401
        assert b"`python -m course serve` printed" in answer
        assert client.token.encode() not in answer

    @pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic {}", "{}", "Bearer é"])
    def test_nobody_with_another_header(self, client, header):
        status, answer = client.predict(b"x", Authorization=header.format(client.token))
        assert (status, list(answer)) == (401, ["error"])

    def test_whoever_has_no_token_sends_nothing(self):
        assert in_process("/api/predict", [], headers={"authorization": "Bearer wrong"})[0] == 401

    def test_the_page_opens_with_the_token(self, client):
        status, headers, page = client.ask(f"/?token={client.token}")
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert client.token.encode() not in page

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:{}", "", "127.0.0.1.evil.example", "10.0.0.1"])
    def test_nobody_under_another_name_even_with_the_token(self, client, host):
        status, _headers, answer = client.ask(f"/api/model?token={client.token}", Host=host.format(client.port))
        assert (status, answer) == (400, b"Invalid host header")

    @pytest.mark.parametrize("host", ["localhost", "localhost:{}", "127.0.0.1:{}", "LOCALHOST"])
    def test_this_computers_own_names_are_known(self, client, host):
        assert client.ask(f"/api/model?token={client.token}", Host=host.format(client.port))[0] == 200

    def test_where_it_listens_to_others_on_purpose_they_may_use_any_name(self):
        assert in_process("/api/model", [], host="workstation")[0] == 400
        assert in_process("/api/model", [], host="workstation", hosts=("*",))[0] == 405, "which is the method's fault"

    @pytest.mark.parametrize(
        ("host", "own"),
        [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
         ("::", False), ("192.168.0.7", False), ("", False), ("workstation", False)],
    )  # fmt: skip
    def test_which_addresses_only_this_computer_reaches(self, host, own):
        from course.serving import app

        assert app._is_loopback(host) == own

    def test_other_pages_are_not_let_in(self, client):
        path = f"/api/predict?token={client.token}"
        for method in ("OPTIONS", "POST"):
            _status, headers, _answer = client.ask(path, b"", method, Origin="http://evil.example")
            assert not [name for name in headers if name.startswith("access-control")]

    @pytest.mark.parametrize("path", ["/", "/?token={}", "/page.js", "/widget.js", "/page.css", "/no", "/api/predict"])
    def test_every_answer_carries_the_headers_that_lock_the_page(self, client, path):
        _status, headers, _answer = client.ask(path.format(client.token))
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers

    @pytest.mark.parametrize(
        "path", ["/nowhere", "/../../README.md", "/page.css/../model.py", "/extras/service/app.py"]
    )
    def test_no_other_file_is_served(self, client, path):
        status, _headers, answer = client.ask(path)
        assert (status, json.loads(answer)) == (404, {"error": "Not Found"})

    def test_a_file_name_cannot_become_part_of_the_page(self):
        from course.serving import app

        page = app._page(Reader('"><script>x</script>.keras', "<>", (28, 28, 1), lambda batch: batch))
        assert "<script>x" not in page
        assert "&lt;script&gt;x" in page


@web
class TestSlowClients:
    """People who open connections and say nothing do not keep the others out."""

    @pytest.mark.parametrize("rest", ["X-Slow: ", "Content-Length: 5\r\n\r\n"], ids=["headers", "body"])
    def test_everybody_else_is_answered(self, client, rest):
        start = f"POST /api/predict?token={client.token} HTTP/1.1\r\nHost: 127.0.0.1\r\n{rest}"
        held = []
        for _number in range(250):
            held.append(socket.create_connection((client.host, client.port)))
            held[-1].sendall(start.encode())
            time.sleep(0.005)  # so that the service sees each before the next
        try:
            letters = [client.predict(encoded(plain(255), "PNG"))[1].get("letter") for _request in range(5)]
        finally:
            for one in held:
                one.close()
        assert letters == ["a"] * 5

    def test_headers_that_do_not_end_end_the_connection(self, monkeypatch):
        import uvicorn

        from course.serving import app

        monkeypatch.setattr(app, "HEADER_SECONDS", 0.3)

        async def nothing(scope: Any, receive: Any, send: Any) -> None:
            raise AssertionError("no request came")

        async def wait() -> float:
            server = uvicorn.Server(
                uvicorn.Config(nothing, port=0, http=app._Punctual, lifespan="off", log_level="error")
            )
            serving = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            address = server.servers[0].sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(*address)
            started = time.monotonic()
            writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 10) == b""
            server.should_exit = True
            await serving
            return time.monotonic() - started

        assert 0.2 < asyncio.run(wait()) < 5

    def test_a_connection_serves_one_request(self, client):
        assert client.ask(f"/?token={client.token}")[1]["connection"] == "close"


@web
class TestTheCommand:
    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "course", "serve", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)

    def test_a_model_that_cannot_be_served_ends_it_with_one_sentence(self, tmp_path):
        done = self.run(tmp_path / "none.keras")
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(r"There is no file \S+none\.keras; [^\n]+\n", done.stderr)

    def test_a_port_in_use_and_a_foreign_address_end_it_with_one_sentence(self, client, whole):
        for arguments in (["--port", client.port], ["--host", "203.0.113.1"]):
            done = self.run(whole, *arguments)
            assert (done.returncode, done.stdout) == (2, "")
            assert re.fullmatch(r"No server can listen on [^\n]+\n", done.stderr)

    @pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
    def test_control_c_ends_it_quietly(self, whole):
        with service(whole) as (_address, process):
            process.send_signal(signal.SIGINT)
            rest, _nothing = process.communicate(timeout=120)  # a busy machine is not what is tested
        assert process.returncode == 130
        assert "Traceback" not in rest

    def test_each_start_has_a_token_of_its_own(self, client, whole):
        with service(whole, "--host", "127.0.0.1") as (address, _process):
            again = Client(address)
        assert len(again.token) >= 32
        assert again.token != client.token
