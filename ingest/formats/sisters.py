"""Turns Office files with macros, templates and slide shows into the plain format with the same content.

They differ from docx, pptx and xlsx only in the type that the package states for its main part. The libraries refuse
the other types, so the statement is replaced. Macros stay where they are: no reader here runs or reads them.
"""

from __future__ import annotations

import io
import re
import zipfile

CONTENT_TYPES = "[Content_Types].xml"
_OPEN, _MS = rb"application/vnd\.openxmlformats-officedocument\.", rb"application/vnd\.ms-"
_PLAIN = {
    b"wordprocessingml.document": (
        _OPEN + rb"wordprocessingml\.template",
        _MS + rb"word\.(?:document\.macroEnabled|template\.macroEnabledTemplate)",
    ),
    b"presentationml.presentation": (
        _OPEN + rb"presentationml\.(?:template|slideshow)",
        _MS + rb"powerpoint\.(?:presentation|template|slideshow)\.macroEnabled",
    ),
    b"spreadsheetml.sheet": (
        _OPEN + rb"spreadsheetml\.template",
        _MS + rb"excel\.(?:sheet|template|addin)\.macroEnabled",
    ),
}
_SISTERS = [
    (re.compile(b"(?:" + b"|".join(types) + rb")\.main\+xml", re.IGNORECASE), plain) for plain, types in _PLAIN.items()
]


def as_plain(data: bytes) -> bytes:
    """Return a docm, dotx, ppsx, xltm and so on as docx, pptx or xlsx; other data unchanged, damaged data too."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            stated = package.read(CONTENT_TYPES)
            types = _plain_types(stated)
            return data if types == stated else _with_types(package, types)
    except (zipfile.BadZipFile, KeyError, RuntimeError, EOFError, OSError, NotImplementedError):
        return data  # the reader reports the damage


def _plain_types(stated: bytes) -> bytes:
    for sister, plain in _SISTERS:
        stated = sister.sub(b"application/vnd.openxmlformats-officedocument." + plain + b".main+xml", stated)
    return stated


def _with_types(package: zipfile.ZipFile, types: bytes) -> bytes:
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for part in package.infolist():
            target.writestr(part.filename, types if part.filename == CONTENT_TYPES else package.read(part))
    return copy.getvalue()
