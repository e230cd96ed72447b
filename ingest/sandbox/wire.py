"""Encodes and decodes the JSON between the sandbox and its child; the sandbox validates what the child sends.

Never pickle: a child under the control of a hostile file can then send only data.
"""

from __future__ import annotations

from typing import get_args

from core.errors import DocumentRejected, LimitExceeded, NotFound, UnsupportedMedia, VouchError
from core.types import Box, Element, ElementKind, Json, Parsed

_KINDS = frozenset(get_args(ElementKind))
_ERRORS = {error.code: error for error in (DocumentRejected, LimitExceeded, NotFound, UnsupportedMedia)}


def to_json(parsed: Parsed) -> Json:
    """Return a parsed document as plain lists and dicts."""
    return {
        "elements": [_element_json(element) for element in parsed.elements],
        "title": parsed.title,
        "language": parsed.language,
        "pages": parsed.pages,
        "warnings": list(parsed.warnings),
        "unseen": dict(parsed.unseen),
    }


def from_json(value: Json) -> Parsed:
    """Return the document that `to_json` encoded. Raises DocumentRejected for anything else."""
    try:
        return Parsed(
            tuple(_element(item) for item in value["elements"]),
            _text(value["title"]),
            _text(value["language"]),
            _number(value["pages"]),
            tuple(str(warning) for warning in value["warnings"]),
            {str(kind): int(count) for kind, count in value["unseen"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentRejected("The parser returned an invalid answer; the file may be hostile.") from error


def error_json(error: VouchError) -> Json:
    return {"code": error.code, "message": error.message, "hint": error.hint}


def error_from_json(value: Json) -> VouchError:
    """Return the error that the child raised."""
    kind = _ERRORS.get(str(value.get("code")), DocumentRejected)
    return kind(str(value.get("message")), hint=_text(value.get("hint")))


def _element_json(element: Element) -> Json:
    boxes = [[box.page, box.x0, box.y0, box.x1, box.y1] for box in element.boxes]
    return [element.kind, element.text, element.page, boxes, element.level]


def _element(item: Json) -> Element:
    kind, text, page, boxes, level = item
    if kind not in _KINDS:
        raise ValueError(kind)
    found = tuple(Box(int(b[0]), float(b[1]), float(b[2]), float(b[3]), float(b[4])) for b in boxes)
    return Element(kind, str(text), _number(page), found, _number(level))


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def _number(value: Json) -> int | None:
    return None if value is None else int(value)
