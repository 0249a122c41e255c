"""An image of the learner's own, from a file, the clipboard or the camera, and what the learner's function predicts.

Usage, as the last expression of a cell::

    widgets.PhotoInput(top_letters, example=DATA / "asl_images" / "a.png")

    mine = widgets.PhotoInput(labels=["a", "b"], folder=MODELS / "my_photos")  # collects pictures to train with
    mine.pictures  # [("a", PosixPath(…)), …]

Without a front end, or without the package anywidget, the same with files: ``.show(path)``, ``.keep(path, label)``.
"""

from __future__ import annotations

import base64
import html
import io
import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from course.datasets import images
from course.files import replacing, saving
from course.front_end import PHOTO_SIDE, photo_texts
from course.messages import CourseError, _
from course.widgets.live import Live, figure_html

MAX_MESSAGE = 8 * 2**20
"""Characters of a picture in a message; a JPEG of 1600 × 1600 has about one million."""
MAX_SEEN = 256
"""Longest side of a picture that is sent back: Jupyter drops messages beyond one million bytes a second."""
TOP = 3
"""How many of the most probable labels are shown."""
MAX_TEXT, MAX_LABEL = 400, 60
"""Characters of a text or an error of the learner's function, and of a label; Keras has errors with thousands."""

_COLOR = re.compile(r"\x1b\[[\d;]*m")  # Keras writes its errors for a terminal
_DATA_URL = "data:image/jpeg;base64,"
_LABEL = re.compile(r'[^\s./\\:*?"<>|][^/\\:*?"<>|\n]{0,39}')  # also the name of a folder, on every system


@dataclass(frozen=True)
class Answer:
    """What a learner's function returned for an image.

    Attributes:
        text: a sentence, or "".
        seen: what the network sees, mode RGB or L, or None.
        bars: up to three labels and their probabilities, the most probable first.
    """

    text: str = ""
    seen: Image.Image | None = None
    bars: tuple[tuple[str, float], ...] = ()


def read_answer(value: object) -> Answer:
    """Interpret what a learner's function returned.

    Args:
        value: text; or labels with probabilities, as a dict or a list whose items end in label and probability; or
            what the network sees, an array (h, w), (h, w, 1) or (h, w, 3), also as a batch of one, or a picture of
            Pillow; or a tuple with several of these.

    Raises:
        CourseError: it is none of these.
    """
    text, seen, bars = "", None, ()
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, str):
            text = part[:MAX_TEXT]
        elif isinstance(part, (dict, list)):
            bars = _bars(list(part.items()) if isinstance(part, dict) else part)
        elif isinstance(part, Image.Image):
            seen = part.convert("L" if part.mode in ("1", "L") else "RGB")
        elif hasattr(part, "__array__"):
            seen = _seen(np.asarray(part))
        else:
            sentence = _(
                "Your function has to return a text, labels with their probabilities, a picture, or several of these,"
                " not {kind}."
            )
            raise CourseError(sentence, kind=type(part).__name__)
    return Answer(text, seen, bars)


def _bars(items: Sequence[Any]) -> tuple[tuple[str, float], ...]:
    try:
        pairs = [(str(item[-2])[:MAX_LABEL], float(item[-1])) for item in items]
        if not all(0 <= probability <= 1.001 for label, probability in pairs):
            raise ValueError("not from 0 to 1")
    except (TypeError, ValueError, IndexError, KeyError) as error:
        text = _("Your function has to return labels with probabilities from 0 to 1, as {example}, not {found}.")
        found = repr(items)[:80]
        raise CourseError(text, example='{"a": 0.9, "b": 0.1}', found=found) from error
    return tuple(sorted(pairs, key=lambda pair: -pair[1])[:TOP])


def _seen(array: np.ndarray) -> Image.Image:
    """An array as a picture: 0–1 or 0–255 as they are, any other range from its lowest to its highest value."""
    shape = array.shape
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    colors = array.shape[2:] in ((), (3,)) and array.ndim >= 2
    if not (colors and array.size and array.dtype.kind in "buif" and np.isfinite(array).all()):
        text = _("What the network sees has to be one picture, (height, width) or (height, width, 3), not {shape}.")
        raise CourseError(text, shape=f"{array.dtype} {shape}")
    low, high = float(array.min()), float(array.max())
    if low >= 0 and high <= 255:
        low, high = 0, 1 if high <= 1 and array.dtype != np.uint8 else 255
    return Image.fromarray(np.uint8(255 * (array.astype(np.float32) - low) / ((high - low) or 1) + 0.5))


class PhotoInput(Live):
    """Asks for a picture, by file, clipboard or camera, and shows what the learner's function says of it.

    Args:
        answer: takes a square image, mode RGB, and returns what :func:`read_answer` takes. The learner chooses the
            square; of files given by path it is the one in the middle. None: images are only kept.
        example: a picture to show where no front end is.
        labels: with these, each picture may be kept under one of them, as ``folder/LABEL/TIME.jpg``.
        folder: where to keep pictures.

    Raises:
        CourseError: `answer` fails on the example, or a label cannot name a folder.
    """

    name = "photo"

    def __init__(
        self,
        answer: Callable[[Image.Image], object] | None = None,
        *,
        example: str | Path | None = None,
        labels: Sequence[str] = (),
        folder: str | Path | None = None,
    ) -> None:
        self._answer, self._labels = answer, tuple(labels)
        self._folder = Path(folder) if folder is not None else None
        self._kept: list[Path] = []
        if bool(labels) != (folder is not None) or (answer is None and not labels):
            raise CourseError(_("PhotoInput needs a function that answers, or labels and a folder, or all three."))
        for label in self._labels:
            if not (isinstance(label, str) and _LABEL.fullmatch(label)):
                text = _("“{label}” cannot be a label: it has to be a name that a folder can have too.")
                raise CourseError(text, label=label)
        recorded = f"<p>{html.escape(_('Here a live widget takes a picture; without one, use files: {code}.'))}</p>"
        code = ".show(path)" if answer else ".keep(path, label)"
        recorded = recorded.format(code=f"<code>{code}</code>")
        if example is not None and answer:
            caption = _("A recorded example: a picture, and what your function says of it.")
            recorded = self._figure(self._read(example), caption)
        settings = {"side": PHOTO_SIDE, "labels": self._labels, "answers": answer is not None}
        super().__init__(recorded, photo_texts(), settings)

    @property
    def pictures(self) -> list[tuple[str, Path]]:
        """Label and path of all pictures kept in the folder, also earlier ones, by label and then by time."""
        return [(label, path) for label in self._labels for path in sorted((self._folder / label).glob("*.jpg"))]

    def keep(self, path: str | Path, label: str) -> None:
        """Keep a copy of the picture `path` under `label`. Raises CourseError."""
        self._keep(self._read(path), label)

    def delete_last(self) -> bool:
        """Delete the picture that this widget kept last; False where it has kept none. Raises CourseError."""
        if not self._kept:
            return False
        with saving(self._kept[-1]):
            self._kept.pop().unlink(missing_ok=True)
        return True

    def show(self, path: str | Path) -> None:
        """Show the picture `path` and the answer of the learner's function. Raises CourseError."""
        from IPython.display import HTML, display

        display(HTML(self._figure(self._read(path), Path(path).name)))

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question with ``picture``, a JPEG as data URL, and maybe ``keep``, a label, or with ``undo``."""
        deleted = bool(question.get("undo")) and self.delete_last()
        if question.get("picture") is not None:
            picture = _received(question["picture"])
            if question.get("keep") is None:
                found = self._ask(picture)
                return {"text": found.text, "seen": _sent(found.seen), "bars": found.bars}
            self._keep(picture, question["keep"])
        counts = [sum(label == name for name, path in self.pictures) for label in self._labels]
        return {"counts": counts, "deleted": deleted}

    def _ask(self, picture: Image.Image) -> Answer:
        """What the learner's function returns for `picture`; whatever it raises becomes one sentence."""
        if self._answer is None:
            return Answer()
        try:
            return read_answer(self._answer(picture))
        except CourseError:
            raise
        except (Exception, KeyboardInterrupt) as error:  # in a message handler nobody would see what it raised
            message = " ".join(_COLOR.sub("", f"{type(error).__name__}: {error}").split())[:MAX_TEXT]
            cells = [call for call in traceback.extract_tb(error.__traceback__) if "ipykernel" in call.filename]
            where = _(", in line {line} (`{code}`)").format(line=cells[-1].lineno, code=cells[-1].line) if cells else ""
            text = _("Your function failed on this picture{where}: {error}")
            raise CourseError(text, where=where, error=message) from error

    def _keep(self, picture: Image.Image, label: object) -> None:
        if label not in self._labels:
            text = _("There is no label “{label}” here; there are: {labels}.")
            raise CourseError(text, label=str(label)[:40], labels=", ".join(self._labels))
        path = self._folder / label / f"{datetime.now():%Y%m%d-%H%M%S-%f}.jpg"
        with replacing(path) as temporary:
            picture.save(temporary, quality=95)
        self._kept.append(path)

    def _read(self, path: str | Path) -> Image.Image:
        picture = images.read(path)
        return ImageOps.fit(picture, (min(*picture.size, PHOTO_SIDE),) * 2)

    def _figure(self, picture: Image.Image, caption: str) -> str:
        """`picture` and the answer of the learner's function, as HTML."""
        from matplotlib.figure import Figure

        found = self._ask(picture)
        images = [picture] if found.seen is None else [picture, found.seen]
        panels = len(images) + bool(found.bars)
        figure = Figure(figsize=(2.8 * panels, 2.8), layout="constrained")
        for ax, image in zip_longest(figure.subplots(1, panels, squeeze=False)[0], images):
            ax.set_axis_off()
            if image is not None:
                ax.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
                continue
            for row, (label, probability) in enumerate(found.bars):
                ax.barh(row, probability, height=0.5, color="#006BA4" if row == 0 else "#767676")
                ax.text(0, row - 0.32, f"{label}  {probability:.0%}", parse_math=False)
            ax.set(xlim=(0, 1), ylim=(TOP - 0.5, -0.9))
        answer = " ".join([*[f"{label}: {probability:.0%}." for label, probability in found.bars], found.text])
        alt = _("A picture, and what the network says of it. {said}").format(said=answer)
        text = f"<p>{html.escape(found.text)}</p>" if found.text else ""
        return figure_html(figure, alt, caption) + text


def _received(picture: object) -> Image.Image:
    """The picture in a message. Raises ValueError where it is not as the front end sends it, CourseError if damaged."""
    if not (isinstance(picture, str) and picture.startswith(_DATA_URL) and len(picture) <= MAX_MESSAGE):
        raise ValueError("not a picture from our front end")
    return images.read(base64.b64decode(picture[len(_DATA_URL) :], validate=True))


def _sent(picture: Image.Image | None) -> str | None:
    """A picture as a data URL: a small one pixel for pixel, a larger one in fewer bytes."""
    if picture is None:
        return None
    picture.thumbnail((MAX_SEEN, MAX_SEEN))
    kind = "png" if max(picture.size) <= 64 else "jpeg"
    file = io.BytesIO()
    picture.save(file, kind, quality=90)
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
