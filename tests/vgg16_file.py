"""A weights file of VGG16 as Keras publishes it, with almost nothing in it: a few kilobytes in place of 553 MB."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from edition_files import vgg16_weights


def published_weights(path: Path, favourite: int = 281) -> Path:
    """Write zeros but for the first kernel (0, 1, 2, …) and the score of the class `favourite`, which always wins."""
    import h5py

    with h5py.File(vgg16_weights(path), "r+") as file:
        for layer in file.values():
            layer.attrs["weight_names"] = sorted(layer.attrs["weight_names"])  # W before b, as in the published one
        file["block1_conv1/block1_conv1_W_1:0"][...] = np.arange(3 * 3 * 3 * 64).reshape(3, 3, 3, 64)
        file["predictions/predictions_b_1:0"][favourite] = 9
    return path
