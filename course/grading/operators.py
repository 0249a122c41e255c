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
"""Operators whose answer depends on what ran before. One that is random with a seed counts its runs; a lookup leaves
half of its output unwritten where the output's type is wider than the table's."""
SEVERAL_OUTPUTS = ("IF", "SPLIT", "SPLIT_V", "TOPK_V2", "UNIQUE", "UNPACK", "WHILE")
"""Operators that write more than one tensor. Some others accept a second one, which they never write."""
CONVERTING = (
    "ARG_MAX", "ARG_MIN", "BITCAST", "BUCKETIZE", "CAST", "COMPLEX_ABS", "DEQUANTIZE", "EQUAL", "GREATER",
    "GREATER_EQUAL", "IF", "IMAG", "LESS", "LESS_EQUAL", "NOT_EQUAL", "QUANTIZE", "RANK", "REAL", "RFFT2D", "SHAPE",
    "STABLEHLO_COMPOSITE", "WHERE", "WHILE",
)  # fmt: skip
"""Operators whose output has a type of its own. All others have the same type in and out, but many of their kernels do
not compare the two: they leave part of a wider output unwritten, and write past the end of a narrower one."""
DATA = {
    "CONV_3D_TRANSPOSE": 2, "EMBEDDING_LOOKUP_SPARSE": 4, "FILL": 1, "ONE_HOT": 2, "SCATTER_ND": 1, "SELECT": 1,
    "SELECT_V2": 1, "SPARSE_TO_DENSE": 2, "SPLIT": 1, "TRANSPOSE_CONV": 2,
}  # fmt: skip
"""Which input has the type of the output, where it is not the first."""
FLOATS = ("FAKE_QUANT", "MATRIX_DIAG", "MATRIX_SET_DIAG")
"""Operators that are taken for float32 alone: of other types they leave a part unwritten, or read beyond an end."""
WRITING_NOTHING = {"NOT_EQUAL": "INT16"}
"""Operators that accept this type and write nothing for it."""


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
    known = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
    codes = [model.OperatorCodes(number) for number in range(model.OperatorCodesLength())]
    names = [known.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()), "") for code in codes]
    found = next(filter(None, (_remembered(graph, model, names, schema.TensorType) for graph in graphs)), None)
    return found and ("memory of images", found)


def _remembered(graph: Any, model: Any, names: list[str], types: Any) -> str:
    """What one run of `graph` could learn of the run before, if anything: a state, or a tensor not written in this run.

    A constant that an operator writes to would be a state as well, and so is what an operator is given to write, but
    leaves alone. `names` are those of the operator codes, `types` numbers the types of tensors.
    """
    tensors = [graph.Tensors(number) for number in range(graph.TensorsLength())]
    if any(tensor.IsVariable() for tensor in tensors):
        return "is_variable"
    constant = {number for number, tensor in enumerate(tensors) if _is_constant(tensor, model)}
    known = constant | set(_numbers(graph.InputsAsNumpy()))
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        inputs, outputs = _numbers(operator.InputsAsNumpy()), _numbers(operator.OutputsAsNumpy())
        name, written = names[operator.OpcodeIndex()], set(outputs)
        if len(outputs) > 1 and name not in SEVERAL_OUTPUTS:
            return "unwritten tensor"
        if not set(inputs) - {-1} <= known or written & constant:
            return "unwritten tensor"
        read = [tensors[number].Type() for number in inputs]  # of one that is absent, -1, any type will do
        if outputs and not _has_its_types(name, read, tensors[outputs[0]].Type(), types):
            return f"{name}, another type"
        known |= written
    return "" if set(_numbers(graph.OutputsAsNumpy())) <= known else "unwritten tensor"


def _has_its_types(name: str, read: list[int], written: int, types: Any) -> bool:
    """Whether the operator `name` writes all of its output, by the types that it reads and writes."""
    if name in FLOATS:
        return {*read, written} == {types.FLOAT32}
    if name in WRITING_NOTHING and read[0] == getattr(types, WRITING_NOTHING[name]):
        return False
    return name in CONVERTING or read[DATA.get(name, 0)] == written


def _is_constant(tensor: Any, model: Any) -> bool:
    """Whether the file holds the values of `tensor`, or it has none."""
    return model.Buffers(tensor.Buffer()).DataLength() > 0 or 0 in _numbers(tensor.ShapeAsNumpy())


def _numbers(vector: Any) -> list[int]:
    """The values of a vector of the flatbuffer; an absent one is read as 0."""
    return [] if isinstance(vector, int) else vector.tolist()
