"""The verdict on a terminal.

Usage: ``show(verdict, test_set)``. What comes from a submission is written as text, never as markup.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course.grading import advice, process
from course.grading.contract import CLASSES, FORMAT, ROUNDS, THRESHOLD, in_words
from course.grading.grade import FAILED, PASSED, REFUSED, Verdict
from course.grading.pictures import TestSet
from course.grading.rounds import counted
from course.grading.scoring import Score
from course.messages import _


def headline(verdict: Verdict) -> str:
    """The verdict in one line, without markup."""
    score = verdict.score
    words = {PASSED: _("passed"), FAILED: _("below the threshold"), REFUSED: _("refused")}
    word = words.get(verdict.verdict, _("not graded"))
    if verdict.distinction:
        word = _("passed with distinction")
    elif score is not None and score.passed and not verdict.passed:
        word = _("not passed, its log lacks rounds")
    if score is None:
        return f"{verdict.who}: {word}"
    text = _("{who}: {word}, {score:.3f} of {count} images right (needed: {threshold:.2f}; margin {margin:+.3f})")
    return text.format(
        who=verdict.who,
        word=word,
        score=score.accuracy,
        count=len(score.labels),
        threshold=THRESHOLD,
        margin=score.margin,
    )


def second_edition(verdict: Verdict, test_set: TestSet) -> list[str]:
    """What is to be said of log, belt and cost, a line each; in the first edition's format, that it has none."""
    belt = verdict.belt_score
    if verdict.format < FORMAT:
        text = _("Submitted in the format of the first edition: no log, the shop's images alone, no distinction.")
        return [text] if test_set.belt is not None else []
    text = _("Rounds in the log that count: {count} (needed: {needed}).")
    lines = [text.format(count=counted(verdict.rounds), needed=ROUNDS)]
    if belt is None:
        lines.append(_("These test images show no belt, so there is no distinction."))
    else:
        text = _("Belt: {right} of {count} images right ({score:.1%}; for a distinction: {threshold:.0%}).")
        right = round(belt.accuracy * len(belt.labels))
        lines.append(text.format(right=right, count=len(belt.labels), score=belt.accuracy, threshold=THRESHOLD))
    if verdict.cost is not None:
        text = _("A thousand fruits are expected to cost {cost:.0f} at the threshold {threshold:.2f}.")
        lines.append(text.format(cost=verdict.cost, threshold=verdict.rotten_threshold))
    return lines


def isolation(verdict: Verdict) -> str:
    """How the network was kept in, in one line; '' where it was not run."""
    if verdict.outputs is None:
        return ""
    text = _("Isolated by: {means}.").format(
        means=", ".join(verdict.isolation) or _("nothing but a process of its own")
    )
    if missing := process.not_refused(verdict.attempts):
        text += " " + _("NOT kept from: {missing}.").format(missing=missing)
    return text


def show(verdict: Verdict, test_set: TestSet, console: Console | None = None) -> None:
    """Print the report."""
    console = console or Console(highlight=False)
    score = verdict.score
    style = {PASSED: "bold green", FAILED: "bold yellow"}.get(verdict.verdict, "bold red")
    console.print(Text(headline(verdict), style))
    if score is None:
        console.print(Text(verdict.reason))
        return
    for line in second_edition(verdict, test_set):
        console.print(Text(line))
    console.print(_confusion(score))
    for number in score.worst[:5]:
        answer = int(score.answers[number])
        predicted = CLASSES[answer] if answer >= 0 else _("no answer")
        console.print(Text(_("{name}: taken for {answer}").format(name=test_set.names[number], answer=predicted)))
    for sentence in advice.of(verdict):
        console.print(Text(f"→ {sentence}"))
    console.print(Text(isolation(verdict), "dim"))


def _confusion(score: Score) -> Table:
    table = Table(
        title=_("Rows: labels; columns: what the network predicted"),
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
