"""The judges of lesson 07: what can work passes, also where it is not ours; the usual mistakes are named."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from course import pretrained
from course.check.exercises import decided, evaluate, keep
from course.messages import CourseError, NotAttempted

RNG = np.random.default_rng(1)
PICTURES = RNG.integers(0, 256, (16, 8, 8, 3), dtype=np.uint8).repeat(28, axis=1).repeat(28, axis=2)


@pytest.fixture(scope="module")
def backbone():
    return pretrained.load()


@pytest.fixture(autouse=True)
def kept(fresh_session, backbone):
    """What the lesson keeps."""
    keep(sample_images=PICTURES, backbone=backbone, head_rate=0.001)


def judged(name: str, **answers):
    return evaluate(f"07.{name}", answers)


def said(name: str, **answers) -> str:
    feedback = judged(name, **answers)
    assert feedback.state == "not yet"
    return feedback.sentence


class TestAugmentation:
    @pytest.mark.parametrize(
        "changes",
        [
            [layers.RandomFlip("horizontal")],
            [layers.RandomRotation(0.5), layers.RandomZoom(0.2), layers.RandomBrightness(0.2)],
            [layers.RandomTranslation(0.2, 0.2, fill_mode="constant"), layers.RandomContrast(0.3)],
        ],
    )
    def test_any_random_change_that_keeps_the_picture_passes(self, changes):
        assert judged("augmentation", augment=keras.Sequential(changes)).state == "right"

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (layers.Rescaling(1 / 255), "nearly black"),
            (layers.Rescaling(1.0), "the same picture every time"),
            (layers.RandomBrightness((-1.0, -1.0)), "nearly black"),
            (layers.RandomCrop(100, 100), "(16, 100, 100, 3)"),
        ],
    )
    def test_what_spoils_the_picture_or_changes_nothing_is_named(self, change, words):
        assert words in said("augmentation", augment=keras.Sequential([change]))

    def test_a_list_of_layers_is_no_augmentation(self):
        assert "keras.Sequential" in said("augmentation", augment=[layers.RandomFlip()])

    def test_colours_are_evidence(self):
        def gray(images, training):
            flipped = images[:, :, :: -1 if RNG.random() < 0.5 else 1]
            return (flipped + RNG.random()).mean(axis=-1, keepdims=True).repeat(3, axis=-1)

        assert "brown is evidence" in said("augmentation", augment=gray)


class TestCut:
    @pytest.mark.parametrize("cut", ["block6d_add", "block7a_project_bn", "block6a_project_bn", "block4c_add"])
    def test_the_end_of_any_late_block_passes(self, cut):
        assert judged("cut", cut=cut).state == "right"

    @pytest.mark.parametrize(
        ("cut", "words"),
        [
            ("block9a_add", "the last layer of a block"),
            (6, "the last layer of a block"),
            ("block6c_expand_relu", "the last layer of a block"),
            ("head_relu", "something to fine-tune"),
            ("block2b_add", "56 × 56"),
        ],
    )
    def test_a_cut_that_cannot_work_is_told_why(self, cut, words):
        assert words in said("cut", cut=cut)


def head_of(*inside) -> keras.Sequential:
    return keras.Sequential([keras.Input((1280,)), *inside])


class TestHead:
    @pytest.mark.parametrize(
        "inside",
        [
            [layers.Dense(6, activation="softmax")],
            [layers.Dense(6)],
            [layers.Dense(64, activation="relu"), layers.Dropout(0.5), layers.Dense(6), layers.Softmax()],
            [layers.BatchNormalization(), layers.Dense(6, activation="linear")],
        ],
    )
    def test_softmax_and_logits_pass_with_whatever_comes_before(self, inside):
        assert judged("head", head=head_of(*inside)).state == "right"

    @pytest.mark.parametrize(
        ("inside", "words"),
        [
            ([layers.Dense(6, activation="sigmoid")], "each by itself"),
            ([layers.Dense(6, activation="relu")], "each by itself"),
            ([layers.Dense(6, activation="tanh")], "each by itself"),
            ([layers.Dense(1)], "(200, 1)"),
            ([layers.Dense(2, activation="softmax")], "(200, 2)"),
        ],
    )
    def test_another_end_is_named(self, inside, words):
        assert words in said("head", head=head_of(*inside))

    def test_a_list_of_layers_is_no_network(self):
        assert "keras.Sequential" in said("head", head=[layers.Dense(6)])


SOFTMAX, LOGITS = head_of(layers.Dense(6, activation="softmax")), head_of(layers.Dense(6))


class TestLoss:
    @pytest.mark.parametrize(
        ("head", "loss"),
        [
            (SOFTMAX, "sparse_categorical_crossentropy"),
            (SOFTMAX, keras.losses.SparseCategoricalCrossentropy),
            (SOFTMAX, keras.losses.sparse_categorical_crossentropy),
            (LOGITS, keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
            (LOGITS, lambda y, z: keras.ops.sparse_categorical_crossentropy(y, z, from_logits=True)),
        ],
    )
    def test_cross_entropy_passes_however_it_is_named(self, head, loss):
        assert judged("loss", loss=loss, head=head).state == "right"

    @pytest.mark.parametrize(
        ("head", "loss", "words"),
        [
            (SOFTMAX, keras.losses.SparseCategoricalCrossentropy(from_logits=True), "the other kind of head"),
            (LOGITS, "sparse_categorical_crossentropy", "the other kind of head"),
            (SOFTMAX, "categorical_crossentropy", "whole numbers"),
            (SOFTMAX, "binary_crossentropy", "whole numbers"),
            (SOFTMAX, "mean_squared_error", "whole numbers"),
            (SOFTMAX, "hubert", "ValueError"),
        ],
    )
    def test_a_loss_that_does_not_fit_is_told_why(self, head, loss, words):
        assert words in said("loss", loss=loss, head=head)


@pytest.fixture(scope="module")
def upper(backbone):
    return keras.Model(backbone.features.get_layer("block6d_add").output, backbone.features.output)


class TestTuning:
    @staticmethod
    def all_but_norm(layer):
        return not isinstance(layer, layers.BatchNormalization)

    @pytest.mark.parametrize(
        ("may_learn", "rate"),
        [
            (None, 1e-4),
            (lambda layer: "_bn" not in layer.name, np.float32(2e-5)),
            (lambda layer: layer.name == "head", 3e-4),
            (None, keras.optimizers.schedules.CosineDecay(2e-4, 100)),
        ],
    )
    def test_small_steps_without_the_averages_pass(self, upper, may_learn, rate):
        answers = {"may_learn": may_learn or self.all_but_norm, "fine_tuning_rate": rate}
        assert judged("tuning", **answers, upper=upper).state == "right"

    @pytest.mark.parametrize(
        ("may_learn", "rate", "words"),
        [
            (lambda layer: True, 1e-4, "averages"),
            (lambda layer: False, 1e-4, "at least one"),
            (lambda layer: None, 1e-4, "returns nothing"),
            (None, 0.001, "0.001"),
            (None, 0.1, "0.1"),
            (None, 0, "more than nothing"),
            (None, -1e-4, "more than nothing"),
            (None, "slow", "slow"),
            (True, 1e-4, "a function"),
        ],
    )
    def test_what_would_spoil_the_network_is_told(self, upper, may_learn, rate, words):
        answers = {"may_learn": may_learn or self.all_but_norm, "fine_tuning_rate": rate}
        assert words in said("tuning", **answers, upper=upper)

    def test_a_blank_in_the_function_is_not_attempted(self, upper):
        feedback = judged("tuning", may_learn=lambda layer: ..., fine_tuning_rate=1e-4, upper=upper)
        assert feedback.state == "not attempted"


class TestModel:
    @pytest.fixture
    def small(self):
        """A network that tells by brightness, prepared as the backbone asks for; keeps what it answers."""
        net = keras.Sequential([keras.Input((224, 224, 3)), layers.GlobalAveragePooling2D(), layers.Dense(6)])
        net.layers[-1].set_weights([np.outer(np.ones(3), np.linspace(-1, 1, 6)), -(np.linspace(-1, 1, 6) ** 2)])
        bright = np.linspace(0.1, 1, 12)[:, None, None, None]
        pictures = (PICTURES[:12] / PICTURES[:12].mean(axis=(1, 2, 3), keepdims=True) * bright * 200).clip(0, 255)
        answers = np.asarray(net((pictures.astype("uint8") - 127.0) / 128)).argmax(axis=1)
        assert len(set(answers)) > 2
        keep(few_images=pictures.astype("uint8"), few_answers=answers)
        return net

    @staticmethod
    def whole(*parts):
        return keras.Sequential([keras.Input((224, 224, 3)), *parts])

    def test_preparation_inside_passes_with_or_without_softmax(self, small):
        recipe = layers.Rescaling(1 / 128, offset=-127 / 128)
        assert judged("model", model=self.whole(recipe, small)).state == "right"
        assert judged("model", model=self.whole(recipe, small, layers.Softmax())).state == "right"

    def test_the_usual_mistakes_are_named(self, small):
        assert "preparation inside" in said("model", model=small)
        assert "in order" in said("model", model=self.whole(layers.Rescaling(-1.0), small))
        assert "(None, 6)" in said("model", model=self.whole(small, layers.Dense(2)))
        narrow = keras.Sequential([keras.Input((7, 7, 192)), layers.Flatten(), layers.Dense(6)])
        assert "(None, 224, 224, 3)" in said("model", model=narrow)
        assert "keras.Sequential" in said("model", model="fruit_model.keras")


class TestDecided:
    def test_a_blank_ends_the_cell_kindly_and_a_wrong_answer_with_what_was_found(self, monkeypatch):
        for answer, error, words in (
            (..., NotAttempted, "Your turn: fill in cut"),
            ("stem", CourseError, "Not yet: found"),
        ):
            monkeypatch.setattr("course.check.exercises._notebook_namespace", lambda answer=answer: {"cut": answer})
            with pytest.raises(error, match=words) as raised:
                decided("07.cut")
            assert type(raised.value) is error

    def test_a_right_one_is_shown(self, monkeypatch):
        monkeypatch.setattr("course.check.exercises._notebook_namespace", lambda: {"cut": "block6d_add"})
        assert decided("07.cut").state == "right"
