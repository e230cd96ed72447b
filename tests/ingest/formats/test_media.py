"""What a file is, and which files are rejected before anything is stored."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.errors import DocumentRejected, LimitExceeded, UnsupportedMedia, VouchError
from ingest.formats import media
from ingest.formats.media import EXTENSIONS, sniff
from tests.ingest import files


@pytest.mark.parametrize(
    ("data", "filename", "expected"),
    [
        (files.pdf([files.manual_page(1)]), "a.txt", media.PDF),
        (files.word([("Normal", "hello")]), "a.bin", media.DOCX),
        (files.slides([("T", "b")]), "a.docx", media.PPTX),
        (files.workbook({"S": [["a"]]}), "a", media.XLSX),
        (files.scan("x"), "a.jpg", "image/png"),
        (files.mail("S", "body"), "a.txt", media.EML),
        (b"<!DOCTYPE html><p>x</p>", "a.txt", media.HTML),
        (b"# Title\n\ntext", "a.md", media.MARKDOWN),
        (b"# Title\n\ntext", "a", media.TEXT),
        (b"a;b\n1;2\n", "a.csv", "text/csv"),
        ("ünïcode".encode("utf-16"), "a.txt", media.TEXT),
        (b'{"a": 1}', "a.json", "application/json"),
    ],
)
def test_the_content_decides_the_type_and_the_name_only_in_doubt(data: bytes, filename: str, expected: str) -> None:
    assert sniff(data, filename).media_type == expected


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_pictures_are_recognised_by_their_first_bytes(image_format: str) -> None:
    assert sniff(files.encoded("x", image_format), "a").media_type == f"image/{image_format.lower()}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_in_any_encoding_is_text(encoding: str) -> None:
    assert sniff("Déjà vu – the “manual” costs 5 €\n".encode(encoding), "a.txt").media_type == media.TEXT


def test_the_declared_type_decides_when_the_name_has_no_extension() -> None:
    assert sniff(b"a,b\n1,2\n", "upload", "text/csv; charset=utf-8").media_type == "text/csv"


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", DocumentRejected, "empty"),
        (b" \n\t\n", DocumentRejected, "empty"),
        (files.word([("Normal", "x")])[:-200], DocumentRejected, "truncated"),
        (files.bomb(64), LimitExceeded, "zip bomb"),
        (files.package({f"word/{n}.xml": b"" for n in range(10_001)}), LimitExceeded, "parts"),
        (files.package({"a.txt": b"hello"}), UnsupportedMedia, "Unpack it"),
        (files.package({"inner.zip": files.package({"a.txt": b"x"})}), UnsupportedMedia, "Unpack it"),
        (
            files.package({"[Content_Types].xml": b"<T/>", "word/document.xml": files.xml_bomb()}),
            DocumentRejected,
            "XML bomb",
        ),
        (b"\x1f\x8b\x08\x00 gzip", UnsupportedMedia, "Unpack it"),
        (b"\x7fELF\x02\x01\x01\x00", UnsupportedMedia, "program"),
        (bytes(range(256)) * 20, UnsupportedMedia, "PDF"),
    ],
)
def test_a_file_that_cannot_be_read_is_rejected_with_a_hint(data: bytes, error: type[VouchError], words: str) -> None:
    with pytest.raises(error) as caught:
        sniff(data, "file.docx")

    assert words in str(caught.value)
    assert caught.value.hint, "every rejection says what to do"


def test_an_excel_95_file_is_named_and_told_the_new_format() -> None:
    with pytest.raises(UnsupportedMedia, match=r"Excel 95.* save it as xlsx") as caught:
        sniff(files.ole("Book", b"text"), "a.xls")

    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (files.ole("WordDocument", b"\xec\xa5\xc1\0"), media.DOC),
        (files.ole("WordDocument", b"\xdc\xa5\x68\0"), media.DOC),  # Word 6 and 95
        (files.ole("PowerPoint Document", b"x"), media.PPT),
        (b"{\\rtf1\\ansi hello}", media.RTF),
        (files.open_document("presentation", b"<x/>"), media.ODP),
        (files.open_document("spreadsheet", b"<x/>"), media.ODS),
        (files.open_document("spreadsheet-template", b"<x/>"), media.ODS),
        (files.open_document("text-template", b"<x/>"), media.ODT),
        (b"<html><p>Saved as a web page by Word</p></html>", media.HTML),
        (files.word([("Normal", "hello")]), media.DOCX),
        (b"Plain text that somebody called a document.", media.TEXT),
    ],
)
def test_what_is_called_doc_is_what_its_content_is(data: bytes, expected: str) -> None:
    assert sniff(data, "a.doc").media_type == expected


@pytest.mark.parametrize(
    "data",
    [
        files.ole("WordDocument", b"\xec\xa5\xc1\0" + bytes(6) + b"\0\x01"),
        files.open_document("presentation", b"<x/>", manifest=b"<manifest:encryption-data/>"),
        files.open_document("spreadsheet", b"<x/>", manifest=b"<manifest:encryption-data/>"),
    ],
)
def test_an_old_or_open_document_with_a_password_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(DocumentRejected, match="encrypted with a password"):
        sniff(data, "a.doc")


@pytest.mark.parametrize("data", [bytes(range(256)) * 20, b"MZ\0\0\0"])
def test_whoever_sends_what_cannot_be_read_gets_the_list_of_what_can(data: bytes) -> None:
    with pytest.raises(UnsupportedMedia) as caught:
        sniff(data, "a")

    assert set(re.findall(r"[a-z0-9]+", (caught.value.hint or "").split("can be read: ")[1])) == set(EXTENSIONS)


def test_the_page_for_uploads_offers_the_formats_that_can_be_read() -> None:
    page = (Path(__file__).parents[3] / "api/web/static/index.html").read_text()
    accept = re.search(r'id="files"[^>]*accept="([^"]*)"', page)

    assert accept is not None
    assert [ending.strip() for ending in accept.group(1).split(",")] == [f".{ending}" for ending in EXTENSIONS]


def test_the_guide_lists_the_formats_that_can_be_read() -> None:
    guide = (Path(__file__).parents[3] / "docs/guide/03-documents.md").read_text()
    table = guide.split("| Kind | Endings |\n|---|---|\n")[1].split("\n\n")[0]
    endings = [ending for row in table.splitlines() for ending in row.strip("| ").split("| ")[1].split(", ")]

    assert sorted(ending for ending in endings if " " not in ending) == sorted(EXTENSIONS)


def test_an_encrypted_office_file_is_rejected() -> None:
    import io

    from msoffcrypto.format.ooxml import OOXMLFile

    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(files.word([("Normal", "secret")]))).encrypt("password", locked)

    with pytest.raises(DocumentRejected, match="encrypted with a password"):
        sniff(locked.getvalue(), "a.docx")
