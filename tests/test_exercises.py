"""Exercises: a right answer passes and says why, a wrong one is told what was found, a blank is not a failure."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest
from verdicts import verdicts

from course.check import exercises
from course.check.exercises import evaluate, keep, right, untouched
from course.messages import CourseError

pytestmark = pytest.mark.usefixtures("fresh_session")

X, Y = np.arange(10.0), np.array([3.2, 4.1, 7.6, 8.0, 10.9, 11.8, 15.6, 16.1, 19.2, 20.1])


@pytest.fixture
def points(fresh_session):
    """The ten points of lesson 01."""
    keep(points_x=X, points_y=Y)


@pytest.mark.usefixtures("points")
class TestStates:
    @verdicts(
        "01",
        *(("line", given, "not attempted") for given in ({}, {"m": ..., "b": ...}, {"m": None, "b": 3.0}, {"m": 2.0})),
        *(
            ("line", {"m": strange, "b": 3.0}, "not yet")
            for strange in ("two", [1, 2], object(), float("nan"), {}, lambda: 2)
        ),
    )
    def test_a_blank_is_not_attempted_and_a_strange_answer_never_an_error(self, verdict):
        verdict()

    def test_only_the_names_that_are_left_are_asked_for(self):
        assert evaluate("01.line", {"m": 2.0}).sentence == "fill in b in the cell above."

    def test_the_solution_steps_in_only_where_the_answer_does_not_pass(self, monkeypatch, capsys):
        for answers, solution_needed, said in (
            ({"m": 2.0, "b": 3.0}, False, "Your own answer"),
            ({"m": 9.0, "b": 3.0}, True, "does not pass yet"),
            ({}, True, "No answer yet"),
        ):
            monkeypatch.setattr(exercises, "_notebook_namespace", lambda answers=answers: answers)
            assert exercises.unsolved("01.line") is solution_needed
            printed = capsys.readouterr().out
            assert said in printed and printed.count("\n") == 1


@pytest.mark.usefixtures("points")
def test_feedback_escapes_what_the_learner_typed_and_tells_its_state_not_only_by_color():
    page = evaluate("01.update", {"update": "<script>alert(1)</script>"})._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "✓" in right("it is.")._repr_html_() and "Right" in right("it is.")._repr_html_()
    assert repr(right("it is.")) == "✓ Right: it is."


def test_what_is_kept_comes_back_by_name_and_cannot_be_changed_in_place():
    keep(first=np.array([1]), second=np.array([2]))
    assert untouched("second", "first") == (2, 1)
    with pytest.raises(ValueError, match="read-only"):
        untouched("first")[0] = 1


def test_an_exercise_before_its_data_is_loaded_says_which_cells_to_run():
    with pytest.raises(CourseError, match="run the cells above"):
        evaluate("02.inputs", {"x_train": 1, "x_valid": 1, "y_train": 1, "y_valid": 1})


DENSE = [keras.Input((784,)), *(keras.layers.Dense(units) for units in (512, 512, 10))]


MIXED = np.random.default_rng(1).permutation(784)
PIXELS = np.random.default_rng(2).integers(0, 256, (200, 784), dtype="uint8")


def moved(direction=-1, factor=2, average=np.mean, keep_old=1, x_of_b=1):
    """An answer to the exercise on the update; only the one with all defaults is right."""

    def update(m, b, learning_rate):
        error = m * X + b - Y
        slopes = factor * average(error * X), factor * average(error * x_of_b)
        return [keep_old * old + direction * learning_rate * slope for old, slope in zip((m, b), slopes, strict=True)]

    return {"update": update}


def with_new_m(m, b, rate):
    """The slip that everybody makes once: the slope for b from the line that has already moved."""
    m = m - rate * 2 * np.mean((m * X + b - Y) * X)
    return m, b - rate * 2 * np.mean(m * X + b - Y)


def reading(units=10, share=1.0, given=True):
    """A network for images whose labels are told by their first ten pixels, each multiplied by `share`."""
    layers = [keras.layers.Dense(units, use_bias=False)] + ([keras.layers.Dense(10)] if units != 10 else [])
    network = keras.Sequential(([keras.Input((784,))] if given else []) + layers)
    if given and units == 10:
        network.set_weights([np.vstack([share * np.eye(10), np.zeros((774, 10))])])
    return {"small": network}


class TestLesson01:
    @pytest.fixture(autouse=True)
    def digits(self, fresh_session):
        """What the lesson keeps."""
        images = PIXELS.reshape(-1, 28, 28)
        keep(points_x=X, points_y=Y, train_images=images, valid_images=images[:3])
        x_valid = PIXELS / np.float32(255)
        keep(x_valid=x_valid, valid_labels=x_valid[:, :10].argmax(axis=1))

    @verdicts(
        "01",
        ("line", {"m": 2, "b": 2.5}, "right"),
        ("line", {"m": "2", "b": "3"}, "quotes"),
        ("line", {"m": float("inf"), "b": 3}, "ordinary"),
        ("line", {"m": 4, "b": 3}, "flatter"),
        ("line", {"m": 0, "b": 11}, "steeper"),
        ("line", {"m": 2, "b": 9}, "lower"),
        ("line", {"m": 2, "b": -3}, "higher"),
        ("parameters", {"parameters": keras.Sequential(DENSE).count_params()}, "right"),
        ("parameters", {"parameters": "669706"}, "quotes"),
        ("parameters", {"parameters": 784 * 512 + 512 * 512 + 512 * 10}, "bias"),
        ("parameters", {"parameters": 10**6}, "fewer"),
        ("parameters", {"parameters": 1000}, "more"),
        ("parameters", {"parameters": 669706.5}, "not yet"),
        *(("rate", {"largest_rate": rate}, "right") for rate in (0.034, 0.0341)),
        ("rate", {"largest_rate": 0.035}, "smaller"),
        ("rate", {"largest_rate": 0.03}, "larger"),
        ("rate", {"largest_rate": "0.034"}, "quotes"),
        ("rate", {"largest_rate": -1}, "positive"),
        ("update", moved(), "right"),
        ("update", {"update": None}, "not attempted"),
        ("update", {"update": lambda m, b, rate: ...}, "not attempted"),
        ("update", {"update": lambda m, b, rate: m}, "two numbers"),
        ("update", {"update": lambda m, b: (m, b)}, "not yet"),
        ("update", {"update": lambda m, b, rate: (m, b)}, "minus learning_rate times"),
        ("update", moved(direction=1), "subtract"),
        ("update", moved(factor=1), "factor 2"),
        ("update", moved(average=np.sum), "mean"),
        ("update", moved(keep_old=0), "the old m and b"),
        ("update", moved(x_of_b=X), "another b"),
        ("update", {"update": with_new_m}, "old line"),
        ("update", {"update": lambda m, b, rate: moved()["update"](m, b, rate)[::-1]}, "not yet"),
        ("small", reading(), "right"),
        ("small", reading(share=0), "call fit"),
        ("small", reading(share=np.arange(10) < 8), "more epochs"),
        ("small", reading(given=False), "keras.Input"),
        ("small", reading(units=200), "fewer"),
        ("small", {"small": keras.Sequential([keras.Input((784,)), keras.layers.Dense(9)])}, "ten for each image"),
        ("small", {"small": "relu"}, "keras.Sequential"),
        ("shuffle", {"order": MIXED, "train_mixed": PIXELS[:, MIXED], "valid_mixed": PIXELS[:3, MIXED]}, "right"),
        ("shuffle", {"order": MIXED, "train_mixed": PIXELS[:, MIXED], "valid_mixed": PIXELS[:3]}, "unchanged"),
        ("shuffle", {"order": MIXED, "train_mixed": PIXELS[:, ::-1], "valid_mixed": 1}, "otherwise"),
        ("shuffle", {"order": MIXED, "train_mixed": PIXELS.reshape(-1, 28, 28), "valid_mixed": 1}, "784 pixels"),
        ("shuffle", {"order": range(784), "train_mixed": PIXELS, "valid_mixed": PIXELS[:3]}, "as it was drawn"),
    )
    def test_answers_pass_and_mistakes_are_named(self, verdict):
        verdict()

    def test_the_hint_is_always_a_change_that_lowers_the_loss(self):
        def loss(m, b):
            return np.mean((m * X + b - Y) ** 2)

        steps = {"flatter": (-0.01, 0), "steeper": (0.01, 0), "lower": (0, -0.01), "higher": (0, 0.01)}
        for m in np.linspace(-2, 5, 29):
            for b in np.linspace(-8, 12, 41):
                sentence = evaluate("01.line", {"m": m, "b": b}).sentence
                for hint, (more_m, more_b) in steps.items():
                    if hint in sentence:
                        assert loss(m + more_m, b + more_b) < loss(m, b)


CHANCE = np.random.default_rng(0)
TRAIN, VALID = (CHANCE.integers(0, 256, (count, 28, 28), dtype="uint8") for count in (10, 4))
TRAIN_LABELS, VALID_LABELS = (CHANCE.integers(0, 24, count, dtype="uint8") for count in (10, 4))
X_TRAIN, X_VALID = TRAIN.reshape(10, 784) / 255, VALID.reshape(4, 784) / 255
Y_TRAIN, Y_VALID = np.eye(24)[TRAIN_LABELS], np.eye(24)[VALID_LABELS]
INPUTS = {"x_train": X_TRAIN, "x_valid": X_VALID, "y_train": Y_TRAIN, "y_valid": Y_VALID}
NETWORK = {"hidden_units": 300, "output_units": 24, "output_activation": "softmax", "loss": "categorical_crossentropy"}
LOSSES = keras.losses
SIGNERS = np.repeat([f"t{number:02}" for number in range(10)], 4)


class TestLesson02:
    @pytest.fixture(autouse=True)
    def images(self, fresh_session):
        """Ten small images with labels, and who signed forty."""
        keep(train_images=TRAIN, valid_images=VALID, train_labels=TRAIN_LABELS, valid_labels=VALID_LABELS)
        keep(signers=SIGNERS)

    @verdicts(
        "02",
        ("inputs", INPUTS, "right"),
        ("inputs", INPUTS | {"x_valid": X_VALID.astype("float32")}, "right"),
        ("inputs", INPUTS | {"y_train": keras.utils.to_categorical(TRAIN_LABELS, 24)}, "right"),
        *(("inputs", INPUTS | {"x_train": X_TRAIN * 255 / divisor}, "not yet") for divisor in (1, 256.5, 510, 255**2)),
        ("inputs", INPUTS | {"x_train": TRAIN / 255}, "not yet"),
        ("inputs", INPUTS | {"x_valid": X_TRAIN[:4]}, "not yet"),
        ("inputs", INPUTS | {"x_train": pd.DataFrame(X_TRAIN)}, "np.asarray"),
        ("inputs", INPUTS | {"y_train": pd.get_dummies(TRAIN_LABELS)}, "np.asarray"),
        ("inputs", INPUTS | {"y_train": np.eye(26)[TRAIN_LABELS]}, "not yet"),
        ("inputs", INPUTS | {"y_train": np.roll(Y_TRAIN, 1, axis=1)}, "do not name their label"),
        ("inputs", INPUTS | {"y_train": TRAIN_LABELS}, "a row of 24 numbers"),
        ("classifier", NETWORK, "right"),
        ("classifier", NETWORK | {"output_activation": keras.activations.softmax}, "right"),
        *(("classifier", NETWORK | {"output_units": units}, "one output for each") for units in (26, 10)),
        *(("classifier", NETWORK | {"output_activation": name}, "not yet") for name in ("sigmoid", "relu", "Softmax")),
        *(("classifier", NETWORK | {"hidden_units": units}, "32 to 2048") for units in (0, 10**6, "many")),
        ("classifier", NETWORK | {"loss": "CategoricalCrossentropy"}, "right"),
        ("classifier", NETWORK | {"loss": LOSSES.CategoricalCrossentropy()}, "right"),
        ("classifier", NETWORK | {"loss": LOSSES.CategoricalCrossentropy}, "right"),
        ("classifier", NETWORK | {"loss": LOSSES.categorical_crossentropy}, "right"),
        *(
            ("classifier", NETWORK | {"loss": loss}, "expected")
            for loss in ("sparse_categorical_crossentropy", "binary_crossentropy", "mse", "mae", 7)
        ),
        ("classifier", NETWORK | {"loss": LOSSES.CategoricalCrossentropy(from_logits=True)}, "not yet"),
        ("monitor", {"monitor": "val_loss"}, "right"),
        ("monitor", {"monitor": "val_accuracy"}, "right"),
        *(("monitor", {"monitor": name}, "as long as you train") for name in ("loss", "accuracy")),
        *(("monitor", {"monitor": name}, "in quotes") for name in ("validation", 3, ["val_loss"])),
        *(("leak", {"held_out": np.isin(SIGNERS, people)}, "right") for people in (["t03"], ["t00", "t09"])),
        ("leak", {"held_out": list(SIGNERS == "t01")}, "right"),
        ("leak", {"held_out": np.arange(40) % 4 == 0}, "10 people"),
        ("leak", {"held_out": np.isin(SIGNERS, ["t01", "t02", "t03"])}, "30.0% of the images"),
        ("leak", {"held_out": np.zeros(40, bool)}, "0.0% of the images"),
        ("leak", {"held_out": np.flatnonzero(SIGNERS == "t01")}, "True or False for each"),
        ("leak", {"held_out": (SIGNERS == "t01")[:9]}, "True or False for each"),
    )
    def test_answers_pass_and_mistakes_are_named(self, verdict):
        verdict()


PARAMETERS = {"second_parameters": 13872}
FIELDS = {"second_sees": 8, "third_sees": 18}
LABELS = np.arange(24)


def block(**settings):
    """An answer to the exercise: a convolution with other settings, a pooling, and batch normalization."""
    settings = {"kernel_size": 3, "padding": "same", "activation": "relu"} | settings

    def layers(filters):
        pooling = keras.layers.MaxPooling2D(2, padding="same")
        return [keras.layers.Conv2D(filters, **settings), pooling, keras.layers.BatchNormalization()]

    return layers


class TestLesson03:
    @pytest.fixture(autouse=True)
    def labels(self, fresh_session):
        """What the lesson keeps."""
        keep(valid_labels=LABELS)

    @verdicts(
        "03",
        *(
            ("kernel", {"horizontal_edge": kernel}, "right")
            for kernel in (
                [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
                [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
                [[0, -1, 0], [0, 0, 0], [0, 1, 0]],
                np.array([[-2, -2, -2], [1, 1, 1], [1, 1, 1]]),
            )
        ),
        ("kernel", {"horizontal_edge": [[-1, 0, 1]] * 3}, "vertical"),
        ("kernel", {"horizontal_edge": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]}, "brighter downward"),
        ("kernel", {"horizontal_edge": [[1, 1, 1]] * 3}, "plain"),
        ("kernel", {"horizontal_edge": [[0, 0, 0]] * 3}, "zeros"),
        ("kernel", {"horizontal_edge": [[-1, 1]]}, "three rows"),
        ("kernel", {"horizontal_edge": [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]}, "vertical"),
        ("kernel", {"horizontal_edge": [[-1, -1, -1], [1, -2, 1], [1, 1, 1]]}, "vertical"),
        ("block", {"block": block()}, "right"),
        ("block", {"block": block(activation=keras.activations.relu, kernel_size=(3, 3))}, "right"),
        ("block", {"block": lambda filters: [..., ..., keras.layers.BatchNormalization()]}, "not attempted"),
        ("block", {"block": lambda filters: None}, "return"),
        ("block", {"block": 32}, "a function"),
        ("block", {"block": lambda filters: block()(32)}, "5 kernels of 3 × 3"),
        ("block", {"block": block(kernel_size=5)}, "5 kernels of 5 × 5"),
        ("block", {"block": block(activation=None)}, "without ReLU"),
        ("block", {"block": block(padding="valid")}, "7 → 5 → 3"),
        ("block", {"block": lambda filters: block()(filters)[::-1]}, "Conv2D"),
        ("block", {"block": lambda filters: [block()(filters)[0], keras.layers.Flatten()]}, "MaxPooling2D"),
        ("field", FIELDS, "right"),
        *(("field", FIELDS | {"second_sees": number}, "two more places") for number in (6, 5, "8", 4)),
        *(("field", FIELDS | {"third_sees": number}, "second pooling") for number in (9, 14, 28)),
        ("parameters", PARAMETERS, "right"),
        ("parameters", {"second_parameters": 13824}, "bias"),
        ("parameters", {"second_parameters": 480}, "each of the 32 maps"),
        *(("parameters", {"second_parameters": number}, "not yet") for number in (432, 320, "13872", 7)),
        ("labels", {"repaired": LABELS}, "right"),
        ("labels", {"repaired": list(LABELS)}, "right"),
        ("labels", {"repaired": LABELS + (LABELS > 8)}, "one lower"),
        ("labels", {"repaired": LABELS + (LABELS > 8) - 1}, "a to i"),
        ("labels", {"repaired": LABELS[:9]}, "one label for each"),
    )
    def test_answers_pass_and_mistakes_are_named(self, verdict):
        verdict()
