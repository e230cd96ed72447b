"""Reads CSV, TSV, JSON, NDJSON and XML: rows become a table, records become lines of `name: value`.

Knows no schema; each value keeps its name, so that a question can match both.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from core.errors import DocumentRejected
from core.types import Json
from ingest.blocks.headers import find_headers, kind_of, looks, trailing_notes
from ingest.blocks.nodes import Node, Reading, paragraph
from ingest.blocks.tables import TableCell, table
from ingest.cleaning import clean, one_line, visible

MAX_DEPTH = 200


def read_csv(text: str) -> Reading:
    """Return the tables of a CSV, with the titles and notes above and below them.

    The delimiter is the one that gives most lines the same number of cells, else a comma. Raises DocumentRejected when
    the table cannot be read.
    """
    lines = visible(text)
    csv.field_size_limit(1 << 24)
    delimiter = _delimiter(lines)
    if lines[:4].lower() == "sep=":  # Excel's own line about the delimiter
        first, _, lines = lines.partition("\n")
        delimiter = first[4:5] or delimiter
    try:
        rows = [[one_line(cell) for cell in row] for row in csv.reader(io.StringIO(lines), delimiter=delimiter)]
    except csv.Error as error:
        raise DocumentRejected(f"The table cannot be read: {error}.", hint="Save it again as CSV in UTF-8.") from error
    return Reading(tuple(node for block in _blocks(rows) for node in _csv_nodes(block)))


def _blocks(rows: Iterable[Sequence[str]]) -> list[list[Sequence[str]]]:
    """Return the rows between empty ones; rows that go on in the same columns, without a new header, are one block."""
    blocks: list[list[Sequence[str]]] = []
    apart = True
    for row in rows:
        if not any(row):
            apart = True
            continue
        if apart and not (blocks and _goes_on(blocks[-1], row)):
            blocks.append([])
        blocks[-1].append(row)
        apart = False
    return blocks


def _goes_on(block: Sequence[Sequence[str]], row: Sequence[str]) -> bool:
    """Return whether a row has the columns of a block's last row, and no texts above its numbers."""
    last = block[-1]
    if len(block) < 2 or len(row) != len(last) or sum(bool(cell) for cell in row) < 2:
        return False
    numbers = [place for place, cell in enumerate(last) if kind_of(cell) != "text"]
    return not numbers or any(kind_of(row[place]) != "text" for place in numbers)


def _csv_nodes(rows: Sequence[Sequence[str]]) -> list[Node]:
    """Return the nodes of a block: titles, the table, notes."""
    looked = list(looks(rows))
    if all(sum(bool(cell) for cell in row) == 1 for row in rows) and len(rows) == 1:
        return [paragraph(" ".join(cell for cell in rows[0] if cell))]
    found = find_headers(looked)
    titles = [" ".join(cell for cell in row if cell) for row in rows[: found.titles]]
    end = len(rows) - trailing_notes(looked, found)
    caption = titles[0] if len(titles) == 1 else ""
    cells = [[_csv_cell(cell.text) for cell in row] for row in looked[found.titles : end]]
    made = table(cells, header_rows=found.rows, header_columns=found.columns, caption=caption)
    nodes = [] if caption else [paragraph(title) for title in titles]
    nodes += [made] if made is not None else []
    return nodes + [paragraph(" ".join(cell for cell in row if cell)) for row in rows[end:]]


def _csv_cell(text: str) -> TableCell:
    return TableCell(text, type=kind_of(text) if text else None)


def read_json(text: str) -> Reading:
    """Return one element for each item of the outermost list, or for the single value.

    Raises DocumentRejected for JSON that is nested too deeply.
    """
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except RecursionError as error:
        raise DocumentRejected("The JSON is nested too deeply.", hint="Flatten it.") from error
    except ValueError:
        return _read_broken(text)
    return Reading(tuple(_records(value)))


def read_ndjson(text: str) -> Reading:
    """Return an element for each line of JSON; a line that is not JSON stays as text, with a warning."""
    elements: list[Node] = []
    broken = 0
    for line in text.lstrip("\ufeff").splitlines():
        if line.strip():
            try:
                elements.extend(_records(json.loads(line)))
            except (ValueError, RecursionError):
                elements.append(paragraph(clean(line)))
                broken += 1
    warnings = (f"{broken} lines are not JSON and were read as text.",) if broken else ()
    return Reading(tuple(elements), warnings=warnings)


def read_xml(text: str) -> Reading:
    """Return the text of an XML file, an element for each group of leaves.

    Raises DocumentRejected for entities and for what is not XML.
    """
    if "<!ENTITY" in text:
        raise DocumentRejected("The XML declares entities, which can be an XML bomb.", hint="Remove its DTD.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, recover=True, remove_comments=True, encoding="utf-8"
    )
    root = etree.fromstring(text.encode("utf-8"), parser)
    if root is None:
        raise DocumentRejected("The XML cannot be read.", hint="Check that it is well-formed.")
    return Reading(tuple(_xml_elements(root)))


def _delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def evenness(mark: str) -> tuple[float, int]:
        counts = [len(fields) for fields in csv.reader(lines, delimiter=mark)]
        usual = max(set(counts), key=counts.count) if counts else 1
        return (counts.count(usual) / len(counts) if usual > 1 else 0.0, usual)

    try:
        best = max((",", ";", "\t", "|"), key=evenness)
    except csv.Error:
        return ","
    return best if evenness(best)[0] > 0 else ","


def _read_broken(text: str) -> Reading:
    warning = "The file is named JSON but is not well-formed; it was read as text."
    return Reading((paragraph(clean(text)),), warnings=(warning,))


def _records(value: Json) -> Iterator[Node]:
    for record in value if isinstance(value, list) else [value]:
        text = "\n".join(_lines(record, ""))
        if text:
            yield paragraph(text)


def _lines(value: Json, name: str, depth: int = 0) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise DocumentRejected(f"The JSON is nested more than {MAX_DEPTH} deep.", hint="Flatten it.")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(inner, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list):
        if all(not isinstance(inner, dict | list) for inner in value):
            yield from _lines(", ".join(str(inner) for inner in value), name, depth + 1)
        else:
            for inner in value:
                yield from _lines(inner, name, depth + 1)
    elif value not in (None, ""):
        text = one_line(str(value))
        if text:
            yield f"{name}: {text}" if name else text


def _xml_elements(root: etree._Element) -> Iterator[Node]:
    """Yield the leaves of each parent as one element, one line `tag: text` a leaf; mixed content as prose."""
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        children = [child for child in node if isinstance(child.tag, str)]
        own = clean(node.text or "")
        leaves = [(child, one_line(child.text or "")) for child in children if len(child) == 0]
        if any((child.tail or "").strip() for child in children):
            yield paragraph(clean(_mixed(node)))
            continue
        if own and (children or node is root):
            yield paragraph(own)
        lines = [f"{_name(leaf)}: {text}" for leaf, text in leaves if text]
        if lines:
            yield paragraph("\n".join(lines))


def _mixed(node: etree._Element) -> str:
    return " ".join([node.text or "", *(f"{_text(child)} {child.tail or ''}" for child in node)])


def _text(node: etree._Element) -> str:
    return "" if len(node) else node.text or ""


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname
