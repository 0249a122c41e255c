"""Kill a process at its n-th change of the file system, or in the middle of a write: what a crash does at its worst.

Usage: ``count = changes(action)``, then ``die_at(5, action)`` for any number up to `count`. The action runs in a forked
copy of this process. It is killed when it is about to make its fifth change (open for writing, rename, remove, make or
remove a folder, fsync, start of a program); with ``torn=True`` the kernel kills it within the write that follows, after
a few bytes. Another program dies likewise: ``python tests/killing.py 5 whole MODULE ARGUMENT …``, a file's name in
``COURSE_TEST_CHANGES`` receives how many changes it made. Linux and macOS only.
"""

from __future__ import annotations

import itertools
import os
import resource
import runpy
import signal
import sys
import traceback
from collections.abc import Callable, Iterator

CHANGES = {
    *("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.utime"),
    *("shutil.copyfile", "shutil.move", "shutil.rmtree", "subprocess.Popen", "os.posix_spawn"),
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
TORN_BYTES = 5
"""How large a file may still become after the moment of a torn write."""
NEVER = sys.maxsize


def points(count: int, most: int = 20) -> list[int]:
    """At most `most` of the numbers from 1 to `count`, evenly spread."""
    steps = min(most, count)
    return sorted({1 + int((step + 0.5) * count / steps) for step in range(steps)})


def arm(number: int, torn: bool = False) -> Callable[[], int]:
    """From now on, count this process's changes of the file system and die at that `number`; returns what counts.

    An audit hook cannot be taken back: this process has to be one that may die.
    """
    owner, counter, total = os.getpid(), itertools.count(1), [0]
    synchronise = os.fsync

    def change() -> None:
        if os.getpid() != owner:
            return
        total[0] = next(counter)
        if total[0] == number and not torn:
            os.kill(owner, signal.SIGKILL)
        elif total[0] == number:
            resource.setrlimit(resource.RLIMIT_FSIZE, (TORN_BYTES, resource.RLIM_INFINITY))

    def watch(event: str, arguments: tuple) -> None:
        if event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
            change()

    def fsync(descriptor: int) -> None:
        change()
        synchronise(descriptor)

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    os.fsync = fsync
    sys.addaudithook(watch)
    return lambda: total[0]


def _forked(number: int, action: Callable[[], object], torn: bool) -> tuple[int, int]:
    """Wait status of a forked copy of this process that does `action`, and how many changes it made."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            count = arm(number, torn)
            action()
            os.write(writing, str(count()).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    return os.waitpid(child, 0)[1], int(said or 0)


def changes(action: Callable[[], object]) -> int:
    """How many changes of the file system `action` makes, in a forked copy of this process."""
    status, count = _forked(NEVER, action, torn=False)
    assert status == 0, "it ends well where nobody kills it"
    return count


def die_at(number: int, action: Callable[[], object], torn: bool = False) -> bool:
    """Whether a forked copy of this process that does `action` was killed as planned; else it came to its end."""
    status, _count = _forked(number, action, torn)
    assert status == 0 or os.WIFSIGNALED(status), "it neither ended well nor was killed"
    if status:
        assert os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGXFSZ)
    return status != 0


def faults(count: int, most: int = 20) -> Iterator[tuple[int, bool]]:
    """Where to kill what makes `count` changes: at most `most` moments, each between writes and within one."""
    for number in points(count, most):
        yield number, False
        yield number, True


def main(arguments: list[str]) -> None:
    """Run a module as ``python -m`` does, armed; all that it starts is in its process group."""
    number, kind, module, *rest = arguments
    sys.argv = [module, *rest]
    sys.path[0] = os.getcwd()
    count, told = arm(int(number) or NEVER, kind == "torn"), os.environ.get("COURSE_TEST_CHANGES")
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        if told:
            made = str(count())
            with open(told, "w") as file:
                file.write(made)


if __name__ == "__main__":
    main(sys.argv[1:])
