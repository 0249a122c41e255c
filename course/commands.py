"""What ``python -m course`` and ``python -m dev`` share: a table of commands, its overview, and running one.

Usage: ``sys.exit(main(sys.argv[1:], Entry("python -m course", title, commands)))``. Standard library only, any Python
from 3.8 on: commands that need more enter the environment themselves (:func:`course.environment.setup.ensure_inside`).
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from course import __version__
from course.files import printable_lines
from course.messages import CourseError, _


@dataclass(frozen=True)
class Command:
    """``add_arguments`` and ``main`` of `module`; ``add_NAME_arguments`` and ``NAME`` if it has several commands."""

    name: str
    module: str
    group: str
    help: str


@dataclass(frozen=True)
class Entry:
    """A command line: how it is started, what heads its overview, its commands.

    Attributes:
        program: what a person types, such as ``python -m course``.
        title: the overview's first line.
        commands: what it knows, in the overview's order.
        elsewhere: for commands that live elsewhere, the sentence that says where.
        passing_on: commands that get arguments unknown to their parser as ``args.rest``.
    """

    program: str
    title: str
    commands: tuple[Command, ...]
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    passing_on: tuple[str, ...] = ()


def overview(entry: Entry) -> str:
    """The list of commands, shown to a person who names none."""
    lines = [entry.title]
    for group in dict.fromkeys(command.group for command in entry.commands):
        lines += ["", group, *(f"  {one.name:<11} {one.help}" for one in entry.commands if one.group == group)]
    return "\n".join([*lines, "", _("{program} COMMAND --help tells more.").format(program=entry.program)])


def run(entry: Entry, name: str, arguments: list[str]) -> int:
    """Run a command.

    Raises:
        CourseError: there is no such command, or it says what a person can fix.
    """
    commands = {command.name: command for command in entry.commands}
    if name in entry.elsewhere:
        raise CourseError(entry.elsewhere[name])
    if name not in commands:
        near = difflib.get_close_matches(name, commands, cutoff=0.5) or ["--help"]
        text = _("There is no command “{name}”; try: {program} {near}")
        raise CourseError(text, name=name, program=entry.program, near=_(", or ").join(near))
    module = importlib.import_module(commands[name].module)
    several = hasattr(module, f"add_{name}_arguments")
    parser = argparse.ArgumentParser(
        prog=f"{entry.program} {name}", description=commands[name].help, allow_abbrev=False
    )
    getattr(module, f"add_{name}_arguments" if several else "add_arguments")(parser)
    if name in entry.passing_on:
        args, rest = parser.parse_known_args(arguments)
        args.rest = rest
    else:
        args = parser.parse_args(arguments)
    return getattr(module, name if several else "main")(args) or 0


def main(arguments: list[str], entry: Entry) -> int:
    """Run what the command line says. Returns the exit code: 2 where a person has something to fix."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a letter shows a question mark
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview(entry))
        return 0
    if arguments[0] == "--version":
        print(f"Fundamentals of Deep Learning {__version__}")
        return 0
    try:
        return run(entry, arguments[0], arguments[1:])
    except CourseError as error:
        print(printable_lines(str(error)), file=sys.stderr)  # it may quote a name from elsewhere
        return 2
    except KeyboardInterrupt:
        return 130
