"""Reads e-mail: subject, sender, recipients, date, and the body. Attachments are named, not opened.

The standard library opens EML, python-oxmsg opens MSG; the HTML or the text reader reads the body.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage

from oxmsg import Message

from core.errors import DocumentRejected
from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.formats.decoding import decode
from ingest.readers.html import read_html
from ingest.readers.text import read_text

_FIELDS = ("From", "To", "Cc", "Date")
_ENCRYPTED = DocumentRejected(
    "The message is encrypted.", hint="Save it decrypted in your mail program and upload that."
)


def read_eml(data: bytes) -> Reading:
    """Return a message's elements. Raises DocumentRejected when its body is encrypted."""
    text, charset = decode(data)
    raw = text.encode("utf-8", "replace") if charset.startswith(("utf-16", "utf-32", "utf-8-sig")) else data
    message = message_from_bytes(raw.lstrip(b"\r\n\xef\xbb\xbf"), policy=policy.default)
    assert isinstance(message, EmailMessage)
    if message.get_content_type() == "multipart/encrypted" or _header(message, "X-Encrypted"):
        raise _ENCRYPTED
    fields = [f"{name}: {value}" for name in _FIELDS if (value := _header(message, name))]
    return _message(_header(message, "Subject"), fields, _body(message), _attached(message))


def read_msg(data: bytes) -> Reading:
    """Return an Outlook message's elements. Raises DocumentRejected when it is damaged or encrypted."""
    try:
        message = Message.load(io.BytesIO(data))
        fields = [f"{name}: {value}" for name, value in _outlook_fields(message) if value]
        html, plain = message.html_body, message.body
        names = [attachment.file_name or "without a name" for attachment in message.attachments]
        protected = "smime" in message.message_class.lower() or "encrypted" in str(message.message_headers).lower()
    except (KeyError, ValueError, OSError, AttributeError, IndexError) as error:
        raise DocumentRejected("The Outlook message is damaged.", hint="Save it again as EML.") from error
    body = list((read_html(html) if html else read_text(plain or "")).nodes)
    if protected and not body:
        raise _ENCRYPTED
    return _message(one_line(message.subject or ""), fields, body, names)


def _outlook_fields(message: Message) -> Iterator[tuple[str, str]]:
    yield "From", message.sender or ""
    yield "To", ", ".join(f"{r.name} <{r.email_address}>" for r in message.recipients)
    yield "Date", message.sent_date.isoformat(sep=" ") if message.sent_date else ""


def _message(subject: str, fields: list[str], body: Iterable[Node], attached: list[str]) -> Reading:
    elements: list[Node] = []
    if subject:
        elements.append(flat("title", subject, level=1))
    if fields:
        elements.append(flat("text", "\n".join(fields)))
    elements.extend(body)
    warnings = tuple(f"The attachment {name!r} was not read; upload it separately." for name in attached)
    return Reading(tuple(elements), title=subject or None, warnings=warnings)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except (MessageError, ValueError, IndexError, AttributeError, TypeError):  # the library fails on broken headers
        return one_line(next((str(v) for k, v in message.raw_items() if k.lower() == name.lower()), ""))


def _body(message: EmailMessage) -> list[Node]:
    part = _preferred(message)
    if part is None:
        return []
    text = _content(part)
    if part.get_content_subtype() == "html":
        return list(read_html(text).nodes)
    return list(read_text(text).nodes)


def _preferred(message: EmailMessage) -> EmailMessage | None:
    """Return the HTML body, else the plain one, else the first text part of an inner message (a digest, a bounce)."""
    try:
        body = message.get_body(("html", "plain"))
    except (AttributeError, KeyError, ValueError):
        body = None
    if isinstance(body, EmailMessage):
        return body
    texts = (part for part in message.walk() if part.get_content_maintype() == "text")
    return next((part for part in texts if isinstance(part, EmailMessage) and not part.is_attachment()), None)


def _content(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError, KeyError, AssertionError):
        payload = part.get_payload(decode=True)
        return decode(payload)[0] if isinstance(payload, bytes) and payload.strip() else ""


def _attached(message: EmailMessage) -> list[str]:
    try:
        return [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    except (AttributeError, KeyError, ValueError, TypeError):
        return []
