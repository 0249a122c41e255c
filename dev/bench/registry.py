"""The parts of the bench, in the order in which they run.

A part is a module with ``TITLE``; ``measure(options, report)``, which keeps its figures in the report and raises
CourseError where a person can mend something; and ``markdown(record, document)``, its tables and what they say.
"""

from __future__ import annotations

import importlib
from types import ModuleType

PARTS = {
    "limit": "dev.bench.parts.limit",
    "import": "dev.bench.parts.first_step",
    "load": "dev.bench.parts.load",
    "augment": "dev.bench.parts.augment",
    "grade": "dev.bench.parts.grade",
    "original": "dev.bench.parts.original",
    "peer": "dev.bench.parts.peer",
    "course": "dev.bench.parts.lessons",
    "growth": "dev.bench.parts.growth",
}
"""Module of each part by its name: the quick ones first."""


def load(name: str) -> ModuleType:
    """The module of a part."""
    return importlib.import_module(PARTS[name])
