"""Which Python: what an interpreter is, whether TensorFlow has a build for it, and where a fitting one is.

Usage: ``python = interpreter.choose()``. Standard library only, any Python from 3.8 on.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from course.messages import CourseError, _
from course.paths import ROOT

STAMP = "course-setup.json"
VERSIONS = ("3.13", "3.12", "3.11", "3.10")
MACHINES = (("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "AMD64"))
_TENSORFLOW = re.compile(r"(?:tensorflow|tf_nightly)(?:_(?:cpu|gpu|rocm|intel|macos))?-(\d+)\.(\d+)")


@dataclass(frozen=True)
class Interpreter:
    """What set-up needs to know of a Python; each field holds for the machine that it runs on."""

    executable: str
    implementation: str
    version: str  # "3.11"
    system: str
    machine: str
    standard: bool  # 64 bits, with the GIL and, on Linux, on glibc: what TensorFlow's wheels ask for
    prefix: str
    base_prefix: str
    ensurepip: bool
    outer: list[str]  # if it brings what the lessons compute with, the metadata folders of all packages it sees
    paths: list[str]  # where those lie

    def __str__(self) -> str:
        return f"Python {self.version} ({self.executable})"


def describe() -> Interpreter:
    """Describe the running interpreter, importing nothing heavy."""
    paths = _package_paths()
    standard = sys.maxsize > 2**32 and not sysconfig.get_config_var("Py_GIL_DISABLED")
    return Interpreter(
        executable=sys.executable,
        implementation=platform.python_implementation(),
        version="{}.{}".format(*sys.version_info),
        system=platform.system(),
        machine=platform.machine(),
        standard=standard and (platform.system() != "Linux" or platform.libc_ver()[0] == "glibc"),
        prefix=sys.prefix,
        base_prefix=sys.base_prefix,
        ensurepip=find_spec("ensurepip") is not None,
        outer=_outer_packages(paths),
        paths=paths,
    )


def _package_paths() -> list[str]:
    """Folders of ``sys.path`` that hold installed packages: all but the standard library and this checkout."""
    standard = os.path.realpath(sysconfig.get_path("stdlib"))
    folders = [os.path.realpath(entry) for entry in sys.path if entry and os.path.isdir(entry)]
    return [
        folder
        for folder in folders
        if folder != str(ROOT) and (folder.endswith("-packages") or not folder.startswith(standard))
    ]


def _outer_packages(paths: list[str]) -> list[str]:
    """All packages, if TensorFlow >= 2.17 or the other chosen backend is among them; else none."""
    names = sorted({name for path in paths for name in os.listdir(path) if name.endswith((".dist-info", ".egg-info"))})
    found = [match for match in map(_TENSORFLOW.match, names) if match]
    recent = any((int(match[1]), int(match[2])) >= (2, 17) for match in found)
    return names if (recent and find_spec("tensorflow")) or (other_backend() and find_spec(other_backend())) else []


def other_backend() -> str:
    """The backend that ``KERAS_BACKEND`` chooses in place of TensorFlow; empty without one."""
    backend = os.environ.get("KERAS_BACKEND", "")
    return backend if backend in ("jax", "torch") else ""


def probe(command: list[str]) -> Interpreter | None:
    """Describe the interpreter that `command` starts; ``None`` if it does not start or is too old to answer."""
    try:
        return Interpreter(**json.loads(ask(command, "interpreter", "vars(interpreter.describe())", 60).stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None


def ask(command: list[str], module: str, call: str, seconds: float | None = None) -> subprocess.CompletedProcess[bytes]:
    """Have the interpreter that `command` starts print, as JSON, what `call` gives in this package's `module`."""
    code = f"import json; from course.environment import {module}; print(json.dumps({call}))"
    return subprocess.run([*command, "-c", code], env=with_checkout(), cwd=ROOT, capture_output=True, timeout=seconds)


def with_checkout() -> dict[str, str]:
    """The environment variables, with this checkout importable in whatever Python gets them."""
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


def starts(command: list[str]) -> bool:
    """Whether `command` exists and exits with 0."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


def python_of(folder: Path) -> Path:
    """The interpreter of the environment in `folder`."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def read_stamp(folder: Path) -> dict | None:
    """What set-up wrote into an environment; ``None`` if `folder` is no environment of the course."""
    try:
        return json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def current() -> Interpreter:
    """The interpreter that a person started: inside an environment of the course, the one that set it up."""
    stamp = read_stamp(Path(sys.prefix))
    if stamp is None:
        return describe()
    return probe([stamp["python"]]) or replace(describe(), outer=[])


def fits(python: Interpreter) -> bool:
    """Whether TensorFlow 2.17 or newer has a wheel for this interpreter on this machine."""
    known = (python.system, python.machine) in MACHINES
    return known and python.standard and python.implementation == "CPython" and python.version in VERSIONS


def unfit(python: Interpreter) -> str:
    """Why the lessons cannot run in `python`, without the full stop."""
    text = _("TensorFlow has no build for {python}, {system} {machine}")
    if python.version == "3.14":
        text = _("TensorFlow has no build for {python}, {system} {machine} yet (its 2.22 will have one)")
    return text.format(python=python, system=python.system, machine=python.machine)


def choose() -> Interpreter:
    """The interpreter to set up with: the current one, or a fitting one that is found or that uv fetches.

    Raises:
        CourseError: none fits; the sentence says what to install.
    """
    python = current()
    if python.outer or fits(python):
        return python
    if (python.system, python.machine) == ("Darwin", "x86_64"):
        raise CourseError(_("TensorFlow has no build for Intel Macs any more: use the container, or another computer."))
    for other in map(probe, _candidates(python.system)):
        if other and fits(other):
            print(_("TensorFlow has no build for {unfit}; using {python}.").format(unfit=python, python=other))
            return other
    text = _("{unfit}: install a 64-bit Python 3.10 to 3.13, or uv, which fetches one.")
    raise CourseError(text, unfit=unfit(python))


def _candidates(system: str):
    for version in VERSIONS:
        if system == "Windows":
            yield ["py", f"-{version}"]
        elif shutil.which(f"python{version}"):
            yield [f"python{version}"]
    uv = shutil.which("uv")
    if not uv:
        return
    find = [uv, "python", "find", "--no-project", "3.12"]
    found = subprocess.run(find, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if found.returncode:
        print(_("uv fetches Python 3.12 …"), flush=True)
        subprocess.run([uv, "python", "install", "3.12"], stdout=subprocess.DEVNULL)
        found = subprocess.run(find, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if found.returncode == 0:
        yield [os.fsdecode(found.stdout).strip()]
