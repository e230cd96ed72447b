"""What the shipped databases hold: one handbook, one document for a group, and a row of everything else.

Rows are plain values by table and column. A schema that lacks a column gets the row without it, and the JSON body of an
answer has only the keys that were written at the time. A new table or column is added here.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.store.passages import embed_text, sha256
from core.types import Chunk

Row = dict[str, Any]

AT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
EMBEDDER = "onnx://bge-small-en-v1.5"
TOKENS = {
    "key_desk": "vch_desk-of-the-upgrade-test",
    "key_inside": "vch_inside-of-the-upgrade-test",
    "key_review": "vch_review-of-the-upgrade-test",
}
HANDBOOK, SERVICE_NOTE = "doc_handbook", "doc_service_note"
QUESTION = "How often must the oil of the X300 pump be changed?"
QUOTE = "Change the oil of the X300 pump every 2,000 operating hours."
SECRET_QUESTION = "What is the service code of the X300 controller?"
SECRET = "The service code of the X300 controller is 4711."
TITLES = {HANDBOOK: "X300 pump handbook", SERVICE_NOTE: "Service note 17"}
CHUNKS = (
    (HANDBOOK, 1, Chunk(0, "Change the oil of the X300 pump once a year.", ("Maintenance",), 4)),
    (HANDBOOK, 2, Chunk(0, f"{QUOTE} Use mineral oil of grade ISO VG 100.", ("Maintenance", "Oil"), 4)),
    (HANDBOOK, 2, Chunk(1, "Close the suction valve before you remove the cover.", ("Maintenance", "Seals"), 5)),
    (HANDBOOK, 2, Chunk(2, "Part | Interval\nOil | 2,000 h\nShaft seal | 8,000 h", ("Maintenance",), 6, (), "table")),
    (SERVICE_NOTE, 1, Chunk(0, f"{SECRET} Do not hand it to customers.", ("Codes",), 1)),
)
KEYS_OF_A_BODY = {
    "conversation_id": "0003",
    "standalone_question": "0003",
    "sentences": "0004",
    "remembered": "0004",
}
"""The first schema under which an answer's body had the key."""


def embedded() -> dict[str, str]:
    """Return the texts that need a vector, by digest."""
    texts = (embed_text(TITLES[document], chunk) for document, _, chunk in CHUNKS)
    return {sha256(text): text for text in texts}


def rows(revision: str, space: str, vectors: dict[str, bytes]) -> dict[str, Sequence[Row]]:
    """Return the rows of every table; `vectors` are of the embedding space `space`, by digest."""
    return {
        **_documents(),
        **_index(space, vectors),
        **_answers(revision),
        **_learned(),
        "api_keys": [_key("key_desk", ["ask"]), _key("key_inside", ["ask"], "inside"), _key("key_review", ["review"])],
        "sessions": [
            {"hash": sha256("a session"), "key_id": "key_desk", "created_at": AT, "used_at": AT},
        ],
        "audit": [_audit(1, "document.create", HANDBOOK), _audit(2, "document.create", SERVICE_NOTE)],
        "idempotency": [
            {
                "key_id": "key_desk",
                "key": "first",
                "request_sha256": sha256("a request"),
                "status": 202,
                "headers": {"location": "/v1/jobs/job_handbook_2"},
                "body": b'{"job_id": "job_handbook_2"}',
                "created_at": AT,
            }
        ],
        "receipts": [_receipt()],
        "jobs": [
            _job("job_handbook_1", HANDBOOK, 1, "succeeded"),
            _job("job_handbook_2", HANDBOOK, 2, "succeeded"),
            _job("job_note", SERVICE_NOTE, 1, "succeeded"),
            _job("job_broken", "doc_broken", 1, "failed", "The file is encrypted."),
        ],
    }


def _documents() -> dict[str, Sequence[Row]]:
    return {
        "documents": [
            _document(HANDBOOK, "manuals", "x300.pdf", 2, {"product": "X300"}),
            _document(SERVICE_NOTE, "notes", "17.txt", 1, {}),
            _document("doc_broken", "manuals", "locked.pdf", 1, {}, serving=False),
        ],
        "blob_checks": [{"blob": sha256(f"{HANDBOOK} 2"), "state": "whole", "checked_at": AT}],
        "texts": [{"document_id": HANDBOOK, "version": 2, "body": zlib.compress(b'{"text": "", "blocks": []}')}],
        "document_groups": [{"document_id": SERVICE_NOTE, "name": "inside"}],
        "versions": [
            _version(HANDBOOK, 1, "x300.pdf", "superseded"),
            _version(HANDBOOK, 2, "x300.pdf", "serving"),
            _version(SERVICE_NOTE, 1, "17.txt", "serving"),
            _version("doc_broken", 1, "locked.pdf", "failed", "The file is encrypted."),
        ],
        "chunks": [
            {
                "id": number,
                "document_id": document,
                "version": version,
                "ordinal": chunk.ordinal,
                "text": chunk.text,
                "heading": list(chunk.heading),
                "page": chunk.page,
                "boxes": [{"page": chunk.page, "x0": 0.1, "y0": 0.2, "x1": 0.9, "y1": 0.3}],
                "kind": chunk.kind,
                "blocks": [],
                "sha256": sha256(chunk.text),
                "embed_sha256": sha256(embed_text(TITLES[document], chunk)),
            }
            for number, (document, version, chunk) in enumerate(CHUNKS, 1)
        ],
    }


def _index(space: str, vectors: dict[str, bytes]) -> dict[str, Sequence[Row]]:
    signs = [(1, 1), (1, -1), (2, 1), (3, 1), (4, 1), (5, 1)]
    changes = [{"seq": seq, "chunk_id": chunk, "sign": sign} for seq, (chunk, sign) in enumerate(signs, 1)]
    return {
        "vectors": [{"sha256": digest, "model": space, "vector": vector} for digest, vector in vectors.items()],
        "index_changes": changes,
        "index_positions": [
            {
                "engine": "milvus://localhost:19530/vouch#1",
                "state": "serving",
                "seq": len(changes),
                "leased_by": None,
                "leased_until": None,
                "updated_at": AT,
            }
        ],
        "pointers": [{"name": "active_generator", "value": "mv_first", "previous": None, "updated_at": AT}],
    }


def _answers(revision: str) -> dict[str, Sequence[Row]]:
    refusal = {"code": "not_answered", "message": "The documents that you can see do not answer this."}
    return {
        "answers": [
            _answer(revision, "ans_oil", "key_desk", QUESTION, 2, QUOTE, conversation_id="conv_first"),
            _answer(revision, "ans_code", "key_inside", SECRET_QUESTION, 5, SECRET, collections=["notes"]),
            _answer(revision, "ans_none", "key_desk", "Who won the cup?", None, "", refusal=refusal),
        ],
        "feedback": [
            _feedback("fb_oil", "ans_oil", "key_desk", "approved", "key_review"),
            _feedback("fb_code", "ans_code", "key_inside", "pending", None),
        ],
        "conversations": [{"id": "conv_first", "key_id": "key_desk", "created_at": AT, "updated_at": AT}],
        "conversation_turns": [
            {
                "answer_id": "ans_oil",
                "conversation_id": "conv_first",
                "question": "And how often is its oil changed?",
                "standalone": QUESTION,
            }
        ],
        "remembered_answers": [
            {
                "id": 1,
                "answer_id": "ans_oil",
                "feedback_id": "fb_oil",
                "scope": "",
                "words": sha256("words"),
                "shape": sha256("shape"),
                "embedder": None,
                "vector": None,
                "document_ids": [HANDBOOK],
                "created_at": AT,
            }
        ],
    }


def _learned() -> dict[str, Sequence[Row]]:
    return {
        "datasets": [
            {
                "id": "ds_first",
                "version": 1,
                "sha256": sha256("a dataset"),
                "counts": {"train": 1, "valid": 0, "test": 0},
                "created_by": "key_review",
                "created_at": AT,
            }
        ],
        "dataset_examples": [
            {
                "dataset_id": "ds_first",
                "ordinal": 0,
                "split": "train",
                "feedback_id": "fb_oil",
                "document_ids": [HANDBOOK],
                "content": {"kind": "answer", "question": QUESTION, "quotes": [QUOTE], "answer": QUOTE},
            }
        ],
        "model_versions": [
            {
                "id": "mv_first",
                "role": "generator",
                "base": "smollm2-135m-answers",
                "adapter_blob": sha256("an adapter"),
                "dataset_id": "ds_first",
                "job_id": None,
                "state": "active",
                "report": {"verdict": "passed"},
                "created_at": AT,
                "updated_at": AT,
            }
        ],
    }


def _receipt() -> Row:
    return {
        "id": "rcp_first",
        "document_id": "doc_gone",
        "number": 1,
        "found": {"answers": ["ans_gone"]},
        "body": {"id": "rcp_first", "number": 1, "document_id": "doc_gone", "signature": "0" * 64},
        "created_at": AT,
    }


def _key(key_id: str, scopes: list[str], *groups: str) -> Row:
    return {
        "id": key_id,
        "name": key_id.removeprefix("key_"),
        "hash": hashlib.sha256(TOKENS[key_id].encode()).hexdigest(),
        "scopes": scopes,
        "groups": list(groups),
        "created_at": AT,
        "expires_at": None,
        "revoked_at": None,
    }


def _audit(number: int, action: str, target: str) -> Row:
    return {"id": number, "at": AT, "key_id": "operator", "action": action, "target": target, "detail": {"version": 1}}


def _job(job_id: str, document: str, version: int, state: str, reason: str | None = None) -> Row:
    return {
        "id": job_id,
        "kind": "ingest",
        "state": state,
        "stage": "done" if state == "succeeded" else "parse",
        "progress": 1.0 if state == "succeeded" else 0.1,
        "reason": reason,
        "attempts": 1,
        "payload": {},
        "document_id": document,
        "version": version,
        "lease": None,
        "lease_until": None,
        "sent_at": AT,
        "created_at": AT,
        "updated_at": AT,
    }


def _document(
    document_id: str, collection: str, path: str, version: int, meta: dict[str, str], *, serving: bool = True
) -> Row:
    return {
        "id": document_id,
        "collection": collection,
        "path": path,
        "path_number": 0,
        "title": TITLES.get(document_id, ""),
        "language": "en",
        "meta": meta,
        "serving_version": version if serving else None,
        "latest_version": version,
        "created_at": AT,
        "updated_at": AT + timedelta(minutes=version),
        "deleted_at": None,
    }


def _version(document_id: str, version: int, filename: str, state: str, reason: str | None = None) -> Row:
    return {
        "document_id": document_id,
        "version": version,
        "blob": sha256(f"{document_id} {version}"),
        "filename": filename,
        "media_type": "application/pdf",
        "size": 4096,
        "state": state,
        "reason": reason,
        "report": {} if state == "failed" else {"pages": 6, "elements": 12, "chunks": 3, "redactions": {"PERSON": 1}},
        "created_at": AT,
        "published_at": None if state == "failed" else AT + timedelta(minutes=version),
        "groups": ["inside"] if document_id == SERVICE_NOTE else [],
        "reader": 2,
        "given": {},
    }


def _answer(
    revision: str,
    answer_id: str,
    key_id: str,
    question: str,
    chunk_id: int | None,
    quote: str,
    *,
    refusal: Row | None = None,
    conversation_id: str | None = None,
    collections: Sequence[str] = (),
) -> Row:
    cited = [_citation(chunk_id, quote)] if chunk_id is not None else []
    body = {
        "id": answer_id,
        "conversation_id": conversation_id,
        "standalone_question": question if conversation_id else None,
        "status": "refused" if refusal else "answered",
        "text": f"{quote} [1]" if quote else "",
        "sentences": [{"text": quote, "kind": "quoted", "citations": [1]}] if quote else [],
        "citations": cited,
        "refusal": refusal,
        "closest": [],
        "support": 0.04 if refusal else 0.93,
        "phrased": False,
        "fallback": None,
        "remembered": None,
        "versions": {"index": "7+6", "threshold": "default"},
        "timings": {"total": 0.21},
    }
    read = [each for each in (_reference(chunk_id),) if each is not None]
    return {
        "id": answer_id,
        "key_id": key_id,
        "groups": ["inside"] if key_id == "key_inside" else [],
        "conversation_id": conversation_id if revision >= "0003" else None,
        "question": question,
        "mode": "auto",
        "status": body["status"],
        "body": {key: value for key, value in body.items() if revision >= KEYS_OF_A_BODY.get(key, "")},
        "passages": read,
        "versions": body["versions"],
        "collections": list(collections),
        "created_at": AT,
    }


def _citation(chunk_id: int, quote: str) -> Row:
    document, version, chunk = CHUNKS[chunk_id - 1]
    start = chunk.text.index(quote)
    return {
        "id": 1,
        "chunk_id": chunk_id,
        "document_id": document,
        "version": version,
        "title": TITLES[document],
        "page": chunk.page,
        "boxes": [],
        "heading": list(chunk.heading),
        "quote": quote,
        "start": start,
        "end": start + len(quote),
    }


def _reference(chunk_id: int | None) -> Row | None:
    if chunk_id is None:
        return None
    document, version, chunk = CHUNKS[chunk_id - 1]
    return {"chunk_id": chunk_id, "document_id": document, "version": version, "sha256": sha256(chunk.text)}


def _feedback(feedback_id: str, answer_id: str, key_id: str, state: str, reviewer: str | None) -> Row:
    return {
        "id": feedback_id,
        "answer_id": answer_id,
        "key_id": key_id,
        "rating": "up",
        "reasons": ["helpful"],
        "correction": None,
        "wrong_citations": [],
        "right_passages": [],
        "comment": "It was in the handbook.",
        "state": state,
        "reviewed_by": reviewer,
        "created_at": AT,
        "updated_at": AT,
    }
