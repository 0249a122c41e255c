"""The course's own environment: made once, checked in a moment, entered by the commands that need it.

Usage: ``python -m course setup``; in the ``main`` of a command: ``environment.ensure_inside(args)``.
Standard library only, any Python from 3.8 on.

``.venv`` belongs to the interpreter that made it; others get ``.venv-…`` beside it. The stamp inside says whose it is
and, once everything is installed, from which requirements. Where the interpreter already sees TensorFlow (an NGC
container, a cluster), or the backend that ``KERAS_BACKEND`` names, the environment shows its packages and adds only
what is missing: beside JAX and PyTorch TensorFlow for the CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from course.environment import hashes, interpreter, system, update
from course.environment.interpreter import STAMP, Interpreter, python_of, read_stamp, starts
from course.files import locked
from course.messages import CourseError, _
from course.paths import ROOT

LOG = "course-setup.log"
PART = f"{STAMP}.part"
OPTIONAL = ("rich", "ipywidgets", "anywidget", "pooch")  # the lessons run without them
LESSONS_NEED = ("tensorflow", "keras", "numpy", "pandas", "matplotlib", "PIL", "scipy", "nbclient")
"""Modules that a lesson needs to be run; a container with TensorFlow may lack some."""
_NO_NETWORK = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|ProxyError|Network is unreachable|"
    r"dns error|tcp connect error|error sending request|from versions: none"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``setup``, which every command that sets up on its way takes too."""
    parser.add_argument("--wheels", metavar="DIR", help=_("install from a folder that `wheelhouse` filled, no network"))
    parser.add_argument("--dev", action="store_true", help=_("also what the tests need"))
    parser.add_argument("--extras", action="store_true", help=_("also what goes beyond the lessons: ONNX, the service"))
    device = parser.add_mutually_exclusive_group()
    device.add_argument("--gpu", action="store_true", default=None, help=_("TensorFlow with CUDA, for NVIDIA cards"))
    device.add_argument("--cpu", action="store_false", dest="gpu", help=_("TensorFlow without CUDA"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course setup``."""
    folder = setup(args.wheels, args.dev, args.gpu, again=True, extras=args.extras)
    print(_("[OK] {folder} is ready; next: python -m course lab").format(folder=folder.name))
    return 0


def ensure_inside(
    args: argparse.Namespace | None = None,
    needs: tuple[str, ...] = LESSONS_NEED,
    dev: bool = False,
    extras: bool = False,
) -> None:
    """Return if the modules `needs` can be imported here; else set up, and start the same command again inside.

    Args:
        args: the command's arguments; what :func:`add_arguments` describes is passed on to the set-up.
        needs: names of modules.
        dev: whether to install what the tests need.
        extras: whether to install what goes beyond the lessons.

    Raises:
        CourseError: the environment cannot be made.
    """
    inside = read_stamp(Path(sys.prefix)) is not None
    missing = [name for name in needs if not find_spec(name) and not (inside and name in OPTIONAL)]
    if missing or not (inside or interpreter.describe().outer):
        given = vars(args) if args else {}
        dev, extras = dev or given.get("dev", False), extras or given.get("extras", False)
        folder = setup(given.get("wheels"), dev, given.get("gpu"), again=inside, extras=extras)
        if not (inside and os.path.samefile(folder, sys.prefix)):
            _restart(folder)
        importlib.invalidate_caches()
    if not os.access(os.path.expanduser("~"), os.W_OK):  # as under `docker run --user`, but Jupyter must write there
        os.environ["HOME"] = tempfile.mkdtemp(prefix="course-home-")


def _restart(folder: Path) -> NoReturn:
    entry = "dev" if Path(sys.argv[0]).parent.name == "dev" else "course"  # python -m dev, python -m course
    command = [str(python_of(folder)), "-m", entry, *sys.argv[1:]]
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], command, interpreter.with_checkout())
    raise SystemExit(subprocess.call(command, env=interpreter.with_checkout()))  # Windows: exec loses the console


def setup(
    wheels: str | None = None, dev: bool = False, gpu: bool | None = None, again: bool = False, extras: bool = False
) -> Path:
    """Make, fix or complete the environment of the current interpreter; a moment where nothing changed.

    Args:
        wheels: folder that ``wheelhouse`` filled, to install from with no network.
        dev: also what the tests need, extras included; once chosen it stays.
        gpu: TensorFlow with CUDA or without; ``None``: as the environment variable ``GPU`` (0 or 1) says, else as
            chosen before, else by whether an NVIDIA card is here.
        again: look at what is installed even where the requirements have not changed.
        extras: also what goes beyond the lessons; once chosen it stays.

    Returns:
        Its folder.

    Raises:
        CourseError: no fitting Python, no way to make an environment, no right to write, or a package cannot be had.
    """
    source = Path(wheels).expanduser().resolve() if wheels else None
    if source and not any(source.glob("*.whl")):
        raise CourseError(_("There are no wheels in {folder}: `make wheelhouse` fills it."), folder=source)
    if source:
        hashes.verify(source)
    python = interpreter.choose()
    with locked(ROOT, _("Another set-up of this checkout is under way; this one waits until it has ended.")):
        return _complete(python, source, dev, gpu, again, extras)


def _complete(python: Interpreter, source: Path | None, dev: bool, gpu: bool | None, again: bool, extras: bool) -> Path:
    """Make, fix or complete the environment of `python`; the rest as :func:`setup` has it."""
    folder = find_folder(python)
    stamp = read_stamp(folder) or {}
    dev, extras = dev or stamp.get("dev", False), extras or stamp.get("extras", False)
    if gpu is None:
        gpu = os.environ["GPU"] != "0" if os.environ.get("GPU") else stamp.get("gpu")
    chosen = {"dev": dev, "extras": extras, "gpu": gpu}
    card = bool(shutil.which("nvidia-smi")) or Path("/proc/driver/nvidia").exists()
    cuda = python.system == "Linux" and not python.outer and (card if gpu is None else gpu)
    files = requirement_files(dev, cuda, extras)
    state = _fingerprint(python, files)
    works = starts([str(python_of(folder)), "-c", ""])
    known = works and stamp.get("state")  # it was complete once
    if known and ((state == known and not again) or _holds(python, folder, files)):
        if state != known:
            with suppress(OSError):  # then it is looked at again the next time
                _write_stamp(folder, {**stamp, **chosen, "state": state})
        return folder
    print(_("Setting up {folder} with {python} …").format(folder=folder.name, python=python), flush=True)
    if card and python.system == "Windows":
        print(_("TensorFlow reaches an NVIDIA card under Windows only inside WSL2; this set-up is for the CPU."))
    broken = not works and os.path.lexists(python_of(folder))
    if broken:
        print(_("Its Python no longer starts, so it is made again."))
    stamp = {"interpreter": _identity(python), "python": python.executable, **chosen, "state": None}
    try:
        folder.mkdir(exist_ok=True)
        _write_stamp(folder, stamp)
        if broken or python.outer:  # what it once added may hide what the system environment has by now
            _empty(folder)
        (folder / LOG).write_bytes(b"")
    except OSError as error:
        text = _("{folder} cannot be written ({reason}): put the course into a folder of your own.")
        raise CourseError(text, folder=folder, reason=error.strerror) from None
    if _fill(python, folder, files, source):
        _write_stamp(folder, {**stamp, "state": state})
    update.keep_pristine(ROOT)
    return folder


def find_folder(python: Interpreter) -> Path:
    """The environment that belongs to `python`, or the folder to make it in: never somebody else's."""
    identity = _identity(python)
    tag = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:6]
    folders = [ROOT / ".venv", ROOT / f".venv-{python.version}-{python.machine}-{tag}"]
    own = [folder for folder in folders if (read_stamp(folder) or {}).get("interpreter") == identity]
    begun = {PART}  # all that a set-up leaves which was killed before it could say whose the folder is
    free = [one for one in folders if not one.exists() or {path.name for path in one.iterdir()} <= begun]
    return (own + free + folders[1:])[0]


def _identity(python: Interpreter) -> dict[str, str | bool]:
    """Who owns an environment; ``outer`` tells a container from its host where their paths are the same."""
    return {
        "implementation": python.implementation,
        "version": python.version,
        "system": python.system,
        "machine": python.machine,
        "prefix": python.prefix if python.outer else python.base_prefix,
        "outer": bool(python.outer),
    }


def _fingerprint(python: Interpreter, files: list[str]) -> str:
    """Hash of all that decides what is installed; made of names, not of places, so it survives that files move."""
    outside = [python.outer, python.paths if python.outer else []]
    parts = [
        json.dumps([files, outside]).encode(),
        *((ROOT / place(name)).read_bytes() for name in [*files, "constraints.txt"]),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def requirement_files(dev: bool, gpu: bool, extras: bool) -> list[str]:
    """Names of the files that list what to install; the tests need the extras too."""
    chosen = {"-dev": dev, "-extras": extras or dev, "-gpu": gpu}
    return ["requirements.txt", *(f"requirements{name}.txt" for name, wanted in chosen.items() if wanted)]


def place(name: str) -> str:
    """Where the file `name` of requirements or constraints lies, from the root of the checkout."""
    return name if name == "requirements.txt" else f"course/environment/{name}"


def _holds(python: Interpreter, folder: Path, files: list[str]) -> bool:
    """Whether everything in `files` is installed already, by pip's or uv's judgment; nothing is fetched."""
    wanted = [part for name in files for part in ("-r", place(name))]
    wanted += [] if python.outer else ["-c", place("constraints.txt")]
    options = {"cwd": ROOT, "env": _environment(), "stdin": subprocess.DEVNULL, "capture_output": True}
    for _create, install in _ways(python, folder, bool(python.outer), None):
        if subprocess.run([*install, "--no-index", *wanted], **options).returncode == 0:
            return not (python.outer and system.hidden(folder, system.show(python, folder)))
    return False


def _write_stamp(folder: Path, stamp: dict) -> None:
    part = folder / PART
    part.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    part.replace(folder / STAMP)


def _empty(folder: Path) -> None:
    """Remove all but the stamp, which says, should this be interrupted, whose the rest is."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != STAMP:
            path.unlink()


def _fill(python: Interpreter, folder: Path, files: list[str], wheels: Path | None) -> bool:
    """Make the environment and install into it. Returns whether nothing is left out."""
    with_tensorflow = bool(python.outer) and starts([python.executable, "-c", "import tensorflow, keras"])
    backend = interpreter.other_backend()
    found = with_tensorflow or bool(python.outer and backend and starts([python.executable, "-c", f"import {backend}"]))
    install = _make(python, folder, found, wheels)
    install += ["--no-index", "--find-links", str(wheels)] if wheels else []
    if not found:
        wanted = [part for name in files for part in ("-r", place(name))]
        if not _step(
            _("packages, about 3 GB the first time"), [*install, *wanted, "-c", place("constraints.txt")], folder
        ):
            raise _failure(folder, wheels)
        return True
    module = "TensorFlow" if with_tensorflow else backend
    text = _("{module} is here already: what came with it stays as it is, only what is missing is added.")
    print(text.format(module=module))
    versions = system.show(python, folder)
    lines = [
        line.split("#")[0].strip() for name in files for line in (ROOT / place(name)).read_text("utf-8").splitlines()
    ]
    there = set(versions)
    if with_tensorflow:
        there |= {"tensorflow", "keras"}  # whatever the distributions are called that they come from
    missing = [line for line in lines if line and system.requirement_name(line) not in there]
    if python.machine in ("x86_64", "AMD64"):  # elsewhere `tensorflow` has no CUDA packages anyway
        missing = [re.sub("^tensorflow(?=[<>=])", "tensorflow-cpu", line) for line in missing]
    names = ", ".join(map(system.requirement_name, missing))
    constraints = folder / "outer-constraints.txt"
    constraints.write_text(system.constraints(versions), encoding="utf-8")
    command = [*install, *missing, "-c", str(constraints)]
    if missing and not _step(_("packages: {names}").format(names=names), command, folder):
        if not set(names.split(", ")) <= set(OPTIONAL):
            raise _failure(folder, wheels)
        print(_("[WARN] Not installed: {names}; the lessons run without them.").format(names=names))
        return False
    hidden = system.hidden(folder, versions)
    if hidden:
        text = _("{folder} would hide what {module} came with ({names}): remove it and use that one as it is.")
        raise CourseError(text, folder=folder, module=module, names=", ".join(hidden))
    return True


def _make(python: Interpreter, folder: Path, found: bool, wheels: Path | None) -> list[str]:
    """Make the environment in the first way that works here. Returns the command that installs into it."""
    for create, install in _ways(python, folder, found, wheels):
        if _step(_("environment"), create, folder):
            return install
    if (folder / LOG).stat().st_size:
        raise _failure(folder, wheels)
    text = _("{python} cannot make an environment: install python3-venv (Debian, Ubuntu: with apt-get), or uv.")
    raise CourseError(text, python=python)


def _ways(python: Interpreter, folder: Path, found: bool, wheels: Path | None) -> Iterator[tuple[list[str], list[str]]]:
    """Pairs of commands that make the environment and that install into it, of what this machine has."""
    inside, exe, uv = str(python_of(folder)), python.executable, shutil.which("uv")
    venv = [exe, "-m", "venv", str(folder)]
    if found and starts([exe, "-m", "pip", "--version"]):  # seen inside; a second pip would bring its setuptools along
        yield [*venv, "--without-pip"], [inside, "-m", "pip", "install"]
    if python.ensurepip:
        yield venv, [inside, "-m", "pip", "install"]
    if uv and not found:  # uv looks at nothing outside the environment
        create = [uv, "venv", "--no-project", "--allow-existing", "--python", exe, str(folder)]
        yield create, [uv, "pip", "install", "--python", inside]
    if starts([exe, "-m", "pip", "--python", exe, "--version"]):  # pip has --python since 22.3
        yield [*venv, "--without-pip"], [exe, "-m", "pip", "--python", inside, "install"]
    if starts([exe, "-m", "virtualenv", "--version"]):
        yield [exe, "-m", "virtualenv", str(folder)], [inside, "-m", "pip", "install"]
    for wheel in sorted(wheels.glob("pip-*.whl")) if wheels else []:
        yield [*venv, "--without-pip"], [inside, str(wheel / "pip"), "install"]


def _step(label: str, command: list[str], folder: Path) -> bool:
    """Run one command: output to the log, a line on the screen that shows it is alive. Returns whether it worked."""
    start, shown_at, code, live = time.monotonic(), 0, None, sys.stdout.isatty()
    options = {"cwd": ROOT, "env": _environment(), "stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    with (folder / LOG).open("ab") as log, subprocess.Popen(command, stdout=log, **options) as process:
        while code is None:
            try:
                code = process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                seconds = int(time.monotonic() - start)
                if live or seconds - shown_at >= 20:
                    shown_at = seconds
                    _show(f"  {label}: {seconds} s … {_activity(folder)}", live)
    end = _("{seconds:.0f} s") if code == 0 else _("failed after {seconds:.0f} s")
    _show(f"  {label}: {end.format(seconds=time.monotonic() - start)}", live)
    print(end="\n" * live)
    return code == 0


def _environment() -> dict[str, str]:
    """The environment variables for pip and uv: none that send packages elsewhere, none that let them ask."""
    away = ("PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in away}
    quiet = dict.fromkeys(("PIP_NO_INPUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PYTHONUTF8"), "1")
    return {**kept, **quiet, "PIP_PROGRESS_BAR": "off", "PIP_ROOT_USER_ACTION": "ignore"}


def _show(text: str, live: bool) -> None:
    width = shutil.get_terminal_size().columns - 1
    print(f"\r{text[:width]:<{width}}" if live else text[:120], end="" if live else "\n", flush=True)


def _activity(folder: Path) -> str:
    doing = [line for line in _lines(folder) if re.match("Collecting|Downloading|Installing", line)]
    return doing[-1] if doing else ""


def _lines(folder: Path) -> list[str]:
    text = (folder / LOG).read_bytes().decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip()] or [""]


def _failure(folder: Path, wheels: Path | None) -> CourseError:
    """The error to raise after a step failed, from the log."""
    lines = _lines(folder)
    errors = [line for line in lines if re.match(r"error|fatal|×", line, re.I) and "for help visit" not in line]
    text = _("Set-up failed ({error}); the log is {log}; to go on: {again}")
    if not wheels and any(map(_NO_NETWORK.search, lines)):
        text = _(
            "The packages cannot be fetched without a network: `make setup WHEELS=DIR` takes them from a folder that "
            "`make wheelhouse WHEELS=DIR` filled on another machine; the log is {log}."
        )
    again = "python -m course setup" + (f' --wheels "{wheels}"' if wheels else "")
    return CourseError(text, error=(errors or lines)[-1], log=folder / LOG, again=again)
