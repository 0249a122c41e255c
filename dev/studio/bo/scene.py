"""Small helpers over Blender's `bpy`: objects from arrays, materials, lamps. Colors are sRGB, 0 to 1.

Usage::

    clear()
    mesh("box", *box((0, 0, 0), (1, 1, 1)), plain((0.8, 0.2, 0.2)))
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from mathutils import Matrix, Vector

Color = Sequence[float]


def linear(color: np.ndarray | Color) -> np.ndarray:
    """Linear light of sRGB colors."""
    color = np.asarray(color, float)
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def clear() -> None:
    """An empty scene, rendered by Cycles on the CPU."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    scene.render.engine = "CYCLES"


def mesh(
    name: str,
    points: np.ndarray,
    faces: np.ndarray,
    material: bpy.types.Material,
    colors: np.ndarray | None = None,
    smooth: bool = False,
) -> bpy.types.Object:
    """An object from points (N, 3) and faces (M, 3 or 4); `colors` (N, 3) become the attribute `Col`."""
    data = bpy.data.meshes.new(name)
    data.vertices.add(len(points))
    data.vertices.foreach_set("co", np.ascontiguousarray(points, np.float32).ravel())
    count, corners = faces.shape
    data.loops.add(count * corners)
    data.loops.foreach_set("vertex_index", np.ascontiguousarray(faces, np.int32).ravel())
    data.polygons.add(count)
    data.polygons.foreach_set("loop_start", np.arange(0, count * corners, corners, dtype=np.int32))
    data.update(calc_edges=True)
    if smooth:
        data.shade_smooth()
    if colors is not None:
        set_color(data.color_attributes.new("Col", "FLOAT_COLOR", "POINT"), colors)
    data.materials.append(material)
    return add(name, data)


def add(name: str, data: bpy.types.ID) -> bpy.types.Object:
    """Put `data` into the scene."""
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def set_color(attribute: bpy.types.Attribute, colors: np.ndarray) -> None:
    """Fill a color attribute from sRGB colors (N, 3)."""
    values = np.ones((len(colors), 4), np.float32)
    values[:, :3] = linear(np.clip(colors, 0, 1))
    attribute.data.foreach_set("color", values.ravel())


def _material(name: str, roughness: float, specular: float) -> tuple[bpy.types.Material, bpy.types.Node]:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Specular IOR Level"].default_value = specular
    return material, shader


def plain(color: Color, roughness: float = 0.7, specular: float = 0.3, glow: float = 0.0) -> bpy.types.Material:
    """One color all over; `glow` makes it shine."""
    material, shader = _material("plain", roughness, specular)
    rgba = (*linear(color), 1)
    shader.inputs["Base Color"].default_value = rgba
    if glow:
        shader.inputs["Emission Color"].default_value = rgba
        shader.inputs["Emission Strength"].default_value = glow
    return material


def painted(roughness: float = 0.7, specular: float = 0.3) -> bpy.types.Material:
    """The colors of the attribute `Col`."""
    material, shader = _material("painted", roughness, specular)
    color = material.node_tree.nodes.new("ShaderNodeAttribute")
    color.attribute_name = "Col"
    material.node_tree.links.new(color.outputs["Color"], shader.inputs["Base Color"])
    return material


def haired(roughness: float = 0.55, specular: float = 0.18) -> bpy.types.Material:
    """Fur: the colors of `Col`, lit half by the hair's own direction and half by the skin's, the attribute `Out`."""
    material, shader = _material("haired", roughness, specular)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    color, out, geometry = (nodes.new(f"ShaderNode{kind}") for kind in ("Attribute", "Attribute", "NewGeometry"))
    color.attribute_name, out.attribute_name = "Col", "Out"
    turned, mix = nodes.new("ShaderNodeVectorTransform"), nodes.new("ShaderNodeVectorMath")
    turned.vector_type, turned.convert_from, turned.convert_to = "NORMAL", "OBJECT", "WORLD"
    mix.operation = "MULTIPLY_ADD"
    mix.inputs[1].default_value = (1.3, 1.3, 1.3)
    links.new(out.outputs["Vector"], turned.inputs["Vector"])
    links.new(turned.outputs["Vector"], mix.inputs[0])
    links.new(geometry.outputs["Normal"], mix.inputs[2])
    unit = nodes.new("ShaderNodeVectorMath")
    unit.operation = "NORMALIZE"
    links.new(mix.outputs["Vector"], unit.inputs[0])
    links.new(unit.outputs["Vector"], shader.inputs["Normal"])
    links.new(color.outputs["Color"], shader.inputs["Base Color"])
    return material


def speckled(
    first: Color, second: Color, scale: float, roughness: float = 0.8, bump: float = 0.0, stretch: Color = (1, 1, 1)
) -> bpy.types.Material:
    """Two colors mixed by noise of `scale` grains a metre; `bump` in meters; `stretch` divides the grain's size."""
    material, shader = _material("speckled", roughness, 0.2)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = scale
    noise.inputs["Detail"].default_value = 5
    _place_texture(material, noise, stretch)
    ramp = nodes.new("ShaderNodeValToRGB")
    for stop, position, color in zip(ramp.color_ramp.elements, (0.35, 0.65), (first, second), strict=True):
        stop.position, stop.color = position, (*linear(color), 1)
    links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
    links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    if bump:
        _bump(material, shader, noise.outputs["Fac"], bump)
    return material


def laid(
    first: Color,
    second: Color,
    joint: Color,
    size: tuple[float, float],
    gap: float = 0.004,
    offset: float = 0.5,
    roughness: float = 0.5,
    upright: bool = False,
    grain: float = 0.12,
) -> bpy.types.Material:
    """Bricks, planks, boards or tiles of `size` meters, each somewhere between two colors, with a joint of `gap`.

    `upright` lays them on a wall that faces y; otherwise on a floor.
    """
    material, shader = _material("laid", roughness, 0.35)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    brick = nodes.new("ShaderNodeTexBrick")
    brick.offset = offset
    values = {"Scale": 1.0, "Mortar Size": gap, "Mortar Smooth": 0.1, "Brick Width": size[0], "Row Height": size[1]}
    for name, value in values.items():
        brick.inputs[name].default_value = value
    for name, color in {"Color1": first, "Color2": second, "Mortar": joint}.items():
        brick.inputs[name].default_value = (*linear(color), 1)
    mapping = _place_texture(material, brick, (1, 1, 1))
    if upright:
        mapping.inputs["Rotation"].default_value = (np.pi / 2, 0, 0)
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 9
    noise.inputs["Detail"].default_value = 6
    mix = nodes.new("ShaderNodeMixRGB")
    mix.blend_type = "OVERLAY"
    mix.inputs["Fac"].default_value = grain * 4
    links.new(brick.outputs["Color"], mix.inputs["Color1"])
    links.new(noise.outputs["Fac"], mix.inputs["Color2"])
    links.new(mix.outputs["Color"], shader.inputs["Base Color"])
    return material


def _place_texture(material: bpy.types.Material, texture: bpy.types.Node, stretch: Color) -> bpy.types.Node:
    """Give a texture the object's own coordinates in meters."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    where, mapping = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = stretch
    links.new(where.outputs["Object"], mapping.inputs["Vector"])
    links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    return mapping


def _bump(material: bpy.types.Material, shader: bpy.types.Node, height: bpy.types.NodeSocket, meters: float) -> None:
    bump = material.node_tree.nodes.new("ShaderNodeBump")
    bump.inputs["Distance"].default_value = meters
    material.node_tree.links.new(height, bump.inputs["Height"])
    material.node_tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])


def wet() -> None:
    """Let everything in the scene but fur and glass shine as after rain."""
    for material in bpy.data.materials:
        if material.name.startswith(("speckled", "laid", "plain", "painted")):
            shader = material.node_tree.nodes["Principled BSDF"]
            shader.inputs["Roughness"].default_value *= 0.55


def sky(horizon: Color, zenith: Color, strength: float) -> None:
    """The world: a gradient with soft clouds, which also lights the shadows."""
    tree = bpy.context.scene.world.node_tree
    nodes, links = tree.nodes, tree.links
    where, split = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeSeparateXYZ")
    ramp = nodes.new("ShaderNodeValToRGB")
    for stop, position, color in zip(ramp.color_ramp.elements, (0.0, 0.45), (horizon, zenith), strict=True):
        stop.position, stop.color = position, (*linear(color), 1)
    links.new(where.outputs["Generated"], split.inputs["Vector"])
    links.new(split.outputs["Z"], ramp.inputs["Fac"])
    links.new(ramp.outputs["Color"], nodes["Background"].inputs["Color"])
    nodes["Background"].inputs["Strength"].default_value = strength


def aim(thing: bpy.types.Object, position: Color, target: Color) -> None:
    """Put a lamp or camera at `position` and let it look at `target`."""
    turn = (Vector(target) - Vector(position)).to_track_quat("-Z", "Y").to_matrix().to_4x4()
    thing.matrix_world = Matrix.Translation(Vector(position)) @ turn


def sun(azimuth: float, height: float, energy: float, color: Color, width: float) -> None:
    """A sun; `azimuth` 0 stands behind the camera and pi in front of it; `width` (rad) makes shadows soft."""
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy, lamp.color, lamp.angle = energy, tuple(linear(color)), width
    direction = (np.sin(azimuth) * np.cos(height), -np.cos(azimuth) * np.cos(height), np.sin(height))
    aim(add("sun", lamp), direction, (0, 0, 0))


def panel(position: Color, target: Color, size: float, power: float, color: Color) -> None:
    """A glowing square: a window, a lamp, a flash."""
    lamp = bpy.data.lights.new("panel", "AREA")
    lamp.energy, lamp.color, lamp.size = power, tuple(linear(color)), size
    thing = add("panel", lamp)
    thing.visible_camera = False
    aim(thing, position, target)


def box(low: Color, high: Color) -> tuple[np.ndarray, np.ndarray]:
    """Points (8, 3) and faces (6, 4) of a box between two corners."""
    corners = np.array([low, high], float)
    points = np.array([[corners[i, 0], corners[j, 1], corners[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    return points, np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def block(low: Color, high: Color, material: bpy.types.Material, rounded: float = 0.0) -> bpy.types.Object:
    """A box in the scene, its edges rounded by `rounded` meters."""
    thing = mesh("block", *box(low, high), material)
    if rounded:
        bevel = thing.modifiers.new("bevel", "BEVEL")
        bevel.width, bevel.segments, bevel.limit_method = rounded, 3, "NONE"
        thing.data.shade_smooth()
    return thing


def tube(path: np.ndarray, radii: np.ndarray, sides: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Points and faces of a tube around a path (N, 3), closed at both ends to a point if the radius is 0 there."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    helper = np.where(np.abs(along[:, 2:]) > 0.9, [[1.0, 0, 0]], [[0, 0, 1.0]])
    first = np.cross(along, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angle = np.arange(sides) * 2 * np.pi / sides
    ring = np.cos(angle)[None, :, None] * first[:, None] + np.sin(angle)[None, :, None] * second[:, None]
    points = (path[:, None] + ring * radii[:, None, None]).reshape(-1, 3)
    row, side = np.meshgrid(np.arange(len(path) - 1), np.arange(sides), indexing="ij")
    here, there = row * sides + side, row * sides + (side + 1) % sides
    return points, np.stack([here, there, there + sides, here + sides], -1).reshape(-1, 4)


def ball(centre: Color, radius: Color | float, rows: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Points and faces of a ball or an ellipsoid, its poles along x."""
    angle = np.linspace(0, np.pi, rows)
    path = np.stack([-np.cos(angle), 0 * angle, 0 * angle], -1)
    points, faces = tube(path, np.maximum(np.sin(angle), 1e-4), 2 * rows)
    return points * radius + np.asarray(centre), faces
