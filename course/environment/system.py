"""A system environment with TensorFlow (an NGC container, a cluster): shown in the course's own, never hidden.

Usage: ``there = system.show(python, folder)``, and after the installation ``system.hidden(folder, there)``.
Standard library only. :func:`versions` and ``_inside`` run in the interpreter that they describe.
"""

from __future__ import annotations

import json
import os
import re
import sys
from importlib import metadata
from pathlib import Path

from course.environment.interpreter import Interpreter, ask, python_of

_VERSION = re.compile(r"(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9]+([._-][a-z0-9]+)*)?", re.I)


def show(python: Interpreter, folder: Path) -> dict[str, str]:
    """Make the packages of `python` importable in the environment `folder`, behind those installed there.

    A ``.pth`` file does it: ``--system-site-packages`` would skip a system environment that is itself virtual. A kernel
    of its own goes with it, since the other one would start the other interpreter.

    Returns:
        Name (normalized) to version of each package of `python`.
    """
    library = "Lib" if os.name == "nt" else f"lib/python{python.version}"
    lines = "".join(f"import site; site.addsitedir({path!a})\n" for path in python.paths)
    (folder / library / "site-packages" / "course-outer.pth").write_text(lines, encoding="ascii")
    kernel = folder / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": argv, "display_name": "Python 3 (course)", "language": "python"}))
    return json.loads(ask([python.executable], "system", "system.versions()").stdout)


def constraints(versions: dict[str, str]) -> str:
    """The text of a constraints file for pip, which refuses a file with any version that it cannot read."""
    return "".join(f"{name}=={version}\n" for name, version in versions.items() if _VERSION.fullmatch(version))


def hidden(folder: Path, versions: dict[str, str]) -> list[str]:
    """Of the packages that :func:`show` returned, those that a copy in the environment `folder` hides; none should."""
    inside = json.loads(ask([str(python_of(folder))], "system", "system._inside()").stdout)
    return sorted(set(inside) & set(versions) - {"pip"})


def normal(name: str) -> str:
    """A distribution's name as it is compared: ``ml_dtypes`` is ``ml-dtypes``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(line: str) -> str:
    """The normalized name that a line such as ``numpy>=1.26; python_version < "3.13"`` begins with."""
    return normal(re.split(r"[^\w.-]", line.strip(), maxsplit=1)[0])


def versions() -> dict[str, str]:
    """Name (normalized) to version of each distribution that the running interpreter sees."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        if distribution.metadata["Name"]:  # else it is left over from a broken removal
            found.setdefault(normal(distribution.metadata["Name"]), distribution.version or "")  # the first is imported
    return found


def _inside() -> list[str]:
    prefix = Path(sys.prefix).resolve()
    found = metadata.distributions()
    return [normal(one.metadata["Name"]) for one in found if prefix in Path(one.locate_file("")).resolve().parents]
