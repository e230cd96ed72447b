"""Makes mails of pages: HTML with a plain part, the page as a quoted mail under an answer, and plain text alone."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from pathlib import Path

from lxml import html

from bench.parsing.pairs.outline import List, Section, outline, page_html, part_html
from bench.parsing.pairs.sources import Page

WIDTH = 72
FIELDS = {"From": "Ana Lopez <ana@example.org>", "To": "Support <support@example.com>",
          "Date": "Tue, 04 Mar 2025 10:15:00 +0000"}  # fmt: skip
ANSWER = "Thank you for the page. The steps below worked for us; please keep them in the manual."
WROTE = "On Monday, 3 March 2025, Support wrote:"


def mail_pages(folder: Path, pages: Sequence[Page]) -> None:
    """Write each page as a mail; the three kinds are drawn by the page's name."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        kind = random.Random(page.name).choice(("html", "quoted", "plain"))
        subject = f"Manual: {page.title}"
        inner = "".join(html.tostring(child, encoding="unicode") for child in page.body)
        sections = outline(page.body)
        texts = [_plain(section, head=kind != "plain") for section in sections]
        if kind == "plain":
            sections = [_without_tables(section) for section in sections]
            inner = "\n".join(part_html(part) for section in sections for part in section.parts)
        elif kind == "quoted":
            inner = f'<p>{ANSWER}</p>\n<p>{WROTE}</p>\n<blockquote type="cite">{inner}</blockquote>'
        fields = " ".join(f"{name}: {value}" for name, value in FIELDS.items())
        head = f"<h1>{escape(subject)}</h1>\n<p>{escape(fields)}</p>\n"
        source = page_html(subject, head + inner)
        (folder / f"{page.name}.{kind}.html").write_text(source, encoding="utf-8")
        mail = _mail(subject, texts, None if kind == "plain" else page_html("", inner))
        (folder / f"{page.name}.{kind}.eml").write_bytes(mail.as_bytes(policy=SMTP))


def _mail(subject: str, texts: Sequence[str], body: str | None) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    for name, value in FIELDS.items():
        message[name] = value
    message.set_content("\n\n".join(texts) + "\n")
    if body is not None:
        message.add_alternative(body, subtype="html")
    return message


def _without_tables(section: Section) -> Section:
    return Section(section.title, [part for part in section.parts if isinstance(part, str | List)])


def _plain(section: Section, *, head: bool) -> str:
    """Return a section in wrapped lines; mails that are plain alone have no titles, which text does not tell apart."""
    parts = [textwrap.fill(section.title, WIDTH)] if head else []
    for part in section.parts:
        if isinstance(part, str):
            parts.append(textwrap.fill(part, WIDTH))
        elif isinstance(part, List):
            parts.append("\n".join(_list(part, 0)))
    return "\n\n".join(parts)


def _list(part: List, indent: int) -> list[str]:
    lines = []
    for number, entry in enumerate(part.entries, 1):
        mark = f"{number}. " if part.ordered else "- "
        first = " " * indent + mark
        lines.append(textwrap.fill(entry.text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first)))
        for inner in entry.inside:
            lines.extend(_list(inner, indent + len(mark)))
    return lines
