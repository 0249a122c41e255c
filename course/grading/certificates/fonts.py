"""A font that can draw every letter of a text, or none: a certificate shows neither boxes nor blanks.

Usage: ``font = font_for("김민서", "STIXGeneralItalic")``; None where no font here has all of it. Nothing is downloaded.
Matplotlib brings STIX and DejaVu along, which have the letters of Europe; the course brings Hangul (see
``README.md``). All others, hanja and kana for instance, are in a font that is installed here, or in none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

HANGUL = Path(__file__).with_name("NotoSerifKR.otf")
PREFERRED = (
    "Noto Serif CJK", "Source Han Serif", "Batang", "AppleMyungjo", "Hiragino Mincho", "Yu Mincho", "Songti", "SimSun",
    "Noto Sans CJK",
)  # fmt: skip
"""Beginnings of the names of installed fonts with hanja or kana, the most solemn first."""
_NO_LETTERS = ("emoji", "last resort", "lastresort", "symbol", "dingbat")
"""Parts of the names of fonts that draw a picture, or a box, where a letter should be."""
_SHAPED_SINCE = (3, 11)
"""The version of Matplotlib that began to join letters, to write from right to left, and to place vowel signs."""


_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters that show nothing, by their definition; some fonts draw a box for them."""


def font_for(text: str, *bundled: str) -> FontProperties | None:
    """The first font that has all of `text`: of `bundled`, which Matplotlib brings, ours, those that are installed."""
    if _needs_shaping(text) and matplotlib.__version_info__[:2] < _SHAPED_SINCE:
        return None
    if _BLANK & set(text):
        return None
    for path in _candidates(bundled):
        if _has(path, text):
            return FontProperties(fname=path)
    return None


def _needs_shaping(text: str) -> bool:
    """Whether letters of `text` take other forms or other places beside their neighbors."""
    return any(
        unicodedata.bidirectional(letter) in ("R", "AL")
        or (unicodedata.category(letter) in ("Mn", "Mc") and not "\u0300" <= letter <= "\u036f")
        for letter in text
    )


def _candidates(bundled: tuple[str, ...]) -> Iterator[str]:
    """Paths of fonts, the most fitting first."""
    own = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    yield from (str(own / f"{name}.ttf") for name in (*bundled, "DejaVuSerif", "DejaVuSans"))
    yield str(HANGUL)
    known = {
        str(entry.fname): entry.name
        for entry in sorted(font_manager.fontManager.ttflist, key=lambda entry: (entry.name, str(entry.fname)))
        if entry.style == "normal" and entry.weight in (400, "normal", "regular", "book")
    }
    known = {path: name for path, name in known.items() if not any(part in name.lower() for part in _NO_LETTERS)}
    for wanted in PREFERRED:
        yield from (path for path, name in known.items() if name.startswith(wanted))
    yield from known
    listed = {str(entry.fname) for entry in font_manager.fontManager.ttflist}
    yield from _plain(set(font_manager.findSystemFonts()) - listed)  # installed since Matplotlib made its list


def _plain(paths: set[str]) -> list[str]:
    """`paths` in order, upright and of usual weight first, as far as their names tell."""
    unusual = (*_NO_LETTERS, "bold", "italic", "black", "light", "thin", "mono")
    kept = [path for path in paths if not any(part in Path(path).name.lower() for part in _NO_LETTERS)]
    return sorted(kept, key=lambda path: (any(part in Path(path).name.lower() for part in unusual), path))


def _has(path: str, text: str) -> bool:
    """Whether the font at `path` has a glyph that can be seen for each letter of `text`."""
    try:
        font = FT2Font(path)
        letters = [ord(letter) for letter in set(text) if not letter.isspace()]
        return all(font.get_char_index(letter) and any(font.load_char(letter).bbox) for letter in letters)
    except (OSError, RuntimeError):  # not there, or a kind that FreeType does not know
        return False
