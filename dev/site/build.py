"""The site from its sources: Sphinx, once for each language.

Usage: ``build(root, {"en": [folder], "ko": [folder, …]}, models, work, out)``.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from dev.site import sources
from dev.site.pages import LANGUAGES, pages

TITLES = {"en": "Fundamentals of Deep Learning", "ko": "딥러닝의 기초"}
THEME = Path(__file__).parent / "theme"


class SiteError(Exception):
    """Sphinx warned about a page or could not build it; the text is its own."""


def build(root: Path, executed: dict[str, list[Path]], models: Path, work: Path, out: Path) -> None:
    """Build both editions into `out`: the English one, and below ``ko/`` the Korean one.

    Args:
        root: the checkout.
        executed: for each language folders with executed notebooks, see :func:`dev.site.sources.write`.
        models: folder with what the lessons saved; without lesson 01's network its page has no live widget.
        work: folder for what is only needed on the way; parts of it are emptied.
        out: folder of the site, emptied first; `work` and `out` are not within each other.

    Raises:
        SiteError: a page has a link into nowhere, headings out of order or the like.
    """
    shutil.rmtree(out, ignore_errors=True)
    for lang in LANGUAGES:
        source = sources.write(root, lang, executed[lang], models, work / lang)
        target = out / lang if lang == "ko" else out
        settings = _settings(root, lang, source.parent / "extra")
        shutil.rmtree(work / f"{lang}-trees", ignore_errors=True)
        warnings = io.StringIO()
        with patch_docutils(), docutils_namespace():
            folders = [str(path) for path in (target, work / f"{lang}-trees")]
            app = Sphinx(
                str(source), None, *folders, "html", settings, status=None, warning=warnings, warningiserror=True
            )
            app.build()
        if app.statuscode:
            raise SiteError(warnings.getvalue().strip())
        for useless in (".buildinfo", "objects.inv"):
            (target / useless).unlink(missing_ok=True)
        shutil.rmtree(target / "_sources", ignore_errors=True)


def _settings(root: Path, lang: str, extra: Path) -> dict[str, object]:
    edition = pages(root, lang)
    return {
        "project": TITLES[lang],
        "language": lang,
        "extensions": ["myst_parser", "dev.site.sphinx_parts"],
        "root_doc": "index",
        "source_suffix": {".md": "markdown"},
        "myst_heading_anchors": 4,
        "myst_enable_extensions": ["dollarmath", "html_image"],
        "myst_links_external_new_tab": False,
        "html_math_renderer": "mathml",
        "html_theme": "theme",
        "html_theme_path": [str(THEME.parent)],
        "html_title": TITLES[lang],
        "html_extra_path": [str(extra)] if extra.is_dir() else [],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_use_index": False,
        "html_permalinks": False,
        "html_theme_options": {
            "enable_search_shortcuts": False
        },  # a key by itself may mean something to a reader's tools
        "highlight_language": "text",
        "smartquotes": False,
        "site_page_languages": {name: page.lang for name, page in edition.items()},
        "site_neighbors": [name for name in edition if name in pages(root, "ko" if lang == "en" else "en")],
    }
