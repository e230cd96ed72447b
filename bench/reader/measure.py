"""Ask a reader the questions of the documents held out, through the whole of `generation.answering`, and judge answers.

An answer is usable if it holds every line that answers and at most a third more words from other lines; a question
without an answer must be refused. The search is a simple one over all documents held out: what is measured is reading.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from bench.reader.lessons import Similar
from bench.reader.written import MATERIAL, WrittenDocument, documents, is_held_out, labels, questions
from core.ports import Embedder, Reader
from core.settings import Settings, load_settings
from core.store.passages import embed_text
from core.types import OPERATOR, Answer, Caller, Citation, Filters, Json, Passage, Ranked, SearchResult
from generation.answering import Answerer
from generation.evidence.parts import Part
from ingest.chunking.chunks import chunk
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse
from retrieval.models.embedder import open_embedder
from retrieval.models.readers.open import open_reader

EXTRA = 0.34
"""Share of an answer's words that may stand on lines that do not answer."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with its answer, and why that is not usable ("" if it is)."""

    document: str
    question: Mapping[str, Json]
    answer: Answer
    why: str
    seconds: float


class SmallSearch:
    """A Retriever over the passages of a few documents: shared words and the embedder, half and half."""

    def __init__(self, passages: Sequence[Passage], embedder: Embedder) -> None:
        self.passages = passages
        texts = [embed_text(each.title, each) for each in passages]
        self._similar, self._embedder = Similar(texts), embedder
        self._vectors = embedder.embed_passages(texts)

    def search(
        self,
        caller: Caller,
        query: str,
        *,
        k: int,
        filters: Filters | None = None,
        rerank: bool = True,
        explain: bool = False,
    ) -> SearchResult:
        cosines = self._vectors @ self._embedder.embed_query(query)
        low, high = float(np.median(cosines)), float(cosines.max())
        shared = {place: 1 - 0.05 * rank for rank, place in enumerate(self._similar.order(query)[:20])}
        scores = [
            0.6 * (cosine - low) / (high - low) + 0.4 * shared.get(n, 0.0) for n, cosine in enumerate(cosines.tolist())
        ]
        order = sorted(range(len(scores)), key=lambda place: -scores[place])[:k]
        found = [Ranked(self.passages[n], scores[n], dense_score=float(cosines[n])) for n in order]
        return SearchResult(tuple(found), "small")

    def around(self, caller: Caller, passage: Passage, before: int, after: int) -> tuple[Passage, ...]:
        return tuple(
            each
            for each in self.passages
            if each.document_id == passage.document_id
            and passage.ordinal - before <= each.ordinal <= passage.ordinal + after
        )


def passages(document: WrittenDocument, folder: Path = MATERIAL) -> Iterator[Passage]:
    """Yield the passages of a document as they would be stored."""
    raw = (folder / f"{document.name}.md").read_bytes()
    parsed = parse(raw, "text/markdown", f"{document.name}.md", Ocr())
    for number, each in enumerate(chunk(parsed)):
        identity = int(sha256(f"{document.name}:{number}".encode()).hexdigest()[:12], 16)
        yield Passage(
            identity, document.name, 1, number, "held", f"{document.name}.md", parsed.title or document.name, each.text,
            sha256(each.text.encode()).hexdigest(), each.heading, each.page, each.boxes, each.kind, blocks=each.blocks,
        )  # fmt: skip


def judge(document: WrittenDocument, question: Mapping[str, Json], answer: Answer) -> str:
    """Return why an answer is not usable, "" if it is."""
    if question["kind"] == "none":
        return "" if answer.status == "refused" else "answered"
    if answer.status == "refused":
        return f"refused: {answer.refusal.message if answer.refusal else ''}"
    wanted, lacking = 0, 0
    for read, marked in zip(document.windows, labels(document, question), strict=True):
        for part, label in zip(read.window.parts, marked, strict=True):
            if any(block.repeated for block in part.within):
                continue
            text = read.text[part.start : part.end]
            said = any(_holds(citation, document.name, read.text, part) for citation in answer.citations)
            words = len(text.split())
            wanted += words if said and label == 1 else 0
            lacking += words if not said and label == 1 else 0
    total = sum(len(citation.quote.split()) for citation in answer.citations)
    other = total - wanted
    if lacking:
        return f"lacks {lacking} of {lacking + wanted} words"
    return f"{other} of {total} words are of other lines" if other > max(8, EXTRA * total) else ""


def _holds(citation: Citation, document: str, text: str, part: Part) -> bool:
    """Return whether a part of a document stands in what is cited."""
    there = citation.passage.document_id == document and citation.passage.text == text
    return there and citation.start <= part.start and part.end <= citation.end


def run(reader: Reader, settings: Settings) -> list[Judged]:
    """Ask every question of the documents held out."""
    held = [each for each in documents() if is_held_out(each.name)]
    search = SmallSearch([passage for document in held for passage in passages(document)], open_embedder(settings))
    answerer = Answerer(search, reader, lambda: None, settings)
    judged = []
    for document in held:
        for question in questions(document.name):
            began = time.perf_counter()
            answer = answerer.answer(OPERATOR, question["q"], mode="quotes")
            seconds = time.perf_counter() - began
            judged.append(Judged(document.name, question, answer, judge(document, question, answer), seconds))
    return judged


def measure(folder: Path, *, shown: Path | None = None) -> Mapping[str, str]:
    """Return usable answers of all, by kind and by document; `shown` gets every answer."""
    settings = load_settings(reader_url=f"onnx://{folder.resolve()}")
    reader = open_reader(settings, None)
    assert reader is not None
    judged = run(reader, settings)
    counts: dict[str, list[bool]] = defaultdict(list)
    for each in judged:
        for name in ("all", str(each.question["kind"]), each.document):
            counts[name].append(not each.why)
    if shown is not None:
        shown.write_text("".join(f"{json.dumps(_row(each), ensure_ascii=False)}\n" for each in judged))
    seconds = sorted(each.seconds for each in judged)
    figures = {name: f"{sum(found)}/{len(found)}" for name, found in sorted(counts.items())}
    return figures | {"p50_s": f"{seconds[len(seconds) // 2]:.2f}"}


def _row(each: Judged) -> dict[str, Json]:
    best = each.answer.support
    refusal = each.answer.refusal.message if each.answer.refusal else None
    return {
        "document": each.document,
        **each.question,
        "why": each.why,
        "support": best,
        "text": each.answer.text,
        "refusal": refusal,
    }
