"""Where things stand in a checkout: lessons, data, models.

Standard library only: set-up imports it before anything is installed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from course.messages import CourseError, _

ROOT = Path(__file__).resolve().parent.parent

LESSONS = (
    "01_mnist",
    "02_asl",
    "03_asl_cnn",
    "04a_asl_augmentation",
    "04b_asl_predictions",
    "05a_doggy_door",
    "05b_presidential_doggy_door",
    "06_nytimes_rnn",
    "07_assessment",
)
"""Ids of the nine lessons, in order; each is the stem of its notebook at the top of the checkout."""


def data_dir() -> Path:
    """Folder of the edition in use: ``COURSE_DATA``, a relative path counted from the root of the checkout."""
    return ROOT / os.environ.get("COURSE_DATA", "data")


def models_dir() -> Path:
    """Folder that lessons save to: ``COURSE_MODELS``, a relative path counted from the root of the checkout."""
    return ROOT / os.environ.get("COURSE_MODELS", "models")


def available_lessons() -> list[str]:
    """Ids of the lessons whose notebook is in this checkout, in order."""
    return [lesson for lesson in LESSONS if (ROOT / f"{lesson}.ipynb").is_file()]


def lesson_id(name: str) -> str:
    """Resolve what a person types for a lesson (``03``, ``03_asl_cnn``, a path to its notebook) to the lesson's id.

    Raises:
        CourseError: no lesson, or more than one, answers to `name`.
    """
    stem = re.sub(r"\.ipynb$", "", Path(name).name)  # Python 3.8 has no removesuffix
    matches = [lesson for lesson in LESSONS if stem in (lesson, lesson.split("_")[0], lesson.split("_")[0].lstrip("0"))]
    if len(matches) != 1:
        numbers = ", ".join(lesson.split("_")[0] for lesson in LESSONS)
        text = _("There is no lesson “{name}”; name one by its number ({numbers}) or by its notebook's name.")
        raise CourseError(text, name=name, numbers=numbers)
    return matches[0]
