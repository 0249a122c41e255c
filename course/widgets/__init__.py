"""Live input in a notebook: what a learner draws or photographs goes through the learner's own network.

Usage, as the last expression of a cell::

    widgets.DrawDigit(lambda images: model.predict(images, verbose=0))
    widgets.PhotoInput(top_letters, example=DATA / "asl_images" / "a.png")
    widgets.SuggestWords(next_words, example="today in new york")

Without the package anywidget, or where nothing can show a widget, the cell shows a recorded example instead.
`read_picture` reads any picture file as RGB and upright, or says in a sentence why not.
"""

from __future__ import annotations

from course.datasets.images import read as read_picture
from course.widgets.digit import DrawDigit, as_mnist
from course.widgets.photo import PhotoInput
from course.widgets.suggest import SuggestWords

__all__ = ["DrawDigit", "PhotoInput", "SuggestWords", "as_mnist", "read_picture"]
