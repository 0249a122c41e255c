"""``python -m course data get`` against a server on 127.0.0.1 that does all that servers and networks do wrong."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import sys
import threading
import types
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from data_commands import run
from edition_files import classes, fill, snapshot, vgg16_weights

from course.datasets import command, data_get, download, reading, vgg16
from course.datasets.download import Source
from course.datasets.image_sets import FRUITS
from course.datasets.sources import opened
from course.messages import CourseError

CHANCE = np.random.default_rng(7)


def digits() -> bytes:
    written = io.BytesIO()
    arrays = {f"x_{split}": CHANCE.integers(0, 256, (400, 28, 28), np.uint8) for split in ("train", "test")}
    np.savez(written, **arrays, **{f"y_{split}": np.arange(400, dtype=np.uint8) % 10 for split in ("train", "test")})
    return written.getvalue()


MNIST = digits()


class Handler(BaseHTTPRequestHandler):
    """Answers each request with the next of the server's steps, the last one again and again."""

    def do_GET(self) -> None:
        server = self.server
        wanted = self.headers.get("Range", "")
        server.requests.append((self.path, wanted))
        step = server.steps.pop(0) if len(server.steps) > 1 else server.steps[0]
        step(self, int(wanted[6:-1]) if wanted else 0)

    def log_message(self, *_words: object) -> None:
        pass

    def reply(self, code: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


def whole(handler: Handler, start: int, content: bytes = MNIST) -> None:
    """As a good server: the file, or the rest of it."""
    if start:
        place = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.reply(206, content[start:], Content_Range=place)
    else:
        handler.reply(200, content)


def without_range(handler: Handler, _start: int) -> None:
    handler.reply(200, MNIST)


def answering(code: int, **headers: str):
    return lambda handler, start: handler.reply(code, b"no", **headers)


def breaks_off_after(count: int):
    """`count` further bytes of the whole, then the connection is closed."""

    def step(handler: Handler, start: int) -> None:
        rest = MNIST[start:]
        headers = {"Content_Range": f"bytes {start}-{len(MNIST) - 1}/{len(MNIST)}"} if start else {}
        handler.reply(206 if start else 200, rest[:count], len(rest), **headers)

    return step


def stalls(handler: Handler, start: int) -> None:
    breaks_off_after(1000)(handler, start)
    handler.wfile.flush()
    handler.server.patience.wait(5)


def truncates(handler: Handler, _start: int) -> None:
    """The wrong length, said with confidence."""
    handler.reply(200, MNIST[:-100])


def other_bytes(handler: Handler, start: int) -> None:
    whole(handler, start, bytes(len(MNIST)))


def endless(handler: Handler, _start: int) -> None:
    handler.reply(200, MNIST + bytes(10**6))


@pytest.fixture
def server(monkeypatch) -> Iterator[ThreadingHTTPServer]:
    """A server that `COURSE_MIRROR` names; MNIST is the small one of this module; pauses take no time."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        running.steps, running.requests, running.patience = [whole], [], threading.Event()
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        monkeypatch.setenv("COURSE_MIRROR", f"http://127.0.0.1:{running.server_port}/files/")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        checksum = f"sha256:{hashlib.sha256(MNIST).hexdigest()}"
        monkeypatch.setitem(data_get.SOURCES, "mnist", Source("https://example.org/x/mnist.npz", checksum, len(MNIST)))
        monkeypatch.setattr(download, "PAUSES", (0, 0, 0))
        yield running
        running.patience.set()
        running.shutdown()


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "real"


def get(root: Path, *names: str) -> int:
    return run("get", *names, "--to", root)


def complaint(capsys, root: Path, name: str = "mnist") -> str:
    """What is said of a set that cannot be had: one sentence with the manual way, and no edition changed."""
    capsys.readouterr()
    before = snapshot(root) if root.exists() else {}
    assert get(root, name) == 2
    sentence = capsys.readouterr().err
    assert sentence.count("\n") == 1
    assert sentence.startswith(f"{name} could not be downloaded from http")
    assert f"bring in what you get with `python -m course data import {name} PATH --to {root.as_posix()}`." in sentence
    parts = {name: digest for name, digest in before.items() if ".downloads" not in name}
    assert {name: digest for name, digest in snapshot(root).items() if ".downloads" not in name} == parts
    return sentence


def test_a_set_is_downloaded_checked_and_imported_and_once_it_is_whole_not_again(server, root, capsys):
    assert get(root, "mnist") == 0
    reading.validate(root, "mnist")
    assert sorted(os.listdir(root)) == ["manifest.json", "mnist"]
    assert run("verify", "--edition", root) == 0
    before = snapshot(root)
    assert get(root, "mnist") == 0
    assert "mnist is already there and complete" in capsys.readouterr().out
    assert (server.requests, snapshot(root)) == ([("/files/mnist.npz", "")], before)
    (root / "mnist" / "mnist.npz").write_bytes(b"")
    assert get(root, "mnist") == 0
    assert snapshot(root) == before


@pytest.mark.parametrize(
    "failing",
    [breaks_off_after(327_680), stalls, answering(503), truncates],
    ids=["breaks off", "stalls", "busy", "truncates"],
)
def test_a_download_that_breaks_off_or_stalls_goes_on(server, root, monkeypatch, failing):
    if failing is stalls:
        monkeypatch.setattr(download, "TIMEOUT", (10, 0.5))
    server.steps = [failing, whole]
    assert get(root, "mnist") == 0
    reading.validate(root, "mnist")
    assert len(server.requests) >= 2


def test_a_download_goes_on_as_long_as_each_attempt_brings_something(server, root):
    server.steps = [breaks_off_after(65_536)]
    assert get(root, "mnist") == 0
    assert len(server.requests) == -(-len(MNIST) // 65_536)


@pytest.mark.parametrize(
    ("second", "third"),
    [
        (breaks_off_after(98_304), "bytes=425984-"),
        (without_range, None),
        (answering(416), ""),
        (answering(206, Content_Range="bytes 5-9/10"), ""),
        (answering(206), ""),
    ],
    ids=["continues", "begins again", "416", "5-9", "none"],
)
def test_a_download_goes_on_where_it_stopped_or_begins_again(server, root, second, third):
    server.steps = [breaks_off_after(327_680), second, whole]
    assert get(root, "mnist") == 0
    reading.validate(root, "mnist")
    assert [wanted for _path, wanted in server.requests] == ["", "bytes=327680-", *([] if third is None else [third])]


def test_what_was_left_by_an_earlier_command_is_used(server, root, capsys):
    server.steps = [breaks_off_after(327_680), answering(503)]
    assert "the server is busy (503)" in complaint(capsys, root)
    assert (root / ".downloads" / "mnist.npz.part").read_bytes() == MNIST[:327_680]
    server.steps, server.requests = [whole], []
    assert get(root, "mnist") == 0
    assert server.requests == [("/files/mnist.npz", "bytes=327680-")]
    assert sorted(os.listdir(root)) == ["manifest.json", "mnist"]


@pytest.mark.parametrize("size", [100, len(MNIST)])
def test_what_was_left_is_thrown_away_where_it_does_not_fit(server, root, size):
    fill(root, {".downloads/mnist.npz.part": b"x" * size})
    assert get(root, "mnist") == 0
    reading.validate(root, "mnist")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (answering(404), "the server answered 404"),
        (answering(403), "the server answered 403"),
        (answering(500), "the server is busy (500)"),
        (other_bytes, "the file that was received has another checksum"),
        (truncates, "the connection was lost"),
        (stalls, "no connection, or it was lost"),
        (endless, "it is larger than it should be"),
        (answering(302, Location="file:///etc/passwd"), "the server redirects to file:///etc/passwd"),
        (answering(301, Location="http://127.0.0.1:9/login"), "the server redirects to http://127.0.0.1:9/login"),
        (answering(304), "the server answered 304"),
    ],
)
def test_a_server_that_does_wrong_again_and_again_is_one_sentence(server, root, capsys, monkeypatch, step, words):
    if step is stalls:
        step = lambda handler, start: handler.server.patience.wait(5)  # noqa: E731
        words = "no answer for 0.2 seconds"
        monkeypatch.setattr(download, "TIMEOUT", (10, 0.2))
    fill(root, {"mnist/mnist.npz": b"mine"})
    server.steps = [step]
    assert words in complaint(capsys, root)
    assert len(server.requests) <= 5


NO_ADDRESS = ("file:///etc", "ftp://127.0.0.1", "nowhere", "http://")


@pytest.mark.parametrize(
    ("address", "words"),
    [("http://127.0.0.1:9", "no connection, or it was lost"), *((one, "that is not an address") for one in NO_ADDRESS)],
)
def test_no_network_and_an_address_that_is_none_are_one_sentence(server, root, capsys, monkeypatch, address, words):
    monkeypatch.setenv("COURSE_MIRROR", address)
    assert get(root, "mnist") == 2
    sentence = capsys.readouterr().err
    assert words in sentence and sentence.count("\n") == 1
    assert not root.exists()


def test_an_interrupted_download_keeps_what_came(server, root, monkeypatch):
    server.steps = [breaks_off_after(327_680)]

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(download.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        get(root, "mnist")
    assert (root / ".downloads" / "mnist.npz.part").stat().st_size == 327_680


def test_one_set_that_fails_does_not_stop_the_next(server, root, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(root / "w.h5"))
    server.steps = [answering(404), whole]
    assert get(root, "vgg16", "mnist") == 2
    reading.validate(root, "mnist")
    assert "vgg16 could not be downloaded" in capsys.readouterr().err


def test_weights_of_vgg16_go_to_their_place(server, root, tmp_path, monkeypatch, capsys):
    content = vgg16_weights(tmp_path / "w.h5").read_bytes()
    checksum = f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"
    url = data_get.SOURCES["vgg16"].url
    monkeypatch.setitem(data_get.SOURCES, "vgg16", Source(url, checksum, len(content)))
    monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(tmp_path / "cache" / "w.h5"))
    server.steps = [partial(whole, content=content)]
    assert get(root, "vgg16") == 0
    assert vgg16.path().read_bytes() == content
    assert not root.exists()
    assert get(root, "vgg16") == 0
    assert "vgg16 is already there" in capsys.readouterr().out
    assert len(server.requests) == 1


def test_the_addresses_and_checksums_are_those_that_keras_uses():
    import inspect

    from keras.src.applications import vgg16 as keras_vgg16
    from keras.src.datasets import mnist as keras_mnist

    sources = inspect.getsource(keras_mnist) + inspect.getsource(keras_vgg16)
    joined = sources.replace('"\n    "', "")
    for name in ("mnist", "vgg16"):
        source = data_get.SOURCES[name]
        assert source.checksum.split(":")[1] in joined
        assert source.url.removesuffix("mnist.npz") in joined


# Kaggle


@pytest.fixture
def kaggle(monkeypatch, tmp_path) -> list[str]:
    """A stand-in for the package kagglehub that has the fruit; gives the names that were asked for."""
    asked: list[str] = []
    folder = fill(tmp_path / "cache", classes(("train", "test"), FRUITS, 1))

    def dataset_download(handle: str) -> str:
        asked.append(handle)
        return str(folder)

    module = types.ModuleType("kagglehub")
    module.__spec__ = types.SimpleNamespace(name="kagglehub")
    module.dataset_download = dataset_download
    monkeypatch.setitem(sys.modules, "kagglehub", module)
    return asked


def test_what_lies_on_kaggle_comes_through_kagglehub(kaggle, root, capsys):
    assert get(root, "fruits") == 0
    assert kaggle == ["sriramr/fruits-fresh-and-rotten-for-classification"]
    reading.validate(root, "fruits")
    assert get(root, "fruits") == 0
    assert len(kaggle) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [("KaggleApiHTTPError", "Kaggle refuses"), ("UnauthenticatedError", "wants a login"), ("OSError", "no connection")],
)
def test_a_refused_login_or_no_network_is_one_sentence(kaggle, root, capsys, monkeypatch, error, words):
    def fails(handle: str) -> str:
        raise type(error, (Exception,), {})("403\nTraceback")

    monkeypatch.setattr(sys.modules["kagglehub"], "dataset_download", fails)
    sentence = complaint(capsys, root, "fruits")
    assert words in sentence
    assert "https://www.kaggle.com/datasets/sriramr/fruits-fresh-and-rotten-for-classification" in sentence


def test_without_kagglehub_the_sentence_says_how_to_get_it(root, capsys, monkeypatch):
    monkeypatch.setattr(data_get, "find_spec", lambda name: name != "kagglehub")
    assert "`python -m pip install kagglehub`, is not installed" in complaint(capsys, root, "asl_data")


# Arguments


def test_without_a_set_there_is_a_list_with_what_each_needs(server, root, capsys):
    get(root, "mnist")
    capsys.readouterr()
    assert get(root) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[:-1])
    assert list(lines) == command.SETS.split(", ")
    assert lines["mnist"].startswith("is there: ")
    assert "from Kaggle, with `python -m pip install kagglehub`, or by hand: https://www.kaggle.com" in lines["nyt"]
    assert lines["bo"] == "your own pictures: `python -m course data import bo PATH`"
    assert len(server.requests) == 1


def test_a_set_without_an_address_and_the_embedded_edition_are_refused_before_anything_is_fetched(server, root):
    with pytest.raises(CourseError, match="“bo” has no public address; mnist, asl_data, nyt, fruits, vgg16 have"):
        get(root, "mnist", "bo")
    with pytest.raises(CourseError, match="data came with the course and stays as it is"):
        run("get", "mnist", "--to", "data")
    assert server.requests == []


def test_nothing_is_downloaded_unless_a_person_asks(monkeypatch, tmp_path):
    monkeypatch.setattr(socket, "socket", lambda *_words: pytest.fail("a connection"))
    run("import", "fruits", fill(tmp_path / "a", classes(("train", "valid"), FRUITS, 1)), "--to", tmp_path / "real")
    run("verify", "--edition", tmp_path / "real")
    with opened([tmp_path / "a"], tmp_path) as items:
        assert len(items) == 12
