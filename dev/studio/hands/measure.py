"""Measures the set: how real it is, and whether lessons 02 to 04a tell their story on it.

Usage, in the course's own environment (TensorFlow)::

    python -m dev.studio.hands.measure realism --real DIR [--judge judge.keras]
    python -m dev.studio.hands.measure story [--seeds 1 2 3]
    python -m dev.studio.hands.measure reader --judge other.keras
    python -m dev.studio.hands.measure groups --networks asl_model.keras
    python -m dev.studio.hands.measure letters --networks one.keras two.keras

``groups`` prints the error by skin tone and hand with intervals over people; ``letters`` writes
``data/asl_data/real_by_letter.csv``, what the networks read in the original validation images, on average. Both take
networks of lessons 02 to 04a whose first layer divides by 255. ``reader`` writes ``reader.npz`` for
:mod:`dev.studio.hands.fit`: another network trained on the real edition, with another seed.

Realism: lesson 03's network, trained on the real edition and tested on ours (all images), and trained on ours and
tested on the real validation set; both times with augmentation (flip, rotation ±18°, zoom ±15 %, shift ±10 %, contrast
±40 %, gamma), since the real set has one hand, few skins and one framing: what is compared is the shape of hands.
Story: the networks of lessons 02 and 03 as they stand, and lesson 03's with augmentation (flip, ±12°, ±10 % size, ±6 %
shift).
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from course.paths import ROOT
from dev.studio.hands import LETTERS

SIDE = 28


@dataclass(frozen=True)
class Split:
    """Images float32 (N, 28, 28, 1), 0–1, and labels int32 (N,)."""

    x: np.ndarray
    y: np.ndarray

    @classmethod
    def read(cls, edition: Path, name: str) -> Split:
        """Read `name`, ``train`` or ``valid``, of an edition."""
        import pandas as pd

        (path,) = (edition / "asl_data").glob(f"sign_mnist_{name}.csv*")
        table = pd.read_csv(path, dtype="uint8").to_numpy()
        return cls(table[:, 1:].reshape(-1, SIDE, SIDE, 1).astype("float32") / 255, table[:, 0].astype("int32"))


@dataclass(frozen=True)
class Augmentation:
    """Random changes: flip or not, ± degrees, ± share of size, ± share of the side, ± share of contrast."""

    flip: bool = False
    rotation: float = 18.0
    zoom: float = 0.1
    shift: float = 0.1
    tone: float = 0.0

    def __call__(self, images: tf.Tensor) -> tf.Tensor:
        """Change a batch (N, 28, 28, 1), each image in its own way; one affine map does all but the tone."""
        count = tf.shape(images)[0]
        angle = tf.random.uniform([count], -self.rotation, self.rotation) * np.pi / 180
        size = 1 + tf.random.uniform([count], -self.zoom, self.zoom)
        side = tf.where(tf.random.uniform([count]) < (0.5 if self.flip else 0.0), -1.0, 1.0)
        shift_x, shift_y = (tf.random.uniform([count], -self.shift, self.shift) * SIDE for _ in range(2))
        cosine, sine = tf.cos(angle) * size, tf.sin(angle) * size
        a0, a1, b0, b1 = cosine * side, -sine, sine * side, cosine
        middle = (SIDE - 1) / 2
        zero = tf.zeros_like(angle)
        maps = tf.stack(
            [
                *(a0, a1, middle - (a0 + a1) * middle + shift_x),
                *(b0, b1, middle - (b0 + b1) * middle + shift_y),
                *(zero, zero),
            ],
            1,
        )
        changed = tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=maps,
            output_shape=[SIDE, SIDE],
            interpolation="BILINEAR",
            fill_mode="NEAREST",
            fill_value=0.0,
        )
        contrast = tf.random.uniform([count, 1, 1, 1], 1 - self.tone, 1 + self.tone)
        brightness = tf.random.uniform([count, 1, 1, 1], -0.4 * self.tone, 0.4 * self.tone)
        gamma = tf.exp(tf.random.uniform([count, 1, 1, 1], -1.5 * self.tone, 1.5 * self.tone))
        curved = tf.maximum(changed, 1e-4) ** gamma
        return tf.clip_by_value((curved - 0.6) * contrast + 0.6 + brightness, 0, 1)


FOR_REALISM = Augmentation(flip=True, rotation=18, zoom=0.15, tone=0.4)
FOR_LESSON = Augmentation(flip=True, rotation=12, shift=0.06)


def dense() -> keras.Model:
    """Lesson 02's network."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(512, activation="relu"),
            layers.Dense(24, activation="softmax"),
        ]
    )


def convolutional() -> keras.Model:
    """Lesson 03's network."""
    layers = keras.layers

    def block(filters: int) -> list:
        return [
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2, padding="same"),
            layers.BatchNormalization(momentum=0.9),
        ]

    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            *block(32),
            *block(48),
            layers.Dropout(0.2),
            *block(64),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(24, activation="softmax"),
        ]
    )


def train(
    model: keras.Model,
    data: Split,
    valid: Split | None,
    epochs: int,
    batch: int = 128,
    augmentation: Augmentation | None = None,
    fixed_rate: float | None = None,
) -> dict[str, list[float]]:
    """Train with Adam along half a cosine wave from .002, or at a fixed rate; the history."""
    steps = epochs * -(-len(data.x) // batch)
    rate = fixed_rate or keras.optimizers.schedules.CosineDecay(0.002, steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    batches = tf.data.Dataset.from_tensor_slices((data.x, data.y)).shuffle(len(data.x), seed=1).batch(batch)
    if augmentation:
        batches = batches.map(lambda x, y: (augmentation(x), y), num_parallel_calls=1)
    tested = (valid.x, valid.y) if valid else None
    return model.fit(
        batches.prefetch(2), epochs=epochs, validation_data=tested, validation_batch_size=1000, verbose=0
    ).history


def by_letter(model: keras.Model, data: Split) -> tuple[np.ndarray, np.ndarray]:
    """Confusion (24, 24), each row summing to 1, and recall by letter (24,)."""
    said = model.predict(data.x, batch_size=1000, verbose=0).argmax(1)
    table = np.zeros((24, 24))
    np.add.at(table, (data.y, said), 1)
    return table / table.sum(1, keepdims=True), np.array([table[k, k] / table[k].sum() for k in range(24)])


def accuracy(model: keras.Model, data: Split) -> float:
    """Share of images named right."""
    return float((model.predict(data.x, batch_size=1000, verbose=0).argmax(1) == data.y).mean())


def report(title: str, model: keras.Model, data: Split) -> None:
    """Print accuracy, recall by letter and what each letter is taken for."""
    table, recall = by_letter(model, data)
    print(f"{title}: {accuracy(model, data):.3f}, least {recall.min():.2f} ({LETTERS[recall.argmin()]})")
    for k, letter in enumerate(LETTERS):
        wrong = [(table[k, j], LETTERS[j]) for j in np.argsort(-table[k]) if j != k and table[k, j] >= 0.08][:3]
        print(f"  {letter} {recall[k]:.2f}  " + " ".join(f"{other} {share:.2f}" for share, other in wrong))


def judge(real: Path, path: Path | None, seed: int = 1) -> keras.Model:
    """The network trained on the real edition, from `path` if it is there."""
    if path and path.is_file():
        return keras.models.load_model(path)
    keras.utils.set_random_seed(seed)
    model = convolutional()
    history = train(model, Split.read(real, "train"), Split.read(real, "valid"), 10, augmentation=FOR_REALISM)
    print(f"judge on real validation {history['val_accuracy'][-1]:.3f}")
    if path:
        model.save(path)
    return model


def groups(path: Path, edition: Path) -> None:
    """Print a network's error on new and on known people, and by skin tone, hand and both on new ones.

    Intervals are 95 % of 2,000 bootstrap samples of people, drawn anew within each third of skin tones.
    """
    import pandas as pd

    model, wrong = keras.models.load_model(path), {}
    for split in ("valid", "known"):
        data = Split.read(edition, split)
        table = pd.read_csv(edition / "asl_data" / f"factors_{split}.csv.xz")
        table["wrong"] = model.predict(data.x * 255, batch_size=1000, verbose=0).argmax(1) != data.y
        table["tone"] = pd.cut(table["skin_tone"], [0, 4, 7, 10], labels=["light", "medium", "dark"])
        wrong[split] = table
        print(
            f"{path.name} {split}: error {table['wrong'].mean():.3f}", table.groupby("hand")["wrong"].mean().to_dict()
        )
    chance = np.random.default_rng(1)
    for hand in ("both", "right", "left"):
        people = wrong["valid"][(wrong["valid"]["hand"] == hand) | (hand == "both")]
        people = people.groupby(["tone", "signer"], observed=True)["wrong"].agg(["sum", "size"])
        found = {}
        for tone, group in people.groupby("tone", observed=True):
            drawn = group.to_numpy()[chance.integers(len(group), size=(2000, len(group)))].sum(1)
            found[tone] = group["sum"].sum() / group["size"].sum(), drawn[:, 0] / drawn[:, 1]
            low, high = np.quantile(found[tone][1], [0.025, 0.975])
            print(f"  {hand} {tone}: {found[tone][0]:.3f} [{low:.3f}, {high:.3f}], {len(group)} people")
        (dark, many), (light, others) = found["dark"], found["light"]
        low, high = np.quantile(many - others, [0.025, 0.975])
        print(f"  {hand} dark - light: {dark - light:+.3f} [{low:+.3f}, {high:+.3f}]")


def letters(paths: list[Path], real: Path, out: Path) -> None:
    """Write a row a letter: original validation images, share read right, the letter most often named instead."""
    data = Split.read(real, "valid")
    data = Split(data.x * 255, data.y)
    table = np.mean([by_letter(keras.models.load_model(path), data)[0] for path in paths], axis=0)
    rows = ["letter,images,read,taken_for,share"]
    for k, letter in enumerate(LETTERS):
        other = int(np.argmax(np.where(np.arange(24) == k, 0, table[k])))
        rows.append(f"{letter},{(data.y == k).sum()},{table[k, k]:.2f},{LETTERS[other]},{table[k, other]:.2f}")
    out.write_text("\n".join(rows) + "\n")
    print(f"{(np.diag(table)[data.y]).mean():.3f} of {len(data.y)} in all")


def realism(
    train_split: Split, valid_split: Split, real: Path, path: Path | None, epochs: int, seeds: list[int]
) -> None:
    """Print how well a network trained on the one edition reads the other, both ways."""
    ours = Split(np.concatenate([train_split.x, valid_split.x]), np.concatenate([train_split.y, valid_split.y]))
    report("real to ours", judge(real, path), ours)
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        model = convolutional()
        train(model, train_split, None, epochs, augmentation=FOR_REALISM)
        report(f"ours to real (seed {seed})", model, Split.read(real, "valid"))


def story(train_split: Split, valid_split: Split, seeds: list[int], only: str = "") -> None:
    """Print what lessons 02, 03 and 04a reach on new people."""
    for seed in seeds:
        for name, build, epochs, batch, augmentation, rate in (
            ("02", dense, 20, 512, None, 0.001),
            ("03", convolutional, 5, 128, None, None),
            ("04a", convolutional, 10, 128, FOR_LESSON, None),
        ):
            if only and name not in only.split(","):
                continue
            keras.utils.set_random_seed(seed)
            log = train(build(), train_split, valid_split, epochs, batch, augmentation, rate)
            last = log["val_accuracy"][-3:]
            print(
                f"{name} seed {seed}: train {log['accuracy'][-1]:.3f} valid {last[-1]:.3f} "
                f"spread of the last three {max(last) - min(last):.3f}",
                flush=True,
            )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["realism", "story", "reader", "groups", "letters"])
    parser.add_argument("--edition", type=Path, default=ROOT / "data", help="what to measure")
    parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "real")
    parser.add_argument("--judge", type=Path, help="keeps the network trained on the real edition")
    parser.add_argument("--networks", type=Path, nargs="+", default=[], help="saved networks, for groups and letters")
    parser.add_argument("--epochs", type=int, default=8, help="of the network trained on ours")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--only", default="", help="lessons, such as 02,03")
    args = parser.parse_args()
    if args.what == "reader":
        np.savez("reader.npz", *judge(args.real, args.judge, seed=101).get_weights())
        return
    if args.what == "groups":
        for path in args.networks:
            groups(path, args.edition)
        return
    if args.what == "letters":
        letters(args.networks, args.real, args.edition / "asl_data" / "real_by_letter.csv")
        return
    ours = Split.read(args.edition, "train"), Split.read(args.edition, "valid")
    if args.what == "realism":
        realism(*ours, args.real, args.judge, args.epochs, args.seeds)
    else:
        story(*ours, args.seeds, args.only)


if __name__ == "__main__":
    main()
