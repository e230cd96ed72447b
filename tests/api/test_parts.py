"""The small parts of the service: opening, the rate limiter, paging, the voice that follows promotions."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from api.errors import RateLimited
from api.paging import cut
from api.rate_limit import RateLimiter
from core.errors import Invalid, SettingsError, Unavailable
from core.reloadable import Opening
from core.types import Message, Redacted
from service.compose import OneAtATime, Voice


def test_a_thing_that_is_being_opened_tells_to_come_back() -> None:
    go = threading.Event()
    opening = Opening("models", lambda: go.wait(5))
    with pytest.raises(Unavailable, match="still being loaded"):
        opening.get(0.01)
    assert "still being loaded" in str(opening.trouble())
    go.set()
    assert opening.get(5) is True
    assert opening.trouble() is None


def test_a_thing_is_opened_once_however_many_ask() -> None:
    made: list[int] = []

    def make() -> bool:
        made.append(1)
        return True

    opening = Opening("models", make)
    threads = [threading.Thread(target=opening.get, args=(5,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_what_went_wrong_is_told_and_tried_again_after_a_pause() -> None:
    outcomes: Iterator[Exception | str] = iter([SettingsError("No such model."), RuntimeError("secret"), "open"])

    def make() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    opening = Opening("models", make, pause_s=0)
    with pytest.raises(SettingsError, match="No such model"):
        opening.get(5)
    with pytest.raises(Unavailable, match="unexpected RuntimeError"):
        opening.get(5)
    assert opening.get(5) == "open"


def test_a_failure_is_not_tried_again_at_once() -> None:
    tries: list[int] = []

    def make() -> None:
        tries.append(1)
        raise SettingsError("No such model.")

    opening = Opening("models", make)
    for _ in range(3):
        with pytest.raises(SettingsError):
            opening.get(5)
    assert tries == [1]


def test_a_bucket_fills_with_time() -> None:
    now = [0.0]
    limiter = RateLimiter(60, clock=lambda: now[0])
    for _ in range(60):
        limiter.take("a")
    with pytest.raises(RateLimited) as caught:
        limiter.take("a")
    limiter.take("b")
    now[0] += 1.0
    limiter.take("a")
    assert caught.value.retry_after_s == 1


def test_no_limit_is_no_limit() -> None:
    limiter = RateLimiter(0)
    for _ in range(1000):
        limiter.take("a")


@pytest.mark.parametrize("ascending", [False, True])
def test_a_list_is_cut_without_gaps_in_either_order(ascending: bool) -> None:
    keys = sorted((f"{n:03d}" for n in range(7)), reverse=not ascending)
    seen: list[str] = []
    cursor = None
    while True:
        page = cut(keys, keys, 3, cursor, ascending=ascending)
        seen += page.data
        if (cursor := page.next_cursor) is None:
            break
    assert seen == keys


def test_a_cursor_that_no_list_gave_out_is_invalid() -> None:
    with pytest.raises(Invalid):
        cut(["a"], ["a"], 1, "%%%")


class Speaker:
    """A generator that records the adapters that it loads."""

    name, device = "base", "cpu"

    def __init__(self) -> None:
        self.loaded: list[tuple[Path | None, str]] = []
        self.spoken = 0

    def load_adapter(self, folder: Path | None, name: str) -> None:
        self.loaded.append((folder, name))

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        self.spoken += 1
        yield "Hello"


class Pointer:
    """What is active now."""

    def __init__(self, now: tuple[str, Path] | None = None) -> None:
        self.now = now

    def current(self) -> tuple[str, Path] | None:
        return self.now


def test_the_active_adapter_is_loaded_once_and_again_only_when_it_changes() -> None:
    speaker, pointer = Speaker(), Pointer()
    voice: Any = Voice(speaker, pointer)  # type: ignore[arg-type]
    for active in (None, ("mv_1", Path("one")), ("mv_1", Path("one")), ("mv_2", Path("two")), None):
        pointer.now = active
        assert voice.now() is speaker
    assert speaker.loaded == [(Path("one"), "mv_1"), (Path("two"), "mv_2"), (None, "")]


def test_words_are_preferred_only_while_a_tuned_model_is_active() -> None:
    pointer = Pointer()
    voice = Voice(Speaker(), pointer)  # type: ignore[arg-type]
    before = voice.is_tuned()
    pointer.now = ("mv_1", Path("one"))
    assert (before, voice.is_tuned()) == (False, True)
    assert not Voice(None, pointer).is_tuned()  # type: ignore[arg-type]


def test_weights_are_warmed_up_only_when_the_next_answer_needs_them() -> None:
    speaker, pointer = Speaker(), Pointer()
    voice = Voice(speaker, pointer)  # type: ignore[arg-type]
    voice.warm_up()
    cold = speaker.spoken
    pointer.now = ("mv_1", Path("one"))
    voice.warm_up()
    assert (cold, speaker.spoken) == (0, 1)


def test_one_redactor_serves_one_thread_at_a_time() -> None:
    inside: list[int] = []
    most: list[int] = []

    class Watched:
        name = "watched"

        def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.002)
            inside.pop()
            return [Redacted(text) for text in texts]

    redactor = OneAtATime(Watched())
    threads = [threading.Thread(target=redactor.redact, args=(["x"],)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (max(most), len(most)) == (1, 16)
