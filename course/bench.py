"""``python -m course bench``: how fast the course is, beside what it replaces; the work is in `bench/`."""

from __future__ import annotations

import argparse

from course import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``bench``."""
    from bench import command

    command.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course bench`` in the course's environment."""
    environment.ensure_inside(None, ("tensorflow", "nbclient", "psutil", "rich"))
    from bench import command

    return command.main(args)
