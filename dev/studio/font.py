"""Makes ``course/grading/certificates/NotoSerifKR.otf``, the certificate's letters for Korean names: Noto Serif CJK KR,
cut to Hangul.

Usage, in the root of the checkout, in the course's own environment (fontTools comes with Matplotlib), 1 min::

    python -m dev.studio.font [NotoSerifCJK-Regular.ttc]

Without an argument it takes the font that Debian's package ``fonts-noto-cjk`` installs. The same source and version of
fontTools give the same bytes. What it is and what was left out stands in ``course/grading/certificates/README.md``.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont, TTLibError

from course.files import replacing
from course.paths import ROOT

SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
TARGET = ROOT / "course" / "grading" / "certificates" / "NotoSerifKR.otf"
FACE = "Noto Serif CJK KR"
SYLLABLES = range(0xAC00, 0xD7A4)
"""The 11,172 syllables of modern Hangul."""
KEPT = (
    *range(0x20, 0x7F),  # ASCII
    *range(0xA0, 0x180),  # Latin-1, Latin Extended-A (of which it has few)
    *range(0x3131, 0x318F),  # single letters of Hangul
    *SYLLABLES,
    *(0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026),  # dashes, quotation marks
    *(0x3000, 0x3001, 0x3002),  # wide blank, comma, full stop
)
"""Code points to keep, as far as the font has them."""
DROPPED = ("BASE", "GSUB", "VORG", "vhea", "vmtx")
"""Tables for lines from top to bottom and for other forms of the letters."""


def korean_face(path: Path) -> TTFont:
    """The Korean font of the collection at `path`.

    Raises:
        SystemExit: there is none.
    """
    try:
        content = io.BytesIO(path.read_bytes())
        fonts = TTCollection(content, lazy=True, recalcTimestamp=False).fonts  # the time of day would change the bytes
    except FileNotFoundError:
        sys.exit(f"{path} is not there; `apt-get install fonts-noto-cjk` brings it, or name another file.")
    except (OSError, TTLibError) as error:
        sys.exit(f"{path} could not be read as a collection of fonts ({error}).")
    for font in fonts:
        if font["name"].getDebugName(1) == FACE:
            return font
    sys.exit(f"{path} has no font {FACE}; take NotoSerifCJK-Regular.ttc, which has it.")


def cut(font: TTFont) -> None:
    """Leave of `font` the letters :data:`KEPT`, their shapes, widths and kerning; the names stay as they are."""
    options = Options(layout_features=["kern"], hinting=False, name_IDs=["*"], name_languages=["*"])
    options.drop_tables += DROPPED
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=KEPT)
    subsetter.subset(font)


def main(arguments: list[str] | None = None) -> None:
    """Write the font, and say what the card needs to know of it."""
    parser = argparse.ArgumentParser(
        prog="python -m dev.studio.font", description="Make the certificate's Hangul font."
    )
    parser.add_argument("source", type=Path, nargs="?", default=SOURCE, help="NotoSerifCJK-Regular.ttc")
    font = korean_face(parser.parse_args(arguments).source)
    cut(font)
    with replacing(TARGET) as temporary:
        font.save(temporary)
    content = TARGET.read_bytes()
    print(f"{TARGET.relative_to(ROOT)}: {len(font.getBestCmap()):,} letters, {len(content):,} bytes")
    print(f"SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
