"""Part ``augment``: 28 × 28 pictures changed at random a second, as lesson 04a does it and in three other ways.

All four turn by ±12°, zoom by ±10 %, shift by ±6 %, mirror left to right and repeat the pixels at the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dev.bench import lesson_code, peers, tables
from dev.bench.measuring import rate, ratio, timed
from dev.bench.options import Options, Report

TITLE = "Changing pictures at random"
BATCH = 128
ROTATION, ZOOM, SHIFT = 12, 0.1, 0.06
LESSON = "04a_asl_augmentation"
OURS = "one step (lesson 04a)"


def measure(options: Options, report: Report) -> None:
    """In each round every way takes its turn."""
    report.expect(2 * options.runs if peers.have_torch() else options.runs)
    steps = 4 if options.quick else 200
    seconds: dict[str, list[float]] = {}
    for _run in range(options.runs):
        report.step("TensorFlow")
        found = options.call("dev.bench.parts.augment:tensorflow_ways", steps=steps).value
        if peers.have_torch():
            report.step("PyTorch")
            found |= options.call("dev.bench.parts.augment:torch_way", steps=steps).value
        for name, value in found.items():
            seconds.setdefault(name, []).append(value)
    ways = {
        name: {"pictures_a_second": rate(steps * BATCH, values), "ours_to_it": ratio(values, seconds[OURS])}
        for name, values in seconds.items()
    }
    report.keep(ways=ways, without_torch=not peers.have_torch())


def tensorflow_ways(steps: int) -> dict[str, float]:
    """Seconds of `steps` batches by way: generator, layers, the lesson's one step."""
    ways = lesson_ways(steps)
    return {name: _seconds(batches) for name, batches in ways.items()}


def lesson_ways(steps: int) -> dict[str, Callable[[], Any]]:
    """What gives `steps` batches and one, by way; all but the generator in the lesson's own code."""
    import numpy as np

    count = (steps + 1) * BATCH
    images = np.random.default_rng(1).integers(0, 256, (count, 28, 28, 1)).astype("uint8")
    labels = np.zeros((count, 24))
    code = [
        "augmenting_layers",
        "with_layers",
        "batches",
        "transform",
        "about_centre",
        "random_matrices",
        "with_matrices",
        "transformed",
        "batches_in_one_step",
    ]
    given = {"rotation": ROTATION, "zoom": ZOOM, "shift": SHIFT, "mirror": True}
    given |= {"train_images": images, "y_train": labels, "batch_size": BATCH, "SEED": 1}
    lesson = lesson_code.run(LESSON, code, **given)
    generator = lesson["ImageDataGenerator"](
        rotation_range=ROTATION,
        zoom_range=ZOOM,
        width_shift_range=SHIFT,
        height_shift_range=SHIFT,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    flow = generator.flow(images, labels, batch_size=BATCH)
    return {
        "ImageDataGenerator": lambda: (flow[number] for number in range(len(flow))),
        "Keras layers in tf.data": lambda: iter(lesson["batches"](lesson["with_layers"])),
        OURS: lambda: iter(lesson["batches_in_one_step"]()),
    }


def _seconds(batches: Callable[[], Any]) -> float:
    """Seconds of all batches but the first, which builds the graph."""
    given = batches()
    next(given)
    return timed(lambda: sum(1 for _batch in given))


def torch_way(steps: int) -> dict[str, float]:
    """Seconds of `steps` batches with PyTorch's affine grid, one for each batch."""
    import torch

    images = torch.randint(0, 256, ((steps + 1) * BATCH, 28, 28), dtype=torch.uint8)[:, None]

    def all_batches() -> Any:
        order = torch.randperm(len(images))
        for start in range(0, len(images), BATCH):
            yield changed(images[order[start : start + BATCH]].float())

    with torch.inference_mode():
        return {"PyTorch, affine grid": _seconds(all_batches)}


def changed(images: Any) -> Any:
    """`images` (N, 1, 28, 28), each by a random affine transformation of its own, in PyTorch."""
    import torch

    def between(low: float, high: float) -> Any:
        return low + (high - low) * torch.rand(len(images))

    angle = between(-ROTATION, ROTATION) * (math.pi / 180)
    size = between(1 - ZOOM, 1 + ZOOM)
    side = torch.where(between(0, 1) < 0.5, -1.0, 1.0)
    right, down = 2 * between(-SHIFT, SHIFT), 2 * between(-SHIFT, SHIFT)  # the picture is 2 wide there
    cos, sin = size * torch.cos(angle), size * torch.sin(angle)
    six = torch.stack([side * cos, -side * sin, right, sin, cos, down], 1).reshape(-1, 2, 3)
    grid = torch.nn.functional.affine_grid(six, list(images.shape), align_corners=False)
    return torch.nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say."""
    figures = record["figures"]
    rows = [
        (name, tables.spread(way["pictures_a_second"]), tables.times(way["ours_to_it"]))
        for name, way in figures.get("ways", {}).items()
    ]
    text = (
        f"28 × 28 pixels, batches of {BATCH}, shuffled; rotation, zoom, shift and mirror image, as lesson 04a trains"
        " with. The first batch, which builds the graph, is not counted.\n\n"
    )
    head = ["way", ">pictures a second", ">ours to it"]
    return text + tables.table(head, rows) + peers.note(figures)
