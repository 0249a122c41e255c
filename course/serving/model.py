"""Open a model of lesson 04a, from a file that nobody vouches for, and ask it about images.

Usage::

    reader = open_model(Path("models/asl_model.keras"))
    answer = reader.read(data)  # the bytes of a picture file

A ``.keras`` file is a zip archive with a description of the layers (JSON) and their weights (HDF5). Keras builds
whatever object the description names; some versions, 3.4.1 among them, can be made to call any function of any module
that way. So the description is read here first, and every name in it has to be on a short list. What the layers and
the weights declare is summed before memory is taken for them.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from PIL import Image

from course.datasets import hdf5, images
from course.datasets.untrusted import Damaged, zip_archive
from course.files import printable, shown
from course.messages import CourseError, _

MAX_BYTES = 200 * 2**20
"""Largest model file, packed and unpacked; lesson 04a's has under 3 million bytes."""
MAX_JSON = 2**20
"""Largest description of a model, largest metadata and largest label map."""
MAX_DIRECTORY = 2**17
"""Bytes of the archive's directory; that of three members takes about 200."""
MAX_LAYERS = 200
MAX_NUMBERS = 50_000_000
"""Weights of a network, and numbers that its layers compute from one image, all together."""
MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
LAYERS = {
    "Activation", "Add", "AveragePooling2D", "BatchNormalization", "Concatenate", "Conv2D", "Dense", "DepthwiseConv2D",
    "Dropout", "Flatten", "Functional", "GaussianNoise", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "InputLayer",
    "LayerNormalization", "LeakyReLU", "MaxPooling2D", "ReLU", "RandomFlip", "RandomRotation", "RandomTranslation",
    "RandomZoom", "Rescaling", "Reshape", "SeparableConv2D", "Sequential", "Softmax", "SpatialDropout2D",
    "ZeroPadding2D",
}  # fmt: skip
DETAILS = {
    "Constant", "DTypePolicy", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "L1", "L1L2", "L2",
    "LecunNormal", "LecunUniform", "MaxNorm", "NonNeg", "Ones", "RandomNormal", "RandomUniform", "TruncatedNormal",
    "UnitNorm", "Zeros", "__keras_tensor__",
}  # fmt: skip
KNOWN = LAYERS | DETAILS
"""Names of the classes that a description may ask for: none runs code from the file or opens other files."""
MODULES = {
    "keras", "keras.constraints", "keras.initializers", "keras.layers", "keras.models", "keras.regularizers",
    "keras.src.models.functional", "keras.src.models.sequential",
}  # fmt: skip
"""Names of the modules that they may come from."""


@dataclass(frozen=True)
class Answer:
    """What the model made of one picture.

    Attributes:
        seen: what it looked at, mode L or RGB, as large as its input.
        probabilities: of each letter, the most probable first.
    """

    seen: Image.Image
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Reader:
    """A model, and what one must know to use it; any number of threads may ask it at once.

    Attributes:
        name: the file's.
        letters: what each output stands for.
        size: height, width and channels of a picture as the model takes it.
        ask: gives the probabilities (n, letters) for pictures (n, height, width, channels), float32, 0–255.
    """

    name: str
    letters: str
    size: tuple[int, int, int]
    ask: Callable[[np.ndarray], np.ndarray]

    def read(self, data: bytes) -> Answer:
        """Read the letter on a picture, the bytes of its file. Raises ImageError."""
        seen = self.prepare(images.read(data, _("The file")))
        batch = np.asarray(seen, np.float32).reshape(1, *self.size)
        pairs = zip(self.letters, self.ask(batch)[0].tolist(), strict=True)
        return Answer(seen, dict(sorted(pairs, key=lambda pair: -pair[1])))

    def prepare(self, picture: Image.Image) -> Image.Image:
        """The square in the middle of `picture`, in gray or color, as large as the input: as lesson 04b does it."""
        height, width, channels = self.size
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.crop((left, top, left + side, top + side))
        return square.convert("L" if channels == 1 else "RGB").resize((width, height))


def open_model(path: Path) -> Reader:
    """Open the model at `path` and the label map of the same name beside it, without running anything from either.

    Raises:
        CourseError: one of them is not there, damaged, of an older format, of another lesson, or asks for something
            that is not a plain layer; the sentence names what to do.
    """
    path = Path(path)
    version = inspect(path)
    about = _label_map(path.with_suffix(".json"), path)
    network = _load(path, version)
    size, letters = (about["height"], about["width"], about["channels"]), about["letters"]
    takes, gives = _shapes(network)
    if (takes, gives) != ((None, *size), (None, len(letters))):
        text = _(
            "{file} takes {takes} and gives {gives}, which is not what {labels} says of it: it is the model of another"
            " lesson; {advice}."
        )
        labels = path.with_suffix(".json").name
        raise CourseError(text.format(file=shown(path), takes=takes, gives=gives, labels=labels, advice=_advice()))
    return Reader(path.name, letters, size, _compiled(network, size))


def inspect(path: Path) -> str:
    """Look into the model file at `path` without loading it. Returns the version of Keras that saved it.

    Raises:
        CourseError: it is no whole model file of Keras 3, asks for a class that is not on the list, or is too large.
    """
    start = _beginning(path)
    if path.is_dir() or start.startswith(b"\x89HDF"):
        _refuse(path, _("{file} is a model of an older format (not .keras), which is not read any more"))
    if not start:
        _refuse(path, _("{file} is empty (0 bytes)"))
    if not start.startswith(b"PK"):
        _refuse(path, _("{file} is not a model that Keras saved"))
    if path.stat().st_size > MAX_BYTES:
        _refuse(path, _("{file} is larger than {limit} MB"), limit=MAX_BYTES // 2**20)
    try:
        with zip_archive(path, MAX_DIRECTORY) as archive:
            config, metadata, weights = _parts(path, archive)
        names = list(_asked_for({**config, "compile_config": None}))
        declared = _declared(path, weights)
    except CourseError:
        raise
    except Exception as error:  # zip, zlib and JSON each have errors of their own for damaged bytes
        _refuse(path, _("{file} is damaged or cut off"), error)
    version = str(metadata.get("keras_version"))[:20]
    if not version.startswith("3."):
        _refuse(path, _("{file} was saved by Keras {version}, in an older format"), version=version)
    for name in names:
        if name not in KNOWN:
            text = _("{file} asks for “{name}”, which is no plain layer, so it is not loaded")
            _refuse(path, text, name=printable(name[:60]))
    layers = sum(name in LAYERS for name in names)
    if layers > MAX_LAYERS:
        _refuse(path, _("{file} has {count} layers, more than {limit}"), count=layers, limit=MAX_LAYERS)
    if declared > MAX_NUMBERS or _needed(path, version, config) > MAX_NUMBERS:
        _refuse(path, _("{file} needs more than {limit} million numbers"), limit=MAX_NUMBERS // 10**6)
    return version


def _beginning(path: Path) -> bytes:
    try:
        if path.is_dir():
            return b""
        with path.open("rb") as file:
            return file.read(8)
    except FileNotFoundError as error:
        text = _("There is no file {file}; `python -m course run 04a` makes models/asl_model.keras.")
        raise CourseError(text.format(file=shown(path))) from error
    except (OSError, ValueError) as error:
        _refuse(path, _("{file} cannot be read ({reason})"), error, reason=getattr(error, "strerror", None) or error)


def _parts(path: Path, archive: zipfile.ZipFile) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Description, metadata and weights, once the archive is known to be whole and to hold nothing else."""
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    if MEMBERS - sizes.keys():
        _refuse(path, _("{file} is not a model that Keras saved"))
    for name in sizes.keys() - MEMBERS:
        _refuse(path, _("{file} holds “{name}”, which is no part of a plain model"), name=printable(name[:60]))
    if len(archive.infolist()) != len(sizes):
        _refuse(path, _("{file} holds a part of the model twice"))
    if sum(sizes.values()) > MAX_BYTES or max(sizes["config.json"], sizes["metadata.json"]) > MAX_JSON:
        _refuse(path, _("{file} is larger than {limit} MB"), limit=MAX_BYTES // 2**20)
    if archive.testzip():
        raise zipfile.BadZipFile
    config, metadata = (json.loads(archive.read(name)) for name in ("config.json", "metadata.json"))
    if not (isinstance(config, dict) and isinstance(metadata, dict)):
        raise ValueError("not what Keras writes")
    return config, metadata, archive.read("model.weights.h5")


def _declared(path: Path, weights: bytes) -> int:
    """How many numbers the weights declare, all together."""
    import h5py

    try:
        with h5py.File(io.BytesIO(weights)) as file:
            return sum(array.size for array in hdf5.arrays(file, path).values())
    except Damaged as error:
        _refuse(path, "{clause}", error, clause=error)


def _needed(path: Path, version: str, config: dict[str, Any]) -> int:
    """How many numbers the network's weights and the outputs of its layers have for one image; nothing is computed."""
    keras = _keras()
    try:
        with keras.StatelessScope(initialize_variables=False):  # variables have shapes, and no values
            network = keras.saving.deserialize_keras_object({**config, "compile_config": None}, safe_mode=True)
            shapes = [variable.shape for variable in network.variables]
            shapes += [output.shape[1:] for layer in _layers(network) for output in keras.tree.flatten(layer.output)]
        return sum(math.prod(side or 1 for side in shape) for shape in shapes)
    except Exception as error:  # each layer has errors of its own
        _refuse_version(path, version, error)
    finally:
        keras.utils.clear_session()  # else Keras would give the variables their values later


def _layers(network: Any) -> Iterator[Any]:
    for layer in network.layers:
        yield layer
        yield from _layers(layer) if hasattr(layer, "layers") else ()


def _asked_for(value: Any) -> Iterator[str]:
    """Every class that a description names, and with its module those that come from elsewhere than Keras."""
    if isinstance(value, list):
        for item in value:
            yield from _asked_for(item)
    if not isinstance(value, dict):
        return
    name, module, registered = value.get("class_name"), value.get("module"), value.get("registered_name")
    if name is not None:
        yield str(name)
    if {"class_name", "module", "registered_name"} & value.keys() and module not in {None, *MODULES}:
        yield f"{module}.{name}"
    if registered not in (None, name):
        yield str(registered)
    for item in value.values():
        yield from _asked_for(item)


def _label_map(path: Path, model: Path) -> dict[str, Any]:
    """What lesson 04a wrote down of its model. Raises CourseError."""
    try:
        with path.open("rb") as file:
            about = json.loads(file.read(MAX_JSON))
        letters, size = about["letters"], [about[name] for name in ("height", "width", "channels")]
        good = isinstance(letters, str) and 2 <= len(set(letters)) == len(letters)
        good = good and all(type(side) is int and 1 <= side <= 1024 for side in size) and size[2] in (1, 3)
        if not good or about["pixels"] != [0, 255]:
            raise ValueError("not what lesson 04a writes")
    except FileNotFoundError as error:
        text = _("Beside {file} there is no {labels}, which says what its outputs mean, so it may be another lesson's")
        _refuse(model, text, error, labels=path.name)
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        _refuse(path, _("{file} does not say what a model's outputs mean"), error)
    return about


def _load(path: Path, version: str) -> Any:
    try:
        return _keras().models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras, HDF5 and JSON each have errors of their own
        _refuse_version(path, version, error)


def _keras() -> Any:
    from course.tensorflow_start import start_tensorflow

    start_tensorflow()
    import keras

    return keras


def _shapes(network: Any) -> tuple[Any, Any]:
    """Input and output shape; of a model with several of them, lists."""
    try:
        return network.input_shape, network.output_shape
    except AttributeError:
        return None, None


def _compiled(network: Any, size: tuple[int, int, int]) -> Callable[[np.ndarray], np.ndarray]:
    """`network` as one function, which has learned its only shape already, so that threads share it safely."""
    import tensorflow as tf

    call = tf.function(
        lambda pixels: network(pixels, training=False),
        input_signature=[tf.TensorSpec((None, *size), tf.float32)],
    )
    call(tf.zeros((1, *size)))
    return lambda pixels: call(tf.constant(pixels)).numpy()


def _refuse_version(path: Path, version: str, error: Exception) -> NoReturn:
    text = _("{file}, saved by Keras {version}, cannot be read by Keras {here} ({reason})")
    _refuse(path, text, error, version=version, here=_keras().__version__, reason=type(error).__name__)


def _refuse(path: Path, problem: str, error: Exception | None = None, **values: Any) -> NoReturn:
    sentence = problem.format(file=shown(path), **values)
    raise CourseError(_("{problem}; {advice}.").format(problem=sentence, advice=_advice())) from error


def _advice() -> str:
    return _("serve what lesson 04a saves, `python -m course run 04a` makes it anew")
