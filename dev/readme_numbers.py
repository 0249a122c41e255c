"""Fill measured numbers from ``docs/results.json`` into the READMEs.

Usage: ``update(root)`` fills the span ``<!-- results:table -->…<!-- /results:table -->`` of ``README.md`` and
``ko/README.md``. Standard library only.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from statistics import median
from typing import Any

from course import paths
from course.files import write_text
from dev.record import read_json

TABLE = re.compile(r"(<!-- results:table -->).*?(<!-- /results:table -->)", re.DOTALL)
LANGUAGES = ("en", "ko")
READMES = (("README.md", "en"), ("ko/README.md", "ko"))
"""The two READMEs, from the root of the checkout, and their languages."""
DEVICES = ("cpu", "gpu")
WORDS = {
    "lesson": ("lesson", "수업"),
    "embedded": ("embedded data", "기본 제공 데이터"),
    "real": ("original data", "원본 데이터"),
    "cpu": ("seconds, {cores} CPU cores", "초, CPU {cores}코어"),
    "gpu": ("seconds, {gpu}", "초, {gpu}"),
}
METRICS = {
    "train_accuracy": ("training", "훈련"),
    "frozen_val_accuracy": ("validation, frozen", "검증(미세 조정 전)"),
    "val_accuracy": ("validation", "검증"),
    "test_accuracy": ("test", "테스트"),
    "belt_test_accuracy": ("belt", "벨트"),
    "photo_accuracy": ("right", "정답"),
    "door_correct": ("right", "정답"),
    "val_perplexity": ("perplexity", "혼란도"),
    "trigram_perplexity": ("trigram", "트라이그램"),
}
"""The metrics that the table shows, in this order, and their names in the two languages."""
WITHOUT_TEST = ("real",)
"""Editions without test pictures: lesson 07 judges on the validation pictures, whose share is in the table anyway."""
COUNTED = {"photo_accuracy": "photo_count", "door_correct": "door_count"}
"""Metrics on few images, shown as so many of the metric that counts these."""


def update(root: Path, write: bool = True) -> list[Path]:
    """Fill the READMEs in `root` from ``docs/results.json``; the files that differ, written where `write` says so."""
    results, changed = read_json(root / "docs" / "results.json"), []
    for name, lang in READMES:
        path = root / name
        before = path.read_bytes().decode("utf-8") if path.is_file() else ""
        after = fill(before, results, lang)
        if after != before:
            changed.append(path)
            if write:
                write_text(path, after)
    return changed


def fill(text: str, results: dict[str, Any], lang: str) -> str:
    """`text` with the table filled from `results`, in ``en`` or ``ko``."""
    table = _table(results, lang)
    return TABLE.sub(lambda match: f"{match[1]}\n{table}{match[2]}", text)


def _table(results: dict[str, Any], lang: str) -> str:
    """Markdown: the lessons, what they reached on each edition, their seconds on each device; empty without any."""
    column = LANGUAGES.index(lang)
    editions = sorted(results, key=lambda edition: (edition == "real", edition))
    clocks = _clocks(results, editions, column)
    head = [WORDS["lesson"][column], *(WORDS.get(edition, (edition, edition))[column] for edition in editions), *clocks]
    rows = [head, ["---"] * (1 + len(editions)) + ["---:"] * len(clocks)]
    for lesson in paths.LESSONS:
        reached = [_reached(results[edition], lesson, column, edition not in WITHOUT_TEST) for edition in editions]
        if any(reached):
            seconds = [clock.get(lesson, "–") for clock in clocks.values()]
            rows.append([_link(lesson, lang), *(cell or "–" for cell in reached), *seconds])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) if len(rows) > 2 else ""


def _clocks(results: dict[str, Any], editions: list[str], column: int) -> dict[str, dict[str, str]]:
    """Seconds by lesson for each device, under the heading that names it: those of the first edition that has them.

    The heading of the CPU says how quickly that machine multiplies matrices, with which ``course run`` compares the
    reader's. A lesson that was last timed on another kind of machine than the heading names is left out.
    """
    clocks: dict[str, dict[str, str]] = {}
    for device in DEVICES:
        records = [results[edition][device] for edition in editions if device in results[edition]]
        if not records:
            continue
        heading = WORDS[device][column].format(**records[0]["machine"])
        rates = [run["gflops"] for run in records[0]["lessons"].values() if "gflops" in run and device == "cpu"]
        clock = clocks.setdefault(heading + (f", {median(rates):.0f} GFLOP/s" if rates else ""), {})
        for record in records:
            for lesson, run in record["lessons"].items():
                if WORDS[device][column].format(**run.get("machine", record["machine"])) == heading:
                    clock.setdefault(lesson, str(math.ceil(run["seconds"])))
    return clocks


def _link(lesson: str, lang: str) -> str:
    up = "../" if lang == "ko" and not (paths.ROOT / "ko" / f"{lesson}.ipynb").is_file() else ""
    return f"[{lesson}]({up}{lesson}.ipynb)"


def _reached(devices: dict[str, Any], lesson: str, column: int, tested: bool) -> str:
    """The lesson's metrics on one edition, in words: those of the CPU if there are both, empty if there are none."""
    records = [devices[device]["lessons"] for device in DEVICES if device in devices]
    metrics = next((lessons[lesson]["metrics"] for lessons in records if lesson in lessons), {})
    shown = [name for name in METRICS if name in metrics and (tested or name != "test_accuracy")]
    return ", ".join(f"{METRICS[name][column]} {_value(name, metrics)}" for name in shown)


def _value(name: str, metrics: dict[str, float]) -> str:
    """A metric as the table shows it: shares with three decimals, perplexities with one, few images as a count."""
    if name in COUNTED:
        count = metrics[COUNTED[name]]
        return f"{metrics[name] * (count if name.endswith('accuracy') else 1):.0f} / {count:.0f}"
    return f"{metrics[name]:.3f}" if metrics[name] < 10 else f"{metrics[name]:.1f}"
