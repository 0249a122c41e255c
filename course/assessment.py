"""The end of lesson 07: score the network on images that it has not seen, and write the submission.

Usage, in the notebook: ``log = Log()``, ``log.add(…)`` after each round, and ``run_assessment(model, log, …)``. The
score comes from the very file that is submitted, run by the grader that an instructor uses (`course/grading/`); how the
model was compiled, or what it was evaluated on, plays no part.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course.check.exercises import answers_of
from course.check.packages import versions
from course.check.session import SESSION
from course.files import sha256, shown
from course.grading import advice, pictures, process, scoring, screen, submission
from course.grading.certificates import page
from course.grading.certificates.statement import Statement
from course.grading.contract import FORMAT, NOTEBOOK, THRESHOLD, SubmissionError, slug
from course.grading.grade import Verdict
from course.grading.rounds import Log, Round
from course.messages import CourseError, _
from course.paths import ROOT, data_dir, models_dir

if TYPE_CHECKING:
    import keras

METRICS = ("accuracy", "sparse_categorical_accuracy", "categorical_accuracy")
PATIENT = process.Limits(seconds=300)
"""A learner's own computer may be slow."""
SCALES = {"x / 255": 1 / 255, "x / 127.5 - 1": 1 / 127.5}


def run_assessment(
    model: keras.Model,
    log: Log | None = None,
    *,
    rotten_threshold: float | None = None,
    answers: Sequence[str] = (),
    name: str = "",
    **measured: float,
) -> dict[str, Any]:
    """Score `model` on the open test images, say what the score means, and write the submission.

    Args:
        model: takes float32 RGB from 0 to 255, (N, 224, 224, 3), and gives six numbers for each picture, in the
            alphabetical order of the class folders; softmax or logits.
        log: your rounds; without three that changed one thing each, nobody passes.
        rotten_threshold: probability of being rotten above which a fruit is thrown away.
        answers: to the two questions in words.
        name: yours, as it should stand in the submission; else ``COURSE_NAME``, else that of the account.
        measured: figures of your own, by name, which are submitted beside the score; with ``train_accuracy`` the
            advice can tell whether the network has learned its pictures by heart.

    Returns:
        ``score`` (of the shop's images), ``belt_score`` (None where the edition has no belt), ``threshold``,
        ``passed``, ``distinction``, ``cost`` (of a thousand fruits; None without a threshold), ``per_class`` (recall by
        class), ``file``, the path of the submission, and ``ours``, the course's own log; after a pass ``certificate``,
        the path of its PDF.

    Raises:
        CourseError: what of the contract the model does not keep, in one sentence; or a file cannot be read or written.
    """
    from course.grading import making  # imports TensorFlow

    figures = {key: _number(key, value) for key, value in measured.items()}
    making.check(model)
    test_set = pictures.read_open(data_dir())
    flatbuffer = making.convert(model)
    try:
        outputs = process.predict(flatbuffer, test_set.all_images, PATIENT).outputs
    except SubmissionError as refused:
        raise CourseError(refused.reason) from refused
    name = (name or os.environ.get("COURSE_NAME") or os.environ.get("JUPYTERHUB_USER") or getpass.getuser()).strip()
    history = getattr(getattr(model, "history", None), "history", {})
    trained = next((float(history[key][-1]) for key in METRICS if history.get(key)), None)
    record = {
        "course": "Fundamentals of Deep Learning",
        "format": FORMAT,
        "name": name,
        "edition": SESSION.edition_in_use(),
        "sets": dict(SESSION.sets),
        "rounds": log.as_json() if log else [],
        "answers": [str(answer) for answer in answers],
        "rotten_threshold": None if rotten_threshold is None else float(rotten_threshold),
        "results": ({} if trained is None else {"train_accuracy": trained})
        | figures
        | {"test_accuracy": scoring.judge(outputs[: len(test_set)], test_set.labels).accuracy},
        "versions": versions(),
        "network": making.parts(model),
    }
    verdict = _verdict(record, outputs, test_set)
    score, belt = verdict.score, verdict.belt_score
    result = {
        "score": score.accuracy,
        "belt_score": belt and belt.accuracy,
        "threshold": THRESHOLD,
        "passed": verdict.passed,
        "distinction": verdict.distinction,
        "cost": verdict.cost,
        "per_class": score.recall,
        "file": models_dir() / f"submission-{slug(name)}.zip",
        "ours": our_log(),
    }
    making.pack(result["file"], flatbuffer, _notebook(), record)
    _tell(result, verdict, model, test_set)
    if verdict.passed:
        result |= _certificate(result, record, test_set)
    return result


def our_log() -> Log:
    """How we went about it: the quick rounds of the solved notebook, on the embedded data, with its seed."""
    log = Log()
    log.rounds = [
        Round(
            ("augment",),
            "RandomBrightness(factor=0.15), RandomContrast(factor=(0.15, 0.15))",
            "RandomContrast(factor=(0.4, 0.4)), Dim()",
            _(
                "Most errors are fresh fruit taken for rotten, in weak light, and hardly any training image is dark."
                " (Not kept: as many spoiled as mended.)"
            ),
            (0.960, 0.951),
            (0.778, 0.772),
        ),
        Round(
            ("unfreeze",),
            "block7a",
            "block6a",
            _(
                "Fresh fruit in weak light still looks rotten to it, and blocks before the last respond to light and"
                " color. (Kept.)"
            ),
            (0.960, 0.957),
            (0.778, 0.800),
        ),
        Round(
            ("tune_epochs",),
            "2",
            "4",
            _("More layers learn now, and their loss still falls in the last epoch. (Kept.)"),
            (0.957, 0.960),
            (0.800, 0.850),
        ),
    ]
    return log


def _verdict(record: dict[str, Any], outputs: np.ndarray, test_set: pictures.TestSet) -> Verdict:
    """What the grader would say of a submission with this record, self-assessed."""
    claims = submission.claims(record)
    shop = len(test_set)
    belt = outputs[shop:] if test_set.belt is not None else None
    verdict = Verdict(NOTEBOOK, "", outputs=outputs[:shop], belt_outputs=belt, **claims)
    return verdict.scored(test_set, None)


def _certificate(result: dict[str, Any], record: dict[str, Any], test_set: pictures.TestSet) -> dict[str, Path]:
    """Save the certificate and show it; the path of its PDF, or nothing where it could not be saved."""
    facts = (result["score"], THRESHOLD, len(test_set), record["edition"], test_set.sha256, sha256(result["file"]))
    statement = Statement.on_pass(record["name"], *facts, result["distinction"])
    try:
        pdf, png = page.write(statement, models_dir())
    except CourseError as error:  # the submission is saved, and is what counts
        print(error)
        return {}
    _show(png, statement)
    text = _("Your certificate, self-assessed: {path}; for another name, run_assessment(model, name=…).")
    print(text.format(path=shown(pdf)))
    if not page.can_write(statement.name):
        print(page.unwritten(statement.name))
    return {"certificate": pdf}


def _show(png: Path, statement: Statement) -> None:
    """Show the certificate below the cell, in a notebook."""
    from IPython import get_ipython
    from IPython.display import Image, display

    if get_ipython() is not None:
        about = _("Certificate for {name}: {score:.1%}, self-assessed").format(
            name=statement.name, score=statement.score
        )
        display(Image(data=png.read_bytes(), format="png", width=720, alt=about))


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        text = _("`{name}` is no figure: besides the model and `name`, run_assessment takes numbers that you measured.")
        raise CourseError(text.format(name=name)) from None


def _notebook() -> bytes:
    """The notebook that runs, else the learner's copy. Raises CourseError where there is none."""
    running = Path(os.environ.get("JPY_SESSION_NAME", ""))
    for path in (running, Path.cwd() / NOTEBOOK, ROOT / NOTEBOOK, ROOT / "dev" / "solutions" / NOTEBOOK):
        if path.suffix == ".ipynb" and path.is_file():
            return path.read_bytes()
    raise CourseError(
        _("{name} is not there to be submitted; `python -m course reset 07` brings it back.").format(name=NOTEBOOK)
    )


def _tell(result: dict[str, Any], verdict: Verdict, model: keras.Model, test_set: pictures.TestSet) -> None:
    """Print what the score means."""
    score = verdict.score
    text = _("Shop: {right} of {count} test images right ({score:.1%}; needed: {threshold:.0%}).")
    right = round(score.accuracy * len(test_set))
    print(text.format(right=right, count=len(test_set), score=score.accuracy, threshold=THRESHOLD))
    for line in screen.second_edition(verdict, test_set):
        print(line)
    for sentence in advice.of(verdict):
        print("→", sentence)
    if not score.passed:
        _tell_scale(model, test_set, score)
    print(
        _("Submit {path}. This score is self-assessed: your instructor has other images.").format(
            path=shown(result["file"])
        )
    )


def _tell_scale(model: keras.Model, test_set: pictures.TestSet, score: scoring.Score) -> None:
    """Say so where the network would do far better on scaled pixels: its preprocessing was left outside."""
    few = pictures.sample(test_set, 5)
    for name, factor in SCALES.items():
        scaled = few.images.astype(np.float32) * factor - (1 if "- 1" in name else 0)
        accuracy = scoring.judge(answers_of(model, scaled), few.labels).accuracy
        if accuracy > score.accuracy + 0.2:
            text = _("→ On {scale} it does far better: put that into the model, as a Rescaling layer at its start.")
            print(text.format(scale=name))
            return
