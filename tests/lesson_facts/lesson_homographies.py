"""The extra on homographies: what it says of matrices, sharpness and the order of speeds."""

import numpy as np


def claims_about_matrices(nb):
    assert np.array_equal(nb.mirrored @ (nb.shifted @ nb.place), (nb.mirrored @ nb.shifted) @ nb.place)
    center = [13.5, 13.5, 1]
    assert np.allclose(nb.random_matrices(3, zoom=0, shift=0).numpy() @ center, center, atol=1e-4)
    assert len({matrix.tobytes() for matrix in nb.random_matrices(8).numpy()}) == 8, "each image gets its own"
    nothing = np.eye(3, dtype="float32")[np.newaxis]
    assert np.allclose(nb.transform(nb.hand[np.newaxis], nothing), nb.hand, atol=1e-3)


def claims_about_sharpness_and_speed(nb):
    assert nb.sharpness["layers"] < nb.sharpness["one step"] < nb.sharpness["unchanged"]
    assert nb.speeds["Keras layers"] > 1.5 * nb.speeds["ImageDataGenerator"]
    assert nb.speeds["one step"] > 1.2 * nb.speeds["Keras layers"]
