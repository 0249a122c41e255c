"""Part `peer`: trainings of lessons 01, 03 and 05b, and the same networks by the same recipe in PyTorch."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from course.messages import CourseError
from dev.bench.command import Report
from dev.bench.lessons import training
from dev.bench.measuring import call, ratio, spread

PEERS = {
    "01": ("01_mnist", "fit", 0.98, (256, 512, 1024)),
    "03": ("03_asl_cnn", "fit", 0.9, (64, 128, 256)),
    "05b, frozen": ("05b_presidential_doggy_door", "fit-frozen", 0.8, (16, 32)),
    "05b, tuned": ("05b_presidential_doggy_door", "tune", 0.8, (16, 32)),
}
"""Of each training: lesson, cell, the validation accuracy to reach, the batches from which PyTorch takes its best.

The trainings of lesson 07 are those of 05b with six classes.
"""


def peer(report: Report) -> None:
    """Time to accuracy in Keras and in PyTorch, in turns, PyTorch with the batch that was best with the first seed."""
    if not find_spec("torch"):
        raise CourseError("PyTorch is not here: python -m pip install -r course/environment/requirements-bench.txt")
    rows: list[list[Any]] = []
    for name, (_lesson, _cell, target, batches) in PEERS.items():
        ours, theirs = [], []
        for seed in range(1, report.runs + 1):
            with TemporaryDirectory(prefix="bench-peer-") as folder:
                known = {"folder": folder, "seed": seed}
                ours.append(call("dev.bench.peer:in_keras", report.edition, name=name, **known)["value"])
                tried = [call("dev.bench.peer:in_torch", batch=batch, **known)["value"] for batch in batches]
            theirs.append(min(tried, key=lambda run, aim=target: reached(run, aim)))
            batches = (theirs[0]["batch"],)
        epoch = [[seconds_an_epoch(run) for run in side] for side in (ours, theirs)]
        to = [[reached(run, target) for run in side] for side in (ours, theirs)]
        rows.append([f"{name}, s an epoch", *map(spread, epoch), ratio(epoch[1], epoch[0])])
        if all(math.isfinite(one) for side in to for one in side):
            rows.append([f"{name}, s to {target:.2f}", *map(spread, to), ratio(to[1], to[0])])
        last = [spread([run["accuracy"][-1] for run in side]) for side in (ours, theirs)]
        rows.append([f"{name}, accuracy at the end", *last, ""])
        rows.append([f"{name}, batch", str(ours[0]["batch"]), str(theirs[0]["batch"]), ""])
        report.keep(["a lesson's training", ">Keras (the lesson)", ">PyTorch", ">PyTorch to Keras"], rows)


def reached(run: dict[str, Any], target: float) -> float:
    """Seconds from the first step to the end of the first epoch that reached `target` in validation; else infinite."""
    return next((s for s, one in zip(run["seconds"], run["accuracy"], strict=True) if one >= target), math.inf)


def seconds_an_epoch(run: dict[str, Any]) -> float:
    """Of the epochs after the first, in which Keras builds its graph; with their validation."""
    return float(np.median(np.diff(run["seconds"])))


def in_keras(name: str, folder: str, seed: int) -> dict[str, Any]:
    """Train as the lesson does, and save its arrays, its network and its recipe in `folder`.

    Returns:
        ``batch``, and after each epoch ``seconds`` since the first step and ``accuracy`` on the validation images.
    """
    import keras

    lesson, cell = PEERS[name][:2]
    model, given = training(lesson, cell)
    x_valid, y_valid = given["validation_data"]
    arrays = {"x": given["x"], "x_valid": x_valid} | {"y": classes_of(given["y"]), "y_valid": classes_of(y_valid)}
    rate = model.optimizer.get_config()["learning_rate"]
    falls = isinstance(rate, dict)
    recipe = {"batch": given["batch_size"], "epochs": given["epochs"], "falls": falls}
    recipe["rate"] = rate["config"]["initial_learning_rate"] if falls else rate
    recipe["class_weight"] = list((given.get("class_weight") or {}).values())
    if lesson.startswith("05b"):
        *_before, features, _pool, _dropout, head = model.layers[-1].layers
        recipe["learns"] = [layer.name for layer in features.layers if layer.trainable_weights]
        arrays |= {"kernel": head.kernel.numpy(), "bias": head.bias.numpy()}
    else:
        recipe["layers"] = [[type(one).__name__, one.input.shape[1:], one.get_config()] for one in model.layers]
    np.savez(Path(folder) / "arrays.npz", **arrays)
    (Path(folder) / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
    keras.utils.set_random_seed(seed)
    seconds: list[float] = []
    started = time.perf_counter()
    clock = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda _epoch, _logs: seconds.append(time.perf_counter() - started)
    )
    history = model.fit(**given | {"verbose": 0, "callbacks": [clock]}).history
    return {"batch": recipe["batch"], "seconds": seconds, "accuracy": history["val_accuracy"]}


def classes_of(labels: np.ndarray) -> np.ndarray:
    """The classes of one-hot labels; of two classes the labels as they are, as a row."""
    return labels.argmax(1) if labels.shape[1] > 1 else labels[:, 0]


def in_torch(folder: str, batch: int, seed: int) -> dict[str, Any]:
    """The recipe in `folder` in PyTorch, as its users write it; returns what :func:`in_keras` does."""
    import torch

    torch.manual_seed(seed)
    torch.set_flush_denormal(True)  # as TensorFlow's threads do
    recipe = json.loads((Path(folder) / "recipe.json").read_text(encoding="utf-8"))
    arrays = {
        key: torch.from_numpy(one) for key, one in np.load(Path(folder) / "arrays.npz", allow_pickle=False).items()
    }
    x, x_valid = (one.movedim(-1, 1) if one.ndim == 4 else one for one in (arrays["x"], arrays["x_valid"]))
    y, y_valid = arrays["y"], arrays["y_valid"]
    if "layers" in recipe:
        x, x_valid = x.contiguous(), x_valid.contiguous()
        model, prepare = network(recipe["layers"]), lambda images, _training: images
        loss: Callable[..., Any] = torch.nn.functional.cross_entropy
    else:
        model, prepare, y = lite0(recipe["learns"], arrays["kernel"], arrays["bias"]), pixels, y.float()
        weights = torch.tensor(recipe["class_weight"])

        def loss(outputs: Any, answers: Any) -> Any:
            return torch.nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], answers, weights[answers.long()])

    learns = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.Adam(learns, recipe["rate"], eps=1e-7)
    steps = recipe["epochs"] * math.ceil(len(x) / batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps) if recipe["falls"] else None
    found: dict[str, Any] = {"batch": batch, "seconds": [], "accuracy": []}
    started = time.perf_counter()
    for _epoch in range(recipe["epochs"]):
        model.train()
        for rows in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss(model(prepare(x[rows], True)), y[rows]).backward()
            optimizer.step()
            if schedule:
                schedule.step()
        model.eval()
        with torch.inference_mode():
            outputs = torch.cat(
                [model(prepare(part, False)) for part in x_valid.split(1000 if "layers" in recipe else 16)]
            )
        predicted = outputs.argmax(1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0).long()
        found["accuracy"].append((predicted == y_valid).float().mean().item())
        found["seconds"].append(time.perf_counter() - started)
    return found


def network(layers: list[Any]) -> Any:
    """The network of the Keras layers ``[class, shape of its input, config]`` in PyTorch, without the softmax."""
    from torch import nn

    makers = {
        "Dense": lambda shape, one: nn.Linear(math.prod(shape), one["units"]),
        "Conv2D": lambda shape, one: nn.Conv2d(shape[-1], one["filters"], one["kernel_size"], padding="same"),
        "MaxPooling2D": lambda shape, one: nn.MaxPool2d(one["pool_size"], ceil_mode=True),
        "BatchNormalization": lambda shape, one: nn.BatchNorm2d(shape[-1], one["epsilon"], 1 - one["momentum"]),
        "Dropout": lambda shape, one: nn.Dropout(one["rate"]),
        "Flatten": lambda shape, one: nn.Flatten(),
    }
    made: list[Any] = []
    for kind, shape, config in layers:
        made.append(makers[kind](shape, config))
        made += [nn.ReLU()] if config.get("activation") == "relu" else []
    return nn.Sequential(*made)


def lite0(learns: list[str], kernel: Any, bias: Any) -> Any:
    """EfficientNet-Lite0 with one output, its batch normalization fixed; the layers `learns` and the head train.

    The weights come from ``data/pretrained``; what lies below the first layer that learns computes no gradients.
    """
    import torch
    from torch import nn

    from course import pretrained

    saved = np.load(pretrained.EDITION / "pretrained" / "efficientnet_lite0.npz", allow_pickle=False)

    def convolution(name: str, inside: int, width: int, stride: int = 1, each: bool = False, relu: bool = True) -> Any:
        def of(key: str) -> Any:
            return torch.from_numpy(saved[key].astype("float32"))

        weight = of(f"{name}/kernel").permute((2, 3, 0, 1) if each else (3, 2, 0, 1)).contiguous()
        less, more = (width - stride) // 2, (width - stride + 1) // 2  # as TensorFlow pads an even side
        padding = less if less == more else 0
        layer = nn.Conv2d(inside, len(weight), width, stride, padding, groups=inside if each else 1, bias=False)
        layer.weight = nn.Parameter(weight, requires_grad=name in learns)
        norm = nn.BatchNorm2d(len(weight), eps=1e-3).requires_grad_(False)
        norm.weight.data, norm.bias.data = of(f"{name}_bn/gamma"), of(f"{name}_bn/beta")
        norm.running_mean, norm.running_var = of(f"{name}_bn/moving_mean"), of(f"{name}_bn/moving_variance")
        before = [] if less == more else [nn.ZeroPad2d((less, more, less, more))]
        return nn.Sequential(*before, layer, norm, *([nn.ReLU6()] if relu else []))

    class Block(nn.Module):
        def __init__(self, inside: int, name: str, width: int, stride: int, expansion: int, channels: int) -> None:
            super().__init__()
            wide = [convolution(f"{name}_expand", inside, 1)] if expansion > 1 else []
            each = convolution(f"{name}_depthwise", inside * expansion, width, stride, each=True)
            self.inside = nn.Sequential(*wide, each, convolution(f"{name}_project", inside * expansion, 1, relu=False))
            self.adds = stride == 1 and inside == channels

        def forward(self, x: Any) -> Any:
            return x + self.inside(x) if self.adds else self.inside(x)

    class Door(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            blocks, channels = [convolution("stem", 3, 3, 2)], 32
            for block in pretrained.block_names():
                blocks.append(Block(channels, *block))
                channels = block[-1]
            blocks.append(convolution("head", channels, 1))
            first = next(
                (i for i, one in enumerate(blocks) if any(w.requires_grad for w in one.parameters())), len(blocks)
            )
            self.fixed, self.tuned = nn.Sequential(*blocks[:first]), nn.Sequential(*blocks[first:])
            self.out = nn.Linear(1280, 1)
            self.out.weight.data, self.out.bias.data = kernel.T.contiguous(), bias.clone()

        def train(self, mode: bool = True) -> Any:
            super().train(mode)
            self.fixed.eval(), self.tuned.eval()  # batch normalization keeps its averages
            return self

        def forward(self, x: Any) -> Any:
            with torch.no_grad():
                x = self.fixed(x)
            x = self.tuned(x).mean((2, 3))
            return self.out(nn.functional.dropout(x, 0.3, self.training))

    return Door()


def pixels(images: Any, training: bool) -> Any:
    """Pixels (N, 3, 224, 224) from 0 to 255 as the network takes them; augmented as in lesson 05b where it trains."""
    import torch

    images = images.float()
    if training:
        shape = (5, len(images))
        turn, zoom, down, right, light = torch.rand(shape) * 2 - 1
        turn, zoom = turn * 0.06 * 2 * math.pi, 1 + (zoom * 0.15 - 0.1)
        flip = torch.where(torch.rand(len(images)) < 0.5, -1.0, 1.0)
        sines, cosines = turn.sin() * zoom, turn.cos() * zoom
        rows = [
            torch.stack([cosines * flip, -sines, right * 0.16], 1),
            torch.stack([sines * flip, cosines, down * 0.16], 1),
        ]
        grid = torch.nn.functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
        images = torch.nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
        images = (images + (light * 0.15 * 255)[:, None, None, None]).clamp(0, 255)
        contrast = 1 + (torch.rand(len(images)) * 2 - 1)[:, None, None, None] * 0.15
        mean = images.mean((2, 3), keepdim=True)
        images = ((images - mean) * contrast + mean).clamp(0, 255)
    return (images - 127) / 128
