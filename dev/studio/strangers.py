"""How well a network that learned from the embedded hands reads photos of people it has never seen.

Usage: ``python -m dev.studio.strangers [--real FOLDER] [--models FOLDER]``. It runs lesson 04a on the embedded edition,
unless FOLDER already holds its model, and asks that model for every picture of hands in a real edition
(``COURSE_REAL``). Lesson 04b quotes the result, rounded; nothing of the real edition is kept. Needs the
course's own environment.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from course.paths import ROOT
from course.runner.executor import Settings, execute
from course.runner.run import Plain

LESSON = "04a_asl_augmentation"


def main() -> None:
    """Train where needed, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m dev.studio.strangers")
    real = ROOT / os.environ.get("COURSE_REAL", "../shared/real")
    parser.add_argument("--real", type=Path, default=real, help="a real edition of the data")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="where the model is, or is to be saved")
    args = parser.parse_args()
    os.environ["COURSE_MODELS"] = str(args.models.resolve())
    if not (args.models / "asl_model.keras").is_file():
        outcome = execute(ROOT / f"{LESSON}.ipynb", Settings(edition=ROOT / "data"), Plain())
        if outcome.status != "passed":
            raise SystemExit(f"{LESSON} stopped at {outcome.cell}: {outcome.reason}")
    measure(args.models / "asl_model.keras", args.real)


def measure(model_file: Path, real: Path) -> None:
    """Print the share of real pictures that the model reads, by split and by letter."""
    import keras
    import numpy as np
    import pandas as pd
    from PIL import ImageOps

    from course.datasets.reading import ASL_LETTERS
    from course.widgets import read_picture

    model = keras.models.load_model(model_file)

    def letters_read(images: np.ndarray) -> np.ndarray:
        return model.predict(images, batch_size=1000, verbose=0).argmax(axis=1)

    for split in ("train", "valid"):
        (path,) = (real / "asl_data").glob(f"sign_mnist_{split}.csv*")
        table = pd.read_csv(path, dtype="uint8")
        labels = table.pop("label").to_numpy()
        right = letters_read(table.to_numpy().reshape(-1, 28, 28, 1)) == labels
        by_letter = pd.Series(right).groupby([ASL_LETTERS[label] for label in labels]).mean()
        print(f"{split}: {right.mean():.3f} of {len(right)}")
        print("  " + " ".join(f"{letter} {share:.2f}" for letter, share in by_letter.sort_values().items()))
    for path in sorted((real / "asl_images").iterdir()):
        photo = ImageOps.fit(read_picture(path), (28, 28)).convert("L")
        print(path.name, ASL_LETTERS[letters_read(np.asarray(photo)[np.newaxis, :, :, np.newaxis])[0]])


if __name__ == "__main__":
    main()
