"""Lesson 05a, a pre-trained door."""

TARGETS = {
    "embedded": {"door_correct": (55, 57), "door_count": (57, 57)},
    "real": {"door_correct": (3, 3), "door_count": (3, 3)},
}

RIGHT = {
    "exercise-vgg-parameters": "vgg_parameters = 14_714_688 + 123_642_856",
    "exercise-careful-door": "open_above = costs.sort_values('cost').index[0]",
    "exercise-debug": """\
def repaired(photo):
    pixels = np.asarray(middle_square(photo, share=1), "float32")[None]
    return np.asarray(backbone.model(backbone.preprocess(pixels)))[0]

repaired.mine = True""",
    "exercise-doggy-door": """\
def doggy_door(number):
    return "in" if number in range(151, 269) else "stay" if number in range(281, 286) else "out"

doggy_door.mine = True""",
    "exercise-operations": "conv_operations = 9 * 64 * 64 * 224**2\nfc1_operations = 102_760_448.0",
}
WRONG = {
    "exercise-vgg-parameters": "vgg_parameters = 138_344_128",
    "exercise-careful-door": "open_above = 0.1",
    "exercise-debug": """\
def repaired(photo):
    return ask(backbone.preprocess(np.asarray(middle_square(photo), "float32")[None]))[0]

backbone = None""",
    "exercise-doggy-door": "def doggy_door(number):\n    return 'in' if number in range(151, 268) else 'out'",
    "exercise-operations": "conv_operations = 36_928\nfc1_operations = 102_760_448",
}
OURS = {"mine": [False, False]}
THEIRS = {"mine": [True, True]}


def in_use(nb):
    assert nb.vgg_parameters == 138_357_544
    assert (nb.conv_operations, nb.fc1_operations) == (1_849_688_064, 102_760_448)
    assert nb.costs["cost"][round(float(nb.open_above), 1)] == nb.costs["cost"].min()
    assert (nb.door_correct, nb.door_count) == (3, 3)
    return {"mine": [hasattr(function, "mine") for function in (nb.repaired, nb.doggy_door)]}


def claims_about_vgg16(nb):
    vgg16, ours = nb.vgg16, nb.backbone.model
    assert nb.vgg_parameters == vgg16.count_params() == 138_357_544
    assert 0.7 < vgg16.get_layer("fc1").count_params() / vgg16.count_params() < 0.8
    assert nb.untrained.min() > 0.0002 and nb.untrained.max() < 0.005, "about one thousandth each"
    assert nb.conv_operations > 15 * nb.fc1_operations
    assert 25 < vgg16.count_params() / ours.count_params() < 35
    assert 35 < nb.count_operations(vgg16) / nb.count_operations(ours) < 45


def claims_about_how_sure_we_are(nb):
    if len(nb.photos) == 57:
        assert nb.by_door["photos"].to_dict() == {"in": 5, "out": 44, "stay": 8, "all": 57}
        assert nb.by_door["right"]["in"] == 5 and 0.5 < nb.by_door["from"]["in"] < 0.6, "little more than a half"
        assert nb.by_door["from"]["in"] < 0.964 < 1 and nb.by_door["from"]["stay"] < 0.826, "as measured elsewhere"


def claims_about_the_goat(nb):
    if nb.fooling["animal"] != "goat":
        assert len(nb.photos) == 3
        return
    dogs, kept_out = {}, {}
    for name, photo in nb.versions.items():
        moved, answers = nb.wander(photo)
        dogs[name], kept_out[name] = moved[-1, 151:269].sum(), answers[-1][2] == "out"
    assert [name for name, _p, door in nb.moved_answers if door == "in"].count("Tibetan Terrier") >= 3
    assert nb.moved_answers[-1][0] == "Alpine ibex" and 0.15 < dogs["as it is"] < 0.35, "about a quarter"
    assert kept_out == {"as it is": True, "horns hidden": False, "sky hidden": True}
    assert dogs["horns hidden"] > dogs["as it is"] + 0.25 and abs(dogs["sky hidden"] - dogs["as it is"]) < 0.1
    assert nb.backbone.decode(nb.whole)[0][0][1] == "Tibetan Terrier"


def claims_about_animals_farther_away(nb):
    near, far = (nb.photos[name] == nb.photos["door"] for name in ("answer", "far"))
    if len(nb.photos) < 57:
        return
    cats = nb.photos[nb.photos["door"] == "stay"].set_index("file")
    assert far.mean() > 0.8, "most doors stay right"
    for column in ("cats", "cats, far"):
        assert {*cats[column].nsmallest(2).index} == {"kitten_with_wool.jpg", "ginger_kitten.jpg"}
    assert cats["far"]["kitten_with_wool.jpg"] != "stay" and near[nb.photos["door"] == "stay"].all()
    difference = nb.rules["largest sum"] - nb.rules["most probable class"]
    assert (difference.abs() <= 2).all() and (difference <= 0).any(), "hardly a difference"
    assert nb.costs["cost"].idxmin() == 0.7, "the goat stays outside, and a dog"


def claims_about_wrong_preprocessing(nb):
    doors, pets, same, sure = map(
        dict, zip(*[[(n, v) for v in row] for n, row in nb.wrong_scores.items()], strict=True)
    )
    assert pets["as trained"] == nb.pet.sum() and same["as trained"] == len(nb.photos)
    if len(nb.photos) < 57:
        return
    assert pets["untouched"] <= 3, "hardly a dog or cat"
    assert doors["untouched"] > 0.7 * len(nb.photos), "most doors are still right"
    assert same["VGG16"] < len(nb.photos) / 2 and sure["VGG16"] < 0.6 * sure["as trained"]
    assert 2 <= doors["as trained"] - doors["VGG16"] <= 8, "a few doors are lost"
    for name in ("squeezed", "blue first", "divided by 255"):
        assert abs(doors[name] - doors["as trained"]) <= 2 and same[name] < len(nb.photos) - 5
    assert nb.twice.max() < 0.1, "about the same small probability"
