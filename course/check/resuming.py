"""A training that goes on where a kernel died: its state is kept after each epoch, for the same run and no other.

Usage: ``model.fit(x, y, epochs=10, callbacks=[check.resuming(MODELS / "asl_augmented")])``.

`keras.callbacks.BackupAndRestore` takes up its state whatever has changed since: a notebook with another answer in it
would go on with a network that was trained by the old one. Nor does it keep how many random numbers the layers have
drawn (a file of weights lacks that), so that dropout begins anew. Here, the state has a key made of every cell that ran
before in this kernel, the edition of the data and the version of Keras, and it holds every variable. It lies in a
folder ``.NAME.training`` beside `path`, and goes when the cell ends, however it ends, so that only a kernel that died
in that cell leaves one. While it is there, it is locked: a second notebook that trains the same keeps no state.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from course.check.session import SESSION
from course.files import claimed, replacing, sha256, write_json
from course.messages import CourseError, _

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

STATE = "state.json"
PROCESS = secrets.token_hex(8)
"""Names this process: it takes up what another one left, never its own."""


class Resuming(keras.callbacks.Callback):
    """Keeps the state of a training, and goes on from what another process kept of the same one; see :func:`resuming`.

    Attributes:
        done: how many epochs of this training a process before this one did.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.done = 0
        self._folder = path.with_name(f".{path.name}.training")
        self._log: dict[str, list[float]] = {}
        self._release: Callable[[], None] | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Load what is there of this very training; remove what is there of another."""
        self.done, self._log = 0, {}
        shell = _shell()
        self._key = _key(shell, self.params)
        if shell and self._cell_ended not in shell.events.callbacks["post_run_cell"]:
            shell.events.register("post_run_cell", self._cell_ended)
        if not self._claim() or self._load():
            return
        with suppress(OSError):
            for left in self._folder.iterdir():
                left.unlink()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keep every variable and the log; where that fails, say so once and train on without."""
        for name, value in (logs or {}).items():
            self._log.setdefault(name, []).append(float(value))
        if not self._release:
            return
        values = self._folder / f"{epoch + 1}.npz"
        try:
            with replacing(values) as scratch:
                np.savez(scratch, *(variable.numpy() for variable in self._variables()))
            state = {"process": PROCESS, "key": self._key, "epochs": epoch + 1, "log": self._log}
            state |= {"values": values.name, "sha256": sha256(values)}
            write_json(self._folder / STATE, state)  # from here on the new values count
        except CourseError as error:
            print(error)
            self._forget()
            return
        for other in self._folder.glob("*.npz"):
            if other != values:
                other.unlink(missing_ok=True)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Complete the history that `fit` returns; outside of a notebook, forget the state."""
        self.model._initial_epoch = None  # Keras would begin the next `fit` there, too
        if self.done:
            self.model.history.epoch = list(range(max(map(len, self._log.values()))))
            self.model.history.history = {name: list(values) for name, values in self._log.items()}
        if not _shell():
            self._forget()

    def _claim(self) -> bool:
        """Whether the folder is there for this process alone; not while another one trains the same."""
        if not self._release:
            try:
                self._release = claimed(self._folder)
            except CourseError as error:
                print(error)
        return self._release is not None

    def _load(self) -> bool:
        """Take up the state that is there; whether there is one of this training, undamaged."""
        try:
            state = json.loads((self._folder / STATE).read_text(encoding="utf-8"))
            values = self._folder / Path(state["values"]).name
            if state["process"] == PROCESS or state["key"] != self._key or state["sha256"] != sha256(values):
                return False
            done, log = int(state["epochs"]), {name: list(map(float, kept)) for name, kept in state["log"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        with np.load(values, allow_pickle=False) as arrays:
            for variable, name in zip(self._variables(), arrays.files, strict=True):
                variable.assign(arrays[name])
        self.model._initial_epoch = self.done = done
        self._log = log
        text = _("A kernel ended in this training: it goes on after epoch {done} of {epochs}.")
        print(text.format(done=done, epochs=self.params["epochs"]))
        return True

    def _variables(self) -> list[keras.Variable]:
        """All that training changes: parameters, averages, random numbers drawn so far; the optimizer's own."""
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        return [*self.model.variables, *optimizer.variables]

    def _cell_ended(self, *_result: Any) -> None:
        _shell().events.unregister("post_run_cell", self._cell_ended)
        self._forget()

    def _forget(self) -> None:
        if self._release:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._release()
            self._release = None


def resuming(path: Path) -> Resuming:
    """A callback for ``fit``: should the kernel die in this training, the same run again goes on after its last epoch.

    The same run: all cells up to here as they were, none run twice or left out, the same data. The network goes on with
    its parameters, its optimizer, its learning rate and its dropout; where the order of the examples is drawn, that
    begins anew, so the figures may end slightly different. ``EarlyStopping`` begins anew as well. `fit` returns the
    history of all epochs.

    Args:
        path: a name for the training, in the folder of the saved networks.
    """
    return Resuming(Path(path))


def _shell() -> InteractiveShell | None:
    from IPython import get_ipython

    return get_ipython()


def _key(shell: InteractiveShell | None, params: dict[str, Any]) -> str:
    """What has to be the same for a training to be the same one."""
    cells = shell.user_ns.get("In", []) if shell else []
    same = [list(cells), SESSION.edition_in_use(), keras.__version__, params["epochs"], params["steps"]]
    return hashlib.sha256(json.dumps(same).encode()).hexdigest()
