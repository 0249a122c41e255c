"""What JupyterLab lists of the checkout: what is a learner's, and whatever a learner puts there.

``python -m course lab`` names :class:`LearnersContents` to the server. Jupyter's own ``hide_globs`` goes by names
alone, at every level: a learner's ``my project/tests`` would be gone too. Nothing is locked: a hidden file opens by its
path.
"""

from __future__ import annotations

import os

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

OF_THE_COURSE = {"course", "LICENSE", "CITATION.cff", "Makefile", "pyproject.toml", "requirements.txt"}
OF_A_CLONE = {"dev", "tests"}


class LearnersContents(AsyncLargeFileManager):
    """Files and folders on disk, without those at the top, and in ``ko/``, that only the machinery needs."""

    async def get(self, path, content=True, *more, **options):
        """The model of a file or folder, as Jupyter's contents API has it."""
        model = await super().get(path, content, *more, **options)
        if content and model["type"] == "directory" and path.strip("/") in ("", "ko"):
            model["content"] = [one for one in model["content"] if not self._hides(one["name"])]
        return model

    def _hides(self, name: str) -> bool:
        folder = os.path.join(self.root_dir, name)
        if name in OF_A_CLONE:  # in a release these names are free
            return os.path.isdir(os.path.join(self.root_dir, "dev", "docker"))
        # a folder of an earlier version, which git removed but for what Python wrote there
        return name in OF_THE_COURSE or (os.path.isdir(folder) and os.listdir(folder) == ["__pycache__"])
