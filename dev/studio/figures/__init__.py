"""Figures of the lessons and the READMEs, drawn by one hand: ``python -m dev.studio.figures [NAME …]``.

`style` holds what they share (sizes, colors, the pen, how a picture is written), `material` what they show of the
embedded data; each other module draws the figures of one theme. `FIGURES` in ``__main__`` lists them. Words are few and
short, numbers are computed, so that one picture serves every language.
"""
