"""Lesson 04a, augmentation."""

import json

import numpy as np

TARGETS = {
    "embedded": {"val_accuracy": (0.97, 1), "val_accuracy_last3_spread": (0, 0.01)},
    "real": {"val_accuracy": (0.985, 1), "val_accuracy_last3_spread": (0, 0.01)},
}

RIGHT = {
    "exercise-turned": "becomes = 'H'",
    "exercise-harmless": "harmless = ('darker', 'shift-10', 'turn-10', 'left-right')",
    "exercise-steps": "steps_per_epoch = -(-len(train_images) // batch_size)",
    "exercise-ranges": "rotation = 12\nzoom = 0.15\nshift = 0.08\nmirror = True",
}
WRONG = {
    "exercise-turned": "becomes = 'w'",
    "exercise-harmless": "harmless = ['left-right', 'turn-90']",
    "exercise-steps": "train_images = train_images[:1]\nsteps_per_epoch = len(train_images) / batch_size",
    "exercise-ranges": "rotation = 90\nzoom = 3\nshift = 1\nmirror = 'no'",
}
OURS = {"steps": 36, "ranges": [12, 0.1, 0.06, True]}
THEIRS = OURS | {"ranges": [12, 0.15, 0.08, True]}


def in_use(nb):
    assert nb.becomes.lower() == "h"
    assert sorted(nb.harmless) == ["darker", "left-right", "shift-10", "turn-10"]
    return {"steps": nb.steps_per_epoch, "ranges": [nb.rotation, nb.zoom, nb.shift, nb.mirror]}


def claims_about_augmented_pictures(nb):
    assert nb.batch_images.shape == (128, 28, 28, 1)
    assert nb.steps_per_epoch == len(nb.flow) == int(np.ceil(len(nb.train_images) / 128))
    one_after_another, one_step = (np.abs(np.diff(x.numpy(), axis=2)).mean() for x in (nb.layer_images, nb.step_images))
    assert one_after_another < one_step, "layers one after another blur more"
    assert nb.valid_images.max() == nb.valid_table.drop(columns="label").max().max(), "validation is as it was"


def claims_about_the_network(nb):
    assert abs(nb.log["accuracy"][-1] - nb.log["val_accuracy"][-1]) < 0.03
    saved, few = nb.keras.models.load_model(nb.MODELS / "asl_model.keras"), nb.valid_images[:500]
    assert np.array_equal(*(one.predict(few, verbose=0).argmax(axis=1) for one in (saved, nb.model)))
    assert json.loads((nb.MODELS / "asl_model.json").read_text())["letters"] == nb.letters


def claims_about_groups(nb):
    """Of the embedded hands it is known how each image was made; the original ones have no groups."""
    assert bool(nb.groups) == nb.factors_path.is_file()
    if not nb.groups:
        return
    before = {name: nb.share_right(nb.hits_before, group) for name, group in nb.groups.items()}
    after = {name: nb.share_right(nb.hits_after, group) for name, group in nb.groups.items()}
    assert 1 - before["hand"]["left"] > 2.5 * (1 - before["hand"]["right"])
    for name, behind in [("size", "small"), ("off centre", "far"), ("turned", "far"), ("skin tone", "dark")]:
        assert before[name][behind] < before[name].max() - 0.01, name
        assert after[name][behind] > before[name][behind] + 0.02, name
    assert np.ptp(before["light"]) < 0.03
    assert np.ptp(after["hand"]) < 0.04
