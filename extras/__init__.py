"""What goes beyond the lessons: optional notebooks, and the service that ``python -m course serve`` starts.

No lesson imports from here. What the extras need besides the lessons' packages stands in ``requirements-extras.txt``.

Usage, in a notebook::

    import extras

    extras.need("tf2onnx", "onnxruntime")
"""

from __future__ import annotations

from importlib.util import find_spec

from course.messages import CourseError, _


def need(*modules: str) -> None:
    """Check that packages of ``requirements-extras.txt`` are there, by the names that they are imported as.

    Raises:
        CourseError: which are missing, and the command that installs them.
    """
    missing = [name for name in modules if not find_spec(name)]
    if missing:
        text = _(
            "Not installed: {names}; `python -m course setup --extras` installs what the extras need, then open this"
            " notebook from `python -m course lab`."
        )
        raise CourseError(text.format(names=", ".join(missing)))
