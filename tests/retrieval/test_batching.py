"""Questions of many threads over one engine: each gets its result, none waits for ever, errors stay in their batch."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import Unavailable
from retrieval import batching
from retrieval.batching import Batcher

THREADS, EACH = 32, 40


class Slow:
    """An engine that doubles numbers, notes its batches, and fails when two threads use it at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.batches: list[list[int]] = []
        self._running = threading.Lock()

    def __call__(self, questions: Sequence[int]) -> list[int]:
        assert self._running.acquire(blocking=False), "two batches ran at once"
        try:
            self.batches.append(list(questions))
            time.sleep(self.seconds)
            return [2 * number for number in questions]
        finally:
            self._running.release()


def from_threads(count: int, ask: Callable[[int], object]) -> list[object]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, range(count)))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_each_thread_gets_its_own_result_and_every_question_runs_once() -> None:
    engine = Slow(0.0005)
    batcher = Batcher(engine, most=10)

    def many(thread: int) -> bool:
        return all(batcher.ask(n) == 2 * n for n in range(thread * EACH, (thread + 1) * EACH))

    assert all(from_threads(THREADS, many))
    assert sorted(n for batch in engine.batches for n in batch) == list(range(THREADS * EACH))
    assert max(map(len, engine.batches)) == 10
    assert len(engine.batches) < THREADS * EACH / 4


def test_a_question_that_comes_alone_runs_at_once_and_alone() -> None:
    engine = Slow()
    batcher = Batcher(engine, most=10)

    began = time.monotonic()
    results = [batcher.ask(n) for n in range(100)]

    assert results == [2 * n for n in range(100)]
    assert engine.batches == [[n] for n in range(100)]
    assert time.monotonic() - began < 1


def test_what_waits_while_a_batch_runs_is_the_next_batch() -> None:
    started, go_on, batches = threading.Event(), threading.Event(), []

    def run(questions: Sequence[int]) -> Sequence[int]:
        batches.append(sorted(questions))
        started.set()
        assert go_on.wait(30)
        return questions

    batcher = Batcher(run, most=5)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batcher.ask, 0)
        started.wait(30)
        rest = [pool.submit(batcher.ask, n) for n in range(1, 8)]
        until(lambda: len(batcher._queue) == 7)
        go_on.set()
        assert [first.result(30), *(other.result(30) for other in rest)] == list(range(8))

    assert [len(batch) for batch in batches] == [1, 5, 2]


def test_an_error_reaches_its_batch_and_no_other() -> None:
    def run(questions: Sequence[int]) -> Sequence[int]:
        time.sleep(0.001)
        if any(n % 50 == 0 for n in questions):
            raise ValueError(str(sorted(questions)))
        return questions

    batcher = Batcher(run, most=4)

    def many(thread: int) -> int:
        failed = 0
        for n in range(thread * EACH, (thread + 1) * EACH):
            try:
                assert batcher.ask(n) == n
            except ValueError as error:
                failed += str(n) in str(error).strip("[]").split(", ")
        return failed

    failures = [int(str(count)) for count in from_threads(THREADS, many)]
    assert THREADS * EACH // 50 <= sum(failures) <= 4 * -(-THREADS * EACH // 50)


def test_an_engine_that_loses_answers_is_an_error_and_not_a_wrong_answer() -> None:
    batcher: Batcher[int, int] = Batcher(lambda questions: list(questions)[:-1], most=4)

    with pytest.raises(ValueError, match="shorter"):
        batcher.ask(1)


def test_who_is_interrupted_while_waiting_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            super().wait(timeout)
            raise KeyboardInterrupt

    started, go_on = threading.Event(), threading.Event()

    def run(questions: Sequence[int]) -> Sequence[int]:
        started.set()
        assert go_on.wait(30)
        return questions

    batcher, place = Batcher(run, most=1), batching._Request
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(batcher.ask, 0)
        started.wait(30)
        with monkeypatch.context() as patch:
            patch.setattr(batching, "_Request", lambda question: place(question, woken=Interrupted()))
            second = pool.submit(batcher.ask, 1)  # is told to lead the next batch, and is interrupted instead
            until(lambda: len(batcher._queue) == 1)
        third = pool.submit(batcher.ask, 2)
        until(lambda: len(batcher._queue) == 2)
        go_on.set()
        assert (first.result(30), third.result(30)) == (0, 2)
        with pytest.raises(KeyboardInterrupt):
            second.result(30)
    assert batcher.ask(3) == 3


def test_an_interrupt_while_running_stops_its_thread_and_tells_the_others() -> None:
    started, go_on = threading.Event(), threading.Event()

    def run(questions: Sequence[int]) -> Sequence[int]:
        started.set()
        assert go_on.wait(30)
        if 1 in questions:
            raise KeyboardInterrupt
        return questions

    batcher = Batcher(run, most=4)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(batcher.ask, 0)
        started.wait(30)
        second = pool.submit(batcher.ask, 1)
        until(lambda: len(batcher._queue) == 1)
        third = pool.submit(batcher.ask, 2)
        until(lambda: len(batcher._queue) == 2)
        go_on.set()
        assert first.result(30) == 0
        with pytest.raises(KeyboardInterrupt):
            second.result(30)
        with pytest.raises(Unavailable):
            third.result(30)
    assert batcher.ask(3) == 3


def test_an_engine_that_failed_is_not_kept_in_memory_by_its_error() -> None:
    class Failing:
        def __call__(self, questions: Sequence[int]) -> Sequence[int]:
            raise MemoryError

    engine = Failing()
    gone = weakref.ref(engine)
    batcher = Batcher(engine, most=4)
    gc.disable()
    try:
        with pytest.raises(MemoryError):
            batcher.ask(1)
        del engine, batcher
        assert gone() is None
    finally:
        gc.enable()
