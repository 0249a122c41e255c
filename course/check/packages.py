"""The packages that notebooks import: are they installed, in which versions, and which command installs them.

The lessons need those of ``requirements.txt``; what the extras need besides stands in ``requirements-extras.txt``.

Usage, in an extra::

    from course.check import packages

    packages.need("tf2onnx", "onnxruntime")
    with packages.quietly():
        model = converter.convert()
"""

from __future__ import annotations

import importlib
import io
import logging
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.util import find_spec

from course.messages import CourseError, _

LESSON_PACKAGES = {
    "tensorflow": "tensorflow",
    "keras": "keras",
    "numpy": "numpy",
    "pandas": "pandas",
    "matplotlib": "matplotlib",
    "PIL": "pillow",
    "scipy": "scipy",
}
"""What the lessons import, and the name by which pip installs it."""


def need_lesson_packages() -> None:
    """Check that everything the lessons import is installed.

    Raises:
        CourseError: what is missing, and one pip command that adds it and leaves the installed packages as they are.
    """
    importlib.invalidate_caches()  # pip may have run in this notebook
    missing = [distribution for module, distribution in LESSON_PACKAGES.items() if not find_spec(module)]
    if not missing:
        return
    wanted = list(missing)
    if "tensorflow" in missing and (find_spec("torch") or find_spec("jax")):
        wanted[missing.index("tensorflow")] = "tensorflow-cpu"  # the GPU is the other framework's
    if "numpy" not in missing:  # all of them build on it, and the newest might want a newer one
        wanted.append(f"numpy=={importlib.import_module('numpy').__version__}")
    text = _(
        "Not installed in this Python ({python}): {names}; open the lessons with `python -m course lab`, or run"
        " `%pip install {wanted}` in a new cell, which leaves the other packages as they are."
    )
    raise CourseError(text.format(python=sys.executable, names=", ".join(missing), wanted=" ".join(wanted)))


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


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute, as far as this process has loaded them.

    They come from the modules: what is imported as tensorflow may be installed as tensorflow-cpu or by conda.
    """
    names = ("tensorflow", "jax", "torch", "keras", "numpy")
    loaded = {name: sys.modules[name].__version__ for name in names if name in sys.modules}
    return {"python": platform.python_version()} | loaded


@contextmanager
def quietly() -> Iterator[None]:
    """Hold back what converters and runtimes write of their own accord, some of it from C++; errors still show."""
    from course.tensorflow_start import stderr_aside

    logging.disable(logging.INFO)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), stderr_aside():
            yield
    finally:
        logging.disable(logging.NOTSET)
