"""The learners' release: the same bytes from the same commit, whole without what stays at home, and no answer in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from bare_environment import bare_environment
from lesson_runs import LESS_DATA
from nbformat.v4 import new_code_cell
from test_update import git

from course.environment.update import Git
from course.paths import LESSONS, ROOT
from dev import release
from dev.__main__ import main as dev
from dev.studio import korean
from dev.studio.assessment import REGION

AT_HOME = {".ci", ".devcontainer", ".dockerignore", ".github", ".gitignore", "dev", "docs", "pyproject.toml", "tests"}
"""What of the top of the repository, and of `ko`, is not for learners; of `docs`, some is."""

needs_a_clone = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a release is made from a clone")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of this commit, unpacked where a learner may unpack it."""
    folder = tmp_path_factory.mktemp("release") / "내 강의 course"
    path = folder.parent / "release.zip"
    release.pack(Git(ROOT), "HEAD", path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder / release.TOP


def run(folder: Path, *arguments: str, python: str | Path = sys.executable) -> subprocess.CompletedProcess[str]:
    """``python -m course …`` as a learner has it in `folder`, in English."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "PYTHONPATH"))}
    command = [str(python), "-m", "course", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8")


def markdown(path: Path) -> str:
    """The prose of a Markdown file or a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def small_repository(folder: Path) -> Path:
    """A clone with a file of each kind."""
    files = {
        "README.md": "[a](docs/data.md), [b](docs/notes.md#x), ![c](images/c.png), [d](https://a.b/docs/notes.md)\n",
        "ko/README.md": "[가](../docs/notes.md)\n",
        "docs/data.md": "[up](../README.md), [home](notes.md), [folder](../dev/studio)\n",
        "docs/notes.md": "x\n",
        "images/c.png": "c",
        "dev/studio/make.py": "x\n",
        "dev/solutions/07_assessment.ipynb": "{}",
        "ko/dev/solutions/07_assessment.ipynb": "{}",
        "course/a.py": "a = 1\n",
        "exam/secret.png": "x",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all")
    return folder


def contents(path: Path) -> dict[str, bytes]:
    """The files of a release, without its folder."""
    with zipfile.ZipFile(path) as archive:
        return {name.removeprefix(f"{release.TOP}/"): archive.read(name) for name in archive.namelist()}


def test_the_same_commit_gives_the_same_bytes_whatever_lies_around(tmp_path: Path, monkeypatch):
    repository = small_repository(tmp_path / "repository")
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    release.pack(Git(repository), "HEAD", first)
    (repository / "course" / "a.py").write_text("a = 2\n")
    (repository / "course" / "new.py").write_text("secret")
    monkeypatch.setenv("COURSE_LANG", "ko")
    git(repository, "config", "core.autocrlf", "true")
    monkeypatch.setattr(time, "localtime", lambda *_seconds: pytest.fail("the bytes depend on where the clock is"))
    release.pack(Git(repository), "HEAD", second)
    assert first.read_bytes() == second.read_bytes()
    kept = {"README.md", "RELEASE.txt", "course/a.py", "docs/data.md", "images/c.png", "ko/README.md"}
    assert set(contents(first)) == kept
    git(repository, "commit", "--quiet", "--all", "--message", "changed")
    release.pack(Git(repository), "HEAD", second)
    assert contents(second)["course/a.py"] == b"a = 2\n"


def test_a_korean_document_goes_where_its_english_one_goes():
    assert release.is_kept("ko/docs/data.md") and not release.is_kept("ko/docs/instructors.md")


def test_a_link_to_what_stays_at_home_becomes_a_word(tmp_path: Path):
    release.pack(Git(small_repository(tmp_path / "repository")), "HEAD", tmp_path / "release.zip")
    found = {name: data.decode() for name, data in contents(tmp_path / "release.zip").items() if name.endswith(".md")}

    word = "(in the repository only)"
    assert found["README.md"] == f"[a](docs/data.md), b {word}, ![c](images/c.png), [d](https://a.b/docs/notes.md)\n"
    assert found["ko/README.md"] == "가 (저장소에만 있음)\n"
    assert found["docs/data.md"] == f"[up](../README.md), home {word}, folder {word}\n"


@needs_a_clone
def test_a_release_waits_for_its_translation(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr(korean, "pending", lambda: ["ko/01_mnist.ipynb: title", "course.po: Right"])
    assert dev(["release", "--out", str(tmp_path / "release.zip")]) == 2
    said = capsys.readouterr().err
    assert "waits for its Korean translation (2)" in said and "  ko/01_mnist.ipynb: title\n" in said
    assert not list(tmp_path.iterdir())


@needs_a_clone
def test_the_command_writes_it_and_says_what_is_not_in_it(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr(korean, "pending", list)
    assert dev(["release", "--out", str(tmp_path / "release.zip")]) == 0
    assert re.search(r"release\.zip: \d+ files, \d+ MB\.", capsys.readouterr().out)
    commit = Git(ROOT)("rev-parse", "HEAD").decode()
    assert commit in contents(tmp_path / "release.zip")["RELEASE.txt"].decode()


@needs_a_clone
def test_whatever_is_new_at_the_top_of_the_repository_is_for_learners_or_not_but_not_by_accident():
    names = Git(ROOT)("ls-tree", "-r", "--name-only", "HEAD").decode().splitlines()
    assert {name.removeprefix("ko/").split("/")[0] for name in names if not release.is_kept(name)} - AT_HOME == set()
    assert {f"{lesson}.ipynb" for lesson in LESSONS} <= set(names)


@needs_a_clone
def test_no_answer_of_the_assessment_is_in_it(unpacked: Path):
    files = [ROOT / folder / "dev" / "solutions" / "07_assessment.ipynb" for folder in ("", "ko")]
    solved = [cell for file in files for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]]
    cells = [("".join(cell["source"]), cell["metadata"].get("tags", ())) for cell in solved]
    answers = [text for text, tags in cells if "answer" in tags]
    answers += [answer for text, _tags in cells for answer in REGION.findall(text)]
    texts = {
        path.relative_to(unpacked): path.read_text(encoding="utf-8")
        for path in unpacked.rglob("*")
        if path.suffix in (".ipynb", ".py", ".md", ".po", ".json", ".txt", ".js")
        if "data" not in path.relative_to(unpacked).parts
    }

    assert len(answers) > 10 and len(texts) > 80
    for name, text in texts.items():
        if name.suffix == ".ipynb":
            text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
        assert [answer for answer in answers if answer.strip() in text] == [], name
    assert not [name for name in texts if {"dev", "tests", ".git", ".ci"} & set(name.parts)]
    assert "# FIXME" in texts[Path("07_assessment.ipynb")]


@needs_a_clone
def test_no_link_of_a_readme_a_document_or_a_notebook_leads_nowhere(unpacked: Path):
    pages = [path for kind in ("*.md", "*/*.md", "*.ipynb", "*/*.ipynb") for path in unpacked.glob(kind)]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(<?([^)\s>#]+)|(?:src|href)=\"([^\"#]+)", markdown(page))
        for link in link
        if link and not re.match(r"[a-z]+:", link)
    ]

    assert len(links) > 40
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
    assert "tests/README.md (in the repository only)" in (unpacked / "README.md").read_text(encoding="utf-8")


@needs_a_clone
def test_the_doctor_and_the_check_of_the_data_find_nothing_amiss(unpacked: Path):
    doctor = run(unpacked, "doctor")
    assert "[FAIL]" not in doctor.stdout + doctor.stderr and "embedded" in doctor.stdout, doctor.stdout + doctor.stderr
    data = run(unpacked, "data", "verify")
    assert data.returncode == 0 and "[OK]   fruits" in data.stdout, data.stdout + data.stderr


@needs_a_clone
def test_the_commands_of_the_repository_say_that_they_are(unpacked: Path):
    assert " test " not in (listed := run(unpacked, "--help").stdout) and " lab " in listed
    for command in ("test", "release", "fix"):
        done = run(unpacked, command)
        assert done.returncode == 2 and "in a clone of the repository" in done.stderr
        assert done.stderr.count("\n") == 1
    assert "no command" in run(unpacked, "tset").stderr


@needs_a_clone
def test_a_lesson_runs_from_it_with_the_eight_packages_alone(unpacked: Path, tmp_path: Path):
    python = bare_environment(tmp_path / "environment")
    notebook = nbformat.read(unpacked / "01_mnist.ipynb", as_version=4)
    after, source = LESS_DATA["01_mnist"]
    place = [cell.id for cell in notebook.cells].index(after) + 1
    notebook.cells.insert(place, new_code_cell(source, id="less-data"))
    nbformat.write(notebook, unpacked / "01_mnist.ipynb")

    done = run(unpacked, "run", "01", python=python)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (unpacked / "models" / "results" / "01_mnist.json").is_file()


@pytest.mark.soak
@needs_a_clone
def test_whoever_runs_all_of_it_gets_every_lesson_and_the_assessment_waits(unpacked: Path, tmp_path: Path):
    done = run(unpacked, "run", "--json", str(tmp_path / "run.json"))

    assert done.returncode == 0, done.stdout + done.stderr
    lessons = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["lessons"]
    assert [lesson["lesson"] for lesson in lessons] == list(LESSONS)
    assert {lesson["lesson"] for lesson in lessons if lesson["status"] != "passed"} == {"07_assessment"}
    assert lessons[-1]["status"] == "not_attempted"
