"""Sets of pictures: each fault is found and told in one sentence; so is a wrong file of VGG16's weights."""

from __future__ import annotations

from pathlib import Path

import pytest
from data_commands import sentence_of
from edition_files import PHOTOS, classes, fill, picture, vgg16_weights, write_manifest

from course.datasets import images, reading, vgg16
from course.datasets.image_sets import DOGS, FRUITS, letter_of
from course.datasets.untrusted import Damaged

FILES = {
    **{f"asl_images/{name}": picture(seed) for seed, name in enumerate(("a.jpg", "b_2.jpg", "T-left.jpg"))},
    "doggy_door_images/photos.csv": PHOTOS.encode(),
    **{f"doggy_door_images/{name}": picture() for name in ("rex.jpg", "bear.jpg")},
    "doggy_door_images/tom.png": picture(kind="PNG"),
    **{f"presidential_doggy_door/{name}": data for name, data in classes(("train", "valid"), DOGS).items()},
    **{f"fruits/{name}": data for name, data in classes(("train", "valid", "test"), FRUITS, 1).items()},
}
PICTURE_SETS = ("asl_images", "doggy_door", "bo", "fruits")


@pytest.fixture
def edition(tmp_path) -> Path:
    """A valid edition with the four sets of pictures, without manifest."""
    return fill(tmp_path, FILES)


def complaint(root: Path, name: str) -> str:
    sentence = sentence_of(reading.validate, root, name)
    assert sentence.endswith(f"`python -m course data import {name} PATH --to {root.as_posix()}`.")
    return sentence


@pytest.mark.parametrize("name", PICTURE_SETS)
def test_a_valid_set_passes_also_with_what_file_managers_leave(edition, name):
    for folder in [edition / reading.SETS[name].folder, *(edition / reading.SETS[name].folder).glob("*/*")]:
        if folder.is_dir():
            fill(folder, {".DS_Store": b"x", "Thumbs.db": b"x", "._a.jpg": b"x"})
    reading.validate(edition, name)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF"])
def test_a_picture_of_any_usual_kind_passes_whatever_its_name_says(edition, kind):
    fill(edition, {"fruits/train/freshapples/0.jpg": picture(kind=kind), "asl_images/c.png": picture(kind=kind)})
    reading.validate(edition, "fruits")
    reading.validate(edition, "asl_images")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("asl_images", "asl_images/a.jpg"),
        ("doggy_door", "doggy_door_images/tom.png"),
        ("bo", "presidential_doggy_door/valid/not_bo/1.jpg"),
        ("fruits", "fruits/test/rottenbanana/0.jpg"),
    ],
)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[: len(data) // 2], "is damaged or cut off"),
        (lambda data: data[:-30], "is damaged or cut off"),
        (lambda data: b"", "is empty"),
        (lambda data: b"<html>no picture</html>", "is not a picture"),
        (lambda data: picture(kind="PNG", size=(300, 300)), "has more than 0 million pixels"),
    ],
)
def test_a_broken_empty_false_or_huge_picture_is_named(edition, monkeypatch, name, place, change, words):
    monkeypatch.setattr(images, "MAX_PIXELS", 50_000)
    (edition / place).write_bytes(change((edition / place).read_bytes()))
    sentence = complaint(edition, name)
    assert f"{place} {words}" in sentence


def test_a_picture_that_the_manifest_knows_is_not_decoded(edition, monkeypatch):
    write_manifest(edition, *(path for path in edition.rglob("*") if path.is_file()))
    monkeypatch.delattr(images, "read")
    for name in PICTURE_SETS:
        reading.validate(edition, name)


# Classes


@pytest.mark.parametrize(
    ("name", "gone", "words"),
    [
        ("bo", "presidential_doggy_door/valid", "presidential_doggy_door/valid is missing"),
        ("bo", "presidential_doggy_door/train/not_bo", "train/not_bo is missing"),
        ("bo", "presidential_doggy_door/train/bo/*.jpg", "train/bo holds no pictures"),
        ("fruits", "fruits/train", "fruits/train is missing"),
        ("fruits", "fruits/valid/freshoranges", "valid/freshoranges is missing"),
        ("fruits", "fruits/test/freshoranges/0.jpg", "test/freshoranges holds no pictures"),
    ],
)
def test_a_class_or_split_that_is_missing_or_empty_is_named(edition, name, gone, words):
    for path in sorted(edition.glob(gone)):
        for file in [path] if path.is_file() else sorted(path.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        if path.is_dir():
            path.rmdir()
    assert words in complaint(edition, name)


def test_splits_that_not_every_edition_has_may_be_missing_and_are_judged_where_they_are(edition):
    (edition / "fruits" / "test").rename(edition / "kept")
    reading.validate(edition, "fruits")
    for name, folder, splits, names in (
        ("fruits", "fruits", ("belt/valid", "belt/test"), FRUITS),
        ("bo", "presidential_doggy_door", ("test",), DOGS),
    ):
        fill(edition / folder, classes(splits, names, 1))
        reading.validate(edition, name)
        place = f"{folder}/{splits[-1]}/{names[0]}/0.jpg"
        fill(edition / folder, {f"{splits[-1]}/{names[0]}/0.jpg": b""})
        assert f"{place} is empty" in complaint(edition, name)


def test_a_class_too_many_and_a_file_or_folder_among_the_pictures_of_a_class_that_is_no_picture_is_named(edition):
    fill(edition, {"presidential_doggy_door/valid/cat/0.jpg": picture(), "fruits/train/freshapples/notes.txt": b"x"})
    assert "valid/cat is a class that does not belong there" in complaint(edition, "bo")
    (edition / "presidential_doggy_door/valid/cat/0.jpg").unlink()
    (edition / "presidential_doggy_door/valid/cat").rmdir()
    assert "notes.txt is not a picture" in complaint(edition, "fruits")
    (edition / "presidential_doggy_door/train/bo/more").mkdir()
    assert "train/bo/more is a folder, not a picture" in complaint(edition, "bo")


# Letters


@pytest.mark.parametrize(
    ("name", "letter"),
    [("a.png", "a"), ("T_2.jpg", "t"), ("y1.jpg", "y"), ("k left.jpg", "k"), ("j.png", ""), ("z_1.png", ""),
     ("hand.png", ""), ("1a.png", ""), (".png", ""), ("é.png", "")],
)  # fmt: skip
def test_the_letter_of_a_picture_is_what_its_name_begins_with(name, letter):
    assert letter_of(name) == letter


def test_a_picture_without_a_letter_and_a_folder_without_pictures_are_named(edition):
    fill(edition, {"asl_images/j.png": picture()})
    assert "asl_images/j.png is not named by one of the 24 letters" in complaint(edition, "asl_images")
    for path in (edition / "asl_images").iterdir():
        path.unlink()
    assert "asl_images holds no pictures" in complaint(edition, "asl_images")


# The doggy door


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("animal,", "", "lacks the column “animal”"),
        ("cat,stay", "cat,open", "line 3: “open” cannot be the door"),
        ("bear,out", ",out", "line 4: “” cannot be the animal"),
        ("tom.png", "../tom.png", "line 3: “../tom.png” cannot be the file"),
        ("tom.png", "a\\tom.png", "line 3: “a\\tom.png” cannot be the file"),
        ("tom.png", "rex.jpg", "line 3: “rex.jpg” cannot be the file"),
        ("tom.png", "photos.csv", "line 3: “photos.csv” cannot be the file"),
        ("tom.png", "max.png", "max.png is missing"),
        (PHOTOS, "", "photos.csv is empty"),
        (PHOTOS, PHOTOS.splitlines()[0], "photos.csv has no rows"),
        ("A. Person", "\udcff", "photos.csv is not UTF-8 text"),
    ],
)
def test_a_faulty_table_of_photos_is_named_with_its_line(edition, old, new, words):
    path = edition / "doggy_door_images" / "photos.csv"
    path.write_bytes(PHOTOS.replace(old, new).encode("utf-8", "surrogateescape"))
    assert words in complaint(edition, "doggy_door")


def test_a_table_that_windows_wrote_and_columns_of_ones_own_are_welcome(edition):
    rows = [f"{row},mine" for row in PHOTOS.splitlines()]
    fill(edition, {"doggy_door_images/photos.csv": "\r\n".join(rows).encode("utf-8-sig")})
    reading.validate(edition, "doggy_door")


def test_without_a_table_the_three_pictures_of_the_classic_course_do(edition):
    (edition / "doggy_door_images" / "photos.csv").unlink()
    assert "happy_dog.jpg is missing" in complaint(edition, "doggy_door")
    names = ("happy_dog.jpg", "brown_bear.png", "sleepy_cat.jpg")
    fill(edition / "doggy_door_images", {name: picture() for name in names})
    reading.validate(edition, "doggy_door")


# VGG16


def test_a_file_with_the_layers_that_vgg16_has_in_keras_passes(tmp_path):
    import keras

    with keras.StatelessScope():  # shapes without half a gigabyte of numbers
        model = keras.applications.VGG16(weights=None)
    found = {layer.name: sorted((tuple(w.shape) for w in layer.weights), key=len) for layer in model.layers}
    assert vgg16.shapes() == {name: shapes for name, shapes in found.items() if shapes}
    vgg16.check(vgg16_weights(tmp_path / "w.h5"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"block3_conv2": [(256,), (3, 3, 256, 255)]}, "layer block3_conv2: (256,) (3, 3, 256, 255)"),
        ({"predictions": [(1000,)]}, "layer predictions: (1000,)"),
        ({"fc1": []}, "layer fc1: nothing"),
    ],
)
def test_weights_of_other_shapes_are_named_by_their_layer(tmp_path, changed, words):
    with pytest.raises(Damaged, match=r"w\.h5 does not hold the weights of VGG16") as caught:
        vgg16.check(vgg16_weights(tmp_path / "w.h5", **changed))
    assert words in str(caught.value)


@pytest.mark.parametrize("cut", [slice(0, 0), slice(0, 700), slice(0, -50), slice(9, None)])
def test_truncated_weights_are_one_sentence(tmp_path, cut):
    path = vgg16_weights(tmp_path / "w.h5")
    path.write_bytes(path.read_bytes()[cut])
    with pytest.raises(Damaged, match=r"w\.h5 is damaged or cut off|w\.h5 does not hold"):
        vgg16.check(path)


def test_weights_that_lie_in_another_file_are_refused(tmp_path):
    import h5py

    vgg16_weights(tmp_path / "real.h5")
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["layer_names"] = ["fc1"]
        for layer in vgg16.shapes():
            file[layer] = h5py.ExternalLink("real.h5", f"/{layer}")
    with pytest.raises(Damaged, match="takes them from another file"):
        vgg16.check(tmp_path / "w.h5")


def test_the_weights_lie_where_the_environment_says_or_where_keras_puts_them(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_VGG16_WEIGHTS", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert vgg16.path() == tmp_path / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels.h5"
    monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(tmp_path / "mine.h5"))
    assert vgg16.path() == tmp_path / "mine.h5"
    with pytest.raises(Damaged, match=r"mine\.h5 is missing"):
        vgg16.check(vgg16.path())
