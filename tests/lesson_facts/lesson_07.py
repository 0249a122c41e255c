"""Lesson 07, the assessment, solved; its answers stand in `test_lesson_07.py`."""

import numpy as np

TARGETS = {edition: {"frozen_val_accuracy": (0.92, 1), "val_accuracy": (0.97, 1)} for edition in ("embedded", "real")}


def claims_about_the_data(nb):
    assert 1000 < len(nb.train_paths) < 1300
    assert 0.25 < nb.colour_accuracy < 0.75, "colour is better than chance, and far from enough"
    assert np.array_equal(nb.y_train, np.tile(nb.train_labels, 2)), "changed pictures are in the same order"


def claims_about_fine_tuning(nb):
    fresh = nb.pretrained.load().features
    norms = [layer for layer in nb.upper.layers if isinstance(layer, nb.keras.layers.BatchNormalization)]
    for layer in [*nb.lower.layers, *norms]:
        same = zip(layer.get_weights(), fresh.get_layer(layer.name).get_weights(), strict=True)
        assert all(np.array_equal(one, other) for one, other in same), layer.name
    assert nb.has_changed[~nb.is_norm].all() and nb.is_norm.sum() == 16 and not nb.has_changed[nb.is_norm].any()
    assert nb.tuning.history["val_loss"][-1] < nb.frozen_val_loss


def claims_about_the_whole_network(nb):
    images, answers = nb.pictures(nb.valid_paths[nb.few]), nb.answers[nb.few]
    outputs = np.array(nb.model(images))
    assert np.mean(outputs.argmax(axis=1) == answers) >= 0.9
    assert np.allclose(nb.keras.models.load_model(nb.MODELS / "fruit_model.keras")(images), outputs, atol=1e-3)


def claims_about_the_classic_data(nb):
    """Without a test part of its own, the validation images are the test, and some have twins in training."""
    if not (nb.DATA / "fruits" / "test").is_dir():
        assert abs(nb.test_accuracy - nb.val_accuracy) < 1.5 / len(nb.valid_paths)
        assert np.sort(nb.likeness.max(axis=1))[-4] > 0.95
