"""A value that is loaded late and swapped while it is in use: once, in the background, again after a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from core.errors import SettingsError, Unavailable
from core.reloadable import Reloadable


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def wait(event: threading.Event) -> None:
    event.wait(5)


class Source:
    """What values are made from: a key that a test moves, and a gate that loading waits at."""

    def __init__(self, key: str = "a") -> None:
        self.key = key
        self.gate = threading.Event()
        self.gate.set()
        self.loads: list[tuple[str, str | None]] = []
        self.error: Exception | None = None

    def load(self, key: str, old: str | None) -> str:
        self.loads.append((key, old))
        self.gate.wait(5)
        if self.error is not None:
            raise self.error
        return key.upper()

    def now(self) -> str:
        return self.key


def test_a_value_that_is_being_loaded_asks_to_come_back() -> None:
    go = threading.Event()
    value = Reloadable.once("models", lambda: go.wait(5))
    with pytest.raises(Unavailable, match="still being loaded"):
        value.get(0.01)
    assert "still being loaded" in str(value.problem())
    go.set()
    assert value.get(5) is True
    assert value.problem() is None


@pytest.mark.parametrize("background", [True, False])
def test_it_is_loaded_once_however_many_ask(background: bool) -> None:
    made: list[int] = []
    value = Reloadable.once("models", lambda: made.append(1), background=background)
    threads = [threading.Thread(target=value.get, args=(5,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_failure_is_reported_and_tried_again_after_a_pause() -> None:
    outcomes: Iterator[Exception | str] = iter([SettingsError("No such model."), RuntimeError("secret"), "open"])

    def make() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    value = Reloadable.once("models", make, retry_after_s=0)
    with pytest.raises(SettingsError, match="No such model"):
        value.get(5)
    with pytest.raises(Unavailable, match="unexpected RuntimeError"):
        value.get(5)
    assert value.get(5) == "open"


def test_a_failure_is_not_tried_again_at_once() -> None:
    tries: list[int] = []

    def make() -> None:
        tries.append(1)
        raise SettingsError("No such model.")

    value = Reloadable.once("models", make)
    for _ in range(3):
        with pytest.raises(SettingsError):
            value.get(5)
    assert tries == [1]


def test_in_the_foreground_a_new_key_is_loaded_before_the_value_is_returned() -> None:
    source = Source()
    value = Reloadable("adapter", source.load, source.now, background=False)
    assert value.get() == "A"
    source.key = "b"
    assert (value.get(), value.key) == ("B", "b")
    assert source.loads == [("a", None), ("b", "A")]


def test_in_the_foreground_a_failure_is_raised_and_the_next_call_tries_again() -> None:
    source = Source()
    source.error = SettingsError("Damaged.")
    value = Reloadable("adapter", source.load, source.now, background=False)
    with pytest.raises(SettingsError, match="Damaged"):
        value.get()
    source.error = None
    assert value.get() == "A"


def test_a_key_is_believed_for_as_long_as_stated() -> None:
    source, clock = Source(), [0.0]
    value = Reloadable("adapter", source.load, source.now, background=False, check_every_s=2, clock=lambda: clock[0])
    assert value.get() == "A"
    source.key, clock[0] = "b", 1.9
    assert value.get() == "A"
    clock[0] = 2.0
    assert value.get() == "B"


def test_in_the_background_the_old_value_is_returned_until_the_new_one_is_loaded() -> None:
    source = Source()
    value = Reloadable("index", source.load, source.now)
    value.load_now()
    source.gate.clear()
    source.key = "b"
    assert [value.get(), value.get()] == ["A", "A"]
    source.gate.set()
    until(lambda: value.get() == "B")
    assert source.loads == [("a", None), ("b", "A")]


def test_the_call_that_notices_a_new_key_may_wait_for_its_value() -> None:
    source = Source()
    value = Reloadable("index", source.load, source.now, swap_wait_s=5)
    value.load_now()
    source.key = "b"
    assert value.get() == "B"


def test_a_value_that_cannot_be_replaced_stays_and_the_reason_is_reported() -> None:
    source = Source()
    value = Reloadable("models", source.load, source.now, retry_after_s=0)
    value.load_now()
    source.key, source.error = "b", SettingsError("No such model.")
    value.get()
    until(lambda: value.failure() is not None)
    assert value.get() == "A"
    assert "No such model" in str(value.problem())
    source.error = None
    until(lambda: value.get() == "B")
    assert value.problem() is None


def test_back_at_the_old_key_an_earlier_failure_is_no_problem() -> None:
    source = Source()
    value = Reloadable("models", source.load, source.now)
    value.load_now()
    source.key, source.error = "b", SettingsError("No such model.")
    value.get()
    until(lambda: value.failure() is not None)
    source.key, source.error = "a", None
    assert value.get() == "A"


def test_a_value_is_replaced_in_place_under_its_key() -> None:
    source = Source()
    value = Reloadable("index", source.load, source.now)
    with pytest.raises(RuntimeError, match="No index"):
        value.put("X")
    value.load_now()
    value.put("X")
    assert (value.get(), value.key) == ("X", "a")


def test_what_is_done_after_a_swap_does_not_hold_up_the_value() -> None:
    source, go = Source(), threading.Event()
    value = Reloadable("index", source.load, source.now, after_swap=lambda _: wait(go))
    assert value.get(5) == "A"
    go.set()


def test_a_load_that_ends_after_closing_takes_no_effect() -> None:
    source = Source()
    source.gate.clear()
    value = Reloadable("models", source.load, source.now)
    value.start()
    assert value.close() is None
    source.gate.set()
    time.sleep(0.05)
    assert value.loaded() is None
    with pytest.raises(Unavailable, match="closed"):
        value.get(1)


def test_closing_returns_what_was_loaded() -> None:
    value = Reloadable.once("models", lambda: "open")
    value.get(5)
    assert value.close() == "open"
    assert value.close() is None
