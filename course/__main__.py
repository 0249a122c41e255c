"""The one entry for learners and instructors: ``python -m course COMMAND``; ``make COMMAND`` calls it."""

from __future__ import annotations

import sys

from course import commands
from course.commands import Command, Entry
from course.messages import _
from course.paths import ROOT

COMMANDS = (
    Command("lab", "course.environment.lab", _("Learn"), _("set up, then open JupyterLab on the first lesson")),
    Command(
        "serve", "course.serving.command", _("Learn"), _("a web page that reads letters with the model of lesson 04a")
    ),
    Command("submit", "course.grading.submit", _("Learn"), _("make the submission of lesson 07 from a saved network")),
    Command("progress", "course.progress", _("Learn"), _("which lessons ran, which exercises are right, what is next")),
    Command("reset", "course.environment.update", _("Learn"), _("restore a lesson; yours is kept as ….mine.ipynb")),
    Command("update", "course.environment.update", _("Learn"), _("get the new version; keep what you wrote")),
    Command("setup", "course.environment.setup", _("Prepare"), _("make or fix the environment")),
    Command("doctor", "course.environment.doctor", _("Prepare"), _("check this machine, a line for each requirement")),
    Command(
        "wheelhouse", "course.environment.wheelhouse", _("Prepare"), _("fill a folder for machines without a network")
    ),
    Command("data", "course.datasets.command", _("Prepare"), _("verify datasets, download them, import your own")),
    Command("clean", "course.environment.clean", _("Prepare"), _("remove what the course made, after asking")),
    Command("run", "course.runner.run", _("Check"), _("execute lessons from top to bottom, never writing into them")),
    Command("grade", "course.grading.command", _("Check"), _("grade a submission of lesson 07, or a class's")),
    Command("certificate", "course.grading.certificates.command", _("Check"), _("sign certificates, or verify one")),
)
OF_MAKERS = ("test", "bench", "site", "measure", "fix", "lock", "release")
"""Commands of the first edition that only the makers of the course need; they are ``python -m dev …`` now."""


def entry() -> Entry:
    """The command line of the course in this checkout."""
    if (ROOT / "dev").is_dir():
        text = _("“{name}” is for those who change the course; it is now: python -m dev {name}")
    else:
        text = _("“{name}” is for those who change the course, in a clone of the repository; this is a release of it.")
    title = _("Fundamentals of Deep Learning: python -m course COMMAND (or: make COMMAND)")
    elsewhere = {name: text.format(name=name) for name in OF_MAKERS}
    return Entry("python -m course", title, COMMANDS, elsewhere)


def main(arguments: list[str]) -> int:
    """Run what the command line says; the exit code as :func:`course.commands.main` has it."""
    return commands.main(arguments, entry())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
