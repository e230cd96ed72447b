"""How many connections may be open, in all and from one client, and which one makes room for another."""

from __future__ import annotations

import pytest

from api.metrics import Metrics
from api.serving.addresses import client_network, networks
from api.serving.connections import SPARE, Connections, Limits
from api.serving.server import room_for_connections
from core.errors import SettingsError


class FakeConnection:
    """A connection that only remembers whether it was closed."""

    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


def opened(connections: Connections, *hosts: str) -> list[FakeConnection]:
    """Open one connection from each host."""
    made = [FakeConnection() for _ in hosts]
    for connection, host in zip(made, hosts, strict=True):
        connections.admit(connection, host)
    return made


def test_the_connection_that_waited_longest_makes_room() -> None:
    connections = Connections(Limits(total=3))
    first, second, third = opened(connections, "192.0.2.1", "192.0.2.2", "192.0.2.3")
    connections.works(first)
    connections.waits(second)

    assert connections.admit(FakeConnection(), "192.0.2.4")

    assert [each.aborted for each in (first, second, third)] == [False, False, True]
    assert connections.dropped == {"crowded": 1}
    assert len(connections) == 3


def test_a_connection_that_is_answered_is_never_dropped_and_the_new_one_is_told_to_come_later() -> None:
    connections = Connections(Limits(total=2))
    working = opened(connections, "192.0.2.1", "192.0.2.2")
    for each in working:
        connections.works(each)

    late = [connections.admit(FakeConnection(), "192.0.2.3") for _ in range(SPARE + 5)]

    assert not any(late)
    assert not any(each.aborted for each in working)
    assert len(connections) == 2 + SPARE


def test_one_client_drops_its_own_connections_and_nobody_elses() -> None:
    connections = Connections(Limits(total=10, per_client=2))
    (other,) = opened(connections, "192.0.2.9")
    greedy = opened(connections, *["192.0.2.1"] * 5)

    assert [each.aborted for each in greedy] == [True, True, True, False, False]
    assert not other.aborted


def test_the_limit_of_one_client_is_kept_after_all_its_connections_were_replaced() -> None:
    connections = Connections(Limits(total=10, per_client=1))
    greedy = opened(connections, *["192.0.2.1"] * 6)

    assert [each.aborted for each in greedy] == [True] * 5 + [False]
    assert len(connections) == 1


def test_a_trusted_proxy_has_only_the_limit_for_all() -> None:
    connections = Connections(Limits(total=10, per_client=2, proxies="10.0.0.0/8"))
    assert not any(each.aborted for each in opened(connections, *["10.1.2.3"] * 9))


def test_closed_connections_leave_nothing_behind() -> None:
    connections = Connections(Limits(total=4, per_client=2))
    made = opened(connections, *[f"192.0.2.{n % 5}" for n in range(50)])
    for each in made:
        connections.remove(each)

    assert len(connections) == 0
    assert not connections._clients
    assert not connections._client_of


def test_the_metrics_have_open_and_dropped_connections() -> None:
    connections, metrics = Connections(Limits(total=2)), Metrics()
    metrics.watch_connections(connections)
    opened(connections, "192.0.2.1", "192.0.2.2", "192.0.2.3")

    text = metrics.text().decode()

    assert "vouch_connections 2.0" in text
    assert 'vouch_connections_dropped_total{reason="crowded"} 1.0' in text


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_network_counts_as_one_client(host: str, client: str) -> None:
    assert client_network(host) == client


def test_an_invalid_proxy_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(SettingsError, match="VOUCH_TRUSTED_PROXIES"):
        networks("127.0.0.1,proxy.example.com")


@pytest.mark.parametrize(
    ("files", "wanted", "room"), [(256, 1000, 128), (1024, 1000, 768), (20_000, 1000, 1000), (20_000, 50, 50)]
)
def test_open_files_are_kept_for_the_database(files: int, wanted: int, room: int) -> None:
    assert room_for_connections(files, wanted) == room
