"""Arithmetic of a network, counted by walking its layers.

Usage: ``training(model)`` for one example through a Keras model, ``training_of_next_word(model)`` for one word through
lesson 06's. Counted are multiplications with a weight and the addition that follows each, as two operations. What has
no weights, normalisation, dropout, activations and the optimizer are left out: they are of lower order.

A layer costs its forward pass; as much again for the gradient of its weights, where they learn; and once more for the
gradient that it hands down, where anything below it learns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any


def forward(model: Any) -> int:
    """Operations of one example on its way through `model`, a built Sequential or functional network."""
    return sum(2 * multiplications(layer) for layer in flat(model))


def training(model: Any) -> int:
    """Operations of one example in a training step of `model`."""
    total, learns_below = 0, False
    for layer in flat(model):
        learns = bool(layer.trainable_weights)
        total += 2 * multiplications(layer) * (1 + learns + learns_below)
        learns_below = learns_below or learns
    return total


def flat(model: Any) -> Iterator[Any]:
    """The layers of `model` in their order, those of networks inside it in place of these."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from flat(layer)
        else:
            yield layer


def multiplications(layer: Any) -> int:
    """Multiplications with a weight of `layer` for one example: each weight of its kernel at each place of its output.

    Raises:
        TypeError: a recurrent layer, whose places are the steps of a text: :func:`training_of_next_word`.
    """
    if hasattr(layer, "cell"):
        raise TypeError(f"{layer.name} is recurrent")
    if not hasattr(layer, "kernel"):
        return 0
    places = math.prod(layer.output.shape[1:-1])
    return places * math.prod(layer.kernel.shape)


def training_of_next_word(model: Any) -> int:
    """Operations of one place of a text in a training step of lesson 06's network, padding counted as any word.

    The recurrent layer has two kernels; the output is a product with the table of the embedding, all of which learns.
    """
    embedding = model.embedding.embeddings.shape
    cell = model.lstm.cell
    kernels = (cell.kernel.shape, cell.recurrent_kernel.shape, model.dense.kernel.shape, embedding)
    return 3 * 2 * sum(math.prod(shape) for shape in kernels)
