"""extras/homographies.ipynb: what it says of matrices, sharpness and the order of speeds is true."""

from __future__ import annotations

from lesson_runs import UNTRUE, changed_copy, edition_with, holds

from course.paths import ROOT

NOTEBOOK = ROOT / "extras" / "homographies.ipynb"


def test_it_runs_and_what_it_says_is_true(editions, tmp_path):
    holds(changed_copy(str(NOTEBOOK), tmp_path, less_data=True, ask=UNTRUE), edition_with("asl_data", editions))
