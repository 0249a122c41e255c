"""JupyterLab in a headless Chromium, for the tests that look at a notebook as a learner does.

Usage::

    with jupyter_lab(root) as lab, chromium_page(lab) as page:
        run_all(page, "01_mnist.ipynb")

`root` is a copy of the checkout (`copy_checkout`), so that no notebook of the checkout itself is written to.
Everything that is started here, kernels too, is gone when the blocks end, also when a test fails in them.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import nbformat
import psutil
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90
TOY = "toy.ipynb"
CONTRASTS = Path(__file__).with_name("contrasts.js").read_text(encoding="utf-8")
NO_BROWSER = "the browser tests need the package playwright and Chrome or Chromium (COURSE_CHROMIUM names it)"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab that serves `root`."""

    root: Path
    url: str
    token: str
    settings: Path

    def set(self, plugin: str, **values: str) -> None:
        """Write settings of a `plugin` of JupyterLab's own as a person's choice."""
        file = self.settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")


def require_browser() -> str:
    """The browser that ``COURSE_CHROMIUM`` names, else one in the usual places.

    Without one, the test skips, or fails where ``COURSE_REQUIRE_BROWSER`` is 1.
    """
    named = os.environ.get("COURSE_CHROMIUM")
    places = [named] if named else ["/usr/bin/chromium", "/usr/bin/google-chrome", "chromium"]
    chromium = next(filter(None, map(shutil.which, places)), "")
    if not chromium or not find_spec("playwright"):
        stop = pytest.fail if os.environ.get("COURSE_REQUIRE_BROWSER") == "1" else pytest.skip
        stop(NO_BROWSER)
    return chromium


def copy_checkout(destination: Path) -> Path:
    """Copy the checkout to `destination`, without environments and what lessons saved; ``data`` becomes a link."""
    left_out = shutil.ignore_patterns(
        ".*", "__pycache__", "data", "data-real", "models", "wheelhouse", "node_modules", "out", "*.mine*.ipynb"
    )
    shutil.copytree(ROOT, destination, ignore=left_out)
    (destination / "data").symlink_to(ROOT / "data")
    return destination


@contextmanager
def jupyter_lab(root: Path) -> Iterator[Lab]:
    """A JupyterLab of this interpreter on a free port of the loopback, with a token and settings of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        lab = Lab(root, f"http://127.0.0.1:{_free_port()}", secrets.token_hex(16), Path(scratch, "settings"))
        lab.set("apputils-extension/notification", fetchNews="false")  # else a pop-up asks
        own = (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
        )
        log = Path(scratch, "log")
        with log.open("wb") as output:
            server = psutil.Popen(
                [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--allow-root",
                 f"--port={lab.url.rpartition(':')[2]}", "--ServerApp.port_retries=0",
                 "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
                cwd=root, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=os.environ | {name: str(Path(scratch, name)) for name in own}
                | {"JUPYTERLAB_SETTINGS_DIR": str(lab.settings), "JUPYTER_TOKEN": lab.token},
            )  # fmt: skip
        try:
            _wait_until_up(lab, server, log)
            yield lab
        finally:
            _end(server)


@contextmanager
def lab_with(folder: Path, *cells: str) -> Iterator[Lab]:
    """A JupyterLab on a copy of the checkout in `folder`, in which the notebook `TOY` has these code `cells`."""
    require_browser()
    root = copy_checkout(folder)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}  # else a dialog asks
    code = [nbformat.v4.new_code_cell(source.strip()) for source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=code, metadata=kernel), root / TOY)
    with jupyter_lab(root) as lab:
        yield lab


@contextmanager
def page_without_errors(lab: Lab, *flags: str) -> Iterator[Page]:
    """A page, as of `chromium_page`, on which the notebook `TOY` has run; at the end no script may have failed."""
    with chromium_page(lab, *flags) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        run_all(page, TOY, seconds=120)
        yield page
        assert errors == []


@contextmanager
def chromium_page(lab: Lab, *flags: str) -> Iterator[Page]:
    """A page of a headless Chromium, started with `flags`, logged in to `lab`; paths given to it count from there."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *flags]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require_browser(), headless=True, args=arguments)
        try:
            page = browser.new_context(base_url=lab.url, viewport={"width": 1280, "height": 1000}).new_page()
            page.goto(f"/api/status?token={lab.token}")
            yield page
        finally:
            browser.close()


def open_notebook(page: Page, notebook: str) -> None:
    """Open `notebook`, a path from the root, and wait until its kernel waits for work."""
    page.goto(f"/lab/tree/{quote(notebook)}?reset")
    page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=1000 * START_SECONDS)
    page.locator(".jp-NotebookPanel .jp-Notebook .jp-Cell").first.wait_for()
    # The notebook's own indicator says idle before a kernel is there; what is run then is lost.
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=1000 * START_SECONDS)


def choose(page: Page, menu: str, command: str) -> None:
    """Choose the entry of `menu`, e.g. "Run", that carries JupyterLab's `command`."""
    page.locator(".lm-MenuBar-itemLabel", has_text=menu).first.click()
    page.locator(f"li.lm-Menu-item[data-command='{command}']").click()


def run_all(page: Page, notebook: str, seconds: float = 60) -> None:
    """Open `notebook`, choose Run, Run All Cells, and wait until every code cell has its number.

    A cell whose source is hidden shows no number; `save` the notebook to see those.

    Raises:
        AssertionError: a cell shows an error, or is not done after `seconds`.
    """
    open_notebook(page, notebook)
    page.locator(".jp-NotebookPanel .jp-Cell").first.click()
    choose(page, "Run", "runmenu:run-all")
    end = time.monotonic() + seconds
    waiting = errors = None
    while waiting != [] and not errors and time.monotonic() < end:
        page.wait_for_timeout(300)
        # Text contents, not inner texts: those are empty for cells that are scrolled out of sight.
        prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt").all_text_contents()
        waiting = [prompt for prompt in prompts if not prompt.strip("[]: ").isdecimal()]
        errors = page.locator("[data-mime-type='application/vnd.jupyter.error']").all_text_contents()
    assert not errors, "\n".join(errors)
    assert not waiting, f"not done after {seconds} s: {prompts}"


def save(page: Page) -> None:
    """Save the open notebook, and wait until it is."""
    choose(page, "File", "docmanager:save")
    page.locator(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty").wait_for(state="detached")


def faint(page: Page, widget: int = 0) -> list[tuple[str, float]]:
    """Texts of a widget with a contrast below 4.5, and lines and bars with one below 3, as WCAG 2.2 AA asks for."""
    of_one = CONTRASTS.replace('querySelector(".course-live")', f"querySelectorAll('.course-live')[{widget}]")
    contrasts = page.evaluate(of_one)
    assert len(contrasts["text"]) > 10, "there are texts"
    least = {"text": 4.5, "lines": 3}
    return [named for kind, ratio in least.items() for named in contrasts[kind] if named[1] < ratio]


def hand_over(target: Locator, event: str, data: bytes) -> None:
    """``drop`` or ``paste`` a picture file with the bytes `data` on `target`, as a browser tells a page of it."""
    target.evaluate(
        """(target, [event, transfer, data]) => {
          const files = new DataTransfer();
          files.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], "x.png"));
          const happens = new Event(event, { bubbles: true, cancelable: true });
          target.dispatchEvent(Object.defineProperty(happens, transfer, { value: files }));
        }""",
        [event, {"drop": "dataTransfer", "paste": "clipboardData"}[event], base64.b64encode(data).decode()],
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(lab: Lab, server: psutil.Popen, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("JupyterLab did not start:\n" + log.read_text(errors="replace")[-3000:])


def _end(server: psutil.Popen) -> None:
    """End the server, which ends its kernels, and then whatever of them is left."""
    if server.poll() is None:
        processes = [server, *server.children(recursive=True)]
        server.terminate()
        for process in psutil.wait_procs(processes, timeout=10)[1]:
            process.kill()
