"""Coats: the color of every point of an animal's skin, from where the point lies on the dog at rest.

Usage: ``colors = coat("bo", rest, parts, seed)``; the same seed gives the same coat. Colors are sRGB, 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dev.studio.bo.skeleton import Parts, smoothstep

WHITE = np.array([0.91, 0.895, 0.86])
BLACK = np.array([0.05, 0.045, 0.047])
TAN = np.array([0.46, 0.27, 0.14])


@dataclass(frozen=True)
class Noise:
    """Smooth noise in space: sums of waves of random direction, about 0 to 1."""

    seed: int

    def __call__(self, points: np.ndarray, frequency: float, octaves: int = 3) -> np.ndarray:
        """Values (N,) at points (N, 3); `frequency` in waves a metre, doubled and halved in strength by octave."""
        rng = np.random.default_rng(self.seed)
        total = np.zeros(len(points))
        for octave in range(octaves):
            turns = rng.normal(size=(3, 12))
            turns *= frequency * 2**octave * 2 * np.pi / np.linalg.norm(turns, axis=0) * rng.uniform(0.6, 1.3, 12)
            total += np.cos(points @ turns + rng.uniform(0, 2 * np.pi, 12)).sum(1) / 2**octave
        return 0.5 + total / 13


def mix(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """`first` where `share` is 0, `second` where it is 1."""
    return first + (second - first) * np.clip(share, 0, 1)[:, None]


def bib(rest: np.ndarray, parts: Parts, noise: Noise, width: float = 0.05) -> np.ndarray:
    """Share of white on the chest and throat (N,)."""
    wobble = 0.04 * (noise(rest, 9) - 0.5)
    front = parts.are("torso", "C_", "scapula", "upper_arm")
    x, y, z = rest[:, 0] + wobble, np.abs(rest[:, 1]) + wobble, rest[:, 2]
    inside = smoothstep(width + 0.01, width - 0.01, y) * smoothstep(0.17, 0.2, x)
    before_the_neck = smoothstep(0.0, 0.02, x - 0.222 - 0.42 * np.clip(z - 0.5, 0, 1))
    return front * inside * before_the_neck * smoothstep(0.28, 0.32, z) * smoothstep(0.65, 0.61, z)


def paws(rest: np.ndarray, parts: Parts, noise: Noise, height: float = 0.14, hind: float = 0.0) -> np.ndarray:
    """Share of white on the fore paws up to `height`, and on the hind ones up to `hind` (N,)."""
    level = rest[:, 2] + 0.04 * (noise(rest, 9) - 0.5)
    fore = parts.are("hand", "finger", "lower_arm")
    back = parts.are("foot", "toe")
    return fore * smoothstep(height + 0.02, height - 0.02, level) + back * smoothstep(hind + 0.02, hind - 0.02, level)


def _chin(rest: np.ndarray, parts: Parts) -> np.ndarray:
    return parts.are("jaw") * smoothstep(0.36, 0.39, rest[:, 0])


def _solid(color: np.ndarray | tuple[float, float, float], spread: float = 0.2):
    def paint(rest: np.ndarray, parts: Parts, noise: Noise, rng: np.random.Generator) -> np.ndarray:
        shade = rng.uniform(1 - spread, 1 + spread) * (0.8 + 0.4 * noise(rest, 6))
        return np.asarray(color)[None] * shade[:, None]

    return paint


def _bo(rest, parts, noise, rng):
    base = _solid(BLACK, 0.25)(rest, parts, noise, rng)
    white = np.maximum(
        bib(rest, parts, noise, rng.uniform(0.048, 0.06)), paws(rest, parts, noise, rng.uniform(0.13, 0.18))
    )
    if rng.random() < 0.4:
        white = np.maximum(white, 0.8 * _chin(rest, parts))
    return mix(base, WHITE, white)


def _white_chest(base):
    """A dog of one color with a white chest and white paws: Bo in another color, or in another hair."""

    def paint(rest, parts, noise, rng):
        white = np.maximum(bib(rest, parts, noise, 0.05), paws(rest, parts, noise, rng.uniform(0.05, 0.12), 0.05))
        return mix(_solid(base)(rest, parts, noise, rng), WHITE, white)

    return paint


def _white_paws(rest, parts, noise, rng):
    """Bo without his bib."""
    return mix(_solid(BLACK, 0.25)(rest, parts, noise, rng), WHITE, paws(rest, parts, noise, rng.uniform(0.13, 0.18)))


def _white_face(rest, parts, noise, rng):
    """Bo with a white muzzle and a white stripe between the eyes."""
    blaze = parts.are("skull") * smoothstep(0.016, 0.009, np.abs(rest[:, 1])) * (rest[:, 0] > 0.31)
    muzzle = parts.are("skull", "jaw") * smoothstep(0.375, 0.388, rest[:, 0])
    return mix(_bo(rest, parts, noise, rng), WHITE, np.maximum(blaze, muzzle))


def _points(base, points):
    """Dark with lighter legs, muzzle, brows and chest, like a rottweiler."""

    def paint(rest, parts, noise, rng):
        color = _solid(base)(rest, parts, noise, rng)
        lower = smoothstep(0.25, 0.19, rest[:, 2]) * parts.are("lower", "hand", "foot", "finger", "toe")
        muzzle = parts.are("jaw", "skull") * smoothstep(0.372, 0.385, rest[:, 0]) * smoothstep(0.70, 0.68, rest[:, 2])
        brow = np.exp(-(((rest - [0.365, 0.024, 0.725]) / 0.0065) ** 2).sum(1)) + np.exp(
            -(((rest - [0.365, -0.024, 0.725]) / 0.0065) ** 2).sum(1)
        )
        chest = bib(rest, parts, noise, 0.06) * smoothstep(0.42, 0.40, rest[:, 2])
        return mix(color, np.asarray(points), np.max([lower, muzzle, brow, chest], axis=0))

    return paint


def _saddle(rest, parts, noise, rng):
    color = np.array([0.66, 0.46, 0.28]) * (0.85 + 0.3 * noise(rest, 6))[:, None]
    back = smoothstep(0.43, 0.49, rest[:, 2] + 0.06 * (noise(rest, 7) - 0.5) - 0.3 * np.clip(rest[:, 0] - 0.22, 0, 1))
    mask = parts.are("jaw", "skull") * smoothstep(0.378, 0.395, rest[:, 0])
    return mix(color, np.array([0.11, 0.09, 0.08]), np.maximum(back * ~parts.are("skull", "jaw"), mask))


def _husky(rest, parts, noise, rng):
    gray = np.array([[0.2, 0.2, 0.21], [0.42, 0.42, 0.44], [0.45, 0.3, 0.2]][rng.integers(3)])
    head = parts.are("skull") * smoothstep(0.705, 0.72, rest[:, 2])
    back = smoothstep(0.40, 0.45, rest[:, 2] + 0.05 * (noise(rest, 7) - 0.5)) * ~parts.are("skull", "jaw")
    throat = bib(rest, parts, noise, 0.07)
    return mix(np.tile(WHITE, (len(rest), 1)), gray * rng.uniform(0.8, 1.2), np.maximum(head, back) * (1 - throat))


def _tricolor(rest, parts, noise, rng):
    back = smoothstep(0.44, 0.48, rest[:, 2] + 0.05 * (noise(rest, 7) - 0.5)) * ~parts.are("skull", "jaw", "C_")
    head = parts.are("skull", "C_1", "C_2", "C_3") * smoothstep(0.006, 0.014, np.abs(rest[:, 1])) * (rest[:, 0] < 0.40)
    color = mix(np.tile(WHITE, (len(rest), 1)), np.array([0.09, 0.08, 0.075]), back)
    return mix(color, np.array([0.62, 0.38, 0.2]), np.maximum(head, 0.0))


def _collie(base):
    def paint(rest, parts, noise, rng):
        collar = parts.are("C_") | (parts.are("torso", "scapula", "upper_arm") & (rest[:, 0] > 0.17))
        blaze = parts.are("skull") * smoothstep(0.014, 0.007, np.abs(rest[:, 1])) * (rest[:, 0] > 0.33)
        muzzle = parts.are("skull", "jaw") * smoothstep(0.385, 0.40, rest[:, 0])
        tip = parts.are("Ca_18", "Ca_19", "Ca_20", "Ca_21")
        white = np.max([collar, blaze, muzzle, tip, paws(rest, parts, noise, 0.2, 0.13)], axis=0)
        return mix(_solid(base)(rest, parts, noise, rng), WHITE, white)

    return paint


def _patches(color, low: float = 3, high: float = 6, share: float = 0.5):
    def paint(rest, parts, noise, rng):
        patch = smoothstep(share, share + 0.04, noise(rest, rng.uniform(low, high), 2))
        return mix(np.tile(WHITE, (len(rest), 1)), np.asarray(color) * rng.uniform(0.8, 1.2), patch)

    return paint


def _dots(rest, parts, noise, rng):
    return mix(np.tile(WHITE, (len(rest), 1)), BLACK, smoothstep(0.64, 0.68, noise(rest, 14, 1)))


def _tabby(light, dark):
    """Stripes across the body and rings around legs and tail, like a cat's."""

    def paint(rest, parts, noise, rng):
        wobble = 0.02 * (noise(rest, 8) - 0.5)
        along = np.where(parts.are("lower", "hand", "foot", "upper_leg", "upper_arm"), rest[:, 2], rest[:, 0])
        stripe = smoothstep(0.1, 0.6, np.sin((along + wobble) * 2 * np.pi / 0.042))
        belly = smoothstep(0.40, 0.36, rest[:, 2]) * parts.are("torso", "L_", "pelvis")
        color = mix(np.tile(np.asarray(light), (len(rest), 1)), np.asarray(dark), stripe * 0.85)
        pale = np.max([belly, _chin(rest, parts), 0.35 * (parts.are("skull", "jaw") & (rest[:, 0] > 0.385))], axis=0)
        return mix(color * (0.85 + 0.3 * noise(rest, 7))[:, None], WHITE * 0.95, pale)

    return paint


def _calico(rest, parts, noise, rng):
    color = _patches((0.72, 0.42, 0.18), 3, 4, 0.48)(rest, parts, noise, rng)
    return mix(color, BLACK * 1.4, smoothstep(0.55, 0.58, Noise(noise.seed + 1)(rest, 4, 2)))


def _tuxedo(rest, parts, noise, rng):
    white = np.max([bib(rest, parts, noise, 0.055), paws(rest, parts, noise, 0.1, 0.09), _chin(rest, parts)], axis=0)
    muzzle = parts.are("skull", "jaw") * smoothstep(0.38, 0.39, rest[:, 0]) * smoothstep(0.695, 0.68, rest[:, 2])
    return mix(_solid(BLACK)(rest, parts, noise, rng), WHITE, np.maximum(white, muzzle))


COATS = {
    "bo": _bo,
    "black": _solid(BLACK, 0.3),
    "brown": _solid((0.30, 0.18, 0.11)),
    "red": _solid((0.50, 0.26, 0.12)),
    "golden": _solid((0.70, 0.53, 0.34), 0.12),
    "cream": _solid((0.86, 0.77, 0.62), 0.06),
    "fawn": _solid((0.70, 0.53, 0.37), 0.12),
    "white": _solid(WHITE, 0.03),
    "gray": _solid((0.42, 0.42, 0.43), 0.25),
    "apricot": _solid((0.66, 0.48, 0.34), 0.1),
    "black-white-chest": _white_chest(BLACK),
    "black-white-paws": _white_paws,
    "black-white-face": _white_face,
    "brown-white-chest": _white_chest((0.30, 0.18, 0.11)),
    "gray-white-chest": _white_chest((0.40, 0.40, 0.41)),
    "black-and-tan": _points(BLACK, TAN),
    "brown-and-tan": _points((0.28, 0.16, 0.10), (0.66, 0.42, 0.24)),
    "saddle": _saddle,
    "husky": _husky,
    "tricolor": _tricolor,
    "black-collie": _collie(BLACK),
    "sable-collie": _collie((0.56, 0.34, 0.16)),
    "black-patches": _patches(BLACK),
    "brown-patches": _patches((0.40, 0.22, 0.12)),
    "dots": _dots,
    "gray-tabby": _tabby((0.52, 0.48, 0.43), (0.17, 0.15, 0.13)),
    "orange-tabby": _tabby((0.80, 0.55, 0.31), (0.62, 0.34, 0.14)),
    "calico": _calico,
    "tuxedo": _tuxedo,
}


def coat(name: str, rest: np.ndarray, parts: Parts, seed: int) -> np.ndarray:
    """Colors (N, 3) of the coat `name` at points of the dog at rest (N, 3) whose bones are `parts`."""
    return np.clip(COATS[name](rest, parts, Noise(seed), np.random.default_rng(seed)), 0, 1)
