"""Part ``import``: seconds from the start of a process to the first training step of lesson 01's network."""

from __future__ import annotations

from typing import Any

from dev.bench import lesson_code, peers, tables
from dev.bench.child import age
from dev.bench.measuring import ratio, spread
from dev.bench.options import Options, Report

TITLE = "From nothing to the first training step"
CONTENDERS = {
    "lesson 01": "dev.bench.parts.first_step:course",
    "TensorFlow alone": "dev.bench.parts.first_step:tensorflow",
    "PyTorch": "dev.bench.parts.first_step:torch",
}
PHASES = ("python", "library", "rest", "first step")


def measure(options: Options, report: Report) -> None:
    """Start each contender in turn, as often as there are runs."""
    names = [name for name in CONTENDERS if name != "PyTorch" or peers.have_torch()]
    report.expect(len(names) * options.runs)
    seconds: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    memory: dict[str, list[float]] = {name: [] for name in names}
    for _run in range(options.runs):
        for name in names:
            report.step(name)
            answer = options.call(CONTENDERS[name])
            seconds[name].append(answer.value)
            memory[name].append(answer.peak_memory_mb)
    rows = {
        name: {
            **{phase: spread([run[phase] for run in runs]) for phase in PHASES},
            "total": spread(_totals(runs)),
            "times ours": ratio(_totals(runs), _totals(seconds["lesson 01"])),
            "peak_memory_mb": spread(memory[name]),
        }
        for name, runs in seconds.items()
    }
    report.keep(contenders=rows, without_torch="PyTorch" not in names)


def _totals(runs: list[dict[str, float]]) -> list[float]:
    return [sum(run.values()) for run in runs]


def _phases(*ends: float) -> dict[str, float]:
    """Seconds of each phase, from the age of the process at the end of each."""
    return {phase: end - start for phase, start, end in zip(PHASES, (0.0, *ends[:-1]), ends, strict=True)}


def course() -> dict[str, float]:
    """As lesson 01 begins: `course.check`, the lesson's imports, its network, one step of 512 pictures."""
    python = age()
    import course.check  # noqa: F401  (starts TensorFlow)

    library = age()
    bound = lesson_code.run("01_mnist", [])
    rest = age()
    _keras_step(bound["keras"], bound["np"])
    return _phases(python, library, rest, age())


def tensorflow() -> dict[str, float]:
    """TensorFlow and Keras, nothing else."""
    python = age()
    import keras
    import tensorflow  # noqa: F401

    library = age()
    import numpy as np

    rest = age()
    _keras_step(keras, np)
    return _phases(python, library, rest, age())


def torch() -> dict[str, float]:
    """PyTorch, with the same network and step."""
    python = age()
    import torch

    library = age()
    from dev.bench import torch_networks

    rest = age()
    network = torch_networks.mlp(10)
    x, y = torch.rand(512, 784), torch.randint(0, 10, (512,))
    torch_networks.step(network, torch.optim.Adam(network.parameters()), x, y)
    return _phases(python, library, rest, age())


def _keras_step(keras: Any, np: Any) -> None:
    bound = lesson_code.run("01_mnist", ["num_classes", "model"], keras=keras, check=None, widgets=None)
    model = bound["model"]
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    x, y = np.zeros((512, 784), "float32"), np.eye(10, dtype="float32")[np.zeros(512, int)]
    model.fit(x, y, batch_size=512, verbose=0)


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say."""
    figures = record["figures"]
    rows = [
        (name, *(tables.figure(row[phase]["median"]) for phase in PHASES), tables.spread(row["total"]),
         tables.times(row["times ours"]), tables.figure(row["peak_memory_mb"]["median"]))
        for name, row in figures.get("contenders", {}).items()
    ]  # fmt: skip
    head = ["", ">Python", ">library", ">other imports", ">first step", ">together, s", ">to ours", ">peak MB"]
    text = (
        "Files lay in the system's cache. *Library* is TensorFlow with Keras (in lesson 01 through `course.check`) or"
        " PyTorch; *other imports* are the lesson's: Matplotlib, widgets; the first step compiles the graph.\n\n"
    )
    return text + tables.table(head, rows) + peers.note(figures)
