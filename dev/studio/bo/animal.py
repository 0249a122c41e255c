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

DARK_EYE = (0.30, 0.16, 0.07)
NOSE = np.array([0.055, 0.05, 0.052])
TONGUE = (0.80, 0.40, 0.43)


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
        things = [self._skin(), self.hairs.into_scene(scene.painted(0.5, 0.24)), *self._nose()]
        for side, eye in zip((1, -1), self.posed.eyes, strict=True):
            things += self._eye(eye, side, turned.to_3x3().inverted() @ Vector(toward_camera))
        if self.look.build.ears == "cat":
            things += [ear for side in (1, -1) for ear in self._cat_ear(side)]
        if self.tongue:
            things.append(self._tongue())
        for thing in things:
            thing.matrix_world = turned

    def _skin(self) -> bpy.types.Object:
        region = self.dog.region
        colors = self.colors * 0.75
        colors[region["eye"]] = colors[region["eye"]] * 0.3 + np.array(DARK_EYE) * 0.3
        if self.look.kind == "dog":
            colors[region["nose"]] = self.look.nose
        colors[region["inner_ear"]] = colors[region["inner_ear"]] * 0.6 + 0.4 * np.array([0.62, 0.42, 0.38])
        pads = self.dog.is_part("finger", "toe") & (self.dog.rest[:, 2] < 0.004)
        colors[pads] = (0.13, 0.11, 0.11)
        return scene.mesh("skin", self.posed.skin, self.dog.faces, scene.painted(0.75, 0.2), colors, smooth=True)

    def _eye(self, eye: np.ndarray, side: int, toward_camera: np.ndarray) -> list[bpy.types.Object]:
        """An eyeball with iris and pupil, and the reflection of the sky in it."""
        turn = self.posed.skull[:, :3]
        gaze = turn @ np.array([0.80, 0.55 * side, 0.12])
        gaze /= np.linalg.norm(gaze)
        radius = self.posed.eye_radius * (1.4 if self.look.kind == "cat" else 1.15)
        center = eye + gaze * radius * 0.22
        points, faces = scene.ball(center, radius, 18)
        facing = (points - center) @ gaze / radius
        iris, pupil = np.array(self.look.eye), np.array([0.01, 0.01, 0.012])
        colors = np.where(facing[:, None] > 0.2, iris, np.array([0.10, 0.07, 0.06]))
        colors = np.where(facing[:, None] > (0.82 if self.look.kind == "cat" else 0.75), pupil, colors)
        ball = scene.mesh("eye", points, faces, scene.painted(0.06, 0.6), colors, smooth=True)
        up = np.array([0.0, 0, 1])
        toward = np.asarray(toward_camera) + 0.7 * up + 0.5 * gaze
        glint_at = center + toward / np.linalg.norm(toward) * radius * 0.93
        glint = scene.mesh("glint", *scene.ball(glint_at, radius * 0.17, 8), scene.plain((1, 1, 1), glow=1.2))
        return [ball, glint]

    def _nose(self) -> list[bpy.types.Object]:
        """The tip of the nose, moist: that part of the skin again, a little further out."""
        tip = self.dog.region["nose"]
        if self.look.kind == "cat":
            tip = tip & (np.abs(self.dog.rest[:, 1]) < 0.009)
        faces = self.dog.faces[tip[self.dog.faces].all(1)]
        points = self.posed.skin + 0.003 * normals(self.posed.skin, self.dog.faces)
        return [scene.mesh("nose", points, faces, scene.plain(self.look.nose, 0.3, 0.5), smooth=True)]

    def _cat_ear(self, side: int) -> list[bpy.types.Object]:
        """A pointed ear, and the paler hollow at its front."""
        size = 0.072 * self.look.build.ear_size / 0.72
        foot = np.array([0.325, 0.043 * side, 0.722])
        tip = foot + size * np.array([0.02, 0.30 * side, 1.0])
        top = (self.dog.rest[:, 2] > 0.735) & self.dog.parts.are("skull") & (self.dog.rest[:, 0] > 0.3)
        color = self.colors[top].mean(0)
        ears = []
        for forward, wide, paint in (
            (0.0, 0.48, color * 0.9),
            (0.008, 0.34, color * 0.6 + np.array([0.22, 0.15, 0.14])),
        ):
            along = np.linspace(0, 1, 8)
            path = foot + (tip - foot) * along[:, None] + [forward, 0, 0]
            points, faces = scene.tube(path, size * wide * (1 - along**1.4) + 1e-4, 16)
            points[:, 0] = path[0, 0] + (points[:, 0] - path[0, 0]) * 0.45
            points = points @ self.posed.skull[:, :3].T + self.posed.skull[:, 3]
            ears.append(scene.mesh("ear", points, faces, scene.plain(np.clip(paint, 0, 1), 0.9), smooth=True))
        return ears

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
        row, column = np.meshgrid(np.arange(15), np.arange(6), indexing="ij")
        corner = (row * 7 + column).ravel()
        faces = np.stack([corner, corner + 1, corner + 8, corner + 7], -1)
        return scene.mesh("tongue", points, faces, scene.plain(TONGUE, 0.35, 0.4), smooth=True)


def build(dog: Skeleton, look: Look, posed: Posed, seed: int, tongue: float) -> Animal:
    """An animal of this look where it was posed.

    Args:
        seed: of the animal, not of the picture: its pattern and its hairs.
        tongue: how far the tongue hangs out, in meters; 0 is not at all.
    """
    colors = coat(look.coat, dog.rest, dog.parts, seed)
    size = look.build.size
    fur = replace(look.fur, length=look.fur.length * size, curl=look.fur.curl * size, thick=look.fur.thick * size)
    hairs = grow(dog, posed, fur, lambda rest, parts: coat(look.coat, rest, parts, seed), seed)
    return Animal(dog, look, posed, colors, hairs, tongue)
