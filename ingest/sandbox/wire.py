"""Encodes and decodes the JSON between the sandbox and its child; the sandbox validates what the child sends.

Never pickle: a child under the control of a hostile file can then send only data.
"""

from __future__ import annotations

from dataclasses import asdict

from core.blocks import blocks_from_json, blocks_to_json
from core.errors import DocumentRejected, LimitExceeded, NotFound, UnsupportedMedia, VouchError
from core.types import Account, Element, Json, LeftOut, Parsed

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
        "account": None if parsed.account is None else asdict(parsed.account),
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
            _account(value["account"]),
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
    return [element.text, blocks_to_json([element.block])]


def _element(item: Json) -> Element:
    text, blocks = item
    (block,) = blocks_from_json(blocks, len(text))
    if block.start or block.end != len(text):
        raise ValueError("a block that is not its element")
    return Element(str(text), block)


def _account(value: Json) -> Account | None:
    if value is None:
        return None
    left_out = tuple(LeftOut(str(e["reason"]), int(e["words"]), str(e["example"])) for e in value["left_out"])
    counts = (int(value["source_words"]), int(value["stored_words"]))
    return Account(*counts, left_out, int(value["unexplained"]), tuple(str(each) for each in value["examples"]))


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def _number(value: Json) -> int | None:
    return None if value is None else int(value)
