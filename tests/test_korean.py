"""The Korean edition: its notebooks, its messages, its terms; a breach of any rule is noticed."""

from __future__ import annotations

import ast
import gettext
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from lesson_runs import Silence, outputs_of

from course import messages
from course.check import exercises
from course.paths import LESSONS, ROOT
from course.runner import notebooks
from course.runner.notebooks import Notebook, canonical, source_of
from dev.studio import assessment, korean

FEW_LETTERS = 20
"""A text with fewer letters than this may be names alone."""
HANGUL_SHARE = 0.5
"""Least share of Hangul among the letters of a prose cell; of a paragraph it may be `PARAGRAPH_SHARE`."""
PARAGRAPH_SHARE = 0.3
ENGLISH_WORDS = 6
"""A run of so many English words is a piece of a sentence, not a name."""

PLAIN = re.compile(r"\S*(?<![니시])다\.(?!\w)")
"""The end of a sentence in the plain style; -시다, *let us*, is polite enough."""
EVERYDAY = {"edge", "feature", "flatten", "head", "step"}
"""Terms of the glossary that English prose also uses as plain words."""

FIELD = re.compile(r"\{(\w+)[^}]*\}")

MARKS = ("english", "korean")
"""What ``metadata.course`` of a Korean prose cell has beside the English cell's."""

Edition = dict[str, Notebook]


def read_canonical(path: Path) -> Notebook:
    """The notebook at `path`, canonical."""
    return canonical(notebooks.read(path))


def complaints(english: Notebook, translated: Notebook, there: Callable[[str], bool], folder: str = "") -> list[str]:
    """What is wrong with `translated`, the Korean notebook of `english`, a line each.

    Args:
        english, translated: canonical notebooks.
        there: tells of a path, counted from the root, whether its Korean counterpart is in ``ko/``.
    """
    pairs = {cell["id"]: cell for cell in translated["cells"]}
    found, waiting = [], korean.waiting(english, translated)
    if [cell["id"] for cell in english["cells"]] != list(pairs):
        found.append("the cells are others, or in another order; `python -m dev.studio.korean` fixes that")
    for cell in english["cells"]:
        own = pairs.get(cell["id"])
        if own is None:
            continue
        if _without_mark(own) != _without_mark(cell) or own["cell_type"] != cell["cell_type"]:
            found.append(f"{cell['id']}: tags or type differ from the English cell")
        elif not korean.is_prose(cell):
            found += [f"{cell['id']}: the code differs"] * (own["source"] != cell["source"])
        elif cell["id"] in waiting:
            shown = source_of(own) == korean.in_english(source_of(cell), there, folder)
            found += [f"{cell['id']}: waits and shows no English; run `python -m dev.studio.korean`"] * (not shown)
        elif cell["cell_type"] == "code":
            (code, said), (own_code, own_said) = (in_words(source_of(one)) for one in (cell, own))
            found += [f"{cell['id']}: the code differs"] * (code != own_code)
            found += [f"{cell['id']}: {one}" for one in _prose(said, own_said)]
        else:
            found += [
                f"{cell['id']}: {one}"
                for one in _prose(korean.localised(source_of(cell), there, folder), source_of(own))
            ]
    return found


def in_words(code: str) -> tuple[str, str]:
    """Python without its sentences, as a syntax tree, and the sentences."""
    tree, said = ast.parse(code), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            said.append(node.value)
            node.value = ""
    return ast.dump(tree), "\n\n".join(said)


def _without_mark(cell: Notebook) -> Notebook:
    """The metadata of a cell but for those of its translation."""
    course = {key: value for key, value in cell["metadata"].get("course", {}).items() if key not in MARKS}
    return {**{key: value for key, value in cell["metadata"].items() if key != "course"}, "course": course}


def _prose(english: str, text: str) -> Iterator[str]:
    """What is wrong with the Korean `text` of a cell whose English, with links from its place, is `english`."""
    text = re.sub(r"^\*\*화면에 나오는 말:\*\*.*$", "", text, flags=re.MULTILINE)  # explains English words
    if letters(text) >= FEW_LETTERS and hangul(text) < HANGUL_SHARE:
        yield f"is not Korean, “{words(text)[:60]}”"
    for paragraph in re.split(r"\n\s*\n|\n(?=[-*|#] ?|\d+\. )", text):
        if letters(paragraph) >= FEW_LETTERS and hangul(paragraph) < PARAGRAPH_SHARE:
            yield f"an English paragraph is left, “{words(paragraph)[:60]}”"
    for run in re.findall(rf"(?:[A-Za-z][A-Za-z’']*,? ){{{ENGLISH_WORDS - 1},}}[A-Za-z]+", words(text)):
        yield f"English is left, “{run}”"
    for ending in PLAIN.findall(words(text)):
        yield f"is not polite, “{ending}”"
    for alt in re.findall(r"!\[([^\]]*)\]", text) + re.findall(r"""\balt=["']([^"']*)""", text):
        if hangul(alt) < PARAGRAPH_SHARE:
            yield f"the alt text is not Korean, “{alt[:60]}”"
    if targets(text) != targets(english):
        yield f"links to {sorted(targets(text))}, the English to {sorted(targets(english))}"
    if code_spans(text) != code_spans(english):
        yield f"code differs from the English: {sorted(code_spans(text) ^ code_spans(english))}"
    lost = numbers(english) - numbers(text)
    if lost:
        yield f"numbers of the English are missing: {sorted(lost)}"


def words(text: str) -> str:
    """`text` without code, formulas, menu entries, paths and the targets of links."""
    text = re.sub(r"\$[^$\n]+\$|\*[^*\n]* → [^*\n]*\*", "", korean.CODE.sub("", text))
    text = re.sub(r"\]\([^)]*\)|<[^>]*>", "]", text)
    return re.sub(r"\S*[\w-]+[/.]\w\S*", "", text)


def letters(text: str) -> int:
    """How many letters `text` has, code and the like aside."""
    return sum(character.isalpha() for character in words(text))


def hangul(text: str) -> float:
    """Share of Hangul among the letters of `text`."""
    return sum("가" <= character <= "힣" for character in words(text)) / max(letters(text), 1)


def targets(text: str) -> Counter[str]:
    """What `text` links to and shows, with how often."""
    return Counter(match[2] for match in korean.LINK.finditer(korean.CODE.sub("", text)))


def code_spans(text: str) -> set[str]:
    """The pieces of code in `text`."""
    return set(korean.CODE.findall(text))


def numbers(text: str) -> set[str]:
    """The numbers that `text` gives in digits; millions as Korean counts them, in 만 (10,000)."""
    plain = re.sub(r"(?<=\d)[–-](?=\d)", " ", korean.CODE.sub("", text))
    plain = re.sub(r"(\d+(?:\.\d+)?) million", lambda found: f"{round(float(found[1]) * 100)}만", plain)
    return set(re.findall(r"\d+(?:[.,]\d+)*", plain))


def there(path: str) -> bool:
    return (ROOT / "ko" / path).is_file()


class TestEveryKoreanNotebook:
    @pytest.mark.parametrize("lesson", korean.translated())
    def test_says_in_korean_what_the_english_one_says(self, lesson: str) -> None:
        english, translated = read_canonical(ROOT / f"{lesson}.ipynb"), read_canonical(ROOT / "ko" / f"{lesson}.ipynb")
        assert complaints(english, translated, there, lesson.rpartition("/")[0]) == []

    def test_the_solved_assessment_has_the_cells_of_the_learners_copy(self) -> None:
        solved, copy = (read_canonical(ROOT / "ko" / f"{name}.ipynb") for name in (korean.SOLVED, LESSONS[-1]))
        made, there = (
            {cell["id"]: source_of(cell) for cell in one["cells"]} for one in (assessment.learners_copy(solved), copy)
        )
        assert made == there, "run `python -m dev.studio.korean`"

    def test_its_cells_find_the_course_and_speak_korean(self, tmp_path: Path) -> None:
        """In a kernel, as Jupyter starts it: in the folder of the notebook, without COURSE_LANG."""
        from course.runner.executor import Settings, execute

        lesson = read_canonical(ROOT / "ko" / "01_mnist.ipynb")
        say = cell("say", "from course.messages import _\nprint(_('Right'), ROOT)", kind="code")
        lesson["cells"] = [at(lesson, "setup"), canonical({"cells": [say]})["cells"][0]]
        for name in ("course", "data"):
            (tmp_path / name).symlink_to(ROOT / name)
        (tmp_path / "ko").mkdir()
        (tmp_path / "ko" / "01_mnist.ipynb").write_text(notebooks.dumps(lesson), "utf-8")
        settings = Settings(edition=tmp_path / "data", out=tmp_path / "out")
        outcome = execute(tmp_path / "ko" / "01_mnist.ipynb", settings, Silence())
        assert outcome.status == "passed", outcome.reason
        assert outputs_of(tmp_path / "out" / "01_mnist.ipynb", "say")[0]["text"] == f"맞았습니다 {tmp_path}\n"

    @pytest.mark.parametrize("lesson", LESSONS)
    def test_uses_the_terms_of_the_glossary(self, lesson: str) -> None:
        pair = [read_canonical(ROOT / folder / f"{lesson}.ipynb") for folder in ("", "ko")]
        english, translated = (words(all_prose(one, but=korean.waiting(*pair))) for one in pair)
        english = re.sub("gradient descent", "", english, flags=re.IGNORECASE)  # a term of its own
        missing = [
            f"{term}: {own}"
            for term, own in glossary().items()
            if re.search(rf"\b{re.escape(term)}(s|es)?\b", english, re.IGNORECASE)
            and term not in EVERYDAY
            and own not in translated
        ]
        assert missing == []


def document_complaints(english: str, own: str) -> Iterator[str]:
    """What is wrong with `own`, the Korean document of `english`."""
    if korean.marked(english, own)[0] != own:
        yield "does not say what waits; run `python -m dev.studio.korean`"
    for theirs, mine in zip(korean.sections(english), korean.sections(own), strict=False):
        heading = mine.split("\n")[0]
        if korean.WAITING in mine:
            continue
        if re.match("#+", theirs)[0] != re.match("#+", heading)[0]:
            yield f"{heading}: on another level than in English"
        if lost := {in_korean(one) for one in pieces(theirs)} - pieces(mine):
            yield f"{heading}: code of the English is missing, {sorted(lost)}"
        yield from (f"{heading}: not polite, “{ending}”" for ending in PLAIN.findall(words(mine)))


def pieces(text: str) -> set[str]:
    """The pieces of code in `text`, without their comments, and the messages that it quotes."""
    return {re.sub(r" *#.*|```(?:text)?", "", one).strip() for one in code_spans(text)}


@cache
def quotable() -> list[tuple[re.Pattern[str], list[str], str]]:
    """The messages as patterns, what is longest first, with the names of their fields and their Korean."""
    found = [message for message in korean.read_catalog() if len(FIELD.sub("", message.id)) > len(" for ")]
    found.sort(key=lambda message: -len(FIELD.sub("", message.id)))
    as_pattern = {message.id: "(.+?)".join(map(re.escape, FIELD.split(message.id)[::2])) for message in found}
    return [(re.compile(as_pattern[one.id]), FIELD.findall(one.id), one.string) for one in found]


def in_korean(text: str) -> str:
    """`text` as the course says it in Korean if it is a message, or two behind one another; else as it is."""
    for pattern, names, string in quotable():
        if found := pattern.fullmatch(text):
            values = dict(zip(names, found.groups(), strict=True))
            return FIELD.sub(lambda field, values=values: in_korean(values[field[1]]), string)
    first, colon, rest = text.partition(": ")
    return in_korean(first) + colon + in_korean(rest) if colon else text


def all_prose(notebook: Notebook, but: Sequence[str] = ()) -> str:
    prose = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown" and cell["id"] not in but]
    return "\n\n".join(source_of(cell) for cell in prose)


def glossary() -> dict[str, str]:
    """The terms of the glossary, English to Korean."""
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    return dict(re.findall(r"^## (.+)\n\n\*\*(.+)\*\*\n", text, re.MULTILINE))


class TestEveryKoreanDocument:
    @pytest.mark.parametrize("own", korean.documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
    def test_has_the_sections_and_the_code_of_the_english_one(self, own: Path) -> None:
        assert [*document_complaints(korean.documents()[own].read_text("utf-8"), own.read_text("utf-8"))] == []

    def test_says_which_of_its_sections_wait(self) -> None:
        english = "# Title\n\nOne `a`.\n\n## Two\n\n```bash\n# no heading\nrun  # here\n```\n"
        own = "# 제목\n\n하나 `a`입니다.\n\n## 둘\n\n```bash\n# 제목 아님\nrun  # 여기\n```\n"
        fresh, waits = korean.marked(english, own, done=True)
        assert waits == [] and [*document_complaints(english, fresh)] == []
        changed, waits = korean.marked(english.replace("One", "1"), fresh)
        assert waits == ["제목"] and changed == fresh.replace("# 제목\n", f"# 제목\n\n{korean.WAITING}\n", 1)
        assert korean.marked(english, changed) == (fresh, [])
        assert [*document_complaints(english, fresh.replace("`a`", "`b`").replace("## 둘", "### 둘"))] == [
            "# 제목: code of the English is missing, ['`a`']",
            "### 둘: on another level than in English",
        ]
        assert korean.marked(english + "\n## Three\n", fresh)[1] == ["제목", "둘"]


FIRST = "# 1. 수업 하나\n\n그림 28장, `train_images`, 그리고 [이웃](02_asl.ipynb)이 있습니다."
LOOK = "## 들여다보기\n\n![손가락 하나를 편 손](../images/hand.png)\n\n모두 세 장이 있습니다."
LAST = "여기까지 온 여러분께 드리는 마지막 한마디입니다."


@pytest.fixture
def lesson() -> Edition:
    """A small lesson in English, and its Korean notebook, without a fault."""
    english = canonical(
        {
            "cells": [
                cell("title", "# 1. A lesson\n\nIt has 28 pictures, `train_images`, and a [neighbor](02_asl.ipynb)."),
                cell("load-data", "x = 1", kind="code", tags=["exercise"]),
                cell("look-why", "## Looking\n\n![A hand with one finger up](images/hand.png)\n\nThere are three."),
                cell("footer", "A last word for whoever has come so far."),
            ]
        }
    )
    prose = {"title": FIRST, "look-why": LOOK, "footer": LAST}
    return {"english": english, "ko": korean.merged(english, {"cells": []}, prose, neighbors)}


def cell(name: str, source: str, kind: str = "markdown", **metadata: object) -> Notebook:
    return {"cell_type": kind, "id": name, "metadata": metadata, "source": source}


def neighbors(path: str) -> bool:
    return path == "02_asl.ipynb"


def at(notebook: Notebook, name: str) -> Notebook:
    return next(one for one in notebook["cells"] if one["id"] == name)


class TestTheRules:
    def test_a_good_translation_has_nothing_to_complain_of(self, lesson: Edition) -> None:
        assert complaints(lesson["english"], lesson["ko"], neighbors) == []

    @pytest.mark.parametrize(
        ("name", "source", "said"),
        [
            ("load-data", "x = 2", "load-data: the code differs"),
            ("footer", "A last word for whoever has come so far.", "footer: is not Korean"),
            ("footer", f"{LAST}\n\nThanks for all the fish, readers.", "footer: an English paragraph"),
            ("footer", f"{LAST}\n- But this one was forgotten.", "footer: an English paragraph"),
            ("footer", f"{LAST} {LAST} {LAST} And this is what was left over.", "footer: English is left, “And this"),
            ("footer", LAST.replace("입니다", "다"), "footer: is not polite, “한마디다.”"),
            ("look-why", LOOK.replace("손가락 하나를 편 손", "A hand"), "look-why: the alt text is not Korean"),
            ("look-why", LOOK.replace("../images", "images"), "look-why: links to"),
            ("look-why", "## 들여다보기\n\n모두 세 장이 있습니다. 그림은 여기에 없습니다.", "look-why: links to"),
            ("title", FIRST.replace("(02", "(../02"), "title: links to"),
            ("title", FIRST.replace("`train_images`", "`images`"), "title: code differs"),
            ("title", FIRST.replace("28", "여러 "), "title: numbers of the English are missing: ['28']"),
        ],
    )  # fmt: skip
    def test_each_breach_is_noticed(self, lesson: Edition, name: str, source: str, said: str) -> None:
        at(lesson["ko"], name)["source"] = source
        found = complaints(lesson["english"], canonical(lesson["ko"]), neighbors)
        assert any(one.startswith(said) for one in found), found

    def test_a_cell_whose_english_changed_has_to_show_the_new_english_as_waiting(self, lesson: Edition) -> None:
        at(lesson["english"], "footer")["source"] = ["Another last word."]
        (only,) = complaints(lesson["english"], lesson["ko"], neighbors)
        assert only.startswith("footer: waits and shows no English")
        refreshed = korean.merged(lesson["english"], lesson["ko"], {}, neighbors)
        assert complaints(lesson["english"], refreshed, neighbors) == []
        at(refreshed, "footer")["source"] = [korean.WAITING, "\n\nSome other words."]
        assert complaints(lesson["english"], refreshed, neighbors) != []

    def test_an_answer_in_words_is_translated_and_the_code_around_it_is_not(self) -> None:
        answer = '# region FIXME\nchange = {"rate": 2}\nwhy = "There are 7 dark images among them."\n# endregion'
        own = answer.replace("There are 7 dark images among them.", "그중에는 어두운 이미지가 7장 있습니다.")
        english = canonical({"cells": [cell("decide", answer, kind="code")]})

        def said_of(text: str) -> str:
            made = korean.merged(english, {"cells": []}, {"decide": text}, neighbors)
            return "".join(complaints(english, made, neighbors))

        assert said_of(own) == ""
        assert said_of(own.replace("2", "3")) == "decide: the code differs"
        assert "missing: ['7']" in said_of(own.replace("7장", "많이")) and "not Korean" in said_of(answer)
        changed = canonical({"cells": [cell("decide", answer.replace("7", "8"), kind="code")]})
        waits = korean.merged(changed, korean.merged(english, {"cells": []}, {"decide": own}, neighbors), {}, neighbors)
        assert complaints(changed, waits, neighbors) == [] and korean.waiting(changed, waits) == ["decide"]
        assert in_words(source_of(at(waits, "decide"))) == in_words(answer.replace("7", "8"))
        assert f"%% md decide\n{own}\n" in korean.to_translate(changed, waits)

    @pytest.mark.parametrize("change", ["lost", "added", "moved"])
    def test_cells_are_the_same_and_in_the_same_order(self, lesson: Edition, change: str) -> None:
        cells = lesson["ko"]["cells"]
        {"lost": cells.pop, "added": lambda: cells.append(cell("more", "더")), "moved": cells.reverse}[change]()
        assert any("the cells are others" in one for one in complaints(lesson["english"], lesson["ko"], neighbors))

    def test_tags_and_types_are_the_same(self, lesson: Edition) -> None:
        at(lesson["ko"], "load-data")["metadata"] = {}
        at(lesson["ko"], "footer")["cell_type"] = "code"
        found = complaints(lesson["english"], lesson["ko"], neighbors)
        assert {one.split(":")[0] for one in found if "tags or type" in one} == {"load-data", "footer"}

    def test_short_cells_names_code_formulas_and_paths_may_stay(self, lesson: Edition) -> None:
        text = "ImageNet, VGG16\n\n```\npython -m course lab --lesson FOLDER everything\n```\n\n$m x + \\text{mean}$"
        for edition in lesson.values():
            at(edition, "footer")["source"] = text
        mark = {"course": {"english": korean.digest(text)}}
        at(lesson["ko"], "footer")["metadata"] = mark
        assert complaints(canonical(lesson["english"]), canonical(lesson["ko"]), neighbors) == []


class TestMerging:
    def test_code_follows_the_english_and_prose_waits(self, lesson: Edition) -> None:
        at(lesson["english"], "load-data")["source"] = ["x = 3"]
        before = source_of(at(lesson["english"], "footer"))
        at(lesson["english"], "footer")["source"] = ["## An end\n", "\n", "[Another](images/a.png) last word."]
        again = korean.merged(lesson["english"], lesson["ko"], {}, neighbors)
        assert at(again, "load-data")["source"] == ["x = 3"]
        shown = f"## An end\n\n{korean.WAITING}\n\n[Another](../images/a.png) last word."
        assert source_of(at(again, "footer")) == shown
        assert korean.waiting(lesson["english"], again) == ["footer"]
        assert korean.merged(lesson["english"], again, {}, neighbors) == again
        assert f"%% md footer\n{LAST}\n" in korean.to_translate(lesson["english"], again)
        at(lesson["english"], "footer")["source"] = [before]
        restored = korean.merged(lesson["english"], again, {}, neighbors)
        assert source_of(at(restored, "footer")) == LAST and korean.waiting(lesson["english"], restored) == []
        lesson["english"]["cells"].append(canonical({"cells": [cell("new", "One more thing.")]})["cells"][0])
        again = korean.merged(lesson["english"], restored, {}, neighbors)
        assert source_of(at(again, "new")) == f"{korean.WAITING}\n\nOne more thing."
        assert korean.waiting(lesson["english"], again) == ["new"]

    def test_links_lead_to_korean_neighbors_once_they_are_there(self) -> None:
        text = "[a](02_asl.ipynb#x), [b](https://example.org/x), [c](#here), `[d](e.md)`, <img src='images/a.png'>"
        moved = text.replace("(02", "(../02").replace("images/", "../images/")
        extra = "[a](../docs/x.md#y), [b](z.ipynb)"
        assert (
            korean.localised(extra, lambda path: False, "extras") == "[a](../../docs/x.md#y), [b](../../extras/z.ipynb)"
        )
        assert korean.localised("[b](../../extras/z.ipynb)", lambda path: True, "extras") == "[b](z.ipynb)"
        assert korean.localised(text, lambda path: False) == moved
        assert korean.localised(moved, neighbors) == moved.replace("../02", "02")

    def test_what_is_printed_for_a_translator_can_be_merged(self, lesson: Edition) -> None:
        at(lesson["english"], "footer")["source"] = ["Another last word."]
        printed = korean.to_translate(lesson["english"], lesson["ko"])
        assert printed.count("%% ") == 2
        assert "Another last word." in printed
        filled = korean.blocks(printed.replace("여기까지 온", "예까지 온"))
        assert filled == {"footer": "예까지 온 여러분께 드리는 마지막 한마디입니다."}
        again = korean.merged(lesson["english"], lesson["ko"], filled, neighbors)
        assert source_of(at(again, "footer")) == filled["footer"] and korean.waiting(lesson["english"], again) == []
        assert source_of(at(again, "title")) == FIRST
        assert korean.blocks(korean.to_translate(lesson["english"], {"cells": []})) == {}


def message_complaints(english: str, text: str) -> list[str]:
    """What is wrong with `text`, the Korean of a message of `course`."""
    found = []
    if placeholders(text) != placeholders(english):
        found.append(f"placeholders {placeholders(text)}, in English {placeholders(english)}")
    if code_spans(text) != code_spans(english):
        found.append(f"code differs: {sorted(code_spans(text) ^ code_spans(english))}")
    for edge in (r"^\s*", r"\s*$"):
        if re.search(edge, text)[0] != re.search(edge, english)[0]:
            found.append("begins or ends with other blanks")
    if not re.search("[가-힣]", text) and re.search("[a-z]+ [a-z]+ [a-z]+", text):
        found.append("is not Korean")
    found += [f"is not polite, “{ending}”" for ending in PLAIN.findall(text)]
    particle = re.search(r"\}[”’]?(을|를|이(?=[ ,])|은(?= )|는|과(?= )|와(?= )|으로|로(?=[ ,]))(?!\w)", text)
    return found + (
        [f"“{particle[0]}” fits only some words: name what it is, as in {{path}} 파일을"] if particle else []
    )


def placeholders(text: str) -> Counter[str]:
    """The placeholders of a message, ``{name:format}`` and argparse's ``%(name)s``, with how often."""
    fields = [f"{name}!{convert}:{spec}" for _text, name, spec, convert in Formatter().parse(text) if name is not None]
    return Counter(fields + re.findall(r"%\(\w+\)s", text))


def test_what_waits_for_a_translator_is_listed() -> None:
    """It fails a release only (`dev/release.py`)."""
    if waiting := korean.pending():
        warnings.warn("Korean waits for a translator:\n" + "\n".join(waiting), stacklevel=1)
    assert all(one.startswith(("ko/", "course.po: ")) for one in waiting)


class TestMessages:
    def test_every_translation_keeps_the_rules(self) -> None:
        found = {m.id: message_complaints(m.id, m.string) for m in korean.read_catalog() if m.id and m.string}
        assert {name: wrong for name, wrong in found.items() if wrong} == {}

    def test_what_gettext_reads_is_what_the_catalog_says(self) -> None:
        with korean.CATALOG.with_suffix(".mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        there = [m for m in korean.read_catalog() if m.id and m.string and not m.fuzzy]
        wrong = [m.id for m in there if compiled.gettext(m.id) != m.string]
        assert wrong == [], "run `python -m dev.studio.korean messages`"

    @pytest.mark.parametrize(
        ("english", "text", "said"),
        [
            ("{path} is missing", "파일이 없습니다", "placeholders"),
            ("{low:.2f} and {high:.2f}", "{low:.2f}, {high:.3f} 두 개", "placeholders"),
            ("default %(default)s", "기본값", "placeholders"),
            ("run `make setup`", "`make lab`을 실행하세요", "code"),
            (" and so on", "따위", "blanks"),
            ("it is not here", "it is not here", "not Korean"),
            ("It is not here.", "여기에 없다.", "polite"),
            ("{path} is lost", "{path}를 잃었습니다", "fits only some"),
        ],
    )
    def test_each_breach_is_noticed(self, english: str, text: str, said: str) -> None:
        assert any(said in one for one in message_complaints(english, text))

    def test_new_messages_wait_and_lost_ones_go(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        catalog = korean.updated(korean.read_catalog())
        before = set(korean.untranslated(catalog))
        catalog.delete("Right")
        catalog.add("Nobody says this any more", "이제 아무도 이렇게 말하지 않습니다")
        catalog["Not yet"].flags.add("fuzzy")
        korean.write_catalog(korean.updated(catalog), tmp_path / "course.po")
        again = korean.read_catalog(tmp_path / "course.po")
        assert {*korean.untranslated(again)} - before == {"Not yet", "Right"}
        assert "Nobody says this any more" not in again
        monkeypatch.setattr(korean, "CATALOG", tmp_path / "course.po")
        assert {"course.po: Not yet", "course.po: Right"} <= {*korean.pending()}

    def test_what_people_read_is_found_also_in_f_strings_and_in_templates(self) -> None:
        found = korean.messages()
        assert "Here a live widget takes a picture; without one, use files: {code}." in found
        assert "Passed, and more clearly than chance could explain." in found
        assert {"It has the weights of the published solution.", "For a person to look at"} <= found.keys()

    def test_a_blank_of_the_assessment_stops_it_with_a_korean_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COURSE_LANG", "ko")
        monkeypatch.setattr(exercises, "_notebook_namespace", dict)
        with pytest.raises(
            messages.NotAttempted, match=r"^이제 여러분 차례입니다\. 위 셀에서 keep 자리를 채워 보세요\.$"
        ):
            exercises.decided("07.keep")

    def test_a_checkout_that_is_itself_called_ko_speaks_english(self, monkeypatch, tmp_path: Path) -> None:
        (tmp_path / "ko").mkdir()
        monkeypatch.chdir(tmp_path / "ko")
        monkeypatch.delenv("COURSE_LANG", raising=False)
        assert messages._("Right") == "Right"
        (tmp_path / "course").mkdir()
        assert messages._("Right") == "맞았습니다"

    def test_the_first_exercise_quotes_what_its_check_says(self) -> None:
        english, translated = (read_canonical(ROOT / folder / "01_mnist.ipynb") for folder in ("", "ko"))
        if not korean.waiting(english, translated):
            assert f"*{korean.read_catalog()['Right'].string}*" in all_prose(translated)
