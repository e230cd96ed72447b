"""Reads CSV, TSV, JSON, NDJSON and XML: rows become a table, records become lines of `name: value`.

Knows no schema; each value keeps its name, so that a question can match both.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from lxml import etree

from core.errors import DocumentRejected
from core.types import Json
from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import clean, one_line, table_text, visible

MAX_DEPTH = 200


def read_csv(text: str) -> Reading:
    """Return one table. The delimiter is the one that gives most lines the same number of cells, else a comma.

    Raises DocumentRejected when the table cannot be read.
    """
    lines = visible(text)
    csv.field_size_limit(1 << 24)
    rows = csv.reader(io.StringIO(lines), delimiter=_delimiter(lines))
    try:
        table = table_text(rows)
    except csv.Error as error:
        raise DocumentRejected(f"The table cannot be read: {error}.", hint="Save it again as CSV in UTF-8.") from error
    return Reading((flat("table", table),) if table else ())


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
                elements.append(flat("text", clean(line)))
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
    return Reading((flat("text", clean(text)),), warnings=(warning,))


def _records(value: Json) -> Iterator[Node]:
    for record in value if isinstance(value, list) else [value]:
        text = "\n".join(_lines(record, ""))
        if text:
            yield flat("text", text)


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
            yield flat("text", clean(_mixed(node)))
            continue
        if own and (children or node is root):
            yield flat("text", own)
        lines = [f"{_name(leaf)}: {text}" for leaf, text in leaves if text]
        if lines:
            yield flat("text", "\n".join(lines))


def _mixed(node: etree._Element) -> str:
    return " ".join([node.text or "", *(f"{_text(child)} {child.tail or ''}" for child in node)])


def _text(node: etree._Element) -> str:
    return "" if len(node) else node.text or ""


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname
