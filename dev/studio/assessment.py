"""The learner's copy of the assessment, generated from the solved one.

Usage: ``python -m dev.studio.assessment`` in the root of the checkout, after a change in
``dev/solutions/07_assessment.ipynb``; then ``python -m dev.studio.korean`` brings ``ko/07_assessment.ipynb``, the same
copy in Korean, up to date. In the solved notebook an answer stands between the lines ``# region FIXME`` and ``#
endregion``; the copy has a blank for each name that is assigned or defined there. Cells with the tag ``answer`` are
left out. `tests/test_lesson_07.py` holds the two in step.
"""

from __future__ import annotations

import ast
import re

from course.files import write_text
from course.paths import ROOT
from course.runner import notebooks

SOLVED = ROOT / "dev" / "solutions" / "07_assessment.ipynb"
COPY = ROOT / "07_assessment.ipynb"
REGION = re.compile(r"^# region FIXME\n(.*?)^# endregion\n", re.MULTILINE | re.DOTALL)


def learners_copy(solved: notebooks.Notebook) -> notebooks.Notebook:
    """The notebook `solved` with blanks in place of its answers, in canonical form."""
    made = notebooks.canonical(solved)
    made["cells"] = [cell for cell in made["cells"] if "answer" not in cell["metadata"].get("tags", ())]
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            text = REGION.sub(lambda region: blanks(region[1]), notebooks.source_of(cell))
            cell["source"] = text.splitlines(keepends=True)
        else:  # links count from the notebook's folder
            cell["source"] = notebooks.source_of(cell).replace("](../../", "](").splitlines(keepends=True)
    return made


def blanks(answer: str) -> str:
    """A blank for each statement of `answer`: an assignment to one name, or a function.

    Raises:
        ValueError: it holds any other statement.
    """
    made = []
    for statement in ast.parse(answer).body:
        if isinstance(statement, ast.FunctionDef):
            made.append(f"def {statement.name}({ast.unparse(statement.args)}):\n    return ...  # FIXME\n")
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            made.append(f"{statement.targets[0].id} = ...  # FIXME\n")
        else:
            raise ValueError(f"no blank can be made for: {ast.unparse(statement)}")
    return "\n\n".join(made) if "def " in "".join(made) else "".join(made)


def main() -> None:
    """Write the learner's copy."""
    write_text(COPY, notebooks.dumps(learners_copy(notebooks.read(SOLVED))))
    print(COPY.relative_to(ROOT))


if __name__ == "__main__":
    main()
