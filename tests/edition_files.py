"""Small pictures, tables and archives of which tests make editions, sound or not."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from course.files import sha256

PHOTOS = (
    "file,animal,door,credit,licence\n"
    "rex.jpg,dog,in,A. Person,CC0\ntom.png,cat,stay,A. Person,CC0\nbear.jpg,bear,out,A. Person,CC BY 4.0\n"
)


def picture(seed: int = 0, kind: str = "JPEG", size: tuple[int, int] = (24, 16), mode: str = "RGB", **more) -> bytes:
    """A picture of random pixels; another `seed`, another picture."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    image = Image.fromarray(pixels, "RGBA").convert(mode)
    written = io.BytesIO()
    image.save(written, kind, **more)
    return written.getvalue()


def classes(splits: tuple[str, ...], names: tuple[str, ...], each: int = 2) -> dict[str, bytes]:
    """Pictures, all different, below ``split/class``."""
    places = [f"{split}/{name}/{number}.jpg" for split in splits for name in names for number in range(each)]
    return {place: picture(seed) for seed, place in enumerate(places)}


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def snapshot(root: Path) -> dict[str, str]:
    """SHA-256 of every file below `root`."""
    return {path.relative_to(root).as_posix(): sha256(path) for path in root.rglob("*") if path.is_file()}


def write_manifest(root: Path, *paths: Path, edition: str = "embedded") -> None:
    files = {p.relative_to(root).as_posix(): {"sha256": sha256(p), "bytes": p.stat().st_size} for p in paths}
    manifest = {"edition": edition, "version": "1.0", "files": files, "sets": {}}
    (root / "manifest.json").write_text(json.dumps(manifest))


def vgg16_weights(path: Path, **changed: list[tuple[int, ...]]) -> Path:
    """An HDF5 file with the layers of VGG16 and no numbers in it, a few kilobytes; `changed` are shapes by layer."""
    import h5py

    from course.datasets import vgg16

    layers = {**vgg16.shapes(), **changed}
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for layer, shapes in layers.items():
            group = file.create_group(layer)
            names = [f"{layer}_{kind}_1:0" for kind in "bW"[: len(shapes)]]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, shape in zip(names, shapes, strict=True):
                group.create_dataset(name, shape, "float32", chunks=shape if min(shape) == 0 else True)
    return path


def crowded_zip(path: Path, entries: int, zip64: bool = False) -> Path:
    """A zip whose directory names `entries` empty files; with `zip64` its last 22 bytes say that it is small."""
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0x21, 0, 0, 0, 1, 0) + b"a"
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0x21, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0)
    directory = b"".join(entry + b"%05x" % number for number in range(entries))
    end, count, size = len(local) + len(directory), min(entries, 0xFFFF), len(directory)
    record = b""
    if zip64:
        record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, len(local))
        record += struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
        count, size = 3, 200
    start = 0xFFFFFFFF if zip64 else len(local)
    record += struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, size, start, 0)
    path.write_bytes(local + directory + record)
    return path
