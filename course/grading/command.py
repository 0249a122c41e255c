"""``python -m course grade``: judge a submission of lesson 07, or a class of them.

Only the arguments are here, since this is read before anything is installed; `judging` does the work. Exit codes: for a
file 0 passed, 1 below the threshold, 2 refused or broken; for a folder 0 when all were processed.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from course.environment import setup
from course.grading import SECONDS
from course.messages import CourseError, _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``grade``."""
    parser.add_argument(
        "path", type=Path, metavar="FILE", help=_("a submission, a .tflite, or a folder with a class's")
    )
    parser.add_argument("--test-set", type=Path, metavar="DIR", help=_("test images; else those of the edition"))
    parser.add_argument("--json", type=Path, metavar="FILE", help=_("write the verdict as JSON"))
    parser.add_argument("--html", type=Path, metavar="FILE", help=_("write the report as a page"))
    parser.add_argument("--out", type=Path, metavar="DIR", default=Path("grades"), help=_("a class's results"))
    parser.add_argument("--jobs", type=int, help=_("submissions at once (else as many as there are processors)"))
    parser.add_argument("--scheduler", metavar="ADDRESS", help=_("have a Dask cluster run a class's networks"))
    parser.add_argument("--seconds", type=int, default=SECONDS, help=_("of computing for one submission (%(default)s)"))
    parser.add_argument("--solution", type=Path, metavar="FILE", help=_("a submission of the published solution"))
    parser.add_argument("--trust", action="store_true", help=_("grade a class where nothing isolates the networks"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course grade``."""
    if (args.jobs is not None and args.jobs < 1) or args.seconds < 1:
        raise CourseError(_("--jobs and --seconds have to be at least 1."))
    setup.ensure_inside(None, ("tensorflow", "rich", "jinja2"))
    from course.grading import judging

    if not os.path.lexists(args.path):
        raise CourseError(_("{path} does not exist; name a submission or a folder.").format(path=args.path))
    options = judging.Options(**{name: value for name, value in vars(args).items() if name != "path"})
    if args.path.is_dir():
        return judging.many(args.path, options)
    if args.scheduler:
        raise CourseError(_("--scheduler is for a class: name a folder with its submissions."))
    return judging.one(args.path, options)
