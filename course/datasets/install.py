"""Put a set that a person has into an edition, whole or not at all.

Usage: ``bring_in("asl_data", [Path("archive.zip")], ROOT / "data-real")``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from course.datasets import editions, reading, sources, vgg16
from course.datasets.importers import IMPORTERS, Report
from course.datasets.sources import Item
from course.datasets.untrusted import Damaged
from course.files import abandoned, locked, replacing, saving, sha256, shown, sync, write_text
from course.messages import CourseError, _

IMPORTABLE = [*IMPORTERS, "vgg16"]
WEIGHTS_LIMIT = 700_000_000
"""Bytes; VGG16's weights have 553 million."""


def refuse_embedded(root: Path) -> None:
    """Raise CourseError where the edition in `root` is the one that came with the course."""
    if reading.came_with_the_course(root):
        sentence = _("{path} came with the course and stays as it is; import into another folder with `--to DIR`.")
        raise CourseError(sentence, path=shown(root))


def bring_in(name: str, paths: list[Path], root: Path) -> int:
    """Put set `name`, found in `paths`, into the edition in `root`, whole or not at all. Returns 0.

    Raises:
        CourseError: nothing was changed, and why.
    """
    if name not in IMPORTABLE:
        sentence = _("“{name}” cannot be imported; these sets can: {names}.")
        raise CourseError(sentence, name=name, names=", ".join(IMPORTABLE))
    refuse_embedded(root)
    try:
        with saving(root / name):
            root.mkdir(parents=True, exist_ok=True)
            editions.put_back(root)
            for left in abandoned(root, editions.SCRATCH):
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix=editions.SCRATCH, dir=root) as staging:
                scratch = Path(staging)
                with sources.opened(paths, scratch / "unpacked") as items:
                    lines = _weights(items) if name == "vgg16" else _set(name, items, root, scratch)
    except Damaged as error:
        sentence = _("{problem}; nothing was imported: repeat the command with a valid copy.")
        raise CourseError(sentence, problem=error) from error
    finally:
        with contextlib.suppress(OSError):
            root.rmdir()  # if it is still empty
    print("\n".join(lines))
    return 0


def _set(name: str, items: list[Item], root: Path, scratch: Path) -> list[str]:
    """Make a set in `scratch`, check it and put it into the edition in `root`. Returns what to tell the person."""
    target = root / reading.SETS[name].folder
    staged = scratch / target.name
    staged.mkdir()
    (scratch / editions.BEFORE).mkdir()
    report = IMPORTERS[name](items, staged)
    try:
        reading.SETS[name].check(staged, lambda path: False)
    except Damaged as error:
        raise Damaged(error.path, "{problem}", problem=str(error).replace(f"{shown(scratch)}/", "")) from error
    with locked(root):  # another import may be putting its set into the same manifest
        _install(staged, target, scratch / editions.BEFORE / target.name, name, report)
    counts = ", ".join(f"{key} {count:,}" for key, count in report.counts.items())
    return [
        _("{name} is now in {path}: {counts}.").format(name=name, path=shown(target), counts=counts),
        *report.notes,
        _("Work with it: `make lab DATA={root}` (or set COURSE_DATA).").format(root=editions.quoted(root)),
    ]


def _weights(items: list[Item]) -> list[str]:
    """Put VGG16's weights where the lessons look for them. Returns what to tell the person."""
    found = [item for item in items if item.where.suffix.lower() in (".h5", ".hdf5")]
    if not found:
        raise CourseError(
            _("What you gave holds no file that ends in .h5; the file is called {file}."), file=vgg16.FILE
        )
    target = vgg16.path()
    with replacing(target) as temporary, found[0].open() as source, temporary.open("wb") as file:
        while block := source.read(1 << 20):
            if file.tell() + len(block) > WEIGHTS_LIMIT:
                raise Damaged(found[0].where, _("{path} is larger than {limit} MB"), limit=WEIGHTS_LIMIT // 10**6)
            file.write(block)
        file.flush()
        vgg16.check(temporary, named=found[0].where)
    return [_("The weights of VGG16 are now in {path}.").format(path=shown(target))]


def _install(staged: Path, target: Path, before: Path, name: str, report: Report) -> None:
    """Put the finished folder in the place of the old one, and what it holds into the edition's manifest.

    If that fails or is interrupted, both are as they were. After a kill in the middle the manifest says nothing of the
    set, which is then judged by its content: the old one, which :func:`editions.put_back` restores, or the new one.
    """
    root, path = target.parent, target.parent / "manifest.json"
    old_text = path.read_text(encoding="utf-8") if path.exists() else None
    old = editions.manifest(root)
    files = {key: entry for key, entry in old.files.items() if not key.startswith(f"{target.name}/")}
    sets = {key: counts for key, counts in old.sets.items() if key != name}
    versions = {key: version for key, version in old.versions.items() if key != name}
    new = {}
    for file in sorted(filter(Path.is_file, staged.rglob("*"))):
        sync(file)
        new[f"{target.name}/{file.relative_to(staged).as_posix()}"] = (sha256(file), file.stat().st_size)
    try:
        if old_text is not None:
            editions.write_manifest(root, replace(old, files=files, sets=sets, versions=versions))
        if target.exists():
            os.replace(target, before)
        os.replace(staged, target)
        sets[name] = report.counts
        editions.write_manifest(root, replace(old, files=files | new, sets=sets, versions=versions))
    except BaseException:
        if not staged.exists():
            os.replace(target, staged)
        if before.exists():
            os.replace(before, target)
        if old_text is None:
            path.unlink(missing_ok=True)
        else:
            write_text(path, old_text)
        raise
