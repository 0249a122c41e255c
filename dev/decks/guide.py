"""Speaker notes from the instructors' guide: ``> guide: show`` in a deck's text is the guide's own paragraph.

The guide has a section for each lesson, with paragraphs that begin in bold, in this order: the point, what to show,
what they ask, (more,) who is behind.
"""

from __future__ import annotations

import re

from course.messages import CourseError
from course.paths import ROOT

PARTS = {"point": 0, "show": 1, "ask": 2, "behind": -1}
"""What may follow ``guide:``, and which of the lesson's paragraphs it is."""


def notes(line: str, lesson: str, lang: str) -> str:
    """A note as it is said: from the guide, or the `line` itself; without marks of Markdown. Raises CourseError."""
    found = re.fullmatch(r"guide: (\w+)", line)
    if not found:
        return plain(line)
    if found[1] not in PARTS:
        raise CourseError(f"The guide has no part “{found[1]}”; a deck may name {', '.join(PARTS)}.")
    return plain(_parts(lesson, lang)[PARTS[found[1]]])


def _parts(lesson: str, lang: str) -> list[str]:
    """The guide's paragraphs on a lesson, each with all that belongs to it. Raises CourseError: it has too few."""
    path = ROOT / ("docs" if lang == "en" else f"{lang}/docs") / "instructors.md"
    number = lesson.split("_")[0]
    if lang == "ko":  # 04a is 4a강 there
        number = f"{number.lstrip('0')}강"
    section = re.search(rf"^### {number} .*?\n(.*?)(?=^##|\Z)", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    parts = re.split(r"^(?=\*\*)", section[1] if section else "", flags=re.MULTILINE)[1:]
    if len(parts) < len(PARTS):
        raise CourseError(f"{path.name} has no section on lesson {number} with all that a deck takes from it.")
    return parts


def plain(text: str) -> str:
    """`text` without marks of Markdown, a paragraph or a point a line."""
    text = re.sub(r"^> \*\*번역 대기.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    lines = []
    code = False
    for line in text.strip().splitlines():
        if line.startswith("```"):
            code = not code
        elif code or not line.strip() or line.startswith("- ") or not lines or not lines[-1]:
            lines.append(line if code else line.strip())
        else:
            lines[-1] += f" {line.strip()}"
    said = re.sub(r"\*\*([^*\n]+)\*\*", r"\1", "\n".join(lines))
    said = re.sub(r"\*([^*\n]+)\*", r"\1", said).replace("`", "")
    return said.replace("\n- ", "\n– ").strip()
