"""``python -m course data get``: download what has a public address, and import it.

Usage: ``python -m course data get`` lists what there is; ``python -m course data get mnist vgg16`` brings it.
MNIST and VGG16's weights need nothing but a network. What lies on Kaggle is fetched with its package ``kagglehub``
where that is installed; no login is asked for, and where Kaggle wants one, the sentence says how to go on by hand.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from course.datasets import install, reading, vgg16
from course.datasets.download import Source, Unavailable, fetch
from course.datasets.editions import quoted
from course.datasets.untrusted import Damaged
from course.files import shown
from course.messages import CourseError, _


@dataclass(frozen=True)
class Kaggle:
    """A dataset of Kaggle: its name there, and its size as a zip, in bytes, roughly."""

    handle: str
    size: int

    @property
    def address(self) -> str:
        """Where a person downloads it."""
        return f"https://www.kaggle.com/datasets/{self.handle}"


GOOGLE = "https://storage.googleapis.com/tensorflow"
SOURCES: dict[str, Source | Kaggle] = {
    "mnist": Source(
        f"{GOOGLE}/tf-keras-datasets/mnist.npz",
        "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        11_490_434,
    ),
    "asl_data": Kaggle("datamunge/sign-language-mnist", 65_000_000),
    "nyt": Kaggle("aashita/nyt-comments", 500_000_000),
    "fruits": Kaggle("sriramr/fruits-fresh-and-rotten-for-classification", 3_600_000_000),
    "vgg16": Source(
        f"{GOOGLE}/keras-applications/vgg16/{vgg16.FILE}", "md5:64373286793e3c8b2b4e3219cbf3544b", 553_467_096
    ),
}
"""Addresses and checksums are those in Keras's own source (keras/src/datasets/mnist.py, applications/vgg16.py)."""


def get(names: list[str], root: Path) -> int:
    """Bring the sets `names` into the edition in `root`, each in its turn; without names, list what there is.

    Returns:
        0, or 2 where one could not be had; the sentence that says so is printed, and the next one follows.

    Raises:
        CourseError: there is no such set to get, or `root` came with the course.
    """
    if not names:
        print(overview(root))
        return 0
    for name in names:
        if name not in SOURCES:
            sentence = _("“{name}” has no public address; {names} have, and docs/data.md says how to import another.")
            raise CourseError(sentence, name=name, names=", ".join(SOURCES))
    install.refuse_embedded(root)
    if not (find_spec("pooch") and find_spec("rich")):
        raise CourseError(_("Downloads need the packages pooch and rich; get them with `make setup`."))
    code = 0
    for name in names:
        try:
            if is_there(name, root):
                print(_("{name} is already there and complete: {path}.").format(name=name, path=_place(name, root)))
            else:
                _bring(name, root)
        except CourseError as error:
            print(error, file=sys.stderr)
            code = 2
    return code


def overview(root: Path) -> str:
    """A line for each set: whether it is there, how large it is and what it takes to get it."""
    lines = []
    for name in install.IMPORTABLE:
        source = SOURCES.get(name)
        if is_there(name, root):
            text = _("is there: {path}").format(path=_place(name, root))
        elif isinstance(source, Kaggle):
            text = _("about {size} MB from Kaggle, with `python -m pip install kagglehub`, or by hand: {address}")
            text = text.format(size=source.size // 10**6, address=source.address)
        elif source:
            text = _("{size} MB from {address}").format(size=source.size // 10**6, address=source.address)
        else:
            text = _("your own pictures: `python -m course data import {name} PATH`").format(name=name)
        lines.append(f"{name:<11} {text}")
    return "\n".join([*lines, _("`python -m course data get SET …` brings them into {to}.").format(to=shown(root))])


def is_there(name: str, root: Path) -> bool:
    """Whether a set is there and passes its check."""
    try:
        if name == "vgg16":
            vgg16.check(vgg16.path())
        else:
            reading.validate(root, name)
    except (CourseError, Damaged):
        return False
    return True


def _place(name: str, root: Path) -> str:
    return shown(vgg16.path() if name == "vgg16" else root / reading.SETS[name].folder)


def _bring(name: str, root: Path) -> None:
    """Download and import one set. Raises CourseError, with the manual way."""
    source, waiting = SOURCES[name], root / ".downloads"
    print(_("{name}: {size} MB from {address}").format(name=name, size=source.size // 10**6, address=source.address))
    try:
        if isinstance(source, Kaggle):
            install.bring_in(name, [_from_kaggle(source)], root)
            return
        path = fetch(source, waiting)
        install.bring_in(name, [path], root)
        path.unlink()
    except Unavailable as error:
        to = "" if shown(root) == "data-real" else f" --to {quoted(root)}"
        sentence = _(
            "{name} could not be downloaded from {address} ({reason}); open that address in a browser, and bring "
            "in what you get with `python -m course data import {name} PATH{to}`."
        )
        raise CourseError(sentence, name=name, address=source.address, reason=error, to=to) from error
    finally:
        with contextlib.suppress(OSError):
            waiting.rmdir()  # unless a download waits there to be continued
            root.rmdir()


def _from_kaggle(source: Kaggle) -> Path:
    """The folder with the files of a dataset, which kagglehub keeps in a cache of its own. Raises Unavailable."""
    if not find_spec("kagglehub"):
        raise Unavailable(_("the package kagglehub, `python -m pip install kagglehub`, is not installed"))
    import kagglehub

    try:
        return Path(kagglehub.dataset_download(source.handle))
    except Exception as error:  # of requests, of its own, and of whatever it stands on
        known = {"KaggleApiHTTPError": _("Kaggle refuses"), "UnauthenticatedError": _("Kaggle wants a login")}
        reason = known.get(type(error).__name__, _("no connection, or no such dataset"))
        raise Unavailable(reason) from error
