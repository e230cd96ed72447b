"""The XML namespaces of OpenDocument that the readers use, and how its sparse attributes are read."""

from __future__ import annotations

from lxml import etree

Xml = etree._Element

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE = f"{{{_URN}office:1.0}}"
TEXT = f"{{{_URN}text:1.0}}"
TABLE = f"{{{_URN}table:1.0}}"
STYLE = f"{{{_URN}style:1.0}}"
DRAW = f"{{{_URN}drawing:1.0}}"
CHART = f"{{{_URN}chart:1.0}}"
FO = f"{{{_URN}xsl-fo-compatible:1.0}}"
SVG = f"{{{_URN}svg-compatible:1.0}}"
LOEXT = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
MATH = "{http://www.w3.org/1998/Math/MathML}"
DC = "{http://purl.org/dc/elements/1.1/}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


def count(node: Xml, name: str, usual: int = 1, most: int = 10_000) -> int:
    """Return a whole number of an attribute, within its limits."""
    text = node.get(name) or ""
    return min(int(text), most) if text.isdigit() and len(text) < 10 else usual


def all_text(node: Xml) -> str:
    """Return all the text in an element, paragraphs apart."""
    paragraphs = list(node.iter(f"{TEXT}p", f"{TEXT}h"))
    return " ".join(raw_text(each) for each in paragraphs or [node])


def raw_text(node: Xml) -> str:
    """Return all the text in an element as it is."""
    return "".join(str(part) for part in node.itertext())
