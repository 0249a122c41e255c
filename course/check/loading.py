"""Loading what an earlier lesson saved, or saying in one sentence why that cannot be.

Usage::

    with check.loading(MODELS / "asl_model.keras", "04a_asl_augmentation") as path:
        model = keras.models.load_model(path)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.check.artifacts import needs
from course.messages import CourseError, _


@contextmanager
def loading(path: Path, lesson: str) -> Iterator[Path]:
    """Give `path`, an artifact that `lesson` saved; whatever the body cannot read becomes one sentence.

    Raises:
        CourseError: as :func:`needs`, or the body failed, as where another version or backend of Keras saved it.
    """
    path = needs(path, lesson)
    try:
        yield path
    except CourseError:
        raise
    except Exception as error:  # Keras, HDF5 and JSON each have errors of their own
        text = _(
            "{file} is whole, but cannot be read here ({reason}): another version or backend of Keras saved it;"
            " run {lesson}.ipynb again."
        )
        reason = type(error).__name__
        raise CourseError(text, file=path.name, lesson=lesson, reason=reason) from error
