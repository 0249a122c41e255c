"""Lesson 03, convolutions."""

import numpy as np

TARGETS = {
    "embedded": {"train_accuracy": (0.98, 1), "val_accuracy": (0.88, 0.98)},
    "real": {"val_accuracy": (0.95, 1)},
}

RIGHT = {
    "exercise-kernel": "horizontal_edge = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])",
    "exercise-block": """\
def block(filters):
    convolution = keras.layers.Conv2D(filters, (3, 3), activation=keras.activations.relu, padding='same')
    pooling = keras.layers.MaxPool2D((2, 2), padding='same')
    return [convolution, pooling, keras.layers.BatchNormalization(momentum=0.9)]""",
    "exercise-field": "second_sees, third_sees = 4 + 2 * 2, 10 + 2 * 4",
    "exercise-parameters": "second_parameters = 48 * 3 * 3 * 32 + 48",
    "exercise-labels": "repaired = their_labels - (their_labels > 9)",
}
WRONG = {
    "exercise-kernel": "horizontal_edge = vertical_edge",
    "exercise-block": "def block(filters):\n    return [keras.layers.Dense(filters), keras.layers.Flatten()]",
    "exercise-field": "second_sees, third_sees = 6, 9\nraise RuntimeError",
    "exercise-parameters": "second_parameters = 320",
    "exercise-labels": "repaired = their_labels - 1",
}
OURS = {
    "kernel": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "block": [32, 48, 64],
    "field": [8, 18],
    "parameters": 13872,
    "fits": True,
}
THEIRS = OURS | {"kernel": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]}


def in_use(nb):
    kernel = np.asarray(nb.horizontal_edge)
    assert np.allclose(nb.feature_map, nb.convolve(nb.hand, kernel))
    return {
        "kernel": kernel.tolist(),
        "block": [layer.filters for layer in nb.model.layers if hasattr(layer, "filters")],
        "field": [nb.second_sees, nb.third_sees],
        "parameters": nb.second_parameters,
        "fits": np.array_equal(nb.repaired, nb.check.untouched("valid_labels")),
    }


def claims_about_layers(nb):
    assert np.allclose(nb.feature_map[:, :-3], nb.moved_map[:, 3:]), "a moved hand has a moved feature map"
    assert np.all(np.diff(nb.changes) < 0), "pooled maps change less"
    assert 0.5 < nb.changes[0] < 0.7, "more than half"
    assert 0.25 < nb.changes[2] / nb.changes[0] < 0.4, "about a third is left"
    assert np.allclose(np.maximum(nb.summed, 0), nb.by_keras, atol=1e-4), "a map is a sum over all maps below"


def claims_about_sizes(nb):
    convolutions = [layer.output.shape[1] for layer in nb.model.layers if layer.name.startswith("conv")]
    assert convolutions == [28, 14, 7]
    assert nb.model.layers[3].count_params() == nb.second_parameters
    assert nb.model.count_params() < 676_888 / 2, "less than half of the dense network's"


def claims_about_the_network(nb):
    assert nb.log["accuracy"][-1] > 0.98 and nb.log["val_accuracy"][-1] < nb.log["accuracy"][-1]
    assert nb.log["val_accuracy"][-1] > 0.81 + 0.1, "ten points more than memory"


def claims_about_moved_hands(nb):
    moved = nb.moved["CNN"]
    assert moved[0] > 0.98 and moved[2] > 0.75 and moved[4] < moved[2] - 0.15, "two pixels cost little, four much"
    (dense,) = (accuracies for name, accuracies in nb.moved.items() if name != "CNN")
    assert moved[2] > dense[2] + 0.2


def claims_about_the_controls(nb):
    """Recorded; the row of the CNN is close to this run."""
    recorded = nb.controls
    if len(nb.by_hand):
        assert abs(recorded.loc["CNN", "validation"] - nb.log["val_accuracy"][-1]) < 0.02
        assert abs(recorded.loc["CNN", "moved by 2"] - nb.moved["CNN"][2]) < 0.15
    assert recorded.loc["CNN", "parameters"] == nb.model.count_params()
    averaged = nb.build_model(join=nb.keras.layers.GlobalAveragePooling2D)
    assert recorded.loc["CNN, averaged", "parameters"] == averaged.count_params() < nb.model.count_params() / 4


def claims_about_the_labels(nb):
    assert 0.3 < np.mean(nb.answers == nb.their_labels) < 0.45


def claims_about_people(nb):
    if not len(nb.by_hand):
        return
    read, mistakes = nb.by_hand["CNN"], nb.by_hand["mistakes"]
    assert nb.by_hand["people"].to_list() == [7, 65, 56, 184]
    assert read["known", "right"] > 0.98 and read["known", "left"] > 0.95
    assert 0.96 < read["new", "right"] < 0.985, "two or three in 100"
    assert read["new", "left"] < read["new", "right"] - 0.1
    assert 0.68 < mistakes["new", "left"] / mistakes["new"].sum() < 0.82, "three quarters are left hands"
    assert 0.92 < nb.mirrored["left"] < 0.97 and 0.6 < nb.mirrored["right"] < 0.72, "a mirrored right hand is foreign"
    if "lesson 2" in nb.by_hand:
        assert (read > nb.by_hand["lesson 2"] + 0.05).all()
