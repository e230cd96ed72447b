"""Which connections are open, how many may be, and which one is dropped when there is no room for a new one.

A connection waits for its client (for a head, the rest of a body, the next request, a reader) or it is answered. Only
those that wait are dropped, the longest wait first: a client that is in earnest waits for milliseconds. The phases of a
connection are in `api.serving.protocol`.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from api.serving.addresses import client_network, is_in, networks

SPARE = 16
"""Connections beyond the limit that are told to come later; `/livez` answers on them as on any other."""


class Connection(Protocol):
    """A connection, as far as it is counted here."""

    def abort(self) -> None:
        """Close it at once, without sending what is buffered."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections may be open, in all and from one client. `proxies` are not limited one by one."""

    total: int = 1000
    per_client: int = 100
    proxies: str = "127.0.0.1,::1"


@dataclass(slots=True)
class _Pool:
    """Connections that share one limit; `waiting` are those that wait for their client, longest first."""

    most: int
    members: set[Connection] = field(default_factory=set)
    waiting: OrderedDict[Connection, None] = field(default_factory=OrderedDict)

    def is_full(self) -> bool:
        return len(self.members) >= self.most

    def longest_wait(self) -> Connection | None:
        return next(iter(self.waiting), None)


class Connections:
    """The open connections of one server. Used from its event loop only; the figures may be read from any thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._proxies = networks(limits.proxies)
        self._all = _Pool(limits.total)
        self._spare = _Pool(SPARE)
        self._clients: dict[str, _Pool] = {}
        self._pools: dict[Connection, list[_Pool]] = {}
        self._client_of: dict[Connection, str] = {}
        self.dropped: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._pools)

    def admit(self, connection: Connection, host: str | None) -> bool:
        """Add a connection, and drop the one that waited longest if there is no room.

        Returns False if every connection that shares its limit is being answered: this one is to be told to come later.
        """
        pools = [self._all]
        if host is not None and not is_in(host, self._proxies):
            client = self._client_of[connection] = client_network(host)
            pools.insert(0, self._clients.get(client) or _Pool(self._limits.per_client))
        has_room = all(self._make_room(pool) for pool in pools)
        if has_room and len(pools) > 1:
            self._clients[client] = pools[0]
        if not has_room:
            self._make_room(self._spare)
            pools = [self._spare]
            self.dropped["refused"] += 1
        self._pools[connection] = pools
        for pool in pools:
            pool.members.add(connection)
            pool.waiting[connection] = None
        return has_room

    def waits(self, connection: Connection) -> None:
        """Note that from now on the connection waits for its client."""
        for pool in self._pools.get(connection, ()):
            pool.waiting[connection] = None
            pool.waiting.move_to_end(connection)

    def works(self, connection: Connection) -> None:
        """Note that the connection's request is being answered: it is not dropped for another one."""
        for pool in self._pools.get(connection, ()):
            pool.waiting.pop(connection, None)

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        for pool in self._pools.pop(connection, ()):
            pool.members.discard(connection)
            pool.waiting.pop(connection, None)
        client = self._client_of.pop(connection, None)
        if client in self._clients and not self._clients[client].members:
            del self._clients[client]

    def drop(self, connection: Connection, reason: str) -> None:
        """Close a connection at once and count the reason."""
        self.dropped[reason] += 1
        self.remove(connection)
        connection.abort()

    def _make_room(self, pool: _Pool) -> bool:
        if pool.is_full() and (victim := pool.longest_wait()) is not None:
            self.drop(victim, "crowded")
        return not pool.is_full()


def figures(connections: Connections) -> Mapping[str, int]:
    """Return how many connections were dropped, by reason."""
    return {reason: connections.dropped[reason] for reason in ("slow", "crowded", "refused")}
