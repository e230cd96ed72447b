"""Where the citations are in an answer's text: OpenAI's `url_citation`, one for each [n].

A quote may itself hold a "[2]" from the manual, so in an answer made of quotes each marker is looked for after its
quote. Positions are those in the text as it is sent: with backslashes before everything that Markdown would read as an
image, a link or markup (`generation.phrasing.screen`). Indexes count Unicode code points; `end_index` is exclusive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

from api.schemas.answers import AnswerView, CitationView
from api.schemas.common import View
from generation.phrasing.screen import inert

MARKER = re.compile(r"\[(\d{1,3})\]")


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
    markers = _markers_in_phrased(answer, content) if answer.phrased else _markers_after_quotes(answer, content)
    return [_annotation(citation, start, end, site) for citation, start, end in markers]


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
