"""Judges of the decisions in lesson 07, the assessment: whether an answer can work, not whether it is the best."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from course.check.exercises import Feedback, answers_of, called, judge, not_yet, outputs_of, right
from course.messages import _

CLASSES = 6
WIDEST_MAP = 14
"""Places along a side of the last frozen maps at most: larger ones fill the memory, and fine-tuning takes minutes."""
LEAST_TO_TUNE = 300_000
COLOR_KEPT = 0.5
"""Share of the color (the difference between a picture's channels) that augmentation has to leave on average."""
SMALLER = 3
"""How many times smaller than the head's rate a rate for fine-tuning is at least."""


@judge("07.augmentation")
def augmentation(augment: Any, *, sample_images: np.ndarray) -> Feedback:
    """Random changes of pixels from 0 to 255 that keep the shape, the range and the colors."""
    if not callable(augment):
        return not_yet(augment, _("a keras.Sequential of layers such as keras.layers.RandomFlip"))
    pixels = sample_images[:: max(len(sample_images) // 16, 1)][:16].astype("float32")
    one, other = (outputs_of(augment, pixels.copy(), training=True) for _time in range(2))
    if one.shape != pixels.shape:
        return not_yet(_("pictures of the shape {shape}").format(shape=one.shape), str(pixels.shape))
    if np.isnan(one).any() or one.mean() < 0.3 * pixels.mean() or one.std() < 0.3 * pixels.std():
        found = _("pictures that are nearly black or gray (mean {mean:.1f})").format(mean=one.mean())
        return not_yet(found, _("pixels from 0 to 255, as bright and as rich in contrast as before"))
    if np.array_equal(one, other) or np.allclose(one, pixels):
        return not_yet(_("the same picture every time"), _("changes that are drawn anew for each picture"))
    if np.ptp(one, axis=-1).mean() < COLOR_KEPT * np.ptp(pixels, axis=-1).mean():
        return not_yet(_("pictures without most of their color"), _("their colors: brown is evidence"))
    return right(_("it changes pictures at random and keeps shape, range and color; the rest is for your eyes, below."))


@judge("07.cut")
def cut(cut: Any, *, backbone: Any) -> Feedback:
    """Name of the layer after which the backbone is cut."""
    import keras

    ends = {layer.name.split("_")[0]: layer.name for layer in backbone.features.layers}
    if cut not in ends.values():
        return not_yet(cut, _("the last layer of a block, as the table above names it"))
    maps = backbone.features.get_layer(cut).output
    side, left = maps.shape[1], backbone.features.count_params()
    left -= keras.Model(backbone.features.input, maps).count_params()
    if left < LEAST_TO_TUNE:
        found = _("{cut}, above which {left:,} parameters are left").format(cut=cut, left=left)
        return not_yet(found, _("an earlier layer, so that there is something to fine-tune"))
    if side > WIDEST_MAP:
        found = _("{cut}, whose maps are {side} × {side}").format(cut=cut, side=side)
        return not_yet(found, _("a later layer: what lies before serves any task, and its maps fill the memory"))
    return right(_("{left:,} parameters above it can be fine-tuned, all others stay as they are.").format(left=left))


@judge("07.head")
def head(head: Any) -> Feedback:
    """A network from 1,280 numbers to six, which ends in softmax or in logits."""
    import keras

    if not isinstance(head, keras.Model):
        return not_yet(head, _("a keras.Sequential"))
    numbers = 30 * np.abs(np.random.default_rng(1).normal(size=(200, 1280))).astype("float32")
    outputs = outputs_of(head, numbers)
    if outputs.shape != (200, CLASSES):
        found = _("outputs of the shape {shape} for 200 pictures").format(shape=outputs.shape)
        return not_yet(found, _("(200, 6), a number for each class"))
    if _is_softmax(outputs):
        return right(_("six probabilities that sum to 1, since one class is right and the others are not."))
    if outputs.min() >= 0 or np.abs(outputs).max() <= 1:
        found = _("six numbers from {low:.2f} to {high:.2f}, each by itself")
        found = found.format(low=outputs.min(), high=outputs.max())
        return not_yet(found, _("an activation that lets one class win over the others, or none at all"))
    return right(_("six logits, any numbers, of which the highest counts; the loss has to know that."))


@judge("07.loss")
def loss(loss: Any, head: Any) -> Feedback:
    """Cross-entropy of whole-number labels and whatever the head ends in."""
    import keras

    function = keras.losses.get(loss() if isinstance(loss, type) else loss)
    if not callable(function):
        return not_yet(loss, _("a loss of keras.losses"))
    logits = np.random.default_rng(1).normal(0, 3, (60, CLASSES)).astype("float32")
    labels = np.arange(60) % CLASSES
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(chances[np.arange(60), labels]).mean()
    softmax = _is_softmax(outputs_of(head, np.ones((2, 1280), "float32")))
    ends = _("a head that ends in probabilities") if softmax else _("a head that ends in logits")
    try:
        mine, swapped = (
            float(np.mean(keras.ops.convert_to_numpy(function(labels, outputs))))
            for outputs in ((chances, logits) if softmax else (logits, chances))
        )
    except Exception:  # Keras and TensorFlow have an error of their own for each way not to fit
        return not_yet(_("a loss that cannot take these labels"), _("one for classes that are whole numbers"))
    if np.isclose(mine, expected, rtol=0.01):
        return right(_("cross-entropy of six classes, for whole numbers as labels and {ends}.").format(ends=ends))
    if np.isclose(swapped, expected, rtol=0.01):
        return not_yet(_("the right loss for the other kind of head"), _("from_logits to fit {ends}").format(ends=ends))
    return not_yet(_("another loss"), _("the cross-entropy of six classes with whole numbers as labels"))


@judge("07.tuning")
def tuning(may_learn: Any, fine_tuning_rate: Any, upper: Any, *, head_rate: float) -> Feedback:
    """Which layers above the cut learn, and at which rate."""
    import keras

    learn = 0
    for layer in upper.layers:
        found = called(may_learn, layer)
        if isinstance(found, Feedback):
            return found
        norm = isinstance(layer, keras.layers.BatchNormalization)
        if norm and found:
            text = _("False: batch normalisation would learn by the averages of a few hundred pictures of fruit")
            return not_yet(_("{found} for {layer}").format(found=found, layer=layer.name), text)
        learn += bool(found) and layer.count_params()
    if not learn:
        return not_yet(_("no layer whose parameters may change"), _("at least one"))
    rate = fine_tuning_rate(0) if callable(fine_tuning_rate) else fine_tuning_rate  # a schedule
    rate = float(rate) if isinstance(rate, Real) or hasattr(rate, "numpy") else 0.0
    if isinstance(fine_tuning_rate, bool) or not 1e-6 <= rate <= head_rate / SMALLER:
        text = _("a good deal less than the {rate:g} of the head, and more than nothing")
        return not_yet(f"fine_tuning_rate = {fine_tuning_rate!r}", text.format(rate=head_rate))
    text = _("{learn:,} parameters may change, in steps {times:.0f} times smaller than the head's.")
    return right(text.format(learn=learn, times=head_rate / rate))


@judge("07.model")
def model(model: Any, *, few_images: np.ndarray, few_answers: np.ndarray) -> Feedback:
    """The whole network: pixels from 0 to 255 to what the trained parts say."""
    import keras

    if not isinstance(model, keras.Model):
        return not_yet(model, _("a network made of the parts, for instance with keras.Sequential"))
    if model.input_shape != (None, 224, 224, 3):
        return not_yet(_("a network that takes {shape}").format(shape=model.input_shape), "(None, 224, 224, 3)")
    if model.output_shape != (None, CLASSES):
        return not_yet(_("a network that gives {shape}").format(shape=model.output_shape), f"(None, {CLASSES})")

    def agreed(factor: float, offset: float = 0.0) -> float:
        answers = answers_of(model, few_images.astype(np.float32) * factor + offset).argmax(axis=1)
        return float(np.mean(answers == few_answers))

    if agreed(1) >= 0.9:
        return right(_("from the pixels on it says what its parts said."))
    found = _("a network that agrees with its parts about {share:.0%} of {count} pictures")
    scaled = agreed(1 / 128, -127 / 128) >= 0.9
    expected = _("all preparation inside, as its first layer") if scaled else _("the parts that were trained, in order")
    return not_yet(found.format(share=agreed(1), count=len(few_answers)), expected)


def _is_softmax(outputs: np.ndarray) -> bool:
    return bool(outputs.min() >= 0 and np.allclose(outputs.sum(axis=1), 1, atol=0.01))
