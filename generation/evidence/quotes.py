"""The smallest set of verbatim spans that answers a question: cut, score, choose.

Knows passages as retrieval ranked them and a cross-encoder, or none; knows no generator. Whether what is chosen
supports an answer at all is decided in `generation.refusal.support`.
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
"""Spans that the cross-encoder reads: at 60 short pairs a second, less than half a second."""

TIE = 0.25
"""Scores that lie no further apart count as equal: the span that comes first in the documents is then better.

int8 models round differently from one processor to the next. Between AVX-512 VNNI and AVX2 the logits of the default
cross-encoder differ by 0.18 in the median, by up to 0.2 for nine spans in ten, and by 0.5 at most."""
PRIOR_WEIGHT = 1.5
LEADING_PRIOR_WEIGHT = 8.0
"""What its passage's place weighs for the first span: search has read the whole passage, the span was read alone."""
SHARED_WEIGHT = 6.0
ECHO_PENALTY = 4.0
SIBLING_PENALTY = 20.0
UNREAD = -30.0
SHORT = 8
"""Words below which a span is read under its heading: "3.5 kg" answers nothing that does not say "Weight"."""
NEWS = 2


@dataclass(frozen=True, slots=True)
class Scored:
    """A span with the reasons for its place.

    `logit` is the cross-encoder's, None where it did not read the span. `prior` (0..1) is its passage's place,
    `overlap` (0..1) the question's words it holds; it `echoes` when it says next to nothing that was not asked.
    """

    passage: Passage
    span: Span
    rank: int
    prior: float
    overlap: float
    echoes: bool = False
    logit: float | None = None

    @property
    def text(self) -> str:
        return self.passage.text[self.span.start : self.span.end]

    @property
    def score(self) -> float:
        """Higher is better; on the cross-encoder's scale where it spoke, below everything it read where it did not."""
        penalty = ECHO_PENALTY if self.echoes else 0.0
        if self.logit is not None:
            return self.logit + PRIOR_WEIGHT * self.prior - penalty
        return UNREAD + SHARED_WEIGHT * self.overlap + PRIOR_WEIGHT * self.prior - penalty

    @property
    def leading(self) -> float:
        """The score by which the first span is chosen."""
        return self.score + (LEADING_PRIOR_WEIGHT - PRIOR_WEIGHT) * self.prior


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be quoted: `margin` is how far below the best a further span may score."""

    words: int = 40
    quotes: int = 3
    margin: float = 5.0


SHOWN = Limits()
EVIDENCE = Limits(words=160, quotes=6, margin=8.0)
"""What a generator reads and may phrase: more than is shown, since it cuts down by itself."""


def score_spans(
    question: str, passages: Sequence[Ranked], reranker: Reranker | None, *, deadline: float | None = None
) -> list[Scored]:
    """Return every span of the passages, best first: the one that leads, then the others by their scores.

    All are scored by shared words (weighted by rarity among the spans) and their passage's place; the best POOL of
    them by the cross-encoder, as far as `deadline` (time.monotonic) allows. Scores within TIE of one another are equal.
    """
    spans = _by_overlap(question, _cut(passages))
    if reranker is None or not spans:
        return spans
    pool, rest = _read(question, spans[:POOL], reranker, deadline), spans[POOL:]
    ordered = sorted([*pool, *rest], key=lambda item: -item.score)
    first = _best(ordered, lambda item: item.leading)
    others = [item for item in ordered if item is not first]
    return [first, *_best_first(others[:POOL]), *others[POOL:]]


def _best_first(spans: Iterable[Scored]) -> list[Scored]:
    """Order spans by their scores, as far as these lie further apart than TIE."""
    left, ordered = list(spans), list[Scored]()
    while left:
        ordered.append(_best(left, lambda item: item.score))
        left.remove(ordered[-1])
    return ordered


def _best(spans: Sequence[Scored], score: Callable[[Scored], float]) -> Scored:
    """Return the span with the highest score; of those within TIE of it, the first in the documents."""
    least = max(map(score, spans)) - TIE
    return min((item for item in spans if score(item) >= least), key=lambda item: (item.rank, item.span.start))


def _read(question: str, pool: Sequence[Scored], reranker: Reranker, deadline: float | None) -> list[Scored]:
    """Return the spans with the cross-encoder's logits, as far as time allows.

    Each document's are read with the question as it would be asked of that document: without the name in its title.
    Those of another model's manual lose: to a cross-encoder "reset the X300" is nearly what was asked about the X200.
    """
    passages = {item.passage.chunk_id: item.passage for item in pool}  # each has many spans
    others = siblings(question, passages.values())
    asked: dict[str, list[int]] = {}
    questions = {chunk_id: without_names(question, passage) for chunk_id, passage in passages.items()}
    for place, item in enumerate(pool):
        asked.setdefault(questions[item.passage.chunk_id], []).append(place)
    read = list(pool)
    for words, places in asked.items():
        logits = reranker.score(words, [in_context(pool[place]) for place in places], deadline=deadline)
        for place, logit in zip(places, logits, strict=False):
            lost = SIBLING_PENALTY if pool[place].passage.title in others else 0.0
            read[place] = replace(pool[place], logit=logit - lost)
    return read


def in_context(item: Scored) -> str:
    """Return what the cross-encoder reads for a span: itself, and what a short one needs to be understood.

    That is its heading and the row or line that introduces it; list items and rows need them at any length. Under a
    heading every sentence looks alike to a cross-encoder, so a whole one is read alone; its heading speaks through the
    passage's place.
    """
    if item.span.kind == "sentence" and count(item.text) >= SHORT:
        return item.text
    lead = item.passage.text[slice(*item.span.lead)] if item.span.lead else ""
    return "\n".join(part for part in (_heading(item.passage), lead, item.text) if part)


def choose(scored: Sequence[Scored], limits: Limits = SHOWN) -> tuple[Citation, ...]:
    """Return citations, numbered from 1, best first: the best span always, more while they fit and are near it.

    Spans that stand side by side become one citation; a span that says what another said is left out. What a row, an
    item or a few words stand under is quoted with them, if there is room: the header, the lead-in, the label.
    """
    if not scored:
        return ()
    kept: list[Scored] = []
    room, places = limits.words, limits.quotes
    for item in scored:
        if not places:
            break
        if item.score < scored[0].score - limits.margin or item in kept:
            continue
        if kept and (count(item.text) > room or _repeats(item, kept)):
            continue
        lead = _lead(item, kept, room)
        left = room - sum(count(each.text) for each in lead)
        fitting = [*lead, *_fitting([item, *_list_under(item, scored)], left)]
        kept += [each for each in fitting if each not in kept]
        room -= sum(count(each.text) for each in fitting)
        places -= 1
    return _numbered(_joined(kept))


def verbatim(citation: Citation) -> bool:
    """Tell whether the offsets lie in the stored text and enclose something to read."""
    return 0 <= citation.start < citation.end <= len(citation.passage.text) and bool(citation.quote.strip())


def _cut(passages: Sequence[Ranked]) -> list[Scored]:
    top = max((ranked.score for ranked in passages), default=0.0)
    low = min((ranked.score for ranked in passages), default=0.0)
    priors = [(ranked.score - low) / (top - low) if top > low else 1.0 for ranked in passages]
    return [
        Scored(ranked.passage, span, rank, prior=priors[rank], overlap=0.0)
        for rank, ranked in enumerate(passages)
        for span in split(ranked.passage.text, code=ranked.passage.kind == "code")
    ]


def _by_overlap(question: str, spans: list[Scored]) -> list[Scored]:
    """Order spans by the share of the question's rarity that they hold, their heading counting half."""
    asked = set(content(question))
    held = [set(content(item.text)) for item in spans]
    around = [set(content(_heading(item.passage))) for item in spans]
    seen = Counter(word for words in held for word in words & asked)
    rarity = {word: math.log(1 + len(spans) / (1 + seen[word])) for word in asked}
    whole = math.fsum(rarity.values()) or 1.0
    scored = [
        replace(
            item,
            overlap=(_weight(words & asked, rarity) + 0.5 * _weight((near - words) & asked, rarity)) / whole,
            echoes=len(words - asked) < NEWS,
        )
        for item, words, near in zip(spans, held, around, strict=True)
    ]
    return sorted(scored, key=lambda item: -item.score)


def _heading(passage: Passage) -> str:
    return " > ".join(dict.fromkeys(part for part in (passage.title, *passage.heading) if part))


def _weight(words: Iterable[str], rarity: dict[str, float]) -> float:
    return math.fsum(rarity[word] for word in words)  # the same in whatever order a set gives its words


def _lead(item: Scored, kept: Sequence[Scored], room: int) -> list[Scored]:
    """Return what the span stands under, at the span's own place: "3.5 kg" says nothing without "Weight"."""
    if item.span.lead is None or (item.span.kind == "sentence" and count(item.text) >= SHORT):
        return []
    lead = replace(item, span=Span(*item.span.lead, "sentence"))
    there = any(each.span.start == lead.span.start and each.passage == lead.passage for each in kept)
    return [] if there or count(lead.text) + count(item.text) > room else [lead]


def _list_under(item: Scored, scored: Sequence[Scored]) -> list[Scored]:
    """Return the list that the span opens, in order: "… in the following cases:" says nothing without the cases."""
    if item.text[-1] not in ":：":
        return []
    opened = (item.span.start, item.span.end)
    items = [each for each in scored if each.span.lead == opened and each.passage.chunk_id == item.passage.chunk_id]
    return sorted(items, key=lambda each: each.span.start)


def _fitting(run: Sequence[Scored], room: int) -> list[Scored]:
    """Return the first of the run, and the rest of it as far as there is room."""
    fitting = [run[0]]
    for item in run[1:]:
        if sum(count(each.text) for each in [*fitting, item]) > room:
            break
        fitting.append(item)
    return fitting


def _repeats(item: Scored, kept: Sequence[Scored]) -> bool:
    """Tell whether one of the kept spans says nearly all of what this one says."""
    words = set(content(item.text))
    return any(len(words & set(content(other.text))) >= 0.8 * len(words) for other in kept)


def _joined(items: Sequence[Scored]) -> list[Citation]:
    """Make citations, in the order of their first span; neighbours in one passage become one."""
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
