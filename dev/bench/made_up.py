"""Pictures and answers that a measurement of speed trains on, where their content does not matter.

Usage: ``made_up.pictures(60000, 784), made_up.answers(60000, 10)``.
"""

from __future__ import annotations

from typing import Any


def pictures(count: int, *shape: int) -> Any:
    """`count` arrays of `shape`, float32 from 0 to 1; always the same."""
    import numpy as np

    return np.random.default_rng(1).random((count, *shape), dtype="float32")


def answers(count: int, classes: int) -> Any:
    """One-hot rows, float32 of shape (count, classes), of classes that take turns; for one class, 1 and 0 in turn."""
    import numpy as np

    rows = np.eye(max(classes, 2), classes, dtype="float32")
    return rows[np.arange(count) % len(rows)]
