"""JupyterLab on this machine: the address with its token, and nothing that needs a network.

Usage: ``python -m course lab [--lesson 03] [--host 0.0.0.0] [--port 8899] [--data DIR]``.
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from course.environment import setup
from course.environment.interpreter import read_stamp
from course.messages import CourseError, _
from course.paths import ROOT, data_dir, lesson_id

FIRST_PORT = 8888
NEEDS = (*setup.LESSONS_NEED, "jupyterlab", *setup.OPTIONAL)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``lab``."""
    parser.add_argument("--lesson", default="01", help=_("the lesson to open (%(default)s), the Korean one as ko/01"))
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on; in a container 0.0.0.0"))
    parser.add_argument("--port", type=int, help=_("port to listen on; without it, the first free one from 8888 on"))
    parser.add_argument("--data", metavar="DIR", help=_("edition of the data, counted from the root of the checkout"))
    parser.add_argument("--no-browser", action="store_true", help=_("only print the address"))
    setup.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course lab``: set up, then serve until Ctrl-C."""
    korean = "ko/" if Path(args.lesson).parent.name == "ko" else ""  # `--lesson ko/02`, as for `reset`
    notebook = f"{korean}{lesson_id(args.lesson)}.ipynb"
    if not (ROOT / notebook).is_file():
        raise CourseError(_("{notebook} is not here: `python -m course update` brings it."), notebook=notebook)
    if args.data:
        os.environ["COURSE_DATA"] = args.data
        if not data_dir().is_dir():
            raise CourseError(_("There is no data folder {folder}."), folder=data_dir())
    port = find_port(args.host, args.port)
    setup.ensure_inside(args, NEEDS)
    serve(args.host, port, notebook, browser=not args.no_browser and has_display())
    return 0


def find_port(host: str, wanted: int | None) -> int:
    """`wanted` if it is free, else, where no port is asked for, the first free one from 8888 on.

    Raises:
        CourseError: the port, or each one tried, is in use or not allowed, or `host` is no address of this machine.
    """
    reason = OSError()
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + 100):
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                if os.name == "posix":  # there it tells a port in use from one just left; on Windows it would share
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                return port
        except (OSError, OverflowError) as error:
            reason = error
    text = _("No server can listen on {host}, port {port} ({reason}): choose another with PORT=… or --port …")
    why = getattr(reason, "strerror", "") or reason
    raise CourseError(text, host=host, port=wanted or FIRST_PORT, reason=why)


def has_display() -> bool:
    """Whether a browser opened here would be seen: not over SSH, not in a container."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return "SSH_CONNECTION" not in os.environ and bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())


def serve(host: str, port: int, notebook: str, browser: bool) -> None:
    """Run JupyterLab in this process until it is stopped. The token goes by the environment: ``ps`` shows arguments."""
    token = secrets.token_urlsafe(24)
    os.environ.update(_jupyter_folders(), JUPYTER_TOKEN=token)
    # what a person may ask for, no default
    everywhere = ("0.0.0.0", "::", "")  # nosec B104
    visible = "127.0.0.1" if host in everywhere else f"[{host}]" if ":" in host else host
    base = f"http://{visible}:{port}"
    threading.Thread(target=_announce, args=(base, f"/lab/tree/{notebook}", token), daemon=True).start()
    from jupyterlab.labapp import LabApp

    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    LabApp.launch_instance([
        f"--ServerApp.ip={host}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={ROOT}",
        f"--ServerApp.open_browser={browser}",
        "--ServerApp.answer_yes=True",
        "--Application.log_level=WARN",
        f"--LabApp.default_url=/lab/tree/{notebook}",
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--ServerApp.contents_manager_class=course.jupyter.contents.LearnersContents",
        *root,
    ])  # fmt: skip


def _jupyter_folders() -> dict[str, str]:
    """Variables that tell Jupyter where to look: first here, not in the home folder, whose kernel may be another's.

    In an environment that shows a system environment, JupyterLab and its extensions may lie in the latter.
    """
    config = [str(ROOT / "course" / "jupyter"), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    found = {"JUPYTER_PREFER_ENV_PATH": "1"}
    owner = (read_stamp(Path(sys.prefix)) or {}).get("interpreter", {})
    if owner.get("outer"):
        config.append(str(Path(owner["prefix"], "etc", "jupyter")))
        folders = [Path(prefix, "share", "jupyter") for prefix in (sys.prefix, owner["prefix"], "/usr/local")]
        app = next((folder / "lab" for folder in folders if (folder / "lab" / "static").is_dir()), "")
        found.update(JUPYTER_PATH=os.pathsep.join(map(str, folders)), JUPYTERLAB_DIR=str(app))
    return {**found, "JUPYTER_CONFIG_PATH": os.pathsep.join(config)}


def _announce(base: str, path: str, token: str) -> None:
    """Print the address once the server answers."""
    print(_("Starting JupyterLab …"), flush=True)
    request = urllib.request.Request(f"{base}/api/status", headers={"Authorization": f"token {token}"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            direct.open(request, timeout=5).close()
            break
        except urllib.error.HTTPError:
            break  # it answers
        except OSError:
            time.sleep(0.2)
    os.environ.pop("JUPYTER_TOKEN", None)  # the server has read it; kernels need not inherit it
    text = _("\n  The course is at\n\n    {address}\n\n  Ctrl-C here ends it.\n")
    print(text.format(address=f"{base}{path}?token={token}"), flush=True)
