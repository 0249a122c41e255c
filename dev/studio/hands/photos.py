"""Renders ``data/asl_images``: ten color images a letter, by people, cameras, light and places that ``data/asl_data``
never shows, and ``factors.csv``, which says how each was made.

Usage: ``python -m dev.studio.hands --mesh right.glb photos``, about 1 s an image. 24 people sign ten letters each, with
a camera of their own, in two places with different light, at three distances. Each letter is signed by ten of them, and
letters, cameras, light and distances are crossed, so that the effect of each can be told apart.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from dev.studio.hands import LETTERS
from dev.studio.hands.mesh import LONG_ARM, Hand, normals, rotation
from dev.studio.hands.places import PLACES, place
from dev.studio.hands.scene import Frame, Light, Shot, Surface, framed, placed, projected, sleeve, take
from dev.studio.hands.signers import FREEDOM, SEED, Moment, Signer
from dev.studio.hands.skin import Paint, display, linear, noise

EACH = 10
OVERSAMPLING = 2
SWAY = 8
CLOTHS = {
    "light": ((214, 208, 196), (196, 186, 206), (222, 196, 150), (180, 204, 214)),
    "dark": ((44, 60, 92), (120, 34, 38), (50, 52, 56), (56, 84, 60), (84, 56, 80)),
}
COLUMNS = (
    *("file", "letter", "signer", "hand", "skin_tone", "sleeve", "camera", "place", "light", "distance"),
    *("scale", "shift_x", "shift_y", "rotation", "yaw", "pitch", "azimuth", "elevation", "brightness", "blur", "noise"),
    *("left", "top", "right", "bottom"),
)


@dataclass(frozen=True)
class Camera:
    """What a camera does to an image.

    Attributes:
        size: width and height in pixels; view: field of view in degrees, wide ones distort what is near.
        depth: how much the background is out of focus, share of the height; blur, noise: pixels and gray levels in
            daylight; balance: gains of red, green and blue; contrast, saturation: factors; vignette: how much darker
            the corners are; quality: of the JPEG.
    """

    size: tuple[int, int]
    view: float
    depth: float
    blur: float
    noise: float
    balance: tuple[float, float, float]
    contrast: float
    saturation: float
    vignette: float
    quality: int


CAMERAS = {
    "phone": Camera((360, 480), 28, 0.022, 0.5, 1.5, (0.99, 1.0, 1.04), 1.10, 1.05, 0.05, 84),
    "old phone": Camera((320, 400), 32, 0.018, 1.5, 5.0, (1.12, 1.0, 0.84), 0.92, 0.85, 0.22, 55),
    "tablet": Camera((440, 330), 30, 0.020, 0.9, 2.5, (1.0, 1.0, 1.0), 0.98, 0.95, 0.08, 78),
    "webcam": Camera((448, 336), 36, 0.015, 1.7, 6.0, (0.92, 1.03, 1.02), 0.84, 0.70, 0.12, 58),
    "compact": Camera((450, 338), 24, 0.042, 0.6, 1.2, (1.04, 1.0, 0.95), 1.15, 1.05, 0.10, 88),
    "action": Camera((512, 320), 48, 0.012, 0.6, 2.5, (1.0, 1.01, 1.03), 1.22, 1.12, 0.25, 75),
}
DISTANCES = {"near": 1.0, "middle": 0.88, "far": 0.77}
"""Size of the hand, as ``scale`` in the tables of ``asl_data``: 1 fills 86 % of the middle square."""


@dataclass(frozen=True)
class Lighting:
    """The lamp's and the surroundings' color, strengths, how hard the shadows are, where the lamp is, and exposure.

    Attributes:
        azimuth: degrees from the camera, to either side; behind: how bright the background is; stops: exposure;
        grain: factor of the camera's noise.
    """

    lamp: tuple[float, float, float]
    sky: tuple[float, float, float]
    direct: float
    ambient: float
    hard: float
    azimuth: tuple[float, float]
    behind: float
    stops: float
    grain: float


LIGHTS = {
    "day": Lighting((1.02, 1.0, 0.97), (0.97, 1.0, 1.05), 1.15, 0.28, 0.65, (35, 85), 1.0, 0.1, 1.0),
    "lamp": Lighting((1.10, 1.0, 0.84), (1.05, 1.0, 0.88), 1.25, 0.20, 0.85, (30, 110), 0.55, 0.0, 1.6),
    "dim": Lighting((1.04, 1.0, 0.94), (0.95, 1.0, 1.08), 1.10, 0.28, 0.65, (35, 90), 0.8, -0.65, 1.5),
    "backlit": Lighting((1.0, 1.0, 1.0), (1.0, 1.0, 1.02), 0.75, 0.30, 0.6, (110, 150), 2.6, 0.2, 1.3),
}


@dataclass(frozen=True)
class Plan:
    """Who signs which letter when and where."""

    label: int
    repeat: int

    @property
    def signer(self) -> int:
        """Everybody signs a letter at most once, and ten letters in all."""
        return (self.label + 7 * self.repeat) % len(LETTERS)

    @property
    def session(self) -> int:
        """The first or the second place and light of the signer."""
        return self.repeat % 2

    @property
    def file(self) -> str:
        """Name of the file, which begins with the letter."""
        return f"{LETTERS[self.label]}_p{self.signer:02}.jpg"

    @property
    def camera(self) -> str:
        """Four signers have a camera of the same kind."""
        return list(CAMERAS)[self.signer % len(CAMERAS)]

    @property
    def light(self) -> str:
        """Each camera sees each light in two sessions."""
        return list(LIGHTS)[(self.signer // len(CAMERAS) + self.session) % len(LIGHTS)]

    @property
    def distance(self) -> str:
        """Each letter is seen from near four times, from further away three times each."""
        return list(DISTANCES)[self.repeat % len(DISTANCES)]

    @property
    def place(self) -> str:
        """Where the signer stands in this session."""
        return sorted(PLACES)[(self.signer + 4 * self.session + self.signer // len(PLACES)) % len(PLACES)]


def photo(hand: Hand, paint: Paint, plan: Plan) -> tuple[np.ndarray, list]:
    """An image, uint8 (H, W, 3), and its factors in the order of :data:`COLUMNS`."""
    chance = np.random.default_rng([SEED, 9, plan.label, plan.repeat])
    signer, camera, lighting = Signer.draw("photo", plan.signer), CAMERAS[plan.camera], LIGHTS[plan.light]
    moment = signer.moment(plan.label, chance, FREEDOM["photo"])
    parts = dressed(hand, paint, signer, moment)
    side = -1 if np.random.default_rng([SEED, 10, plan.signer, plan.session]).random() < 0.5 else 1
    azimuth, elevation = side * chance.uniform(*lighting.azimuth), chance.uniform(15, 60)
    light = Light(
        *(azimuth, elevation, lighting.direct, lighting.ambient, lighting.hard),
        *(np.array(lighting.lamp), np.array(lighting.sky)),
    )
    width, height = camera.size
    usual, right, up, _aspect = moment.pose.frame
    scale = DISTANCES[plan.distance] * usual * moment.scale
    loose = 0.02 + 0.10 * (1 - DISTANCES[plan.distance])  # a hand that is far away is seldom in the middle
    shift_x, shift_y = np.clip(chance.normal(0, loose, 2), -0.16, 0.16) + np.array([right * (1 - 2 * signer.left), up])
    short = min(width, height) / height
    frame = framed(parts[0].vertices[hand.is_hand], 0.86 * scale * short, shift_x * short, shift_y * short, camera.view)
    size = (height * OVERSAMPLING, width * OVERSAMPLING)
    shot = take(parts, light, frame, size, shadow_size=500)
    behind = lighting.behind * scenery(plan.place, plan.camera, plan.signer, plan.session)
    top, left = chance.integers(2 * SWAY + 1, size=2)
    behind = behind[top : top + height, left : left + width]
    grain, blur = camera.noise * lighting.grain, camera.blur * chance.uniform(0.8, 1.4)
    image = developed(shot, behind, camera, lighting, blur, grain, chance)
    corners = box(parts[0].vertices[hand.is_hand], frame, (height, width))
    factors = [
        *(plan.file, LETTERS[plan.label], f"p{plan.signer:02}", "left" if signer.left else "right"),
        *(f"{signer.tone:.1f}", signer.sleeve, plan.camera, plan.place, plan.light, plan.distance),
        *(f"{scale:.3f}", f"{shift_x:.3f}", f"{shift_y:.3f}", f"{moment.rotation:.1f}"),
        *(f"{angle:.1f}" for angle in moment.pose.view[:2]),
        *(f"{azimuth:.0f}", f"{elevation:.0f}", f"{lighting.stops:.1f}", f"{blur:.1f}", f"{grain:.1f}"),
        *corners,
    ]
    return image, factors


@lru_cache(maxsize=48)
def scenery(name: str, camera: str, signer: int, session: int) -> np.ndarray:
    """The place of a session as `camera` sees it, with :data:`SWAY` pixels to spare on each side: linear light."""
    room = np.random.default_rng([SEED, 11, signer, session])
    width, height = CAMERAS[camera].size
    depth = CAMERAS[camera].depth * room.uniform(0.8, 1.6)
    light = place(name, (height + 2 * SWAY, width + 2 * SWAY), room, depth)
    gray = light.mean(2, keepdims=True)
    light = gray + 0.75 * (light - gray)  # rooms are duller than paint boxes
    return np.maximum(light.mean() + room.uniform(0.25, 0.5) * (light - light.mean()), 0.01)


def dressed(hand: Hand, paint: Paint, signer: Signer, moment: Moment) -> list[Surface]:
    """The posed hand with the roughness of skin, and a sleeve of colored cloth, turned to the camera."""
    vertices = hand.pose(hand.body(signer.shape), moment.pose.joints())
    rough = 0.00007 * noise(hand.surface, 0.0012, 5) - 0.00022 * paint.crease
    vertices = vertices + normals(vertices, hand.faces) * rough[:, None]
    parts = [Surface(vertices, hand.faces, paint.albedo(signer.tone, 0.55), 0.05 + 0.15 * paint.nail)]
    if signer.sleeve != "none":
        reach = -0.058 - hand.surface[:, 1]
        cloth, faces = sleeve(vertices, hand.faces, reach, signer.cuff, 0.005)
        weave = 1 + 0.10 * noise(hand.surface, 0.0016, 6) + 0.08 * noise(hand.surface, 0.01, 7)
        colors = CLOTHS[signer.sleeve]
        color = linear(np.array(colors[signer.number % len(colors)]))
        parts.append(Surface(cloth, faces, color * weave[:, None], np.zeros(len(cloth))))
    turn = rotation(2, moment.rotation) @ moment.pose.camera()
    return placed(parts, turn, hand.is_hand, signer.left)


def box(points: np.ndarray, frame: Frame, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the box around the hand, pixels within the image."""
    seen = projected(points, frame, size)
    (left, top), (right, bottom) = np.floor(seen.min(0)), np.ceil(seen.max(0))
    return max(int(left), 0), max(int(top), 0), min(int(right), size[1]), min(int(bottom), size[0])


def developed(
    shot: Shot,
    behind: np.ndarray,
    camera: Camera,
    lighting: Lighting,
    blur: float,
    grain: float,
    chance: np.random.Generator,
) -> np.ndarray:
    """Put a shot before a place (H, W, 3) with soft edges and take the picture with `camera`; uint8 (H, W, 3)."""
    height, width = behind.shape[:2]
    behind = behind.repeat(OVERSAMPLING, 0).repeat(OVERSAMPLING, 1)
    edge = gaussian_filter(shot.covered.astype(float), OVERSAMPLING * 0.35)[..., None]
    filled = np.where(shot.covered[..., None], shot.light, _spread(shot.light, shot.covered))
    light = filled * edge + behind * (1 - edge)
    light = light.reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3).mean((1, 3))
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None] - 0.5
    center = np.exp(-6 * (x**2 + y**2))
    metered = (light.mean(2) * center).sum() / center.sum()  # the camera does not know what is the hand
    light = light * (0.32 / metered) ** 0.8 * 2.0**lighting.stops * np.array(camera.balance)
    light *= (1 - camera.vignette * 2 * (x**2 + y**2))[..., None]
    gray = light.mean(2, keepdims=True)
    light = np.maximum(gray + camera.saturation * (light - gray), 0)
    light = gaussian_filter(light, (blur, blur, 0))
    color = display(light / (1 + 0.12 * light))
    color = (color - 118) * camera.contrast + 118
    color += grain * chance.normal(size=(height, width, 1)) + 0.5 * grain * _coarse((height, width, 3), chance)
    return np.clip(np.rint(color), 0, 255).astype(np.uint8)


def _coarse(shape: tuple[int, int, int], chance: np.random.Generator) -> np.ndarray:
    """Colored noise in blobs of about two pixels, deviation 1: what cheap cameras leave of it."""
    blobs = gaussian_filter(chance.normal(size=shape), (1, 1, 0))
    return blobs / blobs.std()


def _spread(light: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Light of the hand continued over its edge, so that softening the edge draws no dark line."""
    weight = gaussian_filter(covered.astype(float), 2)[..., None]
    return gaussian_filter(light * covered[..., None], (2, 2, 0)) / np.maximum(weight, 1e-6)


def write(folder: Path, mesh: Path, plans: list[Plan] | None = None) -> None:
    """Write the images of `plans`, all of them by default, and their factors into `folder`."""
    hand = Hand.read(mesh, 2, LONG_ARM)
    paint = Paint.of(hand)
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for plan in plans or sorted((Plan(label, n) for label in range(24) for n in range(EACH)), key=lambda p: p.file):
        image, factors = photo(hand, paint, plan)
        Image.fromarray(image).save(folder / plan.file, quality=CAMERAS[plan.camera].quality, optimize=True)
        table.writerow(factors)
    (folder / "factors.csv").write_text(text.getvalue())
