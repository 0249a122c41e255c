"""The judges of lesson 07: what can work passes, also where it is not ours; the usual mistakes are named."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers
from verdicts import judge, verdicts

from course import pretrained
from course.check.exercises import decided, keep
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


def gray(images, training):
    flipped = images[:, :, :: -1 if RNG.random() < 0.5 else 1]
    return (flipped + RNG.random()).mean(axis=-1, keepdims=True).repeat(3, axis=-1)


AUGMENTATIONS = (
    ([layers.RandomFlip("horizontal")], "right"),
    ([layers.RandomRotation(0.5), layers.RandomZoom(0.2), layers.RandomBrightness(0.2)], "right"),
    ([layers.RandomTranslation(0.2, 0.2, fill_mode="constant"), layers.RandomContrast(0.3)], "right"),
    ([layers.Rescaling(1 / 255)], "nearly black"),
    ([layers.Rescaling(1.0)], "the same picture every time"),
    ([layers.RandomBrightness((-1.0, -1.0))], "nearly black"),
    ([layers.RandomCrop(100, 100)], "(16, 100, 100, 3)"),
)
CUTS = {
    "right": ("block6d_add", "block7a_project_bn", "block6a_project_bn", "block4c_add"),
    "the last layer of a block": ("block9a_add", 6, "block6c_expand_relu"),
    "something to fine-tune": ("head_relu",),
    "56 × 56": ("block2b_add",),
}


def head_of(*inside) -> keras.Sequential:
    return keras.Sequential([keras.Input((1280,)), *inside])


SOFTMAX, LOGITS = head_of(layers.Dense(6, activation="softmax")), head_of(layers.Dense(6))
HEADS = (
    (SOFTMAX, "right"),
    (LOGITS, "right"),
    (head_of(layers.Dense(64, "relu"), layers.Dropout(0.5), layers.Dense(6), layers.Softmax()), "right"),
    (head_of(layers.BatchNormalization(), layers.Dense(6, activation="linear")), "right"),
    *((head_of(layers.Dense(6, activation=name)), "each by itself") for name in ("sigmoid", "relu", "tanh")),
    (head_of(layers.Dense(1)), "(200, 1)"),
    (head_of(layers.Dense(2, activation="softmax")), "(200, 2)"),
    ([layers.Dense(6)], "keras.Sequential"),
)
OF_LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
LOSSES = (
    (SOFTMAX, "sparse_categorical_crossentropy", "right"),
    (SOFTMAX, keras.losses.SparseCategoricalCrossentropy, "right"),
    (SOFTMAX, keras.losses.sparse_categorical_crossentropy, "right"),
    (LOGITS, OF_LOGITS, "right"),
    (LOGITS, lambda y, z: keras.ops.sparse_categorical_crossentropy(y, z, from_logits=True), "right"),
    (SOFTMAX, OF_LOGITS, "the other kind of head"),
    (LOGITS, "sparse_categorical_crossentropy", "the other kind of head"),
    (SOFTMAX, "categorical_crossentropy", "whole numbers"),
    (SOFTMAX, "binary_crossentropy", "whole numbers"),
    (SOFTMAX, "mean_squared_error", "whole numbers"),
    (SOFTMAX, "hubert", "ValueError"),
)


def all_but_norm(layer):
    return not isinstance(layer, layers.BatchNormalization)


TUNINGS = (
    (all_but_norm, 1e-4, "right"),
    (lambda layer: "_bn" not in layer.name, np.float32(2e-5), "right"),
    (lambda layer: layer.name == "head", 3e-4, "right"),
    (all_but_norm, keras.optimizers.schedules.CosineDecay(2e-4, 100), "right"),
    (lambda layer: True, 1e-4, "averages"),
    (lambda layer: False, 1e-4, "at least one"),
    (lambda layer: None, 1e-4, "returns nothing"),
    (all_but_norm, 0.001, "0.001"),
    (all_but_norm, 0.1, "0.1"),
    (all_but_norm, 0, "more than nothing"),
    (all_but_norm, -1e-4, "more than nothing"),
    (all_but_norm, "slow", "slow"),
    (True, 1e-4, "a function"),
    (lambda layer: ..., 1e-4, "not attempted"),
)


@verdicts(
    "07",
    *(("augmentation", {"augment": keras.Sequential(changes)}, said) for changes, said in AUGMENTATIONS),
    ("augmentation", {"augment": [layers.RandomFlip()]}, "keras.Sequential"),
    ("augmentation", {"augment": gray}, "brown is evidence"),
    *(("cut", {"cut": cut}, said) for said, cuts in CUTS.items() for cut in cuts),
    *(("head", {"head": head}, said) for head, said in HEADS),
    *(("loss", {"loss": loss, "head": head}, said) for head, loss, said in LOSSES),
)
def test_answers_that_can_work_pass_and_mistakes_are_named(verdict):
    verdict()


@pytest.mark.parametrize(("may_learn", "rate", "expected"), TUNINGS)
def test_small_steps_that_leave_the_averages_alone_pass(backbone, may_learn, rate, expected):
    upper = keras.Model(backbone.features.get_layer("block6d_add").output, backbone.features.output)
    judge("07", "tuning", {"may_learn": may_learn, "fine_tuning_rate": rate, "upper": upper}, expected)


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
        judge("07", "model", {"model": self.whole(recipe, small)}, "right")
        judge("07", "model", {"model": self.whole(recipe, small, layers.Softmax())}, "right")

    def test_the_usual_mistakes_are_named(self, small):
        narrow = keras.Sequential([keras.Input((7, 7, 192)), layers.Flatten(), layers.Dense(6)])
        for model, words in (
            (small, "preparation inside"),
            (self.whole(layers.Rescaling(-1.0), small), "in order"),
            (self.whole(small, layers.Dense(2)), "(None, 6)"),
            (narrow, "(None, 224, 224, 3)"),
            ("fruit_model.keras", "keras.Sequential"),
        ):
            judge("07", "model", {"model": model}, words)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [(..., NotAttempted, "Your turn: fill in cut"), ("stem", CourseError, "Not yet: found")],
)
def test_a_decision_ends_the_cell_kindly_or_with_what_was_found_unless_it_is_right(monkeypatch, answer, error, words):
    answers = {"cut": answer}
    monkeypatch.setattr("course.check.exercises._notebook_namespace", lambda: answers)
    with pytest.raises(error, match=words) as raised:
        decided("07.cut")
    assert type(raised.value) is error
    answers["cut"] = "block6d_add"
    assert decided("07.cut").state == "right"
