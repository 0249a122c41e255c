"""The state of one running notebook: the edition of its data, and the arrays that it keeps unchanged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from course.check import moved_files
from course.datasets import reading
from course.datasets.editions import edition_name, manifest
from course.messages import CourseError, _
from course.paths import data_dir

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Session:
    """State of one kernel, that is of one notebook.

    Attributes:
        edition: name of the edition that :func:`data` validated.
        root: its folder.
        sets: version of each set that :func:`data` validated, by name: what this notebook's results come from.
        kept: arrays by name.
    """

    edition: str = ""
    root: Path | None = None
    sets: dict[str, str] = field(default_factory=dict)
    kept: dict[str, object] = field(default_factory=dict)

    def edition_in_use(self) -> str:
        """Name of the edition that :func:`data` validated, else of the one that ``COURSE_DATA`` names."""
        return self.edition or edition_name(data_dir())

    def version_in_use(self, set_name: str) -> str:
        """Version of a set of the edition in use."""
        return manifest(self.root or data_dir()).version_of(set_name)


SESSION = Session()


def data(root: Path, set_name: str) -> None:
    """Check that the dataset `set_name` below `root` is there, readable and as a lesson expects it.

    Raises:
        CourseError: what is wrong and the command that fixes it; in a notebook this ends the cell without a traceback.
    """
    reading.validate(Path(root), set_name)
    SESSION.edition, SESSION.root = edition_name(Path(root)), Path(root)
    SESSION.sets[set_name] = SESSION.version_in_use(set_name)
    moved_files.explain()


def column(table: pd.DataFrame, *names: str) -> str:
    """The first of `names` that is a column of `table`: editions may call the same thing otherwise, or lack it.

    Raises:
        CourseError: there is none of them.
    """
    found = [name for name in names if name in table]
    if not found:
        text = _("This notebook needs a column {names}, and the edition “{edition}” has none.")
        raise CourseError(text, names=_(", or ").join(names), edition=SESSION.edition_in_use())
    return found[0]
