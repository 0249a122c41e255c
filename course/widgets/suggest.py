"""A line to type a headline on, and how the learner's network would continue it.

Usage, as the last expression of a cell::

    widgets.SuggestWords(suggest, example="the school district has")

where ``suggest(text)`` returns the text with words appended, probabilities of next words by word, and the words of the
text that the network does not know. Without a front end, or without the package anywidget: ``.show(text)``.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course.messages import CourseError, _
from course.widgets.live import Live

MAX_TEXT = 300
"""Characters of a text that are used, from its end; a headline has about 60."""
MAX_WORD, MOST = 40, 3
"""How many characters of a word, and how many words, are shown."""

Suggest = Callable[[str], tuple[str, Mapping[str, float], Sequence[str]]]


@dataclass(frozen=True)
class Suggestion:
    """How a text may go on: the text with words appended, next words with probabilities, words that are not known."""

    longer: str
    words: tuple[tuple[str, float], ...]
    unknown: tuple[str, ...]


class SuggestWords(Live):
    """A text field with the next words below it.

    Args:
        suggest: takes a text and returns what the module's docstring describes.
        example: a text to begin with, and to show where no front end is.

    Raises:
        CourseError: `suggest` fails on the example.
    """

    name = "suggest"

    def __init__(self, suggest: Suggest, *, example: str) -> None:
        self._suggest = suggest
        recorded = self._as_html(example, _("A recorded example: a text, and how the network would go on."))
        super().__init__(recorded, _texts(), {"example": example, "most": MAX_TEXT, "words": MOST})

    def ask(self, text: str) -> Suggestion:
        """What the learner's function returns for `text`. Raises CourseError."""
        try:
            longer, words, unknown = self._suggest(text[-MAX_TEXT:])
            pairs = [(str(word)[:MAX_WORD], float(probability)) for word, probability in words.items()]
            if not all(0 <= probability <= 1.001 for _word, probability in pairs):
                raise ValueError(_("a probability is not between 0 and 1"))
        except CourseError:
            raise
        except Exception as error:  # the learner's own code: in a message handler nobody would see what it raised
            message = f"{type(error).__name__}: {error}"[:MAX_TEXT]
            raise CourseError(_("Your function failed on this text: {error}"), error=message) from error
        best = sorted(pairs, key=lambda pair: -pair[1])[:MOST]
        return Suggestion(str(longer)[: 2 * MAX_TEXT], tuple(best), tuple(str(word)[:MAX_WORD] for word in unknown))

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question with ``text``."""
        text = question.get("text")
        if not isinstance(text, str):
            raise ValueError("the text is a string")
        found = self.ask(text)
        return {"longer": found.longer, "words": found.words, "unknown": _unknown(found)}

    def show(self, text: str) -> None:
        """Show how `text` may go on. Raises CourseError."""
        from IPython.display import HTML, display

        display(HTML(self._as_html(text)))

    def _as_html(self, text: str, caption: str = "") -> str:
        found = self.ask(text)
        items = "".join(f"<li>{html.escape(word)} {probability:.0%}</li>" for word, probability in found.words)
        lines = [caption, found.longer, _unknown(found)]
        return "".join(f"<p>{html.escape(line)}</p>" for line in lines if line) + f"<ol>{items}</ol>"


def _unknown(found: Suggestion) -> str:
    return _("The network does not know: {words}.").format(words=", ".join(found.unknown)) if found.unknown else ""


def _texts() -> dict[str, str]:
    """What the front end says, in the learner's language."""
    return {
        "text": _("Your headline"),
        "bars": _("Next word (click to take it)"),
        "longer": _("It might go on"),
        "end": _("(end)"),
        "silent": _("No answer from the notebook yet: it is busy, or this cell has to be run again."),
    }
