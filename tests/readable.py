"""What makes a notebook readable for everybody, as far as its source can tell; docs/conventions.md has it in words.

Usage: ``barriers(notebook)`` lists them for a canonical notebook. That pictures have an alternative text and headings
their order is in `contract.py`. Whoever writes lessons reads the complaints, so they are not translated.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from course.runner.notebooks import Notebook, source_of

CHARTS = {"plot", "scatter", "bar", "barh", "hist", "loglog", "semilogx", "semilogy", "vlines", "axhline", "matshow"}
"""Methods that draw numbers; ``plot.bar`` and the like of pandas end in them, too."""
LINES = {"plot", "loglog", "semilogx", "semilogy"}
STYLES = {"marker", "linestyle", "hatch"}
Doing = Callable[[ast.Call], bool]
COLOR_MAPS = {"gray", "viridis", "cividis", "Blues", "Blues_r", "Greys", "Oranges", "Purples"}
"""Maps that everybody can order from dark to light, in print too."""
DIVERGING = {"PuOr", "PuOr_r", "RdBu", "RdBu_r", "coolwarm"}
"""Maps for signed values whose two sides color-blind readers can tell apart."""
COLORS = {"gray", "black", "white", "none"} | {f"C{number}" for number in range(10)}
"""Those of the style that lessons set, which were chosen for color-blind readers, and shades of gray."""


def barriers(notebook: Notebook) -> list[str]:
    """What keeps somebody out of `notebook`, a line each, with the cell's id; empty if nothing is found."""
    cells = notebook["cells"]
    trees = [_tree(cell) for cell in cells]
    showing = _functions_that(trees, _shows)
    charting = _functions_that(trees, _charts)
    printing = _functions_that(trees, _prints)
    found = []
    for number, (cell, tree) in enumerate(zip(cells, trees, strict=True)):
        if cell["cell_type"] == "markdown":
            found += [f"{cell['id']}: {one}" for one in _tables(source_of(cell))]
            continue
        found += [f"{cell['id']}: {one}" for one in (*_colors(tree), *_color_alone(tree))]
        if (
            _does(tree, _shows, showing)
            and _does(tree, _charts, charting)
            and not _explained(cells, trees, number, printing)
        ):
            found.append(
                f"{cell['id']}: nothing below the plot says what to see: print numbers, say it in the title or in prose"
            )
    return found


def _tree(cell: Notebook) -> ast.Module:
    return ast.parse(source_of(cell)) if cell["cell_type"] == "code" else ast.Module([], [])


def _tables(text: str) -> Iterator[str]:
    """Markdown and HTML tables without a header."""
    prose = re.sub(r"```.*?(```|\Z)", "", text, flags=re.DOTALL)
    for header in re.findall(r"^([^\n]*)\n[ ]*\|?[ ]*:?-{2,}:?[ ]*(?=\|)[-:| ]*$", prose, re.MULTILINE):
        if not all(name.strip() for name in header.strip().strip("|").split("|")):
            yield "a table has a column without a header"
    for table in re.findall(r"<table.*?</table>", prose, re.DOTALL):
        if "<th" not in table:
            yield "a table has no header"


def _functions_that(trees: list[ast.Module], do: Doing) -> set[str]:
    """Names of the notebook's functions that do something, themselves or by calling another one of them."""
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found: set[str] = set()
    for _round in functions:
        found |= {function.name for function in functions if _does(function, do, found)}
    return found


def _does(tree: ast.AST, do: Doing, functions: set[str]) -> bool:
    """Whether `tree` does it, or calls one of `functions`; a definition alone does nothing."""
    inside = tree.body if isinstance(tree, ast.FunctionDef) else [n for n in tree.body if not _defines(n)]
    calls = [call for node in inside for call in ast.walk(node) if isinstance(call, ast.Call)]
    return any(do(call) or (isinstance(call.func, ast.Name) and call.func.id in functions) for call in calls)


def _defines(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.ClassDef))


def _shows(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and ast.unparse(call.func) == "plt.show"


def _charts(call: ast.Call) -> bool:
    """Whether `call` draws numbers; a mark on a picture, ``plot`` of a single place, is none."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in CHARTS:
        return False
    single = len(call.args) == 2 and all(isinstance(arg, ast.BinOp) and not _calls(arg) for arg in call.args)
    return not (call.func.attr == "plot" and single)


def _calls(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Call) for one in ast.walk(node))


def _explained(cells: list[Notebook], trees: list[ast.Module], number: int, printing: set[str]) -> bool:
    """Whether figures follow the plot of cell `number`, in its own output or that of the next cell, or prose does."""
    if _says(trees[number], printing) or number + 1 == len(cells):
        return _says(trees[number], printing)
    below = cells[number + 1]
    if below["cell_type"] == "code":
        return _says(trees[number + 1], printing) and not re.search(r"\.(compile|fit)\(", source_of(below))
    return not source_of(below).startswith("#")


def _says(tree: ast.Module, printing: set[str]) -> bool:
    """Whether a cell prints something, or ends with a value, which the notebook shows."""
    last = tree.body[-1] if tree.body else None
    ends_with_value = isinstance(last, ast.Expr) and not _shows(last.value) and not _calls_a_name(last.value)
    return ends_with_value or _does(tree, _prints, printing)


def _prints(call: ast.Call) -> bool:
    """Whether `call` prints, or gives a plot a title that says what to see: with numbers in it, or a sentence."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("title", "set_title", "suptitle") and call.args:
        text = call.args[0]
        return isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and len(str(text.value).split()) > 3)
    return isinstance(call.func, ast.Name) and call.func.id in ("print", "display")


def _calls_a_name(node: ast.expr) -> bool:
    """Whether `node` is a call such as ``show_row(images)``, which returns nothing."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _colors(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            if not isinstance(value, str):
                continue
            if keyword.arg == "cmap" and value not in COLOR_MAPS | DIVERGING:
                yield f"not everybody can read the colors of the map “{value}”; take {', '.join(sorted(COLOR_MAPS))}"
            if keyword.arg in ("color", "c", "facecolor", "edgecolor") and value not in COLORS:
                yield f"the color “{value}” is not one of the style's"


def _color_alone(tree: ast.Module) -> Iterator[str]:
    """Series in one plot that nothing but their color tells apart."""
    series: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    looped = {id(call) for loop in ast.walk(tree) if isinstance(loop, ast.For) for call in ast.walk(loop)}
    hatched = any(isinstance(node, ast.Call) and _has(node, "hatch") for node in ast.walk(tree))
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        plot, kind = ast.unparse(call.func.value), call.func.attr
        if kind in CHARTS and _has(call, "label"):
            given = [word for word in call.keywords if word.arg in STYLES]
            look = ("line" if kind in LINES else kind,)
            series[plot].append(look + tuple(f"{word.arg} {ast.unparse(word.value)}" for word in given))
            varied = any(not isinstance(word.value, ast.Constant) for word in given)
            if id(call) in looped and not varied and _several(call, tree):
                yield f"nothing but the color tells the series of {plot}.{kind} in the loop apart"
        if plot.endswith(".plot") and kind in ("bar", "barh", "line") and _legend(tree) and not hatched:
            yield f"nothing but the color tells the series of {plot}.{kind} apart; hatch one of them"
    for plot, looks in series.items():
        if len({*looks}) < len(looks):
            yield f"nothing but the color tells two series of {plot} apart; give them markers, line styles or hatches"


def _has(call: ast.Call, name: str) -> bool:
    return any(keyword.arg == name for keyword in call.keywords)


def _legend(tree: ast.Module) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == "legend" for n in ast.walk(tree))


def _several(call: ast.Call, tree: ast.Module) -> bool:
    """Whether `call`, in a loop, draws several series into the same axes: the axes are no variable of the loop."""
    named = next(word.value for word in call.keywords if word.arg == "label")
    loops = [loop for loop in ast.walk(tree) if isinstance(loop, ast.For)]
    around = [loop for loop in loops if any(one is call for one in ast.walk(loop))]
    targets = {ast.unparse(name) for loop in around for name in ast.walk(loop.target)}
    return not isinstance(named, ast.Constant) and ast.unparse(call.func.value) not in targets
