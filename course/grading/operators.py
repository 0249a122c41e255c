"""Look at a network's flatbuffer before anything runs it: built-in operators only, and not absurdly many of anything.

Usage: ``problem = inspect(data, schema)``. Runs inside the locked process; `schema` is TensorFlow's generated reader
of the format, pure Python, in which a damaged file raises and cannot do worse. Imports nothing of the course.
"""

from __future__ import annotations

from types import ModuleType

MAX_CODES, MAX_SUBGRAPHS, MAX_OPERATORS, MAX_TENSORS = 300, 100, 20_000, 50_000
"""An EfficientNet-Lite0 has 7 kinds of operators, 1 graph, 64 operators and 165 tensors."""


def inspect(data: bytes, schema: ModuleType) -> tuple[str, str] | None:
    """What is wrong with the network in `data`.

    Returns:
        A reason that :mod:`course.grading.process` knows, and what was found; ``None`` where nothing is wrong.

    Raises:
        Exception: anything at all, if `data` is damaged.
    """
    if data[4:8] != b"TFL3":
        return "damaged", "no TFL3"
    model = schema.Model.GetRootAs(data, 0)
    if model.SubgraphsLength() == 0:
        return "damaged", "no graph"
    if model.OperatorCodesLength() > MAX_CODES or model.SubgraphsLength() > MAX_SUBGRAPHS:
        return "size", f"{model.OperatorCodesLength()} operators, {model.SubgraphsLength()} graphs"
    for number in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(number)
        if code.CustomCode() is not None or schema.BuiltinOperator.CUSTOM in (
            code.BuiltinCode(),
            code.DeprecatedBuiltinCode(),
        ):
            name = code.CustomCode() or b"?"
            return "custom", name[:60].decode("ascii", "replace")
    graphs = [model.Subgraphs(number) for number in range(model.SubgraphsLength())]
    operators = sum(graph.OperatorsLength() for graph in graphs)
    tensors = sum(graph.TensorsLength() for graph in graphs)
    if operators > MAX_OPERATORS or tensors > MAX_TENSORS:
        return "size", f"{operators} operators, {tensors} tensors"
    return None
