"""Parts `course`, `growth` and `limit`: the lessons as they stand in their notebooks."""

from __future__ import annotations

import inspect
import json
import math
import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from course.datasets.editions import Manifest, write_manifest
from course.files import sha256
from course.messages import CourseError
from course.paths import available_lessons
from course.runner.run import Plain, find_notebook, run_one
from course.runner.speed import matrix_rate
from dev.bench.command import Report
from dev.bench.grading import grade_class, submissions
from dev.bench.measuring import call, spread, timed

TRAINING_CELLS = {
    "01_mnist": "fit",
    "02_asl": "fit",
    "03_asl_cnn": "fit",
    "04a_asl_augmentation": "fit",
    "05b_presidential_doggy_door": "tune",
    "06_nytimes_rnn": "fit",
    "07_assessment": "final",
}
"""The cell of each lesson that trains its network."""
GROWING = {"02_asl": "asl_data", "06_nytimes_rnn": "nyt_dataset", "07_assessment": "fruits", "a class": ""}
"""What part `growth` runs: lessons, with the folder that each reads, and the grading of a class."""
FACTORS = (1, 8)
SIDE, REPEATS = 2048, 10
"""Of the matrices that give the limit, and how often they are multiplied before and after an epoch."""


def training(lesson: str, last: str = "") -> tuple[Any, dict[str, Any]]:
    """Run the cells of the lesson up to its training: its network, and the arguments that it gives to ``fit``.

    It is that of the cell `last`, else of ``TRAINING_CELLS``. The cells run in IPython, as in a kernel; an earlier
    ``fit`` trains for one epoch only.
    """
    import keras
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    last = last or TRAINING_CELLS[lesson]
    caught: list[tuple[Any, dict[str, Any]]] = []
    fit = keras.Model.fit

    def caught_fit(model: Any, *args: Any, **options: Any) -> Any:
        given = inspect.signature(fit).bind(model, *args, **options).arguments
        if cell[0] != last:
            return fit(**given | {"epochs": 1})
        caught.append((given.pop("self"), given))
        raise CourseError("Caught.")  # what follows in the cell works on what training brings

    keras.Model.fit = caught_fit
    with capture_output():
        for cell in code_cells(lesson):
            if not caught:
                InteractiveShell.instance().run_cell(cell[1])
    keras.Model.fit = fit
    if not caught:
        raise CourseError(f"Lesson {lesson} does not train in “{last}”: correct TRAINING_CELLS.")
    return caught[0]


def code_cells(lesson: str) -> list[tuple[str, str]]:
    """Name and source of the code cells of a lesson, with its solutions, in their order."""
    cells = json.loads(find_notebook(lesson, solved=True).read_text(encoding="utf-8"))["cells"]
    return [(cell["id"], "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]


def limit(report: Report) -> None:
    """How much of the rate at which the machine multiplies large matrices an epoch of each lesson uses."""
    head = ["lesson", ">examples an epoch", ">billion operations", ">seconds", ">limit, billion a second"]
    rows = []
    for lesson in TRAINING_CELLS:
        answer = call("dev.bench.lessons:epochs", report.edition, lesson=lesson, runs=report.runs)
        rows.append([lesson, *answer["value"]])
        report.keep([*head, ">of the limit"], rows)


def epochs(lesson: str, runs: int) -> list[Any]:
    """Examples and billion operations of an epoch of the lesson, its seconds, the limit, and the share of it."""
    import tensorflow as tf

    model, given = training(lesson)
    matrices = tf.random.normal((2, SIDE, SIDE))
    product = tf.function(lambda: tf.reduce_sum(matrices[0] @ matrices[1]))
    options = {name: given[name] for name in ("x", "y", "batch_size", "shuffle") if name in given}
    if isinstance(given["x"], tf.data.Dataset):
        shapes = [tuple(batch[0].shape) for batch in given["x"]]
    else:
        shapes = [given["x"].shape]
    text = any(hasattr(layer, "embeddings") for layer in model.layers)
    examples = sum(math.prod(shape) if text else shape[0] for shape in shapes)  # of a text every place, padding too
    operations = examples * (operations_of_text(model) if text else operations_of(model)) / 1e9

    def fit() -> None:
        model.fit(**options, epochs=1, verbose=0)

    def multiply() -> None:
        for _repeat in range(REPEATS):
            float(product())

    fit(), multiply()  # build the graphs
    seconds, limits = [], []
    for _run in range(runs):
        before = timed(multiply)
        seconds.append(timed(fit))
        limits.append(2 * 2 * REPEATS * SIDE**3 / (before + timed(multiply)) / 1e9)
    shares = [operations / one / rate for one, rate in zip(seconds, limits, strict=True)]
    return [f"{examples:,}", operations, spread(seconds), spread(limits)["median"], spread(shares, "%")]


def flat(model: Any) -> Iterator[Any]:
    """The layers of `model` in their order, those of networks inside it in place of these."""
    for layer in model.layers:
        yield from flat(layer) if hasattr(layer, "layers") else [layer]


def operations_of(model: Any) -> int:
    """Operations of one example in a training step: 2 for each weight of a kernel at each place of its output.

    A layer costs its forward pass; as much for the gradient of its weights, if they learn; as much for the gradient
    that it hands down, where anything below it learns.
    """
    total, learns_below = 0, False
    for layer in flat(model):
        if hasattr(layer, "kernel"):
            learns = bool(layer.trainable_weights)
            forward = 2 * math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)
            total += forward * (1 + learns + learns_below)
            learns_below = learns_below or learns
    return total


def operations_of_text(model: Any) -> int:
    """Operations of one place of a text in a training step; an embedding multiplies only where it is the output too."""
    matrices = [weight.shape for weight in model.trainable_weights if len(weight.shape) == 2]
    words = max(shape[0] for shape in matrices)
    has_output = any(shape[1] == words for shape in matrices)
    return 3 * 2 * sum(math.prod(shape) for shape in matrices if not has_output or shape[0] != words)


def course(report: Report) -> None:
    """Every lesson as a learner runs it, in order and from an empty folder of models.

    What a lesson costs is its seconds times the rate at which the machine multiplies matrices right before and after
    it, in trillion operations: as much as the machine could have done meanwhile, whatever machine it is.
    """
    runs: dict[str, list[Any]] = {}
    costs: dict[str, list[float]] = {}
    for _run in range(report.runs):
        with TemporaryDirectory(prefix="bench-models-") as folder:
            os.environ["COURSE_MODELS"] = folder
            for lesson in available_lessons():
                before = matrix_rate()
                runs.setdefault(lesson, []).append(execute(lesson, report.edition))
                rate = (before + matrix_rate()) / 2
                costs.setdefault(lesson, []).append(runs[lesson][-1].seconds * rate / 1000)
                report.device = runs[lesson][-1].results.get("device", "cpu")
    rows = []
    for lesson, outcomes in runs.items():
        slowest = sorted(outcomes[-1].cells, key=lambda cell: -cell["seconds"])[:3]
        words = ", ".join(f"`{cell['id']}` {cell['seconds']:.1f}" for cell in slowest)
        memory = max(outcome.peak_memory_mb for outcome in outcomes)
        rows.append([lesson, spread([outcome.seconds for outcome in outcomes]), spread(costs[lesson]), memory, words])
    sums = [sum(row[column]["median"] for row in rows) for column in (1, 2)]
    together = ["together", *sums, max(row[3] for row in rows), ""]
    report.keep(["lesson", ">seconds", ">cost", ">peak MB", "slowest cells"], [*rows, together])


def execute(lesson: str, edition: Path) -> Any:
    """The outcome of running the lesson, which it prints. Raises CourseError if it does not pass."""
    from course.runner.executor import Settings

    outcome = run_one(find_notebook(lesson, solved=True), Settings(edition, timeout=0), Plain())
    if outcome.status != "passed":
        raise CourseError(f"{lesson} did not pass, in the cell “{outcome.cell}”: {outcome.reason}")
    return outcome


def growth(report: Report) -> None:
    """What lessons and the grading of a class take as their data grow; once each, since the trend counts."""
    rows: list[list[Any]] = []
    for name, folder in GROWING.items():
        points = []
        for times in FACTORS:
            with TemporaryDirectory(prefix="bench-grown-") as scratch:
                os.environ["COURSE_MODELS"] = str(Path(scratch) / "models")
                if folder:
                    outcome = execute(name, grow(folder, report.edition, Path(scratch) / "data", times))
                    points.append((outcome.seconds, outcome.peak_memory_mb))
                else:
                    submissions(report.edition, scratch, 4 * times)
                    points.append(grade_class(report.edition, scratch, jobs=1))
        for what, values in zip(("seconds", "peak MB"), zip(*points, strict=True), strict=True):
            rows.append([f"{name}, {what}", *values, f"{exponent(values):.2f}"])
        report.keep(["", *(f">{times} ×" for times in FACTORS), ">exponent"], rows)


def exponent(values: tuple[float, ...]) -> float:
    """How the values grow from the first factor to the last: 1 is with the data, 0 not at all."""
    return math.log(values[-1] / values[0]) / math.log(FACTORS[-1] / FACTORS[0])


def grow(folder: str, edition: Path, target: Path, times: int) -> Path:
    """Write to `target` an edition that has the examples in `folder` of `edition` `times` times; `target`."""
    for source in sorted(path for path in (edition / folder).rglob("[!.]*") if path.is_file()):
        path = target / source.relative_to(edition)
        path.parent.mkdir(parents=True, exist_ok=True)
        if ".csv" in source.suffixes:
            quickly = {"method": "xz", "preset": 0} if path.suffix == ".xz" else "infer"  # xz would take ten minutes
            repeated(source, times).to_csv(path, index=False, compression=quickly)
            continue
        for copy in range(times):
            shutil.copyfile(source, path.with_name(f"{copy}-{path.name}"))
    files = [path for path in sorted(target.rglob("*")) if path.is_file()]
    known = {path.relative_to(target).as_posix(): (sha256(path), path.stat().st_size) for path in files}
    write_manifest(target, Manifest(f"grown-{times}", "1", known))
    return target


def repeated(source: Path, times: int) -> Any:
    """The table in `source` with its rows `times` times; of headlines, each copy with words of its own."""
    import pandas as pd

    table = pd.read_csv(source, dtype=str, keep_default_na=False)
    copies = [table.copy() for _copy in range(times)]
    for number, copy in enumerate(copies):
        if "headline" in copy:
            copy["headline"] = [other_words(text, number) for text in copy["headline"]]
    return pd.concat(copies)


def other_words(headline: str, copy: int) -> str:
    """`headline` with a third of all words (always the same ones) made new for this copy; copy 0 is as it was."""
    if copy == 0 or headline.strip() in ("", "Unknown"):
        return headline
    words = [f"{word}{copy}" if zlib.crc32(word.lower().encode()) % 3 == 0 else word for word in headline.split()]
    changed = " ".join(words)
    return changed if changed != headline else f"{headline} copy{copy}"
