"""Stand-ins for packages: tiny wheels that pip installs offline, and interpreters that have some of them.

A wheel holds one module, whose ``__version__`` is the wheel's.
"""

from __future__ import annotations

import ensurepip
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

NEEDED_BY_TENSORFLOW = ("numpy", "keras", "protobuf", "h5py", "ml_dtypes", "packaging")
PLAIN = {
    "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "protobuf": "7.36.2", "h5py": "3.14.0",
    "ml_dtypes": "0.6.0", "packaging": "26.3", "pandas": "3.1.1", "matplotlib": "3.11.2", "jupyterlab": "4.6.6",
    "pillow": "13.0.0", "scipy": "1.17.1", "rich": "15.0.0", "ipywidgets": "8.1.9", "anywidget": "0.11.0",
    "pooch": "1.9.0",
}  # fmt: skip


def make_wheel(folder: Path, name: str, version: str, requires: tuple[str, ...] = ()) -> Path:
    """Write a wheel of a package with one module of the package's name."""
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    files = {
        f"{name}/__init__.py": f"__version__ = {version!r}\n",
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: stub\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def make_wheelhouse(folder: Path, versions: dict[str, str] = PLAIN) -> Path:
    """Fill a folder with wheels of everything in requirements.txt, and of pip."""
    folder.mkdir(parents=True)
    for name, version in versions.items():
        make_wheel(folder, name, version, NEEDED_BY_TENSORFLOW if name == "tensorflow" else ())
    shutil.copy(bundled_pip(), folder)
    return folder


def locked(constraints: str) -> dict[str, str]:
    """Of the text of a lock, the versions for this Python of the packages that :data:`PLAIN` names."""
    lines = [line for line in constraints.splitlines() if "==" in line and not line.startswith("#")]
    found = [one for one in map(Requirement, lines) if not one.marker or one.marker.evaluate()]
    versions = {one.name.replace("-", "_"): str(one.specifier).removeprefix("==") for one in found}
    return {name: versions[name] for name in PLAIN}


def bundled_pip() -> Path:
    """The wheel of pip that this Python carries; Debian keeps it apart."""
    folders = [Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels")]
    return next(wheel for folder in folders for wheel in folder.glob("pip-*.whl"))


def make_interpreter(folder: Path, *wheels: Path) -> Path:
    """An interpreter that has just the packages of `wheels`: a virtual environment, unpacked into. Returns it."""
    venv.create(folder, symlinks=os.name != "nt")
    for wheel in wheels:
        zipfile.ZipFile(wheel).extractall(site_packages(folder))
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def site_packages(folder: Path) -> Path:
    """Where an environment keeps its packages."""
    library = "Lib" if os.name == "nt" else f"lib/python{sys.version_info[0]}.{sys.version_info[1]}"
    return folder / library / "site-packages"


def offline(folder: Path) -> dict[str, str]:
    """Environment variables of a machine without a network, where no setting of pip's is kept: sockets raise."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(
        "import socket\n"
        "def connect(self, address):\n"
        "    raise OSError(101, 'Network is unreachable')\n"
        "socket.socket.connect = socket.socket.connect_ex = connect\n"
    )
    away = ("PIP_", "UV_", "COURSE_", "GPU", "PYTHONPATH", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(away)}
    return {**kept, "PYTHONPATH": str(folder), "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1"}


def modules(python: Path, *names: str) -> dict[str, Path]:
    """Where an interpreter finds modules, each imported."""
    code = "import importlib, sys; [print(importlib.import_module(name).__file__) for name in sys.argv[1:]]"
    answer = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True)
    return dict(zip(names, map(Path, answer.stdout.splitlines()), strict=True))
