"""Lesson 04b: the judges of its exercises, and the model card."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw, ImageOps
from verdicts import judge, verdicts

from course import check
from course.check.exercises import keep
from course.check.session import SESSION, Session
from course.datasets import images

LETTERS = "abcdefghiklmnopqrstuvwxy"
SIGNS = "bdfgky"


def drawn(letter):
    """A "photo" of a letter: nothing that is the same upside down, on its side or squeezed."""
    photo = Image.new("RGB", (200, 180), (90, 120, 150))
    pen = ImageDraw.Draw(photo)
    number = SIGNS.index(letter)
    pen.polygon([(60, 20), (140, 20 + 18 * number), (100, 60 + 18 * number)], fill=(230, 190, 160))
    pen.rectangle((50, 100, 60 + 14 * number, 165), fill=(30, 40, 30))
    return photo


def reference(picture, resample=Image.Resampling.BICUBIC):
    return np.asarray(ImageOps.fit(picture, (min(picture.size),) * 2).convert("L").resize((28, 28), resample))[
        np.newaxis, :, :, np.newaxis
    ]


class NearestSign:
    """Stands in for a network: the letter whose drawing is most similar."""

    def __init__(self):
        self.templates = np.stack([reference(drawn(sign))[0] for sign in SIGNS]).astype("float32")

    def __call__(self, batch, training=False):
        distance = np.abs(np.asarray(batch, "float32")[:, np.newaxis] - self.templates).mean(axis=(2, 3, 4))
        weights = np.exp(-distance)
        answer = np.zeros((len(distance), 24))
        answer[:, [LETTERS.index(sign) for sign in SIGNS]] = weights / weights.sum(axis=1, keepdims=True)
        return answer

    def letter(self, batch):
        return LETTERS[self(batch)[0].argmax()]


@pytest.fixture(autouse=True)
def from_nothing(fresh_session):
    """Each test starts with nothing kept."""


@pytest.fixture
def photos(tmp_path):
    """Photos of the signs that the stand-in knows, kept as the lesson keeps them, and what changes cost."""
    paths = [tmp_path / f"{sign}.png" for sign in SIGNS]
    for sign, path in zip(SIGNS, paths, strict=True):
        drawn(sign).save(path)
    keep(model=NearestSign(), photo_paths=paths)
    keep(choosing=CHOOSING, refusals=REFUSALS)
    keep(changed_accuracy=pd.Series({"as they are": 0.98, "blurred": 0.9, "farther away": 0.4}))
    return paths


def prepared(change=lambda image: image, after=lambda array: array):
    return lambda picture: after(reference(change(picture)))


REPAIRS = (
    *((lambda picture, way=way: reference(picture, way), "right") for way in Image.Resampling),
    (lambda picture: np.asarray(ImageOps.fit(picture, (28, 28)).convert("L"), "f4").reshape(1, 28, 28, 1), "right"),
    (lambda picture: np.asarray(ImageOps.fit(picture, (28, 28))).mean(axis=2, keepdims=True)[np.newaxis], "right"),
    (lambda picture: np.asarray(picture.convert("L").resize((28, 28)))[np.newaxis, :, :, np.newaxis], "square"),
    (prepared(after=lambda array: array / 255), "255"),
    (prepared(after=lambda array: array.astype("int8")), "negative"),
    (lambda picture: np.asarray(ImageOps.fit(picture, (28, 28)))[np.newaxis], "gray"),
    (prepared(after=lambda array: array[0]), "batch"),
    (prepared(after=lambda array: array[..., 0]), "channel"),
    (prepared(after=lambda array: array[:, ::-1]), "upside down"),
    (prepared(after=lambda array: array.transpose(0, 2, 1, 3)), "rows and columns"),
    (prepared(ImageOps.invert), "another"),
    (prepared(lambda picture: picture.crop((0, 0, *[min(picture.size)] * 2))), "at the edge"),
    (lambda picture: None, "return"),
    (lambda picture: "b", "shape"),
    (lambda picture: picture.no_such_method(), "AttributeError"),
    ("prepare", "function"),
    (lambda picture: ..., "not attempted"),
)


def letter(picture):
    return SESSION.kept["model"].letter(reference(picture))


def upright(path):
    return ImageOps.exif_transpose(Image.open(path))


PREDICTS = (
    (lambda path: letter(images.read(path)), "right"),
    (lambda path: letter(upright(path)), "right"),
    (lambda path: letter(Image.open(path)), "upright"),
    (lambda path: letter(images.read(path).resize((200, 200))), "square"),
    (lambda path: "b", "for a "),
    (lambda path: SESSION.kept["model"](reference(images.read(path)))[0].argmax(), "letters"),
    (lambda path: "j", "letters"),
    (lambda path: None, "return"),
    (lambda path: SESSION.kept["model"].letter(np.asarray(Image.open(path))[:, :, :3].mean(axis=2)), "Error"),
    (lambda path: ..., "not attempted"),
)
CHOOSING = pd.Series({"none": 0.65, "closer": 0.74, "four crops": 0.74, "even light": 0.62})
REMEDIES = (
    ("closer", "right"),
    ("four crops", "right"),
    ("none", "74.0%"),
    ("prayer", "one of"),
    (0.74, "one of"),
)
REFUSALS = pd.DataFrame({"right of these": {0.0: 0.6, 0.5: 0.7, 0.8: 0.92, 0.9: 0.95}})
THRESHOLDS = (
    (0.8, "right"),
    (np.float64(0.8), "right"),
    (0.5, "larger"),
    (0, "larger"),
    (0.9, "smaller"),
    (0.85, "table"),
    ("0.8", "table"),
)
CARD = {"hardest_change": "farther away", "made_for": ["learning"], "not_for": ["exams"]}
CARD["not_represented"] = ["gloves", "old hands"]
CARDS = (
    ({}, "right"),
    ({"hardest_change": "blurred"}, "smallest"),
    ({"hardest_change": "rain"}, "one of"),
    ({"hardest_change": 3}, "one of"),
    ({"made_for": "learning"}, "a list"),
    ({"not_for": []}, "a list"),
    ({"not_represented": ["gloves", ""]}, "in quotes"),
    ({"not_represented": [..., 3]}, "in quotes"),
)


@verdicts(
    "04b",
    *(("debug", {"repaired": answer}, said) for answer, said in REPAIRS),
    *(("predict-letter", {"predict_letter": answer}, said) for answer, said in PREDICTS),
    *(("remedy", {"remedy": answer}, said) for answer, said in REMEDIES),
    *(("refuse", {"refuse_below": answer}, said) for answer, said in THRESHOLDS),
    *(("card", CARD | changes, said) for changes, said in CARDS),
)
def test_answers_pass_and_mistakes_are_named(verdict, photos):
    verdict()


def test_two_photos_are_enough_to_judge_by(photos):
    keep(photo_paths=photos[:2])
    judge("04b", "predict-letter", {"predict_letter": lambda path: letter(images.read(path))}, "right")
    judge("04b", "predict-letter", {"predict_letter": lambda path: letter(Image.open(path))}, "not yet")


def test_where_no_threshold_is_good_enough_the_largest_is_right():
    keep(refusals=REFUSALS * 0.9)
    judge("04b", "refuse", {"refuse_below": 0.9}, "right")
    judge("04b", "refuse", {"refuse_below": 0.5}, "larger")


class TestModelCard:
    def card(self, path, **changes):
        values = {
            "validation": (0.987, 7172),
            "photos": (0.875, 24),
            "own_hand": {},
            "by_factor": {},
            "hardest_change": ("farther away", 0.4),
            "made_for": ["learning"],
            "not_for": ["exams"],
            "not_represented": ["gloves"],
        }
        return check.model_card(path, **values | changes)

    def test_it_is_shown_and_saved_with_every_figure(self, tmp_path):
        tones = pd.DataFrame({"accuracy": [0.95, 0.90], "images": [1000, 1200]}, index=["light", "dark"])
        tones["people"] = [33, 40]
        own = {"before": {"own hand": 0.3, "validation": 0.98}, "after": {"own hand": 0.9, "validation": 0.97}}
        others = {"real | hands": (0.631, 7000)}
        shown = self.card(tmp_path / "card.md", by_factor={"skin tone": tones}, own_hand=own, others=others)
        assert (tmp_path / "card.md").read_text(encoding="utf-8") == shown.data
        known = (
            "real \\| hands | 7,000 | 63.1%",
            "98.7%",
            "7,172",
            "87.5%",
            "skin tone",
            "90.0%",
            "1,200",
            "30.0% before",
            "farther away",
            "gloves",
        )
        assert [part for part in known if part not in shown.data] == []
        assert "Nobody recorded" not in shown.data

    @pytest.mark.parametrize(("edition", "said"), [("embedded", "rendered images"), ("real", "edition “real”")])
    def test_it_says_what_the_network_was_trained_on(self, tmp_path, monkeypatch, edition, said):
        monkeypatch.setattr(import_module("course.check.model_card"), "SESSION", Session(edition=edition))
        assert said in self.card(tmp_path / "card.md").data

    def test_where_nothing_is_known_of_the_people_it_says_so(self, tmp_path):
        assert "Nobody recorded" in self.card(tmp_path / "card.md").data

    def test_what_the_learner_wrote_stays_text(self, tmp_path):
        card = self.card(tmp_path / "card.md", not_for=["<script>alert(1)</script>\n# and | more"]).data
        assert "<script>" not in card.replace("\\<", "")
        assert "\n# and" not in card
