"""Makes web pages as sites serve them: the page in a frame of navigation, scripts and hidden parts.

The source is the page without its frame, as NAME.src.html beside NAME.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lxml import html

from bench.parsing.pairs.clean import written
from bench.parsing.pairs.sources import Page
from bench.parsing.pairs.styles import PRINTED

BEFORE = """<script>window.page = {"title": "Manual", "items": ["one", "two"]};</script>
<nav aria-label="Main"><ul><li><a href="/">Start</a></li><li><a href="/all">All pages</a></li></ul></nav>
<div hidden><p>Your session has ended.</p></div>
<main>"""
AFTER = """</main>
<nav><a href="/before">Previous</a> <a href="/after">Next</a></nav>
<template><p>Search results</p></template>
<div style="display: none"><ol><li>First result</li></ol></div>
<script>console.log("ready");</script>"""


def serve_pages(folder: Path, pages: Sequence[Page]) -> None:
    """Write each page in a frame, and without it."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        style = PRINTED[0].sheet(page.title)
        (folder / f"{page.name}.src.html").write_text(written(page.body, page.title, style), encoding="utf-8")
        inner = "".join(html.tostring(child, encoding="unicode") for child in page.body)
        framed = html.fromstring(f"<body>{BEFORE}{inner}{AFTER}</body>")
        (folder / f"{page.name}.html").write_text(written(framed, page.title, style), encoding="utf-8")
