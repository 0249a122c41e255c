"""``python -m course data …`` in the tests' own process: ``run("verify", "--edition", folder)``; and how it refuses."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from course.datasets import command
from course.messages import CourseError


def run(*words: object) -> int:
    """Run the command that `words` make; its exit code."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.main(parser.parse_args([str(word) for word in words]))


def sentence_of(function: Callable[..., object], *arguments: object) -> str:
    """The one sentence with which `function` refuses `arguments`."""
    with pytest.raises(CourseError) as caught:
        function(*arguments)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


def refused(*words: object) -> str:
    """The one sentence with which a command is refused."""
    return sentence_of(run, *words)
