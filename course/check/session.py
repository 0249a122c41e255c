"""What one running notebook knows: its edition, and the arrays that it keeps out of harm's way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from course.datasets import reading
from course.datasets.editions import edition_name
from course.paths import data_dir


@dataclass
class Session:
    """State of one kernel, that is of one notebook."""

    edition: str = ""
    kept: dict[str, object] = field(default_factory=dict)

    def edition_in_use(self) -> str:
        """Name of the edition that :func:`data` validated, else of the one that ``COURSE_DATA`` names."""
        return self.edition or edition_name(data_dir())


SESSION = Session()


def data(root: Path, set_name: str) -> None:
    """Check that the dataset `set_name` below `root` is there, readable and as a lesson expects it.

    Raises:
        CourseError: what is wrong and the command that fixes it; in a notebook this ends the cell without a traceback.
    """
    reading.validate(Path(root), set_name)
    SESSION.edition = edition_name(Path(root))
