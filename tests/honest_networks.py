"""Networks as learners write them for lesson 07, small, each with a last layer that fits the test's own pictures.

`BUILDERS` makes each of them; ``python tests/honest_networks.py make FOLDER`` writes each as a submission with Keras's
own answers beside it, ``… judge FOLDER`` grades them: made in one environment and judged in another.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)] if str(ROOT) not in sys.path else []

from course.tensorflow_start import start_tensorflow  # noqa: E402

start_tensorflow()

import keras  # noqa: E402
from honest_pictures import some_pictures  # noqa: E402
from keras import layers  # noqa: E402

from course.grading import making, pictures, process, scoring  # noqa: E402

BUILDERS: dict[str, Callable[[], keras.Model]] = {}
SHAPE = (224, 224, 3)


def honest(build: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
    """Register a network by its function's name."""
    BUILDERS[build.__name__] = build
    return build


def _body(x):
    return layers.GlobalAveragePooling2D()(_convolution()(x))


def _functional(before: Callable, last: str | None = "softmax", after: Callable = lambda x: x) -> keras.Model:
    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, layers.Dense(6, activation=last)(after(_body(before(inputs)))))


def _sequential(*inside: layers.Layer, last: str | None = "softmax") -> keras.Model:
    return keras.Sequential([keras.Input(SHAPE), *inside, layers.Dense(6, activation=last)])


def _scaled(**more: object) -> keras.Model:
    return _functional(layers.Rescaling(1 / 255), **more)


def _convolution() -> layers.Layer:
    return layers.Conv2D(8, 8, strides=8, activation="relu")


APPLICATIONS = keras.applications
MEANS = np.array([103.939, 116.779, 123.68], np.float32)
BUILDERS |= {
    "functional": _scaled,
    "functional_logits": lambda: _scaled(last=None),
    "sequential": lambda: _sequential(layers.Rescaling(1 / 255), _convolution(), layers.GlobalAveragePooling2D()),
    "sequential_logits": lambda: _sequential(
        layers.Rescaling(1 / 127.5, offset=-1), _convolution(), layers.GlobalMaxPooling2D(), last=None
    ),
    "plain_arithmetic": lambda: _functional(lambda x: x / 127.5 - 1),
    "vgg16_preprocessing": lambda: _functional(APPLICATIONS.vgg16.preprocess_input),
    "vgg16_preprocessing_in_a_lambda": lambda: _functional(layers.Lambda(lambda x: x[..., ::-1] - MEANS)),
    "mobilenet_preprocessing": lambda: _functional(APPLICATIONS.mobilenet_v2.preprocess_input),
    "normalization_layer": lambda: _functional(layers.Normalization(mean=[120, 110, 100], variance=[3000] * 3)),
    "dropout_and_noise": lambda: _scaled(after=lambda x: layers.Dropout(0.5)(layers.GaussianNoise(0.1)(x))),
    "resized_inside": lambda: _functional(lambda x: layers.Rescaling(1 / 255)(layers.Resizing(96, 96)(x))),
}


@honest
def augmentation_inside() -> keras.Model:
    augment = keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.1), layers.RandomZoom(0.1)])
    return _functional(lambda x: layers.Rescaling(1 / 255)(augment(x)))


@honest
def more_augmentation_inside() -> keras.Model:
    def before(x):
        x = layers.RandomTranslation(0.1, 0.1)(x)
        return layers.Rescaling(1 / 255)(layers.RandomBrightness(0.2)(layers.RandomContrast(0.2)(x)))

    return _functional(before)


@honest
def batch_normalization() -> keras.Model:
    model = _scaled(after=layers.BatchNormalization())
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.moving_mean.assign(np.linspace(0, 0.2, 8))
            layer.moving_variance.assign(np.linspace(0.5, 2, 8))
    return model


@honest
def float16_policy() -> keras.Model:
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        inputs = keras.Input(SHAPE)
        x = _body(layers.Rescaling(1 / 255)(inputs))
        return keras.Model(inputs, layers.Dense(6, activation="softmax", dtype="float32")(x))
    finally:
        keras.mixed_precision.set_dtype_policy(before)


@honest
def from_scratch_with_flatten() -> keras.Model:
    first = layers.Conv2D(4, 3, strides=4, padding="same", activation="relu")
    second = layers.Conv2D(8, 3, padding="same", activation="relu")
    convolutions = (first, layers.MaxPooling2D(4), second, layers.MaxPooling2D(7))
    head = (layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dropout(0.5))
    return _sequential(layers.Rescaling(1 / 255), *convolutions, *head)


@honest
def depthwise_and_separable() -> keras.Model:
    def before(x):
        x = layers.AveragePooling2D(4)(layers.Rescaling(1 / 255)(x))
        return layers.SeparableConv2D(6, 3, activation="relu6")(layers.DepthwiseConv2D(3, padding="same")(x))

    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, layers.Dense(6)(layers.GlobalAveragePooling2D()(before(inputs))))


@honest
def nested_sequential() -> keras.Model:
    base = keras.Sequential([keras.Input(SHAPE), _convolution()], name="base")
    return _sequential(layers.Rescaling(1 / 255), base, layers.GlobalAveragePooling2D())


@honest
def frozen_base() -> keras.Model:
    entry = keras.Input(SHAPE)
    base = keras.Model(entry, layers.BatchNormalization()(_convolution()(entry)))
    base.trainable = False
    inputs = keras.Input(SHAPE)
    x = layers.GlobalAveragePooling2D()(base(layers.Rescaling(1 / 255)(inputs), training=False))
    return keras.Model(inputs, layers.Dense(6)(x))


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.scale = layers.Rescaling(1 / 255)
        self.convolution = _convolution()
        self.pool = layers.GlobalAveragePooling2D()
        self.last = layers.Dense(6)

    def call(self, inputs):
        return self.last(self.features(inputs))

    def features(self, inputs):
        return self.pool(self.convolution(self.scale(inputs)))


@honest
def subclassed() -> keras.Model:
    model = Subclassed()
    model(np.zeros((1, *SHAPE), np.float32))
    return model


@honest
def residual_and_concatenated() -> keras.Model:
    inputs = keras.Input(SHAPE)
    x = layers.Conv2D(6, 8, strides=8, activation="relu")(layers.Rescaling(1 / 255)(inputs))
    y = layers.Add()([x, layers.Conv2D(6, 3, padding="same")(x)])
    z = layers.GlobalAveragePooling2D()(layers.Concatenate()([x, y]))
    return keras.Model(inputs, layers.Dense(6, activation="softmax")(z))


@honest
def many_activations() -> keras.Model:
    def after(x):
        x = layers.LeakyReLU()(layers.Dense(16, activation="gelu")(x))
        return layers.Dense(16, activation="tanh")(layers.Dense(16, activation="swish")(x))

    return _scaled(after=after)


@honest
def any_size() -> keras.Model:
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, layers.Dense(6)(_body(layers.Rescaling(1 / 255)(inputs))))


@honest
def six_sigmoids_compiled_with_the_wrong_metric() -> keras.Model:
    model = _scaled(last="sigmoid")
    model.compile(loss="binary_crossentropy", metrics=[keras.metrics.BinaryAccuracy()])
    return model


def fitted(name: str, test_set: pictures.TestSet) -> keras.Model:
    """The network of that name, its last layer fitted to `test_set` by least squares: quicker than training."""
    keras.utils.set_random_seed(1)
    model = BUILDERS[name]()
    last = model.last if isinstance(model, Subclassed) else model.layers[-1]
    if isinstance(model, Subclassed):
        features = model.features(test_set.images.astype(np.float32))
    else:
        features = keras.Model(model.inputs[0], last.input)(test_set.images.astype(np.float32), training=False)
    features = np.asarray(keras.ops.convert_to_numpy(features), np.float64)
    columns = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    wanted = 4 * np.eye(6)[test_set.labels] - 2
    ridge = 1e-6 * np.trace(columns.T @ columns) / columns.shape[1] * np.eye(columns.shape[1])
    weights = np.linalg.solve(columns.T @ columns + ridge, columns.T @ wanted)
    last.set_weights([weights[:-1].astype(np.float32), weights[-1].astype(np.float32)])
    return model


def own_accuracy(model: keras.Model, test_set: pictures.TestSet) -> float:
    """What Keras itself says."""
    outputs = keras.ops.convert_to_numpy(model(test_set.images.astype(np.float32), training=False))
    return float((outputs.argmax(axis=1) == test_set.labels).mean())


def make(folder: Path) -> None:
    """Write each network as a submission, and Keras's accuracies to ``keras.json``."""
    test_set = some_pictures()
    accuracies = {}
    for name in BUILDERS:
        model = fitted(name, test_set)
        accuracies[name] = own_accuracy(model, test_set)
        record = {"name": name, "versions": {"keras": keras.__version__}}
        making.pack(folder / f"{name}.zip", making.convert(model), b"{}", record)
    (folder / "keras.json").write_text(json.dumps(accuracies), encoding="utf-8")


def judge(folder: Path) -> list[str]:
    """Grade what :func:`make` wrote. Returns a line for each whose score is not within .005 of Keras's."""
    from course.grading.grade import grade

    test_set = some_pictures()
    faults = []
    for name, accuracy in json.loads((folder / "keras.json").read_text(encoding="utf-8")).items():
        verdict = grade(folder / f"{name}.zip", test_set, limits=process.Limits(seconds=50))
        score = None if verdict.outputs is None else scoring.judge(verdict.outputs, test_set.labels).accuracy
        if score is None or abs(score - accuracy) > 0.005:
            faults.append(f"{name}: {verdict.reason or score} instead of {accuracy:.3f}")
    return faults


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    found = make(folder) if sys.argv[1] == "make" else judge(folder)
    print("\n".join(found or ["all right"]))
    sys.exit(bool(found))
