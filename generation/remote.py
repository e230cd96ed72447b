"""A generator behind an OpenAI-compatible server, such as vLLM: chat completions as server-sent events over httpx.

Knows no sources and no checks. Every way in which the server can fail to answer becomes Unavailable, so that the
quotes are shown instead.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from core.errors import Unavailable
from core.types import Message

CONNECT_S = 3.0


class OpenAIGenerator:
    """A Generator over HTTP. Its device is the server's business and reported as "remote"."""

    device = "remote"

    def __init__(self, base_url: str, model: str, api_key: str = "", *, timeout_s: float = 30.0) -> None:
        self.name = model
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._timeout_s = timeout_s
        self._client = httpx.Client(headers={"Authorization": f"Bearer {api_key}"} if api_key else {})

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        """Yield text as the server sends it, at temperature 0; stop quietly at `deadline`.

        Raises Unavailable when the server cannot be reached, refuses, stalls or talks nonsense.
        """
        body = {
            "model": self.name,
            "stream": True,
            "temperature": 0,
            "max_tokens": max_tokens,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
        }
        try:
            with self._client.stream("POST", self._url, json=body, timeout=self._timeout(deadline)) as response:
                _raise_for(response)
                yield from _texts(response, deadline)
        except httpx.TimeoutException as error:
            raise Unavailable(f"The generator at {self._url} did not answer in time.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"The generator at {self._url} cannot be reached: {error}.") from error

    def close(self) -> None:
        self._client.close()

    def _timeout(self, deadline: float | None) -> httpx.Timeout:
        left = self._timeout_s if deadline is None else min(self._timeout_s, max(0.05, deadline - time.monotonic()))
        return httpx.Timeout(left, connect=min(CONNECT_S, left))


def _texts(response: httpx.Response, deadline: float | None) -> Iterator[str]:
    for line in response.iter_lines():
        if deadline is not None and time.monotonic() >= deadline:
            return
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data == "[DONE]":
            return
        if data and (text := _text(data)):
            yield text


def _text(data: str) -> str:
    """Return the new text of one event; "" for events that carry none (the role, usage, the end)."""
    try:
        event: Any = json.loads(data)
        if "error" in event:
            raise Unavailable(f"The generator failed while it answered: {event['error']}.")
        choices = event.get("choices") or [{}]
        return str((choices[0].get("delta") or {}).get("content") or "")
    except (ValueError, AttributeError, TypeError, IndexError) as error:
        raise Unavailable(f"The generator sent what is no chat completion: {data[:80]!r}.") from error


def _raise_for(response: httpx.Response) -> None:
    if response.status_code == httpx.codes.OK:
        return
    response.read()
    if response.status_code in {401, 403}:
        raise Unavailable("The generator refuses the key.", hint="Set VOUCH_GENERATOR_API_KEY.")
    raise Unavailable(f"The generator answered {response.status_code}: {response.text[:200]}")
