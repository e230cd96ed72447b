"""Decodes bytes to text in any encoding: byte-order marks, UTF-16 and UTF-32 without one, UTF-8, then a guess.

Rejects what is not text. Light on purpose: the API uses it through `ingest.formats.media`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from core.errors import UnsupportedMedia

SAMPLE = 1 << 16
MIN_FOR_GUESS = 32
"""With fewer bytes beyond ASCII, a guess between one-byte encodings is worthless and cp1252 is used."""

STRAY_ZEROS = 0.01
"""The share of zero bytes up to which a text may be UTF-8 with some of them; only other scripts have few in UTF-16."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_UNASSIGNED = re.compile("[\ud800-\udfff\ufffe\uffff]")
_ASCII = bytes(range(0x80))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes) -> tuple[str, str]:
    """Return the text and the encoding it was read with. Raises UnsupportedMedia for bytes that are not text."""
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if _is_text(text):
            return text, encoding
    raise UnsupportedMedia(
        "The file is binary, of a kind that cannot be read.",
        hint="Save it as PDF, DOCX, HTML or plain text in UTF-8 and upload that.",
    )


def _candidates(data: bytes) -> Iterator[str]:
    """Yield encodings to try, likely and cheap ones first: guessing takes longer than decoding and is rarely needed."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            yield encoding
            return
    sample = data[:SAMPLE]
    zeros = sample.count(0)
    if zeros > max(1, STRAY_ZEROS * len(sample)):
        yield from _wide(sample)
        return
    yield "utf-8"
    if zeros:
        yield from _wide(sample)
        return
    declared = _DECLARED.search(sample[:4096])
    if declared is not None:
        yield declared.group(1).decode("ascii")
    if len(sample.translate(None, delete=_ASCII)) < MIN_FOR_GUESS:
        yield "cp1252"
    yield from _guess(sample)
    yield from ("cp1252", "latin-1")


def _wide(sample: bytes) -> list[str]:
    """Order UTF-32 and UTF-16 by the positions of zero bytes, as in Latin text."""
    zeros = [sample[offset::4].count(0) for offset in range(4)]
    quarter = max(1, len(sample) // 4)
    if zeros[2] > 0.9 * quarter and zeros[3] > 0.9 * quarter:
        return ["utf-32-le"]
    if zeros[0] > 0.9 * quarter and zeros[1] > 0.9 * quarter:
        return ["utf-32-be"]
    little = zeros[1] + zeros[3] >= zeros[0] + zeros[2]
    return ["utf-16-le", "utf-16-be"] if little else ["utf-16-be", "utf-16-le"]


def _guess(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return [best.encoding] if best is not None and best.encoding != "ascii" else []


def _is_text(text: str) -> bool:
    sample = text[:SAMPLE]
    strange = len(_CONTROL.findall(sample)) + sample.count("\ufffd")
    unassigned = len(_UNASSIGNED.findall(sample[:4096]))
    return strange + unassigned <= max(1, len(sample) // 200)
