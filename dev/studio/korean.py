"""The Korean edition: the notebooks in ``ko/``, made of the English ones and Korean prose, and the messages.

Usage, in the course's own environment (``make setup ARGS=--dev`` brings what it needs)::

    python -m dev.studio.korean                     bring ko/ up to date; name the cells that wait for a translator
    python -m dev.studio.korean text 03             print those cells of lesson 03, each with its English
    python -m dev.studio.korean merge 03 FILE       take the Korean prose in FILE, which has the form that `text` prints
    python -m dev.studio.korean messages            bring the catalog up to date; name what is not translated
    python -m dev.studio.korean document docs/data  say that ko/docs/data.md is of the English document as it is now
                                                    (of a deck: document dev/decks/text/03_asl_cnn)

The prose of a lesson is kept in its Korean notebook and nowhere else. There, ``metadata.course.english`` of a prose
cell is a digest of the English source that it was translated from. Where that has changed, the cell waits: it shows the
English text under `WAITING`, and ``metadata.course.korean`` keeps the old translation for its translator. What waits
fails no test but refuses a release (:func:`pending`). Each command but `text` ends with 1 while something waits.

The solved assessment in Korean has the prose of the learner's copy; its own is what it has beyond that: the cells with
the tag ``answer``, and the answers in words, which are code.

A document in ``ko/`` has the sections of the English one, and in its last line the digests of those that it was
translated from. A section whose English has changed says so under its heading and keeps its Korean.
"""

from __future__ import annotations

import argparse
import ast
import gettext
import hashlib
import posixpath
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from course.files import write_text
from course.messages import CourseError
from course.paths import LESSONS, ROOT, lesson_id
from course.runner.notebooks import Notebook, canonical, dumps, read, source_of

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

SOLVED = f"dev/solutions/{LESSONS[-1]}"
CATALOG = ROOT / "course" / "locale" / "ko" / "LC_MESSAGES" / "course.po"
SPEAKING = ("course",)
"""Folders whose messages are in the catalog."""
QUESTIONS = re.compile(r"^(?:## |- \[[ x]\] |  )(.+)$", re.MULTILINE)
"""The sentences in a file of questions; `course.check.questions`, which reads them so too, needs more than Python."""
TEMPLATE = re.compile(r'\b_\("([^"]+)"\)')
"""The sentences in a template of the grader's pages."""
WAITING = "> **번역 대기** · 영어 원문이 바뀌어 번역을 기다리고 있습니다."
"""What stands above the English text of a cell that waits."""
IN_WORDS = re.compile(r'^# region FIXME\n[^#]*"\w+ \w', re.MULTILINE)
"""Code that answers in words, as only the solved assessment has it."""
CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
LINK = re.compile(r"""(\]\(<?|\b(?:src|href)=["'])([^)>\s"']+)""")
HEADING = re.compile(CODE.pattern + r"|(^#+ [^\n]+\n)", re.DOTALL | re.MULTILINE)
MARKS = re.compile(r"\n<!-- english:((?: \S+)*) -->\n\Z")
NUMBERS = re.compile(r"<!-- results:.*?<!-- /results:?\w* -->", re.DOTALL)
BLOCK = re.compile(r"^%% (\S+) (\S+).*$", re.MULTILINE)


def digest(source: str) -> str:
    """The mark of an English source, by which a translation tells whether it is of this one."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def waiting(english: Notebook, korean: Notebook) -> list[str]:
    """Ids of the prose cells of `english` that `korean` lacks, or has from another English source."""
    done = {cell["id"]: _mark(cell) for cell in korean["cells"]}
    return [cell["id"] for cell in _prose(english) if done.get(cell["id"]) != digest(source_of(cell))]


def in_english(source: str, there: Callable[[str], bool], folder: str = "") -> str:
    """What a waiting cell shows: the English `source` under `WAITING`, after a heading; with links from ``ko/``."""
    if IN_WORDS.search(source):
        return f"# {WAITING}\n{source}"
    heading, text = source.split("\n", 1) if re.match(r"#.*\n", source) else ("", source)
    return localised("\n\n".join(part for part in (heading, WAITING, text.strip("\n")) if part), there, folder)


def sections(text: str) -> list[str]:
    """A document cut before each of its headings; those in code do not count."""
    starts = [found.start() for found in HEADING.finditer(text) if found[2]]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def documents() -> dict[Path, Path]:
    """The Korean documents and the texts of Korean decks, each with its English one."""
    found = {path: ROOT / path.relative_to(ROOT / "ko") for path in sorted((ROOT / "ko").rglob("*.md"))}
    decks = sorted((ROOT / "dev" / "decks" / "text").glob("*.ko.md"))
    return found | {path: path.with_name(path.name.replace(".ko.", ".")) for path in decks}


def marked(english: str, korean: str, done: bool = False) -> tuple[str, list[str]]:
    """The document `korean` as it has to stand beside `english`, and the headings of its sections that wait.

    Where the two have not the same number of sections, all wait. With `done`, none does: they are translated.
    """
    wanted = [digest(NUMBERS.sub("", section))[:8] for section in sections(english)]
    found = MARKS.search(korean)
    marks = found[1].split() if found and not done else wanted * done
    text, waits = "", []
    own = sections(MARKS.sub("", korean.replace(f"\n{WAITING}\n", "")))
    for number, section in enumerate(own):
        heading, rest = section.split("\n", 1)
        if len(own) != len(wanted) or marks[number : number + 1] != [wanted[number]]:
            waits.append(heading.lstrip("# "))
            rest = f"\n{WAITING}\n{rest}"
        text += f"{heading}\n{rest}"
    return f"{text.rstrip()}\n\n<!-- english: {' '.join(marks)} -->\n", waits


def pending() -> list[str]:
    """What waits for a translator, a line each: cells of the notebooks, then messages. Standard library only."""
    found = []
    for lesson in translated():
        if cells := waiting(*_pair(lesson)):
            found.append(f"ko/{lesson}.ipynb: {', '.join(cells)}")
    for own, english in documents().items():
        if waits := marked(english.read_text("utf-8"), own.read_text("utf-8"))[1]:
            found.append(f"{own.relative_to(ROOT).as_posix()}: {', '.join(waits)}")
    with CATALOG.with_suffix(".mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    translations.add_fallback(_Nothing())
    return found + [f"{CATALOG.name}: {one}" for one in sorted(messages()) if not translations.gettext(one)]


class _Nothing(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return ""


def merged(
    english: Notebook, korean: Notebook, prose: dict[str, str], there: Callable[[str], bool], folder: str = ""
) -> Notebook:
    """The Korean notebook: all of `english`, its prose in Korean where `prose`, or else `korean`, has it.

    Args:
        english: the lesson, canonical.
        korean: the Korean notebook as it is; one without cells where there is none.
        prose: new Korean sources by cell id, translated from `english`.
        there: tells of a path, counted from the root, whether its Korean counterpart is in ``ko/``.
        folder: that of the English notebook, counted from the root.

    Raises:
        CourseError: `prose` has a cell that is no prose cell of the lesson.
    """
    unknown = prose.keys() - {cell["id"] for cell in _prose(english)}
    if unknown:
        raise CourseError(f"The lesson has no prose cell {', '.join(sorted(unknown))}; see its ids in the English one.")
    old = {cell["id"]: cell for cell in _prose(korean)}
    cells = []
    for cell in english["cells"]:
        if is_prose(cell):
            source, before = source_of(cell), old.get(cell["id"], {"metadata": {}, "source": ""})
            text = prose.get(cell["id"]) or _translation(before)
            mark = digest(source) if cell["id"] in prose else _mark(before)  # of the English behind `text`
            kept = {"english": mark} if mark else {}
            if mark != digest(source):
                kept |= {"korean": text} if text else {}
                text = in_english(source, there, folder)
            course = cell["metadata"].get("course", {}) | kept
            if cell["cell_type"] == "markdown":
                text = localised(text, there, folder)
            cell = cell | {"metadata": cell["metadata"] | {"course": course}, "source": text}
        cells.append(cell)
    return canonical(english | {"cells": cells})


def _mark(cell: Notebook) -> str:
    """The digest of the English that a Korean cell was translated from; empty without one."""
    return cell["metadata"].get("course", {}).get("english", "")


def _translation(cell: Notebook) -> str:
    """The Korean of a Korean cell, the old one where it waits; empty without one."""
    source = source_of(cell)
    return cell["metadata"].get("course", {}).get("korean", "") if WAITING in source else source


def localised(source: str, there: Callable[[str], bool], folder: str = "") -> str:
    """`source` with its links and pictures named from ``ko/`` and `folder`: the Korean ones where they are there."""
    up = posixpath.relpath(".", f"ko/{folder}") + "/"  # so begins a link that is named from there already

    def moved(match: re.Match[str]) -> str:
        target = match[2].removeprefix("../") if match[2].startswith(up) else match[2]
        if re.match(r"[a-z]+:|#|/", target):
            return match[0]
        path = posixpath.normpath(posixpath.join(folder, target))
        korean = there(path.split("#")[0])
        return match[1] + posixpath.relpath(f"ko/{path}" if korean else path, f"ko/{folder}")

    parts = CODE.split(source)
    return "".join(part if index % 2 else LINK.sub(moved, part) for index, part in enumerate(parts))


def blocks(text: str) -> dict[str, str]:
    """The sources that `text` gives by cell id, under lines ``%% md ID``; other blocks (``%% en ID``) do not count."""
    _before, *parts = BLOCK.split(text)
    found = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return {name: body.strip() for kind, name, body in found if kind == "md" and body.strip()}


def to_translate(english: Notebook, korean: Notebook) -> str:
    """The waiting cells as text: each in English, then in Korean as it is, to be changed there."""
    wanted = waiting(english, korean)
    old = {cell["id"]: _translation(cell) for cell in _prose(korean) if _mark(cell)}
    cells = {cell["id"]: source_of(cell) for cell in _prose(english)}
    return "\n".join(f"%% en {name}\n{cells[name]}\n\n%% md {name}\n{old.get(name, '')}\n" for name in wanted)


def _prose(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook["cells"] if is_prose(cell)]


def is_prose(cell: Notebook) -> bool:
    """Whether a cell is for a translator."""
    return cell["cell_type"] == "markdown" or bool(IN_WORDS.search(source_of(cell)))


def translated() -> list[str]:
    """The notebooks in Korean, named from the root without their ending: all lessons, and of the extras some."""
    extras = sorted((ROOT / "ko" / "extras").glob("*.ipynb"))
    return [*LESSONS, SOLVED, *(f"extras/{path.stem}" for path in extras if ".mine" not in path.name)]


def _pair(lesson: str) -> tuple[Notebook, Notebook]:
    """The English and the Korean notebook of a lesson, canonical."""
    english, korean = ROOT / f"{lesson}.ipynb", ROOT / "ko" / f"{lesson}.ipynb"
    return canonical(read(english)), canonical(read(korean)) if korean.is_file() else {"cells": []}


def _write(lesson: str, prose: dict[str, str]) -> int:
    """Write the Korean notebook of `lesson` anew; the number of cells that still wait."""
    english, korean = _pair(lesson)

    def there(path: str) -> bool:
        return path == f"{lesson}.ipynb" or (ROOT / "ko" / path).is_file()

    if lesson == SOLVED:
        prose = _of_the_copy() | prose
    made = merged(english, korean, prose, there, posixpath.dirname(lesson))
    path = ROOT / "ko" / f"{lesson}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, dumps(made))
    left = waiting(english, made)
    if left:
        print(f"ko/{lesson}.ipynb waits for a translator: {', '.join(left)}")
    return len(left)


def _of_the_copy() -> dict[str, str]:
    """The Korean prose of the learner's copy of the assessment, with links from the folder of the solved one."""
    english, korean = _pair(LESSONS[-1])
    waits = waiting(english, korean)
    return {cell["id"]: source_of(cell).replace("](", "](../../") for cell in _prose(korean) if cell["id"] not in waits}


def messages() -> dict[str, list[str]]:
    """All messages in the sources, each with the files that have it.

    Raises:
        CourseError: a message is not a literal, so that no catalog can hold it.
    """
    found: dict[str, list[str]] = {}
    for file in sorted(file for folder in SPEAKING for file in (ROOT / folder).rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"):
                continue
            if not isinstance(node.args[0], ast.Constant):
                raise CourseError(f"{name}, line {node.lineno}: give _() the message itself, as one literal.")
            found.setdefault(node.args[0].value, []).append(name)
    texts = [(TEMPLATE, "*.html"), (QUESTIONS, "questions/*.md")]
    for pattern, file in ((pattern, file) for pattern, name in texts for file in sorted((ROOT / "course").rglob(name))):
        for sentence in pattern.findall(file.read_text("utf-8")):
            found.setdefault(sentence, []).append(file.relative_to(ROOT).as_posix())
    return found


def updated(catalog: Catalog) -> Catalog:
    """`catalog` with the messages of the sources, and no others; what is new has no translation, never a guess."""
    from babel.messages.catalog import Catalog

    template = Catalog()
    for message, names in messages().items():
        template.add(message, locations=[(name, 1) for name in names])
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def read_catalog(path: Path = CATALOG) -> Catalog:
    """The catalog at `path`."""
    from babel.messages import pofile

    with path.open("rb") as file:
        return pofile.read_po(file, locale="ko")


def write_catalog(catalog: Catalog, path: Path) -> None:
    """Write `catalog` to `path` and, compiled for gettext, beside it."""
    from babel.messages import mofile, pofile

    with path.open("wb") as file:
        pofile.write_po(file, catalog, width=120, sort_by_file=True, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        mofile.write_mo(file, catalog)


def untranslated(catalog: Catalog) -> list[str]:
    """The messages without a translation, or with one that somebody has yet to look at."""
    return [message.id for message in catalog if message.id and (not message.string or message.fuzzy)]


def refresh(done: Path | None = None) -> int:
    """Bring all of ``ko/`` up to date; 1 while a cell or a section waits. The Korean document `done` is translated."""
    left = [_write(lesson, {}) for lesson in translated()]
    for own, english in documents().items():
        text, waits = marked(english.read_text("utf-8"), own.read_text("utf-8"), own == done)
        write_text(own, text)
        left += [len(waits)]
        print(f"{own.relative_to(ROOT).as_posix()} waits for a translator: {', '.join(waits)}\n" * bool(waits), end="")
    return int(any(left))


def _name(lesson: str) -> str:
    return lesson if lesson.startswith(("extras/", "dev/")) else lesson_id(lesson)


def main() -> int:
    """Do what the command line says; 1 while something is left to translate."""
    parser = argparse.ArgumentParser(
        prog="python -m dev.studio.korean", description="Keeps the Korean edition up to date."
    )
    parser.add_argument(
        "command", nargs="?", default="refresh", choices=["refresh", "text", "merge", "messages", "document"]
    )
    parser.add_argument(
        "lesson",
        nargs="?",
        default="",
        help="a lesson, extras/attention, dev/solutions/07_assessment; of `document` docs/data",
    )
    parser.add_argument("file", nargs="?", type=Path, help="for merge: the text file with the Korean prose")
    args = parser.parse_args()
    if (args.command == "text" and not args.lesson) or (args.command == "merge" and not args.file):
        parser.error(f"{args.command} needs a lesson" + " and a file" * (args.command == "merge"))
    if args.command == "messages":
        catalog = updated(read_catalog())
        write_catalog(catalog, CATALOG)
        print(*(f"not translated: {message!r}" for message in untranslated(catalog)), sep="\n", end="")
        return int(bool(untranslated(catalog)))
    if args.command == "text":
        print(to_translate(*_pair(_name(args.lesson))))
        return 0
    if args.command == "merge":
        return int(_write(_name(args.lesson), blocks(args.file.read_text("utf-8"))) > 0)
    english = ROOT / f"{args.lesson}.md" if args.command == "document" else None
    return refresh(next((own for own, its in documents().items() if its == english), None))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CourseError as error:
        sys.exit(str(error))
