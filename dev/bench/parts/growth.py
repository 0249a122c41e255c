"""Part ``growth``: what lessons 02, 06 and 07 and the grading of a class take as the data grows.

A larger edition is made for each step: the pictures again and again; headlines in which a third of the words are new in
each copy, so that the vocabulary grows as it does in real text, by less than the text. Lessons train as many epochs on
it as ever, so seconds should grow with the data and not faster.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from course.datasets.reading import ASL_FILES
from course.files import sha256
from dev.bench import tables
from dev.bench.lesson_code import notebook
from dev.bench.options import Options, Report
from dev.bench.parts import lessons

TITLE = "As the data grows"
CLASS = "a class"
HAND_INS = 4
"""Hand-ins of a class at 1 ×."""


def measure(options: Options, report: Report) -> None:
    """Every lesson and the class, once for each factor; not repeated, since the trend is what counts."""
    chosen = [lesson for lesson in GROWN if lesson in options.chosen]
    classes = not options.lessons
    factors = options.factors[:1] if options.quick else options.factors
    chosen = chosen[:1] if options.quick else chosen
    report.expect((len(chosen) + classes) * len(factors))
    found: dict[str, dict[str, Any]] = {}
    for lesson in chosen:
        for times in factors:
            report.step(f"{lesson}, {times} ×")
            with TemporaryDirectory(prefix="bench-grown-") as folder, lessons.models_folder():
                edition = grow(lesson, options.edition, Path(folder) / "data", times)
                outcome = lessons.execute(notebook(lesson), edition, report)
            point = {"seconds": outcome.seconds, "peak_memory_mb": outcome.peak_memory_mb}
            found.setdefault(lesson, {})[str(times)] = point
            report.keep(curves=found)
    for times in factors if classes else ():
        report.step(f"{CLASS}, {times} ×")
        found.setdefault(CLASS, {})[str(times)] = _class(options, times)
        report.keep(curves=found)


def _class(options: Options, times: int) -> dict[str, float]:
    with TemporaryDirectory(prefix="bench-class-") as folder:
        options.call("dev.bench.parts.grade:make_class", folder=folder, count=HAND_INS * times)
        found = options.call("dev.bench.parts.grade:grade_class", folder=folder, jobs=1).value
    return {"seconds": round(found["seconds"], 2), "peak_memory_mb": found["peak_memory_mb"]}


def grow(lesson: str, edition: Path, folder: Path, times: int) -> Path:
    """Write an edition to `folder` that holds the set of `lesson`, from `edition`, `times` times; its folder."""
    files = {
        path.relative_to(folder).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size}
        for path in GROWN[lesson](edition, folder, times)
    }
    manifest = {"edition": f"grown-{times}", "version": "1", "files": files, "sets": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _letters(edition: Path, folder: Path, times: int) -> Iterator[Path]:
    for name in ASL_FILES.values():
        head, body = gzip.decompress((edition / "asl_data" / name).read_bytes()).split(b"\n", 1)
        path = _new(folder / "asl_data" / name)
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(head + b"\n")
            for _copy in range(times):
                file.write(body if body.endswith(b"\n") else body + b"\n")
        yield path


def _headlines(edition: Path, folder: Path, times: int) -> Iterator[Path]:
    for source in sorted((edition / "nyt_dataset" / "articles").glob("[!.]*.csv")):
        with source.open(encoding="utf-8-sig", newline="") as file:
            texts = [row["headline"] for row in csv.DictReader(file)]
        path = _new(folder / "nyt_dataset" / "articles" / source.name)
        rows = io.StringIO()
        writer = csv.writer(rows)
        writer.writerow(["headline"])
        writer.writerows([other_words(text, copy)] for copy in range(times) for text in texts)
        path.write_text(rows.getvalue(), encoding="utf-8")
        yield path


def other_words(headline: str, copy: int) -> str:
    """`headline` with a third of all words (always the same ones) made new for this copy; copy 0 is as it was."""
    if copy == 0 or headline.strip() in ("", "Unknown"):
        return headline
    words = [f"{word}{copy}" if zlib.crc32(word.lower().encode()) % 3 == 0 else word for word in headline.split()]
    changed = " ".join(words)
    return changed if changed != headline else f"{headline} copy{copy}"


def _fruits(edition: Path, folder: Path, times: int) -> Iterator[Path]:
    for source in sorted((edition / "fruits").glob("*/*/*")):
        for copy in range(times):
            path = _new(folder / source.relative_to(edition).with_name(f"{copy}-{source.name}"))
            try:
                os.link(source, path)
            except OSError:  # another disk
                shutil.copyfile(source, path)
            yield path


def _new(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


GROWN: dict[str, Callable[[Path, Path, int], Iterator[Path]]] = {
    "02_asl": _letters,
    "06_nytimes_rnn": _headlines,
    "07_assessment": _fruits,
}
"""What writes a larger set, by the lesson that works on it."""


def exponent(curve: dict[str, dict[str, float]], key: str) -> float | None:
    """How `key` grows from the least to the largest factor: 1 is with the data, 0 not at all."""
    factors = sorted(map(int, curve))
    if len(factors) < 2:
        return None
    first, last = (curve[str(factor)][key] for factor in (factors[0], factors[-1]))
    return math.log(last / first) / math.log(factors[-1] / factors[0])


def draw(figures: dict[str, Any], path: Path) -> None:
    """Draw seconds and memory over the factor, both axes logarithmic, as an SVG, the same for the same figures."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with plt.style.context("tableau-colorblind10"), plt.rc_context({"svg.hashsalt": "bench", "svg.fonttype": "none"}):
        fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
        marks = iter(zip("osD^", ("-", "--", "-.", ":"), strict=True))
        for name, curve in figures.get("curves", {}).items():
            factors, (marker, style) = sorted(map(int, curve)), next(marks)
            for axis, key in zip(axes, ("seconds", "peak_memory_mb"), strict=True):
                axis.plot(
                    factors, [curve[str(one)][key] for one in factors], marker=marker, linestyle=style, label=name
                )
        for axis, label in zip(axes, ("seconds", "peak memory, MB"), strict=True):
            axis.set(xscale="log", yscale="log", xlabel="times the data", ylabel=label)
            axis.minorticks_off()
            every = sorted({int(factor) for curve in figures.get("curves", {}).values() for factor in curve})
            axis.set_xticks(every, every)
        axes[0].legend()
        path.parent.mkdir(parents=True, exist_ok=True)
        fig.savefig(path, metadata={"Date": None})
        plt.close(fig)


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say."""
    curves = record["figures"].get("curves", {})
    factors = sorted({int(factor) for curve in curves.values() for factor in curve})
    rows = []
    for name, curve in curves.items():
        for key, words in (("seconds", "seconds"), ("peak_memory_mb", "peak MB")):
            values = [tables.figure(curve[str(one)][key]) if str(one) in curve else tables.NOTHING for one in factors]
            grown = exponent(curve, key)
            rows.append((f"{name}, {words}", *values, tables.NOTHING if grown is None else f"{grown:.2f}"))
    head = ["", *(f">{factor} ×" for factor in factors), ">exponent"]
    return (
        f"One run each; *{CLASS}* is {HAND_INS} hand-ins at 1 ×, one at a time. In headlines a third of the words are"
        " new in each copy; lesson 06 keeps 10,000 words at most. The exponent is 1 where something grows with the"
        " data, below 1 where it grows by less.\n\n"
        f"{tables.table(head, rows)}"
    )
