"""Is this machine fit for the course? A line for each requirement, and the command that fixes what is wrong.

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
from pathlib import Path

from course.datasets import editions
from course.environment import interpreter, lab, setup, system
from course.environment.interpreter import Interpreter
from course.files import printable, shown
from course.messages import CourseError, _
from course.paths import ROOT, data_dir, models_dir

COLORS = {"OK": "32", "WARN": "33", "FAIL": "31"}
SETUP = "python -m course setup"
PATIENCE = 120
"""Seconds that the environment gets for an answer: from a slow disk, TensorFlow's first import takes a minute."""
SETS = ("mnist", "asl_data", "asl_images", "doggy_door_images", "presidential_doggy_door", "nyt_dataset", "fruits")
GB = 1e9
DISK = 3
"""Gigabytes that an environment takes, at most."""
BACKENDS = ("tensorflow", "jax", "torch")
DRIVERS = {11: 450, 12: 525, 13: 580}
"""The oldest NVIDIA driver for each major version of CUDA."""

Answer = dict  # what the environment's Python says, from JSON; under "error" why it does not


@dataclass(frozen=True)
class Finding:
    """One requirement: ``OK``, ``WARN`` or ``FAIL``, what was found, and what fixes it."""

    level: str
    what: str
    fix: str = ""

    def line(self, colored: bool) -> str:
        """The finding as it is printed, with the colors of a terminal or without."""
        mark = f"\033[{COLORS[self.level]}m[{self.level}]\033[0m" if colored else f"[{self.level}]"
        return mark + " " * (5 - len(self.level)) + printable(self.what + (f" → {self.fix}" if self.fix else ""))


@dataclass(frozen=True)
class Card:
    """An NVIDIA card as ``nvidia-smi`` describes it, or under `error` why it does not."""

    name: str = ""
    driver: str = ""
    capability: str = ""
    error: str = ""

    def __str__(self) -> str:
        return self.error or f"{self.name}, {self.driver}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``doctor``."""
    parser.add_argument("--json", action="store_true", help=_("print the findings as JSON"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course doctor``: 1 where anything fails."""
    colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    findings = []
    for finding in examine():
        findings.append(finding)
        if not args.json:
            print(finding.line(colored), flush=True)
    fails = any(finding.level == "FAIL" for finding in findings)
    if args.json:
        print(json.dumps({"ok": not fails, "findings": [asdict(finding) for finding in findings]}, indent=1))
    return int(fails)


def examine() -> Iterator[Finding]:
    """All findings on this machine, one after the other."""
    current = interpreter.current()
    python, found = find_environment(current)
    yield check_python(python or current)
    yield found
    packages: Answer = {}
    backend, unset = chosen_backend(os.environ, Path.home())
    if python:
        packages = ask(python.executable, "describe_packages")
        yield from check_packages(packages, current)
        tensorflow = ask(python.executable, "describe_tensorflow")
        yield check_tensorflow(tensorflow)
        if "error" not in tensorflow and backend == "tensorflow":
            yield check_gpu(find_card(), tensorflow, current.system, os.environ)
        yield check_kernel(packages)
    other = python is not None and backend in BACKENDS[1:]
    answer = ask(python.executable, "describe_backend") if python and other else {}
    yield check_backend(backend, unset, answer, python.executable if python else "python")
    total, limit = packages.get("memory") or read_memory(), memory_limit()
    yield check_memory(total, limit)
    yield from check_lessons(min(total, limit), read_peaks(ROOT / "docs" / "results.json"))
    yield check_clock(date.today())
    yield check_disk(shutil.disk_usage(ROOT).free)
    yield check_data(data_dir())
    yield check_writing(ROOT)
    yield check_writing(models_dir())
    yield check_port(lab.FIRST_PORT)


def find_environment(current: Interpreter) -> tuple[Interpreter | None, Finding]:
    """The Python that the lessons run in, if there is one, and a finding about its environment."""
    for folder in (Path(sys.prefix), setup.find_folder(current), *sorted(ROOT.glob(".venv*"))):
        stamp = interpreter.read_stamp(folder)
        python = interpreter.probe([str(interpreter.python_of(folder))]) if stamp else None
        if python and stamp["state"]:
            return python, Finding("OK", _("environment {folder}").format(folder=shown(folder)))
        if python:
            return python, Finding(
                "WARN", _("the set-up of {folder} is not finished").format(folder=folder.name), SETUP
            )
    if current.outer:
        return current, Finding("OK", _("this Python has packages of its own, which stay; set-up adds what is missing"))
    return None, Finding("FAIL", _("there is no environment yet, or it does not start"), SETUP)


def check_python(python: Interpreter) -> Finding:
    """Whether TensorFlow has a build for `python`; a container may bring a build of its own for any Python."""
    if interpreter.fits(python):
        return Finding("OK", f"{python}, {python.system} {python.machine}")
    fix = _("install a 64-bit Python 3.10 to 3.13, or uv, which fetches one, then: python -m course setup")
    return Finding("WARN" if python.outer else "FAIL", interpreter.unfit(python), fix)


def ask(python: str, question: str, seconds: float = PATIENCE) -> Answer:
    """What the function `question` of this module answers in the interpreter `python`; ``"noise"`` is its stderr."""
    try:
        done = interpreter.ask([python], "doctor", f"doctor.{question}()", seconds)
    except subprocess.TimeoutExpired:
        return {"error": _("no answer within {seconds} s").format(seconds=seconds)}
    noise = done.stderr.decode("utf-8", "replace").strip()
    try:
        return {**json.loads(done.stdout.splitlines()[-1]), "noise": noise}
    except (IndexError, ValueError):  # it ended before it could answer
        return {"error": f"{noise.splitlines()[-1] if noise else ''} (exit code {done.returncode})".strip()}


def describe_packages() -> Answer:
    """What the running environment has of requirements.txt, its memory in bytes, and the kernel it would start."""
    from importlib.metadata import packages_distributions  # since Python 3.10

    versions, providers = system.versions(), packages_distributions()
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    packages = [_describe_package(line, versions, providers) for line in lines if line]
    tensorflows = sorted({system.normal(name) for name in providers.get("tensorflow", ())})
    answer: Answer = {"executable": sys.executable, "packages": packages, "tensorflows": tensorflows}
    answer["metal"] = "tensorflow-metal" in versions
    try:
        import psutil
        from jupyter_client.kernelspec import KernelSpecManager

        answer["memory"] = psutil.virtual_memory().total
        kernel = KernelSpecManager().get_kernel_spec("python3")
        answer["kernel"] = {"command": kernel.argv[0], "folder": kernel.resource_dir}
    except Exception as error:  # no such kernel, or a damaged package, which may raise anything
        answer["error_of_kernel"] = f"{type(error).__name__}: {error}"
    return answer


def _describe_package(requirement: str, versions: Mapping[str, str], providers: Mapping[str, list[str]]) -> Answer:
    """What is here of one line of requirements.txt, by the module: its distribution may have another name."""
    name = system.requirement_name(requirement)
    module = {"pillow": "PIL"}.get(name, name)
    answer: Answer = {"name": name, "requirement": requirement}
    try:
        if module not in providers:
            raise ModuleNotFoundError(name=module)
        if name not in ("tensorflow", "keras"):  # they take seconds, and have a question of their own
            importlib.import_module(module)
        answer["version"] = versions.get(name) or versions[system.normal(providers[module][0])]
        from packaging.requirements import Requirement  # keras brings it

        answer["fits"] = Requirement(requirement).specifier.contains(answer["version"], prereleases=True)
    except Exception as error:
        gone = isinstance(error, ModuleNotFoundError) and error.name == module
        answer["error"] = _("it is not installed") if gone else f"{type(error).__name__}: {error}"
    return answer


def describe_tensorflow() -> Answer:
    """Start TensorFlow and Keras in this process and compute a convolution, on a GPU if there is one."""
    os.environ.update(KERAS_BACKEND="tensorflow", TF_FORCE_GPU_ALLOW_GROWTH="true", TF_CPP_MIN_LOG_LEVEL="0")
    import keras
    import tensorflow as tf

    gpus, build = tf.config.list_physical_devices("GPU"), tf.sysconfig.get_build_info()
    answer = {"version": tf.__version__, "keras": keras.__version__, "backend": keras.backend.backend()}
    answer["cuda"] = str(build.get("cuda_version", "")) if build.get("is_cuda_build") else ""
    answer["kernels"] = list(build.get("cuda_compute_capabilities", ()))
    answer["gpus"] = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    try:
        with tf.device("/GPU:0" if gpus else "/CPU:0"):  # cuDNN's kernels, then TensorFlow's own
            (tf.nn.conv2d(tf.ones((1, 8, 8, 1)), tf.ones((3, 3, 1, 1)), 1, "SAME") * 2.0).numpy()
    except tf.errors.OpError as error:
        answer["error_of_gpu"] = str(error).splitlines()[0]
    return answer


def describe_backend() -> Answer:
    """Start Keras in this process on the chosen backend, JAX or PyTorch, and name the device that it computes on."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return {"version": jax.__version__, "device": jax.devices()[0].device_kind}
    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    return {"version": torch.__version__, "device": device}


def check_packages(answer: Answer, current: Interpreter) -> Iterator[Finding]:
    """A finding for each package of requirements.txt that is missing or wrong, and one for all the others.

    Set-up adds what is missing; it leaves the versions of a system environment alone, so that pip has to change them.
    """
    if "error" in answer:
        yield Finding("FAIL", _("the environment does not answer: {error}").format(**answer), SETUP)
    fine = []
    for package in answer.get("packages", ()):
        if "error" in package:
            level = "WARN" if package["name"] in setup.OPTIONAL else "FAIL"
            yield Finding(level, "{name}: {error}".format(**package), SETUP)
        elif not package["fits"]:
            level = "FAIL" if package["name"] in ("tensorflow", "keras") else "WARN"
            fix = f'{current.executable} -m pip install "{package["requirement"]}"' if current.outer else SETUP
            yield Finding(level, _("{name} {version}, but {requirement} is needed").format(**package), fix)
        else:
            fine.append("{name} {version}".format(**package))
    if fine:
        yield Finding("OK", ", ".join(fine))
    several = answer.get("tensorflows", ())
    if len(several) > 1:
        what = _("several TensorFlows overwrite each other here: {names}").format(names=", ".join(several))
        names = " ".join(several)
        fix = _("{python} -m pip uninstall {names}, then {setup}")
        yield Finding("WARN", what, fix.format(python=answer["executable"], names=names, setup=SETUP))
    if answer.get("metal"):
        what = _("tensorflow-metal is installed; with it, networks are reported to reach other accuracies")
        yield Finding("WARN", what, f"{answer['executable']} -m pip uninstall tensorflow-metal")


def check_tensorflow(answer: Answer) -> Finding:
    """Whether TensorFlow starts, and Keras on it."""
    if "error" in answer:
        fix = _("python -m course clean, then {setup}").format(setup=SETUP)
        return Finding("FAIL", _("TensorFlow does not start: {error}").format(**answer), fix)
    return Finding("OK", _("TensorFlow {version} starts, and Keras {keras} on {backend}").format(**answer))


def find_card() -> Card | None:
    """The first NVIDIA card of this machine; None without one."""
    line = ""
    for fields in ("name,driver_version,compute_cap", "name,driver_version"):  # old drivers do not know the last one
        command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
        except subprocess.TimeoutExpired:
            return Card(error="nvidia-smi: no answer")
        except OSError:
            return Card(error="nvidia-smi: not there") if Path("/proc/driver/nvidia/version").exists() else None
        line = done.stdout.decode("utf-8", "replace").strip().split("\n")[0]
        if done.returncode == 0:
            return Card(*line.split(", ")[:3])
    return Card(error=f"nvidia-smi: {line}")


def _number(text: str) -> int:
    """The whole number that `text` begins with, else 0."""
    return int((re.match(r"\d+", text) or ["0"])[0])


def check_gpu(card: Card | None, answer: Answer, system: str, environ: Mapping[str, str]) -> Finding:
    """Whether TensorFlow computes on the NVIDIA card that is there, and if not, why."""
    noise, error, cuda = answer.get("noise", ""), answer.get("error_of_gpu", ""), f"{SETUP} --gpu"
    if answer["gpus"] and not error:
        return Finding("OK", _("TensorFlow computes on {gpu} ({card})").format(gpu=answer["gpus"][0], card=card))
    if card is None and "NVIDIA_BUILD_ID" in environ:  # a container of NVIDIA's
        fix = _("if the machine has one, start the container with --gpus all")
        return Finding("WARN", _("this container sees no GPU: the lessons run on the CPU"), fix)
    if card is None and system == "Darwin":
        return Finding("OK", _("TensorFlow's build for Apple's chips computes on the CPU, as the lessons expect"))
    if card is None:
        return Finding("OK", _("no NVIDIA card here: the lessons run on the CPU"))
    hints = [line for line in noise.splitlines() if re.search(r"cuda|gpu|cuinit", line, re.IGNORECASE)]
    update = _("update the NVIDIA driver, else restart the machine")
    kernels = max((int(number) for name in answer["kernels"] for number in re.findall(r"_(\d+)", name)), default=999)
    if error and _number(card.capability.replace(".", "")) > kernels:
        what = _("TensorFlow has no kernels for {card}, compute capability {capability}: no lesson would train there")
        fix = _("use a container of NVIDIA's, or Keras on JAX or PyTorch (docs/ngc.md); on the CPU: {cpu}")
        what = what.format(card=card.name, capability=card.capability)
        return Finding("FAIL", what, fix.format(cpu="CUDA_VISIBLE_DEVICES=-1"))
    oldest = DRIVERS.get(_number(answer["cuda"]), 0)
    old = _("driver {driver} is too old: CUDA {cuda} needs {oldest}")
    old = old.format(driver=card.driver, cuda=answer["cuda"], oldest=oldest)
    reasons = (
        (0 < _number(card.driver) < oldest, old, update),
        (error, error, update),
        (system == "Windows", _("on Windows that needs WSL2"), _("wsl --install, then set up in there")),
        (card.error, _("the driver does not work"), update),
        (environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"), _("it is hidden"), "unset CUDA_VISIBLE_DEVICES"),
        (not answer["cuda"], _("this TensorFlow is built for the CPU"), cuda),
        ("Cannot dlopen some GPU libraries" in noise, _("libraries of tensorflow[and-cuda] are missing"), cuda),
        (True, (hints or [_("it does not say why")])[-1], update),
    )
    why, fix = next((why, fix) for applies, why, fix in reasons if applies)
    what = _("TensorFlow does not compute on the GPU ({card}) but on the CPU: {why}")
    return Finding("WARN", what.format(card=card, why=why), fix)


def check_kernel(answer: Answer) -> Finding:
    """Whether the kernel ``python3`` that JupyterLab would start belongs to the environment."""
    kernel = answer.get("kernel")
    if not kernel:
        error = answer.get("error_of_kernel") or answer.get("error")
        return Finding("FAIL", _("no kernel “python3” can be started: {error}").format(error=error), SETUP)
    command = Path(kernel["command"])  # a bare "python" stands for the environment's own
    if command.name == str(command) or command.parent == Path(answer["executable"]).parent:
        return Finding("OK", _("the kernel python3 starts {executable}").format(**answer))
    fix = _("open the lessons with “python -m course lab”, or: jupyter kernelspec remove python3")
    return Finding("WARN", _("the kernel python3 in {folder} starts another Python, {command}").format(**kernel), fix)


def chosen_backend(environ: Mapping[str, str], home: Path) -> tuple[str, str]:
    """The backend that Keras is to run on, and how to undo that choice: a variable counts before a file."""
    if environ.get("KERAS_BACKEND"):
        return environ["KERAS_BACKEND"], "unset KERAS_BACKEND"
    file, backend = Path(environ.get("KERAS_HOME") or home / ".keras") / "keras.json", None
    with suppress(OSError, ValueError, AttributeError):  # no such file, or one that Keras ignores too
        backend = json.loads(file.read_text("utf-8")).get("backend")
    return backend or "tensorflow", _("set “backend” to tensorflow in {file}").format(file=file)


def check_backend(backend: str, unset: str, answer: Answer, python: str) -> Finding:
    """Which backend Keras runs on, and on which device; `answer` is that of :func:`describe_backend`."""
    if backend == "tensorflow":
        return Finding("OK", _("Keras runs on TensorFlow"))
    if backend not in BACKENDS:
        what = _("Keras has no backend “{backend}” for these lessons, only {known}")
        return Finding("FAIL", what.format(backend=backend, known=", ".join(BACKENDS)), unset)
    if "No module named" in answer.get("error", ""):
        fix = _("{python} -m pip install {backend}, or {unset}").format(python=python, backend=backend, unset=unset)
        return Finding("FAIL", _("Keras is set to {backend}, which is not installed").format(backend=backend), fix)
    if not answer or "error" in answer:
        error = answer.get("error", _("there is no environment yet"))
        what = _("Keras does not start on {backend}: {error}")
        return Finding("FAIL", what.format(backend=backend, error=error), unset)
    what = _("Keras runs on {backend} {version} and computes on {device}")
    return Finding("OK", what.format(backend=backend, **answer))


def read_memory() -> float:
    """Memory of the machine in bytes, without psutil; 0 where the system does not tell (Windows)."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return 0


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


def check_memory(total: float, limit: float) -> Finding:
    """Whether the memory is enough, in bytes: 2 GB for the lessons, 4 GB with JupyterLab and a browser beside them."""
    if not total:
        return Finding("WARN", _("this system does not say how much memory it has"), _("make sure that it has 4 GB"))
    size = min(total, limit)
    what = _("{size:.1f} GB of memory").format(size=size / GB)
    if size >= 4 * GB:
        return Finding("OK", what)
    fix = _("raise the limit, for example: docker run --memory 8g …") if limit < total else _("use a larger machine")
    return Finding("WARN" if size >= 2 * GB else "FAIL", what, fix)


def read_peaks(results: Path) -> dict[str, float]:
    """The most memory, in bytes, that each lesson was measured to take on any edition; empty without the file."""
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
        what = _("too little memory for these lessons, as measured elsewhere: {lessons}")
        fix = _("run the others here, these on a larger machine")
        yield Finding("WARN", what.format(lessons=", ".join(too_large)), fix)


def check_clock(today: date) -> Finding:
    """Whether the clock is past 1980: networks are saved as zip archives, which know no earlier date."""
    wrong = today.year < 1980
    fix = _("set the clock: timedatectl set-ntp true") if wrong else ""
    return Finding("FAIL" if wrong else "OK", _("the clock shows {today}").format(today=today), fix)


def check_disk(free: float) -> Finding:
    """Whether the disk of the checkout has room for an environment; `free` in bytes."""
    what = _("{free:.1f} GB of disk free").format(free=free / GB)
    return Finding("OK", what) if free >= DISK * GB else Finding("WARN", what, _("free {size} GB").format(size=DISK))


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
            what = _("{file} is missing or has changed").format(file=shown(file))
            return Finding("FAIL", what, editions.how_to_restore(file))
    what = _("{folder} holds the edition {edition}").format(folder=shown(root), edition=manifest.edition)
    sets = [name for name in SETS if (root / name).is_dir()]
    if not sets:
        return Finding("FAIL", _("{what}, but none of the sets").format(what=what), restore)
    return Finding("OK", ", ".join([f"{what} {manifest.version}".strip(), *sets]))


def check_writing(folder: Path) -> Finding:
    """Whether lessons can save in `folder`, which they make if it is missing."""
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
        fix = _("“python -m course lab” takes the next one that is free")
        return Finding("WARN", _("port {port} is in use").format(port=port), fix)
