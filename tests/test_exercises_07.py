"""The judges of lesson 07: what can work passes, also where it is weak; what cannot is refused with the reason."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, losses
from verdicts import verdicts

from course import pretrained
from course.check.exercises import decided, keep
from course.messages import CourseError, NotAttempted

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (12, 8, 8, 3), dtype=np.uint8).repeat(28, axis=1).repeat(28, axis=2)
WHY = "The fruit lies on any side there."


def sequential(*inside) -> keras.Sequential:
    return keras.Sequential(list(inside))


def head_of(*inside) -> keras.Sequential:
    return sequential(keras.Input((1280,)), *inside)


RECIPE = {
    "augment": sequential(layers.RandomFlip("horizontal")),
    "preprocess": layers.Rescaling(1 / 128, offset=-127 / 128),
    "head": head_of(layers.Dropout(0.3), layers.Dense(6)),
    "loss": losses.SparseCategoricalCrossentropy(from_logits=True),
    "head_rate": 0.003,
    "head_epochs": 2,
    "unfreeze": "block7a",
    "tune_rate": 1e-4,
    "tune_epochs": 2,
}


@pytest.fixture(scope="module")
def backbone():
    return pretrained.load()


@pytest.fixture(autouse=True)
def kept(fresh_session, backbone):
    """What the lesson keeps."""
    keep(train_images=IMAGES, backbone=backbone)


def smoothed(labels, outputs):
    one_hot = keras.ops.one_hot(labels, 6)
    return losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(one_hot, outputs)


CAN_WORK = (
    {"augment": sequential(layers.RandomFlip(), layers.RandomRotation(0.5), layers.RandomBrightness((-0.5, 0.1)))},
    {"augment": sequential(layers.Identity())},
    {"augment": sequential(layers.RandomZoom((-0.9, -0.7)))},
    {"preprocess": layers.Rescaling(1 / 255)},
    {"preprocess": sequential(layers.CenterCrop(200, 200), layers.Resizing(224, 224), layers.Rescaling(1 / 128, -1))},
    {"head": head_of(layers.Dense(64, "relu"), layers.Dropout(0.5), layers.Dense(6))},
    {"head": head_of(layers.Dense(2048, "relu"), layers.Dense(6))},
    {"loss": smoothed},
    {"head_rate": 0.01},
    {"tune_rate": keras.optimizers.schedules.CosineDecay(3e-4, 100)},
    {"tune_rate": 0.01},
    {"tune_epochs": 0},
    {"head_epochs": 4},
    {"unfreeze": "stem"},
    {"unfreeze": "head"},
)
CANNOT_WORK = (
    ({"augment": [layers.RandomFlip()]}, "keras.Sequential"),
    ({"augment": sequential(layers.RandomCrop(100, 100))}, "(12, 100, 100, 3)"),
    ({"augment": sequential(layers.RandomFlip(), layers.Rescaling(1 / 255))}, "can be seen"),
    ({"augment": sequential(layers.RandomBrightness((-1.0, -1.0)))}, "can be seen"),
    ({"preprocess": lambda images: images}, "Keras layer"),
    ({"preprocess": layers.Resizing(96, 96)}, "(224, 224, 3)"),
    ({"preprocess": layers.Rescaling(0.0)}, "show nothing"),
    ({"head": head_of(layers.Dense(2))}, "(200, 6)"),
    ({"head": head_of(layers.Dense(6, activation="softmax"))}, "six logits"),
    ({"head": head_of(layers.Dense(6, activation="sigmoid"))}, "six logits"),
    ({"head": layers.Dense(6)}, "keras.Sequential"),
    ({"loss": "sparse_categorical_crossentropy"}, "from_logits=True"),
    ({"loss": losses.SparseCategoricalCrossentropy()}, "from_logits=True"),
    ({"loss": "categorical_crossentropy"}, "whole numbers"),
    ({"loss": "binary_crossentropy"}, "whole numbers"),
    ({"loss": losses.MeanSquaredError()}, "whole numbers"),
    ({"loss": "hubert"}, "ValueError"),
    ({"head_rate": 0}, "above 0"),
    ({"tune_rate": -1e-4}, "above 0"),
    ({"tune_rate": "slow"}, "slow"),
    ({"head_epochs": 0}, "from 1 to"),
    ({"tune_epochs": 2.5}, "whole number"),
    ({"unfreeze": "block9a"}, "block7a"),
    ({"learning_rate": 0.1}, "one of augment"),
    ({"tune_rate": 1e-4}, "has already"),
    ({"tune_rate": 1.05e-4}, "a step of less than 10%"),
    ({"augment": sequential(layers.RandomFlip("horizontal", seed=3))}, "has already"),
    ({"tune_rate": 3e-4, "tune_epochs": 3}, "2 changes"),
    ({}, "0 changes"),
    ("tune_rate", "a dictionary"),
)
WORDS = {
    "changed_most": "The augmentation did, since nothing else changed in that round.",
    "trust_least": "9 of 10 " * 4,
}


@verdicts(
    "07",
    *(("change", {"change": change, "why": WHY, "recipe": RECIPE}, "noted") for change in CAN_WORK),
    *(("change", {"change": change, "why": WHY, "recipe": RECIPE}, said) for change, said in CANNOT_WORK),
    ("change", {"change": {"tune_rate": 3e-4}, "why": "better", "recipe": RECIPE}, "a sentence"),
    ("change", {"change": {"tune_rate": 3e-4}, "why": 3, "recipe": RECIPE}, "a sentence"),
    (
        "change",
        {"change": {"tune_rate": 3e-4}, "why": "학습이 끝나지 않아 보폭을 더 크게 했습니다.", "recipe": RECIPE},
        "noted",
    ),
    ("change", {"change": ..., "why": WHY, "recipe": RECIPE}, "not attempted"),
    ("keep", {"keep": True}, "noted"),
    ("keep", {"keep": np.bool_(False)}, "noted"),
    ("keep", {"keep": "yes"}, "True / False"),
    ("final", {"final": RECIPE | {"tune_epochs": 5}, "recipe": RECIPE}, "noted"),
    ("final", {"final": {"tune_epochs": 5}, "recipe": RECIPE}, "all entries"),
    ("final", {"final": RECIPE | {"tune_epochs": -1}, "recipe": RECIPE}, "whole number"),
    ("threshold", {"rotten_threshold": np.float64(0.2)}, "noted"),
    ("threshold", {"rotten_threshold": 20}, "between 0 and 1"),
    ("threshold", {"rotten_threshold": True}, "between 0 and 1"),
    ("words", WORDS, "noted"),
    ("words", WORDS | {"trust_least": "None."}, "hardly a word"),
    ("words", WORDS | {"changed_most": 3}, "hardly a word"),
)
def test_what_can_work_passes_however_weak_and_what_cannot_is_refused_with_the_reason(verdict):
    verdict()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [(..., NotAttempted, "Your turn: fill in keep"), ("stem", CourseError, "Not yet: found")],
)
def test_a_decision_ends_the_cell_kindly_or_with_what_was_found_unless_it_is_right(monkeypatch, answer, error, words):
    answers = {"keep": answer}
    monkeypatch.setattr("course.check.exercises._notebook_namespace", lambda: answers)
    with pytest.raises(error, match=words) as raised:
        decided("07.keep")
    assert type(raised.value) is error
    answers["keep"] = True
    assert decided("07.keep").state == "noted"
