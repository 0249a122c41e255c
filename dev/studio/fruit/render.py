"""Blender's Cycles takes the picture. The one module that imports `bpy`.

Usage: ``studio = Studio()``, ``rgba = studio.shoot(shot)``. One process renders on one core; start several for more.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from dev.studio.fruit.shape import Part
from dev.studio.fruit.shot import Shot

COLOR = "paint"
"""The vertices' color. Cycles takes the name “color” for that of a volume, and everything turns black."""
SAMPLES = 4
"""More cost time in proportion and look no different once they are denoised."""
MATERIALS = {
    "apple": {"bump": ("noise", 9, 0.04), "coat": 0.2},
    "dotted apple": {"bump": ("noise", 9, 0.04), "coat": 0.2, "dots": 17},
    "wet apple": {"coat": 0.25, "drops": 5},
    "fine orange": {"bump": ("pores", 34, 0.55), "coat": 0.15},
    "orange": {"bump": ("pores", 27, 0.6), "coat": 0.15},
    "coarse orange": {"bump": ("pores", 21, 0.65), "coat": 0.1},
    "banana": {"bump": ("noise", 14, 0.12)},
    "old banana": {"bump": ("noise", 12, 0.4)},
    "flesh": {"bump": ("noise", 10, 0.15), "coat": 0.15},
    "stem": {"bump": ("noise", 12, 0.5)},
    "leaf": {"bump": ("noise", 8, 0.2), "coat": 0.3},
    "floor": {"gloss": 0.0},
    "glossy floor": {"gloss": 0.35},
    "belt": {"gloss": 0.4, "bump": ("noise", 16, 0.2)},
}
"""Bump (pattern, scale, strength), clear coat, pale dots of an apple's skin (scale), drops of water (scale), gloss."""


class Studio:
    """A Blender scene that is emptied and filled again for each shot."""

    def __init__(self) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = bpy.context.scene
        self.folder = tempfile.TemporaryDirectory(prefix="fruit-")
        self._set_up()
        self.materials = {name: _material(name, **settings) for name, settings in MATERIALS.items()}

    def _set_up(self) -> None:
        render, cycles = self.scene.render, self.scene.cycles
        render.engine = "CYCLES"
        cycles.device, cycles.samples, cycles.use_adaptive_sampling = "CPU", SAMPLES, False
        cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
        cycles.denoising_quality = cycles.denoising_prefilter = "FAST"
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 2, 2
        cycles.transmission_bounces = cycles.transparent_max_bounces = 0
        cycles.caustics_reflective = cycles.caustics_refractive = False
        render.threads_mode, render.threads = "FIXED", 1
        render.film_transparent = True
        render.use_persistent_data = False
        self.scene.view_settings.view_transform = "Standard"  # AgX, the default, washes the colors out
        render.image_settings.file_format, render.image_settings.color_mode = "OPEN_EXR", "RGBA"
        self.scene.world = bpy.data.worlds.new("sky")
        self.scene.world.use_nodes = True

    def shoot(self, shot: Shot) -> np.ndarray:
        """Render `shot`: light in (height, width, 4), linear, 1 is white, not limited above; multiplied by alpha."""
        _clear()
        scene = self.scene
        for part in shot.parts:
            scene.collection.objects.link(_mesh(part, self.materials[part.material]))
        sky = scene.world.node_tree.nodes["Background"]
        sky.inputs["Color"].default_value = (*shot.warmth, 1)
        sky.inputs["Strength"].default_value = shot.sky
        for lamp in shot.lamps:
            light = bpy.data.lights.new("lamp", "AREA")
            light.size, light.energy = lamp.side, lamp.watts
            holder = bpy.data.objects.new("lamp", light)
            away = Vector(lamp.place - shot.parts[0].vertices.mean(0))
            holder.matrix_world = (
                Matrix.Translation(Vector(lamp.place)) @ away.to_track_quat("Z", "Y").to_matrix().to_4x4()
            )
            scene.collection.objects.link(holder)
        camera = bpy.data.cameras.new("camera")
        camera.lens = shot.lens
        holder = bpy.data.objects.new("camera", camera)
        holder.matrix_world = Matrix.Translation(Vector(shot.camera)) @ Matrix(shot.view.tolist()).to_4x4()
        scene.collection.objects.link(holder)
        scene.camera = holder
        scene.cycles.seed = shot.noise
        scene.render.resolution_x, scene.render.resolution_y = shot.width, shot.height
        path = Path(self.folder.name) / "shot.exr"
        scene.render.filepath = str(path)
        with _quiet():
            bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(str(path))
        light = np.empty(shot.height * shot.width * 4, np.float32)
        image.pixels.foreach_get(light)
        bpy.data.images.remove(image)
        inner = light.reshape(shot.height, shot.width, 4)[::-1][2:-2, 2:-2]
        return np.pad(inner, ((2, 2), (2, 2), (0, 0)), "edge")  # the denoiser leaves a rim


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Blender writes to the terminal about every picture off the progress bar."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def _clear() -> None:
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    for collection in (bpy.data.meshes, bpy.data.lights, bpy.data.cameras):
        for thing in list(collection):
            collection.remove(thing)


def _linear(color: np.ndarray) -> np.ndarray:
    return np.where(color < 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def _mesh(part: Part, material: bpy.types.Material) -> bpy.types.Object:
    mesh = bpy.data.meshes.new("part")
    mesh.vertices.add(len(part.vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(part.vertices, np.float32).ravel())
    mesh.loops.add(part.faces.size)
    mesh.loops.foreach_set("vertex_index", part.faces.astype(np.int32).ravel())
    mesh.polygons.add(len(part.faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, part.faces.size, 4, dtype=np.int32))
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    color = np.ones((len(part.vertices), 4), np.float32)
    color[:, :3] = _linear(part.color)
    mesh.color_attributes.new(COLOR, "FLOAT_COLOR", "POINT").data.foreach_set("color", color.ravel())
    roughness = np.ascontiguousarray(part.roughness, np.float32)
    mesh.attributes.new("roughness", "FLOAT", "POINT").data.foreach_set("value", roughness)
    mesh.materials.append(material)
    return bpy.data.objects.new("part", mesh)


def _material(name, bump=None, coat=0.0, dots=0.0, drops=0.0, gloss=0.5) -> bpy.types.Material:
    """A material that reads color and roughness from the vertices; see `MATERIALS`."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = nodes["Principled BSDF"]
    surface.inputs["Specular IOR Level"].default_value = gloss
    surface.inputs["Coat Weight"].default_value, surface.inputs["Coat Roughness"].default_value = coat, 0.15
    color, roughness = _attribute(nodes, COLOR, "Color"), _attribute(nodes, "roughness", "Fac")
    place = nodes.new("ShaderNodeTexCoord").outputs["Object"]
    if dots:
        color = _mixed(nodes, links, _discs(nodes, links, place, dots, 0.08, 0.2, 0.25), color, (0.8, 0.62, 0.32, 1))
    if bump and bump[0] == "pores":
        color = _darkened(nodes, links, _discs(nodes, links, place, bump[1], 0.1, 0.45, 0.5), color)
    links.new(color, surface.inputs["Base Color"])
    links.new(roughness, surface.inputs["Roughness"])
    if drops:
        height = _discs(nodes, links, place, drops, 0.12, 0.3, 1.0)
        _raise(nodes, links, surface, height, 0.8, 0.016)
        dull = nodes.new("ShaderNodeMapRange")
        dull.inputs["From Max"].default_value, dull.inputs["To Min"].default_value = 0.1, 0.35
        dull.inputs["To Max"].default_value = 0.06
        links.new(height, dull.inputs["Value"])
        links.new(dull.outputs[0], surface.inputs["Roughness"])
    elif bump:
        pattern, scale, strength = bump
        texture = nodes.new("ShaderNodeTexVoronoi" if pattern == "pores" else "ShaderNodeTexNoise")
        texture.inputs["Scale"].default_value = scale
        if pattern == "pores":
            texture.feature = "F1"  # the same cells as those of the darker glands
        else:
            texture.inputs["Detail"].default_value = 3
        links.new(place, texture.inputs["Vector"])
        _raise(nodes, links, surface, texture.outputs[0], strength, 0.03)
    return material


def _attribute(nodes, name: str, output: str):
    node = nodes.new("ShaderNodeAttribute")
    node.attribute_name = name
    return node.outputs[output]


def _discs(nodes, links, place, scale: float, inner: float, outer: float, most: float):
    """Scattered discs: `most` within `inner` of their middle, 0 beyond `outer`."""
    cells = nodes.new("ShaderNodeTexVoronoi")
    cells.inputs["Scale"].default_value = scale
    links.new(place, cells.inputs["Vector"])
    discs = nodes.new("ShaderNodeMapRange")
    discs.inputs["From Min"].default_value, discs.inputs["From Max"].default_value = outer, inner
    discs.inputs["To Max"].default_value = most
    links.new(cells.outputs["Distance"], discs.inputs["Value"])
    return discs.outputs[0]


def _mixed(nodes, links, share, color, other: tuple[float, float, float, float]):
    node = nodes.new("ShaderNodeMix")
    node.data_type = "RGBA"
    links.new(share, node.inputs[0])
    links.new(color, node.inputs[6])
    node.inputs[7].default_value = other
    return node.outputs[2]


def _darkened(nodes, links, share, color):
    """`color` with a `share` of a deeper one: the glands of a peel, which show where no lamp glints."""
    node = nodes.new("ShaderNodeMix")
    node.data_type, node.blend_type = "RGBA", "MULTIPLY"
    links.new(share, node.inputs[0])
    links.new(color, node.inputs[6])
    node.inputs[7].default_value = (0.72, 0.5, 0.35, 1)
    return node.outputs[2]


def _raise(nodes, links, surface, height, strength: float, distance: float) -> None:
    node = nodes.new("ShaderNodeBump")
    node.inputs["Strength"].default_value, node.inputs["Distance"].default_value = strength, distance
    links.new(height, node.inputs["Height"])
    links.new(node.outputs[0], surface.inputs["Normal"])
