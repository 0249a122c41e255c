"""The judges of lesson 05b: right answers other than ours pass, the usual mistakes are named."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from course.check.exercises import evaluate, keep

IS_BO = np.array([True, True, True, False, False, False])
PROBABILITIES = np.array([0.99, 0.8, 0.35, 0.3, 0.1, 0.01], dtype="float32")
PATHS = [Path(f"{number}.jpg") for number in range(6)]
LOGITS = np.log(PROBABILITIES / (1 - PROBABILITIES))


@pytest.fixture(autouse=True)
def kept(fresh_session):
    """What the lesson keeps."""
    keep(is_bo=IS_BO.copy(), valid_probabilities=PROBABILITIES.copy(), valid_paths=PATHS)
    keep(door_threshold=0.32, low_rate=0.0001)


def judged(name: str, **answers):
    return evaluate(f"05b.{name}", answers)


def number(path: Path) -> int:
    return int(path.stem)


class TestMeasures:
    @staticmethod
    def recall(is_bo, opens):
        return sum(1 for bo, opened in zip(is_bo, opens, strict=True) if bo and opened) / list(is_bo).count(True)

    @staticmethod
    def precision(is_bo, opens):
        return float(is_bo[opens].mean())

    def test_other_ways_to_write_them_pass(self):
        assert judged("measures", recall=self.recall, precision=self.precision).state == "right"
        assert judged("measures", recall=lambda b, o: o[b].mean(), precision=lambda b, o: b[o].mean()).state == "right"

    @pytest.mark.parametrize(
        ("recall", "precision", "words"),
        [
            (
                lambda b, o: np.sum(b & o) / np.sum(o),
                lambda b, o: np.sum(b & o) / np.sum(b),
                "precision, expected 3 of",
            ),
            (lambda b, o: np.mean(b == o), None, "accuracy"),
            (lambda b, o: np.sum(b & o), None, "count"),
            (lambda b, o: 0.75, None, "for any door"),
            (lambda b, o: None, None, "returns nothing"),
            (0.75, None, "a function"),
            (lambda b: 0.75, None, "TypeError"),
        ],
    )
    def test_the_usual_mistakes_are_named(self, recall, precision, words):
        feedback = judged("measures", recall=recall, precision=precision or self.precision)
        assert feedback.state == "not yet" and words in feedback.sentence

    def test_a_blank_in_a_function_is_not_attempted(self):
        assert judged("measures", recall=lambda b, o: ..., precision=lambda b, o: ...).state == "not attempted"
        assert judged("measures", recall=self.recall, precision=lambda b, o: ...).state == "not attempted"

    def test_a_function_that_changes_its_arrays_harms_nobody(self):
        def spoiling(is_bo, opens):
            result = np.sum(is_bo & opens) / np.sum(is_bo)
            is_bo[:] = False
            return result

        assert judged("measures", recall=spoiling, precision=self.precision).state == "right"


class TestFreeze:
    def test_the_number_is_that_of_keras(self):
        head = keras.Sequential([keras.Input((1280,)), keras.layers.Dense(1)])
        answers = {"features_trainable": False, "trainable_parameters": head.count_params()}
        assert judged("freeze", **answers).state == "right"

    @pytest.mark.parametrize(
        ("trainable", "parameters", "words"),
        [
            (True, 1281, "teach the backbone nonsense"),
            ("no", 1281, "False"),
            (False, 1280, "bias"),
            (False, 3_412_024, "one neuron alone"),
            (False, "1281", "one neuron alone"),
        ],
    )
    def test_the_usual_mistakes_are_named(self, trainable, parameters, words):
        feedback = judged("freeze", features_trainable=trainable, trainable_parameters=parameters)
        assert feedback.state == "not yet" and words in feedback.sentence


class TestCompile:
    @pytest.mark.parametrize(
        "loss",
        [
            keras.losses.BinaryCrossentropy(from_logits=True),
            lambda y, z: keras.losses.binary_crossentropy(y, z, from_logits=True),
        ],
    )
    @pytest.mark.parametrize("threshold", [0, 0.0, -0.0, np.float32(0)])
    def test_cross_entropy_of_logits_passes(self, loss, threshold):
        assert judged("compile", loss=loss, logit_threshold=threshold).state == "right"

    @pytest.mark.parametrize(
        ("loss", "threshold", "words"),
        [
            (keras.losses.BinaryCrossentropy(), 0, "for a probability, expected"),
            (keras.losses.BinaryCrossentropy, 0, "for a probability, expected"),
            ("binary_crossentropy", 0, "for a probability, expected"),
            (keras.losses.MeanSquaredError(), 0, "another loss"),
            ("no such loss", 0, "ValueError"),
            (7, 0, "such as keras.losses"),
            (keras.losses.BinaryCrossentropy(from_logits=True), 0.5, "turns into 0.5"),
            (keras.losses.BinaryCrossentropy(from_logits=True), False, "turns into 0.5"),
        ],
    )
    def test_the_usual_mistakes_are_named(self, loss, threshold, words):
        feedback = judged("compile", loss=loss, logit_threshold=threshold)
        assert feedback.state == "not yet" and words in feedback.sentence


class TestLargeRate:
    @pytest.mark.parametrize("rate", [0.005, 0.01, 1, np.float64(0.1)])
    def test_a_rate_that_is_far_too_large_passes(self, rate):
        assert judged("large-rate", large_rate=rate).state == "right"

    @pytest.mark.parametrize("rate", [0.001, 0.0001, 2, -1, float("nan"), "0.01", True, 0.0049])
    def test_another_does_not(self, rate):
        feedback = judged("large-rate", large_rate=rate)
        assert feedback.state == "not yet" and "0.005 to 1" in feedback.sentence


class TestThreshold:
    @pytest.mark.parametrize("value", [0.3001, 0.34, np.float32(0.31)])
    def test_every_threshold_between_the_last_stranger_and_the_first_bo_passes(self, value):
        assert judged("threshold", threshold=value).state == "right"

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (0.2, "1 of the others come in too"),
            (0.5, "2 of 3 pictures of Bo"),
            (0.995, "0 of 3 pictures of Bo"),
            (0, "between 0 and 1"),
            (1.0, "between 0 and 1"),
            (-0.7, "between 0 and 1"),
            ("0.32", "between 0 and 1"),
            (True, "between 0 and 1"),
            (float("nan"), "between 0 and 1"),
        ],
    )
    def test_the_usual_mistakes_are_named(self, value, words):
        feedback = judged("threshold", threshold=value)
        assert feedback.state == "not yet" and words in feedback.sentence

    def test_a_stranger_whom_the_network_takes_for_bo_leaves_the_choice_free(self):
        keep(valid_probabilities=np.array([0.9, 0.8, 0.35, 0.97, 0.1, 0.01]))
        feedback = judged("threshold", threshold=0.5)
        assert feedback.state == "right" and "no threshold" in feedback.sentence


class TestDoor:
    @pytest.mark.parametrize("kind", [bool, np.bool_, lambda value: keras.ops.convert_to_tensor(value)])
    def test_a_door_that_opens_above_the_threshold_passes_whatever_kind_of_truth_it_returns(self, kind):
        door = lambda path: kind(PROBABILITIES[number(path)] > 0.32)  # noqa: E731
        assert judged("door", presidential_doggy_door=door).state == "right"

    @pytest.mark.parametrize(
        ("door", "words"),
        [
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
        ],
    )
    def test_the_usual_mistakes_are_named(self, door, words):
        feedback = judged("door", presidential_doggy_door=door)
        assert feedback.state == "not yet" and words in feedback.sentence

    def test_a_blank_in_the_function_is_not_attempted(self):
        assert judged("door", presidential_doggy_door=lambda path: ...).state == "not attempted"

    def test_a_picture_just_at_the_threshold_is_not_asked_about(self):
        keep(valid_probabilities=np.array([0.99, 0.8, 0.3201, 0.3199, 0.1, 0.01]))
        asked = []
        judged("door", presidential_doggy_door=lambda path: asked.append(number(path)) or number(path) < 2)
        assert {0, 1, 4, 5} == set(asked)
