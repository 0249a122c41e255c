"""A question with its answers, of which one is right: ``Question("…?", right("…", "why"), wrong("…", "why not"))``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One answer to choose: what it says, whether it is right, and a sentence why it is or is not."""

    text: str
    because: str
    is_right: bool


@dataclass(frozen=True, init=False)
class Question:
    """A question and its answers, in the order in which they are shown."""

    text: str
    answers: tuple[Answer, ...]

    def __init__(self, text: str, *answers: Answer) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "answers", answers)


def right(text: str, because: str) -> Answer:
    """The right answer."""
    return Answer(text, because, is_right=True)


def wrong(text: str, because: str) -> Answer:
    """A wrong answer, one that somebody may well believe."""
    return Answer(text, because, is_right=False)
