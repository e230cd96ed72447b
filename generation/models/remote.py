"""A generator behind an OpenAI-compatible server, such as vLLM: chat completions as server-sent events over httpx.

Knows no sources and no checks. Every failure of the server becomes Unavailable, so that the quotes are shown instead.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

import httpx

from core.errors import Unavailable, VouchError
from core.types import Message

CONNECT_S = 3.0
CHARACTERS_A_TOKEN = 16
"""More characters than any tokenizer has in one token."""
LONGEST_LINE = 100_000


class OpenAIGenerator:
    """A Generator over HTTP. The server chooses the device; `device` is "remote"."""

    device = "remote"

    def __init__(self, base_url: str, model: str, api_key: str = "", *, timeout_s: float = 30.0) -> None:
        self.name = model
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._timeout_s = timeout_s
        self._client = httpx.Client(headers={"Authorization": f"Bearer {api_key}"} if api_key else {})

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        """Yield text as the server sends it, at temperature 0. Stop without an error at `deadline`, in all cases.

        Raises Unavailable if the server cannot be reached, refuses, stalls without a deadline, or sends no chat
        completion. The text of a server that ignores `max_tokens` is cut.
        """
        body = {
            "model": self.name,
            "stream": True,
            "temperature": 0,
            "max_tokens": max_tokens,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
        }
        room = max_tokens * CHARACTERS_A_TOKEN
        for text in stream_until(deadline, self._read(body, deadline)):
            yield text
            room -= len(text)
            if room <= 0:
                return

    def _read(self, body: dict[str, object], deadline: float | None) -> Generator[str]:
        """Yield text as it arrives. A read may take as long as the time left at the start."""
        try:
            with self._client.stream("POST", self._url, json=body, timeout=self._timeout(deadline)) as response:
                _raise_for(response)
                yield from _texts(response)
        except httpx.TimeoutException as error:
            raise Unavailable(f"The generator at {self._url} did not answer in time.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"The generator at {self._url} cannot be reached: {error}.") from error

    def _timeout(self, deadline: float | None) -> httpx.Timeout:
        left = self._timeout_s if deadline is None else min(self._timeout_s, max(0.05, deadline - time.monotonic()))
        return httpx.Timeout(left, connect=min(CONNECT_S, left))


def stream_until(deadline: float | None, pieces: Generator[str]) -> Iterator[str]:
    """Yield what a blocking generator yields until the deadline, also if it still waits for its next piece then.

    The generator runs in a thread of its own, which ends when the piece that it waits for arrives or fails.
    """
    received: SimpleQueue[str | VouchError | None] = SimpleQueue()
    stopped = threading.Event()

    def read() -> None:
        try:
            for piece in pieces:
                received.put(piece)
                if stopped.is_set():
                    break
            received.put(None)
        except VouchError as error:
            received.put(error)
        finally:
            pieces.close()

    threading.Thread(target=read, name="generator", daemon=True).start()
    try:
        while (piece := _next(received, deadline)) is not None:
            if isinstance(piece, VouchError):
                raise piece
            yield piece
    finally:
        stopped.set()


def _next(received: SimpleQueue[str | VouchError | None], deadline: float | None) -> str | VouchError | None:
    """Return the next piece or error, None at the end and at the deadline."""
    if deadline is None:
        return received.get()
    left = deadline - time.monotonic()
    try:
        return received.get(timeout=left) if left > 0 else None
    except Empty:
        return None


def _texts(response: httpx.Response) -> Iterator[str]:
    for line in _lines(response):
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data == "[DONE]":
            return
        if data and (text := _text(data)):
            yield text


def _lines(response: httpx.Response) -> Iterator[str]:
    """Yield the lines of a stream. Raises Unavailable for a line that is longer than any event."""
    pending = ""
    for piece in response.iter_text():
        *whole, pending = (pending + piece).split("\n")
        yield from (line.rstrip("\r") for line in whole)
        if len(pending) > LONGEST_LINE:
            raise Unavailable("The generator did not send a chat completion, but a line without an end.")
    yield pending


def _text(data: str) -> str:
    """Return the new text of one event, "" for events without text (the role, usage, the end)."""
    try:
        event: Any = json.loads(data)
        if "error" in event:
            raise Unavailable(f"The generator failed during an answer: {event['error']}.")
        choices = event.get("choices") or [{}]
        return str((choices[0].get("delta") or {}).get("content") or "")
    except (ValueError, AttributeError, TypeError, IndexError) as error:
        raise Unavailable(f"The generator did not send a chat completion, but {data[:80]!r}.") from error


def _raise_for(response: httpx.Response) -> None:
    if response.status_code == httpx.codes.OK:
        return
    if response.status_code in {401, 403}:
        raise Unavailable("The generator refused the key.", hint="Set VOUCH_GENERATOR_API_KEY.")
    began = next(response.iter_text(chunk_size=200), "")
    raise Unavailable(f"The generator answered {response.status_code}: {began}")
