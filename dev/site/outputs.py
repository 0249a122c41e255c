"""What a cell showed when it ran, as HTML that stands by itself: no script, no live widget, every picture described."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt
from PIL import Image

SIZED = ("image/png", "image/jpeg")
IN_WORDS = 'class="course-plot-in-words"'
"""What `course.check.plots` shows before a figure, for screen readers."""
_COLOR = re.compile(r"(?:text-decoration-)?color: ?#[0-9a-fA-F]{3,8};?")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_STYLE = re.compile(r"<style\b.*?</style>|<script\b.*?</script>", re.S | re.I)
_IMG = re.compile(r"<img\b[^>]*>", re.I)

Save = Callable[[str, bytes], str]
"""Keeps a picture file of the given name and returns its address, as the page writes it."""


class Outputs:
    """Turns outputs of a notebook into HTML.

    Args:
        save: keeps a picture.
        lang: language of the page; a description in another one gives way to the page's own words.
    """

    def __init__(self, save: Save, lang: str) -> None:
        self.save, self.lang = save, lang

    def html(self, outputs: list[dict[str, Any]], described: str) -> str:
        """HTML of the `outputs` of one cell; empty if it showed nothing.

        Args:
            outputs: as nbformat has them.
            described: what to say of a picture that brings no description.
        """
        return "\n".join(filter(None, (self._one(output, described) for output in outputs)))

    def _one(self, output: dict[str, Any], described: str) -> str:
        if output["output_type"] == "stream":
            return _preformatted(output["text"]) if output["name"] == "stdout" else ""
        if output["output_type"] == "error":
            kind, value = output["ename"], output["evalue"]
            return _preformatted(value if kind in ("CourseError", "NotAttempted") else f"{kind}: {value}")
        data, metadata = output["data"], output.get("metadata", {})
        for mime in SIZED:
            if mime in data:
                alt = metadata.get(mime, {}).get("alt") or metadata.get("alt") or ""
                return self._picture(base64.b64decode(data[mime]), mime, self._description(alt, described))
        if "application/vnd.jupyter.widget-view+json" in data:
            return ""  # what stands in for it is the next output
        if IN_WORDS in data.get("text/html", ""):
            return ""  # the picture that follows bears the same words
        if "text/html" in data:
            return self._foreign(data["text/html"], described)
        if "text/markdown" in data:
            return f'<div class="document">{_flat(MarkdownIt().enable("table").render(data["text/markdown"]))}</div>'
        return _preformatted(data.get("text/plain", ""))

    def _description(self, alt: str, described: str) -> str:
        other = self.lang == "ko" and not re.search("[가-힣]", alt)
        return described if other or not alt.strip() else alt

    def _picture(self, content: bytes, mime: str, alt: str) -> str:
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{mime.split('/')[1]}"
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
        size = f'width="{width}" height="{height}"'
        return f'<img src="{self.save(name, content)}" {size} alt="{html.escape(alt)}" loading="lazy">'

    def _foreign(self, text: str, described: str) -> str:
        """HTML of a library: without its own styles and colors, which suit only a white page, and live regions."""
        text = _STYLE.sub("", text).replace(' role="status"', "").replace(' border="1"', "")
        if text.lstrip().startswith("<pre"):  # a table drawn with characters: rich's
            text = re.sub(r'(<pre) style="[^"]*"', r"\1", _COLOR.sub("", text))
        return _IMG.sub(lambda match: self._described(match[0], described), text)

    def _described(self, tag: str, described: str) -> str:
        found = re.search(r'\balt="([^"]*)"', tag)
        alt = html.escape(self._description(html.unescape(found[1]) if found else "", described))
        return tag.replace(found[0], f'alt="{alt}"') if found else tag.replace("<img", f'<img alt="{alt}"', 1)


def _preformatted(text: str) -> str:
    text = _ANSI.sub("", text).strip("\n")
    return f"<pre>{html.escape(text, quote=False)}</pre>" if text.strip() else ""


def _flat(text: str) -> str:
    """HTML with paragraphs for headings, since a page has headings of its own."""
    return re.sub(r"</h[1-6]>", "</strong></p>", re.sub(r"<h[1-6]>", "<p><strong>", text))
