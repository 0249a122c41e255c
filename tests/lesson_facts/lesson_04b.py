"""Lesson 04b, new photos."""

TARGETS = {
    "embedded": {"photo_accuracy": (20 / 24, 1), "photo_count": (24, 24)},
    "real": {"photo_accuracy": (1, 1), "photo_count": (2, 2)},
}

RIGHT = {
    "exercise-prepare": """\
def prepare(picture):
    small = ImageOps.fit(picture, (28, 28)).convert("L")
    return np.asarray(small, "float32").reshape(1, 28, 28, 1)

prepare.mine = True""",
    "exercise-predict-letter": """\
def predict_letter(path):
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    return letters[np.argmax(model(prepare(picture)))]

predict_letter.mine = True""",
    "exercise-card": """\
hardest_change = changed_accuracy.idxmin()
made_for, not_for, not_represented = ("play",), ["work"], ["robots"]""",
}
WRONG = {
    "exercise-prepare": "def prepare(picture):\n    return np.asarray(picture.resize((28, 28)))",
    "exercise-predict-letter": "def predict_letter(path):\n    return 3\n\nmodel = None",
    "exercise-card": """\
hardest_change, made_for = "as they are", "everything"
not_for, not_represented = [], [0]""",
}
OURS = {"mine": [False, False], "made for": ["learning", "trying things out"]}
THEIRS = {"mine": [True, True], "made for": ["play"]}


def in_use(nb):
    assert nb.hardest_change == nb.changed_accuracy.idxmin()
    assert (nb.MODELS / "asl_model_card.md").is_file()
    mine = [hasattr(function, "mine") for function in (nb.prepare, nb.predict_letter)]
    return {"mine": mine, "made for": list(nb.made_for)}


def claims_about_the_model(nb):
    assert nb.model.input_shape == (None, 28, 28, 1)
    assert nb.share_right(nb.model, nb.valid_images / 255, nb.valid_labels) < 0.2, "it divides by 255 itself"
    assert nb.photo.size == nb.as_stored.size[::-1] and nb.photo.width > nb.photo.height, "stored on its side"
    assert nb.own_accuracy == {} and not hasattr(nb, "tuned"), "without own pictures there is nothing to compare"


def claims_about_changed_pictures(nb):
    assert nb.changed_accuracy.iloc[1:].max() < nb.changed_accuracy.iloc[0], "each change costs something"
    assert nb.changed_accuracy.min() < nb.changed_accuracy.iloc[0] - 0.15
    untouched, remedied = nb.remedied.loc["as they are", "without"], nb.remedied["with"]
    assert remedied[["darker", "less contrast"]].min() > untouched - 0.02
    assert remedied["as they are"] > untouched - 0.01
    assert (remedied - nb.remedied["without"])[["farther away", "busier background"]].max() < 0.05
