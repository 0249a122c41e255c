"""The pre-trained network: its architecture, its weights, its names, and how it is read and made."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from data_commands import sentence_of
from edition_files import vgg16_weights
from vgg16_file import published_weights

from course import pretrained
from course.datasets import vgg16
from course.messages import CourseError
from course.paths import ROOT

WEIGHTS = ROOT / "data" / "pretrained" / "efficientnet_lite0.npz"


@pytest.fixture(scope="module")
def backbone() -> pretrained.Backbone:
    return pretrained.load()


@pytest.fixture
def edition(tmp_path, monkeypatch) -> Path:
    """A copy of the pre-trained files and the manifest, which `load` reads in place of ``data/``."""
    shutil.copytree(WEIGHTS.parent, tmp_path / "pretrained")
    shutil.copy(ROOT / "data" / "manifest.json", tmp_path)
    monkeypatch.setattr(pretrained, "EDITION", tmp_path)
    return tmp_path


def ball() -> np.ndarray:
    """A drawn ball on white, the same to the last bit everywhere: uint8 (1, 224, 224, 3)."""
    y, x = np.mgrid[-112:112, -112:112]
    light = 255 - ((x + 30) ** 2 + (y + 30) ** 2) // 160
    disc = np.stack([light, light * 5 // 9, light // 12], axis=-1).clip(0, 255)
    return np.where((x**2 + y**2 < 80**2)[..., None], disc, 255).astype(np.uint8)[None]


def complaint(name: str = "efficientnet_lite0") -> str:
    return sentence_of(pretrained.load, name)


class TestArchitecture:
    def test_parameters_and_shapes_are_those_of_lite0(self, backbone):
        assert backbone.name == "efficientnet_lite0"
        assert backbone.model.count_params() == 4_694_024
        assert sum(int(np.prod(one.shape)) for one in backbone.model.trainable_weights) == 4_652_008
        assert backbone.model.input_shape == backbone.features.input_shape == (None, 224, 224, 3)
        assert backbone.model.output_shape == (None, 1000)
        assert backbone.features.output_shape == (None, 7, 7, 1280)
        assert backbone.input_size == 224
        card = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
        assert "4,652,008" in card and "4,694,024" in card

    def test_layers_are_named_by_block(self, backbone):
        names = [layer.name for layer in backbone.model.layers]
        blocks = dict.fromkeys(name.split("_")[0] for name in names if name.startswith("block"))
        wanted = "1a 2a 2b 3a 3b 4a 4b 4c 5a 5b 5c 6a 6b 6c 6d 7a"
        assert list(blocks) == [f"block{block}" for block in wanted.split()]
        assert {"stem", "block2a_expand_bn", "block2a_depthwise", "block2b_add", "head_relu", "pool"} <= set(names)
        assert "block2a_add" not in names
        assert backbone.features.layers[-1].name == "head_relu"

    def test_model_and_features_share_their_weights_but_two_loads_do_not(self, backbone):
        other = pretrained.load()
        kernel = other.features.get_layer("block5a_project").kernel
        before = kernel.numpy()
        kernel.assign(before + 1)
        assert np.array_equal(other.model.get_layer("block5a_project").kernel.numpy(), before + 1)
        assert np.array_equal(backbone.model.get_layer("block5a_project").kernel.numpy(), before)


class TestOutput:
    def test_it_is_that_of_the_weights_in_full_precision(self, backbone):
        x = backbone.preprocess(ball())
        best = backbone.decode(backbone.model(x))[0]
        assert [name for _number, name, _probability in best] == ["ping-pong ball", "balloon", "croquet ball"]
        np.testing.assert_allclose([one[2] for one in best], [0.6444, 0.0686, 0.0529], atol=0.005)
        pooled = np.asarray(backbone.features(x)).mean(axis=(0, 1, 2))
        np.testing.assert_allclose(pooled[[2, 834, 245, 468, 132]], [3.2895, 3.2319, 2.7259, 2.7149, 2.7074], atol=0.02)
        assert pooled.mean() == pytest.approx(0.14478, abs=0.001)

    def test_decode_names_the_most_probable_first(self, backbone):
        predictions = np.zeros((2, 1000))
        predictions[0, [294, 281, 7]] = 0.5, 0.3, 0.2
        predictions[1, 151] = 1
        first, second = backbone.decode(predictions, top=2)
        assert first == [(294, "brown bear", 0.5), (281, "tabby cat", 0.3)]
        assert second[0] == (151, "Chihuahua", 1.0)

    @pytest.mark.parametrize("shape", [(1000,), (2, 6), (1, 7, 7, 1280)])
    def test_predictions_of_another_shape_are_one_sentence(self, backbone, shape):
        with pytest.raises(CourseError, match=r"have the shape .* not \(images, 1000\)"):
            backbone.decode(np.zeros(shape))

    def test_the_names_are_a_thousand_different_ones_with_dogs_and_cats_where_the_lessons_expect_them(self, backbone):
        names = backbone.classes
        assert len(set(names)) == 1000
        assert (names[0], names[999]) == ("tench", "toilet paper")
        assert (names[151], names[268]) == ("Chihuahua", "Mexican hairless dog (xoloitzcuintli)")
        assert names[281:286] == ("tabby cat", "tiger cat", "Persian cat", "Siamese cat", "Egyptian Mau")


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("name", ["efficientnet_lite0", "vgg16"])
def test_preprocessing_is_that_of_the_network_on_arrays_and_in_a_pipeline(backbone, name, dtype):
    pixels = np.random.default_rng(1).integers(0, 256, (2, 5, 7, 3)).astype(dtype)
    if name == "vgg16":
        layer, expected = pretrained._blue_green_red(), keras.applications.vgg16.preprocess_input(pixels.astype("f4"))
    else:
        layer, expected = backbone.preprocess, (pixels.astype(np.float32) - 127) / 128
    assert np.asarray(layer(pixels)).dtype == np.float32 and np.array_equal(layer(pixels), expected)
    batch = tf.data.Dataset.from_tensor_slices(pixels).batch(2).map(layer)
    assert np.array_equal(next(iter(batch)), expected)


def small_model(backbone: pretrained.Backbone) -> keras.Model:
    inputs = keras.Input((224, 224, 3))
    x = backbone.features(backbone.preprocess(inputs), training=False)
    outputs = keras.layers.Dense(2, name="head")(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, outputs)


def test_weights_come_back_and_a_saved_model_carries_its_preprocessing_and_needs_no_code_of_the_course(tmp_path):
    keras.utils.set_random_seed(1)
    trained, again = small_model(pretrained.load()), small_model(pretrained.load())
    assert not np.allclose(again(ball()), trained(ball()))
    trained.save_weights(tmp_path / "small.weights.h5")
    again.load_weights(tmp_path / "small.weights.h5")
    np.testing.assert_allclose(again(ball()), trained(ball()), rtol=1e-5)
    trained.save(tmp_path / "small.keras")
    loaded = keras.saving.load_model(tmp_path / "small.keras", safe_mode=True)
    np.testing.assert_allclose(loaded(ball()), trained(ball()), rtol=1e-5)


class TestLoading:
    def test_it_needs_no_network_and_the_edition_in_use_does_not_matter(self, monkeypatch, tmp_path):
        monkeypatch.setattr(socket, "socket", None)
        monkeypatch.setattr(socket, "getaddrinfo", None)
        monkeypatch.setenv("COURSE_DATA", str(tmp_path))
        pretrained.load()

    def test_an_unknown_name_is_answered_with_those_there_are(self):
        assert "no pre-trained network “resnet50”; there are: efficientnet_lite0, vgg16." in complaint("resnet50")

    def test_the_file_holds_half_precision_and_no_array_that_no_layer_takes(self, backbone):
        wanted = {f"{layer.name}/{one.name}": one.shape for layer in backbone.model.layers for one in layer.weights}
        with np.load(WEIGHTS, allow_pickle=False) as arrays:
            assert {key: arrays[key].shape for key in arrays} == wanted
            assert {arrays[key].dtype for key in arrays} == {np.dtype(np.float16)}

    @pytest.mark.parametrize("name", ["efficientnet_lite0.npz", "imagenet_classes.json"])
    @pytest.mark.parametrize(
        ("damage", "words"),
        [
            (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "is not the file that came with the course"),
            (lambda data: data[:1000], "is not the file that came with the course"),
            (lambda data: b"", "is not the file that came with the course"),
            (None, "is missing"),
        ],
    )
    def test_a_damaged_or_missing_file_is_one_sentence(self, edition, name, damage, words):
        path = edition / "pretrained" / name
        if damage:
            path.write_bytes(damage(path.read_bytes()))
        else:
            path.unlink()
        sentence = complaint()
        assert f"{name} {words}; " in sentence
        assert "copy it again from where you got the course" in sentence

    def test_in_a_clone_the_sentence_names_the_command_that_restores_it(self, edition, monkeypatch):
        (edition / ".git").mkdir()
        (edition / "pretrained" / WEIGHTS.name).unlink()
        for module in ("course.datasets.editions", "course.files", "course.datasets.reading"):
            monkeypatch.setattr(f"{module}.ROOT", edition)
        assert "restore it with `git checkout -- pretrained/efficientnet_lite0.npz`" in complaint()
        shutil.rmtree(edition / "pretrained")
        assert "does not hold the set pretrained; restore it" in complaint()

    @pytest.mark.parametrize("content", [np.zeros((1, 1), np.float16), np.array([{}], dtype=object)])
    def test_without_a_manifest_other_weights_are_one_sentence(self, edition, content):
        (edition / "manifest.json").unlink()
        pretrained.load()
        np.savez(edition / "pretrained" / WEIGHTS.name, **{"stem/kernel": content})
        assert f"{WEIGHTS.name} is damaged or cut off; copy it again" in complaint()

    @pytest.mark.parametrize("names", [["tench"], ["tench"] * 1000, {"0": "tench"}, 5])
    def test_without_a_manifest_other_names_are_one_sentence(self, edition, names):
        (edition / "manifest.json").unlink()
        (edition / "pretrained" / "imagenet_classes.json").write_text(json.dumps(names))
        assert "imagenet_classes.json is damaged or cut off; copy it again" in complaint()


class TestVgg16:
    """With files of the right shapes; the numbers in them are ours."""

    @pytest.fixture
    def weights(self, tmp_path, monkeypatch) -> Path:
        monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(tmp_path / "weights.h5"))
        return published_weights(tmp_path / "weights.h5")

    def test_it_is_that_of_keras_with_the_weights_of_the_file(self, weights, monkeypatch):
        monkeypatch.setattr(socket, "socket", None)
        assert pretrained.available("vgg16")
        network = pretrained.load("vgg16")
        assert network.name == "vgg16"
        assert network.model.count_params() == 138_357_544
        assert {*vgg16.shapes()} < {one.name for one in network.model.layers}
        assert network.model.get_layer("block1_conv1").kernel.numpy().ravel().tolist() == list(range(3 * 3 * 3 * 64))
        assert network.features.output_shape == (None, 7, 7, 512)
        assert network.features.get_layer("block5_conv3") is network.model.get_layer("block5_conv3")
        best = network.decode(network.model(network.preprocess(ball())), top=1)[0][0]
        assert best[:2] == (281, "tabby cat")
        assert network.classes == pretrained.load().classes

    def test_its_preprocessing_is_saved_with_a_model_that_carries_it(self, tmp_path):
        inputs = keras.Input((8, 8, 3))
        model = keras.Model(inputs, keras.layers.Flatten()(pretrained._blue_green_red()(inputs)))
        model.save(tmp_path / "small.keras")
        again = keras.saving.load_model(tmp_path / "small.keras", safe_mode=True)
        assert np.array_equal(again(ball()[:, :8, :8]), model(ball()[:, :8, :8]))

    def test_without_its_weights_one_sentence_says_how_to_get_them(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(tmp_path / "none.h5"))
        sentence = complaint("vgg16")
        assert "none.h5 is missing; `python -m course data get vgg16` brings" in sentence
        assert not pretrained.available("vgg16")
        assert capsys.readouterr().out == f"{sentence}\n"
        path = vgg16_weights(tmp_path / "weights.h5", fc1=[(4096,), (512, 4096)])
        monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(path))
        assert "does not hold the weights of VGG16" in complaint("vgg16")

    def test_a_file_that_is_cut_off_or_has_its_numbers_in_another_order_is_one_sentence(self, weights):
        with h5py.File(weights, "r+") as file:
            file["fc1"].attrs["weight_names"] = file["fc1"].attrs["weight_names"][::-1]
        assert "weights.h5 is damaged or cut off; `python -m course data get vgg16`" in complaint("vgg16")
        for keep in (5000, 100, 0):
            weights.write_bytes(weights.read_bytes()[:keep])
            assert "python -m course data get vgg16" in complaint("vgg16")


def test_the_networks_that_come_with_the_course_are_available_and_no_others(edition, capsys):
    assert pretrained.available("efficientnet_lite0")
    assert capsys.readouterr().out == ""
    assert not pretrained.available("resnet50")
    (edition / "pretrained" / WEIGHTS.name).unlink()
    assert not pretrained.available("efficientnet_lite0")
    assert "is missing" in capsys.readouterr().out
