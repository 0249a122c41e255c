"""What an HDF5 file of weights declares, judged before any number is read.

Usage: ``with h5py.File(path) as weights: found = arrays(weights, path)``.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from course.datasets.untrusted import Damaged
from course.messages import _

if TYPE_CHECKING:
    import h5py

MAX_MEMBERS = 5000
"""Groups and arrays of one file."""


def arrays(file: h5py.File, path: Path) -> dict[str, h5py.Dataset]:
    """The arrays of `file` by their path in it; none of them is read. A message calls the file `path`.

    Raises:
        Damaged: there is a link to anything but a member of the same file, an external or virtual array, an array of
            something other than numbers or in chunks larger than itself, or more than MAX_MEMBERS.
    """
    import h5py

    refusal = Damaged(path, _("{path} holds more than plain weights, or takes them from another file"))
    found, waiting, count = {}, [("", file)], 0
    while waiting:
        place, group = waiting.pop()
        for name in group:
            count += 1
            if count > MAX_MEMBERS or not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise refusal
            member = group[name]
            if isinstance(member, h5py.Group):
                waiting.append((f"{place}/{name}", member))
            elif member.dtype.kind not in "fiub" or member.is_virtual or member.external or _oversized(member):
                raise refusal
            else:
                found[f"{place}/{name}".lstrip("/")] = member
    return found


def _oversized(array: h5py.Dataset) -> bool:
    """Whether reading one number takes more memory than the whole array: a chunk is unpacked in one piece."""
    return array.chunks is not None and math.prod(array.chunks) > array.size
