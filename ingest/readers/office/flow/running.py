"""Makes one block of a header or footer; one that only counts pages is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.account import left_out
from ingest.blocks.nodes import Node
from ingest.readers.office.flow.grids import piece_text
from ingest.readers.office.flow.pieces import Piece

_COUNTS = re.compile(
    r"(?:page|seite|página|pagina|pág\.?|pag\.?|p\.|s\.|side|sida|strana|strona|oldal|sivu|стр\.?|страница|第|页|頁|ページ|of|"
    r"von|de|sur|di|van|av|af|z|из|共|[ivxlc]+|\d+|[-–—/|\[\]()#:.])+",
    re.IGNORECASE,
)


def running_piece(kind: str, pieces: Sequence[Piece], seen: set[str]) -> Iterator[Piece]:
    """Yield the block of a header or footer, unless the same one was seen."""
    found = [text for piece in pieces if (text := piece_text(piece))]
    key = "\n".join([kind, *found])
    if not found or key in seen:
        return
    seen.add(key)
    if _COUNTS.fullmatch("".join(" ".join(found).split())):
        left_out("page_number", " ".join(found))
        return
    lines = [Node("paragraph", text) for text in found] if len(found) > 1 else []
    yield Piece("node", node=Node("header" if kind == "header" else "footer", "" if lines else found[0], lines))
