"""Makes the files of the set; see ``python -m dev.studio.bo --help``."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.progress import track

from course.files import replacing
from dev.studio.bo.plan import Shot

QUALITY = 70


def make(shots: Sequence[Shot], folder: Path, seconds: float) -> int:
    """Make those pictures of `shots` that `folder` lacks, for about `seconds`; the number still to be made."""
    from dev.studio.bo.cat import Cat
    from dev.studio.bo.render import photograph  # takes seconds: Blender and MuJoCo start
    from dev.studio.bo.skeleton import Skeleton

    missing = [shot for shot in shots if not (folder / shot.file).exists()]
    started, bodies = time.monotonic(), {"dog": Skeleton(), "cat": Cat()}
    done = 0
    for shot in track(missing, "pictures"):
        if time.monotonic() - started > seconds:
            break
        with _quiet():
            picture = photograph(bodies, shot)
        with replacing(folder / shot.file) as temporary:
            picture.save(temporary, "JPEG", quality=QUALITY)
        done += 1
    return len(missing) - done


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Blender's log, which it writes past Python, off the screen."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
