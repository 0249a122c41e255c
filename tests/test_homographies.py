"""extras/homographies.ipynb: what it says of matrices, sharpness and the order of speeds is true."""

from __future__ import annotations

from lesson_runs import changed_copy, edition_with, red, run_asking

from course.paths import ROOT

NOTEBOOK = ROOT / "extras" / "homographies.ipynb"
CLAIMS = {
    "two rules one after the other are their product": (
        "np.array_equal(mirrored @ (shifted @ place), (mirrored @ shifted) @ place)"
    ),
    "about the center, the center stays": (
        "np.allclose(random_matrices(3, zoom=0, shift=0).numpy() @ [13.5, 13.5, 1], [13.5, 13.5, 1], atol=1e-4)"
    ),
    "each image of a batch gets its own matrix": (
        "len({matrix.tobytes() for matrix in random_matrices(8).numpy()}) == 8"
    ),
    "a shift by nothing changes nothing": (
        "np.allclose(transform(hand[np.newaxis], np.eye(3, dtype='float32')[np.newaxis]), hand, atol=1e-3)"
    ),
    "four layers lose more sharpness than one step": (
        "sharpness['layers'] < sharpness['one step'] < sharpness['unchanged']"
    ),
    "the layers are several times as fast as the old class": (
        "speeds['Keras layers'] > 1.5 * speeds['ImageDataGenerator']"
    ),
    "one step is faster still": "speeds['one step'] > 1.2 * speeds['Keras layers']",
}


def test_it_runs_and_what_it_says_is_true(editions, tmp_path):
    edition = edition_with("asl_data", editions)
    copy = changed_copy(str(NOTEBOOK), tmp_path, less_data=True, ask=CLAIMS)
    outcome, untrue, executed = run_asking(copy, edition, CLAIMS)
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert not untrue
    assert not red(executed)
