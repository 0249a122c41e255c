"""What every live widget shares: its front end, the recorded example, and the messages between kernel and browser.

A widget is a subclass of `Live` with a `name`; ``live.js`` plus ``NAME.js`` is its front end. It asks with messages
``{"type": "ask", "id": …, …}`` and gets what `Live.answer` returns, with the same id.
"""

from __future__ import annotations

import base64
import html
import io
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from course.front_end import front_end
from course.messages import CourseError, _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ID_LENGTH = 40  # a front end names its questions; an id longer than this is cut


class Live:
    """A live widget, or its recorded example where no front end draws it.

    The recorded example is always displayed. Once the front end has drawn the widget, it says "ready" and the example
    goes away: only the front end knows whether it can draw.

    Args:
        recorded: the example, as HTML.
        texts: what the front end says, by name, in the learner's language.
        settings: what else the front end needs to know; JSON.
    """

    name: ClassVar[str]

    def __init__(self, recorded: str, texts: dict[str, str], settings: dict[str, Any]) -> None:
        self._recorded = recorded
        self._display_id = uuid.uuid4().hex
        self.panel = _make_panel(self.name, texts, settings)
        if self.panel is not None:
            self.panel.on_msg(lambda panel, content, buffers: self.receive(content))

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer the front end's `question`; both are JSON. A `ValueError` means that it is not a question."""
        raise NotImplementedError

    def receive(self, content: object) -> None:
        """Handle one message from the front end; anything but our own messages is dropped."""
        if not isinstance(content, dict):
            return
        if content.get("type") == "ready":
            self._hide_recorded()
        elif content.get("type") == "ask":
            try:
                answer = self.answer(content)
            except ValueError:
                return
            except CourseError as error:
                answer = {"error": str(error)}
            self._send({"type": "answer", "id": str(content.get("id"))[:_ID_LENGTH], **answer})

    def _send(self, content: dict[str, Any]) -> None:
        if self.panel is not None:
            self.panel.send(content)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if self.panel is not None:
            view = {"version_major": 2, "version_minor": 0, "model_id": self.panel.model_id}
            text = _("Where the notebook can show live widgets, this one appears when the cell is run.")
            display({"application/vnd.jupyter.widget-view+json": view, "text/plain": text}, raw=True)
        display({"text/html": self._recorded, "text/plain": ""}, raw=True, display_id=self._display_id)

    def _hide_recorded(self) -> None:
        from IPython.display import update_display

        update_display({"text/html": "", "text/plain": ""}, raw=True, display_id=self._display_id)


def _make_panel(name: str, texts: dict[str, str], settings: dict[str, Any]) -> Any:
    """The front end of the widget `name` as an anywidget, or None where that package is missing."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None

    class Panel(anywidget.AnyWidget):
        _esm, _css = front_end(name)
        texts = traitlets.Dict().tag(sync=True)
        settings = traitlets.Dict().tag(sync=True)

    return Panel(texts=texts, settings=settings)


def figure_html(figure: Figure, alt: str, caption: str) -> str:
    """A matplotlib `figure` as HTML with an alternative text and a caption, both plain text."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=2 * figure.dpi)  # twice the pixels, for screens that have them
    width, height = (round(side * figure.dpi) for side in figure.get_size_inches())
    return (
        f'<figure style="margin: 0"><img width="{width}" height="{height}" style="max-width: 100%; height: auto"'
        f' alt="{html.escape(alt)}" src="data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
