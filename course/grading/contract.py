"""What a submission has to be: the numbers and names that the learner's side and the instructor's side share."""

from __future__ import annotations

import re
import unicodedata

from course.datasets.image_sets import FRUITS
from course.messages import _

CLASSES = tuple(sorted(FRUITS))
"""The six classes in the alphabetical order of their folders: the order of the network's outputs."""
SIDE = 224
"""Height and width of an image, in pixels; its values are RGB from 0 to 255."""
THRESHOLD = 0.92
"""Share of right answers that passes."""
FORMAT = 2
"""Of ``submission.json``. The first edition's has none, which stands for 1: it holds no log, and needs none."""
ROUNDS = 3
"""Rounds that the log of a submission of format 2 holds at least."""
ROTTEN_SHARE, SOLD_ROTTEN, THROWN_FRESH = 0.05, 5.0, 0.4
"""On the belt: the share of rotten fruit, what one in a customer's basket costs, and a fresh one thrown away."""
FEWEST = 20
"""Images of each class that a class of learners has to be graded on: fewer leave too much to chance."""

MODEL, NOTEBOOK, RECORD = "model.tflite", "07_assessment.ipynb", "submission.json"
MEMBERS = {MODEL: 200 * 2**20, NOTEBOOK: 20 * 2**20, RECORD: 2**18}
"""Names of the members of a submission, each with the most bytes that it may have unpacked."""


def in_words(name: str) -> str:
    """A class's name for people: ``fresh apples``, which also breaks into two lines where room is short."""
    return name.replace("fresh", "fresh ").replace("rotten", "rotten ")


def slug(name: str) -> str:
    """`name` as a part of a file's name on any system: letters of any script, digits, - and _."""
    plain = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", name)).strip("-_")
    return plain[:60] or "learner"


class SubmissionError(Exception):
    """The submission itself is why it cannot be graded.

    Attributes:
        reason: a sentence: what is wrong, and what to do.
    """

    def __init__(self, problem: str, advice: str = "") -> None:
        advice = advice or _("submit the file that run_assessment(model) wrote, models/submission-<name>.zip, as it is")
        sentence = _("{problem}; {advice}.").format(problem=problem, advice=advice)
        self.reason = sentence[:1].upper() + sentence[1:]
        super().__init__(self.reason)
