"""The same seed on the same machine gives the same figures; with other threads they move by little."""

from __future__ import annotations

import pytest
from lesson_runs import NEEDS, SET_OF, edition_with, run_changed
from sharing import THREADS

from course.paths import available_lessons

pytestmark = pytest.mark.soak
TOLERANCE = 0.05
"""By how much a share may move with the number of threads, on a small part of the data; a perplexity by this part."""


@pytest.fixture
def figures(tmp_path, editions, monkeypatch):
    """``figures(lesson, threads)``: its metrics after a short run with that many threads."""
    runs = iter(range(100))

    def run(lesson: str, threads: int) -> dict[str, float]:
        for name in THREADS:
            monkeypatch.setenv(name, str(threads))
        folder = tmp_path / str(next(runs))
        monkeypatch.setenv("COURSE_MODELS", str(folder / "models"))
        for name in (NEEDS.get(lesson), lesson):
            if name:
                edition = edition_with(SET_OF[name], editions)
                outcome, _asked = run_changed(name, folder / name, edition, less_data=True)
                assert outcome.status == "passed", outcome.reason
        return outcome.metrics

    return run


@pytest.mark.parametrize("lesson", available_lessons())
def test_two_runs_with_one_thread_are_equal_to_the_last_digit(figures, lesson):
    assert figures(lesson, threads=1) == figures(lesson, threads=1)


@pytest.mark.parametrize("lesson", available_lessons())
def test_another_number_of_threads_changes_little(figures, lesson):
    one, two = figures(lesson, threads=1), figures(lesson, threads=2)
    for metric, value in one.items():
        scale = 1 if value <= 1 else value
        assert abs(two[metric] - value) <= TOLERANCE * scale, (metric, value, two[metric])
