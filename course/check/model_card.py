"""A model card: what a model is for, how well it works and for whom, as one page of Markdown.

Usage, as the last expression of a cell of lesson 04b::

    check.model_card(MODELS / "asl_model_card.md", validation=(0.99, 7172), photos=(0.9, 24), …)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.check.session import SESSION
from course.files import replacing
from course.messages import _

if TYPE_CHECKING:
    from IPython.display import Markdown
    from pandas import DataFrame

Share = tuple[float, int]
"""An accuracy from 0 to 1, and the number of images that it was measured on."""


def model_card(
    path: Path,
    *,
    validation: Share,
    photos: Share,
    others: Mapping[str, Share] | None = None,
    own_hand: Mapping[str, Mapping[str, float]],
    by_factor: Mapping[str, DataFrame],
    hardest_change: tuple[str, float],
    made_for: Sequence[str],
    not_for: Sequence[str],
    not_represented: Sequence[str],
) -> Markdown:
    """Write the card of lesson 04b to `path` and return it, to be shown.

    Args:
        path: the Markdown file.
        validation: on the validation set.
        photos: on the new images of the edition.
        others: on further sets, or in other ways, by name.
        own_hand: accuracies by set, ``before`` and ``after`` learning from the learner's own pictures; may be empty.
        by_factor: for each factor a table with the columns ``accuracy``, ``images`` and ``people``; empty where
            nobody recorded how the images were made.
        hardest_change: which change of the images costs most accuracy, and what is left.
        made_for: what the model may be used for; with the next two, short entries of the learner's.
        not_for: what it must not be used for.
        not_represented: who or what the training images do not show.

    Raises:
        CourseError: the card cannot be saved.
    """
    sets = [(_("validation images"), *validation), (_("new images"), *photos)]
    sets += [(_plain(what), *share) for what, share in (others or {}).items()]
    name, left = hardest_change
    unknown = _("Nobody recorded whose hands these are, nor in what light: so nobody knows for whom it fails.")
    parts = [
        "# " + _("Model card: letters of fingerspelling"),
        _("Names one of the 24 letters of ASL fingerspelling that do not move, from one gray image, 28 × 28 pixels."),
        _trained_on(SESSION.edition_in_use()),
        "## " + _("How well it works"),
        _table((_("images"), _("how many"), _("right")), [(what, f"{n:,}", _percent(x)) for what, x, n in sets]),
        _own_hand(own_hand),
        "## " + _("Accuracy by group"),
        *[_factor(factor, table) for factor, table in by_factor.items()],
        "" if by_factor else unknown,
        "## " + _("Limits"),
        _("It names a letter for every image, also for one without a hand."),
        _("Of the changes that were tried, “{name}” costs most: {left} of the validation images remain right.").format(
            name=_plain(name), left=_percent(left)
        ),
        "## " + _("Made for"),
        _entries(made_for),
        "## " + _("Not for"),
        _entries(not_for),
        "## " + _("Not in its training images"),
        _entries(not_represented),
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    with replacing(Path(path)) as scratch:
        scratch.write_text(text, encoding="utf-8")
    from IPython.display import Markdown

    return Markdown(text)


def _trained_on(edition: str) -> str:
    if edition == "embedded":
        return _(
            "Trained on rendered images of hands, not on photos (edition “{edition}” of the course's data)."
        ).format(edition=edition)
    return _("Trained on the edition “{edition}” of the course's data.").format(edition=edition)


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _plain(entry: Any) -> str:
    """An entry on one line, with nothing in it that Markdown or a browser would take for more than text."""
    text = " ".join(str(entry).split())[:200]
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|&$!~" else sign for sign in text)


def _entries(entries: Sequence[str]) -> str:
    return "\n".join(f"- {_plain(entry)}" for entry in entries)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _factor(factor: str, table: DataFrame) -> str:
    rows = [
        (_plain(value), f"{row['people']:,.0f}", f"{row['images']:,.0f}", _percent(row["accuracy"]))
        for value, row in table.iterrows()
    ]
    return _table((_plain(factor), _("people"), _("how many"), _("right")), rows)


def _own_hand(own_hand: Mapping[str, Mapping[str, float]]) -> str:
    if not own_hand:
        return ""
    text = _("On images of one learner's hand: {before} before, {after} after learning from others of the same hand.")
    return text.format(**{when: _percent(shares["own hand"]) for when, shares in own_hand.items()})
