"""What a file is, and which files are rejected before anything is stored."""

from __future__ import annotations

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
        (b"{\\rtf1 hello}", UnsupportedMedia, "Save it as docx"),
        (b"\x7fELF\x02\x01\x01\x00", UnsupportedMedia, "program"),
        (bytes(range(256)) * 20, UnsupportedMedia, "PDF"),
    ],
)
def test_a_file_that_cannot_be_read_is_rejected_with_a_hint(data: bytes, error: type[VouchError], words: str) -> None:
    with pytest.raises(error) as caught:
        sniff(data, "file.docx")

    assert words in str(caught.value)
    assert caught.value.hint, "every rejection says what to do"


@pytest.mark.parametrize(
    ("stream", "name", "ending"),
    [
        ("WordDocument", "Word 97", "docx"),
        ("PowerPoint Document", "PowerPoint 97", "pptx"),
        ("Book", "Excel 95", "xlsx"),
    ],
)
def test_an_old_office_file_is_named_and_told_the_new_format(stream: str, name: str, ending: str) -> None:
    with pytest.raises(UnsupportedMedia, match=rf"{name}.* save it as {ending}") as caught:
        sniff(files.ole(stream, b"text"), "a.doc")

    assert "password" not in str(caught.value)


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
