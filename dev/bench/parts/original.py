"""Part ``original``: what the original course's settings take here: its steps timed, its counts multiplied.

Its networks, batches and counts are those that its public copies show in their saved outputs. Pictures and headlines
are random numbers of the same shapes, and so are VGG16's weights: which changes nothing about the time of a step. What
it takes besides (imports, plots, downloads) is left out, to its advantage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dev.bench import made_up, results, tables
from dev.bench.measuring import spread, timed
from dev.bench.options import Options, Report

TITLE = "The original settings"


@dataclass(frozen=True)
class Phase:
    """A kind of step of the original.

    Attributes:
        lesson: number of the lesson.
        what: what is trained.
        steps: how many such steps the original makes in all: epochs times steps of an epoch.
        checks: how many batches it validates on in all.
        batch: pictures or prefixes a step.
        timed: steps to time, (at least 1).
    """

    lesson: str
    what: str
    steps: int
    checks: int
    batch: int
    timed: int


PHASES = {
    "01": Phase("01", "dense, RMSprop", 5 * 1875, 5 * 313, 32, 300),
    "02": Phase("02", "dense, RMSprop", 20 * 858, 20 * 225, 32, 300),
    "03": Phase("03", "CNN 75-50-25", 20 * 858, 20 * 225, 32, 60),
    "04a": Phase("04a", "the same, ImageDataGenerator", 20 * 858, 20 * 225, 32, 60),
    "05b": Phase("05b", "VGG16 frozen", 20 * 12, 20 * 4, 8, 3),
    "05b tuned": Phase("05b", "VGG16, all of it", 10 * 12, 10 * 4, 8, 2),
    "06": Phase("06", "LSTM 100, one-hot words", 30 * 1666, 0, 32, 40),
    "07": Phase("07", "VGG16 frozen", 20 * 37, 20 * 11, 32, 1),
    "07 tuned": Phase("07", "VGG16, all of it", 10 * 37, 10 * 11, 32, 1),
}
OURS = {
    "01": "01_mnist",
    "02": "02_asl",
    "03": "03_asl_cnn",
    "04a": "04a_asl_augmentation",
    "05b": "05b_presidential_doggy_door",
    "06": "06_nytimes_rnn",
    "07": "07_assessment",
}


def measure(options: Options, report: Report) -> None:
    """Time the steps of each phase in a process of its own."""
    names = ["01"] if options.quick else list(PHASES)
    report.expect(len(names))
    phases: dict[str, Any] = {}
    for name in names:
        report.step(f"{name}: {PHASES[name].what}")
        steps = 2 if options.quick else PHASES[name].timed
        answer = options.call("dev.bench.parts.original:time_phase", name=name, steps=steps, runs=options.runs)
        phases[name] = {**answer.value, "peak_memory_mb": answer.peak_memory_mb}
        phases[name]["computed_seconds"] = computed(PHASES[name], answer.value)
        report.keep(phases=phases)


def computed(phase: Phase, found: dict[str, Any]) -> float:
    """Seconds of all steps and all validation batches of a phase."""
    return round(phase.steps * found["step"]["median"] + phase.checks * found["check"]["median"], 1)


def time_phase(name: str, steps: int, runs: int) -> dict[str, Any]:
    """Seconds of a training step and of a validation batch, each from `steps` of them, `runs` times."""
    fit, check = work(name, steps)
    fit(), check()  # build the graphs
    step_seconds, check_seconds = [], []
    for _run in range(runs):
        step_seconds.append(timed(fit) / steps)
        check_seconds.append(timed(check) / steps)
    return {"steps": steps, "step": spread(step_seconds), "check": spread(check_seconds)}


def work(name: str, steps: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What trains phase `name` for `steps` steps, and what validates it on `steps` batches."""
    from course.check.tensorflow_start import start_tensorflow

    start_tensorflow()
    batch = PHASES[name].batch
    model, x, y = NETWORKS[PHASES[name].lesson](steps * batch, name.endswith("tuned"))
    if PHASES[name].lesson in ("04a", "05b", "07"):
        flow = _generator(centred=batch == 8 or x.shape[-1] == 3).flow(x, y, batch_size=batch)
        validated = flow if PHASES[name].lesson != "04a" else None  # there the plain pictures, as an array
        check = (lambda: model.evaluate(validated, verbose=0)) if validated else _evaluation(model, x, y, batch)
        return (lambda: model.fit(flow, verbose=0)), check
    return (lambda: model.fit(x, y, batch_size=batch, verbose=0)), _evaluation(model, x, y, batch)


def _evaluation(model: Any, x: Any, y: Any, batch: int) -> Callable[[], Any]:
    return lambda: model.evaluate(x, y, batch_size=batch, verbose=0)


def _generator(centred: bool) -> Any:
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    return ImageDataGenerator(
        samplewise_center=centred,
        rotation_range=10,
        zoom_range=0.1,
        width_shift_range=0.1,
        height_shift_range=0.1,
        horizontal_flip=True,
    )


def _dense(classes: int, count: int) -> tuple[Any, Any, Any]:
    import keras

    layers = [keras.layers.Dense(512, activation="relu"), keras.layers.Dense(512, activation="relu")]
    model = keras.Sequential([keras.Input((784,)), *layers, keras.layers.Dense(classes, activation="softmax")])
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    return model, made_up.pictures(count, 784), made_up.answers(count, classes)


def _cnn(count: int, _tuned: bool) -> tuple[Any, Any, Any]:
    import keras
    from keras import layers

    def block(filters: int, *between: Any) -> list[Any]:
        convolution = layers.Conv2D(filters, 3, padding="same", activation="relu")
        return [convolution, *between, layers.BatchNormalization(), layers.MaxPooling2D(2, 2, padding="same")]

    blocks = [*block(75), *block(50, layers.Dropout(0.2)), *block(25)]
    head = [layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *blocks, *head, layers.Dense(24, activation="softmax")])
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    return model, made_up.pictures(count, 28, 28, 1), made_up.answers(count, 24)


def _vgg16(classes: int, count: int, tuned: bool) -> tuple[Any, Any, Any]:
    import keras

    base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
    base.trainable = tuned
    inputs = keras.Input((224, 224, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(inputs, training=False))
    model = keras.Model(inputs, keras.layers.Dense(classes, activation="softmax" if classes > 1 else None)(x))
    loss = keras.losses.BinaryCrossentropy(from_logits=True) if classes == 1 else "categorical_crossentropy"
    model.compile(keras.optimizers.RMSprop(1e-5 if tuned else 1e-3), loss, metrics=["accuracy"])
    return model, 255 * made_up.pictures(count, 224, 224, 3), made_up.answers(count, classes)


def _recurrent(count: int, _tuned: bool) -> tuple[Any, Any, Any]:
    import keras
    import numpy as np

    words = 11753
    layers = [keras.layers.Embedding(words, 10), keras.layers.LSTM(100), keras.layers.Dropout(0.1)]
    model = keras.Sequential([keras.Input((27,)), *layers, keras.layers.Dense(words, activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    return model, np.random.default_rng(1).integers(1, words, (count, 27)), made_up.answers(count, words)


NETWORKS: dict[str, Callable[[int, bool], tuple[Any, Any, Any]]] = {
    "01": lambda count, tuned: _dense(10, count),
    "02": lambda count, tuned: _dense(24, count),
    "03": _cnn,
    "04a": _cnn,
    "05b": lambda count, tuned: _vgg16(1, count, tuned),
    "06": _recurrent,
    "07": lambda count, tuned: _vgg16(6, count, tuned),
}
"""By lesson: from how many examples, and whether all of VGG16 learns, to the compiled network, its input and labels."""


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say; ours beside it where ``course`` was measured on the same machine."""
    phases = record["figures"].get("phases", {})
    course = results.measured(document, "course")
    comparable = course is not None and course["machine"] == record["machine"]
    lessons = course["figures"]["lessons"] if comparable else {}
    rows, total = [], 0.0
    for name, found in phases.items():
        phase = PHASES[name]
        total += found["computed_seconds"]
        rows.append((phase.lesson, phase.what, str(phase.batch), tables.spread(found["step"]), f"{phase.steps:,}",
                     tables.figure(found["computed_seconds"]), tables.figure(found["peak_memory_mb"])))  # fmt: skip
    head = ["lesson", "what is trained", ">batch", ">s a step", ">steps", ">seconds (computed)", ">peak MB"]
    text = (
        "Computed, not run through: the seconds of a step and of a validation batch times how many of each the original"
        " makes. Imports, plots and reading files are left out, to its advantage.\n\n"
    )
    text += tables.table(head, rows)
    if phases:
        text += f"\nTogether {tables.figure(total)} s, or {total / 3600:.1f} hours (computed).\n\n"
    return text + _beside_ours(phases, lessons)


def _beside_ours(phases: dict[str, Any], lessons: dict[str, Any]) -> str:
    """The table of original and ours, lesson by lesson, or what is missing for it."""
    if not lessons:
        return "The ratio to our lessons follows once part `course` is measured on the same machine.\n"
    rows, theirs, ours = [], 0.0, 0.0
    for number, lesson in OURS.items():
        seconds = sum(found["computed_seconds"] for name, found in phases.items() if PHASES[name].lesson == number)
        if seconds and lesson in lessons:
            mine = lessons[lesson]["seconds"]["median"]
            theirs, ours = theirs + seconds, ours + mine
            rows.append((lesson, tables.figure(seconds), tables.figure(mine), f"{tables.figure(seconds / mine)} ×"))
    if rows:
        rows.append(("together", tables.figure(theirs), tables.figure(ours), f"{tables.figure(theirs / ours)} ×"))
    head = ["lesson", ">original, s (computed)", ">ours, s (kernel start to end)", ">original to ours"]
    return tables.table(head, rows)
