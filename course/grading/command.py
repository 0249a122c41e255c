"""``python -m course grade``: judge a hand-in of lesson 07, or a class of them; the work is in `course/grading/`.

Exit codes: for a file 0 passed, 1 below the threshold, 2 refused or broken; for a folder 0 when all were processed.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from course.environment import setup
from course.messages import CourseError, _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``grade``."""
    parser.add_argument("path", type=Path, metavar="FILE", help=_("a hand-in, a .tflite, or a folder with a class's"))
    parser.add_argument("--test-set", type=Path, metavar="DIR", help=_("test pictures; else those of the edition"))
    parser.add_argument("--json", type=Path, metavar="FILE", help=_("write the verdict as JSON"))
    parser.add_argument("--html", type=Path, metavar="FILE", help=_("write the report as a page"))
    parser.add_argument("--out", type=Path, metavar="DIR", default=Path("grades"), help=_("a class's results"))
    parser.add_argument("--jobs", type=int, help=_("hand-ins at once (else as many as there are processors)"))
    parser.add_argument("--scheduler", metavar="ADDRESS", help=_("have a Dask cluster run a class's networks"))
    parser.add_argument("--seconds", type=int, default=50, help=_("of computing for one hand-in (%(default)s)"))
    parser.add_argument("--solution", type=Path, metavar="FILE", help=_("the published solution's hand-in, to compare"))
    parser.add_argument("--trust", action="store_true", help=_("grade a class where nothing isolates the hand-ins"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course grade``."""
    if (args.jobs is not None and args.jobs < 1) or args.seconds < 1:
        raise CourseError(_("--jobs and --seconds have to be at least 1."))
    setup.ensure_inside(None, ("tensorflow", "rich", "jinja2"))
    from course.grading import judging

    if not os.path.lexists(args.path):
        raise CourseError(_("{path} does not exist; name a hand-in or a folder.").format(path=args.path))
    if args.path.is_dir() and not (args.path / "saved_model.pb").exists():
        rest = (args.out, args.jobs, args.seconds, args.trust, args.solution, args.json, args.scheduler)
        return judging.many(args.path, args.test_set, *rest)
    if args.scheduler:
        raise CourseError(_("--scheduler is for a class: name a folder with its hand-ins."))
    return judging.one(args.path, args.test_set, args.json, args.html, args.seconds)
