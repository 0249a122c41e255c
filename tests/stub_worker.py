"""A worker without TensorFlow, for tests of ``course.scaling.pair``: does what ``settings.json`` says under ``acts``.

Run as ``python -m tests.stub_worker FOLDER INDEX``. It writes its process id and its address down first.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from pathlib import Path

from course.scaling.pair import KEY, PEER_LOST, end_with_parent


def reaches(port: int) -> bool:
    """Whether somebody answers on `port` of 127.0.0.1."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    end_with_parent()
    folder, index = Path(sys.argv[1]), int(sys.argv[2])
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    act, told = settings["acts"][index], json.loads(os.environ.get("TF_CONFIG", "{}"))
    about = {"pid": os.getpid(), "told": told, "secret": os.environ[KEY]}
    (folder / f"about-{index}.json").write_text(json.dumps(about), encoding="utf-8")
    print("epoch 1: done", flush=True)
    if act == "raise":
        raise RuntimeError("the pictures are upside down")
    if act == "notice":
        time.sleep(1)
        return PEER_LOST
    if act == "hang":
        time.sleep(600)
    listener = None
    if act == "listen":
        address = told["cluster"]["worker"][index].split(":")
        listener = socket.create_server((address[0], int(address[1])))
    result = {"reached": reaches(settings["port"]) if "port" in settings else None, "listened": listener is not None}
    (folder / f"result-{index}.json").write_text(json.dumps(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
