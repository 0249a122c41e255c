"""A private exam: 300 pictures of fruit that no learner has, from a seed that only the instructor knows.

Usage: ``make_exam(7, Path("exam"))``, or ``make exam SEED=7 OUT=exam``. The same seed gives the same
pictures, and a run that was stopped goes on.
"""

from __future__ import annotations

import json
from pathlib import Path

from course.files import shown, write_json
from course.messages import CourseError, _
from dev.studio.fruit import dataset, plan

RECORD = ".fruit-exam.json"
"""Marks a folder as an exam's, with its seed."""


def make_exam(seed: int, folder: Path, part: tuple[int, int] = (1, 1), minutes: float = 0) -> int:
    """Make the exam of `seed` in `folder`, or go on with it; see :func:`dataset.make`.

    Raises:
        CourseError: the folder holds something else, or Blender's Python module is missing.
    """
    claim(seed, folder)
    return dataset.make(plan.exam(seed), folder, part, minutes)


def claim(seed: int, folder: Path) -> None:
    """Mark an empty or new `folder` as the exam of `seed`.

    Raises:
        CourseError: `folder` is a file, or holds another exam or anything else.
    """
    if folder.exists() and not folder.is_dir():
        raise CourseError(_("{path} is a file; name a folder for the exam with OUT=…").format(path=shown(folder)))
    record = folder / RECORD
    if record.is_file():
        if _seed_of(record) != seed:
            sentence = _("{path} holds the exam of another seed; name another folder with OUT=…")
            raise CourseError(sentence.format(path=shown(folder)))
        return
    if folder.is_dir() and any(folder.iterdir()):
        sentence = _("{path} is not empty and holds no exam; name a new folder with OUT=…")
        raise CourseError(sentence.format(path=shown(folder)))
    write_json(record, {"seed": seed, "version": plan.VERSION})


def _seed_of(record: Path) -> int | None:
    """The seed in a record of this version of the generator; None where there is no such."""
    try:
        entry = json.loads(record.read_text(encoding="utf-8"))
        return entry["seed"] if entry["version"] == plan.VERSION else None
    except (ValueError, TypeError, KeyError):
        return None
