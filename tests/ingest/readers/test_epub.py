"""EPUB: chapters in the order of the spine, read as HTML."""

from __future__ import annotations

import io
import zipfile

from ingest.account import collected
from ingest.blocks.write import elements
from ingest.readers.package import read_epub

CONTAINER = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
CONTAINER += '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>Pump book</dc:title></metadata><manifest><item id="nav" href="nav.xhtml" properties="nav"/>
<item id="two" href="two.xhtml"/><item id="one" href="one%20a.xhtml"/><item id="gone" href="gone.xhtml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/><itemref idref="gone"/></spine></package>"""
PAGE = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'


def test_chapters_stand_in_order_with_their_steps_and_nothing_goes_silently() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OEBPS/book.opf", PACKAGE)
        archive.writestr("OEBPS/nav.xhtml", PAGE.format("<nav><ol><li>Chapter</li></ol></nav>"))
        archive.writestr("OEBPS/two.xhtml", PAGE.format("<h1>Two</h1><p><a id='x'/>Text</p>"))
        archive.writestr("OEBPS/one a.xhtml", PAGE.format("<h1>One</h1><ol><li>Open</li><li>Close</li></ol>"))

    with collected() as left_out:
        reading = read_epub(file.getvalue())

    assert [(element.kind, element.text) for element in elements(reading.nodes)] == [
        ("heading", "One"), ("list", "1. Open\n2. Close"), ("heading", "Two"), ("paragraph", "Text"),
    ]  # fmt: skip
    assert (reading.title, reading.warnings) == ("Pump book", ("1 chapters of the book are not in its file.",))
    assert left_out["navigation"].words.total() == 1
