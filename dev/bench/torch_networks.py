"""The networks of lessons 01 and 03, and the original's of lesson 03, in PyTorch; the counterpart that the bench times.

Written as PyTorch's users write them: modules, an optimizer, batches taken from tensors that lie in memory (no worker
processes, which cost more than they bring for pictures this small). Weights begin as in Keras. Imports torch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import torch
from torch import nn

torch.set_flush_denormal(True)  # as TensorFlow's threads do


def mlp(classes: int) -> nn.Module:
    """Lesson 01's network: rows of 784 pixels to logits."""
    layers = [nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, classes)]
    return _as_keras(nn.Sequential(*layers))


def cnn(filters: Sequence[int], dense: int, classes: int, dropout: tuple[float, float], pool_first: bool) -> nn.Module:
    """Three blocks of convolution, pooling and normalisation on (N, 1, 28, 28), then two dense layers: logits.

    Args:
        filters: of the three convolutions.
        dense: units of the first dense layer.
        classes: units of the second.
        dropout: after the second block's pooling or convolution, and after the first dense layer.
        pool_first: lesson 03's order, convolution, pooling, normalisation; else the original's, which pools last.
    """
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(zip((1, *filters[:-1]), filters, strict=True)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
        drop = [nn.Dropout(dropout[0])] if number == 1 else []
        norm = nn.BatchNorm2d(after, eps=1e-3)  # momentum .1 there is .9 in Keras
        pool = nn.MaxPool2d(2, ceil_mode=True)
        layers += [pool, norm, *drop] if pool_first else [*drop, norm, pool]
    layers += [nn.Flatten(), nn.Linear(filters[-1] * 16, dense), nn.ReLU(), nn.Dropout(dropout[1])]
    return _as_keras(nn.Sequential(*layers, nn.Linear(dense, classes)))


def _as_keras(network: nn.Module) -> nn.Module:
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    return network


def parameters(network: nn.Module) -> int:
    """How many numbers the network learns or keeps, as Keras counts them."""
    kept = [buffer for name, buffer in network.named_buffers() if "num_batches" not in name]
    return sum(tensor.numel() for tensor in [*network.parameters(), *kept])


def step(network: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor) -> None:
    """One training step."""
    optimizer.zero_grad(set_to_none=True)
    nn.functional.cross_entropy(network(x), y).backward()
    optimizer.step()


def epoch(
    network: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor, batch: int, schedule=None
) -> None:
    """Train on all of `x` once, in a new order."""
    network.train()
    order = torch.randperm(len(x))
    for start in range(0, len(x), batch):
        rows = order[start : start + batch]
        step(network, optimizer, x[rows], y[rows])
        if schedule is not None:
            schedule.step()


def accuracy(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Share of right answers."""
    network.eval()
    with torch.inference_mode():
        right = sum(
            (network(x[i : i + 1000]).argmax(1) == y[i : i + 1000]).sum().item() for i in range(0, len(x), 1000)
        )
    return right / len(x)


def to_accuracy(
    network: nn.Module, train: tuple, valid: tuple, batch: int, rate: float, epochs: int, target: float
) -> dict[str, float | None]:
    """Train with Adam, the rate along half a cosine wave to 0, until the validation accuracy is `target` or more.

    Returns:
        ``seconds`` until then (None where it is not reached), ``seconds_an_epoch``, the last ``accuracy``.
    """
    steps = epochs * math.ceil(len(train[0]) / batch)
    optimizer = torch.optim.Adam(network.parameters(), rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    training, reached, right = 0.0, None, 0.0
    started = time.perf_counter()
    for _epoch in range(epochs):
        before = time.perf_counter()
        epoch(network, optimizer, *train, batch, schedule)
        training += time.perf_counter() - before
        right = accuracy(network, *valid)
        if reached is None and right >= target:
            reached = time.perf_counter() - started
    return {"seconds": reached, "seconds_an_epoch": training / epochs, "accuracy": right}
