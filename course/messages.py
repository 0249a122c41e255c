"""Sentences for people: translation, and the one kind of error that a person can cause.

Usage: ``from course.messages import CourseError, _`` and ``raise CourseError(_("…"))``.
Standard library only: set-up imports it before anything is installed.
"""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path


def language() -> str:
    """Language of the messages: ``COURSE_LANG``, else ``ko`` in or below a checkout's ``ko``, else ``en``."""
    here = Path.cwd()  # ko/, ko/extras/, ko/dev/solutions/; the checkout itself may be called ko
    korean = any(one.name == "ko" and (one.parent / "course").is_dir() for one in (here, *here.parents))
    return os.environ.get("COURSE_LANG") or ("ko" if korean else "en")


@lru_cache(maxsize=None)
def _catalog(lang: str) -> gettext.NullTranslations:
    return gettext.translation("course", Path(__file__).parent / "locale", [lang], fallback=True)


def _(text: str) -> str:
    """Translate `text`, the English sentence, into the learner's language; fill placeholders afterwards."""
    return _catalog(language()).gettext(text)


class CourseError(Exception):
    """Something a person can fix. Its text is one sentence: what is wrong, where, and the command that fixes it.

    On the command line it is printed alone and the exit code is 2. In a notebook it ends the cell and Run All, and
    IPython shows the sentence in place of a traceback.

    Args:
        text: the sentence.
        values: for its placeholders; without any, `text` is taken as it is.
    """

    def __init__(self, text: str = "", **values: object) -> None:
        super().__init__(text.format(**values) if values else text)

    def _render_traceback_(self) -> list[str]:  # the hook IPython asks before it formats a traceback
        return [str(self)]


class NotAttempted(CourseError):
    """A notebook stopped at a blank that its learner has not filled yet: not a failure."""
