"""Renders ``data/asl_images``: one colour picture a letter, by people, in places and light that ``data/asl_data``
never shows.

Usage: ``python -m dev.studio.hands photos --mesh right.glb``, about 3 s a picture.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from dev.studio.hands import LETTERS
from dev.studio.hands.mesh import Hand, normals, rotation
from dev.studio.hands.places import PLACES, place
from dev.studio.hands.scene import Light, Shot, Surface, framed, placed, sleeve, take
from dev.studio.hands.signers import SEED, Moment, Signer
from dev.studio.hands.skin import Paint, display, linear, noise

SIZES = ((420, 400), (400, 440), (380, 380), (440, 400), (360, 400), (480, 460), (450, 450), (400, 430))
OVERSAMPLING = 2
CLOTHS = ((44, 60, 92), (150, 44, 46), (214, 208, 196), (60, 62, 66), (86, 112, 84), (196, 150, 70), (112, 76, 106))
LIGHTS = {  # colours of lamp and surroundings, strengths, how hard
    "garden": ((1.05, 1.0, 0.9), (0.95, 1.03, 0.98), 0.95, 0.45, 0.7),
    "beach": ((1.08, 1.0, 0.88), (0.94, 1.0, 1.1), 1.1, 0.45, 0.85),
    "window": ((0.98, 1.0, 1.04), (1.02, 1.0, 0.97), 0.9, 0.38, 0.6),
}
INDOORS = ((1.08, 1.0, 0.88), (1.02, 1.0, 0.97), 0.85, 0.45, 0.55)


def photo(hand: Hand, paint: Paint, label: int) -> np.ndarray:
    """Picture of a letter, uint8 (H, W, 3)."""
    chance = np.random.default_rng([SEED, 9, label])
    signer = Signer.draw("photo", label)
    names = sorted(PLACES)
    where = names[(3 * label + label // len(names)) % len(names)]
    width, height = SIZES[(5 * label + 3) % len(SIZES)]
    moment = signer.moment(label, chance)
    parts = dressed(hand, paint, signer, moment, chance)
    lamp, sky, direct, ambient, hard = LIGHTS.get(where, INDOORS)
    light = Light(signer.azimuth, signer.elevation, direct, ambient, hard, np.array(lamp), np.array(sky))
    scale = 0.84 * moment.pose.frame[0] * moment.scale * min(width, height) / height
    frame = framed(parts[0].vertices[hand.is_hand], scale, 0.0, moment.pose.frame[2], signer.view)
    shot = take(parts, light, frame, (height * OVERSAMPLING, width * OVERSAMPLING), shadow_size=700)
    behind = place(where, (height, width), chance, blur=0.04)
    behind = calmed(behind, chance.uniform(0.50, 0.64))
    return developed(shot, behind, chance)


def dressed(hand: Hand, paint: Paint, signer: Signer, moment: Moment, chance: np.random.Generator) -> list[Surface]:
    """The posed hand with the roughness of skin, and a sleeve of coloured cloth, turned to the camera."""
    vertices = hand.pose(hand.body(signer.shape), moment.pose.joints())
    rough = 0.00007 * noise(hand.surface, 0.0012, 5) - 0.00022 * paint.crease
    vertices = vertices + normals(vertices, hand.faces) * rough[:, None]
    parts = [Surface(vertices, hand.faces, paint.albedo(signer.tone, 0.55), 0.05 + 0.15 * paint.nail)]
    if signer.sleeve != "none":
        reach = -0.058 - hand.surface[:, 1]
        cloth, faces = sleeve(vertices, hand.faces, reach, signer.cuff, 0.005)
        weave = 1 + 0.10 * noise(hand.surface, 0.0016, 6) + 0.08 * noise(hand.surface, 0.01, 7)
        colour = linear(np.array(CLOTHS[chance.integers(len(CLOTHS))]))
        parts.append(Surface(cloth, faces, colour * weave[:, None], np.zeros(len(cloth))))
    turn = rotation(2, moment.rotation) @ moment.pose.camera()
    return placed(parts, turn, hand.is_hand, signer.left)


def developed(shot: Shot, behind: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Put a shot before a place (H, W, 3) with soft edges, expose it and add a little noise; uint8 (H, W, 3)."""
    height, width = behind.shape[:2]
    behind = behind.repeat(OVERSAMPLING, 0).repeat(OVERSAMPLING, 1)
    edge = gaussian_filter(shot.covered.astype(float), OVERSAMPLING * 0.35)[..., None]
    filled = np.where(shot.covered[..., None], shot.light, _spread(shot.light, shot.covered))
    light = filled * edge + behind * (1 - edge)
    light = light.reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3).mean((1, 3))
    seen = gaussian_filter(shot.covered.astype(float), 1)[::OVERSAMPLING, ::OVERSAMPLING]
    hand_light = (light.mean(2) * seen).sum() / seen.sum()
    light = light * (0.30 / (0.6 * hand_light + 0.4 * light.mean())) ** 0.6
    colour = display(light / (1 + 0.12 * light))
    colour += 1.2 * chance.normal(size=(*colour.shape[:2], 1))
    return np.clip(np.rint(colour), 0, 255).astype(np.uint8)


def calmed(behind: np.ndarray, brightness: float) -> np.ndarray:
    """A place (H, W, 3) with less contrast and of a mean `brightness`, linear: one that the hand stands out from."""
    mean = behind.mean()
    return np.maximum(mean + 0.33 * (behind - mean), 0) * brightness / mean


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
