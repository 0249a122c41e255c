"""Links from the lessons to the glossary, at the first use of each term in each lesson, in both languages.

Usage: ``python -m dev.studio.glossary`` in the root of the checkout, after a change of prose or of
``docs/glossary.md``. It removes the links and sets them anew, so it may run any number of times. The learner's copy of
the assessment is generated again. A Korean cell gets the links of its English cell, except where its translation words
a term differently; a cell that waits for its translation shows the English cell, links included. The title cell gets
links only where it introduces a term, in bold; so does every use of a word that also has a plain sense (`PLAIN`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from course.files import write_text
from course.paths import LESSONS, ROOT
from course.runner.notebooks import Notebook, canonical, dumps, read, source_of
from dev.studio import assessment, korean

GLOSSARY = ROOT / "docs" / "glossary.md"
PLAIN = {
    "architecture", "attention", "bias", "bucket", "class", "edge", "feature", "flatten", "freeze", "gate", "greedy",
    "head", "kernel", "matrix", "metric", "mixture", "model", "momentum", "network", "normalise", "perspective",
    "prediction", "prefix", "probability", "sampling", "seed", "sequence", "state", "step", "submission", "training",
    "validation", "weight",
}  # fmt: skip
ALIASES = {
    "activation": "activation function", "batch normalization": "batch normalisation", "calibrated": "calibration",
    "dense": "dense layer", "flattened": "flatten",
    "depthwise": "depthwise convolution", "hidden": "hidden layer", "pre-trained": "pre-trained network",
    "recurrent": "recurrent neural network", "sample": "sampling",
}  # fmt: skip
OWN_ALIASES = {"활성화": "activation function", "깊이별": "depthwise convolution", "펼칩니다": "flatten"}
"""Forms in which a term is introduced, in bold, in English and in Korean."""
LINK = re.compile(r"\[([^\[\]]+)\]\((?:\.\./)*docs/glossary\.md#([\w-]+)\)")
PROTECTED = re.compile(
    r"```[\s\S]*?(?:```|\Z)|`[^`\n]*`|^#+ [^\n]*$|^\|[^\n]*$|!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\([^)\n]*\)"
    r"|<[^>\n]*>|\$[^$\n]+\$",
    re.MULTILINE,
)
"""Code, headings, tables, pictures, links, HTML and formulas: nothing in there is linked."""
MARKED = re.compile(r"(\*\*|\*)(?=\S)([^*\n]+)\1")

Span = tuple[int, int]


@lru_cache(maxsize=1)
def terms() -> dict[str, str]:
    """The terms of the glossary, English to Korean."""
    return dict(re.findall(r"^## (.+)\n\n\*\*(.+)\*\*\n", GLOSSARY.read_text("utf-8"), re.MULTILINE))


def anchor(term: str) -> str:
    """What a link to the heading `term` ends with."""
    return re.sub(r"[^\w -]", "", term.lower()).replace(" ", "-")


def linked(text: str) -> list[str]:
    """The anchors of the glossary that `text` links to."""
    return [target for _text, target in LINK.findall(text)]


def unlinked(text: str) -> str:
    """`text` without its links to the glossary."""
    return LINK.sub(r"\1", text)


def english_uses(text: str) -> dict[str, Span]:
    """Where `text` first uses each term in its sense, and can be linked; in bold, with its asterisks."""
    names = {term.lower(): term for term in terms()} | ALIASES
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    found: dict[str, Span] = {}
    for match in re.finditer(rf"\b({words})(?:s|es)?\b(?!-)", text, re.IGNORECASE):
        name = match[1].lower()
        term = names.get(name, "")
        must_be_bold = term in PLAIN or name in ALIASES
        span = _span(text, match.span(), must_be_bold)
        if span:
            found.setdefault(term, span)
    return found


def korean_uses(text: str) -> dict[str, Span]:
    """Where `text`, Korean, first has each term, and can be linked: introduced in bold, or else anywhere."""
    by_name = {own: term for term, own in terms().items()} | OWN_ALIASES
    words = "|".join(re.escape(own) for own in sorted(by_name, key=len, reverse=True))
    found: dict[str, Span] = {}
    for bold in (True, False):
        for match in re.finditer(rf"(?<![가-힣A-Za-z\[])({words})(?![A-Za-z])", text):
            span = _span(text, match.span(), bold or match[1] in OWN_ALIASES)
            if span:
                found.setdefault(by_name[match[1]], span)
    return found


def _span(text: str, span: Span, bold: bool) -> Span | None:
    """What to put into the brackets for a use at `span`, or None where there can be no link.

    A link that touches asterisks from the inside would break them where a Korean particle follows; so a term that is
    marked as a whole is linked with its asterisks, and one at the border of a longer mark is not linked.
    """
    start, end = span
    if any(one.start() < end and start < one.end() for one in PROTECTED.finditer(text)):
        return None
    for mark in MARKED.finditer(text):
        if mark.start() <= start and end <= mark.end():
            if mark.span(2) == span:
                return mark.span() if mark[1] == "**" or not bold else None
            inside = mark.start(2) < start and end < mark.end(2)
            return span if inside and not bold else None
    return None if bold else span


def with_links(text: str, spans: dict[str, Span], target: str) -> str:
    """`text` with a link at each of `spans`, which go by term; `target` is the glossary from the notebook's folder."""
    for term, (start, end) in sorted(spans.items(), key=lambda one: -one[1][0]):
        text = f"{text[:start]}[{text[start:end]}]({target}#{anchor(term)}){text[end:]}"
    return text


def link(english: Notebook, translated: Notebook, target: str) -> None:
    """Set the links in both editions of a lesson anew, and the marks by which a translation knows its English."""
    own = {cell["id"]: cell for cell in translated["cells"] if cell["cell_type"] == "markdown"}
    done: set[str] = set()
    for cell in english["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        other = own.get(cell["id"])
        mark = other["metadata"].get("course", {}) if other else {}
        fresh = mark.get("english") == korean.digest(source_of(cell).replace("](../../", "]("))
        text = unlinked(source_of(cell))
        translation = unlinked(source_of(other)) if other else ""
        here, there = english_uses(text), korean_uses(translation)
        waits = korean.WAITING in translation  # it shows the English text: korean.refresh() brings its links
        shared = {term for term in here if term not in done and (term in there or waits or not other)}
        if cell["id"] == "title":
            shared = {term for term in shared if text[here[term][0]] == "*"}
        if other is None:  # an answer, which the learner's copy leaves out
            shared = set()
        done |= shared
        cell["source"] = with_links(text, {term: here[term] for term in shared}, target)
        if other and not waits:
            other["source"] = with_links(translation, {t: there[t] for t in shared}, "../docs/glossary.md")
            if fresh:
                mark["english"] = korean.digest(source_of(cell).replace("](../../", "]("))


def main() -> None:
    """Link all lessons."""
    for lesson in LESSONS:
        solved = assessment.SOLVED.stem == lesson
        path = assessment.SOLVED if solved else ROOT / f"{lesson}.ipynb"
        own = ROOT / "ko" / f"{lesson}.ipynb"
        english, translated = canonical(read(path)), canonical(read(own))
        link(english, translated, "../../docs/glossary.md" if solved else "docs/glossary.md")
        write_text(path, dumps(canonical(english)))
        write_text(own, dumps(canonical(translated)))
    assessment.main()
    korean.refresh()


if __name__ == "__main__":
    main()
