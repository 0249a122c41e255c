"""Lesson 07, the assessment, solved; its answers stand in `test_lesson_07.py`."""

import numpy as np

TARGETS = {
    "embedded": {
        "val_accuracy": (0.95, 1),
        "belt_val_accuracy": (0.84, 1),
        "test_accuracy": (0.92, 1),
        "belt_test_accuracy": (0.84, 1),
    },
    "real": {"val_accuracy": (0.97, 1)},
}


def claims_about_the_data(nb):
    assert 1000 < len(nb.train_images) < 1300
    assert len(nb.few) == 6 * nb.EACH == len(set(nb.few.tolist()))
    assert nb.has_belt == (nb.DATA / "fruits" / "belt").is_dir()
    assert not nb.has_belt or np.all(np.bincount(nb.belt_labels) == 30)


def claims_about_the_rounds(nb):
    rows = nb.log.rounds
    assert [row.changed for row in rows] == [("augment",), ("unfreeze",), ("tune_epochs",)]
    assert all(row.counts for row in rows)
    assert rows[1].belt[0] == rows[0].belt[0], "the first round is not kept"
    assert rows[2].belt[0] == rows[1].belt[1], "the second one is"
    if nb.has_belt:
        assert nb.start["shop"] > nb.start["belt"] + 0.03, "the belt is harder than the shop"
        assert rows[0].belt[1] < rows[0].belt[0] + 0.05, "in a quick round darkness brings no gain"
        assert nb.kept["belt"] > nb.start["belt"], "what was kept does"
        assert nb.last["belt"] > nb.start["belt"] + 0.05, "with all images more than another seed would"


def claims_about_fine_tuning(nb):
    fresh = nb.pretrained.load().features
    features = next(layer for layer in nb.model.layers if layer.name == fresh.name)
    changed = {
        layer.name.split("_")[0]
        for layer in features.layers
        if not all(map(np.array_equal, layer.get_weights(), fresh.get_layer(layer.name).get_weights()))
    }
    assert changed == {"block6a", "block6b", "block6c", "block6d", "block7a", "head"}
    assert not any(
        isinstance(layer, nb.keras.layers.BatchNormalization) and layer.trainable for layer in features.layers
    )


def claims_about_the_cost(nb):
    assert nb.cost(nb.rotten_threshold) < 125, "the camera saves more than half of what rotten fruit costs"
    if nb.has_belt:
        assert 0.6 < nb.by_odds < 0.67, "19 fresh fruits for each rotten one weigh more than 12.5 times the price"
        assert nb.cost(nb.by_odds) < nb.costs.min() + 20, "the rule lies in the valley"
        assert nb.result["cost"] < 125


def claims_about_the_whole_network(nb):
    images = nb.shop_images[:24]
    outputs = np.array(nb.model(images.astype("float32")))
    assert np.allclose(nb.keras.models.load_model(nb.MODELS / "fruit_model.keras")(images), outputs, atol=1e-3)
