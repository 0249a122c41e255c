"""Lock the process that is about to run a stranger's network: afterwards it can compute and use its two pipes.

Usage, once everything that it needs is imported: ``held = apply(memory=2**31, seconds=50)``. None of this can be
undone, not even by native code that a bug in the interpreter lets in. Imports nothing of the course.

- *No privileges*, on every POSIX system: root becomes nobody. On Linux the process also drops its capabilities, writes
  no core, and dies with the process that started it.
- *Resource limits*, on every POSIX system. That no descriptor may be opened any more (``RLIMIT_NOFILE`` 0) already
  denies every file, socket and pipe, to native code too.
- *Landlock*, where Linux has it: a set of rules that allows nothing, so that no path can be changed either.
- *seccomp*, by libseccomp: a short list of calls that may be made, everything else fails with EPERM; no memory becomes
  executable that was not before.

The report does not say what was asked for but what was tried: an action counts as refused only if it failed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable

try:
    import resource
except ImportError:  # Windows
    resource = None

NOBODY = 65534

_ALLOWED = (
    "brk", "munmap", "mremap", "madvise", "futex", "sched_yield", "getcpu", "sched_getaffinity", "clock_gettime",
    "gettimeofday", "rt_sigreturn", "rt_sigprocmask", "restart_syscall", "exit", "exit_group",
)  # fmt: skip
_SCMP_ACT_ALLOW = 0x7FFF0000
_SCMP_ACT_EPERM = 0x00050000 | 1
_SCMP_FLTATR_CTL_TSYNC = 4
_SCMP_CMP_EQ, _SCMP_CMP_MASKED_EQ = 4, 7
_PROT_EXEC = 4
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CAPABILITY_VERSION_3 = 0x20080522
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF = 444, 446  # the same number on every architecture


class _Comparison(ctypes.Structure):
    """``struct scmp_arg_cmp`` of seccomp.h."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


class _Ruleset(ctypes.Structure):
    """``struct landlock_ruleset_attr`` of linux/landlock.h."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64))


def apply(memory: int, seconds: int) -> dict[str, list[str]]:
    """Lock the process.

    Args:
        memory: bytes of address space that may be taken on top of what is in use now.
        seconds: processor time that may be used on top of what was used so far.

    Returns:
        ``active``: the names of the means that took hold. ``refused``: what was tried afterwards and failed, of
        ``reading``, ``writing``, ``network``, ``processes``.
    """
    libc, libseccomp = _linux_library(None), _linux_library("libseccomp.so.2")  # while libraries may still be opened
    steps = {
        "no privileges": lambda: _no_privileges(libc),
        "resource limits": lambda: _limit(memory, seconds, libc),
        "Landlock": lambda: _landlock(libc),
        "no descriptors": _no_descriptors,
        "seccomp": lambda: _seccomp(libseccomp),
    }
    active = [name for name, step in steps.items() if _holds(step)]
    return {"active": active, "refused": [name for name, attempt in _ATTEMPTS.items() if not _succeeds(attempt)]}


def _holds(step: Callable[[], None]) -> bool:
    """Whether a means can be had here."""
    try:
        step()
    except (OSError, AttributeError, ValueError):
        return False
    return True


def _succeeds(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _no_privileges(libc: ctypes.CDLL | None) -> None:
    """Go on as nobody if this is root, without capabilities and without cores, and die with the parent process.

    Raises:
        OSError: this was root and still is, or Linux refused one of the others.
    """
    if not hasattr(os, "geteuid"):
        raise OSError("Windows has no such user")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    if libc:  # in this order: a change of the user resets the last two
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        _checked(libc.capset(header, (ctypes.c_uint32 * 6)()))
        _checked(libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))  # RLIMIT_CORE alone does not stop a core that is piped
        _checked(libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def _limit(memory: int, seconds: int, libc: ctypes.CDLL | None) -> None:
    if resource is None:
        raise OSError("no resource limits on this system")
    if libc:
        # The first process of a namespace, as `unshare` starts it, is not ended by SIGXCPU unless it asks for that; and
        # of SIGKILL, a second later, `unshare` cannot tell. So the signal ends it with its own number as exit code.
        libc.signal(signal.SIGXCPU, ctypes.cast(libc._exit, ctypes.c_void_p))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime) + 1 + seconds
    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_NPROC": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_CPU": cpu,
        "RLIMIT_AS": _address_space() + memory,
    }
    for name, value in wanted.items():
        if hasattr(resource, name) and (name != "RLIMIT_AS" or sys.platform == "linux"):  # macOS does not keep AS
            hard = value + 1 if name == "RLIMIT_CPU" else value  # first SIGXCPU, then SIGKILL
            resource.setrlimit(getattr(resource, name), (value, hard))


def _address_space() -> int:
    """Bytes of address space in use; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _no_descriptors() -> None:
    if resource is None:
        raise OSError("no resource limits on this system")
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _landlock(libc: ctypes.CDLL | None) -> None:
    """Deny every access to files, and what newer kernels add, by a set of rules without a rule."""
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if version < 1:
        raise OSError(ctypes.get_errno(), "no Landlock")
    bits = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)  # rights on files by version of the interface
    rules = _Ruleset((1 << bits) - 1, 0b11, 0b11)
    size = 8 if version < 4 else 16 if version < 6 else 24
    number = _checked(libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0))
    try:
        _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_LANDLOCK_RESTRICT_SELF, number, 0))
    finally:
        os.close(number)


def _seccomp(library: ctypes.CDLL | None) -> None:
    """Allow the calls of pure computation, reading descriptor 0 and writing descriptor 1."""
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = (ctypes.c_uint32,)
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.seccomp_rule_add_array.argtypes = (pointer, ctypes.c_uint32, number, ctypes.c_uint, pointer)
    library.seccomp_attr_set.argtypes = (pointer, number, ctypes.c_uint32)
    library.seccomp_load.argtypes = (pointer,)
    context = library.seccomp_init(_SCMP_ACT_EPERM)
    if not context:
        raise OSError("libseccomp cannot start")
    not_executable = _Comparison(2, _SCMP_CMP_MASKED_EQ, _PROT_EXEC, 0)
    conditions = {
        "read": _Comparison(0, _SCMP_CMP_EQ, 0, 0),
        "write": _Comparison(0, _SCMP_CMP_EQ, 1, 0),
        "mmap": not_executable,
        "mprotect": not_executable,
    }
    for name in (*_ALLOWED, *conditions):
        call = library.seccomp_syscall_resolve_name(name.encode())
        condition = conditions.get(name)
        arguments = (1, ctypes.byref(condition)) if condition else (0, None)
        if call >= 0:  # an architecture that lacks a call lists it below 0
            _negative_is_error(library.seccomp_rule_add_array(context, _SCMP_ACT_ALLOW, call, *arguments))
    _negative_is_error(library.seccomp_attr_set(context, _SCMP_FLTATR_CTL_TSYNC, 1))
    _negative_is_error(library.seccomp_load(context))


def _linux_library(name: str | None) -> ctypes.CDLL | None:
    """A shared library, or the C library for None; None where it is not to be had: using that is an AttributeError."""
    try:
        return ctypes.CDLL(name, use_errno=True) if sys.platform == "linux" else None
    except OSError:
        return None


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused by the system")
    return result


def _negative_is_error(result: int) -> None:
    """What libseccomp returns is the negative of an errno."""
    if result < 0:
        raise OSError(-result, "refused by libseccomp")


def _try_to_read() -> None:
    os.close(os.open(__file__, os.O_RDONLY))


def _try_to_write() -> None:
    os.mkdir("grader-was-here")  # needs no descriptor, unlike a file
    os.rmdir("grader-was-here")


def _try_to_connect() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _try_to_start() -> None:
    if not hasattr(os, "fork"):
        return  # Windows: nothing keeps a process from starting another
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


_ATTEMPTS = {
    "reading": _try_to_read,
    "writing": _try_to_write,
    "network": _try_to_connect,
    "processes": _try_to_start,
}
