"""Reads Word files (docx, and docm, dotx, dotm, which differ only in what they state) as a tree, in document order.

Here: the parts of the file, and the order of blocks. Paragraphs, runs, lists, tables and drawings each have a module
beside this one (`ingest.readers.office.word`); `flow` gathers what they return.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.account import left_out
from ingest.blocks.nodes import Node, Reading, paragraph
from ingest.cleaning import one_line
from ingest.formats.decoding import decode
from ingest.hidden_text.word import hide_unseen
from ingest.readers.office.flow.fake_headings import with_headings
from ingest.readers.office.flow.gather import flowed
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.opening import opened as opening
from ingest.readers.office.word.context import MAX_DEPTH, Notes, Story, Word
from ingest.readers.office.word.inline import alternative, is_contents, placeholder
from ingest.readers.office.word.math import linear
from ingest.readers.office.word.numbering import numbering
from ingest.readers.office.word.package import MC, M, Package, R, W, Xml, first, flag, number, opened, value
from ingest.readers.office.word.paragraphs import Paragraphs
from ingest.readers.office.word.running import Running
from ingest.readers.office.word.styles import styles
from ingest.readers.office.word.tables import plain, table_pieces

_STORIES = frozenset({"header", "footer", "footnotes", "endnotes"})
_WRAPPERS = frozenset(
    {f"{W}{name}" for name in ("customXml", "smartTag", "ins", "moveTo", "del", "moveFrom", "sdtContent")}
)
_MOST_CHUNKS = 3
"""Files in files in files that are read."""


def read_docx(data: bytes) -> Reading:
    """Return the tree of a Word file. Raises DocumentRejected for one that is damaged."""
    with opening():
        return _read(data, 0)


def _read(data: bytes, depth: int) -> Reading:
    package, main, root = opened(data)
    warnings: list[str] = []
    settings = package.related_tree(main, "settings")
    _hide(package, main, root, settings)
    body = first(root, "body")
    assert body is not None
    word = _word(package, main, root, settings, warnings, depth)
    running = Running(word, main, list(body.iter(f"{W}sectPr")), bool(flag(settings, "evenAndOddHeaders")))
    pieces = running.begin()
    pieces += _Blocks(word, warnings, depth, running).pieces(body, Story(word, main))
    for comments in (each.target for each in package.relations(main).values() if each.kind == "comments"):
        if (comment := package.tree(comments)) is not None:
            left_out("comment", plain(comment))
    return Reading(flowed(with_headings(pieces)), title=_title(package), warnings=tuple(dict.fromkeys(warnings)))


def _word(package: Package, main: str, root: Xml, settings: Xml | None, warnings: list[str], depth: int) -> Word:
    known = styles(package.related_tree(main, "styles"), package.related_tree(main, "theme"))
    lists = numbering(package.related_tree(main, "numbering"), known)
    notes = {f"{W}{kind}Reference": _notes(package, main, kind, root, settings) for kind in ("footnote", "endnote")}
    word = Word(package, known, lists, notes, known.paragraph(None).run.mono, lambda node, story: [])
    word.pieces = _Blocks(word, warnings, depth, None).pieces
    return word


class _Blocks:
    """Reads blocks in order: paragraphs, tables, controls, and files in the file."""

    def __init__(self, word: Word, warnings: list[str], depth: int, running: Running | None) -> None:
        self._word = word
        self._warnings = warnings
        self._depth = depth
        self._running = running

    def pieces(self, container: Xml, story: Story) -> list[Piece]:
        """Return the pieces of the blocks in an element."""
        if story.depth > MAX_DEPTH:
            return [Piece("paragraph", one_line(plain(container)))]
        found: list[Piece] = []
        paragraphs = Paragraphs(story)
        for node in _blocks(container):
            if node.tag == f"{W}p":
                found += paragraphs.pieces(node)
                if self._running is not None and node.find(f"{W}pPr/{W}sectPr") is not None:
                    found += self._running.next()
                continue
            found += paragraphs.rest()
            if node.tag == f"{W}tbl":
                found += table_pieces(node, story)
            elif node.tag == f"{W}sectPr":
                found += self._running.next() if self._running is not None else []
            elif node.tag == f"{W}altChunk":
                found += [Piece("node", node=each) for each in self._chunk(node, story)]
            else:
                found.append(Piece("paragraph", linear(node)))
        return found + paragraphs.rest()

    def _chunk(self, node: Xml, story: Story) -> list[Node]:
        """Return the nodes of a file that Word would take in when it opens this one."""
        relation = self._word.package.relations(story.part).get(node.get(f"{R}id") or "")
        data = self._word.package.blob(relation.target) if relation is not None and not relation.outside else None
        head = (data or b"")[:1000].lstrip().lower()
        if not data or self._depth >= _MOST_CHUNKS:
            return []
        if data.startswith(b"PK"):
            return list(_read(data, self._depth + 1).nodes)
        if b"<html" in head or b"<!doctype html" in head or head.startswith(b"<"):
            from ingest.readers.html import read_html

            return list(read_html(data).nodes)
        if head.startswith((b"{\\rtf", b"mime-version", b"from:")):
            self._warnings.append(
                "A file inside the Word file, in RTF or MHT, was not read: open it in Word and save it."
            )
            return []
        return [paragraph(line) for part in decode(data)[0].split("\n") if (line := one_line(part))]


def _blocks(container: Xml) -> Iterator[Xml]:
    """Yield paragraphs, tables and other blocks of an element and of the wrappers in it."""
    stack = list(reversed(container))
    while stack:
        node = stack.pop()
        if node.tag in {f"{W}p", f"{W}tbl", f"{W}altChunk", f"{W}sectPr", f"{M}oMathPara", f"{M}oMath"}:
            yield node
        elif node.tag == f"{W}sdt":
            properties = first(node, "sdtPr")
            if is_contents(properties):
                left_out("navigation", plain(node))
            elif placeholder(properties):
                left_out("placeholder", plain(node))
            else:
                stack.extend(reversed(list(node.iterchildren(f"{W}sdtContent"))))
        elif node.tag in _WRAPPERS:
            stack.extend(reversed(node))
        elif node.tag == f"{MC}AlternateContent" and (chosen := alternative(node)) is not None:
            stack.extend(reversed(chosen))


def _hide(package: Package, main: str, root: Xml, settings: Xml | None) -> None:
    names = dict.fromkeys(each.target for each in package.relations(main).values() if each.kind in _STORIES)
    others = [tree for name in names if (tree := package.tree(name)) is not None]
    hide_unseen(
        [root, *others], package.related_tree(main, "styles"), package.related_tree(main, "theme"), root, settings
    )


def _notes(package: Package, main: str, kind: str, root: Xml, settings: Xml | None) -> Notes:
    part = package.related(main, f"{kind}s")
    tree = package.tree(part) if part else None
    contents = {
        node.get(f"{W}id") or "": node
        for node in (tree if tree is not None else ())
        if node.tag == f"{W}{kind}" and node.get(f"{W}type") in {None, "normal"}
    }
    asked = [
        found for found in (root.find(f".//{W}sectPr/{W}{kind}Pr"), first(settings, f"{kind}Pr")) if found is not None
    ]
    form = next((found for node in asked if (found := value(node, "numFmt"))), None)
    start = next((count for node in asked if (count := number(value(node, "numStart")))), 1)
    return Notes(part or "", contents, form or ("lowerRoman" if kind == "endnote" else "decimal"), start, kind)


def _title(package: Package) -> str | None:
    core = package.related_tree("", "core-properties")
    if core is None:
        return None
    return one_line(core.findtext("{http://purl.org/dc/elements/1.1/}title") or "") or None
