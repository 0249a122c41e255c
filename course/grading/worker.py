"""The process in which a stranger's network runs: started by :mod:`course.grading.process`, never by hand.

Its standard input and output are pipes to the grader. It imports what it needs, gives up everything else
(:mod:`course.grading.lockdown`), says so in a line of JSON, and only then receives the network, which it inspects
before it writes a second line; then it answers each image, 224 × 224 × 3 bytes, with the bytes of six float32. It knows
neither labels nor names nor the order. After its first line the grader believes nothing it says, and reads a bounded
number of bytes.

Imports nothing of the course.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import sys
import types
from pathlib import Path

PICTURE = (1, 224, 224, 3)
CLASSES = 6
FAILED = 3
"""Exit code where the network does not get through a picture."""


def main(settings: dict) -> int:
    """Serve one network. `settings`: ``path`` to import from, ``memory`` in bytes, ``seconds`` of processor time."""
    sys.path[:] = [*settings["path"], str(Path(__file__).resolve().parents[2])]
    import numpy as np

    from course.grading import lockdown, operators

    interpreter_class, schema, source = _litert()
    _warm_up(np, interpreter_class)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)  # what the interpreter says about a stranger's file is not for the instructor's terminal
    os.close(null)
    held = lockdown.apply(settings["memory"], settings["seconds"])
    _say({**held, "interpreter": source})

    data = bytes(_exactly(int.from_bytes(_exactly(8), "little")))
    try:
        problem = operators.inspect(data, schema)
        network = None
        if not problem:
            network, problem = _choose(interpreter_class, data, np)
    except MemoryError:
        problem = ("memory", "")
    except RuntimeError:  # its parts do not fit together, or it needs what is closed here, such as more memory
        problem = ("run", "")
    except Exception as error:  # damaged files raise whatever they like, in the schema and in the interpreter
        problem = ("damaged", type(error).__name__)
    if problem:
        _say({"reason": problem[0], "found": problem[1]})
        return 0
    _say({"reason": "", "found": ""})
    return _answer(network, np)


def _litert() -> tuple[type, types.ModuleType, str]:
    """The interpreter's class, the reader of its format, and the package that they come from.

    TensorFlow's copy is imported without running TensorFlow itself: that takes a twentieth of the processor time, and
    keeps the operators of TensorFlow (“Flex”) out of this process.
    """
    try:
        if importlib.util.find_spec("ai_edge_litert"):
            from ai_edge_litert import schema_py_generated
            from ai_edge_litert.interpreter import Interpreter

            return Interpreter, schema_py_generated, "ai-edge-litert"
    except ImportError:  # there, but without its libraries
        pass
    folders = list(importlib.util.find_spec("tensorflow").submodule_search_locations)
    sys.modules["tensorflow"] = types.ModuleType("tensorflow")
    sys.modules["tensorflow"].__path__ = folders
    try:
        from tensorflow.lite.python import schema_py_generated
        from tensorflow.lite.python.interpreter import Interpreter
    except (ImportError, AttributeError):  # a TensorFlow that is built otherwise
        for name in [name for name in sys.modules if name.split(".")[0] == "tensorflow"]:
            del sys.modules[name]
        import tensorflow  # noqa: F401
        from tensorflow.lite.python import schema_py_generated
        from tensorflow.lite.python.interpreter import Interpreter
    return Interpreter, schema_py_generated, "tensorflow"


def _choose(interpreter_class: type, data: bytes, np: types.ModuleType) -> tuple[object, tuple[str, str] | None]:
    """The network on LiteRT's fast kernels (XNNPACK), or on its plain ones where the two disagree; and what is wrong.

    XNNPACK of TensorFlow 2.17 and 2.21 gives zeros for some convolutions, such as 3 × 3 with stride 4, which is not the
    learner's fault.
    """
    plain_kernels = sys.modules[interpreter_class.__module__].OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    plain = interpreter_class(model_content=data, num_threads=1, experimental_op_resolver_type=plain_kernels)
    problem = _start(plain, np)
    if problem:
        return plain, problem
    fast = interpreter_class(model_content=data, num_threads=1)
    problem = _start(fast, np)
    if problem:
        return plain, None
    for picture in _trial_pictures(np):
        expected, found = _run(plain, np, picture), _run(fast, np, picture)
        if not np.allclose(found, expected, rtol=0.01, atol=0.001, equal_nan=True):
            return plain, None
    return fast, None


def _trial_pictures(np: types.ModuleType) -> list:
    """Two images without an empty part: a ramp, and stripes."""
    ramp = np.linspace(0, 255, math.prod(PICTURE), dtype=np.float32).reshape(PICTURE)
    return [ramp, np.float32(255) - ramp[:, :, ::-1] * (np.arange(PICTURE[2]) % 9 / 8).astype(np.float32)[:, None]]


def _warm_up(np: types.ModuleType, interpreter_class: type) -> None:
    """Run a small network of our own, so that LiteRT reads what it reads once (the kind of processor) in time."""
    network = interpreter_class(model_path=str(Path(__file__).with_name("warm_up.tflite")), num_threads=1)
    _start(network, np)


def _start(network: object, np: types.ModuleType) -> tuple[str, str] | None:
    """Make `network` ready and try it on a gray image. Returns what breaks the contract: a reason, what was found."""
    inputs, outputs = network.get_input_details(), network.get_output_details()
    if len(inputs) != 1 or len(outputs) != 1:
        return "count", f"{len(inputs)}, {len(outputs)}"
    entry = inputs[0]
    signature = [int(size) for size in entry.get("shape_signature", entry["shape"])]
    fits = len(signature) == 4 and all(size in (-1, own) for size, own in zip(signature, PICTURE, strict=True))
    if not fits or entry["dtype"] != np.float32:
        return "input", _described(signature, entry["dtype"], np)
    if tuple(int(size) for size in entry["shape"]) != PICTURE:
        network.resize_tensor_input(entry["index"], PICTURE)
    declared = _types(network)
    network.allocate_tensors()
    try:
        _run(network, np, np.full(PICTURE, 128, np.float32))
    except MemoryError:
        raise
    except RuntimeError as error:
        return "run", type(error).__name__
    if not _types(network).items() >= declared.items():
        return "memory of images", "another type"
    exit_ = network.get_output_details()[0]
    answer = network.get_tensor(exit_["index"])
    if answer.shape != (1, CLASSES) or answer.dtype != np.float32:
        return "output", _described(answer.shape, answer.dtype, np)
    return None


def _types(network: object) -> dict[tuple[int, int], object]:
    """The type of each tensor, by its graph and its number.

    Before the network is made ready they are those that were inspected; some operators set another one, and what reads
    their output leaves a part of its own unwritten.
    """
    found, graph = {}, 0
    while True:
        try:
            details = network.get_tensor_details(graph) if graph else network.get_tensor_details()
        except (ValueError, TypeError):  # there are no more, or this version shows the first one alone
            return found
        found.update({(graph, tensor["index"]): tensor["dtype"] for tensor in details})
        graph += 1


def _run(network: object, np: types.ModuleType, picture: object) -> object:
    network.set_tensor(network.get_input_details()[0]["index"], picture)
    network.invoke()
    return network.get_tensor(network.get_output_details()[0]["index"])


def _answer(network: object, np: types.ModuleType) -> int:
    """Answer each image until there are no more. Returns the exit code."""
    size, kinds = math.prod(PICTURE), _types(network)
    several = any(graph for graph, _number in kinds)  # an image may choose among them
    while picture := _exactly(size):
        pixels = np.frombuffer(picture, np.uint8).astype(np.float32).reshape(PICTURE)
        try:
            answer = np.ascontiguousarray(_run(network, np, pixels), "<f4")
        except Exception:
            return FAILED
        if answer.shape != (1, CLASSES) or (several and _types(network) != kinds):
            return FAILED
        _write(answer.tobytes())
    return 0


def _described(shape: object, dtype: object, np: types.ModuleType) -> str:
    return f"{np.dtype(dtype).name} ({', '.join(str(int(size)) for size in list(shape)[:8])})"


def _exactly(size: int) -> bytearray:
    """`size` bytes of the standard input; none at its end."""
    data = bytearray()
    while len(data) < size:
        block = os.read(0, min(size - len(data), 1 << 20))
        if not block:
            return bytearray()
        data += block
    return data


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def _say(message: dict) -> None:
    _write(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    os._exit(main(json.loads(sys.argv[1])))  # without Python's own end, which has nothing left to tidy up
