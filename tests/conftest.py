"""Fixtures that several test modules share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course.paths import ROOT


@pytest.fixture(scope="session")
def real_edition() -> Path:
    """Folder of a real edition of the data: what ``COURSE_REAL`` names, else ``../shared/real``."""
    folder = ROOT / os.environ.get("COURSE_REAL", "../shared/real")
    if not folder.is_dir():
        pytest.skip("no real edition of the data here (COURSE_REAL)")
    return folder.resolve()
