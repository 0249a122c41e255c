"""Fixtures that several test modules share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course.paths import ROOT


@pytest.fixture(scope="session")
def editions() -> dict[str, Path]:
    """Folders of the editions there are, by name: the embedded one, and a real one where there is (``COURSE_REAL``)."""
    real = ROOT / os.environ.get("COURSE_REAL", "../shared/real")
    return {"embedded": ROOT / "data"} | ({"real": real.resolve()} if real.is_dir() else {})


@pytest.fixture(scope="session")
def real_edition(editions: dict[str, Path]) -> Path:
    """Folder of a real edition of the data."""
    if "real" not in editions:
        pytest.skip("no real edition of the data here (COURSE_REAL)")
    return editions["real"]


@pytest.fixture(scope="session")
def bring_models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path, Path], None]:
    """``bring_models(lesson, edition, models)`` saves what `lesson` needs of an earlier one, learned on less data."""
    from lesson_runs import NEEDS, run_changed

    done: dict[tuple[str, Path], Path] = {}

    def bring(lesson: str, edition: Path, models: Path) -> None:
        before = NEEDS.get(lesson)
        if before and (before, edition) not in done:
            folder = tmp_path_factory.mktemp(f"few-{before}")
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv("COURSE_MODELS", str(folder / "models"))
                outcome, _answers = run_changed(before, folder, edition, less_data=True)
            assert outcome.status == "passed", f"{before}, {outcome.cell}: {outcome.reason}"
            done[before, edition] = folder / "models"
        if before:
            shutil.copytree(done[before, edition], models)

    return bring


@pytest.fixture
def fresh_session() -> Iterator[None]:
    """A session of ``course.check`` in which nothing is kept, and nothing stays."""
    from course.check.session import SESSION  # starts TensorFlow

    SESSION.kept.clear()
    yield
    SESSION.kept.clear()
