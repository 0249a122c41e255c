"""The made-up newspaper: written, reproducible, nobody else's, no near-duplicates across the lesson's split."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from course.datasets.reading import validate
from course.paths import ROOT
from dev.studio import headlines
from dev.studio.headlines import Line

REAL = ROOT.parent / "shared" / "real" / "nyt_dataset" / "articles"
SLIPS = re.compile(
    r"\b[Aa] [aeioAEIO](?!ne\b|nce\b|uro)\w|\b[Aa]n [bcdfgjklmnpqrstvwxyzBCDFGJKLMNPQRSTVWXYZ]|[{}~|]|  "
    r"| [,;:?]|’’|(?<!s)s’s\b|\b(\w+) \1\b|[^.’]\.$(?<![A-Z]\.)"
)
FORBIDDEN = (headlines.SOURCES / "forbidden.txt").read_text(encoding="utf-8").split()
NAMES = re.compile(rf"\b(?:(?:{'|'.join(FORBIDDEN)})(?:’s|s)?\b|(?:Mr|Mrs|Ms|Dr)\.)")


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return headlines.read_lines()


@pytest.fixture(scope="module")
def printed() -> list[str]:
    return headlines.read_headlines(headlines.TARGET)


def test_the_studio_reproduces_the_committed_files_byte_for_byte() -> None:
    assert headlines.files() == {path.name: path.read_bytes() for path in headlines.TARGET.glob("*.csv")}


def test_nothing_keeps_the_sources_from_being_printed(lines: list[Line]) -> None:
    assert list(headlines.problems(lines)) == []


def test_at_least_9500_headlines_are_written_and_each_is_printed_in_its_section(lines: list[Line]) -> None:
    assert len(lines) >= 9500
    rows = []
    for path in headlines.TARGET.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows.extend((path.stem.removeprefix("articles_"), row) for row in csv.DictReader(file))
    places = {(row["headline"], row["section"], row["desk"].lower(), month) for month, row in rows}
    there = {place[:3] for place in places}
    assert all((line.text, line.section, line.desk) in there for line in lines)
    months = {line.text: {headlines.MONTHS[month] for month in line.months} for line in lines}
    assert all(month in months[text] for text, _section, _desk, month in places if text != "Unknown")


def test_no_headline_names_a_person_or_a_brand(lines: list[Line]) -> None:
    assert [line.text for line in lines if NAMES.search(line.text)] == []


def test_no_headline_has_a_slip_of_the_list(lines: list[Line]) -> None:
    assert [line.text for line in lines if SLIPS.search(line.text)] == []


def test_every_headline_starts_with_a_capital_or_a_number(lines: list[Line]) -> None:
    assert [line.text for line in lines if not re.match(r"[‘$]?[A-Z0-9]", line.text)] == []


def test_the_newspaper_is_as_imperfect_as_promised(printed: list[str]) -> None:
    counts = Counter(printed)
    assert 0.07 < counts.pop("Unknown") / len(printed) < 0.09
    assert sum(counts.values()) - len(counts) == headlines.REPRINTS


def test_no_near_duplicate_lies_on_the_other_side_of_the_split(printed: list[str]) -> None:
    texts = [" ".join(headlines.tokens(text)) for text in printed if text != "Unknown"]
    distinct = list(dict.fromkeys(texts))  # as lesson 06 makes them
    sides = [(one % 10 == 0, other % 10 == 0) for one, other in headlines.near_duplicates(distinct)]
    assert sides and all(one == other for one, other in sides)


def test_no_headline_is_a_real_one(lines: list[Line]) -> None:
    if not REAL.is_dir():
        pytest.skip("needs the real edition")
    real = {" ".join(headlines.tokens(text)) for text in headlines.read_headlines(REAL)}
    assert {line.text for line in lines if " ".join(headlines.tokens(line.text)) in real} == set()


@pytest.mark.parametrize("seed", headlines.SEEDS)
def test_the_seeds_of_the_lesson_are_continued_but_not_planted(seed: str, lines: list[Line]) -> None:
    assert 1 <= sum(seed in line.text for line in lines) <= 3


def test_two_headlines_are_near_if_five_words_agree_whatever_the_names_and_numbers() -> None:
    texts = [
        "Council Votes 12 to 7 Against Stadium in Southfield",
        "City Council Votes 9 to 8 Against Tower in Eastmoor",
        "Council Votes Again",
        "Herons Beat Comets 5 to 2",  # five in a row, but hardly a word of its own
        "Otters Beat Foxes 6 to 1",
    ]
    assert headlines.near_duplicates(texts) == {(0, 1)}


@pytest.mark.parametrize(
    ("texts", "clause"),
    [
        (["Rain Today", "Rain, Today"], "printed twice"),
        (["Chef's Surprise"], "a straight quote"),
        (["Word " * 21], "too long"),
        ([f"Today in New York, {word}" for word in ("Rain", "Snow", "Sun", "Wind")], "more than three times"),
        (["Mayor Asks Council for More Buses", "Union Asks Council for More Buses"], "near-duplicate"),
    ],
)
def test_what_is_wrong_with_the_sources_is_said(texts: list[str], clause: str) -> None:
    found = list(headlines.problems([Line(text, "city", "Metro", (9,)) for text in texts]))
    assert len(found) == 1 and clause in found[0]


def test_a_headline_without_a_section_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city.txt").write_text("# 9\nRain Today\n", encoding="utf-8")
    with pytest.raises(ValueError, match="Rain Today"):
        headlines.read_lines(tmp_path)


def test_the_set_is_valid_as_it_came() -> None:
    validate(ROOT / "data", "nyt")
