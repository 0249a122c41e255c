"""``pytest --quick``: what ``python -m dev check`` runs of the tests.

A test joins it by being quick: one that asks for TensorFlow or Keras, starts a process or computes for longer than
`SECONDS` is skipped there, whatever its file; no list of tests has to be kept. ``python -m dev test`` runs all of them.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

NEEDS = {"distributed", "keras", "playwright", "tensorflow"}
STARTING = {"bare_python", "bare_runs", "full_runs", "lab", "page"}
"""Fixtures that start a process in the end, and copy and verify for seconds before that."""
SECONDS = 0.4
"""Of the processor, so that a busy machine skips no more than a quiet one."""
SKIPPING: list[pytest.skip.Exception] = []
"""What has been raised in the running test: code on the way may catch it and fail in another way."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Describe the option."""
    parser.addoption("--quick", action="store_true", help="only what needs no TensorFlow, no process and little time")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Watch the imports and the processes, but for those that pytest-xdist starts itself."""
    if session.config.getoption("--quick") and not getattr(session.config.option, "numprocesses", None):
        sys.addaudithook(_watch)
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGPROF, _too_long)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "import" and arguments[0].split(".")[0] in NEEDS:
        _skip(f"needs {arguments[0]}")
    spawns = event == "import" and arguments[0].startswith("multiprocessing.popen_")  # which no event of its own tells
    if spawns or event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
        _skip("starts a process")


def _too_long(_signal: int, frame: FrameType | None) -> None:
    """Skip the running test, but not within an import, which would leave half a package to the tests after it."""
    while frame and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    if frame:
        signal.setitimer(signal.ITIMER_PROF, SECONDS / 10)
    else:
        _skip(f"computes for more than {SECONDS:g} s")


def _skip(reason: str) -> None:
    SKIPPING.append(pytest.skip.Exception(f"--quick: {reason}", allow_module_level=True))
    raise SKIPPING[-1]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Limit the fixtures of a test."""
    yield from _limited(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Limit a test."""
    yield from _limited(item)


def _limited(item: pytest.Item) -> Iterator[None]:
    limited = item.config.getoption("--quick") and hasattr(signal, "setitimer")
    if limited:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
    SKIPPING.clear()
    try:
        if limited and STARTING & {*item.fixturenames}:
            _skip("starts a process")
        return (yield)
    except Exception as error:
        raise (SKIPPING or [error])[0] from None
    finally:
        if limited:
            signal.setitimer(signal.ITIMER_PROF, 0)
