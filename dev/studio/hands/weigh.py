"""Makes those variants common that a network trained on the real edition can read: writes ``weight`` into
``variants.json``.

Usage: ``python -m dev.studio.hands weigh --reader reader.npz --mesh right.glb``. Each variant is drawn in the hands of
a few signers; its weight is the root of its exemplar's share of the real images, times the square of how often the
network names it right.
"""

from __future__ import annotations

import json
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from tqdm import tqdm

from dev.studio.hands import LETTERS, fit
from dev.studio.hands.dataset import expose, person
from dev.studio.hands.poses import FOLDER, base_forms
from dev.studio.hands.reader import Reader

SIGNERS = 10
AT_LEAST = 0.02


def _read(job: tuple[Path, Reader, str, dict]) -> dict:
    mesh, reader, letter, variant = job
    label = LETTERS.index(letter)
    images = []
    for number in range(SIGNERS):
        signer, body = person(mesh, "train", number)
        chance = np.random.default_rng([label, number])
        pose = base_forms()[letter][variant["form"]].shifted(np.array(variant["offset"]))
        moment = replace(signer.moment(label, chance), pose=pose)
        image, _ = expose(mesh, signer, body, moment, chance)
        images.append(image[:, ::-1] if signer.left else image)
    named = np.exp(-reader.surprise(np.stack(images), label)).mean()
    weight = variant["share"] ** 0.5 * (AT_LEAST + named) ** 2
    return variant | {"read": round(float(named), 2), "weight": round(float(weight), 4)}


def weigh(mesh: Path, reader: Reader, processes: int = 2) -> None:
    """Weigh all variants of ``variants.json``."""
    table = json.loads((FOLDER / "variants.json").read_text())["letters"]
    jobs = [(mesh, reader, letter, variant) for letter in table for variant in table[letter]]
    with Pool(processes) as pool:
        done = list(tqdm(pool.imap(_read, jobs, chunksize=4), total=len(jobs), unit="variant"))
    weighed: dict[str, list[dict]] = {letter: [] for letter in table}
    for (_, _, letter, _), variant in zip(jobs, done, strict=True):
        weighed[letter].append(variant)
    fit.write(weighed)
