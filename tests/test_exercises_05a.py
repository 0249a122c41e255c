"""The judges of lesson 05a: right answers other than ours pass, the usual mistakes are named."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from course import pretrained
from course.check.exercises import evaluate, keep
from course.check.lesson_05a import CLEAR, _middle_square
from course.paths import ROOT

FOLDER = ROOT / "data" / "doggy_door_images"
PATHS = [FOLDER / name for name in ("german_shepherd.jpg", "kitten_with_wool.jpg", "polar_bear.jpg")]


@pytest.fixture(scope="module")
def backbone() -> pretrained.Backbone:
    return pretrained.load()


@pytest.fixture(autouse=True)
def kept(fresh_session, backbone):
    """What the lesson keeps."""
    keep(backbone=backbone, sample_paths=PATHS)


def judged(name: str, **answers):
    return evaluate(f"05a.{name}", answers)


class TestParameters:
    @pytest.mark.parametrize("answer", [138_357_544, 138_357_544.0, np.int64(138_357_544)])
    def test_the_number_is_right_however_it_is_written(self, answer):
        assert judged("vgg-parameters", vgg_parameters=answer).state == "right"

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (138_344_128, "also has a bias"),  # weights alone
            (123_642_856, "more: (3 × 3 × inputs + 1)"),  # the dense layers alone
            (150_000_000, "fewer"),
            ("138357544", "a whole number"),
            (0.5, "a whole number"),
        ],
    )
    def test_a_wrong_number_is_told_what_is_missing(self, answer, words):
        feedback = judged("vgg-parameters", vgg_parameters=answer)
        assert feedback.state == "not yet"
        assert words in feedback.sentence

    def test_the_biases_are_counted_right(self):
        import keras

        from course.check.lesson_05a import VGG16_BIASES, VGG16_PARAMETERS

        network = keras.applications.VGG16(weights=None)
        assert network.count_params() == VGG16_PARAMETERS
        assert sum(one.bias.shape[0] for one in network.layers if hasattr(one, "bias")) == VGG16_BIASES


class TestReadablePrediction:
    def prediction(self, backbone, prepare=None, share=0.94):
        def readable_prediction(path):
            photo = Image.open(path).convert("RGB")
            side = share * min(photo.size)
            left, top = (photo.width - side) / 2, (photo.height - side) / 2
            square = photo.resize((224, 224), Image.Resampling.BILINEAR, (left, top, left + side, top + side))
            pixels = np.asarray(square, np.float32)[np.newaxis]
            return backbone.decode(backbone.model((prepare or backbone.preprocess)(pixels)))[0]

        return readable_prediction

    @pytest.mark.parametrize("share", [0.9, 0.94, 1])
    def test_any_way_to_cut_the_middle_is_right(self, backbone, share):
        answer = self.prediction(backbone, share=share)
        assert judged("readable-prediction", readable_prediction=answer).state == "right"
        assert judged("readable-prediction", readable_prediction=lambda path: tuple(answer(path))).state == "right"

    def test_pixels_that_were_not_prepared_are_found_out(self, backbone):
        answer = self.prediction(backbone, prepare=lambda pixels: pixels)
        feedback = judged("readable-prediction", readable_prediction=answer)
        assert feedback.state == "not yet"
        assert "were the pixels preprocessed?" in feedback.sentence
        assert "german_shepherd.jpg" in feedback.sentence

    def test_the_same_answer_for_every_photo_is_not_enough(self, backbone):
        first = self.prediction(backbone)(PATHS[0])
        feedback = judged("readable-prediction", readable_prediction=lambda path: first)
        assert feedback.state == "not yet"
        assert "for polar_bear.jpg, expected polar bear" in feedback.sentence

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda top: [top], "item [0] of what decode gives"),
            (lambda top: None, "expected return at the end of it"),
            (lambda top: top[:1], "three classes, each with number, name and probability"),
            (lambda top: [name for number, name, probability in top], "three classes"),
            (lambda top: top[0][1], "three classes"),
            (lambda top: 1 / 0, "ZeroDivisionError"),
        ],
    )
    def test_an_answer_of_another_form_is_told_the_right_one(self, backbone, change, words):
        answer = self.prediction(backbone)
        feedback = judged("readable-prediction", readable_prediction=lambda path: change(answer(path)))
        assert feedback.state == "not yet"
        assert words in feedback.sentence

    def test_a_function_with_its_blank_is_not_attempted_and_a_string_is_no_function(self):
        assert judged("readable-prediction", readable_prediction=lambda path: ...).state == "not attempted"
        assert judged("readable-prediction", readable_prediction="dog").state == "not yet"

    def test_two_of_the_photos_are_clear_enough_to_judge_by(self, backbone):
        best = [np.max(backbone.model(backbone.preprocess(_middle_square(path)))) for path in PATHS]
        assert [probability > CLEAR for probability in best] == [True, False, True]


class TestDoggyDoor:
    def test_the_ranges_are_right_however_they_are_written(self):
        def doggy_door(number):
            return "in" if number in range(151, 269) else "stay" if 280 < number < 286 else "out"

        assert judged("doggy-door", doggy_door=doggy_door).state == "right"

    @pytest.mark.parametrize(
        ("answer", "found"),
        [
            (lambda n: "in" if 151 <= n < 268 else "stay" if 281 <= n <= 285 else "out", "'out' for class 268"),
            (lambda n: "in" if 150 <= n <= 268 else "stay" if 281 <= n <= 285 else "out", "'in' for class 150"),
            (lambda n: "in" if 151 <= n <= 268 else "stay" if 281 <= n < 285 else "out", "'out' for class 285"),
            (lambda n: "in" if 151 <= n <= 285 else "out", "'in' for class 281, tabby cat"),
            (lambda n: "In" if 151 <= n <= 268 else "stay" if 281 <= n <= 285 else "out", "'In' for class 207"),
            (lambda n: True, "True for class 207"),
            (lambda n: print(end=""), "a function that returns nothing"),
            ("in", "in, expected a function"),
        ],
    )
    def test_a_wrong_door_is_named_with_its_class(self, answer, found):
        feedback = judged("doggy-door", doggy_door=answer)
        assert feedback.state == "not yet"
        assert f"found {found}" in feedback.sentence

    def test_a_function_with_its_blank_is_not_attempted(self):
        assert judged("doggy-door", doggy_door=lambda number: ...).state == "not attempted"


class TestOperations:
    def test_both_numbers_are_right(self):
        feedback = judged("operations", conv_operations=1_849_688_064, fc1_operations=102_760_448.0)
        assert feedback.state == "right"

    @pytest.mark.parametrize(
        ("answers", "words"),
        [
            ((36_864, 102_760_448), "found conv_operations = 36,864, expected 3 × 3 × 64 for each"),
            ((1_849_688_064, 102_764_544), "found fc1_operations = 102,764,544, expected one for each weight"),
            (("many", 102_760_448), "found conv_operations = 'many'"),
        ],
    )
    def test_a_wrong_number_is_told_how_to_count(self, answers, words):
        feedback = judged("operations", conv_operations=answers[0], fc1_operations=answers[1])
        assert feedback.state == "not yet"
        assert words in feedback.sentence

    def test_what_the_judge_says_of_the_two_is_true(self):
        assert 2700 < (25088 * 4096 + 4096) / (9 * 64 * 64 + 64) < 2850
        assert round(1_849_688_064 / 102_760_448) == 18
