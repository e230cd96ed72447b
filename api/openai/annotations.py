"""Where the citations are in an answer's text: OpenAI's `url_citation`, one for each [n].

A quote may itself hold a "[2]" from the manual, so each marker is looked for after the part of a unit, or after the
quote, that it belongs to. Positions are those in the text as it is sent: with backslashes before everything that
Markdown would read as an image, a link or markup (`api.inert`). Indexes count Unicode code points; `end_index` is
exclusive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Literal
from urllib.parse import quote

from api.schemas.answers import AnswerView, CitationView
from api.schemas.common import View
from api.schemas.units import UnitView
from generation.phrasing.screen import inert

MARKER = re.compile(r"\[(\d{1,3})\]")
BETWEEN = "[”\\s`|]*"
"""What may stand between a text and its marker: the end of a quote or of code."""


class UrlCitationView(View):
    """`content[start_index:end_index]` is the marker; `url` is the document's web page."""

    start_index: int
    end_index: int
    url: str
    title: str


class AnnotationView(View):
    """A citation in OpenAI's shape."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitationView


def annotations_of(answer: AnswerView, content: str, site: str) -> list[AnnotationView]:
    """Return one annotation for each marker in `content`, the answer's text as it is sent, in the order of the text."""
    if answer.phrased:
        markers = _markers_in_phrased(answer, content)
    elif answer.units:
        markers = _markers_in_units(answer, content)
    else:
        markers = _markers_after_quotes(answer, content)
    return [_annotation(citation, start, end, site) for citation, start, end in markers]


def _markers_in_units(answer: AnswerView, content: str) -> Iterator[tuple[CitationView, int, int]]:
    by_id = {citation.id: citation for citation in answer.citations}
    after = 0
    for unit in answer.units:
        cited = list(_cited_texts(unit, by_id))
        for (text, number), following in zip_longest(cited, cited[1:]):
            if number not in by_id or (following is not None and following[1] == number):
                continue
            marker = re.escape(f"[{number}]")
            found = re.compile(f"{_shown(text)}{BETWEEN}({marker})").search(content, after)
            if found is not None:
                after = found.end()
                yield by_id[number], found.start(1), after


def _cited_texts(unit: UnitView, by_id: Mapping[int, CitationView]) -> Iterator[tuple[str, int | None]]:
    """Yield the texts of a unit in order, each with its citation; a marker stands after the last text of a citation."""
    if unit.steps:
        yield from ((step.text, step.citation) for step in unit.steps)
    elif unit.table:
        for row in unit.table:
            yield from ((cell.text, cell.citation) for cell in row.cells)
            yield "", None
    else:
        yield from ((by_id[number].quote, number) for number in unit.citations if number in by_id)


def _shown(text: str) -> str:
    """Return a pattern for the last line of code, or for a text in one line, as it is sent."""
    ends = {" ".join(text.split()), text.strip().rpartition("\n")[2].strip()}
    either = [re.escape(form).replace(r"\|", r"\\?\|") for end in ends for form in (end, inert(end))]
    return f"(?:{'|'.join(dict.fromkeys(either))})"


def _markers_after_quotes(answer: AnswerView, content: str) -> Iterator[tuple[CitationView, int, int]]:
    after = 0
    for citation in answer.citations:
        quoted = inert(" ".join(citation.quote.split()))
        quote_start = content.find(quoted, after)
        marker = f"[{citation.id}]"
        start = content.find(marker, quote_start + len(quoted) if quote_start >= 0 else after)
        if start >= 0:
            after = start + len(marker)
            yield citation, start, after


def _markers_in_phrased(answer: AnswerView, content: str) -> Iterator[tuple[CitationView, int, int]]:
    by_id = {citation.id: citation for citation in answer.citations}
    for match in MARKER.finditer(content):
        if (citation := by_id.get(int(match.group(1)))) is not None:
            yield citation, match.start(), match.end()


def _annotation(citation: CitationView, start: int, end: int, site: str) -> AnnotationView:
    url = f"{site}/#/document/{quote(citation.document_id, safe='')}"
    return AnnotationView(url_citation=UrlCitationView(start_index=start, end_index=end, url=url, title=citation.title))
