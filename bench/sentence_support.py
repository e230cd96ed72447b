"""Which measure of support separates true sentences from mixtures: python -m bench.sentence_support SET… [--most 120]

A SET holds `corpus.jsonl` and `answers.jsonl` with `doc_id` or `doc_ids`. True sentences are those of its answers that
are not copied from their documents. A mixture is the first half of one sentence and the second half of another of the
same document. Both kinds must pass `generation.phrasing.check`, without its measure of words that are close together.
Prints for each measure its area under the curve, and what share of the mixtures is rejected by the thresholds that
reject 5, 10 and 20 % of the true sentences.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from unittest.mock import patch

from core.ports import Reranker
from core.settings import load_settings
from core.types import Citation, Json, Passage
from generation.english.words import content, count
from generation.evidence.spans import split
from generation.phrasing import check
from retrieval.models.reranker import open_reranker

SEED = 3
NEAR = 6
"""Content words within which two neighbours of a claim must follow each other in a sentence of the source."""
Pair = tuple[str, str]
"""A claim and the text of its source."""


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=120)
    args = parser.parse_args()
    draw = Random(SEED)
    with patch.object(check, "TOGETHER", 0.0):
        stand = [pair for folder in args.sets for pair in supported(folder)]
        mixed = [pair for folder in args.sets for pair in mixtures(folder, draw)]
    print(json.dumps({"stand": len(stand), "mixed": len(mixed)}))
    stand, mixed = draw.sample(stand, min(args.most, len(stand))), draw.sample(mixed, min(args.most, len(mixed)))
    reranker = open_reranker(load_settings())
    measures: dict[str, Callable[[Pair], float]] = {"together": together, "pairs": pairs}
    if reranker is not None:
        measures["reranker"] = lambda pair: logit(reranker, pair)
    for name, measure in measures.items():
        print(json.dumps({"measure": name} | compared(list(map(measure, stand)), list(map(measure, mixed)))))


def supported(folder: Path) -> Iterator[Pair]:
    """Yield the sentences of answers that are in their author's own words and pass the check."""
    texts = _texts(folder)
    for line in _lines(folder / "answers.jsonl"):
        ids = line.get("doc_ids") or [line.get("doc_id")]
        source = "\n\n".join(texts[each] for each in ids if each in texts)
        for claim in _sentences(str(line["answer"])):
            copied = " ".join(claim.split()) in " ".join(source.split())
            if count(claim) >= NEAR and not copied and _passes(claim, source):
                yield claim, source


def mixtures(folder: Path, draw: Random) -> Iterator[Pair]:
    """Yield sentences joined from halves of two sentences that pass the check."""
    for source in _texts(folder).values():
        whole = [each for each in _sentences(source) if 8 <= count(each) <= 30]
        for _ in range(4 if len(whole) > 1 else 0):
            one, other = (each.split() for each in draw.sample(whole, 2))
            claim = " ".join([*one[: len(one) // 2], *other[len(other) // 2 :]]).rstrip(".") + "."
            if _passes(claim, source):
                yield claim, source


def together(pair: Pair) -> float:
    """Return the share of the claim's words in one sentence of the source, or in two neighbours."""
    return check._together(*pair, "")


def pairs(pair: Pair) -> float:
    """Return the share of the claim's pairs of neighbouring content words that follow each other in a sentence."""
    claim, source = pair
    asked = content(claim)
    wanted = list(pairwise(asked))
    read = [content(sentence) for sentence in _sentences(source)]
    return sum(any(_follow(words, *each) for words in read) for each in wanted) / max(1, len(wanted))


def logit(reranker: Reranker, pair: Pair) -> float:
    """Return the best logit of the claim with the two nearest sentences, each alone or both."""
    claim, source = pair
    asked = set(content(claim))
    near = sorted(_sentences(source), key=lambda each: -len(asked & set(content(each))))[:2]
    return max(reranker.score(claim, [*near, " ".join(near)]))


def compared(stand: Sequence[float], mixed: Sequence[float]) -> dict[str, Json]:
    """Return the area under the curve and, for three losses of `stand`, which share of `mixed` is rejected."""
    wins = sum((one > other) + 0.5 * (one == other) for one in stand for other in mixed)
    ordered = sorted(stand)
    bars = {f"{loss:g}": ordered[int(loss * len(ordered))] for loss in (0.05, 0.1, 0.2)}
    away = {loss: round(sum(each < bar for each in mixed) / len(mixed), 2) for loss, bar in bars.items()}
    area = round(wins / len(stand) / len(mixed), 3)
    return {"area": area, "thresholds": {loss: round(bar, 2) for loss, bar in bars.items()}, "turned_away": away}


def _follow(words: Sequence[str], one: str, other: str) -> bool:
    places = [place for place, word in enumerate(words) if word == one]
    return any(other in words[place + 1 : place + 1 + NEAR] for place in places)


def _passes(claim: str, source: str) -> bool:
    passage = Passage(1, "d", 1, 0, "c", "p", "", source, "0" * 64)
    return check.check_sentence(claim, [Citation(1, passage, 0, len(source), 1.0)]).passes


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split(text)]


def _texts(folder: Path) -> dict[str, str]:
    return {str(line["_id"]): str(line["text"]) for line in _lines(folder / "corpus.jsonl")}


def _lines(path: Path) -> Iterator[Mapping[str, Json]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    main()
