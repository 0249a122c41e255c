"""Judges of the exercises in lesson 04b, predictions on new images."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from course.check.exercises import Feedback, called, judge, not_yet, outputs_of, right
from course.datasets import images
from course.datasets.reading import ASL_LETTERS
from course.messages import _

if TYPE_CHECKING:
    import keras
    import pandas as pd

SIDE = 28
NEAR = 12.0
"""Mean difference in gray levels up to which a picture counts as prepared well: resampling filters differ by less."""
CLEAR = 0.5
"""Where a letter is less probable than this, another filter may lead to another letter."""
_FILTERS = [getattr(Image.Resampling, name) for name in ("BICUBIC", "BOX", "BILINEAR", "HAMMING", "LANCZOS", "NEAREST")]
_TRIED, _LONGER = 6, 240  # photos that are tried, and the length to which their longer side is cut


GOOD = 0.9
"""The share of right answers that the exercise on refusing asks for."""


@judge("04b.debug")
def debug(repaired: Any, *, photo_paths: list[Path]) -> Feedback:
    """A function from a picture, RGB and upright, to a batch (1, 28, 28, 1) of gray values 0–255."""
    for photo in _photos(photo_paths)[:2]:
        for name, picture in ((_("a wide picture"), _wide(photo)), (_("a tall picture"), _tall(photo))):
            found = called(repaired, picture.copy())
            if isinstance(found, Feedback):
                return found
            if not hasattr(found, "shape"):
                return not_yet(found, _("an array of shape (1, 28, 28, 1)"))
            fault = _fault(np.asarray(found), picture)
            if fault:
                return not_yet(_("{fault} for {name}").format(fault=fault[0], name=name), fault[1])
    return right(_("int8 ends at 127: brighter pixels became negative. uint8 holds 0 to 255."))


def _fault(batch: np.ndarray, picture: Image.Image) -> tuple[str, str] | None:
    """What is wrong with `batch` made of `picture`, and what was expected."""
    if batch.shape != (1, SIDE, SIDE, 1):
        hints = {
            (SIDE, SIDE): _("a batch with one channel"),
            (SIDE, SIDE, 1): _("a batch of one picture"),
            (1, SIDE, SIDE): _("one channel as the last axis"),
            (SIDE, SIDE, 3): _("a batch with one channel: gray"),
            (1, SIDE, SIDE, 3): _("one channel: gray"),
        }
        expected = _("shape (1, 28, 28, 1)")
        hint = hints.get(batch.shape)
        return _("shape {shape}").format(shape=batch.shape), f"{expected}: {hint}" if hint else expected
    values = batch.astype(np.float32)
    if values.min() < -0.5:
        return _("numbers down to {low:.0f}").format(low=float(values.min())), _(
            "no negative gray values; which step makes them?"
        )
    if not 1.5 < values.max() <= 255.5:
        numbers = _("numbers from {low:.3g} to {high:.3g}").format(low=float(values.min()), high=float(values.max()))
        return numbers, _("numbers from 0 to 255, since the model divides by 255 itself")
    square, corner = _square(picture), picture.crop((0, 0, min(picture.size), min(picture.size)))
    middle = _("the square in the middle, in gray, as 28 × 28 pixels")
    distance = _distance(values, square)
    mistakes = [
        (picture, _("a squeezed hand"), _("a square cut out of the middle, before it is made small")),
        (corner, _("a square cut out at the edge"), middle),
        (
            square.transpose(Image.Transpose.TRANSPOSE),
            _("rows and columns exchanged"),
            _("them as np.asarray gives them"),
        ),
        (square.transpose(Image.Transpose.FLIP_TOP_BOTTOM), _("a hand upside down"), middle),
    ]
    away, (_wrong, found, expected) = min(
        ((_distance(values, row[0]), row) for row in mistakes), key=lambda pair: pair[0]
    )
    if away < distance and away <= NEAR:
        return found, expected
    return None if distance <= NEAR and distance <= away else (_("another picture"), middle)


@judge("04b.predict-letter")
def predict_letter(predict_letter: Any, *, model: keras.Model, photo_paths: list[Path]) -> Feedback:
    """A function from the path of a picture file, of any kind, to the letter that the model reads in it."""
    photos = _photos(photo_paths)
    turned = [photo.rotate(angle) for photo in photos for angle in (90, 180, 270)]  # where photos show few letters
    with tempfile.TemporaryDirectory() as folder:
        for turn, (name, file, make, naive, hint) in enumerate(_kinds()):
            start = turn % len(photos)
            photo, letter = _telling(model, photos[start:] + photos[:start] + turned * (turn == 0), make, naive)
            path = Path(folder) / file
            _save(make(photo), path)
            try:
                found = called(predict_letter, path)
            except Exception as error:
                return not_yet(
                    _("{kind} for {name}").format(kind=type(error).__name__, name=name),
                    _("a letter: {hint}").format(hint=hint),
                )
            if isinstance(found, Feedback):
                return found
            if not isinstance(found, str) or found.lower() not in ASL_LETTERS or len(found) != 1:
                return not_yet(found, _('a letter such as "a": letters[…] with the place of the largest probability'))
            if letter and found.lower() != letter:
                return not_yet(
                    _("“{found}” for {name}").format(found=found, name=name),
                    _("“{letter}”: {hint}").format(letter=letter, hint=hint),
                )
    return right(_("it reads pictures in color, gray, transparent, with a palette, on their side, and not square."))


Change = Callable[[Image.Image], Image.Image]


def _kinds() -> list[tuple[str, str, Change, Change, str]]:
    """Kinds of file: what it is called, its name, how it is made, how who forgets a step sees it, and that step."""
    crop, mode = _("cut a square out of its middle"), _("bring it to RGB first, then to gray")
    return [
        (_("a picture in color"), "color.png", _same, _same, _("prepare it, ask the model, look up the letter")),
        (_("a wide picture"), "wide.jpg", _wide, _squeezed(_wide), crop),
        (_("a tall picture"), "tall.png", _tall, _squeezed(_tall), crop),
        (_("a gray picture"), "gray.png", lambda photo: photo.convert("L"), _same, mode),
        (_("a picture with a palette"), "palette.png", lambda photo: photo.quantize(64), _same, mode),
        (_("a transparent picture"), "transparent.png", lambda photo: photo.convert("RGBA"), _same, mode),
        (
            _("a picture that lies on its side"),
            "turned.jpg",
            _turned,
            lambda photo: photo.rotate(90, expand=True),
            _("turn it upright, as ImageOps.exif_transpose does"),
        ),
    ]


def _telling(model: keras.Model, photos: list[Image.Image], make: Change, naive: Change) -> tuple[Image.Image, str]:
    """The photo that tells best whether a step was forgotten, and its letter; "" where that depends on the filter."""
    upright = [photo if make is _turned else make(photo).convert("RGB") for photo in photos]
    filters = _FILTERS[:-1]
    batch = np.stack([_small(_square(picture), way) for picture in upright for way in filters])
    careless = np.stack([_small(_square(naive(photo).convert("RGB")), _FILTERS[0]) for photo in photos])
    found = outputs_of(model, np.concatenate([batch, careless])[..., np.newaxis])
    probabilities = found[: len(batch)].reshape(len(photos), len(filters), -1)
    letters, wrong = probabilities.argmax(axis=2), found[len(batch) :].argmax(axis=1)
    agreed = (letters == letters[:, :1]).all(axis=1) & (probabilities.max(axis=2).min(axis=1) >= CLEAR)
    late = letters[:, 0] >= ASL_LETTERS.index("k")  # tells whether j was counted
    best = np.argmax(4 * agreed + 2 * (wrong != letters[:, 0]) + late)
    return photos[best], ASL_LETTERS[letters[best, 0]] if agreed[best] else ""


@judge("04b.remedy")
def remedy(remedy: Any, *, choosing: pd.Series) -> Feedback:
    """The remedy that reads most of the images set aside for choosing."""
    if not isinstance(remedy, str) or remedy not in choosing.index:
        return not_yet(remedy, _("one of {names}").format(names=", ".join(map(repr, choosing.index))))
    if choosing[remedy] < choosing.max():
        return not_yet(
            _("{name}, which reads {share:.1%}").format(name=remedy, share=choosing[remedy]),
            _("the one that reads most of the images for choosing, {share:.1%}").format(share=choosing.max()),
        )
    return right(_("it reads most of the images for choosing. The other half says what that is worth."))


@judge("04b.refuse")
def refuse(refuse_below: Any, *, refusals: pd.DataFrame) -> Feedback:
    """The smallest of the thresholds at which enough of the answers on hands are right."""
    if isinstance(refuse_below, str) or not any(np.isclose(float(refuse_below), refusals.index)):
        return not_yet(refuse_below, _("one of the thresholds in the table, a number"))
    shares = refusals["right of these"]
    smallest = min(shares.index[shares >= GOOD], default=shares.index.max())
    if float(refuse_below) < smallest - 1e-9:
        share = float(shares.iloc[np.abs(shares.index - float(refuse_below)).argmin()])
        return not_yet(
            _("{share:.0%} of the answers right").format(share=share), _("at least 90 %: a larger threshold")
        )
    if float(refuse_below) > smallest + 1e-9:
        return not_yet(
            f"{float(refuse_below):g}", _("a smaller one: it refuses fewer hands, and 90 % are right there too")
        )
    return right(_("one row up, too many answers are wrong; one row down, more hands go unread."))


@judge("04b.card")
def card(
    hardest_change: Any, made_for: Any, not_for: Any, not_represented: Any, *, changed_accuracy: pd.Series
) -> Feedback:
    """The change that costs most, as measured, and three lists of short entries."""
    if hardest_change not in changed_accuracy.index:
        names = ", ".join(repr(name) for name in changed_accuracy.index[1:])
        return not_yet(f"hardest_change = {hardest_change!r}", _("one of {names}").format(names=names))
    lowest = changed_accuracy.min()
    if changed_accuracy[hardest_change] > lowest:
        return not_yet(
            _("{name}, with {left:.1%} right").format(name=hardest_change, left=changed_accuracy[hardest_change]),
            _("the change with the smallest accuracy of all, {left:.1%}").format(left=lowest),
        )
    lists = {"made_for": made_for, "not_for": not_for, "not_represented": not_represented}
    for name, entries in lists.items():
        if not isinstance(entries, (list, tuple)) or not entries:
            return not_yet(f"{name} = {entries!r}", _('a list of one entry or more, as ["gloves"]'))
        for entry in entries:
            if not isinstance(entry, str) or len(entry.strip()) < 3:
                return not_yet(_("{entry!r} in {name}").format(entry=entry, name=name), _("a few words in quotes"))
    return right(_("whoever gets the model now knows what was measured, and what you ask of them."))


def _photos(paths: list[Path]) -> list[Image.Image]:
    """Some of the edition's photos, RGB, upright, not large."""
    step = -(-len(paths) // _TRIED)
    found = [images.read(path) for path in paths[::step]]
    for photo in found:
        photo.thumbnail((_LONGER, _LONGER))
    return found


def _same(photo: Image.Image) -> Image.Image:
    return photo


def _padded(photo: Image.Image, right: int, down: int) -> Image.Image:
    """`photo` with its border repeated to the left and right, and above and below."""
    return Image.fromarray(np.pad(np.asarray(photo), ((down, down), (right, right), (0, 0)), mode="edge"))


def _wide(photo: Image.Image) -> Image.Image:
    square = _square(photo)
    return _padded(square, square.width // 2, 0)


def _tall(photo: Image.Image) -> Image.Image:
    square = _square(photo)
    return _padded(square, 0, square.height // 2)


def _turned(photo: Image.Image) -> Image.Image:
    """`photo` as a phone stores it that was held sideways, with the note that says so."""
    stored = photo.rotate(90, expand=True)
    stored.getexif()[0x0112] = 6
    return stored


def _squeezed(make: Change) -> Change:
    return lambda photo: make(photo).resize((SIDE * 8, SIDE * 8))


def _square(photo: Image.Image) -> Image.Image:
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    return photo.crop((left, top, left + side, top + side))


def _small(photo: Image.Image, way: Image.Resampling) -> np.ndarray:
    return np.asarray(photo.convert("L").resize((SIDE, SIDE), way), np.float32)


def _distance(batch: np.ndarray, photo: Image.Image) -> float:
    """Mean difference of `batch` from `photo` made small, for the filter that fits best."""
    return min(float(np.abs(batch[0, :, :, 0] - _small(photo, way)).mean()) for way in _FILTERS)


def _save(picture: Image.Image, path: Path) -> None:
    picture.save(path, exif=picture.getexif(), quality=95)
