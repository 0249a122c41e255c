"""A lesson's results: the range each metric usually falls in, and the record of what was reached here.

``ranges.json`` keeps, for each lesson and edition, the runs that were measured (several seeds, the oldest and the
newest TensorFlow; ``python -m dev measure`` writes them) and the targets of the course's design. The range of a
metric is computed from its runs, never typed.
"""

from __future__ import annotations

import html
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from course.check.packages import versions
from course.check.session import SESSION
from course.files import write_json
from course.messages import _
from course.paths import models_dir

RANGES_FILE = Path(__file__).with_name("ranges.json")
RESULTS_MIME = "application/vnd.course.results+json"
LEAST_MARGIN = 0.002
"""A range reaches past its runs by half their spread, and by at least this much: ten runs do not show the extremes.
A count needs no such margin."""
HIGHER_IS_BETTER = ("accuracy", "top5", "correct")
LOWER_IS_BETTER = ("perplexity", "spread")
"""Endings of the names of metrics that have a better side; any other, such as a count, has none."""


@dataclass(frozen=True)
class Range:
    """Inclusive bounds between which a metric usually lies."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        low, high = shown(self.low), shown(self.high)
        return low if low == high else f"{low} – {high}"


def is_better(metric: str, value: float, usual: Range) -> bool:
    """Whether `value` lies outside its usual range on the better side."""
    return (metric.endswith(HIGHER_IS_BETTER) and value > usual.high) or (
        metric.endswith(LOWER_IS_BETTER) and value < usual.low
    )


def shown(value: float) -> str:
    """A number in text: a count (a whole number above 1) as it is, anything else with three decimals."""
    return f"{value:.0f}" if value > 1 and value == int(value) else f"{value:.3f}"


@lru_cache(maxsize=1)
def _measured() -> dict[str, Any]:
    return json.loads(RANGES_FILE.read_text(encoding="utf-8"))


def usual_range(lesson: str, edition: str, metric: str) -> Range | None:
    """The range of `metric` on `edition`, from the runs in ``ranges.json``; ``None`` where nothing was measured."""
    measured = _measured().get(lesson, {}).get(edition, {})
    values = [run["metrics"][metric] for run in measured.get("runs", []) if metric in run["metrics"]]
    return envelope(values, measured.get("margins", {}).get(metric, 0.0)) if values else None


def envelope(values: list[float], least: float = 0.0) -> Range:
    """The range that measured `values` stand for; a share (all between 0 and 1) stays one.

    Args:
        values: what was measured.
        least: how far the range reaches past them at least; where runs are few, two standard deviations over seeds
            that were measured in another way (``margins`` in ``ranges.json``).
    """
    low, high = min(values), max(values)
    counts = high > 1 and all(value == int(value) for value in values)
    margin = max((high - low) / 2, least, 0.0 if counts else LEAST_MARGIN)
    ceiling = 1.0 if low >= 0 and high <= 1 else math.inf
    return Range(max(low - margin, 0.0), min(high + margin, ceiling))


def results(lesson: str, **metrics: float) -> None:
    """Compare each of a lesson's metrics with its usual range and write them to ``models/results/<lesson>.json``.

    A metric outside its range is unusual on the worse side. On the better side it is called better and passes, since
    another processor, seed or version may well gain a little.

    Args:
        lesson: the lesson's id, ``"02_asl"``.
        **metrics: values at the end of the lesson, by name, as in ``ranges.json``.

    Raises:
        CourseError: the results cannot be written.
    """
    from IPython.display import display

    edition = SESSION.edition_in_use()
    values = {name: float(value) for name, value in metrics.items()}
    ranges = {name: usual_range(lesson, edition, name) for name in values}
    outside = [name for name, value in values.items() if ranges[name] and value not in ranges[name]]
    better = [name for name in outside if is_better(name, values[name], ranges[name])]
    record = {
        "lesson": lesson,
        "edition": edition,
        "sets": dict(SESSION.sets),
        "metrics": values,
        "ranges": {name: [usual.low, usual.high] if usual else None for name, usual in ranges.items()},
        "unusual": [name for name in outside if name not in better],
        "better": better,
        "device": "gpu" if {"gpu", "cuda"} & set(devices()) else "cpu",
        "versions": versions(),
    }
    write_json(models_dir() / "results" / f"{lesson}.json", record)
    display(
        {"text/plain": _as_text(record), "text/html": _as_html(record), RESULTS_MIME: record},
        raw=True,
    )


def devices() -> list[str]:
    """The kinds of device that Keras's backend can compute on, as ``keras.device`` names them; the CPU comes first."""
    import keras

    if keras.backend.backend() == "torch":  # where Keras lists none
        import torch

        return ["cpu", *["cuda"] * torch.cuda.is_available()]
    others = {name.lower().split(":")[0] for name in keras.distribution.list_devices()} - {"cpu"}
    return ["cpu", *sorted(others)]


def _rows(record: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Metric, value, usual range and verdict, as text."""
    rows = []
    for name, value in record["metrics"].items():
        usual = record["ranges"][name]
        if usual is None:
            verdict = _("no range is known for this data")
        elif name in record["unusual"]:
            verdict = _("unusual")
        elif name in record["better"]:
            verdict = _("better than usual")
        else:
            verdict = _("as usual")
        rows.append((name, shown(value), str(Range(*usual)) if usual else "–", verdict))
    return rows


def _explanation(record: dict[str, Any]) -> str:
    if not record["unusual"]:
        return ""
    return _(
        "A figure can lie outside its usual range because an answer of yours changed the network or its training, "
        "because a cell ran twice or out of order (menu Run, Restart Kernel and Run All Cells), "
        "or because the data is not what it was (python -m course data verify)."
    )


def _heading() -> tuple[str, str, str, str]:
    return _("result"), _("here"), _("usually"), _("verdict")


def _as_text(record: dict[str, Any]) -> str:
    lines = ["  ".join(row) for row in (_heading(), *_rows(record))]
    return "\n".join([*lines, _explanation(record)]).rstrip()


def _as_html(record: dict[str, Any]) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    head = row(_heading(), 'th scope="col"').replace('</th scope="col">', "</th>")
    body = "".join(row(cells, "td") for cells in _rows(record))
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table><p>{html.escape(_explanation(record))}</p>"
