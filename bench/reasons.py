"""Count why questions of a judged corpus are refused: python -m bench.reasons FOLDER --questions 300 [--keywords]

Every judged question has an answer in its corpus, so each `contradictory`, `question_too_broad` and `name_absent` (the
refusal that says which names there are) is a false alarm, unless the corpus really contradicts itself, the question can
mean several things, or what it names is not there. They go to stderr, to be read.
With `--keywords` each question is asked three times as people type into a search box: as all of its content words, the
two rarest of them, and the rarest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.settings import load_settings
from core.types import OPERATOR, Refusal
from evaluation.corpus.load import Corpus, load_corpus
from evaluation.corpus.search import open_corpus
from generation.answering import NOT_ANSWERED, Answerer
from generation.english.words import STOP, content, stem, words

SHOWN = ("contradictory", "question_too_broad", "question_unclear", "name_absent")


def main() -> None:
    """Ask, write the questions that SHOWN reasons refused, and print how many questions each reason refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--keywords", action="store_true")
    args = parser.parse_args()
    corpus = load_corpus(args.folder)
    asked = [corpus.questions[each] for each in sorted(corpus.judgements)[: args.questions]]
    forms = [("question", each) for each in asked] if not args.keywords else list(keyword_forms(corpus, asked))
    counts: Counter[str] = Counter()
    with open_corpus(load_settings(rerank_budget_ms=5000), corpus.documents, _report, redact=False) as opened:
        answerer = Answerer(opened.searcher, opened.reader, lambda: None, opened.home)
        for form, question in forms:
            refusal = answerer.answer(OPERATOR, question, mode="quotes").refusal
            reason = _reason(refusal)
            counts[f"{form}: {reason}"] += 1
            if refusal is not None and reason in SHOWN:
                _report(f"{question}\n  {reason}: {refusal.message}")
    sys.stdout.write(json.dumps(dict(sorted(counts.items())), indent=1) + "\n")


def _reason(refusal: Refusal | None) -> str:
    if refusal is None:
        return "answered"
    return "name_absent" if refusal.code == "not_answered" and refusal != NOT_ANSWERED else refusal.code


def keyword_forms(corpus: Corpus, questions: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each question as keywords: all that are in the corpus, its two rarest in their order, and its rarest."""
    holding = Counter(word for each in corpus.documents for word in set(content(f"{each.title} {each.text}")))
    for question in questions:
        every = [word for word in dict.fromkeys(words(question)) if word not in STOP and holding[stem(word)]]
        rarest = sorted(every, key=lambda word: holding[stem(word)])
        for form, most in (("all words", len(every)), ("two words", 2), ("one word", 1)):
            if len(every) >= most > 0:
                yield form, " ".join(word for word in every if word in rarest[:most])


def _report(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
