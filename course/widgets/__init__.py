"""Live input in a notebook: what a learner draws goes through the learner's own network, while it is drawn.

Usage, as the last expression of a cell::

    widgets.DrawDigit(lambda images: model.predict(images, verbose=0))

Without the package anywidget, or where nothing can show a widget, the cell shows a recorded example instead.
"""

from __future__ import annotations

from course.widgets.digit import DrawDigit, as_mnist

__all__ = ["DrawDigit", "as_mnist"]
