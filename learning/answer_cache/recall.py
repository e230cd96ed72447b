"""Whether a cached answer is still valid, and the answer as this caller gets it now.

No quote is returned unchecked: passages are read again with the caller's rights, and every quote must be in them, at
its place, in the version that was cited. An answer that fails is not repaired; the question then gets a new answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.store.database import Session
from core.store.journal import AnswerRecord, Opinion
from core.store.learned.answer_cache import CachedAnswer
from core.store.reading import hydrate, with_blocks
from core.types import (
    Answer,
    AnswerMode,
    Caller,
    Citation,
    Filters,
    Json,
    Passage,
    ReusedFrom,
    Sentence,
    Unit,
    UnitCell,
    UnitRow,
    UnitStep,
)
from generation.evidence import cite
from generation.evidence.overlap import nearest
from generation.units import write
from generation.units.picked import picked
from learning.dataset.lessons import Lesson, grounded, plain

MOST_WORDS, MOST_QUOTES = 40, 3
"""Limits of the quotes that are looked for to support a correction."""


def revalidate(
    session: Session,
    candidate: CachedAnswer,
    caller: Caller,
    question: str,
    *,
    mode: AnswerMode,
    filters: Filters | None,
    similarity: float,
) -> Answer | None:
    """Return the answer as it is valid for this caller; None if they may not read it or a quote is no longer there."""
    record = candidate.answer
    if not _covers(record, filters):
        return None
    passages = _unchanged_passages(session, record, caller, filters)
    remembered = _remembered(candidate, caller, similarity)
    if candidate.opinion is not None and candidate.opinion.rating == "down":
        right = right_citations(session, candidate.opinion, caller, filters)
        return _corrected(candidate, question, mode, passages, right, remembered)
    citations = _citations(record, passages, ())
    if not citations or record.body.get("missing"):  # it repeats its asker's words, and may name what only they may see
        return None
    phrased = bool(record.body["phrased"])
    if phrased and mode == "quotes":
        return None
    if phrased:
        sentences = tuple(Sentence(s["text"], s["kind"], tuple(s["citations"])) for s in record.body["sentences"])
        return _answer(record, question, sentences, citations, remembered, phrased=True)
    shown = units(record.body, citations)
    if shown is None:
        return None
    sentences = tuple(Sentence(unit.text, "quoted", unit.cites) for unit in shown)
    return replace(
        _answer(record, question, sentences, citations, remembered, phrased=False),
        text=write.text(shown),
        units=shown,
    )


def units(body: Mapping[str, Json], citations: Sequence[Citation]) -> tuple[Unit, ...] | None:
    """Return the units of a stored answer whose citations are valid; None if one shows what they do not hold.

    An answer that was stored without units has a fact for each citation.
    """
    cited = {citation.id: citation for citation in citations}
    stored = body.get("units") or ()
    if not stored:
        return tuple(Unit("fact", cite.quoted(citation), (citation.id,)) for citation in citations)
    made = tuple(_unit(each) for each in stored)
    return made if all(_is_cited(unit, cited) for unit in made) else None


def _unit(stored: Mapping[str, Json]) -> Unit:
    steps = tuple(
        UnitStep(step["kind"], step["text"], int(step["citation"]), step.get("number"), int(step.get("level") or 0))
        for step in stored.get("steps") or ()
    )
    rows = tuple(
        UnitRow(
            row["name"], tuple(UnitCell(cell["column"], cell["text"], cell.get("citation")) for cell in row["cells"])
        )
        for row in stored.get("table") or ()
    )
    return Unit(stored["kind"], stored["text"], tuple(stored["citations"]), steps, rows)


def _is_cited(unit: Unit, cited: Mapping[int, Citation]) -> bool:
    """Return whether all that a unit cites is there, and each of its steps and cells in what it cites.

    A cell without a citation, which only names its row, must be in a passage that the unit cites.
    """
    if not unit.cites or not cited.keys() >= set(unit.cites):
        return False
    within = {number: citation.quote for number, citation in cited.items()}
    passages = "\n".join(cited[number].passage.text for number in unit.cites)
    cells = ((cell.text, cell.cite) for row in unit.table for cell in row.cells)
    said = [*((step.text, step.cite) for step in unit.steps), *cells]
    return all(text in (passages if number is None else within.get(number, "")) for text, number in said)


def same_versions(candidate: CachedAnswer, versions: Mapping[str, str]) -> bool:
    """Return whether the answer was made with the versions in use now; `versions` are those of the requested mode.

    A person's correction was made by no version: it holds as long as its passages stand.
    """
    if is_correction(candidate.opinion):
        return True
    return all(candidate.answer.versions.get(name) == value for name, value in versions.items())


def is_correction(opinion: Opinion | None) -> bool:
    """Return whether an opinion says what the answer is: in words, or by the passages that hold it."""
    return opinion is not None and opinion.rating == "down" and bool(opinion.correction or opinion.right_passages)


def right_citations(
    session: Session, opinion: Opinion, caller: Caller, filters: Filters | None = None
) -> tuple[Citation, ...]:
    """Return what an opinion picked, numbered from 1, as this caller may read it; all of it unchanged, else nothing."""
    references = {int(each["chunk_id"]): each for each in opinion.right_passages}
    found = hydrate(session, caller, list(references), filters)
    if any(i not in found or not _is_unchanged(found[i], reference) for i, reference in references.items()):
        return ()
    passages = {passage.chunk_id: passage for passage in with_blocks(session, list(found.values()))}
    made: list[Citation] = []
    for each in opinion.right_passages:
        passage = passages[int(each["chunk_id"])]
        end = len(passage.text) if each["end"] is None else int(each["end"])
        made.append(Citation(len(made) + 1, passage, int(each["start"] or 0), end, 0.0))
    return tuple(made)


def _covers(record: AnswerRecord, filters: Filters | None) -> bool:
    """Return whether the answer's search covered all that is searched now: one collection's answer is not for all."""
    if record.collections is None:
        return False
    requested = filters.collections if filters is not None else frozenset()
    return not record.collections or (bool(requested) and requested <= record.collections)


def _unchanged_passages(
    session: Session, record: AnswerRecord, caller: Caller, filters: Filters | None
) -> dict[int, Passage]:
    """Return the passages that the answer was made from: those that are unchanged and that this caller may read."""
    references = {int(reference["chunk_id"]): reference for reference in record.passages}
    found = hydrate(session, caller, list(references), filters)
    same = [passage for chunk_id, passage in found.items() if _is_unchanged(passage, references[chunk_id])]
    return {passage.chunk_id: passage for passage in with_blocks(session, same)}


def _is_unchanged(passage: Passage, reference: Mapping[str, Json]) -> bool:
    now = (passage.document_id, passage.version, passage.sha256)
    return now == (reference["document_id"], reference["version"], reference["sha256"])


def _citations(
    record: AnswerRecord, passages: Mapping[int, Passage], wrong: Sequence[int]
) -> tuple[Citation, ...] | None:
    """Return the citations except those in `wrong`, with their numbers; None if the quote of one is no longer there."""
    citations = []
    for stored in record.body["citations"]:
        if stored["id"] in wrong:
            continue
        passage = passages.get(int(stored["chunk_id"]))
        if passage is None or passage.version != stored["version"]:
            return None
        citation = Citation(int(stored["id"]), passage, int(stored["start"]), int(stored["end"]), 0.0)
        if not citation.quote or citation.quote != stored["quote"]:
            return None
        citations.append(citation)
    return tuple(citations)


def _corrected(
    candidate: CachedAnswer,
    question: str,
    mode: AnswerMode,
    passages: Mapping[int, Passage],
    right: tuple[Citation, ...],
    remembered: ReusedFrom,
) -> Answer | None:
    """Return the corrected words with quotes that support them: the picked ones, else the cited, else others.

    Without words that may be given, the answer is what was picked.
    """
    opinion = candidate.opinion
    target = plain(opinion.correction or "") if opinion is not None else ""
    if opinion is None or (opinion.right_passages and not right):
        return None
    if right and (not target or mode == "quotes" or not grounded(Lesson(question, right, target))):
        return _of_passages(candidate.answer, question, right, remembered)
    if not target or mode == "quotes":
        return None
    if right:
        return _in_words(candidate.answer, question, target, right, remembered)
    citations = _citations(candidate.answer, passages, opinion.wrong_citations)
    if citations is None:
        return None
    if not citations or not grounded(Lesson(question, citations, target)):
        wrong = {int(c["chunk_id"]) for c in candidate.answer.body["citations"] if c["id"] in opinion.wrong_citations}
        others = [passage for chunk_id, passage in passages.items() if chunk_id not in wrong]
        citations = cite.distinct(nearest(f"{question} {target}", others, words=MOST_WORDS, most=MOST_QUOTES))
        if not citations or not grounded(Lesson(question, citations, target)):
            return None
    return _in_words(candidate.answer, question, target, citations, remembered)


def _in_words(
    record: AnswerRecord, question: str, target: str, supporting: Sequence[Citation], remembered: ReusedFrom
) -> Answer:
    """Return the words of a person with the quotes that support them."""
    citations = tuple(replace(each, id=number) for number, each in enumerate(supporting, start=1))
    numbers = tuple(citation.id for citation in citations)
    sentences = (Sentence(cite.marked(target, numbers), "corrected", numbers),)
    return _answer(record, question, sentences, citations, replace(remembered, corrected=True), phrased=False)


def _of_passages(
    record: AnswerRecord, question: str, right: Sequence[Citation], remembered: ReusedFrom
) -> Answer | None:
    """Return an answer of units that quotes what a person picked."""
    drafts = [draft for each in right for draft in picked(each.passage, each.start, each.end)]
    if not drafts:
        return None
    shown, citations = write.write(drafts)
    sentences = tuple(Sentence(unit.text, "quoted", unit.cites) for unit in shown)
    answer = _answer(record, question, sentences, citations, remembered, phrased=False)
    return replace(answer, text=write.text(shown), units=shown)


def _remembered(candidate: CachedAnswer, caller: Caller, similarity: float) -> ReusedFrom:
    """Return what the caller may know of the cached answer; of another caller's question only that it is cached."""
    record = candidate.answer
    if candidate.opinion is not None:
        return ReusedFrom(
            "approved",
            record.id,
            record.question,
            round(similarity, 4),
            candidate.approved_by,
            candidate.approved_at,
            corrected_by=candidate.given_by if is_correction(candidate.opinion) else None,
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
        text=" ".join(sentence.text for sentence in sentences),
        sentences=sentences,
        citations=citations,
        closest=(),
        support=float(record.body["support"]),
        phrased=phrased,
        versions=dict(record.versions),
        remembered=remembered,
    )
