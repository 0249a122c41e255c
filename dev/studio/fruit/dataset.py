"""Makes the pictures of a plan, one file each, going on where an earlier run stopped.

Usage: ``make(embedded(), folder)``. A file that is there is not made again, and it is there as a whole or not at all.
What each picture shows goes to ``factors.csv`` in `folder`, but for test and exam pictures.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from course.files import replacing
from course.messages import CourseError, _
from dev.studio.fruit.plan import Picture

if TYPE_CHECKING:
    from dev.studio.fruit.render import Studio

FACTS = ("cultivar", "pose", "count", "ground", "severity", "rot_seen", "elevation", "motion")
RETAKES = 20
"""How many pictures are taken until something stands out; one is enough for all but about 1 in 150."""


def missing(pictures: Sequence[Picture], folder: Path, part: tuple[int, int] = (1, 1)) -> list[Picture]:
    """The pictures of this part (the first of two is (1, 2)) that are not in `folder` yet, in order."""
    number, parts = part
    return [picture for picture in pictures[number - 1 :: parts] if not (folder / picture.path).is_file()]


def make(pictures: Sequence[Picture], folder: Path, part: tuple[int, int] = (1, 1), minutes: float = 0) -> int:
    """Render what is missing of a part of `pictures`, for at most so many `minutes` (0: until done).

    Each picture depends on its seed alone, so parts can be made by any number of processes in any order.

    Returns:
        How many pictures of this part are still missing.

    Raises:
        CourseError: Blender's Python module is not in this environment.
    """
    to_do = missing(pictures, folder, part)
    if not to_do:
        return 0
    try:
        from dev.studio.fruit.render import Studio
    except ImportError as error:
        sentence = _(
            "Pictures of fruit can only be rendered in the studio's environment because {module} is missing here; "
            "run “python -m pip install -r dev/studio/requirements-render.txt” in an environment with Python 3.11."
        )
        raise CourseError(sentence.format(module=error.name or "bpy")) from error
    from rich.progress import Progress

    stage, until = Studio(), time.monotonic() + 60 * minutes
    with Progress() as progress:
        for done, picture in enumerate(progress.track(to_do, description=folder.name)):
            if minutes and time.monotonic() > until:
                return len(to_do) - done
            data, facts = _take(stage, picture)
            if not picture.group.startswith("exam") and "test" not in picture.group:
                _note(picture, facts, folder)
            with replacing(folder / picture.path) as temporary:
                temporary.write_bytes(data)
    return 0


def _take(stage: Studio, picture: Picture) -> tuple[bytes, dict[str, object]]:
    """The JPEG of a picture and the facts about it; one in which nothing stands out is taken again."""
    from dev.studio.fruit.photo import develop, encode, is_flat
    from dev.studio.fruit.scene import compose

    for retake in range(RETAKES):
        shot, rng = compose(picture, retake)
        data = encode(*develop(stage.shoot(shot), shot, rng))
        if not is_flat(data):
            return data, shot.facts
    raise RuntimeError(f"nothing stands out in {RETAKES} pictures for {picture.path}")


def _note(picture: Picture, facts: dict[str, object], folder: Path) -> None:
    """Keep the facts of a picture beside the folder until `write_factors` collects them."""
    record = folder / ".factors" / f"{picture.path.as_posix().replace('/', '_')}.json"
    with replacing(record) as temporary:
        temporary.write_text(json.dumps({"file": picture.path.as_posix(), **facts}), encoding="utf-8")


def write_factors(folder: Path) -> None:
    """Collect what was noted of training and validation images in ``factors.csv``; keep what it says of others."""
    table, records = folder / "factors.csv", []
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as file:
            records = [row for row in csv.DictReader(file) if (folder / row["file"]).is_file()]
    records += [json.loads(path.read_text(encoding="utf-8")) for path in (folder / ".factors").glob("*.json")]
    records = list({record["file"]: record for record in records}.values())  # the newer one counts
    with replacing(table) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ("file", *FACTS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(records, key=lambda record: record["file"]))
