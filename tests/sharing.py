"""How ``python -m dev test`` shares the tests out among processes; a plugin of pytest on top of pytest-xdist.

A file's tests stay in one process, as its fixtures want. Those of full and of short runs of lessons are parted by
lesson, so that two processes have something to do. What takes longest begins first: what begins late and takes long
keeps everybody waiting at the end.
"""

from __future__ import annotations

import os
import re
from typing import Any

import psutil
import pytest

THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Names of the environment variables that say how many threads a lesson's libraries start."""

MOST_WORKERS = 4
"""More find nothing to do beside the longest group."""
GIB_PER_WORKER = 3.5
"""The largest kernel takes 3.3, a process of the tests about 1; the largest lessons do not meet."""
OF_LESSONS = ("tests/test_lessons.py", "tests/test_bare.py")
HANDS = ("02_asl", "03_asl_cnn", "04a_asl_augmentation", "04b_asl_predictions")
"""Lessons that build on one another, in full."""
LONGEST_FIRST = (
    "hands, embedded",
    "hands, real",
    "07_assessment",
    "06_nytimes_rnn",
    "05b_presidential_doggy_door",
    "05a_doggy_door",
    "01_mnist",
)


def group_of(nodeid: str) -> str:
    """The name of the group that the test `nodeid` belongs to: its file's or, where its id says so, its lesson's.

    ``[03_asl_cnn-real]`` is a full run on an edition, ``[right-03_asl_cnn]`` one on less data. Runs of one lesson on
    both editions are together because of their memory, short runs of 04a and 04b because one saves for the other.
    """
    file, _, rest = nodeid.partition("::")
    found = re.search(r"\[.*?(\d\d[ab]?_[a-z_]+)(?:-(embedded|real))?", rest) if file in OF_LESSONS else None
    if not found:
        return file
    lesson, edition = found.groups()
    if edition:
        return f"hands, {edition}" if lesson in HANDS else lesson
    return f"short, {lesson[:2]}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes ``-n auto`` means: one a core, as far as memory goes. 0 is this process alone."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(cores, int(psutil.virtual_memory().total / 2**30 / GIB_PER_WORKER), MOST_WORKERS)
    return workers if workers > 1 else 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Make ``--dist loadfile`` take groups for files. The marks of ``loadgroup`` have no effect with pytest 9.2."""
    from xdist.scheduler import LoadFileScheduling

    class ByGroup(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByGroup(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_configure() -> None:
    """Let each of several processes compute with its share of the cores alone: they would stand in each other's way."""
    if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
        threads = str(max(1, (os.cpu_count() or 1) // workers))
        for library in THREADS:
            os.environ.setdefault(library, threads)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest groups in front, then short runs of lessons, where processes share the tests."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: _rank(group_of(item.nodeid)))  # stable


def _rank(group: str) -> int:
    if group in LONGEST_FIRST:
        return LONGEST_FIRST.index(group)
    return len(LONGEST_FIRST) + group.endswith(".py")
