"""Finds what a page's own style says about its text: kinds of numbers in lists, struck out, raised.

Looks at `style` attributes and at style sheets in the file; of two rules for an element the more specific one counts.
Hidden text is found elsewhere (`ingest.hidden_text.html`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from ingest.hidden_text.css import Declaration, declarations

_ABOUT = re.compile(r"list-style|line-through|vertical-align\s*:\s*super", re.IGNORECASE)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_MOST_RULES = 2000
_LIST_WORDS = frozenset({"inside", "outside", "inherit", "initial", "unset", "revert"})


@dataclass(slots=True)
class Style:
    """What style says of one element; None: nothing."""

    numbers: str | None = None
    struck: bool = False
    raised: bool = False


@dataclass(slots=True)
class Styles:
    """The style of elements for which a style sheet says something; `counted`: a sheet makes numbers with counters."""

    sheets: dict[int, list[Declaration]] = field(default_factory=dict)
    counted: bool = False

    def of(self, key: int, attributes: Mapping[str, str | None]) -> Style | None:
        """Return what style says of the element with this `mem_id`, None for the usual case: nothing."""
        inline = attributes.get("style") if attributes else None
        own = declarations(inline) if inline and _ABOUT.search(inline) else ()
        sheet = self.sheets.get(key, ()) if self.sheets else ()
        return _style([*sheet, *own]) if own or sheet else None


def page_styles(tree: LexborHTMLParser) -> Styles:
    """Return what the style sheets of a page say about its lists and about struck and raised text."""
    found: dict[int, list[tuple[int, int, Declaration]]] = {}
    sheets = [_COMMENT.sub(" ", node.text(deep=True)) for node in tree.css("style")]
    rules = [
        rule for sheet in sheets if _ABOUT.search(sheet) for rule in _RULE.findall(sheet) if _ABOUT.search(rule[1])
    ]
    for order, (selector, body) in enumerate(rules[:_MOST_RULES]):
        wanted = [each for each in declarations(body) if each.name in _NAMES]
        for part in selector.split(",") if wanted else ():
            weight = part.count("#") * 100 + len(re.findall(r"[.\[:]", part)) * 10 + len(re.findall(r"\b[a-z]", part))
            try:
                nodes = tree.css(part.strip())
            except SelectolaxError:
                continue
            for node in nodes:
                found.setdefault(node.mem_id, []).extend((weight, order, each) for each in wanted)
    ordered = {key: [each for *_, each in sorted(rules, key=lambda rule: rule[:2])] for key, rules in found.items()}
    return Styles(ordered, any("counter-increment" in sheet for sheet in sheets))


_NAMES = frozenset({"list-style", "list-style-type", "text-decoration", "text-decoration-line", "vertical-align"})


def _style(given: list[Declaration]) -> Style:
    style = Style()
    for each in given:
        if each.name.startswith("list-style"):
            words = [word for word in each.value.split() if word not in _LIST_WORDS and not word.startswith("url(")]
            style.numbers = words[0] if words else style.numbers
        elif each.name.startswith("text-decoration"):
            style.struck = "line-through" in each.value
        elif each.name == "vertical-align":
            style.raised = each.value == "super"
    return style
