"""Figures of several runs, and what machine they are of.

Usage: ``spread(seconds)``, ``ratio(slow, fast)``, ``rate(100, seconds)``, ``machine()``.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

from dev import record

PACKAGES = ("tensorflow", "keras", "numpy", "torch")


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Median, least and most of the runs, and the runs themselves, in their order, with five digits each.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("no runs")
    runs = [_five_digits(value) for value in values]
    return {"median": _five_digits(median(values)), "least": min(runs), "most": max(runs), "runs": runs}


def ratio(over: Sequence[float], under: Sequence[float]) -> dict[str, Any]:
    """How many times `under` goes into `over`, run by run: the two of a run met the same machine.

    Raises:
        ValueError: they are not equally many, or there are none.
    """
    return spread([one / other for one, other in zip(over, under, strict=True)])


def rate(count: float, seconds: Sequence[float]) -> dict[str, Any]:
    """`count` things in each of `seconds`, as things a second."""
    return spread([count / one for one in seconds])


def _five_digits(value: float) -> float:
    return float(f"{value:.5g}")


def timed(work: Callable[[], Any]) -> float:
    """Seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_memory_mb() -> float:
    """Highest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.is_file():  # getrusage's figure would begin with that of the process that started this one
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii", errors="replace").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float | None:
    """Processes that wanted to run, averaged over the last minute; None where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def machine(device: str = "cpu") -> dict[str, Any]:
    """This machine in general words: cores, processor, memory in GB, system, graphics card."""
    import psutil

    size = round(psutil.virtual_memory().total / 2**30)
    return {**record.machine(device), "memory_gb": size, "system": f"{platform.system()} {platform.machine()}"}


def versions() -> dict[str, str]:
    """Versions of Python and of what is compared, as far as it is installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
