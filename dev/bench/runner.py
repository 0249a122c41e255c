"""Run parts one after the other, and lose nothing: a part that fails or is cut short leaves the others as they are.

Usage: ``document, interrupted = run_parts(["load", "limit"], options, view, Path("bench.json"))``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

from course.datasets.editions import edition_name
from course.messages import CourseError, _
from dev.bench import measuring, registry, results
from dev.bench.options import Options, Report, View


def run_parts(
    names: Sequence[str], options: Options, view: View, file: Path | None = None
) -> tuple[dict[str, Any], bool]:
    """Run the parts `names`.

    Args:
        names: of parts, in the order to run them.
        options: how to measure.
        view: is told what happens.
        file: where the results go after each part; the parts that it holds already and that are not run stay in it.

    Returns:
        The document of this run alone, and whether it was cut short by Ctrl-C.

    Raises:
        CourseError: `file` cannot be read or written.
    """
    document, kept = results.empty(), results.read(file) if file else results.empty()
    if file:
        results.save(file, kept)  # better known before than after that it cannot be written
    for name in names:
        record = _run(name, options, view)
        results.put(document, name, record)
        results.put(kept, name, record)
        if file:
            results.save(file, kept)
        if record["status"] == results.INTERRUPTED:
            return document, True
    return document, False


def _run(name: str, options: Options, view: View) -> dict[str, Any]:
    """The record of one part; never raises but for the machine."""
    report, started, load = Report(view), monotonic(), measuring.load()
    status, reason = results.MEASURED, ""
    view.begin(name)
    try:
        registry.load(name).measure(options, report)
    except KeyboardInterrupt:
        status, reason = results.INTERRUPTED, _("Interrupted.")
    except CourseError as error:
        status, reason = results.FAILED, str(error)
    except Exception as error:  # a fault of one part must not stop the others
        status, reason = results.FAILED, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    seconds = round(monotonic() - started, 1)
    view.end(reason or _("{seconds:.0f} s").format(seconds=seconds))
    return {
        "status": status,
        "reason": reason,
        "date": date.today().isoformat(),
        "seconds": seconds,
        "runs": options.runs,
        "quick": options.quick,
        "edition": edition_name(options.edition),
        "load": load,
        "machine": measuring.machine(report.figures.get("device", "cpu")),
        "versions": measuring.versions(),
        "figures": report.figures,
    }
