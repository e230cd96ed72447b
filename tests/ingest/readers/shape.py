"""What a test compares of a parsed document: the kind and text of each element."""

from __future__ import annotations

from core.types import Parsed


def shape(parsed: Parsed) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in parsed.elements]
