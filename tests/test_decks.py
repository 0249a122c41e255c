"""The decks of slides: complete in both languages, readable, with numbers that were measured, notes and votes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from extra_packages import needs

import dev.__main__
from course.messages import CourseError
from course.paths import LESSONS, ROOT
from dev.decks import guide, numbers, source
from dev.decks.source import Slide

BOTH = pytest.mark.parametrize("lang", ["en", "ko"])
EVERY = pytest.mark.parametrize("lesson", LESSONS)
RESULT = re.compile(
    r"\d+(?:\.\d+)?\s?%(?!포인트)|\b0?\.\d\d+|\d+(?:\.\d+)? percent|\d+(?:장 가운데 \d+장| (?:of|in) 100\b)"
)
NO_RESULTS = {
    "100%": "lesson 02's memory finds each training image itself",
    "92 of 100": "the mark that passes",
    "100장 가운데 92장": "the same",
    "0.40": "the price of a fresh fruit",
}
"""What looks like a result and is none, with the reason."""


@pytest.fixture(autouse=True)
def fresh_numbers() -> Iterator[None]:
    """Forget recorded numbers that a test has changed."""
    yield
    numbers._results.cache_clear()


def shape(slide: Slide) -> tuple:
    """What the slides of two languages have in common."""
    counts = len(slide.text), len(slide.points), len(slide.options), len(slide.numbers), len(slide.code)
    return slide.kind, counts, [image[1] for image in slide.images], [len(row) for row in slide.table]


def unmeasured(slide: Slide) -> list[str]:
    """What looks like a result on a slide and was typed by hand; answers of a vote are guesses."""
    found = RESULT.findall(numbers.PLACEHOLDER.sub("", "\n".join(slide.shown())))
    return [] if slide.kind == "vote" else [one for one in found if one not in NO_RESULTS]


class TestTheTexts:
    @BOTH
    @EVERY
    def test_have_ten_to_twenty_slides_a_first_one_and_several_votes(self, lesson, lang):
        slides = source.read(lesson, lang)
        assert 10 <= len(slides) <= 20
        assert [slide.first for slide in slides] == [True] + [False] * (len(slides) - 1)
        assert sum(slide.kind == "vote" for slide in slides) >= 3

    @BOTH
    @EVERY
    def test_ask_before_they_tell(self, lesson, lang):
        kinds = [slide.kind for slide in source.read(lesson, lang)]
        told = [place for place, kind in enumerate(kinds) if kind in ("numbers", "chart")]
        assert not told or kinds.index("vote") < told[0]

    @EVERY
    def test_have_the_same_layout_and_numbers_in_both_languages(self, lesson):
        english, korean = (source.read(lesson, lang) for lang in ("en", "ko"))
        assert [shape(slide) for slide in english] == [shape(slide) for slide in korean]
        for theirs, own in zip(english, korean, strict=True):
            everything = [" ".join((*slide.shown(), *slide.notes)) for slide in (theirs, own)]
            assert sorted(numbers.PLACEHOLDER.findall(everything[0])) == sorted(
                numbers.PLACEHOLDER.findall(everything[1])
            ), theirs.title

    @EVERY
    def test_are_korean_in_korean(self, lesson):
        without = [slide.title for slide in source.read(lesson, "ko") if not re.search("[가-힣]", slide.title)]
        assert [title for title in without if not title.startswith("*Council Votes")] == []

    @BOTH
    @EVERY
    def test_have_notes_for_every_slide_and_the_guides_point_on_the_first(self, lesson, lang):
        slides = source.read(lesson, lang)
        assert [slide.title for slide in slides if not slide.notes] == []
        assert "guide: point" in slides[0].notes
        assert {"guide: show", "guide: ask"} <= {note for slide in slides for note in slide.notes} or lesson[:2] == "07"

    @BOTH
    @EVERY
    def test_type_no_result_by_hand(self, lesson, lang):
        assert {slide.title: found for slide in source.read(lesson, lang) if (found := unmeasured(slide))} == {}

    @BOTH
    @EVERY
    def test_name_numbers_that_were_recorded_pictures_that_are_there_and_parts_of_the_guide(self, lesson, lang):
        for slide in source.read(lesson, lang):
            for line in (*slide.shown(), *slide.notes):
                numbers.fill(line)
            assert all(any(ROOT.glob(path)) for _alt, path, _caption in slide.images), slide.images
            assert all(alt for alt, _path, _caption in slide.images)
            assert all(guide.notes(line, lesson, lang) for line in slide.notes if line)

    def test_a_result_typed_by_hand_is_noticed(self):
        slide = source.parse("## A\n\nIt reads 93.1% of them, {03.val_accuracy:.1%} in all, 7 in 100.\n")[0]
        assert unmeasured(slide) == ["93.1%", "7 in 100"]
        assert unmeasured(source.parse("## A\n\n- [ ] 93%\n")[0]) == []


class TestNumbers:
    def test_come_from_what_was_recorded(self, monkeypatch):
        lessons = {"03_asl_cnn": {"metrics": {"val_accuracy": 0.5}, "seconds": 12.4}, "02_asl": {"metrics": {"x": 0.2}}}
        monkeypatch.setattr(numbers, "_results", cache(lambda: {"embedded": {"cpu": {"lessons": lessons}}}))
        assert numbers.fill("{03.val_accuracy:.1%} in {03.seconds:.0f} s") == "50.0% in 12 s"
        assert numbers.fill("{03.val_accuracy - 02.x:points} points") == "30 points"

    def test_come_from_a_table_that_the_lesson_holds(self):
        assert 0.5 < numbers.value("03#ablation[epoch 5][both]") < 1
        assert numbers.value("02#sizes[memory][5000]") < numbers.value("02#sizes[memory][27455]")

    @pytest.mark.parametrize("name", ["03.nothing", "03#ablation[epoch 9][both]", "03#nowhere[a][b]", "val_accuracy"])
    def test_that_nobody_recorded_are_refused_in_a_sentence(self, name):
        with pytest.raises(CourseError, match=r"^A deck asks for the number .+, which neither .+ holds\.$"):
            numbers.fill(f"{{{name}}}")


class TestNotes:
    @BOTH
    @EVERY
    def test_are_the_guides_own_paragraphs_without_marks(self, lesson, lang):
        folder = ROOT / ("docs" if lang == "en" else "ko/docs")
        text = guide.plain((folder / "instructors.md").read_text("utf-8"))
        for part in guide.PARTS:
            said = guide.notes(f"guide: {part}", lesson, lang)
            assert said.split("\n")[0] in text
            assert not re.search(r"\*\*|`|\]\(|번역 대기", said)

    def test_an_unknown_part_of_the_guide_is_a_sentence(self):
        with pytest.raises(
            CourseError, match="The guide has no part “jokes”; a deck may name point, show, ask, behind"
        ):
            guide.notes("guide: jokes", "03_asl_cnn", "en")


class TestTheCommand:
    @pytest.mark.parametrize("lesson", ["99", "3x", "lesson"])
    def test_refuses_a_lesson_that_does_not_exist_in_a_sentence(self, capsys, tmp_path, lesson):
        assert dev.__main__.main(["decks", lesson, "--out", str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert f"There is no lesson “{lesson}”; name one by its number" in said and said.count("\n") == 1
        assert not any(tmp_path.iterdir())

    def test_a_deck_that_nobody_wrote_is_a_sentence(self, monkeypatch, tmp_path):
        monkeypatch.setattr(source, "TEXT", tmp_path)
        with pytest.raises(CourseError, match=r"^Lesson 03_asl_cnn has no deck: 03_asl_cnn.ko.md is missing in .+\.$"):
            source.read("03_asl_cnn", "ko")

    def test_without_python_pptx_it_sets_up_the_extras_before_it_imports_anything_of_it(self, monkeypatch, tmp_path):
        from course.environment import setup

        asked = []

        def refuse(args, needs, dev=False, extras=False):
            asked.append((needs[0], extras))
            raise CourseError("No network: python -m course setup --extras")

        monkeypatch.setattr(setup, "ensure_inside", refuse)
        assert dev.__main__.main(["decks", "03", "--out", str(tmp_path)]) == 2
        assert asked == [("pptx", True)]


@cache
def _made(lesson: str, lang: str, folder: Path):
    from pptx import Presentation

    from dev.decks import build

    path = folder / f"{lesson}-{lang}.pptx"
    build.make(lesson, lang, path)
    return Presentation(str(path))


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    """A function that gives the file of a lesson in a language."""
    folder = tmp_path_factory.mktemp("decks")
    return lambda lesson, lang: _made(lesson, lang, folder)


@cache
def font(bold: bool, size: int):
    """DejaVu Sans, whose letters are as wide as those of the slides, Verdana; Matplotlib brings it."""
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), size)


def width(text: str, size: float, bold: bool) -> float:
    """How wide a text is, in points; a Hangul syllable takes .95 of the size."""
    hangul = sum(ord(letter) >= 0x1100 and not 0x2000 < ord(letter) < 0x2C00 for letter in text)
    latin = "".join(letter for letter in text if ord(letter) < 0x1100 or 0x2000 < ord(letter) < 0x2C00)
    return font(bold, 100).getlength(latin) * size / 100 + 0.95 * size * hangul


def height(frame, wide: float) -> float:
    """How high the text of a frame is when its lines are `wide`, in points."""
    total = 0.0
    for paragraph in frame.paragraphs:
        if not paragraph.runs:
            continue
        size, bold = paragraph.runs[0].font.size.pt, bool(paragraph.runs[0].font.bold)
        indent = int(paragraph._p.pPr.get("marL", 0)) / 12700 if paragraph._p.pPr is not None else 0
        lines, used = 1, 0.0
        for word in paragraph.text.split(" "):
            needed = width(f"{word} ", size, bold)
            if used and used + needed - width(" ", size, bold) > wide - indent:
                lines, used = lines + 1, 0.0
            used += needed
            assert width(word, size, bold) <= wide - indent, f"“{word}” is wider than its box"
        before = paragraph.space_before.pt if paragraph.space_before else 0
        tall = 1.33 if re.search("[가-힣]", paragraph.text) else 1.22  # a line of Malgun Gothic, of Verdana
        total += before + lines * size * tall
    return total


def too_full(presentation) -> list[str]:
    """The texts that need more room than their boxes have."""
    found = []
    for page in presentation.slides:
        for shape in page.shapes:
            if shape.has_text_frame and shape.text_frame.text:
                frame = shape.text_frame
                if height(frame, (shape.width - frame.margin_left - frame.margin_right) / 12700) > shape.height / 12700:
                    found.append(f"{page.shapes.title.text_frame.text}: {frame.text[:60]}")
            elif shape.has_table:
                for row in shape.table.rows:
                    for cell, column in zip(row.cells, shape.table.columns, strict=True):
                        wide = (column.width - cell.margin_left - cell.margin_right) / 12700
                        if height(cell.text_frame, wide) > (row.height - cell.margin_top - cell.margin_bottom) / 12700:
                            found.append(f"{page.shapes.title.text_frame.text}: {cell.text_frame.text}")
    return found


@needs("pptx")
class TestTheFiles:
    @BOTH
    @EVERY
    def test_have_no_text_that_overflows_its_box(self, deck, lesson, lang):
        assert too_full(deck(lesson, lang)) == []

    @BOTH
    @EVERY
    def test_have_a_title_notes_and_no_placeholder_left_on_every_slide(self, deck, lesson, lang):
        for page in deck(lesson, lang).slides:
            assert page.shapes.title.text_frame.text
            assert len(page.notes_slide.notes_text_frame.text) > 20
            words = [shape.text_frame.text for shape in page.shapes if shape.has_text_frame]
            assert not re.search(r"\{|\*|guide:", "\n".join([*words, page.notes_slide.notes_text_frame.text]))

    @BOTH
    @EVERY
    def test_describe_every_picture_and_chart_and_keep_all_on_the_slide(self, deck, lesson, lang):
        presentation = deck(lesson, lang)
        for page in presentation.slides:
            for shape in page.shapes:
                assert shape.left >= 0 and shape.left + shape.width <= presentation.slide_width
                assert shape.top >= 0 and shape.top + shape.height <= presentation.slide_height
                described = shape._element.xpath(".//p:cNvPr")[0].get("descr")
                assert described is not None or not (shape.has_chart or shape.shape_type == 13)
                header = page == presentation.slides[0]
                assert described or header or not (shape.has_chart or shape.shape_type == 13)

    def test_charts_are_charts_whose_numbers_an_instructor_can_change(self, deck):
        charts = [shape.chart for page in deck("03_asl_cnn", "en").slides for shape in page.shapes if shape.has_chart]
        assert len(charts) == 3
        ablation = [round(value, 3) for value in charts[1].plots[0].series[0].values]
        assert ablation[0] == round(numbers.value("03#ablation[epoch 5][both]"), 3)

    def test_name_one_font_for_latin_letters_and_one_for_hangul_in_the_theme(self, deck):
        from pptx.opc.constants import RELATIONSHIP_TYPE

        presentation = deck("01_mnist", "ko")
        theme = presentation.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob.decode()
        assert theme.count('<a:latin typeface="Verdana"') == 2
        assert theme.count('<a:ea typeface="Malgun Gothic"') == 2
        assert {run.get("lang") for run in presentation.slides[0]._element.iter("{*}rPr")} == {"ko-KR"}

    def test_a_text_that_overflows_is_noticed(self, tmp_path, deck):
        from dev.decks.layout import Deck

        slides = Deck("3", "A", "en")
        slides.add(
            source.parse("## A title\n\n" + 12 * "- a point of some length that goes on for a whole line\n")[0], ""
        )
        slides.save(tmp_path / "a.pptx")
        from pptx import Presentation

        assert too_full(Presentation(str(tmp_path / "a.pptx"))) != []

    def test_the_command_writes_them_and_leaves_a_file_alone(self, tmp_path, capsys, monkeypatch):
        from course.environment import setup

        monkeypatch.setattr(setup, "ensure_inside", lambda *_args, **_more: None)
        assert dev.__main__.main(["decks", "03", "7", "--lang", "ko", "--out", str(tmp_path / "new")]) == 0
        assert {path.name for path in (tmp_path / "new").iterdir()} == {"03_asl_cnn-ko.pptx", "07_assessment-ko.pptx"}
        (tmp_path / "file").write_text("mine")
        assert dev.__main__.main(["decks", "03", "--out", str(tmp_path / "file")]) == 2
        assert "is a file; name a folder for the decks." in capsys.readouterr().err
        assert (tmp_path / "file").read_text() == "mine"
