"""Start Keras and its backend without start-up messages: :func:`quiet`, which every notebook calls in its first cell.

TensorFlow's C++ libraries write lines such as ``I0000 … oneDNN custom operations are on`` to file descriptor 2 before
any log level applies, so ``TF_CPP_MIN_LOG_LEVEL`` alone leaves a red block under the cell. The descriptor itself is
redirected while TensorFlow is imported and its devices start, and restored afterwards.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from course.messages import CourseError, _

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}
"""Public settings of TensorFlow and JAX: no information and no warnings from C++; GPU memory is taken as needed, since
two notebooks may share a GPU."""


def quiet() -> None:
    """Import Keras with its backend and start the devices, without the messages that they print at their start.

    Sets the variables of `ENVIRONMENT` that are not set yet, which only helps before TensorFlow is imported. Which
    backend starts is left to ``KERAS_BACKEND`` and Keras's own configuration.

    Raises:
        CourseError: the backend cannot be imported, or Keras is the one before backends, 2.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        with stderr_aside():
            import keras

            if not hasattr(keras, "ops"):
                text = _(
                    "Keras {version} is here, where the lessons need Keras 3: run `%pip install {wanted}`, restart."
                )
                raise CourseError(text, version=keras.__version__, wanted='"keras>=3.3"')
            keras.ops.zeros(())  # the devices start, and write, with the first tensor
    except (ImportError, ValueError) as error:
        text = _(
            "Keras cannot start with the backend “{backend}” ({reason}): install it or unset KERAS_BACKEND, then"
            " restart the kernel; `python -m course doctor` checks the environment."
        )
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        raise CourseError(text, backend=backend, reason=error) from error


def start_tensorflow() -> None:
    """Start TensorFlow quietly, with Keras on it where Keras is not loaded yet: for commands that need TensorFlow."""
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    quiet()


@contextmanager
def stderr_aside() -> Iterator[None]:
    """Send file descriptor 2 to a scratch file; what was written there comes back if the block fails."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as scratch:
        terminal = os.dup(2)
        os.dup2(scratch.fileno(), 2)
        try:
            yield
        except BaseException:
            scratch.seek(0)
            os.write(terminal, scratch.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
