"""Redis as the broker: kombu's transport, which goes on after a message that is not one."""

from __future__ import annotations

from kombu.transport import redis

from workers.unreadable import report_unreadable


class Channel(redis.Channel):
    """Kombu's channel. What it takes from a list of Redis is removed there, also if it cannot be read."""

    def _brpop_read(self, **options: object) -> object:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            report_unreadable("Redis", None, error)
            return True


class Transport(redis.Transport):
    """Kombu's transport with this channel."""

    Channel = Channel
