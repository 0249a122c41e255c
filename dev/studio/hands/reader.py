"""Lesson 03's network in numpy, so that the fit can ask what a network trained on the real edition reads in a sketch.

Usage: ``reader = Reader.load(Path("reader.npz"))``; ``reader.surprise(pictures, label)``. ``python -m
dev.studio.hands.measure reader`` writes the weights; they are not kept in the repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

EPSILON = 1e-3  # Keras's in batch normalization


@dataclass(frozen=True)
class Reader:
    """Weights of the network in the order in which Keras lists them."""

    weights: list[np.ndarray]

    @classmethod
    def load(cls, path: Path) -> Reader:
        """Read what ``measure reader`` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls([arrays[name].astype(np.float32) for name in arrays.files])

    def surprise(self, pictures: np.ndarray, label: int) -> np.ndarray:
        """Cross-entropy (N,) of `label` for pictures (N, 28, 28), 0–255."""
        values = (np.clip(pictures, 0, 255) / 255).astype(np.float32)[..., None]
        for block in range(3):
            kernel, bias, gain, shift, mean, variance = self.weights[6 * block : 6 * block + 6]
            values = _pool(np.maximum(_convolve(values, kernel) + bias, 0))
            values = (values - mean) * (gain / np.sqrt(variance + EPSILON)) + shift
        hidden, hidden_bias, out, out_bias = self.weights[18:]
        values = np.maximum(values.reshape(len(values), -1) @ hidden + hidden_bias, 0) @ out + out_bias
        values = values - values.max(1, keepdims=True)
        return np.log(np.exp(values).sum(1)) - values[:, label]


def _convolve(values: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))  # N, H, W, C, 3, 3
    return np.tensordot(windows, kernel, axes=((4, 5, 3), (0, 1, 2)))


def _pool(values: np.ndarray) -> np.ndarray:
    """Largest of 2 × 2, the last row and column filled up as Keras's ``padding="same"`` does."""
    count, height, width, channels = values.shape
    padded = np.pad(values, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), constant_values=-np.inf)
    return padded.reshape(count, (height + 1) // 2, 2, (width + 1) // 2, 2, channels).max((2, 4))
