"""The log of an assessment: each round changes one thing of a recipe, and is judged on the same images as before.

Usage, in the notebook: ``log.add(recipe, trial, why, shop=(0.95, 0.96), belt=(0.80, 0.86))``. In the grader:
``rounds = read(record.get("rounds"))``, ``counted(rounds)``. Each row carries a seal over itself and all rows before
it; that shows a row which was changed afterwards, no more: whoever reads this file can make seals.
"""

from __future__ import annotations

import hashlib
import html
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from numbers import Real
from types import SimpleNamespace
from typing import Any

from course.files import printable
from course.grading.contract import ROUNDS
from course.messages import CourseError, _

MOST = 40
"""Rows that are kept of a submission's log."""
LONGEST = 300
"""Characters that are kept of a text in it."""
LEAST_STEP = 0.1
"""A number that changes by a smaller share of itself changes nothing."""


@dataclass(frozen=True)
class Round:
    """One row of the log.

    Attributes:
        changed: names of what was changed in the recipe.
        was, now: what it was before, and what was tried.
        why: the learner's reason.
        shop, belt: accuracy before and after, on the shop's and on the belt's validation images.
        seal: SHA-256 over this row and the seal of the row before it, hexadecimal.
    """

    changed: tuple[str, ...]
    was: str
    now: str
    why: str
    shop: tuple[float, float]
    belt: tuple[float, float]
    seal: str = ""

    @property
    def counts(self) -> bool:
        """Whether one thing was changed, for a reason, and judged."""
        return len(self.changed) == 1 and self.was != self.now and not self._too_small and bool(self.why)

    @property
    def _too_small(self) -> bool:
        try:
            return too_small(float(self.was), float(self.now))
        except ValueError:  # no numbers
            return False

    def sealed(self, before: str) -> str:
        """The seal of this row after one with the seal `before`."""
        content = json.dumps([before, {**asdict(self), "seal": ""}], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


class Log:
    """The rounds of one notebook, in order. Shown as a table.

    Attributes:
        rounds: the rows.
    """

    def __init__(self) -> None:
        self.rounds: list[Round] = []

    def add(
        self,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        why: str,
        shop: tuple[float, float],
        belt: tuple[float, float],
    ) -> None:
        """Add a round.

        Args:
            before: the recipe that the round started from: numbers, texts, Keras layers, models and losses by name.
            after: the recipe that was tried.
            why: the reason for the change.
            shop: accuracy on the shop's validation images, of `before` and of `after`.
            belt: the same on the belt's.

        Raises:
            CourseError: an accuracy is no number from 0 to 1.
        """
        names = tuple(name for name in {**before, **after} if not same(before.get(name), after.get(name)))
        pairs = [_differing(before.get(name), after.get(name)) for name in names]
        was, now = (", ".join(described(pair[side]) for pair in pairs) for side in (0, 1))
        scores = tuple(tuple(round(float(score), 6) for score in pair) for pair in (shop, belt))
        if any(len(pair) != 2 or not all(0 <= score <= 1 for score in pair) for pair in scores):
            raise CourseError(_("A round needs accuracies from 0 to 1, before and after, for shop and belt."))
        row = Round(names, *(_text(" ".join(text.split())) for text in (was, now, str(why))), *scores)
        last = self.rounds[-1].seal if self.rounds else ""
        self.rounds.append(Round(**{**asdict(row), "seal": row.sealed(last)}))

    def as_json(self) -> list[dict[str, Any]]:
        """The rows as a submission holds them."""
        return [asdict(row) for row in self.rounds]

    def __repr__(self) -> str:
        return "\n".join("  ".join(cells) for cells in cells_of(self.rounds))

    def _repr_html_(self) -> str:
        heading, *rows = ([f"<td>{html.escape(cell)}</td>" for cell in row] for row in cells_of(self.rounds))
        return "<table>" + "".join(f"<tr>{''.join(row)}</tr>" for row in (heading, *rows)) + "</table>"


def cells_of(rounds: Sequence[Round]) -> list[tuple[str, ...]]:
    """The log as a table of texts, the names of its columns first."""
    heading = (_("round"), _("changed"), _("from"), _("to"), _("why"), _("shop"), _("belt"))
    return [heading, *(_cells(number, row) for number, row in enumerate(rounds, start=1))]


def _cells(number: int, row: Round) -> tuple[str, ...]:
    scores = (f"{before:.3f} → {after:.3f}" for before, after in (row.shop, row.belt))
    return (str(number), ", ".join(row.changed) or "–", row.was, row.now, row.why, *scores)


def counted(rounds: Sequence[Round]) -> int:
    """How many rounds count; one that was written down twice counts once."""
    return len({(row.changed, row.was, row.now) for row in rounds if row.counts})


def enough(rounds: Sequence[Round]) -> bool:
    """Whether a log passes."""
    return counted(rounds) >= ROUNDS


def intact(rounds: Sequence[Round]) -> bool:
    """Whether every row has the seal that it got when it was added."""
    before = [""] + [row.seal for row in rounds]
    return all(row.seal == row.sealed(last) for row, last in zip(rounds, before, strict=False))


def read(claimed: Any) -> tuple[Round, ...]:
    """The rows that a submission claims, as far as they are of the right kind; raises nothing."""
    rows = []
    for row in claimed[:MOST] if isinstance(claimed, list) else []:
        try:
            scores = {key: _pair(row[key]) for key in ("shop", "belt")}
            texts = {key: _text(row[key]) for key in ("was", "now", "why", "seal")}
            rows.append(Round(tuple(_text(name) for name in row["changed"][:10]), **texts, **scores))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return tuple(rows)


def _text(value: Any) -> str:
    return printable(value[:LONGEST]).strip()


def _pair(value: Any) -> tuple[float, float]:
    before, after = (float(number) for number in value)
    if not (0 <= before <= 1 and 0 <= after <= 1):  # NaN is not
        raise ValueError("no accuracies")
    return before, after


def same(one: Any, other: Any) -> bool:
    """Whether two entries of a recipe say the same; names and seeds of Keras objects say nothing."""
    return one is other or (type(one) is type(other) and _plain(one) == _plain(other))


def too_small(was: Any, now: Any) -> bool:
    """Whether a number changed by so little that nothing can come of it."""
    return all(isinstance(one, Real) for one in (was, now)) and abs(now - was) < LEAST_STEP * abs(was)


def _differing(before: Any, after: Any) -> tuple[Any, Any]:
    """What two entries of a recipe do not share: of two stacks of layers, the layers that only one of them has."""
    if not (hasattr(before, "layers") and hasattr(after, "layers")):
        return before, after
    plain = [[_plain(layer) for layer in stack.layers] for stack in (before, after)]
    only = [
        SimpleNamespace(layers=[layer for layer, text in zip(stack.layers, texts, strict=True) if text not in others])
        for stack, texts, others in zip((before, after), plain, plain[::-1], strict=True)
    ]
    return tuple(only) if any(one.layers for one in only) else (before, after)  # else their order differs


def described(value: Any) -> str:
    """An entry of a recipe in a few words: ``RandomFlip(horizontal), Dense(units=6)``; numbers as they are."""
    if hasattr(value, "layers"):
        return ", ".join(described(layer) for layer in value.layers) or _("nothing")
    if hasattr(value, "get_config"):
        return f"{type(value).__name__}({', '.join(_chosen(value))})"
    return value if isinstance(value, str) else getattr(value, "__name__", None) or repr(value)


def _plain(value: Any) -> str:
    """What :func:`same` compares."""
    if hasattr(value, "layers"):
        return str([_plain(layer) for layer in value.layers])
    if hasattr(value, "get_config"):
        return f"{type(value).__name__} {_settings(value)}"
    return repr(value)


UNSAID = ("name", "seed", "dtype", "trainable", "data_format", "batch_shape", "value_range", "reduction", "fn")


def _settings(value: Any) -> dict[str, Any]:
    """The settings of a Keras object that are plain values, but for those that say nothing about what it does."""
    plain = (bool, int, float, str, list, tuple, type(None))
    config = value.get_config()
    return {key: config[key] for key in sorted(config) if key not in UNSAID and isinstance(config[key], plain)}


def _chosen(value: Any) -> list[str]:
    """Those of a Keras object's settings that are not its defaults, as text."""
    usual = {name: one.default for name, one in inspect.signature(type(value).__init__).parameters.items()}
    order = [*usual]
    found = [(name, setting) for name, setting in _settings(value).items() if setting != usual.get(name)]
    found = [pair for pair in found if pair != ("activation", "linear")]
    found.sort(key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    return [_shown(setting) if isinstance(setting, str) else f"{name}={_shown(setting)}" for name, setting in found]


def _shown(setting: Any) -> str:
    if isinstance(setting, (list, tuple)):
        low, high = setting if len(setting) == 2 else (None, None)
        mirrored = isinstance(high, (int, float)) and low == -high
        return _shown(high) if mirrored else f"({', '.join(map(_shown, setting))})"
    return f"{setting:g}" if isinstance(setting, float) else str(setting)
