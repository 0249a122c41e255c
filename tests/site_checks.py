"""What has to be true of every page of the site: without a browser, and in one.

Each function returns complaints, one sentence each, empty where all is well, so that a test can show them all.
"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class _Reader(HTMLParser):
    """Collects what a page consists of."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.languages: dict[str, str | None] = {}
        self.folds: list[bool] = []
        """Whether each fold stands open."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        self.links += [given[name] or "" for name in ("href", "src", "action") if name in given]
        self.links += [part.split()[0] for part in (given.get("srcset") or "").split(",") if part.strip()]
        if tag == "img":
            self.pictures.append(given)
        if tag == "details":
            self.folds.append("open" in given)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag in ("html", "main"):
            self.languages[tag] = given.get("lang")


@functools.cache
def read(page: Path) -> _Reader:
    """What the file `page` consists of."""
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def pages_of(folder: Path) -> list[Path]:
    """The pages of the site in `folder`."""
    return sorted(folder.resolve().rglob("*.html"))


def links_into_nowhere(folder: Path) -> list[str]:
    """Links to a file, or to a place on a page, that is not there; and what would be fetched from another host."""
    wrong = []
    for page in pages_of(folder):
        for link in read(page).links:
            address = urlsplit(link)
            if address.scheme in ("http", "https", "data", "mailto"):
                continue  # links to read on; that nothing is fetched from there is seen in the browser
            target = (page.parent / unquote(address.path)).resolve() if address.path else page
            inside = target.is_file() and folder.resolve() in target.parents
            if not inside or (
                target.suffix == ".html" and address.fragment and unquote(address.fragment) not in read(target).ids
            ):
                wrong.append(f"{page.relative_to(folder.resolve())}: {link}")
    return wrong


def pictures_without_words(folder: Path) -> list[str]:
    """Pictures without a description, or with one that says nothing."""
    return [
        f"{page.relative_to(folder.resolve())}: {picture.get('src', '')[:60]} {picture.get('alt')!r}"
        for page in pages_of(folder)
        for picture in read(page).pictures
        if len((picture.get("alt") or "").strip()) < 3
    ]


def headings_out_of_order(folder: Path) -> list[str]:
    """Pages without exactly one title, or on which a heading skips a level."""
    wrong = []
    for page in pages_of(folder):
        levels = read(page).headings
        skipped = any(after > before + 1 for before, after in pairwise(levels))
        if levels[:1] != [1] or levels.count(1) != 1 or skipped:
            wrong.append(f"{page.relative_to(folder.resolve())}: {levels}")
    return wrong


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of `folder`, on a free port of the loopback."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def watched(browser: Browser, start: str, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page in a context with `options`, and what goes wrong on it: messages, failures, requests away from `start`."""
    context = browser.new_context(base_url=start, **options)
    page, wrong = context.new_page(), []
    page.on("console", lambda message: wrong.append(f"{page.url}: {message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"{page.url}: failed: {request.url}"))
    page.on("response", lambda answer: answer.status < 400 or wrong.append(f"{page.url}: {answer.status} {answer.url}"))
    own = (start, "data:", "blob:")
    page.on("request", lambda request: request.url.startswith(own) or wrong.append(f"{page.url}: asks {request.url}"))
    try:
        yield page, wrong
    finally:
        context.close()


def pictures_loaded(page: Page) -> None:
    """Wait for every picture of `page`, also those further down.

    A browser that leaves a page gives up what is still loading there, and reports it as failed.
    """
    page.evaluate(
        """() => Promise.all([...document.images].map((image) => {
            image.loading = "eager";
            return image.decode().catch(() => {}); // one that cannot be loaded has been reported
        }))"""
    )


def too_wide(page: Page) -> list[str]:
    """Whether `page` has to be moved sideways to be read."""
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url}: {beyond} pixels too wide"] if beyond > 0 else []


def barriers(page: Page, contrast_only: bool = False) -> list[str]:
    """What axe finds on `page` with everything unfolded; only of its colors, which takes less, on demand."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    page.wait_for_timeout(50)  # what is wider than its place gets its tabindex
    only: Any = {"type": "rule", "values": ["color-contrast"]} if contrast_only else RULES
    options = {"runOnly": only, "resultTypes": ["violations"], "preload": False}  # it would fetch the styles again
    found = Axe().run(page, options=options).response["violations"]
    return [f"{page.url}: {rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]
