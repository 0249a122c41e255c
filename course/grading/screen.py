"""The verdict on a terminal.

Usage: ``show(verdict, test_set)``. What comes from a hand-in is written as text, never as markup.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course.grading import advice, process
from course.grading.contract import CLASSES, THRESHOLD, in_words
from course.grading.grade import FAILED, PASSED, REFUSED, Verdict
from course.grading.pictures import TestSet
from course.grading.scoring import Score
from course.messages import _


def headline(verdict: Verdict, score: Score | None) -> str:
    """The verdict in one line, without markup."""
    words = {PASSED: _("passed"), FAILED: _("below the threshold"), REFUSED: _("refused")}
    word = words.get(verdict.verdict, _("not graded"))
    if score is None:
        return f"{verdict.who}: {word}"
    text = _("{who}: {word}, {score:.3f} of {count} pictures right (needed: {threshold:.2f}; margin {margin:+.3f})")
    return text.format(
        who=verdict.who,
        word=word,
        score=score.accuracy,
        count=len(score.labels),
        threshold=THRESHOLD,
        margin=score.margin,
    )


def isolation(verdict: Verdict) -> str:
    """How the network was kept in, in one line; '' where it was not run."""
    if verdict.outputs is None:
        return ""
    text = _("Isolated by: {means}.").format(
        means=", ".join(verdict.isolation) or _("nothing but a process of its own")
    )
    missing = [name for name in process.NEEDED if name not in verdict.attempts]
    if missing:
        text += " " + _("NOT kept from: {missing}.").format(missing=process.in_words(missing))
    return text


def show(verdict: Verdict, test_set: TestSet, console: Console | None = None) -> None:
    """Print the report."""
    console = console or Console(highlight=False)
    score = verdict.score(test_set)
    style = {PASSED: "bold green", FAILED: "bold yellow"}.get(verdict.verdict, "bold red")
    console.print(Text(headline(verdict, score), style))
    if score is None:
        console.print(Text(verdict.reason))
        return
    console.print(_confusion(score))
    for number in score.worst[:5]:
        console.print(Text(wrong_picture(score, test_set, number)))
    for sentence in advice.advise(score, verdict.results, verdict.network):
        console.print(Text(f"→ {sentence}"))
    console.print(Text(isolation(verdict), "dim"))


def wrong_picture(score: Score, test_set: TestSet, number: int) -> str:
    """One wrong picture in words."""
    answer = int(score.answers[number])
    taken = CLASSES[answer] if answer >= 0 else _("no answer")
    return _("{name}: taken for {answer}").format(name=test_set.names[number], answer=taken)


def _confusion(score: Score) -> Table:
    table = Table(
        title=_("Rows: what it is; columns: what the network said"),
        title_justify="left",
        padding=(0, 0),
        pad_edge=False,
    )
    table.add_column("")
    unanswered = score.confusion[:, -1].any()
    for name in (*CLASSES, *([_("no answer")] if unanswered else [])):
        table.add_column(in_words(name), justify="right")
    table.add_column(_("found"), justify="right")
    for place, name in enumerate(CLASSES):
        row = score.confusion[place] if unanswered else score.confusion[place, :-1]
        table.add_row(
            in_words(name), *(str(count) if count else "·" for count in row.tolist()), f"{score.recall[name]:.2f}"
        )
    return table
