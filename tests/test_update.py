"""What the learner wrote survives `reset` and `update`, whatever state the checkout is in."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
import stub_packages as stubs
from data_commands import sentence_of

from course.environment import update
from course.environment.interpreter import python_of
from course.messages import CourseError
from course.paths import ROOT

LESSON = "01_mnist.ipynb"
SEVENTH = "07_assessment.ipynb"


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` as somebody whose settings are only these."""
    settings = ("user.name=Learner", "user.email=learner@example.org", "init.defaultBranch=main")
    command = ["git", *(part for setting in settings for part in ("-c", setting)), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def notebook(**sources: str) -> dict:
    """A notebook with a code cell per keyword; ids are the names with dashes, exercises those that begin so."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": name.replace("_", "-"),
            "metadata": {"tags": ["exercise"]} if name.startswith("exercise") else {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for name, source in sources.items()
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def write(folder: Path, files: dict[str, object]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=1, sort_keys=True) + "\n"
        (folder / path).write_text(text, encoding="utf-8", newline="")


def publish(origin: Path, files: dict[str, object], remove: tuple[str, ...] = ()) -> None:
    """Commit a new version of the course to `origin`."""
    write(origin, files)
    for path in remove:
        (origin / path).unlink()
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", "version")


FIRST = notebook(title="shapes", exercise_one="a = ...", exercise_two="b = ...", results="done")
SECOND = notebook(
    title="pictures", exercise_one="a = ...", exercise_two="c = ...", exercise_new="d = ...", results="done"
)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """The course as it is published: two notebooks, a README, a program."""
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet")
    ignored = "*.mine*\n.pristine/\n"
    files = {name: FIRST for name in (LESSON, "ko/01_mnist.ipynb", "02_asl.ipynb")} | {".gitignore": ignored}
    publish(folder, files | {"README.md": "1\n", "course/runner/run.py": "one\n", "old.md": "old\n"})
    return folder


@pytest.fixture
def checkout(origin: Path) -> Path:
    """A learner's clone, in a path with spaces and Hangul."""
    folder = origin.parent / "내 강의 course"
    git(origin.parent, "clone", "--quiet", str(origin), str(folder))
    return folder


def learn(file: Path, **answers: str) -> str:
    """Edit and execute a notebook as a learner does; the text that lies there afterwards."""
    content = json.loads(file.read_text("utf-8"))
    for cell in content["cells"]:
        cell["source"] = [answers.get(cell["id"].replace("-", "_"), "".join(cell["source"]))]
        cell["execution_count"] = 3
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}]
    file.write_text(json.dumps(content), encoding="utf-8")
    return file.read_text("utf-8")


def sources(file: Path) -> dict[str, str]:
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(file.read_text("utf-8"))["cells"]}


def at_newest(checkout: Path, origin: Path) -> bool:
    return git(checkout, "rev-parse", "HEAD") == git(origin, "rev-parse", "HEAD")


def clean(checkout: Path) -> str:
    return git(checkout, "-c", "core.fileMode=false", "status", "--porcelain")


class TestReset:
    def test_restores_a_lesson_and_keeps_every_copy_of_the_learners(self, checkout: Path) -> None:
        kept, names = [], ("01_mnist.mine.ipynb", "01_mnist.mine-2.ipynb", "01_mnist.mine-3.ipynb")
        for name, answers in zip(names, ({}, {"exercise_one": "a = 1"}, {"exercise_one": "a = 2"}), strict=True):
            kept.append(learn(checkout / LESSON, **answers))  # the first time it was only executed
            assert name in update.reset_lesson(checkout, "01_mnist.ipynb")
            assert clean(checkout) == ""
        assert [(checkout / name).read_text("utf-8") for name in names] == kept

    def test_brings_back_a_deleted_lesson_and_says_so_when_there_is_nothing_to_restore(self, checkout: Path) -> None:
        (checkout / LESSON).unlink()
        assert "is restored" in update.reset_lesson(checkout, "01")
        assert "nothing" in update.reset_lesson(checkout, "01")
        assert clean(checkout) == ""

    def test_a_path_in_ko_means_the_korean_lesson(self, checkout: Path) -> None:
        mine = learn(checkout / "ko" / LESSON)
        english = learn(checkout / LESSON)
        update.reset_lesson(checkout, "ko/01_mnist.ipynb")
        assert (checkout / "ko" / "01_mnist.mine.ipynb").read_text("utf-8") == mine
        assert (checkout / LESSON).read_text("utf-8") == english

    def test_keeps_what_was_staged_and_then_changed_or_deleted(self, checkout: Path) -> None:
        staged = learn(checkout / LESSON, exercise_one="a = 1")
        git(checkout, "add", LESSON)
        (checkout / LESSON).unlink()
        update.reset_lesson(checkout, "01")
        assert (checkout / "01_mnist.mine.ipynb").read_text("utf-8") == staged
        assert clean(checkout) == ""

    @pytest.mark.parametrize("name", ["99", "nonsense", "03"])
    def test_refuses_a_lesson_that_is_not_there(self, checkout: Path, name: str) -> None:
        with pytest.raises(CourseError):
            update.reset_lesson(checkout, name)

    def test_works_on_a_detached_head_and_in_another_users_checkout(self, checkout: Path) -> None:
        git(checkout, "switch", "--quiet", "--detach")
        learn(checkout / LESSON)
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            for path in (checkout, checkout / ".git"):
                os.chown(path, 12345, 12345)
        update.reset_lesson(checkout, "01")
        assert (checkout / "01_mnist.mine.ipynb").is_file()

    def test_restores_from_the_pristine_copies_without_git(self, checkout: Path) -> None:
        update.keep_pristine(checkout)  # with git it makes none
        shutil.rmtree(checkout / ".git")
        with pytest.raises(CourseError, match="no version of 01_mnist"):
            update.reset_lesson(checkout, "01")
        update.keep_pristine(checkout)
        original = (checkout / LESSON).read_bytes()
        mine = learn(checkout / LESSON, exercise_one="a = 7")
        update.keep_pristine(checkout)  # set-up runs again: what is kept stays
        assert "mine" in update.reset_lesson(checkout, "01")
        assert (checkout / LESSON).read_bytes() == original
        assert (checkout / "01_mnist.mine.ipynb").read_text("utf-8") == mine
        assert "nothing" in update.reset_lesson(checkout, "ko/01_mnist.ipynb")


class TestUpdate:
    def test_takes_a_new_version_into_an_untouched_checkout(self, origin: Path, checkout: Path) -> None:
        publish(origin, {LESSON: SECOND, "README.md": "2\n"}, remove=("old.md",))
        lines = update.update_checkout(checkout)
        assert lines == ["01_mnist.ipynb: new version", "2 other files: new version"]
        assert at_newest(checkout, origin)
        assert clean(checkout) == ""
        assert update.update_checkout(checkout) == ["This is the newest version already."]

    def test_keeps_the_learners_notebook_and_carries_the_answers_over(self, origin: Path, checkout: Path) -> None:
        mine = learn(checkout / LESSON, exercise_one="a = 7", exercise_two="b = 8")
        publish(origin, {LESSON: SECOND})
        (line,) = update.update_checkout(checkout)
        assert (checkout / "01_mnist.mine.ipynb").read_text("utf-8") == mine
        now = sources(checkout / LESSON)
        assert now["title"] == "pictures"
        assert now["exercise-one"] == "a = 7"
        assert now["exercise-two"] == "c = ..."  # another question now
        assert "exercise-one" in line
        assert "answer them again: exercise-two" in line
        assert at_newest(checkout, origin)

    def test_carries_answers_over_two_versions_one_after_the_other(self, origin: Path, checkout: Path) -> None:
        learn(checkout / LESSON, exercise_one="a = 7\nprint('한글')")
        publish(origin, {LESSON: SECOND})
        update.update_checkout(checkout)
        publish(origin, {LESSON: notebook(exercise_one="a = ...", footer="end")})
        update.update_checkout(checkout)
        assert sources(checkout / LESSON) == {"exercise-one": "a = 7\nprint('한글')", "footer": "end"}
        assert (checkout / "01_mnist.mine-2.ipynb").is_file()

    def test_leaves_what_the_new_version_does_not_touch(self, origin: Path, checkout: Path) -> None:
        mine = learn(checkout / "02_asl.ipynb", exercise_one="a = 1")
        (checkout / "notes.txt").write_text("mine")
        publish(origin, {LESSON: SECOND})
        update.update_checkout(checkout)
        assert (checkout / "02_asl.ipynb").read_text("utf-8") == mine
        assert (checkout / "notes.txt").read_text() == "mine"
        assert not list(checkout.glob("02*.mine*"))

    def test_keeps_untracked_and_even_ignored_files_that_the_new_version_adds(self, origin, checkout: Path) -> None:
        write(checkout, {"03_asl_cnn.ipynb": FIRST, "extras/a.md": "mine\n"})
        write(checkout, {"b.mine.txt": "mine\n", "same.md": "same\n"})
        publish(origin, {"03_asl_cnn.ipynb": SECOND, "extras/a.md": "new\n", "same.md": "same\n"})
        write(origin, {"b.mine.txt": "new\n"})
        git(origin, "add", "--force", "b.mine.txt")
        git(origin, "commit", "--quiet", "--message", "an ignored file")
        update.update_checkout(checkout)
        assert json.loads((checkout / "03_asl_cnn.mine.ipynb").read_text("utf-8")) == FIRST
        assert (checkout / "extras" / "a.mine.md").read_text() == "mine\n"
        assert (checkout / "b.mine.mine.txt").read_text() == "mine\n"
        assert (checkout / "b.mine.txt").read_text() == "new\n"
        assert not (checkout / "same.mine.md").exists()
        assert clean(checkout) == ""

    def test_restores_a_deleted_file_that_the_new_version_changes(self, origin: Path, checkout: Path) -> None:
        (checkout / LESSON).unlink()
        git(checkout, "rm", "--quiet", "README.md")
        publish(origin, {LESSON: SECOND, "README.md": "2\n"})
        update.update_checkout(checkout)
        assert sources(checkout / LESSON)["title"] == "pictures"
        assert (checkout / "README.md").read_text() == "2\n"
        assert not list(checkout.glob("*.mine*"))

    def test_staged_changes_are_kept_too(self, origin: Path, checkout: Path) -> None:
        staged = learn(checkout / LESSON, exercise_one="a = 1")
        write(checkout, {"course/runner/run.py": "staged\n", "course/own.py": "own\n"})
        git(checkout, "add", LESSON, "course")
        mine = learn(checkout / LESSON, exercise_one="a = 2")
        publish(origin, {LESSON: SECOND, "course/runner/run.py": "two\n"})
        update.update_checkout(checkout)
        assert (checkout / "01_mnist.mine.ipynb").read_text("utf-8") == staged
        assert (checkout / "01_mnist.mine-2.ipynb").read_text("utf-8") == mine
        assert sources(checkout / LESSON)["exercise-one"] == "a = 2"
        assert (checkout / "course" / "runner" / "run.mine.py").read_text() == "staged\n"
        assert (checkout / "course" / "own.py").read_text() == "own\n"

    @pytest.mark.parametrize(
        "damaged", ['{"cells": [', "[]", '{"cells": 3}', '{"cells": [7]}', '{"cells": [{"id": "a"}]}', "\ufeff{}"]
    )
    def test_what_is_no_notebook_is_kept_as_it_is(self, origin: Path, checkout: Path, damaged: str) -> None:
        (checkout / LESSON).write_text(damaged, encoding="utf-8")
        publish(origin, {LESSON: SECOND})
        update.update_checkout(checkout)
        assert (checkout / "01_mnist.mine.ipynb").read_text("utf-8") == damaged
        assert json.loads((checkout / LESSON).read_text("utf-8")) == SECOND

    def test_changed_file_modes_and_line_ends_of_the_learners_are_no_changes(self, origin, checkout: Path) -> None:
        (checkout / LESSON).chmod(0o755)
        git(checkout, "add", LESSON)
        (checkout / "README.md").chmod(0o755)
        (checkout / "README.md").write_bytes(b"1\r\n")
        publish(origin, {LESSON: SECOND, "README.md": "2\n"})
        update.update_checkout(checkout)
        assert at_newest(checkout, origin) and (checkout / "README.md").read_text() == "2\n"
        assert not list(checkout.glob("01*.mine*"))

    def test_line_ends_that_git_converted_are_no_changes(self, origin: Path, checkout: Path) -> None:
        git(checkout, "config", "core.autocrlf", "true")
        for path in (LESSON, "README.md"):
            (checkout / path).write_bytes((checkout / path).read_bytes().replace(b"\n", b"\r\n"))
        mine = learn(checkout / "02_asl.ipynb", exercise_one="a = 7")
        publish(origin, {LESSON: SECOND, "README.md": "2\n", "02_asl.ipynb": SECOND})
        update.update_checkout(checkout)
        assert [path.name for path in checkout.glob("*.mine*")] == ["02_asl.mine.ipynb"]
        assert (checkout / "02_asl.mine.ipynb").read_text("utf-8") == mine
        assert sources(checkout / "02_asl.ipynb")["exercise-one"] == "a = 7"
        assert (checkout / "README.md").read_bytes() == b"2\r\n"

    def test_works_in_another_users_shallow_clone_whatever_repository_surrounds_it(self, origin, monkeypatch) -> None:
        folder = origin.parent / "shallow"
        git(origin.parent, "clone", "--quiet", "--depth=1", origin.as_uri(), str(folder))
        mine = learn(folder / LESSON)
        publish(origin, {LESSON: SECOND})
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # only root can give files away
            for path in (folder, folder / ".git"):
                os.chown(path, 12345, 12345)
        with monkeypatch.context() as patch:
            patch.setenv("GIT_DIR", str(origin / ".git"))
            patch.setenv("GIT_INDEX_FILE", str(origin / "index"))
            update.update_checkout(folder)
        assert (folder / "01_mnist.mine.ipynb").read_text("utf-8") == mine
        assert json.loads((folder / LESSON).read_text("utf-8")) == SECOND


class TestUpdateRefuses:
    """One sentence, and nothing in the checkout changes."""

    @pytest.fixture(autouse=True)
    def news_and_work(self, origin: Path, checkout: Path) -> None:
        learn(checkout / LESSON, exercise_one="a = 7")
        publish(origin, {LESSON: SECOND})

    def refusal(self, checkout: Path) -> str:
        before = {path: path.read_bytes() for path in checkout.iterdir() if path.is_file()}
        sentence = sentence_of(update.update_checkout, checkout)
        assert before == {path: path.read_bytes() for path in checkout.iterdir() if path.is_file()}
        assert not (checkout / ".git" / update.JOURNAL).exists()
        return sentence

    TROUBLES: ClassVar = {
        "did not come from git": lambda folder: shutil.rmtree(folder / ".git"),
        "git switch": lambda folder: git(folder, "checkout", "--quiet", "--detach"),
        "no upstream": lambda folder: git(folder, "branch", "--unset-upstream"),
        "network": lambda folder: (folder.parent / "origin").rename(folder.parent / "gone"),
        "commits of your own": lambda folder: git(folder, "commit", "--quiet", "--all", "--message", "mine"),
        "index.lock": lambda folder: (folder / ".git" / "index.lock").touch(),
        "02_asl.ipynb is in the way": lambda folder: [
            publish(folder.parent / "origin", {"02_asl.ipynb": SECOND}),
            (folder / "02_asl.ipynb").unlink(),
            write(folder, {"02_asl.ipynb/notes.txt": "mine"}),
        ],
    }

    @pytest.mark.parametrize("sentence", TROUBLES)
    def test_a_checkout_in_trouble(self, checkout: Path, sentence: str) -> None:
        self.TROUBLES[sentence](checkout)
        assert sentence in self.refusal(checkout)

    def test_a_machine_without_git(self, checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert "not installed" in self.refusal(checkout)

    def test_an_unfinished_merge(self, checkout: Path) -> None:
        git(checkout, "switch", "--quiet", "--create", "side")
        git(checkout, "commit", "--quiet", "--all", "--message", "mine")
        git(checkout, "switch", "--quiet", "main")
        (checkout / "README.md").write_text("other\n")
        git(checkout, "commit", "--quiet", "--all", "--message", "other")
        git(checkout, "merge", "--no-commit", "--no-ff", "side")
        assert "unfinished" in self.refusal(checkout)

    @pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
    def test_a_link_where_the_new_version_has_a_folder(self, origin: Path, checkout: Path, tmp_path: Path) -> None:
        (checkout / "course").rename(tmp_path / "elsewhere")
        (checkout / "course").symlink_to(tmp_path / "elsewhere")
        publish(origin, {"course/runner/run.py": "two\n"})
        assert "course is in the way" in self.refusal(checkout)


CHANGING = ("fetch", "update-index", "checkout", "rm", "merge", "show")
"""Commands of git between which the checkout, or what is known of it, is another."""


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


class TestInterruptedUpdate:
    def prepare(self, origin: Path, checkout: Path) -> str:
        """The learner's work in every shape, and a new version that meets it."""
        mine = learn(checkout / LESSON, exercise_one="a = 7")
        write(checkout, {"old.md": "mine\n", "new.md": "mine\n", "staged.md": "mine\n", "notes.txt": "mine\n"})
        git(checkout, "add", "staged.md")
        files = {LESSON: SECOND, "02_asl.ipynb": SECOND, "new.md": "new\n", "staged.md": "new\n", "README.md": "2\n"}
        publish(origin, files, remove=("old.md",))
        return mine

    def assert_nothing_is_lost(self, origin: Path, checkout: Path, mine: str) -> None:
        assert at_newest(checkout, origin)
        kept = ["01_mnist.mine.ipynb", *(f"{name}.mine.md" for name in ("new", "old", "staged"))]
        assert sorted(path.name for path in checkout.glob("*.mine*")) == kept
        assert (checkout / "01_mnist.mine.ipynb").read_text("utf-8") == mine
        assert {(checkout / f"{name}.mine.md").read_text() for name in ("new", "old", "staged")} == {"mine\n"}
        assert (checkout / "notes.txt").read_text() == "mine\n"
        assert sources(checkout / LESSON)["exercise-one"] == "a = 7"
        assert clean(checkout).splitlines() == ["M 01_mnist.ipynb", "?? notes.txt"]
        assert not (checkout / ".git" / update.JOURNAL).exists()

    def killed(self, checkout: Path, fatal: Callable[[str], bool], deed: Callable[[], object] = lambda: None) -> bool:
        """Update `checkout`, killed at the command of git for which `fatal` holds, after `deed`; whether it was."""
        original = update.Git.run

        def run(git: update.Git, *arguments: str) -> subprocess.CompletedProcess[bytes]:
            if fatal(arguments[0]):
                deed()
                raise Killed
            return original(git, *arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(update.Git, "run", run)
            try:
                update.update_checkout(checkout)
            except Killed:
                return True
        return False

    def test_after_a_kill_between_any_two_changes_the_next_update_finishes(self, tmp_path, origin, checkout) -> None:
        mine = self.prepare(origin, checkout)
        for step in itertools.count():
            copy, commands = tmp_path / f"copy {step}", itertools.count()
            shutil.copytree(checkout, copy, symlinks=True)
            killed = self.killed(copy, lambda name: name in CHANGING and next(commands) == step)  # noqa: B023
            if killed:
                update.update_checkout(copy)
            self.assert_nothing_is_lost(origin, copy, mine)
            shutil.rmtree(copy)
            if not killed:
                assert step > 6
                return

    @pytest.mark.parametrize("written", range(7))
    def test_after_a_kill_at_any_write_the_next_update_finishes(self, origin, checkout, monkeypatch, written) -> None:
        mine = self.prepare(origin, checkout)
        writes, replace = itertools.count(), os.replace

        def killing(*arguments: object) -> None:
            if next(writes) == written:
                raise Killed
            replace(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", killing)
            with pytest.raises(Killed):
                update.update_checkout(checkout)
        update.update_checkout(checkout)
        self.assert_nothing_is_lost(origin, checkout, mine)

    def test_locks_and_half_a_checkout_of_a_killed_git_do_not_stop_the_next(
        self, origin, checkout, monkeypatch
    ) -> None:
        mine = self.prepare(origin, checkout)

        def half_a_merge() -> None:
            write(checkout, {"README.md": "2\n", "new.md": "new\n"})
            (checkout / "02_asl.ipynb").unlink()
            (checkout / ".git" / "index.lock").touch()

        assert self.killed(checkout, lambda name: name == "merge", half_a_merge)
        monkeypatch.setattr(update, "LOCK_PATIENCE", 0)
        update.update_checkout(checkout)
        self.assert_nothing_is_lost(origin, checkout, mine)

    def test_work_done_between_the_two_is_kept_too(self, origin: Path, checkout: Path) -> None:
        earlier = learn(checkout / LESSON, exercise_one="a = 7")
        publish(origin, {LESSON: SECOND})
        assert self.killed(checkout, lambda name: name == "merge")
        later = learn(checkout / LESSON, exercise_one="a = 8")
        update.update_checkout(checkout)
        assert (checkout / "01_mnist.mine.ipynb").read_text("utf-8") == earlier
        assert (checkout / "01_mnist.mine-2.ipynb").read_text("utf-8") == later
        assert sources(checkout / LESSON)["exercise-one"] == "a = 8"


FIRST_EDITION = "7abf04530b2435f1329e4aaf84497b858cf722a3"
"""The last commit before its packages moved into ``course/`` and ``dev/``."""
SHIM = """#!/bin/sh
for word in "$@"; do
  case "$word" in {changing})
    number=$(($(cat "$COUNT" 2>/dev/null || echo 0) + 1)); echo $number > "$COUNT"
    if [ "$number" = "$FATAL" ] || [ "$word" = "$FATAL" ]; then {deed}; kill -9 $PPID; exit 1; fi; break;;
  esac
done
exec "{git}" "$@"
"""
HALF_A_MERGE = "git diff --no-renames -z --name-only --diff-filter=D HEAD @{u} | xargs -0 rm; touch .git/index.lock"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Who still has the first edition, in the middle of lesson 07; without data and figures, for speed."""
    known = subprocess.run(["git", "cat-file", "-e", f"{FIRST_EDITION}^{{commit}}"], cwd=ROOT, capture_output=True)
    if known.returncode:
        pytest.skip("the first edition is not in this history (a shallow clone, or no clone)")
    folder = tmp_path_factory.mktemp("first edition")
    origin, learner = folder / "origin", folder / "learner"
    git(folder, "clone", "--quiet", "--shared", "--no-checkout", str(ROOT), "origin")
    git(origin, "update-ref", "refs/heads/new", "HEAD")
    git(origin, "update-ref", "refs/heads/main", FIRST_EDITION)
    git(origin, "symbolic-ref", "HEAD", "refs/heads/main")
    git(folder, "clone", "--quiet", "--shared", "--no-checkout", str(origin), "learner")
    git(learner, "sparse-checkout", "set", "--no-cone", "/*", "!/data/*", "!/images/*", "!/ko/*")
    git(learner, "checkout", "--quiet", "main")
    git(origin, "update-ref", "refs/heads/main", "refs/heads/new")
    learn(learner / SEVENTH, decide_cut="cut = 'mine'")
    own = {"README.ko.md": "mine\n", "certificates/mine.txt": "mine\n", "studio/own/a.py": "mine\n"}
    write(learner, {**own, "solutions/__pycache__/a.pyc": ""})
    return learner


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for git")
class TestFromTheFirstEdition:
    """The code of the first edition begins the update, whatever is in the checkout by then ends it: this one's HEAD."""

    @pytest.fixture
    def checkout(self, published: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(published, tmp_path / "learner", symlinks=True))

    def update(self, checkout: Path, fatal: int | str = 0, deed: str = ":") -> subprocess.CompletedProcess[str]:
        """Run ``python -m course update`` as the checkout has it; `fatal`: the change of git that kills it."""
        folder = checkout.parent / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "git").write_text(SHIM.format(changing="|".join(CHANGING), deed=deed, git=shutil.which("git")))
        (folder / "git").chmod(0o755)
        (folder / "count").unlink(missing_ok=True)
        path = os.pathsep.join([str(folder), os.environ["PATH"]])
        environ = {**os.environ, "PATH": path, "COUNT": str(folder / "count"), "FATAL": str(fatal), "COURSE_LANG": "en"}
        command = [sys.executable, "-m", "course", "update"]
        return subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, check=False)

    def assert_all_is_there(self, checkout: Path, said: str) -> None:
        assert git(checkout, "rev-parse", "HEAD") == git(checkout, "rev-parse", "@{upstream}") != FIRST_EDITION
        kept = [json.loads(file.read_text("utf-8")) for file in checkout.glob("07_assessment.mine*.ipynb")]
        kept.append(json.loads((checkout / SEVENTH).read_text("utf-8")))
        assert any("cut = 'mine'" in "".join(cell["source"]) for one in kept for cell in one["cells"])
        assert (checkout / "README.ko.mine.md").read_text() == "mine\n" and not (checkout / "README.ko.md").exists()
        assert (checkout / "certificates" / "mine.txt").is_file() and (checkout / "studio" / "own" / "a.py").is_file()
        assert not (checkout / ".git" / update.JOURNAL).exists()
        assert "README.ko.mine.md" in said

    def test_it_brings_this_one_and_keeps_what_the_learner_has(self, checkout: Path) -> None:
        done = self.update(checkout)
        assert done.returncode == 0, done.stderr
        self.assert_all_is_there(checkout, done.stdout)
        assert (checkout / "course" / "environment").is_dir() and not (checkout / "grading").exists()

    def test_after_a_kill_between_any_two_changes_the_next_update_finishes(self, published, checkout: Path) -> None:
        for fatal in itertools.count(1):
            copy = Path(shutil.copytree(published, checkout.parent / f"copy {fatal}", symlinks=True))
            done = self.update(copy, fatal)
            if done.returncode >= 0:
                assert fatal > 4
                return
            again = self.update(copy)
            assert again.returncode == 0, (fatal, again.stderr)
            self.assert_all_is_there(copy, again.stdout)
            shutil.rmtree(copy)

    def test_after_a_kill_while_git_had_half_the_files_two_commands_help(self, checkout: Path) -> None:
        assert self.update(checkout, "merge", HALF_A_MERGE).returncode < 0
        assert "no command “update”" in self.update(checkout).stderr
        (checkout / ".git" / "index.lock").unlink()
        git(checkout, "checkout", "HEAD", "--", "course")
        done = self.update(checkout)
        assert done.returncode == 0, done.stderr
        self.assert_all_is_there(checkout, done.stdout)

    def test_its_environment_serves_without_a_new_installation_and_without_a_network(self, checkout, tmp_path) -> None:
        wheels = stubs.make_wheelhouse(tmp_path / "wheels", stubs.locked((checkout / "constraints.txt").read_text()))
        python = stubs.make_interpreter(tmp_path / "bare", stubs.bundled_pip())
        offline = stubs.offline(tmp_path / "offline")
        online = {**offline, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
        command = [str(python), "-m", "course", "setup", "--cpu"]
        subprocess.run(command, cwd=checkout, env=online, capture_output=True, check=True)
        log = (checkout / ".venv" / "course-setup.log").stat().st_mtime_ns
        assert self.update(checkout).returncode == 0
        code = "from course.environment import setup; print(setup.setup().name)"  # what `lab` begins with
        for _time in range(2):
            done = subprocess.run([str(python), "-c", code], cwd=checkout, env=offline, capture_output=True, text=True)
            assert (done.stdout, done.stderr) == (".venv\n", "")
        assert (checkout / ".venv" / "course-setup.log").stat().st_mtime_ns == log
        assert stubs.modules(python_of(checkout / ".venv"), "keras")


def test_the_commands_print_what_they_did(
    origin: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(update, "ROOT", checkout)
    learn(checkout / LESSON)
    assert update.reset(Namespace(lessons=["01", "02"])) == 0
    publish(origin, {"README.md": "2\n"})
    assert update.update(Namespace()) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 4
    assert printed[0].startswith("01_mnist.ipynb is restored") and printed[1].startswith("02_asl.ipynb is unchanged")
