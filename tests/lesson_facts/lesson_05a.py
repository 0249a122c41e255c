"""Lesson 05a, a pre-trained door."""

TARGETS = {
    "embedded": {"door_correct": (17, 17), "door_count": (17, 17)},
    "real": {"door_correct": (3, 3), "door_count": (3, 3)},
}

RIGHT = {
    "exercise-vgg-parameters": "vgg_parameters = 14_714_688 + 123_642_856",
    "exercise-readable-prediction": """\
def readable_prediction(path):
    photo = np.asarray(middle_square(Image.open(path).convert("RGB"), share=1), "float32")
    return backbone.decode(backbone.model(backbone.preprocess(photo[None])))[0]

readable_prediction.mine = True""",
    "exercise-doggy-door": """\
def doggy_door(number):
    return "in" if number in range(151, 269) else "stay" if number in range(281, 286) else "out"

doggy_door.mine = True""",
    "exercise-operations": "conv_operations = 9 * 64 * 64 * 224**2\nfc1_operations = 102_760_448.0",
}
WRONG = {
    "exercise-vgg-parameters": "vgg_parameters = 138_344_128",
    "exercise-readable-prediction": """\
def readable_prediction(path):
    return backbone.decode(backbone.model(batch))[0]

backbone = None""",
    "exercise-doggy-door": "def doggy_door(number):\n    return 'in' if number in range(151, 268) else 'out'",
    "exercise-operations": "conv_operations = 36_928\nfc1_operations = 102_760_448",
}
OURS = {"mine": [False, False]}
THEIRS = {"mine": [True, True]}


def in_use(nb):
    assert nb.vgg_parameters == 138_357_544
    assert (nb.conv_operations, nb.fc1_operations) == (1_849_688_064, 102_760_448)
    assert (nb.door_correct, nb.door_count) == (3, 3)
    return {"mine": [hasattr(function, "mine") for function in (nb.readable_prediction, nb.doggy_door)]}


def claims_about_vgg16(nb):
    vgg16, ours = nb.vgg16, nb.backbone.model
    assert nb.vgg_parameters == vgg16.count_params() == 138_357_544
    assert 0.7 < vgg16.get_layer("fc1").count_params() / vgg16.count_params() < 0.8
    assert nb.untrained.min() > 0.0002 and nb.untrained.max() < 0.005, "about one thousandth each"
    assert nb.conv_operations > 15 * nb.fc1_operations
    assert 25 < vgg16.count_params() / ours.count_params() < 35
    assert 35 < nb.count_operations(vgg16) / nb.count_operations(ours) < 45


def claims_about_wrong_preparation(nb):
    doors = {name: count for name, (count, _mean) in nb.wrong_scores.items()}
    sure = {name: mean for name, (_count, mean) in nb.wrong_scores.items()}
    assert doors["as trained"] == max(doors.values())
    assert doors["untouched"] == min(doors.values()) and doors["untouched"] < 0.7 * doors["as trained"]
    assert doors["VGG16"] > doors["untouched"] and sure["VGG16"] < 0.7 * sure["as trained"]
    assert min(doors["squeezed"], doors["divided by 255"]) >= doors["as trained"] - 1


def claims_about_the_picture_that_fools_it(nb):
    if nb.photos["hard"].any():
        assert (nb.fooling["animal"], nb.fooling["prediction"]) == ("goat", "Tibetan Terrier")
        assert nb.moved_doors[0] == "in" and (nb.moved_tops[-1][1], nb.moved_doors[-1]) == ("Alpine ibex", "out")
    if nb.fooling["file"] == "sleepy_cat.jpg":
        assert nb.moved_doors[0] == "stay" and nb.moved_tops[-1][1] == "bath towel"
