"""Counts the numbers of a Word file's lists and headings as Word shows them (ISO 29500-1, 17.9).

Lists with the same abstract definition count on together, unless one starts anew. Knows no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.readers.office.flow.numerals import numeral
from ingest.readers.office.word.package import MC, W, Xml, first, flag, number, value
from ingest.readers.office.word.styles import ParagraphStyle, Styles, indent

LEVELS = 9
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list counts and looks."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int | None = None
    legal: bool = False
    style: str = ""
    indent: int | None = None
    picture: bool = False
    """Whether its bullet is a picture."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The place of a numbered paragraph: its list, level and indent, and its number; "" for a bullet.

    `goes_on` is set for a paragraph in a list without a number or bullet: it belongs to the item before.
    """

    group: int
    level: int
    number: str
    indent: int
    goes_on: bool = False


@dataclass(slots=True)
class _Count:
    values: list[int | None] = field(default_factory=lambda: [None] * LEVELS)
    started: set[tuple[int, int]] = field(default_factory=set)
    """Lists and levels whose own start has been used."""


@dataclass(slots=True)
class Numbering:
    """The lists of one file with their counters."""

    abstract: dict[int, dict[int, Level]] = field(default_factory=dict)
    group: dict[int, int] = field(default_factory=dict)
    """The abstract definition of each list."""
    own: dict[int, dict[int, Level]] = field(default_factory=dict)
    starts: dict[int, dict[int, int]] = field(default_factory=dict)
    counts: dict[int, _Count] = field(default_factory=dict)

    def of(self, own: Xml | None, style: ParagraphStyle) -> Shown | None:
        """Count a paragraph and return its number; None for one without. `own` is its `w:pPr`."""
        direct = _direct(own)
        if direct is not None and direct[0] == 0:
            return Shown(0, direct[1] or 0, "", 0, goes_on=True)
        place = self._place(direct, style)
        if place is None:
            return None
        list_, level = place
        definition = self._level(list_, level)
        if definition is None:
            return None
        bullet = definition.form == "bullet"
        if bullet and not definition.text.strip() and not definition.picture:
            return Shown(self.group[list_], level, "", 0, goes_on=True)
        count = self._counted(list_, level, definition)
        text = self._text(list_, level, definition, count)
        if not bullet and not text:
            return Shown(self.group[list_], level, "", 0, goes_on=True)
        left = indent(own)
        left = definition.indent if left is None else left
        if left is None:
            left = style.indent if style.indent is not None else 360 * (level + 1)
        return Shown(self.group[list_], level, "" if bullet else text, left)

    def _place(self, direct: tuple[int | None, int | None] | None, style: ParagraphStyle) -> tuple[int, int] | None:
        """Return list and level: the paragraph's own before its style's."""
        list_, level = direct or (None, None)
        if list_ is None and style.number is not None:
            list_ = style.number[0]
            if level is None and list_ is not None:
                level = self._level_of_style(list_, style.numbered_by)
                level = style.number[1] if level is None else level
        if not list_ or list_ not in self.group:
            return None
        return list_, min(max(level or 0, 0), LEVELS - 1)

    def _level_of_style(self, list_: int, style: str) -> int | None:
        levels = self.abstract.get(self.group.get(list_, -1), {})
        return next((index for index, level in levels.items() if level.style and level.style == style), None)

    def _level(self, list_: int, level: int) -> Level | None:
        own = self.own.get(list_, {}).get(level)
        return own if own is not None else self.abstract.get(self.group[list_], {}).get(level)

    def _counted(self, list_: int, level: int, definition: Level) -> int:
        count = self.counts.setdefault(self.group[list_], _Count())
        start = self.starts.get(list_, {}).get(level)
        before = count.values[level]
        if start is not None and (list_, level) not in count.started:
            now = start
        else:
            now = definition.start if before is None else before + 1
        count.started.add((list_, level))
        count.values[level] = now
        for deeper in range(level + 1, LEVELS):
            below = self._level(list_, deeper)
            restart = below.restart if below is not None else None
            if restart is None or level < restart:
                count.values[deeper] = None
        return now

    def _text(self, list_: int, level: int, definition: Level, now: int) -> str:
        if definition.form == "bullet":
            return ""
        count = self.counts[self.group[list_]]

        def shown(match: re.Match[str]) -> str:
            other = int(match.group(1)) - 1
            own = definition if other == level else self._level(list_, other)
            if own is None or own.form == "bullet":
                return ""
            found = now if other == level else count.values[other]
            form = "decimal" if definition.legal and own.form != "none" else own.form
            return numeral(own.start if found is None else found, form)

        return " ".join(_PLACE.sub(shown, definition.text).split())


def _direct(own: Xml | None) -> tuple[int | None, int | None] | None:
    node = first(own, "numPr")
    return None if node is None else (number(value(node, "numId")), number(value(node, "ilvl")))


def numbering(root: Xml | None, styles: Styles) -> Numbering:
    """Return the lists that a file defines."""
    found = Numbering()
    if root is None:
        return found
    links: dict[int, str] = {}
    for node in root.iter(f"{W}abstractNum"):
        name = number(node.get(f"{W}abstractNumId"))
        if name is None:
            continue
        found.abstract[name] = dict(_levels(node))
        if (link := value(node, "numStyleLink")) is not None:
            links[name] = link
    for node in root.iter(f"{W}num"):
        name, group = number(node.get(f"{W}numId")), number(value(node, "abstractNumId"))
        if name is None or group is None:
            continue
        found.group[name] = group
        for change in node.iter(f"{W}lvlOverride"):
            level = number(change.get(f"{W}ilvl")) or 0
            if (start := number(value(change, "startOverride"))) is not None:
                found.starts.setdefault(name, {})[level] = start
            found.own.setdefault(name, {}).update(dict(_levels(change)))
    for group, link in links.items():
        _linked(found, group, link, styles)
    return found


def _linked(found: Numbering, group: int, link: str, styles: Styles) -> None:
    """Take the levels of a definition that only names a list style from the list of that style."""
    other = styles.paragraph(link).number if link in styles.known else None
    source = found.group.get(other[0] or 0) if other is not None else None
    if source is not None and not found.abstract.get(group):
        found.abstract[group] = found.abstract.get(source, {})


def _levels(parent: Xml) -> list[tuple[int, Level]]:
    found = []
    for node in parent.iterchildren(f"{W}lvl"):
        index = number(node.get(f"{W}ilvl")) or 0
        start = number(value(node, "start"))
        found.append(
            (
                index,
                Level(
                    start=1 if start is None else start,
                    form=_form(node),
                    text=value(node, "lvlText") or "",
                    restart=number(value(node, "lvlRestart")),
                    legal=bool(flag(node, "isLgl")),
                    style=value(node, "pStyle") or "",
                    indent=indent(first(node, "pPr")),
                    picture=first(node, "lvlPicBulletId") is not None,
                ),
            )
        )
    return found


def _form(level: Xml) -> str:
    """Return the form of a level's numbers; newer forms are an alternative content of older ones."""
    node = first(level, "numFmt")
    if node is None:
        node = level.find(f"{MC}AlternateContent/{MC}Choice/{W}numFmt")
        if node is not None and node.get(f"{W}val") == "custom":
            return "decimalZero" if (node.get(f"{W}format") or "").startswith("01") else "decimal"
    return "decimal" if node is None else node.get(f"{W}val") or "decimal"
