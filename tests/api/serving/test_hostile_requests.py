"""Requests that are wrong on purpose: each is refused with a status of 400 to 499, and the server goes on."""

from __future__ import annotations

import json
from contextlib import suppress

import httpx
import pytest

from tests.api.serving.conftest import Served, ended

MIB = 1 << 20
FORM = "multipart/form-data; boundary=b"


def sent(served: Served, head: str, body: bytes = b"") -> list[int]:
    """Send a raw request with the key and return the statuses of all responses until the server closes."""
    key = f"Authorization: {served.headers['Authorization']}\r\nHost: vouch\r\nConnection: close\r\n"
    connection = served.connect()
    with suppress(ConnectionError):  # it may be refused before all was sent
        connection.sendall(head.replace("\r\n", f"\r\n{key}", 1).encode() + body)
    received = ended(connection, 5)
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def json_head(*headers: str) -> str:
    return "\r\n".join(["POST /v1/answers HTTP/1.1", "Content-Type: application/json", *headers, "", ""])


QUESTION = b'{"question": "reset"}'
SMUGGLED = b"GET /v1/me HTTP/1.1\r\nHost: vouch\r\n\r\n"
HEADS = {
    "a header of a megabyte": ("GET /v1/me HTTP/1.1\r\nX-A: " + "a" * MIB + "\r\n\r\n", b""),
    "ten thousand headers": ("GET /v1/me HTTP/1.1\r\n" + "X-A: b\r\n" * 10_000 + "\r\n", b""),
    "an address of 100 kB": ("GET /v1/me?" + "a" * 100_000 + " HTTP/1.1\r\n\r\n", b""),
    "no HTTP at all": ("\x16\x03\x01\x02\r\n\r\n", b""),
    "two lengths": (json_head("Content-Length: 5", "Content-Length: 21"), QUESTION),
    "a negative length": (json_head("Content-Length: -1"), QUESTION),
    "a length that is no number": (json_head("Content-Length: 2_1"), QUESTION),
    "a length of twenty thousand digits": (json_head("Content-Length: " + "9" * 20_000), QUESTION),
    "a space before the colon": (json_head("Content-Length : 21"), QUESTION),
    "an unknown transfer coding": (json_head("Transfer-Encoding: chunked, gzip"), QUESTION),
    "a chunk size that is no number": (json_head("Transfer-Encoding: chunked"), b"zz\r\n" + QUESTION),
}


@pytest.mark.parametrize(("head", "body"), HEADS.values(), ids=HEADS.keys())
def test_a_malformed_request_is_refused_and_its_connection_closed(served: Served, head: str, body: bytes) -> None:
    statuses = sent(served, head, body)

    assert statuses in ([400], [501], []), statuses  # none: the connection was reset before its response was read
    assert served.ask().status_code == 200


def test_a_length_that_is_too_short_starts_no_hidden_request(served: Served) -> None:
    statuses = sent(served, json_head("Content-Length: 5"), QUESTION)
    assert statuses[0] == 400
    assert 200 not in statuses


def test_a_length_beside_chunks_does_not_count(served: Served) -> None:
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(QUESTION), QUESTION)
    statuses = sent(served, json_head("Content-Length: 4", "Transfer-Encoding: chunked"), chunks)
    assert statuses in ([200], [400])


def test_a_body_in_chunks_has_the_same_limit(served: Served) -> None:
    def chunks() -> object:
        for _ in range(64):
            yield b" " * (MIB // 16)

    response = served.post("/v1/answers", content=chunks(), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_a_stranger_who_signs_in_with_a_large_body_is_refused_before_it_is_read(served: Served) -> None:
    body = json.dumps({f"f{n}": n for n in range(60_000)}).encode()
    response = served.post("/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


BODIES = {
    "arrays in arrays": b"[" * 400_000,
    "objects in objects": b'{"question":' * 80_000,
    "a closed depth": b"[" * 100_000 + b"]" * 100_000,
    "a deep value of a known field": b'{"question": "reset", "filters": '
    + b'{"a":' * 50_000
    + b"1"
    + b"}" * 50_000
    + b"}",
    "a number of a million digits": b'{"question": "reset", "k": ' + b"1" * 1_000_000 + b"}",
    "a hundred thousand fields": json.dumps({f"f{n}": n for n in range(60_000)}).encode(),
    "half of a character": b'{"question": "\\ud800"}',
    "a byte that is no UTF-8": b'{"question": "\xff"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_made_to_be_costly_is_refused_at_once(served: Served, body: bytes) -> None:
    response = served.post("/v1/answers", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code in (400, 413, 422), response.text[:300]
    assert len(response.content) < 100_000
    assert response.elapsed.total_seconds() < 3


def part(name: str, extra: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\nx\r\n'.encode()


FORMS = {
    "five thousand fields": b"".join(part(f"f{n}") for n in range(5000)) + b"--b--\r\n",
    "five thousand files": b"".join(part("file", f'; filename="{n}"') for n in range(5000)) + b"--b--\r\n",
    "a field of two megabytes": part("title")
    + b"--b\r\nContent-Disposition: form-data; name=t\r\n\r\n"
    + b"x" * 2 * MIB,
    "a part whose head never ends": b"--b\r\nContent-Disposition: form-data; " + b"a" * MIB,
    "a part with ten thousand heads": b"--b\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n\r\n--b--\r\n",
    "no part": b"--b--\r\n",
    "no boundary": b"x" * 1000,
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS.keys())
def test_a_form_made_to_be_costly_is_refused_at_once(served: Served, body: bytes) -> None:
    response = served.post("/v1/documents", content=body, headers={"Content-Type": FORM}, key=served.uploader)

    assert response.status_code in (400, 413, 422), response.text[:300]
    assert response.elapsed.total_seconds() < 3


def test_unknown_keys_are_slowed_for_the_address_that_the_proxy_names(served: Served) -> None:
    def status(address: str, key: str) -> int:
        return client.get("/v1/me", headers={"X-Forwarded-For": address, "Authorization": key}).status_code

    with httpx.Client(base_url=f"http://127.0.0.1:{served.port}") as client:
        assert {status("198.51.100.1", "Bearer vch_unknown") for _ in range(50)} == {401, 429}
        assert status("198.51.100.2", served.headers["Authorization"]) == 200
        assert status("198.51.100.2", "Bearer vch_unknown") == 401
