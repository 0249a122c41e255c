"""Which notebooks and documents the site has, and where each of them lies on it.

The site lies as the repository does: ``01_mnist.ipynb`` becomes ``01_mnist.html``, ``docs/data.md`` ``docs/data.html``; the
Korean edition is the same below ``ko/``. There a notebook or README is the Korean one, a document the English one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course.paths import LESSONS

LANGUAGES = ("en", "ko")
GROUPS = (
    (("Lessons", "수업"), LESSONS),
    (("To look things up", "찾아보기"), ("docs/glossary", "docs/common-errors", "data/README", "docs/data", "docs/performance")),
    (("Beyond the lessons", "수업 너머"), ("extras/attention", "extras/deployment")),
    (("For instructors", "강사에게"), ("docs/instructors", "docs/security")),
    (
        ("For whoever changes the course", "강의를 고치는 분에게"),
        ("CONTRIBUTING", "docs/conventions", "docs/design-notes", "tests/README", "studio/README", "docs/untested", "CHANGELOG"),
    ),
)  # fmt: skip
"""Groups of the menu: heading in both languages, and pages in order."""
START = "index"
READMES = {"README.md": "en", "README.ko.md": "ko"}


@dataclass(frozen=True)
class Page:
    """One page of one edition of the site.

    Attributes:
        name: where it lies below the edition's folder, without an ending: ``docs/data``.
        source: the file that it shows.
        path: that file's path in the repository.
        lang: language of its prose.
    """

    name: str
    source: Path
    path: str
    lang: str


def pages(root: Path, lang: str) -> dict[str, Page]:
    """The pages of the edition in `lang` of the checkout `root` by name; what the checkout lacks is left out."""
    readme = "README.ko.md" if lang == "ko" else "README.md"
    found = {START: Page(START, root / readme, readme, lang)}
    for _heading, names in GROUPS:
        for name in names:
            own = [f"ko/{name}.ipynb"] if lang == "ko" else []
            for path in (*own, f"{name}.ipynb", f"{name}.md"):
                if (root / path).is_file():
                    found[name] = Page(name, root / path, path, "ko" if path in own else "en")
                    break
    return found


def name_of(path: str) -> str:
    """The name of the page that shows the file `path` of the repository, if any does: both editions' are the same."""
    if path in READMES:
        return START
    return path.removeprefix("ko/").removesuffix(".ipynb").removesuffix(".md")
