"""Judges of the decisions in lesson 07, the assessment: they refuse what cannot work, and say why.

What is merely weak passes: it shows in the learner's log, which is where it teaches something.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from course.check.exercises import Feedback, judge, not_yet, noted
from course.grading.rounds import LEAST_STEP, same, too_small
from course.messages import _

CLASSES = 6
PIXELS = (224, 224, 3)
HIGHEST_RATE = 1.0
MOST_EPOCHS = 100
FEWEST_WORDS = {"why": 4, "answer": 8}


@judge("07.change")
def change(change: Any, why: Any, recipe: Any, *, backbone: Any, train_images: np.ndarray) -> Feedback:
    """One entry of the recipe, with a new value that can work, and a reason."""
    if not isinstance(change, Mapping):
        return not_yet(change, _('a dictionary with one entry, such as {"head_rate": 0.001}'))
    if len(change) != 1:
        found = _("{count} changes at once").format(count=len(change))
        return not_yet(found, _("one, so that the log can say what it did"))
    name, value = next(iter(change.items()))
    if name not in recipe:
        return not_yet(repr(name), _("one of {names}").format(names=", ".join(recipe)))
    if same(recipe[name], value):
        return not_yet(_("the value that the recipe has already"), _("another one"))
    if too_small(recipe[name], value):
        found = _("{now:g} in place of {was:g}, a step of less than {least:.0%}")
        found = found.format(now=float(value), was=float(recipe[name]), least=LEAST_STEP)
        return not_yet(found, _("one that can change something; no smaller step counts as a round"))
    if wrong := _wrong(name, value, recipe, backbone, train_images):
        return wrong
    if not _says(why, FEWEST_WORDS["why"]):
        return not_yet(why, _("a sentence that says what you saw that made you try this"))
    return noted(_("{name} alone changes; the log will show what it brings.").format(name=name))


@judge("07.keep")
def keep(keep: Any) -> Feedback:
    """Whether the next round starts from what was tried."""
    if not isinstance(keep, (bool, np.bool_)):
        return not_yet(keep, "True / False")
    return noted(_("the next round starts from the new recipe.") if keep else _("the recipe stays as it was."))


@judge("07.final")
def final(final: Any, recipe: Any, *, backbone: Any, train_images: np.ndarray) -> Feedback:
    """A complete recipe that can work."""
    if not isinstance(final, Mapping) or final.keys() != recipe.keys():
        return not_yet(final if not isinstance(final, Mapping) else list(final), _("all entries of the recipe"))
    for name, value in final.items():
        if wrong := _wrong(name, value, final, backbone, train_images):
            return wrong
    return noted(_("this can be trained on all images."))


@judge("07.threshold")
def threshold(rotten_threshold: Any) -> Feedback:
    """A probability."""
    if isinstance(rotten_threshold, bool) or not isinstance(rotten_threshold, Real) or not 0 < rotten_threshold < 1:
        return not_yet(rotten_threshold, _("a probability, between 0 and 1"))
    return noted(
        _("a fruit is thrown away if its probability of being rotten is above {p:.2f}.").format(
            p=float(rotten_threshold)
        )
    )


@judge("07.words")
def words(changed_most: Any, trust_least: Any) -> Feedback:
    """Two answers in words; nobody but a person can judge them."""
    for name, answer in {"changed_most": changed_most, "trust_least": trust_least}.items():
        if not _says(answer, FEWEST_WORDS["answer"]):
            found = _("{name} with hardly a word").format(name=name)
            return not_yet(found, _("a sentence or two, which your instructor will read"))
    return noted(_("both are submitted as you wrote them."))


def _says(text: Any, fewest: int) -> bool:
    return isinstance(text, str) and (len(text.split()) >= fewest or len(text.strip()) >= 5 * fewest)


def _wrong(name: str, value: Any, recipe: Mapping[str, Any], backbone: Any, images: np.ndarray) -> Feedback | None:
    """Why `value` cannot work as the entry `name` of `recipe`; None where it can."""
    if name in ("head_rate", "tune_rate"):
        return _rate(name, value)
    if name in ("head_epochs", "tune_epochs"):
        return _epochs(name, value)
    if name == "unfreeze":
        return _block(value, backbone)
    if name == "augment":
        return _augmentation(value, images)
    if name == "preprocess":
        return _preprocessing(value, images)
    head, loss = (value if name == one else recipe[one] for one in ("head", "loss"))
    return _head(head) or _loss(loss)


def _rate(name: str, value: Any) -> Feedback | None:
    rate = value(0) if callable(value) else value  # a schedule
    rate = float(rate) if isinstance(rate, Real) or hasattr(rate, "numpy") or hasattr(rate, "item") else 0.0
    if isinstance(value, bool) or not 0 < rate <= HIGHEST_RATE:
        return not_yet(f"{name} = {value!r}", _("a number above 0, and not above {most:g}").format(most=HIGHEST_RATE))
    return None


def _epochs(name: str, value: Any) -> Feedback | None:
    least = 1 if name == "head_epochs" else 0
    if isinstance(value, bool) or not isinstance(value, Integral) or not least <= value <= MOST_EPOCHS:
        expected = _("a whole number from {least} to {most}").format(least=least, most=MOST_EPOCHS)
        return not_yet(f"{name} = {value!r}", expected)
    return None


def _block(value: Any, backbone: Any) -> Feedback | None:
    blocks = list(dict.fromkeys(layer.name.split("_")[0] for layer in backbone.features.layers[1:]))
    return None if value in blocks else not_yet(value, _("one of {names}").format(names=", ".join(blocks)))


def _few(images: np.ndarray) -> np.ndarray:
    return images[:: max(len(images) // 12, 1)][:12].astype("float32")


def _augmentation(augment: Any, images: np.ndarray) -> Feedback | None:
    import keras

    if not isinstance(augment, keras.Sequential):
        return not_yet(augment, _("a keras.Sequential of layers such as keras.layers.RandomFlip"))
    pixels = _few(images)
    changed = keras.ops.convert_to_numpy(keras.models.clone_model(augment)(pixels, training=True))
    if changed.shape != pixels.shape:
        return not_yet(_("images of the shape {shape}").format(shape=changed.shape), str(pixels.shape))
    if not np.isfinite(changed).all() or changed.std() < 0.1 * pixels.std():
        found = _("images that show nothing any more (mean {mean:.1f})").format(mean=changed.mean())
        return not_yet(found, _("pixels from 0 to 255 in which a fruit can be seen"))
    return None


def _preprocessing(preprocess: Any, images: np.ndarray) -> Feedback | None:
    import keras

    if not isinstance(preprocess, keras.Layer):
        return not_yet(preprocess, _("a Keras layer or keras.Sequential"))
    made = keras.ops.convert_to_numpy(preprocess(_few(images), training=False))
    if made.shape[1:] != PIXELS:
        return not_yet(_("images of the shape {shape}").format(shape=made.shape[1:]), str(PIXELS))
    if not np.isfinite(made).all() or made.std() == 0:
        return not_yet(_("images that show nothing any more"), _("numbers that differ from pixel to pixel"))
    return None


def _head(head: Any) -> Feedback | None:
    import keras

    if not isinstance(head, keras.Sequential):
        return not_yet(head, _("a keras.Sequential that begins with keras.Input((1280,))"))
    numbers = 30 * np.abs(np.random.default_rng(1).normal(size=(200, 1280))).astype("float32")
    outputs = keras.ops.convert_to_numpy(keras.models.clone_model(head)(numbers, training=False))
    if outputs.shape != (200, CLASSES):
        found = _("outputs of the shape {shape} for 200 images").format(shape=outputs.shape)
        return not_yet(found, _("(200, 6), a number for each class"))
    if outputs.min() >= 0 or np.abs(outputs).max() <= 1:
        found = _("six numbers from {low:.2f} to {high:.2f}").format(low=outputs.min(), high=outputs.max())
        return not_yet(found, _("six logits, without an activation: that is what the loss and 7.9 expect"))
    return None


def _loss(loss: Any) -> Feedback | None:
    import keras

    function = keras.losses.get(loss() if isinstance(loss, type) else loss)
    if not callable(function):
        return not_yet(loss, _("a loss of keras.losses"))
    labels = np.arange(60) % CLASSES
    right_ones = 0.4 * np.eye(CLASSES, dtype="float32")[labels] + 0.1
    swapped = np.roll(right_ones, 1, axis=1)
    try:
        good, bad, moved = (
            float(np.mean(keras.ops.convert_to_numpy(function(labels, outputs))))
            for outputs in (right_ones, swapped, right_ones + 0.3)  # softmax does not mind what is added to all logits
        )
    except Exception:  # Keras and TensorFlow have an error of their own for each way not to fit
        return not_yet(_("a loss that cannot take these labels"), _("one for classes that are whole numbers"))
    if not np.isclose(good, moved, atol=1e-3):
        return not_yet(_("a loss that expects probabilities"), _("from_logits=True, since the head gives logits"))
    if not good < bad:
        return not_yet(_("a loss that does not fall when the right logit is the highest"), _("one that does"))
    return None
