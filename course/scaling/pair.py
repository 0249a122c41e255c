"""Start the workers of ``extras/scaling_out.ipynb``, show what they say, and leave none behind.

Usage, in a notebook::

    settings["exchange"] = pair.exchange()       # "tf.distribute" where this computer allows a private network
    results = pair.run(folder)                   # what each worker measured; raises WorkerDied where one died

A process of its own, started as ``python -m course.scaling.pair FOLDER``, stands between the notebook and the workers.
On Linux it can have a private network, with nothing in it but the workers: TensorFlow's server listens on all
addresses and asks nobody for a password. It ends the workers when one of them dies, when time is up, and when the
notebook is gone.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from course.messages import CourseError, _
from course.paths import ROOT

PRIVATE_NETWORK = ("unshare", "--user", "--map-root-user", "--net")
"""The command of Linux (util-linux) in front of one that is to run in a network of its own."""
GRACE_SECONDS = 20
KEY = "COURSE_SCALING_KEY"
"""The environment variable with the secret of the workers of one run."""
DIED = 1
"""Exit code where the work was not done."""
PEER_LOST = 3
"""Exit code of a worker whose partner no longer answers."""


class WorkerDied(CourseError):
    """A worker ended before its work was done; the others were ended too."""


def exchange() -> str:
    """``tf.distribute`` where workers can have a private network, else ``sockets``."""
    return "tf.distribute" if has_private_network() else "sockets"


def has_private_network() -> bool:
    """Whether this computer lets us start programs in a network of their own (Linux, if it is not forbidden)."""
    if not shutil.which(PRIVATE_NETWORK[0]):
        return False
    return subprocess.run([*PRIVATE_NETWORK, "true"], capture_output=True).returncode == 0


def run(
    folder: Path,
    *,
    kill_after: int = 0,
    seconds: float = 1200,
    grace: float = GRACE_SECONDS,
    worker: str = "course.scaling.worker",
) -> list[dict[str, Any]]:
    """Run the workers that ``settings.json`` in `folder` asks for, and print what they say as they say it.

    Args:
        kill_after: kill the last worker after this epoch, to see what happens; 0 for never.
        seconds: how long they may take in all.
        grace: seconds that a worker may take to notice by itself that another one is gone.
        worker: the module that each process runs.

    Returns:
        What each worker wrote into ``result-INDEX.json``.

    Raises:
        WorkerDied: one ended early, or time was up. None of them is left.
    """
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    for old in folder.glob("result-*.json"):
        old.unlink()
    command = [sys.executable, "-m", "course.scaling.pair", str(folder), "--worker", worker]
    command += ["--kill-after", str(kill_after), "--seconds", str(seconds), "--grace", str(grace)]
    if settings["exchange"] == "tf.distribute":
        command = [*PRIVATE_NETWORK, *command]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    parent = subprocess.Popen(command, **pipes, cwd=ROOT, encoding="utf-8", start_new_session=True)
    try:
        for line in parent.stdout:
            print(line, end="", flush=True)
        reason = parent.stderr.read().strip()
    finally:
        parent.stdin.close()  # it ends its workers, if there are any, and itself
        try:
            parent.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            parent.kill()
        parent.stdout.close()
        parent.stderr.close()
    if parent.returncode:
        raise WorkerDied(reason)
    paths = [folder / f"result-{index}.json" for index in range(settings["workers"])]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


class _Workers:
    """The processes of one run, seen from the one that starts them."""

    def __init__(self, folder: Path, module: str, settings: dict[str, Any]) -> None:
        self.lines: queue.Queue[tuple[int, str]] = queue.Queue()
        self.logs = [folder / f"worker-{index}.log" for index in range(settings["workers"])]
        addresses = [f"127.0.0.1:{port}" for port in free_ports(settings["workers"])]
        secret = secrets.token_hex(16)
        self.processes = [
            self._start([sys.executable, "-m", module, str(folder), str(index)], index, addresses, secret)
            for index in range(settings["workers"])
        ]
        self.readers = [
            threading.Thread(target=self._read, args=(index, process), daemon=True)
            for index, process in enumerate(self.processes)
        ]
        for reader in self.readers:
            reader.start()

    def _start(self, command: list[str], index: int, addresses: list[str], secret: str) -> subprocess.Popen[str]:
        cluster = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        threads = str(max(1, cores // len(addresses)))
        environment = {"TF_NUM_INTRAOP_THREADS": threads, "OMP_NUM_THREADS": threads} | os.environ
        environment |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "1"}
        environment |= {"PYTHONIOENCODING": "utf-8", "TF_CONFIG": json.dumps(cluster), KEY: secret}
        if len(addresses) == 1:
            del environment["TF_CONFIG"]
        with self.logs[index].open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                encoding="utf-8",
                errors="replace",
            )

    def _read(self, index: int, process: subprocess.Popen[str]) -> None:
        for line in process.stdout:
            self.lines.put((index, line))

    def show(self, seconds: float) -> list[tuple[int, str]]:
        """Print what they say in the next `seconds`, at most until one says something; returns that."""
        lines = []
        with suppress(queue.Empty):
            lines.append(self.lines.get(timeout=seconds))
            while True:
                lines.append(self.lines.get_nowait())
        for index, line in lines:
            print(f"worker {index} | {line}", end="", flush=True)
        return lines

    def dead(self) -> list[int]:
        """Which have ended before their work was done; first those that did not end because of another one."""
        codes = [process.poll() for process in self.processes]
        dead = [index for index, code in enumerate(codes) if code not in (None, 0)]
        return sorted(dead, key=lambda index: codes[index] == PEER_LOST)

    def working(self) -> bool:
        """Whether any is still there."""
        return any(process.poll() is None for process in self.processes)

    def kill(self) -> None:
        """Kill those that are still there."""
        for process in self.processes:
            process.kill()

    def end(self) -> None:
        """Leave none behind; what they have said last is shown."""
        self.kill()
        for process in self.processes:
            process.wait()
        for reader in self.readers:
            reader.join(timeout=5)
        self.show(0.01)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _number in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _watch(workers: _Workers, kill_after: int, seconds: float, grace: float) -> str:
    """Wait until all are done. Returns why not, in a sentence; empty where they are."""
    latest = time.monotonic() + seconds
    while workers.working() and not workers.dead():
        for index, line in workers.show(0.2):
            if kill_after and index == len(workers.processes) - 1 and line.startswith(f"epoch {kill_after}:"):
                workers.processes[index].kill()
                workers.processes[index].wait()
        if time.monotonic() > latest:
            return _(
                "The workers were not done after {seconds} seconds and were ended; `pair.run` with a larger `seconds`"
                " goes on from the last checkpoint."
            ).format(seconds=round(seconds))
    if not workers.dead():
        return ""
    latest = time.monotonic() + grace
    while workers.working() and time.monotonic() < latest:
        workers.show(0.2)
    first = workers.dead()[0]
    return _(
        "Worker {index} ended before its work was done ({how}), and the others were ended too; `pair.run` with the same"
        " folder goes on from the last checkpoint."
    ).format(index=first, how=_how(workers, first))


def _how(workers: _Workers, index: int) -> str:
    code = workers.processes[index].returncode
    if code == -getattr(signal, "SIGKILL", 9):
        return _("somebody killed it, or memory ran out")
    log = workers.logs[index].read_text(encoding="utf-8", errors="replace")
    errors = re.findall(r"^[\w.]*(?:Error|Exception)\b.*", log, re.MULTILINE)  # TensorFlow writes much else there
    return errors[-1][:300] if errors else _("exit code {code}").format(code=code)


def _loopback_up() -> None:
    """Switch the loopback interface on; in a new private network it is off."""
    import fcntl

    up_and_running, set_flags = 0x1 | 0x40, 0x8914
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh", b"lo", up_and_running))


def end_with_parent(first: Callable[[], None] = lambda: None) -> None:
    """End this process, after `first`, when the one that started it is gone: then our standard input closes."""

    def wait() -> None:
        os.read(0, 1)
        first()
        os._exit(DIED)

    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    """Run by ``python -m course.scaling.pair FOLDER``; exit code 0 only where every worker did its work."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worker", required=True)
    parser.add_argument("--kill-after", type=int, default=0)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--grace", type=float, required=True)
    args = parser.parse_args()
    settings = json.loads((args.folder / "settings.json").read_text(encoding="utf-8"))
    if settings["exchange"] == "tf.distribute":
        _loopback_up()
    workers = _Workers(args.folder, args.worker, settings)
    end_with_parent(first=workers.kill)
    try:
        reason = _watch(workers, args.kill_after, args.seconds, args.grace)
    finally:
        workers.end()
    if reason:
        print(reason, file=sys.stderr)
    return DIED if reason else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    sys.stderr.reconfigure(encoding="utf-8")
    sys.exit(main())
