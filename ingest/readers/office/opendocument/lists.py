"""Counts the numbers of an OpenDocument text's lists and headings as programs show them (ODF 1.3, part 3, 16.30).

A list begins anew unless it says that it continues; headings count by the outline style. Knows no text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.readers.office.flow.numerals import counted_letters, letters, numeral
from ingest.readers.office.opendocument.names import LOEXT, STYLE, TEXT, XML_ID, Xml, count

LEVELS = 10
_FORMS = {"i": "lowerRoman", "I": "upperRoman", "1": "decimal", "": "none"}


@dataclass(frozen=True, slots=True)
class Level:
    """How one level counts and looks; `form` None is a bullet."""

    form: str | None = None
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown_levels: int = 1
    doubled: bool = False
    template: str | None = None


@dataclass(slots=True)
class Count:
    """The numbers of one list, a level each."""

    style: str
    values: list[int | None] = field(default_factory=lambda: [None] * LEVELS)

    def next(self, level: int, start: int, own: int | None) -> None:
        """Count an item of a level; `own` is its own number."""
        before = self.values[level]
        self.values[level] = own if own is not None else start if before is None else before + 1
        self.values[level + 1 :] = [None] * (LEVELS - level - 1)


@dataclass(slots=True)
class Lists:
    """The list styles of one file, and the lists so far."""

    styles: dict[str, Xml] = field(default_factory=dict)
    outline: Xml | None = None
    _levels: dict[str, dict[int, Level]] = field(default_factory=dict)
    _by_id: dict[str, Count] = field(default_factory=dict)
    _latest: dict[str, Count] = field(default_factory=dict)
    _headings: Count = field(default_factory=lambda: Count(""))

    def begun(self, node: Xml, style: str) -> Count:
        """Return the numbers of a list that begins: those of the list that it continues, or new ones."""
        continued = self._by_id.get(node.get(f"{TEXT}continue-list") or "")
        if continued is None and node.get(f"{TEXT}continue-numbering") == "true":
            continued = self._latest.get(style)
        found = continued or Count(style)
        if name := node.get(XML_ID):
            self._by_id[name] = found
        self._latest[style] = found
        return found

    def number(self, numbers: Count, style: str, level: int, own: int | None) -> str | None:
        """Count an item and return its number as shown; None for a bullet."""
        levels = self._of(style)
        numbers.next(level, levels.get(level, Level()).start, own)
        return _shown(numbers, levels, level)

    def heading(self, node: Xml, level: int) -> str:
        """Count a heading by the outline of the file and return its number; "" for none."""
        if self.outline is None or node.get(f"{TEXT}is-list-header") == "true":
            return ""
        levels = self._levels.setdefault("\n", _levels(self.outline))
        place = min(max(level, 1), LEVELS) - 1
        own = count(node, f"{TEXT}start-value", -1) if node.get(f"{TEXT}restart-numbering") == "true" else -1
        self._headings.next(place, levels.get(place, Level()).start, own if own >= 0 else None)
        return _shown(self._headings, levels, place) or ""

    def _of(self, style: str) -> dict[int, Level]:
        if style not in self._levels:
            node = self.styles.get(style)
            self._levels[style] = _levels(node) if node is not None else {}
        return self._levels[style]


def _levels(style: Xml) -> dict[int, Level]:
    found = {}
    for node in style:
        place = count(node, f"{TEXT}level", 1, LEVELS) - 1
        if node.tag not in {f"{TEXT}list-level-style-number", f"{TEXT}outline-level-style"}:
            found[place] = Level()
            continue
        form = node.get(f"{STYLE}num-format") or ""
        found[place] = Level(
            form,
            node.get(f"{STYLE}num-prefix") or "",
            node.get(f"{STYLE}num-suffix") or "",
            count(node, f"{TEXT}start-value"),
            count(node, f"{TEXT}display-levels"),
            node.get(f"{STYLE}num-letter-sync") == "true",
            node.get(f"{LOEXT}num-list-format"),
        )
    return found


def _shown(numbers: Count, levels: dict[int, Level], level: int) -> str | None:
    definition = levels.get(level)
    if definition is None or definition.form is None:
        return None
    if not definition.form:
        return ""
    if definition.template is not None:
        text = definition.template
        for place in range(level, -1, -1):
            text = text.replace(f"%{place + 1}%", _one(numbers, levels, place))
        return " ".join(text.replace("\u200b", "").split())
    shown = range(max(0, level - definition.shown_levels + 1), level + 1)
    parts = [part for place in shown if (part := _one(numbers, levels, place))]
    return " ".join(f"{definition.prefix}{'.'.join(parts)}{definition.suffix}".split())


def _one(numbers: Count, levels: dict[int, Level], level: int) -> str:
    definition = levels.get(level)
    if definition is None or not definition.form:
        return ""
    value = numbers.values[level]
    return _numeral(definition.start if value is None else value, definition.form, doubled=definition.doubled)


def _numeral(value: int, form: str, *, doubled: bool) -> str:
    if form in {"a", "A"} and value > 0:
        found = letters(value) if doubled else counted_letters(value)
        return found.upper() if form == "A" else found
    return numeral(value, _FORMS.get(form, "decimal"))
