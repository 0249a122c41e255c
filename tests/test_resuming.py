"""A training whose kernel died goes on where it was, if it is the very same run; else it begins anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from killing import faults
from lesson_runs import Silence

from course import files
from course.paths import ROOT
from course.runner import executor

EPOCHS = 6
BEGINNING = """
import os, signal, sys
sys.path.insert(0, "ROOT_FOLDER")
from pathlib import Path
from course import check
import keras
import numpy as np
keras.utils.set_random_seed(1)
HERE = Path("THIS_FOLDER")
x = np.random.default_rng(1).normal(size=(64, 8)).astype("float32")
y = x[:, :1] ** 2
layers = [keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
model = keras.Sequential([keras.Input((8,)), *layers])
schedule = keras.optimizers.schedules.CosineDecay(0.05, decay_steps=24)
model.compile(keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=0.9), "mse")

class Dies(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 3 and (HERE / "die").exists():
            (HERE / "die").unlink()
            os.kill(os.getpid(), signal.SIGKILL)
"""
TRAINING = f"""
resuming = check.resuming(HERE / "models" / "net")
history = model.fit(
    x, y, batch_size=16, epochs={EPOCHS}, shuffle=False, validation_data=(x, y), verbose=0, callbacks=[resuming, Dies()]
)
"""
REPORT = """
import json
done = {"log": history.history, "epochs": len(history.epoch), "before": resuming.done}
done["last"] = float(model.evaluate(x, y, verbose=0))
(HERE / "report.json").write_text(json.dumps(done))
"""


def beginning(here: Path) -> str:
    """What makes the network and its data, for the folder `here`."""
    return BEGINNING.replace("ROOT_FOLDER", str(ROOT)).replace("THIS_FOLDER", str(here))


class Notebook:
    """A notebook of a few cells that trains, and what it left behind."""

    def __init__(self, here: Path) -> None:
        self.here = here
        here.mkdir()

    def run(self, *more: str, die: bool = False, training: str = TRAINING) -> dict | None:
        """Run it in a kernel of its own, with the cells `more` before the training; its report, none if it died."""
        (self.here / "report.json").unlink(missing_ok=True)
        if die:
            (self.here / "die").touch()
        sources = [beginning(self.here), *more, training, REPORT]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        path = self.here / "notebook.ipynb"
        nbformat.write(notebook, path)
        outcome = executor.execute(
            path, executor.Settings(ROOT / "data", out=self.here / "executed", timeout=120), Silence()
        )
        report = self.here / "report.json"
        assert report.exists() == (outcome.status == "passed"), outcome.reason
        assert (outcome.status == "passed") is not die, outcome.reason
        return json.loads(report.read_text()) if report.exists() else None

    @property
    def printed(self) -> str:
        """What the cells of the last run printed."""
        executed = nbformat.read(self.here / "executed" / "notebook.ipynb", 4)
        return "".join(part.get("text", "") for cell in executed.cells for part in cell.outputs)

    @property
    def kept(self) -> list[str]:
        """Files of trainings that may go on."""
        return sorted(path.name for path in (self.here / "models").glob(".net.training/*"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict:
    """The report of a run that nothing disturbed."""
    notebook = Notebook(tmp_path_factory.mktemp("whole") / "run")
    report = notebook.run()
    assert (report["epochs"], report["before"], notebook.kept) == (EPOCHS, 0, [])
    return report


@pytest.fixture
def dead(tmp_path) -> Notebook:
    """A notebook whose kernel has died at the end of the fourth epoch."""
    notebook = Notebook(tmp_path / "run")
    notebook.run(die=True)
    assert notebook.kept == ["4.npz", "state.json"]
    return notebook


def test_the_same_run_goes_on_and_ends_as_if_nothing_had_happened(dead, whole):
    report = dead.run()
    assert "goes on after epoch 4 of 6" in dead.printed
    assert report == whole | {"before": 4, "log": {name: pytest.approx(log) for name, log in whole["log"].items()}}
    assert dead.kept == [], "a cell that has ended leaves nothing"


def test_after_a_change_in_a_cell_above_it_begins_anew(dead, whole):
    report = dead.run("x = x * 1.0  # another answer")
    assert report == whole and "goes on" not in dead.printed


def test_a_damaged_state_counts_for_nothing(dead, whole):
    weights = dead.here / "models" / ".net.training" / "4.npz"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert dead.run() == whole


def test_a_second_training_in_the_same_kernel_begins_where_the_network_is(tmp_path):
    twice = TRAINING + TRAINING.replace("history =", "again =") + "assert again.epoch == history.epoch\n"
    notebook = Notebook(tmp_path / "run")
    assert notebook.run(training=twice)["before"] == 0
    assert "goes on" not in notebook.printed


def test_while_another_process_trains_the_same_it_neither_takes_its_state_nor_touches_it(dead, whole):
    release = files.claimed(dead.here / "models" / ".net.training")
    assert dead.run() == whole and "goes on" not in dead.printed
    assert dead.kept == ["4.npz", "state.json"]
    release()
    assert dead.run()["before"] == 4


def test_a_cell_that_fails_after_its_training_leaves_nothing(tmp_path):
    notebook = Notebook(tmp_path / "run")
    with pytest.raises(AssertionError, match="division by zero"):
        notebook.run(training=TRAINING + "1 / 0")
    assert notebook.kept == []


def test_without_room_to_keep_it_the_training_ends_all_the_same(tmp_path, whole):
    notebook = Notebook(tmp_path / "run")
    (notebook.here / "models").write_text("a file where the folder should be")
    assert notebook.run() == whole
    assert notebook.printed.count("could not be saved") == 1


# Killed at any change of the file system


def program(here: Path, number: int = 0, torn: bool = False) -> tuple[int, int]:
    """Train outside of a notebook, killed at its change of the file system with this number; exit code, changes."""
    (here / "training.py").write_text(beginning(here) + TRAINING + REPORT)
    count = here / "changes"
    command = [sys.executable, str(ROOT / "tests" / "killing.py"), str(number), "torn" if torn else "whole", "training"]
    done = subprocess.run(command, cwd=here, env=os.environ | {"COURSE_TEST_CHANGES": str(count)}, timeout=300)
    return done.returncode, int(count.read_text()) if count.exists() else 0


@pytest.mark.parametrize("most", [1, pytest.param(20, marks=pytest.mark.soak, id="twenty")])
def test_killed_at_any_change_the_next_run_ends_as_if_nothing_had_happened(tmp_path, whole, most):
    first = tmp_path / "first"
    first.mkdir()
    code, count = program(first)
    assert code == 0 and count > EPOCHS
    killed = 0
    for number, torn in faults(count, most):
        here = tmp_path / f"{number}-{torn}"
        here.mkdir()
        killed += program(here, number, torn)[0] < 0
        assert program(here)[0] == 0
        report = json.loads((here / "report.json").read_text())
        assert report["epochs"] == EPOCHS and report["last"] == pytest.approx(whole["last"])
        assert not list((here / "models").glob(".net.training/*"))
    print(killed, "kills")
    assert killed >= most
