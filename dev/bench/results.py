"""The file that the bench writes: ``{"format": 1, "parts": {part: record}}``.

A record is ``{"status": "measured" | "failed" | "interrupted", "reason", "date", "seconds", "runs", "quick", "edition",
"load", "machine", "versions", "figures"}``; what `figures` holds is the part's own affair. Usage: ``read(path)``,
``put(document, "load", record)``, ``save(path, document)``. Standard library only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from course.files import shown, write_json
from course.messages import CourseError, _

FORMAT = 1
MEASURED, FAILED, INTERRUPTED = "measured", "failed", "interrupted"
FIELDS: dict[str, type | tuple[type, ...]] = {
    "status": str,
    "reason": str,
    "date": str,
    "seconds": (int, float),
    "runs": int,
    "quick": bool,
    "edition": str,
    "load": (int, float, type(None)),
    "machine": dict,
    "versions": dict,
    "figures": dict,
}


def empty() -> dict[str, Any]:
    """A document without parts."""
    return {"format": FORMAT, "parts": {}}


def read(path: Path) -> dict[str, Any]:
    """The document in `path`; an empty one where there is no such file.

    Raises:
        CourseError: it is damaged or of another format.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return empty()
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, "JSON") from error
    fault = find_fault(document)
    if fault:
        raise _damaged(path, fault)
    return document


def _damaged(path: Path, fault: str) -> CourseError:
    text = _("{path} holds no results of the bench ({fault}); name another file with --json, or remove this one.")
    return CourseError(text.format(path=shown(path), fault=fault))


def find_fault(document: Any) -> str:
    """What is wrong with the form of a document, in a word or two; empty where nothing is."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return "format"
    if not isinstance(document.get("parts"), dict):
        return "parts"
    for name, record in document["parts"].items():
        for key, kind in FIELDS.items():
            if not isinstance(record, dict) or not isinstance(record.get(key, ...), kind):
                return f"{name}.{key}"
        if record["status"] not in (MEASURED, FAILED, INTERRUPTED):
            return f"{name}.status"
    return ""


def put(document: dict[str, Any], name: str, record: dict[str, Any]) -> None:
    """Put the record of a part into the document; one that was measured gives way to nothing less than another."""
    before = document["parts"].get(name)
    if record["status"] == MEASURED or before is None or before["status"] != MEASURED:
        document["parts"][name] = record


def save(path: Path, document: dict[str, Any]) -> None:
    """Write the document, whole or not at all. Raises CourseError where `path` cannot be written."""
    write_json(path, {**document, "parts": dict(sorted(document["parts"].items()))})


def measured(document: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The record of a part that was measured in full; None where there is none."""
    record = document["parts"].get(name)
    return record if record and record["status"] == MEASURED else None
