"""The one entry for the makers of the course: ``python -m dev COMMAND``; ``make COMMAND`` calls it."""

from __future__ import annotations

import sys

from course import commands
from course.commands import Command, Entry

COMMANDS = (
    Command("check", "dev.tasks", "Check", "under a minute: form, notebooks, and the tests without TensorFlow"),
    Command("test", "dev.tasks", "Check", "set up, then run the tests"),
    Command("fix", "dev.fix", "Check", "make notebooks and sources canonical"),
    Command("measure", "dev.measure", "Measure", "run a lesson with several seeds for its ranges"),
    Command("record", "dev.record", "Measure", "run the lessons and keep what they reach for README"),
    Command("bench", "dev.bench.command", "Measure", "measure speed, and what else does the same"),
    Command("lock", "dev.tasks", "Publish", "resolve constraints.txt anew"),
    Command("decks", "dev.decks.command", "Publish", "make the slides of lessons, for instructors"),
    Command("site", "dev.site.command", "Publish", "build the course as pages to read"),
    Command("release", "dev.release", "Publish", "pack the course for learners, without the solutions"),
)
TITLE = "For the makers of the course: python -m dev COMMAND"
ENTRY = Entry("python -m dev", TITLE, COMMANDS, passing_on=("check", "test"))


def main(arguments: list[str]) -> int:
    """Run what the command line says; the exit code as :func:`course.commands.main` has it."""
    return commands.main(arguments, ENTRY)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
