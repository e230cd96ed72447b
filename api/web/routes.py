"""The pages for people: one HTML file and its static parts, served as they lie on disk.

There is no template and no build step. Everything that a page shows comes through the `/v1` routes, which the
browser calls with the session cookie, so nothing here knows keys, documents or the database.
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
        "require-trusted-types-for 'script'",  # assigning innerHTML throws where the browser knows the directive
    )
)
HEADERS = {
    "Cache-Control": "no-cache",  # ask each time, get 304: an upgrade shows at once and nothing is sent twice
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent: its bytes, what they are, and the tag that changes with them."""

    data: bytes
    media_type: str
    etag: str


@router.get("/")
def page(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Send the page."""
    return _send(PAGE, if_none_match)


@router.get("/static/{name}")
def static(name: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Send a style sheet, a module or the icon. Raises NotFound."""
    return _send(name, if_none_match)


def _send(name: str, known: str | None) -> Response:
    found = assets().get(name)
    if found is None:
        raise NotFound(f"There is no page part {name!r}.")
    headers = HEADERS | {"ETag": found.etag}
    if known is not None and found.etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=found.media_type, headers=headers)


@cache
def assets() -> dict[str, Asset]:
    """Return every file of the folder by name, read once: a name that is not among them is no path to anywhere."""
    return {path.name: _read(path) for path in sorted(STATIC.iterdir()) if path.is_file()}


def _read(path: Path) -> Asset:
    data = path.read_bytes()
    # Machines differ in what they call a module, and a browser runs only what is called JavaScript.
    media_type = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return Asset(data, media_type or "application/octet-stream", f'"{hashlib.sha256(data).hexdigest()[:32]}"')
