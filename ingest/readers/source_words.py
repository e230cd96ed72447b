"""The words of a file's own text, found without the reader of its format: for the account of what was read.

Takes the text nodes of XML and HTML, the text layer of a PDF, the characters of a text file; knows no structure. Empty
for what has no text of its own, such as a scan.
"""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage

from lxml import etree

from ingest.account import words_of
from ingest.formats import media
from ingest.formats.decoding import decode

MAX_PART = 200 << 20
"""Bytes of one part of a package that are looked at."""
_APART = frozenset({"p", "si", "c", "v", "tab", "br", "cr", "tc"})
"""Elements between which words end."""
_NESTED = 150
"""Depth to which Markdown is looked through; its parser skips what is deeper."""
_UNREAD = frozenset({"script", "style", "template", "head", "noscript", "-comment"})
_WORD_PARTS = re.compile(
    r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|charts/chart\d*|diagrams/data\d*)\.xml"
)
_SLIDE_PARTS = re.compile(r"ppt/(?:slides/slide\d+|notesSlides/notesSlide\d+|charts/chart\d*|diagrams/data\d*)\.xml")
_SHEET_TEXT = re.compile(r"xl/sharedStrings\.xml|xl/drawings/drawing\d*\.xml|xl/worksheets/sheet\d+\.xml")
_FENCE = re.compile(r"^([ \t]*(?:`{3,}|~{3,}))[^\n`]*$", re.MULTILINE)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def source_words(data: bytes, media_type: str) -> list[str]:
    """Return the words of a file in order; empty if its format has no text that can be counted apart."""
    find = _FINDERS.get(media_type)
    if find is None and media_type in media.TEXTUAL:
        find = _of_text
    try:
        return words_of("\n".join(find(data))) if find is not None else []
    except (ValueError, LookupError, OSError, zipfile.BadZipFile, etree.LxmlError):  # a file that is half damaged
        return []


def _of_text(data: bytes) -> Iterator[str]:
    yield decode(data)[0]


def _of_html(data: bytes | str) -> Iterator[str]:
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(data if isinstance(data, str) else decode(data)[0]).body
    stack = [root] if root is not None else []
    while stack:
        node = stack.pop()
        if node.is_text_node:
            yield node.text_content or ""
        elif node.tag not in _UNREAD:
            stack.extend(reversed(list(node.iter(include_text=True))))


def _of_markdown(data: bytes) -> Iterator[str]:
    from markdown_it import MarkdownIt

    text = _FENCE.sub(r"\1", decode(data)[0])  # a language is no text, also where CommonMark sees no fence
    yield from _of_html(MarkdownIt("commonmark", {"maxNesting": _NESTED}).render(text))


def _of_json(data: bytes) -> Iterator[str]:
    stack = [json.loads(decode(data)[0])]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(reversed([part for pair in value.items() for part in pair]))
        elif isinstance(value, list):
            stack.extend(reversed(value))
        elif value is not None and not isinstance(value, bool):
            yield str(value)


def _of_xml(data: bytes) -> Iterator[str]:
    root = _xml(data)
    if root is not None:
        yield from (str(text) for node in root.iter("{*}*") for text in (node.text, node.tail) if text)


def _of_pdf(data: bytes) -> Iterator[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(len(document)):
            try:
                page = document[number]
            except pypdfium2.PdfiumError:
                continue
            text = page.get_textpage()
            yield text.get_text_range().replace("\ufffe\r\n", "").replace("\ufffe", "")
            text.close()
            page.close()
    finally:
        document.close()


def _of_parts(wanted: re.Pattern[str], tags: frozenset[str]) -> Callable[[bytes], Iterator[str]]:
    """Return a function that yields the text of the elements with these local names in a package's parts."""

    def find(data: bytes) -> Iterator[str]:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if wanted.fullmatch(name) and archive.getinfo(name).file_size <= MAX_PART:
                    yield from _texts(archive.read(name), tags)

    return find


def _texts(xml: bytes, tags: frozenset[str]) -> Iterator[str]:
    root = _xml(xml)
    stack = [] if root is None else [root]
    paragraph: list[str] = []
    last = ""
    while stack:
        node = stack.pop()
        if not isinstance(node.tag, str) or node.tag == _FALLBACK:
            continue
        name = etree.QName(node).localname
        apart = name in _APART or (name in tags and name != last)
        if apart and paragraph:
            yield "".join(paragraph)
            paragraph = []
        if name in tags:
            paragraph.append(node.text or "")
            last = name
        stack.extend(reversed(node))
    yield "".join(paragraph)


def _of_odf(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = _xml(archive.read("content.xml"))
    body = None if root is None else root.find("{*}body")
    if body is not None:
        yield from ("".join(str(text) for text in node.itertext()) for node in body.iter("{*}p", "{*}h"))


def _xml(raw: bytes) -> etree._Element | None:
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=True))


def _of_mail(data: bytes) -> Iterator[str]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("html", "plain")) if message.keys() else None
    if part is None:
        return
    text = str(part.get_content())
    yield from _of_html(text) if part.get_content_subtype() == "html" else [text]


_RUNS = frozenset({"t", "delText"})
_CHARTS = frozenset({"t", "v"})
_FINDERS: dict[str, Callable[[bytes], Iterator[str]]] = {
    media.HTML: _of_html,
    media.MARKDOWN: _of_markdown,
    "application/json": _of_json,
    "application/xml": _of_xml,
    media.PDF: _of_pdf,
    media.DOCX: _of_parts(_WORD_PARTS, _RUNS),
    media.PPTX: _of_parts(_SLIDE_PARTS, _CHARTS),
    media.XLSX: _of_parts(_SHEET_TEXT, _RUNS),
    media.ODT: _of_odf,
    media.EML: _of_mail,
}
