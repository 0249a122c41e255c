"""Saving: a file is replaced as a whole or left as it was, and what went wrong is said in one sentence."""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
import stat

import pytest

from course import files
from course.environment import update
from course.messages import CourseError
from course.paths import ROOT


@pytest.mark.parametrize("name", ["notes.json", "model.weights.h5", "table.csv.gz", "bare", "이름 with space.npz"])
def test_the_temporary_file_lies_beside_and_keeps_the_suffixes(tmp_path, name):
    path = tmp_path / "new folder" / name
    with files.replacing(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffixes == path.suffixes
        temporary.write_text("all of it")
    assert path.read_text() == "all of it"
    assert os.listdir(path.parent) == [name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_save_leaves_the_old_file_and_no_trace(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def save():
        with files.replacing(path) as temporary:
            temporary.write_text("ha")
            raise error

    with pytest.raises(error):
        save()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full; free some space"),
        (errno.EDQUOT, "disk is full; free some space"),
        (errno.EROFS, "disk is read-only; save to another folder"),
        (errno.EACCES, "may not write there; change its permissions"),
        (errno.ENOTDIR, "could not be saved"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_refuses_becomes_one_sentence_and_the_old_file_stays(tmp_path, number, words):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def save():
        with files.replacing(path):
            raise OSError(number, os.strerror(number))

    with pytest.raises(CourseError, match=words) as caught:
        save()
    assert "\n" not in str(caught.value)
    assert path.as_posix() in str(caught.value)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_the_file_has_the_permissions_that_the_umask_grants(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_text(tmp_path / "a.txt", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_json_is_readable_and_round(tmp_path):
    files.write_json(tmp_path / "a.json", {"인사": [1, 2.5], "b": None})
    text = (tmp_path / "a.json").read_bytes().decode("utf-8")
    assert text == '{\n "인사": [\n  1,\n  2.5\n ],\n "b": null\n}\n'


def test_a_lone_surrogate_does_not_stop_a_save_and_json_reads_it_again(tmp_path):
    files.write_json(tmp_path / "a.json", {"file": "\udcff.zip", "letter": "\ud800"})
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"file": "\udcff.zip", "letter": "\ud800"}


def test_the_digest_is_sha256_also_of_more_than_one_block(tmp_path):
    data = b"course" * 400_000
    (tmp_path / "a").write_bytes(data)
    assert files.sha256(tmp_path / "a") == hashlib.sha256(data).hexdigest()


def test_paths_are_shown_from_the_root_of_the_checkout_and_without_what_controls_a_terminal(
    tmp_path, monkeypatch, capsys
):
    assert files.shown(ROOT / "ko" / ".." / "data" / "mnist") == "data/mnist"
    path = tmp_path / "한글 ünï" / "3\u202fPM\x1b[2J\n\udcff.png"
    assert files.shown(path) == f"{tmp_path.as_posix()}/한글 ünï/3 PM?[2J??.png"

    monkeypatch.setattr(update, "update_checkout", lambda root: ["\x1b[2J01.ipynb: new version", "2 other files"])
    update.update(argparse.Namespace())
    assert capsys.readouterr().out.splitlines()[1:] == ["?[2J01.ipynb: new version", "2 other files"]
