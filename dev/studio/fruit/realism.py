"""How near the rendered fruit is to photos, and how hard: figures from the course's own backbone.

Usage, in an environment with TensorFlow: ``python -m dev.studio.fruit.realism OURS REAL`` where both hold class folders
or ``train`` and ``valid`` with class folders. Pooled features of the frozen EfficientNet-Lite0, dropout .2, one dense
layer, 30 epochs of Adam; accuracy is the mean over the classes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from course import pretrained
from dev.studio.fruit.plan import CLASSES
from dev.studio.pictures import middle_square

import keras  # isort: skip - course.pretrained starts TensorFlow quietly first

BATCH = 32
EPOCHS = 30


def features(folder: Path, cache: Path | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Pooled features (n, 1280), classes (n,) and paths of the pictures in the class folders of `folder`."""
    paths = [
        path
        for label in CLASSES
        for path in sorted((folder / label).iterdir())
        if path.suffix in (".jpg", ".png", ".jpeg")
    ]
    labels = np.array([CLASSES.index(path.parent.name) for path in paths])
    store = cache / f"{folder.resolve().as_posix().strip('/').replace('/', '_')}_{len(paths)}.npy" if cache else None
    if store and store.is_file():
        return np.load(store, allow_pickle=False), labels, [str(path) for path in paths]
    backbone = pretrained.load()
    pool = keras.layers.GlobalAveragePooling2D()
    rows = []
    for start in range(0, len(paths), BATCH):
        pictures = np.stack([middle_square(path) for path in paths[start : start + BATCH]])
        rows.append(np.asarray(pool(backbone.features(backbone.preprocess(pictures), training=False))))
    found = np.concatenate(rows)
    if store:
        np.save(store, found)
    return found, labels, [str(path) for path in paths]


def head(x: np.ndarray, y: np.ndarray, seed: int = 0, epochs: int = EPOCHS) -> keras.Model:
    """Dropout and one dense layer, trained on features."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.layers.Dropout(0.2), keras.layers.Dense(len(CLASSES), activation="softmax")])
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, batch_size=BATCH, verbose=0)
    return model


def confusion(model: keras.Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How many pictures of each class (rows) were called what (columns)."""
    counts = np.zeros((len(CLASSES), len(CLASSES)), int)
    np.add.at(counts, (y, model.predict(x, verbose=0).argmax(1)), 1)
    return counts


def report(name: str, counts: np.ndarray) -> dict[str, object]:
    """Print a confusion and its figures."""
    recall = counts.diagonal() / np.maximum(counts.sum(1), 1)
    precision = counts.diagonal() / np.maximum(counts.sum(0), 1)
    print(f"{name}: {recall.mean():.3f}")
    for label, row, share, sure in zip(CLASSES, counts, recall, precision, strict=True):
        print(f"  {label:14s} {row}  recall {share:.2f}  precision {sure:.2f}")
    return {
        "accuracy": round(float(recall.mean()), 4),
        "recall": dict(zip(CLASSES, recall.round(3).tolist(), strict=True)),
    }


def together(folder: Path, cache: Path | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Features of a folder of classes, or of its ``train`` and ``valid``."""
    splits = [folder / split for split in ("train", "valid") if (folder / split).is_dir()] or [folder]
    found = [features(split, cache) for split in splits]
    return (
        np.concatenate([x for x, _, _ in found]),
        np.concatenate([y for _, y, _ in found]),
        [path for _, _, paths in found for path in paths],
    )


def main() -> None:
    """Measure both ways and, where ours has splits, within it."""
    parser = argparse.ArgumentParser(prog="python -m dev.studio.fruit.realism", description=__doc__)
    parser.add_argument("ours", type=Path)
    parser.add_argument("real", type=Path)
    parser.add_argument("--cache", type=Path, help="folder to keep features in")
    parser.add_argument("--misses", type=Path, help="file to write the misread pictures of ours to")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.cache:
        options.cache.mkdir(parents=True, exist_ok=True)
    ours_x, ours_y, ours_paths = together(options.ours, options.cache)
    real_x, real_y, _ = together(options.real, options.cache)
    from_real = head(real_x, real_y)
    figures = {"real_to_ours": report("real → ours", confusion(from_real, ours_x, ours_y))}
    figures["ours_to_real"] = report("ours → real", confusion(head(ours_x, ours_y), real_x, real_y))
    if options.misses:
        guesses = from_real.predict(ours_x, verbose=0).argmax(1)
        wrong = [
            f"{path} {CLASSES[guess]}" for path, guess, y in zip(ours_paths, guesses, ours_y, strict=True) if guess != y
        ]
        options.misses.write_text("\n".join(wrong), encoding="utf-8")
    if (options.ours / "test").is_dir():
        train_x, train_y, _ = features(options.ours / "train", options.cache)
        for split in ("valid", "test"):
            x, y, _ = features(options.ours / split, options.cache)
            for epochs in (1, 5, EPOCHS):
                name = f"train → {split}, {epochs} epochs"
                figures[name] = report(name, confusion(head(train_x, train_y, epochs=epochs), x, y))
    else:
        figures["within"] = report("ours → ours, two halves", _halves(ours_x, ours_y))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def _halves(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Train on every second picture and test on the others, both ways."""
    even = np.arange(len(y)) % 2 == 0
    return sum(confusion(head(x[part], y[part]), x[~part], y[~part]) for part in (even, ~even))


if __name__ == "__main__":
    main()
