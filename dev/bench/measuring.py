"""Calls in a process of their own, statistics of several runs, and a description of this machine.

Usage: ``answer = call("dev.bench.others:first_step", way="PyTorch")``; ``spread(seconds)``, ``ratio(theirs, ours)``.
"""

from __future__ import annotations

import importlib
import os
import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from course.environment import system
from course.messages import CourseError
from dev import record

PACKAGES = ("tensorflow", "keras", "numpy", "torch")


def spread(values: Sequence[float], unit: str = "") -> dict[str, Any]:
    """Median and extremes of the runs, and the runs in their order, five digits each; `unit` is "", "×" or "%".

    Raises:
        statistics.StatisticsError: there are no runs.
    """
    middle, *runs = (float(f"{value:.5g}") for value in (median(values), *values))
    found = {"median": middle, "least": min(runs), "most": max(runs), "runs": runs}
    return {**found, "unit": unit} if unit else found


def ratio(over: Sequence[float], under: Sequence[float]) -> dict[str, Any]:
    """`over` divided by `under` within each run, where both met the same load. Raises ValueError unless paired."""
    return spread([one / other for one, other in zip(over, under, strict=True)], "×")


def timed(work: Callable[[], Any]) -> float:
    """Seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_memory_mb() -> float:
    """Highest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.is_file():  # getrusage would begin with the peak of the process that started this one
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii", errors="replace").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    memory = psutil.Process().memory_info()
    return getattr(memory, "peak_wset", memory.rss) / 2**20


def machine(device: str = "cpu") -> dict[str, Any]:
    """This machine in general words: cores, processor, memory in GB, system, graphics card."""
    size = round(psutil.virtual_memory().total / 2**30)
    return {**record.machine(device), "memory_gb": size, "system": f"{platform.system()} {platform.machine()}"}


def versions() -> dict[str, str]:
    """Versions of Python and of those of `PACKAGES` that are installed."""
    installed = system.versions()
    return {"python": platform.python_version()} | {name: installed[name] for name in PACKAGES if name in installed}


def call(function: str, edition: Path | None = None, **arguments: Any) -> dict[str, Any]:
    """Call `function` (``module:name``) in a new process, with ``COURSE_DATA`` set to `edition` where one is given.

    Returns:
        ``value``, its result, and ``peak_memory_mb`` of its process.

    Raises:
        CourseError: the function raised, or its process died.
    """
    with TemporaryDirectory(prefix="bench-") as folder, ProcessPoolExecutor(1, get_context("spawn")) as pool:
        settings = {"MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3", "COURSE_MODELS": folder}
        settings |= {"BENCH_STARTED": repr(time.time())} | ({"COURSE_DATA": str(edition)} if edition else {})
        try:
            return pool.submit(_measured, function, settings, arguments).result()
        except Exception as error:  # whatever it is, the other measurements go on
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise CourseError(f"The measurement {function} failed: {reason}") from error


def _measured(function: str, settings: dict[str, str], arguments: dict[str, Any]) -> dict[str, Any]:
    """The other side of :func:`call`."""
    os.environ.update(settings)
    module, name = function.split(":")
    value = getattr(importlib.import_module(module), name)(**arguments)
    return {"value": value, "peak_memory_mb": round(peak_memory_mb(), 1)}


def age() -> float:
    """Seconds since :func:`call` began to start this process."""
    return time.time() - float(os.environ["BENCH_STARTED"])
