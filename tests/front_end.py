"""Stands in for the browser of a live widget: asks the Python side and keeps what it sends."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from course.paths import ROOT
from course.widgets.live import Live

WIDGETS = ROOT / "course" / "widgets"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=20,
)
"""Values that a message may hold."""


class FrontEnd:
    """The front end of `widget`, in the place of its panel."""

    def __init__(self, widget: Live) -> None:
        self.received: list[dict[str, Any]] = []
        self.widget = widget
        widget.panel = self

    def send(self, content: dict[str, Any]) -> None:
        """Keep a message of the Python side, which has to be JSON."""
        self.received.append(json.loads(json.dumps(content)))

    def ask(self, id: object = "view-1", **question: object) -> dict[str, Any]:
        """Ask, and return the last answer; nothing where none has come."""
        self.widget.receive({"type": "ask", "id": id, **question})
        return self.received[-1] if self.received else {}


def texts_used(name: str) -> set[str]:
    """The names of the texts that the front end `name` shows."""
    return set(re.findall(r"\btexts\.(\w+)", (WIDGETS / f"{name}.js").read_text(encoding="utf-8")))
