"""Part ``limit``: how much of this machine's arithmetic each lesson's training uses.

The limit is the rate at which TensorFlow multiplies large matrices, measured beside each epoch.
:mod:`dev.bench.operations` counts what an epoch of a lesson's network takes, by walking its layers; the epoch is timed
with arrays of the lesson's shapes (its numbers change nothing about the time), the graph built before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dev.bench import lesson_code, made_up, operations, tables
from dev.bench.measuring import spread, timed
from dev.bench.options import Options, Report

TITLE = "How near the machine's limit"
SIDE = 2048
"""Of the matrices; larger ones are a few per cent faster."""
REPEATS = 10
"""Products before and after an epoch."""


@dataclass(frozen=True)
class Training:
    """An epoch of a lesson.

    Attributes:
        epoch: trains once on everything.
        operations: that this takes.
        examples: how many there are: pictures, or places of headlines with their padding.
    """

    epoch: Callable[[], Any]
    operations: int
    examples: int


def measure(options: Options, report: Report) -> None:
    """Each lesson in a process of its own."""
    lessons = ["01_mnist"] if options.quick else list(TRAININGS)
    report.expect(len(lessons))
    found: dict[str, Any] = {}
    for lesson in lessons:
        report.step(lesson)
        call = {"lesson": lesson, "runs": options.runs, "quick": options.quick}
        found[lesson] = options.call("dev.bench.parts.limit:train", **call).value
        report.keep(lessons=found)


def train(lesson: str, runs: int, quick: bool = False) -> dict[str, Any]:
    """An epoch of the lesson's network: operations, examples, seconds; and what share of the limit that is."""
    training, multiply = TRAININGS[lesson](quick), multiplication()
    training.epoch()
    seconds, limits = [], []
    for _run in range(runs):
        before = timed(multiply)
        seconds.append(timed(training.epoch))
        limits.append(2 * 2 * REPEATS * SIDE**3 / (before + timed(multiply)))
    return {
        "operations": training.operations,
        "examples": training.examples,
        "seconds": spread(seconds),
        "limit": spread(limits),
        "share": spread(share(training.operations, seconds, limits)),
    }


def share(count: int, seconds: list[float], limits: list[float]) -> list[float]:
    """How much of the limit each run reached: operations a second, beside those of the matrices before and after it."""
    return [count / one / limit for one, limit in zip(seconds, limits, strict=True)]


def multiplication() -> Callable[[], Any]:
    """What multiplies two float32 matrices REPEATS times; it has been done once."""
    import tensorflow as tf

    one, other = tf.random.normal((SIDE, SIDE)), tf.random.normal((SIDE, SIDE))
    product = tf.function(lambda: tf.reduce_sum(one @ other))
    product()
    return lambda: [float(product()) for _repeat in range(REPEATS)]


def _of_arrays(model: Any, x: Any, y: Any, batch: int) -> Training:
    return Training(lambda: model.fit(x, y, batch_size=batch, verbose=0), len(x) * operations.training(model), len(x))


def _mnist(quick: bool) -> Training:
    code = ["num_classes", "batch_size", "epochs", "steps", "schedule", "model", "model.compile"]
    x = made_up.pictures(512 if quick else 60000, 784)
    bound = lesson_code.run("01_mnist", code, x_train=x)
    return _of_arrays(bound["model"], x, made_up.answers(len(x), 10), bound["batch_size"])


def _asl(quick: bool) -> Training:
    answers = {"hidden_units": 512, "hidden_activation": "relu", "output_units": 24, "output_activation": "softmax"}
    code = ["build_model", "model", "model.compile"]
    bound = lesson_code.run("02_asl", code, loss="categorical_crossentropy", **answers)
    x = made_up.pictures(27455, 784)
    return _of_arrays(bound["model"], x, made_up.answers(len(x), 24), 512)


def _cnn(quick: bool) -> Training:
    x = made_up.pictures(27455, 28, 28, 1)
    code = ["letters", "num_classes", "block", "model", "batch_size", "epochs", "steps", "schedule", "model.compile"]
    bound = lesson_code.run("03_asl_cnn", code, x_train=x)
    return _of_arrays(bound["model"], x, made_up.answers(len(x), 24), bound["batch_size"])


def _augmented(quick: bool) -> Training:
    import numpy as np

    images = np.random.default_rng(1).integers(0, 256, (27455, 28, 28, 1)).astype("uint8")
    code = ["letters", "num_classes", "batch_size", "batches", "transform", "about_centre", "random_matrices"]
    code += ["with_matrices", "transformed", "batches_in_one_step", "block", "model", "epochs", "schedule"]
    code += ["model.compile"]
    given = {"rotation": 12, "zoom": 0.1, "shift": 0.06, "mirror": True, "steps_per_epoch": 215, "SEED": 1}
    given |= {"train_images": images, "y_train": made_up.answers(len(images), 24)}
    bound = lesson_code.run("04a_asl_augmentation", code, **given)
    model, pairs = bound["model"], bound["batches_in_one_step"]()
    count = len(images)
    return Training(lambda: model.fit(pairs, shuffle=False, verbose=0), count * operations.training(model), count)


def _tail(lesson: str, outputs: int, pictures: int) -> Training:
    """The last blocks on cached maps, as lessons 05b and 07 fine-tune them: 7 × 7 × 192 a picture."""
    given = {"features_trainable": False, "cut": "block6d_add"}
    if lesson.startswith("05b"):
        code = ["backbone", "pooling", "head", "cut", "lower", "upper", "unfreeze", "unfreeze", "maps", "tail"]
        given["x_train"] = made_up.pictures(pictures, 7, 7, 192)
    else:
        code = ["backbone", "features", "lower", "upper", "pooling", "maps", "tail"]
        import keras

        head = [keras.Input((1280,)), keras.layers.Dropout(0.3), keras.layers.Dense(outputs, activation="softmax")]
        given |= {"x_train": made_up.pictures(pictures, 7, 7, 192), "head": keras.Sequential(head, name="head")}
    bound = lesson_code.run(lesson, code, **given)
    keras = bound["keras"]
    for layer in bound["upper"].layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    loss = keras.losses.BinaryCrossentropy(from_logits=True) if outputs == 1 else "categorical_crossentropy"
    bound["tail"].compile(keras.optimizers.Adam(0.0001), loss, metrics=["accuracy"])
    return _of_arrays(bound["tail"], given["x_train"], made_up.answers(pictures, outputs), 32)


NEXT_WORD = [
    *["paths", "tables", "headlines", "missing", "split_words", "texts", "distinct", "train_texts", "valid_texts"],
    *["counts", "PADDING", "kept", "vocabulary", "number_of", "encode", "num_tokens", "train_tokens", "make_batches"],
    *["batch_size", "train_batches", "embedding_size", "units", "NextWord", "model"],
    *["epochs", "steps", "schedule", "model.compile"],
]
"""What of lesson 06 makes its batches and its network."""


def _next_word(quick: bool) -> Training:
    bound = lesson_code.run("06_nytimes_rnn", NEXT_WORD, SEED=1)
    model, batches = bound["model"], bound["train_batches"]
    places = sum(int(x.shape[0] * x.shape[1]) for x, _y in batches)
    model(next(iter(batches))[0])  # which builds it
    count = places * operations.training_of_next_word(model)
    return Training(lambda: model.fit(batches, shuffle=False, verbose=0), count, places)


TRAININGS: dict[str, Callable[[bool], Training]] = {
    "01_mnist": _mnist,
    "02_asl": _asl,
    "03_asl_cnn": _cnn,
    "04a_asl_augmentation": _augmented,
    "05b_presidential_doggy_door": lambda quick: _tail("05b_presidential_doggy_door", 1, 2048),
    "06_nytimes_rnn": _next_word,
    "07_assessment": lambda quick: _tail("07_assessment", 6, 2048),
}
"""The lessons that train, and what makes an epoch of each; `quick` asks for a short one, where there is."""


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say."""
    rows = [
        (lesson, f"{one['examples']:,}", tables.figure(one["operations"] / 1e9), tables.spread(one["seconds"]),
         tables.figure(one["limit"]["median"] / 1e9), f"{one['share']['median']:.0%}")
        for lesson, one in record["figures"].get("lessons", {}).items()
    ]  # fmt: skip
    head = [
        "lesson",
        ">examples an epoch",
        ">billion operations",
        ">seconds",
        ">limit, billion a second",
        ">of the limit",
    ]
    return (
        f"The limit is TensorFlow's own product of two float32 matrices of {SIDE:,} × {SIDE:,} (2 n³ operations),"
        " measured right before and after each epoch."
        " A layer's forward pass is 2 × (numbers in its kernel) × (places of its output) operations for each example;"
        " training adds as much for the gradient of its weights, where they learn, and as much for the gradient that it"
        " hands down, where anything below it learns. Normalisation, activations, dropout, pooling and the optimizer"
        " are not counted, the changing of pictures (04a) neither. Lessons 05b and 07: the last blocks on 2,048 cached"
        " maps. Lesson 06: places of headlines in their buckets, padding among them.\n\n"
        f"{tables.table(head, rows)}"
    )
