"""One notebook, executed in a kernel of its own and never written to.

Usage: ``outcome = execute(notebook, Settings(edition=data_dir()), watcher)``. The kernel is always one of the
interpreter that runs this: a kernelspec called ``python3`` in someone's home folder may belong to another environment.
Needs nbclient, nbformat, ipykernel and psutil, which JupyterLab brings.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, Any, Protocol

import nbformat
import psutil
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course.files import shown, write_text
from course.messages import CourseError, _

RESULTS_MIME = "application/vnd.course.results+json"  # what course.check.results displays
START_SECONDS = 300  # a kernel may need minutes to start on a machine that is busy or reads from a network disk
MEMORY_EVERY_SECONDS = 0.5


@dataclass(frozen=True)
class Settings:
    """How to execute a notebook.

    Attributes:
        edition: folder of the edition, absolute.
        lang: ``COURSE_LANG`` for the kernel; empty to leave it as it is.
        timeout: seconds that one cell may take; 0 for no limit.
        seed: takes the place of the number in the cell ``seed``, in memory only.
        out: folder for the executed copy.
    """

    edition: Path
    lang: str = ""
    timeout: int = 1200
    seed: int | None = None
    out: Path | None = None


@dataclass
class Outcome:
    """The outcome of one notebook.

    Attributes:
        status: ``passed``, ``failed`` or ``not_attempted``.
        reason: one sentence if it did not pass; `cell` and `source` are those of the cell in which it ended.
        results: what ``check.results`` displayed (metrics, sets, ranges, unusual, device, versions); empty without it.
        cells: the code cells that ran, each ``{"id", "seconds"}``.
        peak_memory_mb: highest resident memory of the kernel, with what its children have to themselves, in MiB.
    """

    lesson: str
    status: str = "passed"
    seconds: float = 0.0
    reason: str = ""
    cell: str = ""
    source: str = ""
    results: dict[str, Any] = field(default_factory=dict)
    cells: list[dict[str, Any]] = field(default_factory=list)
    peak_memory_mb: float = 0.0

    @property
    def metrics(self) -> dict[str, float]:
        """The lesson's figures by name; empty if it showed none."""
        return self.results.get("metrics", {})

    def fail(self, reason: str) -> None:
        """Turn the outcome into a failure for `reason`, one sentence."""
        self.status, self.reason = "failed", reason


class Watcher(Protocol):
    """What :func:`execute` calls while a notebook runs."""

    def cell(self, number: int, total: int, cell_id: str) -> None:
        """Code cell `number` of `total` starts."""

    def line(self, text: str) -> None:
        """The running cell printed `text`."""


class _OwnKernelSpec(KernelSpecManager):
    """Whatever a notebook asks for, the kernel is one of this interpreter."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(**get_kernel_dict())


class _Client(NotebookClient):
    """A client that passes on what the kernel prints, as it comes."""

    watcher: Watcher

    def process_message(self, msg: dict[str, Any], cell: nbformat.NotebookNode, cell_index: int) -> Any:
        if msg["msg_type"] == "stream":
            self.watcher.line(msg["content"]["text"])
        return super().process_message(msg, cell, cell_index)


def execute(notebook: Path, settings: Settings, watcher: Watcher) -> Outcome:
    """Execute `notebook` in its own folder; its kernel and all that it started is gone when this returns or raises.

    Raises:
        CourseError: the executed copy could not be written.
        KeyboardInterrupt: Ctrl-C.
    """
    outcome = Outcome(lesson=notebook.stem)
    started = monotonic()
    try:
        nb = nbformat.read(notebook, as_version=4)
        nbformat.validate(nb)
    except Exception:  # each kind of damage has an error of its own, too deep a nesting even a RecursionError
        text = _("{path} is not a notebook that can be read; `python -m course reset {lesson}` restores a lesson.")
        outcome.fail(text.format(path=shown(notebook), lesson=notebook.stem))
        return outcome
    if settings.seed is not None:
        _set_seed(nb, settings.seed)
    if sys.platform == "win32":  # the sockets of jupyter_client need this kind of loop
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    asyncio.run(_execute(nb, notebook.parent, settings, watcher, outcome))
    outcome.seconds = round(monotonic() - started, 2)
    outcome.results = _results(nb)
    if settings.out:
        write_text(settings.out / notebook.name, nbformat.writes(nb) + "\n")
    return outcome


async def _execute(
    nb: nbformat.NotebookNode, folder: Path, settings: Settings, watcher: Watcher, outcome: Outcome
) -> None:
    """Run the code cells of `nb`, which takes the outputs; fill in `outcome` but for its seconds and results."""
    manager = AsyncKernelManager(kernel_spec_manager=_OwnKernelSpec())
    client = _Client(nb, manager, timeout=settings.timeout, record_timing=False, coalesce_streams=True)
    client.startup_timeout = START_SECONDS
    client.watcher = watcher
    environment = {**os.environ, "COURSE_DATA": str(settings.edition)}
    if settings.lang:
        environment["COURSE_LANG"] = settings.lang
    processes: set[psutil.Process] = set()
    with tempfile.TemporaryFile() as noise:  # what the kernel writes before and after it can send messages
        watching, gently = None, False
        try:
            streams = {"stdout": subprocess.DEVNULL, "stderr": noise}
            await client.async_start_new_kernel(cwd=str(folder), env=environment, **streams)
            watching = asyncio.create_task(_watch_memory(manager.provisioner.pid, processes, outcome))
            await client.async_start_new_kernel_client()
            await _run_cells(client, outcome)
            client.set_widgets_metadata()
            gently, outcome.cell, outcome.source = True, "", ""
        except CellExecutionError as error:
            _explain(error, outcome)
        except CellTimeoutError:
            text = _("The cell “{cell}” took longer than {seconds} s; `--timeout` allows it more.")
            outcome.fail(text.format(cell=outcome.cell, seconds=settings.timeout))
        except DeadKernelError:
            code = await manager.provisioner.poll()
            if code is None:  # the kernel lives: nbclient takes every cancellation, Ctrl-C's too, for its death
                raise asyncio.CancelledError from None
            if code == 0 and len(outcome.cells) == len(_code_cells(nb)):  # the last cell may end the kernel
                outcome.cell, outcome.source = "", ""
            else:
                outcome.fail(_death(code, outcome.cell))
        except Exception as error:  # whatever it is, the next lesson goes on
            if not outcome.cell:
                outcome.fail(_no_start(error, noise))
            else:
                outcome.fail(f"{type(error).__name__}: {_one_line(str(error))}")
        finally:
            if watching:
                watching.cancel()
            await _stop(client, manager, processes, gently)


async def _run_cells(client: _Client, outcome: Outcome) -> None:
    cells = _code_cells(client.nb)
    for number, (index, cell) in enumerate(cells, 1):
        outcome.cell, outcome.source = cell.get("id", f"#{index}"), cell.source
        client.watcher.cell(number, len(cells), outcome.cell)
        started = monotonic()
        try:
            await client.async_execute_cell(cell, index)
        finally:
            outcome.cells.append({"id": outcome.cell, "seconds": round(monotonic() - started, 2)})


async def _watch_memory(pid: int, processes: set[psutil.Process], outcome: Outcome) -> None:
    """Keep the highest memory of the kernel's process tree, and every process that it had in `processes`."""
    kernel = psutil.Process(pid)
    while True:
        processes.add(kernel)
        with suppress(psutil.Error):
            processes.update(kernel.children(recursive=True))
        resident = 0
        for process in processes:
            with suppress(psutil.Error):  # a child that has just been forked still shares all memory with the kernel
                resident += process.memory_info().rss if process == kernel else process.memory_full_info().uss
        outcome.peak_memory_mb = max(outcome.peak_memory_mb, round(resident / 2**20, 1))
        await asyncio.sleep(MEMORY_EVERY_SECONDS)


async def _stop(client: _Client, manager: AsyncKernelManager, processes: set[psutil.Process], gently: bool) -> None:
    """End the kernel and what it started; without `gently` at once, so that a second Ctrl-C finds nothing left."""
    if not gently:
        _kill(processes)
    if client.kc:
        client.kc.stop_channels()
    if manager.has_kernel:
        await manager.shutdown_kernel(now=not gently)
    _kill(processes)


def _kill(processes: set[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):  # psutil refuses where the number meanwhile belongs to another process
            process.kill()


def _code_cells(nb: nbformat.NotebookNode) -> list[tuple[int, nbformat.NotebookNode]]:
    """Index and cell of the code cells that hold anything."""
    return [(i, cell) for i, cell in enumerate(nb.cells) if cell.cell_type == "code" and cell.source.strip()]


def _set_seed(nb: nbformat.NotebookNode, seed: int) -> None:
    for cell in nb.cells:
        if cell.get("id") == "seed":
            cell.source = re.sub(r"^SEED = \d+", f"SEED = {seed}", cell.source, flags=re.MULTILINE)


def _results(nb: nbformat.NotebookNode) -> dict[str, Any]:
    """What ``check.results`` displayed last; empty if it displayed nothing."""
    outputs = [output for _index, cell in _code_cells(nb) for output in cell.outputs]
    found = [output["data"][RESULTS_MIME] for output in outputs if RESULTS_MIME in output.get("data", {})]
    return dict(found[-1]) if found else {}


def _explain(error: CellExecutionError, outcome: Outcome) -> None:
    """Fill in status and reason from what a cell raised."""
    sentence = _one_line(error.evalue)
    if error.ename == "NotAttempted":
        outcome.status, outcome.reason = "not_attempted", sentence
    elif error.ename == CourseError.__name__:
        outcome.fail(sentence)
    else:
        outcome.fail(f"{error.ename}: {sentence}")


def _death(code: int, cell: str) -> str:
    if code in (-signal.SIGTERM, -9, 137):  # 9 is SIGKILL, which Windows has no name for
        return _(
            "The kernel was killed in the cell “{cell}”, most likely because memory ran out; "
            "close other programs and notebooks and run the lesson again."
        ).format(cell=cell)
    return _(
        "The kernel died in the cell “{cell}” (exit code {code}); `python -m course doctor` checks the environment."
    ).format(cell=cell, code=code)


def _no_start(error: Exception, noise: IO[bytes]) -> str:
    noise.seek(0)
    lines = [line for line in noise.read().decode(errors="replace").splitlines() if line.strip()]
    last = f": {_one_line(lines[-1])}" if lines else ""
    text = _("The kernel did not start ({error}{last}); `python -m course doctor` says what is missing.")
    return text.format(error=_one_line(str(error)), last=last)


def _one_line(text: str) -> str:
    """The text without terminal colors, on one line of at most 300 characters."""
    return textwrap.shorten(re.sub(r"\x1b\[[0-9;]*m", "", text), 300, placeholder=" …")
