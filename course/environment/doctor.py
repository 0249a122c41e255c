"""Is this machine fit for the course? A line for each requirement, and the command that mends what is amiss.

Usage: ``python -m course doctor [--json]``; exit code 1 where anything fails. It works before anything is installed,
with the standard library of any Python from 3.8 on; of packages and TensorFlow it asks the environment's own Python.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from course.datasets import editions
from course.environment import interpreter, lab, setup
from course.environment.interpreter import Interpreter
from course.files import shown
from course.messages import CourseError, _
from course.paths import ROOT, data_dir, models_dir

COLOURS = {"OK": "32", "WARN": "33", "FAIL": "31"}
SETUP = "python -m course setup"
PATIENCE = 120
"""Seconds that the environment gets for an answer: from a slow disk, TensorFlow's first import takes a minute."""
SETS = ("mnist", "asl_data", "asl_images", "doggy_door_images", "presidential_doggy_door", "nyt_dataset", "fruits")
GB = 1e9
EARLIEST = date(2026, 11, 1)
"""No clock that is right shows less."""

Answer = dict  # what the environment's Python says, from JSON; under "error" why it does not


@dataclass(frozen=True)
class Finding:
    """One requirement: ``OK``, ``WARN`` or ``FAIL``, what was found, and what mends it."""

    level: str
    what: str
    mend: str = ""

    def line(self, coloured: bool) -> str:
        """The finding as it is printed, with the colours of a terminal or without."""
        mark = f"\033[{COLOURS[self.level]}m[{self.level}]\033[0m" if coloured else f"[{self.level}]"
        return mark + " " * (5 - len(self.level)) + self.what + (f" → {self.mend}" if self.mend else "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``doctor``."""
    parser.add_argument("--json", action="store_true", help=_("print the findings as JSON"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course doctor``: 1 where anything fails."""
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    findings = []
    for finding in examine():
        findings.append(finding)
        if not args.json:
            print(finding.line(coloured), flush=True)
    fails = any(finding.level == "FAIL" for finding in findings)
    if args.json:
        print(json.dumps({"ok": not fails, "findings": [asdict(finding) for finding in findings]}, indent=1))
    return int(fails)


def examine() -> Iterator[Finding]:
    """All findings on this machine, as they come."""
    current = interpreter.current()
    python, found = find_environment(current)
    yield check_python(python or current)
    yield found
    packages: Answer = {}
    if python:
        packages = ask(python.executable, "describe_packages")
        yield from check_packages(packages)
        tensorflow = ask(python.executable, "describe_tensorflow")
        yield check_tensorflow(tensorflow)
        if "error" not in tensorflow:
            yield check_gpu(find_card(), tensorflow, current.system, os.environ)
        yield check_kernel(packages)
    yield check_backend(os.environ, Path.home())
    total, available = packages.get("memory") or read_memory()
    yield check_memory(total, available, memory_limit())
    yield from check_lessons(min(total, memory_limit()), read_peaks(ROOT / "docs" / "results.json"))
    yield check_clock(date.today())
    yield check_disk(shutil.disk_usage(ROOT).free)
    yield check_data(data_dir())
    yield check_writing(ROOT)
    yield check_writing(models_dir())
    yield check_port(lab.FIRST_PORT)


def find_environment(current: Interpreter) -> tuple[Interpreter | None, Finding]:
    """The Python that the lessons run in, if there is one, and what is to be said of its environment."""
    for folder in (Path(sys.prefix), setup.find_folder(current), *sorted(ROOT.glob(".venv*"))):
        stamp = interpreter.read_stamp(folder)
        python = interpreter.probe([str(interpreter.python_of(folder))]) if stamp else None
        if python and stamp["state"]:
            return python, Finding("OK", _("environment {folder}").format(folder=shown(folder)))
        if python:
            return python, Finding("WARN", _("{folder} is not set up to the end").format(folder=folder.name), SETUP)
    if current.outer:
        return current, Finding("OK", _("TensorFlow came with this Python: there is nothing to set up"))
    return None, Finding("FAIL", _("there is no environment yet, or it does not start"), SETUP)


def check_python(python: Interpreter) -> Finding:
    """Whether TensorFlow has a build for `python`; a container's own TensorFlow may be one that others do not get."""
    if interpreter.fits(python):
        return Finding("OK", f"{python}, {python.system} {python.machine}")
    what = _("TensorFlow has no build for {python}, {system} {machine}")
    what = what.format(python=python, system=python.system, machine=python.machine)
    mend = _("install a 64-bit Python 3.10 to 3.13, or uv, which fetches one, then: python -m course setup")
    return Finding("WARN" if python.outer else "FAIL", what, mend)


def ask(python: str, question: str, seconds: float = PATIENCE) -> Answer:
    """What the function `question` of this module answers in the interpreter `python`; ``"noise"`` is its stderr."""
    code = f"import json; from course.environment import doctor; print(json.dumps(doctor.{question}()))"
    options: dict[str, Any] = {"env": interpreter.with_checkout(), "cwd": ROOT, "capture_output": True}
    try:
        done = subprocess.run([python, "-c", code], timeout=seconds, **options)
    except subprocess.TimeoutExpired:
        return {"error": _("no answer within {seconds} s").format(seconds=seconds)}
    noise = done.stderr.decode("utf-8", "replace").strip()
    try:
        return {**json.loads(done.stdout.splitlines()[-1]), "noise": noise}
    except (IndexError, ValueError):  # it ended before it could answer
        return {"error": f"{noise.splitlines()[-1] if noise else ''} (exit code {done.returncode})".strip()}


def describe_packages() -> Answer:
    """What the running environment has of requirements.txt, its memory in bytes, and the kernel it would start."""
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    answer: Answer = {"executable": sys.executable, "packages": [_describe_package(line) for line in lines if line]}
    try:
        import psutil
        from jupyter_client.kernelspec import KernelSpecManager

        answer["memory"] = [psutil.virtual_memory().total, psutil.virtual_memory().available]
        kernel = KernelSpecManager().get_kernel_spec("python3")
        answer["kernel"] = {"command": kernel.argv[0], "folder": kernel.resource_dir}
    except Exception as error:  # no such kernel, or a damaged package, which may raise anything
        answer["error_of_kernel"] = f"{type(error).__name__}: {error}"
    return answer


def _describe_package(requirement: str) -> Answer:
    name = re.split(r"[^\w.-]", requirement)[0]
    answer: Answer = {"name": name, "requirement": requirement}
    try:
        if name not in ("tensorflow", "keras"):  # they take seconds, and have a question of their own
            importlib.import_module({"pillow": "PIL"}.get(name, name))
        answer["version"] = _version(name)
        from packaging.requirements import Requirement  # matplotlib brings it

        answer["fits"] = Requirement(requirement).specifier.contains(answer["version"], prereleases=True)
    except ModuleNotFoundError as error:
        answer["error"] = _("{name} is not installed").format(name=error.name)
    except Exception as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    return answer


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return metadata.version(f"{name}-cpu")


def describe_tensorflow() -> Answer:
    """Start TensorFlow and Keras in this process and compute a convolution, on a GPU if there is one."""
    os.environ.update(KERAS_BACKEND="tensorflow", TF_FORCE_GPU_ALLOW_GROWTH="true", TF_CPP_MIN_LOG_LEVEL="0")
    import keras
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    answer = {"version": tf.__version__, "keras": keras.__version__, "backend": keras.config.backend()}
    answer["cuda"] = bool(tf.sysconfig.get_build_info().get("is_cuda_build"))
    answer["gpus"] = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    try:
        with tf.device("/GPU:0" if gpus else "/CPU:0"):
            tf.nn.conv2d(tf.ones((1, 8, 8, 1)), tf.ones((3, 3, 1, 1)), 1, "SAME").numpy()
    except tf.errors.OpError as error:
        answer["error_of_gpu"] = str(error).splitlines()[0]
    return answer


def check_packages(answer: Answer) -> Iterator[Finding]:
    """A finding for each package of requirements.txt that is amiss, and one for the others."""
    if "error" in answer:
        yield Finding("FAIL", _("the environment does not answer: {error}").format(**answer), SETUP)
    sound = []
    for package in answer.get("packages", ()):
        if "error" in package:
            level = "WARN" if package["name"] in setup.OPTIONAL else "FAIL"
            yield Finding(level, "{name}: {error}".format(**package), SETUP)
        elif not package["fits"]:
            level = "FAIL" if package["name"] in ("tensorflow", "keras") else "WARN"
            yield Finding(level, _("{name} {version}, where {requirement} is wanted").format(**package), SETUP)
        else:
            sound.append("{name} {version}".format(**package))
    if sound:
        yield Finding("OK", ", ".join(sound))


def check_tensorflow(answer: Answer) -> Finding:
    """Whether TensorFlow starts, and Keras on it."""
    if "error" in answer:
        mend = _("python -m course clean, then {setup}").format(setup=SETUP)
        return Finding("FAIL", _("TensorFlow does not start: {error}").format(**answer), mend)
    return Finding("OK", _("TensorFlow {version} starts, and Keras {keras} on {backend}").format(**answer))


def find_card() -> str | None:
    """What nvidia-smi tells of the first NVIDIA card and its driver, or why it does not; None without a card."""
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    except subprocess.TimeoutExpired:
        return "nvidia-smi: no answer"
    except OSError:
        return "nvidia-smi: not there" if Path("/proc/driver/nvidia/version").exists() else None
    said = done.stdout.decode("utf-8", "replace").strip().split("\n")[0]
    return said if done.returncode == 0 else f"nvidia-smi: {said}"


def check_gpu(card: str | None, answer: Answer, system: str, environ: Mapping[str, str]) -> Finding:
    """Whether TensorFlow computes on the NVIDIA card that is there, and if not, why."""
    noise, error, cuda = answer.get("noise", ""), answer.get("error_of_gpu", ""), f"{SETUP} --gpu"
    if answer["gpus"] and not error:
        return Finding("OK", _("TensorFlow computes on {gpu} ({card})").format(gpu=answer["gpus"][0], card=card))
    if card is None and "NVIDIA_BUILD_ID" in environ:  # a container of NVIDIA's
        mend = _("if the machine has one, start the container with --gpus all")
        return Finding("WARN", _("this container sees no GPU: the lessons run on the CPU"), mend)
    if card is None:
        return Finding("OK", _("no NVIDIA card here: the lessons run on the CPU"))
    told = [line for line in noise.splitlines() if re.search(r"cuda|gpu|cuinit", line, re.IGNORECASE)]
    update = _("update the NVIDIA driver, else restart the machine")
    reasons = (
        (error, error, update),
        (system == "Windows", _("on Windows that needs WSL2"), _("wsl --install, then set up in there")),
        (card.startswith("nvidia-smi"), _("the driver does not work"), update),
        (environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"), _("it is hidden"), "unset CUDA_VISIBLE_DEVICES"),
        (not answer["cuda"], _("this TensorFlow is built for the CPU"), cuda),
        ("Cannot dlopen some GPU libraries" in noise, _("libraries of tensorflow[and-cuda] are missing"), cuda),
        (True, (told or [_("it does not say why")])[-1], update),
    )
    why, mend = next((why, mend) for applies, why, mend in reasons if applies)
    what = _("TensorFlow does not compute on the GPU ({card}) but on the CPU: {why}")
    return Finding("WARN", what.format(card=card, why=why), mend)


def check_kernel(answer: Answer) -> Finding:
    """Whether the kernel ``python3`` that JupyterLab would start belongs to the environment."""
    kernel = answer.get("kernel")
    if not kernel:
        error = answer.get("error_of_kernel") or answer.get("error")
        return Finding("FAIL", _("no kernel “python3” can be started: {error}").format(error=error), SETUP)
    command = Path(kernel["command"])  # a bare "python" stands for the environment's own
    if command.name == str(command) or command.parent == Path(answer["executable"]).parent:
        return Finding("OK", _("the kernel python3 starts {executable}").format(**answer))
    mend = _("open the lessons with “python -m course lab”, or: jupyter kernelspec remove python3")
    return Finding("WARN", _("the kernel python3 in {folder} starts another Python, {command}").format(**kernel), mend)


def check_backend(environ: Mapping[str, str], home: Path) -> Finding:
    """Whether a variable or a file in the home folder sends Keras elsewhere. The lessons set TensorFlow themselves."""
    file, backend = Path(environ.get("KERAS_HOME") or home / ".keras") / "keras.json", environ.get("KERAS_BACKEND")
    mend = "unset KERAS_BACKEND" if backend else _("set “backend” to tensorflow in {file}").format(file=file)
    with suppress(OSError, ValueError, AttributeError):  # no such file, or one that Keras ignores too
        backend = backend or json.loads(file.read_text("utf-8")).get("backend")
    if backend in (None, "tensorflow"):
        return Finding("OK", _("Keras is not sent to another backend than TensorFlow"))
    return Finding("WARN", _("outside the lessons, Keras runs on {backend} here").format(backend=backend), mend)


def read_memory(meminfo: Path = Path("/proc/meminfo")) -> tuple[float, float]:
    """Memory of the machine and what of it is free, in bytes; zeros where the system does not tell."""
    try:
        found = dict(re.findall(r"^(\w+):\s+(\d+) kB", meminfo.read_text(), re.MULTILINE))
        return float(found["MemTotal"]) * 1024, float(found["MemAvailable"]) * 1024
    except (OSError, KeyError):
        return 0, 0


def memory_limit(root: Path = Path("/")) -> float:
    """The limit in bytes that the control groups of this process set; infinite without one."""
    limits = [float("inf")]
    listed = root / "proc" / "self" / "cgroup"
    text = listed.read_text() if listed.is_file() else ""
    for controller, group in re.findall(r"^\d+:(|memory):/(.*)$", text, re.MULTILINE):
        for path in (Path(group), *Path(group).parents):
            file = Path("memory", path, "memory.limit_in_bytes") if controller else path / "memory.max"
            with suppress(OSError, ValueError):  # not to be seen from inside a container, or "max"
                limits.append(float((root / "sys" / "fs" / "cgroup" / file).read_text()))
    return min(limits)


def check_memory(total: float, available: float, limit: float) -> Finding:
    """Whether the memory is enough, in bytes: 2 GB for the lessons, 4 GB with JupyterLab and a browser beside them."""
    if not total:
        return Finding("WARN", _("this system does not tell how much memory it has"), _("make sure that it is 4 GB"))
    size = min(total, limit)
    what = _("{size:.1f} GB of memory, {free:.1f} GB free").format(size=size / GB, free=min(available, size) / GB)
    if size >= 4 * GB:
        return Finding("OK", what)
    mend = _("docker run --memory 8g …, or what else sets the limit") if limit < total else _("use a larger machine")
    return Finding("WARN" if size >= 2 * GB else "FAIL", what, mend)


def read_peaks(results: Path) -> dict[str, float]:
    """The most memory in bytes that each lesson took where it was measured, on any edition; empty without the file."""
    peaks: dict[str, float] = {}
    with suppress(OSError, ValueError, AttributeError, KeyError, TypeError):
        for devices in json.loads(results.read_text("utf-8")).values():
            for lesson, figures in devices["cpu"]["lessons"].items():
                peaks[lesson] = max(peaks.get(lesson, 0), float(figures["peak_memory_mb"]) * 2**20)
    return peaks


def check_lessons(size: float, peaks: Mapping[str, float]) -> Iterator[Finding]:
    """A warning that names the lessons which do not fit into `size` bytes of memory by what was measured; else none."""
    too_large = [f"{name.split('_')[0]} ({peak / GB:.1f} GB)" for name, peak in sorted(peaks.items()) if peak > size]
    if size and too_large:
        what = _("too little memory for these lessons, by what they took elsewhere: {lessons}")
        mend = _("run the others here, these on a larger machine")
        yield Finding("WARN", what.format(lessons=", ".join(too_large)), mend)


def check_clock(today: date) -> Finding:
    """Whether the clock can be right: networks cannot be saved before 1980, and nothing was before the course."""
    if today >= EARLIEST:
        return Finding("OK", _("the clock shows {today}").format(today=today))
    what = _("the clock shows {today}, a day before this course was made").format(today=today)
    return Finding("FAIL" if today.year < 1980 else "WARN", what, _("set the clock: timedatectl set-ntp true"))


def check_disk(free: float) -> Finding:
    """Whether the disk of the checkout has room, in bytes: an environment takes up to 3 GB."""
    what = _("{free:.1f} GB of disk free").format(free=free / GB)
    return Finding("OK", what) if free >= 3 * GB else Finding("WARN", what, _("free 3 GB"))


def check_data(root: Path) -> Finding:
    """Which edition of the data is in use, with which sets, and whether its files are all there."""
    restore = _("unset COURSE_DATA") if "COURSE_DATA" in os.environ else editions.how_to_restore(root)
    if not root.is_dir():
        return Finding("FAIL", _("there is no data folder {folder}").format(folder=shown(root)), restore)
    try:
        manifest = editions.manifest(root)
    except CourseError as error:
        return Finding("FAIL", str(error))
    for file, (_digest, size) in ((root / name, entry) for name, entry in manifest.files.items()):
        if not file.is_file() or file.stat().st_size != size:
            what = _("{file} is missing or not as it came").format(file=shown(file))
            return Finding("FAIL", what, editions.how_to_restore(file))
    what = _("{folder} holds the edition {edition}").format(folder=shown(root), edition=manifest.edition)
    sets = [name for name in SETS if (root / name).is_dir()]
    if not sets:
        return Finding("FAIL", _("{what}, with none of the sets").format(what=what), restore)
    return Finding("OK", ", ".join([f"{what} {manifest.version}".strip(), *sets]))


def check_writing(folder: Path) -> Finding:
    """Whether lessons can save in `folder`, which they make where it is missing."""
    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            return Finding("OK", _("{folder} can be written").format(folder=folder))
    except OSError as error:
        what = _("{folder} cannot be written: {reason}").format(folder=folder, reason=error.strerror)
        return Finding("FAIL", what, f'chmod -R u+w "{nearest}"')


def check_port(port: int) -> Finding:
    """Whether JupyterLab gets its usual port."""
    try:
        return Finding("OK", _("port {port} is free").format(port=lab.find_port("127.0.0.1", port)))
    except CourseError:
        mend = _("“python -m course lab” takes the next one that is free")
        return Finding("WARN", _("port {port} is in use").format(port=port), mend)
