"""Which notebooks and documents the site has, and where each of them lies on it.

The site lies as the repository does: ``01_mnist.ipynb`` becomes ``01_mnist.html``, ``docs/data.md`` ``docs/data.html``.
The Korean edition is the same below ``ko/``. There every page that the repository's ``ko/`` has is the Korean one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course.paths import LESSONS

LANGUAGES = ("en", "ko")
GROUPS = (
    (("Lessons", "수업"), dict.fromkeys(LESSONS, "")),
    (
        ("To look things up", "찾아보기"),
        {
            "docs/glossary": "용어집",
            "docs/common-errors": "문제가 생겼을 때",
            "data/README": "데이터 카드",
            "course/grading/certificates/README": "수료증의 한글 글꼴",
            "docs/data": "다른 데이터 쓰기",
            "docs/performance": "강의의 속도",
        },
    ),
    (
        ("Beyond the lessons", "수업 너머"),
        {
            "extras/homographies": "추가 노트북: 네 가지 변환을 한 번에",
            "extras/attention": "추가 노트북: 어텐션",
            "extras/pretrained_text": "추가 노트북: 트랜스포머가 이미 아는 것",
            "extras/scaling_out": "추가 노트북: 나누어 훈련하기",
            "docs/scaling": "컴퓨터 한 대를 넘어서",
            "extras/deployment": "추가 노트북: 노트북 밖으로",
        },
    ),
    (
        ("For instructors", "강사에게"),
        {
            "docs/instructors": "강사 안내서",
            "docs/room": "수업 당일 아침의 강의실",
            "docs/security": "채점과 보안",
            "docs/ngc": "컨테이너에서",
            "docs/reliability": "믿고 쓸 수 있는가",
        },
    ),
    (
        ("For whoever changes the course", "강의를 고치는 분에게"),
        {
            "docs/CONTRIBUTING": "함께 고치기",
            "docs/conventions": "이 저장소의 약속",
            "docs/design-notes": "설계 기록",
            "tests/README": "테스트",
            "dev/studio/README": "데이터와 그림 만들기",
            "docs/untested": "아직 시험하지 못한 것",
            "docs/CHANGELOG": "바뀐 점",
        },
    ),
)
"""Groups of the menu: the heading in both languages, and the pages in order, each with what the Korean menu calls it
where it is there in English alone."""
BILINGUAL = ("docs/glossary",)
"""Documents in both languages."""
START = "index"
READMES = {"README.md": "en", "ko/README.md": "ko"}


@dataclass(frozen=True)
class Page:
    """One page of one edition of the site.

    Attributes:
        name: its path below the edition's folder, without a suffix: ``docs/data``.
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
    readme = "ko/README.md" if lang == "ko" else "README.md"
    found = {START: Page(START, root / readme, readme, lang)}
    for _heading, names in GROUPS:
        for name in names:
            own = [f"ko/{name}.ipynb", f"ko/{name}.md"] if lang == "ko" else []
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
