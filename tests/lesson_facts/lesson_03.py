"""Lesson 03, convolutions."""

import numpy as np

TARGETS = {"embedded": {"val_accuracy": (0.90, 0.98)}, "real": {"val_accuracy": (0.95, 1)}}

RIGHT = {
    "exercise-kernel": "horizontal_edge = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])",
    "exercise-shapes": "final_size = 2 + 2\nfirst_parameters = 320",
}
WRONG = {
    "exercise-kernel": "horizontal_edge = kernels['vertical edge']",
    "exercise-shapes": "final_size = 3\nfirst_parameters = 9\nraise RuntimeError",
}
OURS = {"kernel": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]], "shapes": [4, 320]}
THEIRS = OURS | {"kernel": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]}


def in_use(nb):
    kernel = np.asarray(nb.horizontal_edge)
    assert np.allclose(nb.feature_map, nb.convolve(nb.hand, kernel))
    return {"kernel": kernel.tolist(), "shapes": [nb.final_size, nb.first_parameters]}


def claims_about_layers(nb):
    assert np.allclose(nb.feature_map[:, :-3], nb.moved_map[:, 3:]), "a moved hand has a moved feature map"
    assert nb.change_after < nb.change_before, "pooled maps change less"
    assert abs(nb.normalised.mean()) < 0.05 and abs(nb.normalised.std() - 1) < 0.05
    assert 0.2 < np.mean((nb.in_training == 0) & (nb.feature_map != 0)) < 0.4, "dropout drops about its share"
    assert np.allclose(nb.in_use, nb.feature_map, atol=1e-5), "nothing is dropped in use"


def claims_about_the_network(nb):
    assert nb.model.count_params() < 676_888 / 2, "less than half of the dense network's"
    last_pooling = [layer for layer in nb.model.layers if layer.name.startswith("max_pool")][-1]
    assert nb.final_size == last_pooling.output.shape[1]
    assert nb.first_parameters == nb.model.layers[0].count_params()
    assert nb.log["accuracy"][-1] > 0.98 and nb.log["val_accuracy"][-1] < nb.log["accuracy"][-1]
    assert nb.shifted_accuracy[1] > 0.9 and nb.shifted_accuracy[2] > 0.7, "it forgives small moves"
    assert nb.shifted_accuracy[4] < 0.9, "but not larger ones"
