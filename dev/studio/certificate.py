"""Draws the samples in the READMEs: certificates for nobody, of a submission that never was.

Usage, in the root of the checkout, in the course's own environment: ``python -m dev.studio.certificate``. The same
versions of Matplotlib and Pillow give the same bytes.
"""

from __future__ import annotations

import os
from dataclasses import replace

from course.files import replacing
from course.grading.certificates import page
from course.grading.certificates.statement import COURSE, Statement
from course.paths import ROOT

SAMPLES = {"en": ("Certificate.png", "Your Name Here"), "ko": ("Certificate-ko.png", "홍길동")}
"""For each language the file in ``images/``, and the name: Korea's John Doe."""
NOBODY = Statement(
    name="Your Name Here",
    score=0.9818,
    threshold=0.92,
    pictures=330,
    date="2026-01-01",
    course=COURSE,
    edition="embedded",
    test_set="0" * 64,
    submission="0" * 64,
)
DPI = 88


def main() -> None:
    """Write the pictures."""
    for os.environ["COURSE_LANG"], (file, name) in SAMPLES.items():
        _pdf, png = page.render(replace(NOBODY, name=name), dpi=DPI)
        with replacing(ROOT / "images" / file) as temporary:
            temporary.write_bytes(png)
        print(f"images/{file}: {len(png):,} bytes")


if __name__ == "__main__":
    main()
