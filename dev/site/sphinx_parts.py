"""What the site adds to Sphinx: formulas as MathML, a search that finds Korean words, what its layout has to know."""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

from dev.site.pages import BILINGUAL

HANGUL = re.compile(r"[가-힣]+")
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.S)


class Korean(SearchLanguage):
    """Cuts Korean words into pairs of syllables, as searches of Korean, Chinese and Japanese do.

    A word carries its particles with it (과적합은, 과적합이), so that whole words would not be found. All that is not
    Hangul is left as it is.
    """

    lang = "ko"
    language_name = "Korean"
    js_splitter_code = """
function splitQuery(query) {
  const words = query.match(/[가-힣]+|(?:(?![가-힣])[\\p{Letter}\\p{Number}_])+/gu) || [];
  return words.flatMap((word) => (/[가-힣]{3,}/.test(word)
    ? Array.from({ length: word.length - 1 }, (_, i) => word.slice(i, i + 2)) : [word]));
}
"""
    _word_re = re.compile(r"[가-힣]+|[^\W가-힣]+")

    def split(self, input: str) -> list[str]:
        """The parts of a text under which it is to be found: pairs, and a word of two syllables by its first alone too.

        That first one is often all of it (층은, 값을).
        """
        found = []
        for word in self._word_re.findall(input):
            found.append(word)
            if HANGUL.match(word):
                found += [word[i : i + 2] for i in range(len(word) - 1)]
                found += [word[0]] if len(word) == 2 else []
        return found


def mathml(writer: Any, node: nodes.Element) -> None:
    """Write a formula as MathML, which browsers show by themselves."""
    writer.body.append(tex2mathml(node.astext(), as_block=isinstance(node, nodes.math_block)))
    raise nodes.SkipNode


def spoken(body: str, lang: str) -> str:
    """The HTML `body` in `lang` with the paragraphs of the other language marked as such, for those who hear it."""
    other = "ko" if lang == "en" else "en"

    def mark(match: re.Match[str]) -> str:
        text = html.unescape(re.sub(r"<code.*?</code>|<[^>]+>", "", match[1], flags=re.S))
        hangul = len("".join(HANGUL.findall(text)))
        latin = len(re.findall("[A-Za-z]", text))
        strange = hangul > latin if lang == "en" else latin > 20 and not hangul
        return f'<p lang="{other}">{match[1]}</p>' if strange else match[0]

    return _PARAGRAPH.sub(mark, body)


def extend_context(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Tell the layout the language of the page's prose and where the same page is in the other language."""
    page_lang = app.config.site_page_languages.get(pagename, app.config.language)
    context["page_lang"] = page_lang
    context["bilingual"] = pagename in BILINGUAL
    context["start"] = pagename == app.config.root_doc
    if "body" in context:
        body = spoken(context["body"], page_lang)
        body = re.sub(r"<th(?: [^>]*)?>(?:<p></p>)?\s*</th>", "<td></td>", body)  # a corner is the heading of nothing
        context["body"] = re.sub(r"(<table\b.*?</table>)", r'<div class="wide">\1</div>', body, flags=re.S)
    up = "../" * pagename.count("/")
    neighbor = pagename if pagename in app.config.site_neighbors or pagename == "search" else "index"
    toward = up + ("../" if app.config.language == "ko" else "ko/")
    context["neighbor"] = f"{toward}{neighbor}.html"
    context["same_page"] = neighbor == pagename


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_search_language(Korean)
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    app.add_config_value("site_page_languages", {}, "html")
    app.add_config_value("site_neighbors", [], "html")
    app.connect("html-page-context", extend_context)
    return {"parallel_read_safe": True}
