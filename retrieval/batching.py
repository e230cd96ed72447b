"""Run questions that arrive at the same time as one batch, for engines that run one thing at a time.

It works like a group commit: the thread that finds the engine free takes all waiting questions and runs them as one
batch. There is no timer: a single question runs at once. Knows no vectors and no models; `retrieval.dense.gpu` and the
torch backends say what a batch is.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from core.errors import Unavailable

Q = TypeVar("Q")
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Request(Generic[Q, R]):
    """One question in the queue. Its thread is woken once: with a result, with an error, or to run the next batch."""

    question: Q
    woken: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    results: list[R] = field(default_factory=list)
    error: Exception | None = None


class Batcher(Generic[Q, R]):
    """Runs batches one after another, each in the thread of one of its questions, the leader.

    The leader is the first in the queue, so that each thread runs at most one batch. Questions that arrive while a
    batch runs are queued. When the batch ends, the leader wakes the threads with results and the next leader.
    """

    def __init__(self, run: Callable[[Sequence[Q]], Sequence[R]], most: int) -> None:
        """`run` gets at most `most` questions and returns one result for each, in order; never twice at a time."""
        self._run = run
        self._most = most
        self._lock = threading.Lock()
        self._queue: deque[_Request[Q, R]] = deque()
        self._busy = False

    def ask(self, question: Q) -> R:
        """Return the result for `question`. An error of the batch is raised for each of its questions."""
        request: _Request[Q, R] = _Request(question)
        try:
            self._wait(request)
        except BaseException:  # interrupted while waiting: no other thread may wait for this one
            self._leave(request)
            raise
        if request.leads:
            self._lead()
        error, request.error = request.error, None
        try:
            if error is not None:
                raise error
        finally:
            del error  # its traceback refers to this frame: the cycle would keep the engine in memory
        return request.results[0]

    def _wait(self, request: _Request[Q, R]) -> None:
        with self._lock:
            self._queue.append(request)
            if not self._busy:
                self._busy = request.leads = True
        if not request.leads:
            request.woken.wait()

    def _lead(self) -> None:
        with self._lock:
            batch = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
        try:
            results = self._run([request.question for request in batch])
            for request, result in zip(batch, results, strict=True):
                request.results.append(result)
        except Exception as error:  # the error of a batch reaches each of its questions through `ask`
            _fail(batch, error)
        except BaseException:
            _fail(batch, Unavailable("The thread that ran this question together with others was stopped."))
            raise
        finally:
            with self._lock:
                self._choose_leader()
            for request in batch:
                request.woken.set()

    def _choose_leader(self) -> None:
        """Make the first in the queue the leader. Call with the lock held."""
        self._busy = bool(self._queue)
        if self._queue:
            self._queue[0].leads = True
            self._queue[0].woken.set()

    def _leave(self, request: _Request[Q, R]) -> None:
        with self._lock:
            if request in self._queue:
                self._queue.remove(request)
            if request.leads:
                self._choose_leader()


def _fail(batch: Sequence[_Request[Q, R]], error: Exception) -> None:
    for request in batch:
        request.error = error
