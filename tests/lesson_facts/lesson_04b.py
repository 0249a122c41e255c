"""Lesson 04b, new images."""

TARGETS = {
    "embedded": {"photo_accuracy": (0.60, 0.88), "remedied_accuracy": (0.70, 1), "photo_count": (240, 240)},
    "real": {"photo_accuracy": (1, 1), "remedied_accuracy": (1, 1), "photo_count": (2, 2)},
}

RIGHT = {
    "exercise-predict-letter": """\
def predict_letter(path):
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    return letters[np.argmax(model(prepare(picture)))]

predict_letter.mine = True""",
    "exercise-debug": """\
def repaired(photo):
    small = ImageOps.fit(photo, (28, 28)).convert("L")
    return np.asarray(small, "float32").reshape(1, 28, 28, 1)

repaired.mine = True""",
    "exercise-remedy": "remedy = choosing.sort_values().index[-1]",
    "exercise-refuse": "refuse_below = float(refusals[refusals['right of these'] >= 0.8].index[0])",
    "exercise-card": """\
hardest_change = changed_accuracy.idxmin()
made_for, not_for, not_represented = ("play",), ["work"], ["robots"]""",
}
WRONG = {
    "exercise-predict-letter": "def predict_letter(path):\n    return 3\n\nmodel = None",
    "exercise-debug": "def repaired(photo):\n    return prepare(photo).astype('int8')",
    "exercise-remedy": "remedy = 'prayer'",
    "exercise-refuse": "refuse_below = 'high'",
    "exercise-card": """\
hardest_change, made_for = "as they are", "everything"
not_for, not_represented = [], [0]""",
}
OURS = {"mine": [False, False], "made for": ["learning", "trying things out"]}
THEIRS = {"mine": [True, True], "made for": ["play"]}


def in_use(nb):
    assert nb.hardest_change == nb.changed_accuracy.idxmin()
    assert nb.choosing[nb.remedy] == nb.choosing.max()
    assert nb.refusals.loc[nb.refuse_below, "right of these"] >= 0.8
    assert (nb.MODELS / "asl_model_card.md").is_file()
    mine = [hasattr(function, "mine") for function in (nb.predict_letter, nb.repaired)]
    return {"mine": mine, "made for": list(nb.made_for)}


def claims_about_preparing(nb):
    assert nb.model.input_shape == (None, 28, 28, 1)
    assert nb.upright.size == nb.as_stored.size[::-1] and nb.upright.width > nb.upright.height, "stored on its side"
    assert nb.own_accuracy == {} and not hasattr(nb, "tuned"), "without own pictures there is nothing to compare"
    if nb.factors is None:
        return
    reads = {name: nb.share_right(images) for name, images in nb.forgotten.items()}
    assert reads["not upright"] < 0.1 and reads["squeezed"] < reads["all steps"] - 0.1
    assert abs(reads["divided twice"] - 1 / 24) < 0.02
    assert nb.share_right(nb.hers) < 0.2 < reads["all steps"]


def claims_about_factors(nb):
    if nb.factors is None:
        return
    read = {name: nb.factors.groupby(name)["read"].mean() for name in nb.names}
    assert read["distance"]["far"] < read["distance"]["near"] - 0.1
    assert read["light"]["dim"] < read["light"]["day"] - 0.15
    assert read["place"][["library", "garden"]].max() < read["place"].median()
    assert abs(read["hand"]["left"] - read["hand"]["right"]) < 0.12
    assert len({*nb.factors[nb.chosen]["signer"]} & {*nb.factors[~nb.chosen]["signer"]}) == 0
    assert nb.factors[nb.chosen]["camera"].nunique() == nb.factors[~nb.chosen]["camera"].nunique() == 3


def claims_about_changed_images(nb):
    cost = nb.changed_accuracy["as they are"] - nb.changed_accuracy
    assert cost["farther away"] > 0.08, "about twenty points"
    assert cost["darker"] > (0.03 if nb.factors is None else 0.08), "ten to twenty points; fewer on the original photos"
    assert cost[["flat light", "blurred"]].max() < 0.04, "one to three points"


def claims_about_the_remedy(nb):
    if nb.factors is None:
        return
    reported = nb.hits[~nb.chosen].mean()
    assert reported[nb.remedy] >= reported["none"] + 0.05 and nb.low > 0, "not just luck"
    assert (nb.plain_accuracy, nb.remedied_accuracy) == (reported["none"], reported[nb.remedy]), "on the other half"
    left = nb.compared.groupby("place")["remedied"].mean()
    assert left[["library", "garden"]].max() < left.median(), "still behind"


def claims_about_other_classes(nb):
    assert nb.animal_probabilities.max() > 0.9
    assert nb.refusals["hands answered"].is_monotonic_decreasing
    if nb.factors is not None:
        assert nb.probabilities.max(axis=1).mean() > nb.right.mean() + 0.1, "more confident than accurate"
        assert nb.refusals.loc[nb.refuse_below, "animals answered"] > 0.1, "no guard against other things"
        assert nb.reported.loc[0, "right of these"] == nb.remedied_accuracy, "chosen on one half, reported on the other"
        assert 0.55 < nb.real_accuracy < 0.75, "two in three"
