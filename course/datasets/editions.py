"""Which edition of the data a folder holds, and what its manifest promises.

Usage: ``edition_name(data_dir())``, ``manifest(data_dir()).version_of("mnist")``. Standard library only.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from course.files import locked, shown, write_json
from course.messages import CourseError, _
from course.paths import ROOT

SCRATCH = ".import-"
"""Prefix of the folder in which an import is prepared."""
BEFORE = "before"
"""Folder in it where the old set waits for the new one to be in its place."""


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says; without one, a real edition of which nothing is promised.

    Attributes:
        files: SHA-256 (hexadecimal) and size in bytes by the file's path, relative to the edition and with ``/``.
        sets: counts by set and split, as in ``{"mnist": {"train": 60000, "test": 10000}}``.
        versions: version of each set that has one; the file has it among the counts.
    """

    edition: str = "real"
    version: str = ""
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    sets: dict[str, dict[str, int]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def version_of(self, set_name: str) -> str:
        """Version of a set: 1.0 where none is named, as in the first edition and in imported sets."""
        return self.versions.get(set_name, "1.0")


def manifest(root: Path) -> Manifest:
    """Read the manifest of the edition in `root`.

    Raises:
        CourseError: there is one, but it cannot be read or is not as :class:`Manifest` describes.
    """
    path = Path(root) / "manifest.json"
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Manifest()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        sentence = _("{path} is damaged or cannot be read; {fix}.")
        raise CourseError(sentence, path=shown(path), fix=how_to_restore(path)) from error


@lru_cache(maxsize=4)  # a lesson's first cells ask five times, and thousands of files are listed
def _parsed(text: str) -> Manifest:
    """The manifest that `text` holds. Raises ValueError, KeyError, TypeError, AttributeError or RecursionError."""
    content = json.loads(text)
    versions = {name: entry.pop("version") for name, entry in content["sets"].items() if "version" in entry}
    read = Manifest(
        edition=content["edition"],
        version=content["version"],
        files={name: (entry["sha256"], entry["bytes"]) for name, entry in content["files"].items()},
        sets=content["sets"],
        versions=versions,
    )
    if not read.edition or {*map(type, (read.edition, read.version, *versions.values()))} != {str}:
        raise ValueError("no edition or no version")
    if not all(isinstance(digest, str) and isinstance(size, int) for digest, size in read.files.values()):
        raise ValueError("no SHA-256 or no size")
    if not all(isinstance(count, int) for counts in read.sets.values() for count in counts.values()):
        raise ValueError("no number of examples")
    splits = (split for counts in read.sets.values() for split in counts)
    if not all(map(str.isprintable, (read.edition, read.version, *read.sets, *versions.values(), *splits))):
        raise ValueError("a name that cannot be shown")
    if any(name.startswith("/") or ".." in name.split("/") for name in read.files):
        raise ValueError("a file outside the edition")
    if any(b"\0" in os.fsencode(name) for name in read.files):  # raises ValueError for a surrogate
        raise ValueError("a name that no file can have")
    return read


def write_manifest(root: Path, manifest: Manifest) -> None:
    """Write the manifest of the edition in `root`. Raises CourseError if it cannot be written."""
    files = {name: {"sha256": digest, "bytes": size} for name, (digest, size) in manifest.files.items()}
    versions = {name: {"version": manifest.versions[name]} for name in manifest.sets if name in manifest.versions}
    sets = {name: versions.get(name, {}) | counts for name, counts in manifest.sets.items()}
    content = {"edition": manifest.edition, "version": manifest.version, "files": files, "sets": sets}
    write_json(root / "manifest.json", content)


def put_back(root: Path) -> None:
    """Put the sets back that an import had taken out of the way in `root` when it was killed."""
    if any(root.glob(f"{SCRATCH}*/{BEFORE}/*")):
        with locked(root), suppress(OSError):  # an import that is still at work holds the lock
            for old in root.glob(f"{SCRATCH}*/{BEFORE}/*"):
                if not (root / old.name).exists():
                    os.replace(old, root / old.name)


def edition_name(root: Path) -> str:
    """Name of the edition in `root`: its manifest's, or ``real`` where it has none. Raises as :func:`manifest`."""
    return manifest(root).edition


def how_to_restore(path: Path) -> str:
    """How to get back a file that came with the course, as a clause of a sentence."""
    if (ROOT / ".git").exists() and not Path(shown(path)).is_absolute():
        return _("restore it with `git checkout -- {path}`").format(path=quoted(path))
    return _("copy it again from where you got the course")


def quoted(path: Path) -> str:
    """Name `path` for a command line: as :func:`course.files.shown`, in quotation marks if it contains a space."""
    return f'"{shown(path)}"' if " " in shown(path) else shown(path)
