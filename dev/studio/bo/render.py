"""Takes the picture: the place, the light, the camera, and what a camera does to it.

Usage: ``picture = photograph(dog, shot)``; a `Shot` (see `plan`) tells all that is in the picture, so the same shot
gives the same picture, whichever process makes it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from dev.studio.bo import scene
from dev.studio.bo.animal import Animal, build
from dev.studio.bo.coats import Noise, bib, paws
from dev.studio.bo.looks import LOOKS, varied
from dev.studio.bo.places import PLACES, before
from dev.studio.bo.plan import Shot
from dev.studio.bo.poses import pose
from dev.studio.bo.skeleton import Skeleton, normals

LONG_SIDE = 256
SAMPLES = 7
LIGHTS = {
    "sunny": ((0.75, 0.85, 0.98), (0.30, 0.52, 0.90), 0.85, (3.4, (1, 0.96, 0.88), 0.02, (0.7, 1.1))),
    "overcast": ((0.90, 0.92, 0.95), (0.80, 0.84, 0.90), 1.15, (0.7, (1, 1, 1), 0.9, (0.8, 1.2))),
    "evening": ((0.96, 0.84, 0.72), (0.50, 0.56, 0.72), 0.65, (2.8, (1, 0.87, 0.70), 0.03, (0.22, 0.45))),
    "shade": ((0.86, 0.91, 0.96), (0.60, 0.72, 0.90), 1.1, (0.3, (1, 0.97, 0.92), 1.2, (0.7, 1.1))),
    "dusk": ((0.80, 0.62, 0.58), (0.22, 0.28, 0.48), 0.5, (0.2, (1, 0.75, 0.6), 0.2, (0.08, 0.25))),
    "rain": ((0.66, 0.69, 0.73), (0.55, 0.60, 0.66), 0.9, (0.25, (1, 1, 1), 1.2, (0.8, 1.2))),
}
"""Outdoors: horizon, zenith, strength of the sky; energy, color, width and height (rad) of the sun."""
INDOOR_FILL = {"window": 0.35, "lamp": 0.25, "daylight": 0.7, "flash": 0.22, "dim": 0.12}
TINTS = dict.fromkeys((*LIGHTS, *INDOOR_FILL), (1.0, 1.0, 1.0)) | {
    "evening": (1.22, 1.0, 0.72),
    "shade": (0.90, 1.0, 1.14),
    "lamp": (1.18, 1.0, 0.72),
    "sunny": (1.0, 1.0, 0.98),
    "dusk": (0.90, 0.96, 1.18),
    "rain": (0.95, 1.0, 1.05),
    "dim": (1.22, 1.0, 0.68),
}
"""How each light tints what is white; a camera corrects most of it."""
DARKER = {"dusk": 0.95, "dim": 0.8, "rain": 0.35}
"""By how many stops a picture is darker than a well exposed one."""
GRAIN = {"dusk": 4.0, "dim": 4.0, "rain": 1.5}
"""How many times stronger its noise is."""
VISIBLE_WHITE = 0.035
"""Share of the animal's picture that the markings of Bo must take, on whatever animal."""
TRIES = 40


def photograph(bodies: dict[str, Skeleton], shot: Shot) -> Image.Image:
    """The picture of a shot, its longer side :data:`LONG_SIDE` pixels."""
    scene.clear()
    rng = np.random.default_rng(shot.seed)
    where = PLACES[shot.place](np.random.default_rng(shot.seed + 1))
    width, height = _size(shot)
    dog = bodies.get(shot.animal, bodies["dog"])
    animal, yaw, camera, target, focus, cover = _arranged(dog, shot, rng, width / height)
    _lights(shot, where, camera, rng)
    if cover is not None:
        before(rng, where, *cover)
    if shot.light == "rain":
        scene.wet()
    if animal:
        animal.into_scene(yaw, (camera - target) / np.linalg.norm(camera - target))
    _camera(shot, camera, target, focus, rng)
    picture = _developed(_rendered(width, height, shot.seed), shot.light, rng)
    return _rained_on(picture, rng) if shot.light == "rain" else picture


def _size(shot: Shot) -> tuple[int, int]:
    wide, tall = (int(side) for side in shot.format.split(":"))
    longer = max(wide, tall)
    return round(LONG_SIDE * wide / longer), round(LONG_SIDE * tall / longer)


def _arranged(
    dog: Skeleton, shot: Shot, rng: np.random.Generator, aspect: float
) -> tuple[Animal | None, float, np.ndarray, np.ndarray, float, np.ndarray | None]:
    """The animal, how it is turned, where the camera stands, what it looks at, the distance in focus, what covers it.

    Poses and views are drawn anew until the places of Bo's markings and an eye are to be seen, whatever the animal.
    """
    if shot.look == "none":
        target = np.array([rng.uniform(-0.3, 0.3), rng.uniform(0.3, 1.2), rng.uniform(0.3, 0.75)])
        rise, distance = rng.uniform(0.02, 0.22), rng.uniform(2.2, 4.0) * shot.lens / 60
        camera = target + distance * np.array([0, -np.cos(rise), np.sin(rise)])
        return None, 0.0, camera, target, distance, None
    look = varied(LOOKS[shot.look], np.random.default_rng(shot.animal_seed))
    noise = Noise(0)
    marked = np.maximum(bib(dog.rest, dog.parts, noise), paws(dog.rest, dog.parts, noise)) > 0.5
    head = dog.is_part("skull", "jaw")
    for _ in range(TRIES):
        side = rng.normal(0, 0.75)
        yaw = -np.pi / 2 + side
        chosen = pose(shot.pose, float(np.clip(-side * rng.uniform(0.2, 1.0) + rng.normal(0, 0.25), -1.6, 1.6)), rng)
        posed = dog.posed(look.build, chosen)
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        skin, eyes = posed.skin @ turn.T, posed.eyes @ turn.T
        framed = skin[dog.is_part(*UPPER_HALF)] if shot.framing == "half" else skin
        camera, target = _camera_for(framed, shot, rng, aspect)
        cover, hidden = _cover(shot.cover, skin, head, camera, rng)
        if shot.cover and cover is None:
            continue
        seen = _seen_share(skin, normals(skin, dog.faces), marked & ~hidden, camera)
        if seen >= VISIBLE_WHITE * (0.6 if shot.cover else 1.0) and _eye_seen(eyes, turn @ posed.skull[:, :3], camera):
            break
    tongue = float(rng.uniform(0.012, 0.035)) if chosen.joints["mandible"] > 0 and rng.random() < 0.8 else 0.0
    if look.kind == "cat":
        tongue = 0.0
    animal = build(dog, look, posed, shot.animal_seed, tongue, wet=shot.light == "rain")
    return animal, yaw, camera, target, float(np.linalg.norm(eyes.mean(0) - camera)), cover


def _cover(
    kind: str, skin: np.ndarray, head: np.ndarray, camera: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray | None, np.ndarray]:
    """Two corners (2, 3) of what stands before an animal, and which points of it that hides; the head stays free.

    None where no such place was found.
    """
    hidden = np.zeros(len(skin), bool)
    if not kind:
        return None, hidden
    y = skin[:, 1].min() - rng.uniform(0.06, 0.2)
    if y < camera[1] + 0.4:
        return None, hidden
    share = (y - camera[1]) / (skin[:, 1] - camera[1])
    x, z = camera[0] + share * (skin[:, 0] - camera[0]), camera[2] + share * (skin[:, 2] - camera[2])
    low, high = np.array([x.min(), z.min()]), np.array([x.max(), z.max()])
    if kind == "low":
        top = low[1] + rng.uniform(0.25, 0.5) * (high[1] - low[1])
        corners = np.array([[low[0] - 0.15, y, -0.5], [high[0] + 0.15, y, min(top, z[head].min() - 0.01)]])
    else:
        side = rng.choice([-1, 1])
        edge = (x[head].max() + 0.01) if side > 0 else (x[head].min() - 0.01)
        wish = low[0] + rng.uniform(0.35, 0.6) * (high[0] - low[0])
        start = max(edge, wish) if side > 0 else min(edge, wish)
        ends = sorted([start, start + side * rng.uniform(0.35, 0.7)])
        corners = np.array([[ends[0], y, -0.5], [ends[1], y, 2.8]])
    hidden = (x > corners[0, 0]) & (x < corners[1, 0]) & (z < corners[1, 2])
    return (corners if 0.15 < hidden.mean() < 0.65 else None), hidden


UPPER_HALF = ("skull", "jaw", "C_", "torso", "scapula", "upper_arm")
"""What a picture that does not show the whole animal is filled with."""


def _camera_for(
    framed: np.ndarray, shot: Shot, rng: np.random.Generator, aspect: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where the camera stands and what it looks at, so that the points `framed` fill their share of the picture."""
    rise = rng.uniform(-0.02, 0.35) if shot.framing == "half" else rng.uniform(0.02, 0.42)
    back = np.array([0, -np.cos(rise), np.sin(rise)])
    right, up = np.array([1.0, 0, 0]), np.array([0, np.sin(rise), np.cos(rise)])
    target = (framed.max(0) + framed.min(0)) / 2
    half = 18 / shot.lens  # tangent of half the angle of the longer side
    half_wide, half_tall = half * min(1, aspect), half * min(1, 1 / aspect)
    fill, distance = rng.uniform(*((0.24, 0.40) if shot.framing == "far" else (0.62, 0.93))), 2.0
    for _ in range(4):
        flat = framed - target
        depth = distance - flat @ back
        across, along = flat @ right / depth, flat @ up / depth
        target = target + distance * (right * (across.max() + across.min()) / 2 + up * (along.max() + along.min()) / 2)
        need = max(np.ptp(across) / half_wide, np.ptp(along) / half_tall) / 2
        distance *= need / fill
    spare = (1 - fill) * distance
    target = (
        target + right * rng.uniform(-0.5, 0.5) * spare * half_wide + up * rng.uniform(-0.6, 0.4) * spare * half_tall
    )
    camera = target + back * distance
    camera[2] = max(camera[2], 0.12)
    return camera, target


def _seen_share(skin: np.ndarray, out: np.ndarray, marked: np.ndarray, camera: np.ndarray, cells: int = 48) -> float:
    """Share of an animal's picture that the points `marked` take, by a coarse depth map."""
    toward = camera - skin
    depth = np.linalg.norm(toward, axis=1)
    direction = toward / depth[:, None]
    across, along = direction[:, 0], direction[:, 2]
    x = ((across - across.min()) / (np.ptp(across) + 1e-9) * (cells - 1)).astype(int)
    y = ((along - along.min()) / (np.ptp(along) + 1e-9) * (cells - 1)).astype(int)
    cell = x * cells + y
    order = np.argsort(-depth, kind="stable")
    nearest = np.full(cells * cells, -1)
    nearest[cell[order]] = order
    front = nearest[nearest >= 0]
    facing = (out[front] * direction[front]).sum(1) > 0.1
    return float((marked[front] & facing).mean())


def _eye_seen(eyes: np.ndarray, turn: np.ndarray, camera: np.ndarray) -> bool:
    """Whether an eye looks at least sideways toward the camera."""
    outward = np.array([[0.8, 0.6, 0.1], [0.8, -0.6, 0.1]]) @ turn.T
    toward = camera - eyes
    cosine = (outward * toward).sum(1) / np.linalg.norm(outward, axis=1) / np.linalg.norm(toward, axis=1)
    return bool(cosine.max() > 0.45)


def _lights(shot: Shot, where: str, camera: np.ndarray, rng: np.random.Generator) -> None:
    """Sky and sun outdoors and in a shelter; windows, lamps or a flash indoors."""
    if where != "indoors":
        horizon, zenith, strength, (energy, color, width, height) = LIGHTS[shot.light]
        scene.sky(horizon, zenith, strength)
        scene.sun(rng.normal(0, 1.0), rng.uniform(*height), energy * rng.uniform(0.8, 1.2), color, width)
        return
    scene.sky((0.92, 0.92, 0.95), (0.95, 0.94, 0.92), INDOOR_FILL[shot.light])
    side = rng.choice([-1, 1])
    if shot.light == "window":
        scene.panel((side * 2.2, rng.uniform(-1.5, 0.3), 1.5), (0, 0, 0.3), 1.3, 110, (0.95, 0.98, 1))
    elif shot.light == "dim":
        scene.panel((side * 1.6, 0.6, 1.9), (0, 0, 0.3), 0.35, 40, (1, 0.85, 0.68))
    elif shot.light == "lamp":
        scene.panel((side * 1.2, -0.6, 2.3), (0, 0.2, 0.2), 0.5, 90, (1, 0.90, 0.77))
    elif shot.light == "daylight":
        scene.panel((side * 1.5, -3.0, 2.4), (0, 0, 0.3), 2.5, 160, (1, 0.99, 0.97))
    else:
        scene.panel(tuple(camera + np.array([0.06, 0, 0.12])), (0, 0, 0.35), 0.08, 70, (1, 1, 1))


def _camera(shot: Shot, camera: np.ndarray, target: np.ndarray, focus: float, rng: np.random.Generator) -> None:
    """The camera, focused on the eyes, its aperture wide open."""
    data = bpy.data.cameras.new("camera")
    data.lens, data.clip_start, data.sensor_fit = shot.lens, 0.05, "AUTO"
    data.dof.use_dof, data.dof.focus_distance = True, focus
    data.dof.aperture_fstop = rng.uniform(1.4, 3.0) * (1.6 if shot.framing == "half" else 0.7)
    thing = scene.add("camera", data)
    scene.aim(thing, camera, target)
    bpy.context.scene.camera = thing


def _rendered(width: int, height: int, seed: int) -> np.ndarray:
    """Linear light (height, width, 3)."""
    active = bpy.context.scene
    cycles, render = active.cycles, active.render
    cycles.device, cycles.samples, cycles.use_adaptive_sampling, cycles.seed = "CPU", SAMPLES, False, seed % 2**31
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 2, 2
    cycles.caustics_reflective = cycles.caustics_refractive = False
    active.cycles_curves.shape, active.cycles_curves.subdivisions = "RIBBONS", 1
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.threads_mode, render.threads = "FIXED", 1
    render.image_settings.file_format, render.image_settings.color_depth = "OPEN_EXR", "32"
    with tempfile.TemporaryDirectory() as folder:
        render.filepath = str(Path(folder) / "picture.exr")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(render.filepath)
        pixels = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)[::-1, :, :3]


def _developed(light: np.ndarray, light_name: str, rng: np.random.Generator) -> Image.Image:
    """What a camera makes of the light: exposure, white balance, a soft shoulder, vignette and noise."""
    bright = light @ [0.21, 0.72, 0.07]
    exposure = 0.18 / np.exp(np.log(bright + 0.004).mean())
    exposure = np.clip(
        exposure, *np.array([0.55, 1.1]) / np.percentile(bright, 80 if light_name in ("dusk", "dim") else 97)
    ) * 2 ** (rng.normal(0.0, 0.18) - DARKER.get(light_name, 0.0))
    balance = np.array(TINTS[light_name]) ** -rng.uniform(0.3, 0.8) * (1 + rng.normal(0, 0.03, 3) * [1, 0.3, 1])
    color = light * exposure * balance
    height, width = bright.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    color = color * (1 - rng.uniform(0, 0.12) * (x**2 + y**2))[..., None]
    color = np.where(color < 0.6, color, 0.6 + 0.4 * (1 - np.exp(-(color - 0.6) / 0.4)))
    shown = np.where(color <= 0.0031308, 12.92 * color, 1.055 * np.maximum(color, 1e-6) ** (1 / 2.4) - 0.055)
    shown = shown + rng.uniform(0.0, 0.05) * np.sin(2 * np.pi * (shown - 0.5)) * 0.5
    grain = rng.uniform(0.002, 0.008) * GRAIN.get(light_name, 1.0)
    shown = shown + rng.normal(0, grain, shown.shape[:2])[..., None] + rng.normal(0, grain / 3, shown.shape)
    return Image.fromarray((np.clip(shown, 0, 1) * 255 + 0.5).astype(np.uint8))


def _rained_on(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The picture through rain: a little haze, and streaks of falling drops, nearer ones longer and more blurred."""
    haze = Image.new("RGB", picture.size, (150, 155, 162))
    picture = Image.blend(picture, haze, rng.uniform(0.06, 0.16))
    lean = rng.normal(0, 0.12)
    for count, length, bright, blur in ((220, 9, 60, 0.4), (70, 20, 75, 0.7), (14, 44, 60, 1.5)):
        streaks = Image.new("L", picture.size)
        pen = ImageDraw.Draw(streaks)
        for _ in range(count):
            x, y = rng.uniform(-20, picture.width + 20), rng.uniform(-40, picture.height)
            long = length * rng.uniform(0.6, 1.4)
            pen.line([(x, y), (x + lean * long, y + long)], fill=int(bright * rng.uniform(0.5, 1.3)), width=1)
        streaks = streaks.filter(ImageFilter.GaussianBlur(blur))
        picture = Image.composite(Image.new("RGB", picture.size, (225, 228, 232)), picture, streaks)
    return picture
