"""Fill a folder with wheels for rooms without a network: ``python -m course wheelhouse``.

Standard library only.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from course.environment import hashes, interpreter, setup
from course.environment.interpreter import python_of, starts
from course.messages import CourseError, _
from course.paths import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``wheelhouse``."""
    parser.add_argument("--wheels", metavar="DIR", default="wheelhouse", help=_("the folder to fill (%(default)s)"))
    parser.add_argument("--dev", action="store_true", help=_("also what the tests need"))
    parser.add_argument("--extras", action="store_true", help=_("also what goes beyond the lessons"))
    parser.add_argument("--gpu", action="store_true", help=_("also TensorFlow's CUDA packages"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course wheelhouse``: download wheels for machines with the same system and Python."""
    python = interpreter.choose()
    own = python_of(setup.find_folder(python))
    pip = next((one for one in (python.executable, str(own)) if starts([one, "-m", "pip", "--version"])), None)
    if pip is None:
        text = _("{python} has no pip to download with: install python3-pip (Debian, Ubuntu: with apt-get).")
        raise CourseError(text, python=python)
    folder = Path(args.wheels).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    files = setup.requirement_files(args.dev, args.gpu, args.extras)
    wanted = [part for name in files for part in ("-r", setup.place(name))]
    command = [pip, "-m", "pip", "download", "--only-binary=:all:", "--dest", str(folder), *wanted]
    if subprocess.run([*command, "-c", setup.place("constraints.txt"), "pip"], cwd=ROOT).returncode:
        text = _("Not every wheel could be fetched into {folder}; what is there already is not fetched again.")
        raise CourseError(text, folder=folder)
    hashes.verify(folder)
    size = sum(file.stat().st_size for file in folder.glob("*.whl")) / 1e9
    text = _("{folder} ({size:.1f} GB) sets up Python {version} on {system} {machine}: make setup WHEELS=DIR")
    print(text.format(folder=folder, size=size, version=python.version, system=python.system, machine=python.machine))
    return 0
