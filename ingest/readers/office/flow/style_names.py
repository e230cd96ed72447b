"""Knows what paragraph styles are for by their names, in the languages in which programs write them.

Programs translate the names of the styles that they bring; ids and automatic names say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

StyleKind = Literal["title", "heading", "caption", "toc", "code", "note", "list", "text"]

_HEADINGS = (
    "heading", "überschrift", "titre", "título", "titulo", "titolo", "kop", "rubrik", "overskrift", "otsikko",
    "nagłówek", "nadpis", "заголовок", "címsor", "başlık", "επικεφαλίδα", "encabezado", "cabeçalho", "标题", "標題",
    "見出し", "제목", "ttulo", "berschrift",
)  # fmt: skip
_HEADING = re.compile(rf"(?:{'|'.join(_HEADINGS)})\s*([1-9])\b")
_TITLES = {
    "title", "titel", "titre", "título", "titolo", "tytuł", "название", "표제", "表題", "标题", "標題", "doctitle",
    "document title",
}  # fmt: skip
_CAPTIONS = {
    "caption", "beschriftung", "légende", "leyenda", "epígrafe", "didascalia", "bijschrift", "legenda",
    "beskrivning", "titulek", "billedtekst", "bildetekst", "podpis", "название объекта", "题注", "題注", "図表番号",
    "table", "illustration", "figure", "table caption", "figure caption", "tabelle", "abbildung", "drawing",
    "captioned figure", "image caption",
}  # fmt: skip
_CONTENTS = re.compile(
    r"(?:toc|contents|index|verzeichnis|inhaltsverzeichnis|tdm|tm|sommario|tdc|inhopg|innehåll|spis treści|目录|"
    r"目次)\s*"
    r"(?:\d|heading)|table of (?:figures|authorities)|toc heading|contents heading|"
    r"(?:figure|illustration|table|object|user|bibliography) index(?: \d| heading)"
)
_CODE = re.compile(
    r"html preformatted|preformatted|macro(?: ?text)?|(?:source|program|sample|inline|block|listing)? ?code\b|"
    r"\bcode\b|code ?block|"
    r"\bconsole\b|\bterminal\b|command line|\blisting\b|\bquelltext|\bprogramm(?:code|text)|\bverbatim|"
    r"html vorformatiert|"
    r"préformaté|con formato previo|preformattato|source text"
)
_NOTES = re.compile(
    r"(?:^|\W)(?:note|notes box|admonition|warning|caution|danger|tip|important|hinweis|achtung|warnung|vorsicht|"
    r"gefahr|"
    r"tipp|remarque|avertissement|advertencia|avviso|avvertenza|callout|info ?box)(?:$|\W)"
)
_NOT_NOTES = re.compile(r"footnote|endnote|heading|notation|char\b|zchn\b")
_LISTS = re.compile(r"^(?:list|liste?n?|lista|lijst|elenco)\b|list ?continue|listenabsatz|列出段落|リスト段落")
_MONO = re.compile(
    r"mono\b|mono |courier|consolas|lucida console|menlo|monaco|cascadia|fira code|source code|inconsolata|typewriter|"
    r"fixedsys|terminal|ocr ?a|letter gothic|andale|hack$|等宽"
)


TERMS = re.compile(r"list heading|definition term|(?:.*\W)?term")
"""Names of styles of a term above its description."""
DESCRIPTIONS = re.compile(r"list contents|definition(?: description)?|definition data|list indent")


def kind_of_style(names: Sequence[str]) -> tuple[StyleKind, int | None]:
    """Return what the names of a style, in lower case, say it is for, with the level of a heading."""
    for name in names:
        if match := _HEADING.fullmatch(name):
            return "heading", int(match.group(1))
        if name in _TITLES:
            return "title", 1
        if name in _CAPTIONS:
            return "caption", None
        if _CONTENTS.match(name):
            return "toc", None
        if _CODE.search(name) and not re.search(r"char\b|zchn\b|postal|zip|bar", name):
            return "code", None
        if _NOTES.search(name) and not _NOT_NOTES.search(name):
            return "note", None
        if _LISTS.search(name):
            return "list", None
    return "text", None


def is_mono(font: str) -> bool:
    """Return whether a font, its name in lower case, has letters of one width."""
    return bool(font) and bool(_MONO.search(font))
