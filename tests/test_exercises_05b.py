"""The judges of lesson 05b: right answers other than ours pass, the usual mistakes are named."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from verdicts import verdicts

from course.check.exercises import evaluate, keep

IS_BO = np.array([True, True, True, False, False, False])
PROBABILITIES = np.array([0.99, 0.8, 0.35, 0.3, 0.1, 0.01], dtype="float32")
TRAIN_LABELS = np.array([1] * 18 + [0] * 121, dtype="float32")
HEAD = keras.Sequential([keras.Input((1280,)), keras.layers.Dense(1)])


@pytest.fixture(autouse=True)
def kept(fresh_session):
    """What the lesson keeps."""
    keep(is_bo=IS_BO.copy(), valid_probabilities=PROBABILITIES.copy(), train_labels=TRAIN_LABELS.copy())
    keep(her_probabilities=1 - PROBABILITIES)


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
BALANCED = {0: 139 / 242, 1: 139 / 36}
WEIGHTS = (
    (BALANCED, "right"),
    ({1: 3.86, 0: 0.574}, "right"),
    ({0: np.float32(0.5744), 1: np.float64(3.861)}, "right"),
    ({0: 1, 1: 121 / 18}, "the size not"),
    ({0: 1, 1: 1}, "the same for both"),
    ({0: BALANCED[1], 1: BALANCED[0]}, "the other way round"),
    ({0: 18 / 139, 1: 121 / 139}, "a mean weight of 0.23"),
    ({0: 0.5, 1: 0.5}, "the same for both"),
    ([0.57, 3.86], "a dictionary"),
    ({"not_bo": 0.57, "bo": 3.86}, "the keys 0 and 1"),
    ({0: 0, 1: 3.86}, "a positive number"),
    ({0: "0.57", 1: 3.86}, "a positive number"),
)
THRESHOLDS = {
    "right": (0.3001, 0.34, np.float32(0.31)),  # between the last stranger and the first Bo
    "3 of 4 openings": (0.2,),
    "2 of 3 images of Bo": (0.5,),
    "opens for nobody": (0.995,),
    "between 0 and 1": (0, 1.0, -0.7, "0.32", True, float("nan")),
}
OF_BO = PROBABILITIES > 0.5
CATS = (
    (OF_BO, "right"),
    (~(1 - PROBABILITIES > 0.5), "right"),
    (list(OF_BO), "right"),
    (~OF_BO, "which of her folders has the label 1"),
    (IS_BO, "nobody has labels"),
    (1 - PROBABILITIES > 0.85, "opens for 2 of the others"),
    (PROBABILITIES, "True or False for each of the 6"),
    (OF_BO[:3], "True or False for each of the 6"),
    ("cat", "True or False"),
)


def head(activation=None, loss=None, hidden=False, compiled=True):
    layers = [keras.layers.Dense(8, activation="relu")] * hidden + [keras.layers.Dense(1, activation=activation)]
    network = keras.Sequential([keras.Input((1280,)), keras.layers.Dropout(0.3), *layers])
    if compiled:
        network.compile("adam", loss or keras.losses.BinaryCrossentropy(from_logits=activation is None))
    return network


HEADS = (
    (head, "right"),
    (lambda: head(hidden=True), "right"),
    (lambda: head("sigmoid"), "right"),
    (lambda: head("sigmoid", "binary_crossentropy"), "right"),
    (lambda: head(None, keras.losses.BinaryCrossentropy()), "a logit or a probability"),
    (lambda: head(None, "binary_crossentropy"), "16.12 if yes is"),
    (lambda: head("relu", keras.losses.BinaryCrossentropy(from_logits=True)), "0.69 if no is right"),
    (lambda: head(None, "mse"), "0.31 and 1.31"),
    (lambda: head(compiled=False), "a compiled network"),
    (lambda: "a head", "a compiled network"),
    (lambda: None, "returns nothing"),
    (lambda: 1 / 0, "ZeroDivisionError"),
    (head(), "an answer that can be checked"),
    (lambda: ..., "not attempted"),
)


@verdicts(
    "05b",
    *(("measures", {"recall": one, "precision": other}, said) for one, other, said in MEASURES),
    *(("freeze", {"features_trainable": on, "trainable_parameters": count}, said) for on, count, said in FREEZE),
    *(("weights", {"class_weight": weights}, said) for weights, said in WEIGHTS),
    *(("threshold", {"threshold": value}, said) for said, values in THRESHOLDS.items() for value in values),
    *(("cat", {"repaired_opens": opens}, said) for opens, said in CATS),
    *(("stuck", {"repaired": function}, said) for function, said in HEADS),
)
def test_answers_pass_and_mistakes_are_named(verdict):
    verdict()


def test_one_stranger_among_ten_openings_is_allowed():
    probabilities = np.concatenate([np.linspace(0.9, 0.99, 10), [0.92, 0.5]]).astype("float32")
    keep(is_bo=np.array([True] * 10 + [False] * 2), valid_probabilities=probabilities)
    assert evaluate("05b.threshold", {"threshold": 0.6}).state == "right"
    assert "10 of 12 openings" in evaluate("05b.threshold", {"threshold": 0.4}).sentence
    assert "another one: 10 can open it" in evaluate("05b.threshold", {"threshold": 0.93}).sentence


def test_a_stranger_whom_the_network_takes_for_bo_leaves_the_choice_of_a_threshold_free():
    keep(valid_probabilities=np.array([0.9, 0.8, 0.35, 0.97, 0.1, 0.01]))
    feedback = evaluate("05b.threshold", {"threshold": 0.5})
    assert feedback.state == "right" and "no threshold" in feedback.sentence


def test_judging_a_head_leaves_it_as_it_was():
    mine = head()
    before = [weights.copy() for weights in mine.get_weights()]
    evaluate("05b.stuck", {"repaired": lambda: mine})
    assert all(np.array_equal(one, other) for one, other in zip(before, mine.get_weights(), strict=True))
