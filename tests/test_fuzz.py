"""Readers of what others made: whatever is done to the bytes, they succeed or refuse in the documented way."""

from __future__ import annotations

from collections import Counter

import pytest
from fuzzing import TARGETS, Target, count, search

CASES = 60
"""Inputs for each reader in ``make test``."""
SOAK_CASES = 10_000
"""Inputs for each reader in ``make soak``: over 100,000 in all."""


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_bytes_are_taken_or_refused_and_nothing_else(name):
    assert search(name, CASES, seed=1)["refused"], "some of the changes do harm"


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_ten_thousand_damaged_files_each(name):
    assert search(name, SOAK_CASES, seed=2).total() >= SOAK_CASES


FOUND = {
    "manifest": [b'{"edition": "real", "version": "1", "files": {"\\u0000": {"sha256": "", "bytes": 1}}, "sets": {}}',
                 b'{"edition": "real", "version": "1", "files": {"\\ud800": {"sha256": "", "bytes": 1}}, "sets": {}}',
                 b'{"edition": "real", "version": "1", "files": {}, "sets": {"nyt": {"months": ""}}}',
                 b'{"edition": "real", "version": "1", "files": {}, "sets": {"nyt": null}}'],
    "photos_csv": [b'file,animal,door,credit,licence\nrex.jpg,dog,"n\n\x1b[2J",me,CC0\n'],
    "asl_csv": [TARGETS["asl_csv"].samples[0].replace(b"\n0,", b"\n\x1b[2J,")],
    "import_zip": [b"\xffrchive/Articles".join(TARGETS["import_zip"].samples[0].rsplit(b"archive/Articles", 1))],
    "notebook": [b"[" * 3000,
                 b'{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "\\ud800"}],'
                 b' "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'],
}  # fmt: skip
"""Inputs that readers once failed on."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_fixed(name):
    for content in FOUND[name]:
        count(Counter(), TARGETS[name], content)


def test_a_reader_that_fails_otherwise_is_found(monkeypatch):
    def fragile(content: bytes) -> None:
        if b"\xff" in content:
            raise KeyError("a bug")

    monkeypatch.setitem(TARGETS, "fragile", Target(fragile, (b"valid",), (ValueError,)))
    with pytest.raises(KeyError, match="a bug"):
        search("fragile", CASES, seed=1)
