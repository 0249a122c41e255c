"""The weights of VGG16, which do not come with the course: where they belong, and whether a file holds them.

Usage: ``vgg16.check(vgg16.path())``. ``python -m course data get vgg16`` (or ``import``) puts them there, or Keras.
"""

from __future__ import annotations

import os
from pathlib import Path

from course.datasets import hdf5
from course.datasets.untrusted import Damaged, reading
from course.messages import _
from course.paths import ROOT

FILE = "vgg16_weights_tf_dim_ordering_tf_kernels.h5"
STAGES = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""Convolutions of each block, and the channels they give (Simonyan and Zisserman 2015, table 1, D)."""
DENSE = {"fc1": (25088, 4096), "fc2": (4096, 4096), "predictions": (4096, 1000)}


def path() -> Path:
    """Where the weights lie or belong: ``COURSE_VGG16_WEIGHTS``, else Keras's own cache."""
    if given := os.environ.get("COURSE_VGG16_WEIGHTS"):
        return ROOT / given
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models" / FILE


def shapes() -> dict[str, list[tuple[int, ...]]]:
    """Shapes of the arrays of each layer of ``keras.applications.VGG16``: bias and kernel, the shorter first."""
    layers, before = {}, 3
    for block, (convolutions, channels) in enumerate(STAGES, start=1):
        for number in range(1, convolutions + 1):
            layers[f"block{block}_conv{number}"] = [(channels,), (3, 3, before, channels)]
            before = channels
    return layers | {name: [(shape[1],), shape] for name, shape in DENSE.items()}


def check(file: Path, named: Path | None = None) -> None:
    """Make sure that `file` holds VGG16's weights as Keras stores them, judged by their shapes; no weight is read.

    Raises:
        Damaged: it does not; the message calls it `named`.
    """
    import h5py

    named = named or file
    if not file.is_file():
        raise Damaged(named, _("{path} is missing"))
    found: dict[str, list[tuple[int, ...]]] = {}
    with reading(named), h5py.File(file, "r") as weights:
        for name, array in hdf5.arrays(weights, named).items():
            found.setdefault(name.split("/")[0], []).append(array.shape)
        by_keras = "layer_names" in weights.attrs
    for layer, wanted in shapes().items():
        shapes_found = sorted(found.get(layer, []), key=len)
        if shapes_found != wanted or not by_keras:
            clause = _("{path} does not hold the weights of VGG16 as Keras stores them (layer {layer}: {found})")
            what = " ".join(map(str, shapes_found)) or _("nothing")
            raise Damaged(named, clause, layer=layer, found=what[:80])
