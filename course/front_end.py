"""What runs in a browser, for the live widgets of the lessons and for the page of the web service alike.

Usage: ``script, style = front_end("photo")``; ``photo_texts()`` and ``PHOTO_SIDE`` are what that script is given.
"""

from __future__ import annotations

from pathlib import Path

from course.messages import _

PHOTO_SIDE = 1600
"""Longest side, in pixels, of a picture that the front end sends."""
_WIDGETS = Path(__file__).parent / "widgets"


def front_end(name: str) -> tuple[str, str]:
    """The front end of the widget `name`: a JavaScript module that exports ``render({model, el})``, and its CSS."""
    files = ("live.js", f"{name}.js", "live.css")
    script, more, style = ((_WIDGETS / file).read_text(encoding="utf-8") for file in files)
    return f"{script}\n{more}", style


def photo_texts() -> dict[str, str]:
    """What the front end of the widget for photos says, in the learner's language."""
    return {
        "photo": _("Your picture"),
        "stage": _("The square that is looked at: arrow keys move it, plus and minus change its size"),
        "invite": _("Drop a picture here, or paste one"),
        "choose": _("Choose a picture"),
        "start": _("Use the camera"),
        "stop": _("Stop the camera"),
        "take": _("Take the picture"),
        "size": _("Size of the square"),
        "seen": _("The network sees"),
        "bars": _("Most probable"),
        "empty": _("No picture yet."),
        "looking": _("Looking …"),
        "top": _("Looks like {label}."),
        "unreadable": _("{name} is cut off, or of a kind that this browser does not show; choose a JPEG or PNG."),
        "large": _("{name} is too large; choose a picture of at most 64 million pixels and 100 MB."),
        "starting": _("Waiting for the camera …"),
        "noCamera": _("The camera cannot be used: there is none, it is in use, or the browser does not allow it."),
        "insecure": _("The browser gives the camera only to pages on this computer (127.0.0.1) or over https."),
        "label": _("Label"),
        "keep": _("Keep this picture"),
        "undo": _("Delete the last one"),
        "kept": _("Kept as {label}: {count}."),
        "deleted": _("Deleted."),
        "nothing": _("There is nothing to delete: this cell has kept no picture yet."),
        "silent": _("No answer from the notebook yet: it is busy, or this cell has to be run again."),
    }
