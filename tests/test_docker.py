"""The Dockerfiles: what can be said of them without building them, and hadolint's opinion where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from course.paths import ROOT

DOCKERFILES = sorted((ROOT / "dev" / "docker").glob("*.Dockerfile"))


RULES = {
    "an image without a version": r"(?m)^FROM (?![\w./-]+:[\w.-]*\d[\w.-]*$)",
    "it runs as root, or as somebody whose number is not known": r"(?s)\A(?!.*^USER )|.*^USER (?!\d*[1-9]\d*$)",
    "set-up runs as root": r"\A(?s:.*?)course setup(?s:.*?)^USER ",
    "it does not start JupyterLab as the course does, with a new token":
        r"\A(?!(?s:.*)^CMD \[\"python3?\", \"-m\", \"course\", \"lab\"(, \"[\w.-]+\")*\]$)",
    "something from elsewhere, or a secret": r"^(ADD|ARG|ENV .*(TOKEN|PASS|SECRET|KEY))",
    "packages that nobody asked for, or lists that stay":
        r"^RUN (?=.*apt-get install)(?!.*--no-install-recommends.*rm -rf /var/lib/apt/lists)",
    "a program from the network, or sudo": r"^RUN .*(\b(curl|wget|sudo)\b|\| *(ba)?sh\b)",
}  # fmt: skip
"""What is wrong with a Dockerfile of this course in which the pattern is found."""


def faults(text: str) -> list[str]:
    """What is wrong with a Dockerfile: rules by what they find in it, without its comments, an instruction a line."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [fault for fault, pattern in RULES.items() if re.search(pattern, joined, re.MULTILINE)]


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
        ('CMD ["python"', 'CMD python ["', "with a new token"),
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
