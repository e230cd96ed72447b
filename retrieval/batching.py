"""Questions that come at the same time are run together, as a group commit writes: for what runs one thing at a time.

Whoever finds the engine free takes all that wait, runs them as one batch and hands each its result. There is no timer:
a question that comes alone runs at once. Knows no vectors and no models; `retrieval.dense.gpu` and the torch backends
say what a batch is.
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
class _Place(Generic[Q, R]):
    """One question's place in the queue. It is woken once: with a result, with an error, or to lead the next batch."""

    question: Q
    woken: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    results: list[R] = field(default_factory=list)
    error: Exception | None = None


class Batcher(Generic[Q, R]):
    """Runs batches one after another, each in the thread of one of its questions.

    Whoever leads a batch stands first in the queue, so that everyone runs one batch at most besides waiting. While a
    batch runs the others queue up; when it ends its leader wakes those it answered and the next leader, nobody else.
    """

    def __init__(self, run: Callable[[Sequence[Q]], Sequence[R]], most: int) -> None:
        """`run` returns one result a question, in order; it gets `most` questions at a time, and never at once."""
        self._run = run
        self._most = most
        self._lock = threading.Lock()
        self._queue: deque[_Place[Q, R]] = deque()
        self._busy = False

    def ask(self, question: Q) -> R:
        """Return the result for `question`. An error of the batch is raised to each of its questions."""
        mine: _Place[Q, R] = _Place(question)
        try:
            self._wait_in_line(mine)
        except BaseException:  # an interrupt while waiting: nobody may wait for one who left
            self._leave(mine)
            raise
        if mine.leads:
            self._lead()
        error, mine.error = mine.error, None
        try:
            if error is not None:
                raise error
        finally:
            del error  # its traceback holds this frame: together they would keep the engine in memory
        return mine.results[0]

    def _wait_in_line(self, mine: _Place[Q, R]) -> None:
        with self._lock:
            self._queue.append(mine)
            if not self._busy:
                self._busy = mine.leads = True
        if not mine.leads:
            mine.woken.wait()

    def _lead(self) -> None:
        with self._lock:
            batch = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
        try:
            results = self._run([place.question for place in batch])
            for place, result in zip(batch, results, strict=True):
                place.results.append(result)
        except Exception as error:  # of one batch: it reaches each of its questions, through `ask`
            _fail(batch, error)
        except BaseException:
            _fail(batch, Unavailable("Another question's thread was stopped while it searched for this one too."))
            raise
        finally:
            with self._lock:
                self._pass_on()
            for place in batch:
                place.woken.set()

    def _pass_on(self) -> None:
        """Let the first in the queue lead. Called with the lock held."""
        self._busy = bool(self._queue)
        if self._queue:
            self._queue[0].leads = True
            self._queue[0].woken.set()

    def _leave(self, mine: _Place[Q, R]) -> None:
        with self._lock:
            if mine in self._queue:
                self._queue.remove(mine)
            if mine.leads:
                self._pass_on()


def _fail(batch: Sequence[_Place[Q, R]], error: Exception) -> None:
    for place in batch:
        place.error = error
