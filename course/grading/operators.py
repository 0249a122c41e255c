"""Inspect a network's flatbuffer before anything runs it: built-in operators without a memory, in sane numbers.

Usage: ``problem = inspect(data, schema)``. Runs inside the locked process; `schema` is TensorFlow's generated reader
of the format, pure Python, in which a damaged file raises and cannot do worse. Imports nothing of the course.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

MAX_CODES, MAX_SUBGRAPHS, MAX_OPERATORS, MAX_TENSORS = 300, 100, 20_000, 50_000
"""An EfficientNet-Lite0 has 7 kinds of operators, 1 graph, 64 operators and 165 tensors."""
REMEMBERING = (
    "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE",
    "HASHTABLE", "HASHTABLE_FIND", "HASHTABLE_IMPORT", "HASHTABLE_SIZE",
    "MULTINOMIAL", "RANDOM_STANDARD_NORMAL", "RANDOM_UNIFORM", "EMBEDDING_LOOKUP",
)  # fmt: skip
"""Operators whose answer depends on what ran before; one that is random with a seed counts how often it ran, and one
that looks up leaves half of an output unwritten whose type is wider than that of its table."""
SEVERAL_OUTPUTS = ("IF", "SPLIT", "SPLIT_V", "TOPK_V2", "UNIQUE", "UNPACK", "WHILE")
"""Operators that write more than one tensor. Some others accept a second one, which they never write."""


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
    remembering = {getattr(schema.BuiltinOperator, name, None): name for name in REMEMBERING}
    for number in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(number)
        kinds = (code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if code.CustomCode() is not None or schema.BuiltinOperator.CUSTOM in kinds:
            name = code.CustomCode() or b"?"
            return "custom", name[:60].decode("ascii", "replace")
        if found := [remembering[kind] for kind in kinds if kind in remembering]:
            return "memory of images", found[0]
    graphs = [model.Subgraphs(number) for number in range(model.SubgraphsLength())]
    operators = sum(graph.OperatorsLength() for graph in graphs)
    tensors = sum(graph.TensorsLength() for graph in graphs)
    if operators > MAX_OPERATORS or tensors > MAX_TENSORS:
        return "size", f"{operators} operators, {tensors} tensors"
    several = {getattr(schema.BuiltinOperator, name) for name in SEVERAL_OUTPUTS}
    codes = [model.OperatorCodes(number) for number in range(model.OperatorCodesLength())]
    single = {
        number
        for number, code in enumerate(codes)
        if max(code.BuiltinCode(), code.DeprecatedBuiltinCode()) not in several
    }
    found = next(filter(None, (_remembered(graph, model, single) for graph in graphs)), None)
    return found and ("memory of images", found)


def _remembered(graph: Any, model: Any, single: set[int]) -> str:
    """What one run of `graph` could learn of the run before, if anything: a state, or a tensor not written in this run.

    A constant that an operator writes to would be a state as well, and so is what an operator is given to write, but
    leaves alone. `single` has the places of the operator codes that write one tensor.
    """
    tensors = [graph.Tensors(number) for number in range(graph.TensorsLength())]
    if any(tensor.IsVariable() for tensor in tensors):
        return "is_variable"
    constant = {number for number, tensor in enumerate(tensors) if _is_constant(tensor, model)}
    known = constant | set(_numbers(graph.InputsAsNumpy()))
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        written = set(_numbers(operator.OutputsAsNumpy()))
        if operator.OutputsLength() > 1 and operator.OpcodeIndex() in single:
            return "unwritten tensor"
        if not set(_numbers(operator.InputsAsNumpy())) - {-1} <= known or written & constant:
            return "unwritten tensor"
        known |= written
    return "" if set(_numbers(graph.OutputsAsNumpy())) <= known else "unwritten tensor"


def _is_constant(tensor: Any, model: Any) -> bool:
    """Whether the file holds the values of `tensor`, or it has none."""
    return model.Buffers(tensor.Buffer()).DataLength() > 0 or 0 in _numbers(tensor.ShapeAsNumpy())


def _numbers(vector: Any) -> list[int]:
    """The values of a vector of the flatbuffer; an absent one is read as 0."""
    return [] if isinstance(vector, int) else vector.tolist()
