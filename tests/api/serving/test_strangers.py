"""Strangers who hold connections: the server stays alive, answers questions, and ends what does not go on."""

from __future__ import annotations

import time

import pytest

from tests.api.serving.conftest import FILES, TIMEOUT_S, Served, ended
from tests.servers import wait_for

ALIVE_S = 0.5
BODY = b"POST /v1/answers HTTP/1.1\r\nHost: vouch\r\nContent-Type: application/json\r\n"
HALF_OPEN = {
    "nothing sent": b"",
    "part of a head": b"GET /livez HTTP/1.1\r\nHost: vou",
    "part of a body": BODY + b'Content-Length: 100\r\n\r\n{"ques',
    "part of a chunked body": BODY + b'Transfer-Encoding: chunked\r\n\r\n6\r\n{"ques\r\n',
    "an answered request": b"GET /livez HTTP/1.1\r\nHost: vouch\r\n\r\n",
}


@pytest.mark.parametrize("sent", HALF_OPEN.values(), ids=HALF_OPEN.keys())
def test_more_connections_than_files_do_not_silence_it(served: Served, sent: bytes) -> None:
    for _ in range(400):
        served.connect(sent)

    assert served.seconds_to_live() < ALIVE_S
    assert served.get("/v1/me").status_code == 200
    assert served.ask().json()["status"] == "answered"
    assert served.open_files() < FILES


def test_a_burst_of_a_thousand_connections_does_not_silence_it(served: Served) -> None:
    for _ in range(1100):
        served.connect()
    assert served.seconds_to_live() < ALIVE_S


@pytest.mark.parametrize("sent", HALF_OPEN.values(), ids=HALF_OPEN.keys())
def test_a_connection_that_does_not_go_on_is_closed(served: Served, sent: bytes) -> None:
    ended(served.connect(sent), TIMEOUT_S + 6)


def test_a_byte_now_and_then_does_not_extend_the_time_for_a_head(served: Served) -> None:
    connection = served.connect(b"GET /livez HTTP/1.1\r\n")
    began = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() - began < TIMEOUT_S + 2:
        try:
            connection.sendall(b"X: y\r\n")
            assert connection.recv(1) == b""
            return
        except TimeoutError:
            continue
        except ConnectionError:
            return
    pytest.fail("a connection that sends a line now and then stays open")


def test_a_body_that_dribbles_is_answered_with_408_and_closed(served: Served) -> None:
    connection = served.connect(BODY + b"Content-Length: 1000\r\n\r\n")
    for _ in range(int(TIMEOUT_S / 0.1) - 2):
        connection.sendall(b" ")
        time.sleep(0.1)

    response = ended(connection, 2)

    assert response.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"too_slow"' in response
    assert b"connection: close" in response.lower()


def test_a_reader_that_stops_is_cut_off(served: Served) -> None:
    before = served.open_files()
    connection = served.connect(b"GET /openapi.json HTTP/1.1\r\nHost: vouch\r\n\r\n" * 200)
    wait_for(lambda: served.open_files() > before, 2, "the server to accept the connection")

    wait_for(lambda: served.open_files() <= before, TIMEOUT_S + 4, "the server to close the connection")

    assert ended(connection, 2).count(b"HTTP/1.1 200") < 200
