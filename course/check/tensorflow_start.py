"""Start TensorFlow the way the course needs it, and without its start-up noise in the notebook.

TensorFlow's C++ libraries write lines such as ``I0000 … oneDNN custom operations are on`` to file descriptor 2 before
any log level applies, so neither ``TF_CPP_MIN_LOG_LEVEL`` nor Python can hold them back: a red block under a learner's
first cell. The descriptor itself is turned aside while TensorFlow is imported and its devices start.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def start_tensorflow() -> None:
    """Import TensorFlow, start its devices and leave them ready; a second call costs nothing.

    Keras is told to use TensorFlow, whatever a configuration file in the home folder says, and GPU memory grows on
    demand, so that the first notebook does not take all of it.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" in sys.modules:
        return
    with stderr_aside():
        import tensorflow as tf

        tf.constant(0.0)  # the devices start, and write, with the first tensor


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
