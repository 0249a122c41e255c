"""What skin looks like: tones, palm and back, nails, creases; painted once on the hand at rest.

Usage: ``paint = Paint.of(hand)``; ``colors = paint.albedo(tone)``, (V, 3) linear reflectances for the vertices of a
posed hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates

from dev.studio.hands.mesh import FINGERS, Hand, normals

TONES = np.array(
    [
        [244, 219, 203],
        [238, 208, 187],
        [231, 198, 174],
        [219, 180, 150],
        [202, 157, 124],
        [178, 130, 97],
        [150, 104, 75],
        [120, 80, 57],
        [91, 60, 44],
        [66, 45, 36],
    ]
)
"""Backs of hands in sRGB, from very light (1) to very dark (10).

Ten steps as in the Monk Skin Tone Scale (E. Monk, 2019), with values of our own.
"""
PALM_LINES = (  # x, y in meters in the image frame at rest: heart, head and life line
    ((-0.030, 0.014), (-0.012, 0.017), (0.004, 0.024), (0.012, 0.033)),
    ((-0.026, -0.006), (-0.008, 0.004), (0.010, 0.013), (0.022, 0.016)),
    ((0.004, -0.042), (0.001, -0.022), (0.006, -0.003), (0.022, 0.014)),
)


def linear(srgb: np.ndarray) -> np.ndarray:
    """Light (0–1) of display values (0–255), by the sRGB curve."""
    value = np.asarray(srgb, float) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def display(light: np.ndarray) -> np.ndarray:
    """Display values (0–255) of light (0–1), by the sRGB curve."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def noise(points: np.ndarray, cell: float, seed: int) -> np.ndarray:
    """Smooth random values, about −1 to 1, at points (N, 3) in meters; `cell` is the size of a blob in meters."""
    lattice = np.random.default_rng(seed).normal(0, 0.6, (32, 32, 32))
    return map_coordinates(lattice, (points / cell).T, order=1, mode="grid-wrap")


def _near_line(points: np.ndarray, line: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Distance of points (N, 2) to a line of straight pieces."""
    nearest = np.full(len(points), np.inf)
    for start, end in zip(np.array(line[:-1]), np.array(line[1:]), strict=True):
        along = end - start
        share = np.clip((points - start) @ along / (along @ along), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(points - start - share[:, None] * along, axis=1))
    return nearest


def _smoothed(values: np.ndarray, faces: np.ndarray, times: int) -> np.ndarray:
    """Values (V,) averaged over each vertex's faces, `times` times."""
    uses = np.maximum(np.bincount(faces.ravel(), minlength=len(values)), 1)
    for _ in range(times):
        mean = values[faces].mean(1)
        values = sum(np.bincount(faces[:, corner], mean, len(values)) for corner in range(3)) / uses
    return values


@dataclass(frozen=True)
class Paint:
    """Masks (V,), 0–1, on the vertices of a hand: palm side, nail, dark creases, and uneven pigment (about −1 to 1)."""

    palm: np.ndarray
    nail: np.ndarray
    crease: np.ndarray
    mottle: np.ndarray

    @classmethod
    def of(cls, hand: Hand) -> Paint:
        """Paint `hand` at rest."""
        place, facing = hand.surface, normals(hand.surface, hand.faces)
        palm, nail, crease = np.zeros(len(place)), np.zeros(len(place)), np.zeros(len(place))
        for digit in ("thumb", *FINGERS):
            owned = hand.digit == digit
            joints = ("cmc", "mcp", "ip") if digit == "thumb" else ("cmc", "mcp", "pip", "dip")
            tip = np.linalg.inv(hand.bones[f"{digit}_{joints[-1]}"])
            local, turned = place @ tip[:3, :3].T + tip[:3, 3], facing @ tip[:3, :3].T
            palm[owned] = np.clip(0.5 - 1.6 * turned[owned, 1], 0, 1)
            at_end = owned & (local[:, 2] < 0)
            length, half = -local[at_end, 2].min(), np.ptp(local[at_end, 0]) / 2
            # a nail is a rounded box on the back of the last bone
            away = ((local[:, 0] / (0.72 * half)) ** 4 + ((local[:, 2] + 0.66 * length) / (0.33 * length)) ** 4) ** 0.25
            nail = np.where(owned & (turned[:, 1] > 0.1), np.maximum(nail, np.clip((1.06 - away) / 0.12, 0, 1)), nail)
            rim = np.exp(-(((away - 1.04) / 0.07) ** 2)) * (turned[:, 1] > 0.1)
            crease = np.where(owned, np.maximum(crease, 0.5 * rim), crease)
            for joint in joints[1:]:
                frame = np.linalg.inv(hand.bones[f"{digit}_{joint}"])
                q, n = place @ frame[:3, :3].T + frame[:3, 3], facing @ frame[:3, :3].T
                knuckle = joint == "mcp" and digit != "thumb"
                inner = 0.024 if knuckle else 0.0
                lines = np.exp(-(((q[:, 2] + inner) / 0.0009) ** 2)) * np.clip(-n[:, 1] * 2, 0, 1)
                if not knuckle:
                    for step in (-0.0042, -0.0014, 0.0014, 0.0042):
                        wavy = q[:, 2] + step + 0.0006 * np.sin(q[:, 0] * 900 + step * 4000)
                        lines += 0.5 * np.exp(-((wavy / 0.0005) ** 2)) * np.clip(n[:, 1] * 2 - 0.6, 0, 1)
                crease = np.where(owned, np.maximum(crease, np.clip(lines, 0, 1)), crease)
        rest = hand.digit == ""
        palm[rest] = np.clip(0.5 + 1.6 * facing[rest, 2], 0, 1) * np.clip((place[rest, 1] + 0.075) / 0.03, 0.25, 1)
        for line in PALM_LINES:
            lines = np.exp(-((_near_line(place[:, :2], line) / 0.0009) ** 2)) * (facing[:, 2] > 0.3)
            crease = np.where(rest, np.maximum(crease, 0.8 * lines), crease)
        wrist = np.exp(-(((place[:, 1] + 0.052 + 0.08 * place[:, 0] ** 2 * 30) / 0.0009) ** 2)) * (facing[:, 2] > 0.1)
        crease = np.maximum(crease, 0.7 * wrist)
        palm = _smoothed(palm, hand.faces, round(60 * np.sqrt(len(place) / 80_000) + 2))
        mottle = 0.5 * noise(place, 0.012, 1) + 0.3 * noise(place, 0.004, 2) + 0.25 * noise(place, 0.0015, 3)
        return cls(palm, nail, crease, mottle)

    def albedo(self, tone: float, crease: float = 1.0) -> np.ndarray:
        """Linear reflectance (V, 3) for a skin tone, 1 (very light) to 10 (very dark), fractions allowed."""
        steps = np.arange(1, len(TONES) + 1)
        back = np.array([np.interp(tone, steps, linear(TONES)[:, channel]) for channel in range(3)])
        pale = np.array([np.interp(4.2, steps, linear(TONES)[:, channel]) for channel in range(3)])
        share = np.clip((tone - 2) / 8, 0, 1)  # palms hold less pigment: the darker the back, the larger the difference
        inside = (back * (1 - 0.42 * share) + pale * 0.42 * share) * [1.06, 0.97, 0.94]
        skin = back + self.palm[:, None] * (inside - back)
        skin = skin * (1 + 0.07 * self.mottle[:, None] * [0.8, 1.0, 1.1])
        skin = skin * (1 - crease * self.crease[:, None] * np.array([0.42, 0.52, 0.56]))
        bed = 0.55 * inside + 0.45 * np.array([0.62, 0.36, 0.31]) * (0.35 + 0.65 * (1 - share))
        return skin + self.nail[:, None] * (bed * 1.12 - skin)
