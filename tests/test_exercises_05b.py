"""The judges of lesson 05b: right answers other than ours pass, the usual mistakes are named."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from verdicts import verdicts

from course.check.exercises import evaluate, keep

IS_BO = np.array([True, True, True, False, False, False])
PROBABILITIES = np.array([0.99, 0.8, 0.35, 0.3, 0.1, 0.01], dtype="float32")
PATHS = [Path(f"{number}.jpg") for number in range(6)]
LOGITS = np.log(PROBABILITIES / (1 - PROBABILITIES))
HEAD = keras.Sequential([keras.Input((1280,)), keras.layers.Dense(1)])


@pytest.fixture(autouse=True)
def kept(fresh_session):
    """What the lesson keeps."""
    keep(is_bo=IS_BO.copy(), valid_probabilities=PROBABILITIES.copy(), valid_paths=PATHS)
    keep(door_threshold=0.32, low_rate=0.0001)


def number(path: Path) -> int:
    return int(path.stem)


def recall(is_bo, opens):
    return sum(1 for bo, opened in zip(is_bo, opens, strict=True) if bo and opened) / list(is_bo).count(True)


def precision(is_bo, opens):
    return float(is_bo[opens].mean())


def spoiling(is_bo, opens):
    result = np.sum(is_bo & opens) / np.sum(is_bo)
    is_bo[:] = False
    return result


MEASURES = (
    (recall, precision, "right"),
    (lambda b, o: o[b].mean(), lambda b, o: b[o].mean(), "right"),
    (spoiling, precision, "right"),  # a function that changes its arrays harms nobody
    (lambda b, o: np.sum(b & o) / np.sum(o), lambda b, o: np.sum(b & o) / np.sum(b), "precision, expected 3 of"),
    (lambda b, o: np.mean(b == o), precision, "accuracy"),
    (lambda b, o: np.sum(b & o), precision, "count"),
    (lambda b, o: 0.75, precision, "for any door"),
    (lambda b, o: None, precision, "returns nothing"),
    (0.75, precision, "a function"),
    (lambda b: 0.75, precision, "TypeError"),
    (lambda b, o: ..., lambda b, o: ..., "not attempted"),
    (recall, lambda b, o: ..., "not attempted"),
)
FREEZE = (
    (False, HEAD.count_params(), "right"),
    (True, 1281, "teach the backbone nonsense"),
    ("no", 1281, "False"),
    (False, 1280, "bias"),
    (False, 3_412_024, "one neuron alone"),
    (False, "1281", "one neuron alone"),
)
OF_LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)
COMPILE = (
    *((OF_LOGITS, zero, "right") for zero in (0, 0.0, -0.0, np.float32(0))),
    (lambda y, z: keras.losses.binary_crossentropy(y, z, from_logits=True), 0, "right"),
    (keras.losses.BinaryCrossentropy(), 0, "for a probability, expected"),
    (keras.losses.BinaryCrossentropy, 0, "for a probability, expected"),
    ("binary_crossentropy", 0, "for a probability, expected"),
    (keras.losses.MeanSquaredError(), 0, "another loss"),
    ("no such loss", 0, "ValueError"),
    (7, 0, "such as keras.losses"),
    (OF_LOGITS, 0.5, "turns into 0.5"),
    (OF_LOGITS, False, "turns into 0.5"),
)
RATES = {
    "right": (0.005, 0.01, 1, np.float64(0.1)),
    "0.005 to 1": (0.001, 0.0001, 2, -1, float("nan"), "0.01", True, 0.0049),
}
THRESHOLDS = {
    "right": (0.3001, 0.34, np.float32(0.31)),  # between the last stranger and the first Bo
    "1 of the others come in too": (0.2,),
    "2 of 3 images of Bo": (0.5,),
    "0 of 3 images of Bo": (0.995,),
    "between 0 and 1": (0, 1.0, -0.7, "0.32", True, float("nan")),
}
DOORS = (
    *(
        (lambda path, kind=kind: kind(PROBABILITIES[number(path)] > 0.32), "right")
        for kind in (bool, np.bool_, keras.ops.convert_to_tensor)
    ),
    (lambda path: PROBABILITIES[number(path)] < 0.32, "expected True"),
    (lambda path: True, "True for 5.jpg, expected False"),
    (lambda path: False, "expected True: its probability is 0.99"),
    (lambda path: LOGITS[number(path)] > 0.32, "False for 2.jpg"),
    (lambda path: PROBABILITIES[number(path)] > 0.5, "the door opens above 0.32"),
    (lambda path: "in", "True or False"),
    (lambda path: LOGITS[number(path)], "True or False"),
    (lambda path: 1, "True or False"),
    (lambda path: np.array([True]), "True or False"),
    (lambda path: None, "returns nothing"),
    (lambda path: 1 / 0, "ZeroDivisionError"),
    ("open", "a function"),
    (lambda path: ..., "not attempted"),
)


@verdicts(
    "05b",
    *(("measures", {"recall": one, "precision": other}, said) for one, other, said in MEASURES),
    *(("freeze", {"features_trainable": on, "trainable_parameters": count}, said) for on, count, said in FREEZE),
    *(("compile", {"loss": loss, "logit_threshold": threshold}, said) for loss, threshold, said in COMPILE),
    *(("large-rate", {"large_rate": rate}, said) for said, rates in RATES.items() for rate in rates),
    *(("threshold", {"threshold": value}, said) for said, values in THRESHOLDS.items() for value in values),
    *(("door", {"presidential_doggy_door": door}, said) for door, said in DOORS),
)
def test_answers_pass_and_mistakes_are_named(verdict):
    verdict()


def test_a_stranger_whom_the_network_takes_for_bo_leaves_the_choice_of_a_threshold_free():
    keep(valid_probabilities=np.array([0.9, 0.8, 0.35, 0.97, 0.1, 0.01]))
    feedback = evaluate("05b.threshold", {"threshold": 0.5})
    assert feedback.state == "right" and "no threshold" in feedback.sentence


def test_a_picture_just_at_the_threshold_is_not_asked_about():
    keep(valid_probabilities=np.array([0.99, 0.8, 0.3201, 0.3199, 0.1, 0.01]))
    asked = []
    evaluate("05b.door", {"presidential_doggy_door": lambda path: asked.append(number(path)) or number(path) < 2})
    assert {0, 1, 4, 5} == set(asked)
