"""An animal in the scene: skin, fur, eyes with a glint, nose, and now and then a tongue.

Usage: ``animal = build(dog, LOOKS["bo"], posed, seed, tongue=0)``, then ``animal.into_scene(yaw, camera_side)``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Matrix, Vector

from dev.studio.bo import scene
from dev.studio.bo.coats import coat
from dev.studio.bo.fur import Fur, Hairs, grow
from dev.studio.bo.skeleton import Build, Posed, Skeleton, normals

DARK_EYE = (0.17, 0.085, 0.04)
NOSE = np.array([0.055, 0.05, 0.052])
TONGUE = (0.80, 0.40, 0.43)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _grid(rows: int, columns: int) -> np.ndarray:
    """Faces (M, 4) of a grid of points, row by row."""
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    corner = (row * columns + column).ravel()
    return np.stack([corner, corner + 1, corner + columns + 1, corner + columns], -1)


@dataclass(frozen=True)
class Look:
    """What an animal is: its kind (`dog` or `cat`), its coat, its hair, its build, and the color of its eyes."""

    kind: str
    coat: str
    fur: Fur
    build: Build
    eye: tuple[float, float, float] = DARK_EYE
    nose: tuple[float, float, float] = tuple(NOSE)


@dataclass(frozen=True, eq=False)
class Animal:
    """An animal ready to be put into a scene."""

    dog: Skeleton
    look: Look
    posed: Posed
    colors: np.ndarray
    hairs: Hairs
    tongue: float

    def into_scene(self, yaw: float, toward_camera: np.ndarray) -> None:
        """Add everything, turned by `yaw` about the vertical; `toward_camera` (3,) tells where glints shine."""
        turned = Matrix.Rotation(yaw, 4, "Z")
        toward = np.array(turned.to_3x3().inverted() @ Vector(toward_camera))
        things = [self._skin(), self.hairs.into_scene(toward), *self._nose()]
        for side, eye in zip((1, -1), self.posed.eyes, strict=True):
            things += self._eye(eye, side, toward)
        if self.look.kind == "cat":
            things.append(self._whiskers())
        if self.tongue:
            things.append(self._tongue())
        for thing in things:
            thing.matrix_world = turned

    def _skin(self) -> bpy.types.Object:
        region = self.dog.region
        colors = self.colors * (0.92 if self.look.kind == "cat" else 0.75)
        colors[region["eye"]] = colors[region["eye"]] * 0.3
        colors[region["nose"]] = self.look.nose
        colors[region["inner_ear"]] = colors[region["inner_ear"]] * 0.6 + 0.4 * np.array([0.62, 0.42, 0.38])
        pads = self.dog.is_part("finger", "toe") & (self.dog.rest[:, 2] < 0.004)
        colors[pads] = (0.13, 0.11, 0.11)
        return scene.mesh("skin", self.posed.skin, self.dog.faces, scene.painted(0.75, 0.2), colors, smooth=True)

    def _eye(self, eye: np.ndarray, side: int, toward_camera: np.ndarray) -> list[bpy.types.Object]:
        """An eyeball with iris and pupil, the reflection of the sky in it, and the lids around it."""
        cat = self.look.kind == "cat"
        turn = self.posed.skull[:, :3]
        gaze = _unit(turn @ np.array([0.88, 0.40 * side, 0.06] if cat else [0.80, 0.55 * side, 0.10]))
        aside = _unit(np.cross(turn @ np.array([0.0, 0, 1]), gaze))
        up = np.cross(gaze, aside)
        radius = self.posed.eye_radius * (1.0 if cat else 1.12)
        centre = eye + gaze * radius * (0.1 if cat else 0.2)

        def around(polar: np.ndarray, turns: np.ndarray) -> np.ndarray:
            """Directions from the middle of the eye: `polar` away from the gaze, `turns` around it."""
            sideways = np.cos(turns)[..., None] * aside + np.sin(turns)[..., None] * up
            return np.cos(polar)[..., None] * gaze + np.sin(polar)[..., None] * sideways

        rows, columns = 40, 40
        turns = np.linspace(0, 2 * np.pi, columns)[None] + np.zeros((rows, 1))
        polar = np.linspace(0.001, 2.2, rows)[:, None] + 0 * turns
        across = np.abs(np.sin(polar) * np.cos(turns))
        pupil = across < 0.16 * np.sqrt(np.maximum(0, 1 - (polar / 0.62) ** 2)) if cat else polar < 0.42
        shown = np.where((polar < (1.05 if cat else 0.78))[..., None], np.array(self.look.eye), (0.16, 0.12, 0.11))
        shown = shown * np.where(polar < 0.95 * (1.05 if cat else 0.78), 1.0, 0.5)[..., None]
        shown = np.where(pupil[..., None], (0.008, 0.008, 0.01), shown)
        faces = _grid(rows, columns)
        points = (centre + radius * around(polar, turns)).reshape(-1, 3)
        ball = scene.mesh("eye", points, faces, scene.painted(0.08, 0.4), shown.reshape(-1, 3), smooth=True)

        wide, upper, lower = (1.05, 0.95, 0.72) if cat else (0.98, 0.56, 0.62)
        tall = np.where(np.sin(turns) > 0, upper, lower)
        edge = (np.abs(np.cos(turns) / wide) ** 1.6 + np.abs(np.sin(turns) / tall) ** 1.6) ** (-1 / 1.6)
        out = np.linspace(0, 1, rows)[:, None] ** 1.5
        lid = centre + (radius * (1.03 + 0.14 * np.sin(np.pi * np.minimum(1, out * 1.3))))[..., None] * around(
            edge + ((1.45 if cat else 1.75) - edge) * out, turns
        )
        near = np.linalg.norm(self.dog.rest - self.dog.eyes[0 if side > 0 else 1], axis=1) < 2.6 * self.dog.eye_radius
        fur = self.colors[near].mean(0) * 0.7
        rim = np.array([0.05, 0.04, 0.04]) if fur.mean() < 0.5 or not cat else np.array([0.25, 0.16, 0.15])
        painted = rim + (fur - rim) * np.clip((out - 0.05) * 8, 0, 1)[..., None] + 0 * turns[..., None]
        lids = scene.mesh(
            "lids", lid.reshape(-1, 3), faces, scene.painted(0.6, 0.2), painted.reshape(-1, 3), smooth=True
        )
        toward = _unit(_unit(np.asarray(toward_camera)) + 0.25 * up + 0.55 * gaze + 0.18 * aside)
        glint = scene.ball(centre + toward * radius * 0.97, radius * (0.10 if cat else 0.095), 8)
        return [ball, lids, scene.mesh("glint", *glint, scene.plain((1, 1, 1), glow=0.9), smooth=True)]

    def _nose(self) -> list[bpy.types.Object]:
        """The tip of the nose, moist: that part of the skin again, a little further out."""
        tip = self.dog.region["nose"]
        faces = self.dog.faces[tip[self.dog.faces].all(1)]
        points = self.posed.skin + 0.003 * normals(self.posed.skin, self.dog.faces)
        return [scene.mesh("nose", points, faces, scene.plain(self.look.nose, 0.42, 0.3), smooth=True)]

    def _whiskers(self) -> bpy.types.Object:
        """A cat's whiskers: five thin hairs at each side of the muzzle."""
        along = np.linspace(0, 1, 7)[:, None]
        points, faces, count = [], [], 0
        for side in (1, -1):
            for k in range(5):
                root = np.array([0.410, 0.022 * side, 0.662 + 0.004 * (k - 2)])
                way = np.array([-0.01 - 0.006 * k, 0.085 * side, 0.012 * (k - 2)])
                line = root + along * way + along**2 * np.array([-0.012, 0, -0.016])
                more, quads = scene.tube(line, 0.0011 * (1 - 0.7 * along[:, 0]), 4)
                points.append(more @ self.posed.skull[:, :3].T + self.posed.skull[:, 3])
                faces.append(quads + count)
                count += len(more)
        return scene.mesh("whiskers", np.concatenate(points), np.concatenate(faces), scene.plain((0.85, 0.85, 0.83)))

    def _tongue(self) -> bpy.types.Object:
        """A tongue that hangs out over the lower jaw by `tongue` meters."""
        along = np.linspace(0, 1, 16)
        across = np.linspace(-1, 1, 7)
        hang = np.maximum(along - 0.6, 0) / 0.4
        x = 0.36 + (0.078 * np.minimum(along * 1.6, 1) + 0.008 * hang) * self.look.build.muzzle
        z = 0.626 - self.tongue * hang
        width = 0.017 * np.sqrt(np.sin(np.pi * np.clip(along * 0.8 + 0.12, 0, 1)))
        points = np.stack(
            [np.tile(x[:, None], 7), width[:, None] * across, z[:, None] - 0.004 * (1 - across**2)], -1
        ).reshape(-1, 3)
        points = points @ self.posed.jaw[:, :3].T + self.posed.jaw[:, 3]
        return scene.mesh("tongue", points, _grid(16, 7), scene.plain(TONGUE, 0.35, 0.4), smooth=True)


def build(dog: Skeleton, look: Look, posed: Posed, seed: int, tongue: float, wet: bool = False) -> Animal:
    """An animal of this look where it was posed.

    Args:
        seed: of the animal, not of the picture: its pattern and its hairs.
        tongue: how far the tongue hangs out, in meters; 0 is not at all.
        wet: whether rain makes its hair lie flatter and hang together.
    """
    colors = coat(look.coat, dog.rest, dog.parts, seed)
    size = look.build.size
    fur = replace(look.fur, length=look.fur.length * size, curl=look.fur.curl * size, thick=look.fur.thick * size)
    if wet:
        fur = replace(fur, lift=fur.lift * 0.75, clump=min(0.85, fur.clump + 0.25))
    hairs = grow(dog, posed, fur, lambda rest, parts: coat(look.coat, rest, parts, seed), seed)
    return Animal(dog, look, posed, colors, hairs, tongue)
