"""Part ``grade``: hand-ins a minute, for a class whose networks have the form of lesson 07's solution."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from dev.bench import tables
from dev.bench.measuring import cores, peak_memory_mb, spread
from dev.bench.options import Options, Report

TITLE = "Grading a class"
HAND_INS = 8


def measure(options: Options, report: Report) -> None:
    """Make a class once, then grade it with one job and with as many as there are cores, in turn."""
    count = 2 if options.quick else HAND_INS
    jobs = sorted({1, cores()})
    report.expect(1 + len(jobs) * options.runs)
    with TemporaryDirectory(prefix="bench-class-") as folder:
        report.step("hand-ins")
        pictures = options.call("dev.bench.parts.grade:make_class", folder=folder, count=count).value
        seconds: dict[int, list[float]] = {job: [] for job in jobs}
        memory: dict[int, float] = {}
        for _run in range(options.runs):
            for job in jobs:
                report.step(f"{count} hand-ins, {job} at once")
                answer = options.call("dev.bench.parts.grade:grade_class", folder=folder, jobs=job)
                seconds[job].append(answer.value["seconds"])
                memory[job] = answer.value["peak_memory_mb"]
                rows = {str(one): _row(count, values, memory[one]) for one, values in seconds.items() if values}
                report.keep(hand_ins=count, pictures=pictures, jobs=rows)


def _row(count: int, seconds: list[float], memory: float) -> dict[str, Any]:
    return {
        "hand_ins_a_minute": spread([60 * count / one for one in seconds]),
        "seconds": spread(seconds),
        "peak_memory_mb": memory,
    }


def make_class(folder: str, count: int) -> int:
    """Write `count` hand-ins into `folder`, each with a head of its own; how many pictures they will be graded on."""
    from course import pretrained
    from course.grading import making, pictures
    from course.paths import data_dir

    keras, backbone = pretrained.keras, pretrained.load()
    head = keras.Sequential([keras.Input((1280,)), keras.layers.Dense(6, activation="softmax")], name="head")
    layers = [keras.Input((224, 224, 3)), backbone.preprocess, backbone.features]
    model = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D(), head])
    for number in range(count):
        keras.utils.set_random_seed(number)
        head.layers[-1].kernel.assign(keras.random.normal((1280, 6), stddev=0.05))
        flatbuffer = making.convert(model)
        record = {
            "name": f"learner {number}",
            "edition": "",
            "results": {},
            "versions": {},
            "network": making.parts(model),
        }
        making.pack(Path(folder) / f"submission-{number:04}.zip", flatbuffer, b"{}", record)
    return len(pictures.read(pictures.open_split(data_dir())))


def grade_class(folder: str, jobs: int) -> dict[str, float]:
    """Grade every hand-in in `folder` on the edition's open pictures: seconds, and peak memory of the process tree."""
    from course.grading import classroom, pictures
    from course.grading.grade import FAILED, PASSED
    from course.paths import data_dir

    with TemporaryDirectory(prefix="bench-grades-") as out, _Tree() as tree:
        started = perf_counter()
        exam = classroom.Exam(pictures.read(pictures.open_split(data_dir())))
        entries = classroom.grade_all(classroom.collect(Path(folder), Path(out)), Path(out), exam, jobs)
        seconds = perf_counter() - started
    verdicts = {entry.verdict.verdict for entry in entries}
    if not verdicts <= {PASSED, FAILED}:
        raise RuntimeError(f"not every hand-in was graded: {[entry.verdict.reason for entry in entries][:1]}")
    return {"seconds": seconds, "peak_memory_mb": round(max(tree.peak, peak_memory_mb()), 1)}


class _Tree:
    """Watches the resident memory of this process and all below it; ``peak`` in MiB."""

    def __enter__(self) -> _Tree:
        import threading

        self.peak, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        from contextlib import suppress

        import psutil

        here = psutil.Process()
        while not self._over.wait(0.25):
            resident = 0
            with suppress(psutil.Error):
                for process in [here, *here.children(recursive=True)]:
                    with suppress(psutil.Error):
                        resident += process.memory_info().rss
            self.peak = max(self.peak, resident / 2**20)


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say."""
    figures = record["figures"]
    if not figures:
        return ""
    rows = [
        (jobs, tables.spread(row["hand_ins_a_minute"]), tables.figure(row["peak_memory_mb"]))
        for jobs, row in figures["jobs"].items()
    ]
    text = (
        f"{figures['hand_ins']} hand-ins with EfficientNet-Lite0, each run on {figures['pictures']} pictures in a"
        " locked process; reading the pictures and writing the reports included.\n\n"
    )
    return text + tables.table(["at once", ">hand-ins a minute", ">peak MB, all processes"], rows)
