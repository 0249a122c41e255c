"""Are the wheels in a folder those that the lock was made with? ``constraints-hashes.txt`` knows each by its SHA-256.

Usage: ``hashes.verify(Path("wheelhouse"))``. Standard library only. `python -m dev lock` writes the file; pip itself
cannot use it, since it takes hashes only where every requirement names one version.
"""

from __future__ import annotations

import re
from pathlib import Path

from course.environment.system import normal
from course.files import sha256, shown
from course.messages import CourseError, _
from course.paths import ROOT

NAME = "constraints-hashes.txt"


def known(text: str) -> dict[str, set[str]]:
    """SHA-256 of every file of a package, in hexadecimal, by the package's normalized name; `text` is the file's."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines():
        if match := re.match(r"([\w.-]+)==", line):
            name = normal(match[1])
        for digest in re.findall(r"--hash=sha256:([0-9a-f]{64})", line):
            found.setdefault(name, set()).add(digest)
    return found


def verify(folder: Path) -> None:
    """Compare each wheel in `folder` of a package that the lock has; nothing if the checkout has no such file.

    Raises:
        CourseError: a wheel is another file, or cannot be read; installing it would run somebody's unknown code.
    """
    if not (ROOT / "course" / "environment" / NAME).is_file():
        return
    digests = known((ROOT / "course" / "environment" / NAME).read_text("utf-8"))
    for wheel in sorted(Path(folder).glob("*.whl")):
        wanted = digests.get(normal(wheel.name.split("-")[0]))
        if wanted is None:  # no package of the course's: nothing asks for it
            continue
        try:
            same = sha256(wheel) in wanted
        except OSError as error:
            text = _("{path} cannot be read ({reason}); fill the folder again with `make wheelhouse`.")
            raise CourseError(text, path=shown(wheel), reason=error.strerror) from error
        if not same:
            text = _("{path} is not the file that {lock} names; remove it and fill the folder with `make wheelhouse`.")
            raise CourseError(text, path=shown(wheel), lock=NAME)
