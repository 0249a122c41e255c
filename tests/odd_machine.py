"""Start a command on an odd machine: without a network, with a folder that is read-only or has hardly any room.

Usage: ``run(command, no_network=True, read_only=home, small=models, env=…)``; it skips the test where the system does
not let one make such a machine (Linux alone does, with unshare of util-linux, not in every container).
Inside, this file is a program: ``python odd_machine.py READ_ONLY SMALL COMMAND …``, a folder's place empty for none.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SIZE_OF_SMALL = "256k"
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def run(
    command: Sequence[object],
    *,
    no_network: bool = True,
    read_only: Path | None = None,
    small: Path | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run `command` there; `options` are those of ``subprocess.run``, its output is captured."""
    import pytest

    prefix = ["unshare", "--mount", *(["--net"] if no_network else []), *([] if os.geteuid() == 0 else ["-r"])]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("this system has no unshare, or does not allow it")
    words = [*prefix, sys.executable, __file__, read_only or "", small or "", *command]
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, encoding="utf-8", **options)


def loopback_up() -> None:
    """Start the loopback interface, which is down in a new network namespace; all that there is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(control, _GET_FLAGS, request))[1]
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sH14s", b"lo", flags | _UP, b""))


def main(read_only: str, small: str, *command: str) -> None:
    """Make the machine and become the command."""
    loopback_up()
    for folder, option in ((read_only, "ro"), (small, f"size={SIZE_OF_SMALL}")):
        if folder:
            subprocess.run(["mount", "-t", "tmpfs", "-o", option, "none", folder], check=True)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
