"""Whether a remembered answer still stands, and the answer as this caller gets it now.

Nothing is shown from memory: passages are read back by the function that knows who may see what, and every quote must
stand in them, at its place, in the version that was cited. What fails is not mended here; the question is then answered
as if nobody had asked it before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.reuse import ReusedFrom
from core.store.database import Session
from core.store.journal import AnswerRecord
from core.store.learned.answer_cache import CachedAnswer
from core.store.reading import hydrate
from core.types import Answer, AnswerMode, Caller, Citation, Filters, Json, Passage, Ranked, Sentence
from generation.evidence import cite
from generation.evidence.quotes import choose, score_spans
from learning.dataset.lessons import Lesson, grounded, plain

NONE = "none"


def give_again(
    session: Session,
    found: CachedAnswer,
    caller: Caller,
    question: str,
    *,
    mode: AnswerMode,
    filters: Filters | None,
    similarity: float,
) -> Answer | None:
    """Return the answer as it stands for this caller, None where he may not have it or a quote stands no longer."""
    record = found.answer
    if not _searched_here(record, filters):
        return None
    standing = _standing(session, record, caller, filters)
    remembered = _told(found, caller, similarity)
    if found.opinion is not None and found.opinion.rating == "down":
        return _corrected(found, question, mode, standing, remembered)
    citations = _cited(record, standing, ())
    if not citations:
        return None
    phrased = bool(record.body["phrased"])
    if phrased and mode == "quotes":
        return None
    return _answer(record, question, _sentences(record, citations), citations, remembered, phrased)


def made_alike(record: AnswerRecord, made: Mapping[str, str], corrected_by: Mapping[str, str] | None = None) -> bool:
    """Tell whether what made the answer is in force now: `made` names it for the mode that is asked for.

    A person's correction needs no generator; where one had spoken, `corrected_by` it must still be the same.
    """
    wanted = dict(made)
    if corrected_by is not None:
        spoke = record.versions.get("model", NONE) != NONE
        wanted |= {key: corrected_by[key] if spoke else NONE for key in ("prompt", "model")}
    return all(record.versions.get(name) == value for name, value in wanted.items())


def _searched_here(record: AnswerRecord, filters: Filters | None) -> bool:
    """Tell whether the answer was looked for in all that is asked now: an answer from one collection is not for all."""
    if record.collections is None:
        return False
    asked = filters.collections if filters is not None else frozenset()
    return not record.collections or (bool(asked) and asked <= record.collections)


def _standing(session: Session, record: AnswerRecord, caller: Caller, filters: Filters | None) -> dict[int, Passage]:
    """Return the passages that the answer was made from, as far as they are as they were and this caller's to read."""
    were = {int(reference["chunk_id"]): reference for reference in record.passages}
    found = hydrate(session, caller, list(were), filters)
    return {chunk_id: passage for chunk_id, passage in found.items() if _same(passage, were[chunk_id])}


def _same(passage: Passage, reference: Mapping[str, Json]) -> bool:
    now = (passage.document_id, passage.version, passage.sha256)
    return now == (reference["document_id"], reference["version"], reference["sha256"])


def _cited(record: AnswerRecord, standing: Mapping[int, Passage], wrong: Sequence[int]) -> tuple[Citation, ...] | None:
    """Return the citations but those that are wrong, with their numbers; None when one of them stands no longer."""
    citations = []
    for kept in record.body["citations"]:
        if kept["id"] in wrong:
            continue
        passage = standing.get(int(kept["chunk_id"]))
        if passage is None or passage.version != kept["version"]:
            return None
        citation = Citation(int(kept["id"]), passage, int(kept["start"]), int(kept["end"]), 0.0)
        if not citation.quote or citation.quote != kept["quote"]:
            return None
        citations.append(citation)
    return tuple(citations)


def _corrected(
    found: CachedAnswer, question: str, mode: AnswerMode, standing: Mapping[int, Passage], remembered: ReusedFrom
) -> Answer | None:
    """Return the corrected words over the quotes that hold them: those that were cited, else others that were found."""
    opinion = found.opinion
    target = plain(opinion.correction or "") if opinion is not None else ""
    if opinion is None or not target or mode == "quotes":
        return None
    citations = _cited(found.answer, standing, opinion.wrong_citations)
    if citations is None:
        return None
    if not citations or not grounded(Lesson(question, citations, target)):
        wrong = {int(c["chunk_id"]) for c in found.answer.body["citations"] if c["id"] in opinion.wrong_citations}
        others = [passage for chunk_id, passage in standing.items() if chunk_id not in wrong]
        ranked = [Ranked(passage, score=-float(place)) for place, passage in enumerate(others)]
        citations = cite.distinct(choose(score_spans(f"{question} {target}", ranked, None)))
        if not citations or not grounded(Lesson(question, citations, target)):
            return None
    citations = tuple(replace(each, id=number) for number, each in enumerate(citations, start=1))
    numbers = tuple(citation.id for citation in citations)
    said = (Sentence(cite.marked(target, numbers), "corrected", numbers),)
    return _answer(found.answer, question, said, citations, replace(remembered, corrected=True), phrased=False)


def _sentences(record: AnswerRecord, citations: tuple[Citation, ...]) -> tuple[Sentence, ...]:
    """Return the sentences as they were shown where a model phrased some; quotes are read again."""
    if not record.body["phrased"]:
        return tuple(Sentence(cite.quoted(citation), "quoted", (citation.id,)) for citation in citations)
    return tuple(Sentence(s["text"], s["kind"], tuple(s["citations"])) for s in record.body["sentences"])


def _told(found: CachedAnswer, caller: Caller, similarity: float) -> ReusedFrom:
    record = found.answer
    if found.opinion is not None:
        return ReusedFrom(
            "approved", record.id, record.question, round(similarity, 4), found.approved_by, found.approved_at
        )
    if record.key_id == caller.key_id:
        return ReusedFrom("cached", record.id, record.question, round(similarity, 4))
    return ReusedFrom("cached")


def _answer(
    record: AnswerRecord,
    question: str,
    sentences: tuple[Sentence, ...],
    citations: tuple[Citation, ...],
    remembered: ReusedFrom,
    phrased: bool,
) -> Answer:
    return Answer(
        question=question,
        status="answered",
        text=(" " if phrased else "\n").join(sentence.text for sentence in sentences),
        sentences=sentences,
        citations=citations,
        closest=(),
        support=float(record.body["support"]),
        phrased=phrased,
        versions=dict(record.versions),
        remembered=remembered,
    )
