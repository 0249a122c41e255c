"""What the documents name is there: files that they link to, headings, commands, options and make targets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import course.__main__
import dev.__main__
from course.paths import ROOT

DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in (ROOT, *(ROOT / name for name in ("docs", "ko", "ko/docs", "ko/data", "dev/studio", "tests", "data")))
    for path in folder.glob("*.md")
)
COMMANDS = {
    "course": {command.name for command in course.__main__.COMMANDS},
    "dev": {command.name for command in dev.__main__.COMMANDS},
}
COMMAND = re.compile(r"python3? -m (course|dev) ([a-z]+)((?:[ \w.,/=“”*…-]|\[|\])*)")
MAKE = re.compile(r"(?:^|`)(?:[A-Z]+=\S+ )*make ([a-z][a-z-]*)", re.MULTILINE)


def text_of(document: str) -> str:
    return (ROOT / document).read_text("utf-8")


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as they are made from them on the usual sites."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def broken_links(document: str, text: str) -> list[str]:
    """Links of `text` that lead to no file of the checkout, or to no heading of a document."""
    broken = []
    for link in re.findall(r"\]\((?!https?:|<)([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        target = (ROOT / document).parent / name if name else ROOT / document
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)
    return broken


@cache
def help_of(program: str, command: str) -> str:
    """What ``python -m PROGRAM COMMAND --help`` prints, and the same of its actions."""
    run = [sys.executable, "-m", program, command]
    said = subprocess.run([*run, "--help"], capture_output=True, text=True, cwd=ROOT).stdout
    actions = re.findall(r"^    ([a-z]+)(?:  |$)", said, re.MULTILINE) if "ACTION" in said or "|" in said else []
    return said + "".join(subprocess.run([*run, one, "-h"], capture_output=True, text=True).stdout for one in actions)


def unknown(text: str) -> list[str]:
    """Commands, options and make targets that `text` names and that do not exist."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.MULTILINE))
    found = [f"make {name}" for name in MAKE.findall(text) if name not in targets]
    for program, name, rest in COMMAND.findall(text):
        if name not in COMMANDS[program]:
            found.append(f"{program} {name}")
        elif name not in ("check", "test"):  # which pass what they do not know on to pytest
            options = re.findall(r"--[a-z-]+", rest)
            found += [f"{program} {name} {option}" for option in options if option not in help_of(program, name)]
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    assert broken_links(document, text_of(document)) == []


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if COMMAND.search(text_of(name))])
def test_commands_that_are_named_exist(document):
    assert unknown(text_of(document)) == []


def test_a_link_and_a_command_that_lead_nowhere_are_noticed():
    text = "[a](data.md) [b](nowhere.md) [c](data.md#editions) [d](data.md#none)"
    assert broken_links("docs/x.md", text) == ["nowhere.md", "data.md#none"]
    assert unknown("`python -m course run 03 --strict` `python -m course run --stricter` `make labs`") == [
        "make labs",
        "course run --stricter",
    ]


def test_the_license_is_the_apache_license_and_prose_has_its_own():
    assert "Apache License\n                           Version 2.0, January 2004" in text_of("LICENSE")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text_of("docs/LICENSE")


def test_the_citation_and_the_container_for_development_can_be_read():
    import yaml  # jupyterlab brings it

    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    container = json.loads(text_of(".devcontainer/devcontainer.json"))
    assert unknown(container["postCreateCommand"]) == []
    assert Path(container["image"]).name.startswith("python:3.")
