"""Lessons from top to bottom: ``executor`` runs a notebook in a kernel of its own; ``run`` is ``python -m course run``.

``notebooks`` has the one form in which notebooks are kept in git.
"""
