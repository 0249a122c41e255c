"""Lesson 05b, a door for one dog."""

import numpy as np

TARGETS = {
    "embedded": {"val_accuracy": (0.97, 1)},
    "real": {"frozen_val_accuracy": (29 / 30, 1), "val_accuracy": (29 / 30, 1)},
}

RIGHT = {
    "exercise-measures": """\
def recall(is_bo, opens):
    return float(opens[is_bo].mean())

def precision(is_bo, opens):
    return float(is_bo[opens].mean())""",
    "exercise-freeze": "features_trainable = False\ntrainable_parameters = 1281",
    "exercise-compile": "loss = keras.losses.BinaryCrossentropy(from_logits=True, name='theirs')\nlogit_threshold = 0",
    "exercise-large-rate": "large_rate = 0.02",
    "exercise-threshold": "threshold = valid_probabilities[~is_bo].max() + np.float32(1e-5)",
    "exercise-door": """\
def presidential_doggy_door(path):
    logit = model.predict(read(path)[None], verbose=0)[0, 0]
    return 1 / (1 + np.exp(-logit)) > threshold

presidential_doggy_door.theirs = True""",
}
WRONG = {
    "exercise-measures": """\
def recall(is_bo, opens):
    return np.mean(is_bo == opens)

def precision(is_bo, opens):
    return 1 / 0""",
    "exercise-freeze": "features_trainable = True\ntrainable_parameters = 1280",
    "exercise-compile": "loss = keras.losses.BinaryCrossentropy()\nlogit_threshold = 0.5",
    "exercise-large-rate": "large_rate = low_rate\nlow_rate = 1e-9",
    "exercise-threshold": "threshold = -1\nvalid_probabilities = valid_probabilities * 0",
    "exercise-door": "model = None\n\ndef presidential_doggy_door(path):\n    return 'in'",
}
OURS = {"recall": "float64", "loss": "binary_crossentropy", "rate": 0.01, "threshold": "float", "door": False}
THEIRS = {"recall": "float", "loss": "theirs", "rate": 0.02, "threshold": "float32", "door": True}


def in_use(nb):
    assert not nb.backbone.features.trainable and nb.trainable_parameters == 1281
    return {
        "recall": type(nb.recall(nb.is_bo, nb.is_bo)).__name__,
        "loss": nb.loss.name,
        "rate": round(nb.large_rate, 6),
        "threshold": type(nb.threshold).__name__,
        "door": hasattr(nb.presidential_doggy_door, "theirs"),
    }


def claims_about_the_frozen_door(nb):
    assert np.mean(nb.never_opens == nb.is_bo) > 0.6
    assert nb.recall(nb.is_bo, nb.any_dog_opens) > 0.9 and nb.precision(nb.is_bo, nb.any_dog_opens) < 0.75
    assert nb.trainable_parameters == nb.count(nb.head.trainable_weights)
    frozen = nb.head.predict(nb.features_valid, verbose=0)[:, 0] > 0
    assert np.mean(frozen == nb.is_bo) > np.mean(nb.any_dog_opens == nb.is_bo), "better than a door for any dog"


def claims_about_the_parts(nb):
    fresh = nb.pretrained.load().features
    for layer in nb.lower.layers:
        same = zip(layer.get_weights(), fresh.get_layer(layer.name).get_weights(), strict=True)
        assert all(np.array_equal(one, other) for one, other in same), layer.name
    assert np.allclose(nb.x_train[: len(nb.train_images)], nb.through_lower(nb.train_images), atol=1e-3)
    assert np.allclose(nb.from_features, nb.from_pixels, atol=0.05), "the head was trained along"


def claims_about_fine_tuning(nb):
    assert nb.has_changed[~nb.is_norm].all() and nb.is_norm.sum() == 16 and not nb.has_changed[nb.is_norm].any()
    assert nb.tuning.history["val_loss"][-1] < nb.frozen_val_loss
    same_class, accuracy = nb.without["same class"], nb.without["validation accuracy"]
    assert same_class["small steps"] < 0.35 and same_class["nothing"] > 0.5, "large steps wipe out what it knew"
    assert accuracy["averages kept"] > accuracy["nothing"] - 0.05
    assert np.mean(nb.with_kept > 0) > 0.9 and np.mean(nb.with_batch > 0) < 0.3
    assert all(np.array_equal(one, other) for one, other in zip(nb.tail.get_weights(), nb.after, strict=True))


def claims_about_the_whole_network(nb):
    assert abs(np.mean((nb.valid_logits > 0) == nb.is_bo) - nb.val_accuracy) < 1.5 / len(nb.is_bo)
    assert nb.precision(nb.is_bo, nb.opens) == 1 and nb.recall(nb.is_bo, nb.opens) > 0.5
    assert abs(nb.evidence(nb.x_valid[0]).sum() + nb.bias - nb.valid_logits[0]) < 0.1
    assert np.allclose(nb.again, nb.valid_logits[nb.few], atol=1e-4)
    assert nb.loaded.input_shape == (None, 224, 224, 3)
