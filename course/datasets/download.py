"""Download a file that is known by its size and checksum, over a network that stalls and breaks off.

Usage: ``fetch(Source(url, "sha256:…", size), folder)``. pooch checks and places the file; what it lacks, going on where
an interrupted download stopped, is :class:`Resuming`. What has come so far stays in the folder as ``NAME.part``.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.files import saving
from course.messages import _

TIMEOUT = (10, 30)
"""Seconds to wait for a connection, and for the next bytes."""
PAUSES = (1, 2, 4, 8)
"""Seconds before each further attempt; an attempt that received data resets the count."""
BLOCK = 1 << 14
"""Bytes read at once; a block that breaks off is lost."""
BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Status codes after which it is worth trying again."""


@dataclass(frozen=True)
class Source:
    """Where a file can be downloaded, and how it is recognized.

    Attributes:
        url: its address; ``COURSE_MIRROR``, the address of a folder, takes the place of all before the file's name.
        checksum: ``sha256:`` or ``md5:`` and hexadecimal digits.
        size: bytes.
    """

    url: str
    checksum: str
    size: int

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def address(self) -> str:
        """Where it is fetched from now."""
        mirror = os.environ.get("COURSE_MIRROR")
        return f"{mirror.rstrip('/')}/{self.name}" if mirror else self.url


class Unavailable(Exception):
    """The download cannot succeed; the text, a clause, says why."""


class Interrupted(Exception):
    """The download broke off and may go on; the text, a clause, says why."""


def fetch(source: Source, folder: Path) -> Path:
    """Download `source` into `folder` unless it is there already; its path.

    Raises:
        Unavailable: it cannot be downloaded, or not now.
        CourseError: it cannot be written.
    """
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    downloader = Resuming(source.size, folder / f"{source.name}.part")
    try:
        with saving(folder / source.name):
            return Path(pooch.retrieve(source.address, source.checksum, source.name, folder, downloader=downloader))
    except ValueError as error:  # pooch: the checksum is another
        if downloader.resumed:  # then what was left of an earlier download may be the fault; it is gone now
            return fetch(source, folder)
        raise Unavailable(_("the file that was received has another checksum")) from error


class Resuming:
    """A downloader for pooch that goes on from what an earlier attempt left in `part`.

    Attributes:
        resumed: whether anything had been left.
    """

    def __init__(self, size: int, part: Path) -> None:
        self.size, self.part, self.resumed = size, part, False

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        """Bring the file at `url` to `output_file`. Raises Unavailable."""
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        failures = 0
        self.resumed = bool(self._have())
        with Progress(*columns, disable=not sys.stdout.isatty()) as progress:
            task = progress.add_task(self.part.stem, total=self.size)
            while (before := self._have()) < self.size:
                try:
                    self._receive(url, before, lambda have: progress.update(task, completed=have))
                except Interrupted as error:
                    failures = 0 if self._have() > before else failures + 1
                    if failures > len(PAUSES):
                        raise Unavailable(str(error)) from error
                    time.sleep(PAUSES[max(failures - 1, 0)])
        os.replace(self.part, output_file)

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _receive(self, url: str, have: int, on_progress: Callable[[int], None]) -> None:
        """Append one response to the part. Raises Interrupted if that is not the rest of the file, or Unavailable."""
        import requests

        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        try:
            with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT, allow_redirects=False) as answer:
                self._judge(answer, have)
                with self.part.open("ab" if answer.status_code == 206 else "wb") as file:
                    for block in answer.iter_content(BLOCK):
                        file.write(block)
                        on_progress(file.tell())
                        if file.tell() > self.size:
                            raise Unavailable(_("it is larger than it should be"))
        except requests.exceptions.Timeout as error:
            raise Interrupted(_("no answer for {seconds} seconds").format(seconds=TIMEOUT[1])) from error
        except requests.exceptions.ConnectionError as error:
            raise Interrupted(_("no connection, or it was lost")) from error
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise Interrupted(_("the connection was lost")) from error
        except requests.exceptions.RequestException as error:
            raise Unavailable(_("that is not an address to download from")) from error
        finally:
            if self._have() > self.size:
                self.part.unlink()
        if self._have() < self.size:
            raise Interrupted(_("the connection was lost"))

    def _judge(self, answer: Any, have: int) -> None:
        """Raise if the response is neither the file nor the rest of it."""
        code = answer.status_code
        misplaced = code == 206 and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if code == 416 or misplaced:
            self.part.unlink(missing_ok=True)
            raise Interrupted(_("the server cannot resume a download"))
        if code in BUSY:
            raise Interrupted(_("the server is busy ({code})").format(code=code))
        if answer.is_redirect:
            target = answer.headers["Location"][:80]
            raise Unavailable(_("the server redirects to {target}, which is not followed").format(target=target))
        if code not in (200, 206):
            raise Unavailable(_("the server answered {code}").format(code=code))
