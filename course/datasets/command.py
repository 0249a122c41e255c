"""``python -m course data``: check an edition of the data, bring in what a person has, download what is public.

Usage: ``python -m course data verify``, ``python -m course data import asl_data ~/Downloads/archive.zip``,
``python -m course data get mnist``. ``course.datasets.importers`` and ``course.datasets.data_get`` do the work of the
latter two. Only the standard library is imported at the top: the command line lists its arguments before anything is
installed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from course.datasets import editions
from course.datasets.untrusted import Damaged
from course.environment import setup
from course.files import abandoned, exchanged, locked, replacing, saving, sha256, shown, sync, write_json, write_text
from course.messages import CourseError, _
from course.paths import ROOT, data_dir

if TYPE_CHECKING:
    from course.datasets.importers import Report
    from course.datasets.sources import Item

SETS = "mnist, asl_data, asl_images, doggy_door, bo, nyt, fruits, vgg16"
SCRATCH = ".import-"
"""What the name of a folder begins with in which an import is made ready."""
WEIGHTS_LIMIT = 700_000_000
"""Bytes; VGG16's weights have 553 million."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands of ``data`` and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help=_("check every file of an edition"))
    verify.add_argument("--edition", metavar="DIR", help=_("the edition's folder (default: the one in use)"))
    bring = actions.add_parser("import", help=_("turn a dataset that you have into a set of the course"))
    bring.add_argument("set", metavar="SET", help=SETS)
    paths = _("a folder, a zip or tar.gz, or the files themselves")
    bring.add_argument("path", metavar="PATH", nargs="+", type=Path, help=paths)
    get = actions.add_parser("get", help=_("download sets that have a public address; without SET: list them"))
    get.add_argument("set", metavar="SET", nargs="*", help="mnist, asl_data, nyt, fruits, vgg16")
    for action in (bring, get):
        action.add_argument(
            "--to", metavar="DIR", default="data-real", help=_("the edition to add it to (default: data-real)")
        )


def main(args: argparse.Namespace) -> int:
    """Run the sub-command; returns the exit code, 1 where `verify` found something.

    Raises:
        CourseError: an import was refused; the edition is as it was.
    """
    setup.ensure_inside(args, ("numpy", "PIL", "pooch") if args.action == "get" else ("numpy", "PIL"))
    if args.action == "verify":
        return verify(ROOT / args.edition if args.edition else data_dir())
    if args.action == "get":
        from course.datasets.data_get import get

        return get(args.set, ROOT / args.to)
    return bring_in(args.set, args.path, ROOT / args.to)


def verify(root: Path) -> int:
    """Print a line for each set of the edition in `root` and for each bad file; 0 if all is well, else 1."""
    from course.datasets import reading  # needs numpy

    manifest = editions.manifest(root)
    bad = {name: problem for name, entry in manifest.files.items() if (problem := _problem(root, name, *entry))}
    for problem in bad.values():
        print(f"[FAIL] {problem}")
    sound = True
    here = {name: dataset.folder for name, dataset in reading.SETS.items() if os.path.isdir(root / dataset.folder)}
    for name, folder in here.items():
        if any(file.startswith(f"{folder}/") for file in bad):
            continue
        try:
            reading.validate(root, name)
            counts = ", ".join(f"{split} {count:,}" for split, count in manifest.sets.get(name, {}).items())
            print(f"[OK]   {name}" + (f": {counts}" if counts else ""))
        except CourseError as error:
            sound = False
            print(f"[FAIL] {error}")
    if not here and not bad:
        raise CourseError(
            _("{path} holds none of the sets {sets}; name the folder of an edition with `--edition DIR`.").format(
                path=shown(root), sets=", ".join(reading.SETS)
            )
        )
    return 0 if sound and not bad else 1


def _problem(root: Path, name: str, digest: str, size: int) -> str:
    """What is wrong with a file of the manifest and how to restore it, as a sentence; empty if it is as promised."""
    from course.datasets import reading

    path = root / name
    try:
        if path.stat().st_size == size and sha256(path) == digest:
            return ""
        sentence = _("{path} is not the file that came with the course; {mend}.")
        if not reading.came_with_the_course(root):
            sentence = _("{path} is not the file that was imported; {mend}.")
    except FileNotFoundError:
        sentence = _("{path} is missing; {mend}.")
    except OSError:
        sentence = _("{path} cannot be read; {mend}.")
    mend = editions.how_to_restore(path)
    if not reading.came_with_the_course(root):
        folders = {dataset.folder: set_name for set_name, dataset in reading.SETS.items()}
        mend = reading.how_to_import(root, folders.get(name.split("/")[0], name))
    return sentence.format(path=shown(path), mend=mend)


def importable() -> list[str]:
    """Names of what can be imported."""
    from course.datasets.importers import IMPORTERS

    return [*IMPORTERS, "vgg16"]


def refuse_embedded(root: Path) -> None:
    """Raise CourseError where the edition in `root` is the one that came with the course."""
    from course.datasets import reading

    if reading.came_with_the_course(root):
        raise CourseError(
            _("{path} came with the course and stays as it is; import into another folder with `--to DIR`.").format(
                path=shown(root)
            )
        )


def bring_in(name: str, paths: list[Path], root: Path) -> int:
    """Put set `name`, found in `paths`, into the edition in `root`, whole or not at all. Returns 0.

    Raises:
        CourseError: nothing was changed, and why.
    """
    from course.datasets import sources

    if name not in importable():
        names = ", ".join(importable())
        raise CourseError(_("“{name}” cannot be imported; these sets can: {names}.").format(name=name, names=names))
    refuse_embedded(root)
    try:
        with saving(root / name):
            root.mkdir(parents=True, exist_ok=True)
            for left in abandoned(root, SCRATCH):
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=root) as staging:
                scratch = Path(staging)
                with sources.opened(paths, scratch / "unpacked") as items:
                    lines = _weights(items) if name == "vgg16" else _set(name, items, root, scratch)
    except Damaged as error:
        raise CourseError(
            _("{problem}; nothing was imported: repeat the command with a sound copy.").format(problem=error)
        ) from error
    finally:
        with contextlib.suppress(OSError):
            root.rmdir()  # where it is still empty
    print("\n".join(lines))
    return 0


def _set(name: str, items: list[Item], root: Path, scratch: Path) -> list[str]:
    """Make a set in `scratch`, check it and put it into the edition in `root`. Returns what to tell the person."""
    from course.datasets import reading
    from course.datasets.importers import IMPORTERS

    target = root / reading.SETS[name].folder
    staged = scratch / target.name
    staged.mkdir()
    report = IMPORTERS[name](items, staged)
    try:
        reading.SETS[name].check(staged, lambda path: False)
    except Damaged as error:
        raise Damaged(error.path, str(error).replace(f"{shown(scratch)}/", "")) from error
    with locked(root):  # another import may be putting its set into the same manifest
        _install(staged, target, scratch / "before", name, report)
    counts = ", ".join(f"{key} {count:,}" for key, count in report.counts.items())
    return [
        _("{name} is now in {path}: {counts}.").format(name=name, path=shown(target), counts=counts),
        *report.notes,
        _("Work with it: `make lab DATA={root}` (or set COURSE_DATA).").format(root=editions.quoted(root)),
    ]


def _weights(items: list[Item]) -> list[str]:
    """Put VGG16's weights where the lessons look for them. Returns what to tell the person."""
    from course.datasets import vgg16

    found = [item for item in items if item.where.suffix.lower() in (".h5", ".hdf5")]
    if not found:
        raise CourseError(_("What you gave holds no file that ends in .h5; {file} is it.").format(file=vgg16.FILE))
    target = vgg16.path()
    with replacing(target) as temporary, found[0].open() as source, temporary.open("wb") as file:
        while block := source.read(1 << 20):
            if file.tell() + len(block) > WEIGHTS_LIMIT:
                sentence = _("{path} is larger than {limit} MB")
                path = found[0].where
                raise Damaged(path, sentence.format(path=shown(path), limit=WEIGHTS_LIMIT // 10**6))
            file.write(block)
        file.flush()
        vgg16.check(temporary, named=found[0].where)
    return [_("The weights of VGG16 are now in {path}.").format(path=shown(target))]


def _install(staged: Path, target: Path, before: Path, name: str, report: Report) -> None:
    """Put the finished folder in the place of the old one, and what it holds into the edition's manifest.

    If that fails or is interrupted, both are as they were. Killed in the middle, the manifest says nothing of the set,
    which is then judged by what is in it: the old one or the new one. Where two folders cannot change places in one
    step (not on Linux), a kill between two renamings leaves neither in its place.
    """
    root, path = target.parent, target.parent / "manifest.json"
    said = path.read_text(encoding="utf-8") if path.exists() else None
    manifest = asdict(editions.manifest(root))
    files = {key: entry for key, entry in manifest["files"].items() if not key.startswith(f"{target.name}/")}
    sets = {key: counts for key, counts in manifest["sets"].items() if key != name}
    new = {}
    for file in sorted(filter(Path.is_file, staged.rglob("*"))):
        sync(file)
        new[f"{target.name}/{file.relative_to(staged).as_posix()}"] = (sha256(file), file.stat().st_size)
    swapped = False
    try:
        if said is not None:
            _write_manifest(path, {**manifest, "files": files, "sets": sets})
        swapped = target.exists() and exchanged(staged, target)
        if not swapped:
            if target.exists():
                os.replace(target, before)
            os.replace(staged, target)
        _write_manifest(path, {**manifest, "files": files | new, "sets": {**sets, name: report.counts}})
    except BaseException:
        if swapped:
            exchanged(staged, target)
        elif not staged.exists():
            os.replace(target, staged)
        if before.exists():
            os.replace(before, target)
        if said is None:
            path.unlink(missing_ok=True)
        else:
            write_text(path, said)
        raise


def _write_manifest(path: Path, manifest: dict) -> None:
    files = {name: {"sha256": digest, "bytes": size} for name, (digest, size) in manifest["files"].items()}
    write_json(path, {**manifest, "files": files})
