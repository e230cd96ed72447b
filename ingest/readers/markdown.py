"""Reads Markdown (CommonMark with tables) with markdown-it-py; the HTML reader reads blocks of HTML in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.types import ElementKind
from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import clean, one_line, table_text, visible
from ingest.readers.html import read_html

_FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"""^title\s*:\s*["']?(.+?)["']?\s*$""", re.MULTILINE)


def read_markdown(text: str) -> Reading:
    """Return the elements of a Markdown text; the title in its front matter is the document's title."""
    front = _FRONT.match(text)
    title = _FRONT_TITLE.search(front.group(1)) if front else None
    body = text[front.end() :] if front else text
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    return Reading(tuple(_elements(tokens)), title=one_line(title.group(1)) if title else None)


def _elements(tokens: list[Token]) -> Iterator[Node]:
    depth, heading = 0, None
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type in {"list_item_open", "list_item_close"}:
            depth += 1 if token.type.endswith("open") else -1
        elif token.type in {"heading_open", "heading_close"}:
            heading = int(token.tag[1]) if token.type.endswith("open") else None
        elif token.type == "table_open":
            end = next(at for at in range(index, len(tokens)) if tokens[at].type == "table_close")
            yield flat("table", table_text(_rows(tokens[index:end])))
            index = end
        elif token.type in {"fence", "code_block"}:
            yield flat("code", visible(token.content).strip("\n"))
        elif token.type == "html_block":
            yield from read_html(token.content).nodes
        elif token.type == "inline":
            yield from _block(_plain(token), heading, depth)
        index += 1


def _block(text: str, heading: int | None, depth: int) -> Iterator[Node]:
    kind: ElementKind = "title" if heading else "list_item" if depth else "text"
    if text:
        yield flat(kind, one_line(text) if heading else text, level=heading)


def _rows(tokens: list[Token]) -> Iterator[list[str]]:
    cells: list[str] = []
    for token in tokens:
        if token.type == "inline":
            cells.append(_plain(token))
        elif token.type == "tr_close":
            yield cells
            cells = []


def _plain(token: Token) -> str:
    """Return inline content as a person sees it, without marks and addresses; source line breaks become blanks."""
    parts = []
    for child in token.children or []:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "image":
            parts.append(child.content)
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            parts.append("\n")
    return clean("".join(parts))
