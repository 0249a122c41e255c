"""Read a picture that a person brings, of any kind and size, or say in one sentence why not.

Usage: ``read("hand.jpg")`` or ``read(data, name="hand.jpg")`` with the bytes; both give an RGB picture that is upright.
Nothing of Pillow's settings is changed and no file is written, so any number of threads may read at once.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from course.files import shown
from course.messages import CourseError, _

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
"""What is read, by Pillow's names; a phone's JPEG with several pictures in it (MPO) counts as JPEG."""
MAX_BYTES = 100 * 2**20
"""Largest file that is looked at."""
MAX_PIXELS = 64_000_000
"""Largest picture that is decoded, width times height: phones take up to 50 million."""

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"BM", b"GIF8", b"II*\0", b"MM\0*")
_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


class ImageError(CourseError):
    """A picture that cannot be read, as one sentence.

    Attributes:
        problem: what is wrong with it, a clause that names the file, without advice or full stop; for a caller who
            has advice of its own, as the check of a dataset has.
    """

    def __init__(self, problem: str, advice: str, **values: object) -> None:
        self.problem = problem.format(**values)
        super().__init__(_("{problem}; {advice}."), problem=self.problem, advice=advice)


def read(source: str | Path | bytes, name: str | None = None) -> Image.Image:
    """Read one picture; of an animation or a file of several pages the first.

    The size is judged by the header, before anything is decoded. The picture is turned as its EXIF data say.
    Transparent parts become white. CMYK, palette and gray become RGB; color profiles are ignored. Gray with 16 bits is
    scaled from 0–65,535 to 0–255; gray with 32 bits or floats from its darkest to its brightest pixel.

    Args:
        source: the path of a file, or its bytes.
        name: what to call the picture in a message; else the path.

    Returns:
        Mode RGB, nothing but pixels: neither the place nor the time it was taken.

    Raises:
        ImageError: a `CourseError`: no such file, 0 bytes, too large, of another kind, damaged or cut off.
    """
    if not isinstance(source, bytes):
        name = name or shown(Path(source))
        source = _contents(Path(source), name)
    name = name or _("The picture")
    other, smaller = _("choose another picture"), _("make it smaller, or choose another one")
    if not source:
        raise ImageError(_("{name} is empty (0 bytes)"), other, name=name)
    if len(source) > MAX_BYTES:
        raise ImageError(_("{name} is larger than {limit} MB"), smaller, name=name, limit=MAX_BYTES // 2**20)
    try:
        with Image.open(io.BytesIO(source), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            return _plain(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        problem = _("{name} has more than {limit} million pixels")
        raise ImageError(problem, smaller, name=name, limit=MAX_PIXELS // 1_000_000) from error
    except Exception as error:  # each decoder has errors of its own for damaged bytes
        if source[4:8] == b"ftyp":
            problem = _("{name} is a video, or a picture of the kind HEIC or AVIF, which the course cannot read")
            raise ImageError(problem, _("export the picture as JPEG"), name=name) from error
        if not source.startswith(_BEGINNINGS):
            problem = _("{name} is not a picture that the course reads")
            raise ImageError(problem, _("choose a JPEG, PNG, WebP, BMP, GIF or TIFF"), name=name) from error
        raise ImageError(_("{name} is damaged or cut off"), other, name=name) from error


def _contents(path: Path, name: str) -> bytes:
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        problem = _("{name} is not a file") if path.exists() else _("{name} does not exist")
        error = None
    except (OSError, ValueError) as problem_of_system:  # ValueError: a null character in the path
        problem, error = _("{name} cannot be read ({reason})"), problem_of_system
    reason = getattr(error, "strerror", None) or error
    raise ImageError(problem, _("check the path"), name=name, reason=reason) from error


def _plain(image: Image.Image) -> Image.Image:
    """The pixels of `image` as RGB, upright, on white."""
    image.load()
    deep_png = image.format == "PNG"  # Pillow before 11 opens 16 bits as mode I, else that of 32
    with contextlib.suppress(Exception):  # damaged notes in the file leave the picture as it lies
        image = ImageOps.exif_transpose(image)
    if image.mode in _DEEP_MODES:
        image = _eight_bits(image, full_range=deep_png or image.mode.startswith("I;16"))
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    plain = image.convert("RGB")
    plain.info = {}
    return plain


def _eight_bits(image: Image.Image, full_range: bool) -> Image.Image:
    values = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
    low, high = (0, 65535) if full_range else (values.min(), values.max())
    return Image.fromarray(np.uint8(255 * ((values - low) / ((high - low) or 1)).clip(0, 1) + 0.5))
