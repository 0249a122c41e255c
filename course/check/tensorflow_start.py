"""Start TensorFlow the way the course needs it: without start-up noise in the notebook, and without idle epochs.

TensorFlow's C++ libraries write lines such as ``I0000 … oneDNN custom operations are on`` to file descriptor 2 before
any log level applies, so neither ``TF_CPP_MIN_LOG_LEVEL`` nor Python can hold them back: a red block under a learner's
first cell. The descriptor itself is turned aside while TensorFlow is imported and its devices start.
"""

from __future__ import annotations

import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def start_tensorflow() -> None:
    """Import TensorFlow, start its devices and leave them ready; a second call costs nothing.

    Keras is told to use TensorFlow, whatever a configuration file in the home folder says, and GPU memory grows on
    demand, so that the first notebook does not take all of it.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" not in sys.modules:
        with stderr_aside():
            import tensorflow as tf

            tf.constant(0.0)  # the devices start, and write, with the first tensor
    _train_without_tuner()


def _train_without_tuner() -> None:
    """Let what Keras trains on go without the tuner of tf.data, which makes an epoch up to twice as long.

    The tuner looks at the data after 10 ms, then after 20, 40, … ms. When an epoch is over and its iterator is thrown
    away, the tuner is not woken (TensorFlow 2.17 and 2.21; `docs/performance.md` has the measurement), and the
    training stands still until it wakes by itself: an epoch of 1.5 s often takes 2.55. Arrays and the few steps that
    the lessons' data take leave nothing to tune. A dataset whose own options say something about tuning keeps them.
    """
    import tensorflow as tf

    try:  # private names of Keras: where another version has none, training is slower and otherwise the same
        from keras.src.trainers import data_adapters
    except ImportError:
        return

    def without_tuner(get_dataset: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(get_dataset)
        def get(self: Any) -> Any:
            dataset = get_dataset(self)
            if not isinstance(dataset, tf.data.Dataset) or dataset.options().autotune.enabled is not None:
                return dataset
            options = tf.data.Options()
            options.autotune.enabled = False
            return dataset.with_options(options)

        get.without_tuner = True
        return get

    for name in ("ArrayDataAdapter", "GeneratorDataAdapter", "PyDatasetAdapter", "TFDatasetAdapter"):
        adapter = getattr(data_adapters, name, None)
        get_dataset = getattr(adapter, "get_tf_dataset", None)
        if get_dataset is not None and not hasattr(get_dataset, "without_tuner"):
            adapter.get_tf_dataset = without_tuner(get_dataset)


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
