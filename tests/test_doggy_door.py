"""The photos of the doggy door: what lies in the embedded edition, whose they are, and how they were made."""

from __future__ import annotations

import csv
import struct
import zlib
from collections import Counter

import numpy as np
import pytest
from lesson_runs import outputs_of, run_changed
from PIL import Image
from vgg16_file import published_weights

from course import pretrained
from course.datasets.reading import validate
from course.paths import ROOT
from dev.studio import photos

FOLDER = ROOT / "data" / "doggy_door_images"
FREE = {"public domain", "CC0-1.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "MIT", "BSL-1.0 (Boost)"}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (FOLDER / "photos.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def doors(rows) -> dict[str, str]:
    """The door that the network's most probable class opens, for each photo."""
    backbone = pretrained.load()
    pictures = []
    for row in rows:
        with Image.open(FOLDER / row["file"]) as photo:
            side = 0.94 * min(photo.size)
            left, top = (photo.width - side) / 2, (photo.height - side) / 2
            square = (round(left), round(top), round(left + side), round(top + side))
            pictures.append(np.asarray(photo.convert("RGB").resize((224, 224), Image.Resampling.BICUBIC, square)))
    best = np.argmax(backbone.model(backbone.preprocess(np.stack(pictures))), axis=1)
    sides = ["in" if 151 <= number <= 268 else "stay" if 281 <= number <= 285 else "out" for number in best]
    return {row["file"]: side for row, side in zip(rows, sides, strict=True)}


class TestPhotos:
    def test_the_set_is_sound(self):
        validate(ROOT / "data", "doggy_door")

    def test_there_are_several_dogs_and_cats_a_bear_and_others(self, rows):
        assert len(rows) >= 40
        assert Counter(row["door"] for row in rows) == {"in": 5, "stay": 8, "out": 44}
        assert any("bear" in row["animal"] for row in rows)
        assert all((row["animal"] == "dog") == (row["door"] == "in") for row in rows)
        assert all((row["animal"] == "cat") == (row["door"] == "stay") for row in rows)

    def test_each_has_an_author_a_free_license_and_a_source(self, rows):
        assert {row["licence"] for row in rows} <= FREE
        assert all(row["credit"] and row["source"].startswith("https://") for row in rows)

    def test_the_folder_holds_the_photos_of_the_table_and_nothing_else(self, rows):
        found = {path.name for path in FOLDER.iterdir() if not path.name.startswith(".")}
        assert found == {row["file"] for row in rows} | {"photos.csv", "LICENCES.txt"}

    def test_licenses_that_ask_for_their_text_have_it_beside_the_photos(self, rows):
        text = (FOLDER / "LICENCES.txt").read_text(encoding="utf-8")
        for row in rows:
            assert (row["file"] in text) == (row["licence"] in ("MIT", "BSL-1.0 (Boost)"))
        assert "Joseph Redmon" in text
        assert "Davis E King" in text

    def test_each_is_a_color_jpeg_of_moderate_size_without_notes(self, rows):
        for row in rows:
            path = FOLDER / row["file"]
            with Image.open(path) as photo:
                assert (photo.format, photo.mode) == ("JPEG", "RGB")
                assert min(photo.size) in range(210, 257), "as much as the network sees, and a little more"
                assert not photo.getexif()
            assert path.stat().st_size < 120_000

    def test_the_network_opens_the_right_door_for_all_but_the_goat(self, rows, doors):
        assert [row["file"] for row in rows if doors[row["file"]] != row["door"]] == ["goat.jpg"]


def test_the_lesson_asks_vgg16_too_where_its_weights_are(editions, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(published_weights(tmp_path / "weights.h5", favourite=207)))
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    ask = {"named": "photos['VGG16'].tolist()", "answers": "photos['VGG16 answer'].tolist()"}
    folder = tmp_path / "checkout"
    outcome, values = run_changed("05a_doggy_door", folder, editions["embedded"], less_data=True, ask=ask)
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert values == {"named": ["Golden Retriever"] * 3, "answers": ["in"] * 3}
    shown, counted = outputs_of(folder / "executed" / "05a_doggy_door.ipynb", "vgg-weights")
    assert "Golden Retriever" in shown["data"]["text/html"]
    assert "right 1 of 3" in counted["text"]


def test_without_the_weights_of_vgg16_the_lesson_says_how_to_get_them(editions, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(tmp_path / "none.h5"))
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    folder = tmp_path / "checkout"
    outcome, _values = run_changed("05a_doggy_door", folder, editions["embedded"], less_data=True)
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    (said,) = outputs_of(folder / "executed" / "05a_doggy_door.ipynb", "vgg-weights")
    assert "`python -m course data get vgg16`" in said["text"]


class TestStudio:
    def test_the_table_is_that_of_the_list(self):
        assert (FOLDER / "photos.csv").read_text(encoding="utf-8") == photos.photos_csv(photos.read_list())

    def test_an_archive_of_resources_is_read(self):
        plain, packed = b"plain", b"packed" * 9
        assert dict(photos.read_resources(archive({"a.txt": (plain, 0), "b.bin": (packed, 1)}))) == {
            "/folder/a.txt": plain,
            "/folder/b.bin": packed,
        }

    @pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(40), b"qres" + struct.pack(">4I", 1, 0, 0, 0)])
    def test_any_other_file_is_no_archive_of_resources(self, data):
        with pytest.raises(ValueError, match="not a Qt resource archive"):
            photos.read_resources(data)

    def test_a_photo_is_cut_and_scaled_down_but_never_up(self, tmp_path):
        path = tmp_path / "wide.png"
        Image.new("RGBA", (1000, 300), (200, 100, 50, 255)).save(path)
        for box, size in {"": (853, 256), "100 50 500 250": (400, 200)}.items():
            (tmp_path / "out.jpg").write_bytes(photos.develop(path.read_bytes(), box))
            with Image.open(tmp_path / "out.jpg") as photo:
                assert photo.size == size
                np.testing.assert_allclose(photo.getpixel((50, 50)), (200, 100, 50), atol=3)


def archive(files: dict[str, tuple[bytes, int]]) -> bytes:
    """A Qt resource archive, version 2, with a folder of `files`: name to content and flags (1: deflated)."""
    names, contents = b"", b""
    places = []
    for name in ("folder", *files):
        places.append(len(names))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    tree = struct.pack(">IHIIQ", 0, 2, 1, 1, 0) + struct.pack(">IHIIQ", places[0], 2, len(files), 2, 0)
    for place, (content, flags) in zip(places[1:], files.values(), strict=True):
        if flags & 1:
            content = struct.pack(">I", len(content)) + zlib.compress(content)
        tree += struct.pack(">IHHHIQ", place, flags, 0, 0, len(contents), 0)
        contents += struct.pack(">I", len(content)) + content
    starts = 20, 20 + len(tree), 20 + len(tree) + len(contents)
    return struct.pack(">4s4I", b"qres", 2, starts[0], starts[1], starts[2]) + tree + contents + names
