"""Open what a learner handed in, without believing anything in it.

Usage: ``handin = read(path)``. A zip has to be just what ``run_assessment`` writes: three members with known names. Its
directory is judged by its last bytes before it is read; nothing is unpacked to the disk; each member is read up to its
limit, whatever the zip says its size is. A bare ``.tflite`` is taken too.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.grading.contract import MEMBERS, MODEL, NOTEBOOK, RECORD, Refused
from course.messages import _

MAX_BYTES = sum(MEMBERS.values())
"""Largest file that is looked at."""
MAX_DIRECTORY = 4096
"""Most bytes of a zip's directory; that of three members takes about 200."""
MAX_NAME = 100
"""Most characters of a learner's name that are kept."""

_END = struct.Struct("<4s4H2LH")
_LINK = 0o120000
_OPENING = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
"""Never through a link, never waiting for a pipe's other end, where the system can promise that."""


@dataclass(frozen=True)
class HandIn:
    """What was handed in.

    Attributes:
        model: the flatbuffer; trusted in nothing.
        sha256: of the file as handed in, hexadecimal.
        name: the learner's, as the hand-in claims, else ''; any characters, but printable and at most 100.
        edition: of the data that it says it was trained on, else ''.
        results: figures that the hand-in claims, by name.
        versions: of the software it says it was made with.
        network: what the hand-in says about the network's parts, by name.
    """

    model: bytes
    sha256: str
    name: str = ""
    edition: str = ""
    results: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    network: dict[str, float] = field(default_factory=dict)


def read(path: Path) -> HandIn:
    """Open the hand-in at `path`.

    Raises:
        Refused: it is anything else, damaged, or too large.
    """
    data = _contents(Path(path))
    digest = hashlib.sha256(data).hexdigest()
    if data[4:8] == b"TFL3":
        if len(data) > MEMBERS[MODEL]:
            raise Refused(_too_large(MODEL))
        return HandIn(data, digest)
    if not data.startswith(b"PK\x03\x04"):
        raise Refused(_kind(data))
    members = _unpack(data)
    return HandIn(members[MODEL], digest, **_record(members[RECORD]))


def _contents(path: Path) -> bytes:
    """Bytes of a regular file, no link; raises Refused."""
    try:
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            model = (path / "saved_model.pb").exists() or (path / "keras_metadata.pb").exists()
            raise Refused(_("it is a SavedModel, which is a program") if model else _("it is a folder"))
        if not stat.S_ISREG(status.st_mode):
            raise Refused(_("it is a link or no file at all"))
        with os.fdopen(os.open(path, _OPENING), "rb") as file:  # what was no link before may be one by now
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise Refused(_("it has more than {limit} MB").format(limit=MAX_BYTES // 2**20))
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused(_("it cannot be read ({reason})").format(reason=error.strerror), _("check the path")) from error
    if not data:
        raise Refused(_("it is empty (0 bytes)"))
    return data


def _kind(data: bytes) -> str:
    """What a file is that is neither a zip nor a flatbuffer."""
    if data.startswith(b"\x89HDF\r\n"):
        return _("it is an HDF5 file of Keras, which can hold a program and is never loaded")
    if data.startswith(b"\x80") and data[1:2] in b"\x00\x01\x02\x03\x04\x05":
        return _("it is a pickle, which is a program and is never loaded")
    return _("it is neither a hand-in nor a LiteRT flatbuffer")


def _unpack(data: bytes) -> dict[str, bytes]:
    """The three members of a zip, by name; raises Refused."""
    _judge_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                _judge_member(member)
            names = [member.filename for member in archive.infolist()]
            if len(set(names)) != len(names):
                raise Refused(_("the zip holds a member twice"))
            missing = [name for name in MEMBERS if name not in names]
            if missing:
                raise Refused(_("the zip lacks {name}").format(name=missing[0]))
            return {name: _member(archive, name, limit) for name, limit in MEMBERS.items()}
    except Refused:
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise Refused(_("the zip is damaged or cut off")) from error


def _judge_directory(data: bytes) -> None:
    """Refuse a zip by its last 22 bytes, before its directory, which may have millions of entries, is read."""
    if len(data) < _END.size:
        raise Refused(_("the zip is damaged or cut off"))
    mark, disk, disk_of_directory, entries_here, entries, size, _offset, comment = _END.unpack(data[-_END.size :])
    if mark != b"PK\x05\x06":
        raise Refused(_("the zip is cut off, or something follows it"))
    if disk or disk_of_directory or entries != entries_here or comment or size == 0xFFFFFFFF:
        raise Refused(_("the zip is of an unusual kind"))
    if entries > 50 or size > MAX_DIRECTORY:
        raise Refused(_("the zip holds {count} members in place of three").format(count=entries))


def _judge_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name[1:2] == ":":
        raise Refused(_("the zip holds a path that leads out of it"))
    if member.external_attr >> 16 & 0o170000 == _LINK:
        raise Refused(_("the zip holds a link"))
    if name.endswith(("saved_model.pb", "keras_metadata.pb")):
        raise Refused(_("it is a SavedModel, which is a program"))
    if name in ("config.json", "metadata.json", "model.weights.h5"):
        raise Refused(_("it is a Keras file, which can hold a program and is never loaded"))
    if name not in MEMBERS:
        raise Refused(_("the zip holds something that does not belong there ({name})").format(name=printable(name)))
    if member.flag_bits & 0x1:
        raise Refused(_("the zip is encrypted"))
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(_("the zip is packed in an unusual way"))
    if member.file_size > MEMBERS[name]:
        raise Refused(_too_large(name))


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One member; what its header says about its size is not relied on."""
    with archive.open(name) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Refused(_too_large(name))
    return data


def _too_large(name: str) -> str:
    advice = _("{name} has more than {limit} MB unpacked")
    if name == NOTEBOOK:
        advice = _("{name} has more than {limit} MB unpacked: clear its outputs")
    return advice.format(name=name, limit=max(MEMBERS[name] >> 20, 1))


def _record(data: bytes) -> dict[str, Any]:
    """What ``submission.json`` claims, as far as it is of the right kind; raises Refused where it is no JSON."""
    try:
        record = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused(_("{name} is damaged").format(name=RECORD)) from error
    record = record if isinstance(record, dict) else {}
    return {
        "name": _text(record.get("name")),
        "edition": _text(record.get("edition")),
        "results": _figures(record.get("results")),
        "versions": {
            printable(key)[:40]: _text(value)[:40]
            for key, value in list(_mapping(record.get("versions")).items())[:10]
            if isinstance(value, str)
        },
        "network": _figures(record.get("network")),
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return printable(value)[:MAX_NAME].strip() if isinstance(value, str) else ""


def _figures(value: Any) -> dict[str, float]:
    """Finite numbers by name, at most twenty; no bool."""
    figures: dict[str, float] = {}
    for key, number in list(_mapping(value).items())[:20]:
        if isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) < 1e15:  # NaN is not
            figures[printable(key)[:40]] = float(number)
    return figures


def printable(text: str) -> str:
    """`text` without what controls a terminal or turns the direction of writing; at most 200 characters."""
    return "".join(letter if letter.isprintable() else "·" for letter in text[:200])
