"""Manuals with every kind of block, published in the service of the pages' tests."""

from __future__ import annotations

from core.store import jobs, passages, uploads
from core.types import OPERATOR, Chunk, DocumentText, Json
from ingest.blocks.nodes import Inline, Node, item, listing, paragraph
from ingest.blocks.tables import TableCell, table
from tests.service.content.answers import care_manual
from tests.service.content.manual import manual, text_of
from tests.web.service import Service

MISSING = {
    "source_words": 200,
    "stored_words": 150,
    "unexplained": 20,
    "examples": ["valve", "<b>pressure</b>"],
    "left_out": [{"reason": "comment", "words": 30, "example": "ask Ann <i>first</i>"}],
}
ALARM = "20 of the file's 200 words (10.0 %) are not in the text that was read, and no reason is known. Compare it."
SCRIPT = "<script>alert(1)</script>"


def publish(service: Service, text: DocumentText, *, name: str = "pump.pdf", **report: Json) -> str:
    """Let a document with this text serve as one passage; return its id."""
    with service.db.write() as session:
        upload = uploads.Upload("manuals", name, "application/pdf", 10, name.encode().hex().zfill(64), title="Pump")
        made = uploads.register_upload(session, upload, OPERATOR)
        chunks = [Chunk(0, text.text, ("Care",), blocks=text.blocks)]
        passages.publish(session, made.document_id, made.version, "Pump", chunks, {"chunks": 1, **report}, text=text)
    return made.document_id


def publish_manual(service: Service, **report: Json) -> str:
    """Let the manual with every kind of block serve."""
    return publish(service, manual(), **report)


def publish_care(service: Service) -> str:
    """Let the manual with steps, rows and code for answers serve."""
    return publish(service, care_manual(), name="care.pdf")


def end_jobs(service: Service, document_id: str) -> None:
    """End the document's jobs well, as a worker does."""
    with service.db.read() as session:
        found = [job.id for job in jobs.list_jobs(session) if job.document_id == document_id]
    for job_id in found:
        claim = jobs.claim(service.db, job_id, lease_s=30, max_attempts=3)
        assert claim is not None
        with service.db.write() as session:
            jobs.finish(session, claim)


def hostile() -> DocumentText:
    """Return a document that tries to run code from a cell, a label, a number and links."""
    links = ("javascript:alert(1)", "data:text/html,<script>alert(1)</script>", 'https://evil.example/"onload=x')
    found = table([[TableCell("Name"), TableCell(SCRIPT)], [TableCell("<img src=x onerror=alert(1)>"), TableCell("x")]])
    assert found is not None
    return text_of(
        [
            found,
            *(Node("paragraph", "press here", inlines=(Inline("link", 6, 10, goal),)) for goal in links),
            Node("note", label='"><script>alert(1)</script>', children=[paragraph("Careful")]),
            listing([item("step", "<b>1.</b>")]),
            Node("code", SCRIPT, label='"><script>'),
        ]
    )


def long_table(rows: int) -> DocumentText:
    """Return a document that is one long table, with a line before and one after it."""
    head = [TableCell("Row", header=True), TableCell("Value", header=True)]
    found = table([head, *([TableCell(str(row)), TableCell(f"{row} mm")] for row in range(rows))])
    assert found is not None
    return text_of([paragraph("Before."), found, paragraph("The very end.")])
