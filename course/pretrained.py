"""A network trained on 1.3 million photos, ready to use and to build on; nothing is downloaded.

Usage, in a notebook::

    backbone = pretrained.load()                               # EfficientNet-Lite0, 1,000 classes of ImageNet
    predictions = backbone.model(backbone.preprocess(photos))  # photos: (N, 224, 224, 3), RGB, 0–255
    backbone.decode(predictions)[0]                            # [(281, "tabby cat", 0.62), …]
    pretrained.available("vgg16")                              # its weights do not come with the course

    inputs = keras.Input((224, 224, 3))                        # a network of one's own on top of its features
    x = backbone.features(backbone.preprocess(inputs), training=False)

Weights and names lie in ``data/pretrained``, whichever edition of the data is in use; `dev/studio/backbone.py` made
them. The weights of VGG16 lie where :func:`course.datasets.vgg16.path` says; nothing here fetches them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from course.datasets import editions, reading, vgg16
from course.messages import CourseError, _
from course.paths import ROOT

EDITION = ROOT / "data"
INPUT_SIZE = 224
BLOCKS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""The stages of EfficientNet-B0, which Lite0 keeps (Tan and Le, EfficientNet, 2019, table 1): how many blocks, width of
their kernel, stride of the first block, how many times a block widens its channels, how many channels it gives."""


@dataclass(frozen=True, eq=False)
class Backbone:
    """A pre-trained network and what belongs to it.

    Attributes:
        name: what :func:`load` knows it by.
        model: the whole network: preprocessed images (N, input_size, input_size, 3) to probabilities (N, classes).
        features: the same layers, weights shared with `model`, up to the last feature map (N, 7, 7, channels).
        input_size: side of its input, in pixels.
        preprocess: RGB images (N, height, width, 3), any number from 0 to 255, to what `model` and `features` take.
            A Keras layer: it works on arrays and tensors, in ``tf.data``, and inside a model, which then carries it.
        classes: names of the classes, in the order of the outputs.
    """

    name: str
    model: keras.Model
    features: keras.Model
    input_size: int
    preprocess: layers.Layer
    classes: tuple[str, ...]

    def decode(self, predictions: np.ndarray, top: int = 3) -> list[list[tuple[int, str, float]]]:
        """The `top` most probable classes of each image: number, name and probability, the most probable first.

        Args:
            predictions: what `model` gave, (N, number of classes).
            top: how many classes to name.

        Raises:
            CourseError: `predictions` has another shape.
        """
        predictions = np.asarray(predictions)
        if predictions.ndim != 2 or predictions.shape[1] != len(self.classes):
            sentence = _(
                "The predictions have the shape {shape}, not (images, {classes}); give what `model.predict` returns."
            )
            raise CourseError(sentence, shape=predictions.shape, classes=len(self.classes))
        order = np.argsort(-predictions, axis=1, kind="stable")[:, :top].tolist()
        return [
            [(number, self.classes[number], float(row[number])) for number in best]
            for row, best in zip(predictions, order, strict=True)
        ]


def load(name: str = "efficientnet_lite0") -> Backbone:
    """Build a pre-trained network and fill in its weights; each call gives a new one, untouched by training.

    Raises:
        CourseError: there is none of that name, or its files are missing or hold something else.
    """
    if name not in BUILDERS:
        sentence = _("There is no pre-trained network “{name}”; there are: {names}.")
        raise CourseError(sentence, name=name, names=", ".join(BUILDERS))
    reading.validate(EDITION, "pretrained")
    return BUILDERS[name]()


def available(name: str) -> bool:
    """Whether :func:`load` finds the files of a network; where it does not, one sentence says how to get them."""
    try:
        reading.validate(EDITION, "pretrained")
        if name == "vgg16":
            with _weights_of_vgg16():
                pass
    except CourseError as error:
        print(error)
        return False
    return name in BUILDERS


def block_names() -> Iterator[tuple[str, int, int, int, int]]:
    """Each block of EfficientNet-Lite0 in order: name, width of its kernel, stride, expansion, channels it gives."""
    for stage, (repeats, kernel, stride, expansion, channels) in enumerate(BLOCKS, start=1):
        for repeat in range(repeats):
            yield f"block{stage}{'abcd'[repeat]}", kernel, stride if repeat == 0 else 1, expansion, channels


def _efficientnet_lite0() -> Backbone:
    """EfficientNet-Lite0: B0 without squeeze-and-excitation, ReLU6 in place of swish; 4,652,008 parameters to train."""
    name = "efficientnet_lite0"
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="image")
    x = _normalized(inputs, _convolution("stem", 32, 3, stride=2))
    for block, kernel, stride, expansion, channels in block_names():
        x = _block(x, block, kernel, stride, expansion, channels)
    features = _normalized(x, _convolution("head", 1280, 1))
    x = layers.GlobalAveragePooling2D(name="pool")(features)
    outputs = layers.Dense(1000, activation="softmax", name="predictions")(x)
    model = keras.Model(inputs, outputs, name=name)
    _fill(model, EDITION / "pretrained" / f"{name}.npz")
    return Backbone(
        name,
        model,
        keras.Model(inputs, features, name=f"{name}_features"),
        INPUT_SIZE,
        layers.Rescaling(1 / 128, offset=-127 / 128, name=f"{name}_preprocess"),  # (x − 127) / 128
        _class_names(),
    )


def _vgg16() -> Backbone:
    """``keras.applications.VGG16`` as it is; 138,357,544 parameters."""
    with _weights_of_vgg16() as file:
        model = keras.applications.VGG16(weights=str(file))
    features = keras.Model(model.input, model.get_layer("block5_pool").output, name="vgg16_features")
    return Backbone("vgg16", model, features, INPUT_SIZE, _blue_green_red(), _class_names())


@contextmanager
def _weights_of_vgg16() -> Iterator[Path]:
    """Give the file of VGG16's weights. Raises CourseError if it is missing, another one, or cannot be read."""
    file = vgg16.path()
    try:
        vgg16.check(file)
        with reading.reading(file):
            yield file
    except reading.Damaged as error:
        sentence = _("{problem}; `python -m course data get vgg16` brings the weights of VGG16 (553 MB).")
        raise CourseError(sentence, problem=error) from error


def _blue_green_red() -> keras.Model:
    """``keras.applications.vgg16.preprocess_input`` as layers: channels reversed, ImageNet's means subtracted."""
    pixels = keras.Input((None, None, 3), name="pixels")
    x = keras.ops.flip(layers.Rescaling(1.0)(pixels), axis=-1)  # Rescaling makes whole numbers float
    means = layers.Normalization(mean=[103.939, 116.779, 123.68], variance=[1.0, 1.0, 1.0])
    return keras.Model(pixels, means(x), name="vgg16_preprocess")


def _class_names() -> tuple[str, ...]:
    return tuple(json.loads((EDITION / "pretrained" / "imagenet_classes.json").read_text(encoding="utf-8")))


def _block(x: keras.KerasTensor, name: str, kernel: int, stride: int, expansion: int, channels: int):
    """An inverted residual block: expand, convolve each channel, project; add the input where the shapes agree."""
    inside = x
    if expansion > 1:
        inside = _normalized(inside, _convolution(f"{name}_expand", expansion * x.shape[-1], 1))
    depthwise = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise")
    inside = _normalized(inside, depthwise)
    inside = _normalized(inside, _convolution(f"{name}_project", channels, 1), relu=False)
    return layers.Add(name=f"{name}_add")([x, inside]) if x.shape == inside.shape else inside


def _convolution(name: str, filters: int, kernel: int, stride: int = 1) -> layers.Layer:
    return layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=name)


def _normalized(x: keras.KerasTensor, convolution: layers.Layer, relu: bool = True):
    """`convolution` of `x`, batch normalization, and ReLU6 if `relu`."""
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{convolution.name}_bn")(convolution(x))
    return layers.ReLU(6.0, name=f"{convolution.name}_relu")(x) if relu else x


def _fill(model: keras.Model, path: Path) -> None:
    """Set each variable of `model` from the array ``LAYER/VARIABLE`` in the npz file `path`; half precision there.

    Raises:
        CourseError: the file does not hold the weights of this network.
    """
    try:
        with reading.reading(path), np.load(path, allow_pickle=False) as arrays:
            for layer in model.layers:
                for variable in layer.weights:
                    variable.assign(arrays[f"{layer.name}/{variable.name}"].astype("float32"))
    except reading.Damaged as error:
        raise CourseError(_("{problem}; {fix}."), problem=error, fix=editions.how_to_restore(path)) from error


BUILDERS = {"efficientnet_lite0": _efficientnet_lite0, "vgg16": _vgg16}
"""The networks that :func:`load` knows."""
