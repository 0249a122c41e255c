"""Markdown of the results.

Usage: ``table(["set", ">seconds"], [["mnist", "0.4"]])``; a ``>`` before a heading aligns its column to the right.
Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

NOTHING = "–"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a line break at its end; empty where there are no rows."""
    rows = [list(row) for row in rows]
    if not rows:
        return ""
    rules = ["---:" if heading.startswith(">") else "---" for heading in head]
    lines = [[heading.lstrip(">") for heading in head], rules, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def figure(value: float | None) -> str:
    """A number as a person reads it: three digits that mean something, thousands parted by commas."""
    if value is None:
        return NOTHING
    rounded = float(f"{value:.3g}")
    if abs(rounded) >= 100:
        return f"{rounded:,.0f}"
    return f"{rounded:.3g}" if abs(rounded) >= 0.001 or rounded == 0 else f"{rounded:.1e}"


def spread(values: dict[str, Any] | None) -> str:
    """The median of :func:`dev.bench.measuring.spread`, and the least and the most where there were several runs."""
    if not values:
        return NOTHING
    text = figure(values["median"])
    if len(values["runs"]) > 1 and figure(values["least"]) != figure(values["most"]):
        text += f" ({figure(values['least'])}–{figure(values['most'])})"
    return text


def times(values: dict[str, Any] | None) -> str:
    """A ratio, as ``3.2 ×``."""
    return f"{figure(values['median'])} ×" if values else NOTHING


def conditions(record: dict[str, Any]) -> str:
    """On what a part was measured, as one sentence."""
    machine, versions = record["machine"], record["versions"]
    words = [
        f"{machine.get('cores', '?')} cores ({machine.get('cpu', '?')}), {machine.get('memory_gb', '?')} GB of memory",
        machine.get("gpu", "no GPU"),
        machine.get("system", "?"),
        ", ".join(f"{name} {version}" for name, version in versions.items()),
        f"edition “{record['edition']}”",
        f"{record['runs']} runs" if record["runs"] > 1 else "one run",
    ]
    if record["load"] is not None:
        words.append(f"load before it {record['load']:g}")
    return f"Measured on {record['date']}: {'; '.join(words)}."
