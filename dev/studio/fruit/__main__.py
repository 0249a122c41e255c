"""Commands of the fruit studio; see the package's docstring."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from course.messages import CourseError
from dev.studio.fruit import dataset, exam, plan


def main(arguments: list[str] | None = None) -> int:
    """Run what `arguments` (default: the command line's) ask for."""
    parser = argparse.ArgumentParser(prog="python -m dev.studio.fruit", description=__doc__)
    parser.add_argument("command", nargs="?", default="set", choices=("set", "trial", "factors", "exam"))
    parser.add_argument("--out", type=Path, required=True, help="folder to make or to go on with")
    parser.add_argument("--per-class", type=int, default=30, help="trial: pictures of each class")
    parser.add_argument("--part", default="1/1", help="which of how many parts to make: 1/2 and 2/2 for two processes")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long; run it again to go on")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    number, parts = (int(word) for word in options.part.split("/"))
    if options.command == "exam":
        left = exam.make_exam(options.out, (number, parts), options.minutes)
    elif options.command == "factors":
        dataset.write_factors(options.out)
        left = 0
    else:
        pictures = plan.embedded() if options.command == "set" else plan.trial(options.per_class)
        left = dataset.make(pictures, options.out, (number, parts), options.minutes)
    print(f"{left} left" if left else "complete")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
