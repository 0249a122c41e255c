"""Lesson 01, reading handwritten digits."""

import numpy as np

TARGETS = {"embedded": {"val_accuracy": (0.98, 1)}, "real": {"val_accuracy": (0.98, 1)}}

RIGHT = {
    "exercise-line": "m = 1.9\nb = 3.1",
    "exercise-parameters": "parameters = 784 * 512 + 512 * 512 + 512 * 10 + 512 + 512 + 10",
    "exercise-activation": "activation = 'gelu'",
}
WRONG = {
    "exercise-line": "points_y = points_y * 100\nm = 7\nb = 7",
    "exercise-parameters": "parameters = 1 / 0",
    "exercise-activation": "activation = 'relu'",
}
NEVER_ASSIGNED = {"exercise-parameters"}
OURS = {"line": [2.0, 3.0], "parameters": 669706, "trials": ["linear", "relu", "tanh"]}
THEIRS = OURS | {"line": [1.9, 3.1], "trials": ["linear", "relu", "gelu"]}


def in_use(nb):
    assert nb.activation == list(nb.trials)[-1]
    return {"line": [nb.m, nb.b], "parameters": nb.parameters, "trials": list(nb.trials)}


def claims_about_rules(nb):
    assert nb.rule_scores[0, 1] > 0.9
    assert 0.7 < nb.rule_scores[1, 7] < 0.8
    assert max(nb.rule_scores[3, 8], nb.rule_scores[4, 9]) < 0.6, "hardly better than a coin"


def claims_about_the_line(nb):
    assert nb.losses[-1] <= nb.line_loss(nb.m, nb.b) + 0.01, "gradient descent beats the line by hand"
    assert nb.losses[-1] > 0.1, "no straight line reaches zero"
    assert nb.losses[-1] - nb.line_loss(*np.polyfit(nb.points_x, nb.points_y, 1)) < 0.01 * nb.losses[-1]


def claims_about_the_network(nb):
    assert nb.parameters == nb.model.count_params()
    assert nb.untrained_accuracy < 0.25
    log = nb.history.history
    assert np.all(np.diff(log["accuracy"]) > 0)
    assert log["val_accuracy"][0] > 0.95 and log["val_accuracy"][0] > log["accuracy"][0]
    assert 0 < log["accuracy"][-1] - log["val_accuracy"][-1] < 0.03
    assert nb.trials["linear"] < nb.trials["relu"] - 0.02
