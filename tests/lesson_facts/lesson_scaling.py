"""The extra on scaling out: what holds however little it is trained (``built_…``), and after the whole training.

Of times it holds nothing but what holds on a computer of any speed.
"""

import numpy as np


def built_of_gradients(nb):
    assert np.allclose((nb.first + nb.second) / 2, nb.whole), "equal shares give the gradient of the whole"
    assert not np.allclose((nb.few + nb.many) / 2, nb.whole)
    assert np.allclose((28 * nb.few + 100 * nb.many) / 128, nb.whole), "unequal ones, weighted"
    assert nb.differences["fixed statistics"] < 1e-4 and nb.differences["batch statistics"] > 0.01


def built_of_two_workers(nb):
    before = np.concatenate([np.ravel(weight) for weight in nb.model.trainable_weights])
    assert np.array_equal(nb.learned[0], nb.learned[1]), "to the last bit"
    assert not np.allclose(nb.learned[0], before) and not np.allclose(nb.moving[0], nb.moving[1])
    shards = [np.load(nb.two_folder / f"shard-{index}.npz")["pictures"] for index in range(2)]
    assert not np.array_equal(*shards)
    assert nb.model.layers[-3].count_params() > 0.5 * nb.model.count_params(), "most are the dense layer's"
    assert len(nb.two[0]["compute"]) == nb.epochs * (len(nb.train_labels) // nb.batch_size), "each step was timed"


def built_of_a_death(nb):
    before = nb.saved_steps / (min(1024, len(nb.train_labels)) // nb.batch_size)
    assert before in (1, 2), "an epoch or two, as quickly as the worker was killed"
    assert len(nb.resumed[0]["losses"]) == 4 - before, "the second start goes on from the checkpoint"


def claims_about_noise_and_accuracy(nb):
    assert all(0.4 < nb.noises[4 * size] / nb.noises[size] < 0.62 for size in (32, 64, 128)), "half the noise"
    assert nb.accuracy["one worker"] > 0.9
    assert abs(nb.accuracy["two workers"] - nb.accuracy["one worker"]) < 0.02


def claims_about_gains(nb):
    two, eight, sixteen = (nb.gains.loc[count] for count in (2, 8, 16))
    assert two["0.1"] < two["1"] < two["10"] and two["0.1"] < 1, "the slowest network costs more than two gain"
    assert two["10, faster"] < two["10"] and two["10, faster"] < two["100, faster"]
    assert all((nb.gains.loc[count] < count + 1e-6).all() for count in nb.gains.index)
    assert all(sixteen[fast] / eight[fast] < two[fast] for fast in ("10", "100, faster")), "each further one less"
