"""Fixtures that several test modules share; ``sharing.py`` shares the tests out among processes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from quick import pytest_addoption, pytest_runtest_call, pytest_runtest_setup, pytest_sessionstart  # noqa: F401
from sharing import (  # noqa: F401
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)

from course.paths import ROOT

if TYPE_CHECKING:
    from browser import Lab
    from lesson_runs import BareRun
    from playwright.sync_api import Page


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


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with just the eight packages."""
    from bare_environment import bare_environment

    return bare_environment(tmp_path_factory.mktemp("bare") / "environment")


@pytest.fixture(scope="session")
def bare_runs(
    bare_python: Path, editions: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], BareRun]:
    """``bare_runs(lesson)`` runs it untouched, with the eight packages alone and on less data, once in a session."""
    from lesson_facts import facts
    from lesson_runs import IN_USE, NEEDS, SET_OF, bare_run, edition_with

    done: dict[str, BareRun] = {}

    def run(lesson: str) -> BareRun:
        if lesson not in done:
            folder = tmp_path_factory.mktemp(f"bare-{lesson}")
            if lesson in NEEDS:
                shutil.copytree(run(NEEDS[lesson]).models, folder / "models")
            edition, ask = edition_with(SET_OF[lesson], editions), IN_USE if hasattr(facts(lesson), "in_use") else None
            done[lesson] = bare_run(lesson, folder, bare_python, edition, ask)
        return done[lesson]

    return run


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab on a copy of the checkout, in which ``toy.ipynb`` has the cells of the test module's `CELLS`."""
    from browser import lab_with

    with lab_with(tmp_path_factory.mktemp("lab") / "course", *request.module.CELLS.split("---")) as lab:
        yield lab


@pytest.fixture(scope="module")
def page(lab: Lab) -> Iterator[Page]:
    """A page on which those cells have run."""
    from browser import page_without_errors

    with page_without_errors(lab) as page:
        yield page


@pytest.fixture
def fresh_session() -> Iterator[None]:
    """A session of ``course.check`` in which nothing is kept, and nothing stays."""
    from course.check.session import SESSION

    SESSION.kept.clear()
    yield
    SESSION.kept.clear()
