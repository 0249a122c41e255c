"""Run the networks of a class on a Dask cluster in place of this machine.

Usage: ``with connect("tcp://10.0.0.5:8786") as cluster: predict = cluster.predictor(images, limits, trust)``, then
``predict(flatbuffer)`` from as many threads as are to wait at once.

This machine opens the submissions, scores them and keeps the records. A worker gets a flatbuffer and the images, runs
it as :mod:`course.grading.process` does, and gives back numbers; names, labels and the rest of a submission stay here.
Dask decides which worker does what, and repeats what a lost worker did. Needs ``requirements-extras.txt``.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.grading import process
from course.grading.contract import SubmissionError
from course.grading.process import Answers, Limits
from course.messages import CourseError, _

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 10
"""How long a scheduler may take to be reached, and again to answer."""
PATIENCE = 30.0
"""Seconds without an answer after which it is asked whether anybody is still at work."""


class Cluster:
    """Workers that may grade. Made by :func:`connect`."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address
        self._lost: CourseError | None = None

    @property
    def threads(self) -> int:
        """How many networks run at once, at present."""
        return sum(self._client.nthreads().values())

    def insist(self, trust: bool) -> None:
        """Ask each worker whether it may grade; `trust` as in :class:`course.grading.judging.Options`.

        Raises:
            CourseError: there are no workers, or one of them may not grade; the sentence says what to do.
        """
        self._wait_for_workers(CONNECT_SECONDS)
        # a worker that cannot import what it is sent would just end
        there = self._client.run(find_spec, "course.grading")
        found = {_("the scheduler"): self._client.run_on_scheduler(find_spec, "course.grading"), **there}
        for place in (place for place, spec in found.items() if spec is None):
            raise CourseError(self._lacking(place))
        key = f"fit-{secrets.token_hex(8)}"
        asked = [
            self._client.submit(objection, version(), trust, workers=[worker], key=f"{key}-{number}")
            for number, worker in enumerate(self._client.nthreads())
        ]
        for objected in map(self._result, asked):
            if objected:
                raise objected

    def predictor(self, pictures: np.ndarray, limits: Limits, trust: bool) -> Callable[[bytes], Answers]:
        """What runs a flatbuffer on `pictures`, as :func:`course.grading.process.predict` does, on some worker.

        The images travel to each worker once. They are a task of their own, kept by the scheduler, so that Dask can
        make them anew where every worker that held them is lost.
        """
        shown = hashlib.sha256(pictures.tobytes()).hexdigest()
        held = self._client.submit(_same, pictures, key=f"pictures-{shown}")
        terms = f"{shown} {limits} {trust} {version()}"

        def predict(model: bytes) -> Answers:
            """As :func:`course.grading.process.predict`; the same network twice is the same task."""
            if self._lost:
                raise self._lost
            key = hashlib.sha256(terms.encode() + model).hexdigest()
            task = self._client.submit(_answers, model, held, limits, version(), trust, key=f"answers-{key}")
            outcome = self._result(task)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return predict

    def _result(self, task: Future) -> object:
        """What a task gave. Raises CourseError where the scheduler is lost, or every worker for good."""
        from distributed import TimeoutError as Late

        while True:
            try:
                return task.result(timeout=PATIENCE)
            except Late:
                self._wait_for_workers(PATIENCE)
            except CancelledError:
                text = _("The connection to the scheduler {address} was lost.")
                self._lost = CourseError(text.format(address=self._address))
                raise self._lost from None

    def _wait_for_workers(self, seconds: float) -> None:
        """Return at once where there is a worker. Raises CourseError where there is none after so many seconds."""
        from distributed import TimeoutError as Late

        try:
            self._client.wait_for_workers(1, timeout=seconds)
        except Late:
            text = _(
                "{address} has no workers: start one in a checkout on each machine, python -m dask worker {address}"
            )
            self._lost = CourseError(text.format(address=self._address))
            raise self._lost from None

    def _lacking(self, place: str) -> str:
        text = _(
            "The course is not to be found where {place} was started: start the scheduler and each worker in a checkout"
            " of the course (python -m dask scheduler, python -m dask worker {address})."
        )
        return text.format(place=place, address=self._address)


@contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """Connect to the scheduler at `address`, such as ``tcp://10.0.0.5:8786`` or ``tls://…``.

    Raises:
        CourseError: Dask is not installed, or nobody answers there.
    """
    if not find_spec("distributed"):
        raise CourseError(_("--scheduler needs Dask, which is not installed: python -m course setup --extras"))
    import dask
    from distributed import Client

    try:
        asyncio.run(_try(address))
    except Exception as error:  # whatever Dask says about a closed port, a protocol, a certificate that is not there
        text = _("No Dask scheduler can be reached at {address} ({reason}); docs/security.md shows how to start one.")
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise CourseError(text.format(address=address, reason=reason)) from error
    with (
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}),  # a network has up to 200 MB
        Client(address, timeout=CONNECT_SECONDS, set_as_default=False) as client,
    ):
        yield Cluster(client, address)


async def _try(address: str) -> None:
    """Connect and part; a client that cannot connect says so on many lines and late."""
    from distributed import Security
    from distributed.comm import connect as reach

    attempt = reach(address, timeout=CONNECT_SECONDS, **Security().get_connection_args("client"))
    comm = await asyncio.wait_for(attempt, 2 * CONNECT_SECONDS)  # what answers, but in silence, is no scheduler either
    await comm.close()


def objection(wanted: str, trust: bool) -> CourseError | None:
    """Why the worker that this runs on may not grade.

    Args:
        wanted: what :func:`version` has to be.
        trust: whether it may without isolation.
    """
    from distributed import get_worker

    worker = get_worker().address
    if version() != wanted:
        text = _("The worker {worker} has another version of the course: bring it to the same and start it again.")
        return CourseError(text.format(worker=worker))
    isolation = _isolation()
    if trust or isolation.complete:
        return None
    text = _(
        "The worker {worker} does not keep a stranger's network from: {missing}; have workers on Linux"
        " (docs/security.md), or say --trust if you trust every submission."
    )
    return CourseError(text.format(worker=worker, missing=isolation.missing))


@lru_cache(maxsize=1)
def version() -> str:
    """Hash of the code that runs networks: this package, whatever the ends of its lines."""
    folder = Path(__file__).resolve().parent
    parts = [path.read_text(encoding="utf-8").encode() for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"\0".join([*parts, (folder / "warm_up.tflite").read_bytes()])).hexdigest()


@lru_cache(maxsize=1)
def _isolation() -> process.Isolation:
    """How submissions are isolated on this worker; found out once."""
    return process.probe()


def _same(pictures: np.ndarray) -> np.ndarray:
    return pictures


def _answers(
    model: bytes, pictures: np.ndarray, limits: Limits, wanted: str, trust: bool
) -> Answers | SubmissionError | CourseError:
    """On a worker: what `model` answers. What is no fault of Dask's comes back as a value: it is not tried again."""
    objected = objection(wanted, trust)  # this worker may have come after the others were asked
    if objected:
        return objected
    try:
        return process.predict(model, pictures, limits)
    except (SubmissionError, CourseError) as error:
        return error
