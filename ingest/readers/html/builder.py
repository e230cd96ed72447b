"""Builds the tree of a page while its elements open and close: text becomes paragraphs, items, cells in their place.

Knows the frames that are open (a list, an item, a cell …) and no HTML. Blocks deeper than `DEEPEST` are put beside one
another, in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.types import BlockKind
from ingest.blocks.inline import InlineText
from ingest.blocks.nodes import Inline, Node

DEEPEST = 40
"""Blocks in blocks; lists may be a little deeper, so that only lists stand in the deepest ones."""
DEEPEST_LIST = 44
_JOINTS = {" ": 0, ", ": 1, ": ": 2, "; ": 3}
_NOTE_MARK = re.compile(r"(?:\[(\w{1,5})\]|([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4})|(\d{1,3})[.)]|([*†‡§]))\s*")


@dataclass(slots=True)
class Frame:
    """A block that is open: what is read goes into `node`.

    `leaf` is what a run of text becomes. An `inline` frame takes everything inside it as one text. `furniture` is set
    in the head or foot of the page.
    """

    node: Node
    leaf: BlockKind = "paragraph"
    inline: bool = False
    depth: int = 0
    furniture: BlockKind | None = None


@dataclass(slots=True)
class Builder:
    """The tree so far, the open frames, and the text of the block that is being read."""

    root: Node = field(default_factory=lambda: Node("note"))
    frames: list[Frame] = field(default_factory=list)
    text: InlineText = field(default_factory=InlineText)
    active: list[tuple[BlockKind, str | None, int]] = field(default_factory=list)
    """Marks that are open: kind, label, and where they begin in the text."""
    flushed: int = 0
    only_pictures: bool = True
    bold: int = 0
    """Characters of the cell that is open that are bold."""
    _blank: bool = False
    _joint: str = ""
    _last: str = ""

    def __post_init__(self) -> None:
        self.frames.append(Frame(self.root))

    @property
    def top(self) -> Frame:
        return self.frames[-1]

    @property
    def inline(self) -> bool:
        return self.frames[-1].inline

    def words(self, raw: str) -> None:
        """Add text of the page; blanks collapse."""
        text = " ".join(raw.split())
        if not text:
            self._blank = self._blank or bool(raw)
            return
        if raw[0].isspace():
            self._blank = True
        self._add(text)
        self.only_pictures = False
        self._blank = raw[-1].isspace()

    def picture(self, text: str) -> None:
        """Add what a picture shows, as words in the text."""
        shown = self.only_pictures
        self._blank = True
        self.words(text)
        self.only_pictures, self._blank = shown, True

    def _add(self, text: str) -> None:
        if self.text.length:
            if self._joint and self._joint != " ":
                self.text.add(self._joint if self._last not in ".,;:!?" or self._joint != "; " else " ")
            elif (self._blank or self._joint) and self._last != "\n":
                self.text.add(" ")
        self._joint = ""
        self.text.add(text)
        self._last = text[-1]

    def glued(self, text: str) -> None:
        """Add text as it is, right after what was read before."""
        self._blank = False
        self._add(text)

    def opening(self, sign: str) -> None:
        """Add a sign that what follows is glued to."""
        self._add(sign)
        self._blank = False

    def spaced(self, text: str) -> None:
        """Add text after a blank; what follows is glued to it if it was to what is before."""
        after, self._blank = self._blank, True
        self._add(text)
        self._blank = after

    def line_break(self) -> None:
        """Break the line; two breaks begin a new paragraph."""
        if self.inline:
            self.joint(" ")
        elif self._last == "\n":
            self.flush()
        elif self.text.length:
            self.text.add("\n")
            self._last, self._blank = "\n", False

    def joint(self, mark: str) -> None:
        """Put `mark` between what was read so far and what follows in an inline frame; the strongest one counts."""
        if not self._joint or _JOINTS[mark] > _JOINTS[self._joint]:
            self._joint = mark

    def end_of_inner(self) -> None:
        """End a list or a table inside an inline frame: what follows is not one of its parts."""
        self._joint = " " if self._joint else ""

    def boundary(self) -> None:
        """End a run of text: a block begins or ends."""
        if self.frames[-1].inline:
            self.joint(" ")
        else:
            self.flush()

    def taken(self) -> tuple[str, tuple[Inline, ...]]:
        """Return the text since the last block and its marks, and begin anew; open marks go on."""
        for kind, label, start in self.active:
            self.text.mark(kind, start, label)
        self.active = [(kind, label, 0) for kind, label, _ in self.active]
        self.flushed += 1
        self._blank, self._joint, self._last, self.only_pictures = False, "", "", True
        return self.text.taken(lines=True) if self.text.length else ("", ())

    def flush(self) -> None:
        """Make a block of the text since the last one, if there is any."""
        if not self.text.length:
            self._blank = False
            return
        pictures = self.only_pictures
        text, inlines = self.taken()
        if not text:
            return
        frame = self.frames[-1]
        leaf = Node(frame.leaf, text, inlines=inlines)
        if pictures and frame.leaf == "paragraph" and frame.node.kind not in {"item", "list", "footnote", "figure"}:
            leaf = Node("figure", children=[leaf])
        self.put(leaf)

    def put(self, node: Node) -> None:
        """Put a finished block into the open frame."""
        frame = self.frames[-1]
        if frame.furniture is not None and node.kind not in {"heading", frame.furniture}:
            node = Node(frame.furniture, children=[node])
        own = frame.node
        if own.kind == "list":
            self._into_list(own, node)
        elif own.kind in {"item", "footnote"} and not own.text and not own.children and _is_text(node):
            own.text, own.inlines = node.text, node.inlines
        else:
            own.children.append(node)

    def _into_list(self, own: Node, node: Node) -> None:
        """Put what stands in a list outside its items: a list belongs to the item before it."""
        if node.kind == "item":
            own.children.append(node)
        elif node.kind == "list" and own.children:
            own.children[-1].children.append(node)
        else:
            text = node.text if _is_text(node) else ""
            own.children.append(Node("item", text, [] if text else [node], inlines=node.inlines if text else ()))

    def open(self, node: Node | None = None, *, leaf: BlockKind = "paragraph", inline: bool = False) -> Frame:
        """Open a frame for a node; without one, or where it would be too deep, its blocks go where those before go."""
        outer = self.frames[-1]
        most = DEEPEST_LIST if node is not None and node.kind in {"list", "item"} else DEEPEST
        if node is None or outer.depth >= most:
            frame = Frame(outer.node, leaf, inline or outer.inline, outer.depth, outer.furniture)
        else:
            frame = Frame(node, leaf, inline, outer.depth + 1)
        self.frames.append(frame)
        return frame

    def close(self) -> Frame:
        """Close the innermost frame after its text was read."""
        return self.frames.pop()

    def open_list(self, node: Node) -> None:
        """Open a list. One that is too deep becomes a part of the list around it: its items follow the one it is in."""
        if self.frames[-1].depth < DEEPEST_LIST:
            self.open(node)
            return
        place = len(self.frames) - 1
        while self.frames[place].node.kind != "list":
            place -= 1
        around = self.frames[place].node
        begun = [frame.node for frame in self.frames[place + 1 :] if frame.node.kind == "item"]
        if begun:
            if begun[0].text or begun[0].children:
                around.children.append(begun[0])
            goes_on = Node("item")
            for frame in self.frames[place + 1 :]:
                frame.node = goes_on
        self.frames.append(Frame(around, depth=self.frames[place].depth))

    def list_level(self) -> int:
        """Return the level of a list that would be opened now: 1 is the outermost."""
        around = next((frame.node for frame in reversed(self.frames) if frame.node.kind == "list"), None)
        return 1 + (around.level or 0 if around is not None else 0)

    def open_item(self, node: Node) -> None:
        """Open an item of the list that is open."""
        outer = self.frames[-1]
        self.frames.append(Frame(node, depth=outer.depth + 1))

    def begin_mark(self, kind: BlockKind, label: str | None = None) -> None:
        self.active.append((kind, label, self.text.length))

    def end_mark(self) -> None:
        kind, label, start = self.active.pop()
        self.text.mark(kind, start, label)


def _is_text(node: Node) -> bool:
    return node.kind in {"paragraph", "heading"} and bool(node.text)


def numbered_footnote(node: Node) -> Node:
    """Return a footnote with its number taken off its text, where it has none yet."""
    if node.number is None and (match := _NOTE_MARK.match(node.text)):
        node.number = unicodedata.normalize("NFKC", next(group for group in match.groups() if group))
        cut = match.end()
        node.text = node.text[cut:]
        after = [each for each in node.inlines if each.start >= cut]
        node.inlines = tuple(Inline(each.kind, each.start - cut, each.end - cut, each.label) for each in after)
    if not node.text and node.children and _is_text(node.children[0]):
        first = node.children.pop(0)
        node.text, node.inlines = first.text, first.inlines
    return node


def without_empty(nodes: Sequence[Node]) -> list[Node]:
    """Return the blocks that hold text."""
    return [node for node in nodes if node.text or node.children]
