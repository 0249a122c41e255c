"""Run a stranger's network on images, in a process that can do nothing else.

Usage: ``answers = predict(model, pictures, Limits())``. See :mod:`course.grading.worker` for the other end of the
pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from course.grading import SECONDS, namespaces
from course.grading.contract import CLASSES, SIDE, SubmissionError
from course.messages import CourseError, _

MEANS, UNPRIVILEGED = ("Landlock", "seccomp"), "no privileges"
WALL = 3
NEEDED = ("reading", "writing", "network", "processes")
"""What a process must have tried and been refused to count as isolated."""

_WORKER = Path(__file__).resolve().with_name("worker.py")  # the isolated process sees no links
_START_SECONDS = 120
_LONGEST_LINE = 2000


@dataclass(frozen=True)
class Limits:
    """What one submission may take.

    Attributes:
        seconds: of processor time, and :data:`WALL` times as many on the clock, since a busy machine is not the
            learner's fault; on the clock alone where the system cannot limit processor time (Windows).
        memory: bytes, on top of what the interpreter takes.
    """

    seconds: int = SECONDS
    memory: int = 2 * 2**30


@dataclass(frozen=True)
class Isolation:
    """What the process had given up before it was sent the network.

    Attributes:
        active: the means that took hold.
        refused: what the process tried and was refused, of :data:`NEEDED`.
        interpreter: the package that ran the network.
    """

    active: tuple[str, ...]
    refused: tuple[str, ...]
    interpreter: str

    @property
    def complete(self) -> bool:
        """Whether everything was refused, by more than resource limits, to a process without privileges."""
        return set(NEEDED) <= set(self.refused) and UNPRIVILEGED in self.active and bool(set(MEANS) & set(self.active))

    @property
    def missing(self) -> str:
        """What it was not refused, for people."""
        left = not_refused(self.refused)
        return left or (_("what resource limits do not cover") if UNPRIVILEGED in self.active else _("root's rights"))


def not_refused(refused: Collection[str]) -> str:
    """What a process that was `refused` these things could still do of :data:`NEEDED`, for people; '' for nothing."""
    words = {
        "reading": _("reading files"),
        "writing": _("writing files"),
        "network": _("the network"),
        "processes": _("other processes"),
    }
    return ", ".join(words[name] for name in NEEDED if name not in refused)


@dataclass(frozen=True)
class Answers:
    """What a network answered.

    Attributes:
        outputs: float32, (images, 6), in the order of the images; any values, NaN too.
        isolation: how it was run.
        seconds: how long that took.
    """

    outputs: np.ndarray
    isolation: Isolation
    seconds: float


def predict(model: bytes, pictures: np.ndarray, limits: Limits | None = None) -> Answers:
    """Run `model` on `pictures`, one at a time, in an order drawn anew from the system's random source.

    Args:
        model: a LiteRT flatbuffer; trusted in nothing.
        pictures: uint8, (N, 224, 224, 3), RGB.
        limits: what it may take.

    Raises:
        SubmissionError: it does not keep the contract, or the limits.
        CourseError: the process could not be started.
    """
    limits = limits or Limits()
    with _locked_worker(limits) as (worker, isolation):
        start = time.monotonic()
        outputs = worker.answers(model, pictures, limits, "resource limits" in isolation.active)
    return Answers(outputs, isolation, time.monotonic() - start)


def probe() -> Isolation:
    """How a submission would be isolated here. Raises CourseError where the process cannot be started."""
    with _locked_worker(Limits()) as (_worker, isolation):
        return isolation


@contextlib.contextmanager
def _locked_worker(limits: Limits) -> Iterator[tuple[_Worker, Isolation]]:
    """A process that has given up everything else, and how; raises CourseError where it cannot be started."""
    folders = _import_folders()
    wrapping = namespaces.find(folders)
    settings = json.dumps({"path": folders, "memory": limits.memory, "seconds": limits.seconds})
    command = [*(wrapping.command if wrapping else ()), sys.executable, "-I", "-B", str(_WORKER), settings]
    with (
        tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as scratch,
        _Worker(command, scratch) as worker,
    ):
        yield worker, worker.wait_until_locked(wrapping)


def _import_folders() -> tuple[str, ...]:
    """Folders that this Python imports installed packages from, without the checkout and the current folder."""
    known = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}

    def installed(folder: str) -> bool:
        return folder in known or Path(folder).name in ("site-packages", "dist-packages", "lib-dynload")

    return tuple(dict.fromkeys(folder for folder in sys.path if os.path.isdir(folder) and installed(folder)))


def _environment(scratch: str) -> dict[str, str]:
    """Nothing of the grader's environment but what finding libraries takes."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
    inherited = {name: os.environ[name] for name in kept if name in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**inherited, **threads, "HOME": scratch, "TMPDIR": scratch, "CUDA_VISIBLE_DEVICES": "-1"}


class _Worker:
    """The process and its pipes; gone at the end of the ``with`` block, whatever happens."""

    def __init__(self, command: list[str], scratch: str) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        self._late = threading.Event()
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._complaints}
        try:
            self._process = subprocess.Popen(
                command, cwd=scratch, env=_environment(scratch), start_new_session=True, **pipes
            )
        except OSError as error:
            self._complaints.close()
            sentence = _("The process that runs the networks cannot be started ({reason}).")
            raise CourseError(sentence.format(reason=error.strerror)) from error

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            with contextlib.suppress(OSError):  # bytes that were still to be written to a process that is gone
                stream.close()
        self._process.wait()

    def wait_until_locked(self, wrapping: namespaces.Wrapping | None) -> Isolation:
        """Wait for the first line, which the process writes before it has seen anything of a submission.

        Raises:
            CourseError: it did not come.
        """
        timer = self._killed_after(_START_SECONDS)
        line = self._line()
        timer.cancel()
        if not line:
            self._process.wait()
            self._complaints.seek(0)
            last = self._complaints.read().decode("utf-8", "replace").strip().splitlines()[-1:]
            sentence = _(
                "The process that runs the networks did not start ({reason}); see that this prints no error: {command}."
            )
            check = 'python -c "import tensorflow"'
            raise CourseError(sentence.format(reason=(last or ["?"])[0][:200], command=check))
        active = (*([wrapping.name] if wrapping else []), *line["active"])
        return Isolation(active, tuple(line["refused"]), line["interpreter"])

    def answers(self, model: bytes, pictures: np.ndarray, limits: Limits, by_processor_time: bool) -> np.ndarray:
        """Send `model`, then image by image. Returns what :class:`Answers` calls outputs; raises SubmissionError."""
        outputs = np.empty((len(pictures), len(CLASSES)), "<f4")
        order = list(range(len(pictures)))
        secrets.SystemRandom().shuffle(order)
        timer = self._killed_after(limits.seconds * (WALL if by_processor_time else 1))
        try:
            self._send(len(model).to_bytes(8, "little") + model)
            self._read_verdict(limits)
            for done, number in enumerate(order):
                self._send(pictures[number].tobytes())
                answer = self._stream.read(outputs.itemsize * len(CLASSES))
                if len(answer) != outputs.itemsize * len(CLASSES):
                    raise self._ending(limits, done, len(order))
                outputs[number] = np.frombuffer(answer, "<f4")
        finally:
            timer.cancel()
        return outputs.astype(np.float32)

    def _read_verdict(self, limits: Limits) -> None:
        """The line after the network. Raises SubmissionError where it names a reason, or does not come."""
        line = self._line()
        if not line:
            raise self._ending(limits, 0, 0)
        if line.get("reason"):
            found = re.sub(r"[^\w .,:()/-]", "?", str(line.get("found")))[:100]
            raise _refusal(str(line["reason"]), found, limits)

    @property
    def _stream(self) -> IO[bytes]:
        return self._process.stdout

    def _line(self) -> dict:
        """One line of JSON; empty where the process ended, or wrote anything else."""
        try:
            line = json.loads(self._stream.readline(_LONGEST_LINE))
        except (ValueError, RecursionError):
            return {}
        return line if isinstance(line, dict) else {}

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # if it is gone, that is found out when its answer is read
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def _killed_after(self, seconds: float) -> threading.Timer:
        def kill() -> None:
            self._late.set()
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        return timer

    def _ending(self, limits: Limits, done: int, wanted: int) -> SubmissionError:
        """Why the process ended before it had answered everything."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = 0  # it lives, but has closed its pipe
        # SIGXCPU, also as an exit code, or SIGKILL, also as a shell or bubblewrap reports them
        by_processor_time = abs(code) % 128 in (24, 9)
        if self._late.is_set() or by_processor_time:
            sentence = _("the network had answered {done} of {wanted} images after {seconds} seconds of computing")
            problem = sentence.format(done=done, wanted=wanted, seconds=limits.seconds)
            if not wanted:
                problem = _("the network had not got through one image after {seconds} seconds of computing")
                problem = problem.format(seconds=limits.seconds)
            return SubmissionError(problem, _("build a smaller one, or have it graded with more --seconds"))
        return _refusal("run" if code == 3 else "crash", "", limits)


def _refusal(reason: str, found: str, limits: Limits) -> SubmissionError:
    """The sentence for what the process found. An unknown reason, which only a captured process gives, is a crash."""
    contract = _(
        "a network takes float32 ({side}, {side}, 3), RGB 0–255, and gives {classes} numbers; see lesson 07"
    ).format(side=SIDE, classes=len(CLASSES))
    sentences = {
        "damaged": (_("the network's file is damaged, cut off, or no LiteRT flatbuffer ({found})"), ""),
        "custom": (
            _("the network has the operator “{found}”, which is not built into LiteRT"),
            _("build it from Keras's own layers"),
        ),
        "size": (_("the network has far too many parts ({found})"), ""),
        "count": (_("the network has not one input and one output, but {found}"), contract),
        "input": (_("the network takes {found}"), contract),
        "output": (_("the network gives {found}"), contract),
        "memory of images": (
            _("the network could remember one image while it looks at the next ({found})"),
            _("build it from layers that keep no state"),
        ),
        "run": (_("LiteRT cannot run the network: it is damaged or too large"), contract),
        "memory": (_("the network needs more than {memory:.0f} GB of memory"), _("build a smaller one")),
        "crash": (_("the network broke LiteRT down: its file is damaged, or it needs more than {memory:.0f} GB"), ""),
    }
    problem, advice = sentences.get(reason, sentences["crash"])
    return SubmissionError(problem.format(found=found, memory=limits.memory / 2**30), advice)
