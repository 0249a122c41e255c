"""Set-up: whose environment, made how, from what; with stand-ins for packages, offline."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
import stub_packages as stubs

from course.environment import clean, hashes, interpreter, setup, system
from course.environment.interpreter import python_of, read_stamp
from course.messages import CourseError
from course.paths import ROOT

pytest.importorskip("ensurepip", reason="this Python has no ensurepip")
SETTINGS = ("requirements.txt", "requirements-dev.txt", "requirements-extras.txt", "requirements-gpu.txt")
OUTER = {
    "tensorflow": "2.17.0+nv25.2", "keras": "3.4.1", "numpy": "1.26.4", "protobuf": "4.25.9", "h5py": "3.12.1",
    "ml_dtypes": "0.4.1", "packaging": "23.2", "pandas": "2.2.3", "matplotlib": "3.8.4", "jupyterlab": "2.3.2",
    "pillow": "10.4.0", "scipy": "1.12.0", "odd": "1.0-custom_build",
}  # fmt: skip
PLAIN = interpreter.Interpreter(
    "/usr/bin/python3", "CPython", "3.11", "Linux", "x86_64", True, "/usr", "/usr", True, [], []
)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    return stubs.make_wheelhouse(tmp_path_factory.mktemp("stubs") / "휠 house")


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """An interpreter with pip and nothing else."""
    return stubs.make_interpreter(tmp_path_factory.mktemp("bare"), stubs.bundled_pip())


def make_checkout(folder: Path) -> Path:
    shutil.copytree(ROOT / "course", folder / "course", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.txt", folder)
    (folder / setup.place(hashes.NAME)).unlink()  # the wheels of these tests are made up
    (folder / setup.place("constraints.txt")).write_text("numpy==2.4.6\n")
    return folder


def course(checkout: Path, python: Path, *arguments: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "course", *arguments]
    return subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A checkout whose set-up runs in the tests' own process."""
    root = tmp_path / "수업 1"
    root.mkdir()
    (root / "course" / "environment").mkdir(parents=True)
    for name in SETTINGS:
        shutil.copy(ROOT / setup.place(name), root / setup.place(name))
    (root / setup.place("constraints.txt")).write_text("numpy==2.4.6\n")
    for module in (setup, hashes, clean):
        monkeypatch.setattr(module, "ROOT", root)
    for name in ("GPU", "PIP_FIND_LINKS", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return root


@pytest.fixture
def without_install(project, monkeypatch) -> list[list[str]]:
    """What would be installed from, a list for each set-up; nothing is."""
    calls: list[list[str]] = []

    def fill(python, folder, files, wheels):
        calls.append(files)
        python_of(folder).parent.mkdir(exist_ok=True)
        if not python_of(folder).exists():
            python_of(folder).symlink_to(sys.executable)
        return True

    monkeypatch.setattr(setup, "_fill", fill)
    monkeypatch.setattr(interpreter, "choose", lambda: PLAIN)
    return calls


def fake_program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    return stubs.offline(tmp_path_factory.mktemp("offline"))


@pytest.fixture(scope="module")
def room(tmp_path_factory, wheels, bare, environ):
    """A checkout that was set up from a wheelhouse, both in folders with spaces and Hangul."""
    checkout = make_checkout(tmp_path_factory.mktemp("room") / "딥 러닝")
    # pip splits the variable at spaces; a link gives the folder a name without
    (checkout.parent / "source").symlink_to(wheels)
    source = {**environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout.parent / "source")}
    filled = course(checkout, bare, "wheelhouse", "--wheels", "내 wheels", environ=source)
    assert filled.returncode == 0, filled.stderr
    done = course(checkout, bare, "setup", "--wheels", "내 wheels", environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout


class TestARoomWithoutANetwork:
    @pytest.fixture
    def copy(self, room, tmp_path):
        return Path(shutil.copytree(room, tmp_path / "moved 사본", symlinks=True))

    def test_everything_that_the_wheelhouse_holds_is_installed_in_the_folder_venv(self, room):
        names = {wheel.name.split("-")[0] for wheel in (room / "내 wheels").iterdir()}
        assert names == {*stubs.PLAIN, "pip"}
        found = stubs.modules(python_of(room / ".venv"), "tensorflow", "keras", "rich", "pooch")
        assert all(room / ".venv" in path.parents for path in found.values())

    @pytest.mark.parametrize("inside", [False, True])
    def test_a_second_set_up_installs_nothing_nor_does_one_from_inside(self, room, bare, environ, inside):
        log = (room / ".venv" / setup.LOG).stat().st_mtime_ns
        done = course(room, python_of(room / ".venv") if inside else bare, "setup", environ=environ)
        assert (done.returncode, done.stdout.count("\n")) == (0, 1)
        assert (room / ".venv" / setup.LOG).stat().st_mtime_ns == log
        assert [path.name for path in room.glob(".venv*")] == [".venv"]

    DAMAGE: ClassVar = {
        "removed by hand": lambda venv: [shutil.rmtree(path) for path in stubs.site_packages(venv).glob("keras*")],
        "interrupted": lambda venv: [
            setup._write_stamp(venv, {**read_stamp(venv), "state": None}),
            *map(shutil.rmtree, stubs.site_packages(venv).glob("keras*")),
        ],
        "its Python is gone": lambda venv: [
            (program.unlink(), program.symlink_to(venv / "nowhere")) for program in (venv / "bin").glob("python*")
        ],
    }

    @pytest.mark.parametrize("damage", DAMAGE)
    def test_a_damaged_environment_is_made_whole(self, copy, bare, environ, damage):
        state = read_stamp(copy / ".venv")["state"]
        self.DAMAGE[damage](copy / ".venv")
        done = course(copy, bare, "setup", "--wheels", "내 wheels", environ=environ)
        assert done.returncode == 0, done.stdout + done.stderr
        assert stubs.modules(python_of(copy / ".venv"), "keras")
        assert read_stamp(copy / ".venv")["state"] == state
        assert ("made again" in done.stdout) == ("Python" in damage)

    @pytest.mark.parametrize(("wheels", "words"), [([], "make setup WHEELS=DIR"), (["--wheels", "."], "no wheels")])
    def test_no_wheels_or_an_empty_folder_are_one_sentence_with_the_way(self, tmp_path, bare, environ, wheels, words):
        done = course(make_checkout(tmp_path / "alone"), bare, "setup", *wheels, environ=environ)
        assert (done.returncode, done.stderr.count("\n"), words in done.stderr) == (2, 1, True)

    def test_a_wheel_that_is_missing_is_named_with_the_log_and_the_command(self, copy, bare, environ):
        next((copy / "내 wheels").glob("keras-*")).unlink()
        shutil.rmtree(copy / ".venv")
        done = course(copy, bare, "setup", "--wheels", "내 wheels", environ=environ)
        assert done.returncode == 2
        assert all(part in done.stderr for part in ("keras", setup.LOG, "setup --wheels"))
        assert (copy / ".venv" / setup.LOG).stat().st_size


class TestWaysToMakeAnEnvironment:
    @pytest.fixture
    def python(self, bare, monkeypatch):
        """The bare interpreter as one that lacks ensurepip."""
        python = replace(interpreter.probe([str(bare)]), ensurepip=False)
        monkeypatch.setattr(interpreter, "choose", lambda: python)
        return python

    def ways(self, python, wheels=None, found=False):
        return [(*create, "|", *install) for create, install in setup._ways(python, Path("E"), found, wheels)]

    def test_they_come_in_order(self, monkeypatch, wheels):
        monkeypatch.setattr(setup, "starts", lambda command: True)
        monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
        marks = ("venv E |", "uv venv", "--without-pip | /usr/bin/python3 -m pip --python", "virtualenv", ".whl/pip")
        ways = [" ".join(way) for way in self.ways(PLAIN, wheels)]
        assert len(ways) == len(marks)
        assert all(mark in way for mark, way in zip(marks, ways, strict=True))
        assert not any("uv" in way for way in self.ways(PLAIN, found=True)), "uv does not see a system environment"

    @pytest.mark.parametrize("way", ["the running pip", "a wheel of pip", "uv"])
    def test_without_ensurepip_another_way_serves(self, project, python, wheels, tmp_path, monkeypatch, way):
        uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        if way == "uv" and not uv:
            pytest.skip("no uv here")
        monkeypatch.setattr(shutil, "which", lambda name: uv if name == way else None)
        if way == "a wheel of pip":  # there is no pip at all
            exe = stubs.make_interpreter(tmp_path / "no pip")
            monkeypatch.setattr(interpreter, "choose", lambda: replace(python, executable=str(exe)))
        folder = setup.setup(str(wheels))
        assert stubs.modules(python_of(folder), "tensorflow")
        assert ("uv" in (folder / "pyvenv.cfg").read_text()) == (way == "uv")

    def test_with_no_way_at_all_a_sentence_says_what_to_install(self, project, python, monkeypatch):
        monkeypatch.setattr(setup, "starts", lambda command: False)
        monkeypatch.setattr(shutil, "which", lambda name: None)
        with pytest.raises(CourseError, match=r"python3-venv.*uv"):
            setup.setup()

    def test_a_way_that_fails_gives_way_to_the_next(self, tmp_path, monkeypatch):
        works, fails = [sys.executable, "-c", ""], [sys.executable, "-c", "raise SystemExit(1)"]
        monkeypatch.setattr(setup, "_ways", lambda *_: [(fails, ["first"]), (works, ["second"])])
        assert setup._make(PLAIN, tmp_path, False, None) == ["second"]


class TestWhereTensorFlowIsAlready:
    """A stand-in for a container: an interpreter with older packages, and a wheelhouse with newer ones."""

    @pytest.fixture
    def container(self, tmp_path, project, monkeypatch):
        """The outer interpreter, with what makes ``pip freeze`` of such containers hard to use as constraints."""
        store = tmp_path / "outer wheels"
        store.mkdir()
        built = [
            stubs.make_wheel(store, name, version, stubs.NEEDED_BY_TENSORFLOW if name == "tensorflow" else ())
            for name, version in OUTER.items()
        ]
        exe = stubs.make_interpreter(tmp_path / "바깥 env", stubs.bundled_pip(), *built)
        site = stubs.site_packages(tmp_path / "바깥 env")
        (site / "keras-3.4.1.dist-info" / "direct_url.json").write_text('{"url": "file:///build/keras.whl"}')
        editable = tmp_path / "editable"
        (editable / "local_tool.egg-info").mkdir(parents=True)
        metadata = "Metadata-Version: 2.1\nName: local_tool\nVersion: 0.3\n"
        (editable / "local_tool.egg-info" / "PKG-INFO").write_text(metadata)
        (site / "easy-install.pth").write_text(f"{editable}\n", encoding="utf-8")
        (project / setup.place("constraints.txt")).write_text("numpy==2.4.6\nkeras==3.15.1\n")
        monkeypatch.setattr(interpreter, "current", lambda: interpreter.probe([str(exe)]))
        return exe

    @pytest.fixture
    def tempting(self, tmp_path):
        """Newer packages, and requirements that ask for them."""
        folder = stubs.make_wheelhouse(tmp_path / "tempting")
        stubs.make_wheel(folder, "pooch", "1.9.0", ("numpy>=2", "packaging>=24"))
        stubs.make_wheel(folder, "pooch", "1.8.2", ("numpy", "packaging"))
        stubs.make_wheel(folder, "rich", "15.0.0", ("keras", "protobuf>=3", "local_tool"))
        return folder

    def test_nothing_of_it_is_shadowed_and_what_is_missing_is_added(self, container, tempting):
        folder = setup.setup(str(tempting))
        found = stubs.modules(python_of(folder), *OUTER, "rich", "ipywidgets", "anywidget", "pooch")
        assert {name for name, path in found.items() if folder in path.parents} == {*setup.OPTIONAL}
        assert (stubs.site_packages(folder) / "pooch-1.8.2.dist-info").is_dir()
        assert system.hidden(folder, system.show(interpreter.choose(), folder)) == []
        lines = (folder / "outer-constraints.txt").read_text().splitlines()
        assert {"tensorflow==2.17.0+nv25.2", "keras==3.4.1", "ml-dtypes==0.4.1", "local-tool==0.3"} <= set(lines)
        assert not any("odd" in line or "@" in line for line in lines), "only what pip can read"

    def test_beside_another_backend_come_keras_and_tensorflow_for_the_cpu(self, project, tmp_path, monkeypatch):
        """A stand-in for a container of NVIDIA's with PyTorch: its torch and numpy stay, its old protobuf decides."""
        store = tmp_path / "torch wheels"
        store.mkdir()
        there = {"torch": "2.10.0a0+b4e4ee8", "numpy": "1.26.4", "protobuf": "4.25.9", "pillow": "10.4.0"}
        built = [stubs.make_wheel(store, *one) for one in there.items()]
        exe = stubs.make_interpreter(tmp_path / "torch env", stubs.bundled_pip(), *built)
        more = stubs.make_wheelhouse(tmp_path / "more")
        stubs.make_wheel(more, "tensorflow_cpu", "2.21.0", ("protobuf>=6", "numpy"))
        stubs.make_wheel(more, "tensorflow_cpu", "2.18.0", ("protobuf<6", "numpy"))
        monkeypatch.setenv("KERAS_BACKEND", "torch")
        monkeypatch.setattr(interpreter, "current", lambda: interpreter.probe([str(exe)]))
        folder = setup.setup(str(more))
        found = stubs.modules(python_of(folder), *there, "tensorflow_cpu", "keras", "matplotlib", "rich")
        assert {name for name, path in found.items() if folder not in path.parents} == {*there}
        assert (stubs.site_packages(folder) / "tensorflow_cpu-2.18.0.dist-info").is_dir()
        assert not (stubs.site_packages(folder) / "tensorflow").exists()

    def test_no_second_tensorflow_comes_beside_one_of_another_name(self, project, tmp_path, monkeypatch):
        store = tmp_path / "other wheels"
        store.mkdir()
        nightly = stubs.make_wheel(store, "tf_nightly", "2.22.0.dev20251101", ())
        exe = stubs.make_interpreter(tmp_path / "conda", stubs.bundled_pip(), nightly)
        for module in ("tensorflow", "keras"):  # keras-nightly comes with it
            (stubs.site_packages(tmp_path / "conda") / f"{module}.py").write_text("")
        monkeypatch.setattr(interpreter, "current", lambda: interpreter.probe([str(exe)]))
        folder = setup.setup(str(stubs.make_wheelhouse(tmp_path / "more")))
        assert (stubs.site_packages(folder) / "pandas").is_dir()
        assert not any((stubs.site_packages(folder) / name).exists() for name in ("tensorflow", "keras"))

    def test_a_second_set_up_does_nothing_until_the_outer_packages_change(self, container, tempting, capsys):
        folder = setup.setup(str(tempting))
        capsys.readouterr()
        assert setup.setup(str(tempting)) == folder
        assert capsys.readouterr().out == ""
        shutil.rmtree(stubs.site_packages(container.parent.parent) / "odd-1.0-custom_build.dist-info")
        setup.setup(str(tempting))
        assert "Setting up" in capsys.readouterr().out

    def test_a_copy_that_hides_one_of_its_packages_is_found(self, container, tempting, tmp_path, monkeypatch):
        folder = setup.setup(str(tempting))
        monkeypatch.setattr(system, "hidden", lambda folder, versions: ["numpy"])
        with pytest.raises(CourseError, match="numpy"):
            setup.setup(str(tempting), again=True)
        monkeypatch.undo()
        numpy = stubs.make_wheel(tmp_path, "numpy", "2.4.6")
        shutil.unpack_archive(numpy, stubs.site_packages(folder), "zip")
        assert system.hidden(folder, {"numpy": "1.26.4", "pandas": "2.2.3"}) == ["numpy"]

    def test_what_the_lessons_can_do_without_may_be_missing(self, container, tempting, capsys):
        for wheel in tempting.glob("pooch-*"):
            wheel.unlink()
        folder = setup.setup(str(tempting))
        assert "[WARN]" in capsys.readouterr().out
        assert read_stamp(folder)["state"] is None

    def test_what_the_tests_need_may_not_be_missing(self, container, tempting):
        needed = re.findall(r"^[a-z0-9-]+", (ROOT / setup.place("requirements-dev.txt")).read_text(), re.MULTILINE)
        with pytest.raises(CourseError, match=f"No matching distribution found for ({'|'.join(needed)})"):
            setup.setup(str(tempting), dev=True)

    def test_a_tensorflow_that_cannot_be_imported_is_not_relied_on(self, container, wheels, capsys, project):
        site = stubs.site_packages(container.parent.parent)
        (site / "tensorflow" / "__init__.py").write_text("raise ImportError('libcudart.so is missing')")
        (project / setup.place("constraints.txt")).write_text("")
        folder = setup.setup(str(wheels))
        assert "TensorFlow is here already" not in capsys.readouterr().out
        assert folder in stubs.modules(python_of(folder), "tensorflow")["tensorflow"].parents

    @pytest.mark.parametrize(
        ("names", "recent"),
        [
            (["tensorflow-2.17.0+nv25.2.dist-info"], True),
            (["tensorflow_cpu-3.0.0.dist-info"], True),
            (["tensorflow_rocm-2.18.1.dist-info"], True),
            (["tf_nightly-2.22.0.dev20251101.dist-info"], True),
            (["tensorflow-2.16.2.dist-info"], False),
            (["tensorflow_datasets-4.9.0.dist-info", "tensorflow_text-2.18.0.dist-info"], False),
            ([], False),
        ],
    )
    def test_only_a_recent_tensorflow_counts(self, tmp_path, names, recent, monkeypatch):
        for name in names:
            (tmp_path / name).mkdir()
        monkeypatch.setattr(interpreter, "find_spec", lambda name: True)
        assert bool(interpreter._outer_packages([str(tmp_path)])) == recent


class TestWhoseEnvironment:
    def test_the_first_interpreter_gets_the_plain_name_and_another_its_own(self, project, without_install, monkeypatch):
        first = setup.setup()
        monkeypatch.setattr(interpreter, "choose", lambda: replace(PLAIN, version="3.12"))
        second = setup.setup()
        assert first.name == ".venv"
        assert second.name.startswith(".venv-3.12-x86_64-")
        assert [setup.find_folder(PLAIN), setup.find_folder(replace(PLAIN, version="3.12"))] == [first, second]
        assert setup._identity(PLAIN) != setup._identity(replace(PLAIN, outer=["tensorflow"])), "a container's host"

    def test_a_folder_whose_set_up_was_killed_at_once_is_used(self, project, without_install):
        (project / ".venv").mkdir()
        (project / ".venv" / setup.PART).write_text('{ "int')
        assert setup.setup().name == ".venv"

    def test_an_environment_that_somebody_else_made_stays_as_it_is(self, project, without_install):
        (project / ".venv").mkdir()
        (project / ".venv" / "pyvenv.cfg").write_text("home = /elsewhere\n")
        assert setup.setup().name != ".venv"
        assert [path.name for path in (project / ".venv").iterdir()] == ["pyvenv.cfg"]

    def test_a_checkout_that_cannot_be_written_leads_to_one_sentence(self, without_install, monkeypatch):
        def refuse(folder, stamp):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(setup, "_write_stamp", refuse)
        with pytest.raises(CourseError, match=r"\.venv cannot be written \(Permission denied\)"):
            setup.setup()

    @pytest.mark.parametrize(("chosen", "more"), [("dev", ["-dev", "-extras"]), ("extras", ["-extras"])])
    def test_what_was_asked_for_beyond_the_lessons_stays(self, without_install, chosen, more):
        setup.setup(**{chosen: True})
        setup.setup()
        assert without_install == [["requirements.txt", *(f"requirements{name}.txt" for name in more)]]

    def test_changed_requirements_are_installed(self, project, without_install):
        setup.setup()
        (project / setup.place("constraints.txt")).write_text("numpy==2.4.7\n")
        setup.setup()
        assert len(without_install) == 2

    def test_clean_removes_what_the_course_made_here_and_nothing_else(self, project, without_install, monkeypatch):
        own = setup.setup()
        monkeypatch.setattr(interpreter, "current", lambda: PLAIN)
        theirs = project / ".venv-3.12-arm64-abcdef"
        kept = [theirs, project / ".venv-mine", project / "data-real", project / "data"]
        for folder in [*kept, project / "models", project / "wheelhouse"]:
            folder.mkdir()
        setup._write_stamp(theirs, {"interpreter": {}})
        (project / "01_mnist.mine.ipynb").write_text("{}")
        monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
        clean.main(argparse.Namespace(yes=False))
        assert own.is_dir()
        clean.main(argparse.Namespace(yes=True))
        assert not any((project / name).exists() for name in (".venv", "models", "wheelhouse"))
        assert all(folder.is_dir() for folder in kept)
        assert (project / "01_mnist.mine.ipynb").is_file()


class TestNvidiaCards:
    @pytest.fixture
    def card(self, tmp_path, monkeypatch):
        program = fake_program(tmp_path / "bin", "nvidia-smi", "exit 0")
        monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    def test_a_card_brings_the_cuda_packages_unless_the_cpu_was_chosen(self, card, without_install, monkeypatch):
        monkeypatch.setenv("GPU", "0")
        setup.setup()
        monkeypatch.delenv("GPU")
        setup.setup(gpu=False)
        setup.setup()
        assert without_install == [["requirements.txt"]]
        setup.setup(gpu=True)
        assert "requirements-gpu.txt" in without_install[-1]

    def test_a_card_that_comes_later_is_used(self, without_install, monkeypatch, tmp_path):
        setup.setup()
        fake_program(tmp_path / "bin", "nvidia-smi", "exit 0")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
        setup.setup()
        assert without_install == [["requirements.txt"], ["requirements.txt", "requirements-gpu.txt"]]

    def test_native_windows_is_told_of_wsl2_and_set_up_for_the_cpu(self, card, without_install, monkeypatch, capsys):
        monkeypatch.setattr(interpreter, "choose", lambda: replace(PLAIN, system="Windows", machine="AMD64"))
        setup.setup()
        assert "WSL2" in capsys.readouterr().out
        assert without_install == [["requirements.txt"]]


class TestPythonsWithoutTensorFlow:
    @pytest.fixture(autouse=True)
    def path(self, tmp_path, monkeypatch):
        """A PATH with nothing but what a test puts there."""
        folder = tmp_path / "bin"
        folder.mkdir()
        monkeypatch.setenv("PATH", str(folder))
        return folder

    def choose_from(self, monkeypatch, **changes):
        monkeypatch.setattr(interpreter, "current", lambda: replace(PLAIN, **changes))
        return interpreter.choose()

    @pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
    def test_a_fitting_one_is_used_as_it_is_and_any_that_has_tensorflow(self, monkeypatch, version):
        assert self.choose_from(monkeypatch, version=version).version == version
        outer = ["tensorflow-2.30.0.dist-info"]
        assert self.choose_from(monkeypatch, version="3.14", outer=outer).version == "3.14"

    @pytest.mark.parametrize(
        "changes",
        [
            *({"version": "3.14"}, {"version": "3.9"}, {"standard": False}, {"implementation": "PyPy"}),
            *({"machine": "i686"}, {"system": "FreeBSD"}, {"system": "Windows", "machine": "ARM64"}),
        ],
    )
    def test_an_unfit_one_alone_leads_to_one_sentence(self, monkeypatch, changes):
        with pytest.raises(CourseError, match=r"3\.10 to 3\.13, or uv"):
            self.choose_from(monkeypatch, **changes)

    def test_a_fitting_one_on_the_path_is_used_and_named(self, monkeypatch, path, capsys):
        fake_program(path, "python3.13", "exit 1")  # a shim for a Python that is not installed
        fake_program(path, "python3.12", f'exec "{sys.executable}" "$@"')
        python = self.choose_from(monkeypatch, version="3.14")
        assert python.executable == sys.executable
        assert sys.executable in capsys.readouterr().out

    def test_uv_fetches_one_where_there_is_none(self, monkeypatch, path):
        fetched = path / "fetched"
        find = f'[ -e "{fetched}" ] && echo "{sys.executable}"'
        fake_program(path, "uv", f'case "$2" in install) echo > "{fetched}";; find) {find};; esac')
        assert self.choose_from(monkeypatch, version="3.14").executable == sys.executable
        assert fetched.exists()

    def test_an_intel_mac_gets_a_sentence_and_no_search(self, monkeypatch, path):
        fake_program(path, "python3.12", f'exec "{sys.executable}" "$@"')
        with pytest.raises(CourseError, match="Intel Mac"):
            self.choose_from(monkeypatch, system="Darwin", machine="x86_64")


class TestEnteringTheEnvironment:
    @pytest.fixture
    def started(self, monkeypatch):
        """The command line that replaces the process."""
        calls: list[list[str]] = []

        def execve(program, command, environ):
            calls.append(command)
            raise SystemExit  # nothing runs after it

        monkeypatch.setattr(os, "execve", execve)
        monkeypatch.setattr(setup, "setup", lambda *given, **options: Path("/course/.venv"))
        monkeypatch.setattr(sys, "argv", ["course", "run", "03", "--strict"])
        return calls

    def test_a_command_goes_on_where_its_modules_are_and_else_starts_again_inside(self, started, monkeypatch):
        setup.ensure_inside()
        assert started == []
        monkeypatch.setattr(setup, "read_stamp", lambda folder: None)  # the tests may run inside already
        with pytest.raises(SystemExit):
            setup.ensure_inside(needs=("tensorflow", "no_such_module"))
        monkeypatch.setattr(interpreter, "describe", lambda: PLAIN)  # without a recent TensorFlow
        with pytest.raises(SystemExit):
            setup.ensure_inside()
        assert started == [["/course/.venv/bin/python", "-m", "course", "run", "03", "--strict"]] * 2


@pytest.mark.soak
def test_a_real_set_up_in_a_folder_with_spaces_and_hangul_imports_tensorflow(tmp_path, bare):
    """Installs 3 GB from the network, as a newcomer does."""
    checkout = make_checkout(tmp_path / "딥러닝 수업 1")
    shutil.copy(ROOT / setup.place("constraints.txt"), checkout / setup.place("constraints.txt"))
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = course(checkout, bare, "setup", "--cpu", environ=environ)
    assert done.returncode == 0, done.stderr
    assert stubs.modules(python_of(checkout / ".venv"), "tensorflow", "jupyterlab", "anywidget")


@pytest.mark.soak
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="numpy 1.26 has no build for this Python")
def test_beside_the_packages_of_nvidias_container_set_up_leaves_the_doctor_nothing_to_fail(tmp_path):
    """Installs 3 GB from the network: what TensorFlow's last container holds, as far as it is published."""
    container = stubs.make_interpreter(tmp_path / "container", stubs.bundled_pip())
    lock = ROOT / setup.place("constraints-ngc.txt")
    subprocess.run([container, "-m", "pip", "install", "--quiet", "-r", lock], check=True)
    checkout = make_checkout(tmp_path / "checkout")
    (checkout / "data").symlink_to(ROOT / "data")
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def failures() -> list[dict[str, str]]:
        found = json.loads(course(checkout, container, "doctor", "--json", environ=environ).stdout)["findings"]
        return [one for one in found if one["level"] == "FAIL"]

    def packages() -> bytes:
        return subprocess.check_output([container, "-m", "pip", "list", "--format=freeze"])

    before = packages()
    assert {one["fix"] for one in failures()} == {"python -m course setup"}
    done = course(checkout, container, "setup", environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert failures() == []
    assert packages() == before
