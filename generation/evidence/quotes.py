"""The smallest set of verbatim spans that answers a question: cut, score, choose.

Knows passages as retrieval ranked them, and a cross-encoder if there is one. Knows no generator. Whether the quotes
support an answer is decided in `generation.refusal.support`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from core.ports import Reranker
from core.types import Citation, Passage, Ranked
from generation.english.words import content, count
from generation.evidence.spans import Span, split
from generation.question.product_names import siblings, without_names

VERSION = "spans-4"
POOL = 24
"""Spans that the cross-encoder reads: less than half a second at 60 short pairs per second."""

TIE = 0.25
"""Scores that are no further apart count as equal: then the span that comes first in the documents is better.

int8 models round differently from one processor to the next. Between AVX-512 VNNI and AVX2 the logits of the default
cross-encoder differ by 0.18 in the median, by up to 0.2 for nine spans in ten, and by 0.5 at most."""
PRIOR_WEIGHT = 1.5
LEADING_PRIOR_WEIGHT = 8.0
"""Weight of the passage's rank for the first span: search read the whole passage, the cross-encoder only the span."""
SHARED_WEIGHT = 6.0
REPEAT_PENALTY = 4.0
SIBLING_PENALTY = 20.0
QUOTED_PENALTY = 5.0
"""What an older mail says, quoted under a newer one that may have changed it, gives way to what the newer one says."""
UNREAD = -30.0
"""Base score of a span that the cross-encoder did not read: below the logit of every span that it read."""
SHORT = 8
"""A span of fewer words is read with its heading: "3.5 kg" answers nothing without "Weight"."""
NEW_WORDS = 2
"""A span with fewer content words that are not in the question only repeats the question."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A span with the parts of its score.

    `logit` is the cross-encoder's, None when it did not read the span. `prior` (0..1) is the rank of the passage,
    `overlap` (0..1) the share of the question's words in the span. A span `repeats_question` when it says almost
    nothing else, and `is_quoted` when it stands in an older mail that this one quotes.
    """

    passage: Passage
    span: Span
    rank: int
    prior: float
    overlap: float
    repeats_question: bool = False
    logit: float | None = None
    is_quoted: bool = False

    @property
    def text(self) -> str:
        return self.passage.text[self.span.start : self.span.end]

    @property
    def score(self) -> float:
        """Higher is better: on the cross-encoder's scale if it read the span, else below every span that it read."""
        penalty = REPEAT_PENALTY * self.repeats_question + QUOTED_PENALTY * self.is_quoted
        if self.logit is not None:
            return self.logit + PRIOR_WEIGHT * self.prior - penalty
        return UNREAD + SHARED_WEIGHT * self.overlap + PRIOR_WEIGHT * self.prior - penalty

    @property
    def lead_score(self) -> float:
        """The score that chooses the first span."""
        return self.score + (LEADING_PRIOR_WEIGHT - PRIOR_WEIGHT) * self.prior


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be quoted. A further span may score at most `margin` below the best one."""

    words: int = 40
    quotes: int = 3
    margin: float = 5.0


SHOWN = Limits()
EVIDENCE = Limits(words=160, quotes=6, margin=8.0)
"""Limits for a generator: it reads more than is shown, because it shortens by itself."""


def score_spans(
    question: str, passages: Sequence[Ranked], reranker: Reranker | None, *, deadline: float | None = None
) -> list[Scored]:
    """Return every span of the passages, best first: the best by `lead_score`, then the others by `score`.

    All spans are scored by shared words (weighted by rarity among the spans) and by the rank of their passage. The
    cross-encoder reads the best POOL of them as far as `deadline` (time.monotonic) allows. Scores within TIE are equal.
    """
    spans = _by_overlap(question, _cut(passages))
    if reranker is None or not spans:
        return spans
    pool, rest = _reranked(question, spans[:POOL], reranker, deadline), spans[POOL:]
    ordered = sorted([*pool, *rest], key=lambda item: -item.score)
    first = _best(ordered, lambda item: item.lead_score)
    others = [item for item in ordered if item is not first]
    return [first, *_best_first(others[:POOL]), *others[POOL:]]


def _best_first(spans: Iterable[Scored]) -> list[Scored]:
    """Return spans ordered by score; scores within TIE of the best one left are equal."""
    left, ordered = list(spans), list[Scored]()
    while left:
        ordered.append(_best(left, lambda item: item.score))
        left.remove(ordered[-1])
    return ordered


def _best(spans: Sequence[Scored], score: Callable[[Scored], float]) -> Scored:
    """Return the span with the highest score, or an earlier one in the documents with a score within TIE of it."""
    least = max(map(score, spans)) - TIE
    return min((item for item in spans if score(item) >= least), key=lambda item: (item.rank, item.span.start))


def _reranked(question: str, pool: Sequence[Scored], reranker: Reranker, deadline: float | None) -> list[Scored]:
    """Return the spans with the cross-encoder's logits, as far as time allows.

    The spans of each document are read with the question that one asks of that document: without the name in its
    title. Spans of another model's manual get a penalty: to a cross-encoder "the X300" is nearly "the X200".
    """
    passages = {item.passage.chunk_id: item.passage for item in pool}  # one passage has many spans
    others = siblings(question, passages.values())
    asked: dict[str, list[int]] = {}
    questions = {chunk_id: without_names(question, passage) for chunk_id, passage in passages.items()}
    for place, item in enumerate(pool):
        asked.setdefault(questions[item.passage.chunk_id], []).append(place)
    read = list(pool)
    for words, places in asked.items():
        logits = reranker.score(words, [in_context(pool[place]) for place in places], deadline=deadline)
        for place, logit in zip(places, logits, strict=False):
            penalty = SIBLING_PENALTY if pool[place].passage.title in others else 0.0
            read[place] = replace(pool[place], logit=logit - penalty)
    return read


def in_context(item: Scored) -> str:
    """Return the text that the cross-encoder reads for a span: the span, and the context that a short one needs.

    The context is the heading and the row or line that introduces the span; list items and rows get it at any length.
    A whole sentence is read alone, because under a heading all sentences look alike to a cross-encoder; its heading
    counts through the rank of the passage.
    """
    if item.span.kind == "sentence" and count(item.text) >= SHORT:
        return item.text
    lead = item.passage.text[slice(*item.span.lead)] if item.span.lead else ""
    return "\n".join(part for part in (_heading(item.passage), lead, item.text) if part)


def choose(scored: Sequence[Scored], limits: Limits = SHOWN) -> tuple[Citation, ...]:
    """Return citations, numbered from 1, best first: always the best span, and more that fit and score near it.

    Neighbouring spans become one citation; a span that repeats another one is left out. A row, an item or a few words
    are quoted with their header, lead-in or label if there is room.
    """
    if not scored:
        return ()
    chosen: list[Scored] = []
    room, places = limits.words, limits.quotes
    for item in scored:
        if not places:
            break
        if item.score < scored[0].score - limits.margin or item in chosen:
            continue
        if chosen and (count(item.text) > room or _repeats(item, chosen)):
            continue
        lead = _lead(item, chosen, room)
        left = room - sum(count(each.text) for each in lead)
        fitting = [*lead, *_fitting([item, *_list_under(item, scored)], left)]
        chosen += [each for each in fitting if each not in chosen]
        room -= sum(count(each.text) for each in fitting)
        places -= 1
    return _numbered(_joined(chosen))


def verbatim(citation: Citation) -> bool:
    """Return whether the offsets are inside the stored text and enclose more than white space."""
    return 0 <= citation.start < citation.end <= len(citation.passage.text) and bool(citation.quote.strip())


def _cut(passages: Sequence[Ranked]) -> list[Scored]:
    top = max((ranked.score for ranked in passages), default=0.0)
    low = min((ranked.score for ranked in passages), default=0.0)
    priors = [(ranked.score - low) / (top - low) if top > low else 1.0 for ranked in passages]
    return [
        Scored(ranked.passage, span, rank, priors[rank], 0.0, is_quoted=_is_quoted(ranked.passage, span))
        for rank, ranked in enumerate(passages)
        for span in split(ranked.passage.text, code=ranked.passage.kind == "code")
    ]


def _is_quoted(passage: Passage, span: Span) -> bool:
    return any(block.kind == "quoted_mail" and block.start <= span.start < block.end for block in passage.blocks)


def _by_overlap(question: str, spans: list[Scored]) -> list[Scored]:
    """Return the spans ordered by the question's words they share, weighted by rarity; the heading counts half."""
    asked = set(content(question))
    inside = [set(content(item.text)) for item in spans]
    around = [set(content(_heading(item.passage))) for item in spans]
    seen = Counter(word for words in inside for word in words & asked)
    rarity = {word: math.log(1 + len(spans) / (1 + seen[word])) for word in asked}
    whole = math.fsum(rarity.values()) or 1.0
    scored = [
        replace(
            item,
            overlap=(_weight(words & asked, rarity) + 0.5 * _weight((near - words) & asked, rarity)) / whole,
            repeats_question=len(words - asked) < NEW_WORDS,
        )
        for item, words, near in zip(spans, inside, around, strict=True)
    ]
    return sorted(scored, key=lambda item: -item.score)


def _heading(passage: Passage) -> str:
    return " > ".join(dict.fromkeys(part for part in (passage.title, *passage.heading) if part))


def _weight(words: Iterable[str], rarity: dict[str, float]) -> float:
    return math.fsum(rarity[word] for word in words)  # exact, so that the order of a set does not change it


def _lead(item: Scored, chosen: Sequence[Scored], room: int) -> list[Scored]:
    """Return the line that introduces the span, with the span's score: "3.5 kg" says nothing without "Weight"."""
    if item.span.lead is None or (item.span.kind == "sentence" and count(item.text) >= SHORT):
        return []
    lead = replace(item, span=Span(*item.span.lead, "sentence"))
    there = any(each.span.start == lead.span.start and each.passage == lead.passage for each in chosen)
    return [] if there or count(lead.text) + count(item.text) > room else [lead]


def _list_under(item: Scored, scored: Sequence[Scored]) -> list[Scored]:
    """Return the list that the span introduces, in order: "… in these cases:" says nothing without the cases."""
    if item.text[-1] not in ":：":
        return []
    opened = (item.span.start, item.span.end)
    items = [each for each in scored if each.span.lead == opened and each.passage.chunk_id == item.passage.chunk_id]
    return sorted(items, key=lambda each: each.span.start)


def _fitting(run: Sequence[Scored], room: int) -> list[Scored]:
    """Return the first span of the run and as many of the next ones as there is room for."""
    fitting = [run[0]]
    for item in run[1:]:
        if sum(count(each.text) for each in [*fitting, item]) > room:
            break
        fitting.append(item)
    return fitting


def _repeats(item: Scored, chosen: Sequence[Scored]) -> bool:
    """Return whether one of the chosen spans has nearly all content words of this one."""
    words = set(content(item.text))
    return any(len(words & set(content(other.text))) >= 0.8 * len(words) for other in chosen)


def _joined(items: Sequence[Scored]) -> list[Citation]:
    """Return citations in the order of their first span; neighbours in one passage become one citation."""
    made: list[Citation] = []
    for item in items:
        start, end, score, place = item.span.start, item.span.end, item.score, len(made)
        for other in [c for c in made if c.passage.chunk_id == item.passage.chunk_id and _touch(c, start, end)]:
            start, end, score = min(start, other.start), max(end, other.end), max(score, other.score)
            place = min(place, made.index(other))
            made.remove(other)
        made.insert(place, Citation(0, item.passage, start, end, score))
    return made


def _touch(citation: Citation, start: int, end: int) -> bool:
    first, last = sorted([(citation.start, citation.end), (start, end)])
    return not citation.passage.text[first[1] : last[0]].strip()


def _numbered(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    return tuple(replace(citation, id=number) for number, citation in enumerate(citations, start=1))
