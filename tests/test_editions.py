"""Manifests: which edition a folder holds, and what a broken one leads to."""

from __future__ import annotations

import json

import pytest

from course.datasets import editions
from course.messages import CourseError
from course.paths import ROOT

GOOD = {
    "edition": "embedded",
    "version": "1.0",
    "files": {"mnist/mnist.npz": {"sha256": "ab", "bytes": 3}},
    "sets": {"mnist": {"version": "2.0", "train": 60000, "test": 10000}, "nyt": {"rows": 3}},
}


def write(root, text):
    (root / "manifest.json").write_text(text, encoding="latin1")


def test_a_folder_without_manifest_is_the_real_edition(tmp_path):
    assert editions.edition_name(tmp_path) == "real"
    assert editions.edition_name(tmp_path / "not there") == "real"
    assert editions.manifest(tmp_path).files == {}


def test_the_manifest_names_the_edition_its_files_and_the_version_of_each_set(tmp_path):
    write(tmp_path, json.dumps(GOOD))
    assert editions.edition_name(tmp_path) == "embedded"
    manifest = editions.manifest(tmp_path)
    assert manifest.files == {"mnist/mnist.npz": ("ab", 3)}
    assert manifest.sets == {"mnist": {"train": 60000, "test": 10000}, "nyt": {"rows": 3}}
    assert [manifest.version_of(name) for name in ("mnist", "nyt", "fruits")] == ["2.0", "1.0", "1.0"]
    editions.write_manifest(tmp_path, manifest)
    assert json.loads((tmp_path / "manifest.json").read_text()) == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\xff\xfe\x00",
        "[" * 100_000,
        json.dumps({**GOOD, "edition": ""}),
        json.dumps({**GOOD, "edition": ["embedded"]}),
        json.dumps({**GOOD, "sets": {"mnist": {"version": 2.0}}}),
        json.dumps({**GOOD, "sets": {"mnist": {"version": "2.0", "train": "many"}}}),
        json.dumps({**GOOD, "sets": {"mnist": ["version"]}}),
        json.dumps({**GOOD, "edition": "real\x1b[2J"}),
        json.dumps({**GOOD, "version": "2\u202e"}),
        json.dumps({**GOOD, "sets": {"mnist": {"train\x1b[31m": 1}}}),
        json.dumps({**GOOD, "files": ["mnist.npz"]}),
        json.dumps({**GOOD, "files": {"a": {"bytes": 1}}}),
        json.dumps({**GOOD, "files": {"../a": {"sha256": "", "bytes": 1}}}),
        json.dumps({**GOOD, "files": {"/etc/hosts": {"sha256": "", "bytes": 1}}}),
        json.dumps({key: GOOD[key] for key in ("edition", "version", "files")}),
    ],
)
def test_a_broken_manifest_is_one_sentence(tmp_path, text):
    write(tmp_path, text)
    with pytest.raises(CourseError, match=r"manifest\.json is damaged or cannot be read; copy it again") as caught:
        editions.edition_name(tmp_path)
    assert "\n" not in str(caught.value)


def test_what_came_with_a_clone_is_restored_with_git_and_else_copied_again(tmp_path, monkeypatch):
    monkeypatch.setattr(editions, "ROOT", tmp_path)
    assert "copy it again" in editions.how_to_restore(ROOT / "data" / "manifest.json")
    (tmp_path / ".git").mkdir()
    assert "`git checkout -- data/manifest.json`" in editions.how_to_restore(ROOT / "data" / "manifest.json")
    assert "copy it again" in editions.how_to_restore(tmp_path / "manifest.json")


def test_a_path_with_a_space_is_quoted_for_the_command_line():
    assert editions.quoted(ROOT / "my data") == '"my data"'
    assert editions.quoted(ROOT / "data-real") == "data-real"
