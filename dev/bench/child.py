"""One measurement in a process of its own.

Usage: ``answer = call("dev.bench.parts.load:read_set", name="mnist", runs=3)``: the function gets the keyword arguments
and returns what JSON can hold. ``python -m dev.bench.child FUNCTION ARGUMENTS RESULT`` is the other side.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.files import write_json
from course.messages import CourseError, _
from course.paths import ROOT
from dev.bench.measuring import peak_memory_mb


@dataclass(frozen=True)
class Answer:
    """What came of a call.

    Attributes:
        value: what the function returned.
        peak_memory_mb: highest resident memory of its process, in MiB.
    """

    value: Any
    peak_memory_mb: float


def call(function: str, edition: Path | None = None, **arguments: Any) -> Answer:
    """Call `function` (``module:name``) with `arguments` in a new process, with ``COURSE_DATA`` set to `edition`.

    Its process is gone when this returns or raises.

    Raises:
        CourseError: what the function raised, as one sentence; or its process died.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environment |= {"MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if edition:
        environment["COURSE_DATA"] = str(edition)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "dev.bench.child", function, json.dumps(arguments, default=str), str(result)]
        environment["COURSE_MODELS"] = folder
        environment["BENCH_STARTED"] = repr(time.time())
        with (Path(folder) / "noise").open("w+", errors="replace") as noise:
            options = {"stdin": subprocess.DEVNULL, "stdout": noise, "stderr": noise}
            with subprocess.Popen(command, cwd=ROOT, env=environment, **options) as process:
                try:
                    code = process.wait()
                finally:
                    process.kill()
            if not result.is_file():
                noise.seek(0)
                raise CourseError(_died(function, code, noise.read()))
        content = json.loads(result.read_text(encoding="utf-8"))
    if "error" in content:
        raise CourseError(content["error"])
    return Answer(content["value"], content["peak_memory_mb"])


def _died(function: str, code: int, noise: str) -> str:
    last = (noise.strip().splitlines() or [""])[-1]
    text = _("The measurement {function} died (exit code {code}): {last}")
    return text.format(function=function, code=code, last=last)


def age() -> float:
    """Seconds since the process that :func:`call` made this one for began to start it."""
    return time.time() - float(os.environ["BENCH_STARTED"])


def main(arguments: list[str]) -> None:
    """Call the function that the command line names and write what it returned to the file it names."""
    function, keywords, result = arguments
    module, name = function.split(":")
    try:
        value = getattr(importlib.import_module(module), name)(**json.loads(keywords))
        content = {"value": value, "peak_memory_mb": round(peak_memory_mb(), 1)}
    except CourseError as error:
        content = {"error": str(error)}
    except Exception as error:  # whatever it is, the other measurements go on
        content = {"error": f"{function}: {type(error).__name__}: {' '.join(str(error).split())[:300]}"}
    write_json(Path(result), content)


if __name__ == "__main__":
    main(sys.argv[1:])
