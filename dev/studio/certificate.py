"""Draws ``images/Certificate.png``, the sample in README: a certificate for nobody, of a submission that never was.

Usage, in the root of the checkout, in the course's own environment: ``python -m dev.studio.certificate``. The same
versions of Matplotlib and Pillow give the same bytes.
"""

from __future__ import annotations

import os

from course.files import replacing
from course.grading.certificates import page
from course.grading.certificates.statement import COURSE, Statement
from course.paths import ROOT

TARGET = ROOT / "images" / "Certificate.png"
NOBODY = Statement(
    name="Your Name Here",
    score=0.9818,
    threshold=0.92,
    pictures=330,
    date="2026-01-01",
    course=COURSE,
    edition="embedded",
    test_set="0" * 64,
    hand_in="0" * 64,
)
DPI = 110


def main() -> None:
    """Write the picture."""
    os.environ["COURSE_LANG"] = "en"
    _pdf, png = page.render(NOBODY, dpi=DPI)
    with replacing(TARGET) as temporary:
        temporary.write_bytes(png)
    print(f"{TARGET.relative_to(ROOT)}: {len(png):,} bytes")


if __name__ == "__main__":
    main()
