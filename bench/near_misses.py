"""Show near misses that were answered, to be judged by hand: python -m bench.near_misses RUN.jsonl DIR

RUN.jsonl is what `vouch eval answers DIR --withhold both --run RUN.jsonl` wrote. For a sample of the questions that
were asked without their judged documents and still answered, prints the question, its quotes, and a right answer. A
quote that answers from another document is not a mistake; only a reader can decide.
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
"""Characters shown of a reference answer, or of a judged document if no answer is known."""


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    missed = answered_near_misses(list(read_lines(args.run, "query_id", "withheld", "status", "quotes")))
    Random(args.seed).shuffle(missed)
    print(f"{len(missed)} near misses were answered; {min(args.sample, len(missed))} of them:")
    for text in shown(missed[: args.sample], load_golden_set(args.folder)):
        print(f"\n{text}")


def answered_near_misses(lines: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """Return the lines of a run that were asked without their judged documents and not refused, by id."""
    found = [line for line in lines if line["withheld"] and line["status"] == "answered"]
    return sorted(found, key=lambda line: str(line["query_id"]))


def shown(missed: Sequence[Mapping[str, Json]], golden: GoldenSet) -> Iterator[str]:
    """Yield, for each of them, the text that a reader needs to judge it."""
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
