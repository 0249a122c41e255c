"""``python -m dev newest``: does the course work with the newest of everything? An early warning, not a lock.

Usage: ``python -m dev newest``, ``python -m dev newest --tests -k saving``. It makes an environment of its own in
a temporary folder, with what requirements.txt and requirements-dev.txt allow and no constraints, says what is newer
there than in constraints.txt, runs the lessons (or, with ``--tests``, pytest), and removes it. Needs a network.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from course.environment import interpreter
from course.environment.interpreter import python_of, with_checkout
from course.environment.setup import place
from course.environment.system import normal
from course.messages import CourseError, _
from course.paths import ROOT

_PINNED = re.compile(r"([\w.-]+)==(\S+)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``newest``."""
    parser.add_argument("--python", metavar="PROGRAM", help=_("the Python to try (default: the one that set-up takes)"))
    parser.add_argument("--keep", metavar="DIR", type=Path, help=_("make the environment there and keep it"))
    parser.add_argument("--tests", nargs=argparse.REMAINDER, help=_("run pytest with what follows, not the lessons"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m dev newest``; the exit code is that of the lessons or the tests.

    Raises:
        CourseError: the environment cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="course-newest-") as scratch:
        folder = (args.keep or Path(scratch) / "newest").resolve()
        python = _make(folder, args.python or interpreter.choose().executable)
        for line in newer(_installed(python), (ROOT / place("constraints.txt")).read_text("utf-8")):
            print(line, flush=True)
        what = ["course", "run", "--strict"] if args.tests is None else ["pytest", *args.tests]
        return subprocess.run([str(python), "-m", *what], cwd=ROOT, env=_environ(scratch)).returncode


def _make(folder: Path, program: str) -> Path:
    python = python_of(folder)
    files = ("requirements.txt", "requirements-dev.txt", "requirements-extras.txt")
    wanted = [part for name in files for part in ("-r", place(name))]
    for command in (
        [program, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--upgrade", "--upgrade-strategy", "eager", *wanted],
    ):
        print(_("Running {command} …").format(command=" ".join(command[:4])), flush=True)
        try:
            done = subprocess.run(command, cwd=ROOT)
        except OSError as error:
            text = _("{program} cannot be started ({reason}); name another with --python.")
            raise CourseError(text.format(program=command[0], reason=error.strerror)) from error
        if done.returncode:
            raise CourseError(_("The newest packages cannot be installed together; pip says why, above."))
    return python


def _installed(python: Path) -> dict[str, str]:
    listed = subprocess.check_output([str(python), "-m", "pip", "list", "--format=json"], cwd=ROOT)
    return {normal(one["name"]): one["version"] for one in json.loads(listed)}


def newer(installed: dict[str, str], constraints: str) -> list[str]:
    """A line for each package whose version is none that `constraints`, the text of that file, has for any Python."""
    pinned: dict[str, list[str]] = {}
    for line in constraints.splitlines():
        if match := _PINNED.match(line):
            pinned.setdefault(normal(match[1]), []).append(match[2])
    return [
        _("{name}: {version}, tested with {pinned}").format(name=name, version=version, pinned=", ".join(pinned[name]))
        for name, version in sorted(installed.items())
        if name in pinned and version not in pinned[name]
    ]


def _environ(scratch: str) -> dict[str, str]:
    """Nothing that lessons save goes into the checkout."""
    return {**with_checkout(), "COURSE_MODELS": os.path.join(scratch, "models")}
