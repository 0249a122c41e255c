"""Lesson 05a, a pre-trained door."""

import numpy as np

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
    "exercise-occlusion": """\
grid = [[ask([hide(row, column)])[0] for column in range(7)] for row in range(7)]
dogs_hidden = np.sum(np.array(grid)[:, :, 151:269], axis=2).astype("float16")""",
    "exercise-operations": "conv_operations = 9 * 64 * 64 * 224**2\nseparable_operations = 234_422_272.0",
}
WRONG = {
    "exercise-vgg-parameters": "vgg_parameters = 138_344_128",
    "exercise-careful-door": "open_above = 0.1",
    "exercise-debug": """\
def repaired(photo):
    return ask(backbone.preprocess(np.asarray(middle_square(photo), "float32")[None]))[0]

backbone = None""",
    "exercise-doggy-door": "def doggy_door(number):\n    return 'in' if number in range(151, 268) else 'out'",
    "exercise-occlusion": "dogs_hidden = np.full((7, 7), dogs_before)\nhide = None",
    "exercise-operations": "conv_operations = 36_928\nseparable_operations = 234_422_272",
}
OURS = {"mine": [False, False]}
THEIRS = {"mine": [True, True]}


def in_use(nb):
    assert nb.vgg_parameters == 138_357_544
    assert (nb.conv_operations, nb.separable_operations) == (1_849_688_064, 234_422_272)
    assert nb.dogs_hidden.shape == (7, 7) and np.ptp(nb.dogs_hidden) > 0
    assert nb.costs["cost"][round(float(nb.open_above), 1)] == nb.costs["cost"].min()
    assert (nb.door_correct, nb.door_count) == (3, 3)
    return {"mine": [hasattr(function, "mine") for function in (nb.repaired, nb.doggy_door)]}


def claims_about_the_two_networks(nb):
    parameters, operations, ours = nb.parameters, nb.operations, nb.backbone.model
    assert nb.vgg_parameters == sum(parameters.values()) == 138_357_544
    assert operations["block1_conv2"] == nb.conv_operations
    assert 0.7 < parameters["fc1"] / nb.vgg_parameters < 0.8, "most parameters are in one dense layer"
    assert sum(nb.parameter_shares[:13]) < 0.12 and sum(nb.work_shares[:13]) > 0.95, "nearly all"
    assert 25 < nb.vgg_parameters / ours.count_params() < 35
    assert 35 < sum(operations.values()) / nb.lite0_operations < 45


def claims_about_the_block(nb):
    rows = {name.removeprefix("block3b_"): (output, count, work) for name, output, count, work in nb.rows}
    assert rows["expand"][0][-1] == rows["depthwise"][0][-1] == 240 and rows["project"][0][-1] == 40
    assert rows["depthwise"][2] < min(rows["expand"][2], rows["project"][2]), "the cheapest of the three"
    assert rows["expand_bn"][1] == 4 * 240 and "add" in rows
    names = {layer.name.split("_")[0] for layer in nb.backbone.model.layers if layer.name.startswith("block")}
    assert len(names) == 16
    assert sum(layer.name.endswith("_add") for layer in nb.backbone.model.layers) == 9
    work = {layer.name: nb.layer_operations(layer) for layer in nb.backbone.model.layers}
    assert sum(count for name, count in work.items() if name.startswith("block")) > 0.8 * sum(work.values())


def claims_about_how_sure_we_are(nb):
    assert nb.baseline == np.mean(nb.photos["door"] == "out")
    if len(nb.photos) < 57:
        return
    assert 0.75 < nb.baseline < 0.79
    assert nb.confusion.to_numpy().tolist() == [[5, 0, 0], [0, 8, 0], [1, 0, 43]], "one mistake, and it was let in"
    assert nb.by_door["photos"].to_dict() == {"in": 5, "out": 44, "stay": 8, "all": 57}
    assert nb.by_door["right"]["in"] == 5 and 0.5 < nb.by_door["from"]["in"] < 0.6, "little more than a half"
    assert nb.by_door["from"]["in"] < 0.964 < 1 and nb.by_door["from"]["stay"] < 0.826, "as measured elsewhere"


def claims_about_the_bars(nb):
    kitten = next(path for path in nb.sample_paths if "cat" in path.name or "kitten" in path.name)
    assert sum(probability for _number, _name, probability in nb.readable_prediction(kitten)) < 0.5 or (
        len(nb.photos) == 3
    ), "more than half is spread over the other classes"


def claims_about_the_goat(nb):
    if nb.fooling["animal"] != "goat":
        assert len(nb.photos) == 3
        return
    assert [name for name, _p, door in nb.moved_answers if door == "in"].count("Tibetan Terrier") >= 3
    assert nb.moved_answers[-1][0] == "Alpine ibex" and 0.15 < nb.dogs_before < 0.35, "about a quarter"
    opened = nb.opened
    assert np.argwhere(opened).tolist() == [[0, 4], [1, 4]], "the two that hold the near horn, and no other"
    assert (nb.dogs_hidden[opened] > 0.5).all() and nb.dogs_hidden[~opened].max() < nb.dogs_hidden[opened].min()
    assert nb.dogs_hidden[~opened].max() == nb.dogs_hidden[2, 4], "the third highest is the face"
    assert np.abs(nb.change[:2, 5]).max() < 0.1, "where the far horn is, hiding changes little"
    names = {way: top[0][1] for way, top in zip(nb.wholes, nb.backbone.decode(nb.whole), strict=True)}
    assert names["squeezed"] == names["padded"] == "Tibetan Terrier" and names["last, coarse"] == "Alpine ibex"
    doors = dict(zip(nb.wholes, nb.doors(nb.whole), strict=True))
    assert [way for way, door in doors.items() if door != "in"] == ["last, coarse"]
    assert nb.whole[2, 151:269].sum() < nb.dogs_before, "an ibex, more surely than before"


def claims_about_animals_farther_away(nb):
    if len(nb.photos) < 57:
        return
    photos = nb.photos.set_index("file")
    right = {way: (photos[way] == photos["door"]) for way in nb.ways}
    assert right["coarse"].sum() == right["near"].sum(), "loses no door"
    lost = {way: {*photos.index[right["near"] & ~right[way]]} for way in ("gray", "border")}
    both = lost["gray"] & lost["border"]
    assert both == {"dog_and_bicycle.jpg", "kitten_with_wool.jpg", "cow.jpg"}, "the same three"
    assert photos["cats, coarse"]["kitten_with_wool.jpg"] < photos["cats, near"]["kitten_with_wool.jpg"] / 2
    assert photos["border"]["gorilla.jpg"] == photos["gray"]["cow.jpg"] == "in"
    cats = photos[photos["door"] == "stay"]
    for column in ("cats, near", "cats, gray", "cats, border", "cats, coarse"):
        assert {*cats[column].nsmallest(2).index} == {"kitten_with_wool.jpg", "ginger_kitten.jpg"}
    assert right["near"][cats.index].all()
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
    assert abs(doors["untouched"] - (nb.wanted == "out").sum()) <= 3, "about as many as those of the nailed door"
    assert same["VGG16"] < len(nb.photos) / 2 and sure["VGG16"] < 0.6 * sure["as trained"]
    assert 2 <= doors["as trained"] - doors["VGG16"] <= 8, "a few doors are lost"
    for name in ("blue first", "divided by 255"):
        assert abs(doors[name] - doors["as trained"]) <= 2 and same[name] < len(nb.photos) - 5
    assert nb.twice.max() < 0.1, "about the same small probability"
