"""Exercises: judging an answer as not attempted, not yet or right, and deciding whose answer the notebook uses.

A judge is a function in ``course.check.lesson_NN`` whose parameters are the names that the learner fills in; its
keyword-only parameters are arrays that the notebook kept (:func:`keep`)::

    @judge("02.inputs")
    def normalise(x_train, *, train_images):
        if not np.allclose(x_train, train_images.reshape(-1, 784) / 255):
            return not_yet(found=…, expected=…)
        return right(_("…"))

An answer that is missing, ``None`` or ``...`` is *not attempted*; where a judge fails on a strange answer, it is *not
yet* right.
"""

from __future__ import annotations

import html
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from course.check.session import SESSION
from course.messages import CourseError, NotAttempted, _

State = Literal["not attempted", "not yet", "noted", "right"]
Judge = Callable[..., "Feedback"]

_JUDGES: dict[str, Judge] = {}
_MARKS = {"not attempted": "○", "not yet": "✗", "noted": "✓", "right": "✓"}
_COLORS = {"not attempted": "#767676", "not yet": "#b35900", "noted": "#0550ae", "right": "#1a7f37"}


@dataclass(frozen=True)
class Feedback:
    """Feedback on an exercise: its state and a sentence. Shown as the value of its cell."""

    state: State
    sentence: str

    def title(self) -> str:
        """The state in the learner's language."""
        titles = {
            "not attempted": _("Not attempted"),
            "not yet": _("Not yet"),
            "noted": _("Noted"),
            "right": _("Right"),
        }
        return titles[self.state]

    def __repr__(self) -> str:
        return f"{_MARKS[self.state]} {self.title()}: {self.sentence}"

    def _repr_html_(self) -> str:
        return (
            f'<div role="status" style="border-left: 5px solid {_COLORS[self.state]}; padding: .3em .8em">'
            f"<strong>{_MARKS[self.state]} {html.escape(self.title())}:</strong> {html.escape(self.sentence)}</div>"
        )


def right(because: str) -> Feedback:
    """The answer passes; `because` says why it is right."""
    return Feedback("right", because)


def noted(what: str) -> Feedback:
    """The answer can work; whether it is a good one, no check can say."""
    return Feedback("noted", what)


def not_yet(found: object, expected: str) -> Feedback:
    """The answer does not pass: what was found, in short, and what was expected."""
    text = found if isinstance(found, str) else _short(found)
    return Feedback("not yet", _("found {found}, expected {expected}.").format(found=text, expected=expected))


def called(function: Any, *arguments: Any) -> Any:
    """What the learner's `function` returns; feedback if it is no function, returns nothing or still has its blank."""
    if not callable(function):
        return not_yet(function, _("a function"))
    found = function(*arguments)
    if found is ... or (isinstance(found, (list, tuple)) and any(part is ... for part in found)):
        return Feedback("not attempted", _("fill in the function in the cell above."))
    if found is None:
        return not_yet(_("a function that returns nothing"), _("return at the end of it"))
    return found


def answers_of(model: Any, images: np.ndarray) -> np.ndarray:
    """What a Keras `model` predicts for `images` (N, …), pixels as they are: float32 (N, …).

    A few at a time: a model that is called keeps the feature maps of all its layers until it has answered, in lesson
    07 60 MB an image.
    """
    few = 4
    parts = (images[start : start + few].astype(np.float32) for start in range(0, len(images), few))
    return np.concatenate([outputs_of(model, part).astype(np.float32) for part in parts])


def outputs_of(model: Any, inputs: np.ndarray, training: bool = False) -> np.ndarray:
    """What a Keras model or layer gives for `inputs`: PyTorch's tensors, unlike others, are no arrays to NumPy."""
    import keras

    return keras.ops.convert_to_numpy(model(inputs, training=training))


def judge(exercise_id: str) -> Callable[[Judge], Judge]:
    """Register the decorated function as the judge of `exercise_id` (``"02.inputs"``)."""

    def register(function: Judge) -> Judge:
        _JUDGES[exercise_id] = function
        return function

    return register


def keep(**arrays: Any) -> None:
    """Remember arrays by name and lock them, so that no cell can change what answers are judged against.

    Args:
        **arrays: NumPy arrays, made read-only in place; anything else is remembered as it is.
    """
    for name, array in arrays.items():
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
        SESSION.kept[name] = array


def untouched(*names: str) -> Any:
    """The arrays that :func:`keep` remembered under `names`: one array for one name, else a tuple in that order.

    Raises:
        CourseError: nothing was kept under a name, since the cell that loads it has not run.
    """
    missing = [name for name in names if name not in SESSION.kept]
    if missing:
        text = _("{name} is not loaded yet; run the cells above first (menu Run, Run All Above Selected Cell).")
        raise CourseError(text, name=missing[0])
    values = tuple(SESSION.kept[name] for name in names)
    return values[0] if len(values) == 1 else values


def exercise(exercise_id: str) -> Feedback:
    """Judge the learner's current answer to `exercise_id`."""
    return evaluate(exercise_id, _notebook_namespace())


def decided(exercise_id: str) -> Feedback:
    """Judge a decision of the assessment, which has no solution to fall back on: a wrong one stops the notebook.

    Raises:
        NotAttempted: a blank is left.
        CourseError: the answer cannot work; found and expected in a sentence.
    """
    feedback = exercise(exercise_id)
    if feedback.state == "not attempted" and exercise_id in _JUDGES:
        raise NotAttempted(_("Your turn: {task}"), task=feedback.sentence)
    if feedback.state == "not yet":
        raise CourseError(f"{feedback.title()}: {feedback.sentence}")
    return feedback


def unsolved(exercise_id: str) -> bool:
    """Whether the notebook needs its own solution; prints whose answer it uses from here on."""
    state = evaluate(exercise_id, _notebook_namespace()).state
    if state == "right":
        print(_("Your own answer is used from here on."))
    elif state == "not attempted":
        print(_("No answer yet: the solution in this cell is used from here on."))
    else:
        print(_("Your answer does not pass yet: the solution in this cell is used from here on."))
    return state != "right"


def evaluate(exercise_id: str, namespace: dict[str, Any]) -> Feedback:
    """Judge the answers found in `namespace`, a mapping of names to values as a notebook's globals are.

    An exercise of another edition of the course is not attempted, so that a learner's old notebook runs to its end.

    Raises:
        CourseError: a cell above, which keeps what the answer is judged against, has not run.
    """
    importlib.import_module(f"course.check.lesson_{exercise_id.split('.')[0]}")
    if exercise_id not in _JUDGES:
        text = _("the exercise {name} is of another edition of the course, and nobody judges it here; go on below.")
        return Feedback("not attempted", text.format(name=exercise_id))
    judging = _JUDGES[exercise_id]
    parameters = inspect.signature(judging).parameters.values()
    answers = {p.name: namespace.get(p.name, ...) for p in parameters if p.kind is not p.KEYWORD_ONLY}
    kept = {p.name: untouched(p.name) for p in parameters if p.kind is p.KEYWORD_ONLY}
    blanks = [name for name, value in answers.items() if value is ... or value is None]
    if blanks:
        return Feedback("not attempted", _("fill in {names} in the cell above.").format(names=", ".join(blanks)))
    try:
        return judging(**answers, **kept)
    except Exception as error:  # a learner's answer can be anything, and so can what it raises
        return not_yet(f"{type(error).__name__}: {error}", _("an answer that can be checked"))


def _notebook_namespace() -> dict[str, Any]:
    from IPython import get_ipython

    return get_ipython().user_ns


def _short(value: object) -> str:
    """A value in a few characters: arrays and tensors by type and shape, anything else by its repr."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return _("{type} of shape {shape}").format(type=type(value).__name__, shape=tuple(shape))
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
