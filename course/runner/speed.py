"""How quick this machine is beside the one on which the README's seconds were measured.

Usage: ``sentence(matrix_rate(), reference())``. Most of a lesson's time goes into products of matrices, so seconds
measured on one machine can be told for another by the rates at which the two multiply.
"""

from __future__ import annotations

import json
from statistics import median
from time import perf_counter

from course.messages import _
from course.paths import ROOT

SIDE = 1024
"""Of the matrices: as large as a lesson's larger layers, and small enough for any memory."""
ROUNDS = 20


def matrix_rate() -> float:
    """Products of float32 matrices with NumPy, on all cores, in billions of operations a second; takes a second or so.

    The median of single products, so that a moment's other work does not count.
    """
    import numpy as np

    left, right = np.random.default_rng(0).standard_normal((2, SIDE, SIDE), dtype=np.float32)
    out = np.empty_like(left)
    seconds = []
    for _round in range(ROUNDS):
        start = perf_counter()
        np.matmul(left, right, out=out)
        seconds.append(perf_counter() - start)
    return 2 * SIDE**3 / median(seconds) / 1e9


def reference() -> float | None:
    """The rate of the machine whose seconds the README tells; ``None`` where nothing is recorded."""
    try:
        recorded = json.loads((ROOT / "docs" / "results.json").read_text("utf-8"))
        return median(one["gflops"] for one in recorded["embedded"]["cpu"]["lessons"].values() if "gflops" in one)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def sentence(rate: float, known: float) -> str:
    """What a person is told at the end of a run: the `rate` here, beside the `known` one of the README's machine."""
    text = _("This machine multiplies matrices {ratio:.2g} times as fast as the one whose seconds the README gives.")
    return text.format(ratio=rate / known)
