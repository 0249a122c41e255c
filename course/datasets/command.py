"""``python -m course data``: verify an edition of the data, import a set into it, download what is public.

Usage: ``python -m course data verify``, ``python -m course data import asl_data ~/Downloads/archive.zip``,
``python -m course data get mnist``. At the top it needs the standard library alone: the command line lists its
arguments before anything is installed.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from course.datasets import editions
from course.environment import setup
from course.files import sha256, shown
from course.messages import CourseError, _
from course.paths import ROOT, data_dir

SETS = "mnist, asl_data, asl_images, doggy_door, bo, nyt, fruits, vgg16"


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
    from course.datasets.install import bring_in

    return bring_in(args.set, args.path, ROOT / args.to)


def verify(root: Path) -> int:
    """Print a line for each set of the edition in `root` and for each bad file; 0 if all is well, else 1."""
    from course.datasets import reading  # needs numpy

    manifest = editions.manifest(root)
    bad = {name: problem for name, entry in manifest.files.items() if (problem := _problem(root, name, *entry))}
    for problem in bad.values():
        print(f"[FAIL] {problem}")
    valid = True
    here = {name: dataset.folder for name, dataset in reading.SETS.items() if os.path.isdir(root / dataset.folder)}
    for name, folder in here.items():
        if any(file.startswith(f"{folder}/") for file in bad):
            continue
        try:
            reading.validate(root, name)
            counts = ", ".join(f"{split} {count:,}" for split, count in manifest.sets.get(name, {}).items())
            print(f"[OK]   {name}" + (f": {counts}" if counts else ""))
        except CourseError as error:
            valid = False
            print(f"[FAIL] {error}")
    if not here and not bad:
        sentence = _("{path} holds none of the sets {sets}; name the folder of an edition with `--edition DIR`.")
        raise CourseError(sentence, path=shown(root), sets=", ".join(reading.SETS))
    return 0 if valid and not bad else 1


def _problem(root: Path, name: str, digest: str, size: int) -> str:
    """What is wrong with a file of the manifest and how to restore it, as a sentence; empty if it is as promised."""
    from course.datasets import reading

    path = root / name
    try:
        if path.stat().st_size == size and sha256(path) == digest:
            return ""
        sentence = _("{path} is not the file that came with the course; {fix}.")
        if not reading.came_with_the_course(root):
            sentence = _("{path} is not the file that was imported; {fix}.")
    except FileNotFoundError:
        sentence = _("{path} is missing; {fix}.")
    except OSError:
        sentence = _("{path} cannot be read; {fix}.")
    fix = editions.how_to_restore(path)
    if not reading.came_with_the_course(root):
        folders = {dataset.folder: set_name for set_name, dataset in reading.SETS.items()}
        fix = reading.how_to_import(root, folders.get(name.split("/")[0], name))
    return sentence.format(path=shown(path), fix=fix)
