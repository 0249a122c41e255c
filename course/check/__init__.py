"""Feedback inside the notebooks: exercises, data, saved work, results.

Usage, in a notebook, before TensorFlow is imported::

    from course import check

    check.data(DATA, "mnist")                    # one sentence and a command if something is wrong with the data
    check.keep(train_images=train_images)        # lock an array and remember it
    check.exercise("02.normalise")               # not attempted / not yet / right
    if check.unsolved("02.normalise"):           # the solution runs only where the answer did not pass
        train_images = check.untouched("train_images")
    model.fit(…, callbacks=[check.resuming(MODELS / "asl_cnn")])  # goes on where a kernel died
    with check.saving(MODELS / "asl_cnn.keras") as path:
        model.save(path)
    check.results("02_asl", train_accuracy=…, val_accuracy=…)
    check.quiz("02")                             # a few questions, apart from the grade

Importing this module imports TensorFlow quietly, with Keras on TensorFlow and GPU memory that grows on demand; in a
notebook it also has every plot described in words (`course.check.plots`).
"""

from course.check.tensorflow_start import start_tensorflow

start_tensorflow()

from course.check.artifacts import needs, saved, saving  # noqa: E402
from course.check.exercises import decided, exercise, keep, unsolved, untouched  # noqa: E402
from course.check.guesses import guess  # noqa: E402
from course.check.loading import loading  # noqa: E402
from course.check.model_card import model_card  # noqa: E402
from course.check.plots import speak  # noqa: E402
from course.check.questions import quiz  # noqa: E402
from course.check.ranges import results  # noqa: E402
from course.check.resuming import resuming  # noqa: E402
from course.check.session import data  # noqa: E402

speak()

__all__ = [
    "data",
    "decided",
    "exercise",
    "guess",
    "keep",
    "loading",
    "model_card",
    "needs",
    "quiz",
    "results",
    "resuming",
    "saved",
    "saving",
    "unsolved",
    "untouched",
]
