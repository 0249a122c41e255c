"""Which edition of the data a folder holds, and what its manifest promises.

Usage: ``edition_name(data_dir())``. Standard library only.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from course.files import shown
from course.messages import CourseError, _
from course.paths import ROOT


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says; without one, a real edition of which nothing is promised.

    Attributes:
        files: SHA-256 (hexadecimal) and size in bytes by the file's path, relative to the edition and with ``/``.
        sets: counts by set and split, as in ``{"mnist": {"train": 60000, "test": 10000}}``.
    """

    edition: str = "real"
    version: str = ""
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    sets: dict[str, dict[str, int]] = field(default_factory=dict)


def manifest(root: Path) -> Manifest:
    """Read the manifest of the edition in `root`.

    Raises:
        CourseError: there is one, but it cannot be read or is not as :class:`Manifest` describes.
    """
    path = Path(root) / "manifest.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        read = Manifest(
            edition=content["edition"],
            version=content["version"],
            files={name: (entry["sha256"], entry["bytes"]) for name, entry in content["files"].items()},
            sets=content["sets"],
        )
        if not (isinstance(read.edition, str) and read.edition and isinstance(read.version, str)):
            raise ValueError("no edition or no version")
        if not all(isinstance(digest, str) and isinstance(size, int) for digest, size in read.files.values()):
            raise ValueError("no SHA-256 or no size")
        if not all(isinstance(count, int) for counts in read.sets.values() for count in counts.values()):
            raise ValueError("no number of examples")
        if any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in read.files):
            raise ValueError("a file outside the edition")
        if any(b"\0" in os.fsencode(name) for name in read.files):  # raises ValueError for half a character
            raise ValueError("a name that no file can have")
        return read
    except (FileNotFoundError, NotADirectoryError):
        return Manifest()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CourseError(
            _("{path} is damaged or cannot be read; {mend}.").format(path=shown(path), mend=how_to_restore(path))
        ) from error


def edition_name(root: Path) -> str:
    """Name of the edition in `root`: its manifest's, or ``real`` where it has none. Raises as :func:`manifest`."""
    return manifest(root).edition


def how_to_restore(path: Path) -> str:
    """How to get back a file that came with the course, as a clause of a sentence."""
    if (ROOT / ".git").exists() and not Path(shown(path)).is_absolute():
        return _("restore it with `git checkout -- {path}`").format(path=quoted(path))
    return _("copy it again from where you got the course")


def quoted(path: Path) -> str:
    """Name `path` for a command line: as :func:`course.files.shown`, in quotation marks where it has a space."""
    return f'"{shown(path)}"' if " " in shown(path) else shown(path)
