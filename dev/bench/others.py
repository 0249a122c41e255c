"""Parts `original` and `import`: the original course's settings, the way to the first step."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from dev.bench.command import Report
from dev.bench.lessons import code_cells
from dev.bench.measuring import age, call, ratio, spread, timed

PHASES = {
    "01": ("dense, RMSprop", 32, 5 * 1875, 300),
    "02": ("dense, RMSprop", 32, 20 * 858, 300),
    "03": ("CNN 75-50-25", 32, 20 * 858, 60),
    "04a": ("the same, ImageDataGenerator", 32, 20 * 858, 60),
    "05b": ("VGG16 frozen", 8, 20 * 12, 3),
    "05b tuned": ("VGG16, all of it", 8, 10 * 12, 2),
    "06": ("LSTM 100, one-hot words", 32, 30 * 1666, 40),
    "07": ("VGG16 frozen", 32, 20 * 37, 1),
    "07 tuned": ("VGG16, all of it", 32, 10 * 37, 1),
}
"""Of each training of the original: what it trains, its batch, how many steps it makes, and how many of them to time.

Its public copies show these in their saved outputs. Images, headlines and VGG16's weights are random numbers here.
"""


def original(report: Report) -> None:
    """Seconds of the original's trainings, computed: those of a step times how many it makes."""
    rows: list[list[Any]] = []
    for name, (what, batch, steps, count) in PHASES.items():
        answer = call("dev.bench.others:steps", name=name, count=count, runs=report.runs)
        step = spread(answer["value"])
        seconds = round(steps * step["median"], 1)
        rows.append([name.split()[0], what, str(batch), step, f"{steps:,}", seconds, answer["peak_memory_mb"]])
        head = ["lesson", "what is trained", ">batch", ">s a step", ">steps", ">seconds (computed)", ">peak MB"]
        report.keep(head, rows)


def steps(name: str, count: int, runs: int) -> list[float]:
    """Seconds of a training step of a phase, from `count` of them, `runs` times."""
    batch, number = PHASES[name][1], name.split()[0]
    model, x, y = network(number, count * PHASES[name][1], tuned=name.endswith("tuned"))
    if number in ("04a", "05b", "07"):
        from tensorflow.keras.preprocessing.image import ImageDataGenerator

        ranges = {"rotation_range": 10, "zoom_range": 0.1, "width_shift_range": 0.1, "height_shift_range": 0.1}
        images = ImageDataGenerator(samplewise_center=number != "04a", horizontal_flip=True, **ranges)
        data = {"x": images.flow(x, y, batch)}
    else:
        data = {"x": x, "y": y, "batch_size": batch}
    model.fit(**data, verbose=0)  # builds the graph
    return [timed(lambda: model.fit(**data, verbose=0)) / count for _run in range(runs)]


def network(lesson: str, count: int, tuned: bool = False) -> tuple[Any, Any, Any]:
    """The original's network of a lesson, compiled, and `count` random examples with one-hot answers."""
    import keras
    from keras import layers

    classes = {"01": 10, "05b": 1, "06": 11753, "07": 6}.get(lesson, 24)
    shape = {"03": (28, 28, 1), "04a": (28, 28, 1), "05b": (224, 224, 3), "06": (27,), "07": (224, 224, 3)}
    x = np.random.default_rng(1).random((count, *shape.get(lesson, (784,))), "float32")
    optimizer: Any = "rmsprop"
    if lesson in ("03", "04a"):
        blocks: list[Any] = []
        for filters in (75, 50, 25):
            blocks.append(layers.Conv2D(filters, 3, padding="same", activation="relu"))
            blocks += [layers.Dropout(0.2)] if filters == 50 else []
            blocks += [layers.BatchNormalization(), layers.MaxPooling2D(2, padding="same")]
        inner = [*blocks, layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dropout(0.3)]
    elif lesson in ("05b", "07"):
        inner = [keras.applications.VGG16(weights=None, include_top=False), layers.GlobalAveragePooling2D()]
        inner[0].trainable, optimizer = tuned, keras.optimizers.RMSprop(1e-5 if tuned else 1e-3)
    elif lesson == "06":
        x, optimizer = x * classes // 1, "adam"
        inner = [layers.Embedding(classes, 10), layers.LSTM(100), layers.Dropout(0.1)]
    else:
        inner = [layers.Dense(512, activation="relu"), layers.Dense(512, activation="relu")]
    last = layers.Dense(classes, activation="softmax" if classes > 1 else "sigmoid")
    model = keras.Sequential([keras.Input(x.shape[1:]), *inner, last])
    loss = "categorical_crossentropy" if classes > 1 else "binary_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model, x, np.eye(max(classes, 2), classes, dtype="float32")[np.arange(count) % max(classes, 2)]


def first_steps(report: Report) -> None:
    """Seconds from the start of a process to the first training step of a dense network; the ways take turns."""
    ways = ["lesson 01", "TensorFlow alone", *(["PyTorch"] if find_spec("torch") else [])]
    rounds = [{way: call("dev.bench.others:first_step", report.edition, way=way) for way in ways}
              for _run in range(report.runs)]  # fmt: skip
    seconds = {way: [one[way]["value"] for one in rounds] for way in ways}
    memory = {way: rounds[-1][way]["peak_memory_mb"] for way in ways}
    rows = [(way, spread(seconds[way]), ratio(seconds[way], seconds["lesson 01"]), memory[way]) for way in ways]
    report.keep(["", ">together, s", ">to ours", ">peak MB"], rows)


def first_step(way: str) -> float:
    """The age of the process after a step of 512 images, reached by `way`."""
    if way == "PyTorch":
        import torch

        model = torch.nn.Sequential(torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10))
        torch.nn.functional.cross_entropy(model(torch.rand(512, 784)), torch.zeros(512, dtype=torch.int64)).backward()
        torch.optim.Adam(model.parameters()).step()
        return age()
    if way == "lesson 01":
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.utils.capture import capture_output

        with capture_output():
            for name, source in code_cells("01_mnist"):
                InteractiveShell.instance().run_cell(source)
                if name == "seed":
                    break
    model, x, y = network("01", 512)
    model.fit(x, y, batch_size=512, verbose=0)
    return age()
