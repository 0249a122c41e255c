"""Lesson 01, reading handwritten digits."""

import numpy as np

TARGETS = {"embedded": {"val_accuracy": (0.98, 1)}, "real": {"val_accuracy": (0.98, 1)}}

RIGHT = {
    "exercise-line": "m = 1.9\nb = 3.1",
    "exercise-rate": "largest_rate = 0.0341",
    "exercise-parameters": "parameters = 784 * 512 + 512 * 512 + 512 * 10 + 512 + 512 + 10",
    "exercise-update": """\
def slope(m, b, x):
    return 2 * ((m * points_x + b - points_y) * x).mean()


update = lambda m, b, rate: [m - rate * slope(m, b, points_x), b - rate * slope(m, b, 1)]""",
    "exercise-small": """\
small = keras.Sequential([keras.layers.Dense(96, "relu"), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)])
small.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
small.fit(x_valid, valid_labels, batch_size=25, epochs=20, verbose=0)""",  # the few training images do not reach 97 %
    "exercise-shuffle": """\
order = np.random.default_rng(5).permutation(784)
train_mixed, valid_mixed = (images.reshape(-1, 784)[:, order] for images in (train_images, valid_images))""",
}
WRONG = {
    "exercise-line": "points_y = points_y * 100\nm = 7\nb = 7",
    "exercise-rate": "largest_rate = 0.05",
    "exercise-parameters": "parameters = 1 / 0",
    "exercise-update": "points_y = points_y * 0\nupdate = lambda m, b, rate: (m + rate, b + rate)",
    "exercise-small": "x_train = x_train * 0\nsmall = model",
    "exercise-shuffle": """\
train_images = train_images * 0
order = np.arange(784)
train_mixed, valid_mixed = train_images, valid_images""",
}
NEVER_ASSIGNED = {"exercise-parameters"}
OURS = {"line": [2.0, 3.0], "update": "update", "rate": 0.034, "parameters": 669706, "small": 79510, "order": 1}
THEIRS = OURS | {"line": [1.9, 3.1], "update": "<lambda>", "rate": 0.0341, "small": 82218, "order": 5}


def in_use(nb):
    assert np.array_equal(nb.valid_mixed[:5], nb.check.untouched("valid_images")[:5].reshape(5, 784)[:, nb.order])
    (order,) = (seed for seed in (1, 5) if np.array_equal(nb.order, np.random.default_rng(seed).permutation(784)))
    line, small = [nb.m, nb.b], nb.small.count_params()
    found = {"line": line, "update": nb.update.__name__, "rate": nb.largest_rate, "parameters": nb.parameters}
    return found | {"small": small, "order": order}


def claims_about_the_reader(nb):
    reads = nb.reader.evaluate(nb.valid_images, nb.valid_labels, verbose=0)[1]
    assert 0.88 < reads < 0.95, "about nine digits in ten"


def claims_about_rules(nb):
    assert nb.rule_scores[1, 0] > 0.9
    assert max(nb.rule_scores[3, 8], nb.rule_scores[4, 9]) < 0.6, "hardly better than a coin"


def claims_about_the_line(nb):
    assert nb.path[9, 2] < 0.1 * nb.path[0, 2], "the first steps do most of the work"
    assert nb.path[-1, 2] > 0.1, "no straight line reaches zero"
    assert nb.path[-1, 2] < 1.01 * nb.line_loss(*np.polyfit(nb.points_x, nb.points_y, 1))
    assert nb.descend(0.05, 10)[-1, 2] > 1e6, "the run that explodes"
    assert nb.descend(nb.largest_rate)[-1, 2] < 0.5 < 1000 < nb.descend(nb.largest_rate + 0.001, 100)[-1, 2]


def claims_about_activations(nb):
    assert 0.6 < nb.spiral_scores["linear"] < 0.7, "a third on the wrong side"
    assert nb.spiral_scores["relu"] > 0.98


def claims_about_backpropagation(nb):
    given = np.concatenate([nb.weights, [nb.bias], nb.inputs])

    def loss(values):
        return nb.neuron_loss(values[4:], values[:3], values[3])

    slopes = [(loss(given + step) - loss(given - step)) / 2e-6 for step in 1e-6 * np.eye(7)]
    np.testing.assert_allclose(slopes[:5], [-0.81, -0.36, -0.54, -0.90, -0.45], atol=1e-6)
    assert abs(loss(given) - 0.2025) < 1e-12
    assert nb.neuron_loss(nb.inputs, nb.new_weights, nb.new_bias) < 0.1, "a step makes the loss smaller"


def claims_about_the_network(nb):
    assert nb.parameters == nb.model.count_params()
    assert nb.untrained_accuracy < 0.25
    assert np.sort(np.bincount(nb.untrained_answers, minlength=10))[-3:].sum() > 0.6 * len(nb.untrained_answers), (
        "favors a few answers"
    )
    assert np.all(abs(nb.batch_losses - 2.3) < 0.2)
    assert np.ptp(-np.log(nb.right_class[:48]).reshape(3, 16).mean(axis=1)) > 2 * np.ptp(nb.batch_losses), "noise"
    log = nb.history.history
    assert np.all(np.diff(log["accuracy"]) > 0)
    assert log["val_accuracy"][0] > 0.95 and log["val_accuracy"][0] > log["accuracy"][0]
    assert 0 < log["accuracy"][-1] - log["val_accuracy"][-1] < 0.03


def claims_about_the_first_layer(nb):
    assert nb.never_lit.sum() > 50
    assert np.array_equal(nb.unchanged, nb.never_lit), "where every image is black, and only there, nothing moved"


def claims_about_confidence(nb):
    assert nb.confidence[nb.worst].min() > 0.9, "a probability near 1"
    assert nb.wrong_though_sure < 0.01, "such mistakes are rare"


def claims_about_size_and_order(nb):
    accuracy = np.mean(nb.small.predict(nb.x_valid, verbose=0).argmax(axis=1) == nb.valid_labels)
    assert 0.003 < nb.history.history["val_accuracy"][-1] - accuracy < 0.015, "about a point"
    reader = nb.reader.evaluate(nb.valid_images, nb.valid_labels, verbose=0)[1]
    assert abs(nb.mixed_accuracy - reader) < 0.015, "shuffling hardly matters"
