"""Fixtures that several test modules share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.paths import ROOT


@pytest.fixture(scope="session")
def editions() -> dict[str, Path]:
    """Folders of the editions there are, by name: the embedded one, and a real one where there is (``COURSE_REAL``)."""
    real = ROOT / os.environ.get("COURSE_REAL", "../shared/real")
    return {"embedded": ROOT / "data"} | ({"real": real.resolve()} if real.is_dir() else {})


@pytest.fixture(scope="session")
def real_edition(editions: dict[str, Path]) -> Path:
    """Folder of a real edition of the data."""
    if "real" not in editions:
        pytest.skip("no real edition of the data here (COURSE_REAL)")
    return editions["real"]


@pytest.fixture
def fresh_session() -> Iterator[None]:
    """A session of ``course.check`` in which nothing is kept, and nothing stays."""
    from course.check.session import SESSION  # starts TensorFlow

    SESSION.kept.clear()
    yield
    SESSION.kept.clear()
