"""The tables of ``docs/performance.md``, filled from ``docs/bench.json``; its prose is written by hand.

Usage: ``write()``; ``fill(text, parts)`` fills the spans ``<!-- bench:PART -->…<!-- /bench:PART -->``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from course.files import shown, write_text
from course.paths import ROOT
from dev import record

RESULTS = ROOT / "docs" / "bench.json"
PAGE = ROOT / "docs" / "performance.md"
SPAN = re.compile(r"(<!-- bench:([a-z]+) -->\n).*?(<!-- /bench:\2 -->)", re.DOTALL)


def write() -> None:
    """Fill the page. Raises CourseError if the results are damaged."""
    write_text(PAGE, fill(PAGE.read_text(encoding="utf-8"), record.read_json(RESULTS)))
    print(f"Written: {shown(PAGE)}")


def fill(text: str, parts: dict[str, Any]) -> str:
    """`text` with the tables of those of `parts` that have a place there."""
    return SPAN.sub(lambda match: match[1] + section(match[2], parts) + match[3], text)


def section(name: str, parts: dict[str, Any]) -> str:
    """The tables of a part, and on what they were measured."""
    if name not in parts:
        return "Not yet measured.\n"
    record = parts[name]
    made = [table(rows) for rows in record["tables"].values()]
    if name == "original":
        made.append(beside_ours(parts))
    made.append(f"This part failed: {record['reason']}\n" if record["reason"] else "")
    return "\n".join([*(text for text in made if text), _conditions(record)])


def table(rows: Sequence[Sequence[Any]]) -> str:
    """Markdown of a head and rows; empty if there are no rows."""
    head, *rest = rows
    rules = ["---:" if heading.startswith(">") else "---" for heading in head]
    lines = [[heading.lstrip(">") for heading in head], rules, *([cell(one) for one in row] for row in rest)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) if rest else ""


def cell(value: Any) -> str:
    """A cell of a table: text as it is; three digits of a number; of several runs the median and the extremes."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        rounded = float(f"{value:.3g}")
        return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:.3g}"
    median, least, most = (cell(value[key]) for key in ("median", "least", "most"))
    if "unit" in value:
        return f"{value['median']:.0%}" if value["unit"] == "%" else f"{median} {value['unit']}"
    return median if least == most else f"{median} ({least}–{most})"


def beside_ours(parts: dict[str, Any]) -> str:
    """The table of the original's computed seconds and our lessons', where one machine measured both."""
    original, course = parts["original"], parts.get("course", {"machine": None})
    if course["machine"] != original["machine"]:
        return "The ratio to our lessons follows once part `course` is measured on the same machine.\n"
    pairs: dict[str, list[float]] = {"together": [0.0, 0.0]}
    for lesson, seconds, *_rest in course["tables"][""][1:-1]:
        theirs = sum(row[5] for row in original["tables"][""][1:] if row[0] == lesson.split("_")[0])
        if theirs:
            pairs[lesson] = [theirs, seconds["median"]]
            pairs["together"] = [sum(both) for both in zip(pairs.pop("together"), pairs[lesson], strict=True)]
    rows = [(lesson, theirs, ours, f"{cell(theirs / ours)} ×") for lesson, (theirs, ours) in pairs.items()]
    return table([["lesson", ">original, s (computed)", ">ours, s (kernel start to end)", ">original to ours"], *rows])


def _conditions(record: dict[str, Any]) -> str:
    """On what a part was measured, as one sentence."""
    machine = record["machine"]
    words = [
        f"{machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']} GB of memory",
        machine.get("gpu", "no GPU"),
        machine["system"],
        ", ".join(f"{name} {version}" for name, version in record["versions"].items()),
        f"edition “{record['edition']}”",
        f"{record['runs']} runs" if record["runs"] > 1 else "one run",
        *([] if record["load"] is None else [f"load before it {record['load']:g}"]),
        *(
            [f"products of matrices at {record['gflops']:.0f} billion operations a second"]
            if "gflops" in record
            else []
        ),
    ]
    return f"Measured on {record['date']}: {'; '.join(words)}.\n"
