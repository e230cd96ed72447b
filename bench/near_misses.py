"""Shows near misses that were answered all the same, to be judged by hand: python -m bench.near_misses RUN.jsonl DIR

RUN.jsonl is what `vouch eval answers DIR --withhold both --run RUN.jsonl` wrote. For a sample of the questions that
were asked without their judged documents and yet answered, prints the question, what was quoted, and what a right
answer says. A quote that answers from another document is no mistake; only a reader can tell.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from core.types import Json
from evaluation.corpus.load import read_lines
from evaluation.golden.golden_set import GoldenSet, load_golden_set

SHOWN = 600
"""Characters shown of a reference, or of a judged document where no answer is known."""


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    missed = answered_near_misses(list(read_lines(given.run, "query_id", "withheld", "status", "quotes")))
    Random(given.seed).shuffle(missed)
    print(f"{len(missed)} near misses were answered; {min(given.sample, len(missed))} of them:")
    for text in shown(missed[: given.sample], load_golden_set(given.folder)):
        print(f"\n{text}")


def answered_near_misses(lines: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """Return the lines of a run that were asked without their judged documents and not refused, by id."""
    found = [line for line in lines if line["withheld"] and line["status"] == "answered"]
    return sorted(found, key=lambda line: str(line["query_id"]))


def shown(missed: Sequence[Mapping[str, Json]], golden: GoldenSet) -> Iterator[str]:
    """Yield what a reader needs to judge each of them."""
    references = {each.id: each for each in golden.references}
    documents = {each.id: f"{each.title}: {each.text}" for each in golden.documents}
    for number, line in enumerate(missed, 1):
        reference = references[line["query_id"]]
        right = reference.answers or tuple(documents[name] for name in sorted(reference.gold & documents.keys()))
        quotes = (f"  quoted from {quote['doc_id']}: {json.dumps(quote['quote'])}" for quote in line["quotes"])
        wanted = (f"  right is: {' '.join(text.split())[:SHOWN]}" for text in right)
        yield "\n".join((f"{number}. {reference.question} ({line['support']:.2f})", *quotes, *wanted))


if __name__ == "__main__":
    main()
