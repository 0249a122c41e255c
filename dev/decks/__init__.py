"""A deck of slides for each lesson, for instructors: PowerPoint files made from text, in English and Korean.

Usage: ``python -m dev decks 03 --lang ko``; see :mod:`dev.decks.command`. The words are in ``text/NAME.md`` and
``text/NAME.ko.md``, in the form that :mod:`dev.decks.source` describes; measured numbers come from what was recorded
(:mod:`dev.decks.numbers`), and notes from the instructors' guide (:mod:`dev.decks.guide`). No deck is kept in git.
"""
