"""Finds hidden text in a PDF: what the page, as it is drawn, does not show of its text layer.

Texts whose properties raise a doubt (`ingest.hidden_text.pdf.objects`) are compared with images of the page
(`ingest.hidden_text.pdf.drawn`). Invisible print over a picture is the text of a scan, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.hidden_text import report
from ingest.hidden_text.pdf import drawn
from ingest.hidden_text.pdf.objects import Area, TextObject, address, doubt, drawing, hidden_by, is_over_picture

_BLANK_BYTES = 0.02
"""A picture stored in fewer bytes for each pixel may have a single colour."""
_SMALL_PICTURE = 1_000_000
"""Pixels of a picture up to which drawing it is cheap."""


@dataclass(slots=True)
class HiddenObjects:
    """The hidden texts of one page, by address, with how they are hidden; collects what they say."""

    kinds: Mapping[int, str] = field(default_factory=dict)
    parts: Mapping[int, set[int]] = field(default_factory=dict)
    """The hidden characters of texts of which a part is seen."""
    _runs: list[tuple[str, list[str]]] = field(default_factory=list)
    _last: int | None = None

    def contains(self, text: pypdfium2.PdfTextPage, index: int, code: int) -> bool:
        """Return whether a character is hidden, and collect it if so."""
        if not self.kinds:
            return False
        of = address(pdfium.FPDFText_GetTextObject(text.raw, index))
        kind = self.kinds.get(of)
        if kind is None or (of in self.parts and index not in self.parts[of] and not chr(code).isspace()):
            self._last = None if not chr(code).isspace() else self._last
            return False
        if of in self.parts and index not in self.parts[of] and self._last is None:
            return False
        if self._last is None or self._runs[-1][0] != kind:
            self._runs.append((kind, []))
        self._runs[-1][1].append(chr(code))
        self._last = index
        return True

    def record(self) -> None:
        """Record each run of hidden text in the report."""
        for kind, chars in self._runs:
            report.record(kind, "".join(chars))


def find_hidden(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, index: int) -> HiddenObjects:
    """Return the hidden texts of a page; nearly every page has none."""
    found = drawing(page)
    box = page.get_bbox()
    kinds = {each.address: kind for each in found.texts if (kind := hidden_by(each, box)) is not None}
    doubts = {
        each.address: (each, why)
        for each in found.texts
        if each.address not in kinds and (why := doubt(each, found.areas)) is not None
    }
    printed = [each for each, why in doubts.values() if why == "invisible_print"]
    kinds |= dict.fromkeys(_invisible(page, printed, found.areas), "invisible_print")
    others = [each for each, why in doubts.values() if why != "invisible_print"]
    parts = drawn.hidden_characters(page, text, index, others) if others else {}
    parts = _without_scans(page, parts, others, found.areas)
    return HiddenObjects(kinds | {of: doubts[of][1] for of in parts}, parts)


def _invisible(page: pypdfium2.PdfPage, texts: Sequence[TextObject], areas: Sequence[Area]) -> set[int]:
    """Return the addresses of invisibly printed texts that no picture shows."""
    pictures = [area for area in areas if area.picture]
    over = [each for each in texts if is_over_picture(each, pictures)]
    alone = {each.address for each in texts} - {each.address for each in over}
    if over and any(_may_be_blank(picture) for picture in pictures):
        alone |= drawn.flat(page, over)
    return alone


def _may_be_blank(picture: Area) -> bool:
    return picture.pixels <= _SMALL_PICTURE or picture.stored < _BLANK_BYTES * picture.pixels


def _without_scans(
    page: pypdfium2.PdfPage, parts: dict[int, set[int]], texts: Sequence[TextObject], areas: Sequence[Area]
) -> dict[int, set[int]]:
    """Return the hidden parts without texts under a picture that shows something: the text layer of a scan."""
    pictures = [area for area in areas if area.picture]
    under = [each for each in texts if each.address in parts and is_over_picture(each, pictures)]
    if not under:
        return parts
    kept = {each.address for each in under} - drawn.flat(page, under)
    return {of: part for of, part in parts.items() if of not in kept}
