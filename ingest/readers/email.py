"""Reads e-mail: subject, sender, recipients, date, and the body, newest mail first. Attachments are named, not opened.

The standard library opens EML, python-oxmsg opens MSG; `ingest.readers.mail` reads the body and finds what it quotes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage

from oxmsg import Message

from core.errors import DocumentRejected
from ingest.blocks.nodes import Node, Reading, heading
from ingest.cleaning import one_line
from ingest.formats.decoding import decode
from ingest.readers.mail.calendar import read_calendar
from ingest.readers.mail.html import read_mail_html
from ingest.readers.mail.order import key_values
from ingest.readers.mail.plain import read_plain

_CALENDARS = frozenset({"text/calendar", "application/ics"})
_FIELDS = ("From", "To", "Cc", "Date")
_ENCRYPTED = DocumentRejected(
    "The message is encrypted.", hint="Save it decrypted in your mail program and upload that."
)


def read_eml(data: bytes) -> Reading:
    """Return a message's nodes. Raises DocumentRejected when its body is encrypted."""
    text, charset = decode(data)
    raw = text.encode("utf-8", "replace") if charset.startswith(("utf-16", "utf-32", "utf-8-sig")) else data
    message = message_from_bytes(raw.lstrip(b"\r\n\xef\xbb\xbf"), policy=policy.default)
    assert isinstance(message, EmailMessage)
    if message.get_content_type() == "multipart/encrypted" or _header(message, "X-Encrypted"):
        raise _ENCRYPTED
    fields = [(name, value) for name in _FIELDS if (value := _header(message, name))]
    body, further = _preferred(message), _further(message)
    nodes = [node for part in ([] if body is None else [body]) + further for node in _nodes(part)]
    subject = _header(message, "Subject")
    calendars = _calendars(message)
    events = _events(calendars, subject, described=bool(nodes))
    read = [*further, *calendars, *([body] if body is not None else [])]
    attached = [_name(part) for part in _others(message) if all(part is not each for each in read)]
    return _message(subject, fields, events + nodes, attached)


def read_msg(data: bytes) -> Reading:
    """Return an Outlook message's nodes. Raises DocumentRejected when it is damaged or encrypted."""
    try:
        message = Message.load(io.BytesIO(data))
        fields = [(name, value) for name, value in _outlook_fields(message) if value]
        html, plain = message.html_body, message.body
        names = [attachment.file_name or "without a name" for attachment in message.attachments]
        protected = "smime" in message.message_class.lower() or "encrypted" in str(message.message_headers).lower()
    except (KeyError, ValueError, OSError, AttributeError, IndexError) as error:
        raise DocumentRejected("The Outlook message is damaged.", hint="Save it again as EML.") from error
    body = read_mail_html(html) if html else read_plain(plain or "")
    if protected and not body:
        raise _ENCRYPTED
    return _message(one_line(message.subject or ""), fields, body, names)


def _outlook_fields(message: Message) -> Iterator[tuple[str, str]]:
    yield "From", one_line(message.sender or "")
    yield "To", one_line(", ".join(f"{r.name} <{r.email_address}>" for r in message.recipients))
    yield "Date", message.sent_date.isoformat(sep=" ") if message.sent_date else ""


def _message(subject: str, fields: list[tuple[str, str]], body: Iterable[Node], attached: list[str]) -> Reading:
    nodes: list[Node] = []
    if subject:
        nodes.append(heading(subject, 1))
    if fields:
        nodes.append(key_values(fields))
    nodes.extend(body)
    warnings = tuple(f"The attachment {name!r} was not read; upload it separately." for name in attached)
    return Reading(tuple(nodes), title=subject or None, warnings=warnings)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except (MessageError, ValueError, IndexError, AttributeError, TypeError):  # the library fails on broken headers
        return one_line(next((str(v) for k, v in message.raw_items() if k.lower() == name.lower()), ""))


def _nodes(part: EmailMessage) -> list[Node]:
    text = _content(part)
    if part.get_content_subtype() == "calendar":
        return read_calendar(text)
    if part.get_content_subtype() == "html":
        return read_mail_html(text)
    flowed = str(part.get_param("format", "")).lower() == "flowed"
    return read_plain(text, flowed=flowed, delete_space=str(part.get_param("delsp", "")).lower() == "yes")


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


def _further(message: EmailMessage) -> list[EmailMessage]:
    """Return the parts that go on with the body behind a picture, or below it: text that is no attachment."""
    if message.get_content_type() != "multipart/mixed":
        return []
    return [
        part
        for part in _others(message)
        if part.get_content_type() in {"text/plain", "text/html"}
        and not part.is_attachment()
        and not part.get_filename()
    ]


def _calendars(message: EmailMessage) -> list[EmailMessage]:
    """Return the calendar parts of an invitation, which programs send beside the body and once more as a file."""
    if message.get_content_type() == "text/calendar":
        return []  # the body itself
    found: list[EmailMessage] = []
    stack = [message]
    while stack:
        part = stack.pop()
        if part.get_content_type() in _CALENDARS:
            found.append(part)
        elif part.get_content_maintype() == "multipart" and isinstance(inner := part.get_payload(), list):
            stack.extend(each for each in reversed(inner) if isinstance(each, EmailMessage))
    return found


def _events(calendars: Iterable[EmailMessage], subject: str, *, described: bool) -> list[Node]:
    """Return the events of calendar parts, each once."""
    found: list[Node] = []
    for part in calendars:
        found += [
            node for node in read_calendar(_content(part), subject=subject, described=described) if node not in found
        ]
    return found


def _content(part: EmailMessage) -> str:
    try:
        content = part.get_content()
        return decode(content)[0] if isinstance(content, bytes) else str(content)
    except (LookupError, ValueError, KeyError, AssertionError):
        payload = part.get_payload(decode=True)
        return decode(payload)[0] if isinstance(payload, bytes) and payload.strip() else ""


def _others(message: EmailMessage) -> list[EmailMessage]:
    try:
        return [part for part in message.iter_attachments() if isinstance(part, EmailMessage)]
    except (AttributeError, KeyError, ValueError, TypeError):
        return []


def _name(part: EmailMessage) -> str:
    return part.get_filename() or part.get_content_type()
