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
    assert 0.055 < nb.tables["valid"]["label"].value_counts(normalize=True).iloc[0] < 0.075
    assert np.array_equal(nb.nearest(nb.train_images[:200], nb.train_images), range(200)), "each finds itself"
    numbers = nb.train_images.size / nb.model.count_params()
    assert 30 < numbers < 35


def claims_about_the_gap(nb):
    assert nb.log["accuracy"][-1] > 0.95 and 0.15 < nb.gap < 0.28, "like that of memory"
    assert nb.log["val_accuracy"][-1] < nb.memory_accuracy, "fewer right answers than memory gives"
    assert 0.68 < nb.log["val_accuracy"][-1] < 0.83, "misreads one in four or five"


def claims_about_stopping(nb):
    loss, accuracy = nb.log["val_loss"], nb.log["val_accuracy"]
    assert loss[-1] > min(loss) and nb.log["loss"][-1] < nb.log["loss"][nb.best]
    assert 8 <= nb.best + 1 <= 15, "a little after half"
    assert 0 < accuracy[-1] - accuracy[nb.best] < 0.04, "one to three points"
    assert nb.sure["stopped"] < nb.sure["at the end"]
    over = [
        answers.max(axis=1).mean() - np.mean(answers.argmax(axis=1) == nb.valid_labels)
        for answers in (nb.at_best, nb.at_end)
    ]
    assert 0 < over[0] < over[1] and 0.06 < over[1] < 0.15


def claims_about_people(nb):
    if "known" not in nb.tables:
        return
    right = {part: table[table["hand"] == "right"]["correct"].mean() for part, table in nb.answered.items()}
    assert 0.07 < right["train"] - right["known"] < 0.15, "about ten points"
    assert -0.01 < right["known"] - right["valid"] < 0.05, "another two or so"
    left = nb.answered["valid"][nb.answered["valid"]["hand"] == "left"]
    assert left["correct"].mean() < right["valid"] - 0.2
    of_training = nb.people["train"]
    assert of_training[of_training["hand"] == "left"]["signer"].nunique() == 7
    assert left["signer"].nunique() == 56 and nb.people["valid"]["signer"].nunique() == 240
    assert set(nb.people["train"]["signer"]) == set(nb.people["known"]["signer"])
    assert not set(nb.people["train"]["signer"]) & set(nb.people["valid"]["signer"])


def claims_about_what_it_goes_by(nb):
    assert nb.same_mistake < 0.26
    assert 0.4 < np.mean(nb.neighbor[nb.wrong] == nb.valid_labels[nb.wrong]) < 0.62, "memory gets half of them right"
    assert nb.moved_accuracy[0] > 0.95 and nb.moved_accuracy[2] < 0.7 and nb.moved_accuracy[4] < 0.4
    assert np.all(np.diff(nb.moved_accuracy) < 0)


def claims_about_the_leak(nb):
    assert nb.memory_on(nb.at_random) > 0.995
    if len(np.unique(nb.signers)) == 72:
        assert 0.7 < nb.memory_on(nb.held_out) < 0.95


def claims_about_letters(nb):
    assert nb.by_letter.max() - nb.by_letter.min() > 0.2
