"""Questions asked of documents, with a table in place of a reader's model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.settings import load_settings
from core.types import Answer, Passage
from generation.answering import Answerer
from tests.generation.doubles import ASKER, TableReader
from tests.generation.library import Library, document, verbatim

QUESTION = "How is the pump made ready?"


def answer(source: str | Sequence[Passage], logits: Mapping[str, float], question: str = QUESTION) -> Answer:
    """Return the answer from a document, where the parts with a key of `logits` in their words have its logit.

    Nothing is refused for its support.
    """
    passages = document(source) if isinstance(source, str) else source
    settings = load_settings({"VOUCH_SUPPORT_THRESHOLD": "0"})
    made = Answerer(Library(passages), TableReader(logits), lambda: None, settings).answer(ASKER, question)
    assert made.status == "answered", made.refusal
    assert verbatim(made.citations)
    assert {number for unit in made.units for number in unit.cites} == {each.id for each in made.citations}
    return made
