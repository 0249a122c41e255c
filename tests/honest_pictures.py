"""Pictures to grade small networks on, and folders of them as an edition or an exam has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from course.grading import pictures
from course.grading.contract import CLASSES


def some_pictures(per_class: int = 10, seed: int = 1) -> pictures.TestSet:
    """Colored noise: a color for each class, near enough to one another that no small network gets all right."""
    generator = np.random.default_rng(seed)
    colors = np.array([[60, 60, 120], [60, 120, 60], [120, 60, 60], [60, 120, 120], [120, 60, 120], [120, 120, 60]])
    labels = np.repeat(np.arange(len(CLASSES)), per_class)
    images = np.empty((len(labels), 224, 224, 3), np.uint8)
    for number, label in enumerate(labels):
        coarse = generator.normal(colors[label] + generator.normal(0, 30, 3), 40, (28, 28, 3)).clip(0, 255)
        images[number] = coarse.repeat(8, axis=0).repeat(8, axis=1)
    names = tuple(f"{CLASSES[label]}/{number:03}.png" for number, label in enumerate(labels))
    return pictures.TestSet(images, labels, names, "").part(np.arange(len(labels)))


def write_pictures(folder: Path, test_set: pictures.TestSet) -> Path:
    """Write the pictures of `test_set` into class folders below `folder`."""
    for name, image in zip(test_set.names, test_set.images, strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return folder
