"""What the first cell of every notebook does to TensorFlow, by name: :func:`quiet` starts Keras and its backend without
start-up messages, and :func:`patch_tensorflow` mends two places where TensorFlow loses time and memory.

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


def patch_tensorflow() -> None:
    """Spare `fit`, `evaluate` and `predict` a wait at the end of an epoch, and let unused compiled graphs go.

    Replaces two public methods of TensorFlow, wherever TensorFlow is Keras's backend; results stay the same to the last
    digit. The second call changes nothing.

    - ``tf.data.Dataset.__iter__`` iterates with ``options().autotune.enabled = False``, unless the dataset's own
      options say otherwise. TensorFlow runs a tuner beside each iterator, which sleeps 10, 20, 40, … ms between its
      looks and is not woken when an epoch discards the iterator; Keras has no argument for it where arrays are passed
      to `fit`.
    - ``tf.distribute.ReplicaContext.all_reduce`` returns its value unchanged where there is one replica, whose sum and
      mean it is. Otherwise TensorFlow registers a gradient function for each training step that it compiles, and keeps
      the step's graph with it until the process ends.

    Source: TensorFlow 2.17 and 2.21, ``tensorflow/core/framework/model.cc`` (``Model::OptimizeLoop``) and
    ``tensorflow/python/ops/custom_gradient.py`` (``_graph_mode_decorator``).
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    iterate, all_reduce = tf.data.Dataset.__iter__, tf.distribute.ReplicaContext.all_reduce
    if iterate.__module__ == __name__:
        return

    def iterate_untuned(dataset):
        if dataset.options().autotune.enabled is None:
            untuned = tf.data.Options()
            untuned.autotune.enabled = False
            dataset = dataset.with_options(untuned)
        return iterate(dataset)

    def all_reduce_of_several(context, reduce_op, value, options=None):
        if context.num_replicas_in_sync == 1:
            return value
        return all_reduce(context, reduce_op, value, options)

    tf.data.Dataset.__iter__ = iterate_untuned
    tf.distribute.ReplicaContext.all_reduce = all_reduce_of_several


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
