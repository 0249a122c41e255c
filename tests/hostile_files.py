"""Hostile and broken submissions, each made anew: zips and files here, flatbuffers in `hostile_networks.py`.

Usage: ``for name, make in FILES.items(): make(path, good)``, where `good` is the bytes of a valid flatbuffer; each
leaves something at `path` that must be refused. `HARMLESS` are odd, but to be graded.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from course.grading.contract import MEMBERS, NOTEBOOK
from course.grading.submission import MAX_BYTES

Maker = Callable[[Path, bytes], None]
FILES: dict[str, Maker] = {}
HARMLESS: dict[str, Maker] = {}
RECORD = json.dumps({"name": "Ada", "results": {"test_accuracy": 0.5}}).encode()


def refused(make: Maker) -> Maker:
    """Register a submission that must be refused, by its function's name."""
    FILES[make.__name__] = make
    return make


def harmless(make: Maker) -> Maker:
    """Register a submission that must be graded."""
    HARMLESS[make.__name__] = make
    return make


def members(good: bytes) -> dict[str, bytes]:
    """The members of a valid submission."""
    return {"model.tflite": good, NOTEBOOK: b'{"cells": []}', "submission.json": RECORD}


def zipped(contents: dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED):
    """Bytes of a zip."""
    data = io.BytesIO()
    pairs = contents.items() if isinstance(contents, dict) else contents
    with zipfile.ZipFile(data, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicates
        for name, content in pairs:
            archive.writestr(name, content)
    return data.getvalue()


for _name, _content in {
    "empty": b"",
    "one_byte": b"P",
    "text": b"my network is at home",
    "noise": bytes(i * 97 % 251 for i in range(20_000)),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(1000),
    "numpy_file_of_objects": b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'shape': (1,), }" + bytes(60),
}.items():
    FILES[_name] = lambda path, good, content=_content: path.write_bytes(content)

for _name, _member in {
    "path_that_climbs_out": "../../climbed.txt",
    "path_that_climbs_out_backwards": "..\\..\\climbed.txt",
    "absolute_path": "/tmp/climbed.txt",
    "drive_letter": "C:evil.txt",
    "member_too_many": "run_me.sh",
    "terminal_codes_in_a_name": "\x1b[2Jgone",
}.items():
    FILES[_name] = lambda path, good, member=_member: path.write_bytes(zipped({**members(good), member: b"!"}))


def with_record(record: bytes) -> Maker:
    """A submission that is valid but for its record."""
    return lambda path, good: path.write_bytes(zipped({**members(good), "submission.json": record}))


FILES["record_nested_too_deep"] = with_record(b"[" * 200_000)
FILES["record_not_utf8"] = with_record(b'{"name": "\xff\xfe"}')
HARMLESS["record_that_is_no_mapping"] = with_record(b"[1, 2]")
HARMLESS["record_of_wrong_kinds"] = with_record(
    b'{"name": ["x"], "results": {"a": NaN, "b": 1e999, "c": true, "d": "1"}, "versions": 7, "network": []}'
)
HARMLESS["name_that_is_a_program"] = with_record(
    json.dumps({"name": '=HYPERLINK("http://evil")<script>alert(1)</script>\x1b[2J\u202e[bold]'}).encode()
)
HARMLESS["claims_to_be_perfect"] = with_record(
    json.dumps({"name": "Eve", "results": {"test_accuracy": 1.0}, "score": 1.0, "verdict": "passed"}).encode()
)


class _Bomb:
    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (self.mark,)


@refused
def pickle_that_makes_a_folder(path: Path, good: bytes) -> None:
    path.write_bytes(pickle.dumps(_Bomb(f"{path}.opened")))


@refused
def keras_file(path: Path, good: bytes) -> None:
    path.write_bytes(zipped({"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": b"\x89HDF\r\n"}))


@refused
def a_folder(path: Path, good: bytes) -> None:
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"\x08\x01")


@refused
def saved_model_zip(path: Path, good: bytes) -> None:
    path.write_bytes(zipped({"m/saved_model.pb": b"\x08\x01", "m/variables/variables.index": b""}))


@refused
def link_to_a_good_one(path: Path, good: bytes) -> None:
    target = path.with_name("other.zip")
    target.write_bytes(zipped(members(good)))
    path.symlink_to(target)


@refused
def link_to_a_device(path: Path, good: bytes) -> None:
    path.symlink_to("/dev/zero")


@refused
def named_pipe(path: Path, good: bytes) -> None:
    os.mkfifo(path)


@refused
def larger_than_the_limit(path: Path, good: bytes) -> None:
    with path.open("wb") as file:  # sparse: takes no room
        file.write(b"PK\x03\x04")
        file.truncate(MAX_BYTES + 1)


@refused
def link_inside(path: Path, good: bytes) -> None:
    link = zipfile.ZipInfo("submission.json")
    link.external_attr = 0o120777 << 16
    path.write_bytes(zipped([*list(members(good).items())[:2], (link, b"/etc/passwd")]))


@refused
def member_twice(path: Path, good: bytes) -> None:
    path.write_bytes(zipped([*members(good).items(), ("model.tflite", b"another")]))


@refused
def thousands_of_members(path: Path, good: bytes) -> None:
    path.write_bytes(zipped([(f"{i}.txt", b"") for i in range(20_000)]))


@refused
def directory_larger_than_it_says(path: Path, good: bytes) -> None:
    data = bytearray(zipped([(f"{i}.txt", b"") for i in range(5_000)]))
    struct.pack_into("<2H", data, len(data) - 14, 3, 3)  # “three entries”
    path.write_bytes(data)


def with_directory(data: bytes, directory: bytes, after: bytes = b"", more: bytes = b"") -> bytes:
    """A zip with `more` behind its members, another directory, and something between that and its end."""
    *counts, _size, start, comment = struct.unpack("<4s4H2LH", data[-22:])
    end = struct.pack("<4s4H2LH", *counts, len(directory), start + len(more), comment)
    return data[:start] + more + directory + after + end


def directory_of(data: bytes) -> bytes:
    """The directory of a zip."""
    return data[struct.unpack("<L", data[-6:-2])[0] : -22]


@refused
def zip64_directory(path: Path, good: bytes) -> None:
    data = bytearray(zipped(members(good)))
    struct.pack_into("<L", data, len(data) - 10, 0xFFFFFFFF)
    path.write_bytes(data)


@refused
def zip64_record_of_a_million_members(path: Path, good: bytes) -> None:
    """The last 22 bytes speak of three members; the record before them, which zip readers prefer, of a million."""
    data = zipped({"a": b""})
    start, entry, count = len(data) - 22 - len(directory_of(data)), directory_of(data), 1_000_000
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, count * len(entry), start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, start + count * len(entry), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, 141, start, 0)
    path.write_bytes(data[:start] + entry * count + record + locator + end)


@refused
def zip64_record_that_says_the_same(path: Path, good: bytes) -> None:
    data = zipped(members(good))
    directory = directory_of(data)
    start = len(data) - 22 - len(directory)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 3, 3, len(directory), start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, start + len(directory), 1)
    path.write_bytes(with_directory(data, directory, record + locator))


@refused
def second_network_for_readers_of_local_headers(path: Path, good: bytes) -> None:
    data, other = zipped(members(good)), zipped({"model.tflite": b"\x1c\0\0\0TFL3 another"})
    path.write_bytes(with_directory(data, directory_of(data), more=other[: other.index(b"PK\1\2")]))


@refused
def second_network_in_front(path: Path, good: bytes) -> None:
    """Three members, of which the directory knows the last three, behind one that it does not name."""
    data = zipped([("model.tflite", b"another"), *members(good).items()])
    first = zipped({"model.tflite": b"another"})
    directory = directory_of(data)[len(directory_of(first)) :]
    data = with_directory(data, directory)
    path.write_bytes(data[:-14] + struct.pack("<2H", 3, 3) + data[-10:])


@refused
def something_between_directory_and_end(path: Path, good: bytes) -> None:
    data = zipped(members(good))
    path.write_bytes(with_directory(data, directory_of(data), after=b"hidden"))


@refused
def local_header_of_another_size(path: Path, good: bytes) -> None:
    data = bytearray(zipped(members(good)))
    struct.pack_into("<L", data, 22, len(good) - 1)
    path.write_bytes(data)


@refused
def another_name_in_an_extra_field(path: Path, good: bytes) -> None:
    """For Info-ZIP's unzip, the notebook is the network (extra field 0x7075)."""
    pairs = []
    for name, content in members(good).items():
        shown = {"model.tflite": "submission.txt", NOTEBOOK: "model.tflite"}.get(name)
        member = zipfile.ZipInfo(name)
        if shown:
            field = struct.pack("<BL", 1, zlib.crc32(name.encode())) + shown.encode()
            member.extra = struct.pack("<2H", 0x7075, len(field)) + field
        pairs.append((member, content))
    path.write_bytes(zipped(pairs))


@refused
def second_network_for_readers_that_stream(path: Path, good: bytes) -> None:
    """Behind the packed network lies what ends it for a reader from the beginning, and then another network."""

    def deflated(content: bytes) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(content) + packer.flush()

    body, directory = b"", b""
    for name, content in members(good).items():
        packed, flags = deflated(content), 0
        if name == "model.tflite":
            other, flags = deflated(b"another"), 8
            packed += struct.pack("<4s3L", b"PK\7\x08", zlib.crc32(content), len(packed), len(content))
            sizes = (zlib.crc32(b"another"), len(other), 7)
            packed += struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, len(name), 0) + name.encode() + other
        about = (20, flags, 8, 0, 0, zlib.crc32(content), len(packed), len(content), len(name), 0)
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *about, 0, 0, 0, 0, len(body)) + name.encode()
        body += struct.pack("<4s5H3L2H", b"PK\3\4", *about) + name.encode() + packed
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(directory), len(body), 0)
    path.write_bytes(body + directory + end)


@refused
def bytes_behind_a_packed_member(path: Path, good: bytes) -> None:
    """Without the flag that makes a reader look for them."""
    second_network_for_readers_that_stream(path, good)
    data = bytearray(path.read_bytes())
    data[6] = data[data.index(b"PK\1\2") + 8] = 0
    path.write_bytes(data)


@refused
def name_that_goes_on_behind_a_null(path: Path, good: bytes) -> None:
    contents = {name: content for name, content in members(good).items() if name != "submission.json"}
    path.write_bytes(zipped({**contents, "submission.json_x": RECORD}).replace(b"json_x", b"json\0x"))


@refused
def directory_of_three_that_says_one(path: Path, good: bytes) -> None:
    data = bytearray(zipped(members(good)))
    struct.pack_into("<2H", data, len(data) - 14, 1, 1)
    path.write_bytes(data)


@refused
def bomb(path: Path, good: bytes) -> None:
    path.write_bytes(zipped({**members(good), "model.tflite": bytes(MEMBERS["model.tflite"] + 1)}))


@refused
def bomb_that_lies_about_its_size(path: Path, good: bytes) -> None:
    content = bytes(4 * MEMBERS["submission.json"])
    data = zipped({**members(good), "submission.json": content})
    path.write_bytes(data.replace(struct.pack("<L", len(content)), struct.pack("<L", 40)))


@refused
def member_missing(path: Path, good: bytes) -> None:
    path.write_bytes(zipped({"model.tflite": good}))


@refused
def encrypted(path: Path, good: bytes) -> None:
    data = bytearray(zipped(members(good)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := data.find(mark, start)) >= 0:
            data[start + offset] |= 1
            start += 4
    path.write_bytes(data)


@refused
def packed_with_lzma(path: Path, good: bytes) -> None:
    path.write_bytes(zipped(members(good), zipfile.ZIP_LZMA))


@refused
def zip_cut_off(path: Path, good: bytes) -> None:
    data = zipped(members(good))
    path.write_bytes(data[: len(data) // 2])


@refused
def zip_with_something_behind(path: Path, good: bytes) -> None:
    path.write_bytes(zipped(members(good)) + b"trailing")


@refused
def zip_with_something_in_front(path: Path, good: bytes) -> None:
    path.write_bytes(b"#!/bin/sh\n" + zipped(members(good)))


@refused
def packed_bytes_damaged(path: Path, good: bytes) -> None:
    data = bytearray(zipped(members(good)))
    for place in range(200, 240):
        data[place] ^= 0xFF
    path.write_bytes(data)


@refused
def two_names_for_one_member(path: Path, good: bytes) -> None:
    """The local header names another member than the directory does."""
    data = bytearray(zipped(members(good)))
    start = data.find(b"submission.json")
    data[start : start + 15] = b"submission.exe."
    path.write_bytes(data)


@refused
def pickle_named_model(path: Path, good: bytes) -> None:
    path.write_bytes(zipped({**members(good), "model.tflite": pickle.dumps(_Bomb(f"{path}.opened"))}))


@harmless
def bare_flatbuffer(path: Path, good: bytes) -> None:
    path.write_bytes(good)


@harmless
def valid(path: Path, good: bytes) -> None:
    path.write_bytes(zipped(members(good)))


@harmless
def notebook_of_rubbish(path: Path, good: bytes) -> None:
    path.write_bytes(zipped({**members(good), NOTEBOOK: bytes(100_000)}))
