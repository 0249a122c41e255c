"""Exercises: a right answer passes and says why, a wrong one is told what was found, a blank is not a failure."""

from __future__ import annotations

import numpy as np
import pytest

from course.check import exercises
from course.check.exercises import evaluate, keep, right, untouched
from course.messages import CourseError

pytestmark = pytest.mark.usefixtures("fresh_session")

POINTS = {
    "points_x": np.arange(10.0),
    "points_y": np.array([3.2, 4.1, 7.6, 8.0, 10.9, 11.8, 15.6, 16.1, 19.2, 20.1]),
}


NETWORK = {
    "hidden_units": 300,
    "hidden_activation": "tanh",
    "output_units": 24,
    "output_activation": "softmax",
}


@pytest.fixture
def images():
    """Ten small "pictures" with labels, as lesson 02 keeps them."""
    chance = np.random.default_rng(0)
    arrays = {
        "train_images": chance.integers(0, 256, (10, 28, 28), dtype="uint8"),
        "valid_images": chance.integers(0, 256, (4, 28, 28), dtype="uint8"),
        "train_labels": chance.integers(0, 24, 10, dtype="uint8"),
        "valid_labels": chance.integers(0, 24, 4, dtype="uint8"),
    }
    keep(**arrays)
    return arrays


def state(exercise_id, **answers):
    return evaluate(exercise_id, answers).state


def test_an_answer_that_is_missing_none_or_an_ellipsis_is_not_attempted():
    keep(**POINTS)
    for answers in ({}, {"m": ..., "b": ...}, {"m": None, "b": 3.0}, {"m": 2.0}):
        feedback = evaluate("01.line", answers)
        assert feedback.state == "not attempted"
    assert "m" not in evaluate("01.line", {"m": 2.0}).sentence.split()
    assert "b" in evaluate("01.line", {"m": 2.0}).sentence.split()


def test_an_answer_of_a_strange_kind_is_not_yet_right_and_never_an_error():
    keep(**POINTS)
    for strange in ("two", [1, 2], object(), float("nan"), {}, lambda: 2):
        assert state("01.line", m=strange, b=3.0) == "not yet"


def test_feedback_escapes_what_the_learner_typed():
    page = evaluate("01.activation", {"activation": "<script>alert(1)</script>"})._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_feedback_tells_its_state_in_words_and_with_a_mark_not_only_by_colour():
    assert "✓" in right("it is.")._repr_html_() and "Right" in right("it is.")._repr_html_()
    assert repr(right("it is.")) == "✓ Right: it is."


def test_what_is_kept_can_not_be_changed_in_place():
    keep(train_images=np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        untouched("train_images")[0] = 1


def test_several_names_give_the_kept_arrays_in_that_order():
    keep(first=np.array([1]), second=np.array([2]))
    second, first = untouched("second", "first")
    assert (second, first) == (2, 1)


def test_an_exercise_before_its_data_is_loaded_says_which_cells_to_run():
    with pytest.raises(CourseError, match="run the cells above"):
        evaluate("02.normalise", {"x_train": 1, "x_valid": 1})


def test_the_solution_steps_in_only_where_the_answer_does_not_pass(monkeypatch, capsys):
    keep(**POINTS)
    for answers, solution_needed, said in (
        ({"m": 2.0, "b": 3.0}, False, "Your own answer"),
        ({"m": 9.0, "b": 3.0}, True, "does not pass yet"),
        ({}, True, "No answer yet"),
    ):
        monkeypatch.setattr(exercises, "_notebook_namespace", lambda answers=answers: answers)
        assert exercises.unsolved("01.line") is solution_needed
        printed = capsys.readouterr().out
        assert said in printed and printed.count("\n") == 1


class TestLesson01:
    def test_a_line_close_to_the_points_passes(self):
        keep(**POINTS)
        assert state("01.line", m=2, b=2.5) == "right"

    def test_the_hint_is_always_a_change_that_lowers_the_loss(self):
        keep(**POINTS)

        def loss(m, b):
            return np.mean((m * POINTS["points_x"] + b - POINTS["points_y"]) ** 2)

        steps = {"flatter": (-0.01, 0), "steeper": (0.01, 0), "lower": (0, -0.01), "higher": (0, 0.01)}
        for m in np.linspace(-2, 5, 29):
            for b in np.linspace(-8, 12, 41):
                sentence = evaluate("01.line", {"m": m, "b": b}).sentence
                for hint, (more_m, more_b) in steps.items():
                    if hint in sentence:
                        assert loss(m + more_m, b + more_b) < loss(m, b)

    def test_numbers_in_quotes_and_numbers_without_end_do_not(self):
        keep(**POINTS)
        assert "quotes" in evaluate("01.line", {"m": "2", "b": "3"}).sentence
        assert "ordinary" in evaluate("01.line", {"m": float("inf"), "b": 3}).sentence
        assert "quotes" in evaluate("01.parameters", {"parameters": "669706"}).sentence

    @pytest.mark.parametrize(
        ("m", "b", "hint"), [(4, 3, "flatter"), (0, 11, "steeper"), (2, 9, "lower"), (2, -3, "higher")]
    )
    def test_a_line_far_away_is_told_which_way_to_move(self, m, b, hint):
        keep(**POINTS)
        feedback = evaluate("01.line", {"m": m, "b": b})
        assert feedback.state == "not yet" and hint in feedback.sentence

    def test_the_number_of_parameters_is_that_of_keras(self):
        import keras

        dense = [keras.layers.Dense(units) for units in (512, 512, 10)]
        model = keras.Sequential([keras.Input((784,)), *dense])
        assert state("01.parameters", parameters=model.count_params()) == "right"

    def test_forgotten_biases_are_recognised(self):
        feedback = evaluate("01.parameters", {"parameters": 784 * 512 + 512 * 512 + 512 * 10})
        assert feedback.state == "not yet" and "bias" in feedback.sentence

    def test_too_few_and_too_many_parameters_are_told_apart(self):
        assert "fewer" in evaluate("01.parameters", {"parameters": 10**6}).sentence
        assert "more" in evaluate("01.parameters", {"parameters": 1000}).sentence
        assert state("01.parameters", parameters=669706.5) == "not yet"

    @pytest.mark.parametrize("name", ["tanh", "sigmoid", "gelu", "elu", "softplus"])
    def test_another_activation_passes(self, name):
        assert state("01.activation", activation=name) == "right"

    @pytest.mark.parametrize("name", ["relu", "linear", "softmax", "no such", 3])
    def test_the_same_an_unknown_or_no_activation_does_not(self, name):
        assert state("01.activation", activation=name) == "not yet"


class TestLesson02:
    def test_flattened_and_divided_by_255_passes(self, images):
        answers = {
            "x_train": images["train_images"].reshape(10, 784) / 255,
            "x_valid": (images["valid_images"].reshape(4, 784) / 255).astype("float32"),
        }
        assert state("02.normalise", **answers) == "right"

    @pytest.mark.parametrize("divisor", [1, 256.5, 510, 255**2])
    def test_another_scale_does_not(self, images, divisor):
        answers = {
            "x_train": images["train_images"].reshape(10, 784) / divisor,
            "x_valid": images["valid_images"].reshape(4, 784) / 255,
        }
        assert state("02.normalise", **answers) == "not yet"

    def test_pictures_that_are_not_flattened_or_the_wrong_set_do_not(self, images):
        flat = images["train_images"].reshape(10, 784) / 255
        assert state("02.normalise", x_train=images["train_images"] / 255, x_valid=flat[:4]) == "not yet"
        assert state("02.normalise", x_train=flat, x_valid=flat[:4]) == "not yet"

    def test_one_hot_rows_pass_from_keras_or_by_hand(self, images):
        import keras

        y_train = keras.utils.to_categorical(images["train_labels"], 24)
        y_valid = np.eye(24)[images["valid_labels"]]
        assert state("02.one-hot", y_train=y_train, y_valid=y_valid) == "right"

    def test_answers_that_are_no_arrays_are_told_how_to_make_one(self, images):
        import pandas as pd

        rows = pd.DataFrame(images["train_images"].reshape(-1, 784) / 255)
        table = evaluate("02.normalise", {"x_train": rows, "x_valid": 1})
        dummies = evaluate("02.one-hot", {"y_train": pd.get_dummies(images["train_labels"]), "y_valid": 1})
        assert "np.asarray" in table.sentence
        assert "np.asarray" in dummies.sentence

    def test_a_loss_for_logits_after_softmax_does_not(self):
        import keras

        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        assert state("02.compile", loss=loss) == "not yet"

    def test_rows_of_the_wrong_width_or_the_wrong_letters_do_not(self, images):
        y_train, y_valid = np.eye(24)[images["train_labels"]], np.eye(24)[images["valid_labels"]]
        assert state("02.one-hot", y_train=np.eye(26)[images["train_labels"]], y_valid=y_valid) == "not yet"
        assert state("02.one-hot", y_train=np.roll(y_train, 1, axis=1), y_valid=y_valid) == "not yet"
        assert state("02.one-hot", y_train=images["train_labels"], y_valid=y_valid) == "not yet"

    def test_another_sensible_network_than_ours_passes(self):
        import keras

        assert state("02.build", **NETWORK) == "right"
        assert state("02.build", **NETWORK | {"hidden_activation": keras.activations.relu}) == "right"

    @pytest.mark.parametrize(
        "mistake",
        [
            {"output_units": 26},
            {"output_units": 10},
            {"output_activation": "sigmoid"},
            {"output_activation": "relu"},
            {"hidden_activation": "linear"},
            {"hidden_activation": "no such"},
            {"hidden_units": 0},
            {"hidden_units": 10**6},
            {"hidden_units": "many"},
            {"hidden_activation": "Tanh"},
        ],
    )
    def test_a_network_that_can_not_work_does_not(self, mistake):
        assert state("02.build", **NETWORK | mistake) == "not yet"

    def test_the_categorical_loss_passes_by_name_and_as_an_object(self):
        import keras

        for loss in (
            "categorical_crossentropy",
            keras.losses.CategoricalCrossentropy(),
            keras.losses.categorical_crossentropy,
            keras.losses.CategoricalCrossentropy,
            "CategoricalCrossentropy",
        ):
            assert state("02.compile", loss=loss) == "right"

    @pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "binary_crossentropy", "mse", "mae", 7])
    def test_other_losses_are_told_why_not(self, loss):
        feedback = evaluate("02.compile", {"loss": loss})
        assert feedback.state == "not yet" and "expected" in feedback.sentence

    @pytest.fixture
    def task(self):
        """A tiny task that a model can learn by heart and not beyond, as arrays of lesson 02."""
        chance = np.random.default_rng(1)
        arrays = {
            "x_train": chance.random((60, 784), dtype="float32"),
            "y_train": np.eye(24)[chance.integers(0, 24, 60)],
            "x_valid": chance.random((60, 784), dtype="float32"),
            "y_valid": np.eye(24)[chance.integers(0, 24, 60)],
        }
        keep(**arrays)
        return arrays

    @staticmethod
    def trained(x, y, validation_data, epochs=20):
        import keras

        keras.utils.set_random_seed(1)
        layers = [keras.layers.Dense(64, "relu"), keras.layers.Dense(24, "softmax")]
        model = keras.Sequential([keras.Input((784,)), *layers])
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        return {"model": model, "history": model.fit(x, y, epochs=epochs, validation_data=validation_data, verbose=0)}

    def test_a_run_on_the_training_set_judged_on_the_validation_set_passes(self, task):
        answers = self.trained(task["x_train"], task["y_train"], (task["x_valid"], task["y_valid"]))
        assert state("02.fit", **answers) == "right"

    def test_a_run_judged_on_its_own_training_pictures_does_not(self, task):
        answers = self.trained(task["x_train"], task["y_train"], (task["x_train"], task["y_train"]))
        feedback = evaluate("02.fit", answers)
        assert feedback.state == "not yet" and "validation_data=(x_valid, y_valid)" in feedback.sentence

    def test_a_run_that_learned_from_the_validation_set_does_not(self, task):
        answers = self.trained(task["x_valid"], task["y_valid"], (task["x_valid"], task["y_valid"]))
        feedback = evaluate("02.fit", answers)
        assert feedback.state == "not yet" and "x_train" in feedback.sentence

    def test_a_run_without_validation_or_with_two_epochs_does_not(self, task):
        no_validation = self.trained(task["x_train"], task["y_train"], None)
        short = self.trained(task["x_train"], task["y_train"], (task["x_valid"], task["y_valid"]), epochs=2)
        assert "validation_data" in evaluate("02.fit", no_validation).sentence
        assert state("02.fit", **short) == "not yet"

    def test_something_else_than_a_history_does_not(self, task):
        answers = self.trained(task["x_train"], task["y_train"], (task["x_valid"], task["y_valid"]))
        assert state("02.fit", **answers | {"history": "done"}) == "not yet"


class TestLesson03:
    @pytest.mark.parametrize(
        "kernel",
        [
            [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
            [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
            [[0, -1, 0], [0, 0, 0], [0, 1, 0]],
            np.array([[-2, -2, -2], [1, 1, 1], [1, 1, 1]]),
        ],
    )
    def test_kernels_that_find_horizontal_edges_pass(self, kernel):
        assert state("03.kernel", horizontal_edge=kernel) == "right"

    @pytest.mark.parametrize(
        ("kernel", "told"),
        [
            ([[-1, 0, 1]] * 3, "vertical"),
            ([[1, 1, 1], [0, 0, 0], [-1, -1, -1]], "brighter downwards"),
            ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], "plain"),
            ([[0, 0, 0]] * 3, "zeros"),
            ([[-1, 1]], "three rows"),
            ([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], "vertical"),
            ([[-1, -1, -1], [1, -2, 1], [1, 1, 1]], "vertical"),
        ],
    )
    def test_other_kernels_are_told_what_they_find_instead(self, kernel, told):
        feedback = evaluate("03.kernel", {"horizontal_edge": kernel})
        assert feedback.state == "not yet" and told in feedback.sentence

    def test_shapes_and_parameters_are_those_of_keras(self):
        import keras

        model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, padding="same")])
        for _ in range(3):
            model.add(keras.layers.MaxPooling2D(2, padding="same"))
        answers = {"final_size": model.output_shape[1], "first_parameters": model.count_params()}
        assert state("03.shapes", **answers) == "right"
        for wrong in (3, 4.9, "4"):
            assert state("03.shapes", **answers | {"final_size": wrong}) == "not yet"
        assert state("03.shapes", **answers | {"first_parameters": 288}) == "not yet"
