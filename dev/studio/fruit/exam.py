"""A private exam: 300 images of the shop and 300 of the belt, from a secret that is drawn anew for each exam.

Usage: ``make_exam(Path("exam"))``, or ``make exam OUT=exam``. The secret is kept in one file of the folder, so that a
run that was stopped goes on, and in no other: neither an image nor the name of its file tells anything of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from course.files import replacing, shown
from course.messages import CourseError
from dev.studio.fruit import dataset, plan

RECORD = "exam-secret.json"
"""The file with the secret, beside the folders of the classes."""
WHAT = (
    "The secret of a private exam for lesson 07 of Fundamentals of Deep Learning. Whoever has it can make every image"
    " of the exam and its label: keep it, and this folder, to yourself."
)


@dataclass(frozen=True)
class ExamPicture(plan.Picture):
    """An image of an exam, whose file has a name of its own: not even a guessed seed could be checked against it."""

    name: str

    @property
    def path(self) -> PurePosixPath:
        """Its file, below the folder of the exam."""
        return PurePosixPath(self.folder, f"{self.name}.jpg")


def make_exam(folder: Path, part: tuple[int, int] = (1, 1), minutes: float = 0) -> int:
    """Make an exam in `folder`, or go on with it; see :func:`dataset.make`.

    Raises:
        CourseError: the folder holds something else, or Blender's Python module is missing.
    """
    return dataset.make(pictures(*claim(folder)), folder, part, minutes)


def pictures(seed: str, names: str) -> list[ExamPicture]:
    """The images of the exam with these two secrets: of the first is what they show, of the second their names."""
    return [
        ExamPicture(**vars(one), name=hashlib.sha256(f"{names} {one.folder} {one.number}".encode()).hexdigest()[:16])
        for one in plan.exam(seed)
    ]


def claim(folder: Path) -> tuple[str, str]:
    """The two secrets of the exam in `folder`, 128 bits each: those that it has, or new ones if it is empty or new.

    Raises:
        CourseError: `folder` is a file, or holds anything else.
    """
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{shown(folder)} is a file; name a folder for the exam with OUT=…")
    record = folder / RECORD
    if record.is_file():
        return _secrets_in(record)
    if folder.is_dir() and any(folder.iterdir()):
        raise CourseError(f"{shown(folder)} is not empty and holds no exam; name a new folder with OUT=…")
    drawn = secrets.token_hex(16), secrets.token_hex(16)
    with replacing(record) as temporary:
        temporary.chmod(0o600)
        content = {"what": WHAT, "images": drawn[0], "names": drawn[1], "version": plan.VERSION}
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return drawn


def _secrets_in(record: Path) -> tuple[str, str]:
    """What the file of an exam holds. Raises CourseError where another version of the generator wrote it, or nobody."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        found = content["images"], content["names"]
        if content["version"] == plan.VERSION and all(re.fullmatch("[0-9a-f]{32}", secret) for secret in found):
            return found
    except (ValueError, TypeError, KeyError):
        pass
    raise CourseError(f"{shown(record)} is damaged or of another version; name another folder with OUT=…")
