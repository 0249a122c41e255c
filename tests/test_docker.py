"""The Dockerfiles: what can be said of them without building them, and hadolint's opinion where it is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from course.paths import ROOT

DOCKERFILES = sorted((ROOT / "dev" / "docker").glob("*.Dockerfile"))


def instructions(text: str) -> list[tuple[str, str]]:
    """Name and argument of each instruction, in order, without comments, on one line each."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(" ", 1)) for line in joined.splitlines()]


def faults(text: str) -> list[str]:
    """What is wrong with a Dockerfile of this course."""
    found, given = [], instructions(text)
    values = {
        name: [argument for key, argument in given if key == name] for name in ("FROM", "USER", "CMD", "RUN", "COPY")
    }
    if not all(re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", image) for image in values["FROM"]):
        found.append("an image without a version")
    if not values["USER"] or not values["USER"][-1].isdigit() or int(values["USER"][-1]) == 0:
        found.append("it runs as root, or as somebody whose number is not known")
    order = [key for key, _argument in given]
    if (
        "USER" in order
        and "CMD" in order
        and any("course setup" in run for key, run in given[: order.index("USER")] if key == "RUN")
    ):
        found.append("set-up runs as root")
    try:
        command = json.loads(values["CMD"][-1])
    except (ValueError, IndexError):
        return [*found, "no command in JSON"]
    if command[1:4] != ["-m", "course", "lab"] or any("token" in word.lower() for word in command):
        found.append("it does not start JupyterLab as `python -m course lab` does, with a new token")
    if any(
        name in ("ADD", "ARG") or (name == "ENV" and re.search(r"TOKEN|PASS|SECRET|KEY", what)) for name, what in given
    ):
        found.append("something from elsewhere, or a secret")
    for run in values["RUN"]:
        if "apt-get install" in run and not ("--no-install-recommends" in run and "rm -rf /var/lib/apt/lists" in run):
            found.append("packages that nobody asked for, or lists that stay")
        if re.search(r"\b(curl|wget|sudo)\b|\| *(ba)?sh\b", run):
            found.append("a program from the network, or sudo")
    return found


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_a_dockerfile_keeps_the_rules(path: Path):
    assert faults(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("change", "with_what", "fault"),
    [
        ("python:3.12-slim-bookworm", "python", "an image without a version"),
        ("python:3.12-slim-bookworm", "python:latest", "an image without a version"),
        ("USER 1000", "USER root", "it runs as root"),
        ("USER 1000\n", "", "it runs as root"),
        ("USER 1000", "RUN python -m course setup\nUSER 1000", "set-up runs as root"),
        ('"--no-browser"', '"--IdentityProvider.token="', "with a new token"),
        ('CMD ["python"', 'CMD python ["', "no command in JSON"),
        ("EXPOSE", "ENV JUPYTER_TOKEN=course\nEXPOSE", "a secret"),
        ("RUN python -m", "RUN curl x | sh; python -m", "from the network"),
        ("RUN useradd", "RUN apt-get install git; useradd", "nobody asked for"),
    ],
)
def test_each_rule_finds_what_breaks_it(change, with_what, fault):
    text = (ROOT / "dev" / "docker" / "cpu.Dockerfile").read_text("utf-8")
    assert change in text
    assert any(fault in found for found in faults(text.replace(change, with_what)))


def test_nothing_that_set_up_makes_gets_into_an_image():
    left_out = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv*", "models", "data-real", "grades"} <= set(left_out)


def test_what_the_document_builds_is_there():
    text = (ROOT / "docs" / "ngc.md").read_text("utf-8")
    assert {f"dev/docker/{path.name}" for path in DOCKERFILES} == set(re.findall(r"dev/docker/\w+\.Dockerfile", text))
    assert "nvcr.io/nvidia/tensorflow:25.02-tf2-py3" in (ROOT / "dev" / "docker" / "ngc.Dockerfile").read_text("utf-8")


@pytest.mark.skipif(not shutil.which("hadolint"), reason="hadolint is not installed")
def test_hadolint_finds_nothing():
    done = subprocess.run(["hadolint", *DOCKERFILES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
