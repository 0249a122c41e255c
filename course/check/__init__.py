"""Feedback inside the notebooks: exercises, data, saved work, results.

Usage, in a notebook::

    from course import check

    check.quiet()                                # start Keras without its start-up messages
    check.patch_tensorflow()                     # no wait after an epoch, no graph kept for good
    check.describe_plots()                       # describe plots in words, for screen readers
    check.data(DATA, "mnist")                    # one sentence and a command if something is wrong with the data
    check.keep(train_images=train_images)        # lock an array and remember it
    check.exercise("02.inputs")                  # not attempted / not yet / right
    if check.unsolved("02.inputs"):              # the solution runs only where the answer did not pass
        train_images = check.untouched("train_images")
    with check.saving(MODELS / "asl_cnn.keras") as path:
        model.save(path)
    check.results("02_asl", train_accuracy=…, val_accuracy=…)
    check.quiz("02")                             # a few questions, apart from the grade
    check.progress()                             # which lessons ran, which exercises are right, what is next

Importing this package starts nothing and changes nothing; where a package that the lessons import is not installed, it
raises a CourseError that names the command which installs it.
"""

from course.check.packages import need_lesson_packages
from course.messages import CourseError, _

need_lesson_packages()

from course.check.artifacts import needs, saved, saving  # noqa: E402
from course.check.exercises import decided, exercise, keep, unsolved, untouched  # noqa: E402
from course.check.guesses import guess  # noqa: E402
from course.check.loading import loading  # noqa: E402
from course.check.model_card import model_card  # noqa: E402
from course.check.plots import describe_plots  # noqa: E402
from course.check.questions import quiz  # noqa: E402
from course.check.ranges import devices, results  # noqa: E402
from course.check.session import column, data  # noqa: E402
from course.progress import show as progress  # noqa: E402
from course.tensorflow_start import patch_tensorflow, quiet  # noqa: E402

__all__ = [
    "column",
    "data",
    "decided",
    "describe_plots",
    "devices",
    "exercise",
    "guess",
    "keep",
    "loading",
    "model_card",
    "needs",
    "patch_tensorflow",
    "progress",
    "quiet",
    "quiz",
    "results",
    "saved",
    "saving",
    "unsolved",
    "untouched",
]


def __getattr__(name: str) -> None:
    """Answer names that the first edition had, which a learner's old notebook may still call."""
    if name == "resuming":
        raise CourseError(
            _(
                "check.resuming is gone: delete `check.resuming(…)` from the callbacks in this cell and run it again;"
                " trainings always start from the beginning."
            )
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
