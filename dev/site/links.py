"""Links of Markdown as it stands in the repository, turned into links of the site."""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote

from dev.site.pages import READMES, START, Page, name_of

_CODE = re.compile(
    r"^ *(?P<fence>```+|~~~+).*?^ *(?P=fence)[`~]*\s*?$|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)", re.M | re.S
)
_LINK = re.compile(r"(?P<image>!?)\[(?P<label>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()<>\s]+)\)")
_ATTRIBUTE = re.compile(r'(?P<before>\b(?:src|srcset|href)=")(?P<target>[^"\s]+)(?=")')


class Links:
    """Rewrites the links of one page, and remembers what else they need.

    Attributes:
        files: paths in the repository of pictures and other files that the page's Markdown names.
        pictures: paths of those that HTML in it names; they have to lie at the same path on the site.
    """

    def __init__(self, root: Path, page: Page, edition: dict[str, Page]) -> None:
        self.root, self.page, self.edition = root, page, edition
        self.files: set[str] = set()
        self.pictures: set[str] = set()

    def rewrite(self, text: str) -> str:
        """`text` with the site's links; of a link to what the site does not have the words stay. Code is left alone."""
        codes: list[str] = []

        def put_away(match: re.Match[str]) -> str:
            codes.append(match[0])
            return f"\0{len(codes) - 1}\0"

        text = self._links(_ATTRIBUTE.sub(self._attribute, _CODE.sub(put_away, text)))
        return re.sub(r"\0(\d+)\0", lambda match: codes[int(match[1])], text)

    def _links(self, text: str, inside: bool = False) -> str:
        return _LINK.sub(lambda match: self._link(match, inside), text)

    def _link(self, match: re.Match[str], inside: bool) -> str:
        label, target = match["label"], match["target"]
        if match["image"]:
            return (
                match[0]
                if _is_outside(target)
                else self._image(label, self._path(target), not inside and _is_line(match))
            )
        address = self._address(target, ".md")
        words = self._links(label, inside=True)
        return f"[{words}]({address})" if address else words

    def _image(self, label: str, path: str, alone: bool) -> str:
        """The picture at `path`; if it stands `alone` in its line and has a dark version, that one on dark pages."""
        stem, ending = posixpath.splitext(path)
        dark = f"{stem}-dark{ending}"
        if not alone or not (self.root / dark).is_file():
            return f"![{label}]({self._file(path)})"
        self.pictures |= {path, dark}
        return (
            f'<picture>\n<source media="(prefers-color-scheme: dark)" srcset="{self._toward(dark)}">\n'
            f'<img src="{self._toward(path)}" alt="{html.escape(label)}" loading="lazy">\n</picture>'
        )

    def _attribute(self, match: re.Match[str]) -> str:
        target = match["target"]
        if match["before"].startswith("href"):
            return match["before"] + (self._address(target, ".html") or "#")
        if _is_outside(target):
            return match[0]
        path = self._path(target)
        self.pictures.add(path)
        return match["before"] + self._toward(path)

    def _address(self, target: str, ending: str) -> str | None:
        """Where `target` is on the site; pages end in `ending`. ``None`` where the site has nothing of it."""
        if _is_outside(target) or target.startswith("#"):
            return target
        file, mark, anchor = target.partition("#")
        path, name = self._path(file), name_of(self._path(file))
        if path in READMES and READMES[path] != self.edition[START].lang:
            return None  # the switch of languages leads there
        if name in self.edition:
            return self._toward(f"{name}{ending}") + mark + anchor
        if path.endswith(".ipynb") or not (self.root / path).is_file():  # no solved assessment on the site
            return None
        return self._file(path)

    def _file(self, path: str) -> str:
        self.files.add(path)
        return self._toward(path)

    def _path(self, target: str) -> str:
        """Path in the repository of the relative `target`."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.page.path), unquote(target)))

    def _toward(self, path: str) -> str:
        """The relative address of `path`, which counts from the site's start, as the page has to write it."""
        return posixpath.relpath(path, posixpath.dirname(self.page.name) or ".")


def _is_line(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()], match.string[match.end() :]
    return before[-1:] in ("", "\n") and after[:1] in ("", "\n")


def _is_outside(target: str) -> bool:
    return bool(re.match(r"[a-z][a-z+.-]*:|//", target, re.IGNORECASE))
