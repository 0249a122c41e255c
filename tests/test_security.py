"""What ``docs/security.md`` promises of the sources: no shell, no pickle, no secret, loopback alone, known hashes."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import stub_packages as stubs

from course.__main__ import COMMANDS
from course.environment import hashes
from course.environment.setup import place
from course.messages import CourseError
from course.paths import ROOT

PACKAGES = ("course", "dev")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SECRET = re.compile(
    rb"-----BEGIN (?:\w+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/]{20}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}"
    rb"|(?:password|passwd|secret|api_key|token)\s*[=:]\s*[\"'][A-Za-z0-9+/_-]{16,}[\"']"
)


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]


def faults(path: Path) -> list[str]:
    """Calls in a module that hand something to a shell, or take an object from a file."""
    found = []
    for call in calls(path):
        name = ast.unparse(call.func)
        options = {option.arg: ast.unparse(option.value) for option in call.keywords}
        if options.get("shell", "False") != "False" or name in ("os.system", "os.popen", "subprocess.getoutput"):
            found.append(f"{path.name}:{call.lineno} a shell")
        if name in ("pickle.load", "pickle.loads", "joblib.load", "yaml.load", "marshal.loads", "eval"):
            found.append(f"{path.name}:{call.lineno} {name}")
        if name in ("np.load", "numpy.load") and options.get("allow_pickle") != "False":
            found.append(f"{path.name}:{call.lineno} pickles allowed")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_shell_and_no_object_from_a_file(path):
    assert faults(path) == []


def test_such_calls_are_found(tmp_path):
    (tmp_path / "bad.py").write_text(
        "subprocess.run(x, shell=True)\nos.system(x)\nnp.load(x)\npickle.loads(x)\neval(x)\n"
    )
    assert len(faults(tmp_path / "bad.py")) == 5


def test_no_secret_is_in_the_repository():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("this is no clone")
    texts = (".py", ".md", ".txt", ".toml", ".json", ".ipynb", ".yml", ".html", ".js", ".sh", "")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name and Path(name).suffix in texts]
    assert [path for path in files if path.is_file() and SECRET.search(path.read_bytes())] == []
    assert SECRET.search(b"token = " + b"'abcdefghijklmnop0123'")


def test_each_promise_of_the_document_names_tests_that_exist():
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = re.search(r"\| promise \| test \|\n(?:\|.*\n)+", text)[0]
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", text)
    sources = {file: (ROOT / "tests" / file).read_text("utf-8") for file, _test in named}
    assert not [(file, test) for file, test in named if test and not re.search(rf"def {test}\(", sources[file])]
    assert all(re.search(r"`test_\w+\.py::test_\w+`", line) for line in table.splitlines()[2:])


@pytest.mark.parametrize("name", ["lab", "serve"])
def test_servers_listen_on_this_computer_unless_told_otherwise(name):
    import argparse
    import importlib

    module = importlib.import_module(next(one.module for one in COMMANDS if one.name == name))
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    assert parser.get_default("host") == "127.0.0.1"


def test_bandit_finds_nothing():
    pytest.importorskip("bandit")
    command = [sys.executable, "-m", "bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", *PACKAGES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# Hashes of what is installed


@pytest.fixture
def wheelhouse(tmp_path, monkeypatch) -> Path:
    """A folder with two wheels, and a checkout that knows one of the packages."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel = stubs.make_wheel(folder, "ml_dtypes", "0.6.0")
    stubs.make_wheel(folder, "unknown", "1.0")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock = f"# text\nml-dtypes==0.6.0 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{digest}\n"
    (tmp_path / place("")).mkdir(parents=True)
    (tmp_path / place(hashes.NAME)).write_text(lock)
    monkeypatch.setattr(hashes, "ROOT", tmp_path)
    return folder


def test_a_wheel_is_known_by_its_hash_and_refused_with_one_other_byte_where_there_is_a_lock(wheelhouse, tmp_path):
    hashes.verify(wheelhouse)
    (wheel,) = wheelhouse.glob("ml_dtypes*")
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"!")
    with pytest.raises(CourseError, match=r"ml_dtypes.*is not the file that constraints-hashes.txt names"):
        hashes.verify(wheelhouse)
    (tmp_path / place(hashes.NAME)).unlink()
    hashes.verify(wheelhouse)


def test_a_set_up_from_such_a_folder_installs_nothing(wheelhouse, monkeypatch):
    from course.environment import setup

    (wheel,) = wheelhouse.glob("ml_dtypes*")
    wheel.write_bytes(b"PK something else")
    monkeypatch.setattr(setup, "_complete", lambda *_: pytest.fail("nothing may be installed"))
    with pytest.raises(CourseError, match="is not the file"):
        setup.setup(str(wheelhouse))


def test_the_lock_and_its_hashes_name_the_same_versions():
    pinned = [re.findall(r"^([\w.-]+==[^\s;]+)", (ROOT / place(name)).read_text("utf-8"), re.MULTILINE) for name in
              ("constraints.txt", hashes.NAME)]  # fmt: skip
    assert pinned[0] == pinned[1]
    digests = hashes.known((ROOT / place(hashes.NAME)).read_text("utf-8"))
    assert {re.sub(r"==.*", "", line) for line in pinned[0]} == set(digests)
