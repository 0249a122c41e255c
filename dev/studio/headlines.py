"""Makes ``data/nyt_dataset/articles/``: nine months of headlines from the newspaper of a made-up city.

Usage, in the root of the checkout: ``python -m dev.studio.headlines`` (a few seconds; ``--sample 200`` prints random
generated headlines instead, to proofread them; ``--measure ../shared/real`` compares with the real edition).

Headlines come from two sources in ``dev/studio/headlines/``. Those in ``DESK.txt`` were written one by one. The others
are drawn from a grammar, ``grammar/DESK.txt``, whose words stand in ``grammar/words.txt`` and ``grammar/tables.txt``.
In both sources, ``# 3 4`` opens lines for March and April and ``# any`` lines for every month. A line of the grammar is
a headline in which

- ``{food}`` is a word of that list, ``{animal+}`` the plural of one;
- ``{land.city}`` is a word of the column ``city`` in a row of the table ``land`` of ``grammar/tables.txt``; all slots
  of a headline that name this table use one row, so that what belongs together is together; ``{land2.city}`` uses
  another;
- ``(sell|buy)`` is one of the alternatives, which may hold slots and further alternatives; one may be empty;
- ``~ask`` is a verb that agrees with the noun before it: “The Mayor Asks”, “Nurses Ask”;
- ``a`` becomes “an” where it must, and capitals are set last.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from course.files import replacing
from course.paths import ROOT

T = TypeVar("T")
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
SECTIONS = {
    "city": ("Metro", "Schools", "Transit", "Courts"),
    "world": ("World", "Washington", "Nation"),
    "business": ("Business", "Markets", "Work"),
    "science": ("Science", "Health"),
    "sport": ("Sports",),
    "arts": ("Arts", "Books", "Food", "Theater", "Travel"),
    "opinion": ("Opinion", "Letters"),
}
SEED = 1851
DRAWN = 5200
"""Headlines to draw from the grammar."""
RUBRIC = 3
"""How much more often than others a template is drawn that opens with a rubric, such as “Recipe:”, as rubrics recur."""
RERUN, UNKNOWN = 130, 900
"""Rows that repeat an earlier headline, and rows whose headline is missing."""

SMALL = frozenset(["a", "an", "and", "as", "at", "but", "by", "for", "in", "nor", "of", "on", "or", "the", "to", "vs"])
IRREGULAR = {
    "midwife": "midwives",
    "dormouse": "dormice",
    "man": "men",
    "woman": "women",
    "mouse": "mice",
    "goose": "geese",
    "wolf": "wolves",
    "calf": "calves",
    "leaf": "leaves",
    "knife": "knives",
    "bookshelf": "bookshelves",
    "thief": "thieves",
    "loaf": "loaves",
    "scarf": "scarves",
    "deck of cards": "decks of cards",
    "pair of boots": "pairs of boots",
    "cactus": "cactuses",
    "mongoose": "mongooses",
    "mother-in-law": "mothers-in-law",
    "salesman": "salesmen",
    **{
        same: same
        for same in [
            "salmon",
            "trout",
            "deer",
            "moose",
            "elk",
            "bison",
            "sheep",
            "squid",
            "lynx",
            "jellyfish",
            "cuttlefish",
            "starfish",
            "glassworks",
            "shad",
            "cod",
            "mackerel",
            "caribou",
            "tuna",
            "shrimp",
            "crayfish",
            "haddock",
            "halibut",
            "krill",
            "dogfish",
            "sawfish",
            "herring",
        ]
    },
}
NO_AN = re.compile(r"(one|once|uni|use|used|usual|util|uterus|euro|u-|ukulele|ewe)")
AN_ANYWAY = re.compile(r"(hour|honest|heir|honor|8|11\b|18(\d\d)?\b|unin|unim)")


@dataclass
class Lexicon:
    """Words of one slot; `kind` is ``noun`` (singular), ``plural``, ``either`` (by its ending) or empty."""

    kind: str = ""
    words: list[str] = field(default_factory=list)


@dataclass
class Table:
    """Rows of words that belong together: for each column its kind, and in each row a list of words."""

    kinds: dict[str, str]
    rows: list[dict[str, list[str]]] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A headline or a template, the desk and the months that it belongs to, and whether it came from the grammar."""

    text: str
    desk: str
    months: tuple[int, ...]
    drawn: bool = False


def read_lines(folder: Path) -> list[Line]:
    """Read the files of all desks in `folder`."""
    lines = []
    for desk in DESKS:
        months = tuple(MONTHS)
        for text in (folder / f"{desk}.txt").read_text(encoding="utf-8").splitlines():
            if text.startswith("#"):
                months = tuple(MONTHS) if text == "# any" else tuple(int(month) for month in text[1:].split())
            elif text.strip():
                lines.append(Line(text.strip(), desk, months))
    return lines


def between_commas(text: str) -> list[str]:
    """The words of a list, in which “1,200” is one word."""
    return [word.strip() for word in re.split(r"(?<!\d),|,(?!\d)", text) if word.strip()]


@cache
def lexicons() -> dict[str, Lexicon]:
    """Read the word lists: ``= name kind`` opens one, its words stand between commas."""
    lists: dict[str, Lexicon] = {}
    current = Lexicon()
    for line in (SOURCES / "grammar" / "words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("="):
            name, _space, kind = line[1:].strip().partition(" ")
            current = lists[name] = Lexicon(kind)
        else:
            current.words.extend(between_commas(line))
    return lists


@cache
def tables() -> dict[str, Table]:
    """Read the tables: ``= name: column kind; column …`` opens one, then one row a line with the same semicolons."""
    found: dict[str, Table] = {}
    table = Table({})
    for line in (SOURCES / "grammar" / "tables.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("="):
            name, columns = line[1:].split(":")
            kinds = {column.split()[0]: column.partition(" ")[2] for column in map(str.strip, columns.split(";"))}
            table = found[name.strip()] = Table(kinds)
        elif line:
            cells = [between_commas(cell) for cell in line.split(";")]
            table.rows.append(dict(zip(table.kinds, cells, strict=True)))
    return found


def table_of(name: str) -> Table:
    """The table of a slot’s `name`, “land” or “land2”."""
    return tables()[name.rstrip("2")]


def plural(noun: str) -> str:
    """Plural of an English noun or noun phrase, whose last word is the head but for those in IRREGULAR."""
    before, _space, last = noun.rpartition(" ")
    for whole, lead in ((noun, ""), (last, f"{before} " if before else "")):
        if whole in IRREGULAR:
            return lead + IRREGULAR[whole]
    if last.endswith("man"):
        return noun[:-3] + "men"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(s|sh|ch|x|z)$", noun) else "s")


def third_person(verb: str) -> str:
    """Form of `verb` for he, she or it: “asks”, “tries”, “is”."""
    first, space, rest = verb.partition(" ")
    if first in {"be", "are", "have", "do", "go"}:
        return {"be": "is", "are": "is", "have": "has", "do": "does", "go": "goes"}[first] + space + rest
    if re.search(r"[^aeiou]y$", first):
        return first[:-1] + "ies" + space + rest
    return first + ("es" if re.search(r"(s|sh|ch|x|z)$", first) else "s") + space + rest


class Draw:
    """One headline being drawn from a template: knows the number of the noun that a verb must agree with."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.many = False
        self.used: set[str] = set()
        self.rows: dict[str, dict[str, list[str]]] = {}

    def expand(self, template: str) -> str:
        """Replace every slot, choice and verb of `template`, from left to right."""
        pieces, at = [], 0
        while at < len(template):
            mark = template[at]
            if mark == "(":
                end = closing(template, at)
                pieces.append(self.expand(self.chance.choice(alternatives(template[at + 1 : end]))))
            elif mark == "{":
                end = template.index("}", at)
                pieces.append(self.word(template[at + 1 : end]))
            elif mark == "~":
                if template[at + 1] == "(":
                    end = closing(template, at + 1)
                    verb = self.chance.choice(alternatives(template[at + 2 : end]))
                elif template[at + 1] == "{":
                    end = template.index("}", at)
                    verb = self.word(template[at + 2 : end])
                else:
                    end = at + len(re.match(r"~[\w’-]+", template[at:]).group()) - 1
                    verb = template[at + 1 : end + 1]
                many = self.many  # a choice of verb phrases may hold nouns of its own
                pieces.append(self.expand(verb if many else third_person(verb)))
            else:
                end = at
                pieces.append(mark)
            at = end + 1
        return "".join(pieces)

    def word(self, slot: str) -> str:
        """A word of the list or table column named by `slot` that this headline has not used yet."""
        name, _dot, column = slot.rstrip("+").partition(".")
        if column:
            words, kind = self.row(name)[column], table_of(name).kinds[column]
        else:
            words, kind = lexicons()[name].words, lexicons()[name].kind
        word = uneven(self.chance, [word for word in words if word not in self.used] or words)
        self.used.add(word)
        if slot.endswith("+"):
            self.many = True
            return plural(word)
        if kind:
            self.many = kind == "plural" or (kind == "either" and bool(re.search(r"[^su]s$", word)))
        return word

    def row(self, name: str) -> dict[str, list[str]]:
        """The row that this headline uses of the table `name`."""
        if name not in self.rows:
            self.rows[name] = uneven(self.chance, [row for row in table_of(name).rows if row not in self.rows.values()])
        return self.rows[name]


def uneven(chance: random.Random, items: list[T]) -> T:
    """One of `items`, the first about five times as often as the last, as some places are more in the news."""
    weights = [1 / (place + 1 + len(items) / 4) for place in range(len(items))]
    return chance.choices(items, weights)[0]


def closing(text: str, at: int) -> int:
    """Where the bracket that opens at `at` closes."""
    depth = 0
    for place in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise ValueError(f"a bracket stays open in “{text}”")


def alternatives(text: str) -> list[str]:
    """Split at the bars that stand in no inner bracket."""
    parts, depth = [""], 0
    for mark in text:
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if mark == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += mark
    return parts


def capacity(template: str) -> float:
    """How many headlines `template` can make, about."""
    return _choices(template) * math.prod(len(table_of(name).rows) for name in set(re.findall(r"{(\w+)\.", template)))


def _choices(template: str) -> float:
    total, at = 1.0, 0
    while at < len(template):
        end = at
        if template[at] == "(":
            end = closing(template, at)
            total *= sum(_choices(part) for part in alternatives(template[at + 1 : end]))
        elif template[at] == "{":
            end = template.index("}", at)
            name, _dot, column = template[at + 1 : end].rstrip("+").partition(".")
            if column:
                total *= sum(len(row[column]) for row in table_of(name).rows) / len(table_of(name).rows)
            else:
                total *= len(lexicons()[name].words)
        at = end + 1
    return total


def finish(text: str) -> str:
    """Set spaces, “an” and the capitals of a headline."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+([,.?!:;’])", r"\1", text)
    text = text.replace("s’s ", "s’ ").replace("the the ", "the ")
    text = re.sub(r"\b([Aa]) (?=[‘“]?(\S+))", lambda found: found[1] + article_end(found[2]) + " ", text)
    words = text.split(" ")
    for place, word in enumerate(words):
        before = words[place - 1]
        opens = place in (0, len(words) - 1) or before[-1] in ":?!;" or re.search(r"[a-z]{2}’?\.$", before)
        words[place] = word if word in SMALL and not opens else capital(word)
    return " ".join(words)


def article_end(word: str) -> str:
    """“n” where the article before `word` must be “an”."""
    word = word.lower()
    if AN_ANYWAY.match(word):
        return "n"
    return "n" if word[0] in "aeiou" and not NO_AN.match(word) else ""


def capital(word: str) -> str:
    """`word` with capitals, also behind a hyphen or an opening quote."""
    parts = word.split("-")
    return "-".join(
        part if place and part in SMALL else re.sub(r"^([‘“$(]*)(\w)", lambda found: found[1] + found[2].upper(), part)
        for place, part in enumerate(parts)
    )


def stems(headline: str) -> list[str]:
    """Words of four letters and more without a plural’s ending."""
    return [re.sub(r"(es|s)$", "", word) for word in re.findall(r"\w{4,}", headline.lower())]


def sound(headline: str) -> bool:
    """No word twice, and neither too short nor too long for a column."""
    words = stems(headline)
    return len(words) == len(set(words)) and 3 <= len(headline.split()) <= 17 and len(headline) <= 105


def draw_all(chance: random.Random, taken: set[str]) -> list[Line]:
    """Draw DRAWN different headlines not in `taken`, for each desk about as many; seasonal ones a little more often."""
    templates = read_lines(SOURCES / "grammar")
    sizes = [capacity(template.text) for template in templates]
    weights = [
        math.log2(2 + size)
        * (1.3 if len(template.months) < len(MONTHS) else RUBRIC if re.match(r"[^:{]{1,24}:", template.text) else 1)
        for template, size in zip(templates, sizes, strict=True)
    ]
    sums: Counter[str] = Counter()
    for template, weight in zip(templates, weights, strict=True):
        sums[template.desk] += weight
    weights = [weight / sums[template.desk] for template, weight in zip(templates, weights, strict=True)]
    lines: list[Line] = []
    drawn: Counter[int] = Counter()
    seen = {headline.lower() for headline in taken}
    for _attempt in range(60 * DRAWN):
        if len(lines) == DRAWN:
            return lines
        number = chance.choices(range(len(templates)), weights)[0]
        headline = finish(Draw(chance).expand(templates[number].text))
        if drawn[number] < sizes[number] / 4 and sound(headline) and headline.lower() not in seen:
            seen.add(headline.lower())
            drawn[number] += 1
            lines.append(Line(headline, templates[number].desk, templates[number].months, drawn=True))
    raise ValueError("the grammar is too small")


def newspaper(seed: int = SEED) -> dict[int, list[dict[str, str | int]]]:
    """All rows of each month, in the order of print."""
    chance = random.Random(seed)
    written = read_lines(SOURCES)
    months: dict[int, list[Line]] = {month: [] for month in MONTHS}
    for line in sorted(written + draw_all(chance, {line.text for line in written}), key=lambda line: len(line.months)):
        chance.choice(sorted((months[month] for month in line.months), key=len)[:2]).append(line)
    order = list(MONTHS)
    for _rerun in range(RERUN):
        place = chance.randrange(len(order))
        again = chance.choice([line for line in months[order[place]] if len(line.months) == len(MONTHS)])
        months[order[min(place + chance.randint(0, 1), len(order) - 1)]].append(again)
    for _unknown in range(UNKNOWN):
        months[chance.choice(order)].append(Line("Unknown", chance.choice(DESKS), ()))
    return {month: rows(month, lines, chance) for month, lines in months.items()}


def rows(month: int, lines: list[Line], chance: random.Random) -> list[dict[str, str | int]]:
    """Give `lines` the other columns: made up, and about as a newspaper's are."""
    days = sorted(chance.randint(1, DAYS[month]) for _line in lines)
    chance.shuffle(lines)
    return [
        {
            "articleid": f"{month:02}{number:04}{chance.getrandbits(32):08x}",
            "date": f"{MONTHS[month].capitalize()} {day}",
            "desk": line.desk.capitalize(),
            "section": chance.choice(SECTIONS[line.desk]),
            "headline": line.text,
            "wordcount": round(math.exp(chance.gauss(6.6, 0.5))),
            "printpage": 1 if chance.random() < 0.08 else chance.randint(2, 40),
        }
        for number, (day, line) in enumerate(zip(days, lines, strict=True), start=1)
    ]


def as_csv(table: list[dict[str, str | int]]) -> bytes:
    """The rows as UTF-8 text with the same line ends on every system."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode("utf-8")


def files(seed: int = SEED) -> dict[str, bytes]:
    """Names and bytes of the nine files."""
    return {f"articles_{MONTHS[month]}.csv": as_csv(table) for month, table in newspaper(seed).items()}


def read_headlines(folder: Path) -> list[str]:
    """The column `headline` of all CSVs in `folder`."""
    found: list[str] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found.extend(row["headline"].strip() for row in csv.DictReader(file))
    return found


def tokens(headline: str) -> list[str]:
    """Words as lesson 06 makes them."""
    return re.findall(r"\w+(?:'\w+)*", headline.lower().replace("’", "'").replace(".", ""))


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
    """Write the nine files, or show or measure what stands in them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sample", type=int, metavar="N", help="print N random generated headlines, write nothing")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--measure", type=Path, metavar="DIR", help="compare the files with the edition in DIR")
    args = parser.parse_args()
    if args.sample:
        drawn = draw_all(random.Random(SEED), {line.text for line in read_lines(SOURCES)})
        print(*(line.text for line in random.Random(args.seed).sample(drawn, args.sample)), sep="\n")
    elif args.measure:
        for folder in (TARGET, args.measure / "nyt_dataset" / "articles"):
            figures = measure(read_headlines(folder))
            print(folder, *(f"  {key}: {value:,.3f}" for key, value in figures.items()), sep="\n")
    else:
        for name, content in files().items():
            with replacing(TARGET / name) as temporary:
                temporary.write_bytes(content)


if __name__ == "__main__":
    main()
