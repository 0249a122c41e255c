"""Lesson 04a, augmentation."""

import json

import numpy as np

TARGETS = {
    "embedded": {"val_accuracy": (0.96, 1), "val_accuracy_last3_spread": (0, 0.01)},
    "real": {"val_accuracy": (0.985, 1), "val_accuracy_last3_spread": (0, 0.01)},
}

RIGHT = {
    "exercise-who": "people = signers.groupby(['tone', 'hand'], observed=False).size().unstack()",
    "exercise-fix": "remedy = 'mirror'",
    "exercise-turned": "becomes = 'H'",
    "exercise-harmless": "harmless = ('darker', 'shift-10', 'turn-10', 'left-right', 'tilt', 'zoom-10')",
    "exercise-ranges": "rotation = 12\nzoom = 0.15\nshift = 0.08\nmirror = False",
    "exercise-black": "better_images = train_images[:8].astype('float32')",
}
WRONG = {
    "exercise-who": "signers = signers.head(0)\npeople = 240",
    "exercise-fix": "remedy = 'more-dark'",
    "exercise-turned": "becomes = 'w'",
    "exercise-harmless": "harmless = ['left-right', 'turn-90']",
    "exercise-ranges": "rotation = 90\nzoom = 3\nshift = 1\nmirror = 'no'",
    "exercise-black": "train_images = train_images * 0\nbetter_images = train_images[:8] / 255",
}
OURS = {"ranges": [12, 0.1, 0.06, True], "remedy": "mirror", "better": "uint8"}
THEIRS = OURS | {"ranges": [12, 0.15, 0.08, False], "better": "float32"}


def in_use(nb):
    assert nb.becomes.lower() == "h"
    assert sorted(nb.harmless) == ["darker", "left-right", "shift-10", "tilt", "turn-10", "zoom-10"]
    assert nb.people.to_numpy().sum() == len(nb.signers) == 240
    assert len(nb.augment.layers) == 3 + nb.mirror
    ranges = [nb.rotation, nb.zoom, nb.shift, nb.mirror]
    return {"ranges": ranges, "remedy": nb.remedy, "better": nb.better_images.dtype.name}


def claims_about_the_two_networks(nb):
    assert nb.plain_log["accuracy"][-1] > 0.99, "near 1.00"
    assert min(nb.in_training) > 0.99, "both networks read nearly all training images"
    assert nb.gaps[1] < nb.gaps[0] - 0.01, "the gap shrinks"
    assert nb.wrong.mean() < nb.plain_wrong.mean() - 0.01
    few = nb.train_images[:100].astype("float32")
    in_use = (nb.keras.ops.convert_to_numpy(network(few, training=False)) for network in (nb.training, nb.model))
    assert np.allclose(*in_use, atol=1e-4), "no change in use"
    assert not np.allclose(nb.training(few, training=True), nb.model(few), atol=1e-4)


def claims_about_the_generator(nb):
    assert nb.batch_images.shape == (128, 28, 28, 1)
    light = nb.ImageDataGenerator(brightness_range=(0.6, 1.4))
    hers, better = (next(light.flow(images, batch_size=8)) for images in (nb.train_images[:8] / 255, nb.better_images))
    assert hers.max() <= 1 and hers.mean() < 0.1 and better.mean() > 50


def claims_about_what_is_saved(nb):
    saved, few = nb.keras.models.load_model(nb.MODELS / "asl_model.keras"), nb.valid_images[:500]
    assert np.array_equal(*(one.predict(few, verbose=0).argmax(axis=1) for one in (saved, nb.model)))
    assert not [layer.name for layer in saved.layers if "random" in type(layer).__name__.lower()]
    assert json.loads((nb.MODELS / "asl_model.json").read_text())["letters"] == nb.letters


def claims_about_people(nb):
    """Of the embedded hands it is known whose they are; the original ones have no groups."""
    if not len(nb.signers):
        return
    before, after = nb.compare(nb.signers), nb.compare(nb.signers_after)
    error, low, high = (before[column] for column in ("error", "low", "high"))
    assert before["people"].loc["both", "dark"] == 80 and before["people"].loc["left", "light"] == 8
    assert error["both", "dark"] > 1.6 * error["both", "light"], "about twice as often"
    assert low["both", "dark - light"] > 0, "the raw gap is there"
    assert -0.03 < error["right", "dark - light"] < 0.01 and low["right", "dark - light"] < 0, "gone within right hands"
    assert low["left", "dark - light"] < 0 < high["left", "dark - light"], "eight people tell little"
    assert 0.09 < high["left", "dark - light"] - low["left", "dark - light"] < 0.25, "ten points or more"
    assert abs(nb.equal["dark"] - nb.equal["light"]) < 0.015, "about a point or less"
    ratios = error["left"][nb.tones] / error["right"][nb.tones]
    assert ratios.min() > 6 and ratios.max() < 16, "seven to thirteen times"
    made = {part: nb.read_people(part) for part in ("train", "valid")}
    turn = {part: table["rotation"].std() for part, table in made.items()}
    for alike in ("scale", "shift_x", "brightness"):
        assert 0.85 < made["valid"][alike].std() / made["train"][alike].std() < 1.15, "vary alike"
    lefts = {part: (table["hand"] == "left").mean() for part, table in made.items()}
    assert turn["valid"] > 2 * turn["train"] and lefts["valid"] > 2 * lefts["train"], "more than twice"
    assert 0.65 < nb.left / nb.plain_wrong.sum() < 0.85, "about three quarters"
    by_hand = {
        hand: nb.signers_after.loc[nb.signers_after["hand"] == hand, "error"].mean() for hand in ("left", "right")
    }
    assert by_hand["left"] < 0.08 < 0.2 - 0.03 < nb.left_before, "from more than 20 % to a few percent"
    assert after.loc[("both", "dark - light"), "low"] < 0, "zero is in the interval, or above it"
    assert after["error"]["both", "light"] > after["error"]["both", "medium"]
    assert 1.3 < by_hand["left"] / by_hand["right"] < 4.5, "one and a half to four times as often"
    assert -0.016 < after["error"]["right", "dark - light"] < 0.004, "up to a point, the other way"


def claims_about_known_people(nb):
    if not len(nb.signers):
        return
    known, new = (table.loc[table["hand"] == "right", "error"] for table in (nb.signers_known, nb.signers_after))
    assert new.mean() > 1.7 * known.mean(), "several times as often"
    assert np.quantile(nb.redrawn(known.to_numpy()), 0.975) < new.mean()


def claims_about_whom_one_averages(nb):
    """Of the recorded runs."""
    mirrored, plain = ([row for (way, _), row in nb.recorded.items() if way is each] for each in (True, False))
    (_, left, right), (_, plain_left, plain_right) = np.mean(mirrored, axis=0), np.mean(plain, axis=0)
    assert round(0.1 * left + 0.9 * right, 3) == 0.017 and round(0.1 * plain_left + 0.9 * plain_right, 3) == 0.023
    costs, gains = right - plain_right, plain_left - left
    assert 0.035 < costs / (costs + gains) < 0.045, "one left-hander in 25 makes up for it"
