"""The command line of `dev.studio.bo`.

python -m dev.studio.bo                              everything that is missing, into data/presidential_doggy_door
python -m dev.studio.bo --seconds 270                the same, for four and a half minutes at most; call it again
python -m dev.studio.bo --part 0/2                   every second picture, for a second process to make the others
python -m dev.studio.bo --only 12 --out /tmp/try     twelve pictures spread over the plan
python -m dev.studio.bo --width 160                  smaller ones, to try something out
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from course.paths import ROOT
from dev.studio.bo.dataset import make
from dev.studio.bo.plan import plan, write_factors


def main() -> None:
    """Read the options and make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "presidential_doggy_door")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--only", type=int)
    parser.add_argument("--look", help="only pictures of this look")
    parser.add_argument("--width", type=int)
    options = parser.parse_args()
    if options.width:
        from dev.studio.bo import render

        render.LONG_SIDE = options.width
    shots = plan()
    options.out.mkdir(parents=True, exist_ok=True)
    write_factors(shots, options.out / "factors.csv")
    if options.look:
        shots = [shot for shot in shots if shot.look == options.look]
    if options.only:
        shots = [shots[k] for k in np.linspace(0, len(shots) - 1, min(options.only, len(shots))).astype(int)]
    part, parts = map(int, options.part.split("/"))
    left = make(shots[part::parts], options.out, options.seconds)
    print(f"{left} pictures still to be made" if left else "all pictures made")


if __name__ == "__main__":
    main()
