"""``docs/common-errors.md``: each message that it quotes is brought about here, and compared with the quotation."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import jupyterlab
import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
from contract import SETUP_SOURCE

from course import check
from course.check import exercises, session
from course.environment import lab
from course.front_end import photo_texts
from course.paths import ROOT
from course.runner.executor import Settings, execute
from course.widgets import PhotoInput

Case = Callable[[Path, pytest.MonkeyPatch], Iterator[str]]

DOCUMENT = ROOT / "docs" / "common-errors.md"
SECTIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL))
CASES: dict[str, Case] = {}
LESSON = "04a_asl_augmentation"


def quotations(title: str) -> list[str]:
    """The messages that the section `title` quotes, in order."""
    return [quote.strip() for quote in re.findall(r"^```text\n(.*?)^```$", SECTIONS[title], re.MULTILINE | re.DOTALL)]


def quotes(quotation: str, said: str) -> bool:
    """Whether `said` holds `quotation`, in which … stands for anything; colors and line breaks do not count."""
    words = " ".join(re.sub(r"\x1b\[[\d;]*m", "", said).split())
    return re.search(".*?".join(map(re.escape, quotation.split("…"))), words) is not None


def reproduces(title: str) -> Callable[[Case], Case]:
    """Register the decorated function, which yields what is said in the case of the section `title`."""

    def register(case: Case) -> Case:
        CASES[title] = case
        return case

    return register


def error_of(function: Callable[[], object]) -> str:
    """What the error that `function` raises says, as the last line of a traceback begins."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 – the document is what is compared with
        function()
    return f"{caught.type.__name__}: {caught.value}"


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    """The commands and the checks speak English, on the edition "embedded", and nothing is kept yet."""
    monkeypatch.setenv("COURSE_LANG", "en")
    monkeypatch.setattr(session.SESSION, "edition", "embedded")
    monkeypatch.setattr(session.SESSION, "kept", {})


def dense(outputs: int = 10, loss: str = "categorical_crossentropy") -> keras.Model:
    """The network of lesson 01, smaller, compiled with `loss`."""
    layers = [keras.Input((784,)), keras.layers.Dense(8, activation="relu")]
    model = keras.Sequential([*layers, keras.layers.Dense(outputs, activation="softmax")])
    model.compile(optimizer="adam", loss=loss)
    return model


IMAGES = np.random.default_rng(1).integers(0, 256, (16, 28, 28)).astype("uint8")
X = IMAGES.reshape(-1, 784).astype("float32") / 255
LABELS = np.arange(16) % 10
ONE_HOT = np.eye(10, dtype="float32")[LABELS]


def error_of_fit(model: keras.Model, x: object, y: object) -> str:
    return error_of(lambda: model.fit(x, y, verbose=0))


def test_every_section_quotes_what_a_case_brings_about_or_says_that_it_is_not_reproduced():
    unproven = {title for title, text in SECTIONS.items() if "*Not reproduced*" in text}
    assert set(CASES) | unproven == set(SECTIONS)
    assert not set(CASES) & unproven
    assert all(quotations(title) for title in CASES)


def test_a_quotation_with_a_wrong_word_is_noticed():
    assert quotes("shape (…, 28, 28)", "with a \x1b[1mshape\n(None, 28, 28)\x1b[0m.")
    assert not quotes("shape (…, 28, 28)", "with a form (None, 28, 28).")


@pytest.mark.parametrize("title", SECTIONS)
def test_what_the_document_quotes_is_what_is_said(title, tmp_path, monkeypatch):
    if title not in CASES:
        assert "*Not reproduced*" in SECTIONS[title]
        return
    said = list(CASES[title](tmp_path, monkeypatch))
    for quotation in quotations(title):
        assert any(quotes(quotation, one) for one in said), f"{quotation}\n\nis not said:\n\n" + "\n\n".join(said)
    for one in said:
        assert any(quotes(quotation, one) for quotation in quotations(title)), f"not in the document:\n\n{one}"


SPARSE = "sparse_categorical_crossentropy"
ONE_CHANNEL = [keras.Input((28, 28, 1)), keras.layers.Conv2D(2, 3)]
NOT_COMPILED = [keras.Input((784,)), keras.layers.Dense(10)]
SIMPLE: dict[str, Callable[[], list[str]]] = {
    "Unable to allocate": lambda: [
        error_of(lambda: np.ones((10**9, 10**6))),
        error_of(lambda: on_the_cpu(tf.ones, (10**7, 10**8))),
    ],
    "A name is not defined": lambda: [
        error_of(lambda: exec("x_train.shape", {})),
        error_of(lambda: check.untouched("train_images")),
    ],
    "Cannot cast ufunc 'divide'": lambda: [error_of(lambda: IMAGES.copy().__itruediv__(255))],
    "Invalid input shape": lambda: [
        error_of_fit(dense(), IMAGES / np.float32(255), ONE_HOT),
        error_of(lambda: dense().predict(X[0], verbose=0)),
    ],
    "Expected axis -1 of input shape to have value 1": lambda: [
        error_of(lambda: keras.Sequential(ONE_CHANNEL)(np.zeros((1, 28, 28, 3), "float32")))
    ],
    "Target and output must have the same rank": lambda: [
        error_of_fit(dense(), X, LABELS),
        error_of_fit(dense(loss=SPARSE), X, ONE_HOT),
    ],
    "Target and output must have the same shape": lambda: [error_of_fit(dense(outputs=24), X, ONE_HOT)],
    "Invalid dtype": lambda: [error_of_fit(dense(loss=SPARSE), X, np.array(list("abcdefgh" * 2)))],
    "Data cardinality is ambiguous": lambda: [error_of_fit(dense(), X, ONE_HOT[:10])],
    "You must call compile() before": lambda: [error_of_fit(keras.Sequential(NOT_COMPILED), X, ONE_HOT)],
    "A file is not there": lambda: [error_of(lambda: check.needs(Path("asl_model.keras"), LESSON))],
    # without a browser: the sentences that its front end is given
    "The camera does not start": lambda: [photo_texts()["insecure"], photo_texts()["noCamera"]],
}
"""Sections whose messages take a line or two to bring about."""
CASES |= {title: lambda _folder, _patch, case=case: case() for title, case in SIMPLE.items()}


def on_the_cpu(function: Callable[..., object], *arguments: object) -> object:
    with tf.device("/CPU:0"):
        return function(*arguments)


@reproduces("Could not find cuda drivers")
def no_driver(tmp_path, monkeypatch):
    if shutil.which("nvidia-smi") or not tf.sysconfig.get_build_info().get("is_cuda_build"):
        pytest.skip("a card is here, or this TensorFlow is not built for one")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    command = [sys.executable, "-c", "import tensorflow as tf; tf.config.list_physical_devices('GPU')"]
    yield subprocess.run(command, capture_output=True, text=True, check=True).stderr


@reproduces("Not installed in this Python")
def another_python(tmp_path, monkeypatch):
    isolated = "import sys; sys.path.append('.'); import course.check"
    command = [sys.executable, "-I", "-S", "-c", isolated]
    yield subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stderr


@reproduces("This notebook needs the course around it")
def outside_of_the_course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        exec(SETUP_SOURCE, {})
    yield f"SystemExit: {ended.value}"


@reproduces("No server can listen on 127.0.0.1")
def port_in_use(tmp_path, monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield error_of(lambda: lab.find_port("127.0.0.1", other.getsockname()[1]))


@reproduces("The kernel appears to have died")
def killed(tmp_path, monkeypatch):
    scripts = (path.read_text("utf-8", "replace") for path in Path(jupyterlab.__file__).parent.rglob("*.js"))
    found = (re.search(r"The kernel for [^\"]* died[^\"]*", text) for text in scripts)
    yield next(match[0] for match in found if match)

    class Quiet:
        def cell(self, *_arguments): ...

        def line(self, _text): ...

    endings = ("os._exit(3)", "os.kill(os.getpid(), 9)")
    for number, ending in enumerate(endings):
        cell = nbformat.v4.new_code_cell(f"import os\n{ending}", id="load")
        path = tmp_path / f"{number}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        yield execute(path, Settings(edition=ROOT / "data"), Quiet()).reason


@reproduces("Output array is read-only")
def locked(tmp_path, monkeypatch):
    train_images = IMAGES.astype("float32")
    check.keep(train_images=train_images)

    def divide():
        train_images[...] /= 255

    def blacken():
        train_images[0] = 0

    yield error_of(lambda: np.divide(train_images, 255, out=train_images))  # what /= does
    yield error_of(blacken)
    assert "read-only" in error_of(divide)


@reproduces("Received a label value outside the valid range")
def labels_from_one(tmp_path, monkeypatch):
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("a GPU gives a loss of nan")
    yield error_of_fit(dense(loss="sparse_categorical_crossentropy"), X, np.full(16, 10))


@reproduces("The loss is nan")
def too_large_a_rate(tmp_path, monkeypatch):
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        model.fit(X * 255, LABELS.astype("float32"), batch_size=1, epochs=2, verbose=2)
    yield printed.getvalue()
    assert not np.isfinite(model.get_weights()[0]).any()  # it does not recover


@reproduces("Forgot to normalize")
def not_divided(tmp_path, monkeypatch):
    images = IMAGES.copy()
    images[0, 0, :2] = 0, 255
    labels = np.zeros(len(images), int)
    check.keep(train_images=images, valid_images=images, train_labels=labels, valid_labels=labels)
    rows = images.reshape(-1, 784).astype("float32")
    answers = {"x_train": rows, "x_valid": rows / 255, "y_train": 1, "y_valid": 1}
    yield repr(exercises.evaluate("02.inputs", answers))
    keras.utils.set_random_seed(1)
    model = dense()
    assert model.evaluate(rows, ONE_HOT, verbose=0) > 10 * model.evaluate(rows / 255, ONE_HOT, verbose=0)


def loaded(path: Path) -> str:
    def load():
        with check.loading(path, LESSON):
            keras.models.load_model(path)

    return error_of(load)


@reproduces("A model of other data, or a damaged one")
def stale(tmp_path, monkeypatch):
    path = tmp_path / "asl_model.keras"
    with check.saving(path) as scratch:
        dense().save(scratch)
    monkeypatch.setattr(session.SESSION, "edition", "real")
    yield loaded(path)
    monkeypatch.setattr(session.SESSION, "edition", "embedded")
    path.write_bytes(path.read_bytes()[:-100])
    yield loaded(path)


@reproduces("A model that another Keras saved")
def of_a_newer_keras(tmp_path, monkeypatch):
    """A newer Keras has arguments that this one does not know."""
    with check.saving(tmp_path / "asl_model.keras") as scratch:
        dense().save(scratch)
        with zipfile.ZipFile(scratch) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        config = json.loads(members["config.json"])
        config["config"]["layers"][1]["config"]["made_up_by_a_newer_keras"] = True
        members["config.json"] = json.dumps(config).encode()
        with zipfile.ZipFile(scratch, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
    yield loaded(tmp_path / "asl_model.keras")


@reproduces("No widget, but a picture")
def no_front_end(tmp_path, monkeypatch):
    pytest.importorskip("anywidget")
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_options: shown.append(data))
    PhotoInput(labels=["a"], folder=tmp_path)._ipython_display_()
    yield shown[0]["text/plain"]
