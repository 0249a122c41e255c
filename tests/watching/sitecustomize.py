"""Write down what a lesson calls that its libraries will drop; Python imports this first where it lies on PYTHONPATH.

Usage: an environment with this folder in ``PYTHONPATH`` and a file's name in ``COURSE_TEST_WARNINGS``, which receives a
line of JSON for each: ``{"library", "message", "where"}``. What counts is a warning that says so, whatever its category
and whether it is shown or not, if the first caller outside the library is a notebook's cell or a module of the course.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from types import FrameType

LIBRARIES = ("keras", "tensorflow", "numpy", "pandas", "matplotlib")
CATEGORIES = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
COURSE = str(Path(__file__).resolve().parent.parent.parent / "course")


def watch(file: str) -> None:
    """From now on, append to `file`, which exists from now on."""
    Path(file).touch()
    warn, warn_explicit = warnings.warn, warnings.warn_explicit

    def note(message: object, category: object, frame: FrameType | None) -> None:
        kind = type(message) if isinstance(message, Warning) else category
        known = isinstance(kind, type) and issubclass(kind, CATEGORIES)
        if not known and "deprecat" not in str(message).lower():
            return
        library = _library(frame)
        while frame and _library(frame) == library:
            frame = frame.f_back
        where = frame.f_code.co_filename if frame else ""
        if library in LIBRARIES and ("ipykernel_" in where or where.startswith(COURSE)):
            line = {"library": library, "message": str(message), "where": f"{where}:{frame.f_lineno}"}
            with open(file, "a", encoding="utf-8") as lines:
                lines.write(json.dumps(line) + "\n")

    def warned(message, category=None, stacklevel=1, *arguments, **options):
        note(message, category, sys._getframe(1))
        return warn(message, category, stacklevel + 1, *arguments, **options)

    def warned_explicitly(message, category, *arguments, **options):
        note(message, category, sys._getframe(1))
        return warn_explicit(message, category, *arguments, **options)

    class Noted(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            frame = sys._getframe(1)
            while frame and _library(frame) not in LIBRARIES:
                frame = frame.f_back
            note(record.getMessage(), None, frame)
            return True

    warnings.warn, warnings.warn_explicit = warned, warned_explicitly
    for name in ("tensorflow", "absl"):
        logging.getLogger(name).addFilter(Noted())


def _library(frame: FrameType | None) -> str:
    return frame.f_globals.get("__name__", "").split(".")[0] if frame else ""


if "COURSE_TEST_WARNINGS" in os.environ:
    watch(os.environ["COURSE_TEST_WARNINGS"])
