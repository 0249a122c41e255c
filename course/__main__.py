"""The one entry: ``python -m course COMMAND``; ``make COMMAND`` calls it.

The standard library is enough here, for any Python from 3.8 on: commands that need more enter the environment
themselves (:func:`course.environment.ensure_inside`).
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from dataclasses import dataclass
from importlib.util import find_spec

from course.messages import CourseError, _
from course.paths import ROOT


@dataclass(frozen=True)
class Command:
    """``add_arguments`` and ``main`` of `module`, or ``add_NAME_arguments`` and ``NAME`` where it has several."""

    name: str
    module: str
    group: str
    help: str
    needs: str = ""
    """Folder of the checkout that the learners' release leaves out."""


COMMANDS = (
    Command("lab", "lab", _("Learn"), _("set up, then open JupyterLab on the first lesson")),
    Command("serve", "serve", _("Learn"), _("a web page that reads letters with the model of lesson 04a")),
    Command("reset", "learner", _("Learn"), _("restore a lesson; yours is kept as ….mine.ipynb")),
    Command("update", "learner", _("Learn"), _("bring a new version; keep what you wrote")),
    Command("setup", "environment", _("Prepare"), _("make or mend the environment")),
    Command("doctor", "doctor", _("Prepare"), _("check this machine, a line for each requirement")),
    Command("wheelhouse", "tasks", _("Prepare"), _("fill a folder for machines without a network")),
    Command("data", "data", _("Prepare"), _("verify datasets, download them, import your own")),
    Command("clean", "tasks", _("Prepare"), _("remove what the course made, after asking")),
    Command("run", "run", _("Check"), _("execute lessons from top to bottom, never writing into them")),
    Command("grade", "grade", _("Check"), _("grade a hand-in of lesson 07, or a class's")),
    Command("certificate", "certificate", _("Check"), _("sign certificates, or verify one")),
    Command("test", "tasks", _("Check"), _("set up, then run the tests"), "tests"),
    Command("bench", "bench", _("Develop"), _("measure speed, and what else does the same"), "bench"),
    Command("site", "site", _("Develop"), _("build the course as pages to read"), "website"),
    Command("measure", "measure", _("Develop"), _("run a lesson with several seeds for its ranges"), "tests"),
    Command("fix", "notebooks", _("Develop"), _("make notebooks and sources canonical"), "tests"),
    Command("lock", "tasks", _("Develop"), _("resolve constraints.txt anew"), "tests"),
    Command("newest", "newest", _("Develop"), _("try the newest of every package"), "tests"),
    Command("release", "release", _("Develop"), _("pack the course for learners, without the solutions"), "tests"),
)


def available() -> dict[str, Command]:
    """The commands for which this checkout has what they need, by name."""
    here = (command for command in COMMANDS if find_spec(f"course.{command.module}"))
    return {command.name: command for command in here if (ROOT / command.needs).exists()}


def overview() -> str:
    """The list of commands that a person gets who names none."""
    commands = available().values()
    lines = [_("Fundamentals of Deep Learning: python -m course COMMAND (or: make COMMAND)")]
    for group in dict.fromkeys(command.group for command in commands):
        lines += ["", group, *(f"  {one.name:<11} {one.help}" for one in commands if one.group == group)]
    return "\n".join([*lines, "", _("python -m course COMMAND --help tells more.")])


def run(name: str, arguments: list[str]) -> int:
    """Run a command.

    Raises:
        CourseError: there is no such command, or it says what a person can mend.
    """
    if name in (command.name for command in COMMANDS if not (ROOT / command.needs).exists()):
        text = _("“{name}” is for those who change the course, in a clone of the repository; this is a release of it.")
        raise CourseError(text.format(name=name))
    if name not in available():
        near = difflib.get_close_matches(name, available(), cutoff=0.5) or ["--help"]
        text = _("There is no command “{name}”; try: python -m course {near}")
        raise CourseError(text.format(name=name, near=_(", or ").join(near)))
    command = available()[name]
    module = importlib.import_module(f"course.{command.module}")
    several = hasattr(module, f"add_{name}_arguments")
    parser = argparse.ArgumentParser(prog=f"python -m course {name}", description=command.help, allow_abbrev=False)
    getattr(module, f"add_{name}_arguments" if several else "add_arguments")(parser)
    if name == "test":  # what it does not know is pytest's
        args, rest = parser.parse_known_args(arguments)
        args.rest = rest
    else:
        args = parser.parse_args(arguments)
    return getattr(module, name if several else "main")(args) or 0


def main(arguments: list[str]) -> int:
    """Run what the command line says. Returns the exit code: 2 where a person has something to mend."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a letter shows a question mark
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    try:
        return run(arguments[0], arguments[1:])
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
