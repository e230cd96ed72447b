"""Gathers the paragraphs, lists and tables of Rich Text Format. Knows no control words: `reader` calls it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingest.account import left_out
from ingest.blocks.inline import InlineText
from ingest.blocks.nodes import Inline, Node, heading, item, listing
from ingest.blocks.tabbed import TabLine, run_length, tab_line, tab_table
from ingest.blocks.tables import TableCell, table
from ingest.cleaning import one_line
from ingest.hidden_text.report import DESCRIPTIONS, record

MAX_LEVEL = 9
_CELL_END, _ROW_END = ", ", "; "
_SAME_EDGE = 20
"""Twips by which the edges of one column may differ from row to row."""


@dataclass(frozen=True, slots=True)
class CellEdge:
    """The right edge of a cell in twips, and whether the cell continues the one above or the one before."""

    right: int
    continues_above: bool = False
    continues_before: bool = False


@dataclass(slots=True)
class _Row:
    cells: list[tuple[str, tuple[Inline, ...]]]
    edges: list[CellEdge]
    header: bool


@dataclass(slots=True)
class Layout:
    """The nodes of a text in reading order: the body, a footnote or a text box."""

    nodes: list[Node] = field(default_factory=list)
    text: InlineText = field(default_factory=InlineText)
    marker: str | None = None
    _paragraph_at: int = 0
    """The part of the text with which a paragraph in a cell begins."""
    _lines: list[TabLine | None] = field(default_factory=list)
    """Those of the nodes that are paragraphs with tabs, each at its node's place."""
    _asides: list[Node] = field(default_factory=list)
    _items: list[tuple[int, Node]] = field(default_factory=list)
    _cells: list[tuple[str, tuple[Inline, ...]]] = field(default_factory=list)
    _rows: list[_Row] = field(default_factory=list)
    _unseen: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, reason: str, text: str) -> None:
        """Keep text that is left out until its paragraph ends: it may come in pieces."""
        self._unseen.setdefault(reason, []).append(text)

    def add_aside(self, node: Node) -> None:
        """Put a footnote or a text box after the paragraph or table in which it is."""
        self._asides.append(node)

    def end_paragraph(
        self, *, level: int | None = None, list_level: int = 0, in_table: bool = False, stops: int = 0
    ) -> None:
        """End a paragraph: a heading with `level`, an item if it has a marker, a part of a cell, or plain text.

        `stops` is the number of tab stops that it sets.
        """
        self._report_unseen()
        if in_table:
            self._write_marker()
            self.text.add("\n")
            self._paragraph_at = len(self.text.parts)
            return
        marker, self.marker = self.marker, None
        raw = "".join(self.text.parts)
        text, inlines = self.text.taken()
        if not text:
            self._flush_asides()
            return
        self._end_table()
        if marker is not None and level is None:
            number = marker if any(char.isalnum() for char in marker) else None
            node = item(text, number)
            node.inlines = inlines
            self._items.append((min(max(list_level, 0), MAX_LEVEL), node))
        else:
            self._end_list()
            number = one_line(marker or "")
            text, shift = (f"{number} {text}", len(number) + 1) if number else (text, 0)
            node = Node("paragraph", text) if level is None else heading(text, level)
            node.inlines = tuple(replace(each, start=each.start + shift, end=each.end + shift) for each in inlines)
            line = (
                tab_line(raw, text, stops=stops, inlines=inlines) if node.kind == "paragraph" and not number else None
            )
            self._lines += [None] * (len(self.nodes) - len(self._lines)) + [line]
            self.nodes.append(node)
        if self._asides:
            self._end_list()
        self._flush_asides()

    def end_nested(self, *, row: bool) -> None:
        """End a cell or a row of a table that is in a cell: they become parts of its text."""
        if row and self.text.parts[-1:] == [_CELL_END]:
            self.text.parts.pop()
            self.text.length -= len(_CELL_END)
        self.text.add(_ROW_END if row else _CELL_END)

    def end_cell(self) -> None:
        self._report_unseen()
        self._write_marker()
        self._paragraph_at = 0
        if self.text.parts[-1:] == [_ROW_END]:
            self.text.parts.pop()
            self.text.length -= len(_ROW_END)
        self._cells.append(self.text.taken())

    def end_row(self, edges: Sequence[CellEdge], *, header: bool) -> None:
        self._end_list()
        if self._cells:
            self._rows.append(_Row(self._cells, list(edges), header))
        self._cells = []

    def end(self) -> list[Node]:
        """Return all nodes; a paragraph, a row or a table that was not ended ends here."""
        if self._cells:
            self.end_cell()
            self.end_row([], header=False)
        self.end_paragraph()
        self._end_table()
        self._end_list()
        self._flush_asides()
        return self._with_tab_tables()

    def _with_tab_tables(self) -> list[Node]:
        """Return the nodes with paragraphs that are set with tabs as tables."""
        lines = self._lines + [None] * (len(self.nodes) - len(self._lines))
        found: list[Node] = []
        at = 0
        while at < len(self.nodes):
            end = at + run_length(lines, at)
            node = tab_table([line for line in lines[at:end] if line is not None]) if end > at else None
            found.append(self.nodes[at] if node is None else node)
            at = at + 1 if node is None else end
        return found

    def _write_marker(self) -> None:
        """Write a paragraph's number into the text of its cell, where the paragraph begins."""
        marker, self.marker = one_line(self.marker or ""), None
        at = self._paragraph_at
        if any(char.isalnum() for char in marker):
            start, added = sum(map(len, self.text.parts[:at])), len(marker) + 1
            self.text.parts.insert(at, f"{marker} ")
            self.text.length += added
            self.text.marks = [
                (kind, first + added * (first >= start), end + added * (first >= start), label)
                for kind, first, end, label in self.text.marks
            ]

    def _report_unseen(self) -> None:
        for reason, parts in self._unseen.items():
            if reason in DESCRIPTIONS:
                record(reason, "".join(parts))
            else:
                left_out(reason, "".join(parts))
        self._unseen = {}

    def _flush_asides(self) -> None:
        if not self._cells and not self._rows:
            self.nodes += self._asides
            self._asides = []

    def _end_list(self) -> None:
        if self._items:
            self.nodes.append(_nested(self._items))
            self._items = []

    def _end_table(self) -> None:
        if self._rows:
            headers = next((at for at, row in enumerate(self._rows) if not row.header), len(self._rows))
            lines = _placed(self._rows)
            found = table(lines, header_rows=headers or int(len(lines) > 1))
            self.nodes += [found] if found is not None else []
            self._rows = []
            self._flush_asides()


def _nested(items: Sequence[tuple[int, Node]]) -> Node:
    """Return the list of items with their levels; an item of a deeper level is in the one before it."""
    top = listing([])
    open_lists = [(-1, top)]
    for level, node in items:
        while len(open_lists) > 1 and level < open_lists[-1][0]:
            open_lists.pop()
        at, current = open_lists[-1]
        if current.children and level > at >= 0:
            deeper = listing([])
            current.children[-1].children.append(deeper)
            open_lists.append((level, deeper))
        elif at < 0:
            open_lists[-1] = (level, current)
        parent = open_lists[-1][1]
        parent.ordered = parent.ordered or (not parent.children and node.number is not None)
        parent.children.append(node)
    return top


def _placed(rows: Sequence[_Row]) -> list[list[TableCell]]:
    """Return the cells with their columns and spans, which follow from the edges of all rows."""
    edges = _columns([edge.right for row in rows for edge in row.edges])
    lines: list[list[TableCell]] = []
    above: dict[int, tuple[list[TableCell], int]] = {}
    for row in rows:
        line: list[TableCell] = []
        left = 0
        for at, (text, inlines) in enumerate(row.cells):
            edge = row.edges[at] if at < len(row.edges) else None
            right = left + 1 if edge is None else max(_column(edge.right, edges) + 1, left + 1)
            if edge is not None and edge.continues_before and line:
                line[-1] = replace(line[-1], columns=line[-1].columns + right - left)
            elif edge is not None and edge.continues_above and left in above:
                cells, place = above[left]
                cells[place] = replace(cells[place], rows=cells[place].rows + 1)
            else:
                line.append(TableCell(text, columns=right - left, column=left, inlines=inlines))
                above[left] = (line, len(line) - 1)
            left = right
        lines.append(line)
    return lines


def _columns(rights: Sequence[int]) -> list[int]:
    found: list[int] = []
    for right in sorted(set(rights)):
        if not found or right - found[-1] > _SAME_EDGE:
            found.append(right)
    return found


def _column(right: int, edges: Sequence[int]) -> int:
    return max(bisect_right(edges, right) - 1, 0)
