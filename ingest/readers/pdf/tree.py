"""Makes the tree of a document from the flows of its pages: headings, paragraphs, lists, tables, code, notes.

Pages are joined here: a sentence, a list or a table that goes on is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from core.types import Box
from ingest.blocks.nodes import Inline, Node
from ingest.cleaning import one_line
from ingest.readers.pdf.flows import Boxed, Flow
from ingest.readers.pdf.lists import Lists
from ingest.readers.pdf.markers import NUMBER
from ingest.readers.pdf.page.lines import code_text, linked, unwrapped
from ingest.readers.pdf.page.parts import Frame, Line, around
from ingest.readers.pdf.paragraphs import Para, paragraphs, raised_number
from ingest.readers.pdf.style import Style
from ingest.readers.pdf.tables.aligned import CAPTION
from ingest.readers.pdf.tables.found import FoundTable
from ingest.readers.pdf.tables.made import Grid

_NOTE = re.compile(
    r"^(note|notes|warning|caution|danger|important|tip|hint|attention|notice|hinweis|warnung|achtung|vorsicht|gefahr|"
    r"wichtig|tipp|remarque|avertissement|attention|conseil|nota|advertencia|atención|importante|consejo|avviso|"
    r"attenzione|avvertenza|suggerimento)\b\s*(?:[:!.–—-]|$)",
    re.IGNORECASE,
)
_TERM_INDENT = 12.0


class Tree:
    """The blocks of a document, while its pages are added in order."""

    def __init__(self, style: Style, boxed: bool = False) -> None:
        self.style = style
        self.boxed = boxed
        self.nodes: list[Node] = []
        self._lists = Lists(self._put)
        self._shift = 0.0
        self._last: tuple[Node, Para] | None = None
        self._grid: Grid | None = None
        self._grid_item: Node | None = None
        self._caption: Node | None = None

    def add(self, flow: Flow) -> None:
        """Add what is in a flow."""
        self._shift = flow.shift
        pieces = list(_pieces(flow, self.style))
        for at, piece in enumerate(pieces):
            if isinstance(piece, FoundTable):
                self._table(piece)
                continue
            following = pieces[at + 1] if at + 1 < len(pieces) else None
            if isinstance(piece, Boxed):
                if not self._is_group(piece, following):
                    self._boxed(piece, flow.frame)
            else:
                self._para(piece, at == 0, following)

    def finished(self) -> list[Node]:
        """Return the blocks of the document."""
        self._end_table()
        return self.nodes

    def _put(self, node: Node) -> None:
        self.nodes.append(node)

    def _para(self, para: Para, first: bool, following: Para | FoundTable | Boxed | None) -> None:
        box = boxes(para)
        page = para.frame.page
        if _is_code(para, self.boxed):
            self._end_table()
            self._inside(Node("code", code_text(para.lines), page=page, boxes=box), para.lines[0].x0)
            self._last = None
            return
        text = self._text(para.lines)
        if not text:
            return
        shown = f"{para.marker} {text}" if para.marker and NUMBER.fullmatch(para.marker) else text
        level = self.style.level(para, shown)
        if level is not None and not self._is_bold_item(para, following):
            self._end_table()
            self._lists.close()
            self._put(Node("heading", shown, level=level, page=page, boxes=box, inlines=_links(para, shown)))
            self._last = None
            return
        if (number := _footnote(para, self.style)) is not None:
            self._put(Node("footnote", text[len(number) :].strip(), number=number, page=page, boxes=box))
            return
        if para.marker is not None:
            self._end_table()
            node = Node("item", text, page=page, boxes=box, inlines=_links(para, text))
            self._lists.item(node, para.marker, para.marker_x - self._shift, para.x - self._shift)
            self._last = node, para
            return
        if first and self._goes_on(para):
            assert self._last is not None
            node = self._last[0]
            before = [(each.label or "", node.text[each.start : each.end].split(" ")[0]) for each in node.inlines]
            node.text = unwrapped([node.text, text], self.style.words)
            node.inlines = linked([*before, *_targets(para)], node.text)
            node.boxes += box
            return
        self._end_table()
        node = self._plain(para, text, page, box)
        self._last = (node.children[-1] if node.children else node), para

    def _plain(self, para: Para, text: str, page: int, box: tuple[Box, ...]) -> Node:
        node = Node("paragraph", text, page=page, boxes=box, inlines=_links(para, text))
        if self._defines(para):
            term, _before = self._last or (node, para)
            entry = Node("definition", page=term.page, boxes=term.boxes + box)
            place = self.nodes.index(term)
            term.header = True
            entry.children = [term, node]
            self.nodes[place] = entry
            return entry
        match = _NOTE.match(text)
        if match and len(text) > match.end() and _label_stands_out(para, match.end()):
            node = Node("note", label=match.group(1).lower(), children=[node], page=page, boxes=box)
        self._inside(node, para.x)
        return node

    def _defines(self, para: Para) -> bool:
        """Return whether a paragraph describes the term on the line above: set in, without space between them."""
        if self._last is None or not self.nodes or self._last[0] is not self.nodes[-1]:
            return False
        node, before = self._last
        if node.kind != "paragraph" or len(before.lines) > 1 or before.frame.page != para.frame.page or node.header:
            return False
        indent = para.lines[0].x0 - before.lines[0].x0
        near = para.lines[0].base - before.lines[-1].base <= 1.25 * max(self.style.usual.pitch, 1.1) * para.size
        short = (
            before.lines[0].x1 < before.right - 0.2 * (before.right - before.left) or before.right == before.lines[0].x1
        )
        return indent >= _TERM_INDENT and near and short and len(node.text.split()) <= 12

    def _goes_on(self, para: Para) -> bool:
        """Return whether a paragraph at the top of a page or column is the rest of the one before."""
        if self._last is None:
            return False
        node, before = self._last
        alike = abs(para.size - before.size) < 0.5 and para.bold == before.bold
        text = node.text
        mid = para.lines[0].text[:1].islower() or text[-1:] in "-\ufffe,"
        start = para.lines[0].words[0]
        full = before.right - before.lines[-1].x1 < start.x1 - start.x0 + 0.3 * para.size and len(before.lines) > 1
        return alike and text[-1:] not in '.:!?;”"' and (mid or full)

    def _inside(self, node: Node, x: float) -> None:
        """Put a block into the item that it is set in with, or after the lists."""
        if not self._lists.inside(node, x - self._shift):
            self._put(node)

    def _table(self, found: FoundTable) -> None:
        if self._grid is not None and self._grid.add(found):
            return
        self._end_table()
        self._grid = Grid(found, self.style.words)
        self._caption = self._taken_caption(found)
        self._grid_item = Node("table", page=found.frame.page)
        self._inside(self._grid_item, found.area.x0)
        self._last = None

    def _is_group(self, box: Boxed, following: Para | FoundTable | Boxed | None) -> bool:
        """Put a filled line between two parts of a table into it, as a row that names the rows below."""
        pieces = [piece for flow in box.flows for piece in flow.pieces]
        if self._grid is None or not isinstance(following, FoundTable) or len(pieces) != 1:
            return False
        return isinstance(pieces[0], Line) and self._grid.takes_group(pieces[0], box.area, following)

    def _taken_caption(self, found: FoundTable) -> Node | None:
        """Take the paragraph above a table off the blocks where it is the table's caption."""
        if self._last is None or not self.nodes or self.nodes[-1] is not self._last[0]:
            return None
        node, para = self._last
        if node.kind != "paragraph" or para.frame.page != found.frame.page or len(para.lines) > 3:
            return None
        gap = found.area.y0 - para.lines[-1].y1
        left, right = para.lines[0].x0, para.lines[0].x1
        centred = abs((left + right) - (found.area.x0 + found.area.x1)) < 6 and left > para.left + 4
        italic = all(line.italic for line in para.lines) and len(para.lines) == 1
        if gap > 1.6 * para.size or not (CAPTION.match(node.text) or ((centred or italic) and gap < 0.9 * para.size)):
            return None
        self.nodes.pop()
        return node

    def _end_table(self) -> None:
        if self._grid is None or self._grid_item is None:
            return
        made = self._grid.node(self._caption.text if self._caption else "")
        item = self._grid_item
        if made is not None:
            item.children, item.page, item.boxes = made.children, made.page, made.boxes
        self._grid = self._grid_item = self._caption = None

    def _boxed(self, box: Boxed, frame: Frame) -> None:
        self._end_table()
        inner = Tree(self.style, boxed=True)
        for flow in box.flows:
            inner.add(flow)
        nodes = inner.finished()
        if not nodes:
            return
        first = nodes[0]
        text = first.text or (first.children[0].text if first.children else "")
        match = _NOTE.match(text)
        x = min(
            (piece.x0 for flow in box.flows for piece in flow.pieces if isinstance(piece, Line)), default=box.area.x0
        )
        self._last = None
        if match and first.kind in {"paragraph", "heading", "note"}:
            if first.kind == "heading":
                first.kind, first.level = "paragraph", None
            if first.kind == "note":
                nodes = [*first.children, *nodes[1:]]
            place = (frame.box(box.area.x0, box.area.y0, box.area.x1, box.area.y1),)
            label = match.group(1).lower()
            self._inside(Node("note", label=label, children=nodes, page=frame.page, boxes=place), x)
            return
        for node in nodes:
            if node.kind == "heading":
                self._lists.close()
            self._inside(node, x)

    def _text(self, lines: Sequence[Line]) -> str:
        return one_line(unwrapped([line.text for line in lines], self.style.words))

    def _is_bold_item(self, para: Para, following: Para | FoundTable | Boxed | None) -> bool:
        """Return whether a bold line with a number is an item: what follows is set in as far as its text."""
        if para.marker is None or following is None or para.size > 1.05 * self.style.usual.body:
            return False
        if isinstance(following, Para):
            return following.lines[0].x0 > para.marker_x + 4 and not following.bold
        return following.area.x0 > para.marker_x + 4


def _targets(para: Para) -> list[tuple[str, str]]:
    return [word.link for line in para.lines for word in line.words if word.link is not None]


def _links(para: Para, text: str) -> tuple[Inline, ...]:
    return linked(_targets(para), text)


def boxes(para: Para) -> tuple[Box, ...]:
    x0, y0, x1, y1 = around(para.lines)
    return (para.frame.box(min(x0, para.marker_x) if para.marker else x0, y0, x1, y1),)


def _pieces(flow: Flow, style: Style) -> Iterator[Para | FoundTable | Boxed]:
    lines: list[Line] = []
    for piece in flow.pieces:
        if isinstance(piece, Line):
            lines.append(piece)
            continue
        yield from paragraphs(lines, flow.frame, style.usual, flow.shift)
        lines = []
        yield piece
    yield from paragraphs(lines, flow.frame, style.usual, flow.shift)


def _is_code(para: Para, boxed: bool) -> bool:
    if not para.mono or para.marker is not None:
        return False
    if len(para.lines) == 1 and len(para.lines[0].words) == 1 and not boxed:
        return False  # a name that stands alone
    return sum(len(word.text) for line in para.lines for word in line.words) > 1


def _footnote(para: Para, style: Style) -> str | None:
    """Return a footnote's number: it is raised, and the type is small or the text stands low on the page."""
    low, small = para.y0 > 0.55 * para.frame.height, para.size <= 0.95 * style.usual.body
    return raised_number(para.lines[0]) if low or small else None


def _label_stands_out(para: Para, length: int) -> bool:
    """Return whether the words of a note's label are bold, or the paragraph begins with them in capitals."""
    first = para.lines[0].words[0]
    return first.bold or first.text.isupper()


def flattened(flows: Iterable[Iterable[Flow]]) -> Iterator[Flow]:
    for page in flows:
        yield from page
