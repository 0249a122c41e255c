"""The web service for the model of lesson 04a: sets up what it needs, then hands over to `course.serving.app`.

Usage: ``python -m course serve models/asl_model.keras [--host 0.0.0.0] [--port 8899]``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from course.environment import lab, setup
from course.messages import _
from course.paths import models_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``serve``."""
    model = models_dir() / "asl_model.keras"
    parser.add_argument("model", nargs="?", type=Path, default=model, help=_("model that lesson 04a saved"))
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on; in a container 0.0.0.0"))
    parser.add_argument("--port", type=int, help=_("port to listen on; without it, the first free one from 8888 on"))
    setup.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course serve`` until Ctrl-C."""
    port = lab.find_port(args.host, args.port)
    setup.ensure_inside(args, ("tensorflow", "keras", "PIL", "starlette", "uvicorn"), extras=True)
    from course.serving import app, model

    app.run(model.open_model(args.model), args.host, port)
    return 0
