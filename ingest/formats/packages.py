"""Checks containers of office formats: which format, and whether damaged, encrypted, or a bomb when unpacked.

Reads directories and the first bytes of parts, never whole parts. Knows no reader; `ingest.formats.media` calls it.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

import olefile  # type: ignore[import-untyped]

from core.errors import DocumentRejected, LimitExceeded, UnsupportedMedia

MAX_ENTRIES = 10_000
MAX_UNPACKED = 1 << 30
MAX_RATIO = 200
MAX_MANIFEST = 4 << 20
RATIO_MATTERS_FROM = 20 << 20
"""A small package may compress well; above this unpacked size, in bytes, a high ratio is a bomb."""

_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_MIMETYPES = {
    "application/epub+zip": "application/epub+zip",
    **{f"{_OPEN_DOCUMENT}{kind}": f"{_OPEN_DOCUMENT}{kind}" for kind in ("text", "presentation", "spreadsheet")},
    **{
        f"{_OPEN_DOCUMENT}{kind}-template": f"{_OPEN_DOCUMENT}{kind}"
        for kind in ("text", "presentation", "spreadsheet")
    },
}
_ENCRYPTED_WORD = 0x0100
"""A bit of the sixteen at byte 10 of a Word document's first stream (MS-DOC, 2.5.2, fEncrypted)."""
_ENCRYPTED_SLIDES = 0xF3D1C4DF
"""The word at byte 12 of the stream "Current User" of an encrypted presentation (MS-PPT, 2.3.2)."""


def zip_type(data: bytes) -> str:
    """Return the media type of a zip package after checking that unpacking it is safe.

    Raises DocumentRejected (truncated, encrypted, entities in its XML), LimitExceeded (a bomb), UnsupportedMedia.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_limits(entries, len(data))
            kind = _package_type(archive)
            _check_xml(archive)
            return kind
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, OSError, RuntimeError, KeyError) as error:
        raise DocumentRejected(
            "The file is a damaged or truncated package.",
            hint="Open it in the program that made it, save it again and upload that.",
        ) from error
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise DocumentRejected("The file is a damaged package.", hint="Save it again and upload that.") from error
        raise


def ole_type(data: bytes) -> str:
    """Return the media type of an OLE compound file. Raises DocumentRejected (encrypted, damaged), UnsupportedMedia."""
    try:
        with olefile.OleFileIO(data) as ole:
            return _ole_type(ole)
    except (OSError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise DocumentRejected(
            "The file is a damaged Office file.", hint="Save it again as docx, xlsx or PDF."
        ) from error


def _ole_type(ole: olefile.OleFileIO) -> str:
    _require_open(not (ole.exists("EncryptedPackage") or ole.exists("EncryptionInfo")))
    if ole.exists("__properties_version1.0"):
        return "application/vnd.ms-outlook"
    if ole.exists("Workbook"):
        return "application/vnd.ms-excel"
    if ole.exists("WordDocument"):
        _require_open(not _word(ole, "WordDocument", 10, "<H") & _ENCRYPTED_WORD)
        return "application/msword"
    if ole.exists("PowerPoint Document"):
        encrypted = ole.exists("Current User") and _word(ole, "Current User", 12, "<I") == _ENCRYPTED_SLIDES
        _require_open(not encrypted)
        return "application/vnd.ms-powerpoint"
    if ole.exists("Book"):
        raise UnsupportedMedia(
            "The file is in the old format of Excel 95, which cannot be read.",
            hint="Open it in Office or LibreOffice and save it as xlsx or PDF.",
        )
    raise UnsupportedMedia("The file is an OLE container of an unknown kind.", hint="Save it as PDF and upload that.")


def _require_open(is_open: bool) -> None:
    if not is_open:
        raise DocumentRejected(
            "The Office file is encrypted with a password.",
            hint="Remove the password in the program that made it and upload it again.",
        )


def _word(ole: olefile.OleFileIO, stream: str, at: int, form: str) -> int:
    """Return a number of a stream; 0 where the stream is too short."""
    with ole.openstream(stream) as part:
        head = part.read(at + struct.calcsize(form))[at:]
    return int(struct.unpack(form, head)[0]) if len(head) == struct.calcsize(form) else 0


def _check_limits(entries: Sequence[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise LimitExceeded(
            f"The package holds {len(entries)} parts; at most {MAX_ENTRIES} are read.", hint="Split it."
        )
    if unpacked > MAX_UNPACKED:
        raise LimitExceeded(
            f"The package unpacks to {unpacked >> 20} MiB; at most {MAX_UNPACKED >> 20} are read.", hint="Split it."
        )
    if unpacked > RATIO_MATTERS_FROM and unpacked > MAX_RATIO * packed:
        raise LimitExceeded(
            f"The package unpacks to {unpacked // packed} times its size, like a zip bomb.",
            hint="If it is a real document, save it again as PDF.",
        )
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise DocumentRejected("The package is encrypted.", hint="Remove the password and upload it again.")


def _package_type(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    if "mimetype" in names:
        with archive.open("mimetype") as part:
            declared = part.read(200).decode("ascii", "replace").strip()
        if declared in _MIMETYPES:
            _require_open(not _is_encrypted_open_document(archive))
            return _MIMETYPES[declared]
        if "opendocument" in declared:
            raise UnsupportedMedia(
                f"The file is {declared}, which cannot be read.", hint="Save it as docx, pptx, xlsx or PDF."
            )
    if "xl/workbook.bin" in names:
        raise UnsupportedMedia("The file is a binary Excel workbook (xlsb).", hint="Save it as xlsx.")
    if any(name.lower() == "[content_types].xml" for name in names):
        for folder, media_type in _OFFICE.items():
            if any(name.lower().startswith(folder) for name in names):
                return media_type
    if any(name.endswith(".iwa") for name in names):
        raise UnsupportedMedia("The file is a Pages, Numbers or Keynote document.", hint="Export it as PDF.")
    raise UnsupportedMedia("The file is a zip archive.", hint="Unpack it and upload the files in it.")


def _is_encrypted_open_document(archive: zipfile.ZipFile) -> bool:
    if "META-INF/manifest.xml" not in archive.namelist():
        return False
    with archive.open("META-INF/manifest.xml") as part:
        return b"encryption-data" in part.read(MAX_MANIFEST)


def _check_xml(archive: zipfile.ZipFile) -> None:
    """Reject XML entities: no office program writes them, and an XML bomb is made of them."""
    for entry in archive.infolist():
        if entry.filename.lower().endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                head = part.read(4096)
            if b"<!ENTITY" in head or "<!ENTITY".encode("utf-16-le") in head:
                raise DocumentRejected(
                    "The package declares XML entities, which can be an XML bomb.", hint="Save it again as PDF."
                )
