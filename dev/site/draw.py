"""The widget of lesson 01 on its page, answered in the browser by the network that the lesson saved.

Usage: ``place(models / NETWORK, "en", extra)`` writes what the page fetches and returns the HTML that it shows.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from course.widgets import digit
from course.widgets.live import front_end

LESSON, CELL = "01_mnist", "draw-digit"
"""The lesson, and its cell that shows the widget."""
NETWORK = "mnist_model.keras"
"""What the lesson saves: dense layers, ReLU between them, a softmax at the end."""
FOLDER = "_digit"
"""Folder of the edition's site for the network and the widget."""
WORDS = {
    "disk": (
        "You can draw a digit here and have this network read it, once the pages come from a web server: type"
        " “python -m http.server --bind 127.0.0.1” in their folder, and open http://127.0.0.1:8000.",
        "이 문서를 웹 서버로 열면 여기에 숫자를 그려 이 신경망에 읽힐 수 있습니다. 문서가 있는 폴더에서"
        " “python -m http.server --bind 127.0.0.1”을 실행하고 http://127.0.0.1:8000을 여세요.",
    ),
    "silent": ("The network is on its way.", "신경망을 불러오고 있습니다."),
    "missing": (
        "The network cannot be fetched; reload the page.",
        "신경망을 불러오지 못했습니다. 페이지를 새로 고치세요.",
    ),
}


def place(network: Path, lang: str, extra: Path) -> str:
    """Write widget and network into `extra`, which the site copies, and return the HTML of the place for them.

    Args:
        network: the saved network; where it is not there, the page does without, and the HTML is empty.
        lang: language of the page.
        extra: folder of what the edition's site copies.
    """
    if not network.is_file():
        return ""
    units, weights = layers(network)
    script, style = front_end(digit.DrawDigit.name)
    (extra / FOLDER).mkdir(parents=True, exist_ok=True)
    (extra / FOLDER / "network.bin").write_bytes(weights.tobytes())
    (extra / FOLDER / "widget.js").write_text(script, encoding="utf-8")
    (extra / FOLDER / "widget.css").write_text(style, encoding="utf-8")
    with _speaking(lang):
        texts = digit.texts()
    words = {name: both[lang == "ko"] for name, both in WORDS.items()}
    settings = {
        "settings": digit.SETTINGS,
        "texts": {**texts, "silent": words["silent"], "missing": words["missing"]},
        "units": units,
        "weights": f"{FOLDER}/network.bin",
        "widget": f"{FOLDER}/widget.js",
    }
    data = json.dumps(settings, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<link rel="stylesheet" href="{FOLDER}/widget.css">\n'
        f'<div class="draw-digit" data-script="_static/draw.js"><p>{html.escape(words["disk"])}</p>'
        f'<script type="application/json">{data}</script></div>'
    )


@contextmanager
def _speaking(lang: str) -> Iterator[None]:
    """Messages of the course in `lang`."""
    before = os.environ.get("COURSE_LANG", "")
    os.environ["COURSE_LANG"] = lang
    try:
        yield
    finally:
        os.environ["COURSE_LANG"] = before


def layers(network: Path) -> tuple[list[int], np.ndarray]:
    """Units of each dense layer of the saved `network`, and all kernels and biases in order, as one float32 array."""
    import keras

    weights = keras.saving.load_model(network, compile=False).get_weights()
    units = [len(bias) for bias in weights[1::2]]
    return units, np.concatenate([array.ravel() for array in weights]).astype("<f4")
