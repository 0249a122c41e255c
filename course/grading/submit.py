"""Make a submission from a network that was saved: ``python -m course submit FILE``.

Whatever backend it was trained on, TensorFlow loads, scores and converts it here. The rounds, without which nobody
passes, come from a submission that the learner's notebook made.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from course.environment.setup import ensure_inside
from course.files import shown
from course.messages import CourseError, _

if TYPE_CHECKING:
    import keras


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``submit``."""
    parser.add_argument("file", metavar="FILE", type=Path, help=_("what model.save wrote, ending in .keras"))
    parser.add_argument("--name", default="", help=_("yours, as it should stand in the submission"))
    parser.add_argument(
        "--log-of",
        type=Path,
        metavar="ZIP",
        help=_("a submission of your notebook, for its rounds, threshold, answers"),
    )


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course submit``."""
    ensure_inside(args)
    from course.assessment import Log, run_assessment
    from course.grading import submission
    from course.tensorflow_start import start_tensorflow

    start_tensorflow()
    network, log = load(args.file), Log()
    try:
        earlier = submission.read(args.log_of) if args.log_of else submission.Submission(b"", "")
    except submission.SubmissionError as refused:
        raise CourseError(refused.reason) from refused
    log.rounds = list(earlier.rounds)
    told = {"rotten_threshold": earlier.rotten_threshold, "answers": earlier.answers}
    run_assessment(network, log, name=args.name or earlier.name, **told)
    return 0


def load(path: Path) -> keras.Model:
    """The network that `path` holds.

    Raises:
        CourseError: it is not there, holds none, another version of Keras saved it, or it needs code of its own.
    """
    import keras

    if not path.is_file():
        raise CourseError(_("There is no file {file}."), file=shown(path))
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras, HDF5 and JSON each have errors of their own
        text = _(
            "{file} cannot be loaded ({reason}): it is no .keras file, another Keras than {version} saved it, or it has"
            " layers of your own; in the notebook that trained it, call run_assessment(model)."
        )
        raise CourseError(text, file=shown(path), reason=type(error).__name__, version=keras.__version__) from error
