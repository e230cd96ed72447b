"""Why questions of a judged corpus are refused: python -m bench.reasons FOLDER --questions 300 [--keywords]

Every judged question has an answer in its corpus, so each `contradictory` and `question_too_broad` is a false alarm,
unless the corpus truly contradicts itself or the question could mean several things: they are written out, to be read.
With `--keywords` each question is asked three times as people type into a search box: all of its words that carry
meaning, the two rarest and the rarest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.settings import load_settings
from core.store.database import Database
from core.types import OPERATOR
from evaluation.corpus.home import throwaway_home
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import Corpus, load_corpus
from generation.answering import Answerer
from generation.english.words import STOP, content, stem, words
from retrieval.lifecycle.publish import build_snapshot
from retrieval.models.embedder import open_embedder
from retrieval.models.reranker import open_reranker
from retrieval.search import open_searcher

TOLD = ("contradictory", "question_too_broad", "question_unclear")


def main() -> None:
    """Ask, write out what is told of the questions, and print how many each reason refused."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--questions", type=int, default=300)
    options.add_argument("--keywords", action="store_true")
    given = options.parse_args()
    corpus = load_corpus(given.folder)
    asked = [corpus.questions[each] for each in sorted(corpus.judgements)[: given.questions]]
    forms = [("question", each) for each in asked] if not given.keywords else list(keyword_forms(corpus, asked))
    counts: Counter[str] = Counter()
    with throwaway_home(load_settings(rerank_budget_ms=5000), redact=False) as home:
        db = Database(home.database_url)
        ingest_corpus(home, db, corpus.documents, _tell)
        embedder, reranker = open_embedder(home), open_reranker(home)
        build_snapshot(db, home, embedder.name, embedder.dimension)
        searcher = open_searcher(home, db, embedder=embedder, reranker=reranker)
        answerer = Answerer(searcher, reranker, lambda: None, home)
        try:
            for form, question in forms:
                refusal = answerer.answer(OPERATOR, question, mode="quotes").refusal
                counts[f"{form}: {refusal.code if refusal else 'answered'}"] += 1
                if refusal is not None and refusal.code in TOLD:
                    _tell(f"{question}\n  {refusal.code}: {refusal.message}")
        finally:
            searcher.close()
            db.close()
    sys.stdout.write(json.dumps(dict(sorted(counts.items())), indent=1) + "\n")


def keyword_forms(corpus: Corpus, questions: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each question as keywords: all that the corpus holds, its two rarest in their order, its rarest."""
    holding = Counter(word for each in corpus.documents for word in set(content(f"{each.title} {each.text}")))
    for question in questions:
        every = [word for word in dict.fromkeys(words(question)) if word not in STOP and holding[stem(word)]]
        rarest = sorted(every, key=lambda word: holding[stem(word)])
        for form, most in (("all words", len(every)), ("two words", 2), ("one word", 1)):
            if len(every) >= most > 0:
                yield form, " ".join(word for word in every if word in rarest[:most])


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
