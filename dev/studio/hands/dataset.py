"""Writes ``data/asl_data``: 36,355 small gray images of hands and, row by row, how each was made.

Usage: ``python -m dev.studio.hands --mesh right.glb dataset [train valid known]``. Each image depends on its own seed
alone, so the number of processes changes nothing; on another machine single pixels may differ by one or two gray levels
where rounding falls differently.
"""

from __future__ import annotations

import io
import lzma
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter
from tqdm import tqdm

from dev.studio.hands import LETTERS
from dev.studio.hands.backdrop import backdrop
from dev.studio.hands.mesh import Body, Hand, rotation
from dev.studio.hands.scene import Light, Surface, framed, placed, sleeve, take
from dev.studio.hands.signers import FREEDOM, SEED, SPLITS, Moment, Signer
from dev.studio.hands.skin import Paint, display

ROWS = {"train": 27_455, "valid": 7_172, "known": 1_728}
SPREAD_OF_COUNTS = {"train": 75, "valid": 80, "known": 0}
SIDE = 28
OVERSAMPLING = 3
SHARPENING = 0.6
STEP = 4
"""Gray levels are multiples of it: nobody sees the difference, and the files are a third smaller."""
COLUMNS = (
    "signer",
    "hand",
    "skin_tone",
    "sleeve",
    "background",
    "form",
    "scale",
    "shift_x",
    "shift_y",
    "rotation",
    "yaw",
    "pitch",
    "azimuth",
    "elevation",
    "brightness",
    "contrast",
    "blur",
    "noise",
)
GRAY = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True)
class Studio:
    """What all pictures share in one process: the mesh and its paint."""

    hand: Hand
    paint: Paint


@lru_cache(maxsize=1)
def studio(mesh: Path) -> Studio:
    """Read the mesh and paint it, once a process."""
    hand = Hand.read(mesh)
    return Studio(hand, Paint.of(hand))


@lru_cache(maxsize=320)
def person(mesh: Path, split: str, number: int) -> tuple[Signer, Body]:
    """A signer and the proportions of their hand; the known ones are those of training."""
    signer = Signer.draw("train" if split == "known" else split, number)
    return signer, studio(mesh).hand.body(signer.shape)


def counts(split: str) -> np.ndarray:
    """Images per label (24,), which sum to the rows of the split."""
    chance = np.random.default_rng([SEED, SPLITS.index(split), 1000])
    share = chance.normal(ROWS[split] / len(LETTERS), SPREAD_OF_COUNTS[split], len(LETTERS))
    whole = np.floor(share * ROWS[split] / share.sum()).astype(int)
    whole[: ROWS[split] - whole.sum()] += 1
    return whole


def plan(split: str, share: float = 1.0) -> list[tuple[int, int, int]]:
    """(row, label, signer) of each image, in the order of the file; of all, or of a share of them for a quick look."""
    chance = np.random.default_rng([SEED, SPLITS.index(split), 2000])
    labels = np.repeat(np.arange(len(LETTERS)), counts(split))
    order = np.concatenate([chance.permutation(FREEDOM[split].signers) for _ in range(len(labels))])
    rows = np.stack([labels, order[: len(labels)]], 1)[chance.permutation(len(labels))]
    return [(row, int(label), int(who)) for row, (label, who) in enumerate(rows[: round(share * len(rows))])]


def surfaces(studio: Studio, signer: Signer, body: Body, moment: Moment) -> list[Surface]:
    """The posed hand, dressed and turned to the camera."""
    hand = studio.hand
    vertices = hand.pose(body, moment.pose.joints())
    turn = rotation(2, moment.rotation) @ moment.pose.camera()
    albedo = (studio.paint.albedo(signer.tone) @ GRAY)[:, None]
    gloss = 0.05 + 0.12 * studio.paint.nail
    parts = [Surface(vertices, hand.faces, albedo, gloss)]
    if signer.sleeve != "none":
        reach = -0.058 - hand.surface[:, 1]
        cloth, faces = sleeve(vertices, hand.faces, reach, signer.cuff, 0.005)
        parts.append(Surface(cloth, faces, np.full((len(cloth), 1), signer.cloth), np.zeros(len(cloth))))
    return placed(parts, turn, hand.is_hand, signer.left)


def expose(
    mesh: Path, signer: Signer, body: Body, moment: Moment, chance: np.random.Generator, side: int = SIDE
) -> tuple[np.ndarray, tuple[float, float, float]]:
    """One image, uint8 (side, side), and the size and shift of the hand in it, as shares of the side."""
    room = np.random.default_rng([SEED, SPLITS.index(signer.split), 4000, signer.number])
    parts = surfaces(studio(mesh), signer, body, moment)
    scale, shift_x, shift_y, aspect = moment.pose.frame
    scale, shift_x, shift_y = (
        scale * moment.scale,
        shift_x * (-1 if signer.left else 1) + moment.shift_x,
        shift_y + moment.shift_y,
    )
    frame = framed(parts[0].vertices[studio(mesh).hand.is_hand], 0.86 * scale, shift_x, shift_y, signer.view, aspect)
    lamp = Light(moment.azimuth, moment.elevation, signer.direct, signer.ambient, signer.hard)
    size = side * OVERSAMPLING
    shot = take(parts, lamp, frame, (size, size), shadow_size=128)
    behind = backdrop(signer.background, signer.wall, size, room, chance)
    light = np.where(shot.covered, shot.light[..., 0], behind)
    light = light * metered(light, shot.covered) * 2.0**moment.brightness
    gray = display(gaussian_filter(light, size / SIDE * moment.blur))
    gray = gray.reshape(side, OVERSAMPLING, side, OVERSAMPLING).mean((1, 3))
    gray += SHARPENING * (gray - gaussian_filter(gray, side / SIDE))  # as cameras do
    gray = (gray - 140) * moment.contrast + 140
    gray += moment.noise * chance.normal(size=gray.shape)
    return np.clip(STEP * np.rint(gray / STEP), 0, 255).astype(np.uint8), (scale, shift_x, shift_y)


def picture(mesh: Path, split: str, row: int, label: int, number: int, side: int = SIDE) -> tuple[np.ndarray, list]:
    """Image `row` of a split, uint8 (side, side), and its factors in the order of :data:`COLUMNS`."""
    signer, body = person(mesh, split, number)
    chance = np.random.default_rng([SEED, SPLITS.index(split), 3000, row])
    moment = signer.moment(label, chance, FREEDOM[split])
    image, (scale, shift_x, shift_y) = expose(mesh, signer, body, moment, chance, side)
    factors = [
        signer.name,
        "left" if signer.left else "right",
        f"{signer.tone:.1f}",
        signer.sleeve,
        signer.background,
        moment.form,
        f"{scale:.3f}",
        f"{shift_x:.3f}",
        f"{shift_y:.3f}",
        f"{moment.rotation:.1f}",
        f"{moment.pose.view[0]:.1f}",
        f"{moment.pose.view[1]:.1f}",
        f"{moment.azimuth:.0f}",
        f"{moment.elevation:.0f}",
        f"{moment.brightness:.2f}",
        f"{moment.contrast:.2f}",
        f"{moment.blur:.2f}",
        f"{moment.noise:.1f}",
    ]
    return image, factors


def metered(light: np.ndarray, covered: np.ndarray) -> float:
    """Exposure that a camera chooses: it looks at the hand more than at the room, and corrects two thirds."""
    hand = light[covered].mean() if covered.any() else light.mean()
    return float((0.33 / (0.65 * hand + 0.35 * light.mean())) ** 0.65)


def _job(arguments: tuple) -> tuple[np.ndarray, list]:
    return picture(*arguments)


def make(
    mesh: Path, split: str, share: float = 1.0, processes: int = 2
) -> tuple[np.ndarray, np.ndarray, list[list[str]]]:
    """Images uint8 (N, 28, 28), labels uint8 (N,) and factors of a split, or of a share of it."""
    todo = plan(split, share)
    jobs = [(mesh, split, row, label, who) for row, label, who in todo]
    with Pool(processes) as pool:
        done = list(tqdm(pool.imap(_job, jobs, chunksize=64), total=len(jobs), desc=split, unit="image"))
    images = np.stack([image for image, _ in done])
    return images, np.array([label for _, label, _ in todo], np.uint8), [factors for _, factors in done]


def write(folder: Path, mesh: Path, splits: Iterable[str] = tuple(ROWS), processes: int = 2) -> None:
    """Write the images and the factors of `splits` into `folder`."""
    for split in splits:
        images, labels, factors = make(mesh, split, processes=processes)
        header = ["label", *(f"pixel{number}" for number in range(1, SIDE * SIDE + 1))]
        _write_csv(
            folder / f"sign_mnist_{split}.csv.xz", header, np.c_[labels[:, None], images.reshape(len(images), -1)]
        )
        _write_csv(folder / f"factors_{split}.csv.xz", COLUMNS, factors)


def _write_csv(path: Path, header: list[str], rows) -> None:
    text = io.StringIO()
    text.write(",".join(header) + "\n")
    for row in rows:
        text.write(",".join(map(str, row)) + "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(text.getvalue().encode()))
