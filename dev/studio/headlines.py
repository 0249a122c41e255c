"""Makes ``data/nyt_dataset/articles/``: nine months of headlines from the newspaper of a made-up city.

Usage, in the root of the checkout: ``python -m dev.studio.headlines`` (a few seconds). ``--check`` writes nothing;
``--sample 200`` prints random headlines; ``--measure ../shared/real`` compares with the real edition.

Every headline is written, in ``dev/studio/headlines/DESK.txt``. There, ``@ Metro`` opens the lines of a section,
``# 3 4`` those for March or April (in the order of print), ``# any`` those for any month.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course.files import replacing
from course.paths import ROOT

SOURCES = Path(__file__).with_name("headlines")
TARGET = ROOT / "data" / "nyt_dataset" / "articles"
DESKS = ("city", "world", "business", "science", "sport", "arts", "opinion")
MONTHS = {
    9: "september",
    10: "october",
    11: "november",
    12: "december",
    1: "january",
    2: "february",
    3: "march",
    4: "april",
    5: "may",
}
DAYS = {9: 30, 10: 31, 11: 30, 12: 31, 1: 31, 2: 28, 3: 31, 4: 30, 5: 31}
COLUMNS = ["articleid", "date", "desk", "section", "headline", "wordcount", "printpage"]
SEED = 1851
REPRINTS, UNKNOWN = 130, 900
"""Rows that print a headline of the same month again, and rows whose headline is missing."""
SEEDS = ("Washington, D.C., Is", "Today in New York", "The School District Has", "Crime Has Become")
"""How the lesson's own seeds begin; each may occur three times at most."""
NEAR_LIMIT = 0.02
"""The share of headlines that may have a near-duplicate."""
HELD_OUT = 10
"""Lesson 06 holds out every tenth distinct headline, in the order of the sorted files."""
NAMES = frozenset((SOURCES / "names.txt").read_text(encoding="utf-8").split())
"""Words of names that recur, of places and of teams."""


@dataclass(frozen=True)
class Line:
    """A headline, with the desk, the section and the months that it belongs to."""

    text: str
    desk: str
    section: str
    months: tuple[int, ...]


def read_lines(folder: Path = SOURCES) -> list[Line]:
    """Read the files of all desks in `folder`.

    Raises:
        ValueError: a headline stands before the first section or month of its file.
    """
    lines = []
    for desk in DESKS:
        section, months = "", ()
        for text in (folder / f"{desk}.txt").read_text(encoding="utf-8").splitlines():
            if text.startswith("@"):
                section = text[1:].strip()
            elif text.startswith("#"):
                months = tuple(MONTHS) if text == "# any" else tuple(int(month) for month in text[1:].split())
            elif not (section and months):
                raise ValueError(f"{desk}.txt: “{text}” stands in no section or no month")
            else:
                lines.append(Line(text, desk, section, months))
    return lines


def tokens(headline: str) -> list[str]:
    """Words as lesson 06 makes them."""
    return re.findall(r"\w+(?:'\w+)*", headline.lower().replace("’", "'").replace(".", ""))


def near_duplicates(texts: list[str]) -> set[tuple[int, int]]:
    """Pairs of indices whose headlines share five words in a row, where any name or number stands for any other."""
    seen: dict[tuple[str, ...], list[int]] = defaultdict(list)
    pairs = set()
    for index, text in enumerate(texts):
        words = ["*" if word in NAMES or word[0].isdigit() else word for word in tokens(text)]
        for five in {tuple(words[at : at + 5]) for at in range(len(words) - 4)}:
            if five.count("*") <= 2:
                pairs.update((other, index) for other in seen[five])
                seen[five].append(index)
    return pairs


def problems(lines: list[Line]) -> Iterator[str]:
    """What keeps `lines` from being printed, one sentence each."""
    texts = [line.text for line in lines]
    counts = Counter(" ".join(tokens(text)) for text in texts)
    yield from (f"printed twice: {text}" for text, count in counts.items() if count > 1)
    yield from (f"too long: {text}" for text in texts if not 1 <= len(text.split()) <= 20)
    yield from (f"a straight quote: {text}" for text in texts if re.search("['\"]", text))
    yield from (f"a month that is not in print: {line.text}" for line in lines if not set(line.months) <= set(MONTHS))
    for seed in SEEDS:
        if sum(seed in text for text in texts) > 3:
            yield f"more than three times: {seed}"
    near = {index for pair in near_duplicates(texts) for index in pair}
    if len(near) > NEAR_LIMIT * len(texts):
        yield f"{len(near)} headlines have a near-duplicate"


def newspaper(seed: int = SEED) -> dict[int, list[dict[str, str | int]]]:
    """All rows of each month, in the order of print."""
    chance = random.Random(seed)
    blocks: dict[tuple[int, str], list[Line]] = defaultdict(list)
    for line in read_lines():
        blocks[chance.choice(line.months), line.section].append(line)
    months: dict[int, list[tuple[float, Line]]] = {month: [] for month in MONTHS}
    for (month, _section), lines in blocks.items():
        for place, line in enumerate(lines):  # a story is told in the order of its file
            at = place if len(line.months) < len(MONTHS) else chance.randrange(len(lines))
            months[month].append(((at + chance.random()) / len(lines), line))
    written = [line for lines in months.values() for _at, line in lines]
    for _reprint in range(REPRINTS):
        month = chance.choice(list(MONTHS))
        at, line = chance.choice(months[month])
        months[month].append((chance.uniform(at, 1), line))
    for _missing in range(UNKNOWN):
        like = chance.choice(written)
        months[chance.choice(list(MONTHS))].append((chance.random(), Line("Unknown", like.desk, like.section, ())))
    ordered = {
        month: [line for _at, line in sorted(lines, key=lambda pair: pair[0])] for month, lines in months.items()
    }
    separate(ordered)
    return {month: rows(month, lines, chance) for month, lines in ordered.items()}


def separate(months: dict[int, list[Line]]) -> None:
    """Put near-duplicates on one side of the lesson's split: a held-out one changes places with its neighbor.

    Raises:
        ValueError: that does not come to an end.
    """
    for _round in range(50):
        places = distinct_places(months)
        texts = [months[month][place].text for month, place in places]
        pairs = near_duplicates(texts)
        near = {index for pair in pairs for index in pair}
        sides = [(pair, [index % HELD_OUT == 0 for index in pair]) for pair in pairs]
        wrong = {pair[held.index(True)] for pair, held in sides if held[0] != held[1]}
        if not wrong:
            return
        for held in wrong:
            for other in (held + 1, held - 1, held + 2, held - 2):
                if 0 <= other < len(places) and other not in near and places[other][0] == places[held][0]:
                    lines, (here, there) = months[places[held][0]], (places[held][1], places[other][1])
                    lines[here], lines[there] = lines[there], lines[here]
                    break
    raise ValueError("near-duplicates stay on both sides of the split")


def distinct_places(months: dict[int, list[Line]]) -> list[tuple[int, int]]:
    """Month and place of every distinct headline, in the order in which lesson 06 reads them."""
    seen = {"unknown"}
    places = []
    for month in sorted(MONTHS, key=lambda month: MONTHS[month]):
        for place, line in enumerate(months[month]):
            key = " ".join(tokens(line.text))
            if key not in seen:
                seen.add(key)
                places.append((month, place))
    return places


def rows(month: int, lines: list[Line], chance: random.Random) -> list[dict[str, str | int]]:
    """Give `lines` the other columns: made up, and about as a newspaper's are."""
    days = sorted(chance.randint(1, DAYS[month]) for _line in lines)
    return [
        {
            "articleid": f"{month:02}{number:04}{chance.getrandbits(32):08x}",
            "date": f"{MONTHS[month].capitalize()} {day}",
            "desk": line.desk.capitalize(),
            "section": line.section,
            "headline": line.text,
            "wordcount": round(math.exp(chance.gauss(6.6, 0.5))),
            "printpage": 1 if chance.random() < 0.08 else chance.randint(2, 40),
        }
        for number, (day, line) in enumerate(zip(days, lines, strict=True), start=1)
    ]


def files(seed: int = SEED) -> dict[str, bytes]:
    """Names and bytes of the nine files, with the same line ends on every system."""
    made = {}
    for month, table in newspaper(seed).items():
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        made[f"articles_{MONTHS[month]}.csv"] = text.getvalue().encode("utf-8")
    return made


def read_headlines(folder: Path) -> list[str]:
    """The column `headline` of all CSVs in `folder`, in the order of lesson 06."""
    found: list[str] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found.extend(row["headline"].strip() for row in csv.DictReader(file))
    return found


def measure(headlines: list[str]) -> dict[str, float]:
    """Counts and perplexities of distinct headlines, every tenth held out, words seen at least twice.

    Scored are all words of the held-out headlines, [UNK] among them, and the end mark.
    """
    texts = [" ".join(tokens(text)) for text in headlines if text != "Unknown"]
    distinct = [text.split() for text in dict.fromkeys(texts) if text]
    train = [words for number, words in enumerate(distinct) if number % 10]
    held = [words for number, words in enumerate(distinct) if number % 10 == 0]
    counts = Counter(word for words in train for word in words)
    kept = {word for word, count in counts.items() if count > 1}

    def marked(words: list[str]) -> list[str]:
        return ["[START]", "[START]", *(word if word in kept else "[UNK]" for word in words), "[END]"]

    model = KneserNey([marked(words) for words in train], kept | {"[UNK]", "[END]"})
    scored = [marked(words) for words in held]
    total = sum(len(words) - 2 for words in scored)
    unknown = sum(words.count("[UNK]") for words in scored)
    result = {
        "headlines": sum(text != "Unknown" for text in headlines),
        "distinct": len(distinct),
        "mean length": sum(map(len, distinct)) / len(distinct),
        "words": len({word for words in distinct for word in words}),
        "vocabulary (twice or more)": len(kept),
        "scored": total,
        "unknown share": unknown / (total - len(scored)),
    }
    for order, name in ((1, "unigram"), (2, "bigram"), (3, "trigram")):
        loss = -sum(
            math.log(model.probability(words[place], tuple(words[place - order + 1 : place])))
            for words in scored
            for place in range(2, len(words))
        )
        result[f"{name} perplexity"] = math.exp(loss / total)
    return result


class KneserNey:
    """Interpolated Kneser–Ney trigrams with one discount; the unigram alone is counted with one added to each word."""

    def __init__(self, lines: list[list[str]], vocabulary: set[str], discount: float = 0.75) -> None:
        self.discount, self.size = discount, len(vocabulary)
        self.words: Counter[str] = Counter(word for line in lines for word in line[2:])
        self.total = sum(self.words.values())
        trigrams = Counter(tuple(line[at - 2 : at + 1]) for line in lines for at in range(2, len(line)))
        bigrams = Counter(tuple(line[at - 1 : at + 1]) for line in lines for at in range(2, len(line)))
        self.as_top = {2: _followers(bigrams), 3: _followers(trigrams)}
        self.as_lower = _followers(Counter(gram[1:] for gram in trigrams))
        self.continuation = Counter(gram[1] for gram in bigrams)
        self.pairs = len(bigrams)

    def probability(self, word: str, context: tuple[str, ...]) -> float:
        """Probability of `word` after the one or two words of `context`, or after any."""
        if not context:
            return (self.words[word] + 1) / (self.total + self.size)
        return self._mixed(word, context, self.as_top[len(context) + 1])

    def _mixed(self, word: str, context: tuple[str, ...], table: dict[tuple[str, ...], Counter[str]]) -> float:
        base = self._base(word) if len(context) == 1 else self._mixed(word, context[1:], self.as_lower)
        after = table.get(context)
        if after is None:
            return base
        total = sum(after.values())
        return max(after[word] - self.discount, 0) / total + self.discount * len(after) / total * base

    def _base(self, word: str) -> float:
        known = max(self.continuation[word] - self.discount, 0) / self.pairs
        return known + self.discount * len(self.continuation) / self.pairs / self.size


def _followers(grams: Counter[tuple[str, ...]]) -> dict[tuple[str, ...], Counter[str]]:
    table: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for gram, count in grams.items():
        table[gram[:-1]][gram[-1]] += count
    return dict(table)


def main() -> None:
    """Write the nine files, or check the sources, or show or measure what is printed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="check the sources, write nothing")
    parser.add_argument("--sample", type=int, metavar="N", help="print N random headlines, write nothing")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--measure", type=Path, metavar="DIR", help="compare the files with the edition in DIR")
    args = parser.parse_args()
    if args.sample:
        print(*random.Random(args.seed).sample([line.text for line in read_lines()], args.sample), sep="\n")
    elif args.measure:
        for folder in (TARGET, args.measure / "nyt_dataset" / "articles"):
            figures = measure(read_headlines(folder))
            print(folder, *(f"  {key}: {value:,.3f}" for key, value in figures.items()), sep="\n")
    else:
        found = list(problems(read_lines()))
        if found:
            raise SystemExit("\n".join(found))
        for name, content in ({} if args.check else files()).items():
            with replacing(TARGET / name) as temporary:
                temporary.write_bytes(content)


if __name__ == "__main__":
    main()
