"""Lessons from public manuals, whose own structure is the label: a title over steps, a name beside a cell, a term.

Reads what Debian's packages install: GNOME Help (Mallard), LibreOffice Help, PostgreSQL, Apache, SQLite (HTML). A
question is made from the title, the lead-in, the names of row and column, or the term; the answer is the block.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from lxml import etree

from bench.reader.lessons import IGNORED, Lesson, Read, Similar, read, without
from core.errors import VouchError
from generation.evidence.windows import column_names
from ingest.chunking.chunks import chunk
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse

PLACES: tuple[tuple[str, str, int], ...] = (
    ("en", "usr/share/help/C/gnome-help/*.page", 240),
    ("de", "usr/share/help/de/gnome-help/*.page", 60),
    ("fr", "usr/share/help/fr/gnome-help/*.page", 60),
    ("en", "usr/share/libreoffice/help/en-US/text/s*/guide/*.html", 160),
    ("en", "usr/share/libreoffice/help/en-US/text/s*/0*/*.html", 160),
    ("de", "usr/share/libreoffice/help/de/text/s*/guide/*.html", 60),
    ("fr", "usr/share/libreoffice/help/fr/text/s*/guide/*.html", 60),
    ("en", "usr/share/doc/postgresql-doc-15/html/*.html", 200),
    ("en", "usr/share/doc/apache2-doc/manual/en/*/*.html", 80),
    ("en", "usr/share/doc/sqlite3/*.html", 60),
)
"""Language, files, and how many of them are read."""
MOST = 4
"""Questions from one window."""
_ASK = {
    "en": ("How do I {}?", "How can I {}?", "how to {}", "What do I have to do to {}?", "{}", "I want to {}. How?"),
    "de": ("Wie kann ich {}?", "Wie geht das: {}?", "{}", "{} Anleitung"),
    "fr": ("Comment {} ?", "{}", "comment {}"),
}
_CELL = {
    "en": (
        "What is the {c} of {r}?", "{r} {c}", "{c} for {r}?", "Which {c} does {r} have?", "What {c} applies to {r}?",
    ),
    "de": ("Was ist {c} bei {r}?", "{r} {c}", "{c} von {r}?", "Welche {c} hat {r}?"),
    "fr": ("Quel est {c} de {r} ?", "{r} {c}", "{c} pour {r} ?"),
}  # fmt: skip
_TERM = {
    "en": ("What does {} mean?", "What is {}?", "{}", "What is {} for?", "What does {} do?"),
    "de": ("Was bedeutet {}?", "Was ist {}?", "{}", "Wozu dient {}?"),
    "fr": ("Que signifie {} ?", "Qu'est-ce que {} ?", "{}", "À quoi sert {} ?"),
}
_CODE = ("How do I {}?", "What is the command to {}?", "command to {}", "{}", "Which command lets me {}?")
_NAVIGATION = re.compile(rb'<div class="nav(?:header|footer)">.*?</table>', re.S)
_MALLARD = {
    "page": "article", "section": "section", "title": "h2", "p": "p", "list": "ul", "steps": "ol", "item": "li",
    "terms": "dl", "screen": "pre", "code": "code", "table": "table", "tr": "tr", "td": "td", "note": "blockquote",
    "thead": "thead", "tbody": "tbody", "example": "div",
}  # fmt: skip


def manuals(root: Path, random: Random) -> Iterator[tuple[str, str, list[Read]]]:
    """Yield language, name and windows of the manuals' pages, the same ones each time."""
    for language, pattern, most in PLACES:
        paths = sorted(root.glob(pattern))
        for path in random.sample(paths, min(most, len(paths))):
            data = as_html(path)
            try:
                parsed = parse(data, "text/html", path.name, Ocr())
            except VouchError:
                continue
            name = str(path.relative_to(root))
            yield language, name, read(name, parsed.title or "", chunk(parsed))


def lessons(root: Path, random: Random) -> Iterator[Lesson]:
    """Yield lessons made from the structure of the manuals."""
    import spacy

    english = spacy.load(Path(".models") / "en-core-web-sm") if (Path(".models") / "en-core-web-sm").is_dir() else None
    every = list(manuals(root, random))
    pool = [each for _, _, found in every for each in found]
    similar = Similar([each.window.text.text for each in pool])
    for language, _, found in every:
        for each in found:
            made = [*_steps(each, language, english), *_cells(each, language), *_terms(each, language), *_codes(each)]
            random.shuffle(made)
            for question, labels in made[:MOST]:
                lesson = each.lesson(question, labels, 1, 1)
                yield lesson
                if random.random() < 0.35 and (left := without(lesson)) is not None:
                    yield left
                near = (pool[number] for number in similar.order(question))
                wrong = next((other for other in near if _beside(other, each)), None)
                if wrong is not None:
                    yield wrong.silent(question)


def _beside(other: Read, each: Read) -> bool:
    return other.window is not each.window and other.document == each.document


Made = tuple[str, list[int]]


def _steps(each: Read, language: str, english: Any) -> Iterator[Made]:
    """A title or a lead-in over a list of steps asks for all of them."""
    window = each.window
    lists = {block.start: block for part in window.parts for block in part.within[:1] if block.kind == "list"}
    if len(lists) != 1:
        return
    block = next(iter(lists.values()))
    inside = [part.start >= block.start and part.end <= block.end for part in window.parts]
    if sum(inside) < 2:
        return
    first = inside.index(True)
    lead = window.parts[first - 1] if first else None
    lead_text = each.text[lead.start : lead.end] if lead is not None else ""
    labels = [int(now) for now in inside]
    if lead_text.endswith(":"):
        labels[first - 1] = 1
    title = window.text.text.split("\n", 1)[0].split(" > ")[-1]
    if block.ordered or language != "en":
        if (task := _task(title, english)) is not None:
            yield _said(_ASK[language], task, each), labels
        elif language != "en" and len(title.split()) > 1:
            yield _said(_ASK[language], title, each), labels
    if language == "en" and (match := re.match(r"To ([a-z].{8,90}?)(?:, .*)?:$", lead_text)) is not None:
        yield _said(_ASK["en"], match.group(1), each), labels


def _task(title: str, english: Any) -> str | None:
    """Return what a title says is done, as words after "how do I": "Changing the filter" is "change the filter"."""
    bare = re.sub(r"^[\d.]+\s+", "", title).strip()
    if (match := re.match(r"(?:How to|To|How do I) (.+?)\??$", bare)) is not None:
        return _small(match.group(1))
    if english is None or not 2 <= len(bare.split()) <= 10:
        return None
    began = "I am" if bare.split()[0].endswith("ing") else "You can"
    doc = english(f"{began} {_small(bare)}")
    verb = doc[2]
    if verb.pos_ != "VERB":
        return None
    return f"{verb.lemma_} {doc[3:].text}".strip() if len(doc) > 3 else None


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _cells(each: Read, language: str) -> Iterator[Made]:
    """The names of a row and a column ask for the cell; the name of a row alone for the row."""
    parts = each.window.parts
    for number, part in enumerate(parts):
        table, row, cell = part.inside("table"), part.inside("row"), part.inside("cell")
        if table is None or row is None or cell is None or row.header or not cell.column:
            continue
        names = column_names(each.text, table)
        if not names or number % 3:
            continue
        label = row.children[0]
        named = " ".join(each.text[label.start : label.end].split())
        column = names.get(cell.column, "")
        if not (named and 0 < len(named.split()) <= 6 and len(column.split()) <= 6):
            continue
        same = [other.inside("row") is row for other in parts]
        if column:
            labels = [
                IGNORED if other.start == label.start and inside else 0
                for other, inside in zip(parts, same, strict=True)
            ]
            labels[number] = 1
            yield _pick(_CELL[language], number, each).format(r=named, c=_small(column)), labels
        else:
            yield _pick(_TERM[language], number, each).format(named), [int(inside) for inside in same]


def _terms(each: Read, language: str) -> Iterator[Made]:
    """A term asks for its description."""
    for number, part in enumerate(each.window.parts):
        block = part.inside("definition")
        text = each.text[part.start : part.end]
        term = text.split(": ", 1)[0]
        if block is not None and block.start == part.start and 0 < len(term.split()) <= 6 and ": " in text:
            labels = [0] * len(each.window.parts)
            labels[number] = 1
            yield _said(_TERM[language], term, each), labels


def _codes(each: Read) -> Iterator[Made]:
    """What the sentence before code says that it does asks for both."""
    parts = each.window.parts
    for number, part in enumerate(parts[1:], 1):
        lead = each.text[parts[number - 1].start : parts[number - 1].end]
        match = re.search(r"\b[Tt]o ([a-z]+ .{8,80}?)(?:, .*|:)$", lead)
        if part.kind == "code" and match is not None and parts[number - 1].kind == "sentence":
            labels = [0] * len(parts)
            labels[number - 1] = labels[number] = 1
            yield _said(_CODE, match.group(1), each), labels


def _said(forms: Sequence[str], what: str, each: Read) -> str:
    return _pick(forms, len(what), each).format(what)


def _pick(forms: Sequence[str], number: int, each: Read) -> str:
    return forms[(number + len(each.text)) % len(forms)]


def as_html(path: Path) -> bytes:
    """Return a page as HTML; Mallard's elements have the same meaning under other names."""
    data = path.read_bytes()
    if path.suffix != ".page":
        return _NAVIGATION.sub(b"", data)
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    return f"<html><body>{_element(root, 1)}</body></html>".encode()


def _element(node: etree._Element, depth: int) -> str:
    name = etree.QName(node).localname if isinstance(node.tag, str) else ""
    if name in {"info", "credit", "media", "links", "comment", ""}:
        return html.escape(node.tail or "") if depth > 1 else ""
    inside = html.escape(node.text or "") + "".join(_element(child, depth + (name == "section")) for child in node)
    if name == "item" and node.getparent() is not None and etree.QName(node.getparent()).localname == "terms":
        made = f"{inside}"
    elif name == "title":
        above = etree.QName(node.getparent()).localname if node.getparent() is not None else ""
        made = f"<dt>{inside}</dt>" if above == "item" else f"<h{min(depth, 6)}>{inside}</h{min(depth, 6)}>"
    else:
        tag = _MALLARD.get(name)
        made = f"<{tag}>{inside}</{tag}>" if tag else inside
    return made + html.escape(node.tail or "")
