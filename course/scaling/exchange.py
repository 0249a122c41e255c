"""How workers bring their gradients together: each gives its own, each gets the mean of all.

Usage: ``gradients = join("tf.distribute", index).mean(gradients)``. Who else is there stands in the environment, where
``course.scaling.pair`` (or, on a cluster, its manager) puts it.

- ``tf.distribute``: TensorFlow's own all-reduce, by ``MultiWorkerMirroredStrategy`` and ``TF_CONFIG``. Its server
  listens on all network addresses of the computer, whatever address it is given, and does what anybody asks of it:
  so ``pair`` starts it only in a network of its own.
- ``sockets``: two workers, and nothing but the standard library: on 127.0.0.1, with a secret.
- ``none``: one worker alone.
"""

from __future__ import annotations

import json
import os
import time
from multiprocessing.connection import Client, Connection, Listener
from typing import Protocol

import numpy as np
import tensorflow as tf

from course.scaling.pair import KEY

START_SECONDS = 120
"""How long to wait for the others at the start; they import TensorFlow first."""
ANSWER_SECONDS = 60
"""How long to wait for the others' gradients."""


class Exchange(Protocol):
    """Averages gradients over the workers."""

    def mean(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """The mean over all workers of each of `gradients`, the same on each of them."""


class Alone:
    """One worker has nobody to ask."""

    def mean(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """`gradients` themselves."""
        return gradients


class Distribute:
    """All-reduce by TensorFlow; each worker computes on one device."""

    def __init__(self) -> None:
        self.options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=ANSWER_SECONDS)
        self.strategy = tf.distribute.MultiWorkerMirroredStrategy()

    @tf.function
    def mean(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """The mean over all workers. Raises tf.errors.OpError where one of them does not answer."""

        def all_reduce(*tensors: tf.Tensor) -> list[tf.Tensor]:
            here = [tf.identity(tensor) for tensor in tensors]  # all_reduce asks on which device they are
            context = tf.distribute.get_replica_context()
            return context.all_reduce(tf.distribute.ReduceOp.MEAN, here, options=self.options)

        return self.strategy.run(all_reduce, args=tuple(gradients))


class Sockets:
    """The same between two workers by hand: all gradients as one row of bytes, there and back."""

    def __init__(self, index: int, port: int, secret: bytes) -> None:
        self.first = index == 0
        self.other = _answer(port, secret) if self.first else _call(port, secret)

    def mean(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """The mean of ours and theirs. Raises EOFError or ConnectionError where the other one is gone."""
        arrays = [gradient.numpy() for gradient in gradients]
        ours = np.concatenate([array.ravel() for array in arrays])
        if self.first:  # if both spoke first, none would listen
            self.other.send_bytes(ours)
        theirs = np.frombuffer(self.other.recv_bytes(), ours.dtype)
        if not self.first:
            self.other.send_bytes(ours)
        ends = np.cumsum([array.size for array in arrays])[:-1]
        parts = np.split((ours + theirs) / 2, ends)
        return [tf.constant(part.reshape(array.shape)) for part, array in zip(parts, arrays, strict=True)]


def _answer(port: int, secret: bytes) -> Connection:
    with Listener(("127.0.0.1", port), authkey=secret) as listener:
        return listener.accept()


def _call(port: int, secret: bytes) -> Connection:
    latest = time.monotonic() + START_SECONDS
    while True:
        try:
            return Client(("127.0.0.1", port), authkey=secret)
        except ConnectionRefusedError:
            if time.monotonic() > latest:
                raise
            time.sleep(0.1)


def join(kind: str, index: int) -> Exchange:
    """Meet the other workers, as worker `index`; `kind` as in the module's head."""
    if kind == "none":
        return Alone()
    if kind == "tf.distribute":
        return Distribute()
    _host, port = json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"][0].split(":")
    return Sockets(index, int(port), bytes.fromhex(os.environ[KEY]))
