"""One worker of ``extras/scaling_out.ipynb``: trains on its own share of the pictures, in step with the others.

Started by ``course.scaling.pair`` as ``python -m course.scaling.worker FOLDER INDEX``. FOLDER holds ``settings.json``,
a share of the pictures for each worker (``shard-INDEX.npz``), the model to start from (``start.keras``) and, once an
epoch is done, ``checkpoint.keras``, from which a later start goes on.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from course.files import replacing, write_json
from course.messages import _
from course.scaling.exchange import Exchange, join
from course.scaling.pair import PEER_LOST, end_with_parent


class Trainer:
    """One training step, in its three parts; what each took is kept in `seconds`."""

    def __init__(self, model: keras.Model, exchange: Exchange) -> None:
        self.model = model
        self.exchange = exchange
        self.seconds: dict[str, list[float]] = defaultdict(list)

    @tf.function
    def gradients(self, pictures: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """The mean loss of this worker's part of the batch, and how it changes with each weight."""
        with tf.GradientTape() as tape:
            guesses = self.model(pictures, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, guesses))
        return loss, tape.gradient(loss, self.model.trainable_variables)

    @tf.function
    def update(self, gradients: list[tf.Tensor]) -> None:
        """Take the step; all workers take the same, since they have the same gradients."""
        self.model.optimizer.apply(gradients, self.model.trainable_variables)

    def step(self, pictures: np.ndarray, labels: np.ndarray) -> float:
        """Compute, exchange, update; returns the loss of this worker's part of the batch."""
        times = [time.perf_counter()]
        loss, gradients = self.gradients(tf.constant(pictures), tf.constant(labels))
        times.append(time.perf_counter())
        gradients = self.exchange.mean(gradients)
        times.append(time.perf_counter())
        self.update(gradients)
        times.append(time.perf_counter())
        for part, start, end in zip(("compute", "exchange", "update"), times[:-1], times[1:], strict=True):
            self.seconds[part].append(end - start)
        return float(loss)


def train(folder: Path, index: int) -> None:
    """Train worker `index` by the settings in `folder`, from the newest checkpoint; saves what the notebook reads."""
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    workers, batch_size = settings["workers"], settings["batch_size"] // settings["workers"]
    exchange = join(settings["exchange"], index)
    with np.load(folder / f"shard-{index}.npz", allow_pickle=False) as shard:
        pictures, labels = shard["pictures"], shard["labels"]
    print(f"process {os.getpid()} of {workers}, {len(pictures)} pictures, {batch_size} of each batch", flush=True)

    keras.utils.set_random_seed(settings["seed"] + index)
    checkpoint = folder / "checkpoint.keras"
    model = load(checkpoint if checkpoint.exists() else folder / "start.keras")
    steps = settings["pictures"] // settings["batch_size"]
    trainer, losses = Trainer(model, exchange), []
    for epoch in range(int(model.optimizer.iterations.numpy()) // steps, settings["epochs"]):
        order = np.random.default_rng([settings["seed"], epoch, index]).permutation(len(pictures))
        start = time.perf_counter()
        rows = [order[first : first + batch_size] for first in range(0, steps * batch_size, batch_size)]
        losses.append(np.mean([trainer.step(pictures[chosen] / np.float32(255), labels[chosen]) for chosen in rows]))
        if index == 0:
            with replacing(checkpoint) as path:
                model.save(path)
        print(f"epoch {epoch + 1}: loss {losses[-1]:.3f}, {time.perf_counter() - start:.1f} s", flush=True)

    np.savez(folder / f"weights-{index}.npz", learned=flat(model.trainable_weights), moving=statistics(model))
    write_json(folder / f"result-{index}.json", {"losses": [float(loss) for loss in losses], **trainer.seconds})


def load(path: Path) -> keras.Model:
    """The model saved at `path`, with its optimizer: which steps it has taken, and what it remembers of them."""
    with tempfile.TemporaryDirectory() as own:  # Keras 3.4 unpacks beside the file, and there are two of us
        return keras.models.load_model(shutil.copy(path, own))


def flat(weights: list[keras.Variable]) -> np.ndarray:
    """All numbers of `weights` in one row."""
    return np.concatenate([np.ravel(weight) for weight in weights])


def statistics(model: keras.Model) -> np.ndarray:
    """The averages that batch normalization gathered for use after training, in one row."""
    return flat(model.non_trainable_weights)


def main() -> int:
    """Run by ``python -m course.scaling.worker FOLDER INDEX``."""
    end_with_parent()
    try:
        train(Path(sys.argv[1]), int(sys.argv[2]))
    except (tf.errors.OpError, EOFError, ConnectionError) as error:
        print(type(error).__name__, error, file=sys.stderr)
        print(_("the other worker no longer answers"), flush=True)
        return PEER_LOST
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # TensorFlow's server would wait for a partner that may be gone
