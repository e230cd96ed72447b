"""Whose a version's title and language are: an uploader's, which stay, or the content's, which follow the version.

`versions.given` has a key for each that is settled; its value is null where the content decides. A version that an
earlier release stored has no keys: `service.build_document` settles them when it reads the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.store.tables import DocumentRow, VersionRow

ATTRIBUTES = ("title", "language")
Given = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of a version that is to be read."""

    given: Given
    """What is settled: the uploader's value, or None where the content decides."""
    unsettled: Mapping[str, str]
    """Values that the document has, from an uploader or from the content of the version `read_from`."""
    read_from: int | None

    def settled(self, content: Given) -> dict[str, str | None]:
        """Settle all: a value that the content of `read_from` has too is taken for the content's."""
        mine = {name: None if content.get(name) == value else value for name, value in self.unsettled.items()}
        return dict.fromkeys(ATTRIBUTES) | mine | dict(self.given)


def attributes(session: Session, document_id: str, version: int) -> Attributes:
    """Return whose the version's attributes are, as far as that is known. A version that is gone has none."""
    row = session.get(VersionRow, (document_id, version))
    document = session.get(DocumentRow, document_id)
    if row is None or document is None:
        return Attributes({}, {}, None)
    has = {"title": document.title, "language": document.language}
    unsettled = {name: value for name, value in has.items() if value and name not in row.given}
    if document.serving_version is None:  # no content was published: only an uploader can have given them
        return Attributes({**unsettled, **row.given}, {}, None)
    return Attributes(row.given, unsettled, document.serving_version)


def give(document: DocumentRow, latest: VersionRow, given: Given) -> None:
    """Set what an uploader gives for a document's latest version.

    The document shows it at once if this version serves, or none: another version keeps its own until this one serves.
    """
    told = {name: value for name, value in given.items() if value is not None}
    if not told:
        return
    latest.given = {**latest.given, **told}
    if document.serving_version in (None, latest.version):
        changed = (told.get("title") or document.title) != document.title
        document.title = told.get("title") or document.title
        document.language = told.get("language") or document.language
        latest.reader = None if changed else latest.reader  # the title is embedded with the text: it is read again
