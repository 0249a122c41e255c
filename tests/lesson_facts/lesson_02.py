"""Lesson 02, signs and a dense network that overfits."""

import numpy as np

TARGETS = {
    "embedded": {"train_accuracy": (0.95, 1), "val_accuracy": (0.60, 0.90)},
    "real": {"train_accuracy": (0.98, 1), "val_accuracy": (0.70, 0.90)},
}

RIGHT = {
    "exercise-inputs": """\
x_train = train_images.reshape(-1, 784) / 255.0
x_valid = valid_images.reshape(-1, 784) / 255.0
y_train, y_valid = np.eye(24)[train_labels], np.eye(24)[valid_labels]""",
    "exercise-classifier": """\
hidden_units, output_units, output_activation = 200, 24, 'softmax'
loss = keras.losses.CategoricalCrossentropy()""",
    "exercise-monitor": "monitor = 'val_accuracy'",
    "exercise-leak": "held_out = np.isin(signers, np.unique(signers)[1::8])",
}
WRONG = {
    "exercise-inputs": """\
train_images = train_images / 255
x_train, y_train = train_images / 255, train_labels
valid_images = valid_images * 2
x_valid, y_valid = valid_images, np.zeros(3)""",
    "exercise-classifier": """\
hidden_units, output_units, output_activation = 5000, 26, 3
loss = 'mean_squared_error'""",
    "exercise-monitor": "monitor = 'accuracy'",
    "exercise-leak": "signers = signers * 2\nheld_out = at_random",
}
OURS = {"units": 512, "inputs": "float32", "loss": "categorical_crossentropy", "monitor": "val_loss", "held out": 7}
THEIRS = {
    "units": 200,
    "inputs": "float64",
    "loss": "CategoricalCrossentropy",
    "monitor": "val_accuracy",
    "held out": 9,
}


def in_use(nb):
    assert (nb.x_train.min(), nb.x_train.max()) == (0, 1)
    assert np.array_equal(nb.y_train.argmax(axis=1), nb.check.untouched("train_labels"))
    loss = nb.loss if isinstance(nb.loss, str) else type(nb.loss).__name__
    return {
        "units": nb.model.layers[0].units,
        "inputs": nb.x_train.dtype.name,
        "loss": loss,
        "monitor": nb.monitor,
        "held out": len(np.unique(nb.check.untouched("signers")[nb.held_out])),
    }


def claims_about_memory(nb):
    assert 0.76 < nb.memory_accuracy < 0.85, "about 80 in 100"
    assert np.array_equal(nb.nearest(nb.train_images[:200], nb.train_images), range(200)), "each finds itself"
    numbers = nb.train_images.size / nb.model.count_params()
    assert 30 < numbers < 35 and 7.5 < numbers / 4 < 8.75, "numbers; bytes: 4 against 1"


def claims_about_the_gap(nb):
    assert nb.log["accuracy"][-1] > 0.95 and 0.15 < nb.gap < 0.28, "like that of memory"
    assert nb.on_tested < nb.memory_accuracy + 0.005, "no higher on the same images"
    assert 0.68 < nb.log["val_accuracy"][-1] < 0.83, "misreads one in four or five"


def claims_about_stopping(nb):
    loss, accuracy = nb.log["val_loss"], nb.log["val_accuracy"]
    assert np.ptp(accuracy[-8:]) < 0.05, "levels off"
    assert loss[-1] > min(loss) and nb.log["loss"][-1] < nb.log["loss"][nb.best]
    assert 7 <= nb.best + 1 <= 19, "often halfway, once after 19"
    assert -0.005 < accuracy[-1] - accuracy[nb.best] < 0.06, "up to five points"
    assert nb.sure["stopped"] < nb.sure["at the end"]
    over = [
        answers.max(axis=1).mean() - np.mean(answers.argmax(axis=1) == nb.valid_labels)
        for answers in (nb.at_best, nb.at_end)
    ]
    assert 0 < over[0] < over[1] and 0.06 < over[1] < 0.15
    confidence = nb.at_end.max(axis=1)
    about_60 = (confidence >= 0.5) & (confidence < 0.7)
    assert np.mean(nb.at_end.argmax(axis=1) == nb.valid_labels, where=about_60) < 0.55, "half or fewer of 60%"


def claims_about_a_small_network(nb):
    assert nb.small_train - nb.small_valid < nb.gap - 0.05, "the gap is much smaller"
    assert nb.small_train < 0.9 and nb.small_valid < nb.log["val_accuracy"][-1], "it does not learn the training images"


def claims_about_people(nb):
    assert abs(nb.on_test - nb.log["val_accuracy"][nb.yours]) < 0.03, "choosing an epoch flatters little"
    if "known" not in nb.tables:
        return
    network, memory = nb.by_hand["network"], nb.by_hand["memory"]
    assert 0.07 < network["train", "right"] - network["known", "right"] < 0.15, "about ten points"
    assert -0.01 < network["known", "right"] - network["test", "right"] < 0.05, "two or so more"
    assert nb.by_hand["high"]["test", "right"] > nb.by_hand["low"]["known", "right"], "the intervals overlap"
    assert 0.15 < network["train", "left"] - network["known", "left"] < 0.28, "some 20 points"
    assert 0.18 < network["known", "left"] - network["test", "left"] < 0.32, "some 25 more"
    assert network["test", "left"] < network["test", "right"] - 0.2
    assert memory["known"].min() > 0.975 and memory["train"].min() == 1, "at least 98 in 100"
    assert 0.07 < memory["known", "right"] - memory["test", "right"] < 0.14, "about ten points"
    assert 0.33 < memory["known", "left"] - memory["test", "left"] < 0.46, "about 40"
    assert nb.by_hand["people"]["train"].to_list() == [7, 65] == nb.by_hand["people"]["known"].to_list()
    assert nb.by_hand["people"]["valid"].sum() == nb.by_hand["people"]["test"].sum() == 120
    parts = {part: set(table["signer"]) for part, table in nb.people.items()}
    assert parts["train"] == parts["known"] and not parts["valid"] & parts["test"]
    assert not parts["train"] & (parts["valid"] | parts["test"])


def claims_about_what_it_goes_by(nb):
    assert nb.moved_accuracy[0] > 0.95 and nb.moved_accuracy[2] < 0.7 and nb.moved_accuracy[4] < 0.4
    assert np.all(np.diff(nb.moved_accuracy) < 0)
    assert 0.55 < nb.memory_moved < 0.7 and nb.memory_moved > nb.moved_accuracy[2] + 0.05, "only to about 60%"


def claims_about_more_people(nb):
    if nb.by_people:
        assert 0.07 < nb.by_people[72] - nb.by_people[18] < 0.2, "about ten points or more"


def claims_about_the_leak(nb):
    assert nb.memory_on(nb.at_random) > 0.995
    if len(np.unique(nb.signers)) == 72:
        assert 0.7 < nb.memory_on(nb.held_out) < 0.95
        assert np.ptp([nb.memory_on(some) for some in nb.by_tenth]) > 0.04, "varies by several points"


def claims_about_letters(nb):
    assert nb.by_letter.max() - nb.by_letter.min() > 0.2
