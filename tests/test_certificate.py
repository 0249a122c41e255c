"""The certificate's page: what it says, every letter of a name drawn or none, and names that mean harm."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager, style
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from PIL import Image

from course.grading.certificates import fonts, ornament, page
from course.grading.certificates.statement import Statement, canonical, clean
from course.messages import CourseError
from course.paths import ROOT

DPI = 60
OUR_FONT = ROOT / "course" / "grading" / "certificates" / "NotoSerifKR.otf"
NAME_BAND = slice(int((210 - 127) / 25.4 * DPI), int((210 - 108.5) / 25.4 * DPI))
"""Rows of the picture between the line above the name and the rule below it."""
HOSTILE = (
    "Ada\nLovelace\r\n\t",
    "\u202eAda \u2067Lovelace\u200f",
    "\x00\x1b[31mAda\x07\u009b",
    "$x^2$ $\\frac{1}{0}$",
    "$unbalanced \\$",
    "<script>alert(1)</script> &amp; <b>",
    "{name} {0} %s %(x)d {",
    "%!PS ) Tj ET endstream",
    "Z" + "\u0301" * 60 + "oe",
    "x" * 500,
    "W i d e " * 60,
    "'; DROP TABLE learners; --",
    "../../etc/passwd",
)


def statement(name: str = "Zoë O’Hara", **changes: object) -> Statement:
    """A statement on 325 of 329 pictures."""
    made = Statement.on_pass(name, 325 / 329, 0.92, 329, "embedded", "ab" * 32, "9f2c01ab7e55" + "0" * 52)
    return replace(made, **{"date": "2026-11-23"} | changes)


@cache
def blank() -> np.ndarray:
    """The page without a name, drawn as :func:`drawn` does."""
    return drawn("")


def drawn(name: str) -> np.ndarray:
    """The page with `name`, (height, width, 4), without its border and its seal, which take most of the time."""
    with style.context("default", after_reset=True), pytest.MonkeyPatch.context() as changed:
        for part in ("ground", "border", "seal", "spaced"):
            changed.setattr(ornament, part, lambda *_arguments: None)
        figure = page.draw(statement(clean(name)))
        figure.set_dpi(DPI)
        figure.canvas.draw()
        return np.array(figure.canvas.buffer_rgba())


def ink(name: str) -> np.ndarray:
    """Where in the band of the name its letters are: bool, (height, width)."""
    return (drawn(name) != blank())[NAME_BAND].any(axis=-1)


def texts(one: Statement, signer: str = "") -> list[str]:
    """What is written on the page as text."""
    (axes,) = page.draw(one, signer).axes
    return [text.get_text() for text in axes.texts]


@pytest.fixture
def bundled_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no fonts but those that Matplotlib and the course bring."""
    own = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    entries = [entry for entry in font_manager.fontManager.ttflist if Path(entry.fname).parent == own]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", entries)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_arguments, **_options: [])


@pytest.fixture
def no_hangul(bundled_only: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same, and somebody has deleted the course's font."""
    monkeypatch.setattr(fonts, "HANGUL", tmp_path / "deleted.otf")


class TestWhatItSays:
    def test_a_self_assessed_one_says_so_and_names_all_that_it_is_about(self) -> None:
        written = "\n".join(texts(statement()))

        for part in ("Zoë O’Hara", "325 of 329", "98.8 %", "92 %", "23 November 2026", "9F2C-01AB-7E55", "embedded"):
            assert part in written
        assert "Self-assessed" in written and "signed" not in written.lower()

    def test_a_signed_one_names_its_key_and_does_not_call_itself_self_assessed(self) -> None:
        written = "\n".join(texts(statement(), "1234-5678-9ABC-DEF0"))

        assert "1234-5678-9ABC-DEF0" in written and "python -m course certificate verify" in written
        assert "self-assessed" not in written.lower()

    @pytest.mark.usefixtures("bundled_only")
    def test_it_speaks_korean_where_it_is_asked_to_on_any_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COURSE_LANG", "ko")

        written = "\n".join(texts(statement("김민서")))

        assert "수료증" in written and "2026년 11월 23일" in written and "Certificate" not in written

    @pytest.mark.usefixtures("no_hangul")
    def test_it_stays_english_where_no_font_has_hangul(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COURSE_LANG", "ko")

        assert "Certificate" in texts(statement("Ada"))

    def test_the_pdf_is_one_a4_page_whose_title_has_the_name(self) -> None:
        pdf, _png = page.render(statement("Ada Lovelace"), dpi=DPI)

        assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
        box = [float(number) for number in re.search(rb"/MediaBox \[ ?([^\]]+?) ?\]", pdf)[1].split()]
        assert [round(number / 72 * 25.4) for number in box] == [0, 0, 297, 210]
        assert b"Ada Lovelace" in pdf and re.search(rb"startxref\n\d+\n%%EOF\n\Z", pdf)

    @pytest.mark.usefixtures("bundled_only")
    @pytest.mark.filterwarnings("error")
    def test_a_korean_one_is_drawn_whole_and_embeds_the_letters_it_needs_and_no_more(self, monkeypatch) -> None:
        monkeypatch.setenv("COURSE_LANG", "ko")

        pdf, png = page.render(statement("Zoë 김민서"), dpi=DPI)

        assert b"+NotoSerifCJKkr-Regular" in pdf and len(pdf) < 500_000
        with Image.open(io.BytesIO(png)) as picture:
            assert picture.info["Title"].endswith("Zoë 김민서")

    def test_the_same_statement_gives_the_same_bytes(self) -> None:
        assert page.render(statement(), dpi=DPI) == page.render(statement(), dpi=DPI)

    def test_a_learners_own_plot_settings_do_not_touch_it(self) -> None:
        expected = page.render(statement(), dpi=DPI)
        settings = {"path.sketch": (1, 100, 2), "savefig.bbox": "tight", "font.size": 30, "pdf.fonttype": 42}
        with matplotlib.rc_context(settings | {"text.usetex": True, "savefig.facecolor": "black"}):
            found = page.render(statement(), dpi=DPI)
            assert matplotlib.rcParams["text.usetex"] is True

        assert found == expected

    @pytest.mark.parametrize("lang", ["en", "ko"])
    def test_the_samples_in_the_readmes_are_of_nobody(self, lang: str) -> None:
        from dev.studio.certificate import DPI as dpi
        from dev.studio.certificate import SAMPLES

        file, name = SAMPLES[lang]
        with Image.open(ROOT / "images" / file) as sample:
            assert name in ("Your Name Here", "홍길동") and sample.info["Title"].endswith(f": {name}")
            assert sample.size == pytest.approx((297 / 25.4 * dpi, 210 / 25.4 * dpi), abs=1)


class TestLetters:
    @pytest.mark.usefixtures("bundled_only")
    def test_hangul_is_drawn_as_hangul_and_not_as_boxes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        names = ("김민서", "박지호", "이한별")
        right = [ink(name) for name in names]
        blank()
        boxes_only = FontProperties(fname=str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "STIXGeneral.ttf"))
        monkeypatch.setattr(page, "font_for", lambda *_arguments: boxes_only)
        with pytest.warns(UserWarning, match="missing from"):
            boxes = [ink(name) for name in names]

        assert all(one.sum() > 200 for one in right)
        assert not np.array_equal(right[0], right[1]) and not np.array_equal(right[1], right[2])
        same_boxes = all(np.array_equal(boxes[0], box) for box in boxes)  # so a box tells nothing of its letter
        assert same_boxes and not any(np.array_equal(one, boxes[0]) for one in right)

    def test_decomposed_hangul_as_macos_writes_it_is_the_same_name(self) -> None:
        assert np.array_equal(drawn(unicodedata.normalize("NFD", "김민서")), drawn("김민서"))

    @pytest.mark.parametrize(
        "name", ["Zoë Łukasz Ñandú", "Nguyễn Thị Hồng", "Ağaoğlu Şükrü", "Ελένη", "Zoë 김민서", "뷁 헿 쀍", "ㄱㅏ"]
    )
    @pytest.mark.usefixtures("bundled_only")
    @pytest.mark.filterwarnings("error")
    def test_european_vietnamese_and_korean_names_need_no_font_that_is_installed(self, name: str) -> None:
        assert page.can_write(name) and ink(name).sum() > 200

    @pytest.mark.parametrize("name", ["金民書", "김民서", "さくら", "ㄅㄆㄇ"])
    @pytest.mark.usefixtures("bundled_only")
    @pytest.mark.filterwarnings("error")
    def test_a_name_that_no_font_can_write_leaves_its_line_free_and_says_how_to_get_one(self, name: str) -> None:
        assert not page.can_write(name)
        assert np.array_equal(drawn(name), blank())
        assert "fonts-noto-cjk" in page.unwritten(name) and page.unwritten(name).count(". ") == 0

    @pytest.mark.parametrize("letter", ["\u2800", "\u3164", "\ufe0f"])
    def test_a_letter_that_shows_nothing_is_not_one_that_can_be_written(self, letter: str) -> None:
        """Fonts have glyphs without ink for these, and others a name's own letters would hide behind."""
        assert not page.can_write(f"Ada{letter}") and page.can_write("Ada")

    @pytest.mark.usefixtures("no_hangul")
    def test_a_font_that_was_installed_since_matplotlib_made_its_list_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert not page.can_write("김민서")
        late = shutil.copy(OUR_FONT, tmp_path / "late.otf")
        monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(late)])

        assert page.can_write("김민서")

    def test_ours_comes_before_installed_ones_and_of_those_a_font_with_serifs_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = {"A Sans": "a.otf", "Noto Sans CJK JP": "b.otf", "Noto Serif CJK JP": "c.otf"}
        entries = [
            font_manager.FontEntry(fname=str(tmp_path / file), name=name, style="normal", weight=400)
            for name, file in names.items()
        ]
        monkeypatch.setattr(font_manager.fontManager, "ttflist", entries)
        has = fonts._has
        monkeypatch.setattr(fonts, "_has", lambda path, text: Path(path).parent == tmp_path or has(path, text))

        assert fonts.font_for("김민서").get_file() == str(OUR_FONT)
        assert fonts.font_for("金民書").get_file() == str(tmp_path / "c.otf")

    def test_a_damaged_font_and_one_of_pictures_are_passed_over(self, tmp_path: Path, monkeypatch) -> None:
        damaged = tmp_path / "Batang.ttf"
        damaged.write_bytes(b"\x00\x01\x00\x00" * 9)
        entries = [font_manager.FontEntry(fname=str(damaged), name="Batang", style="normal", weight=400)]
        monkeypatch.setattr(font_manager.fontManager, "ttflist", entries)
        monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(tmp_path / "NotoColorEmoji.ttf")])

        assert not page.can_write("金") and not page.can_write("👩")

    def test_letters_that_join_are_left_to_a_matplotlib_that_joins_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(matplotlib, "__version_info__", (3, 10, 9))

        assert not page.can_write("שלום") and page.can_write("Ada") and page.can_write("e\u0331\u0301")


class TestHangulFont:
    def test_it_has_a_shape_for_each_of_the_11172_syllables(self) -> None:
        shapes = FT2Font(str(OUR_FONT)).get_charmap()

        assert len({shapes.get(letter, 0) for letter in range(0xAC00, 0xD7A4)} - {0}) == 11_172

    def test_its_license_lies_beside_it_and_its_card_is_of_this_very_file(self) -> None:
        license = OUR_FONT.with_name("NotoSerifKR-OFL.txt").read_text("utf-8")
        card = OUR_FONT.with_name("README.md").read_text("utf-8")

        assert "SIL OPEN FONT LICENSE Version 1.1" in license and "Copyright 2017-2022 Adobe" in license
        content = OUR_FONT.read_bytes()
        assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card


class TestHostileNames:
    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("name", HOSTILE)
    def test_nothing_but_the_name_changes_on_the_page(self, name: str) -> None:
        found = drawn(name)

        outside = np.ones(len(found), bool)
        outside[NAME_BAND] = False
        assert np.array_equal(found[outside], blank()[outside]) and ink(name).sum() > 50

    @pytest.mark.parametrize("name", [name for name in HOSTILE if "$" in name or "{" in name or "<" in name])
    def test_it_is_written_as_it_is_and_never_read_as_a_formula(self, name: str) -> None:
        (axes,) = page.draw(statement(clean(name))).axes

        (found,) = [text for text in axes.texts if text.get_text() == clean(name)]
        assert found.get_parse_math() is False

    @pytest.mark.parametrize("name", ["W" * 100, "i" * 100, "Ada " * 25])
    def test_a_long_name_shrinks_until_its_line_holds_it(self, name: str) -> None:
        columns = np.flatnonzero(ink(name).any(axis=0)) / DPI * 25.4

        assert columns.min() > 297 / 2 - 96 and columns.max() < 297 / 2 + 96

    def test_a_short_name_does_not_shrink(self) -> None:
        rows = np.flatnonzero(ink("AH").any(axis=1))

        assert np.ptp(rows) / DPI * 25.4 > 8

    def test_what_hides_turns_or_controls_is_gone(self) -> None:
        assert clean("\u202eAda\u200f\u2069 Love\u200blace\x1b[0m") == "Ada Lovelace [0m"
        assert clean("  Ada\n\nLovelace\u2028\u00a0") == "Ada Lovelace"
        assert clean("\x00\u202e\ud800") == ""
        assert len(clean("가" * 500)) == 100
        assert clean("Z" + "\u0315" * 60) == "Z\u0315\u0315"
        assert clean("\u845b\U000e0100\u57ce") == "\u845b\u57ce" and clean("김\u3164민서") == "김 민서"

    @given(st.text(max_size=300))
    def test_a_clean_name_is_short_printable_on_one_line_and_stays_as_it_is(self, name: str) -> None:
        found = clean(name)

        assert len(found) <= 100 and found == found.strip() and "  " not in found
        assert not any(unicodedata.category(letter)[0] == "C" for letter in found)
        assert clean(found) == found
        assert found == "" or any(unicodedata.category(letter)[0] in "LN" for letter in found)


class TestStatement:
    @pytest.mark.parametrize(
        "changes",
        [
            {"score": 0.91},
            {"score": float("nan")},
            {"score": 1.01},
            {"threshold": 0.0},
            {"pictures": 0},
            {"submission": ""},
            {"test_set": "AB" * 32},
        ],
    )
    def test_there_is_none_without_a_pass_or_without_digests(self, changes: dict) -> None:
        values = {"name": "Ada", "score": 0.95, "threshold": 0.92, "pictures": 300, "edition": "embedded"}

        with pytest.raises(ValueError, match=r"pass|digest"):
            Statement.on_pass(**values | {"test_set": "0" * 64, "submission": "1" * 64} | changes)

    def test_an_edition_that_a_submission_makes_up_is_not_passed_on(self) -> None:
        assert Statement.on_pass("Ada", 1, 0.92, 300, "first of her year", "0" * 64, "1" * 64).edition == "other"

    @pytest.mark.parametrize(
        "change",
        [{"date": "today"}, {"date": "20261123"}, {"course": "Law"}, {"score": "1"}, {"pictures": True}, {"more": 1}],
    )
    def test_what_is_none_is_not_read_as_one(self, change: dict) -> None:
        values = statement().as_dict()
        assert Statement.from_dict(dict(values)) == statement()

        with pytest.raises(ValueError, match=r"."):
            Statement.from_dict(values | change)

    def test_the_bytes_to_be_signed_do_not_depend_on_the_order_of_the_fields(self) -> None:
        values = statement("김민서").as_dict()

        assert canonical(values) == canonical(dict(reversed(values.items())))
        assert b'"name":"\xea\xb9\x80' in canonical(values) and b": " not in canonical(values)
        with pytest.raises(ValueError, match=r"."):
            canonical(values | {"score": float("nan")})


class TestSaving:
    def test_both_files_are_saved_in_a_folder_that_is_made(self, tmp_path: Path) -> None:
        pdf, png = page.write(statement(), tmp_path / "models")

        assert pdf == tmp_path / "models" / "certificate.pdf" and pdf.read_bytes().startswith(b"%PDF-")
        assert Image.open(png).size == (2338, 1653) or Image.open(png).size == (2339, 1654)
        assert sorted(path.name for path in pdf.parent.iterdir()) == ["certificate.pdf", "certificate.png"]

    def test_an_older_one_stays_whole_where_the_disk_is_full(self, tmp_path: Path, monkeypatch) -> None:
        (tmp_path / "certificate.pdf").write_bytes(b"older")
        monkeypatch.setattr(page, "render", lambda *_arguments: (b"pdf", b"png"))

        def full(_path: Path, content: bytes) -> None:
            with _path.open("wb") as file:
                file.write(content[:1])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(CourseError, match="disk is full"):
            page.write(statement(), tmp_path)

        assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"older"]
