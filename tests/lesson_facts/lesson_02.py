"""Lesson 02, signs and a dense network that overfits."""

import numpy as np

TARGETS = {
    "embedded": {"train_accuracy": (0.95, 1), "val_accuracy": (0.60, 0.90)},
    "real": {"train_accuracy": (0.98, 1), "val_accuracy": (0.70, 0.90)},
}

RIGHT = {
    "exercise-normalise": """\
x_train = train_images.reshape(-1, 784) / 255.0
x_valid = valid_images.reshape(-1, 784) / 255.0""",
    "exercise-one-hot": "y_train = np.eye(24)[train_labels]\ny_valid = np.eye(24)[valid_labels]",
    "exercise-build": """\
hidden_units, output_units = 200, 24
hidden_activation, output_activation = 'tanh', 'softmax'""",
    "exercise-compile": "loss = keras.losses.CategoricalCrossentropy()",
    "exercise-fit": """\
valid = x_valid, y_valid
history = model.fit(x_train, y_train, batch_size=64, epochs=11, validation_data=valid, verbose=0)""",
}
WRONG = {
    "exercise-normalise": """\
train_images = train_images / 255
x_train = train_images / 255
valid_images = valid_images * 2
x_valid = valid_images""",
    "exercise-one-hot": "train_labels = train_labels + 1\ny_train = train_labels\ny_valid = np.zeros(3)",
    "exercise-build": """\
hidden_units, output_units = 5000, 26
hidden_activation, output_activation = 'relu', 3""",
    "exercise-compile": "loss = 'mean_squared_error'",
    "exercise-fit": """\
x_train = x_train * 0
history = model.fit(x_valid, y_valid, epochs=12, validation_data=(x_valid, y_valid), verbose=0)""",
}
OURS = {"units": 512, "inputs": "float32", "loss": "categorical_crossentropy", "epochs": 20}
THEIRS = {"units": 200, "inputs": "float64", "loss": "CategoricalCrossentropy", "epochs": 11}


def in_use(nb):
    assert (nb.x_train.min(), nb.x_train.max()) == (0, 1)
    assert np.array_equal(nb.y_train.argmax(axis=1), nb.check.untouched("train_labels"))
    assert nb.log["accuracy"][-1] > 0.5 and len(nb.log["loss"]) == len(nb.history.history["loss"])
    loss = nb.loss if isinstance(nb.loss, str) else type(nb.loss).__name__
    units, epochs = nb.model.layers[0].units, len(nb.log["loss"])
    return {"units": units, "inputs": nb.x_train.dtype.name, "loss": loss, "epochs": epochs}


def claims_about_the_data(nb):
    assert nb.counts["training"].max() < 2 * nb.counts["training"].min(), "about equally frequent"
    assert nb.counts["validation"].max() < len(nb.x_valid) / 10, "naming the commonest letter is no way"


def claims_about_overfitting(nb):
    assert nb.log["val_accuracy"][3] > nb.log["val_accuracy"][0] + 0.05
    assert nb.log["accuracy"][-1] > 0.95
    assert nb.log["val_accuracy"][-1] - nb.log["val_accuracy"][9] < 0.06
    assert nb.log["val_loss"][-1] > min(nb.log["val_loss"]) and nb.log["loss"][-1] < nb.log["loss"][7]
    assert nb.by_letter.max() - nb.by_letter.min() > 0.2


def claims_about_moved_pictures(nb):
    assert nb.shifted_accuracy[0] > 0.9 and nb.shifted_accuracy[2] < 0.75 and nb.shifted_accuracy[4] < 0.5
    assert np.all(np.diff(nb.shifted_accuracy) < 0)
