"""`vouch mcp` as a desktop client starts it: the official client on its standard streams, with a running Vouch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client
from mcp_types import CallToolResult

from cli.mcp import LOCAL, mcp
from core.errors import Invalid
from core.settings import load_settings
from tests.api.conftest import blank_home as blank_home  # a fixture
from tests.api.mcp.assistants import ROOT, Listening, calling, data_of, listening, over_stdio, text_of
from tests.servers import free_port

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "desk", "version": "1"}},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, blank_home: Path) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("mcp") / "home", blank_home) as service:
        yield service


def test_a_desktop_client_asks_searches_and_opens(service: Listening) -> None:
    service.served("router.txt", "Reset the router for ten seconds.", "Then wait a minute.", title="Router book")

    async def work(client: Client) -> list[CallToolResult]:
        asked = await client.call_tool("ask", {"question": "router"})
        (citation,) = data_of(asked)["citations"]
        reference = {"document_id": citation["document_id"], "chunk_id": citation["chunk_id"]}
        return [
            asked,
            await client.call_tool("search", {"query": "router"}),
            await client.call_tool("open_passage", reference),
        ]

    nowhere = f"http://127.0.0.1:{free_port()}"  # a proxy is for other machines
    asked, found, opened = over_stdio(["--url", service.url], work, VOUCH_KEY=service.key("ask"), HTTP_PROXY=nowhere)

    assert "Router book" in text_of(asked)
    assert data_of(found)["passages"][0]["text"] == "Reset the router for ten seconds."
    assert [each["text"] for each in data_of(opened)["passages"]][1] == "Then wait a minute."


def test_the_result_reports_a_service_that_is_down() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    result = over_stdio(["--url", url], calling("search", query="router"), VOUCH_KEY="vch_any")

    assert result.is_error
    assert text_of(result).startswith(f"unavailable: Vouch does not answer at {url}. Start it with `vouch up`")


def test_standard_output_carries_only_the_protocol() -> None:
    command = [sys.executable, "-m", "cli.main", "mcp"]

    result = subprocess.run(
        command,
        input=json.dumps(HELLO) + "\nnonsense\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )

    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert replies[0]["result"]["serverInfo"]["name"] == "vouch"
    assert all(reply["jsonrpc"] == "2.0" for reply in replies)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "given",
    [
        {"url": "localhost:8000"},
        {"url": "http://"},
        {"url": "http://vouch.example:99999"},
        {"url": "http://["},
        {"url": "http://me:secret@vouch.example"},
        {"url": "http://vouch.example?x=1"},
        {"key": "vch_ä"},
        {"key": "a\nb"},
    ],
)
def test_an_invalid_address_or_key_is_wrong_usage(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        mcp(**({"url": LOCAL, "key": ""} | given))


def test_a_key_in_the_environment_is_not_an_unknown_setting() -> None:
    assert "vch_any" not in load_settings({"VOUCH_KEY": "vch_any"}).masked().values()
