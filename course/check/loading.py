"""Loading what an earlier lesson saved, or saying in one sentence why that cannot be.

Usage::

    with check.loading(MODELS / "asl_model.keras", "04a_asl_augmentation") as path:
        model = keras.models.load_model(path)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.check.artifacts import needs, saved
from course.check.session import SESSION
from course.messages import CourseError, _


@contextmanager
def loading(path: Path, lesson: str) -> Iterator[Path]:
    """Give `path`, an artifact that `lesson` saved; whatever the body cannot read becomes one sentence.

    Raises:
        CourseError: it is not there; it is not what `lesson` saved for the edition in use, because it is another
            file, was changed or cut off; or the body failed, as where another version of Keras saved it.
    """
    path = Path(path)
    values = {"file": path.name, "lesson": lesson, "edition": SESSION.edition_in_use()}
    if path.is_file() and not saved(path):
        text = _(
            "{file} is not what {lesson}.ipynb saved for the edition “{edition}”: it was made with other data or by"
            " another lesson, or it is damaged; run {lesson}.ipynb again."
        )
        raise CourseError(text.format(**values))
    needs(path, lesson)
    try:
        yield path
    except CourseError:
        raise
    except Exception as error:  # Keras, HDF5 and JSON each have errors of their own
        text = _(
            "{file} is whole, but cannot be read here ({reason}): another version of Keras saved it; run"
            " {lesson}.ipynb again."
        )
        raise CourseError(text.format(**values, reason=type(error).__name__)) from error
