"""Lesson 04a: the judges of its exercises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from verdicts import verdicts

from course.check.exercises import keep

SIGNERS = pd.DataFrame(
    {
        "hand": ["left", "right", "right", "left", "left", "right"],
        "tone": pd.Categorical(["light", "light", "medium", "dark", "dark", "medium"], ["light", "medium", "dark"]),
    },
    index=[f"v{number}" for number in range(6)],
)
PEOPLE = pd.crosstab(SIGNERS["tone"], SIGNERS["hand"])
RANGES = {"rotation": 12, "zoom": 0.1, "shift": 0.06, "mirror": True}
HARMLESS = ["left-right", "turn-10", "zoom-10", "shift-10", "tilt", "darker"]


@pytest.fixture(autouse=True)
def hands(fresh_session):
    """Six people and ten training images, kept as the lesson keeps them."""
    images = np.random.default_rng(0).integers(0, 256, (10, 28, 28, 1), dtype=np.uint8)
    keep(signers=SIGNERS, train_images=images)
    return images


WHO = (
    (PEOPLE, "right"),
    (SIGNERS.groupby(["tone", "hand"], observed=False).size().unstack(), "right"),
    (PEOPLE.T, "exchange"),
    (PEOPLE * 30, "people, not images"),
    (PEOPLE.head(2), "a row for each of light, medium, dark"),
    (240, "a table"),
    (..., "not attempted"),
)
FIXES = (
    ("mirror", "right"),
    ("brighten", "reaches left hands"),
    ("more-dark", "reaches left hands"),
    ("turn", "still a right hand"),
    ("pray", "one of the four"),
    (True, "one of the four"),
)
HARMLESS_ONES = (
    (HARMLESS, "right"),
    ({*HARMLESS}, "right"),
    ([*HARMLESS, "upside-down"], "upside down"),
    ([*HARMLESS, "turn-90"], "another letter"),
    ([*HARMLESS, "shift-60"], "out of the image"),
    ([*HARMLESS, "none"], "as they stand"),
    ("darker", "a list"),
    ([], "a little less light"),
    *(([other for other in HARMLESS if other != name], "too") for name in HARMLESS),
)
CHANGES = (
    ({}, "right"),
    ({"mirror": False}, "right"),
    ({"mirror": np.False_, "rotation": 0}, "right"),
    ({"mirror": "no"}, "True or False"),
    ({"mirror": 1}, "True or False"),
    ({"rotation": 90}, "from 0 to 30"),
    ({"zoom": -0.1}, "from 0 to 0.25"),
    ({"shift": "0.1"}, "from 0 to 0.2"),
    ({"shift": ...}, "not attempted"),
)


@verdicts(
    "04a",
    *(("who", {"people": answer}, said) for answer, said in WHO),
    *(("fix", {"remedy": answer}, said) for answer, said in FIXES),
    ("turned", {"becomes": " H"}, "right"),
    ("turned", {"becomes": "w"}, "sideways"),
    ("turned", {"becomes": 7}, "sideways"),
    *(("harmless", {"harmless": answer}, said) for answer, said in HARMLESS_ONES),
    *(("ranges", RANGES | changes, said) for changes, said in CHANGES),
)
def test_answers_pass_and_mistakes_are_named(verdict):
    verdict()


@verdicts(
    "04a",
    ("black", {"better_images": lambda images: images[:8]}, "right"),
    ("black", {"better_images": lambda images: images[:8].astype("float32") / 255 * 255}, "right"),
    ("black", {"better_images": lambda images: images[:8] / 255}, "image files"),
    ("black", {"better_images": lambda images: images[2:10]}, "first eight"),
    ("black", {"better_images": lambda images: images}, "eight images"),
    ("black", {"better_images": lambda images: images[:8, :, :, 0]}, "one channel"),
)
def test_images_for_the_generator_are_judged_by_their_pixels(verdict, hands):
    _lesson, _exercise, answers, _said = verdict.args
    answers["better_images"] = answers["better_images"](hands)
    verdict()
