"""Finds variants of the handshapes: poses and views whose outlines resemble those of exemplars in the real edition.

Usage: ``python -m dev.studio.hands fit --real DIR [--letters kpr]``; writes ``variants.json``: angles, nothing of the
images.

Exemplars are the training images nearest to the centers of a clustering, letter by letter. Each is approached from
every form of its letter by a random search (a cross-entropy method) on the cosine distance between histograms of
oriented gradients, with a price on joints far from the form and, with ``--reader``, on sketches that a network trained
on the real edition takes for another letter. (The network that measures realism is another one.)

What stands in ``variants.json`` came out of several rounds of this (``--add``) with better light in the sketches from
round to round; then :mod:`dev.studio.hands.weigh` ran. Found before :data:`FISTS` kept thumbs near to their form, the
thumbs of m and n were afterwards brought to .35 of their offsets; the fingers of m and n to .55, of r to .42 and of s
to .8, the views of r, n and s to about .7, since even a network took these letters for one another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from tqdm import tqdm

from dev.studio.hands import LETTERS
from dev.studio.hands.mesh import Hand, Proportions
from dev.studio.hands.poses import FOLDER, PARAMETERS, SPREAD, Pose, fitted_forms
from dev.studio.hands.reader import Reader
from dev.studio.hands.scene import Light, Surface, framed, take
from dev.studio.hands.skin import display

LIGHT = {"azimuth": 20.0, "elevation": 15.0}
"""What the search may change besides the pose, degrees; it is not kept."""
ALL_SPREAD = np.concatenate([SPREAD, list(LIGHT.values())])
PRICE = 0.015
PRICE_OF_SURPRISE = 0.07
SIDE = 56


def gradients(images: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients (N. Dalal, B. Triggs, 2005) of (…, 28, 28) gray images, unit vectors (…, D)."""
    down, across = np.gradient(images.astype(float), axis=(-2, -1))
    strength = np.sqrt(np.hypot(down, across) + 1e-6)
    angle = (np.arctan2(down, across) % np.pi) / np.pi * 9
    low, part = np.floor(angle).astype(int) % 9, angle - np.floor(angle)
    by_angle = np.zeros((*images.shape, 9))
    np.put_along_axis(by_angle, low[..., None], (strength * (1 - part))[..., None], -1)
    high = (low + 1) % 9
    np.put_along_axis(by_angle, high[..., None], (strength * part)[..., None], -1)
    found = []
    for cell, weight in ((4, 1.0), (7, 1.3)):
        count = 28 // cell
        cells = by_angle.reshape(*images.shape[:-2], count, cell, count, cell, 9).sum((-4, -2))
        size = np.sqrt((cells**2).sum(-1, keepdims=True))
        cells = cells / (size + 0.25 * size.mean((-3, -2), keepdims=True) + 1e-6)
        found.append(weight * cells.reshape(*images.shape[:-2], -1))
    flat = np.concatenate(found, -1)
    return flat / np.linalg.norm(flat, axis=-1, keepdims=True)


@lru_cache(maxsize=1)
def _hand(mesh: Path) -> tuple[Hand, np.ndarray]:
    hand = Hand.read(mesh, refinements=0)
    return hand, hand.body(Proportions.average())


def sketch(mesh: Path, pose: Pose, light_from: np.ndarray) -> np.ndarray:
    """A picture (28, 28) of a pose before a plain wall, lit from image left as in the real edition."""
    hand, body = _hand(mesh)
    vertices = hand.pose(body, pose.joints()) @ pose.camera().T
    vertices = vertices - [0, 0, np.median(vertices[hand.is_hand, 2])]
    scale, shift_x, shift_y, aspect = pose.frame
    frame = framed(vertices[hand.is_hand], 0.86 * scale, shift_x, shift_y, 22, aspect)
    count = len(vertices)
    skin = Surface(vertices, hand.faces, np.full((count, 1), 0.36), np.full(count, 0.05))
    lamp = Light(light_from[0] - 65, float(np.clip(35 + light_from[1], 5, 85)), 1.3, 0.24, 0.65)
    shot = take([skin], lamp, frame, (SIDE, SIDE), shadow_size=80)
    gray = display(np.where(shot.covered, shot.light[..., 0] * 1.1, 0.48))
    return gray.reshape(28, 2, 28, 2).mean((1, 3))


@dataclass(frozen=True)
class Task:
    """One exemplar to approach: its letter, gradients (D,), share of its cluster, and how long to search."""

    mesh: Path
    letter: str
    index: int
    target: np.ndarray
    share: float
    population: int
    generations: int
    reader: Reader | None


FISTS = "aemnst"
"""Letters that differ by the thumb alone: there it may move less."""
THUMB = np.array([name.startswith("thumb") for name in [*PARAMETERS, *LIGHT]])


def _reach(letter: str) -> np.ndarray:
    """How far the search may usually go for a letter (P,)."""
    return np.where(THUMB & (letter in FISTS), 0.4, 1.0) * ALL_SPREAD


def search(task: Task) -> dict:
    """Approach one exemplar from every form of its letter; the best form and its offsets, as written to the file."""
    chance = np.random.default_rng([LETTERS.index(task.letter), task.index])
    forms = fitted_forms(task.letter)
    starts = []
    for name, pose in forms.items():
        starts.append((name, pose, _evolve(task, pose, chance, 6, np.zeros(len(ALL_SPREAD)), _reach(task.letter))))
    name, pose, (_, best, _) = min(starts, key=lambda start: start[2][0])
    _, best, distance = _evolve(task, pose, chance, task.generations, best, 0.6 * _reach(task.letter))
    offset = [round(float(value), 2) for value in best[: len(SPREAD)]]
    return {"form": name, "share": round(task.share, 3), "distance": round(distance, 3), "offset": offset}


def _evolve(task, pose, chance, generations, mean, spread):
    """Cross-entropy method; returns the best (cost, offsets, distance)."""
    reach = _reach(task.letter)
    best = (9.0, mean, 9.0)
    for generation in range(generations):
        offsets = mean + spread * chance.normal(size=(task.population, len(mean)))
        if generation == 0:
            offsets[0] = mean
        offsets = np.clip(offsets, -2 * reach, 2 * reach)
        pictures = np.stack([sketch(task.mesh, pose.shifted(o[: len(SPREAD)]), o[len(SPREAD) :]) for o in offsets])
        distance = 1 - gradients(pictures) @ task.target
        cost = distance + PRICE * ((offsets / reach) ** 2).mean(1)
        if task.reader:
            surprise = task.reader.surprise(pictures, LETTERS.index(task.letter))
            cost += PRICE_OF_SURPRISE * np.minimum(surprise, 6)
        order = np.argsort(cost)
        elite = offsets[order[: max(5, task.population // 5)]]
        if cost[order[0]] < best[0]:
            best = (cost[order[0]], offsets[order[0]], float(distance[order[0]]))
        mean = 0.7 * (0.3 * mean + 0.7 * elite.mean(0)) + 0.3 * best[1]
        spread = np.maximum(0.45 * spread + 0.5 * elite.std(0), 0.05 * reach)
    return best


def exemplars(images: np.ndarray, count: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Gradients (count, D) of the images nearest to the centers of a spherical k-means, and each cluster's share."""
    vectors = gradients(images)
    centers = vectors[chance.choice(len(vectors), count, replace=False)]
    for _ in range(15):
        nearest = (vectors @ centers.T).argmax(1)
        centers = np.stack(
            [vectors[nearest == k].mean(0) if (nearest == k).any() else centers[k] for k in range(count)]
        )
        centers /= np.linalg.norm(centers, axis=1, keepdims=True)
    nearest = (vectors @ centers.T).argmax(1)
    chosen = np.array([(vectors @ center).argmax() for center in centers])
    return vectors[chosen], np.bincount(nearest, minlength=count) / len(vectors)


def fit(
    mesh: Path,
    images: np.ndarray,
    labels: np.ndarray,
    letters: str = LETTERS,
    count: int = 6,
    population: int = 36,
    generations: int = 16,
    processes: int = 2,
    reader: Reader | None = None,
    add: bool = False,
) -> None:
    """Fit `letters` to the real training images and labels and write ``variants.json``, other letters kept.

    With `add`, what was found before for these letters is kept too, and other exemplars are drawn.
    """
    path = FOLDER / "variants.json"
    table = json.loads(path.read_text())["letters"] if path.is_file() else {}
    tasks = []
    for letter in letters:
        before = table.setdefault(letter, []) if add else table.update({letter: []}) or []
        chance = np.random.default_rng([LETTERS.index(letter), len(before)])
        own = images[labels == LETTERS.index(letter)]
        targets, shares = exemplars(own[chance.choice(len(own), min(600, len(own)), replace=False)], count, chance)
        tasks += [
            Task(mesh, letter, len(before) + index, target, share, population, generations, reader)
            for index, (target, share) in enumerate(zip(targets, shares, strict=True))
        ]
    with Pool(processes) as pool:
        for task, found in zip(tasks, tqdm(pool.imap(search, tasks), total=len(tasks), unit="exemplar"), strict=True):
            table[task.letter].append(found)
    write(table)


def write(table: dict[str, list[dict]]) -> None:
    """Write letter → variants to ``variants.json``, the nearest first."""
    rows = []
    for letter in sorted(table):
        found = sorted(table[letter], key=lambda variant: variant["distance"])
        rows.append(f'  "{letter}": [\n   ' + ",\n   ".join(json.dumps(variant) for variant in found) + "\n  ]")
    comment = "Offsets (degrees; frame: shares) from a form of poses.json, in the order of `parameters`; see fit.py."
    head = f' "comment": {json.dumps(comment)},\n "parameters": {json.dumps(list(PARAMETERS))},\n'
    (FOLDER / "variants.json").write_text("{\n" + head + ' "letters": {\n' + ",\n".join(rows) + "\n }\n}\n")
