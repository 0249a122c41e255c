"""Each fault that data can have is found and told in one sentence, with the command that fixes it."""

from __future__ import annotations

import errno
import gzip
import io
import json
import lzma
import os
import shutil
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from data_commands import sentence_of
from edition_files import write_manifest

from course.datasets import reading, untrusted
from course.paths import ROOT

REAL = ROOT / os.environ.get("COURSE_REAL", "../shared/real")


def digits(train: int = 30, test: int = 20) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(1)
    return {
        f"{kind}_{split}": chance.integers(0, top, (count, *tail), dtype=np.uint8)
        for split, count in (("train", train), ("test", test))
        for kind, top, tail in (("x", 256, (28, 28)), ("y", 10, ()))
    }


def letters(rows: int = 24) -> list[list[str]]:
    """Header and rows of a CSV, as cells."""
    table = np.random.default_rng(2).integers(0, 256, (rows, 785))
    table[:, 0] = np.arange(rows) % 24
    return [list(reading.ASL_COLUMNS), *([str(value) for value in row] for row in table)]


def csv_bytes(table: list[list[str]], end: str = "\n") -> bytes:
    return end.join([*(",".join(row) for row in table), ""]).encode()


def write_mnist(root: Path, **arrays: np.ndarray) -> Path:
    path = root / "mnist" / "mnist.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, **arrays)
    return path


def write_letters(root: Path, data: bytes, split: str = "valid") -> Path:
    path = root / "asl_data" / reading.ASL_FILES[split]
    path.write_bytes(gzip.compress(data, 1, mtime=0))
    return path


@pytest.fixture
def edition(tmp_path) -> Path:
    """A small valid edition with both sets, without manifest."""
    (tmp_path / "asl_data").mkdir()
    write_mnist(tmp_path, **digits())
    for split in ("train", "valid"):
        write_letters(tmp_path, csv_bytes(letters()), split)
    return tmp_path


complaint = partial(sentence_of, reading.validate)


def test_a_valid_set_passes_also_with_windows_line_ends_and_an_open_last_line(edition):
    reading.validate(edition, "mnist")
    for data in (csv_bytes(letters()), csv_bytes(letters(), "\r\n"), csv_bytes(letters()).rstrip()):
        write_letters(edition, data)
        reading.validate(edition, "asl_data")


def test_an_unknown_set_is_named_with_those_there_are(edition):
    assert "no dataset “nmist”; there are mnist, asl_data" in complaint(edition, "nmist")


# What is missing, and the command for it


def test_a_missing_data_folder_or_set_leads_to_the_import(edition):
    sentence = complaint(edition / "my data", "asl_data")
    assert "my data does not exist" in sentence
    assert f'`python -m course data import asl_data PATH --to "{(edition / "my data").as_posix()}"`' in sentence
    shutil.rmtree(edition / "asl_data")
    sentence = complaint(edition, "asl_data")
    assert "does not hold the set asl_data" in sentence
    assert f"`python -m course data import asl_data PATH --to {edition.as_posix()}`" in sentence
    assert reading.how_to_import(ROOT / "data-real", "mnist").endswith("`python -m course data import mnist PATH`")


def test_an_embedded_edition_without_the_set_leads_to_a_real_one(edition):
    shutil.rmtree(edition / "asl_data")
    write_manifest(edition, edition / "mnist" / "mnist.npz")
    sentence = complaint(edition, "asl_data")
    assert "`python -m course data import asl_data PATH`" in sentence
    assert "`make lab DATA=data-real`" in sentence


def test_what_came_with_a_clone_is_restored_with_git(edition, monkeypatch):
    monkeypatch.setattr("course.files.ROOT", edition)
    monkeypatch.setattr("course.datasets.editions.ROOT", edition)
    (edition / ".git").mkdir()
    path = edition / "mnist" / "mnist.npz"
    write_manifest(edition, path)
    path.write_bytes(path.read_bytes()[:-50])
    assert complaint(edition, "mnist") == (
        "mnist/mnist.npz is damaged or cut off; restore it with `git checkout -- mnist/mnist.npz`."
    )
    path.unlink()
    assert "is missing; restore it with `git checkout -- mnist/mnist.npz`" in complaint(edition, "mnist")
    path.parent.rmdir()
    assert "restore it with `git checkout -- mnist`" in complaint(edition, "mnist")


@pytest.mark.parametrize("file", ["mnist/mnist.npz", *(f"asl_data/{name}" for name in reading.ASL_FILES.values())])
def test_a_missing_file_or_a_folder_in_its_place_is_named(edition, file):
    (edition / file).unlink()
    assert f"{file} is missing" in complaint(edition, file.split("/")[0])
    (edition / file).mkdir()
    assert f"{file} is missing" in complaint(edition, file.split("/")[0])


# MNIST


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y_test": None}, "lacks the array y_test"),
        ({"x_train": np.zeros((30, 784), np.uint8)}, "x_train is uint8 (30, 784), not uint8 (N, 28, 28)"),
        ({"x_train": np.zeros((30, 28, 28))}, "x_train is float64 (30, 28, 28), not uint8"),
        ({"y_train": np.zeros((30, 10), np.uint8)}, "y_train is uint8 (30, 10), not uint8 (N,)"),
        ({"x_test": np.array([{}] * 20, dtype=object)}, "x_test is object"),
        ({"y_train": np.full(30, 10, np.uint8)}, "y_train has the label 10, not a digit from 0 to 9"),
        ({"y_test": np.zeros(19, np.uint8)}, "20 images but 19 labels in x_test and y_test"),
        ({"x_test": np.zeros((0, 28, 28), np.uint8), "y_test": np.zeros(0, np.uint8)}, "0 images"),
    ],
)
def test_wrong_arrays_are_named(edition, change, words):
    arrays = {key: array for key, array in {**digits(), **change}.items() if array is not None}
    write_mnist(edition, **arrays)
    assert words in complaint(edition, "mnist")


def test_an_npz_that_declares_more_than_it_may_hold_is_refused_before_it_is_read(edition):
    header = io.BytesIO()
    declared = {"descr": "|u1", "fortran_order": False, "shape": (10**9, 28, 28)}
    np.lib.format.write_array_header_1_0(header, declared)
    with zipfile.ZipFile(edition / "mnist" / "mnist.npz", "w") as archive:
        archive.writestr("x_train.npy", header.getvalue())
        for key in ("y_train", "x_test", "y_test"):
            archive.writestr(f"{key}.npy", b"")
    assert "x_train is larger than 256 MB" in complaint(edition, "mnist")


def test_a_file_that_may_not_be_read_is_one_sentence(edition, monkeypatch):
    allowed = Path.open

    def forbidden(self, *words, **more):
        if self.name == "mnist.npz":
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return allowed(self, *words, **more)

    monkeypatch.setattr(Path, "open", forbidden)
    assert "mnist.npz cannot be read (Permission denied)" in complaint(edition, "mnist")


# ASL letters


def edited(row: int, column: int, cell: str | None) -> bytes:
    """A valid CSV but for one cell, which is changed or (None) left out."""
    table = letters()
    table[row][column : column + 1] = [] if cell is None else [cell]
    return csv_bytes(table)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (edited(3, 5, "abc"), "line 4: pixel5 is “abc”, not a whole number from 0 to 255"),
        (edited(3, 5, ""), "line 4: pixel5 is “”"),
        (edited(3, 5, "abc").replace(b"\n", b"\n\n", 1), "line 5: pixel5 is “abc”"),  # empty lines count
        (edited(3, 5, "256"), "line 4: pixel5 is “256”"),
        (edited(3, 5, "1.5"), "line 4: pixel5 is “1.5”"),
        (edited(3, 5, "9" * 5000), "line 4: pixel5 is “99999999999999999999”"),
        (edited(24, 784, "x"), "line 25: pixel784 is “x”"),
        (edited(2, 0, "24"), "line 3: label is “24”, not a whole number from 0 to 23"),
        (edited(2, 0, "-1"), "line 3: label is “-1”"),
        (edited(2, 9, None), "line 3 has 784 cells, not 785"),
        (edited(2, 784, "7,7"), "line 3 has 786 cells, not 785"),
        (csv_bytes([row + [""] * (i > 0) for i, row in enumerate(letters())]), "line 2 has 786 cells"),
        (csv_bytes(letters())[:-1000], "line 25 has"),
        (edited(0, 5, "pixel5000"), "lacks the column “pixel5”"),
        (edited(0, 0, None), "lacks the column “label”"),
        (edited(0, 784, "pixel784,pixel784"), "has other columns than label, pixel1 … pixel784"),
        (edited(0, 784, "pixel784,pixel785"), "has other columns than label, pixel1 … pixel784"),
        (csv_bytes([row[::-1] for row in letters()]), "or has them in another order"),
        (csv_bytes(letters()[:1]), "has no rows"),
        (b"", "is empty"),
        (b"\x00\xff" * 999, "lacks the column “label”"),
    ],
)
def test_a_faulty_csv_is_named_with_its_place(edition, data, words):
    write_letters(edition, data)
    sentence = complaint(edition, "asl_data")
    assert "asl_data/sign_mnist_valid.csv.gz" in sentence
    assert words in sentence


@pytest.mark.parametrize(
    ("file", "cut"),
    [
        *(("mnist/mnist.npz", slice(0, size)) for size in (0, 1, 100, -1, -200)),
        *(("asl_data/sign_mnist_valid.csv.gz", cut) for cut in (slice(0, -20), slice(0, 3), slice(5, None))),
    ],
)
def test_a_truncated_file_is_one_sentence(edition, file, cut):
    (edition / file).write_bytes((edition / file).read_bytes()[cut])
    assert f"{file} is damaged or cut off" in complaint(edition, file.split("/")[0])


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_what_unpacks_to_too_much_is_refused(edition, monkeypatch, suffix):
    monkeypatch.setattr(untrusted, "MAX_BYTES", 2**20)
    repack(edition, suffix, bytes(2**21))
    assert "is larger than 1 MB" in complaint(edition, "asl_data")


def repack(edition: Path, suffix: str, data: bytes, name: str = "sign_mnist_valid.csv") -> Path:
    """Write a table of letters in another form, in the place of the one that is there."""
    (edition / "asl_data" / f"{name}.gz").unlink(missing_ok=True)
    path = edition / "asl_data" / f"{name}{suffix}"
    path.write_bytes({".gz": gzip.compress, ".xz": lzma.compress, "": bytes}[suffix](data))
    return path


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_a_table_may_be_compressed_in_either_way_or_not(edition, suffix):
    path = repack(edition, suffix, csv_bytes(letters()))
    reading.validate(edition, "asl_data")
    assert reading.table_at(edition / "asl_data", reading.ASL_FILES["valid"]) == path
    path.write_bytes(path.read_bytes()[:-20])
    assert ("damaged or cut off" if suffix else "cells, not 785") in complaint(edition, "asl_data")


def test_an_xz_that_asks_for_too_much_memory_is_refused(edition):
    path = repack(edition, ".xz", b"")
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2**29}]
    path.write_bytes(lzma.compress(csv_bytes(letters()), filters=filters))
    assert "damaged or cut off" in complaint(edition, "asl_data")


def test_tables_that_only_the_embedded_edition_has_are_judged_where_they_are(edition):
    folder = edition / "asl_data"
    repack(edition, ".xz", csv_bytes(letters()), "sign_mnist_known.csv")
    repack(edition, ".gz", b"signer,hand\n1,left\n", "factors_train.csv")
    reading.validate(edition, "asl_data")
    (folder / "factors_train.csv.gz").write_bytes(gzip.compress(b"signer,hand\n"))
    assert "factors_train.csv.gz has no rows" in complaint(edition, "asl_data")
    repack(edition, ".xz", b"label\n1\n", "sign_mnist_known.csv")
    assert "sign_mnist_known.csv.xz lacks the column" in complaint(edition, "asl_data")


def test_a_table_that_is_there_in_two_forms_is_one_sentence(edition):
    (edition / "asl_data" / "sign_mnist_train.csv.xz").write_bytes(lzma.compress(csv_bytes(letters())))
    sentence = complaint(edition, "asl_data")
    assert "sign_mnist_train.csv.xz is there as sign_mnist_train.csv.gz too: delete" in sentence


def test_an_older_edition_beside_this_course_is_one_sentence_with_the_command(edition):
    write_manifest(edition, *edition.glob("*/*"))
    content = json.loads((edition / "manifest.json").read_text())
    newest = json.loads((ROOT / "data" / "manifest.json").read_text())["sets"]["asl_data"]["version"]
    for name, version, old in (("embedded", "1.0", True), ("embedded", newest, False), ("mine", "1.0", False)):
        content |= {"edition": name, "sets": {"asl_data": {"version": version, "train": 24, "valid": 24}}}
        (edition / "manifest.json").write_text(json.dumps(content))
        if old:
            sentence = complaint(edition, "asl_data")
            assert f"holds version 1.0 of asl_data, and these lessons are written for {newest}" in sentence
            assert "`make lab DATA=data`" in sentence
        else:
            reading.validate(edition, "asl_data")


# The manifest


def test_a_file_that_the_manifest_knows_is_not_parsed_and_one_that_differs_is_judged(edition, monkeypatch):
    write_manifest(edition, *edition.glob("*/*"))
    with monkeypatch.context() as unread:
        unread.delattr(reading, "read_mnist")
        unread.delattr(reading, "read_letters")
        reading.validate(edition, "mnist")
        reading.validate(edition, "asl_data")
    write_mnist(edition, **digits(10, 10))
    reading.validate(edition, "mnist")
    write_mnist(edition, **digits(10, 0))
    assert "0 images" in complaint(edition, "mnist")


# The editions there are


def test_the_embedded_mnist_is_valid_and_as_its_card_says():
    from dev.studio.mnist import counts_table

    path = ROOT / "data" / "mnist" / "mnist.npz"
    arrays = reading.read_mnist(path.read_bytes(), path)
    assert [len(arrays[f"{kind}_{split}"]) for split in ("train", "test") for kind in "xy"] == [60000] * 2 + [10000] * 2
    assert counts_table(arrays) in (ROOT / "data" / "README.md").read_text(encoding="utf-8")


def test_the_manifest_is_what_the_studio_would_write_now():
    from dev.studio.manifest import describe

    assert json.loads((ROOT / "data" / "manifest.json").read_text(encoding="utf-8")) == describe(ROOT / "data")


@pytest.mark.skipif(not REAL.is_dir(), reason="no real edition here")
@pytest.mark.parametrize("name", [name for name in reading.SETS if name != "pretrained"])
def test_the_real_edition_is_valid(name):
    reading.validate(REAL, name)


@pytest.mark.skipif(not REAL.is_dir(), reason="no real edition here")
def test_the_embedded_mnist_is_the_real_one():
    with np.load(ROOT / "data/mnist/mnist.npz") as ours, np.load(REAL / "mnist/mnist.npz") as real:
        assert all(np.array_equal(ours[key], real[key]) for key in ("x_train", "y_train", "x_test", "y_test"))
