"""``python -m course data``: what a person has becomes an edition, whole or not at all; an edition is verified."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from data_commands import refused, run
from edition_files import fill, snapshot, write_manifest, zipped

from course.datasets import command, editions, importers, install, reading, untrusted
from course.paths import ROOT

CHANCE = np.random.default_rng(3)
IMAGES = CHANCE.integers(0, 256, (12, 28, 28), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 10


def csv_of(labels: list[int], seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (len(labels), 784))
    rows = [",".join(map(str, [label, *row])) for label, row in zip(labels, pixels.tolist(), strict=True)]
    return "\r\n".join([",".join(reading.ASL_COLUMNS), *rows, ""]).encode()


KAGGLE = [*range(9), *range(10, 25)]
KAGGLE_FILES = {"sign_mnist_train.csv": csv_of(KAGGLE * 2), "sign_mnist_test.csv": csv_of(KAGGLE, 1)}


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


IDX_FILES = {name: idx(IMAGES if key.startswith("x") else LABELS) for key, name in importers.MNIST_IDX.items()}


@pytest.fixture
def edition(tmp_path) -> Path:
    """A real edition that has both sets already."""
    root = tmp_path / "edition"
    run("import", "asl_data", fill(tmp_path / "first", KAGGLE_FILES), "--to", root)
    run("import", "mnist", fill(tmp_path / "first", IDX_FILES), "--to", root)
    return root


# ASL letters


def check_letters(root: Path) -> None:
    reading.validate(root, "asl_data")
    for split, source in (("train", "sign_mnist_train.csv"), ("valid", "sign_mnist_test.csv")):
        path = root / "asl_data" / reading.ASL_FILES[split]
        table = reading.read_letters(reading.contents(path), path)
        original = np.loadtxt(KAGGLE_FILES[source].splitlines()[1:], np.uint8, delimiter=",")
        np.testing.assert_array_equal(table[:, 1:], original[:, 1:])
        np.testing.assert_array_equal(table[:, 0], original[:, 0] - (original[:, 0] > 9))


def test_kaggles_folder_or_zip_or_files_packed_or_not_become_a_set_with_labels_0_to_23(tmp_path, capsys):
    folder = fill(tmp_path / "folder", {**KAGGLE_FILES, "american_sign_language.PNG": b"no csv"})
    deep = {f"{name.removesuffix('.csv')}/{name}": b"not the one" for name in KAGGLE_FILES}
    archive = zipped(tmp_path / "archive.zip", {**deep, **KAGGLE_FILES, "amer_sign2.png": b""})
    packed = {"sign_mnist_train.csv.gz": gzip.compress(KAGGLE_FILES["sign_mnist_train.csv"])}
    mine = fill(tmp_path / "mine", {**KAGGLE_FILES, **packed})
    for source in ([folder], [archive], [mine / "sign_mnist_train.csv.gz", mine / "sign_mnist_test.csv"]):
        assert run("import", "asl_data", *source, "--to", tmp_path / "real") == 0
        check_letters(tmp_path / "real")
    said = capsys.readouterr().out
    assert "asl_data: train 48, valid 24." in said and "valid is sign_mnist_test.csv" in said
    assert "skips 9 (j); here they are 0–23" in said
    assert f"`make lab DATA={(tmp_path / 'real').as_posix()}`" in said


def test_labels_that_are_counted_0_to_23_already_stay(edition, tmp_path, capsys):
    run("import", "asl_data", edition, "--to", tmp_path / "again")
    check_letters(tmp_path / "again")
    assert "Kaggle" not in capsys.readouterr().out.split("mnist is now in")[-1]
    assert snapshot(tmp_path / "again" / "asl_data") == snapshot(edition / "asl_data")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"sign_mnist_test.csv": None}, "are not both in what you gave"),
        ({"sign_mnist_test.csv": b""}, "sign_mnist_test.csv is empty"),
        ({"sign_mnist_test.csv": csv_of([0, 25])}, "line 3: label is “25”, not a whole number from 0 to 24"),
        ({"sign_mnist_test.csv": csv_of([9, 24])}, "neither Kaggle's (0–24 without 9) nor the course's (0–23)"),
        ({"sign_mnist_test.csv": csv_of([3]), "sign_mnist_train.csv": csv_of([4])}, "neither Kaggle's"),
        ({"sign_mnist_train.csv": KAGGLE_FILES["sign_mnist_train.csv"][:-9000]}, "cells, not 785"),
        ({"sign_mnist_train.csv": b"\x89PNG\r\n" + bytes(500)}, "lacks the column “label”"),
    ],
)
def test_a_faulty_csv_is_refused_and_the_edition_stays(edition, tmp_path, files, words):
    before = snapshot(edition)
    kept = {name: content for name, content in {**KAGGLE_FILES, **files}.items() if content is not None}
    assert words in refused("import", "asl_data", fill(tmp_path / "bad", kept), "--to", edition)
    assert snapshot(edition) == before
    assert sorted(os.listdir(edition)) == ["asl_data", "manifest.json", "mnist"]


# MNIST


def check_mnist(root: Path) -> None:
    reading.validate(root, "mnist")
    with np.load(root / "mnist" / "mnist.npz", allow_pickle=False) as arrays:
        for split in ("train", "test"):
            np.testing.assert_array_equal(arrays[f"x_{split}"], IMAGES)
            np.testing.assert_array_equal(arrays[f"y_{split}"], LABELS)


def test_idx_files_packed_or_not_and_an_npz_become_a_set(edition, tmp_path, capsys):
    dotted = {name.replace("-idx", ".idx") + ".gz": gzip.compress(content) for name, content in IDX_FILES.items()}
    folder, archive = fill(tmp_path / "idx", IDX_FILES), zipped(tmp_path / "a.ZIP", dotted)
    for source in (folder, archive, edition / "mnist" / "mnist.npz", edition):
        capsys.readouterr()
        run("import", "mnist", source, "--to", tmp_path / "real")
        check_mnist(tmp_path / "real")
        assert "mnist: train 12, test 12." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t10k-labels-idx1-ubyte", None, "neither an npz file nor train-images-idx3-ubyte"),
        ("t10k-labels-idx1-ubyte", b"", "is not an IDX file"),
        ("t10k-labels-idx1-ubyte", b"\0\0\x08\x01\0", "damaged or cut off"),
        ("t10k-labels-idx1-ubyte", IDX_FILES["t10k-labels-idx1-ubyte"][:-1], "damaged or cut off"),
        ("t10k-labels-idx1-ubyte", idx(LABELS[:-1]), "12 images but 11 labels"),
        ("t10k-labels-idx1-ubyte", idx(LABELS + 1), "has the label 10"),
        ("train-images-idx3-ubyte", idx(IMAGES[:, :27]), "damaged or cut off"),
        ("train-images-idx3-ubyte", IDX_FILES["train-images-idx3-ubyte"] + b"x", "damaged or cut off"),
        ("train-images-idx3-ubyte", b"\0\0\x08\x03" + b"\xff" * 12, "damaged or cut off"),
    ],
)
def test_a_faulty_idx_file_is_refused_and_the_edition_stays(edition, tmp_path, name, content, words):
    before = snapshot(edition)
    files = {key: value for key, value in {**IDX_FILES, name: content}.items() if value is not None}
    assert words in refused("import", "mnist", fill(tmp_path / "bad", files), "--to", edition)
    assert snapshot(edition) == before


@pytest.mark.parametrize("name", ["sign_mnist_train.csv", "sign_mnist_train.csv.gz"])
def test_a_bomb_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(untrusted, "MAX_BYTES", 2**20)
    bomb = gzip.compress(bytes(2**22)) if name.endswith("gz") else bytes(2**22)
    source = zipped(tmp_path / "a.zip", {name: bomb, "sign_mnist_test.csv": csv_of(KAGGLE)})
    sentence = refused("import", "asl_data", source, "--to", tmp_path / "real")
    assert "is larger than 1 MB; nothing was imported" in sentence


# Arguments, and what goes wrong on the way


def test_a_set_that_cannot_be_imported_or_a_path_that_does_not_exist_is_one_sentence(tmp_path):
    sentence = refused("import", "pretrained", tmp_path)
    assert sentence == f"“pretrained” cannot be imported; these sets can: {command.SETS}."
    assert "does not exist" in refused("import", "mnist", tmp_path / "nowhere", "--to", tmp_path / "real")
    assert not (tmp_path / "real").exists()


def test_the_edition_that_came_with_the_course_stays_as_it_is(tmp_path):
    before = snapshot(ROOT / "data")
    sentence = refused("import", "mnist", fill(tmp_path / "idx", IDX_FILES), "--to", "data")
    assert "data came with the course and stays as it is" in sentence
    assert snapshot(ROOT / "data") == before


def test_a_full_disk_is_one_sentence_and_the_edition_stays(edition, tmp_path, monkeypatch):
    before = snapshot(edition)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(importers, "_write_letters", full)
    source = fill(tmp_path / "archive", KAGGLE_FILES)
    sentence = refused("import", "asl_data", source, "--to", edition)
    assert "asl_data could not be saved because the disk is full" in sentence
    assert snapshot(edition) == before
    assert sorted(os.listdir(edition)) == ["asl_data", "manifest.json", "mnist"]


@pytest.mark.parametrize("moment", [1, 2, 3, 4])
def test_an_interruption_while_folders_are_exchanged_leaves_the_edition(edition, tmp_path, monkeypatch, moment):
    before = snapshot(edition)
    replace, calls = os.replace, []

    def interrupted(source, target):
        calls.append(target)
        if len(calls) == moment:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(install.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("import", "asl_data", fill(tmp_path / "new", {**KAGGLE_FILES}), "--to", edition)
    assert snapshot(edition) == before
    assert sorted(os.listdir(edition)) == ["asl_data", "manifest.json", "mnist"]


def test_a_set_that_a_killed_import_took_out_of_the_way_comes_back(edition, tmp_path):
    """Between its two renames an import has the old set in its scratch folder, which a day later is removed."""
    waiting = edition / f"{editions.SCRATCH}killed" / editions.BEFORE
    for how in ("verified", "imported"):
        waiting.mkdir(parents=True)
        (edition / "asl_data").rename(waiting / "asl_data")
        os.utime(waiting.parent, (0, 0))
        if how == "imported":
            run("import", "mnist", fill(tmp_path / "again", IDX_FILES), "--to", edition)
        reading.validate(edition, "asl_data")
        shutil.rmtree(waiting.parent, ignore_errors=True)


# Verify


def with_manifest(root: Path) -> None:
    (root / "manifest.json").unlink()
    write_manifest(root, *root.glob("*/*"))


def test_the_embedded_edition_is_clean(capsys):
    assert run("verify", "--edition", "data") == 0
    assert "[OK]   mnist: train 60,000, test 10,000" in capsys.readouterr().out


def test_an_edition_without_manifest_is_judged_by_what_is_in_it(edition, capsys):
    (edition / "manifest.json").unlink()
    assert run("verify", "--edition", edition) == 0
    path = edition / "asl_data" / reading.ASL_FILES["train"]
    path.write_bytes(path.read_bytes()[:-9])
    capsys.readouterr()
    assert run("verify", "--edition", edition) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first == "[OK]   mnist"
    assert second.startswith("[FAIL]")
    assert "sign_mnist_train.csv.gz is damaged or cut off" in second
    assert "`python -m course data import asl_data PATH" in second


def test_each_file_that_is_not_the_manifests_is_named_once_and_how_to_restore_it(edition, monkeypatch, capsys):
    monkeypatch.setattr("course.files.ROOT", edition)
    monkeypatch.setattr("course.datasets.editions.ROOT", edition)
    (edition / ".git").mkdir()
    with_manifest(edition)
    capsys.readouterr()
    path = edition / "mnist" / "mnist.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1  # of the same size
    path.write_bytes(content)
    (edition / "asl_data" / reading.ASL_FILES["valid"]).unlink()
    assert run("verify", "--edition", edition) == 1
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == [
        "[FAIL] asl_data/sign_mnist_valid.csv.gz is missing; restore it with "
        "`git checkout -- asl_data/sign_mnist_valid.csv.gz`.",
        "[FAIL] mnist/mnist.npz is not the file that came with the course; restore it with "
        "`git checkout -- mnist/mnist.npz`.",
    ]


def test_verify_of_a_folder_without_any_set_is_one_sentence(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert "holds none of the sets mnist, asl_data" in refused("verify", "--edition", folder)
