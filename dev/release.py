"""``python -m dev release``: the course as learners get it, in one zip, without the solved assessment.

Usage: ``python -m dev release [--out FILE]``. It packs what is committed, never what lies around, so the same commit
gives the same bytes, on any system. What is packed is listed here, so anything new stays out until somebody adds it.
Standard library only.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import tarfile
import time
import zipfile
from pathlib import Path, PurePosixPath

from course.environment.update import Git
from course.files import replacing, shown
from course.messages import CourseError
from course.paths import LESSONS, ROOT
from dev.studio import korean

FOLDERS = ("course", "data", "extras", "images")
"""Kept whole, and in ``ko/``. `course/grading` too: ``run_assessment`` scores with it, and it holds no answer."""
FILES = (
    *(f"{lesson}.ipynb" for lesson in LESSONS),
    *("README.md", "LICENSE", "CITATION.cff", "Makefile", "requirements.txt", "docs/LICENSE", "docs/CHANGELOG.md"),
    *("docs/common-errors.md", "docs/data.md", "docs/glossary.md", "docs/scaling.md", "docs/security.md"),
    "docs/untested.md",
)
"""Kept if they exist."""
TOP = "fundamentals-of-deep-learning"
_LINK = re.compile(r"(!?)\[([^\]\n]*)\]\(<?([^)\s>#]+)(#[^)\s>]*)?>?\)")
_ELSEWHERE = ("in the repository only", "저장소에만 있음")  # not by gettext: the bytes must not depend on who packs
_NOTE = """\
Fundamentals of Deep Learning, the learners' release. README.md says how to start; ko/README.md in Korean.

Made from commit {commit} of {date}.
Only in the repository: the solved assessment, the tests, the scripts that made data/ and images/ (dev/studio/), and
what is for whoever changes the course. The command `test`, and those that change the course, work there alone.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``release``."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="the zip to write (else in out/, by its commit)")


def main(args: argparse.Namespace) -> int:
    """Run ``python -m dev release``."""
    git = Git(ROOT)
    if not (ROOT / ".git").exists():
        raise CourseError(f"A release is made from a clone of the repository, and {ROOT} is not one.")
    if waiting := korean.pending():
        lines = "\n".join(f"  {one}" for one in waiting[:20])
        text = f"A release waits for its Korean translation ({len(waiting)}); see docs/CONTRIBUTING.md:"
        raise CourseError(f"{text}\n{lines}")
    commit = git("rev-parse", "HEAD").decode()
    path = args.out or ROOT / "out" / f"{TOP}-{commit[:10]}.zip"
    count = pack(git, commit, path)
    print(f"{shown(path)}: {count} files, {path.stat().st_size / 1e6:.0f} MB.")
    if git("status", "--porcelain"):
        print("What is not committed is not in it.")
    return 0


def pack(git: Git, commit: str, path: Path) -> int:
    """Write the release of `commit` to `path`. Returns how many files it has.

    Nothing is compressed: data and pictures are already, and versions of zlib differ in what they make of a text.

    Raises:
        CourseError: git refuses, or `path` cannot be written.
    """
    seconds = int(git("log", "-1", "--format=%ct", commit))
    date = time.gmtime(seconds)
    packed = git("-c", "core.autocrlf=false", "archive", "--format=tar", commit)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = {one.name: one for one in archive.getmembers() if one.isfile()}
        contents = {name: archive.extractfile(members[name]).read() for name in members if is_kept(name)}
    for name in contents:
        if name.endswith(".md"):
            text = without_dead_links(name, contents[name].decode("utf-8"), set(contents), set(members))
            contents[name] = text.encode("utf-8")
    note = _NOTE.format(commit=commit, date=time.strftime("%Y-%m-%d", date))
    contents["RELEASE.txt"] = note.encode("utf-8")
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as release:
        for name, content in sorted(contents.items()):
            info = zipfile.ZipInfo(f"{TOP}/{name}", date[:6])
            info.create_system = 3  # Unix, wherever it is made, so that the permissions count
            info.external_attr = 0o100644 << 16
            release.writestr(info, content)
    return len(contents)


def is_kept(name: str) -> bool:
    """Whether the file `name`, a path in the repository, is for learners."""
    english = name.removeprefix("ko/")
    return english in FILES or english.split("/")[0] in FOLDERS


def without_dead_links(name: str, text: str, kept: set[str], known: set[str]) -> str:
    """`text` of the Markdown file `name`, with a word in place of each link to what only the repository has.

    Args:
        kept: paths of the release's files.
        known: paths of the repository's.
    """

    def judged(match: re.Match[str]) -> str:
        mark, label, target, _part = match.groups()
        path = os.path.normpath(PurePosixPath(name).parent / target).replace(os.sep, "/")
        if mark or "://" in target or not _is_in(path, known) or _is_in(path, kept):
            return match[0]
        return f"{label} ({_ELSEWHERE[name.startswith('ko/')]})"

    return _LINK.sub(judged, text)


def _is_in(path: str, names: set[str]) -> bool:
    """Whether a file or a folder is among the files `names`."""
    return path in names or any(name.startswith(f"{path}/") for name in names)
