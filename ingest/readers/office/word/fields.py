"""Tells what a field of a Word file shows: its result, its form value, its target, or nothing that is read."""

from __future__ import annotations

import re

from ingest.readers.office.flow.line import shown_target
from ingest.readers.office.word.context import FieldCode
from ingest.readers.office.word.package import W, Xml, flag, number, value

_CONTENTS = frozenset({"TOC", "TOA", "INDEX"})
_QUOTED = re.compile(r'"([^"]*)"|(\S+)')
_FRACTION = re.compile(r"\\f\s*\(([^(),;]*)[,;]([^(),;]*)\)", re.IGNORECASE)
_ROOT = re.compile(r"\\r\s*\((?:([^(),;]*)[,;])?([^(),;]*)\)", re.IGNORECASE)
_RAISED = re.compile(r"\\s\s*\\(?:up|do)\d*\s*\(([^()]*)\)", re.IGNORECASE)


def hidden_field(code: FieldCode) -> str | None:
    """Return why a field's result is left out; None for one that is read."""
    return "navigation" if code.name in _CONTENTS else None


def link_of(code: FieldCode) -> str | None:
    """Return the target of a HYPERLINK field outside the document."""
    if code.name != "HYPERLINK":
        return None
    words = [match.group(1) or match.group(2) or "" for match in _QUOTED.finditer("".join(code.instruction))]
    return shown_target(words[1]) if len(words) > 1 and not words[1].startswith("\\") else None


def form_value(code: FieldCode) -> str:
    """Return what an old form field shows: a checkbox, the chosen entry of a list, a text's default."""
    if code.form is None:
        return ""
    box, choice, text = (code.form.find(f"{W}{name}") for name in ("checkBox", "ddList", "textInput"))
    if box is not None:
        checked = flag(box, "checked")
        return "☒" if (flag(box, "default") if checked is None else checked) else "☐"
    if choice is not None:
        entries = [entry.get(f"{W}val") or "" for entry in choice.iterchildren(f"{W}listEntry")]
        chosen = number(value(choice, "result")) or number(value(choice, "default")) or 0
        return entries[chosen] if 0 <= chosen < len(entries) else ""
    return _default(text)


def _default(text: Xml | None) -> str:
    return value(text, "default") or ""


def shown_code(code: FieldCode) -> str:
    """Return the text of a field that shows its own code: a symbol, a button, a formula of old Word files."""
    words, source = code.words, "".join(code.instruction)
    if code.name == "SYMBOL" and len(words) > 1:
        from ingest.readers.office.word.symbols import from_symbol_font

        count = number(words[1]) if not words[1].lower().startswith("0x") else int(words[1], 16)
        font = next((match.group(1) for match in [re.search(r'\\f\s+"?([\w ]+)"?', source)] if match), "")
        return from_symbol_font(chr(count), font.strip().lower()) if count and 31 < count < 0xFFFF else ""
    if code.name == "MACROBUTTON" and len(words) > 2:
        return " ".join(words[2:])
    return _formula(source) if code.name == "EQ" else ""


def _formula(source: str) -> str:
    """Return a formula of an EQ field as text; its commands for stretched brackets and the like are dropped."""
    source = source.strip()[2:]
    for _ in range(10):
        before = source
        source = _FRACTION.sub(lambda match: f"({match.group(1).strip()})/({match.group(2).strip()})", source)
        source = _ROOT.sub(lambda match: f"{(match.group(1) or '').strip()}√({match.group(2).strip()})", source)
        source = _RAISED.sub(r"\1", source)
        if source == before:
            break
    return re.sub(r"\\[a-z]+\d*", "", source, flags=re.IGNORECASE).strip()
