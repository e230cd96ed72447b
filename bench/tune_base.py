"""Make the base adapter: python -m bench.tune_base lessons SET… --out FILE, … tune FILE --out FOLDER, … ship FOLDER

`lessons` asks the training questions of judged sets through the product's own search and reader, and writes what the
generator would have received and should have written; what is shown as it is, such as steps, makes no lesson. `tune`
trains on them and prints what it gained. `ship` copies the adapter into this tree, in half the bytes, and prints its
lines of the manifest. Which sets the shipped adapter was made from, and what it gained, is on its card and in
docs/decisions/0068.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random

from core.ports import Reader, Retriever
from core.settings import load_settings
from core.types import OPERATOR, Citation, Filters
from core.weights import models
from evaluation.corpus.ingest import document_ids
from evaluation.corpus.load import Corpus, load_corpus
from evaluation.corpus.search import open_corpus
from evaluation.golden.training_sets import training_questions
from generation.answering import PHRASED
from generation.evidence.reading import SharedWords, read_passages
from generation.models.convert import ADAPTER, converted
from generation.phrasing.phrase import DECLINED
from generation.refusal.support import features, support
from generation.units.compose import compose
from generation.units.write import write
from learning.dataset.base_lessons import answered_lesson, declined_lesson, with_examples
from learning.dataset.lessons import Lesson, from_content, to_content
from learning.tuning.adapter_files import CONFIG, WEIGHTS

BASE = "smollm2-135m-instruct"
SHIPPED = "generation/models/adapters/smollm2-135m-answers"
SEED = 17
DECLINED_SHARE = 0.15
SURELY_NOT = 0.5
"""The most support that a question without its documents may have to be a lesson without an answer: above it, other
documents may answer it."""


@dataclass(frozen=True, slots=True)
class _OpenSet:
    """A corpus that can be asked: its search, its reader, and the ids of its documents by path."""

    searcher: Retriever
    reader: Reader
    ids: Mapping[str, str]

    def sources(self, question: str, filters: Filters = Filters()) -> tuple[tuple[Citation, ...], float]:
        """Return what a generator would get for a question, and its support; nothing if it would not be phrased."""
        found = self.searcher.search(OPERATOR, question, k=8, filters=filters).passages
        evidence = read_passages(question, found, self.reader)
        drafts = compose(evidence, partial(self.searcher.around, OPERATOR))
        if not all(draft.kind in PHRASED for draft in drafts):
            return (), 0.0
        return write(drafts)[1], support(features(question, evidence)) if evidence.passages else 0.0


def main() -> None:
    """Read the arguments and run one of the three commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    gather = commands.add_parser("lessons")
    gather.add_argument("sets", nargs="+", help="a set's folder, with the most questions to use: FOLDER:900")
    gather.add_argument("--out", type=Path, required=True)
    teach = commands.add_parser("tune")
    teach.add_argument("lessons", type=Path)
    teach.add_argument("--out", type=Path, required=True)
    teach.add_argument("--steps", type=int, default=400)
    teach.add_argument("--valid", type=int, default=40, help="lessons held out to choose the best state")
    teach.add_argument("--rank", type=int, default=16)
    teach.add_argument("--device", default="cpu")
    shipping = commands.add_parser("ship")
    shipping.add_argument("folder", type=Path)
    args = parser.parse_args()
    if args.command == "lessons":
        write_lessons([_folder_and_limit(each) for each in args.sets], args.out)
    elif args.command == "tune":
        teach_lessons(args)
    else:
        ship(args.folder)


def write_lessons(sets: Sequence[tuple[Path, int]], out: Path) -> None:
    """Write the lessons of all sets, one per line, in a random order that is always the same."""
    draw = Random(SEED)
    gathered = [lesson for folder, most in sets for lesson in _lessons(folder, most, draw)]
    draw.shuffle(gathered)
    gathered = few_declined(gathered)
    with out.open("w", encoding="utf-8") as stream:
        for lesson in with_examples(gathered, draw):
            stream.write(json.dumps(to_content(lesson), ensure_ascii=False) + "\n")
    _report(f"{len(gathered)} lessons in {out}")


def few_declined(lessons: Sequence[Lesson]) -> list[Lesson]:
    """Return the lessons with at most DECLINED_SHARE without an answer: too many would teach the model to give up."""
    answers = sum(lesson.target != DECLINED for lesson in lessons)
    room = round(answers * DECLINED_SHARE / (1 - DECLINED_SHARE))
    chosen = []
    for lesson in lessons:
        room -= lesson.target == DECLINED
        if lesson.target != DECLINED or room >= 0:
            chosen.append(lesson)
    return chosen


def teach_lessons(args: argparse.Namespace) -> None:
    """Tune the base on the lessons, with the first of them held out, and print what it gained."""
    from learning.tuning.generator import tune

    read = [from_content(json.loads(line)) for line in args.lessons.read_text(encoding="utf-8").splitlines()]
    lessons = [lesson for lesson in read if lesson.passes_check()]
    _report(f"{len(lessons)} of {len(read)} lessons pass today's check")
    folder = converted(models.folder(load_settings().models_dir, BASE))
    report = tune(
        folder, lessons[args.valid :], lessons[: args.valid], base=BASE, steps=args.steps, out=args.out, seed=SEED,
        progress=_progress, lora_rank=args.rank, device=args.device,
    )  # fmt: skip
    sys.stdout.write(f"{report}\n")


def ship(folder: Path) -> None:
    """Copy the adapter to its place in this tree, in float16, and print the manifest's lines for its files."""
    from learning.tuning.lora import copy_in_float16

    target = models.TREE / SHIPPED
    copy_in_float16(folder, target)
    for name in (WEIGHTS, CONFIG):
        data = (target / name).read_bytes()
        line = f'member = "{SHIPPED}/{name}", path = "{ADAPTER}/{name}", sha256 = "{sha256(data).hexdigest()}"'
        sys.stdout.write(f"    {{ {line}, size = {len(data)}, shipped = true }},\n")


def _lessons(folder: Path, most: int, draw: Random) -> Iterator[Lesson]:
    corpus = load_corpus(folder)
    asked = training_questions(folder, corpus, most)
    with _open(corpus) as opened:
        for count, question in enumerate(asked, 1):
            sources, _ = opened.sources(question.question)
            if sources and (lesson := answered_lesson(question, sources)) is not None:
                yield lesson
            if draw.random() < 2 * DECLINED_SHARE:  # other documents answer about half of them
                rest = frozenset(number for path, number in opened.ids.items() if path not in question.gold)
                sources, supported = opened.sources(question.question, Filters(document_ids=rest))
                if sources and supported < SURELY_NOT:
                    yield declined_lesson(question, sources)
            if count % 50 == 0 or count == len(asked):
                _report(f"{folder.name}: asked {count} of {len(asked)}")


@contextmanager
def _open(corpus: Corpus) -> Iterator[_OpenSet]:
    """Yield a corpus's search. Personal data in public manuals is not redacted: nothing is learned by heart."""
    settings = load_settings(rerank_budget_ms=5000, late_url="none://")
    with open_corpus(settings, corpus.documents, _report, redact=False) as found:
        yield _OpenSet(found.searcher, found.reader or SharedWords(), document_ids(found.db))


def _folder_and_limit(text: str) -> tuple[Path, int]:
    folder, _, most = text.rpartition(":")
    return (Path(folder), int(most)) if folder and most.isdigit() else (Path(text), sys.maxsize)


def _progress(stage: str, share: float) -> None:
    if stage != "train" or int(share * 10_000) % 100 == 0:
        _report(f"{stage} {share:.1%}")


def _report(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
