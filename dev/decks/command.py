"""``python -m dev decks``: make the slides of lessons as PowerPoint files that can be edited.

It is a command of `dev`, since it reads the instructors' guide and the recorded results, which learners' releases leave
out; and python-pptx is among the extras, which an instructor installs for certificates anyway.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from course.environment import setup
from course.files import shown
from course.messages import CourseError
from course.paths import LESSONS, ROOT, lesson_id

LANGUAGES = ("en", "ko")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``decks``."""
    add = parser.add_argument
    add("lessons", nargs="*", metavar="NN", help="lessons, such as 03 or 04a (default: all)")
    add("--lang", choices=LANGUAGES, default="en", help="language of the slides (en)")
    add("--out", type=Path, metavar="FOLDER", default=ROOT / "out" / "decks", help="where to (out/decks)")
    setup.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run ``python -m dev decks``.

    Raises:
        CourseError: there is no such lesson, `out` is a file or cannot be written, or python-pptx cannot be installed.
    """
    lessons = [lesson_id(name) for name in args.lessons] or LESSONS
    setup.ensure_inside(args, ("pptx", "PIL"), extras=True)
    from dev.decks import build

    if args.out.exists() and not args.out.is_dir():
        raise CourseError(f"{shown(args.out)} is a file; name a folder for the decks.")
    for lesson in lessons:
        path = args.out / f"{lesson}{'-ko' if args.lang == 'ko' else ''}.pptx"
        count = build.make(lesson, args.lang, path)
        print(f"{shown(path)}: {count} slides", flush=True)
    return 0
