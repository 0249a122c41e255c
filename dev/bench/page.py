"""``docs/performance.md``: its tables are filled from ``docs/bench.json``, its prose is written by hand.

Usage: ``write()``; ``fill(text, document)`` fills the spans ``<!-- bench:PART -->…<!-- /bench:PART -->``. Results that
others contributed lie in ``docs/bench/*.json`` and fill ``bench:contributed``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from course.files import write_text
from course.messages import CourseError, _
from course.paths import ROOT
from dev.bench import registry, results, tables

PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "docs" / "bench.json"
CONTRIBUTED = ROOT / "docs" / "bench"
GROWTH = ROOT / "docs" / "performance-growth.svg"
SPAN = re.compile(r"(<!-- bench:([a-z]+) -->\n).*?(<!-- /bench:\2 -->)", re.DOTALL)
NOT_MEASURED = "Not yet measured.\n"


def write() -> list[Path]:
    """Fill the page; what was written.

    Raises:
        CourseError: the page lacks the place for a part, or results are damaged.
    """
    document = results.read(RESULTS)
    written = [PAGE]
    write_text(PAGE, fill(PAGE.read_text(encoding="utf-8"), document, contributed()))
    growth = results.measured(document, "growth")
    if growth:
        registry.load("growth").draw(growth["figures"], GROWTH)
        written.append(GROWTH)
    return written


def contributed() -> dict[str, dict[str, Any]]:
    """Results of other machines, by the name of their file."""
    return {path.stem: results.read(path) for path in sorted(CONTRIBUTED.glob("*.json"))}


def fill(text: str, document: dict[str, Any], others: dict[str, dict[str, Any]] | None = None) -> str:
    """`text` with every span filled.

    Raises:
        CourseError: a part has no span.
    """
    there = {match[2] for match in SPAN.finditer(text)}
    missing = [name for name in registry.PARTS if name not in there]
    if missing:
        sentence = _("{path} has no place for {parts}: it needs “<!-- bench:NAME -->” and “<!-- /bench:NAME -->”.")
        raise CourseError(sentence.format(path="docs/performance.md", parts=", ".join(missing)))

    def filled(match: re.Match[str]) -> str:
        content = machines(others or {}) if match[2] == "contributed" else section(match[2], document)
        return f"{match[1]}{content}{match[3]}"

    return SPAN.sub(filled, text)


def section(name: str, document: dict[str, Any]) -> str:
    """Heading, figures and conditions of one part."""
    module, record = registry.load(name), document["parts"].get(name)
    head = f"### {module.TITLE} (`{name}`)\n\n"
    if record is None:
        return head + NOT_MEASURED
    try:
        text = head + (module.markdown(record, document).rstrip("\n") + "\n" if record["figures"] else "")
    except (KeyError, TypeError, AttributeError, ValueError):
        return f"{head}These figures are of another version of the bench; measure this part again.\n"
    if record["status"] == results.FAILED:
        text += f"\nThis part failed: {record['reason']}\n"
    if record["status"] == results.INTERRUPTED:
        text += "\nThis part was cut short.\n"
    if record["quick"]:
        text += "\nMeasured with `--quick`: these figures mean nothing.\n"
    return f"{text}\n{tables.conditions(record)}\n"


def machines(others: dict[str, dict[str, Any]]) -> str:
    """A row for each file of results from elsewhere."""
    rows = []
    for name, document in others.items():
        record = results.measured(document, "course")
        if record is None or record["quick"]:
            continue
        machine, lessons = record["machine"], record["figures"]["lessons"]
        seconds = sum(one["seconds"]["median"] for one in lessons.values())
        words = f"{machine.get('cores', '?')} cores ({machine.get('cpu', '?')}), {machine.get('gpu', 'no GPU')}"
        rows.append((name, words, str(len(lessons)), tables.figure(seconds), record["date"]))
    head = ["file", "machine", ">lessons", ">seconds together", "date"]
    return tables.table(head, rows) or "None so far.\n"
