"""The parts of the bench, in the order in which they run.

A part is a module with ``TITLE``; ``measure(options, report)``, which keeps its figures in the report and raises
CourseError where a person can mend something; and ``markdown(record, document)``, its tables and what they say.
"""

from __future__ import annotations

import importlib
from types import ModuleType

PARTS = {
    "limit": "bench.parts.limit",
    "import": "bench.parts.first_step",
    "load": "bench.parts.load",
    "augment": "bench.parts.augment",
    "grade": "bench.parts.grade",
    "original": "bench.parts.original",
    "peer": "bench.parts.peer",
    "course": "bench.parts.lessons",
    "growth": "bench.parts.growth",
}
"""Module of each part by its name: the quick ones first."""


def load(name: str) -> ModuleType:
    """The module of a part."""
    return importlib.import_module(PARTS[name])
