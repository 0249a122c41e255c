"""The made-up newspaper: counts, origin, spelling slips, and that it is reproducible and nobody else's."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from course.datasets.reading import SETS, Damaged, validate
from course.messages import CourseError
from course.paths import ROOT
from dev.studio import headlines

REAL = ROOT.parent / "shared" / "real" / "nyt_dataset" / "articles"
SLIPS = re.compile(
    r"\b[Aa] [aeioAEIO](?!ne\b|nce\b|uro)\w|\b[Aa]n [bcdfgjklmnpqrstvwxyzBCDFGJKLMNPQRSTVWXYZ]|[{}~|()]|  "
    r"| [,.;:?]|’’|s’s\b|\b(\w+) \1\b|(?<![hH]u)(?<![rR]o)(?<![gG]er)mans\b"
    r"|(?i:\b(mouses|gooses|wolfs|knifes|midwifes)\b)"
)


FORBIDDEN = (headlines.SOURCES / "forbidden.txt").read_text(encoding="utf-8").split()
NAMES = re.compile(rf"\b(?:(?:{'|'.join(FORBIDDEN)})(?:’s|s)?\b|(?:Mr|Mrs|Ms|Dr)\.)")


@pytest.fixture(scope="module")
def written() -> list[str]:
    return [line.text for line in headlines.read_lines(headlines.SOURCES)]


@pytest.fixture(scope="module")
def printed() -> list[str]:
    return headlines.read_headlines(headlines.TARGET)


def test_the_studio_reproduces_the_committed_files_byte_for_byte() -> None:
    made = headlines.files()
    assert made == {path.name: path.read_bytes() for path in headlines.TARGET.glob("*.csv")}


def test_at_least_4500_headlines_are_written_one_by_one_and_unique(written: list[str]) -> None:
    assert len(written) >= 4500
    counts = Counter(" ".join(headlines.tokens(text)) for text in written)
    assert [text for text, count in counts.items() if count > 1] == []


def test_written_headlines_have_two_to_seventeen_words(written: list[str]) -> None:
    assert [text for text in written if not 2 <= len(text.split()) <= 17] == []


def test_no_headline_names_a_person_or_a_brand(printed: list[str]) -> None:
    assert [text for text in printed if NAMES.search(text)] == []


def test_every_written_headline_is_printed(written: list[str], printed: list[str]) -> None:
    assert set(written) <= set(printed)


def test_the_newspaper_is_as_large_and_as_imperfect_as_promised(printed: list[str]) -> None:
    counts = Counter(printed)
    assert len(printed) >= 8800
    assert 0.07 < counts.pop("Unknown") / len(printed) < 0.09
    assert 50 < sum(counts.values()) - len(counts) < 300
    assert len({word for text in counts for word in headlines.tokens(text)}) >= 9000


def test_no_headline_has_a_slip_of_the_list(printed: list[str]) -> None:
    assert [text for text in printed if SLIPS.search(text)] == []


def test_every_headline_starts_with_a_capital_or_a_number(printed: list[str]) -> None:
    assert [text for text in printed if not re.match(r"[‘“$]?[A-Z0-9]", text)] == []


def test_no_headline_is_a_real_one(printed: list[str]) -> None:
    if not REAL.is_dir():
        pytest.skip("needs the real edition")
    real = {" ".join(headlines.tokens(text)) for text in headlines.read_headlines(REAL)}
    assert {text for text in printed if " ".join(headlines.tokens(text)) in real} == {"Unknown"}


def test_the_four_seeds_of_the_lesson_are_continued(written: list[str]) -> None:
    for seed in ("Washington, D.C., Is", "Today in New York", "The School District Has", "Crime Has Become"):
        assert sum(seed in text for text in written) >= 3


@pytest.mark.parametrize(
    ("template", "headline"),
    [
        ("mayor ~(ask|try) a apple", {"Mayor Asks an Apple", "Mayor Tries an Apple"}),
        ("a hour in a university", {"An Hour in a University"}),
        ("the end: of a day", {"The End: Of a Day"}),
    ],
)
def test_articles_verbs_and_capitals_are_set(template: str, headline: set[str]) -> None:
    draw = headlines.Draw(headlines.random.Random(1))
    assert headlines.finish(draw.expand(template)) in headline


def test_slots_of_one_table_share_a_row() -> None:
    rows = headlines.tables()["land"].rows
    for seed in range(40):
        draw = headlines.Draw(headlines.random.Random(seed))
        country, city, other = draw.expand("{land.country}; {land.city}; {land2.country}").split("; ")
        assert city in next(row["city"] for row in rows if row["country"] == [country])
        assert other != country


@pytest.mark.parametrize(("hazard", "verb"), [("floods", "force"), ("drought", "forces"), ("a fungus", "forces")])
def test_a_verb_agrees_with_the_ending_of_a_word_of_either_number(hazard: str, verb: str) -> None:
    draw = headlines.Draw(headlines.random.Random(1))
    draw.rows["land"] = {"hazard": [hazard]}
    assert draw.expand("{land.hazard} ~force") == f"{hazard} {verb}"


def test_every_template_makes_a_sound_headline() -> None:
    chance = headlines.random.Random(1)
    for template in headlines.read_lines(headlines.SOURCES / "grammar"):
        drawn = [headlines.finish(headlines.Draw(chance).expand(template.text)) for _attempt in range(20)]
        assert any(headlines.sound(text) for text in drawn), template.text
        assert not any(re.search(r"[{}~|()]", text) for text in drawn), template.text


def test_nouns_and_verbs_are_inflected() -> None:
    assert [headlines.plural(noun) for noun in ("fox", "ferry", "bay", "midwife", "mother-in-law", "fisherman")] == [
        "foxes", "ferries", "bays", "midwives", "mothers-in-law", "fishermen",
    ]  # fmt: skip
    assert [headlines.third_person(verb) for verb in ("ask for", "try", "watch", "say", "have")] == [
        "asks for", "tries", "watches", "says", "has",
    ]  # fmt: skip


def test_the_set_is_sound_as_it_came() -> None:
    validate(ROOT / "data", "nyt")


@pytest.mark.parametrize(
    ("content", "clause"),
    [
        (b"", "is empty"),
        (b"title,desk\nRain,City\n", "lacks the column"),
        (b"headline,desk\n", "has no headline"),
        ("headline\nCafé\n".encode("latin-1"), "not UTF-8"),
        (b"headline\nUnknown\n", "has no headline"),
        (b"headline\n" + b"word " * 500 + b"\n", "line 2"),
    ],
)
def test_a_bad_csv_is_named_with_what_is_wrong(tmp_path: Path, content: bytes, clause: str) -> None:
    folder = tmp_path / SETS["nyt"].folder / "articles"
    folder.mkdir(parents=True)
    (folder / "articles_may.csv").write_bytes(content)
    with pytest.raises(CourseError, match=clause):
        validate(tmp_path, "nyt")


def test_a_folder_without_csv_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="holds no CSV"):
        SETS["nyt"].check(tmp_path, lambda path: False)


def test_the_real_layout_with_other_columns_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    with (tmp_path / "articles" / "ArticlesJan2017.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["articleID", "headline"], ["1", "Rain, Then More Rain"], ["2", "Unknown"]])
    SETS["nyt"].check(tmp_path, lambda path: False)
