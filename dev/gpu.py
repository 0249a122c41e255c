"""The lessons on a machine with an NVIDIA GPU, PyTorch or JAX, and no network: within nine minutes, on each of the two.

Usage, where there is a network: ``python -m dev.gpu pack FOLDER`` copies what the lessons need, and wheels of what such
a machine lacks. There, with the Python that has PyTorch or JAX: ``python3 FOLDER/dev/gpu.py run --out results.jsonl``.
The cells run in IPython, with no Jupyter. Without TensorFlow, lessons that import it end there, and 07 ends where its
submission is converted; each result says so. Standard library only.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BACKENDS = ("jax", "torch")
LESSONS = ("01", "03", "05a", "05b", "07", "02", "06", "04a", "04b")
"""In the order of what is learned from each."""
SECONDS, ONE = 520, 150
"""For all of them, and for one at most."""
NEEDED = ("course", "data", "images/course.mplstyle", "dev/gpu.py", "docs/results.json")
LACKING = [
    "keras", "namex", "optree", "ipython", "ipython-pygments-lexers", "traitlets", "jedi", "parso", "prompt_toolkit",
    "wcwidth", "decorator", "pygments", "matplotlib-inline", "stack_data", "executing", "asttokens", "pure_eval",
    "pexpect", "ptyprocess",
]  # fmt: skip
MARK = "the result: "


def pack(folder: Path, python: str, without: list[str]) -> None:
    """Fill `folder` with the lessons, what they need but `without` sets, and wheels for `python` on Linux x86_64."""
    ignored = shutil.ignore_patterns("__pycache__", "locale", "*.otf", *without)
    for path in [*ROOT.glob("0*.ipynb"), *(ROOT / name for name in NEEDED)]:
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target, ignore=ignored)
        else:
            shutil.copy(path, target)
    platforms = [f"--platform=manylinux{kind}_x86_64" for kind in ("_2_28", "_2_17", "2014")]
    options = ["--no-deps", "--only-binary=:all:", f"--python-version={python}", *platforms, "-d", folder / "wheels"]
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *options, *LACKING], check=True)


def run(out: Path, seconds: float, lessons: list[str]) -> None:
    """Run `lessons` on each backend that is here, and write a line of JSON to `out` as soon as each has ended."""
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as scratch:
        wheels = [str(path) for path in (ROOT / "wheels").glob("*.whl")]
        options = ["--quiet", "--no-index", "--no-deps", "--no-compile", "--target", f"{scratch}/site"]
        if wheels:
            subprocess.run([sys.executable, "-m", "pip", "install", *options, *wheels], check=True)
        paths = [str(ROOT), f"{scratch}/site", *filter(None, [os.environ.get("PYTHONPATH")])]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "MPLBACKEND": "Agg", "COURSE_NAME": "GPU"}
        for backend in filter(importlib.util.find_spec, BACKENDS):
            environ |= {"KERAS_BACKEND": backend, "COURSE_MODELS": f"{scratch}/{backend}"}
            for lesson in lessons:
                found = _one_in_time(lesson, environ, min(ONE, end - time.monotonic()))
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"backend": backend, "lesson": lesson} | found) + "\n")


def _one_in_time(lesson: str, environ: dict[str, str], limit: float) -> dict:
    if limit < 5:
        return {"status": "no time left"}
    try:
        command = [sys.executable, __file__, "one", lesson]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"status": "too slow", "seconds": round(limit, 1)}
    said = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    return json.loads(said[-1][len(MARK) :]) if said else {"status": "died", "reason": done.stderr[-500:]}


def one(lesson: str) -> dict:
    """Execute the cells of `lesson` in this process: how it ended, where, in how many seconds, with which results."""
    from IPython.core.interactiveshell import InteractiveShell

    real = importlib.util.find_spec
    if not real("tensorflow"):  # the course asks for it; Keras, on another backend, does without
        importlib.util.find_spec = lambda name, package=None: name == "tensorflow" or real(name, package)
    (path,) = ROOT.glob(f"{lesson}_*.ipynb")
    os.chdir(ROOT)
    shell, start, found = InteractiveShell.instance(), time.monotonic(), {"status": "passed"}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code" and found["status"] == "passed":
            result = shell.run_cell("".join(cell["source"]), store_history=True)
            error = result.error_before_exec or result.error_in_exec
            if error and "raises-exception" not in cell["metadata"].get("tags", ()):
                found = {"status": "failed", "cell": cell["id"], "reason": f"{type(error).__name__}: {error}"[:300]}
    saved = Path(os.environ["COURSE_MODELS"], "results", f"{path.stem}.json")
    results = json.loads(saved.read_text(encoding="utf-8")) if saved.is_file() else {}
    kept = {name: results[name] for name in ("metrics", "unusual", "device", "versions") if name in results}
    return found | {"seconds": round(time.monotonic() - start, 1)} | kept


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    packing, running, single = (commands.add_parser(name) for name in ("pack", "run", "one"))
    packing.add_argument("folder", type=Path)
    packing.add_argument("--python", default="3.12", help="version of the Python there")
    packing.add_argument("--without", nargs="*", default=[], help="sets of data to leave out, such as asl_images")
    running.add_argument("--out", type=Path, required=True)
    running.add_argument("--seconds", type=float, default=SECONDS)
    running.add_argument("lessons", nargs="*", default=LESSONS)
    single.add_argument("lesson")
    args = parser.parse_args()
    if args.command == "pack":
        pack(args.folder, args.python, args.without)
    elif args.command == "run":
        run(args.out, args.seconds, args.lessons)
    else:
        print("\n" + MARK + json.dumps(one(args.lesson)), flush=True)


if __name__ == "__main__":
    main()
