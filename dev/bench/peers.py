"""PyTorch: whether it is here to compare with. Usage: ``need_torch()``; standard library only."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from course.files import shown
from course.messages import CourseError, _


def have_torch() -> bool:
    """Whether PyTorch can be imported."""
    return find_spec("torch") is not None


def need_torch() -> None:
    """Raise CourseError, which says how to install it, where PyTorch is not here."""
    if not have_torch():
        text = _(
            "PyTorch, which is compared with, is not here: "
            "{python} -m pip install -r course/environment/requirements-bench.txt"
        )
        raise CourseError(text.format(python=shown(Path(sys.executable))))


def note(figures: dict[str, Any]) -> str:
    """What a table without PyTorch says of it; empty where it was there."""
    return "\nPyTorch was not installed.\n" if figures.get("without_torch") else ""
