"""The judges of lesson 05a: right answers other than ours pass, the usual mistakes are named."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from verdicts import judge, verdicts

from course import pretrained
from course.check.exercises import keep
from course.check.lesson_05a import CLEAR, VGG16_BIASES, VGG16_PARAMETERS, _middle_square
from course.check.session import SESSION
from course.paths import ROOT

FOLDER = ROOT / "data" / "doggy_door_images"
PATHS = [FOLDER / name for name in ("german_shepherd.jpg", "kitten_with_wool.jpg", "polar_bear.jpg")]


@pytest.fixture(scope="module")
def backbone() -> pretrained.Backbone:
    return pretrained.load()


@pytest.fixture(autouse=True)
def kept(fresh_session, backbone):
    """What the lesson keeps."""
    keep(backbone=backbone, sample_paths=PATHS, costs=COSTS, hide=hide)


COSTS = pd.DataFrame({"cost": [20, 10, 1, 1, 5]}, index=[0.1, 0.3, 0.5, 0.7, 0.9])


def probabilities(photo, times=1, share=0.94):
    """The 1,000 probabilities of a photo, preprocessed so many times."""
    backbone = SESSION.kept["backbone"]
    side = share * min(photo.size)
    left, top = (photo.width - side) / 2, (photo.height - side) / 2
    square = photo.resize((224, 224), Image.Resampling.BILINEAR, (left, top, left + side, top + side))
    pixels = np.asarray(square, np.float32)[np.newaxis]
    for _time in range(times):
        pixels = backbone.preprocess(pixels)
    return np.asarray(backbone.model(pixels))[0]


def hide(row, column):
    """The German shepherd with one of 7 × 7 patches gray."""
    with Image.open(PATHS[0]) as photo:
        square = photo.convert("RGB").resize((224, 224))
    square.paste((127, 127, 127), (32 * column, 32 * row, 32 * column + 32, 32 * row + 32))
    return square


def dogs_hidden(answer=lambda probabilities: probabilities[:, 151:269].sum(axis=1), batch=49):
    """The map of the exercise, from 1,000 probabilities of each of the 49 squares."""
    backbone = SESSION.kept["backbone"]
    squares = np.stack([np.asarray(hide(row, column), np.float32) for row in range(7) for column in range(7)])
    predicted = backbone.model.predict(backbone.preprocess(squares), batch_size=batch, verbose=0)
    return answer(predicted).reshape(7, 7)


MAPS = {
    "right": [dogs_hidden, lambda: dogs_hidden(batch=3).tolist(), lambda: dogs_hidden().astype("float16")],
    "(rows and columns exchanged)": [lambda: dogs_hidden().T],
    "(the most probable dog, not all of them)": [lambda: dogs_hidden(lambda all: all[:, 151:269].max(axis=1))],
    "in row": [lambda: dogs_hidden() - 0.3, lambda: dogs_hidden(lambda all: all[:, 281:286].sum(axis=1))],
    "found shape (49,), expected 7 rows and 7 columns": [lambda: dogs_hidden().ravel()],
    "found shape ()": [lambda: 0.5],
    "an answer that can be checked": [lambda: "dogs"],
}


def door(dogs, cats=range(281, 286), dog="in"):
    return lambda number: dog if number in dogs else "stay" if number in cats else "out"


REPAIRS = {
    "right": [lambda photo, share=share: probabilities(photo, share=share) for share in (0.9, 0.94, 1)]
    + [lambda photo: probabilities(photo).tolist()],
    "for german_shepherd.jpg (preprocessed twice)": [lambda photo: probabilities(photo, times=2)],
    "for german_shepherd.jpg (not preprocessed)": [lambda photo: probabilities(photo, times=0)],
    "for polar_bear.jpg, expected polar bear": [lambda photo: probabilities(Image.open(PATHS[0]))],
    "the row of the one photo, item [0]": [lambda photo: probabilities(photo)[np.newaxis]],
    "expected return at the end of it": [lambda photo: None],
    "1,000 probabilities of one photo": [lambda photo: probabilities(photo)[:1], lambda photo: 207],
    "ZeroDivisionError": [lambda photo: 1 / 0],
    "not attempted": [lambda photo: ...],
    "not yet": ["dog"],
}
DOORS = {
    "right": door(range(151, 269)),
    "found 'out' for class 268": door(range(151, 268)),
    "found 'in' for class 150": door(range(150, 269)),
    "found 'out' for class 285": door(range(151, 269), range(281, 285)),
    "found 'in' for class 281, tabby cat": door(range(151, 286)),
    "found 'In' for class 207": door(range(151, 269), dog="In"),
    "found True for class 207": lambda number: True,
    "found a function that returns nothing": lambda number: None,
    "found in, expected a function": "in",
    "not attempted": lambda number: ...,
}


@verdicts(
    "05a",
    *(("vgg-parameters", {"vgg_parameters": kind(138_357_544)}, "right") for kind in (int, float, np.int64)),
    ("vgg-parameters", {"vgg_parameters": 138_344_128}, "also has a bias"),  # weights alone
    ("vgg-parameters", {"vgg_parameters": 123_642_856}, "more: (3 × 3 × inputs + 1)"),  # the dense layers alone
    ("vgg-parameters", {"vgg_parameters": 150_000_000}, "fewer"),
    *(("vgg-parameters", {"vgg_parameters": answer}, "a whole number") for answer in ("138357544", 0.5)),
    *(("debug", {"repaired": repair}, said) for said, repairs in REPAIRS.items() for repair in repairs),
    *(("careful-door", {"open_above": answer}, "right") for answer in (0.5, 0.7, np.float64(0.7))),
    ("careful-door", {"open_above": 0.1}, "found a cost of 20, expected the smallest cost in the table, 1"),
    *(("careful-door", {"open_above": answer}, "one of the thresholds in the table") for answer in (0.6, "0.5", True)),
    *(("doggy-door", {"doggy_door": answer}, said) for said, answer in DOORS.items()),
    *(
        ("operations", {"conv_operations": conv, "separable_operations": separable}, said)
        for conv, separable, said in (
            (1_849_688_064, 234_422_272.0, "right"),
            (36_864, 234_422_272, "found conv_operations = 36,864, expected 3 × 3 × 64 for each"),
            (1_849_688_064, 28_901_376, "found separable_operations = 28,901,376, expected at each of 224 × 224"),
            ("many", 234_422_272, "found conv_operations = 'many'"),
        )
    ),
)
def test_answers_pass_and_mistakes_are_named(verdict):
    verdict()


@pytest.mark.parametrize("said", MAPS)
def test_a_map_of_all_dogs_passes_and_what_is_wrong_with_another_is_named(said):
    for answer in MAPS[said]:
        judge("05a", "occlusion", {"dogs_hidden": answer()}, said)


def test_what_the_judges_say_of_vgg16_is_true():
    convolutions = keras.applications.VGG16(weights=None, include_top=False)
    dense = 25088 * 4096 + 4096 * 4096 + 4096 * 1000
    biases = sum(one.bias.shape[0] for one in convolutions.layers if hasattr(one, "bias")) + 4096 + 4096 + 1000
    assert convolutions.count_params() + dense + 4096 + 4096 + 1000 == VGG16_PARAMETERS
    assert biases == VGG16_BIASES
    assert round(1_849_688_064 / 234_422_272) == 8


def test_two_of_the_photos_are_clear_enough_to_judge_by(backbone):
    best = [np.max(backbone.model(backbone.preprocess(_middle_square(path)))) for path in PATHS]
    assert [probability > CLEAR for probability in best] == [True, False, True]
