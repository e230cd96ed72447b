"""Decides what a file is, by its content first and its name second, and whether it may be read.

Reads only bytes that are cheap to check, so that the API can reject a file before it is stored. Does not parse: what
only a reader can find (a PDF's password) is rejected later, in `ingest.sandbox.parent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from core.errors import DocumentRejected, UnsupportedMedia
from ingest.formats.decoding import decode
from ingest.formats.packages import ole_type, zip_type

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
DOC = "application/msword"
PPT = "application/vnd.ms-powerpoint"
RTF = "application/rtf"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
EPUB = "application/epub+zip"
MSG = "application/vnd.ms-outlook"
EML = "message/rfc822"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"

EXTENSIONS = {
    "pdf": PDF,
    "docx": DOCX,
    "docm": DOCX,
    "dotx": DOCX,
    "dotm": DOCX,
    "pptx": PPTX,
    "pptm": PPTX,
    "potx": PPTX,
    "potm": PPTX,
    "ppsx": PPTX,
    "ppsm": PPTX,
    "xlsx": XLSX,
    "xlsm": XLSX,
    "xltx": XLSX,
    "xltm": XLSX,
    "xls": XLS,
    "doc": DOC,
    "dot": DOC,
    "ppt": PPT,
    "pps": PPT,
    "pot": PPT,
    "rtf": RTF,
    "odt": ODT,
    "ott": ODT,
    "odp": ODP,
    "otp": ODP,
    "ods": ODS,
    "ots": ODS,
    "epub": EPUB,
    "msg": MSG,
    "eml": EML,
    "p7s": EML,
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "txt": TEXT,
    "text": TEXT,
    "log": TEXT,
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "tab": "text/tab-separated-values",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "jsonl": "application/x-ndjson",
    "xml": "application/xml",
    "xsl": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "rst": "text/x-rst",
    "org": "text/x-org",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "webp": "image/webp",
}
"""Every format that can be read, by the ending of its files. The guide and the page for uploads list the same."""
READABLE = f"Files with these endings can be read: {', '.join(EXTENSIONS)}."
BY_TYPE = {media_type: extension for extension, media_type in reversed(EXTENSIONS.items())}
TEXTUAL = frozenset(
    media_type
    for media_type in BY_TYPE
    if media_type.startswith("text/")
    or media_type in {"application/json", "application/x-ndjson", "application/xml", "application/yaml", EML}
)

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", RTF),
)
_REJECTED = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"fLaC", "a sound recording"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet table"),
    (b"%!PS", "PostScript"),
    (b"AT&TFORM", "DjVu"),
    (b"wOFF", "a font"),
    (b"\x00asm", "a program"),
)
_ADVICE = {
    "archive": "Unpack it and upload the files in it.",
    "PostScript": "Convert it to PDF first.",
    "DjVu": "Convert it to PDF first.",
}
_MAIL_HEADERS = frozenset(
    {
        "from",
        "to",
        "subject",
        "date",
        "mime-version",
        "received",
        "return-path",
        "message-id",
        "content-type",
        "delivered-to",
        "reply-to",
        "cc",
        "x-mailer",
    }
)


@dataclass(frozen=True, slots=True)
class Media:
    """The type of a file."""

    media_type: str
    extension: str
    """The usual extension of the type, without a dot; the file's own may differ."""


def has_pages(media_type: str) -> bool:
    """Return whether documents of this type can be shown as pages."""
    return media_type == PDF or media_type.startswith("image/")


def sniff(data: bytes, filename: str, declared: str | None = None) -> Media:
    """Return what a file is: by its content where that is unambiguous, then by its name, then by the declared type.

    Raises UnsupportedMedia for a type that cannot be read, DocumentRejected for a file that is empty, damaged or
    encrypted, LimitExceeded for a package that is too large when unpacked. Every error has a hint.
    """
    if not data.strip(b"\x00 \t\r\n\x0b\x0c\xef\xbb\xbf"):
        raise DocumentRejected("The file is empty or has only blanks.", hint="Upload a file with text.")
    found = _binary_type(data)
    if found is not None:
        return Media(found, BY_TYPE[found])
    try:
        text, _ = decode(data)
    except UnsupportedMedia as error:
        raise UnsupportedMedia(error.message, hint=f"{error.hint} {READABLE}") from error
    kind = _text_type(text, filename, declared)
    return Media(kind, BY_TYPE[kind])


def _binary_type(data: bytes) -> str | None:
    if b"%PDF-" in data[:1024]:
        return PDF
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return ole_type(data)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return zip_type(data)
    if data.startswith(b"BM") and data[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    _reject_known(data)
    return None


def _reject_known(data: bytes) -> None:
    for magic, kind in _REJECTED:
        if data.startswith(magic) and not (magic in {b"MZ", b"BZh"} and b"\x00" not in data[:512]):
            raise UnsupportedMedia(f"The file is {kind}.", hint=_advice(kind))
    if data[4:8] == b"ftyp":
        hint = "Save pictures as JPEG or PNG; upload a transcript of a film."
        raise UnsupportedMedia("The file is a film or a HEIC picture.", hint=hint)
    if data[257:262] == b"ustar":
        raise UnsupportedMedia("The file is a tar archive.", hint=_ADVICE["archive"])


def _advice(kind: str) -> str:
    return next(
        (advice for word, advice in _ADVICE.items() if word in kind),
        f"Upload its text as PDF, DOCX, HTML or plain text. {READABLE}",
    )


def _text_type(text: str, filename: str, declared: str | None) -> str:
    extension = PurePath(filename).suffix.lower().lstrip(".")
    named = EXTENSIONS.get(extension)
    head = text[:2048].lstrip("\ufeff \t\r\n").lower()
    if head.startswith(("<!doctype html", "<html")):
        return HTML
    if head.startswith("<?xml"):
        return HTML if "<html" in head else named if named in {HTML, "application/xml"} else "application/xml"
    if named is not None and named in TEXTUAL and named != TEXT:
        return named
    if _looks_like_mail(text):
        return EML
    media_type = (declared or "").split(";")[0].strip().lower()
    return media_type if named is None and media_type in TEXTUAL else TEXT


def _looks_like_mail(text: str) -> bool:
    """Return whether three known header fields are at the top, at least one of them used only in e-mail."""
    names = set()
    for line in text[:65_536].lstrip("\ufeff\r\n").splitlines()[:60]:
        if not line.strip():
            break
        if line[0] not in " \t":
            name = line.split(":", 1)[0].lower() if ":" in line else ""
            if not name or " " in name:
                return False
            names.add(name)
    known = names & _MAIL_HEADERS
    return len(known) >= 3 and bool(known & {"mime-version", "message-id", "received", "return-path"})
