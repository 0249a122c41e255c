"""Make the recorded example of the drawing widget: a handwritten 3, as one stroke of points on a 280 × 280 canvas.

Usage: ``python -m dev.studio.recorded_digit``. A spline runs through points that were placed by hand; a little smoothed
noise gives it the unsteadiness of a hand.
"""

from __future__ import annotations

import json

import numpy as np
from scipy.interpolate import splev, splprep

from course.files import write_text
from course.paths import ROOT

TARGET = ROOT / "course" / "widgets" / "digit.json"
TOP = [(84, 74), (104, 52), (137, 43), (168, 54), (179, 82), (165, 110), (140, 125)]
BOTTOM = [(122, 130), (150, 134), (180, 152), (190, 186), (176, 218), (143, 236), (108, 233), (82, 212)]


def stroke() -> list[list[int]]:
    """The points of the stroke, 90 pairs of x and y in canvas pixels, in the order in which they were drawn."""
    spline, _parameters = splprep(np.array(TOP + BOTTOM, dtype=float).T, s=40, k=3)
    smooth = np.array(splev(np.linspace(0, 1, 90), spline)).T
    shaking = np.random.default_rng(3).normal(0, 0.9, smooth.shape)
    shaking = np.array([np.convolve(axis, np.ones(7) / 7, "same") for axis in shaking.T]).T
    return np.round(smooth + 2 * shaking).astype(int).tolist()


if __name__ == "__main__":
    write_text(TARGET, json.dumps([stroke()], separators=(",", ":")) + "\n")
