"""A message that cannot be read costs one line in the log: it is removed, and the sweep sends the job's hint again.

Three places can meet one: the folder that is the embedded broker, the reader of Redis, and the consumer, which every
broker passes. Without this module an error there ends the worker, which then starts again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from celery.worker.consumer import Consumer
from kombu.message import Message

log = structlog.get_logger()


def report_unreadable(source: str, size: int | None, error: Exception | None = None) -> None:
    """Log that a message was removed, without its content."""
    log.warning("message_removed", source=source, bytes=size, error=type(error).__name__ if error else None)


class CarefulConsumer(Consumer):
    """Celery's consumer, which removes a message that it cannot turn into a task."""

    connection_errors: tuple[type[Exception], ...]
    channel_errors: tuple[type[Exception], ...]

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Message], None]:
        """Return the function that gets each message."""
        handle = super().create_task_handler(*args, **options)
        # kombu counts a KeyError as a lost connection to Redis; here it is a field that a message does not have
        errors = (*self.connection_errors, *self.channel_errors)
        lost = tuple(error for error in errors if not issubclass(error, LookupError))

        def handle_or_remove(message: Message) -> None:
            try:
                handle(message)
            except lost:
                raise  # the connection is gone, and Celery opens another
            except Exception as error:
                report_unreadable("consumer", len(message.body or ""), error)
                message.ack_log_error(log, lost)

        return handle_or_remove
