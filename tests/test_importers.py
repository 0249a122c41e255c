"""``python -m course data import``: pictures, headlines and weights that a person has; archives made to do harm."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from data_commands import refused, run
from edition_files import PHOTOS, classes, crowded_zip, fill, picture, snapshot, vgg16_weights, zipped
from PIL import Image

from course.datasets import command, editions, importers, install, reading, sources, vgg16
from course.datasets.image_sets import DOGS, FRUITS

HEADLINES = "byline,headline\nBy A,One thing\nBy B,Unknown\nBy C,“Another”\n".encode()
COMMENTS = b"commentID,commentBody\n1,fine\n"
DOG_PHOTOS = {
    **{f"mine/{number}.jpg": picture(number) for number in range(15)},
    **{f"others/{number}.jpg": picture(100 + number) for number in range(20)},
}
KAGGLE_FRUIT = {f"dataset/{name}": data for name, data in classes(("train", "test"), FRUITS, 1).items()}
SOURCES = {
    "asl_images": {"a.jpg": picture(), "b.jpg": picture(1)},
    "doggy_door": {"photos.csv": PHOTOS.encode(), **dict.fromkeys(("rex.jpg", "tom.png", "bear.jpg"), picture())},
    "bo": DOG_PHOTOS,
    "nyt": {"ArticlesJan2017.csv": HEADLINES},
    "fruits": KAGGLE_FRUIT,
}


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "real"


# Every set, from every kind of source


@pytest.mark.parametrize("name", SOURCES)
def test_a_folder_a_zip_and_a_tar_become_the_same_set_and_verify_is_content(tmp_path, root, name, capsys):
    folder = fill(tmp_path / "given", SOURCES[name])
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(folder, ".")
    windows = {file.replace("/", "\\"): content for file, content in SOURCES[name].items()}  # as its old zips have it
    zips = [zipped(tmp_path / f"{number}.zip", files) for number, files in enumerate((SOURCES[name], windows))]
    found = []
    for source in (folder, *zips, tmp_path / "a.tar.gz"):
        assert run("import", name, source, "--to", root) == 0
        found.append(snapshot(root))
        assert run("verify", "--edition", root) == 0
    assert all(one == found[0] for one in found)
    target = root / reading.SETS[name].folder
    assert sorted(os.listdir(root)) == sorted([target.name, "manifest.json"])
    counts = editions.manifest(root).sets[name]
    assert f"[OK]   {name}: " + ", ".join(f"{key} {count}" for key, count in counts.items()) in capsys.readouterr().out
    assert {f"{target.name}/{file}" for file in names(target)} == set(editions.manifest(root).files)


def test_each_import_adds_to_the_manifest_and_the_edition_stays_called_real(tmp_path, root):
    for name in ("nyt", "asl_images", "nyt"):
        run("import", name, fill(tmp_path / name, SOURCES[name]), "--to", root)
    manifest = editions.manifest(root)
    assert manifest.edition == "real"
    assert manifest.sets == {"asl_images": {"pictures": 2, "letters": 2}, "nyt": {"months": 1, "rows": 3}}
    assert len(manifest.files) == 3
    assert not reading.came_with_the_course(root)


def test_a_changed_or_missing_file_of_ones_own_edition_leads_to_the_import(tmp_path, root, capsys):
    run("import", "asl_images", fill(tmp_path / "given", SOURCES["asl_images"]), "--to", root)
    (root / "asl_images" / "a.jpg").write_bytes(picture(9))
    (root / "asl_images" / "b.jpg").unlink()
    capsys.readouterr()
    assert run("verify", "--edition", root) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "a.jpg is not the file that was imported; bring your copy in" in lines[0]
    assert "b.jpg is missing; bring your copy in" in lines[1]
    assert all(line.endswith(f"data import asl_images PATH --to {root.as_posix()}`.") for line in lines)


@pytest.mark.parametrize("name", SOURCES)
def test_an_empty_folder_is_one_sentence_and_nothing_is_made(tmp_path, root, name):
    (tmp_path / "given").mkdir()
    refused("import", name, tmp_path / "given", "--to", root)
    assert not root.exists()


@pytest.mark.parametrize("name", ["asl_images", "doggy_door", "bo", "fruits"])
@pytest.mark.parametrize("change", [lambda data: data[:-20], lambda data: b"GIF89a", lambda data: b""])
def test_a_broken_picture_is_named_and_the_edition_stays(tmp_path, root, name, change):
    run("import", name, fill(tmp_path / "given", SOURCES[name]), "--to", root)
    before = snapshot(root)
    broken = sorted(file for file in SOURCES[name] if file.endswith(".jpg"))[-1]
    fill(tmp_path / "given", {broken: change(SOURCES[name][broken])})
    sentence = refused("import", name, tmp_path / "given", "--to", root)
    assert Path(broken).name in sentence
    assert "nothing was imported" in sentence
    assert snapshot(root) == before


# Bo


def test_two_folders_of_photos_are_split_the_same_way_however_they_are_called(tmp_path, root, capsys):
    twice = {"mine/copy.jpg": DOG_PHOTOS["mine/3.jpg"], "mine/notes.txt": b"woof"}
    run("import", "bo", fill(tmp_path / "given", DOG_PHOTOS | twice), "--to", root)
    said = capsys.readouterr().out
    assert ": train 26, valid 9." in said
    assert "A quarter of each folder is held out" in said and "duplicates: 2." in said
    renamed = {}
    for number, (name, content) in enumerate(reversed(DOG_PHOTOS.items())):
        folder = "My Dog" if name.startswith("mine") else "not-bo"
        renamed[f"{folder}/{number}.JPG"] = content
    again = fill(tmp_path / "again", renamed)  # and named one by one
    run("import", "bo", again / "My Dog", again / "not-bo", "--to", tmp_path / "other")
    splits = [
        {file.rsplit("/", 1)[0] + digest for file, digest in snapshot(place / "presidential_doggy_door").items()}
        for place in (root, tmp_path / "other")
    ]
    assert splits[0] == splits[1]


def test_a_split_that_is_there_stays(tmp_path, root):
    run("import", "bo", fill(tmp_path / "given", classes(("train", "validation"), DOGS)), "--to", root)
    assert names(root / "presidential_doggy_door") == [
        f"{split}/{name}/{number}.jpg" for split in ("train", "valid") for name in DOGS for number in range(2)
    ]


def test_photos_of_one_kind_alone_or_one_photo_alone_are_not_enough(tmp_path, root):
    only = {name: content for name, content in DOG_PHOTOS.items() if name.startswith("mine")}
    assert "needs two folders of photos, “mine”" in refused("import", "bo", fill(tmp_path / "a", only), "--to", root)
    single = fill(tmp_path / "b", {"mine/1.jpg": picture(), "others/1.jpg": picture(1), "others/2.jpg": picture(2)})
    assert "One photo alone" in refused("import", "bo", single, "--to", root)
    assert not root.exists()


def test_photos_are_stored_small_upright_and_without_the_place_they_were_taken(tmp_path, root):
    notes = Image.Exif()
    notes[0x0112] = 6  # turned by a quarter
    notes[0x010E] = "where I live"
    photos = {**DOG_PHOTOS, "mine/0.jpg": picture(0, size=(1200, 800), exif=notes)}
    photos |= {"mine/1.png": picture(1, "PNG", mode="RGBA"), "mine/2.webp": picture(2, "WEBP")}
    run("import", "bo", fill(tmp_path / "given", photos), "--to", root)
    found = {path.stem: path for path in root.rglob("bo/*.jpg")}
    with Image.open(found["0"]) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (341, 512), {})
    assert b"where I live" not in found["0"].read_bytes()
    assert found["3"].read_bytes() == photos["mine/3.jpg"]  # small and plain: byte for byte
    assert all(path.read_bytes().startswith(b"\xff\xd8\xff") for path in found.values())


def test_photos_of_a_kind_that_is_not_read_are_not_passed_over_in_silence(tmp_path, root):
    photo = b"\0\0\0\x18ftypheic" + bytes(100)
    source = fill(tmp_path / "given", {**DOG_PHOTOS, "mine/IMG_1.HEIC": photo})
    sentence = refused("import", "bo", source, "--to", root)
    assert "IMG_1.HEIC is a video, or a picture of the kind HEIC" in sentence


# Fruit


def test_kaggles_fruit_loses_its_doubled_folder_and_its_ready_made_copies(tmp_path, root, capsys):
    doubled = {f"dataset/{name}": content for name, content in KAGGLE_FRUIT.items()}
    copies = {
        f"dataset/{split}/freshapples/{prefix}_Screen Shot 1.png": picture(300 + number, "PNG")
        for number, (split, prefix) in enumerate(
            (split, prefix)
            for split in ("train", "test")
            for prefix in ("rotated_by_15", "saltandpepper", "translation", "vertical_flip")
        )
    }
    kept = {"dataset/train/rottenbanana/Screen Shot 2018-06-12 at 9.15.01 AM.png": picture(400, "PNG")}
    source = zipped(tmp_path / "archive.zip", {**KAGGLE_FRUIT, **doubled, **copies, **kept})
    run("import", "fruits", source, "--to", root)
    said = capsys.readouterr().out
    assert ": train 7, valid 6." in said
    assert "8 turned, shifted or noisy copies" in said
    assert "Its folder “test” is “valid” here." in said
    assert "train/rottenbanana/Screen_Shot_2018-06-12_at_9.15.01_AM.jpg" in names(root / "fruits")


def test_fruit_with_three_splits_keeps_them_and_two_pictures_of_one_name(tmp_path, root, capsys):
    more = {"x/train/freshapples/0.png": picture(500, "PNG"), "x/train/freshapples/0.bmp": picture(501, "BMP")}
    files = {**classes(("train", "valid", "test"), FRUITS, 1), **more}
    run("import", "fruits", fill(tmp_path / "given", files), "--to", root)
    assert ": test 6, train 8, valid 6." in capsys.readouterr().out
    assert len(list((root / "fruits/train/freshapples").iterdir())) == 3


def test_fruit_that_lacks_a_class_or_a_split_is_refused(tmp_path, root):
    most = {name: content for name, content in KAGGLE_FRUIT.items() if "test/freshbanana" not in name}
    sentence = refused("import", "fruits", fill(tmp_path / "a", most), "--to", root)
    assert sentence.startswith("fruits/valid/freshbanana is missing; nothing was imported")
    train = {name: content for name, content in KAGGLE_FRUIT.items() if "train" in name}
    assert "no folders train and test" in refused("import", "fruits", fill(tmp_path / "b", train), "--to", root)


# Letters, doors, headlines, weights


def test_pictures_of_hands_are_kept_byte_for_byte_under_their_letter(tmp_path, root, capsys):
    files = {"T-left.JPG": picture(1), "t/photo.png": picture(2, "PNG"), "happy.png": picture(), "j.png": picture()}
    run("import", "asl_images", fill(tmp_path / "given", files), "--to", root)
    said = capsys.readouterr().out
    assert ": pictures 2, letters 1.\nFiles left out, of another kind or duplicates: 2." in said
    assert (root / "asl_images" / "t.jpg").read_bytes() == files["T-left.JPG"]
    assert (root / "asl_images" / "t_2.png").read_bytes() == files["t/photo.png"]


def test_the_classic_three_pictures_need_no_table(tmp_path, root):
    files = {"pics/Happy_Dog.jpg": picture(), "brown_bear.png": picture(kind="PNG"), "sleepy_cat.jpg": picture(2)}
    run("import", "doggy_door", fill(tmp_path / "given", files), "--to", root)
    assert names(root / "doggy_door_images") == ["brown_bear.png", "happy_dog.jpg", "sleepy_cat.jpg"]
    (tmp_path / "given" / "sleepy_cat.jpg").unlink()
    assert "neither photos.csv nor pictures called happy_dog" in refused("import", "doggy_door", tmp_path / "given")
    source = fill(tmp_path / "table", {**SOURCES["doggy_door"], "else/bear.jpg": picture()})
    (source / "bear.jpg").unlink()
    assert "table/bear.jpg is missing" in refused("import", "doggy_door", source, "--to", root)


def test_articles_are_kept_and_comments_left(tmp_path, root, capsys):
    files = {"ArticlesJan2017.csv": HEADLINES, "deep/ArticlesJan2017.csv": b"x", "C.csv": COMMENTS}
    run("import", "nyt", zipped(tmp_path / "a.zip", files), "--to", root)
    assert ": months 1, rows 3.\nFiles left out, of another kind or duplicates: 2." in capsys.readouterr().out
    assert (root / "nyt_dataset/articles/ArticlesJan2017.csv").read_bytes() == HEADLINES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (COMMENTS, "No CSV in what you gave has a column “headline”"),
        (b"", "No CSV in what you gave"),
        (b"headline\n", "has no headline"),
        (b"headline\nUnknown\n", "has no headline"),
        ("headline\nÄrger\n".encode("latin-1"), "is not UTF-8 text"),
        (b'headline\n"' + b"a" * 1001 + b'"\n', "longer than 1000 characters"),
        (b"headline\n" + b"a" * 140_000, "is damaged or cut off"),
    ],
)
def test_headlines_of_another_shape_or_encoding_are_refused(tmp_path, root, content, words):
    assert words in refused("import", "nyt", fill(tmp_path / "given", {"a.csv": content}), "--to", root)
    assert not root.exists()


def test_weights_go_where_the_lessons_look_for_them(tmp_path, root, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_VGG16_WEIGHTS", str(tmp_path / "cache" / "w.h5"))
    source = vgg16_weights(tmp_path / "download.h5")
    run("import", "vgg16", source, "--to", root)
    assert "The weights of VGG16 are now in" in capsys.readouterr().out
    assert vgg16.path().read_bytes() == source.read_bytes()
    assert not root.exists()
    bad = vgg16_weights(tmp_path / "bad.h5", fc1=[])
    assert "bad.h5 does not hold the weights of VGG16" in refused("import", "vgg16", bad)
    monkeypatch.setattr(install, "WEIGHTS_LIMIT", 1000)
    assert "download.h5 is larger than 0 MB" in refused("import", "vgg16", source)
    assert "no file that ends in .h5" in refused("import", "vgg16", fill(tmp_path / "none", {"a.txt": b""}))
    assert os.listdir(tmp_path / "cache") == ["w.h5"]
    assert vgg16.path().read_bytes() == source.read_bytes()


# Archives made to do harm


FILE, FOLDER = tarfile.REGTYPE, tarfile.DIRTYPE


def packed(folder: Path, kind: str, *members: tuple[str, bytes, bytes]) -> Path:
    """A ``zip`` or ``tgz`` of members given by name, type and content (of a link: where it leads)."""
    path = folder / f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, type, content in members:
                info = zipfile.ZipInfo(f"{name}/" if type == FOLDER else name)
                info.external_attr = (stat.S_IFLNK | 0o777) << 16 if type == tarfile.SYMTYPE else 0
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        return path
    with tarfile.open(path, "w:gz") as archive:
        for name, type, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = type, len(content) if type == FILE else 0
            info.linkname = "" if type == FILE else content.decode()
            archive.addfile(info, io.BytesIO(content))
    return path


ZIP_OR_TAR = pytest.mark.parametrize("kind", ["zip", "tgz"])


OUTSIDE = ("../a.jpg", "x/../../a.jpg", "/a.jpg", "C:\\a.jpg", "..\\a.jpg")


@pytest.mark.parametrize(
    ("kind", "name", "type"),
    [
        *((kind, name, FILE) for kind in ("zip", "tgz") for name in OUTSIDE),
        ("zip", "a.jpg", tarfile.SYMTYPE),
        *(("tgz", "a.jpg", type) for type in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE)),
    ],
)
def test_an_archive_that_leads_out_or_holds_links_is_refused_and_writes_nothing(tmp_path, root, kind, name, type):
    source = packed(tmp_path, kind, ("b.jpg", FILE, picture()), (name, type, b"/etc/passwd"))
    assert "a link or a name that leads out" in refused("import", "asl_images", source, "--to", root)
    assert os.listdir(tmp_path) == [source.name]


@ZIP_OR_TAR
@pytest.mark.filterwarnings("ignore:Duplicate")
def test_an_archive_with_a_name_twice_is_refused(tmp_path, root, kind):
    source = packed(tmp_path, kind, *(("a.jpg", FILE, picture(seed)) for seed in range(2)))
    assert "holds “a.jpg” twice" in refused("import", "asl_images", source, "--to", root)


def test_a_name_with_control_characters_is_refused_and_shown_without_them(tmp_path, root):
    source = zipped(tmp_path / "a.zip", {"a\n\x1b[2J.jpg": picture()})
    assert "holds “a??[2J.jpg”" in refused("import", "asl_images", source, "--to", root)


def test_a_narrow_space_as_in_the_names_of_screenshots_is_taken(tmp_path, root):
    given = {f"fotos/{letter} at 3.04\u202fPM.png": picture(seed, "PNG") for seed, letter in enumerate("ab")}
    run("import", "asl_images", zipped(tmp_path / "fotos.zip", given), "--to", root)
    assert sorted(os.listdir(root / "asl_images")) == ["a.png", "b.png"]


@ZIP_OR_TAR
@pytest.mark.parametrize("limit", ["MAX_TOTAL", "MAX_RATIO"])
def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, root, monkeypatch, kind, limit):
    monkeypatch.setattr(sources, "FREE", 10_000)
    monkeypatch.setattr(sources, "MAX_TOTAL", 2**20 if limit == "MAX_TOTAL" else 2**40)
    source = packed(tmp_path, kind, ("a.jpg", FILE, picture()), ("zeros", FILE, bytes(2**21)))
    sentence = refused("import", "asl_images", source, "--to", root)
    assert "unpacks to more than a dataset of the course can be" in sentence


def test_a_zip_that_lies_about_a_size_gives_no_more_than_it_declared(tmp_path, root):
    source = zipped(tmp_path / "a.zip", {"a.csv": b"headline\n" + b"News\n" * 200_000})
    content = bytearray(source.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 50)
    source.write_bytes(content)
    assert "a.csv is damaged or cut off" in refused("import", "nyt", source, "--to", root)


@pytest.mark.parametrize(
    ("kind", "type"), [("folder", FILE), *((k, t) for k in ("zip", "tgz") for t in (FILE, FOLDER))]
)
def test_too_many_files_or_folders_are_refused(tmp_path, root, monkeypatch, kind, type):
    monkeypatch.setattr(sources, "MAX_FILES", 3)
    if kind == "folder":
        source = fill(tmp_path / "many", {f"{letter}.jpg": picture() for letter in "abcd"})
    else:
        source = packed(tmp_path, kind, *((f"{letter}.jpg", type, b"") for letter in "abcd"))
    sentence = refused("import", "asl_images", source, "--to", root)
    assert "more than 3 files" in sentence or "unpacks to more" in sentence


@pytest.mark.parametrize("zip64", [False, True])
def test_a_crowded_directory_is_refused_before_it_is_read(tmp_path, root, monkeypatch, zip64):
    source = crowded_zip(tmp_path / "a.zip", 200_000, zip64)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda archive: pytest.fail("it was read"))
    assert "a.zip is damaged or cut off" in refused("import", "nyt", source, "--to", root)


def test_sizes_below_zero_do_not_lower_the_total_of_a_tar(tmp_path, root):
    """The headers of the later files lie in the data of the first; a size below zero leads back to the next of them."""
    size, files = 50 * 2**20, 3

    def header(name: str, size: int) -> bytes:
        member = tarfile.TarInfo(name)
        data = bytearray(member.tobuf(tarfile.GNU_FORMAT))
        data[124:136] = (size % 256**12).to_bytes(12, "big") if size < 0 else b"%011o\0" % size
        data[148:156] = b" " * 8
        data[148:156] = b"%06o\0 " % sum(data)
        return bytes(data)

    hidden = b"".join(header(f"b{number}", size) for number in range(files))
    back = b"".join(header(f"c{number}", -size - 512) for number in range(files))
    source = tmp_path / "a.tar.gz"
    with gzip.open(source, "wb", 1) as file:
        file.write(header("a", size) + hidden + bytes(size - len(hidden)) + back + bytes(1024))
    assert "unpacks to more than" in refused("import", "nyt", source, "--to", root)


def test_a_long_name_in_a_tar_takes_no_more_memory_than_a_name_may(tmp_path, root):
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 2**30
    source = fill(tmp_path, {"a.tar": member.tobuf(tarfile.GNU_FORMAT) + bytes(2**22)}) / "a.tar"
    tracemalloc.start()
    assert "a.tar is damaged or cut off" in refused("import", "nyt", source, "--to", root)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_a_folder_with_a_pipe_and_a_broken_link_is_read_without_them(tmp_path, root):
    folder = fill(tmp_path / "given", SOURCES["asl_images"])
    os.mkfifo(folder / "c.jpg")
    (folder / "d.jpg").symlink_to(folder / "nowhere.jpg")
    run("import", "asl_images", folder, "--to", root)
    assert names(root / "asl_images") == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive at all" * 99])
def test_what_is_no_archive_is_one_sentence(tmp_path, root, name, content):
    source = fill(tmp_path, {name: content}) / name
    assert f"{name} is damaged or cut off" in refused("import", "nyt", source, "--to", root)


def test_a_tar_that_is_cut_off_is_refused(tmp_path, root):
    noise = np.random.default_rng(0).bytes(50_000)
    source = packed(tmp_path, "tgz", *((f"{x}.csv", FILE, HEADLINES + noise) for x in "ab"))
    source.write_bytes(source.read_bytes()[:-20_000])
    assert "a.tgz is damaged or cut off" in refused("import", "nyt", source, "--to", root)
    assert not root.exists()


def test_a_zip_whose_members_cannot_be_opened_is_one_sentence(tmp_path, root):
    source = zipped(tmp_path / "a.zip", {"a.csv": HEADLINES})
    content = bytearray(source.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the bit that says: encrypted
        content[content.index(mark) + offset] |= 1
    source.write_bytes(content)
    assert "a.csv is damaged or cut off" in refused("import", "nyt", source, "--to", root)


def test_names_of_sets_in_the_help_are_those_there_are():
    assert command.SETS.split(", ") == install.IMPORTABLE
    assert [*importers.IMPORTERS] == [name for name in reading.SETS if name != "pretrained"]
