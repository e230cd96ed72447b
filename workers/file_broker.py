"""The embedded broker: kombu's folder of messages, where a half-written file never ends a reader.

Kombu's own writer can be killed between opening a file and filling it, and its reader raises for what that leaves.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

from core.disk.files import write_whole
from workers.unreadable import report_unreadable


class Channel(filesystem.Channel):
    """Kombu's channel, with files that are complete when they get their name."""

    def get_table(self, exchange: str) -> list[Any]:
        """Return the queues of an exchange; none if its file is damaged."""
        try:
            return list(super().get_table(exchange))
        except (ValueError, TypeError):
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        file = self.control_folder / f"{exchange}.exchange"
        if file.exists() and not self.get_table(exchange):
            report_unreadable(file.name, file.stat().st_size)
            file.unlink(missing_ok=True)
        super()._queue_bind(exchange, routing_key, pattern, queue)

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]
        target = Path(self.data_folder_out, f"{time_ns() // 1_000_000}_{uuid4()}.{queue}.msg")
        try:
            write_whole(target, dumps(payload).encode(), sync=False)
        except OSError as error:
            raise ChannelError(f"Cannot write a message to {target.parent}: {error.strerror}") from error

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        """Return the oldest message and remove it; two readers never get the same one. Raises Empty."""
        for path in self._waiting(queue):
            try:
                data = path.read_bytes()
                path.unlink()
            except OSError:
                continue  # another reader took it
            if (message := self._decoded(data)) is not None:
                return message
        raise Empty

    def _waiting(self, queue: str) -> Iterator[Path]:
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] == f"{queue}.msg":
                yield Path(self.data_folder_in, name)

    def _decoded(self, data: bytes) -> dict[str, Any] | None:
        try:
            message: dict[str, Any] = loads(data)
            self.Message(message, channel=self)
        except Exception as error:  # anything may be in the file
            report_unreadable("queue folder", len(data), error)
            return None
        return message


class Transport(filesystem.Transport):
    """Kombu's transport with this channel."""

    Channel = Channel
