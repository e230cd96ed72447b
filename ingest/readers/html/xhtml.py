"""Turns XHTML into HTML: an element that closes itself, as XML may write it, would swallow what follows in HTML."""

from __future__ import annotations

import re

_XML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<\?xml|[^>]{0,400}<html[^>]{0,400}xmlns", re.IGNORECASE)
_SELF_CLOSED = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)([a-zA-Z][\w:-]*)"
    r"((?:\s+[^\s<>=\"'/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*)\s*/>",
    re.IGNORECASE,
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


def as_html(data: bytes | str) -> bytes | str:
    """Return a page so that an HTML parser reads it as it was meant; HTML stays as it is."""
    start = data[:1000].encode("utf-8", "replace") if isinstance(data, str) else data[:1000]
    if not _XML.match(start):
        return data
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    text = _SELF_CLOSED.sub(r"<\1\2></\1>", text)
    return _CDATA.sub(lambda match: match[1].replace("&", "&amp;").replace("<", "&lt;"), text)
