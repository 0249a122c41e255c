"""Writes what Sphinx reads: a Markdown file for each page of one edition, and the pictures and files that they name."""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path

import nbformat

from dev.site import draw, lesson
from dev.site.links import Links
from dev.site.outputs import Outputs
from dev.site.pages import BILINGUAL, GROUPS, START, Page, pages

PICTURES = "_outputs"
"""Folder of the edition's site for the pictures that cells showed."""


def write(root: Path, lang: str, executed: list[Path], models: Path, folder: Path) -> Path:
    """Write the sources of the edition in `lang` to ``folder/pages``, and to ``folder/extra`` what the site copies.

    Args:
        root: the checkout.
        lang: ``en`` or ``ko``.
        executed: folders with executed copies by name; the first that has one counts. For the Korean edition those of
            Korean notebooks come first, and English ones give what their cells showed.
        models: folder with what the lessons saved.
        folder: emptied first.

    Returns:
        ``folder/pages``.
    """
    shutil.rmtree(folder, ignore_errors=True)
    edition = pages(root, lang)
    for page in edition.values():
        links = Links(root, page, edition)
        if page.source.suffix == ".ipynb":
            live = (
                {draw.CELL: draw.place(models / draw.NETWORK, lang, folder / "extra")}
                if page.name == draw.LESSON
                else {}
            )
            text = _notebook(page, links, executed, folder / "extra", live)
        else:
            text = _one_title(links.rewrite(page.source.read_text("utf-8")))
        if page.name == START:
            text = _start(text, edition, lang)
        file = folder / "pages" / f"{page.name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        for kind, paths in (("pages", links.files), ("extra", links.pictures)):
            for path in sorted(paths):
                copy = folder / kind / path
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / path, copy)
    return folder / "pages"


def _notebook(page: Page, links: Links, executed: list[Path], extra: Path, live: dict[str, str]) -> str:
    notebook = nbformat.read(page.source, as_version=4)
    copy = next((copy for one in executed if (copy := one / page.source.name).is_file()), None)
    cells = lesson.cells_of(notebook, nbformat.read(copy, as_version=4) if copy else None)

    def save(name: str, content: bytes) -> str:
        (extra / PICTURES).mkdir(parents=True, exist_ok=True)
        (extra / PICTURES / name).write_bytes(content)
        return posixpath.relpath(f"{PICTURES}/{name}", posixpath.dirname(page.name) or ".")

    foreign = page.lang == "ko" and copy is not None and copy.parent.name != "ko"
    return lesson.markdown(cells, links, Outputs(save, page.lang), page.lang, foreign, live)


def _start(readme: str, edition: dict[str, Page], lang: str) -> str:
    """The README, without its link to the other language, which the menu has, and with the menu's entries."""
    readme = re.sub(r"^\*(English|한국어)\*\n\n?", "", readme, count=1, flags=re.MULTILINE)
    trees = []
    for heading, titles in GROUPS:
        entries = "\n".join(_entry(edition[name], lang, title) for name, title in titles.items() if name in edition)
        trees.append(f"```{{toctree}}\n:hidden:\n:caption: {heading[lang == 'ko']}\n:maxdepth: 1\n\n{entries}\n```")
    return "\n\n".join([readme, *trees]) + "\n"


def _entry(page: Page, lang: str, korean: str) -> str:
    if not korean or page.lang == lang:
        return f"/{page.name}"
    return f"{korean}{'' if page.name in BILINGUAL else ' (영어)'} </{page.name}>"


def _one_title(text: str) -> str:
    """Markdown in which the first of several titles is the page's only one; the others become headings."""
    lines, code, seen = text.split("\n"), False, False
    for number, line in enumerate(lines):
        code ^= line.lstrip().startswith("```")
        if line.startswith("# ") and not code:
            lines[number] = f"#{line}" if seen else line
            seen = True
    return "\n".join(lines)
