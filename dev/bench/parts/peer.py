"""Part ``peer``: the networks of lessons 01 and 03 beside PyTorch, at the original's settings and at the best of each.

*Original*: the original course's network, RMSprop, batches of 32, no validation; both libraries. *To accuracy*: the
lesson's own network, optimizer and schedule; Keras as the lesson says, PyTorch with the batch that gets there soonest.
"""

from __future__ import annotations

import math
import time
from typing import Any

from course.datasets.editions import edition_name
from course.messages import CourseError, _
from course.paths import data_dir
from dev.bench import lesson_code, peers, tables
from dev.bench.measuring import ratio, spread, timed
from dev.bench.options import Options, Report
from dev.bench.parts import original

TITLE = "Beside PyTorch"
BATCHES = (128, 256, 512, 1024)
"""Of these PyTorch trains with the one that reaches the accuracy soonest."""
EPOCHS = {"01_mnist": 1875, "03_asl_cnn": 858}
"""Steps of an epoch of the original."""
TARGETS = {"01_mnist": {"": 0.98}, "03_asl_cnn": {"real": 0.95, "": 0.90}}
"""Validation accuracy that the plan asks of a lesson, by edition; the empty name stands for all others."""
RECIPE = ["num_classes", "batch_size", "epochs", "steps", "schedule", "model", "model.compile"]
CODE = {
    "01_mnist": [
        *["train_images", "valid_images", "x_train", "x_valid", "y_train", "y_valid", "train_labels", "valid_labels"],
        *RECIPE,
    ],
    "03_asl_cnn": [
        *["letters", "load", "x_train", "x_valid", "y_train", "y_valid", "train_labels", "valid_labels", "block"],
        *RECIPE,
    ],
}
"""What of the lessons' code makes their data and their network."""


def target(lesson: str, edition: str) -> float:
    """The validation accuracy to reach."""
    return TARGETS[lesson].get(edition, TARGETS[lesson][""])


def measure(options: Options, report: Report) -> None:
    """Both lessons; in each round the libraries take turns.

    Raises:
        CourseError: PyTorch is not here, or never reaches the accuracy.
    """
    peers.need_torch()
    lessons = ["01_mnist"] if options.quick else list(CODE)
    report.expect(len(lessons) * (4 * options.runs + len(BATCHES[:1] if options.quick else BATCHES)))
    rows: dict[str, Any] = {}
    for lesson in lessons:
        rows[lesson] = {"original": _original(lesson, options, report)}
        report.keep(lessons=rows)
        rows[lesson] |= _to_accuracy(lesson, options, report)
        report.keep(lessons=rows)


def _original(lesson: str, options: Options, report: Report) -> dict[str, Any]:
    """Seconds of an epoch at the original's settings, from some of its steps."""
    steps = 10 if options.quick else {"01_mnist": 600, "03_asl_cnn": 150}[lesson]
    seconds: dict[str, list[float]] = {"keras": [], "torch": []}
    for _run in range(options.runs):
        for library in seconds:
            report.step(f"{lesson}, original, {library}")
            answer = options.call(f"dev.bench.parts.peer:{library}_original", lesson=lesson, steps=steps)
            seconds[library].append(answer.value * EPOCHS[lesson] / steps)
    return {
        "steps": steps,
        **{library: spread(values) for library, values in seconds.items()},
        "torch_to_keras": ratio(seconds["torch"], seconds["keras"]),
    }


def _to_accuracy(lesson: str, options: Options, report: Report) -> dict[str, Any]:
    """Seconds to the accuracy, the lesson's and PyTorch's best."""
    wanted = 0.0 if options.quick else target(lesson, edition_name(options.edition))
    common = {"lesson": lesson, "target": wanted, "quick": options.quick}
    trials = {}
    for batch in BATCHES[:1] if options.quick else BATCHES:
        report.step(f"{lesson}, torch, batch {batch}")
        trials[batch] = options.call("dev.bench.parts.peer:torch_to_accuracy", batch=batch, **common).value
    reached = {batch: trial["seconds"] for batch, trial in trials.items() if trial["seconds"] is not None}
    if not reached:
        text = _("PyTorch reaches the accuracy {target} of {lesson} with none of the batches {batches}.")
        raise CourseError(text.format(target=wanted, lesson=lesson, batches=", ".join(map(str, trials))))
    best = min(reached, key=reached.get)
    runs: dict[str, list[dict[str, float]]] = {"keras": [], "torch": []}
    for seed in range(1, options.runs + 1):
        given = {**common, "seed": seed}
        report.step(f"{lesson}, to {wanted}, keras")
        runs["keras"].append(options.call("dev.bench.parts.peer:keras_to_accuracy", **given).value)
        report.step(f"{lesson}, to {wanted}, torch")
        runs["torch"].append(options.call("dev.bench.parts.peer:torch_to_accuracy", batch=best, **given).value)
    batches = {"keras": runs["keras"][0]["batch"], "torch": best}
    return {"target": wanted, "batches": batches, "trials": trials, "to_accuracy": _compared(runs)}


def _compared(runs: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Spreads and ratios of both libraries' runs; where a run did not get there, without seconds."""
    found: dict[str, Any] = {}
    for key in ("seconds_an_epoch", "seconds"):
        values = {library: [run[key] for run in one] for library, one in runs.items()}
        there = all(value is not None for one in values.values() for value in one)
        found[key] = {library: spread(one) if there else None for library, one in values.items()}
        found[key]["torch_to_keras"] = ratio(values["torch"], values["keras"]) if there else None
    found["accuracy"] = {library: spread([run["accuracy"] for run in one]) for library, one in runs.items()}
    return found


def keras_original(lesson: str, steps: int) -> float:
    """Seconds of `steps` steps in Keras."""
    fit, _check = original.work({"01_mnist": "01", "03_asl_cnn": "03"}[lesson], steps)
    fit()  # builds the graph
    return timed(fit)


def torch_original(lesson: str, steps: int) -> float:
    """Seconds of `steps` steps in PyTorch."""
    import torch

    from dev.bench import torch_networks

    if lesson == "01_mnist":
        network, shape = torch_networks.mlp(10), (784,)
    else:
        network, shape = torch_networks.cnn((75, 50, 25), 512, 24, (0.2, 0.3), pool_first=False), (1, 28, 28)
    x, y = torch.rand(32 * steps, *shape), torch.randint(0, 10, (32 * steps,))
    optimizer = torch.optim.RMSprop(network.parameters(), 0.001, alpha=0.9, eps=1e-7)
    torch_networks.epoch(network, optimizer, x[:64], y[:64], 32)
    return timed(lambda: torch_networks.epoch(network, optimizer, x, y, 32))


def keras_to_accuracy(lesson: str, target: float, quick: bool, seed: int = 1) -> dict[str, Any]:
    """The lesson's network as the lesson trains it, until the validation accuracy is `target`."""
    from course.check.tensorflow_start import start_tensorflow  # here alone: no TensorFlow beside PyTorch

    start_tensorflow()
    import keras

    keras.utils.set_random_seed(seed)
    bound = lesson_code.run(lesson, CODE[lesson])
    rows = 2000 if quick else None
    started, ends, reached = time.perf_counter(), [], []

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            ends.append(-time.perf_counter())

        def on_test_begin(self, logs=None):
            ends[-1] += time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            if logs["val_accuracy"] >= target:
                reached.append(time.perf_counter() - started)

    history = bound["model"].fit(
        bound["x_train"][:rows],
        bound["y_train"][:rows],
        batch_size=bound["batch_size"],
        epochs=1 if quick else bound["epochs"],
        validation_data=(bound["x_valid"][:rows], bound["y_valid"][:rows]),
        callbacks=[Watch()],
        verbose=0,
    )
    return {
        "seconds": reached[0] if reached else None,
        "seconds_an_epoch": sum(ends) / len(ends),
        "accuracy": history.history["val_accuracy"][-1],
        "batch": bound["batch_size"],
    }


def torch_to_accuracy(lesson: str, target: float, quick: bool, batch: int, seed: int = 1) -> dict[str, Any]:
    """The same network and recipe in PyTorch, with another batch; the rate grows with the root of the batch."""
    import numpy as np
    import torch

    from dev.bench import torch_networks

    parts, settings = read(lesson)
    if lesson == "01_mnist":
        network = torch_networks.mlp(10)
        pictures = [parts["x_train"], parts["x_valid"]]
    else:
        network = torch_networks.cnn((32, 48, 64), 256, 24, (0.2, 0.3), pool_first=True)
        pictures = [parts[name].reshape(-1, 1, 28, 28) for name in ("x_train", "x_valid")]
    answers = [parts[name].astype("int64") for name in ("train_labels", "valid_labels")]
    rows = 2000 if quick else None
    train, valid = (
        (torch.from_numpy(np.ascontiguousarray(x[:rows])), torch.from_numpy(y[:rows]))
        for x, y in zip(pictures, answers, strict=True)
    )
    torch.manual_seed(seed)
    rate = settings["rate"] * math.sqrt(batch / settings["batch"])
    return torch_networks.to_accuracy(network, train, valid, batch, rate, 1 if quick else settings["epochs"], target)


def read(lesson: str) -> tuple[dict[str, Any], dict[str, float]]:
    """Pictures and labels as arrays, without TensorFlow beside PyTorch; and its ``batch``, ``rate``, ``epochs``.

    Only what is assigned as a plain number is taken from the lesson; a test holds that the arrays are the lesson's too.
    """
    import numpy as np
    import pandas as pd

    if lesson == "01_mnist":
        with np.load(data_dir() / "mnist" / "mnist.npz", allow_pickle=False) as mnist:
            raw = {name: mnist[name] for name in mnist.files}
        parts = {
            "x_train": raw["x_train"].reshape(-1, 784).astype("float32") / 255,
            "x_valid": raw["x_test"].reshape(-1, 784).astype("float32") / 255,
            "train_labels": raw["y_train"],
            "valid_labels": raw["y_test"],
        }
    else:
        parts = {}
        for part in ("train", "valid"):
            table = pd.read_csv(data_dir() / "asl_data" / f"sign_mnist_{part}.csv.gz", dtype="uint8")
            parts[f"{part}_labels"] = table["label"].to_numpy()
            pixels = table.drop(columns="label").to_numpy()
            parts[f"x_{part}"] = pixels.reshape(-1, 28, 28, 1).astype("float32") / 255
    return parts, lesson_code.settings(lesson)


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say."""
    lessons = record["figures"].get("lessons", {})
    head = ["original network, batch 32", ">Keras, s an epoch", ">PyTorch, s an epoch", ">PyTorch to Keras"]
    rows = [
        _row(f"{lesson}, from {one['original']['steps']} steps", one["original"]) for lesson, one in lessons.items()
    ]
    text = tables.table(head, rows)
    rows = [row for lesson, one in lessons.items() if "to_accuracy" in one for row in _rows(lesson, one)]
    head = ["the lesson's network and recipe", ">Keras (the lesson)", ">PyTorch (its best batch)", ">PyTorch to Keras"]
    return (
        f"{text}\n{tables.table(head, rows)}\n"
        "Above 1 × the lesson is ahead. An epoch is training alone; seconds to the accuracy count from the first step"
        " to the end of the first epoch whose validation accuracy is that high, with validation and the building of"
        " Keras's graph, without imports (those have a part of their own). So they jump by a whole epoch where a run"
        " needs one more: read them with their extremes. Each run has a seed of its own. PyTorch's batch is the best of"
        f" {', '.join(map(str, BATCHES))} (the rate grows with its root); it runs eagerly, on batches taken from"
        " tensors in memory.\n"
    )


def _row(words: str, pair: dict[str, Any]) -> tuple[str, ...]:
    return words, tables.spread(pair["keras"]), tables.spread(pair["torch"]), tables.times(pair["torch_to_keras"])


def _rows(lesson: str, one: dict[str, Any]) -> list[tuple[str, ...]]:
    found, batches = one["to_accuracy"], one["batches"]
    accuracies = [f"{found['accuracy'][library]['median']:.4f}" for library in ("keras", "torch")]
    return [
        _row(f"{lesson}, s an epoch", found["seconds_an_epoch"]),
        _row(f"{lesson}, s to {one['target']:.2f}", found["seconds"]),
        (f"{lesson}, accuracy at the end", *accuracies, ""),
        (f"{lesson}, batch", str(batches["keras"]), str(batches["torch"]), ""),
    ]
