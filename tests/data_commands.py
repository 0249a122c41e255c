"""``python -m course data …`` in the tests' own process: ``run("verify", "--edition", folder)``."""

from __future__ import annotations

import argparse

import pytest

from course.datasets import command
from course.messages import CourseError


def run(*words: object) -> int:
    """Run the command that `words` make; its exit code."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.main(parser.parse_args([str(word) for word in words]))


def refused(*words: object) -> str:
    """Run a command that has to be refused; the one sentence that it is refused with."""
    with pytest.raises(CourseError) as caught:
        run(*words)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence
