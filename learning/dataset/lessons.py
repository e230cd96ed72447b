"""A lesson: a question, the sources as a generator reads them, and the answer it should have given.

What an example of a dataset is to training and to evaluation. Knows no database and no model; the chat is made by
the very template that answers questions, so that nothing is learned which is not asked for later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.types import Citation, Json, Message, Passage, Ranked
from generation.english import claims
from generation.english.words import content
from generation.evidence.cite import distinct, inline, without_markers
from generation.evidence.quotes import EVIDENCE, choose, score_spans
from generation.phrasing.check import Checked, check
from generation.phrasing.phrase import DECLINED
from generation.phrasing.prompt import Example, render

KIND = "answer"
GROUNDED = 0.5
"""Share of a target's content words that its sources must hold: below, it would teach to answer past them."""
_QUOTE_MARKS = str.maketrans("", "", "“”")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with numbered sources, best first, and the text to learn."""

    question: str
    sources: tuple[Citation, ...]
    target: str
    examples: tuple[Example, ...] = ()

    def chat(self) -> list[Message]:
        """Return the prompt as `generation.answering` sends it."""
        return render(self.question, self.sources, examples=self.examples)

    def stands(self) -> bool:
        """Tell whether what is taught would be shown: every sentence of the target passes the check."""
        return self.target == DECLINED or all(checked.passes for checked in self._checked())

    def _checked(self) -> list[Checked]:
        return check(self.target, self.sources, self.question)

    def taught(self) -> str:
        """Return the text to write: the target, each sentence with the numbers of the sources in which it stands."""
        if self.target == DECLINED:
            return self.target
        return " ".join(inline(checked.text, checked.cites) for checked in self._checked())


def make_lesson(question: str, target: str, passages: Sequence[Passage]) -> Lesson:
    """Make a lesson: of the passages, what a generator would be given, with the words of the target among them."""
    ranked = [Ranked(passage, score=-float(place)) for place, passage in enumerate(passages)]
    spans = score_spans(f"{question} {target}", ranked, None)
    return Lesson(question, distinct(choose(spans, EVIDENCE)), target)


def plain(text: str) -> str:
    """Return an answer's text as a generator should write it: no [n], no quotation marks, on one line."""
    return " ".join(without_markers(text).translate(_QUOTE_MARKS).split())


def grounded(made: Lesson) -> bool:
    """Tell whether the sources hold the target's figures and at least half of its content words."""
    words = set(content(made.target))
    read = " \n".join(" ".join((*c.passage.heading, c.passage.title, c.quote)) for c in made.sources)
    if not words or claims.numbers(made.target) - claims.numbers(read):
        return False
    return len(words & set(content(read))) >= GROUNDED * len(words)


def to_content(made: Lesson) -> dict[str, Json]:
    """Return the lesson as a dataset keeps it: of a passage only the span that is read, and where it came from."""
    return {
        "kind": KIND,
        "question": made.question,
        "target": made.target,
        "examples": [{"question": each.question, "answer": each.answer} for each in made.examples],
        "sources": [
            {
                "id": citation.id,
                "chunk_id": citation.passage.chunk_id,
                "document_id": citation.passage.document_id,
                "version": citation.passage.version,
                "sha256": citation.passage.sha256,
                "title": citation.passage.title,
                "heading": list(citation.passage.heading),
                "text": citation.quote,
            }
            for citation in made.sources
        ],
    }


def from_content(kept: Mapping[str, Json]) -> Lesson:
    """Read a lesson back; each source's passage holds just the span."""
    sources = tuple(_source(source) for source in kept["sources"])
    examples = tuple(Example(each["question"], each["answer"]) for each in kept.get("examples", ()))
    return Lesson(kept["question"], sources, kept["target"], examples)


def _source(kept: Mapping[str, Json]) -> Citation:
    passage = Passage(
        chunk_id=kept["chunk_id"],
        document_id=kept["document_id"],
        version=kept["version"],
        ordinal=0,
        collection="",
        path="",
        title=kept["title"],
        text=kept["text"],
        sha256=kept["sha256"],
        heading=tuple(kept["heading"]),
    )
    return Citation(kept["id"], passage, 0, len(passage.text), 0.0)
