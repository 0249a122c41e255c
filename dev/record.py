"""``python -m dev record``: run lessons and keep what they reach, for the READMEs, in a file that runs merge into.

Takes the options of ``python -m course run``. ``record(root, edition, outcomes)`` puts what the runner measured into
``docs/results.json``, which is ``{edition: {device: {"machine", "date", "versions", "lessons": {id: {"seconds",
"metrics", "peak_memory_mb", "sets", "gflops"}}}}}``. ``merge_json(path, change)`` is for any
such file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.environment import setup
from course.files import locked, shown, write_text
from course.messages import CourseError
from course.paths import ROOT
from course.runner import run
from course.runner.speed import matrix_rate

if TYPE_CHECKING:
    from course.runner.executor import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``record``: those of ``run``."""
    run.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run ``python -m dev record``; the exit code is that of ``run``."""
    setup.ensure_inside(args)
    return run.run_lessons(args, keep=lambda edition, outcomes: record(ROOT, edition, outcomes, matrix_rate()))


def record(root: Path, edition: str, outcomes: list[Outcome], gflops: float) -> None:
    """Merge what passed into ``docs/results.json``, with the rate at which the machine multiplies matrices.

    A lesson kept from an earlier run keeps the machine, date and versions of that run if they differ.
    """
    passed = [outcome for outcome in outcomes if outcome.status == "passed"]

    def change(results: dict[str, Any]) -> None:
        for outcome in passed:
            device = outcome.results.get("device", "cpu")
            run = {
                "machine": machine(device),
                "date": date.today().isoformat(),
                "versions": outcome.results.get("versions", {"python": platform.python_version()}),
            }
            here = results.setdefault(edition, {}).setdefault(device, {"lessons": {}})
            for lesson in here["lessons"].values():
                for key in run:
                    if here.get(key, run[key]) != run[key]:
                        lesson.setdefault(key, here[key])
            here.update(run)
            here["lessons"][outcome.lesson] = {
                "seconds": outcome.seconds,
                "metrics": outcome.metrics,
                "peak_memory_mb": outcome.peak_memory_mb,
                "sets": outcome.results.get("sets", {}),
                "gflops": round(gflops, 1),
            }

    if passed:
        merge_json(root / "docs" / "results.json", change)


def machine(device: str) -> dict[str, Any]:
    """Cores and processor, and the graphics card where `device` is ``gpu``; nothing that names the computer."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8", errors="replace") if information.is_file() else ""
    model = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    found = {"cores": cores, "cpu": model[1].strip() if model else platform.processor() or platform.machine()}
    if device == "gpu":
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        try:
            names = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
            found["gpu"] = names.splitlines()[0].strip()
        except (OSError, subprocess.SubprocessError, IndexError):
            found["gpu"] = "GPU"
    return found


def merge_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Read `path`, let `change` alter what it holds, write it sorted; one process at a time.

    Raises:
        CourseError: `path` is damaged or cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.parent):
        content = read_json(path)
        change(content)
        write_text(path, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The object in `path`; {} if there is no such file. Raises CourseError if it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("not an object")
        return content
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CourseError(f"{shown(path)} is damaged; restore it with `git checkout -- {shown(path)}`.") from error
