"""An environment with just the eight packages of the course and what they require: what an NGC container already has.

Usage: ``python = bare_environment(folder)``. It holds links to the packages of the running environment, so it costs a
second and no download, and is a real interpreter of its own: what is not linked can not be imported.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

EIGHT = ("tensorflow", "keras", "numpy", "pandas", "matplotlib", "jupyterlab", "pillow", "scipy")


def bare_environment(folder: Path, without: tuple[str, ...] = ()) -> Path:
    """Make the environment in `folder`, `without` some distributions, and return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    for distribution in required_by(EIGHT):
        if distribution.metadata["Name"].lower() in without:
            continue
        for top in {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}:
            link = packages / top
            if not link.exists():
                link.symlink_to(Path(str(distribution.locate_file(top))).resolve())
    scripts = folder / Path(sysconfig.get_path("scripts")).name
    return scripts / "python"


def required_by(names: tuple[str, ...]) -> list[metadata.Distribution]:
    """The distributions `names` and all that they require here, without extras."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(names)
    while waiting:
        distribution = metadata.distribution(waiting.pop())
        name = distribution.metadata["Name"].lower().replace("_", "-")
        if name in found:
            continue
        found[name] = distribution
        for line in distribution.requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return list(found.values())
