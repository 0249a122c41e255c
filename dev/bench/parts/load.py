"""Part ``load``: seconds to check and to read each set of the edition, as the lessons do."""

from __future__ import annotations

from typing import Any

from course.datasets.reading import SETS, validate
from course.paths import data_dir
from dev.bench import lesson_code, tables
from dev.bench.measuring import spread, timed
from dev.bench.options import Options, Report

TITLE = "Reading the data"
READING = {
    "mnist": ("01_mnist", ["train_images", "valid_images"]),
    "asl_data": ("03_asl_cnn", ["letters", "num_classes", "load", "x_train", "x_valid"]),
    "asl_images": ("04b_asl_predictions", ["photo_paths"]),
    "doggy_door": ("05a_doggy_door", ["folder", "photos", "read"]),
    "bo": ("05b_presidential_doggy_door", ["middle_square", "read", "load", "train_images", "valid_images"]),
    "nyt": ("06_nytimes_rnn", ["paths", "tables", "headlines", "missing"]),
    "fruits": ("07_assessment", ["read", "classes", "find", "train_paths", "valid_paths"]),
    "pretrained": ("07_assessment", ["backbone"]),
}
"""The lesson that reads a set, and what of its code does."""


def measure(options: Options, report: Report) -> None:
    """Read every set that the edition has, `options.runs` times in a process of its own."""
    names = [name for name in READING if name == "pretrained" or (options.edition / SETS[name].folder).is_dir()]
    names = names[:2] if options.quick else names
    report.expect(len(names))
    sets: dict[str, Any] = {}
    for name in names:
        report.step(name)
        sets[name] = options.call("dev.bench.parts.load:read_set", name=name, runs=options.runs).value
        report.keep(sets=sets)


def read_set(name: str, runs: int) -> dict[str, Any]:
    """Check and read the set `name` of ``COURSE_DATA`` `runs` times."""
    lesson, code = READING[name]
    root = data_dir() if name != "pretrained" else lesson_code.ROOT / "data"
    files = [path for path in (root / SETS[name].folder).rglob("*") if path.is_file()]
    lesson_code.run(lesson, [])  # what the lesson imports: part `import` measures that
    check = [timed(lambda: validate(root, name)) for _run in range(runs)]
    reading = [timed(lambda: _read(name, lesson, code)) for _run in range(runs)]
    size = sum(path.stat().st_size for path in files)
    return {"files": len(files), "megabytes": size / 1e6, "check": spread(check), "read": spread(reading)}


def _read(name: str, lesson: str, code: list[str]) -> None:
    bound = lesson_code.run(lesson, code)
    if name == "doggy_door":
        for file in bound["photos"]["file"]:
            bound["read"](file).load()
    elif name == "fruits":
        for path in (*bound["train_paths"], *bound["valid_paths"]):
            bound["read"](path)
    elif name == "asl_images":
        for path in bound["photo_paths"]:
            bound["widgets"].read_picture(path)


def tables_of(sets: dict[str, Any]) -> str:
    """Markdown for the figures of the sets."""
    rows = [
        (
            f"`{name}`",
            f"{one['files']:,}",
            tables.figure(one["megabytes"]),
            *map(tables.spread, (one["check"], one["read"])),
        )
        for name, one in sets.items()
    ]
    return tables.table(["set", ">files", ">MB", ">check, s", ">read, s"], rows)


def markdown(record: dict[str, Any], document: dict[str, Any]) -> str:
    """The part's tables and what they say."""
    text = (
        "*Check* is `check.data`, by SHA-256 where the manifest names the file; *read* is the lesson's own code, from"
        " files to arrays (for `pretrained`: to a network with its weights). Files had been read before.\n\n"
    )
    return text + tables_of(record["figures"].get("sets", {}))
