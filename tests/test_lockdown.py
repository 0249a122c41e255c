"""What the process that runs a stranger's network can still do, tried from inside as native code would."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile_files
import pytest
from honest_pictures import some_pictures

from course import grading
from course.grading import namespaces, process
from course.grading.grade import ERROR, grade

ROOT = Path(grading.__file__).parent.parent
VALID = Path(grading.__file__).with_name("warm_up.tflite").read_bytes()
PICTURES = some_pictures(per_class=2)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")

INSIDE = """
import ctypes, json, mmap, os, socket, sys
sys.path.insert(0, {root!r})
from grading import lockdown
libc = ctypes.CDLL(None, use_errno=True)
target, folder, parent, only = sys.argv[1:]
me = os.getpid()

def missing(*_arguments):
    raise OSError("not on this system")

means = {{"_no_privileges": "no privileges", "_limit": "resource limits", "_seccomp": "seccomp",
         "_landlock": "Landlock", "_no_descriptors": "no descriptors"}}
for function, name in means.items():
    if only not in ("", name):
        setattr(lockdown, function, missing)
if only and os.geteuid() == 0:
    os.setuid(65534)  # root could attach itself to the process of the tests
held = lockdown.apply(2**28, 20)

def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")

def memory():
    bytearray(2**29)

attempts = {{
    "open": lambda: os.open(target, os.O_RDONLY),
    "create": lambda: os.open(folder + "/new", os.O_CREAT | os.O_WRONLY),
    "unlink": lambda: os.unlink(target),
    "rename": lambda: os.rename(target, folder + "/elsewhere"),
    "truncate": lambda: os.truncate(target, 0),
    "chmod": lambda: os.chmod(target, 0o777),
    "link": lambda: os.symlink("/", folder + "/link"),
    "list": lambda: os.listdir(folder),
    "run": lambda: os.execv("/bin/true", ["true"]),
    "fork": os.fork,
    "kill": lambda: os.kill(int(parent), 0),
    "inet": lambda: socket.socket(),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "pair": socket.socketpair,
    "pipe": os.pipe,
    "dup": lambda: os.dup(1),
    "error stream": lambda: os.write(2, b"x"),
    "ptrace": lambda: call(101, 16, int(parent), 0, 0),
    "io_uring": lambda: call(425, 4, ctypes.create_string_buffer(200)),
    "clone3": lambda: call(435, ctypes.create_string_buffer(88), 88),
    "bpf": lambda: call(321, 0, 0, 0),
    "unshare": lambda: call(272, 0x10000000),
    "limits": lambda: call(302, 0, 7, ctypes.create_string_buffer(b"\\x40" + bytes(15)), 0),
    "executable memory": lambda: mmap.mmap(-1, 4096, prot=7),
}}
if only in ("no descriptors", "none"):
    del attempts["run"]  # which works: a program that can open nothing
succeeded = []
for name, attempt in attempts.items():
    try:
        attempt()
    except OSError:
        continue
    if os.getpid() != me:
        os._exit(0)  # a child of one of the attempts
    succeeded.append(name)
try:
    memory()
    succeeded.append("memory")
except MemoryError:
    pass
os.write(1, json.dumps([held, succeeded]).encode())
os._exit(0)
"""


def supported() -> list[str]:
    """Which of the two this system has, found out without the code that is tested."""
    found = []
    if ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) >= 1:  # the version of Landlock
        found.append("Landlock")
    with contextlib.suppress(OSError):
        ctypes.CDLL("libseccomp.so.2")
        found.append("seccomp")
    return found


@pytest.fixture(scope="module")
def outside() -> Iterator[Path]:
    """A folder in which everybody may do everything, also the nobody that root becomes; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def tried(folder: Path, only: str) -> tuple[dict, list[str]]:
    """What held (all means, or `only` one, or none), and what could be done nevertheless in `folder`."""
    for path in folder.iterdir():
        path.unlink()
    target = folder / "labels.csv"
    target.write_text("secret", encoding="utf-8")
    target.chmod(0o666)
    command = [sys.executable, "-c", INSIDE.format(root=str(ROOT)), str(target), str(folder), str(os.getpid()), only]
    done = subprocess.run(command, capture_output=True, timeout=120, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return tuple(json.loads(done.stdout))


@pytest.fixture(scope="module")
def inside(outside: Path) -> tuple[dict, list[str], list[str]]:
    """The same with all means, and what the folder then holds."""
    held, succeeded = tried(outside, "")
    return held, succeeded, [f"{path.name}: {path.read_text(encoding='utf-8')}" for path in outside.iterdir()]


def test_nothing_of_what_a_captured_process_tries_works(inside: tuple[dict, list[str], list[str]]):
    held, succeeded, left = inside
    if not (system := supported()):
        pytest.skip("this system has neither Landlock nor seccomp")

    assert set(system) <= set(held["active"])
    assert len(system) < 2 or succeeded == []
    assert left == ["labels.csv: secret"]


def test_without_any_means_the_attempts_work(outside: Path):
    """The control: what is refused elsewhere is not refused for another reason."""
    held, succeeded = tried(outside, "none")

    assert held == {"active": [], "refused": []}
    assert {"open", "create", "unlink", "link", "list", "fork", "inet", "unix", "pair", "pipe", "dup"} <= set(succeeded)
    assert {"error stream", "executable memory", "memory"} <= set(succeeded)


@pytest.mark.parametrize(
    ("only", "not_refused"),
    [("seccomp", {"memory"}), ("Landlock", None), ("no descriptors", None)],
)
def test_each_means_holds_without_the_others(only: str, not_refused: set[str] | None, outside: Path):
    paths = {"open", "create", "unlink", "rename", "truncate", "link", "list", "run"}
    refused = {"Landlock": paths, "no descriptors": {"open", "create", "list", "inet", "unix", "pair", "pipe", "dup"}}
    if only in ("seccomp", "Landlock") and only not in supported():
        pytest.skip(f"this system has no {only}")

    held, succeeded = tried(outside, only)

    assert held["active"] == [only]
    assert set(succeeded) == not_refused if not_refused is not None else not set(succeeded) & refused[only]


def test_what_is_reported_was_tried(inside: tuple[dict, list[str], list[str]]):
    held, _succeeded, _left = inside

    assert set(held["refused"]) <= set(process.NEEDED)
    assert {"reading", "network"} <= set(held["refused"])


def test_without_seccomp_and_landlock_no_file_can_be_opened_and_that_is_all_that_is_claimed(tmp_path: Path):
    """As on a system that has neither: what resource limits alone refuse."""
    script = f"""
import json, os, sys
sys.path.insert(0, {str(ROOT)!r})
from grading import lockdown
lockdown._linux_library = lambda name: None
print(json.dumps(lockdown.apply(2**30, 20)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=tmp_path, timeout=60)

    held = json.loads(done.stdout)
    assert held["active"] == ["no privileges", "resource limits", "no descriptors"]
    assert {"reading", "network"} <= set(held["refused"])
    assert not process.Isolation(tuple(held["active"]), tuple(held["refused"]), "").complete
    assert not process.Isolation(("seccomp", "Landlock"), process.NEEDED, "").complete, "root is not enough"


WRAPPINGS = ("bare", "unshare", "bubblewrap")
USERS = ("root", "somebody")


@pytest.fixture(params=[f"{user} {wrapping}" for user in USERS for wrapping in WRAPPINGS])
def locked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dict[str, str], str]]:
    """What the kernel says of the process in which a network runs, seen from outside, and who started it how."""
    user, wrapping = request.param.split()
    if os.geteuid() != 0:
        pytest.skip("only root can be root, and somebody else")
    options = {"user": 12345, "group": 12345, "extra_groups": [], "cwd": "/"} if user == "somebody" else {}
    if options and not all(_others_may_read(folder) for folder in (sys.base_prefix, sys.prefix, ROOT)):
        pytest.skip("nobody else may run this Python")
    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **more: start(*args, **more | options))
    folders = process._import_folders()
    known = {"unshare": lambda: namespaces._unshare(not options),
             "bubblewrap": lambda: namespaces._bubblewrap(folders, not options)}  # fmt: skip
    found = known[wrapping]() if wrapping in known else None
    if found and not (shutil.which(found.command[0]) and namespaces._works(found, folders)):
        pytest.skip(f"no {wrapping} here")
    monkeypatch.setattr(namespaces, "find", lambda _path: found)
    with process._locked_worker(process.Limits(memory=123_456_789)) as (_worker, isolation):
        assert isolation.complete, isolation
        (pid,) = (one for one in Path("/proc").glob("[0-9]*") if _is_the_network(one))
        yield dict(line.split(":\t", 1) for line in (pid / "status").read_text().splitlines()), request.param


def _others_may_read(folder: str | Path) -> bool:
    return all(one.stat().st_mode & 0o001 for one in (Path(folder), *Path(folder).parents))


def _is_the_network(pid: Path) -> bool:
    with contextlib.suppress(OSError):
        command = (pid / "cmdline").read_bytes()
        return command.startswith(sys.executable.encode()) and b"123456789" in command
    return False


def test_the_network_runs_as_nobody_or_as_whoever_grades_and_without_capabilities(locked):
    status, how = locked

    assert status["Uid"].split() == ["65534" if how.startswith("root") else "12345"] * 4
    assert status["Gid"].split() == ["65534" if how.startswith("root") else "12345"] * 4
    assert status["Groups"].strip() in ("", "65534")
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"


def test_a_network_that_crashes_leaves_no_core(outside: Path):
    """A core would hold what the process had seen. The control leaves one where the system writes them to files."""
    if Path("/proc/sys/kernel/core_pattern").read_text().strip() != "core":
        pytest.skip("this system does not write cores beside the program")
    crash = "import ctypes, resource, sys; resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))\n%s\nctypes.string_at(0)"
    lock = f"""
sys.path.insert(0, {str(ROOT)!r})
from grading import lockdown
lockdown._limit = lambda *_: None  # so that nothing but what is tested holds it back
held = lockdown.apply(2**30, 20)
assert "no privileges" in held["active"]
"""
    cores = []
    for lines in (lock, ""):
        for path in outside.iterdir():
            path.unlink()
        done = subprocess.run([sys.executable, "-c", crash % lines], cwd=outside, capture_output=True, timeout=60)
        assert done.returncode < 0, done.stderr
        cores.append([path.name for path in outside.iterdir() if path.name.startswith("core")])

    assert cores[0] == [] and len(cores[1]) == 1


def test_the_process_sees_neither_the_checkout_nor_anybodys_files_in_bubblewrap():
    folders = process._import_folders()
    wrapping = namespaces.find(folders)
    if wrapping is None or "bubblewrap" not in wrapping.name:
        pytest.skip("no bubblewrap here")
    script = "import os, json; print(json.dumps([os.path.exists(p) for p in %r]))"
    places = [str(ROOT / "README.md"), str(ROOT / "data"), os.path.expanduser("~/.bashrc"), "/home", "/etc/passwd"]
    command = [*wrapping.command, sys.executable, "-I", "-S", "-c", script % places]

    assert json.loads(subprocess.run(command, capture_output=True).stdout) == [False] * len(places)


def test_the_process_is_told_nothing_of_the_graders_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")

    environment = process._environment("/tmp/x")

    assert "SECRET_TOKEN" not in environment and "hunter2" not in json.dumps(environment)


def test_answers_are_put_back_in_the_order_of_the_pictures():
    first = process.predict(VALID, PICTURES.images).outputs
    second = process.predict(VALID, PICTURES.images).outputs

    assert (first == second).all() and len({row.tobytes() for row in first}) == len(PICTURES)


READY = json.dumps({"active": [], "refused": [], "interpreter": "numpy"}) + "\n"
"""What a process says once it is locked, or says that it is."""


@pytest.fixture
def captured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has code of a test take the place of the process that runs a network."""

    def take_over(code: str) -> None:
        script = tmp_path / "captured.py"
        script.write_text(f"import os, sys, time\nREADY = {READY.encode()!r}\n{code}\n", encoding="utf-8")
        monkeypatch.setattr(process, "_WORKER", script)
        monkeypatch.setattr(namespaces, "find", lambda _path: None)

    return take_over


def test_the_order_of_the_pictures_is_another_each_time(captured: Callable[[str], None]):
    """A process that answers with the number of the picture as it comes."""
    captured(
        "import struct\nos.write(1, READY)\n"
        "sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(8), 'little'))\n"
        'os.write(1, b\'{"reason": ""}\\n\')\n'
        "number = 0\n"
        "while sys.stdin.buffer.read(224 * 224 * 3):\n"
        "    os.write(1, struct.pack('<6f', *[number] * 6))\n"
        "    number += 1"
    )

    orders = [process.predict(VALID, PICTURES.images).outputs[:, 0].tolist() for _time in range(2)]

    assert sorted(orders[0]) == sorted(orders[1]) == list(range(12))
    assert orders[0] != orders[1] and list(range(12)) not in orders


LIES = {
    "says nothing": "pass",
    "rubbish": "os.write(1, b'\\xff' * 5000)",
    "never locked": "os.write(1, b'[]\\n')",
    "unknown reason": 'os.write(1, READY + b\'{"reason": "<b>owned</b>", "found": "\\\\u001b[2J"}\\n\')',
    "no JSON": "os.write(1, READY + b'owned\\n' * 1000)",
    "too deep": "os.write(1, READY + b'[' * 1990 + b'\\n')",
    "stops early": "os.write(1, READY + b'{\"reason\": 0}\\n' + b'x' * 50)",
    "never answers": "os.write(1, READY + b'{\"reason\": 0}\\n'); time.sleep(60)",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_process_that_lies_about_itself_gets_a_plain_refusal_at_most(lie: str, tmp_path: Path, captured):
    captured(LIES[lie])
    path = tmp_path / "model.tflite"
    path.write_bytes(VALID)

    verdict = grade(path, PICTURES, limits=process.Limits(seconds=2))

    assert verdict.outputs is None and verdict.reason.isprintable() and "<b>" not in verdict.reason
    assert ("seconds of computing" in verdict.reason) == (lie == "never answers")
    assert (verdict.verdict == ERROR) == (lie in ("says nothing", "rubbish", "never locked"))


def test_made_up_answers_are_taken_as_numbers_and_nothing_else(captured: Callable[[str], None]):
    """A process captured by a hostile network can answer what it likes; it does not know the labels or the order."""
    captured(
        'os.write(1, READY + b\'{"reason": ""}\\n\' + b"\\x80\\x04\\x95evil" * 1000)\nwhile os.read(0, 1 << 20): pass'
    )

    outputs = process.predict(VALID, PICTURES.images).outputs

    assert outputs.shape == (12, 6) and outputs.dtype.name == "float32"


def test_the_network_is_sent_only_after_the_process_said_what_it_gave_up(tmp_path: Path, monkeypatch, captured):
    captured("import select\nos._exit(7 if select.select([0], [], [], 1)[0] else 8)")
    codes = []
    wait = process._Worker.__exit__

    def noted(worker, *error):
        codes.append(worker._process.wait())
        wait(worker, *error)

    monkeypatch.setattr(process._Worker, "__exit__", noted)
    path = tmp_path / "model.zip"
    hostile_files.HARMLESS["valid"](path, VALID)

    assert grade(path, PICTURES).verdict == ERROR
    assert codes == [8]
