"""The web pages: one HTML file and its static parts, served as they are on disk.

There is no template and no build step. All data of a page comes from the `/v1` routes, which the browser calls with the
session cookie, so this module knows no keys, no documents and no database.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Response

from core.errors import NotFound

PAGE = "index.html"
STATIC = Path(__file__).parent / "static"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",  # assigning innerHTML throws in browsers that support this directive
    )
)
HEADERS = {
    "Cache-Control": "no-cache",  # the browser asks each time and gets 304, so that an upgrade is visible at once
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file to send: its bytes, media type and ETag."""

    data: bytes
    media_type: str
    etag: str


@router.get("/")
def page(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Send the page."""
    return _send(PAGE, if_none_match)


@router.get("/static/{name}")
def static(name: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Send a style sheet, a module or an icon. Raises NotFound."""
    return _send(name, if_none_match)


def _send(name: str, if_none_match: str | None) -> Response:
    asset = assets().get(name)
    if asset is None:
        raise NotFound(f"There is no static file {name!r}.")
    headers = HEADERS | {"ETag": asset.etag}
    if if_none_match and asset.etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(asset.data, media_type=asset.media_type, headers=headers)


@cache
def assets() -> dict[str, Asset]:
    """Return every file of the folder by name, read once; no other name can reach a file."""
    return {path.name: _read(path) for path in sorted(STATIC.iterdir()) if path.is_file()}


def _read(path: Path) -> Asset:
    data = path.read_bytes()
    # The guessed type of a module differs between machines, and browsers run a module only as JavaScript.
    media_type = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return Asset(data, media_type or "application/octet-stream", f'"{hashlib.sha256(data).hexdigest()[:32]}"')
