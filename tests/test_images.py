"""Pictures of every kind that a person may bring, and files that are none."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course.datasets import images

QUARTERS = np.zeros((40, 60, 3), np.uint8)
QUARTERS[:20, :30], QUARTERS[:20, 30:], QUARTERS[20:, :30] = (250, 10, 10), (10, 250, 10), (10, 10, 250)
PICTURE = Image.fromarray(QUARTERS)
"""Red, green, blue and black quarters."""


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def turned(orientation: int) -> bytes:
    """A JPEG with that orientation in its EXIF data."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(PICTURE, "JPEG", exif=exif, quality=95, subsampling=0)


def refusal(source: object, name: str | None = "my.jpg") -> images.ImageError:
    with pytest.raises(images.ImageError) as caught:
        images.read(source, name)
    assert str(caught.value).startswith(f"{caught.value.problem}; ")
    assert str(caught.value).endswith(".")
    return caught.value


@pytest.mark.parametrize("kind", [*images.FORMATS, "MPO"])
def test_every_format_of_the_list_gives_the_same_picture(kind):
    again = images.read(encoded(PICTURE, kind))
    assert (again.mode, again.size) == ("RGB", (60, 40))
    assert np.abs(np.asarray(again)[5:15, 5:25].mean(axis=(0, 1)) - (250, 10, 10)).max() < 30


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("P", "PNG")])
def test_other_color_models_become_rgb(mode, kind):
    again = np.asarray(images.read(encoded(PICTURE.convert(mode), kind)), int)
    assert again.shape == (40, 60, 3)
    assert [int(part.argmax()) for part in (again[10, 15], again[10, 45], again[30, 15])] == [0, 1, 2]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_gray_of_16_bits_keeps_its_shades(kind):
    ramp = np.linspace(0, 65535, 60 * 40).reshape(40, 60).astype(np.uint16)
    again = np.asarray(images.read(encoded(Image.fromarray(ramp), kind)), int)
    assert np.abs(again - ramp[:, :, None] / 257).max() <= 1


@pytest.mark.parametrize("high", [1.0, 4000.0])
def test_gray_of_floats_is_scaled_from_darkest_to_brightest(high):
    ramp = np.linspace(0, high, 60 * 40, dtype=np.float32).reshape(40, 60)
    again = np.asarray(images.read(encoded(Image.fromarray(ramp), "TIFF")))
    assert (again.min(), again.max()) == (0, 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_become_white(mode):
    picture = PICTURE.convert(mode)
    picture.putalpha(Image.fromarray(np.where(np.arange(60) < 30, 0, 255).astype(np.uint8)[None].repeat(40, 0)))
    again = np.asarray(images.read(encoded(picture, "PNG")))
    assert (again[:, :30] == 255).all()
    assert again[30, 45].tolist() == [0, 0, 0]
    again = np.asarray(images.read(encoded(PICTURE, "PNG", transparency=(0, 0, 0))))
    assert (again[30, 45].tolist(), again[10, 15].tolist()) == ([255, 255, 255], [250, 10, 10])


@pytest.mark.parametrize(("orientation", "red"), [(1, (10, 15)), (3, (30, 45)), (6, (15, 30)), (8, (45, 10))])
def test_a_photo_is_turned_upright(orientation, red):
    again = np.asarray(images.read(turned(orientation)))
    assert again.shape == ((40, 60, 3) if orientation in (1, 3) else (60, 40, 3))
    assert again[red][0] > 200
    assert again[red][1:].max() < 60


def test_damaged_notes_on_how_to_turn_it_do_not_spoil_a_picture():
    assert images.read(turned(6).replace(b"MM\0*", b"MM\xff\xff", 1)).size == (60, 40)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF", "WEBP"])
def test_of_an_animation_or_several_pages_the_first_is_read(kind):
    black = Image.new("RGB", PICTURE.size)
    lossless = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(PICTURE, kind, save_all=True, append_images=[black], **lossless)
    assert np.abs(np.asarray(images.read(data))[10, 15].astype(int) - (250, 10, 10)).max() < 10


def test_nothing_but_the_pixels_is_kept():
    assert images.read(turned(6)).info == {}
    assert not images.read(turned(6)).getexif()


NO_PICTURE = "is not a picture that the course reads; choose a JPEG, PNG, WebP, BMP, GIF or TIFF."
HEIC = "is a video, or a picture of the kind HEIC or AVIF, which the course cannot read; export the picture as JPEG."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        *((data, NO_PICTURE) for data in (b"hello", b"<svg/>", b"%PDF-1.7", b"%!PS-Adobe-3.0 EPSF-3.0", b"PK\x03\x04")),
        (b"\0" * 50, NO_PICTURE),
        (b"", "is empty (0 bytes); choose another picture."),
        (b"\0\0\0\x18ftypheic" + bytes(40), HEIC),
    ],
)
def test_what_is_not_a_picture_is_refused_with_the_way_out(data, sentence):
    assert str(refusal(data)) == f"my.jpg {sentence}"


@pytest.mark.parametrize("kind", images.FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_off_is_refused(kind, share):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (50, 70, 3), np.uint8))
    data = encoded(noise, kind)
    assert refusal(data[: int(share * len(data))]).problem == "my.jpg is damaged or cut off"


@pytest.mark.parametrize("size", [(20_000, 20_000), (8001, 8000), (2**31 - 1, 2**31 - 1)])
@pytest.mark.parametrize("limit", [None, 10, Image.MAX_IMAGE_PIXELS])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_huge_picture_is_refused_by_its_header_whatever_limit_pillow_has(monkeypatch, size, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("it was decoded"))
    assert refusal(png_header(*size)).problem == "my.jpg has more than 64 million pixels"
    assert limit == Image.MAX_IMAGE_PIXELS


def test_a_huge_file_is_refused_without_being_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 2**20)
    with (tmp_path / "big.bmp").open("wb") as file:
        file.truncate(10 * 2**40)
    assert refusal(tmp_path / "big.bmp", None).problem == f"{tmp_path.as_posix()}/big.bmp is larger than 1 MB"


def test_a_path_that_leads_to_no_file_is_refused(tmp_path):
    assert refusal(tmp_path / "none.jpg", None).problem.endswith("none.jpg does not exist")
    assert refusal(tmp_path, None).problem.endswith("is not a file")
    assert "cannot be read" in refusal("x" * 5000, "my.jpg").problem
    assert "my.jpg" in refusal("a\0b", "my.jpg").problem


def test_a_file_is_named_as_in_the_checkout_and_read_alike(tmp_path):
    file = tmp_path / "photo.png"
    PICTURE.save(file)
    assert images.read(str(file)) == images.read(file) == PICTURE
    missing = Path(images.__file__).parent / "none.jpg"
    assert str(refusal(missing, None)) == "course/datasets/none.jpg does not exist; check the path."
