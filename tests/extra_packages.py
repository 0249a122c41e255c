"""What tests of the extras need: the packages of ``requirements-extras.txt``, a model, a running service.

Usage::

    pytestmark = needs("starlette", "uvicorn")

    with service(model) as (address, process): …  # address has the token
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from course.paths import ROOT

NO_EXTRAS = "the packages of requirements-extras.txt are not here (python -m course setup --extras)"
ABOUT = {"letters": "abc", "height": 28, "width": 28, "channels": 1, "pixels": [0, 255], "val_accuracy": 1.0}


def needs(*modules: str) -> pytest.MarkDecorator:
    """Skip where one of `modules` is missing; with ``COURSE_REQUIRE_EXTRAS=1`` nothing skips, so that it fails."""
    missing = [name for name in modules if not find_spec(name)]
    return pytest.mark.skipif(bool(missing) and os.environ.get("COURSE_REQUIRE_EXTRAS") != "1", reason=NO_EXTRAS)


def save_model(folder: Path, name: str = "asl_model", outputs: int = 3) -> Path:
    """A model that says a of bright pictures, b of gray and c of dark ones, with its label map, in `folder`."""
    from course.tensorflow_start import start_tensorflow

    start_tensorflow()
    import keras

    layers = [keras.layers.Rescaling(1 / 255), keras.layers.GlobalAveragePooling2D()]
    answer = keras.layers.Dense(outputs, activation="softmax")
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers, answer])
    weights, biases = np.zeros((1, outputs)), np.full(outputs, -99.0)
    weights[0, :3], biases[:3] = (40, 0, -40), (-26, 0, 14)
    answer.set_weights([weights, biases])
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / f"{name}.keras")
    (folder / f"{name}.json").write_text(json.dumps(ABOUT))
    return folder / f"{name}.keras"


@contextmanager
def service(model: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``python -m course serve`` with `model` on a free port: the address that it prints, and the process."""
    command = [sys.executable, "-m", "course", "serve", str(model), *options]
    # Tests that run in a shell's background inherit a Ctrl-C that is ignored.
    heed = None if os.name == "nt" else partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, preexec_fn=heed,
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if "token=" in line:
                    break
            assert said and "token=" in said[-1], "".join(said)
            yield said[-1].split()[-1], process
        finally:
            process.kill()
