"""What the tests know of each lesson, a module each: its targets, answers to its exercises, what its prose claims.

The modules are imported in two places: by the tests, and by the kernel that runs a lesson, whose variables `in_use` and
the functions ``claims_…`` take as attributes of `nb`.

    TARGETS          by edition: metrics and the bounds that the course's design sets them
    RIGHT, WRONG     sources of exercise cells by cell id; right ones differ from the solution
    NEVER_ASSIGNED   exercise cells whose wrong answer fails before it assigns anything
    in_use(nb)       the values that the notebook went on with: OURS after blanks and wrong answers, else THEIRS
    claims_…(nb)     assertions that hold at the end of a full run
    built_…(nb)      of an extra: those that hold however little it is trained
"""

from __future__ import annotations

import traceback
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any


def facts(lesson: str) -> ModuleType:
    """The module of `lesson`, ``"03_asl_cnn"``."""
    return import_module(f"lesson_facts.lesson_{lesson.split('_')[0]}")


def in_use(lesson: str, names: dict[str, Any]) -> Any:
    """What a notebook with the globals `names` went on with."""
    return facts(lesson).in_use(SimpleNamespace(**names))


def untrue(lesson: str, names: dict[str, Any], kinds: tuple[str, ...] = ("built_", "claims_")) -> list[str]:
    """The claims of `lesson` that do not hold in a notebook with the globals `names`, each with the failing line."""
    found = []
    for name, claim in vars(facts(lesson)).items():
        if name.startswith(kinds):
            try:
                claim(SimpleNamespace(**names))
            except Exception as error:  # a claim about a name that is gone is untrue as well
                line = traceback.extract_tb(error.__traceback__)[1].line
                found.append(f"{name}: {line} {error!r}")
    return found
