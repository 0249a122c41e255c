"""Make ``course/grading/warm_up.tflite``: a convolution, a mean and six numbers, 5 kB.

Usage: ``python -m dev.studio.warm_up``. The grader's process runs it before it closes itself off, so that what LiteRT
reads once from the system is read by then; tests bend it into hostile networks.
"""

from __future__ import annotations

import keras
from keras import layers

from course.files import replacing
from course.grading import making
from course.paths import ROOT


def main() -> None:
    """Write the file."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((224, 224, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 8, strides=8, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(6),
        ]
    )
    with replacing(ROOT / "course" / "grading" / "warm_up.tflite") as temporary:
        temporary.write_bytes(making.convert(model))


if __name__ == "__main__":
    main()
