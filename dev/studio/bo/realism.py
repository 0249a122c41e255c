"""Compares the pictures with those of another edition, by what EfficientNet-Lite0 sees in them.

Usage, in the course's environment: ``python -m dev.studio.bo.realism OURS [REAL]``. Both are folders with
``{train,valid}/{bo,not_bo}``. A head is one dense unit on the pooled features after dropout 0.2; accuracies are those
of the two classes, averaged.
"""

from __future__ import annotations

import argparse
import collections
import csv
from pathlib import Path

import keras
import numpy as np

from course import pretrained

DOGS = range(151, 269)
EPOCHS = 40
Pictures = tuple[np.ndarray, np.ndarray, list[str]]


def read(folder: Path, backbone: pretrained.Backbone) -> dict[str, Pictures]:
    """For each split: pooled features (N, 1280) with the 1,000 probabilities beside them, 1 for Bo, and file names."""
    both = keras.Model(backbone.model.input, [backbone.model.get_layer("pool").output, backbone.model.output])
    splits = {}
    for split in ("train", "valid"):
        files = sorted(path for path in (folder / split).rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        pixels = np.stack([_square(path, backbone.input_size) for path in files])
        pooled, probabilities = both.predict(backbone.preprocess(pixels), batch_size=16, verbose=0)
        is_bo = np.array([path.parent.name == "bo" for path in files], int)
        names = [path.relative_to(folder).as_posix() for path in files]
        splits[split] = (np.concatenate([pooled, probabilities], 1), is_bo, names)
    return splits


def _square(path: Path, side: int) -> np.ndarray:
    """The middle of a picture as the network takes it."""
    image = keras.utils.load_img(path, target_size=(side, side), interpolation="bilinear", keep_aspect_ratio=True)
    return keras.utils.img_to_array(image)


def head(pictures: Pictures, seed: int, epochs: int = EPOCHS) -> keras.Model:
    """A head trained on pictures."""
    features, is_bo, _ = pictures
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.layers.Dropout(0.2), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
    share = len(is_bo) / 2 / np.bincount(is_bo, minlength=2)
    model.fit(features[:, :1280], is_bo, epochs=epochs, batch_size=32, verbose=0, class_weight=dict(enumerate(share)))
    return model


def balanced(model: keras.Model, pictures: Pictures) -> tuple[float, float, np.ndarray]:
    """Accuracy averaged over the two classes, plain accuracy, and what is taken for Bo."""
    features, is_bo, _ = pictures
    taken = model.predict(features[:, :1280], verbose=0)[:, 0] > 0.5
    right = taken == is_bo
    return float(np.mean([right[is_bo == label].mean() for label in (0, 1)])), float(right.mean()), taken


def joined(splits: dict[str, Pictures]) -> Pictures:
    """Both splits as one."""
    first, second = splits.values()
    return np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]]), first[2] + second[2]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", type=Path)
    parser.add_argument("real", type=Path, nargs="?")
    options = parser.parse_args()
    backbone = pretrained.load()
    ours = read(options.ours, backbone)
    everything = joined(ours)
    with (options.ours / "factors.csv").open(encoding="utf-8") as file:
        factors = {row["file"]: row for row in csv.DictReader(file)}
    _say_dogs(everything, factors)
    for epochs in (1, 3, 5, 10, 20, 40):
        found = [balanced(head(ours["train"], seed, epochs), ours["valid"]) for seed in range(3)]
        print(f"ours -> ours, {epochs:2d} epochs: plain", np.round([plain for _, plain, _ in found], 3))
    if options.real:
        real = read(options.real, backbone)
        for seed in range(3):
            print("real -> real", round(balanced(head(real["train"], seed), real["valid"])[0], 3))
            fair, plain, taken = balanced(head(joined(real), seed), everything)
            wrong = [name for name, mine, bo in zip(everything[2], taken, everything[1], strict=True) if mine != bo]
            print(f"real -> ours {fair:.3f} (plain {plain:.3f}), wrong:")
            print("  ", collections.Counter(factors[name]["look"] for name in wrong).most_common())
            if seed == 0:
                print("  ", " ".join(wrong))
            print(f"ours -> real {balanced(head(everything, seed), joined(real))[0]:.3f}")


def _say_dogs(pictures: Pictures, factors: dict[str, dict[str, str]]) -> None:
    """How many dogs are dogs to ImageNet's eye, and what the others are."""
    best = pictures[0][:, 1280:].argmax(1)
    for animal, classes in (("dog", DOGS), ("cat", range(281, 286))):
        mine = [k for k, name in enumerate(pictures[2]) if factors[name]["animal"] == animal]
        found = [best[k] in classes for k in mine]
        print(f"{animal}s seen as {animal}s: {sum(found)} of {len(mine)}")
        print(
            "  ",
            [
                (pictures[2][k], factors[pictures[2][k]]["look"], int(best[k]))
                for k, ok in zip(mine, found, strict=True)
                if not ok
            ][:30],
        )


if __name__ == "__main__":
    main()
