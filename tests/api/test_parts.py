"""Small parts of the service: the rate limiter, paging, a redactor that threads share."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from api.errors import RateLimited
from api.paging import cut
from api.rate_limit import RateLimiter
from core.errors import Invalid
from core.types import Redacted
from service.compose import LockedRedactor


def test_the_rate_limit_refills_with_time() -> None:
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


def test_a_rate_limit_of_zero_is_no_limit() -> None:
    limiter = RateLimiter(0)
    for _ in range(1000):
        limiter.take("a")


@pytest.mark.parametrize("ascending", [False, True])
def test_a_list_is_paged_without_gaps_in_either_order(ascending: bool) -> None:
    keys = sorted((f"{n:03d}" for n in range(7)), reverse=not ascending)
    seen: list[str] = []
    cursor = None
    while True:
        page = cut(keys, keys, 3, cursor, ascending=ascending)
        seen += page.data
        if (cursor := page.next_cursor) is None:
            break
    assert seen == keys


def test_a_made_up_cursor_is_invalid() -> None:
    with pytest.raises(Invalid):
        cut(["a"], ["a"], 1, "%%%")


def test_a_shared_redactor_serves_one_thread_at_a_time() -> None:
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

    redactor = LockedRedactor(Watched())
    threads = [threading.Thread(target=redactor.redact, args=(["x"],)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (max(most), len(most)) == (1, 16)
