"""What comes of damaged and hostile bytes: each reader of foreign files, valid samples, and what may be said of others.

Usage: ``search("picture", cases=200, seed=1)`` has hypothesis change valid files and raises, with the smallest bytes
found, where a reader does anything but succeed or refuse as documented.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import nbformat
import numpy as np
from edition_files import PHOTOS, picture
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from PIL import Image

from course.datasets import command, editions, image_sets, images, importers, install, reading
from course.datasets.untrusted import Damaged
from course.grading import submission
from course.grading.contract import SubmissionError
from course.messages import CourseError
from course.runner import executor

HERE = Path("given.bin")
INTERESTING = (
    *(b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0"),
    *(b"\n", b'"', b",", b"-1", b"1e999"),
)
VALUES = (
    *(None, True, -1, 0.5, 1e308, float("nan"), 10**30, "", "real", "\0", "../a.csv", "/etc/passwd", "C:\\a", "\ud800"),
    *("a" * 300, ".", "nyt_dataset", [], {}, [[]], {"": {}}, ["a"], {"sha256": "", "bytes": 0}),
)
"""What takes the place of a value, or of a name, in JSON."""
JSON_PARTS = (
    *(b"null", b"[]", b"{}", b'""', b"-1", b"1e400", b"true", b'"\\u0000"', b'"\\ud800"'),
    *(b"9" * 400, b"[" * 3000),
)


@dataclass(frozen=True)
class Target:
    """A reader.

    Attributes:
        read: what is done with the bytes.
        samples: valid files, which it takes.
        refuses: the only errors that it may raise.
        parts: bytes that mean something in such a file.
    """

    read: Callable[[bytes], object]
    samples: tuple[bytes, ...]
    refuses: tuple[type[Exception], ...]
    parts: tuple[bytes, ...] = INTERESTING


def _letters() -> bytes:
    rows = [[label, *np.random.default_rng(label).integers(0, 256, 784).tolist()] for label in (0, 23)]
    return "\n".join([",".join(reading.ASL_COLUMNS), *(",".join(map(str, row)) for row in rows), ""]).encode()


def _npz(pack: Callable[..., None]) -> bytes:
    written = io.BytesIO()
    images, labels = np.zeros((2, 28, 28), np.uint8), np.array([1, 9], np.uint8)
    pack(written, x_train=images, y_train=labels, x_test=images, y_test=labels)
    return written.getvalue()


def _pictures() -> tuple[bytes, ...]:
    exif = Image.Exif()
    exif[274] = 6
    kinds = [("JPEG", {"exif": exif}), ("JPEG", {"mode": "CMYK"}), ("PNG", {"mode": "RGBA"}), ("PNG", {"mode": "P"})]
    kinds += [("BMP", {}), ("GIF", {"mode": "P"}), ("WEBP", {}), ("WEBP", {"lossless": True}), ("TIFF", {})]
    kinds += [("TIFF", {"compression": "tiff_lzw"}), ("JPEG", {"progressive": True}), ("PNG", {"mode": "1"})]
    deep = io.BytesIO()
    Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000).save(deep, "PNG")
    return (*(picture(1, kind, (9, 7), **more) for kind, more in kinds), deep.getvalue())


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, method)
    return written.getvalue()


def _tar(files: dict[str, bytes], mode: str) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


def _notebook() -> bytes:
    cells = [nbformat.v4.new_markdown_cell("# A", id="a"), nbformat.v4.new_code_cell("1", id="seed")]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode()


def _manifest(content: bytes) -> int:
    """Verify an edition whose manifest has these bytes."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        root = Path(folder)
        (root / "manifest.json").write_bytes(content)
        (root / "nyt_dataset" / "articles").mkdir(parents=True)
        (root / "nyt_dataset" / "articles" / "a.csv").write_bytes(HEADLINES)
        return command.verify(root)


def _submitted(content: bytes) -> submission.Submission:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "submission.zip"
        path.write_bytes(content)
        return submission.read(path)


def _archive(ending: str) -> Callable[[bytes], int]:
    def bring(content: bytes) -> int:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = Path(folder) / f"given{ending}"
            path.write_bytes(content)
            return install.bring_in("nyt", [path], Path(folder) / "edition")

    return bring


def _run_notebook(content: bytes) -> None:
    """As the runner reads a notebook and writes the copy; no kernel starts."""

    async def nothing(*_arguments: object) -> None:
        return None

    with tempfile.TemporaryDirectory() as folder, mock.patch.object(executor, "_execute", nothing):
        path = Path(folder) / "given.ipynb"
        path.write_bytes(content)
        outcome = executor.execute(path, executor.Settings(Path(folder), seed=3, out=Path(folder) / "out"), None)
        if outcome.status == "failed":
            raise CourseError(outcome.reason)


HEADLINES = b'headline,byline\nA tram is late,me\n"Two, trams",you\nUnknown,\n'
ENTRY = {"sha256": "0" * 64, "bytes": len(HEADLINES)}
LISTED = {
    "files": {"nyt_dataset/articles/a.csv": ENTRY, "gone/b.csv": ENTRY},
    "sets": {"nyt": {"months": 1, "rows": 3}},
}
MANIFEST = json.dumps({"edition": "real", "version": "1.0", **LISTED}).encode()
RECORD = json.dumps(
    {"name": "A. Learner", "edition": "embedded", "results": {"val_accuracy": 0.9}, "versions": {"keras": "3"}}
).encode()
MEMBERS = {"model.tflite": b"\x20\0\0\0TFL3" + bytes(40), "07_assessment.ipynb": _notebook(), "submission.json": RECORD}
ARTICLES = {"archive/ArticlesApril2017.csv": HEADLINES, "archive/CommentsApril2017.csv": b"a,b\n1,2\n"}
FOREIGN = (Damaged, CourseError)

TARGETS = {
    "asl_csv": Target(lambda content: reading.read_letters(content, HERE), (_letters(),), (Damaged,)),
    "headlines_csv": Target(
        lambda content: reading.read_headlines(content, HERE), (HEADLINES, b"\xef\xbb\xbf" + HEADLINES), (Damaged,)
    ),
    "photos_csv": Target(lambda content: image_sets.read_photos(content, HERE), (PHOTOS.encode(),), (Damaged,)),
    "npz": Target(
        lambda content: reading.read_mnist(content, HERE), (_npz(np.savez), _npz(np.savez_compressed)), (Damaged,)
    ),
    "idx": Target(
        lambda content: importers.read_idx(content, HERE),
        (b"\0\0\x08\x01\0\0\0\x02\x01\x02", b"\0\0\x08\x03\0\0\0\x01\0\0\0\x1c\0\0\0\x1c" + bytes(784)),
        (Damaged,),
    ),
    "picture": Target(lambda content: images.read(content), _pictures(), (images.ImageError,)),
    "manifest": Target(_manifest, (MANIFEST,), (CourseError,), JSON_PARTS),
    "manifest_name": Target(
        lambda content: editions.manifest(_written(content)), (MANIFEST,), (CourseError,), JSON_PARTS
    ),
    "submission": Target(
        _submitted, (_zip(MEMBERS), _zip(MEMBERS, zipfile.ZIP_STORED), MEMBERS["model.tflite"]), (SubmissionError,)
    ),
    "submission_record": Target(
        lambda content: _submitted(_zip({**MEMBERS, "submission.json": content}, zipfile.ZIP_STORED)),
        (RECORD,),
        (SubmissionError,),
        JSON_PARTS,
    ),
    "import_zip": Target(_archive(".zip"), (_zip(ARTICLES), _zip(ARTICLES, zipfile.ZIP_STORED)), FOREIGN),
    "import_tar": Target(_archive(".tar.gz"), (_tar(ARTICLES, "w"), _tar(ARTICLES, "w:gz")), FOREIGN),
    "notebook": Target(_run_notebook, (_notebook(),), (CourseError,), JSON_PARTS),
}
"""The readers by name."""


def _written(content: bytes) -> Path:
    folder = Path(tempfile.gettempdir()) / f"fuzzing-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(content)
    return folder


def count(ends: Counter, target: Target, content: bytes) -> None:
    """Read `content`, and add to `ends` whether it was ``taken`` or ``refused``; raises what a reader may not raise."""
    try:
        target.read(content)
        ends["taken"] += 1
    except target.refuses as refusal:
        ends["refused"] += 1
        if not str(refusal).isprintable():
            raise AssertionError("not one line of text") from refusal


def _changed_json(draw: st.DrawFn, sample: bytes) -> bytes:
    """Valid JSON of another shape: up to three of its values, or their names, are others, or gone."""
    content = json.loads(sample)
    for _change in range(draw(st.integers(1, 3))):
        inside = [([content], 0)]
        for holder, key in inside:  # grows on the way
            value = holder[key]
            if isinstance(value, (dict, list)):
                inside += [(value, each) for each in (value if isinstance(value, dict) else range(len(value)))]
        if len(inside) == 1:
            break
        holder, key = draw(st.sampled_from(inside[1:]))
        value, kind = draw(st.sampled_from(VALUES)), draw(st.sampled_from(("value", "name", "gone")))
        if kind == "name" and isinstance(holder, dict) and isinstance(value, str):
            holder[value] = holder.pop(key)
        elif kind == "gone":
            del holder[key]
        else:
            holder[key] = json.loads(json.dumps(value))  # a copy: it may be changed in turn
    return json.dumps(content).encode()


@st.composite
def changed(draw: st.DrawFn, target: Target) -> bytes:
    """A valid file with up to six changes, now and then any bytes at all."""
    if target.parts is JSON_PARTS and draw(st.booleans()):
        return _changed_json(draw, draw(st.sampled_from(target.samples)))
    content = bytearray(draw(st.sampled_from(target.samples)))
    for _change in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(("bit", "part", "insert", "cut", "end", "repeat", "splice", "bytes")))
        start = draw(st.integers(0, max(len(content) - 1, 0)))
        records = [found.start() for found in re.finditer(rb"PK[\1\3\5][\2\4\6]", content)]
        if records and draw(st.booleans()):  # a field of a zip's headers or of its directory
            start = min(draw(st.sampled_from(records)) + draw(st.integers(4, 46)), len(content) - 1)
        length = draw(st.integers(1, 64))
        if kind == "bit" and content:
            content[start] ^= 1 << draw(st.integers(0, 7))
        elif kind == "part":
            part = draw(st.sampled_from(target.parts))
            content[start : start + len(part)] = part
        elif kind == "insert":
            content[start:start] = draw(st.sampled_from(target.parts))
        elif kind == "cut":
            del content[start : start + length]
        elif kind == "end":
            del content[start:]
        elif kind == "repeat":
            content[start:start] = content[start : start + length]
        elif kind == "splice":
            other = draw(st.sampled_from(target.samples))
            content[start:] = other[draw(st.integers(0, len(other))) :]
        else:
            content[start : start + length] = draw(st.binary(max_size=24))
    return bytes(content)


def search(name: str, cases: int, seed: int) -> Counter:
    """Try `cases` inputs of the target `name`, always the same ones for the same `seed`; how each of them ended.

    Raises:
        Exception: what a reader raised that it may not; hypothesis adds the smallest input that it found.
    """
    target, ends = TARGETS[name], Counter()
    for sample in target.samples:
        count(ends, target, sample)
    assert not ends["refused"], "the samples are valid"

    quiet = {"database": None, "deadline": None, "suppress_health_check": list(HealthCheck)}

    @seeded(seed)
    @settings(max_examples=cases, phases=[Phase.generate, Phase.shrink], **quiet)
    @given(changed(target))
    def one(content: bytes) -> None:
        count(ends, target, content)

    one()
    return ends
