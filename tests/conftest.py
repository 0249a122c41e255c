"""Fixtures that several test modules share, and how the tests are shared out among processes (pytest-xdist)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from course.paths import ROOT

if TYPE_CHECKING:
    from lesson_runs import BareRun

MOST_WORKERS = 4
"""More find nothing to do beside the longest chain of lessons."""
GIB_PER_WORKER = 3.5
"""A lesson's kernel takes up to 3.3, a process of the tests about 1; the largest lessons do not meet."""
LONGEST_FIRST = (
    "hands-embedded",
    "hands-real",
    "07_assessment",
    "06_nytimes_rnn",
    "05b_presidential_doggy_door",
    "05a_doggy_door",
    "01_mnist",
)
"""Groups of tests that are begun first: what starts late and takes long keeps everybody waiting at the end."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes ``-n auto`` means: one a core, as far as memory goes. 0 is this process alone."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(cores, int(psutil.virtual_memory().total / 2**30 / GIB_PER_WORKER), MOST_WORKERS)
    return workers if workers > 1 else 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``--dist loadgroup`` a file's tests stay together, as its fixtures want, but for those of a named group."""
    from xdist.scheduler import LoadGroupScheduling

    class ByGroupElseFile(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return super()._split_scope(nodeid).split("::")[0]

    return ByGroupElseFile(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_configure(config: pytest.Config) -> None:
    """Let each of several processes compute with its share of the cores alone: they would stand in each other's way."""
    if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
        threads = str(max(1, (os.cpu_count() or 1) // workers))
        for library in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(library, threads)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest groups in front where processes share the tests."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_rank)  # stable


def _rank(item: pytest.Item) -> int:
    group = next((mark.args[0] for mark in item.iter_markers("xdist_group")), "")
    if group in LONGEST_FIRST:
        return LONGEST_FIRST.index(group)
    return len(LONGEST_FIRST) + (not group)


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
    from lesson_runs import NEEDS, bare_run
    from test_lessons import ANSWERS

    done: dict[str, BareRun] = {}

    def run(lesson: str) -> BareRun:
        if lesson not in done:
            folder = tmp_path_factory.mktemp(f"bare-{lesson}")
            if lesson in NEEDS:
                shutil.copytree(run(NEEDS[lesson]).models, folder / "models")
            done[lesson] = bare_run(lesson, folder, bare_python, editions, ANSWERS.get(lesson, {}).get("ask"))
        return done[lesson]

    return run


@pytest.fixture
def fresh_session() -> Iterator[None]:
    """A session of ``course.check`` in which nothing is kept, and nothing stays."""
    from course.check.session import SESSION  # starts TensorFlow

    SESSION.kept.clear()
    yield
    SESSION.kept.clear()
