"""Part `grade`: grading a class."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from course.messages import CourseError
from course.paths import ROOT
from dev.bench.command import Report
from dev.bench.measuring import call, spread

SUBMISSIONS = 8


def grade(report: Report) -> None:
    """Submissions a minute, one at a time and as many as there are cores."""
    rates: dict[int, list[float]] = {jobs: [] for jobs in sorted({1, psutil.cpu_count() or 1})}
    memory: dict[int, float] = {}
    with TemporaryDirectory(prefix="bench-class-") as folder:
        submissions(report.edition, folder, SUBMISSIONS)
        for _run in range(report.runs):
            for jobs, found in rates.items():
                seconds, memory[jobs] = grade_class(report.edition, folder, jobs)
                found.append(60 * SUBMISSIONS / seconds)
    rows = [(str(jobs), spread(found), memory[jobs]) for jobs, found in rates.items()]
    report.keep(["at once", ">submissions a minute", ">peak MB, all processes"], rows)


def submissions(edition: Path, folder: str, count: int) -> None:
    """Write `count` submissions into `folder`, each with a head of its own on EfficientNet-Lite0."""
    call("dev.bench.grading:make", edition, folder=folder, count=count)


def make(folder: str, count: int) -> None:
    """:func:`submissions`, in the process that has TensorFlow."""
    from course import pretrained
    from course.grading import making

    keras, backbone = pretrained.keras, pretrained.load()
    head = keras.layers.Dense(6, activation="softmax")
    layers = [backbone.preprocess, backbone.features, keras.layers.GlobalAveragePooling2D(), head]
    model = keras.Sequential([keras.Input((224, 224, 3)), *layers])
    for number in range(count):
        keras.utils.set_random_seed(number)
        head.kernel.assign(keras.random.normal((1280, 6), stddev=0.05))
        record = {"name": f"learner {number}", "edition": "", "results": {}, "versions": {}}
        record["network"] = making.parts(model)
        making.pack(Path(folder) / f"submission-{number:04}.zip", making.convert(model), b"{}", record)


def grade_class(edition: Path, folder: str, jobs: int) -> tuple[float, float]:
    """Seconds of ``python -m course grade`` for the submissions in `folder`, and peak MB of its processes together."""
    with TemporaryDirectory(prefix="bench-grades-") as out:
        options = ["--test-set", edition / "fruits" / "test", "--out", out, "--jobs", str(jobs)]
        command = [sys.executable, "-m", "course", "grade", folder, *options]
        started, peak = time.perf_counter(), 0
        process = psutil.Popen(command, cwd=ROOT, env=os.environ | {"COURSE_DATA": str(edition)})
        while process.poll() is None:
            with suppress(psutil.Error):
                peak = max(peak, sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]))
            time.sleep(0.2)
        if process.returncode or not (Path(out) / "grades.csv").is_file():
            raise CourseError("The class was not graded; what the grader says stands above.")
    return time.perf_counter() - started, peak / 2**20
