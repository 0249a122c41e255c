"""Make notebooks, sources and the measured numbers in the READMEs canonical: ``python -m dev fix [--check]``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from course.environment import setup
from course.files import shown, write_text
from course.paths import ROOT
from course.runner.notebooks import canonical, dumps, notebook_paths, read
from dev import readme_numbers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``fix``."""
    parser.add_argument("--check", action="store_true", help="change nothing; name what is not canonical")


def main(args: argparse.Namespace) -> int:
    """Run ``python -m dev fix``; 1 where something is left to fix."""
    setup.ensure_inside(args, needs=("ruff",), dev=True)
    commands = (["check"], ["format", "--check"]) if args.check else (["check", "--fix"], ["format"])
    ruff = [sys.executable, "-m", "ruff"]
    failed = any([subprocess.run([*ruff, *command, "--quiet", "."], cwd=ROOT).returncode for command in commands])
    changed = [path for path in notebook_paths(ROOT) if _fix(path, write=not args.check)]
    changed += readme_numbers.update(ROOT, write=not args.check)
    for path in changed:
        print("not canonical:" if args.check else "fixed:", shown(path))
    return int(failed or (args.check and bool(changed)))


def _fix(path: Path, write: bool) -> bool:
    """Rewrite the notebook at `path` if it is not canonical and `write` says so. Returns whether it was not."""
    text = dumps(canonical(read(path)))
    differs = text.encode() != path.read_bytes()
    if differs and write:
        write_text(path, text)
    return differs
