"""Hostile and broken flatbuffers, each made anew: some by TensorFlow's converter, some by bending a valid one.

Usage: ``for name, make in NETWORKS.items(): flatbuffer = make()``, each of which must be refused; `GRADED` break
nothing and get the score that they deserve.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np

from course.tensorflow_start import start_tensorflow, stderr_aside

start_tensorflow()

import tensorflow as tf  # noqa: E402
from tensorflow.lite.python import schema_py_generated as schema  # noqa: E402

from course import grading  # noqa: E402

NETWORKS: dict[str, Callable[[], bytes]] = {}
GRADED: dict[str, Callable[[], bytes]] = {}
REMEMBERING: dict[str, Callable[[], bytes]] = {}
IMAGE = (1, 224, 224, 3)
VALID = Path(grading.__file__).with_name("warm_up.tflite").read_bytes()
"""A convolution, a mean and six numbers."""


def refused(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Register a network that must be refused."""
    NETWORKS[make.__name__] = make
    return make


def graded(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Register a network that gets a score, if a bad one."""
    GRADED[make.__name__] = make
    return make


def converted(function: Callable, shape: tuple = IMAGE, dtype: Any = tf.float32, **options: Any) -> bytes:
    """`function` of one image as a flatbuffer."""
    traced = tf.function(function).get_concrete_function(tf.TensorSpec(shape, dtype))
    return _convert(traced, **options)


def _convert(traced: Any, **options: Any) -> bytes:
    with stderr_aside():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
        for name, value in options.items():
            if name == "ops":
                converter.target_spec.supported_ops = value
            else:
                setattr(converter, name, value)
        return converter.convert()


def bent(change: Callable[[Any], None]) -> bytes:
    """The valid network after `change` of its parts."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(VALID, 0))
    change(model)
    builder = flatbuffers.Builder(len(VALID))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _six(x: Any) -> Any:
    """Six numbers that depend on the image."""
    return tf.reshape(tf.reduce_mean(x, axis=[0, 1, 2]), (1, 3)) @ tf.ones((3, 6))


def remembers(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Register a network whose answers depend on the images before, and which must be refused for that."""
    REMEMBERING[make.__name__] = make
    return refused(make)


@refused
def cut_off_in_the_head() -> bytes:
    return VALID[:60]


@refused
def cut_off_in_the_middle() -> bytes:
    return VALID[: len(VALID) // 2]


@refused
def cut_off_at_the_end() -> bytes:
    return VALID[:-200]


@refused
def a_head_and_noise() -> bytes:
    return VALID[:8] + bytes(i * 31 % 256 for i in range(5000))


@refused
def a_head_and_offsets_into_nowhere() -> bytes:
    return VALID[:8] + b"\xff\xff\xff\x7f" * 1000


@refused
def small_pictures() -> bytes:
    return converted(_six, (1, 32, 32, 3))


@refused
def gray_pictures() -> bytes:
    return converted(lambda x: tf.zeros((1, 6)) + tf.reduce_mean(x), (1, 224, 224, 1))


@refused
def whole_numbers_in() -> bytes:
    return converted(lambda x: _six(tf.cast(x, tf.float32)), dtype=tf.uint8)


@refused
def batches_of_thirty_two() -> bytes:
    return converted(lambda x: tf.reduce_mean(x, axis=[1, 2]) @ tf.ones((3, 6)), (32, 224, 224, 3))


@refused
def two_inputs() -> bytes:
    function = tf.function(lambda x, y: _six(x) + _six(y))
    return _convert(function.get_concrete_function(tf.TensorSpec(IMAGE), tf.TensorSpec(IMAGE)))


@refused
def two_outputs() -> bytes:
    return converted(lambda x: (_six(x), _six(x) + 1))


@refused
def five_numbers() -> bytes:
    return converted(lambda x: _six(x)[:, :5])


@refused
def a_thousand_numbers() -> bytes:
    return converted(lambda x: tf.tile(_six(x), (1, 200)))


@refused
def a_class_in_place_of_numbers() -> bytes:
    return converted(lambda x: tf.argmax(_six(x), axis=1))


@refused
def half_precision_out() -> bytes:
    return converted(lambda x: tf.cast(_six(x), tf.float16))


@refused
def a_loop_that_never_ends() -> bytes:
    def function(x):
        _n, y = tf.while_loop(lambda n, y: n >= 0.0, lambda n, y: (n * 0.5 + 1.0, y * 0.5 + n), (x[0, 0, 0, 0] * 0, x))
        return _six(y)

    return converted(function)


@refused
def a_loop_that_only_ends_on_gray() -> bytes:
    """It answers the gray picture of the test at the start, and no other."""

    def function(x):
        busy = tf.reduce_max(tf.abs(x - 128.0))
        y = tf.while_loop(lambda y: busy > 0.0, lambda y: (y * 0.5 + busy,), (x,))[0]
        return _six(y)

    return converted(function)


@refused
def gigabytes() -> bytes:
    def function(x):
        wide = tf.reshape(x, (1, -1)) * tf.reshape(x, (-1, 1))  # 150,528²: 90 GB
        return tf.zeros((1, 6)) + tf.reduce_sum(wide)

    return converted(function)


@refused
def memory_without_end() -> bytes:
    """A tensor that doubles in a loop."""

    def function(x):
        y = tf.while_loop(
            lambda y: tf.size(y) > 0,
            lambda y: (tf.concat([y, y], 0),),
            (tf.reshape(x, (-1,)),),
            shape_invariants=(tf.TensorShape([None]),),
        )[0]
        return tf.zeros((1, 6)) + tf.reduce_sum(y)

    return converted(function)


@refused
def an_operator_of_tensorflow() -> bytes:
    ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    return converted(lambda x: _six(x) + tf.reduce_sum(tf.linalg.inv(x[0, :3, :3, 0] + 300 * tf.eye(3))), ops=ops)


@refused
def an_operator_of_its_own() -> bytes:
    def change(model: Any) -> None:
        code = model.operatorCodes[0]
        code.builtinCode, code.deprecatedBuiltinCode, code.customCode = schema.BuiltinOperator.CUSTOM, 32, "Evil"

    return bent(change)


@refused
def an_operator_of_its_own_that_claims_to_be_built_in() -> bytes:
    def change(model: Any) -> None:
        model.operatorCodes[0].customCode = "FlexReadFile"

    return bent(change)


@refused
def an_unknown_operator() -> bytes:
    def change(model: Any) -> None:
        model.operatorCodes[0].builtinCode = 100_000

    return bent(change)


@refused
def thousands_of_operators() -> bytes:
    def change(model: Any) -> None:
        model.subgraphs[0].operators = model.subgraphs[0].operators * 20_000

    return bent(change)


@refused
def operators_that_read_tensors_that_are_not_there() -> bytes:
    def change(model: Any) -> None:
        for operator in model.subgraphs[0].operators:
            operator.inputs = [1_000_000 for _input in operator.inputs]

    return bent(change)


@refused
def operators_that_read_before_the_first_tensor() -> bytes:
    def change(model: Any) -> None:
        for operator in model.subgraphs[0].operators:
            operator.inputs = [-100_000 for _input in operator.inputs]

    return bent(change)


@refused
def buffers_that_are_not_there() -> bytes:
    def change(model: Any) -> None:
        for tensor in model.subgraphs[0].tensors:
            tensor.buffer = 4_000_000_000

    return bent(change)


@refused
def weights_with_too_few_bytes() -> bytes:
    def change(model: Any) -> None:
        for buffer in model.buffers:
            if buffer.data is not None and len(buffer.data) > 100:
                buffer.data = np.asarray(buffer.data)[:7]

    return bent(change)


@refused
def negative_sizes() -> bytes:
    def change(model: Any) -> None:
        for tensor in model.subgraphs[0].tensors:
            tensor.shape = [-7 for _size in tensor.shape]

    return bent(change)


@refused
def sizes_that_overflow() -> bytes:
    def change(model: Any) -> None:
        for tensor in model.subgraphs[0].tensors[1:]:
            tensor.shape = [2**31 - 1, 2**31 - 1, 2**31 - 1, 4]

    return bent(change)


@refused
def no_graph() -> bytes:
    def change(model: Any) -> None:
        model.subgraphs = []

    return bent(change)


@refused
def a_shape_that_depends_on_the_picture() -> bytes:
    return converted(
        lambda x: tf.reshape(tf.boolean_mask(x, x > 100.0)[:6], (1, -1))[:, : tf.cast(x[0, 0, 0, 0], tf.int32)]
    )


@graded
def not_a_number() -> bytes:
    return converted(lambda x: _six(x) * 0 + tf.constant(np.nan, tf.float32))


@graded
def infinite() -> bytes:
    return converted(lambda x: tf.exp(_six(x) * 100))


@graded
def always_the_same() -> bytes:
    return converted(lambda x: tf.constant([[0.0, 0, 1, 0, 0, 0]]) + 0 * tf.reduce_mean(x))


@graded
def all_equal() -> bytes:
    return converted(lambda x: tf.zeros((1, 6)) + 0 * tf.reduce_mean(x))


@refused
def at_random() -> bytes:
    return converted(lambda x: tf.random.uniform((1, 6)) + 0 * tf.reduce_mean(x))


@remembers
def counts_by_a_random_number_with_a_seed() -> bytes:
    return converted(lambda x: tf.random.uniform((1, 6), seed=7) + 0 * tf.reduce_mean(x))


@remembers
def counts_in_a_variable() -> bytes:
    class Counting(tf.Module):
        def __init__(self) -> None:
            self.calls = tf.Variable(0.0)

        @tf.function(input_signature=[tf.TensorSpec(IMAGE)])
        def __call__(self, x):
            return tf.zeros((1, 6)) + self.calls.assign_add(1.0) + 0 * tf.reduce_mean(x)

    counting = Counting()
    traced = counting.__call__.get_concrete_function()
    with stderr_aside():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], counting)
        converter.experimental_enable_resource_variables = True
        return converter.convert()


@remembers
def looks_up_a_table() -> bytes:
    def change(model: Any) -> None:
        model.operatorCodes[0].builtinCode = schema.BuiltinOperator.HASHTABLE_FIND
        model.operatorCodes[0].deprecatedBuiltinCode = 127

    return bent(change)


def _tensor(model: Any, kind: int = schema.TensorType.FLOAT32, values: bytes = b"") -> int:
    """Add a tensor of six numbers of the type `kind`, a constant if it has `values`; its number."""
    made = schema.TensorT()
    made.shape, made.type, made.buffer = [1, 6], kind, 0
    if values:
        made.buffer, constant = len(model.buffers), schema.BufferT()
        constant.data = list(values)
        model.buffers.append(constant)
    model.subgraphs[0].tensors.append(made)
    return len(model.subgraphs[0].tensors) - 1


def _operator(model: Any, kind: str, inputs: list[int], outputs: list[int]) -> Any:
    """An operator that the graph does not run yet, with the options of its kind as they are by default."""
    code, made = schema.OperatorCodeT(), schema.OperatorT()
    code.builtinCode = getattr(schema.BuiltinOperator, kind)
    code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), 1
    made.opcodeIndex, made.inputs, made.outputs = len(model.operatorCodes), inputs, outputs
    model.operatorCodes.append(code)
    options = "".join(map(str.capitalize, kind.split("_"))) + "Options"
    if hasattr(schema.BuiltinOptions, options):
        made.builtinOptionsType = getattr(schema.BuiltinOptions, options)
        made.builtinOptions = getattr(schema, f"{options}T")()
    return made


@remembers
def looks_up_into_an_output_of_a_wider_type() -> bytes:
    def change(model: Any) -> None:
        graph = model.subgraphs[0]
        graph.operators.append(_operator(model, "EMBEDDING_LOOKUP", graph.outputs, graph.outputs))

    return bent(change)


@remembers
def keeps_a_state_in_a_tensor() -> bytes:
    """The state of a recurrent operator, which goes on from one image to the next."""

    def change(model: Any) -> None:
        model.subgraphs[0].tensors[-1].isVariable = True

    return bent(change)


@remembers
def reads_what_the_image_before_left() -> bytes:
    """It adds one to a tensor that it has not written yet: the answers count the images."""

    def change(model: Any) -> None:
        graph, counter = model.subgraphs[0], _tensor(model)
        answer = graph.outputs[0]
        for output in (counter, answer):
            graph.operators.append(_operator(model, "ADD", [answer, counter], [output]))

    return bent(change)


def _counts_in_a_second_output_of(kind: str) -> bytes:
    """An operator of one output is given a second one, which it leaves as it was; the network adds one to that."""

    def change(model: Any) -> None:
        graph = model.subgraphs[0]
        one = _tensor(model, values=np.ones(6, np.float32).tobytes())
        left, counted, last = _tensor(model), _tensor(model), graph.outputs[0]
        graph.operators[:0] = [
            _operator(model, kind, [one], [_tensor(model), left]),
            _operator(model, "ADD", [left, one], [counted]),
        ]
        for _step in range(4):  # one of their tensors takes the place of the one that is left alone
            last, before = _tensor(model), last
            graph.operators.append(_operator(model, "ADD", [before, one], [last]))
        graph.outputs = [_tensor(model)]
        graph.operators.append(_operator(model, "ADD", [counted, last], graph.outputs))

    return bent(change)


@remembers
def counts_in_a_second_output_of_sign() -> bytes:
    return _counts_in_a_second_output_of("SIGN")


@remembers
def counts_in_a_second_output_of_concatenation() -> bytes:
    return _counts_in_a_second_output_of("CONCATENATION")


def _into_another_type(kind: str, before: str, after: str) -> bytes:
    """An operator takes a constant of the type `before` and gives a tensor of the type `after`."""

    def change(model: Any) -> None:
        types = schema.TensorType
        given = _tensor(model, getattr(types, before), bytes([1] * 48))
        made = _operator(model, kind, [given] * (2 if "EQUAL" in kind else 1), [_tensor(model, getattr(types, after))])
        if kind == "RESHAPE":
            made.builtinOptions.newShape = [1, 6]
        model.subgraphs[0].operators.append(made)

    return bent(change)


ANOTHER_TYPE = {
    "leaves_half_of_a_softmax_in_a_wider_type": ("SOFTMAX", "FLOAT32", "INT64"),
    "leaves_half_of_a_reshaped_tensor_in_a_wider_type": ("RESHAPE", "FLOAT32", "INT64"),
    "writes_beyond_the_end_of_a_narrower_type": ("RESHAPE", "FLOAT32", "INT8"),
    # LiteRT makes it a bool, of which a next operator would write a quarter of the float32 that it was said to be
    "says_another_type_than_the_operator_gives": ("EQUAL", "FLOAT32", "FLOAT32"),
    "leaves_a_comparison_unwritten": ("NOT_EQUAL", "INT16", "BOOL"),
    "leaves_half_of_numbers_that_are_written_as_floats": ("FAKE_QUANT", "INT64", "INT64"),
}
for name, types in ANOTHER_TYPE.items():
    REMEMBERING[name] = NETWORKS[name] = partial(_into_another_type, *types)


@remembers
def writes_to_its_own_weights() -> bytes:
    def change(model: Any) -> None:
        graph = model.subgraphs[0]
        first = graph.operators[0]
        first.outputs = [first.inputs[1]]

    return bent(change)


@graded
def a_number_missing_for_some() -> bytes:
    return converted(lambda x: _six(x) / (x[0, 0, 0, 0] - x[0, 0, 0, 0] * tf.cast(x[0, 0, 0, 0] > 60, tf.float32)))


def flipped(seed: int, bits: int = 8) -> bytes:
    """The valid network with some bits turned over."""
    generator = np.random.default_rng(seed)
    data = bytearray(VALID)
    for place in generator.integers(8, len(data), bits):
        data[place] ^= 1 << int(generator.integers(8))
    return bytes(data)
