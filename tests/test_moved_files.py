"""A notebook of the first edition that reads what has another name now is told so in one sentence."""

from __future__ import annotations

import pytest
from kernel_cells import run_cells

CHECK = """
import sys
import pandas as pd
from pathlib import Path
from course import check
from course.paths import ROOT
check.data(ROOT / "data", "asl_data")
"""


def said(output: dict) -> str:
    return "\n".join(output["traceback"])


@pytest.mark.parametrize("part", ["train", "valid"])
def test_a_first_edition_notebook_that_reads_a_csv_gz_stops_with_one_sentence(tmp_path, part):
    read = f'pd.read_csv(ROOT / "data" / "asl_data" / "sign_mnist_{part}.csv.gz", dtype="uint8")'
    ((output,),) = run_cells(tmp_path, CHECK, read, may_fail=True)
    assert output["output_type"] == "error" and output["ename"] == "CourseError"
    assert said(output).startswith(f"data/asl_data/sign_mnist_{part}.csv.gz is called sign_mnist_{part}.csv.xz since")
    assert "`python -m course reset NUMBER`" in said(output) and "\n" not in said(output)


def test_any_other_missing_file_is_told_as_python_tells_it(tmp_path):
    ((output,),) = run_cells(tmp_path, CHECK, 'open("elephant.csv.gz")', may_fail=True)
    assert output["ename"] == "FileNotFoundError" and "elephant.csv.gz" in said(output) and "\n" in said(output)
