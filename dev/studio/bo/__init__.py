"""Makes the pictures of Bo and of everything else that comes to the door: ``python -m dev.studio.bo``.

An articulated dog is posed (`skeleton`, `poses`), given a coat (`coats`) of single hairs (`fur`), put together
(`animal`), set down in a place (`places`) and photographed (`render`). `looks` lists who comes, `plan` decides what is
in which picture, `dataset` makes the files; `realism` and `sheets` look at the result.
"""
