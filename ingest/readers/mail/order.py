"""Puts a mail's own text and the mails that it quotes into order: the newest first, quotations as blocks in blocks.

The readers of plain and HTML bodies say what is quoted. Knows no format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.blocks.items import gathered
from ingest.blocks.nodes import Node, paragraph
from ingest.readers.mail.words import (
    MAX_FIELDS,
    field_of,
    header_fields,
    introduces,
    introduces_surely,
    rule,
    rule_before_header,
    split_fields,
)

MAX_QUOTES = 50
"""Mails in mails; what is quoted deeper stands in the innermost block."""
_GREETING_WORDS = 8
"""With at most this many words above the quotation the mail begins with it, and the answer is below."""
_LONGEST_HEADER = 8000


@dataclass(slots=True)
class Quote:
    """A quoted mail: what introduces it, then its own text and what it quotes, in the order of the source.

    Unless `sure`, it is one only if it is introduced: by the line above it or by a header in it.
    """

    parts: list[Node | Quote] = field(default_factory=list)
    head: list[Node] = field(default_factory=list)
    sure: bool = True
    searched: bool = False
    """Whether its parts are known to hold no header of a mail."""


def key_values(fields: Sequence[tuple[str, str]]) -> Node:
    """Return the node of header fields: names are headers, each followed by its value."""
    children = []
    for name, value in fields:
        children += [Node("paragraph", name, header=True), paragraph(value)]
    return Node("key_value", children=children)


def composed(parts: Sequence[Node | Quote], depth: int = 0, *, searched: bool = False) -> list[Node]:
    """Return the nodes of a mail: its own text, and after it what it quotes.

    A mail that answers between the lines of another keeps the order of its source.
    """
    found = _settled(_introduced(parts if searched else _with_headers(parts)))
    if depth >= MAX_QUOTES:
        return list(gathered(_flattened(found)))
    nodes = [_quoted(part, depth) if isinstance(part, Quote) else part for part in _in_order(found)]
    return list(gathered(node for node in nodes if node.text or node.children))


def _quoted(quote: Quote, depth: int) -> Node:
    inside = composed(quote.parts, depth + 1, searched=quote.searched)
    if len(inside) == 1 and inside[0].kind == "quoted_mail":  # one mail, of which its program gave two signs
        inside = inside[0].children
    return Node("quoted_mail", children=[*quote.head, *inside])


def _flattened(parts: Sequence[Node | Quote]) -> list[Node]:
    nodes: list[Node] = []
    stack = list(reversed(parts))
    while stack:
        part = stack.pop()
        if isinstance(part, Quote):
            stack.extend(reversed([*part.head, *part.parts]))
        elif part.text or part.children:
            nodes.append(part)
    return nodes


def _with_headers(parts: Sequence[Node | Quote]) -> list[Node | Quote]:
    """Return the parts; from a mail's header on, or from a rule that says so, all is one quotation."""
    for at, part in enumerate(parts):
        if isinstance(part, Quote) or not _is_line(part):
            continue
        ruled = rule_before_header(part.text)
        fields, end = _header(parts, at if ruled is None else at + 1)
        if fields:
            head = [paragraph(ruled)] if ruled else []
            return [*parts[:at], Quote(list(parts[end:]), [*head, key_values(fields)])]
        if (words := rule(part.text)) and at + 1 < len(parts):
            return [*parts[:at], Quote(list(parts[at + 1 :]), [paragraph(words)])]
    return list(parts)


def _is_line(part: Node) -> bool:
    return part.kind in {"paragraph", "heading"} and len(part.text) < _LONGEST_HEADER


def _header(parts: Sequence[Node | Quote], start: int) -> tuple[list[tuple[str, str]], int]:
    """Return the fields of the header that begins at a part, and where it ends: in this part, or a part each."""
    lines: list[str] = []
    found: list[tuple[str, str]] = []
    end = start
    for at, part in enumerate(parts[start : start + MAX_FIELDS], start=start + 1):
        if isinstance(part, Quote) or not _is_line(part) or field_of(part.text) is None:
            break
        lines += split_fields(part.text)
        if fields := header_fields(lines):
            found, end = fields, at
    return found, end


def _introduced(parts: Sequence[Node | Quote]) -> list[Node | Quote]:
    """Return the parts; the line above a quotation that introduces it goes into it."""
    found: list[Node | Quote] = []
    last_quote = max((at for at, part in enumerate(parts) if isinstance(part, Quote)), default=-1)
    for at, part in enumerate(parts):
        above = found[-1] if found else None
        if isinstance(part, Quote):
            if not part.head and isinstance(above, Node) and _is_line(above) and introduces(above.text):
                found.pop()
                part.head = [above]
        elif last_quote < at < len(parts) - 1 and _is_line(part) and introduces_surely(part.text):
            return [*found, Quote(list(parts[at + 1 :]), [part], searched=True)]
        found.append(part)
    return found


def _settled(parts: Sequence[Node | Quote]) -> list[Node | Quote]:
    """Return the parts without quotations that are none: neither sure nor introduced."""
    found: list[Node | Quote] = []
    for part in parts:
        if not isinstance(part, Quote) or part.sure or part.head:
            found.append(part)
        else:
            found.extend(_settled(_introduced(_with_headers(part.parts))))
    return found


def _in_order(parts: Sequence[Node | Quote]) -> list[Node | Quote]:
    """Move the quotation behind the mail's own text, unless that answers between the quoted lines."""
    quotes = [at for at, part in enumerate(parts) if isinstance(part, Quote)]
    if not quotes or quotes[0] + len(quotes) == len(parts):
        return list(parts)
    first, last = quotes[0], quotes[-1]
    quote = parts[first]
    begins = sum(_words(part) for part in parts[:first]) <= _GREETING_WORDS
    if last - first + 1 > len(quotes) or not (isinstance(quote, Quote) and (quote.head or begins)):
        return list(parts)
    return [*parts[:first], *parts[last + 1 :], *parts[first : last + 1]]


def _words(part: Node | Quote) -> int:
    return len(part.text.split()) + _GREETING_WORDS * len(part.children) if isinstance(part, Node) else 0
