"""`vouch mcp`: Vouch's tools for an assistant on this machine, which starts this command and talks MCP to it.

Unlike `vouch ask` it reads no home: it asks a running Vouch, maybe on another machine, with the rights of a key.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import anyio
import typer

from core.errors import Invalid

LOCAL = "http://127.0.0.1:8000"


def add_commands(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(mcp)


def mcp(
    url: Annotated[str, typer.Option(help="Address of the running Vouch.")] = LOCAL,
    key: Annotated[
        str, typer.Option(envvar="VOUCH_KEY", show_default=False, help="Key whose rights the tools have.")
    ] = "",
) -> None:
    """Serve the tools ask, search and open_passage to an assistant over standard input and output (MCP)."""
    if not _is_address(url):
        raise Invalid("--url must be the address of a Vouch and nothing else.", hint=f"For example {LOCAL}.")
    if not (key.strip().isascii() and key.strip().isprintable()):
        raise Invalid("The key has characters that no key contains.", hint="Copy it again from where it was made.")
    from api.mcp.stdio import serve

    anyio.run(serve, url, key.strip())


def _is_address(url: str) -> bool:
    """Return whether the URL names a server, maybe with a path. No password: messages would repeat it."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    extra = "@" in parts.netloc or parts.query or parts.fragment
    return parts.scheme in ("http", "https") and named and not extra and url.isprintable() and " " not in url
