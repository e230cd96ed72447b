"""Reads style sheets into rules: selectors with their specificity, and declarations.

Knows media queries of a desktop screen, nested rules and escapes. Does not load imports, and does not know elements:
`ingest.hidden_text.cascade` finds those that a rule is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.hidden_text.lengths import SCREEN_HEIGHT, SCREEN_WIDTH, length

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_FEATURE = re.compile(r"\(\s*([a-z-]+)\s*(?::\s*([^()]+?))?\s*\)")
_UNMET = {
    "prefers-color-scheme": "dark",
    "prefers-reduced-motion": "reduce",
    "orientation": "portrait",
    "hover": "none",
    "pointer": "coarse",
    "forced-colors": "active",
}
"""Features of the media that a reader at a desk does not have."""
_GROUPS = ("@media", "@supports", "@layer", "@container", "@scope", "@starting-style")
_MOST_NESTED = 12


@dataclass(frozen=True, slots=True)
class Declaration:
    """A property and its value, both in small letters except for names of variables."""

    name: str
    value: str
    important: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for the elements that one selector matches."""

    selector: str
    specificity: tuple[int, int, int]
    declarations: tuple[Declaration, ...]


def declarations(text: str) -> tuple[Declaration, ...]:
    """Return the declarations of a style attribute or of the inside of a rule."""
    parts = (_declaration(part) for part in _split(_COMMENT.sub(" ", text), ";"))
    return tuple(part for part in parts if part is not None)


def rules(sheet: str) -> list[Rule]:
    """Return the rules of a style sheet that hold on a screen, in order."""
    return list(_rules(_COMMENT.sub(" ", sheet), "", 0))


def on_screen(query: str) -> bool:
    """Return whether a media query holds on a desktop screen; an empty one does."""
    return not query.strip() or any(_medium(part.strip().lower()) for part in query.split(","))


def _rules(text: str, outer: str, depth: int) -> Iterator[Rule]:
    if depth > _MOST_NESTED:
        return
    for head, body in _blocks(text):
        if head.startswith("@"):
            name, _, query = head.partition(" ")
            if name.lower().split("(")[0] in _GROUPS and (name.lower() != "@media" or on_screen(query)):
                if outer:
                    yield from _own(outer, body)
                yield from _rules(body, outer, depth + 1)
            continue
        for selector in _split(head, ","):
            whole = _nested(outer, selector.strip())
            yield from _own(whole, body)
            if "{" in body:
                yield from _rules(body, whole, depth + 1)


def _own(selector: str, body: str) -> Iterator[Rule]:
    """Yield the rule of a block without what is nested in it."""
    own = declarations("".join(_outside(body)))
    if own and selector:
        yield Rule(selector, _specificity(selector), own)


def _nested(outer: str, selector: str) -> str:
    if not outer:
        return selector
    return selector.replace("&", outer) if "&" in selector else f"{outer} {selector}"


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield each block at the outermost level: what stands before its brace, and what is inside."""
    start = depth = inside = 0
    for at, char in _plain(text):
        if char == ";" and depth == 0:
            start = at + 1
        elif char == "{":
            depth += 1
            inside = at + 1 if depth == 1 else inside
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                yield text[start : inside - 1].strip(), text[inside:at]
                start = at + 1
        elif char == "}":
            start = at + 1
    if depth:  # a browser closes what the sheet leaves open
        yield text[start : inside - 1].strip(), text[inside:]


def _outside(body: str) -> Iterator[str]:
    """Yield the declarations of a body that stand outside nested blocks."""
    depth, piece = 0, 0
    for at, char in _plain(body):
        if char == ";" and depth == 0:
            yield body[piece : at + 1]
            piece = at + 1
        elif char in "{}":
            depth = max(depth + (1 if char == "{" else -1), 0)
            piece = at + 1
    if depth == 0:
        yield body[piece:]


def _plain(text: str) -> Iterator[tuple[int, str]]:
    """Yield the punctuation of a sheet outside strings, brackets and escapes."""
    at = depth = 0
    for match in re.finditer(r"\\.|[\"'{};,()\[\]]", text, re.DOTALL):
        if match.start() < at or match[0].startswith("\\"):
            continue
        if match[0] in "\"'":
            string = _STRING.match(text, match.start())
            at = string.end() if string else at
        elif match[0] in "()[]":
            depth = max(depth + (1 if match[0] in "([" else -1), 0)
        elif depth == 0 or match[0] in "{}":
            depth = 0 if match[0] in "{}" else depth
            yield match.start(), match[0]


def _split(text: str, mark: str) -> Iterator[str]:
    start = 0
    for at, char in _plain(text):
        if char == mark:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _declaration(text: str) -> Declaration | None:
    name, colon, value = text.partition(":")
    name = _unescaped(name).strip()
    if not colon or not re.fullmatch(r"-{0,2}[\w-]+", name):
        return None
    value = _unescaped(value).strip()
    value, important = re.subn(r"\s*!\s*important\s*$", "", value, flags=re.IGNORECASE)
    if name.startswith("--"):
        return Declaration(name, value, bool(important))
    return Declaration(name.lower(), " ".join(value.split()).lower(), bool(important))


def _unescaped(text: str) -> str:
    def char(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[2]
        code = int(match[1], 16)
        return chr(code) if 0 < code < 0x110000 else "\ufffd"

    return _ESCAPE.sub(char, text) if "\\" in text else text


def _medium(query: str) -> bool:
    negated = query.startswith("not ")
    words = re.sub(r"\([^()]*\)", " ", query).replace("only ", " ").replace("not ", " ").split()
    kinds = [word for word in words if word != "and"]
    holds = all(kind in {"screen", "all", "or"} for kind in kinds)
    holds = holds and all(_feature(name, value) for name, value in _FEATURE.findall(query))
    return holds != negated


def _feature(name: str, value: str) -> bool:
    size = length(value, 16.0) if value else None
    screen = {"width": SCREEN_WIDTH, "height": SCREEN_HEIGHT}.get(name.rpartition("-")[2])
    if size is not None and screen is not None and name.startswith(("min-", "max-")):
        return screen >= size if name.startswith("min-") else screen <= size
    if "pixel-ratio" in name or "resolution" in name:
        return False
    return _UNMET.get(name) != value


def _specificity(selector: str) -> tuple[int, int, int]:
    """Return the numbers of ids, of classes and attributes, and of types (Selectors 4, section 17)."""
    text = re.sub(r":where\((?:[^()]|\([^()]*\))*\)", "", _STRING.sub("", selector))
    text = re.sub(r":(?:is|not|has|matches)\(", " ", text)
    text, attributes = re.subn(r"\[[^\]]*\]", "", text)
    text, elements = re.subn(r"::[\w-]+", "", text)
    text, pseudo = re.subn(r":[\w-]+(?:\([^()]*\))?", "", text)
    text, ids = re.subn(r"#(?:\\.|[\w-])+", "", text)
    text, classes = re.subn(r"\.(?:\\.|[\w-])+", "", text)
    return ids, attributes + pseudo + classes, elements + len(re.findall(r"[a-zA-Z][\w-]*", text))


def without_declarations(rule: Rule, kept: frozenset[str]) -> Rule:
    """Return the rule with the declarations of certain properties, and of variables, only."""
    own = tuple(each for each in rule.declarations if each.name in kept or each.name.startswith("--"))
    return replace(rule, declarations=own)
