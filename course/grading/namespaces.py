"""The command around the process that runs a submission: Linux namespaces, by bubblewrap or else by `unshare`.

Usage: ``wrapping = find(path)``, with the folders that Python imports from; then start ``[*wrapping.command, …]``.
Inside bubblewrap there is no network, no other process and no file but the system's libraries and Python, all of
them read-only; inside `unshare` no network and no other process. Where the system offers neither (macOS, Windows, most
containers) there is no wrapping, and :mod:`course.grading.lockdown` alone protects the machine.

Root gets no user namespace: there the real root would go on under another name. Without one,
:mod:`course.grading.lockdown` turns it into nobody for good.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/sys/devices/system/cpu")
_HERE = str(Path(__file__).resolve().parent)


@dataclass(frozen=True)
class Wrapping:
    """What to put before a command, and what to call it in a report."""

    name: str
    command: tuple[str, ...]


@lru_cache(maxsize=4)
def find(path: tuple[str, ...]) -> Wrapping | None:
    """The best that works here, tried by importing NumPy in it; None where nothing does.

    Args:
        path: folders that Python imports from.
    """
    root = os.name == "posix" and os.geteuid() == 0
    for wrapping in (_bubblewrap(path, root), _unshare(root)):
        if shutil.which(wrapping.command[0]) and _works(wrapping, path):
            return wrapping
    return None


def _bubblewrap(path: tuple[str, ...], root: bool) -> Wrapping:
    folders = dict.fromkeys([*_SYSTEM, sys.base_prefix, sys.prefix, *path, *_linked(path), _HERE])
    binds = [part for folder in folders for part in ("--ro-bind-try", folder, folder)]
    to_become_nobody = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    user = to_become_nobody if root else ("--unshare-user", "--uid", "65534", "--gid", "65534")
    return Wrapping(
        "namespaces (bubblewrap)",
        (
            "bwrap",
            *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
            *("--cap-drop", "ALL", *user, "--die-with-parent", "--new-session"),
            # a /tmp that is empty, and inside of the sandbox
            *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),  # nosec B108
            *binds,
            *("--remount-ro", "/", "--chdir", "/tmp", "--"),  # nosec B108
        ),
    )


def _linked(path: tuple[str, ...]) -> list[str]:
    """Where the packages of `path` lie that are links there: what a link leads to has to be inside, too."""
    links = [entry.path for folder in path for entry in os.scandir(folder) if entry.is_symlink()]
    return sorted({str(Path(link).resolve().parent) for link in links})


def _unshare(root: bool) -> Wrapping:
    user = () if root else ("--map-user=65534", "--map-group=65534")
    options = (*user, "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child=KILL")
    return Wrapping("namespaces (unshare)", ("setpriv", "--pdeathsig", "KILL", "--", "unshare", *options, "--"))


def _works(wrapping: Wrapping, path: tuple[str, ...]) -> bool:
    try:
        code = f"import sys; sys.path[:] = {[*path]!r}; import numpy"
        command = [*wrapping.command, sys.executable, "-I", "-c", code]
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
