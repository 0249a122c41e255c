"""Renders ``data/asl_images``: one colour picture a letter, by people, in places and light that ``data/asl_data``
never shows.

Usage: ``python -m studio.hands photos --mesh right.glb``, about 3 s a picture.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from studio.hands import LETTERS
from studio.hands.mesh import Hand, normals, rotation
from studio.hands.places import PLACES, place
from studio.hands.scene import Light, Surface, framed, sleeve, take
from studio.hands.signers import SEED, Signer
from studio.hands.skin import Paint, display, linear, noise

SIZES = ((480, 360), (360, 480), (420, 420), (400, 540), (512, 400), (300, 300), (560, 420), (450, 450))
OVERSAMPLING = 2
CLOTHS = ((44, 60, 92), (150, 44, 46), (214, 208, 196), (60, 62, 66), (86, 112, 84), (196, 150, 70), (112, 76, 106))
LIGHTS = {  # colours of lamp and surroundings, strengths, how hard
    "garden": ((1.05, 1.0, 0.9), (0.95, 1.03, 0.98), 0.95, 0.45, 0.7),
    "beach": ((1.08, 1.0, 0.88), (0.94, 1.0, 1.1), 1.1, 0.45, 0.85),
    "evening": ((1.22, 0.98, 0.72), (0.9, 0.95, 1.2), 0.85, 0.30, 0.6),
    "window": ((0.98, 1.0, 1.04), (1.02, 1.0, 0.97), 0.9, 0.38, 0.6),
}
INDOORS = ((1.08, 1.0, 0.88), (1.02, 1.0, 0.97), 0.85, 0.45, 0.55)


def photo(hand: Hand, paint: Paint, label: int) -> np.ndarray:
    """Picture of a letter, uint8 (H, W, 3)."""
    chance = np.random.default_rng([SEED, 9, label])
    signer = Signer.draw("photo", label)
    names = sorted(PLACES)
    where = names[label % len(names)]
    width, height = SIZES[(5 * label + 3) % len(SIZES)]
    big = (height * OVERSAMPLING, width * OVERSAMPLING)
    moment = signer.moment(label, chance)
    body = hand.body(signer.shape)
    vertices = hand.pose(body, moment.pose.joints())
    rough = 0.00007 * noise(hand.surface, 0.0012, 5) - 0.00022 * paint.crease
    turn = rotation(2, moment.rotation) @ moment.pose.camera()
    vertices = vertices + normals(vertices, hand.faces) * rough[:, None]
    parts = [Surface(vertices, hand.faces, paint.albedo(signer.tone, 0.55), 0.05 + 0.15 * paint.nail)]
    if signer.sleeve != "none":
        reach = -0.058 - hand.surface[:, 1]
        cloth, faces = sleeve(vertices, hand.faces, reach, signer.cuff, 0.005)
        weave = 1 + 0.10 * noise(hand.surface, 0.0016, 6) + 0.08 * noise(hand.surface, 0.01, 7)
        colour = linear(np.array(CLOTHS[chance.integers(len(CLOTHS))]))
        parts.append(Surface(cloth, faces, colour * weave[:, None], np.zeros(len(cloth))))
    mirror = np.array([-1.0 if signer.left else 1.0, 1, 1])
    middle = np.array([0, 0, np.median((vertices @ turn.T)[hand.is_hand, 2])])
    parts = [replace(part, vertices=(part.vertices @ turn.T - middle) * mirror) for part in parts]
    if signer.left:
        parts = [replace(part, faces=part.faces[:, ::-1]) for part in parts]
    lamp, sky, direct, ambient, hard = LIGHTS.get(where, INDOORS)
    light = Light(signer.azimuth, signer.elevation, direct, ambient, hard, np.array(lamp), np.array(sky))
    shorter = min(width, height) / height
    scale = 0.84 * moment.pose.frame[0] * moment.scale * shorter
    frame = framed(parts[0].vertices[hand.is_hand], scale, 0.0, moment.pose.frame[2], signer.view)
    shot = take(parts, light, frame, big, shadow_size=700)
    behind = place(where, (height, width), chance).repeat(OVERSAMPLING, 0).repeat(OVERSAMPLING, 1)
    edge = gaussian_filter(shot.covered.astype(float), OVERSAMPLING * 0.35)[..., None]
    filled = np.where(shot.covered[..., None], shot.light, _spread(shot.light, shot.covered))
    light = filled * edge + behind * (1 - edge)
    light = light.reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3).mean((1, 3))
    seen = gaussian_filter(shot.covered.astype(float), 1)[::OVERSAMPLING, ::OVERSAMPLING]
    hand_light = (light.mean(2) * seen).sum() / seen.sum()
    light = light * (0.30 / (0.6 * hand_light + 0.4 * light.mean())) ** 0.6
    gray = display(light / (1 + 0.12 * light))
    gray += 1.2 * chance.normal(size=(*gray.shape[:2], 1))
    return np.clip(np.rint(gray), 0, 255).astype(np.uint8)


def _spread(light: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Light of the hand continued over its edge, so that softening the edge draws no dark line."""
    weight = gaussian_filter(covered.astype(float), 2)[..., None]
    return gaussian_filter(light * covered[..., None], (2, 2, 0)) / np.maximum(weight, 1e-6)


def write(folder: Path, mesh: Path) -> None:
    """Write the 24 pictures into `folder`."""
    hand = Hand.read(mesh, refinements=3)
    paint = Paint.of(hand)
    folder.mkdir(parents=True, exist_ok=True)
    for label, letter in enumerate(LETTERS):
        Image.fromarray(photo(hand, paint, label)).save(folder / f"{letter}.png", optimize=True)
