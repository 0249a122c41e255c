"""The contract that every notebook fulfils; docs/conventions.md has it in words.

Usage: ``check_contract(path)`` lists the breaches. Whoever writes lessons reads them, so they are not translated.
"""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

from course.paths import LESSONS, ROOT
from course.runner.notebooks import Notebook, canonical, dumps, read, source_of

SETUP_SOURCE = next(source_of(cell) for cell in read(ROOT / "01_mnist.ipynb")["cells"] if cell["id"] == "setup")
"""The first code cell of every notebook. It may hold a sentence: without the course nothing could translate it."""
TAIL = {"results": "code", "quiz-why": "markdown", "quiz": "code", "footer": "markdown"}
TAIL |= {"clean-up-why": "markdown", "clean-up": "code"}
"""The last cells of a lesson; what is no lesson ends with those from `OTHERS_END` on."""
OTHERS_END = list(TAIL).index("footer")
COURSE_MODULES = {"check", "pretrained", "widgets", "assessment"}
OF_EXTRAS = {"scaling", "serving"}
"""Rooms of the course that an extra may import from besides."""
MODULES = {"tensorflow", "keras", "numpy", "pandas", "matplotlib", "PIL", "scipy", "IPython"}
"""What the eight packages that a lesson may rely on are imported as."""
STRING_WORDS, TITLE_WORDS, COMMENT_WORDS = 3, 12, 5
"""How many words a string, the title of a plot and a comment in a code cell may have: a title says the message."""
TEXTS = ("seeds", "why", "changed_most", "trust_least")
"""Names whose strings may be longer: texts that a lesson works on, and what the solved assessment says in words."""


@dataclass(frozen=True)
class _Cell:
    kind: str
    id: str
    source: str
    tags: frozenset[str] = frozenset()
    hidden: bool = False

    @classmethod
    def of(cls, cell: Notebook) -> _Cell:
        """The rules' view of a canonical cell."""
        metadata = cell["metadata"]
        tags = frozenset(metadata.get("tags", ()))
        return cls(cell["cell_type"], cell["id"], source_of(cell), tags, "jupyter" in metadata)

    @property
    def prose(self) -> str:
        """The source of a Markdown cell without the code in it."""
        return re.sub(r"```.*?(```|\Z)|`[^`\n]*`", "", self.source, flags=re.DOTALL) if self.kind == "markdown" else ""

    @property
    def tree(self) -> ast.AST:
        """The source of a code cell, parsed; empty where it does not parse, which is a complaint of its own."""
        try:
            return ast.parse(self.source if self.kind == "code" else "")
        except (SyntaxError, ValueError):
            return ast.Module([], [])


@dataclass(frozen=True)
class _Subject:
    """A notebook as the rules see it."""

    path: Path
    cells: list[_Cell]
    code: list[_Cell]
    lesson: bool


def check_contract(path: Path) -> list[str]:
    """Hold the notebook at `path` against the contract; a lesson (at the top level or in ``ko/``) against all of it.

    Returns:
        What is wrong, a line each, with the cell's id where it is in one; empty if all is well.

    Raises:
        CourseError: it is no notebook.
    """
    notebook = read(path)
    cells = [_Cell.of(cell) for cell in canonical(notebook)["cells"]]
    code = [cell for cell in cells if cell.kind == "code"]
    subject = _Subject(path, cells, code, path.stem in LESSONS and path.parent.name != "solutions")
    executed = any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])
    complaints = ["has outputs, or was executed: run `python -m dev fix`"] if executed else []
    if not executed and dumps(canonical(notebook)).encode() != path.read_bytes():
        complaints.append("is not canonical: run `python -m dev fix`")
    rules = (_ids, _head, _tail, _exercises, _imports, _code, _headings, _links)
    return complaints + [complaint for rule in rules for complaint in rule(subject)]


def _ids(notebook: _Subject) -> Iterator[str]:
    ids = [cell.id for cell in notebook.cells]
    yield from (f"{name}: this id is there {ids.count(name)} times" for name in {*ids} if ids.count(name) > 1)
    for name in ids:
        drawn = re.fullmatch(r"[0-9a-f]{8}|(?=.*\d)[0-9a-f-]{6,}|cell-?\d+", name)
        if drawn or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            yield f"{name}: an id says what the cell is about, in lower case with hyphens"


def _head(notebook: _Subject) -> Iterator[str]:
    title = notebook.cells[0] if notebook.cells else _Cell("", "", "")
    if title.id != "title" or not title.prose.startswith("# "):
        yield "title: the first cell has this id and begins with the heading"
    elif notebook.lesson:
        if not 3 <= len(re.findall(r"^[-*] \S", title.prose, re.MULTILINE)) <= 5:
            yield "title: lists three to five things that one can do after it"
        if not re.search(r"\d[^\n]*(second|minute|hour|초|분|시간)", title.prose):
            yield "title: says how long it takes"
        if not re.search(r"\bneed|필요|준비", title.prose):
            yield "title: says what it needs"
    if not notebook.code or notebook.code[0].id != "setup" or notebook.code[0].source != SETUP_SOURCE:
        yield "setup: the first code cell has this id and the source that it has in 01_mnist.ipynb"
    seeds = [cell for cell in notebook.code if re.search(r"^SEED = 1$", cell.source, re.MULTILINE)]
    if notebook.lesson and [cell.id for cell in seeds] != ["seed"]:
        yield "seed: the cell with this id, and no other, sets SEED = 1"


def _tail(notebook: _Subject) -> Iterator[str]:
    expected = list(TAIL.items())[0 if notebook.lesson else OTHERS_END :]
    last = notebook.cells[-len(expected) :]
    if [(cell.id, cell.kind) for cell in last] != expected:
        yield f"the last cells are {', '.join(name for name, kind in expected)}"
    elif notebook.lesson and f'check.results("{notebook.path.stem}"' not in re.sub(r"\(\s+", "(", last[0].source):
        yield f'results: calls check.results("{notebook.path.stem}", …)'
    elif notebook.lesson and last[2].source != f'check.quiz("{notebook.path.stem.split("_")[0]}")':
        yield f'quiz: is the line check.quiz("{notebook.path.stem.split("_")[0]}")'


def _exercises(notebook: _Subject) -> Iterator[str]:
    """The four cells of each exercise; in a notebook of ``dev/solutions/`` the stubs hold the answers instead."""
    if notebook.path.parent.name == "solutions":
        return
    number, grouped = notebook.path.stem.split("_")[0], set()
    kinds = ("markdown", "code", "code", "code")
    for index, stub in enumerate(notebook.cells):
        if "exercise" not in stub.tags:
            continue
        name = stub.id.removeprefix("exercise-")
        expected = [f"exercise-{name}{end}" for end in ("-why", "", "-check", "-solution")]
        four = notebook.cells[max(index - 1, 0) : index + 3]
        grouped.update(expected)
        if [(cell.id, cell.kind) for cell in four] != list(zip(expected, kinds, strict=True)):
            yield f"{stub.id}: an exercise is the cells {', '.join(expected)}"
            continue
        _why, _stub, check, solution = four
        if not any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(stub.tree)):
            yield f"{stub.id}: the blank of a stub is `...`"
        if stub.tags != {"exercise", "raises-exception"}:
            yield f"{stub.id}: tags are exercise, raises-exception"
        if check.source != f'check.exercise("{number}.{name}")':
            yield f'{check.id}: is the line check.exercise("{number}.{name}")'
        if solution.tags != {"solution"} or not solution.hidden:
            yield f"{solution.id}: the tag is solution, the source is hidden"
        if not solution.source.startswith(f'if check.unsolved("{number}.{name}"):\n'):
            yield f'{solution.id}: begins with if check.unsolved("{number}.{name}"):'
    for cell in notebook.cells:
        if (cell.tags & {"exercise", "solution"} or cell.id.startswith("exercise-")) and cell.id not in grouped:
            yield f"{cell.id}: belongs to no exercise"


def _imports(notebook: _Subject) -> Iterator[str]:
    for cell in notebook.code:
        for node in ast.walk(cell.tree):
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            names = [f"{node.module}.{name}" for name in names] if isinstance(node, ast.ImportFrom) else names
            for name in names:
                top, inner = [*name.split("."), ""][:2]
                allowed = COURSE_MODULES if notebook.lesson else COURSE_MODULES | OF_EXTRAS
                if top == "course" and inner not in allowed:
                    yield f"{cell.id}: imports {name}; of course only {', '.join(sorted(allowed))}"
                elif notebook.lesson and top not in {"course", *MODULES, *sys.stdlib_module_names}:
                    yield f"{cell.id}: imports {name}, which is in none of the eight packages"


def _code(notebook: _Subject) -> Iterator[str]:
    """Plain Python, no sentences, and nothing outside the checkout."""
    for cell in notebook.code:
        if re.search(r"^\s*[!%]", cell.source, re.MULTILINE):
            yield f"{cell.id}: runs a command of the shell or of IPython"
        elif cell.source and not cell.tree.body:  # comments alone have a source and no body, and do nothing either
            yield f"{cell.id}: is not Python"
        for text, title in _strings(cell.tree) if cell.source != SETUP_SOURCE else ():
            if _words(text) > (TITLE_WORDS if title else STRING_WORDS):
                yield f"{cell.id}: holds a sentence, “{text}”"
            if re.search(r"\b[a-z]{3,}://", text):
                yield f"{cell.id}: names an address, “{text}”"
            if re.match(r"/[A-Za-z][\w.-]*(/|$)|~[/\\]|[A-Za-z]:[\\/]", text):
                yield f"{cell.id}: names an absolute path, “{text}”"
        for comment in _comments(cell.source):
            if _words(comment) > COMMENT_WORDS:
                yield f"{cell.id}: holds a long comment, “{comment}”"


def _strings(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """The string constants below `tree`, and whether each is a plot's title; an f-string as one, ``{}`` for values."""
    parts: set[int] = set()
    titles = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Call) for part in _titles(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in TEXTS:
            parts.update(map(id, ast.walk(node.value)))
        if isinstance(node, ast.JoinedStr):
            parts.update(map(id, node.values))
            yield (
                "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values),
                id(node) in titles,
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value, id(node) in titles


def _titles(call: ast.Call) -> list[ast.expr]:
    """What `call` sets a plot's title to: ``plt.title(…)``, ``ax.set_title(…)``, ``ax.set(title=…)``."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "title"]
    return named + (call.args[:1] if name in ("title", "set_title", "suptitle") else [])


def _comments(source: str) -> Iterator[str]:
    try:
        tokens = list(tokenize.generate_tokens(StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    yield from (token.string for token in tokens if token.type == tokenize.COMMENT)


def _words(text: str) -> int:
    """Number of words in `text`: neither numbers and names with a dot or a slash in them nor formulas count."""
    parts = [part.strip(".,;:!?()“”‘’\"'") for part in text.split()]
    words = [part for part in parts if re.fullmatch(r"[^\W\d_]+(['’-][^\W\d_]+)*", part)]
    return len(words) if sum(len(word) > 1 for word in words) >= 3 else 0


def _headings(notebook: _Subject) -> Iterator[str]:
    level = 0
    headings = [(cell, mark) for cell in notebook.cells for mark in re.findall(r"^(#+) ", cell.prose, re.MULTILINE)]
    for cell, mark in headings:
        if len(mark) > level + 1:
            yield f"{cell.id}: a heading of level {len(mark)} follows one of level {level}"
        if len(mark) == 1 and cell is not notebook.cells[0]:
            yield f"{cell.id}: the title is the only heading of level 1"
        level = len(mark)
    if sum(len(mark) == 1 for cell, mark in headings if cell is notebook.cells[0]) > 1:
        yield "title: has one heading of level 1"


def _links(notebook: _Subject) -> Iterator[str]:
    """Alt text on every picture; what a link or picture names is there, relative to the notebook."""
    for cell in notebook.cells:
        found = re.findall(r"(!?)\[([^\]]*)\]\(<?([^)>\s]+)", cell.prose)
        for tag in re.findall(r"<(?:img|a)\b[^>]*>", cell.prose):
            attributes = dict(re.findall(r"""\b(alt|src|href)\s*=\s*["']([^"']*)""", tag))
            target = attributes.get("src") or attributes.get("href") or "#"
            found.append(("!" * tag.startswith("<img"), attributes.get("alt", ""), target))
        for picture, text, target in found:
            if picture and not text.strip():
                yield f"{cell.id}: the picture {target} has no alt text"
            file = unquote(target.split("#")[0].split("?")[0])
            elsewhere = re.match(r"[a-z]+:", file)
            if not elsewhere and (file.startswith("/") or not (notebook.path.parent / file).exists()):
                yield f"{cell.id}: {target} is not there"
