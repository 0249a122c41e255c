"""Open what a learner submitted, without believing anything in it.

Usage: ``given = read(path)``. A zip has to be laid out exactly as ``run_assessment`` writes it: three members with
known names, one after the other, then the directory, and nothing before, between or behind them. The last bytes are
judged before the directory is read, nothing is unpacked to the disk, and each member is read up to its limit, whatever
the zip says about its size. A bare ``.tflite`` is taken too.
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

from course.files import printable
from course.grading import rounds
from course.grading.contract import FORMAT, MEMBERS, MODEL, NOTEBOOK, RECORD, SubmissionError
from course.messages import _

MAX_BYTES = sum(MEMBERS.values())
"""Largest file that is looked at."""
MAX_DIRECTORY = 4096
"""Most bytes of a zip's directory; that of three members takes about 200."""
MAX_NAME = 100
"""Most characters of a learner's name that are kept."""
MAX_ANSWER = 2000
"""The same of an answer in words."""

_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_FLAGS = 0x806
"""Bits of a member that change nothing for a reader: how hard it was packed, and that its name is UTF-8."""
_LINK = 0o120000
_OPENING = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
"""Never through a link, never waiting for a pipe's other end, where the system can promise that."""


@dataclass(frozen=True)
class Submission:
    """What was submitted.

    Attributes:
        model: the flatbuffer; trusted in nothing.
        sha256: of the file as submitted, hexadecimal.
        name: the learner's, as the submission claims, else ''; any characters, but printable and at most 100.
        edition: of the data that it says it was trained on, else ''.
        results: figures that the submission claims, by name.
        versions: of the software it says it was made with.
        network: what the submission says about the network's parts, by name.
        format: of its record; 1 in the first edition.
        rounds: its log; empty in the first edition, as are the next two.
        answers: to the questions in words.
        rotten_threshold: probability above which a fruit is thrown away; None where there is none.
    """

    model: bytes
    sha256: str
    name: str = ""
    edition: str = ""
    results: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    network: dict[str, float] = field(default_factory=dict)
    format: int = 1
    rounds: tuple[rounds.Round, ...] = ()
    answers: tuple[str, ...] = ()
    rotten_threshold: float | None = None


def read(path: Path) -> Submission:
    """Open the submission at `path`.

    Raises:
        SubmissionError: it is anything else, damaged, or too large.
    """
    data = _contents(Path(path))
    digest = hashlib.sha256(data).hexdigest()
    if data[4:8] == b"TFL3":
        if len(data) > MEMBERS[MODEL]:
            raise SubmissionError(_too_large(MODEL))
        return Submission(data, digest)
    if not data.startswith(b"PK\x03\x04"):
        raise SubmissionError(_kind(data, Path(path).name))
    members = _unpack(data)
    return Submission(members[MODEL], digest, **_record(members[RECORD]))


def _contents(path: Path) -> bytes:
    """Bytes of a regular file that is no link; raises SubmissionError."""
    try:
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            raise SubmissionError(_("it is a folder"))
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(_("it is a link or no file at all"))
        with os.fdopen(os.open(path, _OPENING), "rb") as file:  # what was no link before may be one by now
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise SubmissionError(_("it has more than {limit} MB").format(limit=MAX_BYTES // 2**20))
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = _("it cannot be read ({reason})").format(reason=error.strerror)
        raise SubmissionError(reason, _("check the path")) from error
    if not data:
        raise SubmissionError(_("it is empty (0 bytes)"))
    return data


def _kind(data: bytes, name: str) -> str:
    """What a file is that is neither a zip nor a flatbuffer."""
    if name in ("saved_model.pb", "keras_metadata.pb"):
        return _("it is a SavedModel, which is a program")
    if data.startswith(b"\x89HDF\r\n"):
        return _("it is an HDF5 file of Keras, which can hold a program and is never loaded")
    if data.startswith(b"\x80") and data[1:2] in b"\x00\x01\x02\x03\x04\x05":
        return _("it is a pickle, which is a program and is never loaded")
    return _("it is neither a submission nor a LiteRT flatbuffer")


def _unpack(data: bytes) -> dict[str, bytes]:
    """The three members of a zip, by name; raises SubmissionError."""
    start, entries = _directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                _judge_member(member)
            names = [member.filename for member in archive.infolist()]
            if len(set(names)) != len(names):
                raise SubmissionError(_("the zip holds a member twice"))
            missing = [name for name in MEMBERS if name not in names]
            if missing:
                raise SubmissionError(_("the zip lacks {name}").format(name=missing[0]))
            return _contiguous(data, archive.infolist(), start, entries)
    except SubmissionError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, ValueError, OSError, EOFError) as error:
        raise SubmissionError(_("the zip is damaged or cut off")) from error


def _directory(data: bytes) -> tuple[int, int]:
    """Where a zip's directory begins and how many entries it says it has, from its last 22 bytes: it can be huge."""
    if len(data) < _END.size:
        raise SubmissionError(_("the zip is damaged or cut off"))
    mark, disk, disk_of_directory, entries_here, entries, size, start, comment = _END.unpack(data[-_END.size :])
    if mark != b"PK\x05\x06":
        raise SubmissionError(_("the zip is cut off, or something follows it"))
    zip64 = data[-_END.size - 20 :][:4] == b"PK\x06\x07"  # another directory, of any size, that would be read instead
    if disk or disk_of_directory or entries != entries_here or comment or size == 0xFFFFFFFF or zip64:
        raise SubmissionError(_("the zip is of an unusual kind"))
    if entries > 50 or size > MAX_DIRECTORY:
        raise SubmissionError(_("the zip holds {count} members in place of three").format(count=entries))
    if start + size != len(data) - _END.size:
        raise SubmissionError(_("the zip is damaged or cut off"))
    return start, entries


def _contiguous(data: bytes, members: list[zipfile.ZipInfo], end: int, count: int) -> dict[str, bytes]:
    """The contents of `members`, which fill the zip from its first byte to its directory.

    Each has to say of itself what the directory says, and in no other way: extra fields can give it another name, and
    what follows its packed bytes could be a member for whoever reads the zip from its beginning.
    """
    contents, place = {}, 0
    hidden = SubmissionError(_("the zip holds more than its directory says"))
    for member in sorted(members, key=lambda one: one.header_offset):
        start = place + _LOCAL.size + len(member.orig_filename)
        if member.header_offset != place or start + member.compress_size > end:
            raise hidden
        mark, _version, flags, method, _time, _date, *sizes, name, extra = _LOCAL.unpack_from(data, place)
        said = (name, data[place + _LOCAL.size : start], flags, method, *sizes)
        known = (len(member.orig_filename), member.orig_filename.encode(), member.flag_bits, member.compress_type,
                 member.CRC, member.compress_size, member.file_size)  # fmt: skip
        if mark != b"PK\x03\x04" or said != known or extra or member.extra or flags & ~_FLAGS:
            raise hidden
        place = start + member.compress_size
        contents[member.filename] = _unpacked(member, data[start:place])
    if place != end or len(members) != count:
        raise hidden
    return contents


def _unpacked(member: zipfile.ZipInfo, packed: bytes) -> bytes:
    """The bytes of one member; what its header says about its size is not relied on."""
    limit = MEMBERS[member.filename]
    if member.compress_type == zipfile.ZIP_DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        unpacked = unpacker.decompress(packed, limit + 1)
        complete = unpacker.eof and not unpacker.unused_data
    else:
        unpacked, complete = packed, True
    if len(unpacked) > limit:
        raise SubmissionError(_too_large(member.filename))
    if not complete or len(unpacked) != member.file_size or zlib.crc32(unpacked) != member.CRC:
        raise zipfile.BadZipFile
    return unpacked


def _judge_member(member: zipfile.ZipInfo) -> None:
    name = member.orig_filename
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name[1:2] == ":":
        raise SubmissionError(_("the zip holds a path that leads out of it"))
    if member.external_attr >> 16 & 0o170000 == _LINK:
        raise SubmissionError(_("the zip holds a link"))
    if name.endswith(("saved_model.pb", "keras_metadata.pb")):
        raise SubmissionError(_("it is a SavedModel, which is a program"))
    if name in ("config.json", "metadata.json", "model.weights.h5"):
        raise SubmissionError(_("it is a Keras file, which can hold a program and is never loaded"))
    if name not in MEMBERS:
        text = _("the zip holds something that does not belong there ({name})")
        raise SubmissionError(text.format(name=printable(name[:200])))
    if member.flag_bits & 0x1:
        raise SubmissionError(_("the zip is encrypted"))
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SubmissionError(_("the zip is packed in an unusual way"))
    if member.file_size > MEMBERS[name]:
        raise SubmissionError(_too_large(name))


def _too_large(name: str) -> str:
    advice = _("{name} has more than {limit} MB unpacked")
    if name == NOTEBOOK:
        advice = _("{name} has more than {limit} MB unpacked: clear its outputs")
    return advice.format(name=name, limit=max(MEMBERS[name] >> 20, 1))


def _record(data: bytes) -> dict[str, Any]:
    """What ``submission.json`` claims, as far as it is of the right kind; raises SubmissionError if it is no JSON."""
    try:
        record = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise SubmissionError(_("{name} is damaged").format(name=RECORD)) from error
    return claims(record)


def claims(record: Any) -> dict[str, Any]:
    """What the content of a ``submission.json`` claims, as far as it is of the right kind."""
    record = record if isinstance(record, dict) else {}
    return {
        "name": _text(record.get("name")),
        "edition": _text(record.get("edition")),
        "results": _figures(record.get("results")),
        "versions": {
            _text(key)[:40]: _text(value)[:40]
            for key, value in list(_mapping(record.get("versions")).items())[:10]
            if isinstance(value, str)
        },
        "network": _figures(record.get("network")),
        **_second_edition(record),
    }


def _second_edition(record: dict[str, Any]) -> dict[str, Any]:
    """What a record of format 2 claims besides; nothing of one without a format."""
    if record.get("format") != FORMAT:
        return {}
    threshold = _figures({"": record.get("rotten_threshold")}).get("")
    answers = record.get("answers")
    answers = (
        [" ".join(one.split()) for one in answers[:2] if isinstance(one, str)] if isinstance(answers, list) else []
    )
    return {
        "format": FORMAT,
        "rounds": rounds.read(record.get("rounds")),
        "answers": tuple(_text(one, MAX_ANSWER) for one in answers),
        "rotten_threshold": threshold if threshold is not None and 0 < threshold < 1 else None,
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, most: int = MAX_NAME) -> str:
    return printable(value[:most]).strip() if isinstance(value, str) else ""


def _figures(value: Any) -> dict[str, float]:
    """Finite numbers by name, at most twenty; no bool."""
    figures: dict[str, float] = {}
    for key, number in list(_mapping(value).items())[:20]:
        if isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) < 1e15:  # NaN is not
            figures[_text(key)[:40]] = float(number)
    return figures
