"""The learner's own work: restore a lesson, take a new version of the course, and lose nothing of it.

Usage: ``python -m course reset 03`` and ``python -m course update``. Whatever would be overwritten is first kept
beside it as ``NAME.mine.EXT``. An update that is interrupted, at any point, is finished by the next one.
Standard library only, any Python from 3.8 on: both commands run before anything is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from course.files import printable, replacing, write_json, write_text
from course.messages import CourseError, _
from course.paths import ROOT, lesson_id

JOURNAL = "course-update.json"
"""In git's folder while an update is under way: a list of [path, copy of the learner's file, commit it stems from]."""
LOCK_PATIENCE = 5.0
"""Seconds that a git which is still at work after an interrupted update gets to end it."""


def add_reset_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``python -m course reset``."""
    parser.add_argument("lessons", nargs="+", metavar="LESSON", help=_("a lesson's number, id or notebook"))


def add_update_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``python -m course update``: there are none."""


def reset(args: argparse.Namespace) -> int:
    """Run ``python -m course reset``."""
    for lesson in args.lessons:
        print(reset_lesson(ROOT, lesson))
    return 0


def update(args: argparse.Namespace) -> int:
    """Run ``python -m course update``."""
    print(_("Looking for a new version …"), flush=True)
    print("\n".join(map(printable, update_checkout(ROOT))))
    return 0


def reset_lesson(root: Path, name: str) -> str:
    """Restore one lesson's notebook below `root` as it came; the learner's stays beside it as ``….mine.ipynb``.

    Args:
        root: the checkout, or the folder of an unpacked archive, then with the copies of :func:`keep_pristine`.
        name: number, id or notebook of a lesson; a path in ``ko/`` means the Korean notebook.

    Returns:
        What was done, in a sentence.

    Raises:
        CourseError: no such lesson, no version to restore it from, or git refuses.
    """
    folder = Path(name).parent.name
    path = f"{folder}/{lesson_id(name)}.ipynb" if folder == "ko" else f"{lesson_id(name)}.ipynb"
    file, pristine = root / path, root / ".pristine" / path
    git = Git(root) if (root / ".git").exists() else None
    original = git.blob(f"HEAD:{path}") if git else pristine.is_file()
    if not original:
        raise CourseError(_("There is no version of {path} here to restore it from."), path=path)
    if git:
        untouched = git.hash(path) == original
        copies = _keep_changes(git, path, {original})
        git("checkout", "--quiet", "HEAD", "--", path)
    else:
        content = file.read_bytes() if file.is_file() else b""
        untouched = content == pristine.read_bytes()
        copies = [_keep(file, content)] if content and not untouched else []
        with replacing(file) as temporary:
            shutil.copyfile(pristine, temporary)
    if copies:
        names = ", ".join(copy.name for copy in copies)
        return _("{path} is restored; what you had is kept as {copy}.").format(path=path, copy=names)
    if untouched:
        return _("{path} is unchanged: there was nothing to restore or to keep.").format(path=path)
    return _("{path} is restored.").format(path=path)


def keep_pristine(root: Path) -> None:
    """Without git (an unpacked archive), copy the notebooks as they came into ``.pristine/``, once, for `reset`."""
    pristine, part = root / ".pristine", root / ".pristine.part"
    if (root / ".git").exists() or pristine.exists():
        return
    shutil.rmtree(part, ignore_errors=True)
    for folder in ("", "ko"):
        (part / folder).mkdir(parents=True)
        for notebook in (root / folder).glob("*.ipynb"):
            shutil.copyfile(notebook, part / folder / notebook.name)
    part.rename(pristine)


def update_checkout(root: Path) -> list[str]:
    """Bring the checkout `root` to the newest version of its branch's upstream by a fast-forward.

    A file that the learner changed and the new version changes, deletes or adds is kept as ``NAME.mine.EXT``; then
    the new one is taken, with the learner's answers to the exercises that did not change. Other files stay as they are.

    Returns:
        What was done, a line a file.

    Raises:
        CourseError: the update cannot be made; nothing of the learner's is lost.
    """
    if not (root / ".git").exists():
        message = _("{root} did not come from git and cannot update itself: get the new version in another folder.")
        raise CourseError(message, root=root)
    git = Git(root)
    journal = Path(os.fsdecode(git("rev-parse", "--absolute-git-dir"))) / JOURNAL
    interrupted = journal.exists()
    kept = json.loads(journal.read_text("utf-8")) if interrupted else []
    if interrupted:
        _remove_stale_locks(journal)
    else:
        write_json(journal, [])  # a lock that is younger than the journal is this update's
    try:
        _check_ready(git, journal.parent)
        lines = _fast_forward(git, journal, kept)
    finally:
        if not kept:  # otherwise the next update has something to finish
            journal.unlink()
    for path, copy, stem in reversed(kept):  # the latest copy has the latest answers
        lines.pop(path, None)
        lines[copy] = _("{path}: new version, yours is kept as {copy}").format(path=path, copy=copy)
        lines[copy] += _carry_answers(git, path, copy, stem)
    journal.unlink(missing_ok=True)
    return list(lines.values()) or [_("This is the newest version already.")]


class Git:
    """Runs git in one checkout, whoever owns it and whatever the environment variables say about other repositories."""

    def __init__(self, root: Path) -> None:
        self.root = root
        settings = ("core.fileMode=false", "merge.autoStash=false", f"safe.directory={root.as_posix()}")
        self._command = ["git", "--literal-pathspecs", *(part for setting in settings for part in ("-c", setting))]
        elsewhere = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
        self._environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
        self._environment.update(LC_ALL="C", GIT_TERMINAL_PROMPT="0")
        self._environment.update(GIT_HTTP_LOW_SPEED_LIMIT="1000", GIT_HTTP_LOW_SPEED_TIME="30")  # bytes/s, seconds

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run one git command to its end, whatever its exit code."""
        command = [*self._command, *arguments]
        try:
            return subprocess.run(command, cwd=self.root, env=self._environment, capture_output=True, check=False)
        except FileNotFoundError:
            raise CourseError(_("This needs git, which is not installed: install it, then try again.")) from None

    def __call__(self, *arguments: str) -> bytes:
        """Output of one git command, without the line's end.

        Raises:
            CourseError: git refused; the sentence quotes its reason.
        """
        done = self.run(*arguments)
        if done.returncode == 0:
            return done.stdout.rstrip(b"\n")
        lines = done.stderr.decode("utf-8", "replace").splitlines() or [""]
        reason = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1])
        if "dubious ownership" in reason:  # some versions of git do not take the setting from the command line
            trust = f'git config --global --add safe.directory "{self.root.as_posix()}"'
            message = _("{root} belongs to another user; say that you trust it with: {trust}")
            raise CourseError(message, root=self.root, trust=trust)
        if arguments[0] == "fetch":
            message = _("The new version could not be fetched: check the network, then update again ({reason}).")
            raise CourseError(message, reason=reason)
        message = _("Git could not do “{command}” in {root}: {reason}")
        raise CourseError(message, command=" ".join(arguments[:2]), root=self.root, reason=reason)

    def paths(self, command: str, *arguments: str) -> list[str]:
        """Output of ``git diff`` or the like, with ``-z``, as a list."""
        output = self(command, "--no-renames", "-z", *arguments)
        return [os.fsdecode(part) for part in output.split(b"\0") if part]

    def blob(self, name: str) -> str:
        """Identity of an object such as ``HEAD:README.md``; empty if there is none."""
        done = self.run("rev-parse", "--verify", "--quiet", name)
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def hash(self, path: str) -> str:
        """Identity that the file at `path` would have in git, line ends treated as git is set to; empty if no file."""
        return self("hash-object", "--", path).decode() if (self.root / path).is_file() else ""


def _check_ready(git: Git, git_dir: Path) -> None:
    """Refuse, in a sentence each, the states of a checkout in which nothing can be updated; then fetch."""
    unfinished = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
    if any((git_dir / name).exists() for name in unfinished) or git("ls-files", "--unmerged"):
        raise CourseError(_("A merge or rebase is unfinished here: finish or abort it (git status), then update."))
    if (git_dir / "index.lock").exists():
        message = _("Git is at work here; once it has ended, delete {path} if it is still there, then update.")
        raise CourseError(message, path=git_dir / "index.lock")
    if git.run("symbolic-ref", "--quiet", "HEAD").returncode:
        raise CourseError(_("This checkout is not on a branch: go back to it with “git switch main”, then update."))
    if git.run("rev-parse", "--abbrev-ref", "@{upstream}").returncode:
        raise CourseError(
            _("This branch has no upstream: name it with “git branch --set-upstream-to=origin/main”, then update.")
        )
    git("fetch", "--quiet")


def _fast_forward(git: Git, journal: Path, kept: list[list[str]]) -> dict[str, str]:
    """Keep what would be overwritten, note it in `kept` and the journal, and take the new version.

    Returns:
        Path to the line that tells what happened to it; files other than notebooks are counted in one line.
    """
    old, new = git("rev-parse", "HEAD").decode(), git("rev-parse", "@{upstream}").decode()
    ahead, behind = map(int, git("rev-list", "--count", "--left-right", f"{old}...{new}").split())
    if not behind:
        return {}
    if ahead:
        raise CourseError(_("You have commits of your own here: join the new version to them with “git merge”."))
    fields = git.paths("diff", "--name-status", old, new)
    touched = {fields[i + 1]: fields[i] for i in range(0, len(fields), 2)}
    git.run("update-index", "-q", "--refresh")  # what still differs after this, if only by its line ends, stops a merge
    staged = set(git.paths("diff-index", "--name-only", "--cached", "HEAD"))
    dirty = staged.union(git.paths("diff-index", "--name-only", "HEAD"))
    in_the_way = [path for path, how in touched.items() if path in dirty or how == "A"]
    _check_folders(git.root, in_the_way)
    for path in in_the_way:
        for copy in _keep_changes(git, path, {git.blob(f"{old}:{path}"), git.blob(f"{new}:{path}")}):
            entry = [path, copy.relative_to(git.root).as_posix(), old]
            kept += [entry] if entry not in kept else []
    write_json(journal, kept)
    for path in in_the_way:
        if touched[path] != "A":
            git("checkout", "--quiet", "HEAD", "--", path)
            continue
        if path in staged:
            git("rm", "--cached", "--force", "--quiet", "--", path)
        (git.root / path).unlink(missing_ok=True)
    git("merge", "--ff-only", "--quiet", new)
    lines = {path: _("{path}: new version").format(path=path) for path in touched if path.endswith(".ipynb")}
    if len(touched) > len(lines):
        lines[""] = _("{count} other files: new version").format(count=len(touched) - len(lines))
    return lines


def _check_folders(root: Path, paths: list[str]) -> None:
    """Refuse what a copy cannot keep: a folder in place of a file of `paths`, a link or file in place of its folder."""
    for file in (root / path for path in paths):
        folders = [folder for folder in file.parents if root in folder.parents]
        blocking = [folder for folder in folders if folder.is_symlink() or folder.is_file()]
        blocking += [file] if file.is_dir() and not file.is_symlink() else []
        if blocking:
            message = _("{path} is in the way of the new version: rename it, then update.")
            raise CourseError(message, path=blocking[0].relative_to(root))


def _keep_changes(git: Git, path: str, known: set[str]) -> list[Path]:
    """Keep what the learner has at `path`, staged or in the folder, unless it is one of the `known` blobs.

    The beginning of a known blob is not kept either: a git that was killed leaves files half written.
    """
    file = git.root / path
    mine, staged = git.hash(path), git.blob(f":0:{path}")
    versions = [git.run("cat-file", "blob", staged).stdout] if staged and staged not in known | {mine} else []
    versions += [file.read_bytes()] if mine and mine not in known else []
    originals = [git.run("cat-file", "blob", name).stdout for name in known if name and versions]
    return [_keep(file, content) for content in versions if not any(whole.startswith(content) for whole in originals)]


def _keep(file: Path, content: bytes) -> Path:
    """Write `content` beside `file` as ``NAME.mine.EXT`` (then ``.mine-2``, …); a copy that is there already serves."""
    number = 1
    while True:
        mark = "mine" if number == 1 else f"mine-{number}"
        copy = file.with_name(f"{file.stem}.{mark}{file.suffix}")
        if not os.path.lexists(copy):
            with replacing(copy) as temporary:
                temporary.write_bytes(content)
            return copy
        if copy.is_file() and copy.read_bytes() == content:
            return copy
        number += 1


def _carry_answers(git: Git, path: str, copy: str, stem: str) -> str:
    """Put the learner's answers from `copy` into the new notebook at `path`, by the ids of unchanged exercises.

    An exercise is unchanged where the new stub reads as in the commit `stem`, which the learner started from.

    Returns:
        The rest of the line that tells about the file.
    """
    try:
        stubs = _sources(json.loads(git("show", f"{stem}:{path}")), only_blanks=True)
        answers = _sources(json.loads((git.root / copy).read_text("utf-8")))
        notebook = json.loads((git.root / path).read_text("utf-8"))
        now = _sources(notebook)
    except (CourseError, ValueError, LookupError, TypeError, AttributeError, OSError):
        return ""  # no notebook, a damaged one, or not there before or after: the copy holds it all
    written = [name for name in now if name in stubs and answers.get(name, stubs[name]) != stubs[name]]
    carried = [name for name in written if now[name] in (stubs[name], answers[name])]
    for cell in notebook["cells"]:
        if cell.get("id") in carried:
            cell["source"] = answers[cell["id"]].splitlines(keepends=True)
    if carried:
        write_text(git.root / path, json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    changed = [name for name in written if name not in carried]
    text = _("; your answers are in it: {names}").format(names=", ".join(carried)) if carried else ""
    return text + (
        _("; these have changed, so answer them again: {names}").format(names=", ".join(changed)) if changed else ""
    )


def _sources(notebook: dict, only_blanks: bool = False) -> dict[str, str]:
    """Id to source of a notebook's cells, or of those that a learner fills in: exercises, and lesson 07's decisions."""
    found = {}
    for cell in notebook["cells"]:
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", ())
        blank = "exercise" in tags or (cell["cell_type"] == "code" and "# FIXME" in source)
        if "id" in cell and (blank or not only_blanks):
            found[cell["id"]] = source
    return found


def _remove_stale_locks(journal: Path) -> None:
    """Remove the locks that git left when an update was killed, once it has had time to remove them itself."""
    deadline = time.monotonic() + LOCK_PATIENCE
    for lock in [*journal.parent.glob("*.lock"), *journal.parent.glob("refs/**/*.lock")]:
        while lock.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        if lock.exists() and lock.stat().st_mtime >= journal.stat().st_mtime:
            lock.unlink()
