"""Finds the manuals' pages that Debian's packages install, and chooses some of each by a fixed seed.

The packages: gnome-user-docs, libreoffice-help-en-us, postgresql-doc-15, gimp-help-en. A page is chosen for what it has
(tables, lists in lists, steps), not for how any reader fares on it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import html
from lxml.html import HtmlElement

from bench.parsing.pairs import mallard
from bench.parsing.pairs.clean import bulleted, cleaned, words

SHORTEST, LONGEST = 700, 24_000
"""Letters of a page."""
PARTS = ("dev", "held")
TURNS = (0, 1, 0, 2)
"""The order in which pages with tables (0), with lists in lists (1) and with lists (2) are taken."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a manual in plain HTML."""

    name: str
    title: str
    body: HtmlElement
    tables: int
    items: int
    nested: int


def pages(seed: int, part: str) -> list[Page]:
    """Return the pages of all manuals in this part ("dev" or "held") that have a table or a list, mixed by the seed.

    The manuals take turns; in each, every second page has a table while there are such.
    """
    queues = [_queue(name, find, seed, part) for name, find in MANUALS.items()]
    chosen: list[Page] = []
    while any(queues):
        chosen.extend(queue.pop(0) for queue in queues if queue)
    return chosen


def _queue(name: str, find: Callable[[], Iterator[tuple[str, HtmlElement]]], seed: int, part: str) -> list[Page]:
    found = [
        page
        for stem, root in find()
        if _part(stem, seed) == part and (page := _page(f"{name}-{stem}", root)) is not None
    ]
    random.Random(f"{seed} {name}").shuffle(found)  # a choice, not a secret
    kinds: list[list[Page]] = [[], [], []]
    for page in found:
        kinds[0 if page.tables else 1 if page.nested else 2].append(page)
    mixed: list[Page] = []
    while any(kinds):
        mixed.extend(kinds[turn].pop(0) for turn in TURNS if kinds[turn])
    return mixed


def _part(stem: str, seed: int) -> str:
    return PARTS[random.Random(f"{seed} {stem}").random() < 0.5]


def _page(name: str, root: HtmlElement) -> Page | None:
    body = cleaned(root)
    heads = list(body.iter("h1", "h2"))
    tables = len(list(body.iter("table")))
    items = list(body.iter("li"))
    if not heads or not (tables or len(items) > 2) or not SHORTEST <= len(words(body)) <= LONGEST:
        return None
    nested = sum(any(parent.tag == "li" for parent in item.iterancestors()) for item in items)
    return Page(name, words(heads[0]), bulleted(body), tables, len(items), nested)


def _gnome() -> Iterator[tuple[str, HtmlElement]]:
    for path in sorted(Path("/usr/share/help/C").glob("*/*.page")):
        yield path.stem, mallard.page(path)


def _libreoffice() -> Iterator[tuple[str, HtmlElement]]:
    for path in sorted(Path("/usr/share/libreoffice/help/en-US/text").rglob("*.html")):
        root = html.fromstring(path.read_bytes())
        found = next((each for each in root.iter("div") if each.get("id") == "DisplayArea"), None)
        if found is not None:
            yield "-".join(path.with_suffix("").parts[-3:]), found


def _docbook(folder: str) -> Callable[[], Iterator[tuple[str, HtmlElement]]]:
    def find() -> Iterator[tuple[str, HtmlElement]]:
        for path in sorted(Path(folder).glob("*.html")):
            yield path.stem, html.fromstring(path.read_bytes()).find("body")

    return find


MANUALS: dict[str, Callable[[], Iterator[tuple[str, HtmlElement]]]] = {
    "gnome": _gnome,
    "libreoffice": _libreoffice,
    "postgresql": _docbook("/usr/share/doc/postgresql-doc-15/html"),
    "gimp": _docbook("/usr/share/gimp/2.0/help/en"),
}
