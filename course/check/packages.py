"""The packages that optional notebooks need beyond the lessons': whether they are there, and keeping them quiet.

Usage, in a notebook::

    from course.check import packages

    packages.need("tf2onnx", "onnxruntime")
    with packages.quietly():
        model = converter.convert()
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
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


@contextmanager
def quietly() -> Iterator[None]:
    """Hold back what converters and runtimes write of their own accord, some of it from C++; errors still show."""
    from course.check.tensorflow_start import stderr_aside

    logging.disable(logging.INFO)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), stderr_aside():
            yield
    finally:
        logging.disable(logging.NOTSET)
