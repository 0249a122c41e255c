"""Rendered fruit: the embedded edition's pictures of fresh and rotten apples, bananas and oranges, and private exams.

Usage, in the root of the checkout, in the studio's environment (``dev/studio/requirements-render.txt``)::

    python -m dev.studio.fruit --out DIR                    # the embedded set
    python -m dev.studio.fruit exam --out DIR               # 300 images that no learner has
    python -m dev.studio.fruit sheet DIR                    # contact sheet, or a quiz with a hidden key
    python -m dev.studio.fruit.realism DIR REAL             # figures against another edition (needs TensorFlow)

A picture is drawn from one seed: `shape` bends grids into fruit, `skin` and `rot` color their vertices in numpy,
`scene` arranges fruit, light and camera, `render` hands that to Blender, `photo` makes a photo of it.
"""
