"""Reads reStructuredText: directives, roles, footnotes, definitions and fields, besides what all plain text has.

Knows the usual directives (notes, code, tables, figures); of one that it does not know, the text is kept. Nothing is
included or run.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from ingest.account import left_out
from ingest.blocks.nodes import Node, Reading, paragraph
from ingest.blocks.tables import plain_table
from ingest.cleaning import clean, one_line, visible
from ingest.readers.text.blocks import Found, Parser, indent, indented, next_filled
from ingest.readers.text.plain import lines_of

_DIRECTIVE = re.compile(r"(\s*)\.\.\s+(?:\|([^|]+)\|\s+)?([\w:+-]+?)::(?:\s+(.*))?$")
_NOTE = re.compile(r"(\s*)\.\.\s+\[([#*\w.-]+)\]\s+(.*)$")
_EXPLICIT = re.compile(r"\s*\.\.(?:\s|$)")
_FIELD = re.compile(r"(\s*):([^:`\s][^:`]*):(?:\s+(.*))?$")
_OPTION = re.compile(r"\s*:([\w-]+):\s*(.*)$")
_ROLE = re.compile(r":[\w:+.-]+:`(?:[~!])?([^`<]*?)(?:\s*<([^`>]*)>)?`")
_LINK = re.compile(r"`([^`<]+?)\s*<([^`>]+)>`__?")
_REFERENCE = re.compile(r"`([^`]+)`__?|\b([A-Za-z][\w.-]*\w)_(?=[\s.,;:!?)]|$)")
_CITED = re.compile(r"\s?\[#?(\d+|\*)\]_(?=\W|$)")
_STRONG = re.compile(r"(?<![\w*])\*{1,2}(?=[^\s*])(.+?)(?<=[^\s*])\*{1,2}(?![\w*])")
_NOTES = frozenset(
    {"note", "warning", "caution", "danger", "tip", "hint", "important", "attention", "error", "seealso"}
)
_CODE = frozenset({"code", "code-block", "sourcecode", "parsed-literal", "prompt", "doctest", "math", "command-output"})
_PICTURES = frozenset({"image", "figure"})
_LISTS = frozenset({"toctree", "contents", "index", "sectnum", "meta", "highlight", "default-role", "currentmodule"})


def read_rst(text: str) -> Reading:
    """Return the blocks of a reStructuredText document."""
    lines = lines_of(text)
    words = {}
    for line in lines:
        match = _DIRECTIVE.match(line)
        if match and match.group(2) and match.group(3) == "replace":
            words[match.group(2)] = match.group(4) or ""

    def inline(prose: str) -> str:
        return _prose(prose, words)

    parser = Parser(special=_special, inline=inline, has_titles=False, double_colon=True)
    return Reading(parser.parse(lines))


def _prose(text: str, words: dict[str, str]) -> str:
    """Return prose without its marks; a literal is not looked into."""
    parts = re.split(r"``(.+?)``", text)
    for place in range(0, len(parts), 2):
        part = re.sub(r"\|([^|\s][^|]*)\|_{0,2}", lambda match: words.get(match[1], match[0]), parts[place])
        part = _ROLE.sub(_role, part)
        part = _LINK.sub(_linked, part)
        part = _CITED.sub(r"[\1]", part)
        part = _REFERENCE.sub(lambda match: match[1] or match[2], part)
        parts[place] = re.sub(r"\\(.)", r"\1", _STRONG.sub(r"\1", part).replace("`", ""))
    return clean("".join(parts))


def _role(match: re.Match[str]) -> str:
    left_out("markup", match[0].partition("`")[0] + (match[2] or "" if match[1] else ""))
    return match[1] or match[2] or ""


def _linked(match: re.Match[str]) -> str:
    if "://" in match[2]:
        return f"{match[1]} ({match[2]})"
    left_out("markup", match[2])
    return match[1]


def _special(parser: Parser, lines: Sequence[str], at: int, depth: int) -> Found | None:
    line = lines[at]
    if _EXPLICIT.match(line):
        return _explicit(parser, lines, at, depth)
    if line.lstrip().startswith("| ") and not line.rstrip().endswith("|"):
        end = at
        while end < len(lines) and re.match(r"\s*\|(?:\s|$)", lines[end]):
            end += 1
        text = parser.inline(clean("\n".join(each.lstrip()[1:] for each in lines[at:end])))
        return [paragraph(text)] if text else [], end
    if _FIELD.match(line):
        return _fields(parser, lines, at, depth)
    return _definition(parser, lines, at, depth)


def _explicit(parser: Parser, lines: Sequence[str], at: int, depth: int) -> Found:
    """Read what begins with two dots: a directive, a footnote, a target or a comment."""
    own = indent(lines[at])
    inside, end = indented(lines, at + 1, own + 1)
    if inside and not lines[at + 1].strip():
        inside.insert(0, "")
    if (match := _NOTE.match(lines[at])) is not None:
        content = parser.parse([match.group(3), *inside], depth + 1)
        text = content.pop(0).text if content and content[0].kind == "paragraph" else ""
        return [Node("footnote", text, content, number=match.group(2).lstrip("#") or None)], end
    if (match := _DIRECTIVE.match(lines[at])) is not None:
        return _directive(parser, match, inside, depth), end
    rest = "\n".join([lines[at], *inside])
    left_out("metadata" if re.match(r"\s*\.\.\s+_", lines[at]) else "comment", rest)
    return [], end


def _directive(parser: Parser, match: re.Match[str], inside: list[str], depth: int) -> list[Node]:
    name, argument = match.group(3).rpartition(":")[2].lower() or match.group(3), match.group(4) or ""
    if match.group(2) and name == "replace":
        left_out("field", match.group())
        return []
    left_out("markup", match.group(3))
    options: dict[str, str] = {}
    while inside and (option := _OPTION.match(inside[0])) is not None and name not in _NOTES:
        options[option.group(1)] = option.group(2)
        if option.group(1) not in {"alt", "header"}:
            left_out("markup", option.group())
        inside = inside[1:]
    if name in _LISTS:
        left_out("navigation", "\n".join([argument, *inside]))
        return []
    if name in _CODE:
        text = visible("\n".join(inside).strip("\n"))
        left_out("markup", argument if text else "")
        return (
            [Node("code", text or argument, label=argument if text and argument else None)] if text or argument else []
        )
    if name in _PICTURES:
        left_out("markup", argument)
        return _picture(parser, options, inside, depth)
    if name in {"list-table", "csv-table", "table"}:
        return _table(parser, name, argument, options, inside, depth)
    title = parser.inline(argument)
    if name in _NOTES or name == "admonition":
        label = "note" if name in {"seealso", "admonition"} else name
        lines = [argument, *inside] if name in _NOTES else inside
        content = [paragraph(title)] if name == "admonition" and title else []
        content += parser.parse(lines, depth + 1)
        return [Node("note", label=label, children=content)] if content else []
    if name in {"rubric", "centered", "topic", "sidebar"} or title:
        content = [paragraph(title)] if title else []
    else:
        content = []
    return content + parser.parse(inside, depth + 1)


def _picture(parser: Parser, options: dict[str, str], inside: list[str], depth: int) -> list[Node]:
    shown = parser.inline(options.get("alt", ""))
    content = parser.parse(inside, depth + 1)
    if content and content[0].kind == "paragraph":
        content[0].kind = "caption"
    parts = ([paragraph(shown)] if shown else []) + content
    return [Node("figure", children=parts)] if parts else []


def _table(
    parser: Parser, name: str, argument: str, options: dict[str, str], inside: list[str], depth: int
) -> list[Node]:  # fmt: skip
    caption = parser.inline(argument)
    header_rows = int(options.get("header-rows") or "0") if options.get("header-rows", "0").isdigit() else 0
    if name == "table":
        found = parser.parse(inside, depth + 1)
        if found and found[0].kind == "table" and caption:
            found[0].children.insert(0, Node("caption", caption))
        return found
    if name == "csv-table":
        head = [options["header"]] if "header" in options else []
        rows = [
            [parser.inline(one_line(cell)) for cell in row]
            for row in csv.reader([*head, *inside], skipinitialspace=True)
        ]
        header_rows = header_rows + len(head)
    else:
        rows = [[_cell_text(cell) for cell in _items(row)] for row in _items_of(parser.parse(inside, depth + 1))]
    table = plain_table(rows, header_rows=header_rows, caption=caption)
    return [table] if table is not None else []


def _items_of(nodes: Sequence[Node]) -> list[Node]:
    return [item for node in nodes if node.kind == "list" for item in node.children]


def _items(row: Node) -> list[Node]:
    """Return the cells of a row of a list-table: the items of the list inside the row's item."""
    return _items_of(row.children)


def _cell_text(node: Node) -> str:
    """Return the text of a cell in one line."""
    parts = [node.text] + [f"{child.number or ''} {_cell_text(child)}" for child in node.children]
    return " ".join(" ".join(part.split()) for part in parts if part.strip())


def _fields(parser: Parser, lines: Sequence[str], at: int, depth: int) -> Found:
    nodes: list[Node] = []
    while at < len(lines) and (match := _FIELD.match(lines[at])) is not None:
        inside, end = indented(lines, at + 1, len(match.group(1)) + 1)
        value = parser.parse([match.group(3) or "", *inside], depth + 1)
        name = Node("paragraph", parser.inline(match.group(2)), header=True)
        nodes.append(Node("key_value", children=[name, *value]) if value else paragraph(name.text))
        at = next_filled(lines, end) if value else end
    return nodes, at


def _definition(parser: Parser, lines: Sequence[str], at: int, depth: int) -> Found | None:
    """Find a term in a line of its own with an indented description right below it."""
    if at + 1 >= len(lines) or not lines[at + 1].strip() or lines[at].rstrip().endswith("::"):
        return None
    own = indent(lines[at])
    before_blank = at == 0 or not lines[at - 1].strip() or indent(lines[at - 1]) > own
    if indent(lines[at + 1]) <= own or not before_blank or re.match(r"\s*(?:[-*+•]|\(?\w{1,3}[.)])\s", lines[at]):
        return None
    if lines[at].lstrip().startswith(("+", "|", "=")):
        return None
    inside, end = indented(lines, at + 1, own + 1)
    term = Node("paragraph", parser.inline(one_line(lines[at])), header=True)
    return [Node("definition", children=[term, *parser.parse(inside, depth + 1)])], end
